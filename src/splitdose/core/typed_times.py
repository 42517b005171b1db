"""When something happened, as people type it: "13:05", "1:05 pm", "yesterday 18:10", "10m ago".

The one reader of times, for the shell, the forms, the guide, the editor, plan files and settings. What can be read
two ways is refused, with what to type instead.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from splitdose.core.amount import quote
from splitdose.core.clock import DAY, FIRST_YEAR, LAST_YEAR, Calendar, wall_to_instant
from splitdose.core.errors import BadInput
from splitdose.core.log import Exactness

_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})|([0-9]{2})([0-9]{2})")
_HALF_DAY = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))? ?([ap])\.?m\.?")
_HOUR = re.compile(r"[0-9]{1,2}")
_WORDS = {"noon": time(12), "midnight": time(0)}
_WALL_TODO = "type it as 08:00, 1:05 pm or noon"

_FULL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:t| at | )(.+)")
_NEAR = re.compile(r"(today|yesterday|tomorrow)(?: at)? (.+)|(.+) (today|yesterday|tomorrow)")
_LENGTH = (
    r"(?:(?P<hours>[0-9]{1,4}|an) ?h(?:r|rs|ours?)?)?(?:,? ?(?:and )?(?P<minutes>[0-9]{1,5}|a) ?m(?:in|ins|inutes?)?)?"
)
_AGO = re.compile(rf"{_LENGTH} ago")
_MINUS = re.compile(rf"[-−–] ?{_LENGTH}")
_SAID = {
    "half an hour ago": 30, "half hour ago": 30, "a quarter of an hour ago": 15, "an hour and a half ago": 90,
}  # fmt: skip
"""Lengths in words, in minutes."""
NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
"""Words for a logical date, and how many days it is from today."""
_BETWEEN = re.compile(r" (?:to|until|-|–) | ?\.\. ?")
_TODO = 'type it as 13:05, 1:05 pm, yesterday 18:10, "10m ago" or now'


def parse_wall(text: str) -> time:
    """Read a time of day.

    Args:
        text: "08:00", "13.05", "1305", "1:05 pm", "8pm", "noon", "midnight" (00:00), or a bare hour from 13 to 23.

    Raises:
        BadInput: unreadable; or it can be read two ways, as "8" and "12 pm" can.
    """
    typed = " ".join(text.split()).lower()
    shown = quote(text.strip())
    if typed in _WORDS:
        return _WORDS[typed]
    if found := _HALF_DAY.fullmatch(typed):
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            raise BadInput(f"{shown} is not a time of day", "with am or pm the hour goes from 1 to 12: 1:05 pm")
        if (hour, minute) == (12, 0):
            raise BadInput(f"{shown} can be read two ways", "type noon or midnight")
        return time(hour % 12 + (12 if found[3] == "p" else 0), minute)
    if found := _CLOCK.fullmatch(typed):
        hour, minute = int(found[1] or found[3]), int(found[2] or found[4])
        if hour > 23 or minute > 59:
            raise BadInput(f"{shown} is not a time of day", "type it as 08:00, from 00:00 to 23:59")
        return time(hour, minute)
    if _HOUR.fullmatch(typed):
        hour = int(typed)
        if 13 <= hour <= 23:
            return time(hour)
        if 1 <= hour <= 12:
            raise BadInput(f"{shown} can be read two ways", f"type {hour:02}:00 or {(hour + 12) % 24:02}:00")
    raise BadInput(f"{shown} is not a time of day", _WALL_TODO)


def split_wall(text: str) -> tuple[str, time]:
    """Read a name and a time of day after it: "morning 08:00", "after lunch 1:05 pm". Raises BadInput.

    Returns:
        The name, "" without one, with single spaces; and the time.
    """
    words = text.split()
    problem: BadInput | None = None
    for count in (2, 1):
        if len(words) < count:
            continue
        try:
            return " ".join(words[:-count]), parse_wall(" ".join(words[-count:]))
        except BadInput as found:
            # What "1:05 pm" and its like may be wrong in is told of them, not of the "pm" alone.
            if problem is None or not _HALF_DAY.fullmatch(" ".join(words[-2:]).lower()):
                problem = found
    raise problem or BadInput("there is no time of day", _WALL_TODO)


def parse_when(text: str, day: date, now: datetime, calendar: Calendar, *, name_zone: bool = False) -> datetime:
    """Read when something was taken.

    Args:
        text: a time of day within the logical date, as `parse_wall` reads it; "2023-11-30T13:05"; "yesterday 18:10";
            "now"; "10m ago", "1h 30m ago", "an hour ago", "-10m".
        day: the logical date that a bare clock time lies in.
        now: the instant (UTC); a later one is refused.
        calendar: days and zone.
        name_zone: whether a refusal says in which zone the time was read, for a machine that is in another one.

    Returns:
        The instant (UTC).

    Raises:
        BadInput: unreadable, to be read two ways, or in the future.
    """
    typed = " ".join(text.split())
    lower = typed.lower()
    if lower in ("now", "just now"):
        return now.astimezone(UTC)
    length = _length(lower)
    if length is not None:
        instant = now - length
    elif found := _FULL.fullmatch(lower):
        instant = _on_date(found[1], found[2], typed, calendar)
    elif found := _NEAR.fullmatch(lower):
        instant = _near(found[1] or found[4], found[2] or found[3], typed, now, calendar)
    else:
        instant = calendar.instant(day, _wall(typed, typed))
    instant = instant.astimezone(UTC)
    if instant > now:
        local = calendar.local(instant)
        zone = f" {calendar.rules_on(calendar.date_of(instant)).zone} time" if name_zone else ""
        raise BadInput(
            f"{quote(typed)} is {local:%Y-%m-%d %H:%M}{zone}, which is still to come",
            "give a time that has passed, or name another day",
        )
    return instant


def parse_taken(
    text: str, day: date, now: datetime, calendar: Calendar, *, name_zone: bool = False
) -> tuple[datetime | None, Exactness]:
    """Read when something was taken, and how exact that is: besides `parse_when` "about 13:05", "~13:05", "unknown".

    Returns:
        The instant (UTC), None for "unknown", "?" and nothing typed; and its exactness.
    """
    if text.strip().lower() in ("unknown", "?", "at a time unknown", ""):
        return None, "unknown"
    typed, about = _without_about(text)
    return parse_when(typed, day, now, calendar, name_zone=name_zone), "about" if about else "exact"


def names_a_day(text: str) -> bool:
    """Whether what `parse_when` reads says itself which day it lies in: "2023-11-30T13:05", "yesterday 18:10"."""
    typed = " ".join(_without_about(text)[0].lower().split())
    return bool(_FULL.fullmatch(typed) or _NEAR.fullmatch(typed))


def _without_about(text: str) -> tuple[str, bool]:
    """A time without "about" or "~" before it, and whether that stood there."""
    found = re.fullmatch(r"\s*(?:about\s|~)\s*(.*)", text, re.IGNORECASE | re.DOTALL)
    return (found[1], True) if found is not None else (text, False)


def _length(typed: str) -> timedelta | None:
    """The time passed that "10m ago" or "-10m" names; None where a text is neither."""
    if typed in _SAID:
        return timedelta(minutes=_SAID[typed])
    found = _AGO.fullmatch(typed) or _MINUS.fullmatch(typed)
    if found is None or not (found["hours"] or found["minutes"]):
        return None
    hours, minutes = (1 if count in ("a", "an") else int(count or 0) for count in (found["hours"], found["minutes"]))
    return timedelta(hours=hours, minutes=minutes)


def _on_date(on: str, wall: str, typed: str, calendar: Calendar) -> datetime:
    """The instant of a wall time on a date of the calendar."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise BadInput(f"{quote(typed)} is not a date of the calendar", _TODO) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput(f"{quote(typed)} is out of range", _TODO)
    return wall_to_instant(day, _wall(wall, typed), calendar.zone_on(day))


