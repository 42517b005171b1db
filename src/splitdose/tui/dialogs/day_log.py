"""One day with everything that was ever recorded of it; each thing can be corrected or undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Day, Dose, counted_totals
from splitdose.core.log import CheckIn, Intake, Log, R
from splitdose.core.showing import show_dose
from splitdose.core.wording import clock_words, day_words, mark, state_words, taken_time_words, totals_words, wall_words
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.widgets.fit import MUTED, NARROW, STATE_STYLES, clip
from splitdose.tui.widgets.history import chains_of, dose_history, told
from splitdose.tui.widgets.key_line import key_of, keys_words

Thing = Dose | Intake | CheckIn
Verb = Literal["correct", "undo"]


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
    """Everything of a day: doses by their times, then extra intakes, then check-ins, those undone included."""
    found = [_dose_entry(dose, day, log, calendar, ascii_only=ascii_only) for dose in day.doses]
    extras = [i for i in log.intakes.values() if i.date == day.date and i.key is None]
    for chain in chains_of(log.history(i.id) for i in extras):
        shown, words = _of_chain(chain, day.date, log)
        amount = f"{shown.medicine} {show_dose(shown.pieces, ascii_only=ascii_only)}"
        head = f"+ extra {amount}{words or f', taken {taken_time_words(shown, day.date, calendar)}'}"
        found.append(_entry(shown, head, chain, log, calendar, stands=not words, ascii_only=ascii_only))
    checkins = [c for c in log.checkins.values() if c.date == day.date]
    for checkin_chain in chains_of(log.checkin_history(c.id) for c in checkins):
        last, words = _of_chain(checkin_chain, day.date, log)
        head = f"  check-in {clock_words(last.at, calendar)}{words}"
        found.append(_entry(last, head, checkin_chain, log, calendar, stands=not words, ascii_only=ascii_only))
    return found


def _dose_entry(dose: Dose, day: Day, log: Log, calendar: Calendar, *, ascii_only: bool) -> Entry:
    head = f"{mark(dose.state, ascii_only=ascii_only)} {dose.slot.name} {wall_words(dose.slot.time)} {dose.medicine} "
    head += f"{show_dose(dose.pieces, ascii_only=ascii_only)}, "
    head += state_words(dose, day.now, calendar, ascii_only=ascii_only)
    head += "; recorded twice, the first counts" if dose.duplicates else ""
    lines = dose_history(log, dose, calendar, ascii_only=ascii_only)
    return Entry(dose, head, STATE_STYLES[dose.state], tuple(lines), dose.record)


def _of_chain(chain: list[R], day: date, log: Log) -> tuple[R, str]:
    """What a chain says now, or last said, and why it says nothing of this day: "" where it does."""
    standing = next((each for each in chain if log.stands(each.id)), None)
    if standing is None:
        return chain[-1], ": undone"
    return standing, "" if standing.date == day else f": moved to {day_words(standing.date, year=False)}"


def _entry(
    thing: Intake | CheckIn, head: str, chain: list[Intake] | list[CheckIn], log: Log, calendar: Calendar,
    *, stands: bool, ascii_only: bool,
) -> Entry:  # fmt: skip
    lines = tuple(told(each, log, calendar, ascii_only=ascii_only) for each in chain)
    return Entry(thing, head, "" if stands else MUTED, lines, thing if stands else None)


class EntryLines(Static):
    """An entry's head, and its history below it."""

    def __init__(self, number: int, entry: Entry, width: int) -> None:
        self.number = number
        indent = Content("  " if width < NARROW else "    ")
        head = Content.styled(clip(entry.head, 1_000), entry.style or "bold")
        super().__init__(Content("\n").join([head, *(indent + line for line in entry.history)]), markup=False)


