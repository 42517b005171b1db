"""One dose with all that was ever recorded of it, and what can be done about it."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.log import Intake, Log
from splitdose.core.product import echo, show_dose, words_of
from splitdose.core.text import sanitise
from splitdose.core.wording import day_words, taken_time_words
from splitdose.tui.look import MUTED, clip

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
        title = f"{dose.medicine}, {dose.slot.name} {dose.slot.time:%H:%M} of {day_words(dose.date)}"
        planned = f"planned: {show_dose(dose.pieces, ascii_only=self._ascii)}, {words_of(dose.pieces)}"
        lines = [Content(clip(planned, 400)), Content.styled(f"plan version {dose.version}", MUTED), Content("")]
        for record in (dose.record, *dose.doubles):
            if record is not None:
                lines += self._history(record)
        if dose.record is None:
            voided = [r for r in self._log.intakes.values() if r.key == dose.key and not self._log.stands(r.id)]
            lines += [line for record in voided for line in self._told(record)]
            lines.append(Content("no record stands" if voided else "nothing was recorded"))
        keys = "   ".join(f"{key} {what}" for key, what in KEYS.items() if key != "v" or dose.record is not None)
        with Vertical(classes="dialog"):
            yield Static(sanitise(title), markup=False, classes="ask")
            with VerticalScroll(classes="history"):
                yield Static(Content("\n").join(lines), markup=False)
            yield Static(f"{keys}   Esc close", markup=False, classes="keys")

    def _history(self, record: Intake) -> list[Content]:
        return [line for each in self._log.history(record.id) for line in self._told(each)]

    def _told(self, record: Intake) -> list[Content]:
        """One record: when and where it was recorded, what it says, and whether it stands."""
        recorded = self._calendar.local(record.recorded_at)
        when = f"{day_words(recorded.date(), year=False)} {recorded:%H:%M}"
        what = "corrected to" if record.replaces is not None else "recorded as"
        text = f"{what} {record.kind}"
        if record.kind in ("taken", "extra"):
            when_taken = taken_time_words(record, record.date, self._calendar)
            text += f" {when_taken}, {echo(record.pieces, ascii_only=self._ascii)}"
        if record.reason:
            text += f", {record.reason}"
        if record.note:
            text += f", note: {record.note}"
        void = self._log.voids.get(record.id)
        if void is not None:
            at = self._calendar.local(void.recorded_at)
            text += f"; taken back {day_words(at.date(), year=False)} {at:%H:%M}"
        stands = self._log.stands(record.id)
        sign = ("x" if self._ascii else "✓") if stands else " "
        return [
            Content.assemble(
                (f"{sign} {when}  ", "bold" if stands else MUTED), (clip(text, 500), "" if stands else MUTED)
            )
        ]

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key in KEYS and (event.key != "v" or self._dose.record is not None):
            event.stop()
            self.dismiss(event.key)
