"""What a plan asks for on a date: the real plans, versions, projections, pauses."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.making import (
    DAY0,
    SLOTS,
    SPLIT_DAY,
    TABLET_5,
    TABLET_20,
    calendar,
    doses,
    medicine,
    numbered,
    of,
    plan,
    some,
    spaced,
    step,
    version,
)  # fmt: skip
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, first_version
from splitdose.core.clock import DAY
from splitdose.core.plan import (
    AS_NEEDED,
    ASK,
    DosePoint,
    Medicine,
    Pause,
    Plan,
    ScheduledDose,
    Slot,
    Step,
    Version,
    days,
)  # fmt: skip
from splitdose.core.totals import totals
from splitdose.planfile import read_plan_file

PLANS = Path(__file__).parent.parent / "plans"
CALENDAR = calendar()


def imported(name: str, today: date) -> Plan:
    now = datetime.combine(today, time(12), tzinfo=UTC)
    drafts = read_plan_file(PLANS / name).medicines
    return plan(
        *(Medicine(d.name, today, (first_version(d, ChangeContext("v", now, today, CALENDAR)),)) for d in drafts)
    )


@pytest.mark.parametrize("today", [date(2023, 10, 26), date(2023, 11, 30), date(2024, 6, 1)])
def test_baclofen_sums_up(today: date) -> None:
    found = totals(imported("baclofen.toml", today).medicines[0], date(2023, 10, 26), calendar())
    assert (found.days, found.mg) == (44, Fraction(1515))
    assert found.products == (("20 mg tablet", Fraction("72.25")), ("5 mg tablet", Fraction(14)))


def test_the_dose_pack_and_the_card_sum_up() -> None:
    pack = totals(imported("methylprednisolone-pack.toml", date(2024, 1, 1)).medicines[0], date(2024, 1, 1), calendar())
    assert (pack.days, pack.mg, pack.products) == (6, Fraction(84), (("4 mg tablet", Fraction(21)),))
    card = totals(imported("prednisone-card.toml", date(2024, 3, 4)).medicines[0], date(2024, 3, 4), calendar())
    assert (card.days, card.mg, card.products) == (21, None, (("tablet", Fraction(150)),))


@pytest.mark.parametrize("name", ["baclofen.toml", "methylprednisolone-pack.toml", "prednisone-card.toml"])
def test_totals_are_what_the_days_sum_to(name: str) -> None:
    today = date(2024, 6, 1)
    made = imported(name, today)
    found = totals(made.medicines[0], today, calendar())
    assert found.days is not None
    first = made.medicines[0].first_day(today)
    assert first is not None
    taken: dict[str, Fraction] = {}
    for day in days(first, first + (found.days + 30) * DAY):
        for dose in made.medicines[0].doses_on(day, today, CALENDAR):
            assert dose.date < first + found.days * DAY
            for piece in dose.pieces:
                taken[piece.product.name] = taken.get(piece.product.name, Fraction(0)) + piece.count
    assert tuple(taken.items()) == found.products


@pytest.mark.parametrize(
    ("name", "sums"),
    [
        ("baclofen.toml", [55, 50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 0]),
        ("methylprednisolone-pack.toml", [24, 20, 16, 12, 8, 4, 0]),
    ],
)
def test_each_step_sums_to_what_its_card_says(name: str, sums: list[int]) -> None:
    draft = read_plan_file(PLANS / name).medicines[0]
    assert [s.mg_per_day for s in draft.steps] == sums == [s.total for s in draft.steps]


def test_the_last_day_of_november_is_a_quarter_a_quarter_and_a_half() -> None:
    day = date(2023, 11, 30)
    found = imported("baclofen.toml", day).doses_on(day, day)
    baclofen = [d for d in found if d.medicine == "baclofen"]
    assert [(d.slot.name, d.mg, d.pieces[0].count) for d in baclofen] == [
        ("morning", Fraction(5), Fraction(1, 4)), ("afternoon", Fraction(5), Fraction(1, 4)),
        ("evening", Fraction(10), Fraction(1, 2)),
    ]  # fmt: skip
    assert [(d.medicine, d.mg) for d in found] == [
        ("baclofen", Fraction(5)), ("baclofen", Fraction(5)), ("baclofen", Fraction(10)), ("diazepam", Fraction(8)),
    ]  # fmt: skip
    assert not any(d.projected for d in found)


def test_a_slot_left_out_is_no_dose_and_after_the_stop_there_is_none() -> None:
    today = date(2024, 1, 1)
    baclofen = imported("baclofen.toml", today).medicines[0]
    assert [d.slot.name for d in baclofen.doses_on(date(2023, 12, 6), today, CALENDAR)] == ["morning", "evening"]
    assert [d.slot.name for d in baclofen.doses_on(date(2023, 12, 8), today, CALENDAR)] == ["evening"]
    assert baclofen.doses_on(date(2023, 12, 9), today, CALENDAR) == []
    assert baclofen.doses_on(date(2023, 10, 25), today, CALENDAR) == []


ONE, TWO, THREE = (doses(morning=f"{n} x 5 mg tablet") for n in ("1", "2", "3"))


def test_under_ask_the_current_step_goes_on_until_the_person_says_so() -> None:
    v = version(step(ONE, DAY0, hold=5), Step(Asked(TWO), hold=3), Step(Asked(THREE)), advance=ASK)
    m = medicine(v)
    for late in range(20):
        today = DAY0 + late * DAY
        (dose,) = m.doses_on(today, today, CALENDAR)
        assert (dose.mg, dose.projected) == (Fraction(5), False)
        begun = v.placed_steps(today)
        second = max(DAY0 + 5 * DAY, today + DAY)
        assert [b.begins.date for b in begun] == [DAY0, second, second + 3 * DAY]
        assert [b.projected for b in begun] == [False, True, True]
        (coming,) = m.doses_on(second, today, CALENDAR)
        assert (coming.mg, coming.projected) == (Fraction(10), True)
        assert v.current(today, CALENDAR) == begun[0]


def test_a_first_step_that_has_not_begun_is_projected_for_its_date_or_tomorrow() -> None:
    v = version(Step(Asked(ONE), hold=2, stated_start=DAY0), Step(Asked(TWO)), advance=ASK)
    assert v.placed_steps(DAY0 - 5 * DAY)[0].begins.date == DAY0
    assert v.placed_steps(DAY0 + 5 * DAY)[0].begins.date == DAY0 + 6 * DAY
    assert v.step_at(DosePoint(DAY0), DAY0, CALENDAR) is None


def test_a_projection_past_all_dates_is_none() -> None:
    v = version(step(ONE, DAY0, hold=10**6), Step(Asked(TWO)), advance=ASK)
    assert len(v.placed_steps(DAY0)) == 1


def test_every_second_day_is_counted_from_the_first_day_of_the_step() -> None:
    m = medicine(version(spaced(3, step(ONE, DAY0))))
    asked = [bool(m.doses_on(DAY0 + n * DAY, DAY0, CALENDAR)) for n in range(7)]
    assert asked == [True, False, False, True, False, False, True]
    assert totals(medicine(version(spaced(3, step(ONE, DAY0, hold=7)))), DAY0, calendar()).mg == 15


def test_a_plan_without_an_end_has_no_totals() -> None:
    assert totals(medicine(version(step(ONE, DAY0))), DAY0, calendar()).days is None
    assert totals(medicine(version()), DAY0, calendar()).days is None


def test_medicine_taken_as_needed_asks_for_nothing() -> None:
    assert medicine(version(step(ONE, DAY0), advance=AS_NEEDED)).doses_on(DAY0, DAY0, CALENDAR) == []


def asked_for(m: Medicine, day: date, today: date = DAY0) -> list[str]:
    return [d.slot.name for d in m.doses_on(day, today, CALENDAR)]


def test_a_step_and_a_pause_may_begin_and_end_in_the_middle_of_a_day() -> None:
    m = medicine(version(step(SPLIT_DAY, DosePoint(DAY0, "afternoon"))))
    assert asked_for(m, DAY0) == ["afternoon", "evening"]
    paused = replace(
        m.latest, pauses=(Pause(DosePoint(DAY0 + DAY, "evening"), DosePoint(DAY0 + 3 * DAY, "afternoon")),)
    )
    m = medicine(paused)
    assert asked_for(m, DAY0 + DAY) == ["morning", "afternoon"]
    assert asked_for(m, DAY0 + 2 * DAY) == []
    assert asked_for(m, DAY0 + 3 * DAY) == ["afternoon", "evening"]
    forever = medicine(replace(m.latest, pauses=(Pause(DosePoint(DAY0 + DAY)),)))
    assert asked_for(forever, DAY0 + 1000 * DAY) == []
    assert asked_for(forever, DAY0) == ["afternoon", "evening"]


def test_slots_after_midnight_come_last_and_at_their_instant() -> None:
    night = (*SLOTS, Slot("night", time(0, 20)))
    m = medicine(version(step({**SPLIT_DAY, "night": SPLIT_DAY["morning"]}, DAY0), slots=night))
    found = m.doses_on(DAY0, DAY0, CALENDAR)
    assert [d.slot.name for d in found] == ["morning", "afternoon", "evening", "night"]
    assert found[-1].due == datetime(2023, 11, 30, 23, 20, tzinfo=UTC)
    assert found[-1].date == DAY0


def test_a_later_version_may_reach_further_back_and_wins() -> None:
    first = version(step(ONE, DAY0 - 9 * DAY))
    second = numbered(version(step(TWO, DAY0 - 9 * DAY)), 2, DosePoint(DAY0))
    third = numbered(version(step(THREE, DAY0 - 9 * DAY)), 3, DosePoint(DAY0 - DAY))
    m = medicine(first, second, third)
    shown = [[d.version for d in m.doses_on(DAY0 + n * DAY, DAY0, CALENDAR)] for n in (-2, -1, 0, 1)]
    assert shown == [[1], [3], [3], [3]]


def moved(in_force_from: str, **times: int) -> Medicine:
    """The split day, and from a slot of `DAY0` on another version with other slots at those hours."""
    slots = tuple(Slot(name, time(hour)) for name, hour in times.items())
    after = version(
        step({s.name: some(of("1", TABLET_5)) for s in slots}, DAY0 - 9 * DAY),
        number=2, in_force_from=DosePoint(DAY0, in_force_from), slots=slots,
    )  # fmt: skip
    return medicine(version(step(SPLIT_DAY, DAY0 - 9 * DAY)), after)


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        (moved("evening", morning=8, afternoon=13, evening=20), [("morning", 1), ("afternoon", 1), ("evening", 2)]),
        (moved("afternoon", morning=20, afternoon=13), [("morning", 1), ("afternoon", 2)]),
        (moved("afternoon", evening=6, afternoon=13), [("evening", 2), ("morning", 1), ("afternoon", 2)]),
        (moved("evening", morning=8, lunch=12, night=21), [("morning", 1), ("afternoon", 1), ("night", 2)]),
        (moved("lunch", morning=8, lunch=12, evening=18), [("morning", 1), ("lunch", 2), ("evening", 2)]),
        (moved("lunch", lunch=12, evening=7), [("evening", 2), ("morning", 1), ("lunch", 2)]),
        (moved("evening", morning=8), [("morning", 1), ("afternoon", 1)]),
        (moved("morning", morning=9), [("morning", 2)]),
    ],
)
def test_the_day_a_plan_changes(m: Medicine, expected: list[tuple[str, int]]) -> None:
    assert [(d.slot.name, d.version) for d in m.doses_on(DAY0, DAY0, CALENDAR)] == expected


NAMES = ["morning", "noon", "evening", "night", "lunch"]
hours = st.integers(0, 23)


@st.composite
def versions(draw: st.DrawFn) -> list[Version]:
    made: list[Version] = []
    for number in range(1, draw(st.integers(2, 6)) + 1):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        slots = tuple(Slot(name, time(draw(hours), draw(st.sampled_from([0, 30])))) for name in names)
        begins = DAY0 + draw(st.integers(-3, 3)) * DAY
        steps = [
            Step(Asked({name: some(of(str(number), TABLET_20)) for name in names}), hold=draw(st.integers(1, 3)),
                 begins=DosePoint(begins + n * DAY) if draw(st.booleans()) or not n else None)
            for n in range(draw(st.integers(1, 2)))
        ]  # fmt: skip
        in_force_from = DosePoint(DAY0 + draw(st.integers(-2, 3)) * DAY, draw(st.sampled_from([None, *NAMES])))
        if number == 1:
            in_force_from = DosePoint(DAY0 - 9 * DAY)
        made.append(
            version(
                *steps,
                number=number,
                in_force_from=in_force_from,
                slots=slots,
                advance=draw(st.sampled_from([ASK, "on date"])),
            )
        )
    return made


def before_effect(found: list[ScheduledDose], old: Medicine, new: Version) -> list[ScheduledDose]:
    """Doses that lie before the new version's (date, slot), by the order that the day had until then."""
    in_force_from = new.in_force_from
    kept = [d for d in found if d.date < in_force_from.date]
    if in_force_from.slot is None:
        return kept
    order = [slot.name for slot, _ in old.slots_on(in_force_from.date, CALENDAR)]
    own = {slot.name: slot for slot in new.slots}
    if in_force_from.slot in order:
        names = order[: order.index(in_force_from.slot)]
    elif in_force_from.slot in own:
        at = CALENDAR.minutes_into_day(in_force_from.date, own[in_force_from.slot].time)
        slots = [slot for slot, _ in old.slots_on(in_force_from.date, CALENDAR)]
        names = [s.name for s in slots if CALENDAR.minutes_into_day(in_force_from.date, s.time) < at]
    else:
        return kept
    return kept + [d for d in found if d.date == in_force_from.date and d.slot.name in names]


