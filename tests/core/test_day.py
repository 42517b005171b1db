"""Days and weeks: each state at its borders, totals, adherence, gaps, and the next dose."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import (
    DAY0,
    SLOTS,
    SPLIT_DAY,
    TABLET_20,
    ZONE,
    at,
    calendar,
    doses,
    intake,
    medicine,
    numbered,
    pieces,
    plan,
    split_day_plan,
    step,
    version,
)  # fmt: skip
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, first_version
from splitdose.core.clock import DAY
from splitdose.core.day import CLOSED, OPEN, Day, Dose, adherence, day_of, longest_gap, next_dose, week_of
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.log import Kind, Log, Record, Void
from splitdose.core.piece import NO_PIECES
from splitdose.core.plan import DosePoint, Plan, Slot

PLAN = split_day_plan()


def states(now: str, *records: Record, given: Plan = PLAN, day: date = DAY0) -> dict[str, str]:
    return {d.slot.name: d.state for d in day_of(given, Log(records), day, at(now)).doses}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2023-11-30 07:59:59", "upcoming upcoming upcoming"), ("2023-11-30 08:00:00", "due upcoming upcoming"),
        ("2023-11-30 09:00:00", "due upcoming upcoming"), ("2023-11-30 09:00:01", "late upcoming upcoming"),
        ("2023-11-30 12:59:59", "late upcoming upcoming"), ("2023-11-30 13:00:00", "unrecorded due upcoming"),
        ("2023-11-30 14:00:00", "unrecorded due upcoming"), ("2023-11-30 17:59:59", "unrecorded late upcoming"),
        ("2023-11-30 18:00:00", "unrecorded unrecorded due"), ("2023-11-30 19:00:01", "unrecorded unrecorded late"),
        ("2023-12-01 03:59:59", "unrecorded unrecorded late"),
        ("2023-12-01 04:00:00", "unrecorded unrecorded unrecorded"),
        ("2023-11-29 12:00:00", "upcoming upcoming upcoming"),
    ],
)  # fmt: skip
def test_states_at_their_borders(now: str, expected: str) -> None:
    assert list(states(now).values()) == expected.split()


def test_the_next_dose_of_another_medicine_closes_nothing() -> None:
    other = medicine(version(step(doses(afternoon="1 x 5 mg tablet"), DAY0)), name="other")
    only = medicine(version(step(doses(morning="1 x 5 mg tablet"), DAY0)))
    given_plan = plan(only, other)
    assert states("2023-11-30 13:30", given=given_plan) == {"morning": "late", "afternoon": "due"}


def test_a_dose_after_midnight_belongs_to_the_day_before_and_stays_open_until_its_end() -> None:
    night = plan(
        medicine(version(step({"night": SPLIT_DAY["morning"]}, DAY0), slots=(*SLOTS, Slot("night", time(0, 20)))))
    )
    assert states("2023-12-01 00:19", given=night) == {"night": "upcoming"}
    assert states("2023-12-01 00:20", given=night) == {"night": "due"}
    assert states("2023-12-01 03:59", given=night) == {"night": "late"}
    assert states("2023-12-01 04:00", given=night) == {"night": "unrecorded"}


def test_a_late_dose_moves_no_other_due_time() -> None:
    late = intake(taken_at=at("2023-11-30 12:30"))
    found = day_of(PLAN, Log([late]), DAY0, at("2023-11-30 12:40")).doses
    assert (found[0].state, found[0].timing) == ("taken", "late")
    assert found[1].due == at("2023-11-30 13:00")


@pytest.mark.parametrize("kind", ["taken", "skipped", "unsure"])
def test_a_record_decides_whatever_the_hour(kind: Kind) -> None:
    record = replace(intake(taken_at=at("2023-11-30 08:00")), kind=kind)
    for now in ("2023-11-30 05:00", "2023-11-30 08:30", "2023-11-30 13:00", "2024-02-01 00:00"):
        assert states(now, record)["morning"] == kind
    assert states("2023-11-30 08:30", record, Void("v", record.id, at("2023-11-30 08:20")))["morning"] == "due"


def test_a_recorded_dose_keeps_what_was_planned_for_it() -> None:
    record = intake(taken_at=at("2023-11-30 08:00"), planned=pieces("1/2 x 20 mg tablet"))
    dose = day_of(PLAN, Log([record]), DAY0, at("2023-12-09 12:00")).doses[0]
    assert (dose.mg, dose.taken_mg, dose.planned) == (Fraction(10), Fraction(5), True)


def test_a_record_in_a_slot_the_plan_no_longer_has_is_shown_and_counted() -> None:
    gone = intake(slot="noon", taken_at=at("2023-11-30 12:10"), due=at("2023-11-30 12:00"))
    found = day_of(PLAN, Log([gone]), DAY0, at("2023-11-30 12:30"))
    assert [(d.slot.name, d.state, d.planned) for d in found.doses] == [
        ("morning", "late", True), ("noon", "taken", False), ("afternoon", "upcoming", True),
        ("evening", "upcoming", True),
    ]  # fmt: skip
    assert found.doses[1].timing == "on_time"
    assert found.totals[0].taken_mg == 5
    bare = replace(gone, planned=None)
    (odd,) = [d for d in day_of(PLAN, Log([bare]), DAY0, at("2023-11-30 12:30")).doses if not d.planned]
    assert (odd.slot.time, odd.pieces) == (time(12, 10), NO_PIECES)


def test_a_record_of_a_medicine_the_plan_never_had() -> None:
    found = day_of(PLAN, Log([intake(name="other", taken_at=at("2023-11-30 08:00"))]), DAY0, at("2023-11-30 09:00"))
    assert [t.medicine for t in found.totals] == ["baclofen", "other"]
    assert found.doses[1].tracked


def test_doubles_are_in_no_total() -> None:
    first = intake(taken_at=at("2023-11-30 08:00"), recorded_at=at("2023-11-30 08:01"))
    double = intake(taken_at=at("2023-11-30 08:02"), recorded_at=at("2023-11-30 08:03"))
    found = day_of(PLAN, Log([double, first]), DAY0, at("2023-12-01 05:00"))
    assert found.doses[0].record == first
    assert found.doses[0].duplicates == (double,)
    assert found.totals[0].taken_mg == 5
    (counted,) = adherence(PLAN, [found])
    assert (counted.taken, counted.taken_mg) == (1, Fraction(5))
    gap = longest_gap("baclofen", [found], DAY0)
    assert gap is not None
    assert gap.length == timedelta(hours=5)


def test_totals_take_in_extras_and_leave_out_what_was_not_taken() -> None:
    records = [
        intake(taken_at=at("2023-11-30 08:00"), amount=pieces("1/2 x 20 mg tablet")), intake("skipped", "afternoon"),
        intake("unsure", "evening"), intake("extra", None, at("2023-11-30 20:00")),
        intake("extra", None, at("2023-11-30 20:00"), name="other", amount=pieces("1 x tablet")),
    ]  # fmt: skip
    found = day_of(PLAN, Log(records), DAY0, at("2023-12-01 05:00"))
    assert [(t.medicine, t.taken_mg) for t in found.totals] == [("baclofen", 15), ("other", None)]
    assert [a.medicine for a in adherence(PLAN, [found])] == ["baclofen", "other"]
    assert len(found.extras) == 2


def test_adherence_counts_closed_doses_only() -> None:
    records = [
        intake(taken_at=at("2023-11-30 08:00")), intake("skipped", "afternoon", due=at("2023-11-30 13:00")),
        intake(taken_at=at("2023-11-29 10:00"), day=DAY0 - DAY), intake("unsure", "evening", day=DAY0 - DAY),
        intake("extra", None, at("2023-11-30 09:00")),
    ]  # fmt: skip
    now = at("2023-11-30 18:30")
    found = [day_of(PLAN, Log(records), day, now) for day in (DAY0 - DAY, DAY0, DAY0 + DAY)]
    (counted,) = adherence(PLAN, found)
    assert (counted.scheduled, counted.taken, counted.on_time, counted.skipped, counted.unsure) == (5, 2, 1, 1, 1)
    assert counted.unrecorded == 1
    assert counted.taken_mg == 15
    assert counted.planned_mg == Fraction(25)


def test_days_before_the_set_up_count_only_where_recorded() -> None:
    given_plan = split_day_plan(since=DAY0)
    now = at("2023-12-01 05:00")
    before = day_of(given_plan, Log([]), DAY0 - DAY, now)
    assert not any(d.tracked for d in before.doses)
    assert adherence(given_plan, [before]) == ()
    record = intake(taken_at=at("2023-11-29 08:00"), day=DAY0 - DAY, due=at("2023-11-29 08:00"))
    (counted,) = adherence(given_plan, [day_of(given_plan, Log([record]), DAY0 - DAY, now)])
    assert (counted.scheduled, counted.taken, counted.unrecorded) == (1, 1, 0)
    assert all(d.tracked for d in day_of(given_plan, Log([]), DAY0, now).doses)


def test_a_week_is_seven_days() -> None:
    now = at("2024-01-01 12:00")
    week = week_of(PLAN, [day_of(PLAN, Log([]), DAY0 + timedelta(days=n), now) for n in range(7)])
    assert [d.date for d in week.days] == [DAY0 + n * DAY for n in range(7)]
    assert week.end == DAY0 + 7 * DAY
    assert week.adherence[0].scheduled == week.adherence[0].unrecorded == 21


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2023-11-30 05:00", (DAY0, "morning")), ("2023-11-30 09:30", (DAY0, "morning")),
        ("2023-11-30 13:00", (DAY0, "afternoon")), ("2023-12-01 03:00", (DAY0, "evening")),
        ("2023-12-01 04:00", (DAY0 + DAY, "morning")),
    ],
)  # fmt: skip
def test_the_next_dose(now: str, expected: tuple[date, str]) -> None:
    found = next_dose([day_of(PLAN, Log([]), DAY0 + n * DAY, at(now)) for n in range(-1, 2)])
    assert found is not None
    assert (found.date, found.slot.name) == expected


def test_the_next_dose_is_the_oldest_open_one_then_the_first_to_come() -> None:
    other = medicine(version(step(doses(afternoon="1 x 5 mg tablet"), DAY0)), name="other")
    both = plan(*PLAN.medicines, other)
    record = intake(taken_at=at("2023-11-30 13:00"), slot="afternoon")
    found = next_dose([day_of(both, Log([record]), DAY0, at("2023-11-30 13:10"))])
    assert found is not None
    assert (found.medicine, found.state) == ("other", "due")
    assert next_dose([day_of(PLAN, Log([]), DAY0, at("2024-01-01 12:00"))]) is None
    assert next_dose([]) is None


def gap(*records: Record, now: str = "2023-12-01 05:00", back: int = 0) -> tuple[float, bool] | None:
    over = [day_of(PLAN, Log(records), DAY0 - n * DAY, at(now)) for n in range(back, -1, -1)]
    found = longest_gap("baclofen", over, DAY0)
    return None if found is None else (found.length / timedelta(hours=1), found.at_least)


def taken(slot: str, hour: int, day: date = DAY0) -> Record:
    return intake(slot=slot, taken_at=at(f"{day} {hour:02}:00"), day=day)


def test_the_longest_gap_between_known_intakes_is_exact() -> None:
    assert gap(taken("morning", 8), taken("afternoon", 13), taken("evening", 19)) == (6, False)
    assert gap(taken("evening", 18, DAY0 - DAY), taken("morning", 8), taken("afternoon", 13),
               taken("evening", 18), back=1) == (14, False)  # fmt: skip
    assert gap(taken("morning", 8), intake("skipped", "afternoon"), taken("evening", 18)) == (10, False)


def test_across_a_dose_without_a_clear_record_it_is_at_least() -> None:
    assert gap(taken("morning", 8), taken("evening", 18)) == (5, True)
    unsure = intake("unsure", "afternoon", due=at("2023-11-30 13:00"))
    assert gap(taken("morning", 8), unsure, taken("evening", 19)) == (6, True)
    # The last dose of the day has no record: if it wasn't taken, the gap isn't over.
    assert gap(taken("morning", 8), taken("afternoon", 9)) == (9, True)
    # Without the unrecorded doses the longest gap is the same.
    assert gap(taken("morning", 8), intake(slot="afternoon", taken_at=None, due=at("2023-11-30 08:30")),
               taken("evening", 18)) == (9.5, True)  # fmt: skip


def test_without_two_intakes_there_is_no_gap() -> None:
    skipped = [intake("skipped", slot) for slot in ("afternoon", "evening")]
    assert gap(taken("morning", 8), *skipped) is None
    assert longest_gap("other", [day_of(PLAN, Log([]), DAY0, at("2023-12-01 05:00"))], DAY0) is None


def test_in_an_autumn_fold_a_dose_fires_once_and_its_hour_is_an_hour() -> None:
    day = date(2024, 10, 26)
    fold = plan(
        medicine(version(step({"night": SPLIT_DAY["morning"]}, day), slots=(Slot("night", time(2, 30)),))),
        on=calendar(),
    )
    first = at("2024-10-27 02:30")
    found = [day_of(fold, Log([]), day, first + timedelta(minutes=n)).doses for n in (-1, 0, 60, 61, 149, 150)]
    assert [[d.state for d in doses] for doses in found] == [
        ["upcoming"], ["due"], ["due"], ["late"], ["late"], ["unrecorded"],
    ]  # fmt: skip


def test_in_a_spring_gap_a_dose_is_due_at_the_first_minute_after() -> None:
    day = date(2024, 3, 30)
    given_plan = plan(
        medicine(version(step({"night": SPLIT_DAY["morning"]}, day), slots=(Slot("night", time(2, 30)),)))
    )
    (dose,) = day_of(given_plan, Log([]), day, at("2024-03-31 03:00")).doses
    assert (dose.state, dose.due) == ("due", at("2024-03-31 03:00"))


RANK = {"upcoming": 0, "due": 1, "late": 2, "unrecorded": 3}


@given(st.lists(st.integers(0, 60 * 48), min_size=2, max_size=8), st.sets(st.sampled_from(["morning", "evening"])))
def test_states_only_go_forward_and_cover_everything(minutes: list[int], recorded: set[str]) -> None:
    log = Log([intake(slot=slot, taken_at=at("2023-11-30 08:00")) for slot in recorded])
    seen: dict[str, int] = {}
    for minute in sorted(minutes):
        now = at("2023-11-30 00:00") + timedelta(minutes=minute)
        found: Day = day_of(PLAN, log, DAY0, now)
        open_ones: list[Dose] = [d for d in found.doses if d.open]
        assert len(open_ones) <= 1
        for dose in found.doses:
            assert (dose.state in OPEN) + (dose.state in CLOSED) + (dose.state == "upcoming") == 1
            assert (dose.state == "taken") == (dose.slot.name in recorded)
            if dose.state in RANK:
                assert RANK[dose.state] >= seen.get(dose.slot.name, 0)
                seen[dose.slot.name] = RANK[dose.state]


def test_every_day_of_ten_years_finds_its_own_record() -> None:
    log = Log([taken("morning", 8, DAY0 - n * DAY) for n in range(3653)])
    now: datetime = at("2023-11-30 12:00")
    found = [day_of(PLAN, log, DAY0 - n * DAY, now) for n in range(3653)]
    assert [[d.date for d in day.doses if d.state == "taken"] for day in found] == [[day.date] for day in found]
    # The plan begins a week before; what is recorded further back stands in no slot of it.
    assert sum(not d.planned for day in found for d in day.doses) == 3653 - 8


# What came before a plan was kept


def kept(wall: str, *, start: int = 0, slot: str | None = None, zone: str = ZONE) -> Plan:
    """Three doses a day, kept at a wall time of `DAY0`."""
    draft = MedicineDraft(
        "baclofen", SLOTS, (TABLET_20,), (StepDraft(Asked(SPLIT_DAY), DAY0 + start * DAY, from_slot=slot),)
    )
    context = ChangeContext("v", at(f"{DAY0} {wall}"), DAY0, calendar(zone))
    return plan(medicine(first_version(draft, context), since=DAY0))


def before(given: Plan, wall: str = "23:00") -> list[bool]:
    found = day_of(given, Log(()), DAY0, at(f"{DAY0} {wall}")).doses
    assert all(dose.state == "unrecorded" for dose in found if not dose.tracked)
    return [not dose.tracked for dose in found]


def test_what_was_late_when_a_plan_was_first_kept_lies_before_it() -> None:
    assert before(kept("07:00")) == before(kept("09:00")) == [False, False, False]
    assert before(kept("09:01")) == [True, False, False]
    assert before(kept("16:30"), "16:31") == [True, True, False]
    assert before(kept("21:00", start=-3)) == [True, True, True]
    tomorrow = day_of(kept("21:00"), Log(()), DAY0 + DAY, at(f"{DAY0 + DAY} 09:30"))
    assert [dose.state for dose in tomorrow.doses] == ["late", "upcoming", "upcoming"]


def test_a_first_dose_that_was_named_is_asked_for_however_late_the_plan_is_kept() -> None:
    assert before(kept("19:30", slot="afternoon")) == [False, False]


def test_a_zone_that_is_followed_puts_no_dose_before_the_plan() -> None:
    given = kept("07:30")
    tokyo = replace(given, calendar=calendar("Asia/Tokyo"))
    found = day_of(tokyo, Log(()), DAY0, at(f"{DAY0} 07:31")).doses
    assert [dose.tracked for dose in found] == [True, True, True]
    assert found[1].due < at(f"{DAY0} 07:30")


def test_a_later_version_puts_nothing_before_it() -> None:
    given = kept("07:00")
    first = given.medicines[0].versions[0]
    later = replace(numbered(first, 2, DosePoint(DAY0)), asked_from=DosePoint(DAY0, "evening"))
    assert before(plan(medicine(first, later, since=DAY0))) == [False, False, False]
