"""A course drawn as SVG: planned and taken a day, the band of what may remain, check-ins, all on one time axis.

Made to be read in black and white: what is told apart is told apart by pattern, dash or shape, never by colour
alone. The drawing holds no script, no style of its own, no link and no text that isn't escaped. Charts round to the
pixel; the tables beside them have the exact figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

from splitdose.core.amount import PER_MG, one_line
from splitdose.core.clock import DAY, Calendar
from splitdose.core.course import Course, CourseDay
from splitdose.core.estimate import Band, axis
from splitdose.core.sanitize import sanitize

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEFT, _RIGHT = 40, 10
_HEAD = 34
_GAP = 24
_AXIS_HEIGHT = 34
_LABEL_WIDTH = 46
_LETTER = 6.3  # the mean width of a letter at the size of a label
_SHAPES = ("circle", "triangle", "square", "diamond")
MOST_SERIES = len(_SHAPES)
"""Sleep and the symptoms that were noted most; more would not be told apart."""


@dataclass(frozen=True)
class Series:
    """Figures from 0 to 10 over time, in the person's own name for them."""

    name: str
    points: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True)
class _Bar:
    """The mean of one day, or of several where there are more days than room."""

    first: date
    end: date
    planned: float | None
    taken: float | None
    missing: int
    unsure: int
    ahead: bool


