"""Where a file is named: "-" is standard output, "~" is home, and what names no place is said."""

from __future__ import annotations

import io
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from cli.helpers import CommandLine, process


@pytest.fixture
def here(line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one and the home of whoever types."""
    line("take", "baclofen", "afternoon").done()
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place))
    return place


@pytest.mark.parametrize("argv", [["export", "markdown"], ["plan", "export"]], ids=" ".join)
def test_a_dash_is_standard_output(line: CommandLine, here: Path, argv: list[str]) -> None:
    assert line(*argv, "-o", "-").done().out == line(*argv).done().out
    assert list(here.iterdir()) == []


def test_a_backup_goes_through_a_pipe(line: CommandLine, here: Path) -> None:
    found = process(["backup", "-"], line.folder)
    assert (found.returncode, found.stderr) == (0, b"")
    with zipfile.ZipFile(io.BytesIO(found.stdout)) as packed:
        assert sorted(packed.namelist()) == ["log/2023-11.jsonl", "plan.jsonl"]
        assert packed.read("plan.jsonl") == (line.folder / "plan.jsonl").read_bytes()
    assert list(here.iterdir()) == []


def test_a_backup_is_not_written_to_a_terminal(line: CommandLine, here: Path) -> None:
    line("backup", "-", tty=True).refused(1, "an archive can't be shown at a terminal", "redirect the output")


@pytest.mark.parametrize(
    "argv", [["export", "csv", "-o", "~/x"], ["plan", "export", "-o", "~/x"], ["backup", "~/x"]], ids=" ".join
)
def test_a_tilde_is_home(line: CommandLine, here: Path, argv: list[str]) -> None:
    assert line(*argv).code == 0
    assert [path.name for path in here.iterdir()] == ["x"]


@pytest.mark.parametrize(
    "argv",
    [
        ["export", "csv", "-o", "~nosuchuser/x"], ["plan", "export", "-o", "~nosuchuser/x"],
        ["backup", "~nosuchuser/x"], ["restore", "~nosuchuser/x"], ["plan", "import", "~nosuchuser/x"],
        ["plan", "check", "~nosuchuser/x"],
        ["--data", "~nosuchuser/x", "today"], ["--data", "~nosuchuser/x", "take"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_home_that_nobody_has(line: CommandLine, here: Path, argv: list[str]) -> None:
    line(*argv).refused(2, '"~nosuchuser/x" names no home folder that is known', "write the whole path")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "argv", [["export", "csv", "-o", ""], ["plan", "export", "-o", ""], ["backup", ""]], ids=" ".join
)
def test_a_name_that_is_empty(line: CommandLine, here: Path, argv: list[str]) -> None:
    line(*argv).refused(2, "the file has no name")


def test_a_plan_comes_through_a_pipe_and_an_empty_pipe_is_not_waited_for(line: CommandLine, here: Path) -> None:
    pipe = here / "pipe"
    os.mkfifo(pipe)
    text = line("plan", "export").out

    def write() -> None:
        with pipe.open("w", encoding="utf-8") as writing:
            writing.write(text)

    writer = threading.Thread(target=write)
    writer.start()
    assert "no findings" in line("plan", "check", str(pipe)).out
    writer.join(timeout=10)
    began = time.monotonic()
    line("plan", "check", str(pipe)).refused(2, "nothing came through the pipe")
    assert time.monotonic() - began < 2


def test_state_that_cannot_be_read_is_left_out_of_a_backup_and_said(line: CommandLine, here: Path) -> None:
    state = line.folder / "state.jsonl"
    state.unlink(missing_ok=True)
    state.mkdir()
    found = line("backup", "copy.zip")
    assert found.code == 0
    assert "state.jsonl is left out, for it can't be read" in found.err
    with zipfile.ZipFile(here / "copy.zip") as packed:
        assert sorted(packed.namelist()) == ["log/2023-11.jsonl", "plan.jsonl"]
