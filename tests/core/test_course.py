"""A course summed up, against figures counted by hand and against the day's own reading."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import (
    DAY0,
    PLAIN,
    SPLIT_DAY,
    TABLET_5,
    TABLET_20,
    at,
    calendar,
    doses,
    intake,
    medicine,
    numbered,
    of,
    plan,
    some,
    step,
    version,
)
from splitdose.core.clock import DAY
from splitdose.core.course import (
    Course,
    SinceLast,
    course,
    longest_gap_over,
    since_last,
    since_words,
    step_spans,
)
from splitdose.core.day import Day, day_of, longest_gap
from splitdose.core.log import Intake, Log, Planned
from splitdose.core.plan import ASK, DosePoint, Plan

WALL = {"morning": "08:00", "afternoon": "13:00", "evening": "18:00"}
STEPS = (
    step(SPLIT_DAY, DAY0, 2),
    step(doses(morning="1 x 5 mg tablet", evening="1 x 5 mg tablet"), DAY0 + 2 * DAY, 2),
    step({}, DAY0 + 4 * DAY),
)


def short_plan() -> Plan:
    """20 mg for two days, 10 mg for two, none."""
    return plan(medicine(version(*STEPS), since=DAY0))


def taken(day: date, slot: str, late: int = 5, **other: object) -> Intake:
    """A dose taken so many minutes after its time."""
    due = at(f"{day} {WALL[slot]}")
    found = next(d for d in short_plan().doses_on(day, day) if d.slot.name == slot)
    return intake(
        "taken", slot, due + timedelta(minutes=late), day=day, amount=found.pieces, planned=found.pieces, due=due,
        **other,  # type: ignore[arg-type]
    )  # fmt: skip


def all_of(day: date) -> list[Intake]:
    return [taken(day, d.slot.name) for d in short_plan().doses_on(day, day)]


def days(*records: Intake, until: int = 7, now: str = "2023-12-06 06:30") -> list[Day]:
    made = short_plan()
    return [day_of(made, Log(records), DAY0 + n * DAY, at(now)) for n in range(until)]


def mg(found: Course) -> tuple[object, object]:
    return found.planned_mg, found.taken_mg


def finished(*left_out: Intake) -> Course:
    ids = {(i.date, i.slot) for i in left_out}
    whole = [i for n in range(4) for i in all_of(DAY0 + n * DAY) if (i.date, i.slot) not in ids]
    return course(short_plan(), days(*whole), "baclofen")


def test_a_finished_course_in_figures() -> None:
    found = finished()
    assert (found.first, found.last, found.length) == (DAY0, DAY0 + 3 * DAY, 4)
    assert found.finished
    assert mg(found) == (60, 60)
    assert found.used == ((TABLET_20, Fraction(2)), (TABLET_5, Fraction(4)))
    assert found.adherence is not None
    assert (found.adherence.scheduled, found.adherence.taken, found.adherence.on_time) == (10, 10, 10)
    assert (found.late, found.early, found.extras, found.unsettled, found.time_unknown) == (0, 0, 0, 0, 0)
    assert found.longest_gap is not None
    assert (found.longest_gap.length, found.longest_gap.at_least) == (timedelta(hours=14), False)
    assert found.since_last is not None
    assert since_words(found.since_last) == "60 h since the last dose"


def test_each_day_says_what_was_planned_and_taken() -> None:
    found = finished(taken(DAY0, "evening"))
    assert [day.planned_mg for day in found.days] == [20, 20, 10, 10, 0, 0, 0]
    assert [day.taken_mg for day in found.days] == [10, 20, 10, 10, 0, 0, 0]
    assert [day.missing for day in found.days] == [1, 0, 0, 0, 0, 0, 0]
    assert {day.complete for day in found.days} == {"complete"}
    assert found.longest_gap is not None
    assert found.longest_gap.at_least


def test_late_early_extra_and_unknown_times_are_counted() -> None:
    records = [
        taken(DAY0, "morning", 61), taken(DAY0, "afternoon", -61), taken(DAY0, "evening", 60),
        intake("extra", None, at("2023-11-30 22:00")),
        intake("taken", "morning", None, day=DAY0 + DAY, exactness="unknown", due=at("2023-12-01 08:00")),
        intake("skipped", "afternoon", day=DAY0 + DAY, due=at("2023-12-01 13:00")),
    ]  # fmt: skip
    found = course(short_plan(), days(*records), "baclofen")
    assert (found.late, found.early, found.extras, found.time_unknown) == (1, 1, 1, 1)
    assert found.adherence is not None
    assert (found.adherence.on_time, found.adherence.skipped, found.adherence.unrecorded) == (1, 1, 5)
    assert found.taken_mg == 5 + 5 + 10 + 5 + 5


def test_a_second_record_of_a_dose_is_in_no_sum() -> None:
    first, second = taken(DAY0, "morning"), taken(DAY0, "morning", 20)
    found = course(short_plan(), days(first, second, until=1, now="2023-11-30 09:00"), "baclofen")
    assert found.unsettled == 1
    assert mg(found)[1] == 5
    assert found.used == ((TABLET_20, Fraction(1, 4)),)


def test_what_is_still_to_come_is_not_summed() -> None:
    found = course(short_plan(), days(taken(DAY0, "morning"), until=4, now="2023-11-30 14:30"), "baclofen")
    assert mg(found) == (5, 5)
    assert [day.complete for day in found.days] == ["open", "ahead", "ahead", "ahead"]
    assert not found.finished
    assert found.last == DAY0


def test_a_course_without_milligrams_has_counts() -> None:
    counted = doses(morning="1 x tablet")
    made = plan(medicine(version(step(counted, DAY0)), since=DAY0))
    record = intake("taken", "morning", at("2023-11-30 08:00"), amount=counted["morning"], planned=counted["morning"])
    found = course(made, [day_of(made, Log([record]), DAY0, at("2023-11-30 09:00"))], "baclofen")
    assert (found.planned_mg, found.taken_mg) == (None, None)
    assert found.used == ((PLAIN, Fraction(1)),)


def test_a_course_needs_days() -> None:
    with pytest.raises(ValueError, match="days"):
        course(short_plan(), [], "baclofen")


def test_steps_stand_where_they_began() -> None:
    spans = step_spans(short_plan().medicines[0], DAY0 + DAY, DAY0 + 6 * DAY, DAY0 + 6 * DAY, calendar())
    assert [(s.number, s.begins, s.first, s.last, s.days) for s in spans] == [
        (1, DAY0, DAY0 + DAY, DAY0 + DAY, 2),
        (2, DAY0 + 2 * DAY, DAY0 + 2 * DAY, DAY0 + 3 * DAY, 2),
        (3, DAY0 + 4 * DAY, DAY0 + 4 * DAY, DAY0 + 5 * DAY, 2),
    ]
    assert [slot for slot, _ in spans[1].doses] == ["morning", "evening"]


def test_a_new_version_with_the_same_doses_is_no_new_step() -> None:
    first = version(step(SPLIT_DAY, DAY0))
    second = numbered(first, 2, DosePoint(DAY0 + 3 * DAY))
    spans = step_spans(medicine(first, second), DAY0, DAY0 + 6 * DAY, DAY0 + 6 * DAY, calendar())
    assert [(s.begins, s.days, s.version.number) for s in spans] == [(DAY0, 6, 2)]


def test_a_version_with_other_doses_is_a_new_step() -> None:
    first = version(step(SPLIT_DAY, DAY0))
    other = version(step(doses(morning="1 x 5 mg tablet"), DAY0), number=2, in_force_from=DosePoint(DAY0 + 3 * DAY))
    spans = step_spans(medicine(first, other), DAY0, DAY0 + 6 * DAY, DAY0 + 6 * DAY, calendar())
    assert [(s.first, str(s.step.mg_per_day)) for s in spans] == [(DAY0, "20"), (DAY0 + 3 * DAY, "5")]


def test_steps_still_to_begin_are_projected() -> None:
    asked = version(step(SPLIT_DAY, DAY0, 2), step(doses(evening="1 x 5 mg tablet")), advance=ASK)
    spans = step_spans(medicine(asked), DAY0, DAY0 + 4 * DAY, DAY0, calendar())
    assert [(s.first, s.projected) for s in spans] == [(DAY0, False), (DAY0 + 2 * DAY, True)]


def test_the_time_since_the_last_dose_knows_when_it_may_be_shorter() -> None:
    now = at("2023-12-01 06:30")
    certain = days(*all_of(DAY0), until=2, now="2023-12-01 06:30")
    assert since_last(certain, "baclofen", now) == SinceLast(
        at("2023-11-30 18:05"), timedelta(hours=12, minutes=25), certain=True
    )
    unclear = days(taken(DAY0, "morning"), until=2, now="2023-12-01 06:30")
    found = since_last(unclear, "baclofen", now)
    assert found is not None
    assert not found.certain
    assert since_words(found) == "22 h since the last recorded dose"
    skipped = [
        intake("skipped", slot, due=at(f"2023-11-30 {WALL[slot]}"), planned=SPLIT_DAY[slot])
        for slot in ("afternoon", "evening")
    ]
    known = since_last(days(taken(DAY0, "morning"), *skipped, until=2, now="2023-12-01 06:30"), "baclofen", now)
    assert known is not None
    assert known.certain
    assert since_last(days(until=2), "baclofen", now) is None


def test_a_range_that_ends_before_today_does_not_know_the_last_dose() -> None:
    whole = [i for n in range(4) for i in all_of(DAY0 + n * DAY)]
    assert course(short_plan(), days(*whole, until=3), "baclofen").since_last is None


def test_less_than_an_hour_is_said_so() -> None:
    found = SinceLast(at("2023-11-30 08:00"), timedelta(minutes=59), certain=True)
    assert since_words(found) == "less than 1 h since the last dose"


def test_from_a_week_on_it_is_told_in_days() -> None:
    week = timedelta(days=7)
    assert since_words(SinceLast(at("2023-11-30 08:00"), week - timedelta(seconds=1), certain=True)).startswith("167 h")
    assert since_words(SinceLast(at("2023-11-30 08:00"), week, certain=True)) == "7 days since the last dose"
    assert since_words(SinceLast(at("2023-11-30 08:00"), 9.9 * timedelta(days=1), certain=False)) == (
        "9 days since the last recorded dose"
    )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(sorted(WALL)), st.sampled_from(["taken", "skipped", "unsure", "extra"]),
            st.integers(-90, 200),
        ),
        max_size=12, unique_by=lambda given: given[:2],
    )
)  # fmt: skip
def test_gaps_are_those_of_each_day(given_: list[tuple[int, str, str, int]]) -> None:
    records = []
    for n, slot, kind, minutes in given_:
        day = DAY0 + n * DAY
        due = at(f"{day} {WALL[slot]}")
        when = None if kind in ("skipped", "unsure") else due + timedelta(minutes=minutes)
        records.append(
            intake(kind, None if kind == "extra" else slot, when, day=day, due=due,  # type: ignore[arg-type]
                   exactness="unknown" if when is None else "exact", recorded_at=due)
        )  # fmt: skip
    over = days(*records)
    by_day = [longest_gap("baclofen", over[: n + 1], seen.date) for n, seen in enumerate(over)]
    found = [gap for gap in by_day if gap is not None]
    whole = longest_gap_over("baclofen", over)
    assert (whole is None) == (not found)
    if whole is not None:
        assert whole.length == max(gap.length for gap in found)
        if not whole.at_least:
            assert any(gap == whole for gap in found)


def test_a_gap_that_may_have_been_longer_elsewhere_is_at_least() -> None:
    # 15 hours for certain on one night; from morning to morning without a record in between on another.
    records = [
        *all_of(DAY0)[:2], taken(DAY0, "evening", -55), taken(DAY0 + DAY, "morning", 60),
        taken(DAY0 + 2 * DAY, "morning"),
    ]  # fmt: skip
    found = longest_gap_over("baclofen", days(*records, until=3, now="2023-12-02 09:00"))
    assert found is not None
    assert found.length == timedelta(hours=15, minutes=55)
    assert found.at_least


def test_taken_amounts_follow_the_record_not_the_plan() -> None:
    other = intake(
        "taken", "morning", at("2023-11-30 08:00"), amount=some(of("1/2", TABLET_20)), planned=SPLIT_DAY["morning"]
    )
    found = course(short_plan(), days(other, until=1, now="2023-11-30 09:00"), "baclofen")
    assert mg(found) == (5, 10)
    assert other.planned == Planned(SPLIT_DAY["morning"], at("2023-11-30 08:00"), "08:00", 1)
