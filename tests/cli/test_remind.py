"""remind: what it installs on each platform, what it says, and how it refuses."""

from __future__ import annotations

import os
import plistlib
import re
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


# A unit for each folder


def test_two_folders_have_a_unit_each_and_each_its_own_end(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    asked = systemctl(tmp_path, 'case "$2" in is-enabled) echo enabled;; is-active) echo active;; esac')
    line("remind", "--install").done()
    before = unit.read_bytes()
    mum = ("--data", str(tmp_path / "Mum & Dad's 100%"))
    answer = line(*mum, "remind", "--install").done()
    (other,) = set(unit.parent.glob("*.service")) - {unit}
    assert re.fullmatch(r"splitdose-remind-Mum-Dad-s-100-[0-9a-f]{8}\.service", other.name)
    assert f"wrote {other}:" in answer.out
    assert f"--user restart {other.name}" in asked.read_text(encoding="utf-8")
    assert unit.read_bytes() == before, "the first folder's is as it was"
    line(*mum, "remind", "--install").done()
    assert len(list(unit.parent.glob("*.service"))) == 2, "once more is not one more"

    assert line("remind", "--status").lines[1:] == [
        f"installed: {unit}", f"reminds of: {line.folder}", "at login: enabled", "now: active",
        f"also installed: {other}", f"reminds of: {mum[1]}", "at login: enabled", "now: active",
    ]  # fmt: skip
    answer = line("--data", str(tmp_path / "third"), "remind", "--status")
    assert answer.lines[1] == f"nothing is installed for {tmp_path / 'third'}; splitdose remind --install does it"
    assert [each for each in answer.lines if each.startswith("also installed: ")] == [
        f"also installed: {other}", f"also installed: {unit}",
    ]  # fmt: skip
    line("--data", str(tmp_path / "third"), "remind", "--uninstall").refused(1, "nothing is installed for", "--status")

    answer = line(*mum, "remind", "--uninstall").done()
    assert f"removed {other}" in answer.out
    assert f"disable --now {other.name}" in asked.read_text(encoding="utf-8")
    assert list(unit.parent.glob("*.service")) == [unit]


def test_the_unit_of_an_earlier_version_belongs_to_the_folder_it_names(
    line: CommandLine, unit: Path, tmp_path: Path
) -> None:
    # It wrote every folder's into one file.
    mum = tmp_path / "mum"
    unit.parent.mkdir(parents=True)
    unit.write_text(unit_text(["/usr/bin/python", "-m", "splitdose", "--data", str(mum), "remind"], None))
    assert f"reminds of: {mum}" in line("remind", "--status").out
    line("remind", "--install").done()
    assert str(mum) in unit.read_text(encoding="utf-8"), "it is not this folder's to write over"
    line("--data", str(mum), "remind", "--install").done()
    assert len(list(unit.parent.glob("*.service"))) == 2
    assert str(mum) in unit.read_text(encoding="utf-8")
    line("--data", str(mum), "remind", "--uninstall").done()
    assert not unit.exists()


def test_a_folder_has_one_unit_by_whatever_way_it_is_named(line: CommandLine, unit: Path, tmp_path: Path) -> None:
    mum = tmp_path / "mum"
    mum.mkdir()
    (tmp_path / "link").symlink_to(mum)
    for way in (mum, tmp_path / "link", tmp_path / "mum" / ".." / "mum"):
        line("--data", str(way), "remind", "--install").done()
    (file,) = unit.parent.glob("*.service")
    line("--data", str(tmp_path / "link"), "remind", "--uninstall").done()
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("[Service]\nExecStart=/usr/bin/splitdose remind\n", "the usual one"),
        ("[Service]\nEnvironment=SPLITDOSE_DATA=/x/y\nExecStart=/usr/bin/splitdose remind\n", "/x/y"),
        ("[Service]\nExecStart=/usr/bin/splitdose --data=/x/50%% remind\n", "/x/50%"),
        (unit_text(ODD, None), ODD[4]), ("[Service]\n", "unknown, for its file has no command that can be read"),
        ('[Service]\nExecStart="/usr\n', "unknown, for its file has no command that can be read"),
    ],
)  # fmt: skip
def test_whose_a_unit_is_can_be_told_from_its_text(
    line: CommandLine, unit: Path, home: Path, text: str, folder: str
) -> None:
    unit.parent.mkdir(parents=True)
    unit.write_text(text, encoding="utf-8")
    expected = home / ".local" / "share" / "splitdose" if folder == "the usual one" else folder
    assert f"reminds of: {expected}" in line("remind", "--status").lines


def test_a_file_of_that_name_that_is_not_this_folders_is_left_alone(
    line: CommandLine, unit: Path, tmp_path: Path
) -> None:
    mum = tmp_path / "mum"
    theirs = unit.with_name(f"splitdose-remind-{remind.mark_of(mum)}.service")
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine\n", encoding="utf-8")
    line("--data", str(mum), "remind", "--install").refused(1, "is not this folder's", "move it away")
    assert theirs.read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_by_hand_too_each_folder_has_its_own(platform: str) -> None:
    usual, other = (" ".join(what_to_add(platform, ODD, mark) or []) for mark in ("", "mum-1234abcd"))
    assert "mum-1234abcd" in other
    assert usual != other


# When it can't be done


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
    with line.session().reader.store.watching():
        answer = line("remind", "--status")
    assert answer.code == 0
    assert answer.lines[0] == "reminders continue when the app is closed: a watcher runs"
    assert answer.lines[-2:] == ["at login: enabled", "now: active"]


def test_two_at_once_are_refused(line: CommandLine) -> None:
    line("remind", "--once", "--install").refused(2, "--once and --install don't go together")


def test_a_silent_name_that_is_no_medicine_is_told_at_the_start_of_the_watcher(
    line: CommandLine, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[reminders]\nsilent = ["Diazepam", "diazepan"]\n', encoding="utf-8")
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    with line.session().reader.store.watching():
        answer = line("remind")
    told = f'splitdose: "{config}", line 2: silent names "diazepan", which is not a medicine here; correct the name'
    assert answer.err.startswith(told)
    assert "reminders continue already" in answer.err
    assert "diazepan" not in line("remind", "--once").err, "cron would tell it every minute"


def test_a_second_watcher_is_refused(line: CommandLine) -> None:
    with line.session().reader.store.watching():
        line("remind").refused(1, "reminders continue already")


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
    assert "to undo it" in out.getvalue()
    assert sorted(tmp_path.rglob("*")) == before
