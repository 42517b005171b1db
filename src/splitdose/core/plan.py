"""Plans: the ordered steps of a medicine, in versions that never change, and the doses of a date.

A scheduled dose is known by (medicine, date, slot), never by its time or amount. A version is whole: it
carries its slots, products and steps, and takes effect at a (date, slot). Of all versions in effect at a
(date, slot), the last one made is in force, so a new version leaves every earlier dose as it was.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from splitdose.core.clock import DAY, Calendar, days_after
from splitdose.core.product import Pieces, Product, all_told_in, mass_units, one_unit, retold, total_mg, unit_of

ASK, ON_DATE, AS_NEEDED = "ask", "on date", "as needed"
ADVANCES = (ASK, ON_DATE, AS_NEEDED)
MAX_HOLD = 3650


@dataclass(frozen=True)
class Slot:
    """A named time of day: morning 08:00."""

    name: str
    time: time


@dataclass(frozen=True)
class Point:
    """From which dose on: a logical date and a slot of it; slot None is from the day's first."""

    date: date
    slot: str | None = None


@dataclass(frozen=True)
class Pause:
    """No doses from `start` until before `end`; an open end is None."""

    start: Point
    end: Point | None = None

    def covers(self, point: Point, version: "Version", calendar: Calendar) -> bool:
        """Whether a (date, slot) of a version's plan lies in it."""
        here = version.point_key(point, calendar)
        return version.point_key(self.start, calendar) <= here and (
            self.end is None or here < version.point_key(self.end, calendar)
        )


