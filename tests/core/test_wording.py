"""How far away a dose is and how long ago it was, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, at, calendar, intake, pieces, split_day_plan
from splitdose.core.clock import DAY
from splitdose.core.day import adherence, day_of
from splitdose.core.log import Log
from splitdose.core.wording import (
    adherence_words,
    ago_words,
    ahead_words,
    near_day_words,
    planned_words,
    state_words,
    wall_words,
)

CALENDAR = calendar()


def ahead(now: str, day: str, wall: str = "08:00") -> str:
    on = date.fromisoformat(day)
    return ahead_words(CALENDAR.instant(on, time.fromisoformat(wall)), on, at(now), CALENDAR)


@pytest.mark.parametrize(
    ("now", "day", "words"),
    [
        ("2024-01-04 08:30", "2024-01-11", "7 days"), ("2024-01-05 09:00", "2024-01-11", "6 days"),
        ("2024-01-05 00:30", "2024-01-11", "7 days"),  # it still is Thursday
        ("2024-01-09 07:59", "2024-01-11", "2 days"), ("2024-01-09 08:00", "2024-01-11", "2 days"),
        ("2024-01-09 08:01", "2024-01-11", "47 h 59 min"), ("2024-01-11 07:59:30", "2024-01-11", "1 min"),
        ("2024-01-11 03:59", "2024-01-11", "4 h 01 min"),
    ],
)  # fmt: skip
def test_a_dose_a_week_away_is_seven_days_away(now: str, day: str, words: str) -> None:
    assert ahead(now, day) == words


def test_the_hour_of_autumn_makes_no_day() -> None:
    # From Saturday 04:00 until Monday's beginning there are 49 hours, and the slot is still Sunday's.
    assert ahead("2024-10-26 04:00", "2024-10-27", "03:30") == "48 h 30 min"


def test_how_long_ago_in_days_of_the_calendar() -> None:
    thursday = at("2024-01-04 08:05")
    assert ago_words(thursday, at("2024-01-11 08:00"), CALENDAR) == "7 days ago"
    assert ago_words(thursday, at("2024-01-06 08:04"), CALENDAR) == "47 h 59 min ago"
    assert ago_words(thursday, at("2024-01-04 08:05:59"), CALENDAR) == "just now"
    assert ago_words(thursday, at("2024-01-04 08:00"), CALENDAR) == "just now"  # the clock was set back


@given(st.dates(date(2024, 1, 1), date(2024, 12, 31)), st.times(), st.integers(0, 60), st.times())
def test_days_ahead_are_dates_apart(day: date, wall: time, days: int, slot: time) -> None:
    now = at(f"{day} {wall}")
    on = CALENDAR.date_of(now) + days * DAY
    due = CALENDAR.instant(on, slot.replace(second=0, microsecond=0))
    words = ahead_words(due, on, now, CALENDAR)
    if words.endswith("days"):
        assert words == f"{days} days"
        assert due - now > 2 * DAY - timedelta(minutes=1)
    else:
        assert due - now <= 2 * DAY + timedelta(hours=1)


def test_a_week_tells_no_countdown() -> None:
    now = at(f"{DAY0} 07:00")
    coming = day_of(split_day_plan(), Log([]), DAY0, now).doses[0]
    assert state_words(coming, now, CALENDAR) == "in 1 h"
    assert state_words(coming, now, CALENDAR, countdown=False) == "planned"
    assert state_words(replace(coming, projected=True), now, CALENDAR, countdown=False) == "projected"
    late = day_of(split_day_plan(), Log([]), DAY0, at(f"{DAY0} 09:30")).doses[0]
    assert state_words(late, at(f"{DAY0} 09:30"), CALENDAR, countdown=False) == "late, 1 h 30 min ago"


def test_what_was_planned_is_named_where_it_was_not_taken() -> None:
    quarter, half = pieces("1/4 x 20 mg tablet"), pieces("1/2 x 20 mg tablet")
    assert planned_words(intake(taken_at=at(f"{DAY0} 08:00"), amount=quarter, planned=quarter)) == ""
    assert planned_words(intake(taken_at=at(f"{DAY0} 08:00"), amount=half, planned=quarter)) == ", planned 5 mg"
    same = planned_words(intake(taken_at=at(f"{DAY0} 08:00"), amount=pieces("1 x 5 mg tablet"), planned=quarter))
    assert same == ", planned ¼ × 20 mg tablet"
    assert planned_words(intake("skipped")) == planned_words(intake("extra", None)) == ""


def test_dates_have_their_year_where_it_is_another_one() -> None:
    assert near_day_words(date(2024, 1, 18), date(2024, 1, 4)) == "Thu 18 Jan"
    assert near_day_words(date(2025, 1, 2), date(2024, 12, 19)) == "Thu 2 Jan 2025"
    assert wall_words(time(8, 5)) == "08:05"


def test_what_became_of_the_doses_of_some_days_is_worded_once() -> None:
    records = [
        intake("taken", "morning", at("2023-11-30 08:04")),
        intake("skipped", "afternoon", due=at("2023-11-30 13:00")),
    ]
    plan = split_day_plan()
    (found,) = adherence(plan, [day_of(plan, Log(records), DAY0, at("2023-12-01 05:00"))])
    assert adherence_words(found) == "baclofen: 1 of 3 taken, 1 on time, 1 skipped, 1 no record, 5 of 20 mg"
    assert adherence_words(found, joint=" · ").endswith("1 no record · 5 of 20 mg")
    extra = intake("extra", None, at("2023-11-30 08:04"), name="other")
    only = adherence(plan, [day_of(plan, Log([extra]), DAY0, at("2023-12-01 05:00"))])
    assert [adherence_words(each) for each in only if each.medicine == "other"] == ["other: 5 mg outside a plan"]
