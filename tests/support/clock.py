"""A wall clock for whole programs, which a test can set while they run.

It works through libfaketime, so a program under test is told the time by its system as ever, and so is
every program that it starts. The monotonic clock stays true, as it does when a real machine's clock is set:
a timer that was due in five seconds is due in five seconds.
"""

from __future__ import annotations

import subprocess
import time
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from support.requirements import require


@cache
def _library() -> str:
    """Ask the faketime wrapper where its library is; the one for programs with threads."""
    _sweep()
    asked = subprocess.run(
        ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


def _sweep() -> None:
    """Remove what killed programs left of their clocks.

    The library names its shared memory after the process, and gives up where that name is taken: sooner or later a
    process gets a number that a killed one had.
    """
    for left in Path("/dev/shm").glob("*faketime_*"):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            left.unlink(missing_ok=True)


class Clock:
    """A wall clock that runs, from a moment that the test chooses.

    Several terminals may share one clock.

    Attributes:
        zone: The time zone of the programs that run by this clock.
        environ: What to put into a program's environment so that it runs by this clock.
    """

    def __init__(self, folder: Path, at: str, *, tz: str = "Europe/Berlin") -> None:
        """Make a clock.

        Args:
            folder: Where it may keep a file.
            at: The wall time it shows from now on, "2023-11-30 12:59:50".
            tz: An IANA name.
        """
        require("faketime")
        self.zone = ZoneInfo(tz)
        self._file = folder / f"clock-{id(self):x}"
        self._offset = timedelta()
        self.environ = {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Files keep their real times: else all of them would seem to change whenever the clock is set.
            "NO_FAKE_STAT": "1",
            "TZ": tz,
            "PYTHONPATH": str(Path(__file__).with_name("faketime")),
        }
        self.set(at)

    def set(self, at: str) -> None:
        """Set the clock, for programs that run as well as for those that start later.

        Args:
            at: Wall time in the clock's zone, "2023-11-30 12:59:50". Of a time that occurs twice, the first.
        """
        moment = datetime.fromisoformat(at).replace(tzinfo=self.zone)
        self._turn(timedelta(seconds=moment.timestamp() - time.time()))

    def advance(self, **by: float) -> None:
        """Move the clock on, or back with negative numbers: ``clock.advance(minutes=10)``."""
        self._turn(self._offset + timedelta(**by))

    def now(self) -> datetime:
        """Tell what the clock shows."""
        return datetime.fromtimestamp(time.time() + self._offset.total_seconds(), tz=self.zone)

    def _turn(self, offset: timedelta) -> None:
        self._offset = offset
        # Replaced, not rewritten: a program must not read half a number.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset.total_seconds():+.3f}\n", encoding="ascii")
        fresh.replace(self._file)
