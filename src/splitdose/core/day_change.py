"""One day before and after a change of a plan: what of it is taken, stays, is dropped or added, and what it sums to.

A step that begins in the middle of a day can ask again for what was taken already: then the day's sum is above what
either step asks for, and the person is told before it is done. Facts only; nothing here says what to do.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from splitdose.core.clock import Calendar
from splitdose.core.day import Day, Dose, day_of
from splitdose.core.log import Log
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import DosePoint, Medicine, Plan

Becomes = Literal["taken", "recorded", "stays", "dropped", "added", "changed"]


@dataclass(frozen=True)
class SlotChange:
    """One slot of the day.

    Attributes:
        slot: its name.
        pieces: as they will be; of a dropped dose as they were.
        becomes: "taken" and "recorded" have a record, which no plan changes.
    """

    slot: str
    pieces: Pieces
    becomes: Becomes


@dataclass(frozen=True)
class DayChange:
    """A day as it will be.

    Attributes:
        medicine: its name.
        date: the logical date.
        slots: in the order of the day, dropped ones too.
        extras: what was taken besides.
        old: what a day of the step before asks for.
        new: what a day of the step after asks for.
        above: the day's doses, taken and still asked for, sum to more than both.
    """

    medicine: str
    date: date
    slots: tuple[SlotChange, ...]
    extras: tuple[Pieces, ...]
    old: Pieces
    new: Pieces
    above: bool

    @property
    def total(self) -> Pieces:
        """All pieces that the day will have been about."""
        return Pieces.joined([*(c.pieces for c in self.slots if c.becomes != "dropped"), *self.extras])

    @property
    def changes(self) -> bool:
        """Whether anything of the day becomes something else."""
        return any(change.becomes in ("dropped", "added", "changed") for change in self.slots)


def day_change(before: Medicine, after: Medicine, log: Log, day: date, now: datetime, calendar: Calendar) -> DayChange:
    """How a day of a medicine's plan becomes another.

    Args:
        before: the medicine as it is.
        after: the same with a new version.
        log: records of that date's month at least.
        day: the logical date.
        now: the instant (UTC).
        calendar: days and zone.
    """
    was, will = (day_of(Plan(calendar, (medicine,)), log, day, now) for medicine in (before, after))
    planned = {dose.slot.name: dose for dose in _own(was, before.name)}
    slots = [_slot_change(dose, planned.get(dose.slot.name)) for dose in _own(will, before.name)]
    names = {change.slot for change in slots}
    slots += [SlotChange(dose.slot.name, dose.pieces, "dropped") for name, dose in planned.items() if name not in names]
    times = {dose.slot.name: dose.due for dose in (*_own(will, before.name), *planned.values())}
    slots.sort(key=lambda change: times[change.slot])
    today = calendar.date_of(now)
    extras = tuple(extra.pieces for extra in will.extras if extra.medicine == before.name)
    was_planned = Pieces.joined(dose.pieces for dose in planned.values())
    old = max((_step_pieces(before, day, today, calendar), was_planned), key=_size)
    found = DayChange(
        before.name, day, tuple(slots), extras, old, _step_pieces(after, day, today, calendar), above=False
    )
    return replace(found, above=_above(found))


def _own(day: Day, name: str) -> list[Dose]:
    return [dose for dose in day.doses if dose.medicine == name]


def _slot_change(dose: Dose, before: Dose | None) -> SlotChange:
    record = dose.record
    if record is not None:
        taken = record.pieces if record.kind in ("taken", "unsure") else NO_PIECES
        return SlotChange(dose.slot.name, taken, "taken" if record.kind == "taken" else "recorded")
    if before is None:
        return SlotChange(dose.slot.name, dose.pieces, "added")
    return SlotChange(dose.slot.name, dose.pieces, "stays" if before.pieces == dose.pieces else "changed")


def _step_pieces(medicine: Medicine, day: date, today: date, calendar: Calendar) -> Pieces:
    """What a whole dosing day of the step asks for that holds at the end of a date."""
    version = medicine.latest
    begun = version.step_at(DosePoint(day), max(today, day), calendar)
    return NO_PIECES if begun is None else version.steps[begun.index].asked.pieces


def _above(found: DayChange) -> bool:
    """Whether the day sums to more than either step asks for; what can't be summed in one unit can't be compared."""
    total = _measure(found.total)
    if not found.changes or total is None:
        return False
    return all(
        other is not None and (other[0] == total[0] or not other[1]) and total[1] > other[1]
        for other in (_measure(found.old), _measure(found.new))
    )


def _measure(pieces: Pieces) -> tuple[str, Fraction] | None:
    """Milligrams, or where there are none the count of what is called the same; None where they can't be summed."""
    if pieces.mg is not None:
        return "mg", pieces.mg
    units = {piece.product.unit for piece in pieces}
    return (units.pop(), sum((piece.count for piece in pieces), Fraction(0))) if len(units) == 1 else None


def _size(pieces: Pieces) -> Fraction:
    found = _measure(pieces)
    return Fraction(0) if found is None else found[1]
