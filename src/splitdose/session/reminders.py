"""Reminding: which notice is owed, who gives it, and what became of it.

Desktop notices are shared by every window and watcher: claim under the lock, release, send, then note the result. A
claim that can't be kept on disk, and notices sent that can't be read back, never stop a reminder: the process then
goes by what it remembers itself. Rather a duplicate than a miss; never a flood.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from splitdose.core.amount import quote
from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey, DosePoint
from splitdose.core.remind import (
    CLOCK_SLACK,
    KEPT,
    RETRY_AFTER,
    SAID_EARLY,
    Policy,
    Reminder,
    Review,
    Sent,
    Silence,
    Snooze,
    next_moment,
    passed_unsaid,
    remembered,
    silence,
    snooze_of,
    what_to_say,
)
from splitdose.core.showing import show_dose, words_of
from splitdose.core.wording import NoticeText, day_words, joined, notice_text, review_notice, state_words
from splitdose.session.reader import Reader
from splitdose.store import CannotRead, NotSaved, ReminderRecord, new_id

FORGET_EVERY = timedelta(hours=6)
"""How often what was sent long ago is dropped."""


@dataclass(frozen=True)
class Claim:
    """A notice this process has promised to give."""

    reminder: Reminder
    text: NoticeText
    entries: tuple[tuple[str, Sent], ...]


class _Nothing:
    """Remembers that nothing was owed, and until when that holds if no file changes.

    Doses become due, pass, and quiet hours end on full minutes, so the answer is never kept beyond the minute, and
    never over a step of the clock.
    """

    def __init__(self) -> None:
        self._seen: Hashable = None
        self._from: datetime | None = None
        self._until: datetime | None = None

    def holds(self, seen: Hashable, now: datetime) -> bool:
        return (
            self._from is not None
            and seen == self._seen
            and self._from <= now
            and _minute(now) == _minute(self._from)
            and (self._until is None or now < self._until)
        )

    def keep(self, seen: Hashable, now: datetime, until: datetime | None) -> None:
        self._seen, self._from, self._until = seen, now, until


class Reminders:
    """What is owed, for one window or watcher.

    Attributes:
        policy: how the person wants to be reminded; may be set anew at any time.
        trouble: why what was sent or snoozed can't be kept or read, or "".
    """

    def __init__(self, reader: Reader, where: str, policy: Policy) -> None:
        self._reader = reader
        self._where = where
        self.policy = policy
        self.trouble = ""
        self._own: list[Sent] = []
        self._sent_ahead = self._snoozed_ahead = False
        self._forgot: datetime | None = None
        self._nothing, self._nothing_here = _Nothing(), _Nothing()

    def share(self, other: "Reminders") -> None:
        """Go by the same policy and memory as another one of this process, which works in another thread."""
        self.policy, self._own = other.policy, other._own

    def silence(self) -> Silence:
        """Which medicines have no reminders, and which names under `silent` are none of the medicines'."""
        return silence(self.policy.silent, (medicine.name for medicine in self._reader.plan().medicines))

    def silence_troubles(self) -> list[tuple[str, str, str]]:
        """The names under `silent` that silence nothing, each with why and what to do; none before there is a plan.

        Raises CannotRead when the plan can't be read.
        """
        if not self.policy.silent or not self._reader.plan().medicines:
            return []
        found = self.silence()
        named = "silent names {}, which {}"
        wrong = [
            (name, named.format(quote(name), "is not a medicine here"), "correct the name, or remove it")
            for name in found.unknown
        ]
        for name, alike in found.unclear:
            what = f"could be {joined([quote(each) for each in alike], 'or')}"
            wrong.append((name, named.format(quote(name), what), "write it just as that medicine is written"))
        return wrong

    def _wishes(self) -> Policy:
        """The policy with the medicines' own names under `silent`, however they are typed there."""
        return replace(self.policy, silent=self.silence().medicines) if self.policy.silent else self.policy

    def calling(self) -> list[Dose]:
        """The open doses that the person is to be reminded of, oldest first."""
        silent = self._wishes().silent
        return [dose for dose in self.answerable() if dose.medicine not in silent]

    def answerable(self) -> list[Dose]:
        """The open doses, oldest first."""
        return self._reader.open_doses()

    def candidates(self) -> list[Dose]:
        """Doses that may be owed a notice: open, or upcoming within the lead time."""
        now = self._reader.now()
        return [
            dose
            for day in self._reader.around()
            for dose in day.doses
            if dose.open or (dose.state == "upcoming" and dose.due - now <= self.policy.lead)
        ]

    def passed(self, since: datetime | None = None) -> list[Dose]:
        """Doses that passed lately without a record; none from before their medicine was set up.

        Args:
            since: leave out what was due before this.
        """
        plan = self._reader.plan()
        set_up = {m.name: min(v.made_at for v in m.versions) for m in plan.medicines}
        doses = (dose for day in self._reader.around() for dose in day.doses)
        found = passed_unsaid(doses, self._reader.now(), since)
        return [dose for dose in found if dose.medicine in set_up and dose.due >= set_up[dose.medicine]]

    def reviews(self) -> list[Review]:
        """Steps whose minimum hold ended yesterday, and for which nothing has been decided yet."""
        if self.policy.review is None:
            return []
        today, calendar = self._reader.today(), self._reader.calendar
        found = []
        for medicine in self._reader.plan().medicines:
            version = medicine.latest
            current = version.current(today, calendar)
            if version.archived or current is None or version.review_day(current) != today:
                continue
            following = version.steps[current.index + 1 : current.index + 2]
            decided = any(step.begins is not None for step in following)
            hold = version.steps[current.index].hold
            if hold is not None and not decided and not version.paused_at(DosePoint(today), calendar):
                found.append(Review(medicine.name, today, current.index + 1, len(version.steps), hold))
        return found

    def due_notice(self) -> Reminder | None:
        """The desktop notice owed now; None when there is nothing to say. Cheap to ask every second."""
        now = self._reader.now()
        seen = (self._reader.fingerprint(), self.policy, len(self._own))
        if self._nothing.holds(seen, now):
            return None
        doses, passed, sent, snoozes = self.candidates(), self.passed(), self._sent(), self.snoozes()
        calendar, reviews = self._reader.calendar, self.reviews()
        reminder = what_to_say(now, doses, sent, snoozes, self._wishes(), calendar, self._where, passed, reviews)
        if reminder is None:
            until = next_moment(now, [*doses, *passed], sent, snoozes, self.policy, reviews)
            self._nothing.keep(seen, now, until)
        return reminder

    def due_notice_here(self, given: Sequence[Sent], since: datetime | None = None) -> Reminder | None:
        """The same for a channel of this window alone (its bell), by what this window gave.

        Args:
            given: what it gave.
            since: when it began; what passed before that was told, or seen, elsewhere.
        """
        now = self._reader.now()
        seen = (self._reader.fingerprint(), self.policy, len(given), since)
        if self._nothing_here.holds(seen, now):
            return None
        doses, snoozes = self.candidates(), self.snoozes()
        passed, reviews = self.passed(since) if since is not None else [], self.reviews()
        reminder = what_to_say(
            now, doses, given, snoozes, self._wishes(), self._reader.calendar, passed=passed, reviews=reviews
        )
        if reminder is None:
            until = next_moment(now, [*doses, *passed], given, snoozes, self.policy)
            self._nothing_here.keep(seen, now, until)
        return reminder

    def text(self, reminder: Reminder) -> NoticeText:
        """The words of a notice, as of now."""
        return reminder_text(reminder, self._reader.now(), self._reader.calendar, discreet=self.policy.discreet)

    def claim(self) -> Claim | None:
        """Promise the notice owed now, so that no other process gives it too; None when there is nothing to say.

        A promise that can't be kept on disk is kept in this process alone. Raises CannotRead when plan or log
        can't be read.
        """
        if self.due_notice() is None:
            return None
        try:
            with self._reader.store.locked():
                self._reader.refresh()
                reminder = self.due_notice()
                if reminder is None:
                    return None
                entries = self._entries(reminder)
                self._reader.store.add_sent(entries)
                self.trouble = ""
        except (NotSaved, CannotRead) as problem:
            # Waiting for a lock takes its time: what is owed may have been given, or recorded, meanwhile.
            reminder = self.due_notice()
            if reminder is None:
                return None
            self.trouble = str(problem)
            entries = self._entries(reminder)
        self._remember([sent for _, sent in entries])
        return Claim(reminder, self.text(reminder), entries)

    def _entries(self, reminder: Reminder) -> tuple[tuple[str, Sent], ...]:
        now = self._reader.now()
        return tuple((new_id(now), sent) for sent in reminder.given(now, None, self._where))

    def settle(self, claim: Claim, *, reached: bool) -> None:
        """Note what became of a claim: on disk where that is possible, and in this process in any case."""
        results = [(entry, replace(sent, done=reached)) for entry, sent in claim.entries]
        self._remember([sent for _, sent in results])
        try:
            self._reader.store.add_sent(results)
        except (NotSaved, CannotRead) as problem:
            self.trouble = str(problem)

    def snooze(self, dose: Dose, length: timedelta | None = None) -> Snooze:
        """Move the next notice of a dose; its due time and state stay."""
        now = self._reader.now()
        until = (now + (length or self.policy.snooze)).replace(microsecond=0)
        snooze = Snooze(dose.key, until, now, dose.due)
        self._reader.store.add_snooze(new_id(now), snooze)
        return snooze

    def snoozes(self) -> Mapping[DoseKey, Snooze]:
        """The newest snooze of each dose."""
        latest = self._reader.now() + CLOCK_SLACK
        self._snoozed_ahead = False
        found: dict[DoseKey, Snooze] = {}
        for snooze in self._kept().snoozes:
            self._snoozed_ahead = self._snoozed_ahead or snooze.at > latest
            if snooze.key not in found or snooze.at >= found[snooze.key].at:
                found[snooze.key] = snooze
        return found

    def snoozed_until(self, dose: Dose) -> datetime | None:
        """When the next notice of an open dose comes, where the person has put it off until later than now."""
        snooze = snooze_of(dose, self.snoozes()) if dose.open else None
        return snooze.until if snooze is not None and snooze.until > self._reader.now() else None

    def _sent(self) -> list[Sent]:
        """What was sent: as the file says, which every process adds to, and as this process knows itself."""
        now = self._reader.now()
        found = list(self._kept().sent)
        own = list(self._own)
        self._sent_ahead = any(s.at > now + CLOCK_SLACK for s in found) or any(s.at > now + SAID_EARLY for s in own)
        return found + remembered(own, now)

    def _kept(self) -> ReminderRecord:
        """What is kept of reminders, as far as it can be read, for a reminder must not wait until it can."""
        found = self._reader.reminder_record()
        self.trouble = found.trouble or self.trouble
        return found

    def _remember(self, sent: Sequence[Sent]) -> None:
        self._own += sent

    def must_forget(self, now: datetime) -> bool:
        """Whether it is time for `forget_old`, which is then up to the caller.

        It is at first, every six hours, and, once a minute, for as long as what was read last holds something that a
        clock wrote which has been set back since.
        """
        every = RETRY_AFTER if self._sent_ahead or self._snoozed_ahead else FORGET_EVERY
        if self._forgot is not None and abs(now - self._forgot) < every:
            return False
        self._forgot = now
        return True

    def forget_old(self, now: datetime) -> None:
        """Drop what is older than two days, here and on disk, and what a clock wrote that has been set back since.

        That would count as soon as its time really comes, though nobody was told of anything then. What can't be
        dropped stays until the next time.
        """
        self._own[:] = remembered(self._own, now)
        try:
            self._reader.store.drop_state_before(now - KEPT, ahead_of=lambda: self._reader.now() + CLOCK_SLACK)
        except (NotSaved, CannotRead) as problem:
            self.trouble = str(problem)