@dataclass(frozen=True)
class Step:
    """A dose for each slot, held at least so many days.

    Attributes:
        doses: pieces by slot name; a slot left out is none.
        hold: days at least; None only where nothing follows.
        begins: from which dose it holds; None while it only is projected.
        every: a dose every so many days of the step, counted from its first day.
        written: the start a plan file gives for a step that has not begun; only checked against the
            projection.
        note: the person's own words.
    """

    doses: Mapping[str, Pieces]
    hold: int | None = None
    begins: Point | None = None
    every: int = 1
    written: date | None = None
    note: str = ""

    @property
    def mg_per_day(self) -> Fraction | None:
        """Milligrams on a dosing day; None without a strength."""
        return total_mg(piece for pieces in self.doses.values() for piece in pieces)

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing: a stop."""
        return not any(self.doses.values())

    def same_doses(self, other: "Step") -> bool:
        """Whether both ask for the same pieces in the same slots, by product name."""
        return _by_name(self) == _by_name(other) and self.every == other.every


def _by_name(step: Step) -> dict[str, tuple[tuple[Fraction, str], ...]]:
    return {
        slot: tuple(sorted((piece.count, piece.product.name) for piece in pieces))
        for slot, pieces in step.doses.items()
        if pieces
    }


@dataclass(frozen=True)
class Begun:
    """Where a step stands in time: real, or projected from the holds."""

    index: int
    begins: Point
    projected: bool


@dataclass(frozen=True)
class Version:
    """One whole state of a medicine's plan.

    Attributes:
        number: 1, 2, 3 … in the order they were made.
        id: of its record.
        made_at: when it was made (UTC).
        effect: from which dose on it is in force.
        slots: in any order; see `ordered_slots`.
        products: what the doses may refer to.
        advance: "ask", "on date" or "as needed".
        steps: in order.
        half_life: the person's own figure in hours, low and high, or None.
        pauses: spans without doses.
        archived: no longer shown among the medicines in use.
        why: what made this version, in a few words.
    """

    number: int
    id: str
    made_at: datetime
    effect: Point
    slots: tuple[Slot, ...]
    products: tuple[Product, ...]
    advance: str
    steps: tuple[Step, ...]
    half_life: tuple[Fraction, Fraction] | None = None
    pauses: tuple[Pause, ...] = ()
    archived: bool = False
    why: str = ""

    @cached_property
    def mass_units(self) -> frozenset[str]:
        """The units of mass on the labels of its products, those that only a step has included."""
        return mass_units(self._used())

    @property
    def unit(self) -> str:
        """The unit of mass in which it is told: "mg", "g" or "mcg"."""
        return unit_of(self._used()) or "mg"

    def _used(self) -> list[Product]:
        steps = [p.product for step in self.steps for pieces in step.doses.values() for p in pieces]
        return [*self.products, *{id(product): product for product in steps}.values()]

    def told_in(self, unit: str) -> "Version":
        """The same version with every amount told in one unit of mass."""
        products = all_told_in(self._used(), unit)
        if not products:
            return self
        steps = tuple(
            replace(step, doses={slot: retold(pieces, products) for slot, pieces in step.doses.items()})
            for step in self.steps
        )
        return replace(self, products=tuple(products.get(id(p), p) for p in self.products), steps=steps)

    def ordered_slots(self, calendar: Calendar, day: date) -> list[Slot]:
        """The slots of a date, from the day start on."""
        return list(self._ordered(calendar, day)[0])

    def _ordered(self, calendar: Calendar, day: date) -> tuple[tuple[Slot, ...], Mapping[str, int]]:
        """The slots of a date in order, and the place of each name; kept, as only the day start decides."""
        kept: dict[time, tuple[tuple[Slot, ...], Mapping[str, int]]] = self.__dict__.setdefault("_slots_kept", {})
        day_start = calendar.rules_on(day).day_start
        found = kept.get(day_start)
        if found is None:
            slots = tuple(sorted(self.slots, key=lambda slot: calendar.minutes_into_day(day, slot.time)))
            found = kept[day_start] = slots, {slot.name: place for place, slot in enumerate(slots)}
        return found

    def steps_in_time(self, today: date, *, projections: bool = True) -> list[Begun]:
        """Each step that has a start, real or (unless told not to) projected.

        A projected start is the later of previous start + hold and tomorrow; a first step that has not
        begun is projected for the date written for it, or tomorrow.
        """
        return list(self._placed(today, projections=projections).steps)

    def _placed(self, today: date, *, projections: bool) -> "_Placed":
        """`steps_in_time`, kept for the next question about the same day."""
        kept: dict[tuple[date, bool], _Placed] = self.__dict__.setdefault("_kept", {})
        found = kept.get((today, projections))
        if found is None:
            if len(kept) > 8:
                kept.clear()
            found = kept[today, projections] = _Placed(self._place(today, projections))
        return found

    def _place(self, today: date, projections: bool) -> list[Begun]:
        placed: list[Begun] = []
        earliest = today + DAY
        for index, step in enumerate(self.steps):
            if step.begins is not None:
                placed.append(Begun(index, step.begins, projected=False))
                continue
            if not projections:
                break
            if not placed:
                start = max(step.written or earliest, earliest)
            else:
                held = self.steps[placed[-1].index].hold
                after = None if held is None else days_after(placed[-1].begins.date, held)
                if after is None:
                    break
                start = max(after, earliest)
            placed.append(Begun(index, Point(start), projected=True))
        return placed

    def step_at(self, point: Point, today: date, calendar: Calendar) -> Begun | None:
        """The step in force at a (date, slot): the last that has begun; projections only after today."""
        order = self._ordered(calendar, point.date)[1]
        here = order.get(point.slot, -1) if point.slot is not None else len(order)
        for begun in self._placed(today, projections=point.date > today).backwards_from(point.date):
            start = begun.begins
            if start.date < point.date or (
                start.date == point.date and (start.slot is None or order.get(start.slot, 0) <= here)
            ):
                return begun
        return None

    def paused_at(self, point: Point, calendar: Calendar) -> bool:
        """Whether a pause covers a (date, slot)."""
        return any(pause.covers(point, self, calendar) for pause in self.pauses)

    def point_key(self, point: Point, calendar: Calendar) -> tuple[date, int]:
        """Where a point lies in time, to compare with others; one without a slot, or of another plan's, is first."""
        if point.slot is None:
            return point.date, -1
        return point.date, self._ordered(calendar, point.date)[1].get(point.slot, -1)

    def instant_of(self, point: Point, calendar: Calendar) -> datetime:
        """The instant (UTC) of a point; of one without a slot the beginning of its day."""
        wall = next((slot.time for slot in self.slots if slot.name == point.slot), None)
        return calendar.begin(point.date) if wall is None else calendar.instant(point.date, wall)

    def review_day(self, current: Begun) -> date | None:
        """The first date after a step's minimum hold, in a plan whose person says when the next step begins.

        None where there is no such day: without a hold, on dates, or once the plan has stopped.
        """
        step = self.steps[current.index]
        if self.advance != ASK or step.hold is None or step.empty:
            return None
        return days_after(current.begins.date, step.hold)

    def current(self, today: date, calendar: Calendar) -> Begun | None:
        """The step that holds at the end of today."""
        return self.step_at(Point(today), today, calendar)


