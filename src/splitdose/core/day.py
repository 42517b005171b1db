"""Days and weeks as a person reads them: the plan of each date and what the log says of it, at one moment.

Everything here is derived, from plan, log and now; nothing of it is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from splitdose.core.clock import DAY
from splitdose.core.log import CheckIn, Intake, Log, Planned, Timing, Void
from splitdose.core.piece import NO_PIECES, Pieces, summed
from splitdose.core.plan import DoseKey, DosePoint, Plan, ScheduledDose, Slot

State = Literal["upcoming", "due", "late", "taken", "skipped", "unsure", "unrecorded"]
OPEN: frozenset[State] = frozenset({"due", "late"})
CLOSED: frozenset[State] = frozenset({"taken", "skipped", "unsure", "unrecorded"})


@dataclass(frozen=True)
class Dose:
    """One slot of one date of one medicine, with its state now.

    Attributes:
        pieces: as planned; of a recorded dose, as its record keeps it.
        due: instant (UTC).
        record: what stands for it in the log, or None.
        duplicates: further records of the same dose, in no total.
        timing: of a taken dose.
        tracked: False before the medicine's first import or set-up.
        projected: on a future date, of a step that has not begun.
        planned: False where a record stands in a slot the plan no longer has.
        undone: the newest void of its records, None where nothing was undone.
    """

    medicine: str
    date: date
    slot: Slot
    due: datetime
    pieces: Pieces
    state: State
    version: int
    record: Intake | None = None
    duplicates: tuple[Intake, ...] = ()
    timing: Timing | None = None
    tracked: bool = True
    projected: bool = False
    planned: bool = True
    step: int | None = None
    undone: Void | None = None

    @property
    def key(self) -> DoseKey:
        return DoseKey(self.medicine, self.date, self.slot.name)

    @property
    def mg(self) -> Fraction | None:
        """Milligrams planned."""
        return self.pieces.mg

    @property
    def taken_mg(self) -> Fraction | None:
        """Milligrams taken, None where nothing was."""
        return self.record.mg if self.record is not None and self.record.kind == "taken" else None

    @property
    def open(self) -> bool:
        """Whether it waits to be recorded now."""
        return self.state in OPEN


@dataclass(frozen=True)
class DayTotal:
    """Planned and taken amounts of one medicine on one day.

    Attributes:
        planned_pieces: of all doses.
        taken_pieces: of all intakes, extras included.
    """

    medicine: str
    planned_pieces: Pieces
    taken_pieces: Pieces

    @property
    def planned_mg(self) -> Fraction | None:
        """Milligrams; None without a strength in mg, g or mcg."""
        return self.planned_pieces.mg

    @property
    def taken_mg(self) -> Fraction | None:
        """Likewise."""
        return self.taken_pieces.mg


@dataclass(frozen=True)
class Day:
    """A logical date as it stands now; `future` when it has not begun."""

    date: date
    now: datetime
    doses: tuple[Dose, ...]
    extras: tuple[Intake, ...]
    checkins: tuple[CheckIn, ...]
    totals: tuple[DayTotal, ...]
    future: bool = False


@dataclass(frozen=True)
class Adherence(DayTotal):
    """Closed doses of one medicine counted against the plan of each day.

    `scheduled` leaves out upcoming, due and late doses, and those before the medicine's set-up unless
    recorded; what was taken includes extras.
    """

    scheduled: int
    taken: int
    on_time: int
    skipped: int
    unsure: int
    unrecorded: int


@dataclass(frozen=True)
class Gap:
    """The longest time between two intakes of one medicine, ending on a day.

    A dose without a clear record is read as taken at its time, which gives the shortest the gap can have
    been; where it would be longer without that dose, `at_least` is True and it is shown with "≥".
    """

    medicine: str
    length: timedelta
    at_least: bool


@dataclass(frozen=True)
class Week:
    """Seven logical dates, [start, end)."""

    start: date
    end: date
    days: tuple[Day, ...]
    adherence: tuple[Adherence, ...]


def day_of(plan: Plan, log: Log, day: date, now: datetime) -> Day:
    """Join plan and log for one logical date.

    Args:
        plan: all medicines and the calendar.
        log: records of that date's month at least.
        day: the logical date.
        now: the instant (UTC).
    """
    calendar = plan.calendar
    today = calendar.date_of(now)
    late_after = calendar.rules_on(day).late_after
    scheduled = plan.doses_on(day, today)
    keys = [dose.key for dose in scheduled]
    doses = [_dose(plan, log, key, d, now, late_after, scheduled) for key, d in zip(keys, scheduled, strict=True)]
    known = set(keys)
    doses += [_recorded_only(plan, i, log) for i in log.fills_on(day) if i.key not in known]
    order = {medicine.name: n for n, medicine in enumerate(plan.medicines)}
    doses.sort(key=lambda dose: (dose.due, order.get(dose.medicine, len(order))))
    extras = tuple(log.extras_on(day))
    return Day(day, now, tuple(doses), extras, tuple(log.checkins_on(day)), _totals(plan, doses, extras), day > today)


def dose_of(plan: Plan, log: Log, key: DoseKey, now: datetime) -> Dose | None:
    """One dose as it stands, as `day_of` has it, without the others of its day; None where there is none.

    Args:
        plan: all medicines and the calendar.
        log: records of that date's month at least.
        key: medicine, logical date and slot.
        now: the instant (UTC).
    """
    scheduled = plan.doses_of(key.medicine, key.date, plan.calendar.date_of(now))
    found = next((dose for dose in scheduled if dose.slot.name == key.slot), None)
    if found is not None:
        return _dose(plan, log, key, found, now, plan.calendar.rules_on(key.date).late_after, scheduled)
    record = log.fill(key)
    return None if record is None else _recorded_only(plan, record, log)


def planned_of(plan: Plan, dose: Dose, today: date) -> Planned:
    """What a record of a dose keeps of the plan: as it asks now, or where it has no such dose as was kept before.

    A record that is corrected after the plan of its day was corrected goes by the corrected plan.
    """
    found = plan.dose(dose.key, today)
    if found is None and dose.record is not None and dose.record.planned is not None:
        return dose.record.planned
    asked = found or dose
    return Planned(asked.pieces, asked.due, f"{asked.slot.time:%H:%M}", asked.version)


def _tracked(plan: Plan, medicine: str, day: date, slot: str) -> bool:
    """Whether a dose was planned here when it was due; what was late already when its plan was first kept was not."""
    found = plan.by_name.get(medicine)
    return found is None or (day >= found.since and not found.came_before(DosePoint(day, slot), plan.calendar))


def _dose(
    plan: Plan, log: Log, key: DoseKey, dose: ScheduledDose, now: datetime, late_after: timedelta,
    same_day: Sequence[ScheduledDose],
) -> Dose:  # fmt: skip
    record = log.fill(key)
    if record is not None:
        state: State = record.kind if record.kind != "extra" else "taken"
    else:
        state = _open_state(plan, dose, now, late_after, same_day)
    snapshot = record.planned if record is not None else None
    return Dose(
        medicine=dose.medicine, date=dose.date, slot=dose.slot,
        due=snapshot.due if snapshot is not None else dose.due,
        pieces=snapshot.pieces if snapshot is not None else dose.pieces,
        state=state, version=snapshot.version if snapshot is not None else dose.version,
        record=record, duplicates=tuple(log.duplicates(key)) if record is not None else (),
        timing=record.timing(late_after) if record is not None else None,
        tracked=_tracked(plan, dose.medicine, dose.date, dose.slot.name), projected=dose.projected, step=dose.step,
        undone=log.undone(key),
    )  # fmt: skip


def _open_state(
    plan: Plan, dose: ScheduledDose, now: datetime, late_after: timedelta, same_day: Sequence[ScheduledDose]
) -> State:
    if now < dose.due:
        return "upcoming"
    if now >= plan.calendar.end(dose.date):
        return "unrecorded"
    if plan.by_name[dose.medicine].came_before(DosePoint(dose.date, dose.slot.name), plan.calendar):
        return "unrecorded"
    if any(other.medicine == dose.medicine and dose.due < other.due <= now for other in same_day):
        return "unrecorded"
    return "late" if now - dose.due > late_after else "due"


def _recorded_only(plan: Plan, intake: Intake, log: Log) -> Dose:
    """A record whose slot the plan of that date doesn't have (any more): shown all the same."""
    assert intake.slot is not None
    assert intake.key is not None
    snapshot = intake.planned
    due = snapshot.due if snapshot is not None else intake.at or intake.recorded_at
    if snapshot is not None:
        hour, minute = snapshot.slot_time.split(":")
        wall = time(int(hour), int(minute))
    else:
        wall = plan.calendar.local(due).time().replace(second=0, microsecond=0, tzinfo=None)
    return Dose(
        medicine=intake.medicine, date=intake.date, slot=Slot(intake.slot, wall), due=due,
        pieces=snapshot.pieces if snapshot is not None else NO_PIECES,
        state=intake.kind if intake.kind != "extra" else "taken",
        version=snapshot.version if snapshot is not None else 0, record=intake,
        duplicates=tuple(log.duplicates(intake.key)),
        timing=intake.timing(plan.calendar.rules_on(intake.date).late_after),
        tracked=_tracked(plan, intake.medicine, intake.date, intake.slot), planned=False,
    )  # fmt: skip


