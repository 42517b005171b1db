"""remind: what it installs on each platform, what it says, and how it refuses."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.helpers import CommandLine
from splitdose.cli import remind
from splitdose.cli.remind import agent_text, task_command, unit_text, what_to_add

ODD = ["/opt/a b/python", "-m", "splitdose", "--data", '/home/x/50%$y "q"\\z', "remind"]


@pytest.fixture
def unit(line: CommandLine, tmp_path: Path) -> Path:
    line.environ.update(XDG_CONFIG_HOME=str(tmp_path / "xdg"), HOME=str(tmp_path), PATH=str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "xdg" / "systemd" / "user" / remind.UNIT


def systemctl(tmp_path: Path, script: str) -> Path:
    """A stand-in for systemctl, which writes down what it was asked."""
    asked = tmp_path / "asked"
    program = tmp_path / "bin" / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n{script}\n', encoding="utf-8")
    program.chmod(0o755)
    return asked


def test_installed_without_systemctl_it_says_what_to_run(line: CommandLine, unit: Path) -> None:
    answer = line("remind", "--install").done()
    assert f"wrote {unit}:" in answer.out
    for words in ("daemon-reload", f"enable {remind.UNIT}", f"restart {remind.UNIT}"):
        assert f"systemctl --user {words}" in answer.out
    assert "* * * * *" in answer.out
    text = unit.read_text(encoding="utf-8")
    assert all(f"  {each}".rstrip() in answer.out.splitlines() for each in text.splitlines()), "all of it is printed"
    assert f'"--data" "{line.folder}" "remind"' in text
    assert "Restart=on-failure" in text


def test_with_systemctl_it_tells_each_command(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    asked = systemctl(tmp_path, "exit 0")
    answer = line("remind", "--install").done()
    told = [each.removeprefix("ran systemctl ") for each in answer.lines if each.startswith("ran ")]
    assert asked.read_text(encoding="utf-8").splitlines() == told
    assert told == [f"--user {w}" for w in ("daemon-reload", f"enable {remind.UNIT}", f"restart {remind.UNIT}")]
    # Once more changes nothing; and taken back, nothing is left.
    before = unit.read_bytes()
    line("remind", "--install").done()
    assert unit.read_bytes() == before
    answer = line("remind", "--uninstall").done()
    assert f"removed {unit}" in answer.out
    assert not unit.exists()
    line("remind", "--uninstall").refused(1, "nothing is installed")


def test_a_systemctl_that_fails_is_told_with_its_reason(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    systemctl(tmp_path, "echo 'Failed to connect to bus: No medium found' >&2; exit 1")
    line("remind", "--install").refused(1, "Failed to connect to bus: No medium found", "systemctl --user restart")
    assert unit.exists()


def test_a_folder_that_cant_be_written_to(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    (tmp_path / "xdg").write_text("", encoding="utf-8")
    line("remind", "--install").refused(1, "can't be written")


def test_the_status(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    answer = line("remind", "--status")
    assert (answer.code, answer.lines[0]) == (1, "no watcher runs: reminders stop when the app is closed")
    assert "nothing is installed" in answer.out
    systemctl(tmp_path, 'case "$2" in is-enabled) echo enabled;; is-active) echo active;; esac')
    line("remind", "--install").done()
    with line.session().book.store.watching():
        answer = line("remind", "--status")
    assert answer.code == 0
    assert answer.lines[0] == "reminders go on when the app is closed: a watcher runs"
    assert answer.lines[-2:] == ["at login: enabled", "now: active"]


def test_two_at_once_are_refused(line: CommandLine) -> None:
    line("remind", "--once", "--install").refused(2, "--once and --install don't go together")


def test_a_second_watcher_is_refused(line: CommandLine) -> None:
    with line.session().book.store.watching():
        line("remind").refused(1, "reminders go on already")


def test_once_with_every_channel_off(line: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[reminders]\ndesktop = false\n", encoding="utf-8")
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    line.at("2023-11-30 18:00")
    line("remind", "--once").refused(1, "no channel took the reminder", "off in the settings")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd to ask")
def test_systemd_reads_any_path_as_it_is_meant(tmp_path: Path) -> None:
    unit = tmp_path / remind.UNIT
    words = [shutil.which("env") or "/usr/bin/env", *ODD[1:]]
    unit.write_text(unit_text(words, "/home/x/c 1.toml"), encoding="utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert remind.UNIT not in found.stderr, found.stderr


def test_each_word_of_the_unit_is_quoted() -> None:
    text = unit_text(ODD, None)
    (command,) = [each.removeprefix("ExecStart=") for each in text.splitlines() if each.startswith("ExecStart=")]
    # As systemd reads it: quotes and backslashes as a shell does, then %% and $$.
    assert [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(command)] == ODD


def test_macos_gets_an_agent_that_can_be_read() -> None:
    agent = plistlib.loads(agent_text(ODD).encode())
    assert agent["ProgramArguments"] == ODD
    assert agent["RunAtLoad"] is True
    lines = what_to_add("darwin", ODD)
    assert lines is not None
    assert any("LaunchAgents" in each for each in lines)


def test_windows_gets_one_command() -> None:
    command = task_command([r"C:\Program Files\Python\python.exe", "-m", "splitdose", "--data", r"C:\d", "remind"])
    assert command.startswith("schtasks /Create")
    assert r"\"C:\Program Files\Python\pythonw.exe\" -m splitdose" in command
    lines = what_to_add("win32", ODD)
    assert lines is not None
    assert any("/Delete" in each for each in lines)


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_nothing_is_written(line: CommandLine, unit: Path, platform: str, tmp_path: Path) -> None:
    import argparse
    import io

    from splitdose.cli.shell import Printer, Shell
    from splitdose.settings import Settings

    out = io.StringIO()
    printer = Printer(out, held=False)
    shell = Shell(
        argparse.Namespace(data=str(line.folder)), lambda: line.now, {"HOME": str(tmp_path)}, Settings(), printer,
        printer, io.StringIO(),
    )  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    assert remind._install(shell, platform) == 0
    assert "remind" in out.getvalue()
    assert remind._uninstall(shell, platform) == 0
    assert "to take it back" in out.getvalue()
    assert sorted(tmp_path.rglob("*")) == before
