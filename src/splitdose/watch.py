"""The watcher: gives reminders without the app, by the same claims, for as long as it is left running.

Once a second it looks at the wall clock and at the files, and computes only when the minute or a file has changed or
an instant has come at which something may be owed. It never waits for long on a monotonic timer: one that slept with
the machine would come late. This module must never import Textual, and never end because something went wrong once.
"""

import os
import select
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from splitdose.core.remind import Sent, remembered
from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome, probe_desktop, ring_terminal, send_desktop
from splitdose.session import Reminders, Session
from splitdose.settings import Settings, machine_zone, place_of_silent, read_settings
from splitdose.store import DataFolder, StoreError

PROBE_EVERY = 5
"""Looks between two at whether a desktop that could not be reached can be now."""
JUST_AFTER = 0.02
"""Seconds after a full second at which to look: doses become due on full seconds."""
OFF = Outcome("desktop", ok=False, reason="off in the settings")


class Ended(Protocol):
    """Waits, and says whether it is time to end."""

    def __call__(self, seconds: float) -> bool: ...


@dataclass(frozen=True)
class Told:
    """One notice that this process gave, or tried to.

    Attributes:
        when: on the record's wall clock, "13:00:01".
        text: what it said.
        outcomes: what each channel answered.
    """

    when: str
    text: NoticeText
    outcomes: tuple[Outcome, ...]

    @property
    def reached(self) -> bool:
        """Whether any channel took it."""
        return any(outcome.ok for outcome in self.outcomes)


