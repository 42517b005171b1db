"""Week: seven days by slots, planned and recorded, with totals, gaps and notes; every cell can be recorded."""

from datetime import date, timedelta

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import DAY
from splitdose.core.day import Dose, Week, longest_gap
from splitdose.core.showing import (
    amount_texts,
    dose_in_pieces,
    dose_in_words,
)
from splitdose.core.typed_times import parse_day
from splitdose.core.wording import (
    adherence_words,
    checkin_figures,
    day_words,
    length_words,
    range_words,
    state_words,
    taken_time_words,
    wall_words,
    weekday_words,
)
from splitdose.tui import recording
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.month import Month
from splitdose.tui.dialogs.prompts import TextPrompt
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.widgets.bars import TextLines
from splitdose.tui.widgets.fit import MUTED, WIDE, clip, fit, fitting
from splitdose.tui.widgets.week_grid import GridState, WeekGrid, rows_of


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

    async def action_month(self) -> None:
        await self.begin(self._ask_month())

    async def _ask_month(self) -> None:
        """Show the month around the chosen day, and go to the day that is chosen there."""
        state = self.query_one(WeekGrid).state
        if state.week is None:
            return
        medicines = self.session.reader.plan().medicines
        medicine = state.rows[state.row].medicine if state.rows else medicines[0].name if medicines else ""
        month = Month(
            self.session, state.week.days[state.column].date, medicine, self.program.cannot_read,
            first_weekday=self.program.settings.first_weekday, ascii_only=self.ascii_only,
        )  # fmt: skip
        day = await self.program.push_screen_wait(month)
        if day is not None:
            self._go(day)

    async def action_go_to(self) -> None:
        await self.begin(self._ask_day())

    async def _ask_day(self) -> None:
        """Ask for a date, and show its week."""
        today = self.session.reader.today()

        def read(text: str) -> str:
            return day_words(parse_day(text, today))

        prompt = TextPrompt("Which day?", "2026-01-31, yesterday", save="show its week", read=read)
        text = await self.program.push_screen_wait(prompt)
        if text is not None:
            self._go(parse_day(text, today))

    def _go(self, day: date) -> None:
        """Put the cursor on a date."""
        self._shown, self._column = day, None
        self.draw()
        week = self.query_one(WeekGrid).state.week
        if week is not None:
            self._column = (day - week.start).days
            self.draw()

    def on_week_grid_chosen(self, event: WeekGrid.Chosen) -> None:
        self._row, self._column = event.row, event.column
        self.draw()

    async def action_edit(self) -> None:
        dose = self.named()
        if dose is None:
            self.program.say("no dose in this cell")
        else:
            await self.begin(recording.ask_time(self.program, dose))
