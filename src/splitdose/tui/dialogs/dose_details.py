"""One dose with all that was ever recorded of it, and what can be done about it."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.log import Log
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import dose_in_words
from splitdose.core.wording import day_words, wall_words
from splitdose.tui.widgets.fit import MUTED, clip
from splitdose.tui.widgets.history import dose_history

ABOVE = 3
"""Lines above the history."""
KEYS = {"t": "time or amount", "s": "skipped", "x": "unsure", "v": "take the record back"}


class Details(ModalScreen[str | None]):
    """Gives the key of what is to be done, or None."""

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
            lines.append(Content("no record stands" if len(lines) > ABOVE else "nothing was recorded"))
        keys = "   ".join(f"{key} {what}" for key, what in KEYS.items() if key != "v" or dose.record is not None)
        with Vertical(classes="dialog"):
            yield Static(sanitize(title), markup=False, classes="ask")
            with VerticalScroll(classes="history"):
                yield Static(Content("\n").join(lines), markup=False)
            yield Static(f"{keys}   Esc close", markup=False, classes="keys")

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key in KEYS and (event.key != "v" or self._dose.record is not None):
            event.stop()
            self.dismiss(event.key)
