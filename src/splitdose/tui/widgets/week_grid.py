"""The week's grid: slots by days, each dose with what became of it, totals and gaps below."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from splitdose.core.clock import Calendar
from splitdose.core.day import Day, Dose, Week
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.showing import amount_texts, measured_texts, tight_sums, told_by_ml
from splitdose.core.wording import mark, taken_time_words, wall_words, weekday_words
from splitdose.tui.widgets.fit import MUTED, STATE_STYLES, clip, fit, fitting

LABEL_WIDTH = 12
NARROW_LABEL = 10
MARK = 2
"""Cells of a dose's sign and the space behind it."""
CELL_WIDTHS = range(11, 15)
"""A cell holds at least "08:30 late" and a gap, and is no wider than reads well."""


@dataclass(frozen=True)
class GridRow:
    """One slot of one medicine, with its dose on each day (or None)."""

    slot: str
    time: str
    medicine: str
    doses: tuple[Dose | None, ...]

    @property
    def by_ml(self) -> bool:
        """Whether its amounts are told in mL where there is no room for milligrams as well."""
        return told_by_ml(dose.pieces for dose in self.doses if dose is not None)

    def height(self, room: int, *, ascii_only: bool) -> int:
        """Lines of a cell that is so many cells wide: the amount in one or two, and what became of it."""
        lines = [amount_lines(d.pieces, room, by_ml=self.by_ml, ascii_only=ascii_only) for d in self.doses if d]
        return 1 + max((len(each) for each in lines), default=1)


def amount_lines(pieces: Pieces, room: int, *, by_ml: bool, ascii_only: bool) -> list[str]:
    """An amount in one or two lines of a cell, each of whole figures; of a liquid its mL stand below.

    Args:
        pieces: of a dose.
        room: cells of a line; the first has a mark in it, and so `MARK` less.
        by_ml: tell a liquid in mL first.
        ascii_only: use no signs beyond ASCII.
    """
    first = room - MARK
    measured = measured_texts(pieces, by_ml=by_ml)
    if measured is not None and (fits := [text for text in measured if text and cell_len(text) <= first]):
        return fits
    texts = amount_texts(pieces, ascii_only=ascii_only)
    for text in texts:
        if cell_len(text) <= first:
            return [text]
        if text.startswith("about ") and "(" not in text and cell_len(text) - len("about ") <= room:
            return ["about", text.removeprefix("about ")]
        if cell_len(text) <= room:
            return ["", text]
    return [clip(texts[-1], first)]


@dataclass(frozen=True)
class GridState:
    """What the grid shows, and which cell the cursor is on."""

    week: Week | None = None
    rows: tuple[GridRow, ...] = ()
    calendar: Calendar | None = None
    gaps: tuple[str, ...] = ()
    row: int = 0
    column: int = 0
    today: date | None = None
    ascii_only: bool = False


def rows_of(week: Week, calendar: Calendar) -> tuple[GridRow, ...]:
    """The rows of a week: slots of one name share a row; several medicines in a slot have a row each."""
    found: dict[tuple[str, str], dict[int, Dose]] = {}
    order: dict[tuple[str, str], tuple[int, int]] = {}
    for column, day in enumerate(week.days):
        for n, dose in enumerate(day.doses):
            key = (dose.slot.name, dose.medicine)
            found.setdefault(key, {})[column] = dose
            minutes = calendar.minutes_into_day(day.date, dose.slot.time)
            order[key] = min(order.get(key, (minutes, n)), (minutes, n))
    return tuple(
        GridRow(
            slot, wall_words(next(iter(doses.values())).slot.time), medicine,
            tuple(doses.get(column) for column in range(7)),
        )
        for (slot, medicine), doses in sorted(found.items(), key=lambda item: order[item[0]])
    )  # fmt: skip