class _Placed:
    """Steps with their starts, to be searched by date."""

    def __init__(self, steps: list[Begun]) -> None:
        self.steps = steps
        self._dates = [begun.begins.date for begun in steps]
        self._ascending = all(a <= b for a, b in pairwise(self._dates))

    def backwards_from(self, day: date) -> Iterator[Begun]:
        """The steps that may have begun by a date, the last first."""
        count = bisect_right(self._dates, day) if self._ascending else len(self.steps)
        return (self.steps[n] for n in range(count - 1, -1, -1))


@dataclass(frozen=True)
class ScheduledDose:
    """What one slot of one date asks for.

    Attributes:
        due: the instant (UTC) of its slot on its date.
        step: index into the version's steps.
        projected: the step has not begun; the date is a projection.
    """

    medicine: str
    date: date
    slot: Slot
    due: datetime
    pieces: Pieces
    version: int
    step: int
    projected: bool = False

    @property
    def key(self) -> "DoseKey":
        return DoseKey(self.medicine, self.date, self.slot.name)

    @property
    def mg(self) -> Fraction | None:
        return total_mg(self.pieces)


@dataclass(frozen=True, order=True)
class DoseKey:
    """By what a scheduled dose is known."""

    medicine: str
    date: date
    slot: str


@dataclass(frozen=True)
class Totals:
    """What a plan sums to, from its first step until it stops; None where it has no end or no strength."""

    days: int | None
    mg: Fraction | None
    products: tuple[tuple[str, Fraction], ...]


def _all_of(version: Version, day: date) -> bool:
    """Whether a version has been in effect since before a date, or from its first slot."""
    effect = version.effect
    return effect.date < day or (effect.date == day and effect.slot is None)


