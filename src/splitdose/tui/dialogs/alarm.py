"""The alarm: what is due, named on every screen until it is answered, and answered from wherever one is.

It is drawn from the doses' state alone, so it can't be lost, dismissed by accident, or depend on a notice. It records
nothing itself: the flows of `recording` do, with all their questions.
"""

from collections.abc import Coroutine
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey
from splitdose.core.remind import snooze_of
from splitdose.core.showing import show_dose, words_of
from splitdose.core.wording import clock_words, state_words
from splitdose.store import StoreError
from splitdose.tui import recording
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.flow import begin, program_of
from splitdose.tui.terminal import key_times
from splitdose.tui.terminal.key_times import REPEAT_SECONDS, SETTLE_SECONDS
from splitdose.tui.widgets.fit import MUTED, NARROW, clip
from splitdose.tui.widgets.key_line import keys_words
from splitdose.tui.window import Window


class Alarm(Dialog[None]):
    """What is due, to be taken, snoozed or skipped; stays until Escape, so that several can be answered in a row."""

    DEFAULT_CSS = """
    Alarm #alarm-done { color: $text-success; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("alarm")]

    def __init__(self) -> None:
        super().__init__()
        self._doses: list[Dose] = []
        self._named: DoseKey | None = None
        self._changed_at = float("-inf")
        self._pressed_at = float("-inf")
        self._done_before = ""

    @property
    def program(self) -> Window:
        return program_of(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="ask", id="alarm-title")
            yield Static("", markup=False, id="alarm-doses")
            yield Static("", markup=False, id="alarm-done")
            yield Static("", markup=False, classes="keys", id="alarm-keys")

    def on_mount(self) -> None:
        self._done_before = self.program.done
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
        done = self.program.done
        self.query_one("#alarm-done", Static).update(Content(clip(done if done != self._done_before else "", width)))
        answers = ("alarm.take", "alarm.snooze", "alarm.skip", "alarm.time") if count else ()
        keys_line = keys_words(self.app, *answers, "alarm.close")
        self.query_one("#alarm-keys", Static).update(Content(clip(keys_line, width)))

    def _chosen(self) -> Dose | None:
        return self.program.session.reader.dose(self._named) if self._named is not None else None

    def action_move(self, by: int) -> None:
        keys = [dose.key for dose in self._doses]
        if self._named in keys:
            self._named = keys[max(0, min(len(keys) - 1, keys.index(self._named) + by))]
            self._changed_at = key_times.moment()
            self.draw()

    async def action_take(self) -> None:
        """Record the named dose, by the same pace as on Today: nothing for a held key, or a name that just changed."""
        now = self.program.pressed_at()
        held = now - self._pressed_at < REPEAT_SECONDS
        self._pressed_at = max(now, self._pressed_at)
        if not held and now - self._changed_at >= SETTLE_SECONDS and (dose := self._chosen()) is not None:
            await self._answer(recording.take(self.program, dose))

    async def action_skip(self) -> None:
        if (dose := self._chosen()) is not None:
            await self._answer(recording.ask_skip(self.program, dose))

    async def action_time(self) -> None:
        if (dose := self._chosen()) is not None:
            await self._answer(recording.ask_time(self.program, dose))

    def action_snooze(self) -> None:
        if (dose := self._chosen()) is not None:
            recording.snooze(self.program, dose)
            self.draw()

    async def _answer(self, steps: Coroutine[Any, Any, object]) -> None:
        """Take or skip the named dose, then draw what is still due."""

        async def answered() -> None:
            await steps
            self.draw()

        await begin(self, answered())

    def action_leave(self) -> None:
        self.dismiss()
