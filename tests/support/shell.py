"""Shell commands of the program under test, as a person would type them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.clock import Clock

PROGRAM = [sys.executable, "-m", "splitdose"]


def run(
    folder: Path, *words: str, clock: Clock | None = None, expect: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run one command on a data folder, and hold it to an exit code (None: any)."""
    environ = {**os.environ, **(clock.environ if clock is not None else {})}
    done = subprocess.run(
        [*PROGRAM, "--data", str(folder), *words],
        env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert expect is None or done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def answer(folder: Path, *words: str, clock: Clock | None = None) -> Any:
    """What a command answers with --json."""
    return json.loads(run(folder, *words, "--json", clock=clock).stdout)


def intakes(folder: Path) -> list[dict[str, Any]]:
    """The intakes in the files as they stand, voided ones left out, read without the program."""
    found: dict[str, dict[str, Any]] = {}
    voided = set()
    for path in sorted((folder / "log").glob("*.jsonl")):
        for line in path.read_text(encoding="ascii").splitlines():
            for op in json.loads(line)["ops"]:
                if op[1] == "intakes":
                    found[op[2]] = op[3]
                elif op[1] == "voids":
                    voided.add(op[3]["target"])
    return [record for name, record in found.items() if name not in voided]
