"""Reminders: how they come, in plain words; the settings that people change; and a test of every channel.

What is set here is kept in config.toml, where comments and everything else stay as they are. It alters no dose and no
day.
"""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input, Static

from splitdose.core.errors import BadInput
from splitdose.core.remind import Policy, silence
from splitdose.core.wording import joined, length_words
from splitdose.notify import Outcome
from splitdose.settings import Settings, config_file, quiet_text, read_reminder, review_text, write_reminders
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.flow import program_of
from splitdose.tui.widgets.fit import MUTED
from splitdose.tui.widgets.key_line import keys_words
from splitdose.tui.window import Window

_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("lead", "minutes before", "0: at the dose's time"),
    ("repeats", "repeats", "how many follow"),
    ("repeat_every", "minutes between", ""),
    ("snooze", "snooze, minutes", ""),
    ("quiet", "quiet hours", "22:00-07:00, or nothing"),
    ("review", "review at", "09:00, or nothing"),
    ("silent", "no reminders of", "medicines, with commas between"),
)
_FLAGS: tuple[tuple[str, str], ...] = (("discreet", "discreet"), ("bell", "bell"), ("desktop", "desktop"))


def policy_words(policy: Policy, snooze: str = "z") -> list[str]:
    """How reminders come, one sentence each; `snooze` is the key that moves the next one."""
    when = f"{length_words(policy.lead)} before a dose's time" if policy.lead else "at a dose's time"
    every, again = length_words(policy.repeat_every), f"{policy.repeats} times" if policy.repeats > 1 else "once more"
    repeat = f", then every {every}, {again}, until it is recorded or snoozed" if policy.repeats else ", and no more"
    words = [
        f"One notice {when}{repeat}.",
        "Doses due at the same time come in one notice.",
        "Doses that came due while the computer was asleep are listed once.",
        f"{snooze} moves the next notice by {length_words(policy.snooze)}.",
    ]
    if policy.quiet is None:
        words.append("No quiet hours.")
    else:
        start, end = (wall.strftime("%H:%M") for wall in policy.quiet)
        words.append(f"Quiet from {start} to {end}: the alarm stays on the screen, and one notice follows at {end}.")
    if policy.review is not None:
        words.append(f"One notice at {policy.review:%H:%M} on the day after the minimum hold of a step is over.")
    if policy.discreet:
        words.append("Discreet: notices and the terminal's title name no medicine.")
    if policy.silent:
        words.append(f"No reminders of {joined(sorted(policy.silent))}.")
    return words


