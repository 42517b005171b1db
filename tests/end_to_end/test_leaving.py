"""Leaving: q ends the app at once, whatever still runs beside the screen, and the terminal is the person's again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from support.app import PLANS
from support.clock import Clock
from support.desktop import Desktop
from support.processes import is_running, running_with
from support.requirements import require
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

Open = Callable[..., Terminal]
AT_ONCE = 2.0
"""Seconds: nobody wonders yet whether q was pressed."""

TAKEN = b"\x1b[?1049h"
"""What an app writes when it takes the terminal for a screen of its own. Keys from before that are not its."""

HOLDER = """\
import sys
from pathlib import Path
from splitdose.store import DataFolder

with DataFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    require("tmux", "faketime")
    data = tmp_path / "data"
    run(data, "plan", "import", str(PLANS / "baclofen.toml"), clock=Clock(tmp_path, "2023-11-30 07:00:00"))
    return data


def busy() -> float:
    """How many processes want each processor: where they have to queue, everything takes so much longer."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def leaves_at_once(window: Terminal) -> None:
    """Press q, and see that the app is gone, in a good state, and has left no complaint behind."""
    pressed = time.monotonic()
    window.press("q")
    assert window.exit_status() == 0
    took = time.monotonic() - pressed
    screen = window.wait_for_text("reminders stop until Splitdose is open again")
    assert "Traceback" not in screen
    assert "Warning" not in screen
    assert took <= AT_ONCE * busy(), f"it took {took:.2f} s to leave"


def state_of(pid: int) -> str:
    asked = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()[:1]


def taken(window: Terminal, times: int) -> bool:
    """Whether an app has taken the terminal so often."""
    return window.output().count(TAKEN) >= times


@contextmanager
def lock_held(folder: Path) -> Iterator[None]:
    """Another process holds the folder's lock and has been stopped."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            holder.send_signal(signal.SIGSTOP)
            yield
        finally:
            holder.kill()


def test_while_the_notification_service_hangs(folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = terminal([*PROGRAM, "--data", str(folder)], clock=clock, environ=desktop.environ)
    window.wait_for_text("morning 08:00", "reminders: desktop")
    desktop.hang()
    clock.set("2023-11-30 08:00:00")
    sending = wait_for(lambda: running_with("morning 08:00: baclofen"), within=20, what="the notice to be under way")
    leaves_at_once(window)
    wait_for(lambda: not any(map(is_running, sending)), within=2, what="what was sending it to be gone")
    # It is noted as failed, so that whoever still reminds need not wait until a promise expires.
    ops = [op for line in (folder / "state.jsonl").read_text().splitlines() for op in json.loads(line)["ops"]]
    assert [op[3]["done"] for op in ops if op[1] == "sent"][-1] is False
    desktop.resume()


def test_while_a_stopped_process_holds_the_lock(folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = terminal([*PROGRAM, "--data", str(folder)], clock=clock, environ=desktop.environ)
    window.wait_for_text("morning 08:00", "reminders: desktop")
    with lock_held(folder):
        clock.set("2023-11-30 08:00:00")
        window.wait_for_text("due now")  # and so a thread waits for the lock, to promise the notice
        leaves_at_once(window)


@pytest.mark.parametrize(("stop", "shell"), [(signal.SIGSTOP, False), (signal.SIGSTOP, True), (signal.SIGTSTP, False)])
def test_after_it_was_stopped_and_goes_on(
    folder: Path, tmp_path: Path, terminal: Open, stop: signal.Signals, shell: bool
) -> None:
    """By whatever stops it, and as often as it likes: each key counts once, and leaving gives the terminal back."""
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = terminal(
        ["sh", "-c", 'stty -g; "$@"; stty -g; read -r answer; echo "[$answer]"', "sh", *PROGRAM, "--data", str(folder)],
        clock=clock, environ={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"},
    )  # fmt: skip
    window.wait_for_text("morning 08:00")
    (app,) = [pid for pid in running_with(f"--data {folder}") if pid != window.pid]
    for times, (screen, key) in enumerate((("week 48", "2"), ("[ Space: taken now ]", "1"), ("week 48", "2")), start=1):
        os.kill(app, stop)
        wait_for(lambda: state_of(app) == "T", what="the app to stop")
        if shell:  # which a person used meanwhile
            subprocess.run(["stty", "-F", window.device, "sane"], check=True)
        os.kill(app, signal.SIGCONT)
        if shell or stop == signal.SIGTSTP:
            wait_for(partial(taken, window, 1 + times), what="the app to take the terminal again")
        window.press(key)
        window.wait_for_text(screen)
    threads = Path(f"/proc/{app}/task")
    wait_for(lambda: len(list(threads.iterdir())) <= 4, what=lambda: f"{sorted(threads.iterdir())}: one reader of keys")
    pressed = time.monotonic()
    window.press("q")
    wait_for(lambda: not is_running(app), what=lambda: f"the app to end\n{window.screen()}")
    assert time.monotonic() - pressed <= AT_ONCE * busy()
    window.wait_for_text("reminders stop until Splitdose is open again")
    window.type("typed")  # as a shell would read it: echoed, and by the line
    window.press("enter")
    window.wait_for_text("typed", "[typed]")
    modes = [line for line in window.lines() if line.count(":") > 20]
    assert len(modes) == 2
    assert modes[0] == modes[1], "the terminal's modes are what they were"
