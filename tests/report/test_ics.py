"""The calendar, read back by a calendar library: alarms at the right moments, and re-exports that replace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from report.taper import SettableClock, key
from splitdose import report
from splitdose.planfile import parse_plan
from splitdose.report.data import Options
from splitdose.report.ics import NEUTRAL, NEUTRAL_STEP
from splitdose.session import Preview, Session
from splitdose.store import DataFolder

PLAN = """
[slots]
night = "02:30"
morning = "08:00"
evening = "18:00"
[[medicine]]
name = "baclofen"
advance = "{advance}"
  [[medicine.product]]
  name = "20 mg tablet"
  strength = "20 mg"
  [[medicine.step]]
  start = {start}
  hold = 3
  split = "1/4 - 1/4 - 1/2 x 20 mg tablet"
  [[medicine.step]]
  hold = 4
  morning = "1/4 x 20 mg tablet"
  [[medicine.step]]
  total = "0 mg"
"""
# (zone, the night the clock changes, its first valid moment at or after 02:30 as an instant)
NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # skipped: 03:00 summer time
    ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
    ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", date(2026, 10, 4), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # half an hour
]


def planned(
    folder: Path, start: date, *, zone: str = "Europe/Berlin", advance: str = "ask", ahead: int = 1
) -> tuple[Session, SettableClock]:
    """A plan begun a day before `start`; the clock stands at noon of that day before."""
    clock = SettableClock()
    clock.at = datetime.combine(start - timedelta(days=ahead), datetime.min.time(), ZoneInfo(zone)) + timedelta(
        hours=12
    )
    session = Session(DataFolder(folder), clock, where="test", machine_zone=zone)
    text = PLAN.format(advance=advance, start=(start - timedelta(days=ahead)).isoformat())
    session.plans.apply(session.plans.preview(parse_plan(text)))
    return session, clock


def read(session: Session, **options: Any) -> Calendar:
    """The calendar, as another program reads it."""
    found = Calendar.from_ical(report.make(session.reader, "ics", **options))
    assert isinstance(found, Calendar)
    return found


def events(calendar: Calendar) -> list[Any]:
    return list(calendar.walk("VEVENT"))


def doses(calendar: Calendar) -> list[Any]:
    return [event for event in events(calendar) if isinstance(event.start, datetime)]


def alarm(event: Any) -> datetime:
    """The instant an event's one alarm goes off."""
    (found,) = event.walk("VALARM")
    assert str(found["ACTION"]) == "DISPLAY"
    assert found["TRIGGER"].dt == timedelta(0)
    assert isinstance(event.start, datetime)
    return event.start.astimezone(UTC)


@pytest.mark.parametrize(("zone", "night", "instant"), NIGHTS)
def test_alarms_keep_to_the_wall_clock_when_it_changes(
    zone: str, night: date, instant: datetime, tmp_path: Path
) -> None:
    session, _ = planned(tmp_path, night, zone=zone)
    # Each event's zone is the one in the file: a program without a zone database must be right as well.
    calendar = read(session)
    found = doses(calendar)
    local = ZoneInfo(zone)
    assert instant in {alarm(event) for event in found}
    for event in found:
        at = alarm(event).astimezone(local)
        if alarm(event) != instant:
            assert (at.hour, at.minute) in {(2, 30), (8, 0), (18, 0)}
    mornings = [alarm(e) for e in found if alarm(e).astimezone(local).hour == 8]
    # The day before has noon behind it, so the first morning is the one after the change.
    assert mornings[0].astimezone(local).date() == night
    before = instant - timedelta(days=1)
    assert {at.astimezone(local).utcoffset() for at in mornings} != {before.astimezone(local).utcoffset()}


def test_the_zone_is_described_in_the_file(tmp_path: Path) -> None:
    session, _ = planned(tmp_path, date(2026, 3, 29))
    calendar = read(session)
    zone: Any
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/Berlin"
    described = zone.to_tz()
    for event in doses(calendar):
        start = event.start
        assert isinstance(start, datetime)
        naive = start.replace(tzinfo=None)
        assert naive.replace(tzinfo=described).utcoffset() == start.utcoffset()


