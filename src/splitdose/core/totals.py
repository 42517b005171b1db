"""What a plan sums to: its doses walked day by day, pauses, half days and dosing days included.

Nothing is multiplied out that isn't asked for: a total is the sum of the doses that `Medicine.doses_on` gives. Between
two dates at which anything changes the doses come again and again, so one round of them is walked and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from splitdose.core.clock import DAY, Calendar, days_after
from splitdose.core.plan import AS_NEEDED, DosePoint, Medicine, ScheduledDose, Version


@dataclass(frozen=True)
class Totals:
    """What a plan sums to, from its first dose until it ends; None where it has no end or no strength.

    Attributes:
        days: from the first dosing day until the end.
        mg: exact milligrams.
        products: exact counts by product name, in the order of the plan's products.
        end: the first date on which it asks for nothing any more, or for less than the day's doses.
    """

    days: int | None
    mg: Fraction | None
    products: tuple[tuple[str, Fraction], ...]
    end: date | None = None


def totals(medicine: Medicine, today: date, calendar: Calendar) -> Totals:
    """Sum a medicine's doses over its real and projected dates.

    A plan ends where its last step asks for nothing, or with the hold of its last step. Without an end there are no
    totals.

    Args:
        medicine: with all its versions.
        today: the logical date of now.
        calendar: days and zone.
    """
    end = end_of(medicine.latest, today, calendar)
    if end is None:
        return Totals(None, None, ())
    first: date | None = None
    mg: Fraction | None = Fraction(0)
    counts: dict[str, Fraction] = {}
    for times, doses in _rounds(medicine, end, today, calendar):
        if doses:
            first = doses[0].date if first is None else min(first, doses[0].date)
        for dose in doses:
            mg = None if mg is None or dose.mg is None else mg + dose.mg * times
            for piece in dose.pieces:
                name = piece.product.name
                counts[name] = counts.get(name, Fraction(0)) + piece.count * times
    names = [product.name for version in reversed(medicine.versions) for product in version.products]
    ordered = tuple((name, counts[name]) for name in dict.fromkeys(names) if name in counts)
    return Totals(0 if first is None else (end.date - first).days, mg, ordered, end.date)


def end_of(version: Version, today: date, calendar: Calendar) -> DosePoint | None:
    """From where on a version asks for nothing any more; None where it goes on, or nothing says for how long.

    What was asked for before the version came into force stays, so it never lies before that.
    """
    placed = version.placed_steps(today)
    if version.advance == AS_NEEDED or not placed or placed[-1].index + 1 < len(version.steps):
        return None
    if version.end is not None:
        return max(version.end, version.in_force_from, key=lambda point: version.point_key(point, calendar))
    last, step = placed[-1], version.steps[placed[-1].index]
    if step.empty:
        return last.begins
    day = None if step.hold is None else days_after(last.begins.date, step.hold)
    return None if day is None else DosePoint(max(day, today + DAY))


def _rounds(
    medicine: Medicine, end: DosePoint, today: date, calendar: Calendar
) -> Iterator[tuple[int, list[ScheduledDose]]]:
    """Every day's doses before an end, with how many days are the same."""
    latest = medicine.latest
    last = latest.point_key(end, calendar)
    changes = {today, today + DAY, end.date}
    for version in medicine.versions:
        points = [version.in_force_from, version.end]
        points += [point for pause in version.pauses for point in (pause.start, pause.end)]
        points += [begun.begins for begun in version.placed_steps(today)]
        changes.update(point.date for point in points if point is not None)
        changes.update(begun.counts_from for begun in version.placed_steps(today))
    changes.update(rules.since for rules in calendar.rules)
    # Half a day may belong to what was before: a day on which anything changes stands alone.
    borders = sorted(changes | {day + DAY for day in changes})
    first = medicine.first_day(today)
    for start, stop in pairwise(day for day in borders if first is not None and first <= day <= end.date):
        length = (stop - start).days
        round_length = min(length, _every(medicine, start, today, calendar))
        for n in range(round_length):
            day = start + n * DAY
            yield -(-(length - n) // round_length), medicine.doses_on(day, today, calendar)
    if end.slot is not None:
        yield (
            1,
            [
                dose
                for dose in medicine.doses_on(end.date, today, calendar)
                if latest.point_key(DosePoint(end.date, dose.slot.name), calendar) < last
            ],
        )


def _every(medicine: Medicine, day: date, today: date, calendar: Calendar) -> int:
    """After how many days the doses of a span without changes come again."""
    version = next((v for v in reversed(medicine.versions) if v.in_force_from.date <= day), medicine.versions[0])
    begun = version.step_at(DosePoint(day), today, calendar)
    return 1 if begun is None else version.steps[begun.index].asked.period
