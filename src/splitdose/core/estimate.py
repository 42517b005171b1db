"""What may remain of a medicine, computed from what was recorded and the person's own half-life range.

One compartment, first order, superposition: each dose is halved once a half-life, and what is left of all of
them adds up. The answer is a band, never a line: its lower edge takes the shorter half-life and leaves out what
has no clear record, its upper edge takes the longer one and counts that as planned.

This is the only module that computes with floats, and nothing it returns may be stored, summed with doses or
read as anything but milligrams. It must never guess a half-life, never speak of what a figure does to a person,
and never read a clock or a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from splitdose.core.clock import utc
from splitdose.core.day import Day, Dose
from splitdose.core.log import Intake

AXIS = "estimated mg remaining"
"""The only name the axis of an estimate has."""

ASSUMPTIONS = (
    "Estimated mg remaining is arithmetic on what was recorded and on the half-life range that was typed in; "
    "nothing was measured. It assumes one compartment and first-order elimination: each dose counts in full from "
    "the moment it was taken and is halved once a half-life, and what is left of all doses adds up.",
    "Lower edge: the shorter half-life, without doses that have no record or are recorded as unsure. "
    "Upper edge: the longer half-life, with those doses as planned. A dose taken at a time unknown counts at its "
    "planned time. What was taken before the first day of the plan is not in it.",
)
"""Printed with every chart of an estimate."""


def axis(unit: str) -> str:
    """The name of the axis in the unit of a medicine: "estimated mg remaining"."""
    return AXIS.replace("mg", unit)


def assumptions(unit: str) -> tuple[str, ...]:
    """What is printed with a chart in that unit."""
    return tuple(line.replace(" mg ", f" {unit} ") for line in ASSUMPTIONS)


NO_HALF_LIFE = "no half-life was given, so no estimate is drawn"
NO_STRENGTH = "a strength in mg is missing, so no estimate is drawn"
NO_DOSES = "nothing is planned or recorded, so no estimate is drawn"

LEAD_HALF_LIVES = 20
"""Doses older than so many half-lives are left out: less than a millionth of them remains."""
_LONGEST_LEAD = timedelta(days=400)

HalfLife = tuple[Fraction, Fraction]
"""Shorter and longer, in hours."""


@dataclass(frozen=True)
class Portion:
    """What one dose adds at one instant.

    Attributes:
        at: the instant (UTC) it counts from.
        sure: milligrams that are recorded as taken; 0 without a clear record.
        possible: milligrams if a dose without a clear record was taken as planned; never less than `sure`.
    """

    at: datetime
    sure: Fraction
    possible: Fraction


@dataclass(frozen=True)
class Band:
    """Two edges over time, in milligrams; at the instant of a dose there are two points, before and after it.

    Attributes:
        half_life: shorter and longer, hours.
        times: instants (UTC), never decreasing.
        low: the lower edge at each of them.
        high: the upper edge at each of them, never less than `low`.
    """

    half_life: HalfLife
    times: tuple[datetime, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def portions(days: Iterable[Day], medicine: str) -> list[Portion] | None:
    """What the recorded days say was taken of a medicine, by time.

    Doses that are still open or upcoming add nothing, nor does a second record of a dose that nobody has
    settled: it is in no total. Days before the medicine's set-up count as without a record.

    Returns:
        One entry for each dose that counts towards an edge; None as soon as one has no milligrams.
    """
    found: list[Portion] = []
    for day in days:
        for dose in day.doses:
            if dose.medicine != medicine:
                continue
            sure, possible = _amounts(dose)
            if sure is None or possible is None:
                return None
            if possible:
                found.append(Portion(_counts_from(dose), sure, possible))
        for extra in day.extras:
            if extra.medicine != medicine:
                continue
            mg = extra.mg
            if mg is None:
                return None
            found.append(Portion(_instant(extra), mg, mg))
    return sorted(found, key=lambda portion: portion.at)


def _amounts(dose: Dose) -> tuple[Fraction | None, Fraction | None]:
    if dose.state == "taken":
        return dose.taken_mg, dose.taken_mg
    if dose.state == "unsure":
        return Fraction(0), dose.record.pieces.mg if dose.record is not None else dose.mg
    if dose.state == "unrecorded":
        return Fraction(0), dose.mg
    return Fraction(0), Fraction(0)


def _counts_from(dose: Dose) -> datetime:
    return utc(dose.record.at) if dose.record is not None and dose.record.at is not None else utc(dose.due)


def _instant(extra: Intake) -> datetime:
    return utc(extra.at or extra.recorded_at)


def remaining(
    doses: Sequence[tuple[datetime, Fraction]], half_life: Fraction, at: Sequence[datetime]
) -> list[tuple[float, float]]:
    """Milligrams that remain just before and just after some instants, for one half-life.

    A(t) = Σ Dᵢ · 2^(−(t − tᵢ) / t½) over the doses given by t: first-order elimination from one compartment, with
    superposition (Gibaldi and Perrier, Pharmacokinetics, 2nd edition, 1982, chapters 1 and 3). Goes once through
    both sequences, so its time grows with their lengths only.

    Args:
        doses: instants with an offset and exact milligrams, by time.
        half_life: hours, more than zero.
        at: instants with an offset, by time.

    Returns:
        Two figures for each instant of `at`, which differ where a dose is given at that very instant.

    Raises:
        ValueError: a half-life of zero or less, or an instant without an offset.
    """
    if half_life <= 0:
        raise ValueError("a half-life is more than zero hours")
    given = [(utc(instant), float(mg)) for instant, mg in doses]
    per_second = -1 / float(half_life * 3600)
    result: list[tuple[float, float]] = []
    amount, next_dose = 0.0, 0
    since = given[0][0] if given else None
    for instant in map(utc, at):
        # Decay from dose to dose: a sum of powers over all doses would take the square of their number.
        while next_dose < len(given) and given[next_dose][0] < instant:
            then, mg = given[next_dose]
            amount = amount * _left(since, then, per_second) + mg
            since = then
            next_dose += 1
        before = amount * _left(since, instant, per_second)
        while next_dose < len(given) and given[next_dose][0] == instant:
            amount = amount * _left(since, instant, per_second) + given[next_dose][1]
            since = instant
            next_dose += 1
        result.append((before, amount * _left(since, instant, per_second)))
    return result


def _left(since: datetime | None, until: datetime, per_second: float) -> float:
    """The part that remains from one instant (UTC) to a later one."""
    return 1.0 if since is None or since >= until else float(2.0 ** ((until - since).total_seconds() * per_second))


def lead(half_life: HalfLife | None) -> timedelta:
    """How long before the first instant of interest doses still matter."""
    if half_life is None:
        return timedelta(0)
    return min(timedelta(hours=float(half_life[1] * LEAD_HALF_LIVES)), _LONGEST_LEAD)


def portions_or_reason(days: Iterable[Day], medicine: str, half_life: HalfLife | None) -> list[Portion] | str:
    """What a band is drawn from; or why none can be drawn, for the place where it would stand."""
    if half_life is None:
        return NO_HALF_LIFE
    found = portions(days, medicine)
    if found is None:
        return NO_STRENGTH
    return found or NO_DOSES


def estimate(
    given: Sequence[Portion], half_life: HalfLife, start: datetime, end: datetime, *, samples: int = 240
) -> Band:
    """The band over [start, end].

    Args:
        given: by time, those before `start` included, as far back as `lead`.
        half_life: shorter and longer, hours.
        start: first instant, with an offset.
        end: last instant; nothing is known later than now.
        samples: how many points to spread evenly, besides two for each dose.

    Returns:
        The band; empty when `end` lies before `start`.
    """
    start, end = utc(start), utc(end)
    if end < start:
        return Band(half_life, (), (), ())
    length = (end - start) / max(1, samples)
    grid = [start + n * length for n in range(samples)] + [end]
    given_at = {portion.at for portion in given if start <= portion.at <= end}
    times = sorted({*grid, *given_at})
    lower = remaining([(p.at, p.sure) for p in given], half_life[0], times)
    upper = remaining([(p.at, p.possible) for p in given], half_life[1], times)
    doubled: list[datetime] = []
    low: list[float] = []
    high: list[float] = []
    for at, below, above in zip(times, lower, upper, strict=True):
        for side in (0, 1) if at in given_at else (1,):
            doubled.append(at)
            low.append(below[side])
            # Equal edges may differ in the last bit, because they are rounded on different ways.
            high.append(max(below[side], above[side]))
    return Band(half_life, tuple(doubled), tuple(low), tuple(high))
