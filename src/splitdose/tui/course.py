"""Course: planned and taken milligrams per day, how it felt on the same axis, and what may remain of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.amount import show_count, show_mg, show_number
from splitdose.core.clock import DAY
from splitdose.core.course import Course, CourseDay, course, since_words
from splitdose.core.day import Day
from splitdose.core.estimate import ASSUMPTIONS, AXIS, Band, estimate, lead, portions_or_reason
from splitdose.core.plan import Medicine
from splitdose.core.wording import day_words, length_words
from splitdose.tui.base import MainScreen
from splitdose.tui.chart import AXIS_WIDTH, Bar, band, bars
from splitdose.tui.commands import bindings
from splitdose.tui.look import MUTED, clip

RANGES: tuple[tuple[str, int | None], ...] = (("whole course", None), ("4 weeks", 28), ("week", 7), ("2 days", 2))
"""Names and lengths in days of the ranges, widest first."""


@dataclass(frozen=True)
class View:
    """What is looked at: a medicine, how far, and how far back."""

    medicine: int = 0
    range: int = 0
    back: int = 0


class CourseScreen(MainScreen):
    """One medicine over time."""

    NAME = "course"
    names_doses = False
    BINDINGS = bindings("course")

    def __init__(self) -> None:
        super().__init__()
        self._view = View()

    def compose_body(self) -> ComposeResult:
        yield Static(id="course-title", markup=False)
        with VerticalScroll(id="course-body"):
            yield Static(id="course-chart", markup=False)
            yield Static(id="course-words", markup=False)

    def on_mount(self) -> None:
        self.query_one("#course-body").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    # What to show

    def _medicines(self) -> list[Medicine]:
        """Those with a plan by steps or a record, in the plan's order."""
        return [m for m in self.session.book.plan().medicines if not m.latest.archived]

    def _span(self, medicine: Medicine) -> tuple[date, date]:
        """The dates [start, end) that are shown."""
        book = self.session.book
        today = book.today()
        length = RANGES[self._view.range][1]
        if length is None:
            first = medicine.first_day(today) or today
            first = max(first, min(medicine.since, today - 6 * DAY)) if medicine.latest.steps else first
            start = min(first, today)
            return start, today + DAY
        end = today + DAY - timedelta(days=length * self._view.back)
        return end - timedelta(days=length), end

    def draw_body(self) -> None:
        medicines = self._medicines()
        title = self.query_one("#course-title", Static)
        chart = self.query_one("#course-chart", Static)
        words = self.query_one("#course-words", Static)
        if not medicines:
            title.update(Content("No medicine has a plan."))
            chart.update(Content(""))
            words.update(Content(""))
            return
        medicine = medicines[self._view.medicine % len(medicines)]
        start, end = self._span(medicine)
        book = self.session.book
        reach = lead(medicine.latest.half_life) + DAY
        over = book.days(start - timedelta(days=reach.days), end)
        shown = [day for day in over if day.date >= start]
        found = course(book.plan(), shown, medicine.name)
        width = max(20, self.size.width - 5)
        name = RANGES[self._view.range][0]
        more = f"   m: next of {len(medicines)}" if len(medicines) > 1 else ""
        text = f"{medicine.name}   {day_words(start, year=False)} – {day_words(end - DAY)}   {name}{more}"
        title.update(Content.styled(clip(text, width), "bold"))
        chart.update(Content("\n").join(self._charts(medicine, found, over, width)))
        words.update(Content("\n").join(self._words(medicine, found, width)))

    # The charts

    def _charts(self, medicine: Medicine, found: Course, over: Sequence[Day], width: int) -> list[Content]:
        height = 8 if self.size.height >= 24 else 4
        room = width - AXIS_WIDTH
        grouped = _grouped(found.days, room)
        each = max(1, min(9, room // max(1, len(grouped))))
        room = each * len(grouped)  # both charts stand on the same days
        lines = self._bars(found, grouped, each, height)
        lines.append(Content(""))
        half_life = medicine.latest.half_life
        given = portions_or_reason(over, medicine.name, half_life)
        if isinstance(given, str) or half_life is None:
            lines.append(Content.styled(f"{AXIS}: {given}", MUTED))
            return lines
        book = self.session.book
        begin = book.calendar.begin(found.start)
        end = min(book.calendar.begin(found.end), book.now())
        drawn = estimate(given, half_life, begin, end, samples=room * 4)
        low, high = _columns(drawn, begin, end, room)
        hours = f"{show_number(half_life[0])} to {show_number(half_life[1])} h"
        lines.append(Content.assemble((AXIS, "bold"), (f"   by a half-life of {hours}, as you gave it", MUTED)))
        lines += [Content.styled(line, "$text-accent") for line in band(low, high, height, ascii_only=self.ascii_only)]
        lines.append(Content.styled(_ends(found.start, book.calendar.date_of(end), room), MUTED))
        shades = "# at least, : up to" if self.ascii_only else "█ at least   ░ up to"
        lines.append(Content.styled(f"{' ' * AXIS_WIDTH}{shades}", MUTED))
        return lines

    def _bars(self, found: Course, grouped: list[list[CourseDay]], each: int, height: int) -> list[Content]:
        days = found.days
        if any(day.planned_mg is None or day.taken_mg is None for day in days):
            return [Content.styled("mg per day: a strength in mg is missing, so only counts can be shown", MUTED)]
        columns = [_bar(group) for group in grouped]
        per = "" if len(grouped) == len(days) else f", a column for {-(-len(days) // len(grouped))} days (their mean)"
        shades = "# taken, - planned" if self.ascii_only else "█ taken   ‾ planned"
        lines = [Content.assemble(("mg per day", "bold"), (f"   {shades}{per}", MUTED))]
        lines += [
            Content.styled(line, "$text-accent") for line in bars(columns, height, each, ascii_only=self.ascii_only)
        ]
        firsts = [group[0].date for group in grouped]
        steps: dict[int, str] = {}
        for span in found.steps:
            at = max((n for n, first in enumerate(firsts) if first <= span.first), default=0)
            steps[at] = str(span.number)
        lines.append(Content.styled("  step ".ljust(AXIS_WIDTH) + _marks(steps, each, len(grouped)), MUTED))
        sleep = {n: s for n, group in enumerate(grouped) if (s := _sleep(group))}
        if sleep:
            lines.append(Content.styled(" sleep ".ljust(AXIS_WIDTH) + _marks(sleep, each, len(grouped)), MUTED))
        notes = {n: "*" for n, group in enumerate(grouped) if any(c.note for day in group for c in day.checkins)}
        if notes:
            lines.append(Content.styled(" notes ".ljust(AXIS_WIDTH) + _marks(notes, each, len(grouped)), MUTED))
        lines.append(Content.styled(_ends(found.start, found.end - DAY, each * len(grouped)), MUTED))
        return lines

    # The words

    def _words(self, medicine: Medicine, found: Course, width: int) -> list[Content]:
        lines = [Content("")]
        if found.since_last is not None:
            lines.append(Content.styled(since_words(found.since_last), "bold"))
        head = "the finished course" if found.finished else "so far"
        parts = [f"{found.length} days"]
        if found.taken_mg is not None and found.planned_mg is not None:
            parts.append(f"{show_number(found.taken_mg)} of {show_mg(found.planned_mg)} taken")
        lines.append(Content(clip(f"{head}: {', '.join(parts)}", width)))
        counts = found.adherence
        if counts is not None:
            text = f"{counts.taken} of {counts.scheduled} doses taken, {counts.on_time} on time, {found.late} late"
            for number, what in (
                (found.early, "early"), (counts.skipped, "skipped"), (counts.unsure, "unsure"),
                (counts.unrecorded, "no record"), (found.extras, "extra"),
            ):  # fmt: skip
                text += f", {number} {what}" if number else ""
            lines.append(Content(clip(text, width * 2)))
        if found.longest_gap is not None:
            sign = (">= " if self.ascii_only else "≥ ") if found.longest_gap.at_least else ""
            lines.append(Content(f"longest time between two doses: {sign}{length_words(found.longest_gap.length)}"))
        if found.used:
            used = " and ".join(
                f"{show_count(count, ascii_only=self.ascii_only)} × {product.name}"
                if not product.poured else f"{show_number(count)} mL of {product.name}"
                for product, count in found.used
            )  # fmt: skip
            lines.append(Content(clip(f"used: {used}".replace("×", "x" if self.ascii_only else "×"), width * 2)))
        for day in found.days:
            lines += [
                Content.assemble(
                    (f"{day_words(day.date, year=False):<12}", "bold"), clip(f"“{checkin.note}”", width * 2)
                )
                for checkin in day.checkins
                if checkin.note
            ]
        if medicine.latest.half_life is not None:
            lines += [Content(""), *(Content.styled(text, MUTED) for text in ASSUMPTIONS)]
        return lines

    # Acting

    def report_range(self) -> tuple[date | None, date | None, str]:
        medicines = self._medicines()
        if not medicines or RANGES[self._view.range][1] is None:
            return super().report_range()
        start, end = self._span(medicines[self._view.medicine % len(medicines)])
        return start, end - DAY, f"{day_words(start, year=False)} – {day_words(end - DAY)}"

    def action_medicine(self) -> None:
        self._view = View(self._view.medicine + 1, self._view.range, 0)
        self.draw()

    def action_zoom(self, by: int) -> None:
        self._view = View(self._view.medicine, max(0, min(len(RANGES) - 1, self._view.range + by)), 0)
        self.draw()

    def action_pan(self, by: int) -> None:
        self._view = View(self._view.medicine, self._view.range, max(0, self._view.back + by))
        self.draw()

    def action_scroll_by(self, lines: int) -> None:
        self.query_one("#course-body", VerticalScroll).scroll_relative(y=lines, animate=False)


def _grouped(days: Sequence[CourseDay], room: int) -> list[list[CourseDay]]:
    """Days by column: one each where they fit, else as many a column as it takes."""
    size = max(1, -(-len(days) // max(1, room)))
    return [list(days[n : n + size]) for n in range(0, len(days), size)]


def _bar(group: Sequence[CourseDay]) -> Bar:
    planned = [float(day.planned_mg) for day in group if day.planned_mg is not None]
    taken = [float(day.taken_mg) for day in group if day.taken_mg is not None]
    return Bar(
        sum(taken) / len(taken) if taken else None, sum(planned) / len(planned) if planned else None,
        sure=not any(day.missing or day.unsure for day in group),
    )  # fmt: skip


def _sleep(group: Sequence[CourseDay]) -> str:
    found = [c.sleep for day in group for c in day.checkins if c.sleep is not None]
    return str(found[-1]) if found else ""


def _marks(marks: dict[int, str], each: int, columns: int) -> str:
    """Short texts under their columns; one that would run into the next is left out."""
    line = [" "] * (each * columns + 4)
    free = 0
    for n, text in sorted(marks.items()):
        at = n * each
        if at >= free:
            line[at : at + len(text)] = text
            free = at + len(text) + (1 if each == 1 and len(text) > 1 else 0)
    return "".join(line).rstrip()


def _ends(first: date, last: date, room: int) -> str:
    """The first and last date below a chart."""
    left, right = day_words(first, year=False), day_words(last, year=False)
    if len(left) + len(right) + 2 > room:
        return " " * AXIS_WIDTH + left
    return " " * AXIS_WIDTH + left + right.rjust(room - len(left))


def _columns(drawn: Band, begin: datetime, end: datetime, room: int) -> tuple[list[float], list[float]]:
    """The edges by column: the lowest of the lower and the highest of the upper one in each."""
    low: list[float | None] = [None] * room
    high = [0.0] * room
    length = max(1.0, (end - begin).total_seconds())
    for at, under, over in zip(drawn.times, drawn.low, drawn.high, strict=True):
        n = min(room - 1, int((at - begin).total_seconds() / length * room))
        seen = low[n]
        low[n] = under if seen is None else min(seen, under)
        high[n] = max(high[n], over)
    return [value or 0.0 for value in low], high
