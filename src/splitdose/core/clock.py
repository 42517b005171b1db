"""Logical days, and the way between wall-clock times and instants.

Two kinds of time, never mixed: a planned 08:00 floats with the wall clock (a `date` and a `time`); what
happened is an instant, always an aware `datetime` in UTC. Ranges are [start, end). Instants are compared and
subtracted in UTC only: in an autumn fold two different instants are equal as local times.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from splitdose.core.errors import BadInput

DAY = timedelta(days=1)
DEFAULT_DAY_START = time(4, 0)
DEFAULT_LATE_AFTER = timedelta(minutes=60)
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Dates outside these years are typing mistakes."""
_LAST_ORDINAL = date(LAST_YEAR, 12, 31).toordinal()


def days_after(day: date, count: int) -> date | None:
    """The date so many days later; None where it lies past the last year that a plan may name."""
    ordinal = day.toordinal() + count
    return date.fromordinal(ordinal) if ordinal <= _LAST_ORDINAL else None


@lru_cache(maxsize=32)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name, such as "Europe/Berlin". Raises BadInput when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"unknown time zone {name!r}", 'use an IANA name such as "Europe/Berlin"') from None


def utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive datetime: that is no instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(UTC)


def wall_to_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a wall-clock time on a calendar date.

    A time that does not exist (spring) becomes the first valid minute after; one that occurs twice (autumn)
    is the first.
    """
    local = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    after = instant.astimezone(zone).utcoffset()
    if after == local.utcoffset():
        return instant
    # The time is skipped. Reading it with the offset before the gap (fold=0) lands as far after the gap's end
    # as it lay after the gap's start, so the first valid minute is found by going back while the offset
    # stays.
    before = (instant - DAY).astimezone(zone).utcoffset()
    assert after is not None
    assert before is not None
    low, high = instant - (after - before if after > before else DAY), instant
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle in (low, high):
            break
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high if high.second == 0 else high.replace(second=0) + timedelta(minutes=1)


@dataclass(frozen=True)
class Rules:
    """What decides how a day is read, from a logical date on.

    Attributes:
        since: the first logical date it holds for.
        zone: IANA name.
        day_start: wall-clock time at which the logical day begins.
        late_after: how long after its time a dose is late, and how far from it still on time.
    """

    since: date
    zone: str
    day_start: time = DEFAULT_DAY_START
    late_after: timedelta = DEFAULT_LATE_AFTER


class Calendar:
    """Logical days under rules that may change from one date to the next."""

    def __init__(self, rules: Iterable[Rules]) -> None:
        """Make one from at least one `Rules`; of those with the same `since` the last given holds."""
        by_date = {rule.since: rule for rule in rules}
        if not by_date:
            raise ValueError("a calendar needs rules")
        self._rules = [by_date[since] for since in sorted(by_date)]
        self._begins: dict[date, datetime] = {}

    def rules_on(self, day: date) -> Rules:
        """The rules of a logical date; before the first, the first."""
        found = self._rules[0]
        if len(self._rules) == 1:
            return found
        for rule in self._rules:
            if rule.since > day:
                break
            found = rule
        return found

    @property
    def rules(self) -> tuple[Rules, ...]:
        """All rules, by the date each holds from."""
        return tuple(self._rules)

    @property
    def latest(self) -> Rules:
        """The rules that hold from the last change on."""
        return self._rules[-1]

    def zone_on(self, day: date) -> ZoneInfo:
        return zone_named(self.rules_on(day).zone)

    def begin(self, day: date) -> datetime:
        """The instant (UTC) at which a logical day begins."""
        found = self._begins.get(day)
        if found is None:
            rule = self.rules_on(day)
            found = self._begins[day] = wall_to_instant(day, rule.day_start, zone_named(rule.zone))
        return found

    def end(self, day: date) -> datetime:
        """The instant (UTC) at which the next logical day begins."""
        return self.begin(day + DAY)

    def date_of(self, instant: datetime) -> date:
        """The logical date an instant belongs to: the last day that has begun."""
        day = utc(instant).date() + 2 * DAY
        while self.begin(day) > instant:
            day -= DAY
        return day

    def instant(self, day: date, wall: time) -> datetime:
        """The instant of a wall-clock time of a logical day; before the day start it falls after midnight."""
        rule = self.rules_on(day)
        calendar_day = day + DAY if wall < rule.day_start else day
        return wall_to_instant(calendar_day, wall, zone_named(rule.zone))

    def local(self, instant: datetime) -> datetime:
        """An instant as the wall clock showed it: aware, in the zone of its logical day."""
        return utc(instant).astimezone(self.zone_on(self.date_of(instant)))

    def minutes_into_day(self, day: date, wall: time) -> int:
        """Minutes from the day start to a wall-clock time, for ordering slots: 0–1439."""
        start = self.rules_on(day).day_start
        return ((wall.hour - start.hour) * 60 + wall.minute - start.minute) % (24 * 60)
