"""The next dose and the missed one, what looks like a repetition, and what a correction keeps of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from splitdose.core.clock import DAY
from splitdose.core.log import Intake
from splitdose.core.plan import DoseKey
from splitdose.core.reading import parse_pieces
from splitdose.core.showing import show_dose
from splitdose.core.wording import totals_words
from splitdose.planfile import parse_plan
from splitdose.session import Refused, Session
from support.app import Scenario, SettableClock, at

THURSDAY = date(2024, 1, 4)
AGREED = {"replaces", "changes_past", "day_sum"}
WEEKLY = """
[slots]
morning = "08:00"
evening = "20:00"
[[medicine]]
name = "methotrexate"
advance = "on date"
[[medicine.product]]
name = "2.5 mg tablet"
strength = "2.5 mg"
[[medicine.step]]
start = 2024-01-04
every = 7
morning = "6 x 2.5 mg tablet"
"""
DAILY = """
[[medicine]]
name = "propranolol"
advance = "on date"
[[medicine.product]]
name = "40 mg tablet"
strength = "40 mg"
smallest = "1/4"
[[medicine.step]]
start = 2024-01-01
morning = "1 x 40 mg tablet"
"""
SLOTS = WEEKLY.partition("[[medicine]]")[0]
METHOTREXATE = DoseKey("methotrexate", THURSDAY, "morning")
PROPRANOLOL = DoseKey("propranolol", THURSDAY, "morning")


def world_with(folder: Path, text: str, wall: str = "2024-01-04 07:00") -> Scenario:
    world = Scenario(folder / "data", SettableClock(at(wall)))
    world.plan(text)
    return world


@pytest.fixture
def weekly(tmp_path: Path) -> Scenario:
    return world_with(tmp_path, WEEKLY)


@pytest.fixture
def daily(tmp_path: Path) -> Scenario:
    return world_with(tmp_path, SLOTS + DAILY)


def test_the_next_dose_is_found_however_far(weekly: Scenario) -> None:
    session = weekly.session()
    session.record.take(METHOTREXATE)
    found = session.reader.next_dose()
    assert found is not None
    assert (found.date, found.state) == (THURSDAY + 7 * DAY, "upcoming")
    # What is recorded already is not to come: the one after it is.
    session.record.take(found.key, allow={"early"})
    found = session.reader.next_dose("methotrexate")
    assert found is not None
    assert found.date == THURSDAY + 14 * DAY
    assert session.reader.next_dose("other") is None


def test_the_next_dose_of_one_medicine_and_of_all(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY.replace("2024-01-04", "2024-02-01") + DAILY, "2024-01-04 12:00")
    reader = world.session().reader
    one, other = reader.next_dose("methotrexate"), reader.next_dose()
    assert one is not None
    assert other is not None
    assert (one.date, one.medicine) == (date(2024, 2, 1), "methotrexate")
    assert (other.medicine, other.date) == ("propranolol", THURSDAY + DAY), "today's came before the plan"


def test_a_missed_weekly_dose_stays_on_screen_until_it_is_recorded(weekly: Scenario) -> None:
    weekly.clock.set("2024-01-07 12:00")
    session = weekly.session()
    assert [dose.key for dose in session.reader.on_screen()] == [METHOTREXATE]
    assert [dose.key for dose in session.reader.all_missed()] == [METHOTREXATE]
    assert session.reader.missed("methotrexate", "evening") is None
    session.record.skip(METHOTREXATE)
    assert session.reader.on_screen() == []
    assert session.reader.missed("methotrexate") is None


def test_beside_a_daily_medicine_it_stays_on_screen_too(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY + DAILY)
    world.clock.set("2024-01-06 12:00")
    shown = [(dose.date, dose.medicine) for dose in world.session().reader.on_screen()]
    assert shown == [(THURSDAY, "methotrexate"), (date(2024, 1, 6), "propranolol")]


def test_what_is_recorded_just_now_is_named_before_the_next_one_is_early(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:00")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    tomorrow = replace(PROPRANOLOL, date=THURSDAY + DAY)
    with pytest.raises(Refused) as refused:
        session.record.take(tomorrow)
    assert refused.value.what == (
        "propranolol morning: 40 mg was recorded as taken at 08:00, just now; "
        "propranolol morning of 2024-01-05 is due at 08:00, 24 h later"
    )
    daily.clock.advance(hours=2)
    with pytest.raises(Refused) as refused:
        session.record.take(tomorrow)
    assert refused.value.what == "propranolol morning of 2024-01-05 is due at 08:00, 22 h later"


def test_what_was_missed_is_named_before_another_is_early(weekly: Scenario) -> None:
    weekly.clock.set("2024-01-05 07:00")
    with pytest.raises(Refused) as refused:
        weekly.session().record.take(replace(METHOTREXATE, date=THURSDAY + 7 * DAY))
    assert refused.value.what == (
        "methotrexate morning of 2024-01-04 has no record; "
        "methotrexate morning of 2024-01-11 is due at 08:00, 6 days later"
    )


def test_why_a_dose_that_passed_wants_a_time(weekly: Scenario) -> None:
    weekly.clock.set("2024-01-05 07:00")
    with pytest.raises(Refused, match="was due 23 h ago, and its day is over") as refused:
        weekly.session().record.take(METHOTREXATE)
    assert refused.value.code == "after_next"


# Twice


def an_extra(session: Session, text: str = "1 x 40 mg tablet", **more: object) -> Intake:
    products = session.reader.find_medicine("propranolol").latest.products
    return session.record.extra("propranolol", parse_pieces(text, products), **more)  # type: ignore[arg-type]


def repeated(session: Session, text: str = "1 x 40 mg tablet", **more: object) -> bool:
    """Whether an extra intake is refused as a repetition; then it can be recorded all the same."""
    try:
        session.record.undo(an_extra(session, text, **more).id)
    except Refused as refused:
        if refused.code != "again":
            raise
        session.record.undo(an_extra(session, text, allow={"again"}, **more).id)
        return True
    return False


@pytest.mark.parametrize(
    ("minutes", "text", "again"),
    [(0, "1", True), (4, "1", True), (4, "1/2", True), (5, "1/2", False), (5, "1", True), (29, "1", True),
     (30, "1", False)],
)  # fmt: skip
def test_how_soon_a_second_one_is_asked_about(daily: Scenario, minutes: int, text: str, again: bool) -> None:
    daily.clock.set("2024-01-04 12:00")
    session = daily.session()
    an_extra(session)
    daily.clock.advance(minutes=minutes)
    assert repeated(session, f"{text} x 40 mg tablet") == again
    assert repeated(daily.session(), f"{text} x 40 mg tablet") == again, "in any window"


def test_what_was_taken_at_another_time_is_no_repetition(daily: Scenario) -> None:
    daily.clock.set("2024-01-05 12:00")
    session = daily.session()
    an_extra(session, at=at("2024-01-04 20:00"))
    assert not repeated(session)
    assert not repeated(session, at=at("2024-01-04 20:30"))
    assert repeated(session, at=at("2024-01-04 20:10"))
    assert repeated(session, at=at("2024-01-04 19:56"), exactness="about")


def test_without_times_it_is_when_they_were_recorded(daily: Scenario) -> None:
    daily.clock.set("2024-01-05 12:00")
    session = daily.session()
    an_extra(session, exactness="unknown", day=THURSDAY)
    assert repeated(session, exactness="unknown", day=THURSDAY)
    assert not repeated(session, exactness="unknown", day=THURSDAY + DAY)
    daily.clock.advance(minutes=31)
    assert not repeated(session, exactness="unknown", day=THURSDAY)


def test_no_repetition_of_what_was_undone_or_of_a_dose_of_the_plan(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:00")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    first = an_extra(session)
    assert repeated(session)
    an_extra(session, "1/2 x 40 mg tablet", corrects=first)  # what takes its place adds nothing
    session.record.undo()
    session.record.undo()
    assert not repeated(session)


def test_a_retry_is_no_repetition_of_itself(daily: Scenario) -> None:
    session = daily.session()
    new = session.record.fresh_id()
    for _ in range(2):
        an_extra(session, record_id=new)
    assert len(daily.session().reader.day(THURSDAY).extras) == 1


# A record that is corrected after the plan of its day was


TEN = DAILY.replace("40 mg", "10 mg")


def corrected(world: Scenario, text: str = TEN) -> None:
    """Change the plan from its first day on."""
    plans = world.session("editor").plans
    plans.apply(
        plans.preview(parse_plan(SLOTS + text), step=1, from_day=THURSDAY), allow=AGREED
    )  # fmt: skip


def test_a_correction_goes_by_the_corrected_plan(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    daily.clock.set("2024-01-05 09:00")
    corrected(daily)
    before = session.reader.dose(PROPRANOLOL)
    assert before is not None
    assert show_dose(before.pieces) == "40 mg", "a record keeps the plan of its time until it is corrected itself"
    ten = parse_pieces("1 x 10 mg tablet", session.reader.find_medicine("propranolol").latest.products)
    made = session.record.take(PROPRANOLOL, at=at("2024-01-04 08:05"), pieces=ten, allow={"recorded"})
    assert made.planned is not None
    assert (show_dose(made.planned.pieces), made.planned.version, made.planned.due) == ("10 mg", 2, before.due)
    day = daily.session().reader.day(THURSDAY)
    assert totals_words(day.totals) == "propranolol 10 of 10 mg"
    assert show_dose(day.doses[0].pieces) == "10 mg"
    session.record.undo()
    assert daily.session().reader.day(THURSDAY).totals[0].planned_mg == 40


@pytest.mark.parametrize("kind", ["skip", "unsure"])
def test_a_correction_without_a_time_does_too(daily: Scenario, kind: str) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    corrected(daily)
    made = getattr(session.record, kind)(PROPRANOLOL, allow={"recorded"})
    assert made.planned.mg == 10
    assert made.pieces == (made.planned.pieces if kind == "unsure" else ())
    taken = session.record.take(PROPRANOLOL, allow={"recorded"})
    assert taken.mg == 10, "as planned is as the plan says now"


def test_where_the_plan_has_no_such_dose_the_record_keeps_what_it_kept(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    first = session.record.take(PROPRANOLOL)
    corrected(daily, TEN.replace("morning", "evening"))
    made = session.record.take(PROPRANOLOL, at=at("2024-01-04 08:00"), allow={"recorded"})
    assert made.planned == first.planned
    assert made.mg == 40


def test_without_a_change_of_the_past_a_correction_keeps_its_plan(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    first = session.record.take(PROPRANOLOL)
    daily.clock.set("2024-01-05 07:00")
    plans = session.plans
    plans.apply(plans.preview(parse_plan(SLOTS + TEN), step=1), allow={"replaces"})
    made = session.record.take(PROPRANOLOL, at=at("2024-01-04 08:00"), allow={"recorded"})
    assert made.planned == first.planned
    medicine, dose = session.reader.find_medicine("propranolol"), session.reader.dose(PROPRANOLOL)
    assert show_dose(session.record.read_amount("1/2", medicine, dose)) == "20 mg"


def test_a_bare_count_of_two_products_that_may_be_meant_is_refused(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    corrected(daily)
    medicine, dose = session.reader.find_medicine("propranolol"), session.reader.dose(PROPRANOLOL)
    with pytest.raises(ValueError, match="leaves the product open"):
        session.record.read_amount("1", medicine, dose)
    assert show_dose(session.record.read_amount("1 x 10 mg tablet", medicine, dose)) == "10 mg"
    assert show_dose(session.record.read_amount("1 x 40 mg tablet", medicine, dose)) == "40 mg"


def test_a_product_whose_strength_was_corrected_is_the_corrected_one(tmp_path: Path) -> None:
    text = DAILY.replace('"40 mg tablet"', '"tablet"').replace("x 40 mg tablet", "x tablet")
    world = world_with(tmp_path, SLOTS + text)
    world.clock.set("2024-01-04 08:05")
    session = world.session()
    session.record.take(PROPRANOLOL)
    corrected(world, text.replace('"40 mg"', '"10 mg"'))
    medicine, dose = session.reader.find_medicine("propranolol"), session.reader.dose(PROPRANOLOL)
    assert show_dose(session.record.read_amount("1", medicine, dose)) == "10 mg"
    assert show_dose(session.record.read_amount("1/2 x tablet", medicine, dose)) == "5 mg"


def test_the_corrected_plan_decides_what_is_early(daily: Scenario) -> None:
    daily.clock.set("2024-01-04 08:05")
    session = daily.session()
    session.record.take(PROPRANOLOL)
    text = (SLOTS + TEN).replace('"08:00"', '"09:30"')
    plans = session.plans
    plans.apply(plans.preview(parse_plan(text), step=1, from_day=THURSDAY), allow=AGREED)
    with pytest.raises(Refused, match="is due at 09:30, 1 h 25 min later"):
        session.record.take(PROPRANOLOL, at=at("2024-01-04 08:05"), allow={"recorded", "amount"})
    made = session.record.take(PROPRANOLOL, at=at("2024-01-04 08:05"), allow={"recorded", "early"})
    assert made.timing(timedelta(minutes=60)) == "early"
