"""A short storm of kills over backup, restore, import and export.

`python tests/safety/kill_copies.py` is the long one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each command is killed in a process of its own")
def test_kills_leave_nothing_behind_and_open_nothing_to_others() -> None:
    program = Path(__file__).with_name("kill_copies.py")
    done = subprocess.run(
        [sys.executable, str(program), "--kills", "30", "--seed", "7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kills: 30, at work: ")
