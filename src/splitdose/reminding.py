"""The loop that reminds, for every process that does: look what is due, claim it, send it, and note what became of it.

The watcher and each open window drive one `Reminding`, once a second by the wall clock: a monotonic timer that slept
with the machine would come late. Nothing here knows when a dose is due, which the session says. What may take long or
hang (a notification service, a lock) is handed out as `Work`, so that a window can do it in a thread. This module must
never import Textual, and nothing that goes wrong once may end the reminders.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from splitdose.core.remind import Sent, remembered
from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome, probe_desktop, send_desktop
from splitdose.session import Reminders, Session
from splitdose.settings import Settings, machine_zone, place_of_silent, read_settings
from splitdose.store import StoreError

PROBE_EVERY = 5
"""Ticks between two looks at whether the desktop can be reached."""
JUST_AFTER = 0.02
"""Seconds after a full second at which to look: doses become due on full seconds."""
OFF = Outcome("desktop", ok=False, reason="off in the settings")


def until_next_look(now: datetime) -> float:
    """Seconds from an instant until just after the wall clock's next full second."""
    return 1 + JUST_AFTER - now.microsecond / 1_000_000


@dataclass(frozen=True)
class GivenNotice:
    """One notice that this process gave, or tried to.

    Attributes:
        text: what it said.
        outcomes: what each channel answered.
    """

    text: NoticeText
    outcomes: tuple[Outcome, ...]

    @property
    def reached(self) -> bool:
        """Whether any channel took it."""
        return any(outcome.ok for outcome in self.outcomes)


@dataclass(frozen=True)
class WorkDone:
    """What came of a piece of work.

    Attributes:
        trouble: why what was sent can't be kept or read, or "".
        given: the desktop notice, if one was given.
    """

    trouble: str
    given: GivenNotice | None = None


Work = Callable[[], WorkDone]
"""What is to be done next, and may take long; in any thread, and one piece at a time."""


def give_due_notice(reminders: Reminders, send: Callable[[Notice], tuple[Outcome, ...]]) -> GivenNotice | None:
    """Claim the notice that is due, send it, and note what became of it; None when there is nothing to say.

    Raises CannotRead when plan or log can't be read; then nothing was sent.
    """
    claim = reminders.claim()
    if claim is None:
        return None
    given = GivenNotice(claim.text, send(Notice(claim.text.title, claim.text.body)))
    reminders.settle(claim, reached=given.reached)
    return given