SPAN = days(DAY0 - 4 * DAY, DAY0 + 6 * DAY)


@given(versions(), st.integers(-2, 4))
def test_a_new_version_never_changes_an_earlier_dose(made: list[Version], ahead: int) -> None:
    today = DAY0 + ahead * DAY
    for count in range(1, len(made)):
        old, new = medicine(*made[:count]), medicine(*made[: count + 1])
        was = [d for day in SPAN for d in old.doses_on(day, today, CALENDAR)]
        now = [d for day in SPAN for d in new.doses_on(day, today, CALENDAR)]
        for dose in before_effect(was, old, made[count]):
            assert dose in now


@given(versions(), st.integers(-2, 4))
def test_no_slot_comes_twice_and_doses_are_in_order(made: list[Version], ahead: int) -> None:
    m = medicine(*made)
    for day in SPAN:
        found = m.doses_on(day, DAY0 + ahead * DAY, CALENDAR)
        assert len({d.key for d in found}) == len(found)
        assert found == sorted(found, key=lambda d: d.due)


def obvious_step(v: Version, point: DosePoint, today: date) -> int | None:
    names = [s.name for s in v.ordered_slots(CALENDAR, point.date)]
    found = None
    for begun in v.placed_steps(today, projections=point.date > today):
        start = begun.begins
        first = names.index(start.slot) if start.slot in names else 0
        if start.date < point.date or (start.date == point.date and first <= names.index(point.slot or "")):
            found = begun.index
    return found


