"""The watcher: gives reminders without the app, by the same claims, for as long as it is left running.

It has no screen: what it gives and what goes wrong is handed to whoever runs it, as lines. This module must never
import Textual, and never end because something went wrong once.
"""

import os
import select
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TextIO

from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome, ring_terminal
from splitdose.reminding import GivenNotice, Reminding, give_due_notice, until_next_look
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import DataFolder, StoreError


class Ended(Protocol):
    """Waits, and says whether it is time to end."""

    def __call__(self, seconds: float) -> bool: ...


class Watcher(Reminding):
    """Reminds through the channels that a process without a screen of its own has."""

    def __init__(
        self, session: Session, settings: Settings, environ: Mapping[str, str], *,
        config: Path | None = None, terminal: TextIO | None = None, note: Callable[[str], None] = lambda text: None,
    ) -> None:  # fmt: skip
        """Make one.

        Args:
            session: on the data folder.
            settings: as read.
            environ: of the process.
            config: the settings' file, read again when it changes; None to leave it.
            terminal: one to ring, if the process has one.
            note: says something beside the notices.
        """
        super().__init__(session, settings, environ, config=config)
        self._terminal = terminal
        self._note = note
        self._just_rung: GivenNotice | None = None
        self._zone_noted = ""
        self._unread = ""

    @property
    def folder(self) -> DataFolder:
        """The data folder that is watched."""
        return self.session.reader.store

    def run(self, given: Callable[[GivenNotice], None], ended: Ended) -> None:
        """Look once a second, just after the full second, until `ended`."""
        while True:
            try:
                found = self.look()
                self._unread = ""
            except StoreError as problem:
                found = self._cannot_read(str(problem))
            if found is not None:
                given(found)
            if ended(until_next_look(self.session.reader.now())):
                return

    def look(self) -> GivenNotice | None:
        """Give what is due now; None when nothing is. Raises StoreError when plan or log can't be read."""
        self._just_rung = None
        work = self.tick()
        rung, sent = self._just_rung, None
        if work is not None:
            done = work()
            self.finish(done)
            sent = done.given
        if rung is None or sent is None:
            return rung or sent
        return GivenNotice(rung.text, (*rung.outcomes, *sent.outcomes))

    def once(self) -> GivenNotice | None:
        """Give what is due now through every channel there is, and say what each answered; None: nothing is due.

        Raises StoreError when plan or log can't be read.
        """
        reminders = self.session.reminders
        reminders.forget_old(self.session.reader.now())
        reminder = reminders.due_notice()
        if reminder is None:
            return None
        if not self.desktop.ok and not self.can_ring:
            return GivenNotice(reminders.text(reminder), (self.desktop,))  # nothing is promised: it stays due
        return give_due_notice(reminders, self._send_everywhere)

    def _send_everywhere(self, notice: Notice) -> tuple[Outcome, ...]:
        # The terminal first: it answers at once, where a notification service may hang.
        return (
            *([self._ring_terminal(notice)] if self.can_ring else []),
            self.send(notice) if self.desktop.ok else self.desktop,
        )

    def wall_time(self) -> str:
        """Now on the record's wall clock, "13:00:01"; where the record can't be read, in UTC."""
        now = self.session.reader.now()
        try:
            return self.session.reader.calendar.local(now).strftime("%H:%M:%S")
        except StoreError:
            return now.strftime("%H:%M:%SZ")

    # Its own side of the loop

    @property
    def can_ring(self) -> bool:
        return self._terminal is not None and self.settings.bell

    def ring(self, text: NoticeText) -> None:
        self._just_rung = GivenNotice(text, (self._ring_terminal(Notice(text.title, text.body)),))

    def _ring_terminal(self, notice: Notice) -> Outcome:
        assert self._terminal is not None
        return ring_terminal(notice, self._terminal, self.environ)

    def settings_read(self, warnings: Sequence[str]) -> None:
        for note in warnings or self.silence_notes():
            self._note(note)

    def minute_began(self) -> None:
        other = self.session.reader.zone_differs() or ""
        if other and other != self._zone_noted:
            kept = self.session.reader.calendar.latest.zone
            self._note(f"this computer is in {other}, the record is kept in {kept}, which rules until you answer")
        self._zone_noted = other

    def channels_changed(self) -> None:
        """Nothing here shows it."""

    def _cannot_read(self, problem: str) -> GivenNotice | None:
        """Tell the person once that nobody can be reminded, for a silent watcher looks like one with nothing to say."""
        if problem == self._unread:
            return None
        self._unread = problem
        self._note(problem)
        text = NoticeText("Splitdose can't remind you", problem)
        notice = Notice(text.title, text.body)
        outcomes = [self.send(notice)] if self.settings.desktop else []
        if self._terminal is not None:
            outcomes.append(self._ring_terminal(notice))
        return GivenNotice(text, tuple(outcomes))


@contextmanager
def until_signalled() -> Iterator[Ended]:
    """Gives what waits for a while or for SIGTERM or SIGINT, whichever comes first, and says whether one came.

    On the system's own waiting, so that a signal ends the wait at once.
    """
    came: list[int] = []
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    before = {number: signal.signal(number, lambda n, _: came.append(n)) for number in (signal.SIGTERM, signal.SIGINT)}
    waker = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def ended(seconds: float) -> bool:
        if not came:
            select.select([ours], [], [], max(0.0, seconds))
            with suppress(BlockingIOError):
                ours.recv(64)
        return bool(came)

    try:
        yield ended
    finally:
        signal.set_wakeup_fd(waker)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()


def own_terminal(*streams: TextIO) -> TextIO | None:
    """The first of some streams that is a terminal."""
    for stream in streams:
        with suppress(ValueError, OSError):
            if os.isatty(stream.fileno()):
                return stream
    return None