class Reminding(ABC):
    """The reminders of one process: its own bell, and the desktop notices that all processes share.

    Attributes:
        settings: by which it reminds.
        desktop: what the desktop channel answered last, or what can be said of it beforehand.
        leaving: set once the process ends; a notice that is under way then is given up.
    """

    def __init__(
        self, session: Session, settings: Settings, environ: Mapping[str, str], *, config: Path | None = None
    ) -> None:
        """Make one.

        Args:
            session: on the data folder.
            settings: as read.
            environ: of the process.
            config: the settings' file, read again when it changes; None to leave it.
        """
        self.session = session
        self.settings = settings
        self.environ = environ
        self.config = ConfigFile(config)
        self.leaving = threading.Event()
        self.desktop = self._first_look()
        self._refused = False
        self._rung: list[Sent] = []
        self._began: datetime | None = None
        self._busy = False
        self._ticks, self._minute = 0, -1
        self._zone = machine_zone(environ)[0]

    # What a watcher and a window do each in their own way

    @property
    def can_ring(self) -> bool:
        """Whether it has a bell, and may ring it."""
        return self.settings.bell

    @abstractmethod
    def ring(self, text: NoticeText) -> None:
        """Ring the bell."""

    @abstractmethod
    def settings_read(self, warnings: Sequence[str]) -> None:
        """The settings' file has changed: it is followed from now on, or, with warnings, not followed."""

    @abstractmethod
    def minute_began(self) -> None:
        """Another minute has begun on the wall clock."""

    @abstractmethod
    def channels_changed(self) -> None:
        """What can be said of the channels has changed."""

    def session_for_work(self) -> Session:
        """The session that work is done with."""
        return self.session

    # The loop

    def tick(self) -> Work | None:
        """Ring what is due, and say what else is to be done; `finish` is told what came of it before there is more.

        Raises StoreError when plan or log can't be read.
        """
        reader, reminders = self.session.reader, self.session.reminders
        now = reader.now()
        self._began = min(self._began or now, now)
        self._keep_up(now)
        with reader.file_snapshot():
            self._ring(now)
            if self._busy:
                return None
            # Who can't reach the desktop leaves the claim to those who can.
            may_send = self.settings.desktop and (self.desktop.ok or self._refused)
            if may_send and reminders.due_notice() is not None and self._probe():
                self._busy = True
                return self.give
        if reminders.must_forget(now):
            self._busy = True
            return partial(self.forget, now)
        return None

    def _ring(self, now: datetime) -> None:
        """Ring what is due by what this process rang, so that it never depends on a file or a service."""
        if not self.can_ring:
            return
        reminders = self.session.reminders
        self._rung = remembered(self._rung, now)
        reminder = reminders.due_notice_here(self._rung, self._began)
        if reminder is not None:
            self._rung += reminder.given(now, done=True)
            self.ring(reminders.text(reminder))

    def give(self) -> WorkDone:
        """Give the desktop notice that is due."""
        reminders = self.session_for_work().reminders
        given = None
        with suppress(StoreError):  # the bell and the alarm don't depend on this, and the next tick tries again
            given = give_due_notice(reminders, lambda notice: (self.send(notice),))
        return WorkDone(reminders.trouble, given)

    def forget(self, now: datetime) -> WorkDone:
        """Drop what is long past. It may wait for a lock."""
        reminders = self.session_for_work().reminders
        reminders.forget_old(now)
        return WorkDone(reminders.trouble)

    def finish(self, done: WorkDone) -> None:
        """Take in what came of the work that the last tick asked for."""
        self._busy = False
        reminders = self.session.reminders
        changed = done.trouble != reminders.trouble
        reminders.trouble = done.trouble
        if done.given is not None:
            (outcome,) = done.given.outcomes
            self._refused = not outcome.ok
            changed = changed or outcome != self.desktop
            self.desktop = outcome
        if changed:
            self.channels_changed()

    # The desktop

    def send(self, notice: Notice) -> Outcome:
        """Send a notice to the desktop. It may take long."""
        return send_desktop(notice, environ=self.environ, given_up=self.leaving.is_set)

    def _first_look(self) -> Outcome:
        return probe_desktop(self.environ) if self.settings.desktop else OFF

    def _probe(self) -> bool:
        """Look whether the desktop can be reached."""
        found = probe_desktop(self.environ)
        # That the bus answers says nothing of a service that has just refused: only a notice that is taken does.
        if not found.ok or not (self._refused or self.desktop.ok):
            changed = (found.ok, found.reason) != (self.desktop.ok, self.desktop.reason)
            self.desktop, self._refused = found, False
            if changed:
                self.channels_changed()
        return found.ok

    # What may change while it runs

    def use(self, settings: Settings) -> None:
        """Remind as `settings` say from now on; all else in them is left alone."""
        was = self.settings.desktop
        self.settings = replace(
            self.settings, reminders=settings.reminders, bell=settings.bell, desktop=settings.desktop
        )
        self.session.reminders.policy = settings.reminders
        if settings.desktop != was:
            self._refused = False
            self.desktop = self._first_look()
        self.channels_changed()

    def silence_notes(self, *, short: bool = False) -> list[str]:
        """What to say of names under `silent` that silence nothing, one line each: where it stands, and what to do.

        Args:
            short: without folders and what to do, for a line on a small screen.

        Raises CannotRead when the plan can't be read.
        """
        notes = []
        for name, what, todo in self.session.reminders.silence_troubles():
            file = self.config.file
            place = f"{place_of_silent(file, name, short=short)}: " if file is not None else ""
            notes.append(f"{place}{what}" if short else f"{place}{what}; {todo}")
        return notes

    def _keep_up(self, now: datetime) -> None:
        """Settings, desktop and zone as they are now."""
        fresh = self.config.changed(self.settings)
        if fresh is not None:
            if not fresh.warnings:
                self.use(fresh)
            self.settings_read(fresh.warnings)
        self._ticks += 1
        if self.settings.desktop and not self._busy and self._ticks % PROBE_EVERY == 0:
            self._probe()
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            zone = machine_zone(self.environ)[0]
            if zone != self._zone:
                self._zone = self.session.reader.machine_zone = zone
            self.minute_began()


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
