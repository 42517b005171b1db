"""What is unusual about a record to be made: each question at its border, in order, and only where it is one."""

from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, ZONE, at, calendar, intake, medicine, pieces, plan, split_day_plan, step, version
from core.making import doses as slots
from splitdose.core.clock import DAY
from splitdose.core.day import Day, day_of, dose_of, planned_of
from splitdose.core.log import Intake, Kind, Log, Made, Record, dose_intake, extra_intake
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import DoseKey, Plan, days
from splitdose.core.unusual import of_a_dose, of_an_extra

PLAN = split_day_plan()
FIVE = pieces("1/4 x 20 mg tablet")


def asked(
    slot: str,
    now: str,
    *records: Record,
    kind: Kind = "taken",
    taken: str | None = None,
    amount: Pieces | None = None,
    answered: Collection[str] = (),
    given_plan: Plan = PLAN,
) -> dict[str, str]:
    """By code what a record of a dose of that day is asked about."""
    moment, log, key = at(now), Log(records), DoseKey("baclofen", DAY0, slot)

    def days_between(start: date, end: date) -> list[Day]:
        return [day_of(given_plan, log, day, moment) for day in days(start, end)]

    dose = dose_of(given_plan, log, key, moment)
    assert dose is not None
    planned = planned_of(given_plan, dose, DAY0)
    made = Made("new", moment, "here", ZONE)
    when = (moment if taken is None else at(taken)) if kind == "taken" else None
    record = dose_intake(kind, key, planned, made, at=when, exactness="exact", pieces=amount)
    return {each.code: each.what for each in of_a_dose(record, planned, dose, given_plan, days_between, answered)}


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2023-11-30 06:59", ["early"]), ("2023-11-30 07:00", []), ("2023-11-30 09:30", []),
        ("2023-11-30 12:59", []), ("2023-11-30 13:00", ["after_next"]), ("2023-12-01 05:00", ["after_next"]),
    ],
)  # fmt: skip
def test_a_dose_is_asked_about_long_before_it_is_due_and_once_it_has_passed(now: str, codes: list[str]) -> None:
    assert list(asked("morning", now)) == codes


def test_a_dose_that_was_taken_at_its_time_is_recorded_later_without_a_question() -> None:
    assert asked("morning", "2023-11-30 19:00", taken="2023-11-30 08:00") == {}


def test_what_is_recorded_is_asked_first_and_an_answer_is_asked_no_more() -> None:
    before = intake("taken", taken_at=at("2023-11-30 05:30"))
    both = asked("morning", "2023-11-30 05:40", before, amount=pieces("1 x 20 mg tablet"))
    assert list(both) == ["recorded", "early", "amount"]
    assert both["recorded"] == "baclofen morning: 5 mg was recorded as taken at 05:30, 10 min ago"
    answered = asked("morning", "2023-11-30 05:40", before, amount=pieces("1 x 20 mg tablet"), answered={"recorded"})
    assert list(answered) == ["early", "amount"]


def test_skipping_asks_only_whether_a_record_is_replaced() -> None:
    assert asked("evening", "2023-11-30 09:00", kind="skipped") == {}
    before = intake("taken", taken_at=at("2023-11-30 08:00"))
    assert list(asked("morning", "2023-11-30 09:00", before, kind="unsure")) == ["recorded"]


def test_an_early_dose_names_what_was_just_taken_or_has_no_record() -> None:
    before = intake("taken", taken_at=at("2023-11-30 08:04"))
    facts = asked("afternoon", "2023-11-30 08:20", before)["early"]
    assert facts.startswith("baclofen morning: 5 mg was recorded as taken at 08:04, 16 min ago; baclofen afternoon is")
    late_plan = plan(medicine(version(step(slots(morning="1/4 x 20 mg tablet"), DAY0 - 7 * DAY))))
    facts = asked("morning", "2023-11-30 04:30", given_plan=late_plan)["early"]
    assert facts.startswith("baclofen morning of 2023-11-29 has no record; baclofen morning is due at 08:00")


@pytest.mark.parametrize("kind", ["taken", "skipped", "unsure"])
def test_a_record_of_a_dose_keeps_what_was_planned_and_its_amount_follows_from_its_kind(kind: Kind) -> None:
    moment, key = at("2023-11-30 08:04"), DoseKey("baclofen", DAY0, "morning")
    dose = dose_of(PLAN, Log([]), key, moment)
    assert dose is not None
    planned = planned_of(PLAN, dose, DAY0)
    made = dose_intake(
        kind, key, planned, Made("new", moment, "here", ZONE, "old"), at=None, exactness="unknown", pieces=None
    )
    assert (made.key, made.planned, made.replaces, made.recorded_at) == (key, planned, "old", moment)
    assert made.pieces == (NO_PIECES if kind == "skipped" else FIVE)


def extra(taken: str | None, now: str, amount: Pieces = FIVE, record_id: str = "new", day: date = DAY0) -> Intake:
    when = None if taken is None else at(taken)
    return extra_intake("baclofen", day, amount, Made(record_id, at(now), "here", ZONE), at=when, exactness="exact")


@pytest.mark.parametrize(
    ("before", "amount", "codes"),
    [
        ("2023-11-30 11:56", Fraction(1), ["again"]), ("2023-11-30 11:55", Fraction(1), []),
        ("2023-11-30 11:31", Fraction(1, 4), ["again"]), ("2023-11-30 11:30", Fraction(1, 4), []),
    ],
)  # fmt: skip
def test_an_extra_so_soon_after_another_is_asked_about(before: str, amount: Fraction, codes: list[str]) -> None:
    other = extra(before, before, pieces(f"{amount} x 20 mg tablet"), "other")
    found = of_an_extra(extra("2023-11-30 12:00", "2023-11-30 12:00"), [other], calendar())
    assert [each.code for each in found] == codes


def test_an_extra_without_a_time_is_compared_by_when_it_was_recorded_on_the_same_day() -> None:
    new = extra(None, "2023-11-30 12:00")
    near = extra(None, "2023-11-30 11:58", record_id="near")
    assert list(of_an_extra(new, [near], calendar()))
    for other in (
        extra(None, "2023-11-30 11:58", record_id="near", day=DAY0 - DAY),
        extra("2023-11-30 11:58", "2023-11-30 11:58", record_id="near"),
        extra(None, "2023-11-30 11:58"),
    ):
        assert not list(of_an_extra(new, [other], calendar()))


@given(
    st.lists(st.tuples(st.sampled_from(["morning", "afternoon", "evening", "noon"]), st.integers(-3, 3)), max_size=5),
    st.integers(0, 3 * 24 * 60),
)
def test_one_dose_is_the_same_whether_it_is_asked_for_alone_or_in_its_day(
    filled: list[tuple[str, int]], minutes: int
) -> None:
    other = medicine(version(step(slots(morning="1 x 5 mg tablet"), DAY0)), name="other")
    both = plan(*PLAN.medicines, other)
    now = at("2023-11-29 20:00") + timedelta(minutes=minutes)
    log = Log([intake("taken", slot, at("2023-11-30 08:00") + n * timedelta(hours=1)) for slot, n in filled])
    day = day_of(both, log, DAY0, now)
    for dose in day.doses:
        assert dose_of(both, log, dose.key, now) == dose
    wanted = {dose.key for dose in day.doses}
    for name in ("baclofen", "other", "nobody"):
        for slot in ("morning", "noon", "night"):
            key = DoseKey(name, DAY0, slot)
            assert (dose_of(both, log, key, now) is None) == (key not in wanted)
