"""Logical days and wall-clock times, in zones whose clocks change at awkward hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.making import at, calendar
from splitdose.core.clock import DAY, Calendar, Rules, days_after, utc, wall_to_instant, zone_named
from splitdose.core.errors import BadInput

ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana",
    "Asia/Beirut", "America/Santiago", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC",
]  # fmt: skip
STARTS = [time(4), time(0), time(2, 30), time(0, 30), time(1, 45), time(12), time(23, 59)]
zones = st.sampled_from(ZONES)
starts = st.sampled_from(STARTS)
instants = st.datetimes(datetime(2009, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
dates = st.dates(date(2009, 1, 1), date(2030, 12, 30))
walls = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("zone", "day", "wall", "shown"),
    [
        ("Europe/Berlin", date(2024, 3, 31), time(2, 0), "2024-03-31T03:00+02:00"),
        ("Europe/Berlin", date(2024, 3, 31), time(2, 59), "2024-03-31T03:00+02:00"),
        ("Europe/Berlin", date(2024, 3, 31), time(1, 59), "2024-03-31T01:59+01:00"),
        ("Europe/Berlin", date(2024, 10, 27), time(2, 30), "2024-10-27T02:30+02:00"),
        ("America/New_York", date(2024, 3, 10), time(2, 30), "2024-03-10T03:00-04:00"),
        ("America/New_York", date(2024, 11, 3), time(1, 30), "2024-11-03T01:30-04:00"),
        ("Australia/Lord_Howe", date(2024, 10, 6), time(2, 15), "2024-10-06T02:30+11:00"),
        ("Australia/Lord_Howe", date(2024, 4, 7), time(1, 45), "2024-04-07T01:45+11:00"),
        ("Africa/Cairo", date(2024, 4, 26), time(0, 30), "2024-04-26T01:00+03:00"),
        ("America/Havana", date(2024, 3, 10), time(0, 0), "2024-03-10T01:00-04:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(8, 0), "2011-12-31T00:00+14:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(0, 0), "2011-12-31T00:00+14:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(23, 59), "2011-12-31T00:00+14:00"),
        ("Europe/Berlin", date(2024, 2, 29), time(8, 0), "2024-02-29T08:00+01:00"),
    ],
)
def test_wall_times_around_a_change(zone: str, day: date, wall: time, shown: str) -> None:
    instant = wall_to_instant(day, wall, ZoneInfo(zone))
    assert instant.tzinfo is UTC
    assert instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") == shown


def slow_wall_to_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first minute, tried one by one, at which the clock shows the wanted time or has jumped past it."""
    wanted = datetime.combine(day, wall)
    minute = datetime.combine(day, wall, tzinfo=UTC) - timedelta(hours=28)
    while minute.astimezone(zone).replace(tzinfo=None) < wanted:
        minute += timedelta(minutes=15)
    minute -= timedelta(minutes=15)
    while minute.astimezone(zone).replace(tzinfo=None) < wanted:
        minute += timedelta(minutes=1)
    return minute


CHANGES = [
    date(2024, 3, 31), date(2024, 10, 27), date(2024, 3, 10), date(2024, 11, 3), date(2024, 4, 7),
    date(2024, 10, 6), date(2024, 4, 26), date(2024, 11, 1), date(2011, 12, 29), date(2011, 12, 30),
    date(2011, 12, 31), date(2024, 9, 8), date(2024, 4, 6), date(2024, 2, 29), date(2024, 12, 31),
]  # fmt: skip


@given(zones, st.sampled_from(CHANGES) | dates, walls)
def test_the_instant_is_the_first_that_shows_the_time_or_lies_past_it(zone: str, day: date, wall: time) -> None:
    assert wall_to_instant(day, wall, ZoneInfo(zone)) == slow_wall_to_instant(day, wall, ZoneInfo(zone))


@given(zones, starts, instants)
@example("Europe/Berlin", time(2, 30), datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC))
@example("Europe/Berlin", time(2, 30), datetime(2024, 3, 31, 1, 0, tzinfo=UTC))
@example("Europe/Berlin", time(2, 30), datetime(2024, 10, 27, 1, 15, tzinfo=UTC))
@example("Pacific/Apia", time(0), datetime(2011, 12, 30, 10, 0, tzinfo=UTC))
@example("Pacific/Apia", time(4), datetime(2011, 12, 30, 12, 0, tzinfo=UTC))
def test_every_instant_lies_in_exactly_one_day(zone: str, day_start: time, instant: datetime) -> None:
    days = calendar(zone, day_start)
    found = days.date_of(instant)
    holding = [day for n in range(-3, 4) if days.begin(day := found + n * DAY) <= instant < days.end(day)]
    assert holding == [found]


@given(zones, starts, instants)
def test_instants_in_any_zone_give_the_same_day(zone: str, day_start: time, instant: datetime) -> None:
    days = calendar(zone, day_start)
    assert days.date_of(instant.astimezone(ZoneInfo("Asia/Tokyo"))) == days.date_of(instant)
    assert days.local(instant) == instant


