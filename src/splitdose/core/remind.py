"""What should be said now: a pure answer from now, the doses, what was sent and what is snoozed.

Asked again at every tick, it needs no timers: suspend, clock steps, midnight and summer time change `now`
and nothing else. It decides; it neither sends nor stores.

The promises, for as long as anything runs:

- A dose gets a notice when its time (less the lead) has come, then so many repeats, until it is recorded.
- Everything that is owed at one moment comes in one notice, which names each dose: simultaneous doses, and whatever
  a suspended machine slept through.
- A dose that passed without a record before anybody was told of it, because the machine slept, nothing ran, or the
  hours were quiet, is named once, as "no record", and never repeated: it is too late to take it as planned, but not
  to write down what happened. One that had a notice while it was open was spoken of, and isn't named again.
- Quiet hours only silence. At their end one notice names what is open, and what passed in them unsaid.
- A review, where the person wants one, is said once, on the day itself.
- A snooze moves the next notice. It is kept even if the dose passes in the meantime, for it was asked for.
- What was said is known by the dose and its due instant. A dose that gets another time (its slot is moved, a zone
  followed, the plan changed) has its notices at that time; one that goes back to its old time isn't said twice.
- A dose whose record was undone is open again, and has its notices again: those before the undo don't count.
- A notice of a clock that ran ahead and was set right doesn't count when its time really comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Dose
from splitdose.core.names import folded
from splitdose.core.plan import DoseKey

CLAIM_EXPIRES = timedelta(seconds=15)
"""A claim without a result after this long may be taken over: rather a duplicate than a miss."""
RETRY_AFTER = timedelta(seconds=60)
"""A process whose own attempt failed leaves the next attempt to others for this long."""
CLOCK_SLACK = timedelta(minutes=2)
"""A notice stamped further than this in the future was sent under a wrong clock and doesn't count."""
NAMED_WITHIN = timedelta(hours=36)
"""A dose that passed longer ago is no news. Shorter than what was sent is remembered, so that none is named twice."""
KEPT = 2 * DAY
"""How long what was sent and snoozed is remembered."""
AFTER_UNDO = timedelta(minutes=1)
"""How long after a record was undone its dose is spoken of again: whoever undid it may be about to record it anew."""
LONGEST_LEAD = timedelta(hours=3)
"""The longest that a lead may be: what was said earlier than this before a time was not said about that time."""
SAID_EARLY = timedelta(minutes=45)
"""A process whose clock is set back by less than this after it gave a notice gave it a little early, and it counts.

What others gave under a clock that was ahead doesn't: how long ago they did can't be known."""


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
        review: when to say, once, that the minimum hold of a step is over; None for never.
    """

    lead: timedelta = timedelta(0)
    repeat_every: timedelta = timedelta(minutes=10)
    repeats: int = 3
    snooze: timedelta = timedelta(minutes=10)
    quiet: tuple[time, time] | None = None
    discreet: bool = False
    silent: frozenset[str] = frozenset()
    review: time | None = None

    def quiet_at(self, wall: time) -> bool:
        """Whether a wall-clock time lies in the quiet hours."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= wall < end if start <= end else wall >= start or wall < end


@dataclass(frozen=True)
class Review:
    """The first day after the minimum hold of a step, which the person meant to look at.

    Attributes:
        medicine: its name.
        date: the logical date.
        step: its number, from 1.
        of: how many steps the plan has.
        hold: its minimum hold in days.
    """

    medicine: str
    date: date
    step: int
    of: int
    hold: int

    @property
    def key(self) -> DoseKey:
        """As what was sent is known by it. No slot is without a name."""
        return DoseKey(self.medicine, self.date, "")


@dataclass(frozen=True)
class Sent:
    """One notice of one dose, or of a review: claimed by a process, then with a result.

    Attributes:
        key: the dose, or `Review.key`.
        number: 0 for the first notice, then 1, 2 …
        at: the instant (UTC) of the claim.
        done: True when it reached the person, False when the channel failed, None while under way.
        by: the process that claimed it.
        due: the instant (UTC) at which the dose was due; None for a review, and in a document from before it was kept.
        undo: id of the newest void of the dose's records at that time, None where there was none.
    """

    key: DoseKey
    number: int
    at: datetime
    done: bool | None = None
    by: str = ""
    due: datetime | None = None
    undo: str | None = None

    def is_about(self, dose: Dose) -> bool:
        """Whether it was said about a dose as it stands: due when it is, and open for the same reason.

        Of a dose that has passed, what was said before its record was undone counts too: whoever undid it knows.
        """
        passed = dose.state == "unrecorded"
        undone = None if passed else dose.undone
        if self.due is None:
            return self.at >= dose.due - LONGEST_LEAD and (undone is None or self.at >= undone.recorded_at)
        return self.due == dose.due and (passed or self.undo == (undone.id if undone is not None else None))

    def counts(self, now: datetime) -> bool:
        """Whether this notice was given, as far as can be known now."""
        if self.at > now + CLOCK_SLACK or self.done is False:
            return False
        return self.done is True or now - self.at < CLAIM_EXPIRES


