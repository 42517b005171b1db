"""Automatic backups: one a day, few kept, nothing lost with the old ones, and never in the way."""

from __future__ import annotations

import shutil
import stat
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.helpers import CommandLine
from splitdose.settings import read_settings
from splitdose.store import DataFolder
from support.app import three_a_day
from support.pilot import until


def kept(line: CommandLine) -> list[str]:
    folder = line.folder / "backups"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_first_record_of_a_day_makes_one(line: CommandLine) -> None:
    assert kept(line) == ["splitdose-2023-11-30.zip"]
    file = line.folder / "backups" / "splitdose-2023-11-30.zip"
    first = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    line("checkin", "--sleep", "5").done()
    assert file.read_bytes() == first
    for words in (("today",), ("week",), ("status",), ("doctor",)):
        line.at("2023-12-01 09:00")(*words)
    assert kept(line) == ["splitdose-2023-11-30.zip"], "looking makes none"
    line("checkin", "--sleep", "6").done()
    assert kept(line) == ["splitdose-2023-11-30.zip", "splitdose-2023-12-01.zip"]


def test_what_is_refused_makes_none(line: CommandLine) -> None:
    line.at("2023-12-01 08:05")
    line("take", "baclofen", "frobnoon").refused(2)
    line("plan", "import", "none.toml").refused(2)
    assert kept(line) == ["splitdose-2023-11-30.zip"]


def test_a_night_belongs_to_the_day_before(line: CommandLine) -> None:
    line.at("2023-12-01 00:20")("checkin", "--sleep", "5").done()
    assert kept(line) == ["splitdose-2023-11-30.zip"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 7), ("[backup]\nkeep = 3\n", 3), ("[backup]\nkeep = 1\n", 1), ('[backup]\nkeep = "off"\n', 0)],
)
def test_how_many_are_kept(line: CommandLine, tmp_path: Path, text: str, count: int) -> None:
    shutil.rmtree(line.folder / "backups")
    config = tmp_path / "config.toml"
    config.write_text(text)
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    for n in range(12):
        line.at(f"2023-12-{n + 1:02} 09:00")("checkin", "--sleep", "5").done()
    assert kept(line) == [f"splitdose-2023-12-{n:02}.zip" for n in range(13 - count, 13)]