@given(zones, starts, dates)
def test_days_follow_each_other_without_a_hole(zone: str, day_start: time, day: date) -> None:
    days = calendar(zone, day_start)
    assert days.end(day) == days.begin(day + DAY)
    assert timedelta(0) <= days.end(day) - days.begin(day) <= timedelta(hours=48)


@given(zones, starts, dates, walls)
def test_a_slot_lies_in_its_day(zone: str, day_start: time, day: date, wall: time) -> None:
    days = calendar(zone, day_start)
    # A time in a gap that ends where the day does falls on the end itself.
    assert days.begin(day) <= days.instant(day, wall) <= days.end(day)


@given(zones, starts, dates, walls, walls)
def test_slots_order_as_their_instants_do(zone: str, day_start: time, day: date, one: time, other: time) -> None:
    days = calendar(zone, day_start)
    if days.minutes_into_day(day, one) < days.minutes_into_day(day, other):
        assert days.instant(day, one) <= days.instant(day, other) or _is_repeated(days, day, other)
    assert 0 <= days.minutes_into_day(day, one) <= 1439


def _is_repeated(days: Calendar, day: date, wall: time) -> bool:
    local = days.instant(day, wall).astimezone(days.zone_on(day))
    return local.utcoffset() != local.replace(fold=1).utcoffset()


def test_early_hours_belong_to_the_day_before() -> None:
    days = calendar()
    assert days.date_of(at("2023-12-01 00:20")) == date(2023, 11, 30)
    assert days.date_of(at("2023-12-01 03:59")) == date(2023, 11, 30)
    assert days.date_of(at("2023-12-01 04:00")) == date(2023, 12, 1)
    assert days.instant(date(2023, 11, 30), time(0, 20)) == at("2023-12-01 00:20")
    assert days.instant(date(2023, 11, 30), time(4, 0)) == at("2023-11-30 04:00")
    assert days.date_of(at("2024-01-01 02:00")) == date(2023, 12, 31)
    assert days.date_of(at("2024-03-01 02:00")) == date(2024, 2, 29)


def test_a_midnight_day_start() -> None:
    days = calendar(day_start=time(0))
    assert days.date_of(at("2023-12-01 00:00")) == date(2023, 12, 1)
    assert days.instant(date(2023, 12, 1), time(0)) == at("2023-12-01 00:00")


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 30), 23), (date(2024, 10, 26), 25), (date(2024, 3, 31), 24)])
def test_days_are_as_long_as_the_clock_makes_them(day: date, hours: int) -> None:
    days = calendar()
    assert days.end(day) - days.begin(day) == timedelta(hours=hours)


def test_a_skipped_date_is_short_and_harms_no_other() -> None:
    days = calendar("Pacific/Apia")
    assert days.end(date(2011, 12, 30)) - days.begin(date(2011, 12, 30)) == timedelta(hours=4)
    assert days.end(date(2011, 12, 31)) - days.begin(date(2011, 12, 31)) == timedelta(hours=24)


RULES = [
    Rules(date(2024, 1, 1), "Europe/Berlin"),
    Rules(date(2024, 6, 1), "America/New_York", time(5), timedelta(minutes=30)),
    Rules(date(2024, 7, 1), "Asia/Tokyo", time(0)),
]


@pytest.mark.parametrize("order", [RULES, RULES[::-1]])
def test_rules_hold_from_their_date(order: list[Rules]) -> None:
    days = Calendar(order)
    assert days.rules_on(date(2023, 1, 1)) == RULES[0]
    assert days.rules_on(date(2024, 5, 31)) == RULES[0]
    assert days.rules_on(date(2024, 6, 1)) == RULES[1]
    assert days.rules_on(date(2030, 1, 1)) == days.latest == RULES[2]
    assert days.begin(date(2024, 5, 31)) == at("2024-05-31 04:00")
    assert days.begin(date(2024, 6, 1)) == at("2024-06-01 05:00", "America/New_York")
    assert days.instant(date(2024, 5, 31), time(2)) == at("2024-06-01 02:00")


@given(instants.filter(lambda i: 2023 < i.year < 2026))
def test_a_changed_zone_leaves_no_hole(instant: datetime) -> None:
    days = Calendar(RULES)
    found = days.date_of(instant)
    assert days.begin(found) <= instant < days.end(found)
    assert sum(days.begin(d) <= instant < days.end(d) for n in range(-3, 4) for d in [found + n * DAY]) == 1


def test_the_last_rules_given_for_a_date_hold() -> None:
    assert Calendar([RULES[0], Rules(date(2024, 1, 1), "UTC")]).latest.zone == "UTC"
    with pytest.raises(ValueError, match="needs rules"):
        Calendar([])


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../etc/passwd", "/etc/passwd", "a\0b", "Europe", "a\nb"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        zone_named(name)
    assert str(caught.value).isprintable()


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        utc(datetime(2024, 1, 1))  # noqa: DTZ001


def test_dates_end_with_the_last_year_a_plan_may_name() -> None:
    assert days_after(date(2024, 2, 28), 2) == date(2024, 3, 1)
    assert days_after(date(2199, 12, 30), 1) == date(2199, 12, 31)
    assert days_after(date(2199, 12, 30), 2) is None
    assert days_after(date(2199, 12, 30), 10**9) is None
