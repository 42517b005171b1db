"""Command lines run in this process by a clock of the test's own, and as real processes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from splitdose.cli import run
from splitdose.cli.shell import OpenApp
from splitdose.session import Session
from splitdose.store import DataFolder

BERLIN = "Europe/Berlin"
PLANS = Path(__file__).parents[1] / "plans"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What must never be printed; the newline is each line's own."""


class Typed(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(text)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@dataclass(frozen=True)
class Answer:
    """What one command line did.

    Attributes:
        code: the exit code.
        out: standard output.
        err: standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def refused(self, code: int, *parts: str) -> None:
        """Insist that it ended with `code` and one line on standard error that holds all `parts`."""
        said = self.err.rpartition("[y/N] ")[2].removeprefix("\n")  # after the question, if one was asked
        assert self.code == code, self
        assert said.count("\n") == 1, self.err
        assert said.startswith("splitdose: "), self.err
        for part in parts:
            assert part in said

    def done(self) -> Answer:
        """Insist that it went well, with nothing on standard error."""
        assert (self.code, self.err) == (0, ""), self
        return self


class CommandLine:
    """Runs command lines on one data folder.

    Attributes:
        folder: the data folder.
        now: what the clock shows; tests set it.
        zone: the machine's time zone.
        environ: what else is in the environment.
    """

    def __init__(self, folder: Path, now: str = "2023-11-30 13:58", zone: str = BERLIN) -> None:
        self.folder = folder
        self.zone = zone
        self.environ: dict[str, str] = {}
        self.open_app: OpenApp | None = None
        self.at(now)

    def at(self, wall: str) -> CommandLine:
        """Set the clock to a wall time of the machine's zone."""
        self.now = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(self.zone))
        return self

    def __call__(self, *argv: str, tty: bool = False, answers: str = "", ascii: bool = False) -> Answer:
        out, err = Typed(tty=tty), Typed(tty=tty)
        code = run(
            argv,
            clock=lambda: self.now,
            environ={"SPLITDOSE_DATA": str(self.folder), "TZ": self.zone, **self.environ},
            stdin=Typed(answers, tty=tty),
            stdout=out,
            stderr=err,
            open_app=self.open_app,
        )
        answer = Answer(code, out.getvalue(), err.getvalue())
        assert not CONTROLS.search(answer.out + answer.err), answer
        assert "Traceback" not in answer.err
        return answer

    def session(self, where: str = "test") -> Session:
        """A session of the test's own on the same folder."""
        return Session(DataFolder(self.folder), lambda: self.now, where=where, machine_zone=self.zone)

    def records(self, table: str = "intakes", month: str = "2023-11") -> list[dict[str, Any]]:
        """What the files hold."""
        return DataFolder(self.folder).documents(f"log/{month}", table)

    def tables(self) -> dict[str, bytes]:
        """Every file of the data folder, to see that nothing was written."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*.jsonl"))
            if path.is_file()
        }


def process(
    argv: Sequence[str | bytes], folder: Path, environ: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run the real program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "splitdose", *argv],
        env={**os.environ, "SPLITDOSE_DATA": str(folder), "TZ": BERLIN, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
        **options,
    )
