"""Which doses lie around now: the next one, however far, and the one that passed without a record.

What a word or a key may mean is decided from these: the dose that was missed is named before one that is still to
come, and one that is more than a day ahead is never meant without its date.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise

from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Day, Dose
from splitdose.core.plan import AS_NEEDED, DosePoint, Medicine, Version

AT_MOST_AHEAD = DAY
"""A dose that is further ahead is never what a key or a bare command records, or offers."""
LONGEST_PATTERN = 62
"""Days within which a step that asks for doses has a dosing day, unless its own period is longer."""


def far_ahead(dose: Dose, now: datetime) -> bool:
    """Whether a dose without a record is so far ahead that no key and no bare command may mean it."""
    return dose.record is None and dose.due - now > AT_MOST_AHEAD


def next_dosing_day(medicine: Medicine, after: date, today: date, calendar: Calendar) -> date | None:
    """The first date after another on which a plan asks for doses, projected steps included; None without one.

    Looks at the days from each turn of the plan on (a step begins, a pause ends, a version takes effect) only until a
    dosing day of that stretch must have come, so that a start years ahead costs no more than one tomorrow.

    Args:
        medicine: with its plan.
        after: a logical date.
        today: the logical date of now.
        calendar: days and zone.
    """
    first = after + DAY
    in_force = _in_force(medicine, first)
    turns = sorted({turn for turn in _turns(in_force, today) if turn > first})
    reach = _reach(in_force)
    for start, end in pairwise([first, *turns, None]):
        assert start is not None
        length = reach if end is None else min(reach, (end - start).days)
        if _idle(medicine, start, today, calendar):
            length = 1
        for n in range(length):
            if medicine.doses_on(start + n * DAY, today, calendar):
                return start + n * DAY
    return None


def days_back(medicine: Medicine, today: date, calendar: Calendar) -> int:
    """How many days before today the newest dose that may have been missed can lie: 1, or more between dosing days.

    While a medicine is paused or has stopped, what came before is no longer told of as missed.
    """
    if any(medicine.doses_on(today - n * DAY, today, calendar) for n in (0, 1)):
        return 1
    if _idle(medicine, today, today, calendar) or _paused(medicine, today, calendar):
        return 1
    reach = _reach(_in_force(medicine, today))
    return next((n for n in range(2, reach) if medicine.doses_on(today - n * DAY, today, calendar)), 1)


def newest_past(over: Sequence[Day], medicine: str, slot: str | None = None) -> Dose | None:
    """The newest dose of a medicine, or of one slot of it, that has come due or is recorded.

    Args:
        over: consecutive days up to today.
        medicine: its name.
        slot: a slot's name, or None for any.
    """
    found = [
        dose
        for day in over
        for dose in day.doses
        if dose.medicine == medicine
        and (slot is None or dose.slot.name == slot)
        and (dose.record is not None or dose.due <= day.now)
    ]
    return max(found, key=lambda dose: dose.due, default=None)


def missed_dose(over: Sequence[Day], medicine: str, slot: str | None = None) -> Dose | None:
    """The newest dose that has passed, where it has no record: none of a later one stands.

    Takes what `newest_past` takes. A dose that still is open was not missed, nor one before Splitdose.
    """
    dose = newest_past(over, medicine, slot)
    return dose if dose is not None and dose.state == "unrecorded" and dose.tracked and dose.planned else None


def _in_force(medicine: Medicine, day: date) -> Sequence[Version]:
    """The versions that decide what is asked for from a date on."""
    last = max((n for n, version in enumerate(medicine.versions) if version.in_force_from.date < day), default=0)
    return medicine.versions[last:]


def _turns(versions: Iterable[Version], today: date) -> Iterable[date]:
    """The dates from which on a plan may ask for something else."""
    for version in versions:
        yield version.in_force_from.date
        yield from (begun.begins.date for begun in version.placed_steps(today))
        for pause in version.pauses:
            yield pause.start.date
            if pause.end is not None:
                yield pause.end.date


def _reach(versions: Iterable[Version]) -> int:
    periods = (step.asked.period for version in versions for step in version.steps)
    return max(LONGEST_PATTERN, *periods, 1)


def _idle(medicine: Medicine, day: date, today: date, calendar: Calendar) -> bool:
    """Whether after a date, until the plan turns, nothing is asked for: no step, a stop, a pause."""
    version = _ruling(medicine, day)
    if version is None or version.advance == AS_NEEDED:
        return True
    begun = version.step_at(DosePoint(day), today, calendar)
    return begun is None or version.steps[begun.index].empty or _paused(medicine, day + DAY, calendar)


def _ruling(medicine: Medicine, day: date) -> Version | None:
    """The version in force at the end of a date: of those that have taken effect, the last one made."""
    return next((version for version in reversed(medicine.versions) if version.in_force_from.date <= day), None)


def _paused(medicine: Medicine, day: date, calendar: Calendar) -> bool:
    """Whether a date begins in a pause."""
    version = _ruling(medicine, day)
    return version is not None and version.paused_at(DosePoint(day), calendar)