def _totals(plan: Plan, doses: Sequence[Dose], extras: Sequence[Intake]) -> tuple[DayTotal, ...]:
    names = [m.name for m in plan.medicines]
    names += [n for n in dict.fromkeys([d.medicine for d in doses] + [e.medicine for e in extras]) if n not in names]
    result = []
    for name in names:
        own = [d for d in doses if d.medicine == name]
        more = [e for e in extras if e.medicine == name]
        if own or more:
            result.append(DayTotal(name, Pieces.joined(d.pieces for d in own), Pieces.joined(_taken_pieces(own, more))))
    return tuple(result)


def _taken_pieces(doses: Sequence[Dose], extras: Sequence[Intake]) -> list[Pieces]:
    taken = [dose.record.pieces for dose in doses if dose.state == "taken" and dose.record is not None]
    return taken + [extra.pieces for extra in extras]


def week_of(plan: Plan, over: Sequence[Day]) -> Week:
    """Seven days that follow each other, and the adherence over their closed doses."""
    return Week(over[0].date, over[-1].date + DAY, tuple(over), adherence(plan, over))


def adherence(plan: Plan, over: Sequence[Day]) -> tuple[Adherence, ...]:
    """Count the closed doses of some days: one entry for each medicine that has any, or extras."""
    names = dict.fromkeys(
        [m.name for m in plan.medicines]
        + [dose.medicine for day in over for dose in day.doses]
        + [extra.medicine for day in over for extra in day.extras]
    )
    result = []
    for name in names:
        closed = [
            d
            for day in over
            for d in day.doses
            if d.medicine == name and d.state in CLOSED and (d.tracked or d.record is not None)
        ]
        extras = [e for day in over for e in day.extras if e.medicine == name]
        if not closed and not extras:
            continue
        states = [d.state for d in closed]
        result.append(
            Adherence(
                medicine=name,
                scheduled=len(closed),
                taken=states.count("taken"),
                on_time=sum(d.timing == "on_time" for d in closed),
                skipped=states.count("skipped"),
                unsure=states.count("unsure"),
                unrecorded=states.count("unrecorded"),
                planned_pieces=summed(piece for dose in closed for piece in dose.pieces),
                taken_pieces=summed(piece for pieces in _taken_pieces(closed, extras) for piece in pieces),
            )
        )
    return tuple(result)