def reminder_text(reminder: Reminder, now: datetime, calendar: Calendar, *, discreet: bool = False) -> NoticeText:
    """The words of a notice. Of doses that have passed it says that there is no record, and nothing more.

    Of a review it says which step's minimum hold is over.

    Args:
        reminder: what to say.
        now: the instant (UTC).
        calendar: the record's.
        discreet: name no medicine and no amount.
    """
    if reminder.reviews:
        reviews = [review_notice(review, discreet=discreet) for review in reminder.reviews]
        if not reminder.doses:
            if discreet or len(reviews) == 1:
                return reviews[0]
            return NoticeText("Plans to look at", "\n".join(f"{text.title}: {text.body}" for text in reviews))
        due = reminder_text(replace(reminder, reviews=()), now, calendar, discreet=discreet)
        told = [] if discreet else [f"{text.title}: {text.body}" for text in reviews]
        return NoticeText(due.title, "\n".join([due.body, *told]))
    doses = [dose for dose, _ in reminder.doses]
    alike = {"passed" if d.state == "unrecorded" else "upcoming" if d.state == "upcoming" else "open" for d in doses}
    if discreet or (len(doses) == 1 and alike != {"passed"}) or (alike == {"open"} and not reminder.summary):
        return notice_text(reminder, now, calendar, discreet=discreet)
    passed = sum(dose.state == "unrecorded" for dose in doses)
    waiting = len(doses) - passed
    parts = []
    if waiting:
        soon = all(dose.state == "upcoming" for dose in doses if dose.state != "unrecorded")
        verb = ("is" if waiting == 1 else "are") if not soon else ("comes" if waiting == 1 else "come")
        parts.append(f"{_count(waiting)} {verb} {'up' if soon else 'due'}")
    if passed:
        what = str(passed) if waiting else _count(passed)
        parts.append(f"{what} {'has' if passed == 1 else 'have'} no record")
    today = calendar.date_of(now)
    return NoticeText(
        ", ".join(parts), "\n".join(_line(dose, now, calendar, other_day=dose.date != today) for dose in doses)
    )


def _count(number: int) -> str:
    return "1 dose" if number == 1 else f"{number} doses"


def _line(dose: Dose, now: datetime, calendar: Calendar, *, other_day: bool) -> str:
    day = f"{day_words(dose.date, year=False)} " if other_day else ""
    words = state_words(dose, now, calendar)
    return (
        f"{day}{dose.slot.name} {dose.slot.time.strftime('%H:%M')}: {dose.medicine} {show_dose(dose.pieces)}, "
        f"{words_of(dose.pieces)}; {words}"
    )


def _minute(instant: datetime) -> int:
    return int(instant.timestamp()) // 60