class WeekGrid(Widget, can_focus=True):
    """The grid itself; as many days as fit, around the cursor's."""

    state: reactive[GridState] = reactive(GridState(), layout=True)

    class Chosen(Message):
        """A cell was clicked."""

        def __init__(self, row: int, column: int) -> None:
            self.row = row
            self.column = column
            super().__init__()

    def _label_width(self) -> int:
        return LABEL_WIDTH if self.size.width >= 60 else NARROW_LABEL

    def _cell_width(self, width: int = 0) -> int:
        inside = width or self.content_size.width
        return max(CELL_WIDTHS[0], min(CELL_WIDTHS[-1], (inside - self._label_width()) // 7))

    def _heights(self, width: int = 0) -> list[int]:
        """The lines of each row."""
        room = self._cell_width(width) - 1
        return [row.height(room, ascii_only=self.state.ascii_only) for row in self.state.rows]

    def _columns(self) -> range:
        """The days that fit."""
        fitting = max(1, min(7, (self.content_size.width - self._label_width()) // self._cell_width()))
        start = max(0, min(self.state.column - fitting // 2, 7 - fitting))
        return range(start, start + fitting)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + sum(self._heights(width)) + 5 if self.state.rows else 2

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = (offset.x - self._label_width()) // self._cell_width()
        row = next((n for n, (top, end) in enumerate(pairwise(self._tops())) if top <= offset.y < end), None)
        columns = self._columns()
        if 0 <= column < len(columns) and row is not None:
            self.post_message(self.Chosen(row, columns[column]))

    def _tops(self) -> list[int]:
        """The first line of each row, and of what follows them."""
        heights = self._heights()
        return [1 + sum(heights[:n]) for n in range(len(heights) + 1)]

    def cursor_region(self) -> Region:
        """The lines of the cursor's cell, for scrolling it into view."""
        tops, at = self._tops(), self.state.row
        if at + 1 >= len(tops):
            return Region(0, 0, 1, 3)
        return Region(0, tops[at] if at else 0, 1, tops[at + 1] - tops[at] + 1)

    def render(self) -> RenderResult:
        state = self.state
        if state.week is None or state.calendar is None:
            return Content("")
        label, columns, cell = self._label_width(), self._columns(), self._cell_width()
        days = [state.week.days[c] for c in columns]
        head = [Content(" " * label)]
        for day in days:
            style = "bold $text-accent" if day.date == state.today else "bold"
            head.append(Content.styled(f"{weekday_words(day.date):<{cell}}", style))
        lines = [Content.assemble(*head)]
        several = len({row.medicine for row in state.rows}) > 1
        above = ""
        for n, (row, height) in enumerate(zip(state.rows, self._heights(), strict=True)):
            first = row.slot if row.slot != above else ""
            second = f" {row.medicine}" if several else f" {row.time}"
            if several and first and len(first) + 6 < label:
                first = f"{first} {row.time}"
            above = row.slot
            heads = [Content(fit(clip(first, label - 1), label))]
            heads.append(Content.styled(fit(clip(second, label - 1), label), MUTED))
            heads += [Content(" " * label)] * (height - 2)
            parts = [[head] for head in heads]
            room = cell - 1
            for column in columns:
                here = n == state.row and column == state.column and self.has_focus
                texts, style = self._cell(row.doses[column], height, room, by_ml=row.by_ml)
                cursor = "$block-cursor-foreground on $block-cursor-background"
                for line, text in zip(parts, texts, strict=True):
                    line += [Content.styled(fit(text, room), cursor if here else style), Content(" ")]
            lines += [Content.assemble(*line) for line in parts]
        if not state.rows:
            lines.append(Content("No doses are planned in this week."))
        lines += self._sums(days, columns, label)
        return Content("\n").join(lines)

    def _cell(self, dose: Dose | None, height: int, room: int, *, by_ml: bool) -> tuple[list[str], str]:
        """The lines of a cell, and their style."""
        if dose is None:
            return [""] * height, ""
        sign = mark(dose.state, ascii_only=self.state.ascii_only)
        amount, *below = amount_lines(dose.pieces, room, by_ml=by_ml, ascii_only=self.state.ascii_only)
        below += [""] * (height - 2 - len(below))
        below.append(_cell_words(dose, self.state))
        indented = [f"  {text}" if cell_len(text) + 2 <= room else text for text in below]
        return [f"{sign} {amount:>6}".rstrip(), *indented], STATE_STYLES[dose.state]

    def _sums(self, days: list[Day], columns: range, label: int) -> list[Content]:
        """Totals and gaps of the medicine whose row the cursor is in, and how the nights were."""
        state, cell = self.state, self._cell_width()
        if not state.rows:
            return []
        medicine = state.rows[state.row].medicine
        wide = label >= LABEL_WIDTH
        totals = [next((t for t in day.totals if t.medicine == medicine), None) for day in days]
        unit, sums = tight_sums(
            [(t.taken_pieces, t.planned_pieces) if t is not None else (NO_PIECES, NO_PIECES) for t in totals],
            ascii_only=state.ascii_only,
        )
        # Milligrams go without saying; every other unit is said.
        labels = (f"taken {unit}", unit) if unit and unit != "mg" else ("taken",)
        taken = [Content(fit(fitting(labels, label - 1), label))]
        gaps = [Content(fit("longest gap" if wide else "gap", label))]
        sleep = [Content(fit("sleep", label))]
        for day, column, total, (had, asked) in zip(days, columns, totals, sums, strict=True):
            texts = (f"{had} of {asked}", had) if total is not None and not day.future else ("",)
            taken.append(Content(fit(fitting(texts, cell - 1), cell)))
            slept = [str(c.sleep) for c in day.checkins if c.sleep is not None]
            sleep.append(Content(fit(slept[-1] if slept else "", cell)))
            gaps.append(Content(fit(state.gaps[column] if column < len(state.gaps) else "", cell)))
        several = len({row.medicine for row in state.rows}) > 1
        head = (
            [Content(""), Content.styled(clip(medicine, label + cell * len(days)), "bold")]
            if several
            else [Content("")]
        )
        return head + [Content.assemble(*line).stylize(MUTED) for line in (taken, gaps, sleep)]


def _cell_words(dose: Dose, state: GridState) -> str:
    assert state.week is not None
    assert state.calendar is not None
    if dose.state == "taken" and dose.record is not None:
        if dose.record.at is None:
            return "taken"
        words = taken_time_words(dose.record, dose.date, state.calendar).replace("about ", "~")[-6:]
        timing = f" {dose.timing}" if dose.timing in ("late", "early") else ""
        return words.strip() + timing
    if dose.state == "unrecorded":
        return "no record" if dose.tracked else "before"
    if dose.state == "upcoming":
        return "planned" if not dose.projected else "projected"
    return dose.state
