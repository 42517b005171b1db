"""When something happened, as people type it: "13:05", "2023-11-30T13:05", "10m ago"."""

import re
from datetime import UTC, date, datetime, time, timedelta

from splitdose.core.amount import quote
from splitdose.core.clock import DAY, FIRST_YEAR, LAST_YEAR, Calendar, wall_to_instant
from splitdose.core.errors import BadInput

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_FULL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{1,2}):([0-9]{2})", re.IGNORECASE)
_AGO = re.compile(r"(?:([0-9]{1,4}) ?h(?:ours?)?)? ?(?:([0-9]{1,5}) ?m(?:in|inutes?)?)? ago", re.IGNORECASE)
NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
"""Words for a logical date, and how many days it is from today."""
_BETWEEN = re.compile(r" (?:to|until|-|–) | ?\.\. ?")
_TODO = 'type it as 13:05, 2023-11-30T13:05, now or "10m ago"'


def parse_when(text: str, day: date, now: datetime, calendar: Calendar) -> datetime:
    """Read when something was taken.

    Args:
        text: "13:05" (within the logical date), "2023-11-30T13:05", "now", or "10m ago", "2h ago",
            "1h 30m ago".
        day: the logical date that a bare clock time lies in.
        now: the instant (UTC); a later one is refused.
        calendar: days and zone.

    Returns:
        The instant (UTC).

    Raises:
        BadInput: unreadable, or in the future.
    """
    typed = text.strip()
    if typed.lower() == "now":
        return now.astimezone(UTC)
    if found := _CLOCK.fullmatch(typed):
        instant = calendar.instant(day, _wall(found[1], found[2], typed))
    elif found := _FULL.fullmatch(typed):
        try:
            on = date.fromisoformat(found[1])
        except ValueError:
            raise BadInput(f"{quote(typed)} is not a date of the calendar", _TODO) from None
        if not FIRST_YEAR <= on.year <= LAST_YEAR:
            raise BadInput(f"{quote(typed)} is out of range", _TODO)
        instant = wall_to_instant(on, _wall(found[2], found[3], typed), calendar.zone_on(on))
    elif (found := _AGO.fullmatch(typed)) and (found[1] or found[2]):
        instant = now - timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    else:
        raise BadInput(f"{quote(typed)} is not a time", _TODO)
    instant = instant.astimezone(UTC)
    if instant > now:
        shown = calendar.local(instant).strftime("%Y-%m-%d %H:%M")
        raise BadInput(
            f"{quote(typed)} is {shown}, which is still to come",
            "give a time that has passed, or name another day",
        )
    return instant


def _wall(hour: str, minute: str, typed: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise BadInput(f"{quote(typed)} is not a time of day", _TODO)
    return time(int(hour), int(minute))


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
