"""Reminding: which notice is owed, who gives it, and what became of it.

Desktop notices are shared by every window and watcher: claim under the lock, release, send, then note the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from splitdose.core.clock import DAY
from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey
from splitdose.core.remind import Policy, Saying, Sent, Snooze, what_to_say
from splitdose.core.wording import NoticeText, notice_text
from splitdose.session.book import Book
from splitdose.store import new_id
from splitdose.store.codecs import decode, read_sent, read_snooze, sent_document, snooze_document

KEPT = 2 * DAY
"""How long what was sent and snoozed is remembered."""


@dataclass(frozen=True)
class Claim:
    """A notice this process has promised to give."""

    saying: Saying
    text: NoticeText
    entries: tuple[tuple[str, Sent], ...]


class Reminders:
    """What is owed, for one window or watcher."""

    def __init__(self, book: Book, where: str, policy: Policy) -> None:
        self._book = book
        self._where = where
        self.policy = policy

    def candidates(self) -> list[Dose]:
        """Doses that may be owed a notice: open, or upcoming within the lead time."""
        now = self._book.now()
        return [
            dose
            for day in self._book.around()
            for dose in day.doses
            if dose.open or (dose.state == "upcoming" and dose.due - now <= self.policy.lead)
        ]

    def owed(self) -> Saying | None:
        """The desktop notice owed now; None when there is nothing to say."""
        now = self._book.now()
        return what_to_say(
            now,
            self.candidates(),
            self._sent(),
            self.snoozes(),
            self.policy,
            self._book.calendar,
            me=self._where,
        )

    def owed_here(self, given: list[Sent]) -> Saying | None:
        """The same for a channel of this window alone (its alarm and bell), by what this window gave."""
        now = self._book.now()
        return what_to_say(now, self.candidates(), given, self.snoozes(), self.policy, self._book.calendar)

    def claim(self) -> Claim | None:
        """Promise the notice owed now, so that no other process gives it too; None when there is nothing to say.

        Raises NotSaved when the promise can't be kept on disk.
        """
        if self.owed() is None:
            return None
        with self._book.store.locked():
            self._book.refresh()
            saying = self.owed()
            if saying is None:
                return None
            now = self._book.now()
            entries = tuple(
                (new_id(now), Sent(dose.key, number, now, None, self._where)) for dose, number in saying.doses
            )
            self._book.store.put_all("state", [("sent", sent_document(sent, entry)) for entry, sent in entries])
        return Claim(saying, notice_text(saying, now, self._book.calendar, discreet=self.policy.discreet), entries)

    def settle(self, claim: Claim, *, reached: bool) -> None:
        """Note what became of a claim."""
        documents = [("sent", sent_document(replace(sent, done=reached), entry)) for entry, sent in claim.entries]
        self._book.store.put_all("state", documents)

    def snooze(self, dose: Dose, length: timedelta | None = None) -> Snooze:
        """Move the next notice of a dose; its due time and state stay."""
        now = self._book.now()
        snooze = Snooze(dose.key, now + (length or self.policy.snooze), now)
        self._book.store.put("state", "snoozes", snooze_document(snooze, new_id(now)))
        return snooze

    def snoozes(self) -> Mapping[DoseKey, Snooze]:
        """The newest snooze of each dose."""
        found: dict[DoseKey, Snooze] = {}
        for document in self._book.store.documents("state", "snoozes"):
            snooze = decode(read_snooze, document, "state.jsonl")
            if snooze.key not in found or snooze.at >= found[snooze.key].at:
                found[snooze.key] = snooze
        return found

    def _sent(self) -> list[Sent]:
        return [decode(read_sent, document, "state.jsonl") for document in self._book.store.documents("state", "sent")]

    def forget_old(self, now: datetime) -> None:
        """Drop what is older than two days."""
        self._book.store.drop_state_before(now - KEPT)