@pytest.mark.parametrize("value", ["0", "-1", "true", '"on"', "1001", "[]", "7.0"])
def test_settings_that_can_not_be_used(tmp_path: Path, value: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[backup]\nkeep = {value}\nfolder = 1\n")
    found = read_settings(config)
    assert found.backups == 7
    assert 'backup.keep must be a whole number from 1 to 1000, or "off"; the default is used' in found.warnings[0]
    assert "backup.folder is not a setting" in found.warnings[1]


@pytest.mark.parametrize("loss", ["a month is gone", "a month is cut short", "a line is altered", "the plan is new"])
def test_what_was_lost_is_never_dropped_with_the_old_ones(tmp_path: Path, loss: str) -> None:
    data = DataFolder(tmp_path / "data")
    data.put("plan", "versions", {"id": "first"})
    for number in range(20):
        data.put("log/2023-11", "intakes", {"id": f"{number:02}"})
    assert data.make_dated_backup(date(2023, 11, 30), 3)
    file = data.path / "log" / "2023-11.jsonl"
    if loss == "a month is gone":
        file.unlink()
    elif loss == "a month is cut short":
        file.write_bytes(file.read_bytes()[:500])
    elif loss == "a line is altered":
        file.write_bytes(file.read_bytes().replace(b'"07"', b'"77"'))
    else:
        (data.path / "plan.jsonl").unlink()
    data = DataFolder(data.path)
    data.put("plan", "versions", {"id": "second"})
    for number in range(30):
        data.put("log/2023-12", "intakes", {"id": f"later {number:02}"})
        assert data.make_dated_backup(date(2023, 12, 1) + timedelta(days=number), 3)
    names = [path.name for path in data.dated_backups()]
    assert names == [
        "splitdose-2023-12-30.zip", "splitdose-2023-12-29.zip", "splitdose-2023-12-28.zip", "splitdose-2023-11-30.zip",
    ]  # fmt: skip
    backup, missing = data.missing_here() or (None, 0)
    assert backup is not None
    assert (backup.name, missing > 0) == ("splitdose-2023-11-30.zip", True)
    data.restore(backup)
    assert data.missing_here() is None
    held = {d["id"] for d in data.documents("log/2023-11", "intakes")}
    assert {f"{number:02}" for number in range(20)} <= held


def test_line_ends_that_a_tool_changed_lose_nothing_and_are_no_loss(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.put("plan", "versions", {"id": "first"})
    data.make_dated_backup(date(2023, 11, 30), 3)
    file = data.path / "plan.jsonl"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert data.missing_here() is None


def test_a_clock_that_was_wrong_for_a_day(tmp_path: Path) -> None:
    """Backups dated far ahead don't crowd out those of the following days."""
    data = DataFolder(tmp_path / "data")
    data.put("plan", "versions", {"id": "first"})
    for year in (2090, 2091, 2092):
        data.make_dated_backup(date(year, 1, 1), 3)
    for number in range(5):
        data.put("log/2023-12", "intakes", {"id": str(number)})
        data.make_dated_backup(date(2023, 12, 1) + timedelta(days=number), 3)
    assert [path.name for path in data.dated_backups()] == [f"splitdose-2023-12-0{n}.zip" for n in (5, 4, 3)]


def test_other_files_there_are_left_alone(line: CommandLine) -> None:
    folder = line.folder / "backups"
    for name in ("mine.zip", "splitdose-2001-01-01.zip.part", "notes.txt"):
        (folder / name).write_bytes(b"mine")
    (folder / "splitdose-2001-01-01.zip").write_bytes(b"no archive any more")
    for n in range(8):
        line.at(f"2023-12-{n + 1:02} 09:00")("checkin", "--sleep", "5").done()
    assert {"mine.zip", "splitdose-2001-01-01.zip.part", "notes.txt"} <= set(kept(line))
    assert "splitdose-2001-01-01.zip" not in kept(line)


def test_a_failure_is_one_line_beside_the_record(line: CommandLine) -> None:
    shutil.rmtree(line.folder / "backups")
    (line.folder / "backups").write_bytes(b"in the way")
    line.at("2023-12-01 08:05")
    found = line("take", "baclofen", "morning")
    assert found.code == 0
    assert found.out.startswith("recorded: baclofen morning")
    assert found.err == (
        f"splitdose: recorded, but no backup was made today: not saved: {line.folder / 'backups'}: not a folder; "
        "check the folder and the disk\n"
    )
    (line.folder / "backups").unlink()
    line("checkin", "--sleep", "5").done()
    assert kept(line) == ["splitdose-2023-12-01.zip"]


def test_a_damaged_record_is_backed_up_as_it_is(line: CommandLine) -> None:
    log = line.folder / "log" / "2023-11.jsonl"
    log.write_bytes(log.read_bytes() + b"x\n")
    assert line.at("2023-12-01 09:00")("checkin", "--sleep", "5").code == 0
    with zipfile.ZipFile(line.folder / "backups" / "splitdose-2023-12-01.zip") as packed:
        assert packed.read("log/2023-11.jsonl") == log.read_bytes()


def test_the_doctor_says_what_a_backup_has_that_is_not_here(line: CommandLine) -> None:
    line.at("2023-12-01 09:00")("checkin", "--sleep", "5").done()
    assert "ok    backups" in line("doctor").out
    (line.folder / "log" / "2023-11.jsonl").unlink()
    found = line("doctor")
    file = line.folder / "backups" / "splitdose-2023-12-01.zip"
    (told,) = (each for each in found.lines if each.startswith("FAULT backups"))
    assert f"1 entry is in the backup {file} and not here" in told
    assert f"splitdose restore {file} brings them back" in found.out
    line("restore", str(file)).done()
    assert "ok    backups" in line("doctor").out


async def test_the_app_makes_one_after_the_first_record(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-30 07:00")
    folder = tmp_path / "data" / "backups"
    app = world.app()
    async with app.run_test() as pilot:
        world.clock.set("2023-11-30 13:05")
        app.tick()
        await pilot.pause()
        assert not folder.exists(), "looking makes none"
        app.session.record.checkin(sleep=5)
        app.tick()
        await until(pilot, lambda: list(folder.glob("splitdose-2023-11-30.zip")), "a backup")
    with zipfile.ZipFile(folder / "splitdose-2023-11-30.zip") as packed:
        assert packed.namelist() == ["plan.jsonl", "log/2023-11.jsonl"]


async def test_the_app_says_quietly_that_it_could_not(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-30 07:00")
    (tmp_path / "data" / "backups").write_bytes(b"in the way")
    app = world.app()
    said: list[str] = []
    app.say = said.append  # type: ignore[method-assign,assignment]
    async with app.run_test() as pilot:
        for n in range(3):
            app.session.record.checkin(sleep=n)
            app.tick()
            await until(pilot, lambda: not list(app.workers), "the worker to end")
            app.tick()
        await until(pilot, lambda: said, "a notice")
    assert len(said) == 1
    assert said[0].startswith("no backup today: not saved: ")
    assert len(app.session.reader.log([date(2023, 11, 30)]).checkins) == 3


async def test_the_demo_makes_none(tmp_path: Path) -> None:
    from splitdose.settings import Settings
    from splitdose.tui.app import SplitdoseApp

    world = three_a_day(tmp_path / "data", "2023-11-30 07:00")
    app = SplitdoseApp(world.session(), Settings(desktop=False), demo=True)
    async with app.run_test() as pilot:
        app.session.record.checkin(sleep=5)
        app.tick()
        await until(pilot, lambda: not list(app.workers), "no worker")
    assert not (tmp_path / "data" / "backups").exists()
