"""The kill storm in short form; `python tests/store/kill_storm.py --kills 1000` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_forty_kills_lose_nothing() -> None:
    # In a process of its own: it forks, which a test run that has threads must not.
    program = Path(__file__).with_name("kill_storm.py")
    storm = subprocess.run(
        [sys.executable, str(program), "--kills", "40", "--seed", "20231130"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert storm.returncode == 0, storm.stdout + storm.stderr
    assert "nothing lost, nothing invented, nothing rewritten" in storm.stdout
