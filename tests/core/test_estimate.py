"""The estimate against figures worked out by hand from the closed forms, and against the plain sum."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, PLAIN, SPLIT_DAY, at, intake, of, some, split_day_plan
from splitdose.core.clock import DAY
from splitdose.core.day import Day, day_of
from splitdose.core.estimate import (
    ASSUMPTIONS,
    NO_DOSES,
    NO_HALF_LIFE,
    NO_STRENGTH,
    Portion,
    estimate,
    lead,
    portions,
    portions_or_reason,
)
from splitdose.core.estimate import (
    remaining as both_sides,
)
from splitdose.core.log import Intake, Log

START = datetime(2023, 1, 1, tzinfo=UTC)
RANGE = (Fraction(2), Fraction(6))


def remaining(
    doses: Sequence[tuple[datetime, Fraction]], half_life: Fraction, at: Sequence[datetime], *, before: bool = False
) -> list[float]:
    return [ahead if before else after for ahead, after in both_sides(doses, half_life, at)]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_every_eight_hours_settles_between_the_closed_forms() -> None:
    # D / (1 − 2^(−τ/t½)) just after a dose, that times 2^(−τ/t½) just before the next: 20 / (1 − 1/4).
    doses = [(START + n * hours(8), Fraction(20)) for n in range(60)]
    last = doses[-1][0]
    (peak,) = remaining(doses, Fraction(4), [last])
    (trough,) = remaining(doses, Fraction(4), [last + hours(8)])
    assert peak == pytest.approx(26.6667, abs=5e-5)
    assert trough == pytest.approx(6.6667, abs=5e-5)


@pytest.mark.parametrize(
    ("half_life", "after", "before"), [(2, 24.1664, 0.1888), (4, 32.4516, 2.8683), (6, 40.0258, 7.9421)]
)
def test_three_doses_a_day_leave_the_least_before_the_morning(half_life: int, after: float, before: float) -> None:
    days = [START + n * DAY for n in range(40)]
    doses = [(day + hours(hour), Fraction(20)) for day in days for hour in (8, 13, 18)]
    evening, morning = days[-1] + hours(18), days[-1] + hours(8)
    assert remaining(doses, Fraction(half_life), [evening])[0] == pytest.approx(after, abs=5e-5)
    assert remaining(doses, Fraction(half_life), [morning], before=True)[0] == pytest.approx(before, abs=5e-5)


@pytest.mark.parametrize(("half_life", "left"), [(2, 4.657e-9), (4, 1.526e-4), (6, 4.8828e-3)])
def test_five_milligrams_after_sixty_hours(half_life: int, left: float) -> None:
    (found,) = remaining([(START, Fraction(5))], Fraction(half_life), [START + hours(60)])
    assert found == pytest.approx(left, rel=2e-4)


@given(
    doses=st.lists(st.tuples(st.integers(0, 5000), st.fractions(0, 100, max_denominator=8)), max_size=30),
    asked=st.lists(st.integers(-100, 6000), min_size=1, max_size=30),
    half_life=st.fractions(Fraction(1, 2), 100, max_denominator=4),
)
def test_one_pass_gives_the_plain_sum(doses: list[tuple[int, Fraction]], asked: list[int], half_life: Fraction) -> None:
    def minutes(count: int) -> datetime:
        return START + timedelta(minutes=count)

    ordered = sorted(doses, key=lambda dose: dose[0])
    found = remaining([(minutes(m), mg) for m, mg in ordered], half_life, [minutes(m) for m in sorted(asked)])
    plain = [
        sum(float(mg) * 2 ** (-(now - then) / 60 / float(half_life)) for then, mg in doses if then <= now)
        for now in sorted(asked)
    ]
    assert found == pytest.approx(plain, rel=1e-9, abs=1e-12)


def test_a_dose_counts_from_its_own_instant() -> None:
    dose = [(START, Fraction(20))]
    assert remaining(dose, Fraction(4), [START]) == [20.0]
    assert remaining(dose, Fraction(4), [START], before=True) == [0.0]
    assert remaining(dose, Fraction(4), [START - hours(1)]) == [0.0]


@pytest.mark.parametrize("half_life", [Fraction(0), Fraction(-2)])
def test_a_half_life_is_more_than_nothing(half_life: Fraction) -> None:
    with pytest.raises(ValueError, match="half-life"):
        remaining([(START, Fraction(20))], half_life, [START])


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        remaining([(START, Fraction(20))], Fraction(4), [datetime(2023, 1, 2)])  # noqa: DTZ001


@pytest.mark.parametrize("night", [date(2023, 3, 26), date(2023, 10, 29)])
def test_a_night_of_summer_time_does_not_bend_the_curve(night: date) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime.combine(night - DAY, time(22), tzinfo=berlin)
    morning = datetime.combine(night, time(8), tzinfo=berlin)
    passed = (morning.astimezone(UTC) - evening.astimezone(UTC)) / hours(1)
    assert passed != 10  # the night is an hour shorter or longer than its wall clock says
    (found,) = remaining([(evening, Fraction(20))], Fraction(4), [morning])
    assert found == pytest.approx(20 * 2 ** (-passed / 4))
    # Hour by hour the same part is lost, the changed hour included.
    steps = [evening.astimezone(UTC) + n * hours(1) for n in range(13)]
    curve = remaining([(evening, Fraction(20))], Fraction(4), steps)
    assert [b / a for a, b in pairwise(curve)] == pytest.approx([2**-0.25] * 12)


def seen(*records: Intake, now: str = "2023-12-01 06:00") -> list[Day]:
    return [day_of(split_day_plan(), Log(records), DAY0, at(now))]


def test_only_what_is_recorded_is_sure() -> None:
    days = seen(
        intake("taken", "morning", at("2023-11-30 08:04")),
        intake("unsure", "afternoon", planned=SPLIT_DAY["afternoon"], due=at("2023-11-30 13:00")),
    )
    assert portions(days, "baclofen") == [
        Portion(at("2023-11-30 08:04"), Fraction(5), Fraction(5)),
        Portion(at("2023-11-30 13:00"), Fraction(0), Fraction(5)),
        Portion(at("2023-11-30 18:00"), Fraction(0), Fraction(10)),
    ]


def test_what_was_skipped_or_still_waits_adds_nothing() -> None:
    waiting = seen(intake("skipped", "morning", due=at("2023-11-30 08:00")), now="2023-11-30 13:30")
    assert portions(waiting, "baclofen") == []


def test_another_amount_and_an_extra_count_as_taken() -> None:
    days = seen(
        intake("taken", "morning", at("2023-11-30 08:00"), amount=SPLIT_DAY["evening"]),
        intake("extra", None, at("2023-11-30 09:00")),
        now="2023-11-30 09:30",
    )
    found = portions(days, "baclofen")
    assert found is not None
    assert [str(p.sure) for p in found] == [str(p.possible) for p in found] == ["10", "5"]


def test_a_time_unknown_is_read_as_the_planned_one() -> None:
    days = seen(intake("taken", "morning", None, exactness="unknown"), now="2023-11-30 09:30")
    found = portions(days, "baclofen")
    assert found == [Portion(at("2023-11-30 08:00"), Fraction(5), Fraction(5))]


def test_there_is_no_band_without_a_half_life_a_strength_or_a_dose() -> None:
    taken = intake("taken", "morning", at("2023-11-30 08:04"))
    days = seen(taken, now="2023-11-30 09:00")
    assert portions_or_reason(days, "baclofen", None) == NO_HALF_LIFE
    assert portions_or_reason(days, "baclofen", RANGE) == portions(days, "baclofen")
    assert portions_or_reason(days, "another", RANGE) == NO_DOSES
    counted = replace(taken, pieces=some(of("1/4", PLAIN)))
    assert portions_or_reason(seen(counted, now="2023-11-30 09:00"), "baclofen", RANGE) == NO_STRENGTH
    assert portions(seen(counted, now="2023-11-30 09:00"), "baclofen") is None


def test_an_unclear_dose_widens_the_band() -> None:
    first = Portion(START, Fraction(20), Fraction(20))
    unclear = Portion(START + hours(5), Fraction(0), Fraction(20))
    band = estimate([first, unclear], RANGE, START, START + hours(5), samples=5)
    assert band.times[-2:] == (START + hours(5),) * 2  # before and after the dose
    assert band.low[-1] == pytest.approx(20 * 2**-2.5)
    assert band.high[-2] == pytest.approx(20 * 2 ** (-5 / 6))
    assert band.high[-1] == pytest.approx(20 + 20 * 2 ** (-5 / 6))


@given(
    given_=st.lists(
        st.tuples(st.integers(0, 3000), st.fractions(0, 50, max_denominator=8), st.booleans()), max_size=25
    ),
    low=st.fractions(Fraction(1, 2), 50, max_denominator=4),
    wider=st.fractions(0, 50, max_denominator=4),
    until=st.integers(0, 4000),
)
def test_the_lower_edge_is_never_above_the_upper(
    given_: list[tuple[int, Fraction, bool]], low: Fraction, wider: Fraction, until: int
) -> None:
    found = [
        Portion(START + timedelta(minutes=m), mg if sure else Fraction(0), mg)
        for m, mg, sure in sorted(given_, key=lambda dose: dose[0])
    ]
    band = estimate(found, (low, low + wider), START, START + timedelta(minutes=until), samples=7)
    assert all(0 <= lower <= upper for lower, upper in zip(band.low, band.high, strict=True))
    assert list(band.times) == sorted(band.times)
    assert band.times[0] == START
    assert band.times[-1] == START + timedelta(minutes=until)
    whole = sum(float(mg) for m, mg, _ in given_ if m <= until)
    assert max(band.high) <= whole + 1e-9


def test_a_band_that_ends_before_it_begins_is_empty() -> None:
    assert estimate([], RANGE, START, START - DAY).times == ()


def test_what_is_left_out_of_the_past_is_less_than_a_millionth() -> None:
    assert lead(None) == timedelta(0)
    (left,) = remaining([(START, Fraction(1))], RANGE[1], [START + lead(RANGE)])
    assert left < 1e-6
    assert lead((Fraction(20), Fraction(2000))) == timedelta(days=400)


def test_the_words_promise_nothing() -> None:
    text = " ".join(ASSUMPTIONS).lower()
    assert "one compartment" in text
    assert "first-order" in text
    assert not any(word in text for word in ("effect", "level", "should", "concentration"))
