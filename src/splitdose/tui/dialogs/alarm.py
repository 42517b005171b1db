"""The alarm: what is due, named on every screen until it is answered, and answered from wherever one is.

It is drawn from the doses' state alone, so it can't be lost, dismissed by accident, or depend on a notice. It records
nothing itself: the app's own take, snooze and skip do, with all their questions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey
from splitdose.core.remind import snooze_of
from splitdose.core.showing import amount_texts, show_dose, words_of
from splitdose.core.wording import clock_words, state_words
from splitdose.store import StoreError
from splitdose.tui.commands import Command
from splitdose.tui.screens.today import REPEAT_SECONDS, SETTLE_SECONDS
from splitdose.tui.terminal import key_times
from splitdose.tui.widgets.fit import MUTED, NARROW, clip

if TYPE_CHECKING:
    from splitdose.tui.app import SplitdoseApp

ALARM = Command("alarm", "!", "alarm", "answer", "Answer what is due, from any screen: take, snooze or skip it.")


def alarm_words(
    doses: Sequence[Dose], now: datetime, calendar: Calendar, width: int, *, key: str, discreet: bool, ascii_only: bool
) -> str:
    """What the alarm bar says of the doses that wait, in so many columns.

    Args:
        doses: oldest first.
        now: the instant (UTC).
        calendar: the record's.
        width: columns.
        key: what opens the alarm.
        discreet: name no medicine and no amount.
        ascii_only: for fractions.
    """
    if not doses:
        return ""
    hints = [f"1 shows it, {key} answers it", f"{key} answers it", key]
    if discreet:
        words, gap = "A reminder is waiting", ": "
    else:
        first, gap = doses[0], "   "
        more = f", and {len(doses) - 1} more" if len(doses) > 1 else ""
        for amount in amount_texts(first.pieces, ascii_only=ascii_only):
            words = f"! {first.slot.name}: {first.medicine} {amount}, {state_words(first, now, calendar)}{more}"
            if len(words) <= width:
                break
    hint = next((hint for hint in hints if len(words) + len(gap) + len(hint) <= width), "")
    return f"{words}{gap}{hint}" if hint else words


def title_words(doses: Sequence[Dose], *, discreet: bool, ascii_only: bool) -> str:
    """The terminal's title: "splitdose", and what is due before it."""
    if not doses:
        return "splitdose"
    if discreet:
        return "! splitdose"
    more = f" and {len(doses) - 1} more" if len(doses) > 1 else ""
    first = doses[0]
    return f"! {first.slot.name}: {first.medicine} {show_dose(first.pieces, ascii_only=ascii_only)}{more} - splitdose"


class Alarm(ModalScreen[None]):
    """What is due, to be taken, snoozed or skipped; stays until Escape, so that several can be answered in a row."""

    DEFAULT_CSS = """
    Alarm #alarm-done { color: $text-success; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "close", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("space,enter", "take", "take", show=False),
        Binding("z", "answer('snooze')", "snooze", show=False),
        Binding("s", "answer('ask_skip')", "skip", show=False),
        Binding("t", "answer('ask_time')", "time", show=False),
        Binding("u", "app.undo", "undo", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._doses: list[Dose] = []
        self._named: DoseKey | None = None
        self._changed_at = float("-inf")
        self._pressed_at = float("-inf")
        self._done_before = ""

    @property
    def program(self) -> "SplitdoseApp":
        return cast("SplitdoseApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="ask", id="alarm-title")
            yield Static("", markup=False, id="alarm-doses")
            yield Static("", markup=False, id="alarm-done")
            yield Static("", markup=False, classes="keys", id="alarm-keys")

    def on_mount(self) -> None:
        self._done_before = self.program.done_words()
        self.draw()
        self._changed_at = float("-inf")  # the bar had named it already
        self.set_interval(1, self.draw)

    def on_screen_resume(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw what is due now; what can't be read leaves the last drawing, and is told behind this."""
        if not self.is_attached:
            return
        session = self.program.session
        try:
            reader = session.reader
            doses = session.reminders.answerable()
            now, calendar, snoozes = reader.now(), reader.calendar, session.reminders.snoozes()
        except StoreError as problem:
            self.program.cannot_read(problem)
            return
        keys = [dose.key for dose in doses]
        if self._named not in keys:
            self._named = keys[0] if keys else None
            self._changed_at = key_times.moment()
        self._doses = doses
        ascii_only, width = self.program.ascii_only, max(20, self.size.width - 4)
        lines = []
        for dose in doses:
            here = dose.key == self._named
            head = f"{'>' if here else ' '} {dose.slot.name} {dose.slot.time.strftime('%H:%M')}  "
            amount = f"{dose.medicine} {show_dose(dose.pieces, ascii_only=ascii_only)}"
            words = state_words(dose, now, calendar)
            snooze = snooze_of(dose, snoozes)
            if snooze is not None and snooze.until > now:
                words += f", snoozed until {clock_words(snooze.until, calendar)}"
            lines.append(Content.styled(clip(f"{head}{amount}   {words}", width), "bold" if here else ""))
            if here and width >= NARROW:
                lines.append(Content.styled(clip(f"  {words_of(dose.pieces)}", width), MUTED))
        count = len(doses)
        title = "nothing is due" if not count else "1 dose is due" if count == 1 else f"{count} doses are due"
        self.query_one("#alarm-title", Static).update(Content(title))
        self.query_one("#alarm-doses", Static).update(Content("\n").join(lines))
        done = self.program.done_words()
        self.query_one("#alarm-done", Static).update(Content(clip(done if done != self._done_before else "", width)))
        keys_words = "Space take   z snooze   s skip   t time   Esc: close" if count else "Esc: close"
        self.query_one("#alarm-keys", Static).update(Content(clip(keys_words, width)))

    def _chosen(self) -> Dose | None:
        return self.program.session.reader.dose(self._named) if self._named is not None else None

    def action_move(self, by: int) -> None:
        keys = [dose.key for dose in self._doses]
        if self._named in keys:
            self._named = keys[max(0, min(len(keys) - 1, keys.index(self._named) + by))]
            self._changed_at = key_times.moment()
            self.draw()

    def action_take(self) -> None:
        """Record the named dose, by the same pace as on Today: nothing for a held key, or a name that just changed."""
        now = self.program.pressed_at()
        held = now - self._pressed_at < REPEAT_SECONDS
        self._pressed_at = max(now, self._pressed_at)
        if not held and now - self._changed_at >= SETTLE_SECONDS:
            self.action_answer("take")

    def action_answer(self, what: str) -> None:
        """Let the app take, snooze or skip the named dose."""
        try:
            dose = self._chosen()
        except StoreError as problem:
            self.program.cannot_read(problem)
            return
        if dose is not None:
            getattr(self.program, what)(dose)
            self.draw()

    def action_leave(self) -> None:
        self.dismiss()
