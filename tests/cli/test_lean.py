"""No shell command loads the screens, or anything else that only the app needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.helpers import PLANS, CommandLine

PROBE = """
import json, sys
from splitdose.__main__ import main
code = main(json.loads(sys.argv[1]))
loaded = sorted(n for n in sys.modules if n.partition(".")[0] in ("textual", "rich", "plyer", "asyncio"))
loaded += sorted(n for n in sys.modules if n.startswith("splitdose.tui"))
loaded += [n for n in ("urllib.request", "http.client", "xml.sax") if n in sys.modules]
print(json.dumps([code, loaded]), file=sys.stderr)
"""
FILE = str(PLANS / "baclofen.toml")


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"], ["--version"], ["today"], ["today", "--json"], ["week"], ["status"], ["take"],
        ["take", "baclofen", "morning", "--date", "2023-11-30"],
        ["skip", "baclofen", "evening", "--date", "2023-11-30"],
        ["unsure", "baclofen", "evening", "--date", "2023-11-30"], ["undo"], ["checkin", "--sleep", "5"],
        ["plan", "show"], ["plan", "check", FILE], ["plan", "import", FILE, "--yes"], ["notify", "--test"],
        ["plan", "hold", "baclofen"], ["plan", "next", "baclofen"], ["plan", "back", "baclofen"],
        ["plan", "pause", "baclofen"], ["plan", "resume", "baclofen"], ["plan", "stop", "baclofen"],
        ["plan", "archive", "baclofen"], ["plan", "rename", "baclofen", "lioresal"],
        ["plan", "undo", "baclofen"], ["plan", "settle", "baclofen"], ["plan", "export"], ["export", "markdown"],
        ["export", "html"], ["export", "csv"], ["export", "ics"], ["export", "json"], ["remind", "--once"],
        ["remind", "--status"], ["doctor"], ["backup", "b.zip"], ["restore", "b.zip"],
        ["frob"], [], ["demo"],
    ],
)  # fmt: skip
def test_without_the_screens(line: CommandLine, argv: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(argv), "--data", str(line.folder)],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL, cwd=line.folder,
    )  # fmt: skip
    assert json.loads(found.stderr.splitlines()[-1])[1] == []
    assert "Traceback" not in found.stderr


def test_every_command_is_tried_here() -> None:
    from cli.test_readme import leaves
    from splitdose.cli.run import build_parser

    tried = {" ".join(argv[:2]) if argv[0] == "plan" else argv[0] for argv in _tried() if argv}
    assert {name.removeprefix("splitdose ") for name, _ in leaves(build_parser())} <= tried


def _tried() -> list[list[str]]:
    mark = next(m for m in test_without_the_screens.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    return list(mark.args[1])


def test_importing_makes_and_reads_nothing(tmp_path: Path) -> None:
    code = "import splitdose.__main__, splitdose.demo; print('imported')"
    found = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (found.stdout, found.stderr) == ("imported\n", "")
    assert list(tmp_path.iterdir()) == []