def _near(word: str, wall: str, typed: str, now: datetime, calendar: Calendar) -> datetime:
    """The instant of a wall time today or yesterday, where the logical and the calendar's day are the same."""
    day = calendar.date_of(now) + NEAR[word] * DAY
    at = _wall(wall, typed)
    if calendar.local(now).date() != calendar.date_of(now) or at < calendar.rules_on(day).day_start:
        # After midnight "yesterday" is the day that still goes on, or the one before it.
        raise BadInput(f"{quote(typed)} can be read two ways", "type it with its date: 2026-01-31T18:10")
    return calendar.instant(day, at)


def _wall(wall: str, typed: str) -> time:
    """A time of day that is a part of what was typed."""
    try:
        return parse_wall(wall)
    except BadInput as problem:
        if wall[:1].isdigit():
            raise BadInput(problem.what.replace(quote(wall), quote(typed)), problem.todo) from None
        raise BadInput(f"{quote(typed)} is not a time", _TODO) from None


def parse_date(text: str) -> date:
    """Read an ISO date. Raises BadInput with what to type."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise BadInput(f"{quote(text)} is not a date", "type it as 2026-01-31")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{quote(text)} is not a date of the calendar", "type it as 2026-01-31") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadInput(f"{quote(text)} is out of range", f"type a date from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def parse_day(text: str, today: date) -> date:
    """Read a logical date: an ISO date, or "today", "yesterday", "tomorrow". Raises BadInput with what to type."""
    typed = text.strip()
    near = NEAR.get(typed.lower())
    return parse_date(typed) if near is None else today + near * DAY


def parse_days(text: str, today: date) -> tuple[date | None, date | None]:
    """Read a range of logical dates, both ends in it.

    Args:
        text: "2026-01-01 to 2026-01-31", "from 2026-01-01", "until yesterday", "last 14 days", one date, or
            "everything".
        today: the logical date of now.

    Returns:
        The first and the last date; None where it has no such end.

    Raises:
        BadInput: it is no range, or it ends before it begins.
    """
    typed = " ".join(text.lower().split())
    if typed in ("", "all", "everything"):
        return None, None
    if (found := re.fullmatch(r"(?:last )?([1-9][0-9]{0,3}) days?", typed)) is not None:
        return today - (int(found[1]) - 1) * DAY, today
    if typed.startswith("from ") and not _BETWEEN.search(typed):
        return parse_day(typed.removeprefix("from "), today), None
    if typed.startswith("until "):
        return None, parse_day(typed.removeprefix("until "), today)
    ends = _BETWEEN.split(typed.removeprefix("from "))
    if len(ends) > 2:
        raise BadInput(f"{quote(typed)} is not a range of days", "type it as 2026-01-01 to 2026-01-31")
    first, last = parse_day(ends[0], today), parse_day(ends[-1], today)
    if last < first:
        raise BadInput("the range ends before it begins", "give the earlier day first")
    return first, last