@dataclass(frozen=True)
class Medicine:
    """A medicine with all versions of its plan, oldest first, undone ones left out.

    Attributes:
        since: the logical date of its first import or set-up; earlier days read "before Splitdose".
    """

    name: str
    since: date
    versions: tuple[Version, ...]

    def __post_init__(self) -> None:
        # Labels that differ are told in one unit; nearly always they don't, and nothing is to be done.
        units = frozenset().union(*(version.mass_units for version in self.versions))
        if len(units) > 1:
            told = tuple(version.told_in(one_unit(units) or "mg") for version in self.versions)
            object.__setattr__(self, "versions", told)

    @cached_property
    def unit(self) -> str | None:
        """The unit of mass in which all of it is told: "mg", "g" or "mcg"; None where no label has one."""
        return one_unit(frozenset().union(*(version.mass_units for version in self.versions)))

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def slots_on(self, day: date, calendar: Calendar) -> list[tuple[Slot, Version]]:
        """The slots of a date, each with the version in force there, in order.

        A slot that an earlier version already had before the new one's effect stays with the earlier one, so
        that a moved slot never comes twice on the day it moves; one that was still to come isn't lost when
        the new version moves it before the effect.
        """
        current: list[tuple[Slot, Version]] = []
        whole = max((n for n, v in enumerate(self.versions) if _all_of(v, day)), default=0)
        for version in self.versions[whole:]:
            effect = version.effect
            if effect.date > day:
                continue
            own = [(slot, version) for slot in version.ordered_slots(calendar, day)]
            if effect.date < day or effect.slot is None:
                current = own
                continue
            names = [slot.name for slot, _ in own]
            before = [slot.name for slot, _ in current]

            def minutes(pair: tuple[Slot, Version]) -> int:
                return calendar.minutes_into_day(day, pair[0].time)

            if effect.slot in names:
                first = names.index(effect.slot)
            elif effect.slot in before:
                # The new version drops that slot: it begins with what comes at or after its time.
                at = minutes(current[before.index(effect.slot)])
                first = next((n for n, pair in enumerate(own) if minutes(pair) >= at), len(own))
            else:
                first = 0
            if effect.slot in before:
                kept = current[: before.index(effect.slot)]
            else:
                at = minutes(own[first]) if first < len(own) else 24 * 60
                kept = [pair for pair in current if minutes(pair) < at]
            taken = {slot.name for slot, _ in kept}
            to_come = {slot.name for slot, _ in current[len(kept) :]}
            current = kept + [
                pair
                for n, pair in enumerate(own)
                if pair[0].name not in taken and (n >= first or pair[0].name in to_come)
            ]
        return sorted(current, key=lambda pair: calendar.minutes_into_day(day, pair[0].time))

    def doses_on(self, day: date, today: date, calendar: Calendar) -> list[ScheduledDose]:
        """The scheduled doses of a logical date, in slot order; those after today by projection.

        Args:
            day: the logical date asked for.
            today: the logical date of now.
            calendar: days and zone.
        """
        doses: list[ScheduledDose] = []
        for slot, version in self.slots_on(day, calendar):
            if version.advance == AS_NEEDED:
                continue
            point = Point(day, slot.name)
            begun = version.step_at(point, today, calendar)
            if begun is None or version.paused_at(point, calendar):
                continue
            step = version.steps[begun.index]
            pieces = step.doses.get(slot.name, ())
            if not pieces or (day - begun.begins.date).days % step.every:
                continue
            due = calendar.instant(day, slot.time)
            doses.append(
                ScheduledDose(self.name, day, slot, due, pieces, version.number, begun.index, projected=begun.projected)
            )
        return doses

    def first_day(self, today: date) -> date | None:
        """The first date the plan speaks of, or None when it has no dated step."""
        starts = [b.begins.date for v in self.versions for b in v.steps_in_time(today)]
        return min(starts, default=None)


def totals(version: Version, today: date) -> Totals:
    """Sum a version's steps over its real and projected dates.

    A plan ends where a step asks for nothing, or where its last step has a hold. Without an end there are
    no totals.
    """
    placed = version.steps_in_time(today)
    if not placed:
        return Totals(None, None, ())
    days = 0
    mg: Fraction | None = Fraction(0)
    counts: dict[str, Fraction] = {}
    for begun, following in zip(placed, [*placed[1:], None], strict=True):
        step = version.steps[begun.index]
        if following is not None:
            length = (following.begins.date - begun.begins.date).days
        elif step.empty:
            break
        elif step.hold is None:
            return Totals(None, None, ())
        else:
            length = step.hold
        dosing = -(-length // step.every)
        if not step.empty or following is not None:
            days += length
        mg = None if mg is None or step.mg_per_day is None else mg + step.mg_per_day * dosing
        for pieces in step.doses.values():
            for piece in pieces:
                counts[piece.product.name] = counts.get(piece.product.name, Fraction(0)) + piece.count * dosing
    ordered = tuple((p.name, counts[p.name]) for p in version.products if p.name in counts)
    return Totals(days, mg, ordered)


@dataclass(frozen=True)
class Plan:
    """All medicines, and the calendar they are read by."""

    calendar: Calendar
    medicines: tuple[Medicine, ...] = ()
    by_name: Mapping[str, Medicine] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {m.name: m for m in self.medicines})

    def doses_on(self, day: date, today: date) -> list[ScheduledDose]:
        """The scheduled doses of all medicines on a logical date, by time, then in the medicines' order."""
        doses = [dose for medicine in self.medicines for dose in medicine.doses_on(day, today, self.calendar)]
        return sorted(doses, key=lambda dose: dose.due)

    def product_of(self, dose: ScheduledDose, products: Sequence[Product]) -> Product | None:
        """The one product a bare amount means for a dose, or None where there are none or several."""
        names = {piece.product.name for piece in dose.pieces}
        return next((p for p in products if p.name in names), None) if len(names) == 1 else None


def days(start: date, end: date) -> list[date]:
    """The dates of [start, end)."""
    return [start + timedelta(days=n) for n in range((end - start).days)]