class Watcher:
    """Looks what is owed, and gives it through the channels that a process without a screen of its own has."""

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
        self._session = session
        self._settings = settings
        self._environ = environ
        self._config = ConfigFile(config)
        self._terminal = terminal
        self._note = note
        self._given: list[Sent] = []
        self._since = session.reader.now()
        self._waited, self._unreachable = 0, False
        self._zone_asked = -1
        self._zone_noted = ""
        self._unread = ""

    @property
    def folder(self) -> DataFolder:
        """The data folder that is watched."""
        return self._session.reader.store

    def silence_notes(self) -> list[str]:
        """What to tell at the start of names that are meant to silence a medicine, and don't."""
        return silence_notes(self._session.reminders, self._config.file)

    def run(self, told: Callable[[Told], None], ended: Ended) -> None:
        """Look once a second, just after the full second, until `ended`."""
        while True:
            try:
                self._keep_up()
                found = self.look()
                if found is not None:
                    told(found)
                self._unread = ""
            except StoreError as problem:
                found = self._cannot_read(str(problem))
                if found is not None:
                    told(found)
            now = self._session.reader.now()
            if ended(1 + JUST_AFTER - now.microsecond / 1_000_000):
                return

    def look(self) -> Told | None:
        """Give what is owed now; None when nothing is. Raises StoreError when plan or log can't be read."""
        reminders, now = self._session.reminders, self._session.reader.now()
        text: NoticeText | None = None
        outcomes: list[Outcome] = []
        # The terminal first: it answers at once, where a notification service may hang.
        if self._terminal is not None and self._settings.bell:
            self._given = remembered(self._given, now)
            saying = reminders.due_notice_here(self._given, min(self._since, now))
            if saying is not None:
                self._given += saying.given(now, done=True)
                text = reminders.text(saying)
                outcomes.append(ring_terminal(Notice(text.title, text.body), self._terminal, self._environ))
        sent = self._desktop()
        if sent is not None:
            text = text or sent[0]
            outcomes.append(sent[1])
        return Told(self._when(), text, tuple(outcomes)) if text is not None else None

    def _desktop(self) -> tuple[NoticeText, Outcome] | None:
        """Give the desktop notice that is owed, if this process can and no other does."""
        # Who can't reach the service leaves the claim to those who can, and looks again in a few seconds.
        self._waited += 1
        if not self._settings.desktop or (self._unreachable and self._waited % PROBE_EVERY):
            return None
        if self._session.reminders.due_notice() is None:
            return None
        self._unreachable = not probe_desktop(self._environ).ok
        if self._unreachable:
            return None
        claim = self._session.reminders.claim()
        if claim is None:
            return None
        outcome = send_desktop(Notice(claim.text.title, claim.text.body), environ=self._environ)
        self._session.reminders.settle(claim, reached=outcome.ok)
        return claim.text, outcome

    def once(self) -> Told | None:
        """Give what is owed now through every channel there is, and say what each answered; None: nothing is owed.

        Raises StoreError when plan or log can't be read.
        """
        reminders = self._session.reminders
        reminders.forget_old(self._session.reader.now())
        saying = reminders.due_notice()
        if saying is None:
            return None
        desktop = probe_desktop(self._environ) if self._settings.desktop else OFF
        rings = self._terminal is not None and self._settings.bell
        if not desktop.ok and not rings:
            return Told(self._when(), reminders.text(saying), (desktop,))  # nothing is promised: it stays owed
        claim = reminders.claim()
        if claim is None:
            return None
        notice = Notice(claim.text.title, claim.text.body)
        outcomes = []
        if self._terminal is not None and rings:
            outcomes.append(ring_terminal(notice, self._terminal, self._environ))
        outcomes.append(send_desktop(notice, environ=self._environ) if desktop.ok else desktop)
        reminders.settle(claim, reached=any(outcome.ok for outcome in outcomes))
        return Told(self._when(), claim.text, tuple(outcomes))

    def _when(self) -> str:
        try:
            calendar = self._session.reader.calendar
        except StoreError:
            return self._session.reader.now().strftime("%H:%M:%SZ")
        return calendar.local(self._session.reader.now()).strftime("%H:%M:%S")

    # What may change while it runs

    def _keep_up(self) -> None:
        """Settings and zone as they are now; what is long past is forgotten."""
        now = self._session.reader.now()
        fresh = self._config.changed(self._settings)
        if fresh is not None:
            for warning in fresh.warnings:
                self._note(warning)
            if not fresh.warnings:
                self._settings = fresh
                self._session.reminders.policy = fresh.reminders
                for trouble in self.silence_notes():
                    self._note(trouble)
        if self._session.reminders.must_forget(now):
            self._session.reminders.forget_old(now)
        minute = int(now.timestamp()) // 60
        if minute != self._zone_asked:
            self._zone_asked = minute
            self._session.reader.machine_zone = machine_zone(self._environ)[0]
            other = self._session.reader.zone_differs() or ""
            if other and other != self._zone_noted:
                kept = self._session.reader.calendar.latest.zone
                self._note(f"this computer is in {other}, the record is kept in {kept}, which rules until you answer")
            self._zone_noted = other

    def _cannot_read(self, problem: str) -> Told | None:
        """Tell the person once that nobody can be reminded, for a silent watcher looks like one with nothing to say."""
        if problem == self._unread:
            return None
        self._unread = problem
        self._note(problem)
        text = NoticeText("Splitdose can't remind you", problem)
        notice = Notice(text.title, text.body)
        outcomes = [send_desktop(notice, environ=self._environ)] if self._settings.desktop else []
        if self._terminal is not None:
            outcomes.append(ring_terminal(notice, self._terminal, self._environ))
        return Told(self._when(), text, tuple(outcomes))


def silence_notes(reminders: Reminders, config: Path | None, *, short: bool = False) -> list[str]:
    """What to tell of names under `silent` that silence nothing, one line each: where it stands, and what to do.

    Args:
        reminders: of the record.
        config: the settings' file.
        short: without folders and what to do, for a line on a small screen.

    Raises CannotRead when the plan can't be read.
    """
    notes = []
    for name, what, todo in reminders.silence_troubles():
        place = f"{place_of_silent(config, name, short=short)}: " if config is not None else ""
        notes.append(f"{place}{what}" if short else f"{place}{what}; {todo}")
    return notes


class ConfigFile:
    """The settings' file, looked at often and read when it has changed."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._seen = self._status()

    def changed(self, before: Settings) -> Settings | None:
        """The settings anew if the file has changed and says something else than `before`; else None."""
        status = self._status()
        if self.file is None or status == self._seen:
            return None
        self._seen = status
        found = read_settings(self.file)
        return found if found != before else None

    def _status(self) -> tuple[int, ...]:
        if self.file is None:
            return ()
        try:
            status = self.file.stat()
        except OSError as error:
            return (error.errno or -1,)
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


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
