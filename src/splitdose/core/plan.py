"""Plans: the ordered steps of a medicine, in versions that never change, and the doses of a date.

A scheduled dose is known by (medicine, date, slot), never by its time or amount. A version is whole: it
carries its slots, products and steps, and takes effect at a (date, slot). Of all versions in effect at a
(date, slot), the last one made is in force, so a new version leaves every earlier dose as it was.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from splitdose.core.asked import Asked, Asking
from splitdose.core.clock import DAY, DEFAULT_DAY_START, Calendar, days_after
from splitdose.core.piece import Pieces, Product, all_told_in, mass_units, unit_of
from splitdose.core.strength import one_unit

ASK, ON_DATE, AS_NEEDED = "ask", "on date", "as needed"
ADVANCES = (ASK, ON_DATE, AS_NEEDED)
MAX_HOLD = 3650
EDITION = 2
"""How a version is read: see `Version.edition`."""


@dataclass(frozen=True)
class Slot:
    """A named time of day: morning 08:00."""

    name: str
    time: time


@dataclass(frozen=True)
class DosePoint:
    """From which dose on: a logical date and a slot of it; slot None is from the day's first."""

    date: date
    slot: str | None = None


@dataclass(frozen=True)
class Pause:
    """No doses from `start` until before `end`; an open end is None."""

    start: DosePoint
    end: DosePoint | None = None

    def covers(self, point: DosePoint, version: "Version", calendar: Calendar) -> bool:
        """Whether a (date, slot) of a version's plan lies in it."""
        here = version.point_key(point, calendar)
        return version.point_key(self.start, calendar) <= here and (
            self.end is None or here < version.point_key(self.end, calendar)
        )


@dataclass(frozen=True)
class Step(Asking):
    """A dose for each slot, held at least so many days.

    Attributes:
        asked: the doses and their days.
        hold: days at least; None only where nothing follows.
        begins: from which dose it holds; None while it only is projected.
        stated_start: the start a plan file gives for a step that has not begun; only checked against the
            projection.
        note: the person's own words.
        counts_from: its first dosing day, where that is known for good because the step has begun; None where it
            follows from the steps before, see `Version.placed_steps`.
        added: how many days of the hold were added by holding it longer; the rest is its own.
    """

    asked: Asked
    hold: int | None = None
    begins: DosePoint | None = None
    stated_start: date | None = None
    note: str = ""
    counts_from: date | None = None
    added: int = 0

    @property
    def own_hold(self) -> int | None:
        """The hold without the days that were added to it; at least one."""
        return None if self.hold is None else max(1, self.hold - self.added)


def _since_day_start(wall: time) -> int:
    return (wall.hour * 60 + wall.minute - DEFAULT_DAY_START.hour * 60) % (24 * 60)


@dataclass(frozen=True)
class PlacedStep:
    """Where a step stands in time: real, or projected from the holds.

    Attributes:
        index: of the step in its version.
        begins: from which dose on.
        projected: whether it only is projected.
        counts_from: its first dosing day; the others follow every so many days.
    """

    index: int
    begins: DosePoint
    projected: bool
    counts_from: date


@dataclass(frozen=True)
class Rhythm:
    """The last dosing day before a step, and the distance to the next one that would have followed."""

    last: date
    every: int

    def first_dosing_day(self, begins: date, every: int) -> date:
        """The first dosing day of a step that begins on a date, so that no two are nearer than planned.

        A step that begins where the next dosing day would have been, or later, begins with a dose. One that begins
        between dosing days waits for the next one, counted from the last by the smaller distance of the two: weekly to
        daily is daily from its first day.

        Args:
            begins: the date the step begins.
            every: a dose every so many days of it.
        """
        passed = (begins - self.last).days
        if passed >= self.every:
            return begins
        smaller = min(self.every, every)
        return begins + timedelta(days=-passed % smaller)


