"""Course: planned and taken milligrams per day, how it felt on the same axis, and what may remain of it.

What is shown is read once for all drawings until a file or the minute changes; years of it in a thread of their own, so
that keys and reminders never wait for them.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.amount import PER_MG, show_number
from splitdose.core.clock import DAY
from splitdose.core.course import Course, CourseDay, course, since_words
from splitdose.core.estimate import Band, Portion, assumptions, axis, estimate, lead, portions_or_reason
from splitdose.core.plan import Medicine
from splitdose.core.showing import show_taken, used_words
from splitdose.core.wording import day_words, length_words, range_words
from splitdose.report.progress import collector_at_rest
from splitdose.session import Reader, Session
from splitdose.store import StoreError
from splitdose.tui.commands import bindings
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.widgets.chart import AXIS_WIDTH, Bar, band, bars
from splitdose.tui.widgets.fit import MUTED, clip, fit

RANGES: tuple[tuple[str, int | None], ...] = (
    ("whole course", None), ("a year", 365), ("26 weeks", 182), ("8 weeks", 56), ("4 weeks", 28), ("week", 7),
    ("2 days", 2),
)  # fmt: skip
"""Names and lengths in days of the ranges, widest first."""
LONG = 366
"""A course of up to so many days opens whole, and is read at once. A longer one opens at what goes on now."""
OPENS_AT = "26 weeks"
MOST_SYMPTOMS = 3
"""How many symptoms have a line under the days; a report has all."""
MOST_NOTES = 200
"""Notes below the charts, the newest; a report has all of them."""


@dataclass(frozen=True)
class View:
    """What is looked at: a medicine, how far, and how far back.

    Attributes:
        range: name of the range; empty for the one that the medicine's course opens at.
    """

    medicine: int = 0
    range: str = ""
    back: int = 0


@dataclass(frozen=True)
class Gathered:
    """What there is to draw.

    Attributes:
        key: of what it was gathered, and when; another one is another answer.
        course: the days that are shown.
        given: what an estimate is drawn from, the time before these days included, or why none is.
    """

    key: Hashable
    course: Course
    given: Sequence[Portion] | str


def gather(reader: Reader, medicine: Medicine, start: date, end: date, key: Hashable) -> Gathered:
    """Read the logical dates [start, end) of a medicine. Raises StoreError."""
    half_life = medicine.latest.half_life
    with reader.file_snapshot():
        over = reader.days(start - timedelta(days=(lead(half_life) + DAY).days), end)
        found = course(reader.plan(), [day for day in over if day.date >= start], medicine.name)
    return Gathered(key, found, portions_or_reason(over, medicine.name, half_life))


class CourseScreen(MainScreen):
    """One medicine over time."""

    NAME = "course"
    names_doses = False
    BINDINGS = bindings("course")

    def __init__(self) -> None:
        super().__init__()
        self._view = View()
        self._gathered: Gathered | None = None
        self._asked: Hashable = None
        self._one_reads = Lock()
        self._of_thread: Session | None = None

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
        return [m for m in self.session.reader.plan().medicines if not m.latest.archived]

    def _whole(self, medicine: Medicine) -> tuple[date, date]:
        """The dates [start, end) of its whole course until today."""
        today = self.session.reader.today()
        first = medicine.first_day(today) or today
        first = max(first, min(medicine.since, today - 6 * DAY)) if medicine.latest.steps else first
        return min(first, today), today + DAY

    def _ranges(self, medicine: Medicine) -> tuple[list[tuple[str, int | None]], int]:
        """The ranges that differ for a medicine, and the place among them of the one that is looked at."""
        start, end = self._whole(medicine)
        length = (end - start).days
        ranges = [(name, days) for name, days in RANGES if days is None or days < length]
        names = [name for name, _ in ranges]
        opens = names.index(OPENS_AT) if length > LONG else 0
        return ranges, names.index(self._view.range) if self._view.range in names else opens

    def _span(self, medicine: Medicine) -> tuple[str, date, date]:
        """The range that is shown: its name, and its dates [start, end)."""
        ranges, place = self._ranges(medicine)
        name, length = ranges[place]
        if length is None:
            return name, *self._whole(medicine)
        end = self.session.reader.today() + DAY - timedelta(days=length * self._view.back)
        return name, end - timedelta(days=length), end

    def _chosen(self) -> Medicine | None:
        medicines = self._medicines()
        return medicines[self._view.medicine % len(medicines)] if medicines else None

    def draw_body(self) -> None:
        medicine = self._chosen()
        title = self.query_one("#course-title", Static)
        chart = self.query_one("#course-chart", Static)
        words = self.query_one("#course-words", Static)
        if medicine is None:
            known = self.session.reader.plan().medicines
            title.update(Content("Every medicine is archived." if known else "No medicine has a plan."))
            chart.update(Content(""))
            words.update(Content(""))
            return
        name, start, end = self._span(medicine)
        width = max(20, self.size.width - 5)
        count = len(self._medicines())
        more = f"   {self.program.key('course.medicine')}: next of {count}" if count > 1 else ""
        text = f"{medicine.name}   {range_words(start, end - DAY)}   {name}{more}"
        title.update(Content.styled(clip(text, width), "bold"))
        found = self._found(medicine, start, end)
        if found is None:
            chart.update(Content.styled(f"reading {(end - start).days} days …", MUTED))
            words.update(Content(""))
            return
        chart.update(Content("\n").join(self._charts(medicine, found, width)))
        words.update(Content("\n").join(self._words(medicine, found.course, width)))
        if found.course.finished and found.course.since_last is not None:
            # Who has come to the end looks for this first, and on a low screen would have to scroll to it.
            title.update(Content.styled(f"{clip(text, width)}\n{since_words(found.course.since_last)}", "bold"))

    def _found(self, medicine: Medicine, start: date, end: date) -> Gathered | None:
        """What there is to draw; None while it is being read."""
        reader, long = self.session.reader, (end - start).days > LONG
        what = (medicine.name, start, end)
        key = (what, reader.fingerprint(), int(reader.now().timestamp()) // (3600 if long else 60))
        kept = self._gathered
        if kept is not None and kept.key == key:
            return kept
        if not long:
            self._asked = key
            self._gathered = gather(reader, medicine, start, end, key)
            return self._gathered
        if self._asked != key:
            self._asked = key
            self._gather_aside(medicine, start, end, key)
        # What was read of the same days before something changed stays until the new answer is there.
        known = kept is not None and (kept.course.medicine, kept.course.start) == (medicine.name, start)
        return kept if known else None

    @work(thread=True, group="course", exit_on_error=False)
    def _gather_aside(self, medicine: Medicine, start: date, end: date, key: Hashable) -> None:
        try:
            with self._one_reads, collector_at_rest():
                if key != self._asked:
                    return
                self._of_thread = self._of_thread or self.session.for_thread()
                found = gather(self._of_thread.reader, medicine, start, end, key)
        except StoreError as problem:
            self.app.call_from_thread(self._failed, problem)
        else:
            self.app.call_from_thread(self._arrived, found)

    def _failed(self, problem: StoreError) -> None:
        self._asked = None  # the next drawing asks again
        self.program.cannot_read(problem)

    def _arrived(self, found: Gathered) -> None:
        if found.key == self._asked:
            self._gathered = found
            self.draw()

    # The charts

    def _charts(self, medicine: Medicine, gathered: Gathered, width: int) -> list[Content]:
        found, given = gathered.course, gathered.given
        height = 8 if self.size.height >= 24 else 4
        room = width - AXIS_WIDTH
        grouped = _grouped(found.days, room)
        each = max(1, min(9, room // max(1, len(grouped))))
        room = each * len(grouped)  # both charts stand on the same days
        lines = self._bars(found, grouped, each, height)
        lines.append(Content(""))
        half_life = medicine.latest.half_life
        if isinstance(given, str) or half_life is None:
            lines.append(Content.styled(f"{axis(found.unit)}: {given}", MUTED))
            return lines
        reader = self.session.reader
        begin = reader.calendar.begin(found.start)
        end = min(reader.calendar.begin(found.end), reader.now())
        drawn = estimate(given, half_life, begin, end, samples=room * 4)
        low, high = _columns(drawn, begin, end, room, float(PER_MG[found.unit]))
        hours = f"{show_number(half_life[0])} to {show_number(half_life[1])} h"
        lines.append(
            Content.assemble((axis(found.unit), "bold"), (f"   by a half-life of {hours}, as you gave it", MUTED))
        )
        lines += [Content.styled(line, "$text-accent") for line in band(low, high, height, ascii_only=self.ascii_only)]
        lines.append(Content.styled(_ends(found.start, reader.calendar.date_of(end), room), MUTED))
        shades = "# at least, : up to" if self.ascii_only else "█ at least   ░ up to"
        lines.append(Content.styled(f"{' ' * AXIS_WIDTH}{shades}", MUTED))
        return lines

    def _bars(self, found: Course, grouped: list[list[CourseDay]], each: int, height: int) -> list[Content]:
        days = found.days
        if any(day.planned_mg is None or day.taken_mg is None for day in days):
            return [Content.styled("mg per day: a strength in mg is missing, so only counts can be shown", MUTED)]
        columns = [_bar(group, float(PER_MG[found.unit])) for group in grouped]
        per = "" if len(grouped) == len(days) else f", a column for {-(-len(days) // len(grouped))} days (their mean)"
        shades = "# taken, - planned" if self.ascii_only else "█ taken   ‾ planned"
        lines = [Content.assemble((f"{found.unit} per day", "bold"), (f"   {shades}{per}", MUTED))]
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
        for name in _symptoms(days):
            figures = {n: s for n, group in enumerate(grouped) if (s := _symptom(name, group))}
            label = fit(name, AXIS_WIDTH - 1, right=True)
            lines.append(Content.styled(f"{label} " + _marks(figures, each, len(grouped)), MUTED))
        notes = {n: "*" for n, group in enumerate(grouped) if any(c.note for day in group for c in day.checkins)}
        if notes:
            lines.append(Content.styled(" notes ".ljust(AXIS_WIDTH) + _marks(notes, each, len(grouped)), MUTED))
        lines.append(Content.styled(_ends(found.start, found.end - DAY, each * len(grouped)), MUTED))
        return lines

    # The words

    def _words(self, medicine: Medicine, found: Course, width: int) -> list[Content]:
        lines = [Content("")]
        if found.since_last is not None and not found.finished:
            lines.append(Content.styled(since_words(found.since_last), "bold"))
        head = "the finished course" if found.finished else "so far"
        parts = [f"{found.length} days"]
        if found.taken_pieces or found.planned_pieces:
            sums = show_taken(found.taken_pieces, found.planned_pieces, ascii_only=self.ascii_only)
            parts.append(f"{sums} taken")
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
            used = " and ".join(used_words(product, count, ascii_only=self.ascii_only) for product, count in found.used)
            lines.append(Content(clip(f"used: {used}", width * 2)))
        last = found.end - DAY
        notes = [(day.date, checkin.note) for day in found.days for checkin in day.checkins if checkin.note]
        if len(notes) > MOST_NOTES:
            lines.append(
                Content.styled(
                    f"{len(notes) - MOST_NOTES} earlier notes: {self.program.key('report')} writes a report with all",
                    MUTED,
                )
            )
        lines += [
            Content.assemble(
                (f"{day_words(day, year=day.year != last.year):<11} ", "bold"), clip(f"“{note}”", width * 2)
            )
            for day, note in notes[-MOST_NOTES:]
        ]
        if medicine.latest.half_life is not None:
            lines += [Content(""), *(Content.styled(text, MUTED) for text in assumptions(found.unit))]
        return lines

    # Acting

    def medicine_meant(self) -> str:
        medicine = self._chosen()
        return medicine.name if medicine is not None else super().medicine_meant()

    def report_range(self) -> tuple[date | None, date | None]:
        medicine = self._chosen()
        if medicine is None:
            return super().report_range()
        name, start, end = self._span(medicine)
        if name == RANGES[0][0]:
            return super().report_range()
        return start, end - DAY

    def action_medicine(self) -> None:
        self._view = View(self._view.medicine + 1, self._view.range, 0)
        self.draw()

    def action_zoom(self, by: int) -> None:
        medicine = self._chosen()
        if medicine is not None:
            ranges, place = self._ranges(medicine)
            name, _ = ranges[max(0, min(len(ranges) - 1, place + by))]
            self._view = View(self._view.medicine, name, 0)
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


def _bar(group: Sequence[CourseDay], per_mg: float) -> Bar:
    planned = [float(day.planned_mg) * per_mg for day in group if day.planned_mg is not None]
    taken = [float(day.taken_mg) * per_mg for day in group if day.taken_mg is not None]
    return Bar(
        sum(taken) / len(taken) if taken else None, sum(planned) / len(planned) if planned else None,
        sure=not any(day.missing or day.unsure for day in group),
    )  # fmt: skip


def _sleep(group: Sequence[CourseDay]) -> str:
    found = [c.sleep for day in group for c in day.checkins if c.sleep is not None]
    return str(found[-1]) if found else ""


def _symptoms(days: Sequence[CourseDay]) -> list[str]:
    """The symptoms that were told most often, at most `MOST_SYMPTOMS`."""
    counts = Counter(name for day in days for checkin in day.checkins for name in checkin.symptoms)
    return [name for name, _ in counts.most_common(MOST_SYMPTOMS)]


def _symptom(name: str, group: Sequence[CourseDay]) -> str:
    found = [c.symptoms[name] for day in group for c in day.checkins if name in c.symptoms]
    return str(found[-1]) if found else ""


def _marks(marks: dict[int, str], each: int, columns: int) -> str:
    """Short texts under their columns; one that would run into the next is left out."""
    line = [" "] * (each * columns + 4)
    free = 0
    for n, text in sorted(marks.items()):
        at = n * each
        if at >= free:
            line[at : at + len(text)] = text
            free = at + len(text) + (1 if len(text) > 1 else 0)
    return "".join(line).rstrip()


def _ends(first: date, last: date, room: int) -> str:
    """The first and last date below a chart."""
    years = first.year != last.year
    left, right = day_words(first, year=years), day_words(last, year=years)
    if len(left) + len(right) + 2 > room:
        return " " * AXIS_WIDTH + left
    return " " * AXIS_WIDTH + left + right.rjust(room - len(left))


def _columns(drawn: Band, begin: datetime, end: datetime, room: int, per_mg: float) -> tuple[list[float], list[float]]:
    """The edges by column, in a unit of so many a milligram: the lowest of the lower and the highest of the upper."""
    low: list[float | None] = [None] * room
    high = [0.0] * room
    length = max(1.0, (end - begin).total_seconds())
    for at, under, over in zip(drawn.times, drawn.low, drawn.high, strict=True):
        n = min(room - 1, int((at - begin).total_seconds() / length * room))
        seen = low[n]
        low[n] = under * per_mg if seen is None else min(seen, under * per_mg)
        high[n] = max(high[n], over * per_mg)
    return [value or 0.0 for value in low], high