class RemindersDialog(Dialog[None]):
    """Shows and changes how reminders come."""

    DEFAULT_CSS = """
    RemindersDialog VerticalScroll { height: auto; }
    RemindersDialog .flags { height: 1; }
    RemindersDialog Checkbox { width: auto; margin: 0 2 0 0; background: $surface; }
    RemindersDialog #reminders-state { margin: 1 0 0 0; }
    .-low RemindersDialog #reminders-state, RemindersDialog.-low #reminders-state { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority over the fields, in which Enter would do nothing.
        replace(binding, priority=binding.id in ("reminders.save", "reminders.test"))
        for binding in bindings("reminders")
    ]

    def __init__(self) -> None:
        super().__init__()
        self._result: dict[str, tuple[str, str]] = {}

    @property
    def program(self) -> Window:
        return program_of(self)

    def compose(self) -> ComposeResult:
        settings = self.program.settings
        policy = settings.reminders
        shown = {
            "lead": _minutes(policy.lead),
            "repeats": str(policy.repeats),
            "repeat_every": _minutes(policy.repeat_every),
            "snooze": _minutes(policy.snooze),
            "quiet": quiet_text(policy) or "",
            "review": review_text(policy) or "",
            "silent": ", ".join(sorted(policy.silent)),
        }
        flags = {"discreet": policy.discreet, "bell": settings.bell, "desktop": settings.desktop}
        width = max(len(label) for _, label, _ in _FIELDS) + 2
        with Vertical(classes="dialog"):
            yield Static("reminders", markup=False, classes="ask")
            with VerticalScroll():
                yield Static("", markup=False, id="reminders-words")
                for name, label, hint in _FIELDS:
                    with Horizontal(classes="field"):
                        title = Static(label, markup=False)
                        title.styles.width = width
                        yield title
                        yield Input(
                            shown[name], placeholder=hint, id=f"reminders-{name}", compact=True, select_on_focus=True
                        )
                with Horizontal(classes="flags"):
                    for name, label in _FLAGS:
                        yield Checkbox(
                            _flag_words(label, flags[name]), flags[name], id=f"reminders-{name}", compact=True
                        )
                yield Static("", markup=False, id="reminders-state")
            yield Static("", markup=False, classes="keys", id="reminders-said")
            keys = keys_words(self.app, "reminders.save", "reminders.test", "reminders.tick", "reminders.cancel")
            yield Static(keys, markup=False, classes="keys")

    def on_mount(self) -> None:
        self.query_one("#reminders-quiet", Input).focus()
        self._echo()
        self._state()
        self.set_interval(5, self._state)

    def on_resize(self) -> None:
        """Keep the last lines in view: what is above them scrolls."""
        self.query_one(VerticalScroll).styles.max_height = max(3, self.size.height - 4)

    def on_input_changed(self) -> None:
        self._echo()

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        label = next(label for name, label in _FLAGS if event.checkbox.id == f"reminders-{name}")
        event.checkbox.label = _flag_words(label, event.value)
        self._echo()

    def _typed(self) -> Settings:
        """The settings as they stand in the fields. Raises BadInput."""
        found: dict[str, Any] = {
            name: read_reminder(name, self.query_one(f"#reminders-{name}", Input).value) for name, _, _ in _FIELDS
        }
        flags = {name: self.query_one(f"#reminders-{name}", Checkbox).value for name, _ in _FLAGS}
        policy = Policy(**found, discreet=flags["discreet"])
        return replace(self.program.settings, reminders=policy, bell=flags["bell"], desktop=flags["desktop"])

    def _say(self, text: str, *, problem: bool = False) -> None:
        label = self.query_one("#reminders-said", Static)
        label.set_class(problem, "problem")
        label.update(Content(text))

    def _echo(self) -> None:
        if not self.is_attached:
            return
        try:
            typed = self._typed()
        except BadInput as problem:
            self._say(str(problem), problem=True)
            return
        words = "\n".join(policy_words(typed.reminders, self.program.key("dose.snooze")))
        self.query_one("#reminders-words", Static).update(Content(words))
        found = silence(typed.reminders.silent, (m.name for m in self.program.session.reader.plan().medicines))
        if found.unknown:
            self._say(f"there is no medicine named {joined(found.unknown)}", problem=True)
        elif found.unclear:
            name, alike = found.unclear[0]
            self._say(f"{name} may be {joined(alike, 'or')}: type it as it is written", problem=True)
        else:
            self._say("" if typed == self.program.settings else "not saved yet")

    def _state(self) -> None:
        """What each channel says, and whether reminders continue without the app."""
        settings, reminding = self.program.settings, self.program.reminding
        lines: list[Content] = []
        states = {
            "desktop": ("on", "")
            if reminding.desktop.ok
            else (f"no notices: {reminding.desktop.reason}", "$text-warning"),
            "terminal": ("the bell is on", "") if settings.bell else ("the bell is off", MUTED),
            "screen": ("the alarm stays until it is answered", ""),
        }
        if not settings.desktop:
            states["desktop"] = ("off", MUTED)
        for name, (words, style) in {**states, **self._result}.items():
            lines.append(Content.assemble((f"{name:<9}", MUTED), (words, style)))
        lines.append(Content.assemble((f"{'watcher':<9}", MUTED), reminding.watcher_words()))
        self.query_one("#reminders-state", Static).update(Content("\n").join(lines))

    def action_save(self) -> None:
        """Keep what is typed, and go on with it at once."""
        try:
            typed = self._typed()
            if not self.program.demo:  # the demo leaves no trace in the person's own settings
                write_reminders(config_file(os.environ), typed)
        except BadInput as problem:
            self._say(str(problem), problem=True)
            return
        except OSError as error:
            self._say(f"NOT SAVED: {error.strerror or error}", problem=True)
            return
        self.program.reminding.use(typed)
        self.program.say("for this demo only" if self.program.demo else f"saved in {config_file(os.environ)}")
        self.dismiss()

    def action_test(self) -> None:
        """Send one notice through every channel that is on; the answers come as they come."""
        if self.program.settings.desktop:
            self._result["desktop"] = ("asking the notification service …", MUTED)

        def answered(outcome: Outcome) -> None:
            words = ("sent", "$text-success") if outcome.ok else (f"not sent: {outcome.reason}", "$text-warning")
            self._result[outcome.channel] = words
            if self.is_attached:
                self._state()

        self.program.reminding.test(answered)
        self._state()

    def action_tick(self) -> None:
        if isinstance(self.focused, Checkbox):
            self.focused.toggle()

    def action_leave(self) -> None:
        self.dismiss()


def _flag_words(label: str, on: bool) -> str:
    """A box to tick, whose state is a word too: its mark differs in colour alone."""
    return f"{label}: {'on' if on else 'off'}"


def _minutes(length: timedelta) -> str:
    return str(length // timedelta(minutes=1))
