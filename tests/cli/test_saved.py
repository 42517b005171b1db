"""What was saved is told as saved: whatever can't be read or shown afterwards, the exit code is the record's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import BERLIN, CommandLine
from cli.test_ends import to_a_wall
from splitdose.session import reader as reader_module

SAVING: list[list[str]] = [
    ["take", "baclofen"],
    ["take", "baclofen", "evening", "--early"],
    ["take", "baclofen", "--extra", "--amount", "1 x 5 mg tablet"],
    ["skip", "baclofen", "morning", "--reason", "asleep"],
    ["unsure", "baclofen", "morning"],
    ["checkin", "--sleep", "5"],
    ["plan", "next", "baclofen"],
    ["plan", "hold", "baclofen"],
    ["plan", "back", "baclofen"],
    ["plan", "pause", "baclofen", "--until", "2023-12-05"],
    ["plan", "stop", "baclofen"],
    ["plan", "rename", "diazepam", "valium"],
]


def kept(line: CommandLine) -> dict[str, bytes]:
    return {name: content for name, content in line.tables().items() if content and name != "state.jsonl"}


def saved_once(line: CommandLine, before: dict[str, bytes]) -> None:
    """Insist that something was added, and nothing else changed."""
    after = kept(line)
    assert all(after[name].startswith(content) for name, content in before.items())
    assert sum(map(len, after.values())) > sum(map(len, before.values()))


@pytest.mark.parametrize("argv", SAVING, ids=" ".join)
def test_with_a_month_that_is_an_empty_placeholder(line: CommandLine, argv: list[str]) -> None:
    (line.folder / "log").mkdir()
    (line.folder / "log" / "2024-01.jsonl").touch()
    before = kept(line)
    found = line(*argv, *(["--yes"] if argv[0] == "plan" and argv[1] != "rename" else []))
    assert found.code == 0, found
    assert "splitdose: it is saved, but " in found.err
    assert "2024-01.jsonl is empty, though it held data" in found.err
    assert found.out.strip()
    saved_once(line, before)


@pytest.mark.parametrize("argv", SAVING, ids=" ".join)
def test_with_an_output_that_is_full(line: CommandLine, argv: list[str]) -> None:
    before = kept(line)
    yes = ["--yes"] if argv[0] == "plan" and argv[1] != "rename" else []
    code, said = to_a_wall(line, [*argv, *yes], OSError(28, "No space left on device"))
    assert (code, said) == (0, "splitdose: it is saved, but the output can't be written: No space left on device\n")
    saved_once(line, before)


def test_an_undo_is_told_as_done(line: CommandLine) -> None:
    line("take", "baclofen").done()
    code, said = to_a_wall(line, ["undo"], OSError(28, "No space left on device"))
    assert code == 0
    assert said.startswith("splitdose: it is saved, but the output can't be written")
    assert "afternoon" not in line("today", "--json").json["totals"]
    assert line("undo").code == 1


def test_what_is_refused_is_told_as_refused_though_nothing_can_be_written(line: CommandLine) -> None:
    line("take", "baclofen").done()
    before = kept(line)
    code, said = to_a_wall(line, ["take", "baclofen"], OSError(28, "No space left on device"))
    assert code == 1
    assert "it is saved" not in said
    assert kept(line) == before


def test_what_could_not_be_saved_is_not_told_as_saved(line: CommandLine) -> None:
    (line.folder / "log").mkdir(exist_ok=True)
    (line.folder / "log" / "2023-11.jsonl").touch()
    before = kept(line)
    found = line("take", "baclofen")
    assert found.code in (3, 4)
    assert "it is saved" not in found.err
    assert kept(line) == before


def test_the_first_record_of_all_that_only_half_began_is_not_told_as_saved(empty: CommandLine) -> None:
    """The record's zone is kept before the first record: that it is there says nothing of the record."""
    (empty.folder / "log").mkdir(parents=True)
    (empty.folder / "log" / "2023-11.jsonl").mkdir()
    found = empty("checkin", "--sleep", "5")
    assert found.code in (3, 4)
    assert "it is saved" not in found.err


def test_what_goes_wrong_in_the_program_itself_afterwards(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(reader_module.Reader, "zone_differs", broken)
    found = line("take", "baclofen")
    assert found.code == 0
    assert "splitdose: it is saved, but something unforeseen went wrong: RuntimeError" in found.err
    assert len(line.records()) == 1
    assert line("today").code == 70


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_real_full_device(line: CommandLine) -> None:
    with Path("/dev/full").open("wb") as full:
        found = subprocess.run(
            [sys.executable, "-m", "splitdose", "checkin", "--sleep", "5"], stdout=full, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN},
            check=False, timeout=60,
        )  # fmt: skip
    assert found.returncode == 0
    assert b"it is saved, but the output can't be written" in found.stderr
