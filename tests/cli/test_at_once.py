"""Two shells at the same moment: one record, and a clear refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.helpers import BERLIN, CommandLine

WORKER = Path(__file__).with_name("worker.py")
ROUNDS = 40


@contextmanager
def shell(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for command lines."""
    started = subprocess.Popen(
        [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "SPLITDOSE_DATA": str(folder), "TZ": BERLIN},
    )  # fmt: skip
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started
    finally:
        started.kill()
        started.communicate()


def tell(worker: subprocess.Popen[str], argv: list[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write(json.dumps(argv) + "\n")
    worker.stdin.flush()


def heard(worker: subprocess.Popen[str]) -> tuple[int, str, str]:
    assert worker.stdout is not None
    code, out, err = json.loads(worker.stdout.readline())
    return code, out, err


def test_two_shells_take_the_same_dose(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=n + 2)).isoformat() for n in range(ROUNDS)]
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[slots]\nmorning = "08:00"\n[[medicine]]\nname = "a"\n[[medicine.product]]\nname = "1 mg tablet"\n'
        f'strength = "1 mg"\n[[medicine.step]]\nstart = {days[-1]}\nmorning = "1"\n'
    )
    line = CommandLine(tmp_path / "data", datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), "Etc/UTC")
    line("plan", "import", str(plan)).done()
    winners = []
    with shell(line.folder) as one, shell(line.folder) as other:
        for n, day in enumerate(days):
            argv = ["take", "a", "morning", "--date", day, "--at", "08:10"]
            # Each is told first in turn.
            pair = (one, other) if n % 2 else (other, one)
            for worker in pair:
                tell(worker, argv)
            answers = [heard(worker) for worker in pair]
            assert sorted(code for code, *_ in answers) == [0, 1], answers
            winners.append([code for code, *_ in answers].index(0))
            said = next(err for code, _, err in answers if code == 1)
            assert "1 mg was recorded as taken at 08:10" in said
            assert "--correct replaces that record, --extra records one more" in said
    found = [record["date"] for month in sorted({day[:7] for day in days}) for record in line.records(month=month)]
    assert sorted(found) == sorted(days)


def test_two_shells_take_back_one_record_each(line: CommandLine) -> None:
    for n in range(20):
        line("checkin", "--sleep", str(n % 10)).done()
    with shell(line.folder) as one, shell(line.folder) as other:
        for _ in range(10):
            ids = sorted(record["id"] for record in line.records("checkins"))
            undone = {void["target"] for void in line.records("voids")}
            newest = [i for i in ids if i not in undone][-1]
            for worker in (one, other):
                tell(worker, ["undo", newest])
            assert sorted(heard(worker)[0] for worker in (one, other)) == [0, 1]
