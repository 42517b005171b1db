"""One dose with all that was ever recorded of it, and what can be done about it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.log import Log
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import dose_in_words
from splitdose.core.wording import day_words, wall_words
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.widgets.fit import MUTED, clip
from splitdose.tui.widgets.history import dose_history
from splitdose.tui.widgets.key_line import keys_words

ABOVE = 3
"""Lines above the history."""
CHOICES = ("details.time", "details.skip", "details.unsure", "details.undo")


class Details(Dialog[str | None]):
    """Gives "t", "s", "x" or "v" for what is to be done, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("details")]

    def __init__(self, dose: Dose, log: Log, calendar: Calendar, *, ascii_only: bool) -> None:
        super().__init__()
        self._dose = dose
        self._log = log
        self._calendar = calendar
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        dose = self._dose
        title = f"{dose.medicine}, {dose.slot.name} {wall_words(dose.slot.time)} of {day_words(dose.date)}"
        planned = f"planned: {dose_in_words(dose.pieces, ascii_only=self._ascii)}"
        lines = [Content(clip(planned, 400)), Content.styled(f"plan version {dose.version}", MUTED), Content("")]
        lines += dose_history(self._log, dose, self._calendar, ascii_only=self._ascii)
        if dose.record is None:
            lines.append(Content("every record was undone" if len(lines) > ABOVE else "nothing was recorded"))
        choices = CHOICES if dose.record is not None else CHOICES[:-1]
        with Vertical(classes="dialog"):
            yield Static(sanitize(title), markup=False, classes="ask")
            with VerticalScroll(classes="history"):
                yield Static(Content("\n").join(lines), markup=False)
            yield Static(keys_words(self.app, *choices, "details.close"), markup=False, classes="keys")

    def action_choose(self, what: str) -> None:
        if what != "v" or self._dose.record is not None:
            self.dismiss(what)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)
