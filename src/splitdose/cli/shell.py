"""What every command works with: its options, the session, and where it may print and ask.

Everything that is printed goes through here, so that no character that could steer a terminal gets past, whoever
typed it. Nothing here knows a single command.
"""

import argparse
import codecs
import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol, TextIO

from splitdose.core.clock import Calendar
from splitdose.core.errors import BadInput
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.typed_times import parse_day
from splitdose.core.wording import clock_back_words
from splitdose.session import Reader, Session
from splitdose.settings import Settings, data_folder, machine_zone, typed_path
from splitdose.store import DataFolder, new_id

Clock = Callable[[], datetime]
MOST_DAMAGE_TOLD = 5


class OpenApp(Protocol):
    """Opens the screens and returns an exit code."""

    def __call__(self, session: Session, settings: Settings, *, demo: bool = False) -> int: ...


class Declined(Exception):
    """Not done: the person said no, or the facts stand against it. Exit code 1."""

    def __init__(self, what: str, todo: str = "") -> None:
        self.what = what
        self.todo = todo
        super().__init__(f"{what}; {todo}" if todo else what)


class OutputFailed(Exception):
    """The output can't be written: a full disk behind a redirection."""


class Printer:
    """One output stream, written a line at a time.

    Standard output is held back until `flush`, so that a reader who leaves early, or a full disk behind a
    redirection, can't stop a command half-way.
    """

    def __init__(self, stream: TextIO, *, held: bool) -> None:
        self.stream = stream
        self._held = held
        self._waiting: list[str] = []
        # A stream without an encoding takes any text.
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.ascii_only = codecs.lookup(self._encoding).name != "utf-8"

    def line(self, text: str = "") -> None:
        """Print one line; whatever was typed can't make it two, nor reach the terminal as a command."""
        self._write(sanitize(text).rstrip() + "\n")

    def json(self, value: object) -> None:
        """Print a value as JSON. Pure ASCII, so that all text is exact whatever the encoding."""
        self._write(json.dumps(value, ensure_ascii=True, indent=2) + "\n", exact=True)

    def exact(self, text: str) -> None:
        """Print a whole text as it is: a report, whose writer has made it safe."""
        self._write(text, exact=True)

    def binary(self, content: bytes) -> None:
        """Write bytes as they are. Raises BrokenPipeError and OutputFailed."""
        self.flush()
        try:
            self.stream.buffer.write(content)
            self.stream.buffer.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError, AttributeError) as error:
            raise OutputFailed(getattr(error, "strerror", None) or "it takes no bytes") from None

    def prompt(self, text: str) -> None:
        """Print a question and stay on its line."""
        self._write(sanitize(text) + " ")
        self.flush()

    def flush(self) -> None:
        """Write what was held back. Raises BrokenPipeError and OutputFailed."""
        text = "".join(self._waiting)
        self._waiting.clear()
        try:
            self.stream.write(text)
            self.stream.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:
            raise OutputFailed(getattr(error, "strerror", None) or "it is closed") from None

    def silence(self) -> None:
        """Let nothing more be written, so that Python's own last flush has nothing to complain about."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)

    def _write(self, text: str, *, exact: bool = False) -> None:
        if self.ascii_only and not exact:
            text = in_ascii(text)
        self._waiting.append(text.encode(self._encoding, "backslashreplace").decode(self._encoding))
        if not self._held:
            self.flush()


@dataclass
class Shell:
    """One command at work.

    Attributes:
        options: as parsed.
        clock: gives the instant, with an offset.
        environ: of the process.
        settings: as read.
        out: standard output.
        err: standard error.
        stdin: where answers come from.
        open_app: opens the screens, or None where there are none.
        in_app: they are open, or have been.
    """

    options: argparse.Namespace
    clock: Clock
    environ: Mapping[str, str]
    settings: Settings
    out: Printer
    err: Printer
    stdin: TextIO
    open_app: OpenApp | None = None
    in_app: bool = False

    @property
    def saved(self) -> bool:
        """Whether this command has recorded what it was to record."""
        return "session" in self.__dict__ and not self.in_app and self.reader.store.saved

    @property
    def json(self) -> bool:
        """Whether the answer is to be JSON."""
        return bool(getattr(self.options, "json", False))

    @property
    def ascii_only(self) -> bool:
        return self.out.ascii_only

    @cached_property
    def folder(self) -> Path:
        """The data folder, which need not exist."""
        given: str | None = getattr(self.options, "data", None)
        if given == "":
            raise BadInput("--data is empty", "name a folder, or leave --data out")
        return data_folder(given, self.environ)

    @cached_property
    def zone(self) -> str:
        """The machine's time zone; where it can't be known one line says so."""
        name, warning = machine_zone(self.environ)
        if warning is not None:
            self.note(warning)
        return name

    def open_session(self, folder: Path, place: str) -> Session:
        """A session on a folder; `place` is what kind of window it is."""
        return Session(
            DataFolder(folder), self.clock, where=f"{place} {new_id(self.clock())}", machine_zone=self.zone,
            policy=self.settings.reminders,
        )  # fmt: skip

    @cached_property
    def session(self) -> Session:
        """The session on the person's own data."""
        return self.open_session(self.folder, "shell")

    @property
    def reader(self) -> Reader:
        return self.session.reader

    @property
    def calendar(self) -> Calendar:
        return self.reader.calendar

    def day(self, text: str | None) -> date | None:
        """A date as typed: 2026-01-31, today, yesterday or tomorrow. Raises BadInput."""
        return None if text is None else parse_day(text, self.reader.today())

    def target(self, typed: str | None) -> Path | None:
        """The file to write to, as typed; None for standard output, which "-" means. Raises BadInput."""
        if typed == "":
            raise BadInput("the file has no name", 'name one; "-" is standard output')
        return None if typed is None or typed == "-" else typed_path(typed)

    def note(self, text: str) -> None:
        """Say something beside the answer, in one line on standard error."""
        self.err.line(f"splitdose: {text}")

    def ask(self, question: str) -> bool | None:
        """Ask for a yes or no at a terminal; None where nobody can be asked."""
        if not (self.stdin.isatty() and self.err.stream.isatty()):
            return None
        self.out.flush()
        self.err.prompt(f"{question} [y/N]")
        typed = self.stdin.readline()
        if not typed.endswith("\n"):  # the end of input leaves the cursor behind the question
            self.err.line()
        return typed.strip().lower() in ("y", "yes")

    def tell_notices(self) -> None:
        """Say what the person must know whatever was asked: damaged lines, and a clock or a zone that differs."""
        if "session" not in self.__dict__:
            return
        damage = self.reader.damage()
        for found in damage[:MOST_DAMAGE_TOLD]:
            where = f"{found.path}, line {found.line}" if found.line else str(found.path)
            self.note(f"{where} is damaged and not used: {found.what}; it is left as it is")
        if len(damage) > MOST_DAMAGE_TOLD:
            self.note(f"{len(damage) - MOST_DAMAGE_TOLD} more lines are damaged and not used")
        if self.reader.store.has_written and (ahead := self.reader.recorded_ahead()) is not None:
            self.note(clock_back_words(self.reader.now(), ahead, self.calendar))
        other = self.reader.zone_differs()
        if other is not None:
            kept = self.calendar.latest.zone
            self.note(
                f"this computer is in {other}, the record is kept in {kept}; {kept} rules until you answer in the app"
            )
