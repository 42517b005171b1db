"""A real taper, lived through: 44 days recorded dose by dose, with what goes otherwise in a life.

Everything goes through the session with a clock that is moved on, so the files hold what the program writes.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from splitdose.core.plan import DoseKey, DosePoint
from splitdose.core.reading import parse_pieces
from splitdose.planfile import read_plan_file
from splitdose.session import Preview, Session
from splitdose.store import DataFolder

ZONE = "Europe/Berlin"
PLAN = Path(__file__).parents[1] / "plans" / "baclofen.toml"
FIRST = date(2023, 10, 26)
STEPS = ((5, 55), (5, 50), (5, 45), (5, 40), (4, 35), (5, 30), (5, 25), (4, 20), (3, 15), (2, 10), (1, 5))
"""Days held and milligrams a day of each step, as the person told them."""
DAYS = 44
PLANNED_MG = 1515
LAST = FIRST + timedelta(days=DAYS - 1)
DAILY = {
    FIRST + timedelta(days=sum(days for days, _ in STEPS[:n]) + k): mg
    for n, (days, mg) in enumerate(STEPS)
    for k in range(days)
}
"""Planned milligrams by date."""
SLOTS = {"morning": time(8), "afternoon": time(13), "evening": time(18)}
NASTY_NOTE = '=HYPERLINK("http://example.invalid") <script>alert(1)</script> [x](y) | `a` \x1b[31mred\x07 & more'


class SettableClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = wall(FIRST, time(7))

    def __call__(self) -> datetime:
        return self.at


def wall(day: date, at: time) -> datetime:
    """An instant by the wall clock."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(ZONE))


def open_session(folder: Path, clock: SettableClock) -> Session:
    return Session(DataFolder(folder), clock, where="test", machine_zone=ZONE)


def live_through(folder: Path, clock: SettableClock) -> Session:
    """Record the whole taper; the clock ends three days after its last dose."""
    session = open_session(folder, clock)
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    begins = {FIRST + timedelta(days=sum(days for days, _ in STEPS[:n])) for n in range(1, len(STEPS) + 1)}
    for n in range(DAYS + 1):
        day = FIRST + timedelta(days=n)
        clock.at = wall(day, time(7))
        if day in begins:
            change = session.plans.next("baclofen", DosePoint(day))
            session.plans.apply(Preview((change,), ()), allow={"replaces"})
        _day(session, clock, day, n)
    clock.at = wall(LAST + timedelta(days=3), time(6, 30))
    return session


def _day(session: Session, clock: SettableClock, day: date, n: int) -> None:
    """One day; some are not like the others."""
    record = session.record
    if n % 4 == 1:
        clock.at = wall(day, time(7, 30))
        record.checkin(sleep=4 + n % 5, onset_min=10 + n, awakenings=n % 3, symptoms={"fatigue": n % 6},
                       note=NASTY_NOTE if n == 5 else "")  # fmt: skip
    for dose in sorted(session.reader.day(day).doses, key=lambda d: d.due):
        key, minutes = dose.key, (n * 7 + len(dose.slot.name)) % 40 - 10
        clock.at = max(clock.at, dose.due + timedelta(minutes=minutes))
        match (n, key.medicine, key.slot):
            case (3, "baclofen", "evening"):
                record.skip(key, reason=NASTY_NOTE)
            case (7, "baclofen", "afternoon"):
                record.unsure(key, note="the box was empty")
            case (9, "baclofen", "evening") | (9, "diazepam", "evening"):
                pass  # no record
            case (12, "baclofen", "morning"):
                clock.at = dose.due + timedelta(minutes=95)
                record.take(key)
            case (14, "baclofen", "evening"):
                clock.at = dose.due - timedelta(minutes=80)
                record.take(key, allow={"early"})
            case (16, "baclofen", "evening"):
                record.take(key)
                clock.at += timedelta(minutes=3)
                taken = clock.at - timedelta(minutes=20)
                record.take(key, at=taken, exactness="about", allow={"recorded", "early"})
            case (18, "baclofen", "morning"):
                record.take(key, allow={"early"})
                clock.at += timedelta(minutes=1)
                record.undo()
                clock.at += timedelta(minutes=4)
                record.take(key, allow={"early"})
            case (21, "baclofen", "evening"):
                record.take(key, exactness="unknown")
            case (25, "baclofen", "evening"):
                half = parse_pieces("1/4 x 20 mg tablet", tuple(p.product for p in dose.pieces))
                record.take(key, pieces=half, allow={"amount", "early"})
            case (28, "baclofen", "evening"):
                record.take(key, allow={"early"})
                clock.at += timedelta(hours=2)
                quarter = parse_pieces("1/4 x 20 mg tablet", tuple(p.product for p in dose.pieces))
                record.extra("baclofen", quarter, note=NASTY_NOTE)
            case _:
                record.take(key, allow={"early"}, note="with food" if n == 30 else "")


def key(day: date, slot: str) -> DoseKey:
    return DoseKey("baclofen", day, slot)
