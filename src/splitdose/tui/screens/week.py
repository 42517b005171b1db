"""Week: seven days by slots, planned and recorded, with totals, gaps and notes; every cell can be recorded."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Day, Dose, Week, longest_gap
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.showing import (
    amount_texts,
    dose_in_pieces,
    dose_in_words,
    measured_texts,
    tight_sums,
    told_by_ml,
)
from splitdose.core.typed_times import parse_day
from splitdose.core.wording import (
    adherence_words,
    checkin_figures,
    day_words,
    length_words,
    mark,
    range_words,
    state_words,
    taken_time_words,
    wall_words,
    weekday_words,
)
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.month import Month
from splitdose.tui.dialogs.prompts import TextPrompt
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.widgets.bars import TextLines
from splitdose.tui.widgets.fit import MUTED, STATE_STYLES, WIDE, clip, fit, fitting

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


class WeekScreen(MainScreen):
    """Seven days at a time."""

    NAME = "week"
    BINDINGS = bindings("week")

    def __init__(self) -> None:
        super().__init__()
        self._shown: date | None = None
        self._row = 0
        self._column: int | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(id="week-title", markup=False)
        with VerticalScroll(id="week-body", can_focus=False):
            yield WeekGrid(id="grid")
            yield TextLines(id="cell")
            yield Static(id="week-notes", markup=False)

    def on_mount(self) -> None:
        self.query_one(WeekGrid).focus()

    def draw_body(self) -> None:
        reader = self.session.reader
        today, calendar = reader.today(), reader.calendar
        week = reader.week(self._shown or today, first_weekday=self.program.settings.first_weekday)
        rows = rows_of(week, calendar)
        if self._column is None:
            self._column = max(0, min(6, (today - week.start).days))
        self._row = max(0, min(self._row, len(rows) - 1))
        grid = self.query_one(WeekGrid)
        grid.state = GridState(
            week=week, rows=rows, calendar=calendar,
            gaps=self._gaps(week, rows[self._row].medicine if rows else ""),
            row=self._row, column=self._column, today=today, ascii_only=self.ascii_only,
        )  # fmt: skip
        number = week.start.isocalendar().week if self.program.settings.first_weekday == 0 else None
        span = range_words(week.start, week.end - DAY)
        title = f"week {number}   {span}" if number is not None else span
        if week.start <= today < week.end:
            title += "   this week"
        self.query_one("#week-title", Static).update(Content.styled(clip(title, max(10, self.size.width - 2)), "bold"))
        self.query_one("#cell", TextLines).lines = self._cell_lines()
        self.query_one("#week-notes", Static).update(self._notes(week))
        self.call_after_refresh(self._into_view)

    def _into_view(self) -> None:
        grid = self.query_one(WeekGrid)
        body = self.query_one("#week-body", VerticalScroll)
        region = grid.cursor_region()
        body.scroll_to_region(region, animate=False, force=True)

    def _gaps(self, week: Week, medicine: str) -> tuple[str, ...]:
        """Of each day up to today, the longest time between two intakes of a medicine ending that day."""
        days = [*self.session.reader.days(week.start - 2 * DAY, week.start), *week.days]
        sign = ">= " if self.ascii_only else "≥ "
        texts = []
        for n, day in enumerate(week.days):
            found = None if day.future else longest_gap(medicine, days[: n + 3], day.date)
            text = "" if found is None else length_words(found.length).replace(" min", "")
            texts.append(f"{sign if found is not None and found.at_least else ''}{text}")
        return tuple(texts)

    def _cell_lines(self) -> tuple[tuple[str, str], ...]:
        """The chosen dose in words."""
        dose = self.named()
        if dose is None:
            return ()
        reader = self.session.reader
        words = [day_words(dose.date, year=False), dose.slot.name, wall_words(dose.slot.time) + ":"]
        words.append(dose.medicine)
        state = state_words(dose, reader.now(), reader.calendar, ascii_only=self.ascii_only, countdown=False)
        amounts = amount_texts(dose.pieces, ascii_only=self.ascii_only)
        if self.size.width >= WIDE:
            amounts = (dose_in_words(dose.pieces, ascii_only=self.ascii_only), *amounts)
        lines = [(fitting([f"{' '.join(words)} {amount}, {state}" for amount in amounts], self.size.width - 4), "bold")]
        if (apart := self._apart(dose)) is not None:
            lines.append((f"{length_words(apart)} after the dose recorded before", MUTED))
        if dose.record is not None and dose.record.note:
            lines.append((f"note: {dose.record.note}", ""))
        return tuple(lines)

    def _apart(self, dose: Dose) -> timedelta | None:
        """The time from the intake before to this one, as far as both are recorded; None from three days on."""
        if dose.record is None or dose.record.kind != "taken" or dose.record.at is None:
            return None
        at = dose.record.at
        log = self.session.reader.log([dose.date - n * DAY for n in range(4)])
        before = log.taken_between(dose.medicine, at - 3 * DAY, at)
        return at - before[-1].at if before and before[-1].at is not None else None

    def _notes(self, week: Week) -> Content:
        calendar = self.session.reader.calendar
        lines = [Content(clip(adherence_words(found, joint=" · "), 400)) for found in week.adherence]
        for day in week.days:
            texts = [
                f"extra: {e.medicine} {dose_in_pieces(e.pieces, ascii_only=self.ascii_only)} "
                f"{'' if e.at is None else 'at '}{taken_time_words(e, day.date, calendar)}"
                for e in day.extras
            ]
            texts += [
                ", ".join([*checkin_figures(checkin), *([f"“{checkin.note}”"] if checkin.note else [])])
                for checkin in day.checkins
            ]
            lines += [Content.assemble((fit(weekday_words(day.date), 7), "bold"), clip(text, 300)) for text in texts]
        return Content("\n").join(lines)

    def named(self) -> Dose | None:
        state = self.query_one(WeekGrid).state
        if state.row >= len(state.rows):
            return None
        return state.rows[state.row].doses[state.column]

    def day_shown(self) -> date:
        state = self.query_one(WeekGrid).state
        return state.week.days[state.column].date if state.week is not None else super().day_shown()

    def day_of_extra(self) -> date:
        return self.day_shown()

    def report_range(self) -> tuple[date | None, date | None]:
        week = self.query_one(WeekGrid).state.week
        if week is None:
            return super().report_range()
        return week.start, week.end - DAY

    def action_move(self, right: int, down: int) -> None:
        self._column = (self._column or 0) + right
        if self._column < 0 or self._column > 6:
            self._shown = self._start() + (7 * DAY if self._column > 6 else -DAY)
            self._column %= 7
        self._row = max(0, self._row + down)
        self.draw()

    def _start(self) -> date:
        week = self.query_one(WeekGrid).state.week
        return week.start if week is not None else self.session.reader.today()

    def action_week(self, by: int) -> None:
        self._shown = self._start() + timedelta(days=7 * by)
        self.draw()

    def action_this_week(self) -> None:
        self._shown, self._column = None, None
        self.draw()

    def action_month(self) -> None:
        """The month around the chosen day."""
        state = self.query_one(WeekGrid).state
        week = state.week
        if week is None:
            return
        medicines = self.session.reader.plan().medicines
        medicine = state.rows[state.row].medicine if state.rows else medicines[0].name if medicines else ""

        self.program.push_screen(
            Month(
                self.session, week.days[state.column].date, medicine, self.program.cannot_read,
                first_weekday=self.program.settings.first_weekday, ascii_only=self.ascii_only,
            ),
            self._go,
        )  # fmt: skip

    def action_go_to(self) -> None:
        """The week of a date that is typed."""
        today = self.session.reader.today()

        def read(text: str) -> str:
            return day_words(parse_day(text, today))

        def given(text: str | None) -> None:
            if text is not None:
                self._go(parse_day(text, today))

        self.program.push_screen(
            TextPrompt("Which day?", "2026-01-31, yesterday   Enter shows its week", read=read), given
        )

    def _go(self, day: date | None) -> None:
        """Put the cursor on a date."""
        if day is None:
            return
        self._shown, self._column = day, None
        self.draw()
        week = self.query_one(WeekGrid).state.week
        if week is not None:
            self._column = (day - week.start).days
            self.draw()

    def on_week_grid_chosen(self, event: WeekGrid.Chosen) -> None:
        self._row, self._column = event.row, event.column
        self.draw()

    def action_edit(self) -> None:
        dose = self.named()
        if dose is None:
            self.program.say("no dose in this cell")
        else:
            self.program.ask_time(dose)