@dataclass(frozen=True)
class Snooze:
    """The next notice of a dose comes at `until`, said at `at`.

    Attributes:
        due: the instant (UTC) at which the dose was due; None in a document from before it was kept.
    """

    key: DoseKey
    until: datetime
    at: datetime
    due: datetime | None = None

    def is_about(self, dose: Dose) -> bool:
        """Whether it was said about a dose as it stands: one that got another time has its notices at that time."""
        return self.key == dose.key and self.due in (None, dose.due)


@dataclass(frozen=True)
class Reminder:
    """One notice to give now: the doses it names, each with the number of its notice.

    Attributes:
        doses: in the order of their times.
        summary: it comes after a gap, and names several doses or some that have passed.
        reviews: which reviews it names.
    """

    doses: tuple[tuple[Dose, int], ...]
    summary: bool = False
    reviews: tuple[Review, ...] = ()

    def given(self, at: datetime, done: bool | None, by: str = "") -> list[Sent]:
        """What is remembered of it, one for each dose and review that it names."""
        return [
            Sent(dose.key, number, at, done, by, dose.due, dose.undone.id if dose.undone is not None else None)
            for dose, number in self.doses
        ] + [Sent(review.key, 0, at, done, by) for review in self.reviews]


def remembered(sent: Iterable[Sent], now: datetime) -> list[Sent]:
    """Those of the notices a process gave that still tell it something.

    None from more than two days ago, and none of a clock that was set back by more than a little since: see
    `SAID_EARLY`.
    """
    return [s for s in sent if now - KEPT < s.at <= now + SAID_EARLY]


def snooze_of(dose: Dose, snoozes: Mapping[DoseKey, Snooze]) -> Snooze | None:
    """The snooze that holds for a dose as it stands, of the newest of each dose."""
    found = snoozes.get(dose.key)
    return found if found is not None and found.is_about(dose) else None


# Which medicines nobody is reminded of


@dataclass(frozen=True)
class Silence:
    """What the names under `silent` come to.

    Attributes:
        medicines: those without notices.
        unknown: names as typed that are no medicine's.
        unclear: names as typed that may be several medicines', each with those.
    """

    medicines: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()


def silence(typed: Iterable[str], medicines: Iterable[str]) -> Silence:
    """Read the names of medicines that are to have no notices.

    A name is a medicine's in upper and lower case and in any Unicode normal form. Where that leaves several, it is the
    one that is written so exactly, and without one it silences nothing: rather a notice than a miss.
    """
    names = list(medicines)
    found: set[str] = set()
    unknown: list[str] = []
    unclear: list[tuple[str, tuple[str, ...]]] = []
    for name in sorted(typed):
        alike = [name] if name in names else [each for each in names if folded(each) == folded(name)]
        if len(alike) == 1:
            found.add(alike[0])
        elif alike:
            unclear.append((name, tuple(alike)))
        else:
            unknown.append(name)
    return Silence(frozenset(found), tuple(unknown), tuple(unclear))


def passed_unsaid(doses: Iterable[Dose], now: datetime, since: datetime | None = None) -> list[Dose]:
    """Those of some doses that passed lately without a record, and may still be named.

    Args:
        doses: any.
        now: the instant (UTC).
        since: leave out what was due before this.
    """
    return [
        dose
        for dose in doses
        if dose.state == "unrecorded"
        and dose.tracked
        and dose.planned
        and now - dose.due < NAMED_WITHIN
        and (since is None or dose.due >= since)
    ]


def next_notice(
    dose: Dose, sent: Sequence[Sent], snooze: Snooze | None, policy: Policy, now: datetime
) -> tuple[datetime, int] | None:
    """When the next notice of a dose is owed (it may be past), and its number; None when no more is owed."""
    given = [s for s in sent if s.counts(now) and s.is_about(dose)]
    number = max((s.number for s in given), default=-1) + 1
    last = max((s.at for s in given), default=None)
    asked = snooze is not None and snooze.is_about(dose) and snooze.at <= now + CLOCK_SLACK
    if snooze is not None and asked and (last is None or snooze.at >= last):
        return snooze.until, number
    if last is None:
        begins = dose.due - policy.lead
        undone = dose.undone.recorded_at if dose.undone is not None else None
        return (max(begins, undone + AFTER_UNDO) if undone is not None and undone <= now else begins), 0
    if number > policy.repeats or dose.state == "unrecorded":
        return None
    # On the full second: whoever looks, looks just after one, and repeats must not drift from tick to tick.
    return last.replace(microsecond=0) + policy.repeat_every, number


