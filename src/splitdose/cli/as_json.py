"""What `--json` answers: the public shapes. Keys may be added, never renamed; every key is always there.

Counts are strings ("1/4"), milligrams too ("5", "20/3", null without a strength); instants are ISO 8601 with their
offset; ids are strings; what there is nothing to say about is null. A count is in the unit beside it; `unit` beside
milligrams says in what people are told them.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from splitdose.core.amount import exact_text
from splitdose.core.check import Finding
from splitdose.core.clock import Calendar, zone_named
from splitdose.core.day import Adherence, Day, DayTotal, Dose, Week
from splitdose.core.day_change import DayChange
from splitdose.core.log import CheckIn, Intake
from splitdose.core.piece import Pieces
from splitdose.core.plan import DosePoint, Medicine, Version
from splitdose.core.showing import sum_unit
from splitdose.core.totals import totals

Json = dict[str, Any]


def mg(value: Any) -> str | None:
    """Milligrams, exact."""
    return None if value is None else exact_text(value)


def count(value: Any) -> str:
    """A count: "1/4", "289/4", "3"."""
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)


def pieces(found: Pieces) -> list[Json]:
    """PIECE = {"count", "unit", "product", "strength"}."""
    return [
        {
            "count": count(piece.product.told(piece.count)), "unit": piece.product.unit,
            "product": piece.product.name,
            "strength": piece.product.strength.label if piece.product.strength is not None else None,
        }
        for piece in found
    ]  # fmt: skip


def _recorded_instant(instant: datetime | None, zone: str) -> str | None:
    return None if instant is None else instant.astimezone(zone_named(zone)).isoformat()


def dose(found: Dose, calendar: Calendar) -> Json:
    """DOSE."""
    record = found.record
    return {
        "medicine": found.medicine, "date": found.date.isoformat(), "slot": found.slot.name,
        "due": found.due.astimezone(calendar.zone_on(found.date)).isoformat(), "pieces": pieces(found.pieces),
        "mg": mg(found.mg), "unit": sum_unit(found.pieces), "state": found.state, "timing": found.timing,
        "tracked": found.tracked,
        "id": record.id if record is not None else None,
        "taken_at": _recorded_instant(record.at, record.zone) if record is not None else None,
        "taken_mg": mg(found.taken_mg), "reason": (record.reason or None) if record is not None else None,
        "note": (record.note or None) if record is not None else None, "plan_version": found.version or None,
        "projected": found.projected,
    }  # fmt: skip


def intake(found: Intake) -> Json:
    """INTAKE."""
    return {
        "id": found.id, "kind": found.kind, "medicine": found.medicine, "date": found.date.isoformat(),
        "slot": found.slot, "at": _recorded_instant(found.at, found.zone), "mg": mg(found.mg),
        "unit": sum_unit(found.pieces), "pieces": pieces(found.pieces), "reason": found.reason or None,
        "note": found.note or None,
        "recorded_at": _recorded_instant(found.recorded_at, found.zone), "replaces": found.replaces,
    }  # fmt: skip


def checkin(found: CheckIn) -> Json:
    """CHECKIN."""
    return {
        "id": found.id, "at": _recorded_instant(found.at, found.zone), "date": found.date.isoformat(),
        "sleep": found.sleep, "onset_min": found.onset_min, "awakenings": found.awakenings,
        "symptoms": dict(found.symptoms), "note": found.note or None,
    }  # fmt: skip


def record(found: Intake | CheckIn) -> Json:
    """INTAKE or CHECKIN."""
    return intake(found) if isinstance(found, Intake) else checkin(found)


def _totals(found: Iterable[DayTotal]) -> list[Json]:
    return [{"medicine": t.medicine, **_sums(t)} for t in found]


def _sums(added: DayTotal) -> Json:
    """What was planned and taken, in milligrams, and the unit in which people are told it."""
    return {
        "planned_mg": mg(added.planned_mg), "taken_mg": mg(added.taken_mg),
        "unit": sum_unit(Pieces.joined((added.planned_pieces, added.taken_pieces))),
    }  # fmt: skip


def forks(medicines: Iterable[Medicine], calendar: Calendar) -> list[Json]:
    """[FORK], one for each plan that was changed on two devices while nobody has chosen between the versions."""

    def made(version: Version) -> Json:
        at = calendar.local(version.made_at).isoformat()
        return {"version": version.number, "id": version.id, "why": version.why, "made_at": at}

    return [
        {"medicine": m.name, "rules": made(m.latest), "beside": [made(version) for version in m.made_beside],
         "undone_below": list(m.undone_below)}
        for m in medicines if m.forked
    ]  # fmt: skip


def today(day: Day, following: Dose | None, medicines: Iterable[Medicine], calendar: Calendar) -> Json:
    """What `today --json` answers; `following` is the next dose, None for another date than today."""
    return {
        "date": day.date.isoformat(), "now": calendar.local(day.now).isoformat(),
        "doses": [dose(d, calendar) for d in day.doses],
        "next": dose(following, calendar) if following is not None else None,
        "extras": [intake(e) for e in day.extras], "totals": _totals(day.totals),
        "forks": forks(medicines, calendar),
    }  # fmt: skip


def week(found: Week, calendar: Calendar) -> Json:
    """What `week --json` answers; "to" is the week's last day."""
    return {
        "from": found.days[0].date.isoformat(), "to": found.days[-1].date.isoformat(),
        "days": [
            {
                "date": day.date.isoformat(), "doses": [dose(d, calendar) for d in day.doses],
                "extras": [intake(e) for e in day.extras], "totals": _totals(day.totals),
                "checkins": [checkin(c) for c in day.checkins],
            }
            for day in found.days
        ],
        "adherence": [_adherence(a) for a in found.adherence],
    }  # fmt: skip