def test_a_plan_the_person_moves_reaches_seven_days(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    found = doses(read(session))
    today = clock.at.date()
    days = {alarm(event).astimezone(ZoneInfo("Europe/Berlin")).date() for event in found}
    # Until the last slot of the seventh day, which falls after midnight of it.
    assert min(days) == today
    assert max(days) == today + timedelta(days=7)
    assert {d for d in days if d < today + timedelta(days=7)} == {today + timedelta(days=n) for n in range(7)}
    # The step that has begun goes on: each of its days has three doses, though the plan projects fewer.
    assert len(found) == 7 * 3 - 1


def test_projected_steps_are_days_without_an_alarm(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    found = [event for event in events(read(session)) if not isinstance(event.start, datetime)]
    today = clock.at.date()
    assert [event.start for event in found] == [today + timedelta(days=3), today + timedelta(days=7)]
    for event in found:
        assert not event.walk("VALARM")
        assert str(event["SUMMARY"]) == NEUTRAL_STEP
        assert event.end == event.start + timedelta(days=1)


def test_a_plan_by_date_reaches_to_its_end(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2), advance="on date")
    calendar = read(session)
    assert len(doses(calendar)) == len(events(calendar)) == 3 * 3 - 1 + 4
    assert max(alarm(e) for e in doses(calendar)).date() == clock.at.date() + timedelta(days=6)


def test_titles_are_neutral_unless_names_are_asked_for(tmp_path: Path) -> None:
    session, _ = planned(tmp_path, date(2026, 5, 2))
    text = report.make(session.reader, "ics")
    assert "baclofen" not in text
    assert "mg" not in text
    found = read(session)
    assert {str(e["SUMMARY"]) for e in doses(found)} == {NEUTRAL}
    assert {str(e.walk("VALARM")[0]["DESCRIPTION"]) for e in doses(found)} == {NEUTRAL}
    named = read(session, options=Options(titles=True))
    titles = {str(e["SUMMARY"]) for e in doses(named)}
    assert titles == {"baclofen 5 mg, morning", "baclofen 5 mg, evening", "baclofen 10 mg, night"}
    discreet = report.make(session.reader, "ics", options=Options(titles=True, discreet=True))
    assert "baclofen" not in discreet
    assert "medicine A 10 mg" in discreet


def by_uid(calendar: Calendar) -> dict[str, Any]:
    found = {str(event["UID"]): event for event in events(calendar)}
    assert len(found) == len(events(calendar))
    return found


def test_a_newer_export_replaces_the_older(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    before = by_uid(read(session))
    clock.at += timedelta(hours=1)
    again = by_uid(read(session))
    assert list(again) == list(before)
    for uid, event in again.items():
        assert event.start == before[uid].start
        assert event["SEQUENCE"] > before[uid]["SEQUENCE"]
        assert event["DTSTAMP"].dt == before[uid]["DTSTAMP"].dt + timedelta(hours=1)


def test_a_moved_slot_is_the_same_event_at_another_time(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    before = by_uid(read(session))
    clock.at += timedelta(hours=1)
    moved = PLAN.replace('morning = "08:00"', 'morning = "09:15"').format(advance="ask", start="2026-05-01")
    session.plans.apply(session.plans.preview(parse_plan(moved)), allow={"replaces"})
    after = by_uid(read(session))
    assert set(after) == set(before)
    berlin = ZoneInfo("Europe/Berlin")
    changed = {uid for uid in after if after[uid].start != before[uid].start}
    assert {alarm(after[uid]).astimezone(berlin).strftime("%H:%M") for uid in changed} == {"09:15"}
    assert len(changed) == 6


def test_no_uid_can_be_traced_to_a_name(tmp_path: Path) -> None:
    first, _ = planned(tmp_path / "a", date(2026, 5, 2))
    second, _ = planned(tmp_path / "b", date(2026, 5, 2))
    assert not set(by_uid(read(first))) & set(by_uid(read(second)))  # the same plan of another person


def test_what_is_recorded_needs_no_reminder(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    before = len(doses(read(session)))
    session.record.take(key(clock.at.date(), "evening"), allow={"early"})
    assert len(doses(read(session))) == before - 1


def test_the_next_step_takes_the_place_of_its_projection(tmp_path: Path) -> None:
    session, clock = planned(tmp_path, date(2026, 5, 2))
    clock.at += timedelta(hours=18)  # the next morning, before its first dose after 04:00
    session.plans.apply(Preview((session.plans.next("baclofen"),), ()), allow={"replaces"})
    found = read(session)
    berlin = ZoneInfo("Europe/Berlin")
    assert {alarm(e).astimezone(berlin).strftime("%H:%M") for e in doses(found)} == {"08:00"}
    assert len(doses(found)) == 7
    assert len(events(found)) == 8


def test_it_is_of_the_form_of_rfc_5545(tmp_path: Path) -> None:
    session, _ = planned(tmp_path, date(2026, 5, 2))
    text = report.make(session.reader, "ics")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for event in events(read(session)):
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= set(event)
        assert str(event["CLASS"]) == "PRIVATE"
        assert str(event["TRANSP"]) == "TRANSPARENT"