def what_to_say(
    now: datetime,
    doses: Iterable[Dose],
    sent: Iterable[Sent],
    snoozes: Mapping[DoseKey, Snooze],
    policy: Policy,
    calendar: Calendar,
    me: str = "",
    passed: Iterable[Dose] = (),
    reviews: Iterable[Review] = (),
) -> Reminder | None:
    """The one notice owed now, naming all it is owed for; None when there is nothing to say.

    Args:
        now: the instant (UTC).
        doses: those that may be owed a notice: open ones, and upcoming ones within the lead time.
        sent: notices given or claimed.
        snoozes: the newest snooze of each dose.
        policy: the person's wishes.
        calendar: for the quiet hours' wall clock.
        me: the process that asks; it waits before it repeats an attempt of its own that failed.
        passed: those that passed without a record, see `passed_unsaid`.
        reviews: those of today.
    """
    if policy.quiet_at(calendar.local(now).time()):
        return None
    by_key = _by_key(sent)
    owed: list[tuple[Dose, int]] = []
    overdue = False
    waiting = [d for d in doses if d.open or (d.state == "upcoming" and now >= d.due - policy.lead)]
    for dose in [*passed, *waiting]:
        if dose.medicine in policy.silent:
            continue
        found = next_notice(dose, by_key.get(dose.key, ()), snoozes.get(dose.key), policy, now)
        if found is None or found[0] > now:
            continue
        if any(_failed_lately(s, me, now) and s.is_about(dose) for s in by_key.get(dose.key, ())):
            continue
        owed.append((dose, found[1]))
        overdue = overdue or now - found[0] > policy.repeat_every
    named = tuple(r for r in reviews if _review_owed(r, by_key.get(r.key, ()), policy, now, calendar, me))
    if not owed and not named:
        return None
    owed.sort(key=lambda pair: pair[0].due)
    late = any(dose.state == "unrecorded" for dose, _ in owed) or (overdue and len(owed) > 1)
    return Reminder(tuple(owed), summary=late, reviews=named)


def _review_owed(
    review: Review, sent: Sequence[Sent], policy: Policy, now: datetime, calendar: Calendar, me: str
) -> bool:
    """Whether a review is to be said now: once, and only on its own day, for later it is no news."""
    if policy.review is None or review.medicine in policy.silent or calendar.date_of(now) != review.date:
        return False
    if now < calendar.instant(review.date, policy.review):
        return False
    return not any(s.counts(now) or _failed_lately(s, me, now) for s in sent)


def next_moment(
    now: datetime,
    doses: Iterable[Dose],
    sent: Iterable[Sent],
    snoozes: Mapping[DoseKey, Snooze],
    policy: Policy,
    reviews: Iterable[Review] = (),
) -> datetime | None:
    """The next instant within a wall-clock minute at which something may become owed, if no file changes.

    Doses become due, pass, and quiet hours end on full minutes, at which whoever asks looks anew in any case. What is
    left are the instants that lie anywhere in a minute: repeats, snoozes, claims that expire, retries.
    """
    by_key = _by_key(sent)
    moments = []
    for dose in doses:
        given = by_key.get(dose.key, ())
        found = next_notice(dose, given, snoozes.get(dose.key), policy, now)
        if found is not None:
            moments.append(found[0])
        moments += _tried_again(given)
    for review in reviews:
        moments += _tried_again(by_key.get(review.key, ()))
    return min((moment for moment in moments if moment > now), default=None)


def _tried_again(sent: Iterable[Sent]) -> list[datetime]:
    """When claims without a result expire, and attempts that failed may be repeated."""
    return [s.at + (CLAIM_EXPIRES if s.done is None else RETRY_AFTER) for s in sent if s.done is not True]


def _by_key(sent: Iterable[Sent]) -> dict[DoseKey, list[Sent]]:
    found: dict[DoseKey, list[Sent]] = {}
    for notice in sent:
        found.setdefault(notice.key, []).append(notice)
    return found


def _failed_lately(notice: Sent, me: str, now: datetime) -> bool:
    return notice.done is False and notice.by == me and timedelta(0) <= now - notice.at < RETRY_AFTER