def _adherence(found: Adherence) -> Json:
    return {
        "medicine": found.medicine, "scheduled": found.scheduled, "taken": found.taken, "on_time": found.on_time,
        "skipped": found.skipped, "unsure": found.unsure, "unrecorded": found.unrecorded,
        **_sums(found),
    }  # fmt: skip


def point(found: DosePoint) -> Json:
    """From which dose on something holds."""
    return {"date": found.date.isoformat(), "slot": found.slot}


def day_change(found: DayChange | None) -> Json | None:
    """A day as a change of the plan makes it."""
    if found is None:
        return None
    return {
        "date": found.date.isoformat(),
        "slots": [
            {"slot": s.slot, "becomes": s.becomes, "pieces": pieces(s.pieces), "mg": mg(s.pieces.mg)}
            for s in found.slots
        ],
        "mg": mg(found.total.mg), "mg_before": mg(found.old.mg), "mg_after": mg(found.new.mg),
        "above": found.above,
    }  # fmt: skip


def finding(found: Finding) -> Json:
    return {
        "code": found.code, "medicine": found.medicine, "step": found.step, "message": found.message
    }  # fmt: skip


def medicine(found: Medicine, on: date, calendar: Calendar) -> Json:
    """One medicine of `plan show --json`."""
    version = found.latest
    placed = {begun.index: begun for begun in version.placed_steps(on)}
    current = version.current(on, calendar)
    hold = version.steps[current.index].hold if current is not None else None
    day_of_step = (on - current.begins.date).days + 1 if current is not None else None
    sums = totals(found, on, calendar)
    products = {product.name: product for product in version.products}
    return {
        "name": found.name, "unit": found.unit, "advance": version.advance, "version": version.number,
        "step": current.index + 1 if current is not None else None, "day_of_step": day_of_step,
        "review_due": None if hold is None or day_of_step is None else day_of_step > hold,
        "totals": {
            "days": sums.days, "mg": mg(sums.mg),
            "products": {name: count(products[name].told(n)) for name, n in sums.products},
        },
        "steps": [
            {
                "number": index + 1,
                "start": placed[index].begins.date.isoformat() if index in placed else None,
                "projected": index not in placed or placed[index].projected, "hold": step.hold,
                "doses": {
                    slot.name: {"pieces": pieces(asked), "mg": mg(asked.mg)}
                    for slot in version.ordered_slots(calendar, on)
                    if (asked := step.asked.on(slot.name))
                },
                "mg_per_day": mg(step.mean_mg_per_day), "period": step.asked.period,
                "period_mg": mg(step.mg_per_day),
                "first_dosing_day": placed[index].counts_from.isoformat() if index in placed else None,
                "unit": sum_unit(step.asked.pieces) or found.unit,
            }
            for index, step in enumerate(version.steps)
        ],
        "ends": sums.end.isoformat() if sums.end is not None else None,
    }  # fmt: skip
