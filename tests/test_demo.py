"""The demo: a real taper's figures around today, and a history like a person's, whenever it is opened."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from splitdose.core.clock import DAY
from splitdose.core.day import Day
from splitdose.core.totals import totals
from splitdose.demo import demo_folder, make_demo, sample_plan
from splitdose.planfile import read_plan_file
from splitdose.session import Session
from splitdose.store import DataFolder

BERLIN = "Europe/Berlin"
REAL = Path(__file__).parent / "plans" / "baclofen.toml"
REAL_DAY = date(2023, 11, 30)  # the second day of its ¼ ¼ ½ step
MOMENTS = [
    ("2023-11-30 13:58", BERLIN),
    ("2026-03-29 12:00", BERLIN),  # the spring change lies in the past night
    ("2026-10-25 04:00", BERLIN),  # the day begins, the clocks went back an hour ago
    ("2024-03-05 23:59", "America/New_York"),  # over a leap day
    ("2026-01-01 00:30", "Pacific/Kiritimati"),  # still the day before, and the year
    ("2026-07-01 08:00", "Asia/Kathmandu"),
    ("2026-06-15 05:00", "Etc/UTC"),
]


def made(folder: Path, wall: str = "2023-11-30 13:58", zone: str = BERLIN) -> Session:
    now = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    make_demo(folder, now, zone)
    return Session(DataFolder(folder), lambda: now, where="test", machine_zone=zone)


def history(session: Session) -> list[Day]:
    today = session.reader.today()
    return session.reader.days(today - 35 * DAY, today + DAY)


def records(session: Session) -> list[dict[str, Any]]:
    """Everything in the log, in the order of the ids."""
    store = session.reader.store
    found = [
        {**document, "table": table}
        for month in store.months()
        for table in ("intakes", "checkins", "voids")
        for document in store.documents(f"log/{month}", table)
    ]
    return sorted(found, key=lambda document: document["id"])


@pytest.mark.parametrize(("wall", "zone"), MOMENTS)
def test_today_is_the_second_day_of_a_quarter_a_quarter_and_a_half(tmp_path: Path, wall: str, zone: str) -> None:
    session = made(tmp_path / "demo", wall, zone)
    today, plan = session.reader.today(), session.reader.plan()
    baclofen, diazepam = plan.medicines
    current = baclofen.latest.current(today, plan.calendar)
    assert current is not None
    assert (current.index, today - current.begins.date) == (7, DAY)
    assert totals(baclofen, today, plan.calendar).days == 44
    assert totals(baclofen, today, plan.calendar).mg == 1515
    held = diazepam.latest.current(today, plan.calendar)
    assert held is not None
    assert today - held.begins.date == 68 * DAY
    assert [(d.medicine, d.slot.name, str(d.mg)) for d in session.reader.day().doses] == [
        ("baclofen", "morning", "5"),
        ("baclofen", "afternoon", "5"),
        ("baclofen", "evening", "10"),
        ("diazepam", "evening", "8"),
    ]
    assert session.reader.zone_differs() is None
    assert session.reader.damage() == []


@pytest.mark.parametrize(("wall", "zone"), MOMENTS)
def test_it_is_the_real_plan_on_other_dates(tmp_path: Path, wall: str, zone: str) -> None:
    session = made(tmp_path / "demo", wall, zone)
    real = read_plan_file(REAL)
    today = session.reader.today()
    for ours, theirs in zip(sample_plan(today).medicines, real.medicines, strict=True):
        assert (ours.name, ours.slots, ours.products, ours.advance, ours.half_life) == (
            theirs.name, theirs.slots, theirs.products, theirs.advance, theirs.half_life,
        )  # fmt: skip
        assert [replace(s, start=None) for s in ours.steps] == [replace(s, start=None) for s in theirs.steps]
    # Day by day, past and projected, it asks for what the real one would have asked for.
    start = {n: s.start for n, s in enumerate(real.medicines[0].steps) if s.start is not None}
    placed = session.reader.plan().medicines[0].latest.placed_steps(today)
    assert {n: today + (when - REAL_DAY) for n, when in start.items()} == {
        begun.index: begun.begins.date for begun in placed if begun.index in start
    }
    assert [begun.projected for begun in placed] == [False] * 8 + [True] * 4


@pytest.mark.parametrize(("wall", "zone"), MOMENTS)
def test_everything_lies_before_now_and_in_order(tmp_path: Path, wall: str, zone: str) -> None:
    session = made(tmp_path / "demo", wall, zone)
    found, now = records(session), session.reader.now()
    at = [datetime.fromisoformat(each["recorded_at"]).astimezone(UTC) for each in found]
    assert at == sorted(at)
    assert at[-1] <= now
    assert {each["where"] for each in found} == {"sample"}
    taken = [datetime.fromisoformat(each["at"]) for each in found if each.get("at")]
    assert max(taken) <= now
    assert all(d.tracked for day in history(session) for d in day.doses)
    assert not any(d.tracked for d in session.reader.day(session.reader.today() - 36 * DAY).doses)


def test_the_history_has_what_a_real_one_has(tmp_path: Path) -> None:
    session = made(tmp_path / "demo")
    days = history(session)
    doses = [dose for day in days[:-1] for dose in day.doses]
    states = Counter(dose.state for dose in doses)
    assert (states["skipped"], states["unsure"]) == (1, 1)
    assert all(dose.record and dose.record.reason for dose in doses if dose.state == "skipped")
    timings = Counter(dose.timing for dose in doses if dose.medicine == "baclofen")
    assert (timings["early"], timings["late"]) == (1, 3)
    assert timings["on_time"] > 90
    blank = [day for day in days[:-1] if all(dose.state == "unrecorded" for dose in day.doses)]
    assert len(blank) == 1
    assert blank[0].checkins == ()
    assert states["unrecorded"] == len(blank[0].doses)
    assert [day.extras for day in days] == [()] * 36
    found = records(session)
    assert len([each for each in found if each["table"] == "voids"]) == 1
    corrections = [each for each in found if each.get("replaces")]
    assert len(corrections) == 1
    before = next(each for each in found if each["id"] == corrections[0]["replaces"])
    assert corrections[0]["at"] < before["at"]
    checkins = [checkin for day in days for checkin in day.checkins]
    assert 25 <= len(checkins) <= 34
    assert {checkin.sleep for checkin in checkins} >= {4, 5, 6, 7}
    assert "woke at 3, then light sleep" in {checkin.note for checkin in checkins}
    assert len({checkin.at.time() for checkin in checkins}) > 10
    assert len({dose.record.at.time() for dose in doses if dose.record and dose.record.at}) > 60


@pytest.mark.parametrize(
    ("wall", "states"),
    [
        ("2023-11-30 04:00", ["upcoming", "upcoming", "upcoming", "upcoming"]),
        ("2023-11-30 08:01", ["due", "upcoming", "upcoming", "upcoming"]),
        ("2023-11-30 13:58", ["taken", "due", "upcoming", "upcoming"]),
        ("2023-12-01 03:59", ["taken", "unrecorded", "late", "late"]),
    ],
)
def test_today_only_the_morning_is_taken(tmp_path: Path, wall: str, states: list[str]) -> None:
    session = made(tmp_path / "demo", wall)
    day = session.reader.day()
    assert [dose.state for dose in day.doses] == states
    assert (day.checkins, day.extras) == ((), ())
    if states[0] == "taken":
        record = day.doses[0].record
        assert record is not None
        assert record.at is not None
        assert session.reader.calendar.local(record.at).time().replace(second=0) == time(8, 4)


def test_steps_began_as_days_went_by(tmp_path: Path) -> None:
    session = made(tmp_path / "demo")
    baclofen = session.reader.plan().medicines[0]
    assert [version.number for version in baclofen.versions] == [1, 2, 3, 4, 5, 6, 7, 8]
    for version in baclofen.versions:
        made_on = session.reader.calendar.date_of(version.made_at)
        assert version.in_force_from.date == made_on
        assert sum(step.begins is not None for step in version.steps) == version.number
    # Each record keeps the number of the version that was in force.
    versions = [dose.version for day in history(session) for dose in day.doses if dose.medicine == "baclofen"]
    assert versions == sorted(versions)
    assert set(versions) == set(range(1, 9))


def test_the_same_day_gives_the_same_history(tmp_path: Path) -> None:
    def seen(name: str) -> list[dict[str, Any]]:
        session = made(tmp_path / name)
        ids = {each["id"]: f"#{n}" for n, each in enumerate(records(session))}
        return [
            {key: ids.get(value, value) if isinstance(value, str) else value for key, value in each.items()}
            for each in records(session)
        ]

    assert seen("one") == seen("other")


@pytest.mark.parametrize("day", [1, 2, 16, 17, 38, 39, 43, 44, 45, 47, 120])
@pytest.mark.parametrize("at", [time(4), time(7, 5), time(13, 58), time(23, 59)])
def test_any_day_of_the_taper_can_be_today(tmp_path: Path, day: int, at: time) -> None:
    now = datetime.combine(REAL_DAY, at, tzinfo=ZoneInfo(BERLIN))
    make_demo(tmp_path / "demo", now, BERLIN, day=day)
    session = Session(DataFolder(tmp_path / "demo"), lambda: now, where="test", machine_zone=BERLIN)
    first = REAL_DAY - (day - 1) * DAY
    amounts = [(55, 5), (50, 5), (45, 5), (40, 5), (35, 4), (30, 5), (25, 5), (20, 4), (15, 3), (10, 2), (5, 1)]
    expected = [mg for mg, days in amounts for _ in range(days)] + [0] * (day + 30)
    days = session.reader.days(first, REAL_DAY + DAY)
    assert [sum(d.mg or 0 for d in each.doses if d.medicine == "baclofen") for each in days] == expected[:day]
    assert session.reader.damage() == []
    doses = [dose for each in days[:-1] for dose in each.doses]
    assert all(dose.record is not None for dose in doses if dose.date != first + 16 * DAY)
    found = records(session)
    at_instants = [datetime.fromisoformat(each["recorded_at"]) for each in found]
    assert at_instants == sorted(at_instants)
    assert not at_instants or at_instants[-1] <= now
    taken_today = {dose.slot.name for dose in days[-1].doses if dose.record}
    assert taken_today == ({"morning"} if at > time(9) and day <= 43 and day != 17 else set())


def test_one_line_a_file(tmp_path: Path) -> None:
    """A line and an fsync for each record would make the demo slow to open."""
    session = made(tmp_path / "demo")
    files = sorted(session.reader.store.path.rglob("*.jsonl"))
    assert [file.name for file in files] == ["2023-10.jsonl", "2023-11.jsonl", "plan.jsonl"]
    assert [file.read_bytes().count(b"\n") for file in files] == [1, 1, 1]


def test_a_folder_with_data_is_left_alone(tmp_path: Path) -> None:
    session = made(tmp_path / "demo")
    before = records(session)
    with pytest.raises(ValueError, match="holds data already"):
        make_demo(tmp_path / "demo", datetime(2024, 1, 1, tzinfo=UTC), BERLIN)
    assert records(session) == before


def test_the_ordinary_program_goes_on_from_there(tmp_path: Path) -> None:
    session = made(tmp_path / "demo")
    dose = session.reader.next_dose()
    assert dose is not None
    taken = session.record.take(dose.key)
    assert session.record.undo() == taken
    assert session.record.undo(everywhere=True).where == "sample"
    newest = max(records(session), key=lambda each: each["id"])
    assert newest["where"] == "test"


def test_the_folder_is_gone_afterwards() -> None:
    with demo_folder() as folder:
        made(folder)
        assert (folder / "plan.jsonl").is_file()
    assert not folder.exists()
