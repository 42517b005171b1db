"""From when: what a person types on a screen and in the shell is read by one reader, and means the same in both."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, doses, medicine, step, version
from splitdose.core.errors import BadInput
from splitdose.core.names import same_name
from splitdose.core.plan import DosePoint, Medicine
from splitdose.session.when import read_point

BACLOFEN = medicine(version(step(doses(morning="1 x 20 mg tablet"), DAY0)))


def find_slot(found: Medicine, name: str, day: date) -> str:
    slot = same_name(name, [slot.name for slot in found.latest.slots] + ["after lunch", "am/pm"])
    if slot is None:
        raise BadInput(f"unknown slot {name} on {day}")
    return slot


def read(text: str, *, today_is_now: bool = False) -> DosePoint | None:
    return read_point(text, BACLOFEN, DAY0, find_slot, today_is_now=today_is_now)


@pytest.mark.parametrize(
    ("typed", "day", "slot"),
    [
        ("tomorrow", date(2023, 12, 1), None),
        ("Tomorrow evening", date(2023, 12, 1), "evening"),
        ("tomorrow/Evening", date(2023, 12, 1), "evening"),
        ("yesterday / morning", date(2023, 11, 29), "morning"),
        ("today", DAY0, None),
        ("today evening", DAY0, "evening"),
        ("2023-12-24", date(2023, 12, 24), None),
        ("2023-12-24/evening", date(2023, 12, 24), "evening"),
        ("2023-12-24  after   lunch", date(2023, 12, 24), "after lunch"),
        ("2023-12-24/am/pm", date(2023, 12, 24), "am/pm"),
        ("in 3 days", date(2023, 12, 3), None),
        ("In 1 day evening", date(2023, 12, 1), "evening"),
        ("in 3 days/evening", date(2023, 12, 3), "evening"),
        ("in 0 days", DAY0, None),
    ],
)
def test_a_day_and_a_slot_of_it_are_read_after_a_space_or_a_slash(typed: str, day: date, slot: str | None) -> None:
    assert read(typed) == DosePoint(day, slot)


@pytest.mark.parametrize("typed", ["", "  ", "now", "NOW"])
def test_now_is_the_next_dose_that_is_open(typed: str) -> None:
    assert read(typed) is None


def test_today_alone_is_the_whole_day_unless_a_form_says_back_that_it_is_now() -> None:
    assert read("today") == DosePoint(DAY0)
    assert read("today", today_is_now=True) is None
    assert read(DAY0.isoformat(), today_is_now=True) == DosePoint(DAY0)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("soon", '"soon" is not a date; type now, tomorrow'),
        ("in the morning", "is not a date"),
        ("in 3 dayses", "is not a date"),
        ("tomorrow/", '"tomorrow/" names no slot; type a date, or a date and a slot'),
        ("/evening", "is not a date"),
        ("2023-13-01", "is not a date of the calendar"),
        ("2023-1-1", "is not a date"),
        ("2023-11-30T13:05", "is not a date"),
        ("tomorrow noon", "unknown slot"),
        ("now evening", "is not a date"),
    ],
)
def test_what_is_not_a_date_is_refused_with_what_to_type(typed: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read(typed)


@given(st.integers(-2000, 2000), st.sampled_from([None, "morning", "afternoon", "evening"]))
def test_a_date_is_read_as_it_is_written_by_either_spelling(by: int, slot: str | None) -> None:
    day = DAY0 + timedelta(days=by)
    for between in (" ", "/", " / "):
        assert read(f"{day}{between}{slot}" if slot else f"{day}") == DosePoint(day, slot)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        point = read(text)
    except BadInput:
        return
    assert point is None or point.slot is None or point.slot in ("morning", "afternoon", "evening", "am/pm")