@dataclass(frozen=True)
class Version:
    """One whole state of a medicine's plan.

    Attributes:
        number: 1, 2, 3 … in the order they were made.
        id: of its record.
        made_at: when it was made (UTC).
        in_force_from: from which dose on it is in force.
        slots: in any order; see `ordered_slots`.
        products: what the doses may refer to.
        advance: "ask", "on date" or "as needed".
        steps: in order.
        half_life: the person's own figure in hours, low and high, or None.
        pauses: spans without doses.
        archived: no longer shown among the medicines in use.
        why: what made this version, in a few words.
        rhythm: the last dosing day before its first step, by the versions before it; None where there is none, or
            where the steps that gave it are among its own.
        asked_from: of a medicine's first version: the first dose that was not late already when it was kept; None
            where that was not looked at.
        edition: how it is read. 2: a course on dates ends with the hold of its last step, and no move brings two
            dosing days nearer together than planned. 1, of versions that were made before: such a course has no end,
            and every step counts its dosing days from its own first day.
    """

    number: int
    id: str
    made_at: datetime
    in_force_from: DosePoint
    slots: tuple[Slot, ...]
    products: tuple[Product, ...]
    advance: str
    steps: tuple[Step, ...]
    half_life: tuple[Fraction, Fraction] | None = None
    pauses: tuple[Pause, ...] = ()
    archived: bool = False
    why: str = ""
    rhythm: Rhythm | None = None
    asked_from: DosePoint | None = None
    edition: int = EDITION

    @cached_property
    def mass_units(self) -> frozenset[str]:
        """The units of mass on the labels of its products, those that only a step has included."""
        return mass_units(self._used())

    @property
    def unit(self) -> str:
        """The unit of mass in which it is told: "mg", "g" or "mcg"."""
        return unit_of(self._used()) or "mg"

    def _used(self) -> list[Product]:
        steps = [product for step in self.steps for product in step.asked.products]
        return [*self.products, *{id(product): product for product in steps}.values()]

    def told_in(self, unit: str) -> "Version":
        """The same version with every amount told in one unit of mass."""
        products = all_told_in(self._used(), unit)
        if not products:
            return self
        steps = tuple(replace(s, asked=s.asked.mapped(lambda p: p.retold(products))) for s in self.steps)
        return replace(self, products=tuple(products.get(id(p), p) for p in self.products), steps=steps)

    def ordered_slots(self, calendar: Calendar, day: date) -> list[Slot]:
        """The slots of a date, from the day start on."""
        return list(self._ordered(calendar, day)[0])

    def _ordered(self, calendar: Calendar, day: date) -> tuple[tuple[Slot, ...], Mapping[str, int]]:
        """The slots of a date in order, and the place of each name; kept, as only the day start decides."""
        day_start = calendar.rules_on(day).day_start
        found = self._orders.get(day_start)
        if found is None:
            slots = tuple(sorted(self.slots, key=lambda slot: calendar.minutes_into_day(day, slot.time)))
            found = self._orders[day_start] = slots, {slot.name: place for place, slot in enumerate(slots)}
        return found

    @cached_property
    def _orders(self) -> dict[time, tuple[tuple[Slot, ...], Mapping[str, int]]]:
        return {}

    def placed_steps(self, today: date, *, projections: bool = True) -> list[PlacedStep]:
        """Each step that has a start, real or (unless told not to) projected.

        A projected start is the later of previous start + hold and tomorrow; a first step that has not
        begun is projected for the date written for it, or tomorrow.
        """
        return list(self._placed(today, projections=projections).steps)

    def _placed(self, today: date, *, projections: bool) -> "_PlacedSteps":
        """`placed_steps`, kept for the next question about the same day."""
        found = self._placings.get((today, projections))
        if found is None:
            if len(self._placings) > 8:
                self._placings.clear()
            found = self._placings[today, projections] = _PlacedSteps(self._place(today, projections))
        return found

    @cached_property
    def _placings(self) -> dict[tuple[date, bool], "_PlacedSteps"]:
        return {}

    def _place(self, today: date, projections: bool) -> list[PlacedStep]:
        placed: list[PlacedStep] = []
        earliest = today + DAY
        rhythm = self.rhythm if self.edition > 1 else None
        for index, step in enumerate(self.steps):
            begins = step.begins
            if begins is None:
                if not projections:
                    break
                if not placed:
                    start: date | None = max(step.stated_start or earliest, earliest)
                else:
                    held = self.steps[placed[-1].index].hold
                    after = None if held is None else days_after(placed[-1].begins.date, held)
                    start = None if after is None else max(after, earliest)
                if start is None:
                    break
                begins = DosePoint(start)
            if placed and self.edition > 1:
                rhythm = self._rhythm_until(placed[-1], begins) or rhythm
            if step.counts_from is not None:
                counts_from = step.counts_from
            elif rhythm is None or step.empty:
                counts_from = begins.date
            else:
                counts_from = rhythm.first_dosing_day(begins.date, step.every)
            placed.append(PlacedStep(index, begins, step.begins is None, counts_from))
        return placed

    def _rhythm_until(self, begun: PlacedStep, end: DosePoint) -> Rhythm | None:
        """The last dosing day of a step that another one ends; None where it has none."""
        step = self.steps[begun.index]
        day = end.date if end.slot is not None else end.date - DAY
        since = (day - begun.counts_from).days
        day -= timedelta(days=since % step.every)
        while not step.empty and day >= begun.counts_from:
            if self._gives_any(step, day, begun.begins, end):
                return Rhythm(day, step.every)
            day -= timedelta(days=step.every)
        return None

    def _gives_any(self, step: Step, day: date, begins: DosePoint, end: DosePoint) -> bool:
        """Whether a step has a dose on one of its dosing days, which it may share with the steps around it."""
        # The usual beginning of a day does here: a slot in the small hours belongs to the night before.
        order = [slot.name for slot in sorted(self.slots, key=lambda slot: _since_day_start(slot.time))]
        first = order.index(begins.slot) if day == begins.date and begins.slot in order else 0
        last = order.index(end.slot) if day == end.date and end.slot in order else len(order)
        return any(step.asked.on(name) for name in order[first:last])

    @property
    def end(self) -> DosePoint | None:
        """From where on a course on dates is over: so many days after the beginning of its last step, at that slot.

        None without an end: the last step has no hold or is a stop itself, the person moves the plan, or the version
        is of the first edition.
        """
        if self.edition < 2 or self.advance != ON_DATE or not self.steps:
            return None
        last = self.steps[-1]
        if last.empty or last.hold is None or last.begins is None:
            return None
        day = days_after(last.begins.date, last.hold)
        return None if day is None else DosePoint(day, last.begins.slot)

    def over_at(self, point: DosePoint, calendar: Calendar) -> bool:
        """Whether its course on dates has ended at a (date, slot)."""
        end = self.end
        return end is not None and self.point_key(end, calendar) <= self.point_key(point, calendar)

    def over_on(self, day: date) -> bool:
        """Whether its course on dates asks for nothing any more after a logical date."""
        end = self.end
        return end is not None and end.date <= day

    def step_at(self, point: DosePoint, today: date, calendar: Calendar) -> PlacedStep | None:
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

    def paused_at(self, point: DosePoint, calendar: Calendar) -> bool:
        """Whether a pause covers a (date, slot)."""
        return any(pause.covers(point, self, calendar) for pause in self.pauses)

    def point_key(self, point: DosePoint, calendar: Calendar) -> tuple[date, int]:
        """Where a point lies in time, to compare with others; one without a slot, or of another plan's, is first."""
        if point.slot is None:
            return point.date, -1
        return point.date, self._ordered(calendar, point.date)[1].get(point.slot, -1)

    def instant_of(self, point: DosePoint, calendar: Calendar) -> datetime:
        """The instant (UTC) of a point; of one without a slot the beginning of its day."""
        wall = next((slot.time for slot in self.slots if slot.name == point.slot), None)
        return calendar.begin(point.date) if wall is None else calendar.instant(point.date, wall)

    def review_day(self, current: PlacedStep) -> date | None:
        """The first date after a step's minimum hold, in a plan whose person says when the next step begins.

        None where there is no such day: without a hold, on dates, or once the plan has stopped.
        """
        step = self.steps[current.index]
        if self.advance != ASK or step.hold is None or step.empty:
            return None
        return days_after(current.begins.date, step.hold)

    def current(self, today: date, calendar: Calendar) -> PlacedStep | None:
        """The step that holds at the end of today."""
        return self.step_at(DosePoint(today), today, calendar)