@given(
    st.lists(st.tuples(st.integers(-6, 6), st.sampled_from([None, "morning", "evening"])), max_size=6),
    st.integers(0, 3), st.integers(-8, 12), st.integers(-8, 8),
)  # fmt: skip
@example([(0, None), (-3, None)], 1, 0, 0)
def test_the_step_in_force_is_the_last_that_has_begun(
    starts: list[tuple[int, str | None]], waiting: int, on: int, today: int
) -> None:
    begun = [step(ONE, DosePoint(DAY0 + n * DAY, slot), hold=2) for n, slot in starts]
    v = version(*begun, *[Step(Asked(TWO), hold=2)] * waiting, advance=ASK)
    for slot in ("morning", "afternoon", "evening"):
        point = DosePoint(DAY0 + on * DAY, slot)
        found = v.step_at(point, DAY0 + today * DAY, CALENDAR)
        assert (found.index if found else None) == obvious_step(v, point, DAY0 + today * DAY)


def test_ten_years_of_daily_steps_are_walked_quickly() -> None:
    steps = [step(SPLIT_DAY, DAY0 + n * DAY, hold=1) for n in range(3653)]
    v = version(*steps)
    asked = 0
    scanned = v.placed_steps(DAY0)
    assert scanned == v.placed_steps(DAY0)
    for n in range(0, 3653, 7):
        asked += len(medicine(v).doses_on(DAY0 + n * DAY, DAY0, CALENDAR))
    assert asked == 3 * len(range(0, 3653, 7))
    # What is kept for speed is no part of what a version is.
    assert replace(v) == v
    assert v == version(*steps)


def test_doses_of_all_medicines_by_time_then_in_their_order() -> None:
    two = plan(medicine(version(step(ONE, DAY0)), name="b"), medicine(version(step(SPLIT_DAY, DAY0)), name="a"))
    assert [(d.medicine, d.slot.name) for d in two.doses_on(DAY0, DAY0)] == [
        ("b", "morning"), ("a", "morning"), ("a", "afternoon"), ("a", "evening"),
    ]  # fmt: skip


def test_days_hold_their_start_and_not_their_end() -> None:
    assert days(DAY0, DAY0 + timedelta(days=2)) == [DAY0, DAY0 + DAY]
    assert days(DAY0, DAY0) == []
