"""Ranges of days and times as they are typed."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.making import answer, at, calendar
from splitdose.core.errors import BadInput
from splitdose.core.typed_times import names_a_day, parse_days, parse_taken, parse_wall, parse_when, split_wall


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("everything", None, None),
        ("", None, None),
        ("2023-11-01 to 2023-11-30", date(2023, 11, 1), date(2023, 11, 30)),
        ("from 2023-11-01 until yesterday", date(2023, 11, 1), date(2023, 11, 29)),
        ("2023-11-01 - today", date(2023, 11, 1), date(2023, 11, 30)),
        ("2023-11-01..2023-11-02", date(2023, 11, 1), date(2023, 11, 2)),
        (" From  2023-11-01 ", date(2023, 11, 1), None),
        ("until 2023-11-01", None, date(2023, 11, 1)),
        ("yesterday", date(2023, 11, 29), date(2023, 11, 29)),
        ("last 14 days", date(2023, 11, 17), date(2023, 11, 30)),
        ("1 day", date(2023, 11, 30), date(2023, 11, 30)),
    ],
)
def test_a_range_of_days(typed: str, first: date | None, last: date | None) -> None:
    assert parse_days(typed, date(2023, 11, 30)) == (first, last)


@pytest.mark.parametrize(
    "typed",
    ["0 days", "99999 days", "2023-11-30 to 2023-11-01", "2023-11-01-2023-11-30", "a to b", "1 to 2 to 3", "from"],
)
def test_what_is_no_range_of_days(typed: str) -> None:
    with pytest.raises(BadInput):
        parse_days(typed, date(2023, 11, 30))


# Times of day


def forms(wall: time) -> set[str]:
    """Every way in which a minute of the day may be typed."""
    hour, minute = wall.hour, wall.minute
    half, hour_12 = ("am", "pm")[hour >= 12], hour % 12 or 12
    found = {f"{hour}:{minute:02}", f"{hour:02}:{minute:02}", f"{hour}.{minute:02}", f"{hour:02}{minute:02}"}
    if (hour_12, minute) != (12, 0):
        dotted = f"{half[0]}.m."
        found |= {f"{hour_12}{sep}{minute:02}{gap}{m}" for sep in ":." for gap in ("", " ") for m in (half, dotted)}
        if minute == 0:
            found |= {f"{hour_12}{half}", f"{hour_12} {half}"}
    if minute == 0 and hour >= 13:
        found.add(f"{hour}")
    if minute == 0 and hour % 12 == 0:
        found.add("noon" if hour else "midnight")
    return found | {form.upper() for form in found} | {f"  {form} " for form in found}


def test_every_form_of_every_minute_of_the_day_reads_as_that_minute() -> None:
    for minutes in range(24 * 60):
        wall = time(*divmod(minutes, 60))
        for form in forms(wall):
            assert parse_wall(form) == wall, form
            assert split_wall(f"after lunch {form}") == ("after lunch", wall), form


def readings(text: str) -> set[time]:
    """The minutes that somebody may mean by a text, by clocks of 12 hours and of 24."""
    typed = " ".join(text.lower().replace(".m.", "m").split())
    if typed in ("noon", "midnight"):
        return {time(12 if typed == "noon" else 0)}
    number = re.fullmatch(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))? ?(am|pm)?", typed)
    if number is None:
        return set()
    hour, minute, half = int(number[1]), int(number[2] or 0), number[3]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return set()
    if half is not None:
        # Of "12 pm" half of the people think of noon, the other half of midnight.
        hours = {0, 12} if (hour, minute) == (12, 0) else {hour % 12 + 12 * (half == "pm")}
    elif number[2] is None and 1 <= hour <= 12:
        hours = {hour, (hour + 12) % 24}
    else:
        hours = {hour}
    return {time(h, minute) for h in hours}


@given(st.one_of(st.from_regex(r"\A[0-9]{1,4}[:. ]?[0-9]{0,2} ?(?:[apAP]\.?[mM]\.?)?\Z"), st.text(max_size=8)))
@example("12 pm")
@example("12:00am")
@example("8")
@example("0")
@example("noon")
@example("٠٨:٠٠")
def test_no_text_that_is_read_reads_two_ways(text: str) -> None:
    read, why = answer(lambda: parse_wall(text))
    if read is not None:
        assert readings(text) == {read}
    else:
        assert "time of day" in why or "two ways" in why
        assert "; " in why, "it is said what to type"


@pytest.mark.parametrize(
    ("typed", "todo"),
    [
        ("8", "type 08:00 or 20:00"), ("12", "type 12:00 or 00:00"), ("12 pm", "type noon or midnight"),
        ("12:00 am", "type noon or midnight"), ("13:05 pm", "1:05 pm"), ("0:30 am", "1:05 pm"), ("25:00", "08:00"),
        ("24:00", "from 00:00 to 23:59"), ("805", "08:00"), ("", "08:00"), ("8 o'clock", "08:00"), ("7:5", "08:00"),
    ],
)  # fmt: skip
def test_what_is_no_time_of_day_says_what_to_type(typed: str, todo: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_wall(typed)
    assert caught.value.what.startswith(f'"{typed}"')
    assert todo in caught.value.todo


def test_a_name_before_a_time() -> None:
    assert split_wall("dose 2 13:05") == ("dose 2", time(13, 5))
    assert split_wall("dose 2 1:05 pm") == ("dose 2", time(13, 5))
    assert split_wall("noon") == ("", time(12))
    for text, what in (("morning 8", '"8" can be read two ways'), ("night 13 pm", '"13 pm" is not'), ("", "no time"),
                       ("morning soon", '"soon" is not a time of day')):  # fmt: skip
        with pytest.raises(BadInput, match=re.escape(what)):
            split_wall(text)


# When something was taken

TODAY = date(2023, 11, 30)
CALENDAR = calendar()


def when(typed: str, now: str = "2023-11-30 13:58", day: date = TODAY) -> str:
    """The local time that a text means."""
    return CALENDAR.local(parse_when(typed, day, at(now), CALENDAR)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("now", "2023-11-30 13:58"), ("13:05", "2023-11-30 13:05"), ("1:05 pm", "2023-11-30 13:05"),
        ("1.05pm", "2023-11-30 13:05"), ("1305", "2023-11-30 13:05"), ("noon", "2023-11-30 12:00"),
        ("2023-11-29T18:10", "2023-11-29 18:10"), ("2023-11-29t18:10", "2023-11-29 18:10"),
        ("2023-11-29 6:10 pm", "2023-11-29 18:10"), ("2023-11-29 at 18:10", "2023-11-29 18:10"),
        ("yesterday 18:10", "2023-11-29 18:10"), ("Yesterday at 6:10 PM", "2023-11-29 18:10"),
        ("18:10 yesterday", "2023-11-29 18:10"), ("today 8am", "2023-11-30 08:00"),
        ("10m ago", "2023-11-30 13:48"), ("10 min ago", "2023-11-30 13:48"), ("-10m", "2023-11-30 13:48"),
        ("- 10 min", "2023-11-30 13:48"), ("−1h30m", "2023-11-30 12:28"), ("-2h", "2023-11-30 11:58"),
        ("2h ago", "2023-11-30 11:58"), ("2 hours ago", "2023-11-30 11:58"), ("1 hr ago", "2023-11-30 12:58"),
        ("1h 30m ago", "2023-11-30 12:28"), ("1 hour and 30 minutes ago", "2023-11-30 12:28"),
        ("an hour ago", "2023-11-30 12:58"), ("a minute ago", "2023-11-30 13:57"),
        ("half an hour ago", "2023-11-30 13:28"), ("an hour and a half ago", "2023-11-30 12:28"),
        ("an hour and 10 minutes ago", "2023-11-30 12:48"), ("30h ago", "2023-11-29 07:58"),
    ],
)  # fmt: skip
def test_what_a_time_means(typed: str, means: str) -> None:
    assert when(typed) == means
    assert when(f" {typed.upper()} ") == means


def test_after_midnight_a_time_is_of_the_logical_day() -> None:
    assert when("00:20", "2023-12-01 00:30") == "2023-12-01 00:20"
    assert when("23:10", "2023-12-01 00:30") == "2023-11-30 23:10"
    assert when("midnight", "2023-12-01 00:30") == "2023-12-01 00:00"


@pytest.mark.parametrize(
    ("typed", "now", "what"),
    [
        ("13:59", "2023-11-30 13:58", "still to come"), ("tomorrow 08:00", "2023-11-30 13:58", "still to come"),
        ("midnight", "2023-11-30 13:58", "still to come"),
        # After midnight "yesterday" is the day that still goes on, or the one before it; so is the night of yesterday.
        ("yesterday 18:10", "2023-12-01 00:30", "two ways"), ("yesterday 00:30", "2023-11-30 13:58", "two ways"),
        ("today 18:10", "2023-12-01 00:30", "two ways"), ("yesterday 8", "2023-11-30 13:58", "two ways"),
        ("yesterday evening", "2023-11-30 13:58", "not a time"), ("yesterday", "2023-11-30 13:58", "not a time"),
        ("10m", "2023-11-30 13:58", "not a time"), ("10 ago", "2023-11-30 13:58", "not a time"),
        ("ago", "2023-11-30 13:58", "not a time"), ("-10", "2023-11-30 13:58", "not a time"),
        ("in 10m", "2023-11-30 13:58", "not a time"), ("-10m ago", "2023-11-30 13:58", "not a time"),
        ("2023-02-30T10:00", "2023-11-30 13:58", "not a date"),
        ("2423-02-03T10:00", "2023-11-30 13:58", "out of range"),
        ("2023-11-29T25:00", "2023-11-30 13:58", "not a time of day"), ("1 pm", "2023-11-30 12:58", "still to come"),
    ],
)  # fmt: skip
def test_times_that_are_refused(typed: str, now: str, what: str) -> None:
    with pytest.raises(BadInput) as caught:
        when(typed, now)
    assert what in caught.value.what
    assert caught.value.what.startswith(f'"{typed}"')
    assert caught.value.todo


def test_a_refusal_names_the_zone_where_the_machine_is_in_another_one() -> None:
    with pytest.raises(BadInput, match=r"is 2023-11-30 13:59 Europe/Berlin time, which is still to come"):
        parse_when("13:59", TODAY, at("2023-11-30 13:58"), CALENDAR, name_zone=True)


def test_how_exact_a_time_is() -> None:
    def taken(typed: str) -> tuple[datetime | None, str]:
        return parse_taken(typed, TODAY, at("2023-11-30 13:58"), CALENDAR)

    one = at("2023-11-30 13:05")
    assert taken("13:05") == (one, "exact")
    assert taken("about 1:05 pm") == taken("~13:05") == taken(" About 13.05") == (one, "about")
    assert taken("unknown") == taken("?") == taken("") == taken("at a time unknown") == (None, "unknown")


def test_which_times_name_their_day() -> None:
    assert all(map(names_a_day, ("2023-11-29T18:10", "yesterday 6pm", "18:10 yesterday", "about yesterday 18:10")))
    assert not any(map(names_a_day, ("18:10", "10m ago", "now", "yesterday", "")))


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[-0-9a-z :.]{0,20}")))
def test_whatever_is_typed_is_read_or_refused_in_a_line(typed: str) -> None:
    now = at("2023-11-30 13:58")
    read, why = answer(lambda: parse_when(typed, TODAY, now, CALENDAR))
    assert read is None or read <= now
    assert (read is None) == bool(why)
    assert "\n" not in why