def counted_totals(day: Day) -> tuple[DayTotal, ...]:
    """The totals of a day without the doses before their medicine's set-up, which don't count unless recorded."""
    if all(dose.tracked for dose in day.doses):
        return day.totals
    found = []
    for total in day.totals:
        own = [d for d in day.doses if d.medicine == total.medicine and (d.tracked or d.record is not None)]
        if own or any(extra.medicine == total.medicine for extra in day.extras):
            found.append(replace(total, planned_pieces=Pieces.joined(d.pieces for d in own)))
    return tuple(found)


def next_dose(over: Sequence[Day], medicine: str | None = None) -> Dose | None:
    """The oldest due or late dose of some days, else the first upcoming one; of one medicine, or of any."""
    doses = sorted(
        (d for day in over for d in day.doses if medicine is None or d.medicine == medicine), key=lambda d: d.due
    )
    return next((d for d in doses if d.open), None) or next((d for d in doses if d.state == "upcoming"), None)


def longest_gap(medicine: str, over: Sequence[Day], ending_on: date) -> Gap | None:
    """The longest time between consecutive intakes of a medicine whose later one lies on a date.

    None where nothing of it is recorded as taken on that date.

    Args:
        medicine: its name.
        over: days up to and including that date, enough of them to hold the intake before.
        ending_on: the logical date of the later intake.
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
    events.sort(key=lambda e: e[0])
    known = [event for event in events if event[2]]
    if not any(day == ending_on for _, day, _ in known):
        return None
    ending = [(b[0] - a[0], a[2] and b[2]) for a, b in pairwise(events) if b[1] == ending_on]
    possible = max(ending, default=None)
    certain = max((b[0] - a[0] for a, b in pairwise(known) if b[1] == ending_on), default=None)
    if possible is None:
        return None
    length, between_known = possible
    return Gap(medicine, length, at_least=not between_known or (certain is not None and certain > length))
