"""doctor: every fault is found, said with what to do, and nothing is changed by looking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import Answer, CommandLine


@pytest.fixture
def well(line: CommandLine, tmp_path: Path) -> CommandLine:
    """A record in order, without a desktop that anybody wants notices from."""
    config = tmp_path / "config.toml"
    config.write_text("[reminders]\ndesktop = false\n", encoding="utf-8")
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    line("take", "baclofen", "morning", "--at", "08:04").done()
    return line


def found(answer: Answer, check: str, level: str) -> list[dict[str, Any]]:
    return [f for f in answer.json["findings"] if (f["check"], f["level"]) == (check, level)]


def fault(line: CommandLine, check: str, *parts: str) -> None:
    """Insist on exit code 1 and one fault of a check that says all parts and what to do."""
    answer = line("doctor", "--json")
    assert answer.code == 1
    assert answer.json["ok"] is False
    faults = found(answer, check, "fault")
    assert faults, answer.json
    text = " ".join(f"{f['what']} {f['todo']}" for f in faults)
    for part in parts:
        assert part in text
    plain = line("doctor")
    assert plain.code == 1
    assert any(each.startswith("FAULT ") and check in each for each in plain.lines)


def test_in_order(well: CommandLine) -> None:
    before = well.tables()
    answer = well("doctor").done()
    assert answer.lines[-1] == "no faults"
    for check in ("data", "permissions", "integrity", "config", "clock", "zone", "watcher", "channels"):
        assert any(each.split()[1] == check for each in answer.lines[:-1]), check
    assert well.tables() == before
    assert well("doctor", "--json").json["ok"] is True


def test_an_empty_place_is_no_fault_and_stays_empty(well: CommandLine, tmp_path: Path) -> None:
    well.folder = tmp_path / "new"
    answer = well("doctor", "--json")
    assert answer.code == 0
    assert found(answer, "data", "note")
    assert not well.folder.exists()


def test_a_damaged_line(well: CommandLine) -> None:
    log = well.folder / "log" / "2023-11.jsonl"
    text = log.read_bytes()
    log.write_bytes(text[:40] + b"#" + text[41:])
    fault(well, "integrity", "2023-11.jsonl, line 1 is damaged", "backup")


def test_a_lost_plan(well: CommandLine) -> None:
    (well.folder / "plan.jsonl").unlink()
    fault(well, "integrity", "there is a log and no plan", "restore a backup")


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_files_that_others_can_read(well: CommandLine) -> None:
    (well.folder / "plan.jsonl").chmod(0o644)
    (note,) = found(well("doctor", "--json"), "permissions", "note")
    assert "plan.jsonl was open to other people (644)" in note["what"]
    well.folder.chmod(0o755)
    fault(well, "permissions", "is open to other people (755)", f"chmod 700 {well.folder}")


def test_a_setting_that_cant_be_used(well: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[reminders]\nrepeats = 'x'\ndesktop = false\n", encoding="utf-8")
    fault(well, "config", "reminders.repeats", "correct that line")


def test_a_clock_before_the_newest_record(well: CommandLine) -> None:
    well.at("2023-11-29 09:00")
    fault(well, "clock", "Wed 29 Nov 2023 09:00, before the newest record of Thu 30 Nov 2023", "clock")


def test_another_zone_is_a_note(well: CommandLine) -> None:
    well.environ["TZ"] = "Asia/Tokyo"
    answer = well("doctor", "--json")
    assert answer.code == 0
    (note,) = found(answer, "zone", "note")
    assert "Asia/Tokyo" in note["what"]
    assert "Europe/Berlin" in note["what"]


def test_a_watcher_is_seen(well: CommandLine) -> None:
    (note,) = found(well("doctor", "--json"), "watcher", "note")
    assert "splitdose remind --install" in note["todo"]
    with well.session().reader.store.watching():
        assert found(well("doctor", "--json"), "watcher", "ok")


def test_a_state_that_cant_be_read(well: CommandLine) -> None:
    state = well.folder / "state.jsonl"
    state.mkdir()
    fault(well, "watcher", "what was sent can't be read", "may come twice")


def test_a_desktop_that_cant_be_reached(well: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "config.toml").unlink()
    well.environ.update(XDG_RUNTIME_DIR="/nonexistent", DBUS_SESSION_BUS_ADDRESS="", PATH=os.environ["PATH"])
    answer = well("doctor", "--json")
    assert answer.code == 0
    (note,) = found(answer, "channels", "note")
    assert note["what"].startswith("no desktop notices: ")
    assert note["what"].endswith("; the terminal's bell and the app's alarm remind")
    assert "desktop = false" in note["todo"]
    # Without a bell nothing is left that reaches anybody whose app is not open.
    (tmp_path / "config.toml").write_text("[reminders]\nbell = false\n", encoding="utf-8")
    fault(well, "channels", "no desktop notices: ", "only an open app shows what is due", "desktop = false")


def test_every_channel_off(well: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[reminders]\ndesktop = false\nbell = false\n", encoding="utf-8")
    fault(well, "channels", "every channel is off")


def test_a_silent_name_that_is_no_medicine_is_a_note_with_its_line(well: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[reminders]\ndesktop = false\nsilent = ["Baclofen", "diazepan"]\n', encoding="utf-8")
    answer = well("doctor", "--json")
    assert answer.code == 0
    (note,) = found(answer, "config", "note")
    assert note["what"] == f'"{config}", line 3: silent names "diazepan", which is not a medicine here'
    assert note["todo"] == "correct the name, or remove it"
    assert "without reminders: baclofen" in [n["what"] for n in found(answer, "channels", "note")]


def test_strange_files_are_named(well: CommandLine) -> None:
    (well.folder / "notes.txt").write_text("mine", encoding="utf-8")
    with well.session().reader.store.watching():
        notes = found(well("doctor", "--json"), "integrity", "note")
    assert [note["what"] for note in notes] == ["1 files that Splitdose doesn't use: notes.txt"]


def test_a_folder_that_is_none(well: CommandLine, tmp_path: Path) -> None:
    well.folder = tmp_path / "file"
    well.folder.write_text("", encoding="utf-8")
    fault(well, "data", "is not a folder")
