"""notify --test: every channel is tried, and says what it answered."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from cli.helpers import CommandLine, process
from support.desktop import Desktop

NO_BUS = {"XDG_RUNTIME_DIR": "/nonexistent", "DBUS_SESSION_BUS_ADDRESS": ""}


def test_every_channel_failed(line: CommandLine) -> None:
    found = process(["notify", "--test"], line.folder, NO_BUS)
    assert found.returncode == 1
    lines = found.stdout.decode().splitlines()
    assert [each.split(":")[0] for each in lines] == ["desktop", "terminal"]
    assert all(": not sent: " in each for each in lines)
    assert found.stderr.decode().startswith("splitdose: no channel took the notice; ")
    assert found.stderr.count(b"\n") == 1


def test_as_json(line: CommandLine) -> None:
    line.environ.update(NO_BUS)
    answer = line("notify", "--test", "--json")
    answer.refused(1, "no channel")
    assert [(c["channel"], c["ok"]) for c in answer.json["channels"]] == [("desktop", False), ("terminal", False)]
    assert all(isinstance(c["reason"], str) for c in answer.json["channels"])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_the_terminal_rings(line: CommandLine) -> None:
    ours, theirs = pty.openpty()
    found = subprocess.run(
        [sys.executable, "-m", "splitdose", "notify", "--test"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=theirs, env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TERM": "xterm", **NO_BUS},
        check=False, timeout=60,
    )  # fmt: skip
    assert found.returncode == 0
    assert found.stdout.decode().splitlines()[1] == "terminal: sent"
    assert b"\a" in os.read(ours, 1000)
    os.close(theirs)
    os.close(ours)


def test_a_real_desktop(line: CommandLine, desktop: Desktop) -> None:
    found = process(["notify", "--test"], line.folder, desktop.environ)
    assert found.stdout.decode().splitlines()[0] == "desktop: sent"
    assert found.returncode == 0