class _PlacedSteps:
    """Steps with their starts, to be searched by date."""

    def __init__(self, steps: list[PlacedStep]) -> None:
        self.steps = steps
        self._dates = [begun.begins.date for begun in steps]
        self._ascending = all(a <= b for a, b in pairwise(self._dates))

    def backwards_from(self, day: date) -> Iterator[PlacedStep]:
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
        return self.pieces.mg


@dataclass(frozen=True, order=True)
class DoseKey:
    """By what a scheduled dose is known."""

    medicine: str
    date: date
    slot: str


def _all_of(version: Version, day: date) -> bool:
    """Whether a version has been in effect since before a date, or from its first slot."""
    in_force_from = version.in_force_from
    return in_force_from.date < day or (in_force_from.date == day and in_force_from.slot is None)


@dataclass(frozen=True)
class Medicine:
    """A medicine with all versions of its plan, oldest first, undone ones left out.

    Attributes:
        since: the logical date of its first import or set-up; earlier days read "before Splitdose".
        beside: ids of versions that were made beside the latest on another device, while nobody has chosen.
        undone_below: numbers of versions that one device undid while another one changed them further, likewise.
    """

    name: str
    since: date
    versions: tuple[Version, ...]
    beside: tuple[str, ...] = ()
    undone_below: tuple[int, ...] = ()

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

    @property
    def forked(self) -> bool:
        """Whether two devices changed the plan without knowing of each other, and nobody has chosen yet."""
        return bool(self.beside or self.undone_below)

    @property
    def made_beside(self) -> tuple[Version, ...]:
        """The versions made beside the latest on another device, the newest first, while nobody has chosen."""
        return tuple(version for version in reversed(self.versions[:-1]) if version.id in self.beside)

    def slots_on(self, day: date, calendar: Calendar) -> list[tuple[Slot, Version]]:
        """The slots of a date, each with the version in force there, in order.

        A slot that an earlier version already had before the new one's effect stays with the earlier one, so
        that a moved slot never comes twice on the day it moves; one that was still to come isn't lost when
        the new version moves it before the effect.
        """
        current: list[tuple[Slot, Version]] = []
        whole = max((n for n, v in enumerate(self.versions) if _all_of(v, day)), default=0)
        for version in self.versions[whole:]:
            in_force_from = version.in_force_from
            if in_force_from.date > day:
                continue
            own = [(slot, version) for slot in version.ordered_slots(calendar, day)]
            if in_force_from.date < day or in_force_from.slot is None:
                current = own
                continue
            names = [slot.name for slot, _ in own]
            before = [slot.name for slot, _ in current]

            def minutes(pair: tuple[Slot, Version]) -> int:
                return calendar.minutes_into_day(day, pair[0].time)

            if in_force_from.slot in names:
                first = names.index(in_force_from.slot)
            elif in_force_from.slot in before:
                # The new version drops that slot: it begins with what comes at or after its time.
                at = minutes(current[before.index(in_force_from.slot)])
                first = next((n for n, pair in enumerate(own) if minutes(pair) >= at), len(own))
            else:
                first = 0
            if in_force_from.slot in before:
                kept = current[: before.index(in_force_from.slot)]
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
            point = DosePoint(day, slot.name)
            begun = version.step_at(point, today, calendar)
            if begun is None or version.paused_at(point, calendar) or version.over_at(point, calendar):
                continue
            step = version.steps[begun.index]
            pieces = step.asked.on_day(slot.name, day, begun.counts_from)
            if not pieces:
                continue
            due = calendar.instant(day, slot.time)
            doses.append(
                ScheduledDose(self.name, day, slot, due, pieces, version.number, begun.index, projected=begun.projected)
            )
        return doses

    def came_before(self, point: DosePoint, calendar: Calendar) -> bool:
        """Whether a dose was late already when the medicine's plan was first kept: it lies before Splitdose."""
        first = self.versions[0]
        if first.asked_from is None or point.date != self.since or all(s.name != point.slot for s in first.slots):
            return False
        return first.point_key(point, calendar) < first.point_key(first.asked_from, calendar)

    def rhythm_before(self, point: DosePoint, today: date, calendar: Calendar) -> Rhythm | None:
        """The last dosing day before a (date, slot); None where doses are daily, or the last is too long ago to count.

        Args:
            point: from which dose on something else is planned.
            today: the logical date of now.
            calendar: days and zone.
        """
        furthest = max((step.asked.period for version in self.versions for step in version.steps), default=1)
        if furthest == 1:
            return None
        by_number = {version.number: version for version in self.versions}
        key = self.latest.point_key(point, calendar)
        for back in range(furthest + 1):
            day = point.date - timedelta(days=back)
            for dose in self.doses_on(day, today, calendar):
                if self.latest.point_key(DosePoint(day, dose.slot.name), calendar) < key:
                    return Rhythm(day, by_number[dose.version].steps[dose.step].every)
        return None

    def first_day(self, today: date) -> date | None:
        """The first date the plan speaks of, or None when it has no dated step."""
        starts = [b.begins.date for v in self.versions for b in v.placed_steps(today)]
        return min(starts, default=None)


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

    def doses_of(self, medicine: str, day: date, today: date) -> list[ScheduledDose]:
        """The scheduled doses of one medicine on a logical date, by time."""
        known = self.by_name.get(medicine)
        doses = known.doses_on(day, today, self.calendar) if known is not None else []
        return sorted(doses, key=lambda dose: dose.due)

    def dose(self, key: DoseKey, today: date) -> ScheduledDose | None:
        """What the plan asks for in one slot of one date, whatever a record keeps of it."""
        return next((d for d in self.doses_of(key.medicine, key.date, today) if d.slot.name == key.slot), None)


def days(start: date, end: date) -> list[date]:
    """The dates of [start, end)."""
    return [start + timedelta(days=n) for n in range((end - start).days)]
