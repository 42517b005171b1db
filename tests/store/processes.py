"""Writers as real processes, started and read from tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

WRITER = Path(__file__).with_name("writer.py")


class Writer:
    """A process that runs `writer.py`.

    Attributes:
        process: the process.
        tried: ids that it told before writing them.
        done: ids that it told as saved.
        failed: errors that it told.
    """

    def __init__(self, folder: Path, name: str, count: int, timeout: float, before: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, str(WRITER), str(folder), name, str(count), str(timeout)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.tried: list[str] = []
        self.done: list[str] = []
        self.failed: list[str] = []
        assert self._line() == "ready", self.process.stderr and self.process.stderr.read()

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().rstrip("\n")

    def go(self) -> None:
        """Lets it begin, or try again what failed."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def listen(self) -> str:
        """Waits for the next word: "try", "done", "failed", or "" when it has ended."""
        word, _, rest = self._line().partition(" ")
        if word:
            {"try": self.tried, "done": self.done, "failed": self.failed}[word].append(rest)
        return word

    def until(self, *words: str) -> str:
        """Listens until one of these words; "" is always one."""
        while (word := self.listen()) and word not in words:
            pass
        return word

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def finish(self) -> None:
        """Listens to the end, and insists that it was a good one."""
        self.until()
        assert self.process.stderr
        assert (self.process.wait(timeout=30), self.process.stderr.read()) == (0, "")


@contextmanager
def writer(
    folder: Path, name: str = "w", count: int = 0, *, timeout: float = 30.0, before: Sequence[str] = ()
) -> Iterator[Writer]:
    """Starts a writer, and ends it whatever happens.

    Args:
        folder: the data folder.
        name: its name, kept in what it writes.
        count: how many records; 0 goes on until killed.
        timeout: its lock time limit in seconds.
        before: a command line to run it under.
    """
    started = Writer(folder, name, count, timeout, before)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()
