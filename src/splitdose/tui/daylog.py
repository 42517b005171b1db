"""One day with everything that was ever recorded of it; each thing can be corrected or taken back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from splitdose.core.amount import show_number
from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Day, Dose
from splitdose.core.log import CheckIn, Intake, Log
from splitdose.core.product import show_dose
from splitdose.core.wording import clock_words, day_words, mark, state_words, taken_time_words
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui.history import MOST, intake_history, told
from splitdose.tui.look import MUTED, NARROW, STATE_STYLES, clip

Thing = Dose | Intake | CheckIn
Verb = Literal["correct", "take back"]
R = TypeVar("R", Intake, CheckIn)


@dataclass(frozen=True)
class Entry:
    """One thing of a day.

    Attributes:
        thing: a dose, an extra intake or a check-in.
        head: what it is, in a line.
        style: of that line.
        history: a line for each record.
        standing: the record that stands; None where none does.
    """

    thing: Thing
    head: str
    style: str
    history: tuple[Content, ...]
    standing: Intake | CheckIn | None


def entries(day: Day, log: Log, calendar: Calendar, *, ascii_only: bool) -> list[Entry]:
    """Everything of a day: doses by their times, then extra intakes, then check-ins, those taken back included."""
    found = [_dose_entry(dose, day, log, calendar, ascii_only=ascii_only) for dose in day.doses]
    extras = [i for i in log.intakes.values() if i.date == day.date and i.key is None]
    for extra_chain in _chains(log.history(i.id) for i in extras):
        stands = next((i for i in reversed(extra_chain) if log.stands(i.id)), None)
        shown = stands or extra_chain[-1]
        amount = f"{shown.medicine} {show_dose(shown.pieces, ascii_only=ascii_only)}"
        words = f", taken {taken_time_words(shown, day.date, calendar)}" if stands else ": taken back"
        lines = intake_history(log, shown.id, calendar, ascii_only=ascii_only)
        found.append(_entry(shown, f"+ extra {amount}{words}", lines, stands))
    checkins = [c for c in log.checkins.values() if c.date == day.date]
    for chain in _chains(log.checkin_history(c.id) for c in checkins):
        upright = next((c for c in reversed(chain) if log.stands(c.id)), None)
        last = upright or chain[-1]
        words = "" if upright else ": taken back"
        lines = [told(each, log, calendar, ascii_only=ascii_only) for each in chain]
        found.append(_entry(last, f"  check-in {clock_words(last.at, calendar)}{words}", lines, upright))
    return found


def _dose_entry(dose: Dose, day: Day, log: Log, calendar: Calendar, *, ascii_only: bool) -> Entry:
    sign = mark(dose.state, ascii_only=ascii_only)
    head = f"{sign} {dose.slot.name} {dose.slot.time:%H:%M} {dose.medicine} "
    head += f"{show_dose(dose.pieces, ascii_only=ascii_only)}, "
    head += state_words(dose, day.now, calendar, ascii_only=ascii_only)
    filled = [record for record in (dose.record, *dose.doubles) if record is not None]
    records = filled or [i for i in log.intakes.values() if i.key == dose.key]
    chains = _chains(log.history(record.id) for record in records)
    lines = [told(each, log, calendar, ascii_only=ascii_only) for chain in chains for each in chain]
    return Entry(dose, head, STATE_STYLES[dose.state], tuple(lines), dose.record)


def _entry(thing: Intake | CheckIn, head: str, lines: list[Content], stands: Intake | CheckIn | None) -> Entry:
    return Entry(thing, head, "" if stands else MUTED, tuple(lines), stands)


def _chains(histories: Iterable[list[R]]) -> list[list[R]]:
    """Each chain of corrections once, the earliest first."""
    by_first = {chain[0].id: chain for chain in histories if chain}
    return sorted(by_first.values(), key=lambda chain: (chain[0].recorded_at, chain[0].id))


class DayLog(ModalScreen[tuple[Verb, Entry] | None]):
    """Gives what is to be done with which entry, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,D", "leave", "close", show=False),
        Binding("down,j", "cursor(1)", "down", show=False),
        Binding("up,k", "cursor(-1)", "up", show=False),
        Binding("left,h,left_square_bracket", "day(-1)", "the day before", show=False),
        Binding("right,l,right_square_bracket", "day(1)", "the day after", show=False),
        Binding("v", "take_back", "take back", show=False),
    ]

    def __init__(self, session: Session, day: date, failed: Callable[[StoreError], None], *, ascii_only: bool) -> None:
        """Make one.

        Args:
            session: of the window.
            day: the logical date to begin with.
            failed: told what can't be read.
            ascii_only: no other signs.
        """
        super().__init__()
        self._failed = failed
        self._session = session
        self._day = day
        self._ascii = ascii_only
        self._entries: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="ask", id="day-title")
            yield OptionList(id="day-entries")
            yield Static("", markup=False, classes="keys", id="day-keys")

    def on_mount(self) -> None:
        self._draw()
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        book = self._session.book
        try:
            day = book.day(self._day)
            self._entries = entries(day, book.log([self._day]), book.calendar, ascii_only=self._ascii)
        except StoreError as problem:
            self._failed(problem)
            self.dismiss(None)
            return
        width = max(20, self.app.size.width - 6)
        title = day_words(self._day)
        sums = ", ".join(
            f"{t.medicine} {show_number(t.taken_mg)} of {show_number(t.planned_mg)} mg"
            for t in day.totals
            if t.taken_mg is not None and t.planned_mg is not None and not day.future
        )
        self.query_one("#day-title", Static).update(Content(clip(f"{title}   {sums}", width)))
        shown = self.query_one(OptionList)
        at = shown.highlighted or 0
        shown.clear_options()
        shown.add_options(Option(self._lines(entry, width)) for entry in self._entries)
        if not self._entries:
            shown.add_option(Option(Content("Nothing was planned, and nothing recorded."), disabled=True))
        shown.highlighted = min(at, len(self._entries) - 1) if self._entries else None
        keys = "Enter corrects   v takes back   " if self._entries else ""
        self.query_one("#day-keys", Static).update(Content(f"{keys}← → other days   Esc close"))

    def _lines(self, entry: Entry, width: int) -> Content:
        """An entry's head, and its history below it."""
        head = Content.styled(clip(entry.head, MOST), entry.style or "bold")
        indent = Content("  " if width < NARROW else "    ")
        return Content("\n").join([head, *(indent + line for line in entry.history)])

    def _chosen(self) -> Entry | None:
        at = self.query_one(OptionList).highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    def on_option_list_option_selected(self) -> None:
        entry = self._chosen()
        if entry is not None and (entry.standing is not None or isinstance(entry.thing, Dose)):
            self.dismiss(("correct", entry))

    def action_take_back(self) -> None:
        entry = self._chosen()
        if entry is not None and entry.standing is not None:
            self.dismiss(("take back", entry))

    def action_cursor(self, by: int) -> None:
        shown = self.query_one(OptionList)
        if by > 0:
            shown.action_cursor_down()
        else:
            shown.action_cursor_up()

    def action_day(self, by: int) -> None:
        self._day += by * DAY
        self.query_one(OptionList).highlighted = None
        self._draw()

    def action_leave(self) -> None:
        self.dismiss(None)
