"""What one more field of a step, or of an intake, costs: it is put into a copy of the program, and goes all the way.

Each place is named by the line that it comes after. Where such a line is written otherwise the test says which.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import splitdose

PACKAGE = Path(splitdose.__file__).parent

FOOD = {
    "core/asked.py": [("    every: int = 1\n", '    food: str = ""\n')],
    "planfile.py": [
        ('STEP_KEYS = frozenset({"start", ', '"food", '),
        ('    note = reader.text("note", "", limit=MAX_NOTE)\n', '    food = reader.text("food", "")\n'),
        ("    return StepDraft(Asked(doses, every", ", food"),
    ],
    "planwrite.py": [
        (
            '            yield f"every = {step.every}"\n',
            '        if step.asked.food:\n            yield f"food = {self._string(step.asked.food)}"\n',
        )
    ],
    "store/codecs.py": [
        ('"every": step.every,', ' "food": step.asked.food,'), ('_whole(s["every"], 1)', ', _text(s.get("food", ""))'),
    ],
    "cli/as_json.py": [('"period": step.asked.period,', ' "food": step.asked.food,')],
}  # fmt: skip
"""A step may say what its doses are taken with: the rest of eight are an editor, the words of a change, a report."""

SITE = {
    "core/log.py": [
        ('    reason: str = ""\n    note: str = ""\n', '    site: str = ""\n'),
        ('    pieces: Pieces | None, reason: str = "", note: str = "",', ' site: str = "",'),
        ("where=made.where, reason=reason, note=note,", " site=site,"),
    ],
    "session/recorder.py": [
        ("        pieces: Pieces | None = None,\n", '        site: str = "",\n'),
        ('return self._fill("taken", key, now, allow, record_id, at, exactness, pieces, note=note', ", site=site"),
    ],
    "store/codecs.py": [
        ('"reason": record.reason,', ' "site": record.site,'),
        ('reason=_text(document["reason"]),', ' site=_text(document.get("site", "")),'),
    ],
    "cli/record.py": [
        (
            '    take.add_argument("--note", metavar="T", help="your own words")\n',
            '    take.add_argument("--site", default="", help="where it was put")\n',
        ),
        ("record = recorder.take(key, at=at,", " site=options.site,"),
    ],
    "cli/as_json.py": [('"reason": found.reason or None,', ' "site": found.site,')],
}  # fmt: skip
"""An intake may say where a patch was put: the rest of the seven are a dialog and a report."""

PLAN = """
[slots]
morning = "08:00"

[[medicine]]
name = "baclofen"

[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"

[[medicine.step]]
start = 2023-11-01
hold = 5
morning = "1 x 20 mg tablet"
food = "with a meal"

[[medicine.step]]
start = 2023-11-06
morning = "1 x 20 mg tablet"
"""


class Copy:
    """A copy of the program that knows one more field, and a data folder of its own."""

    def __init__(self, folder: Path, edits: Mapping[str, list[tuple[str, str]]]) -> None:
        self.folder = folder
        shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        for name, places in edits.items():
            path = folder / PACKAGE.name / name
            text = path.read_text(encoding="utf-8")
            for after, more in places:
                assert after in text, f"{name} has no more {after!r}: name the line that took its place"
                text = text.replace(after, after + more, 1)
            path.write_text(text, encoding="utf-8")

    def __call__(self, *argv: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", PACKAGE.name, *argv], capture_output=True, text=True, check=False,
            env={
                **os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "TZ": "Europe/Berlin",
                "SPLITDOSE_DATA": str(self.folder / "data"), "SPLITDOSE_CONFIG": str(self.folder / "config.toml"),
            },
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def json(self, *argv: str) -> Any:
        return json.loads(self(*argv, "--json"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    found = tmp_path / "plan.toml"
    found.write_text(PLAN, encoding="utf-8")
    return found


def test_a_step_asks_for_one_more_thing_at_five_places(tmp_path: Path, plan: Path) -> None:
    assert len(FOOD) <= 8
    program = Copy(tmp_path / "copy", FOOD)
    program("plan", "import", str(plan), "--yes")
    (medicine,) = program.json("plan", "show")["medicines"]
    assert [step["food"] for step in medicine["steps"]] == ["with a meal", ""]
    exported = tmp_path / "exported.toml"
    exported.write_text(program("plan", "export"), encoding="utf-8")
    assert exported.read_text(encoding="utf-8").count('food = "with a meal"') == 1
    assert program.json("plan", "check", str(exported))


def test_an_intake_says_one_more_thing_at_five_places(tmp_path: Path, plan: Path) -> None:
    assert len(SITE) <= 7
    plan.write_text(PLAN.replace('food = "with a meal"\n', ""), encoding="utf-8")
    program = Copy(tmp_path / "copy", SITE)
    program("plan", "import", str(plan), "--yes")
    program("take", "baclofen", "morning", "--date", "yesterday", "--at", "08:04", "--site", "left arm")
    kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "copy" / "data" / "log").iterdir())
    assert '"site":"left arm"' in kept.replace('": "', '":"')
    undone = program.json("undo")
    assert "left arm" in json.dumps(undone), "read back from the file, and said"
