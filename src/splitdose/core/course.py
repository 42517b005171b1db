"""A course: one medicine over a range of days, planned and taken side by side, and what it came to.

Everything is derived from days as they stand at one moment. A course is facts and sums only: it must never say
whether a course went well, what should come next, or read anything into a check-in.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal

from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import CLOSED, OPEN, Adherence, Day, Dose, Gap, adherence
from splitdose.core.log import CheckIn
from splitdose.core.piece import NO_PIECES, Pieces, Product
from splitdose.core.plan import AS_NEEDED, DosePoint, Medicine, Plan, Step, Version

COUNTED_IN_DAYS = 7
"""From so many times 24 hours on, the time since the last dose is told in days."""

Complete = Literal["complete", "open", "ahead"]


@dataclass(frozen=True)
class CourseDay:
    """One logical date of one medicine.

    Attributes:
        planned_mg: of all its doses; None without a strength in mg.
        taken_mg: taken and extra; None without a strength in mg.
        doses: in order of time.
        extras_count: how many extra intakes.
        missing: how many closed doses have no record.
        unsure: how many are recorded as unsure.
        complete: "open" while a dose still waits or is to come, "ahead" after today.
        tracked: False before the medicine's set-up.
        checkins: everything that was checked in that day.
    """

    date: date
    planned_mg: Fraction | None
    taken_mg: Fraction | None
    doses: tuple[Dose, ...]
    extras_count: int
    missing: int
    unsure: int
    complete: Complete
    tracked: bool
    checkins: tuple[CheckIn, ...]


@dataclass(frozen=True)
class StepSpan:
    """A step as it was (or is projected to be) held, over the days of a range.

    Attributes:
        number: from 1, as the plan of those days numbers it.
        step: its doses.
        version: the plan version it stands in.
        begins: the date it began, which may lie before the range.
        first: its first date in the range.
        last: its last date in the range, inclusive.
        slots: in the order of the day.
        projected: it has not begun.
    """

    number: int
    step: Step
    version: Version
    begins: date
    first: date
    last: date
    slots: tuple[str, ...]
    projected: bool

    @property
    def days(self) -> int:
        """How many days it was held until its last date here, those before the range included."""
        return (self.last - self.begins).days + 1

    @property
    def doses(self) -> list[tuple[str, Pieces]]:
        """What is asked for, slot by slot, empty ones left out."""
        return [(slot, pieces) for slot in self.slots if (pieces := self.step.asked.on(slot))]


@dataclass(frozen=True)
class SinceLast:
    """The time since the last dose that is recorded as taken.

    Attributes:
        at: the instant (UTC) of that dose.
        length: from then to now.
        certain: False where a later dose has no clear record, so that the last one may have been later.
    """

    at: datetime
    length: timedelta
    certain: bool


@dataclass(frozen=True)
class Course:
    """One medicine over a range of days, [start, end).

    Attributes:
        first: the first date on which anything was planned or taken; None when nothing was.
        last: the last such date that has begun.
        finished: the plan asks for nothing any more, and nothing waits.
        planned_mg: of the closed doses; None without a strength in mg.
        taken_mg: of the closed doses and extras; likewise.
        adherence: closed doses against the plan of each day; None when there are none.
        late: taken more than the day's limit after their time.
        early: likewise before it.
        time_unknown: taken, at a time that is unknown.
        extras: extra intakes.
        unsettled: second records of one dose, in no total.
        longest_gap: between two intakes.
        used: counts by product, taken and extra, in order of first use.
        planned_pieces: of the closed doses, summed.
        taken_pieces: of what was taken in them, and of extras.
        since_last: None also where the range ends before today, because it can't know of later doses.
    """

    medicine: str
    start: date
    end: date
    days: tuple[CourseDay, ...]
    steps: tuple[StepSpan, ...]
    first: date | None
    last: date | None
    finished: bool
    planned_mg: Fraction | None
    taken_mg: Fraction | None
    adherence: Adherence | None
    late: int
    early: int
    time_unknown: int
    extras: int
    unsettled: int
    longest_gap: Gap | None
    used: tuple[tuple[Product, Fraction], ...]
    since_last: SinceLast | None
    planned_pieces: Pieces = NO_PIECES
    taken_pieces: Pieces = NO_PIECES

    @property
    def unit(self) -> str:
        """The unit of mass in which its medicine is told: "mg", "g" or "mcg"."""
        both = Pieces.joined((self.planned_pieces, self.taken_pieces))
        return (both or Pieces.joined(pieces for span in self.steps for _, pieces in span.doses)).unit

    @property
    def length(self) -> int:
        """Days from the first to the last with anything planned or taken, both counted."""
        return 0 if self.first is None or self.last is None else (self.last - self.first).days + 1


def course(plan: Plan, over: Sequence[Day], medicine: str) -> Course:
    """What a range of days says of one medicine.

    Args:
        plan: as it stands.
        over: consecutive logical dates, at least one, all seen at the same moment.
        medicine: its name, which the plan may no longer know.

    Raises:
        ValueError: there are no days.
    """
    if not over:
        raise ValueError("a course needs days")
    now = over[0].now
    today = plan.calendar.date_of(now)
    days = tuple(_course_day(plan, day, medicine, today) for day in over)
    doses = [dose for day in days for dose in day.doses]
    begun = [day for day in days if day.date <= today]
    held = [day.date for day in begun if day.doses or day.extras_count]
    known = plan.by_name.get(medicine)
    steps = tuple(step_spans(known, days[0].date, days[-1].date + DAY, today, plan.calendar)) if known else ()
    counted = [day for day in over if day.date <= today]
    found = next((a for a in adherence(plan, counted) if a.medicine == medicine), None)
    taken = [dose for dose in doses if dose.state == "taken"]
    return Course(
        medicine=medicine, start=days[0].date, end=days[-1].date + DAY, days=days, steps=steps,
        first=min(held, default=None), last=max(held, default=None),
        finished=known is not None and is_finished(known, days, today, plan.calendar),
        planned_mg=found.planned_mg if found is not None else Fraction(0),
        taken_mg=found.taken_mg if found is not None else Fraction(0), adherence=found,
        late=sum(d.timing == "late" for d in taken), early=sum(d.timing == "early" for d in taken),
        time_unknown=sum(d.timing is None for d in taken), extras=sum(day.extras_count for day in days),
        unsettled=sum(len(d.duplicates) for d in doses),
        longest_gap=longest_gap_over(medicine, over),
        used=_used(over, medicine), since_last=since_last(over, medicine, now) if days[-1].date >= today else None,
        planned_pieces=found.planned_pieces if found is not None else NO_PIECES,
        taken_pieces=found.taken_pieces if found is not None else NO_PIECES,
    )  # fmt: skip


def _course_day(plan: Plan, day: Day, medicine: str, today: date) -> CourseDay:
    doses = tuple(dose for dose in day.doses if dose.medicine == medicine)
    total = next((t for t in day.totals if t.medicine == medicine), None)
    waiting = any(dose.state in OPEN or dose.state == "upcoming" for dose in doses)
    known = plan.by_name.get(medicine)
    return CourseDay(
        date=day.date,
        planned_mg=total.planned_mg if total is not None else Fraction(0),
        taken_mg=total.taken_mg if total is not None else Fraction(0),
        doses=doses, extras_count=sum(extra.medicine == medicine for extra in day.extras),
        missing=sum(dose.state == "unrecorded" for dose in doses), unsure=sum(d.state == "unsure" for d in doses),
        complete="ahead" if day.date > today else "open" if waiting else "complete",
        tracked=known is None or day.date >= known.since, checkins=day.checkins,
    )  # fmt: skip


def _used(over: Sequence[Day], medicine: str) -> tuple[tuple[Product, Fraction], ...]:
    counts: Counter[tuple[str, Fraction]] = Counter()
    products: dict[str, Product] = {}
    for day in over:
        intakes = [d.record for d in day.doses if d.medicine == medicine and d.state == "taken" and d.record]
        intakes += [extra for extra in day.extras if extra.medicine == medicine]
        for intake in intakes:
            for piece in intake.pieces:
                products.setdefault(piece.product.name, piece.product)
                counts[piece.product.name, piece.count] += 1
    totals = dict.fromkeys(products, Fraction(0))
    for (name, count), times in counts.items():
        totals[name] += count * times
    return tuple((products[name], total) for name, total in totals.items())


def step_spans(medicine: Medicine, start: date, end: date, today: date, calendar: Calendar) -> list[StepSpan]:
    """The steps that hold at the end of each day of [start, end); after today they are projected.

    A new version that goes on with the same doses is no new step; the span then speaks of the newer one.
    """
    spans: list[StepSpan] = []
    day = start
    while day < end:
        version = _in_force(medicine, day)
        begun = version.step_at(DosePoint(day), today, calendar) if version is not None else None
        if version is not None and version.over_on(day):
            begun = None
        if version is not None and begun is not None and version.advance != AS_NEEDED:
            before = spans[-1] if spans and spans[-1].last == day - DAY else None
            if before is not None and before.version is version and before.number == begun.index + 1:
                spans[-1] = replace(before, last=day)
            else:
                slots = tuple(slot.name for slot in version.ordered_slots(calendar, day))
                step = version.steps[begun.index]
                span = StepSpan(
                    begun.index + 1, step, version, min(begun.begins.date, day), day, day, slots, begun.projected
                )  # fmt: skip
                if before is not None and before.version is not version and before.step.same_doses(step):
                    spans[-1] = replace(span, begins=before.begins, first=before.first)
                else:
                    spans.append(span)
        day += DAY
    return spans


def stated_start(medicine: Medicine) -> date:
    """The date its course begins on as its plan states it, which may lie before it was set up."""
    return min((version.in_force_from.date for version in medicine.versions), default=medicine.since)


def _in_force(medicine: Medicine, day: date) -> Version | None:
    """The version in force at the end of a date: the last one made whose effect has come."""
    return next((v for v in reversed(medicine.versions) if v.in_force_from.date <= day), None)


def nothing_since(medicine: Medicine, today: date, calendar: Calendar) -> date | None:
    """The date from which on the plan asks for nothing and nothing follows; None while it asks, or will again."""
    version = medicine.latest
    current = version.current(today, calendar)
    if current is None or version.advance == AS_NEEDED or current.index + 1 < len(version.steps):
        return None
    if version.end is not None and version.over_on(today):
        return version.end.date
    return current.begins.date if version.steps[current.index].empty else None


def is_finished(medicine: Medicine, days: Sequence[CourseDay], today: date, calendar: Calendar) -> bool:
    """Whether the plan asks for nothing any more, and no dose of these days still waits."""
    return nothing_since(medicine, today, calendar) is not None and all(day.complete != "open" for day in days)


def since_last(over: Sequence[Day], medicine: str, now: datetime) -> SinceLast | None:
    """How long ago the last dose of a medicine was, as far as these days know; None when none is recorded."""
    last: datetime | None = None
    unclear: datetime | None = None
    for day in reversed(over):
        for dose in day.doses:
            if dose.medicine != medicine or dose.state not in CLOSED:
                continue
            at = dose.record.at if dose.record is not None and dose.state == "taken" else None
            if at is not None:
                last = at if last is None else max(last, at)
            elif dose.state != "skipped":
                unclear = dose.due if unclear is None else max(unclear, dose.due)
        for extra in day.extras:
            if extra.medicine == medicine:
                last = max(filter(None, (last, extra.at)), default=last)
                if extra.at is None:
                    unclear = max(filter(None, (unclear, extra.recorded_at)))
        # A day is looked at after the one that holds the last dose: records may lie over its end.
        if last is not None and day.date < last.date() - DAY:
            break
    if last is None:
        return None
    return SinceLast(last, now - last, certain=unclear is None or unclear < last)


def since_words(since: SinceLast) -> str:
    """ "60 h since the last dose", "9 days since the last dose"; "recorded" where there may have been a later one."""
    length_now = max(since.length, timedelta(0))  # a clock that was set back
    hours, days = length_now // timedelta(hours=1), length_now // timedelta(hours=24)
    length = f"{days} days" if days >= COUNTED_IN_DAYS else f"{hours} h" if hours else "less than 1 h"
    return f"{length} since {'the last dose' if since.certain else 'the last recorded dose'}"


def longest_gap_over(medicine: str, over: Sequence[Day]) -> Gap | None:
    """The longest time between two intakes of a medicine over some days, as `day.longest_gap` reads one date."""
    found = _gaps(medicine, over)
    if not found:
        return None
    length, clear, _ = max(found.values(), key=lambda gap: gap[:2])
    return Gap(medicine, length, at_least=not clear or any(certain > length for *_, certain in found.values()))


def _gaps(medicine: str, over: Sequence[Day]) -> dict[date, tuple[timedelta, bool, timedelta]]:
    """By the date a gap ends on: its length, whether both ends are clear, and the longest between clear ones.

    Only of dates on which something is recorded as taken.
    """
    events: list[tuple[datetime, date, bool]] = []
    for day in over:
        for dose in day.doses:
            if dose.medicine != medicine:
                continue
            if dose.state == "taken" and dose.record is not None and dose.record.at is not None:
                events.append((dose.record.at, dose.date, True))
            elif dose.state in ("unrecorded", "unsure", "taken") and (dose.tracked or dose.record is not None):
                events.append((dose.due, dose.date, False))
        events.extend((e.at, e.date, True) for e in day.extras if e.medicine == medicine and e.at is not None)
    events.sort(key=lambda event: event[0])
    found: dict[date, tuple[timedelta, bool, timedelta]] = {}
    before: tuple[datetime, bool] | None = None
    known: datetime | None = None
    for at, on, clear in events:
        if before is not None:
            length, sure, certain = found.get(on, (timedelta(0), False, timedelta(0)))
            length, sure = max((length, sure), (at - before[0], before[1] and clear))
            if clear and known is not None:
                certain = max(certain, at - known)
            found[on] = (length, sure, certain)
        before = (at, clear)
        known = at if clear else known
    ends = {on for _, on, clear in events if clear}
    return {on: gap for on, gap in found.items() if on in ends}