class DayLog(Dialog[tuple[Verb, Entry] | None]):
    """Gives what is to be done with which entry, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("log")]

    def __init__(self, session: Session, day: date, failed: Callable[[StoreError], None], *, ascii_only: bool) -> None:
        """Make one.

        Args:
            session: of the window.
            day: the logical date to begin with.
            failed: told what can't be read.
            ascii_only: no other signs.
        """
        super().__init__()
        self._session = session
        self._day = day
        self._failed = failed
        self._ascii = ascii_only
        self._entries: list[Entry] = []
        self._at = 0
        self._over = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="ask", id="day-title")
            yield VerticalScroll(id="day-entries", can_focus=False)
            yield Static("", markup=False, classes="keys", id="day-keys")

    async def on_mount(self) -> None:
        await self._draw()

    async def on_resize(self) -> None:
        await self._draw()

    async def _draw(self) -> None:
        reader = self._session.reader
        if self._over or not self.query("#day-entries"):
            return  # it was answered before it was there, or is about to go
        try:
            day = reader.day(self._day)
            self._entries = entries(day, reader.log([self._day]), reader.calendar, ascii_only=self._ascii)
        except StoreError as problem:
            self._over = True
            self._failed(problem)
            self.dismiss(None)
            return
        width = max(20, self.app.size.width - 6)
        sums = "" if day.future else totals_words(counted_totals(day), joint=", ")
        self.query_one("#day-title", Static).update(Content(clip(f"{day_words(self._day)}   {sums}", width)))
        keys = f"{keys_words(self.app, 'log.correct', 'log.undo')}   " if self._entries else ""
        arrows = " ".join(key_of(self.app, command) for command in ("log.before", "log.after"))
        close = keys_words(self.app, "log.close")
        self.query_one("#day-keys", Static).update(Content(f"{keys}{arrows} other days   {close}"))
        self._at = max(0, min(self._at, len(self._entries) - 1))
        body = self.query_one("#day-entries", VerticalScroll)
        await body.remove_children()
        if self._entries:
            await body.mount_all(EntryLines(n, entry, width) for n, entry in enumerate(self._entries))
        else:
            await body.mount(Static("Nothing was planned, and nothing recorded.", markup=False))
        self._show_chosen()
        self.call_after_refresh(self._into_view)

    def _show_chosen(self) -> None:
        for lines in self.query(EntryLines):
            lines.set_class(lines.number == self._at, "chosen")

    def _lines(self) -> EntryLines | None:
        return next((lines for lines in self.query(EntryLines) if lines.number == self._at), None)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, EntryLines):
            self._at = event.widget.number
            self._show_chosen()

    def action_cursor(self, by: int) -> None:
        """To the next entry, or further down in one that is taller than there is room."""
        body, lines = self.query_one("#day-entries", VerticalScroll), self._lines()
        if lines is None:
            return
        top, height = body.scroll_offset.y, body.size.height
        region = lines.virtual_region
        if region.bottom <= top or region.y >= top + height:
            self._into_view(by)  # it was scrolled away from: first back to it
        elif by > 0 and region.bottom > top + height:
            body.scroll_to(y=min(region.bottom, top + 2 * height - 1) - height, animate=False)
        elif by < 0 and region.y < top:
            body.scroll_to(y=max(region.y, top - height + 1), animate=False)
        else:
            self._at = max(0, min(self._at + by, len(self._entries) - 1))
            self._show_chosen()
            self._into_view(by)

    def _into_view(self, by: int = 1) -> None:
        """Bring the chosen entry in, as much of it as there is room for: its end when coming from below."""
        if not self.query("#day-entries"):
            return
        body, lines = self.query_one("#day-entries", VerticalScroll), self._lines()
        if lines is None:
            return
        region, top, height = lines.virtual_region, body.scroll_offset.y, body.size.height
        if region.y >= top and region.bottom <= top + height:
            return
        if by < 0:
            body.scroll_to(y=max(region.y, region.bottom - height), animate=False)
        else:
            body.scroll_to(y=region.y if region.y < top else min(region.y, region.bottom - height), animate=False)

    async def action_day(self, by: int) -> None:
        self._day += by * DAY
        self._at = 0
        await self._draw()
        self.query_one("#day-entries", VerticalScroll).scroll_home(animate=False)

    def _chosen(self) -> Entry | None:
        return self._entries[self._at] if self._at < len(self._entries) else None

    def action_correct(self) -> None:
        entry = self._chosen()
        if entry is not None and (entry.standing is not None or isinstance(entry.thing, Dose)):
            self.dismiss(("correct", entry))

    def action_undo_record(self) -> None:
        entry = self._chosen()
        if entry is not None and entry.standing is not None:
            self.dismiss(("undo", entry))

    def action_leave(self) -> None:
        self.dismiss(None)