class Drawing:
    """One chart of one width."""

    def __init__(
        self, course: Course, band: Band | None, calendar: Calendar, *, width: int, name: str, unit: str = "mg"
    ) -> None:
        """Make one.

        Args:
            course: the days to draw.
            band: what may remain, or None.
            calendar: days and zone.
            width: pixels of its own coordinates.
            name: unlike any other's on the page; letters and digits.
            unit: in which its medicine is told: "mg", "g" or "mcg".
        """
        self.course = course
        self.band = band
        self.calendar = calendar
        self.width = width
        self.name = name
        self._per_mg = float(PER_MG[unit])
        self._unit = unit
        self._start = calendar.begin(course.start)
        self._seconds = (calendar.begin(course.end) - self._start).total_seconds()
        self._parts: list[str] = []
        # Narrow days leave no room for the drawing of each.
        self.days_per_bar = max(1, ceil(len(course.days) / (self._plot / 4)))
        self.series = _series(course)

    @property
    def _plot(self) -> float:
        return self.width - _LEFT - _RIGHT

    def svg(self) -> str:
        """The drawing as an SVG element."""
        y: float = 0
        y = self._amounts(y, 120)
        if self.band is not None and self.band.times:
            y = self._estimate(y + _GAP, self.band, 104)
        if self.series:
            y = self._checkins(y + _GAP, 76)
        height = y + _AXIS_HEIGHT
        self._dates(y)
        title = f"{self.course.medicine}: planned and taken, {self.course.start} to {self.course.end - DAY}"
        head = (
            f'<svg class="{"wide" if self.width > 500 else "narrow"}" viewBox="0 0 {self.width} {height:.0f}" '
            f'role="img" aria-label="{_text(title)}">'
            f'<defs><pattern id="{self.name}-taken" width="3" height="3" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><path class="hatch" d="M0 0V3"/></pattern></defs>'
        )
        return head + "".join(self._parts) + "</svg>"

    # Where things are

    def _x(self, instant: datetime) -> float:
        return _LEFT + (instant - self._start).total_seconds() / self._seconds * self._plot

    def _x_of(self, day: date) -> float:
        return self._x(self.calendar.begin(day))

    def _draw(self, *parts: str) -> None:
        self._parts += parts

    def _words(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
        css = f' class="{kind}"' if kind else ""
        return f'<text{css} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_text(text)}</text>'

    # Panels

    def _frame(self, top: float, height: float, most: float, title: str) -> float:
        """Lines and numbers of an axis from 0; returns its upper end, a round number."""
        step = _round_step(most / 3)
        upper = max(step, ceil(most / step - 1e-9) * step)
        self._draw(self._words(2, top + 11, title, "title"))
        for n in range(round(upper / step) + 1):
            y = top + _HEAD + height - height * n * step / upper
            self._draw(f'<path class="grid" d="M{_LEFT} {y:.1f}H{self.width - _RIGHT}"/>')
            self._draw(self._words(_LEFT - 5, y + 4, f"{n * step:g}", anchor="end"))
        return upper

    def _key(self, top: float, entries: Sequence[tuple[str, str]]) -> None:
        """What the signs of a panel mean: (drawing around 0,0 and 16 wide, words)."""
        x = float(_LEFT)
        for sign, words in entries:
            self._draw(f'<g transform="translate({x:.1f} {top + 23:.1f})">{sign}</g>')
            self._draw(self._words(x + 20, top + 27, words))
            x += 32 + len(words) * _LETTER

    def _amounts(self, top: float, height: float) -> float:
        bars = list(self._bars())
        amounts = [amount for bar in bars for amount in (bar.planned, bar.taken) if amount is not None]
        upper = self._frame(top, height, max(amounts, default=0) or 1, f"{self._unit} a day")
        floor_y = top + _HEAD + height
        self._key(top, [
            ('<path class="planned" d="M0 0H16"/>', "planned"),
            (f'<rect class="taken" x="2" y="-6" width="12" height="10" fill="url(#{self.name}-taken)"/>', "taken"),
            *([(self._words(8, 4, "?", "sign", "middle"), "no record")] if any(b.missing for b in bars) else []),
            *([(self._words(8, 4, "~", "sign", "middle"), "unsure")] if any(b.unsure for b in bars) else []),
        ])  # fmt: skip
        line: list[str] = []
        for bar in bars:
            left, right = self._x_of(bar.first), self._x_of(bar.end)
            inset = min(1.5, (right - left) * 0.12)
            if bar.taken:
                tall = height * bar.taken / upper
                self._draw(
                    f'<rect class="taken" x="{left + inset:.1f}" y="{floor_y - tall:.1f}" '
                    f'width="{right - left - 2 * inset:.1f}" height="{tall:.1f}" fill="url(#{self.name}-taken)"/>'
                )
            if bar.planned is not None:
                y = floor_y - height * bar.planned / upper
                line.append(f"{'L' if line else 'M'}{left:.1f} {y:.1f}H{right:.1f}")
            for sign in ("?" * bool(bar.missing), "~" * bool(bar.unsure)):
                if sign:
                    above = floor_y - height * max(bar.taken or 0, bar.planned or 0) / upper
                    self._draw(self._words((left + right) / 2, above - 3, sign, "sign", "middle"))
        self._draw(f'<path class="planned" d="{"".join(line)}"/>')
        return floor_y

    def _bars(self) -> Iterator[_Bar]:
        days = self.course.days
        for n in range(0, len(days), self.days_per_bar):
            part = days[n : n + self.days_per_bar]
            seen = [day for day in part if day.complete != "ahead"]
            yield _Bar(
                part[0].date, part[-1].date + DAY, self._mean([d.planned_mg for d in part]),
                self._mean([d.taken_mg for d in seen]), sum(d.missing for d in part if d.tracked),
                sum(d.unsure for d in part), not seen,
            )  # fmt: skip

    def _mean(self, amounts: Sequence[Fraction | None]) -> float | None:
        known = [amount for amount in amounts if amount is not None]
        return float(sum(known, Fraction(0))) * self._per_mg / len(known) if known else None

    def _estimate(self, top: float, band: Band, height: float) -> float:
        points = [
            (self._x(at), low * self._per_mg, high * self._per_mg)
            for at, low, high in zip(band.times, band.low, band.high, strict=True)
        ]
        if len(points) > 4 * self._plot:
            points = _envelope(points)
        upper = self._frame(
            top,
            height,
            max(high for _, _, high in points) or 1,
            axis(self._unit),
        )
        floor_y = top + _HEAD + height
        shorter, longer = (f"{float(hours):g}" for hours in band.half_life)
        self._key(top, [
            ('<path class="band" d="M0 -6H16V4H0Z"/><path class="upper" d="M0 -6H16"/>'
             '<path class="lower" d="M0 4H16"/>',
             f"half-life {longer} h (upper edge) to {shorter} h (lower edge)"),
        ])  # fmt: skip

        def path(edge: int) -> str:
            return "L".join(f"{p[0]:.1f} {floor_y - height * p[edge] / upper:.1f}" for p in points)

        back = "L".join(f"{p[0]:.1f} {floor_y - height * p[1] / upper:.1f}" for p in reversed(points))
        self._draw(
            f'<path class="band" d="M{path(2)}L{back}Z"/>',
            f'<path class="upper" d="M{path(2)}"/>',
            f'<path class="lower" d="M{path(1)}"/>',
        )
        return floor_y

    def _checkins(self, top: float, height: float) -> float:
        upper = self._frame(top, height, 10, "check-ins, 0 to 10")
        floor_y = top + _HEAD + height
        entries = []
        room = max(4, int((self._plot / len(self.series) - 32) / _LETTER))
        for shape, series in zip(_SHAPES, self.series, strict=False):
            entries.append((_marker(shape, 8, 0), one_line(series.name, limit=room)))
            points = [(self._x(at), floor_y - height * value / upper) for at, value in series.points]
            if len(points) > self._plot / 2:
                points = points[:: ceil(len(points) / (self._plot / 2))]
            self._draw(f'<path class="series {shape}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>')
            self._draw(*(_marker(shape, x, y) for x, y in points))
        self._key(top, entries)
        return floor_y

    def _dates(self, y: float) -> None:
        """Dates under the last panel, and through all of them a line where a step begins."""
        count = len(self.course.days)
        room = max(1, int(self._plot // _LABEL_WIDTH))
        every = next((n for n in (1, 2, 4, 7, 14, 28, 61, 91, 182, 365, 730) if count / n <= room), 1461)
        for n in range(0, count, every):
            day = self.course.start + n * DAY
            x = self._x_of(day)
            self._draw(f'<path class="tick" d="M{x:.1f} {y:.1f}v5"/>')
            words = f"{_MONTHS[day.month - 1]} {day.year}" if every > 60 else f"{day.day} {_MONTHS[day.month - 1]}"
            if x + len(words) * _LETTER < self.width:
                self._draw(self._words(x, y + 17, words))
        for span, following in pairwise(self.course.steps):
            if following.first > self.course.start and span.step.mean_mg_per_day != following.step.mean_mg_per_day:
                x = self._x_of(following.first)
                self._draw(f'<path class="step" d="M{x:.1f} {_HEAD}V{y:.1f}"/>')


def _series(course: Course) -> list[Series]:
    """Sleep, and the symptoms that were noted most often."""
    sleep: list[tuple[datetime, int]] = []
    symptoms: dict[str, list[tuple[datetime, int]]] = {}
    for day in course.days:
        for checkin in day.checkins:
            if checkin.sleep is not None:
                sleep.append((checkin.at, checkin.sleep))
            for name, value in checkin.symptoms.items():
                symptoms.setdefault(name, []).append((checkin.at, value))
    often = sorted(symptoms.items(), key=lambda item: -len(item[1]))
    found = [Series("sleep", tuple(sleep))] if sleep else []
    return (found + [Series(name, tuple(points)) for name, points in often])[:MOST_SERIES]


def _marker(shape: str, x: float, y: float) -> str:
    match shape:
        case "circle":
            return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        case "triangle":
            return f'<path class="mark open" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>'
        case "square":
            return f'<path class="mark open" d="M{x - 3:.1f} {y - 3:.1f}h6v6h-6z"/>'
        case _:
            return f'<path class="mark" d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z"/>'


def _envelope(points: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """One point a pixel: the lowest of the lower edge and the highest of the upper one."""
    columns: dict[int, tuple[float, float]] = {}
    for x, low, high in points:
        column = floor(x)
        before = columns.get(column, (low, high))
        columns[column] = (min(before[0], low), max(before[1], high))
    return [(float(x), low, high) for x, (low, high) in sorted(columns.items())]


def _round_step(rough: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not less."""
    power: float = 10.0 ** floor(log10(rough)) if rough > 0 else 1.0
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))


def _text(words: str) -> str:
    return escape(sanitize(words), quote=True)


def has_room(days: Sequence[CourseDay]) -> bool:
    """Whether there is anything to draw: amounts in milligrams, on more than one day."""
    return len(days) > 1 and any(day.planned_mg or day.taken_mg for day in days)
