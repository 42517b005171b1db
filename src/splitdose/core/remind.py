"""What should be said now: a pure answer from now, the doses, what was sent and what is snoozed.

Asked again at every tick, it needs no timers: suspend, clock steps, midnight and summer time change `now`
and nothing else. It decides; it neither sends nor stores.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey

CLAIM_EXPIRES = timedelta(seconds=15)
"""A claim without a result after this long may be taken over: rather a duplicate than a miss."""
RETRY_AFTER = timedelta(seconds=60)
"""A process whose own attempt failed leaves the next attempt to others for this long."""
CLOCK_SLACK = timedelta(minutes=2)
"""A notice stamped further than this in the future was sent under a wrong clock and doesn't count."""


@dataclass(frozen=True)
class Policy:
    """How the person wants to be reminded.

    Attributes:
        lead: how long before a dose's time the first notice comes.
        repeat_every: between notices of one dose.
        repeats: how many follow the first.
        snooze: how far a snooze moves the next notice unless said otherwise.
        quiet: wall-clock span without notices, [from, to), which may pass midnight; None for never.
        discreet: notices name no medicine and no amount.
        silent: medicines without notices.
    """

    lead: timedelta = timedelta(0)
    repeat_every: timedelta = timedelta(minutes=10)
    repeats: int = 3
    snooze: timedelta = timedelta(minutes=10)
    quiet: tuple[time, time] | None = None
    discreet: bool = False
    silent: frozenset[str] = frozenset()

    def quiet_at(self, wall: time) -> bool:
        """Whether a wall-clock time lies in the quiet hours."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= wall < end if start <= end else wall >= start or wall < end


@dataclass(frozen=True)
class Sent:
    """One notice of one dose: claimed by a process, then with a result.

    Attributes:
        key: the dose.
        number: 0 for the first notice, then 1, 2 …
        at: the instant (UTC) of the claim.
        done: True when it reached the person, False when the channel failed, None while under way.
        by: the process that claimed it.
    """

    key: DoseKey
    number: int
    at: datetime
    done: bool | None = None
    by: str = ""

    def counts(self, now: datetime) -> bool:
        """Whether this notice was given, as far as can be known now."""
        if self.at > now + CLOCK_SLACK or self.done is False:
            return False
        return self.done is True or now - self.at < CLAIM_EXPIRES


@dataclass(frozen=True)
class Snooze:
    """The next notice of a dose comes at `until`, said at `at`."""

    key: DoseKey
    until: datetime
    at: datetime


@dataclass(frozen=True)
class Saying:
    """One notice to give now: the doses it names, each with the number of its notice."""

    doses: tuple[tuple[Dose, int], ...]
    summary: bool = False


def next_notice(
    dose: Dose, sent: Sequence[Sent], snooze: Snooze | None, policy: Policy, now: datetime
) -> tuple[datetime, int] | None:
    """When the next notice of a dose is owed (it may be past), and its number; None when no more is owed."""
    given = [s for s in sent if s.counts(now)]
    number = max((s.number for s in given), default=-1) + 1
    last = max((s.at for s in given), default=None)
    if snooze is not None and snooze.at <= now + CLOCK_SLACK and (last is None or snooze.at >= last):
        return snooze.until, number
    if last is None:
        return dose.due - policy.lead, 0
    if number > policy.repeats:
        return None
    return last + policy.repeat_every, number


def what_to_say(
    now: datetime,
    doses: Iterable[Dose],
    sent: Iterable[Sent],
    snoozes: Mapping[DoseKey, Snooze],
    policy: Policy,
    calendar: Calendar,
    me: str = "",
) -> Saying | None:
    """The one notice owed now, naming every dose it is owed for; None when there is nothing to say.

    Args:
        now: the instant (UTC).
        doses: those that may be owed a notice: open ones, and upcoming ones within the lead time.
        sent: notices given or claimed.
        snoozes: the newest snooze of each dose.
        policy: the person's wishes.
        calendar: for the quiet hours' wall clock.
        me: the process that asks; it waits before it repeats an attempt of its own that failed.
    """
    if policy.quiet_at(calendar.local(now).time()):
        return None
    by_key: dict[DoseKey, list[Sent]] = {}
    for notice in sent:
        by_key.setdefault(notice.key, []).append(notice)
    owed: list[tuple[Dose, int]] = []
    overdue = False
    for dose in doses:
        if dose.medicine in policy.silent or not (dose.open or dose.state == "upcoming"):
            continue
        found = next_notice(dose, by_key.get(dose.key, ()), snoozes.get(dose.key), policy, now)
        if found is None or found[0] > now:
            continue
        if dose.state == "upcoming" and now < dose.due - policy.lead:
            continue
        if any(_failed_lately(s, me, now) for s in by_key.get(dose.key, ())):
            continue
        owed.append((dose, found[1]))
        overdue = overdue or now - found[0] > policy.repeat_every
    if not owed:
        return None
    return Saying(tuple(owed), summary=overdue and len(owed) > 1)


def _failed_lately(notice: Sent, me: str, now: datetime) -> bool:
    return notice.done is False and notice.by == me and timedelta(0) <= now - notice.at < RETRY_AFTER
