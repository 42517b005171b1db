"""Kills the app and the watcher with SIGKILL at any instant, again and again, and counts what arrives.

Run by hand for a long storm: ``python tests/end_to_end/reminder_storm.py 200``. Each round has one dose become due
while the app (in a real terminal) and the watcher both run on one data folder; one of the two is killed at an instant
drawn around the time at which the notice is claimed, sent and settled, and is started again. A real notification
daemon counts. Promised: no reminder lost, and at most the one in flight doubled.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.clock import Clock
from support.desktop import Desktop
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

PLAN = """\
[[medicine]]
name = "m"
advance = "on date"

  [medicine.slots]
{slots}

  [[medicine.product]]
  name = "tablet"
  strength = "5 mg"
  form = "tablet"

  [[medicine.step]]
  start = 2024-01-01
{doses}
"""
EVERY = 20
"""Minutes between two doses of the plan: each round has one of its own, with a repeat only long after it."""
FIRST = 5 * 60
"""The first dose's minute of the day."""
PER_DAY = 48
CONFIG = "[reminders]\nrepeats = 0\nbell = false\n"


@dataclass
class Count:
    """What a storm came to.

    Attributes:
        kills: processes killed.
        lost: doses that nobody was told of.
        doubled: doses named by two notices.
        more: doses named by more than two.
        slowest: seconds from a dose's time to its notice, at most.
    """

    kills: int = 0
    doses: int = 0
    lost: int = 0
    doubled: int = 0
    more: int = 0
    slowest: float = 0.0


def slot_name(number: int) -> str:
    return f"s{number:03}"


def plan_text() -> str:
    slots = [(slot_name(n), FIRST + n * EVERY) for n in range(PER_DAY)]
    return PLAN.format(
        slots="\n".join(f'  {name} = "{minute // 60:02}:{minute % 60:02}"' for name, minute in slots),
        doses="\n".join(f'  {name} = "1 x tablet"' for name, _ in slots),
    )


class Storm:
    """Two processes that remind, and a hand that kills them."""

    def __init__(self, folder: Path, desktop: Desktop, clock: Clock, seed: int) -> None:
        self._folder = folder
        self._desktop = desktop
        self._clock = clock
        self._dice = random.Random(seed)
        self._stack = ExitStack()
        self._app: Terminal | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def _environ(self) -> dict[str, str]:
        return {**self._clock.environ, **self._desktop.environ}

    def start_app(self) -> None:
        self._app = self._stack.enter_context(
            Terminal(
                [*PROGRAM, "--data", str(self._folder)], clock=self._clock, environ=self._desktop.environ, size=(80, 24)
            )
        )
        self._app.wait_for_text("1 Today", within=30)

    def start_watcher(self) -> None:
        self._watcher = subprocess.Popen(
            [*PROGRAM, "--data", str(self._folder), "remind"], env={**os.environ, **self._environ()},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self, which: str) -> None:
        if which == "app":
            assert self._app is not None
            self._app.kill()
            self._stack.pop_all().close()
            self.start_app()
        else:
            assert self._watcher is not None
            self._watcher.send_signal(signal.SIGKILL)
            self._watcher.wait()
            self.start_watcher()

    def close(self) -> None:
        self._stack.close()
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.wait()

    def told(self) -> dict[str, int]:
        """How many notices named each dose; a summary names several."""
        found: dict[str, int] = {}
        for notice in self._desktop.received():
            text = f"{notice.title}\n{notice.body}"
            for number in range(PER_DAY):
                if f"{slot_name(number)} " in text:
                    found[slot_name(number)] = found.get(slot_name(number), 0) + 1
        return found

    def round(self, day: date, number: int) -> tuple[int, float]:
        """Let one dose become due, kill one of the two around then, and wait for its notice."""
        minute = FIRST + number * EVERY
        due = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self._clock.zone)
        self._clock.set(f"{(due - timedelta(seconds=0.6)).replace(tzinfo=None)}")
        wait = 0.6 + self._dice.uniform(-0.2, 1.2)
        deadline = time.monotonic() + wait
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.01))
        self.kill(self._dice.choice(["app", "watcher"]))
        name = slot_name(number)
        # Within the seconds after which another may take a promise over, and time to start and to send.
        wait_for(lambda: self.told().get(name), within=60, what=f"{name} to be told")
        return self.told()[name], (self._clock.now() - due).total_seconds()


def storm(kills: int, seed: int, folder: Path) -> Count:
    """Run so many rounds.

    Args:
        kills: how many.
        seed: of where they fall.
        folder: an empty one.
    """
    config = folder / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    os.environ["SPLITDOSE_CONFIG"] = str(config)
    plan = folder / "plan.toml"
    plan.write_text(plan_text(), encoding="utf-8")
    clock = Clock(folder, "2024-03-01 04:30:00")
    run(folder / "data", "plan", "import", str(plan), "--yes", clock=clock)
    count = Count()
    with Desktop() as desktop:
        at_work = Storm(folder / "data", desktop, clock, seed)
        try:
            at_work.start_app()
            at_work.start_watcher()
            day = date(2024, 3, 1)
            for n in range(kills):
                if n and n % PER_DAY == 0:
                    # The next day has the same slots: what was told of this one is counted, and set aside.
                    _add(count, at_work.told(), PER_DAY)
                    desktop.stop_daemon()
                    desktop._earlier = []
                    desktop.start_daemon()
                    day += timedelta(days=1)
                _, seconds = at_work.round(day, n % PER_DAY)
                count.kills += 1
                count.slowest = max(count.slowest, seconds)
                if count.kills % 10 == 0:
                    print(f"{count.kills} kills, slowest {count.slowest:.1f} s", file=sys.stderr, flush=True)
            # Doubles of the last ones would have come by the time that a promise expires.
            seen = time.monotonic()
            wait_for(lambda: time.monotonic() - seen > 20, within=30, what="the last promise to expire")
            _add(count, at_work.told(), (kills - 1) % PER_DAY + 1)
        finally:
            at_work.close()
    return count


def _add(count: Count, told: dict[str, int], doses: int) -> None:
    times = [told.get(slot_name(number), 0) for number in range(doses)]
    count.doses += doses
    count.lost += times.count(0)
    count.doubled += times.count(2)
    count.more += sum(each > 2 for each in times)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as place:
        began = time.monotonic()
        print(storm(wanted, chosen, Path(place)), f"in {time.monotonic() - began:.0f} s, seed {chosen}")
