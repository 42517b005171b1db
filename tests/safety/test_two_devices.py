"""Two devices record and change the plan apart; then their folders come together in every way there is.

No record and no version is lost, one of the two changes rules on both devices, the person is asked, and one answer is
enough for both.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import CommandLine
from splitdose.store import DataFolder

Merge = Callable[[Path, Path], None]
"""Brings what `theirs` holds into `ours`."""
JOURNALS = ("plan.jsonl", "log/2023-11.jsonl")


def beside(pattern: str, *more: str) -> Merge:
    """The other device's files are laid beside the own ones under names of a file-sync tool."""

    def merge(ours: Path, theirs: Path) -> None:
        for journal in JOURNALS:
            for each in (pattern, *more):
                name = each.format(Path(journal).stem)
                shutil.copy(theirs / journal, (ours / journal).with_name(name))

    return merge


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()


def union(ours: Path, theirs: Path) -> None:
    """`git merge` with `merge=union`: the lines of both."""
    for journal in JOURNALS:
        lines = dict.fromkeys(lines_of(ours / journal) + lines_of(theirs / journal))
        (ours / journal).write_bytes(b"".join(line + b"\n" for line in lines))


def sorted_union(ours: Path, theirs: Path) -> None:
    """`sort -u`."""
    for journal in JOURNALS:
        lines = sorted({*lines_of(ours / journal), *lines_of(theirs / journal)})
        (ours / journal).write_bytes(b"".join(line + b"\n" for line in lines))


def with_markers(ours: Path, theirs: Path) -> None:
    """A `git merge` that nobody has resolved."""
    for journal in JOURNALS:
        mine, other = lines_of(ours / journal), lines_of(theirs / journal)
        same = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, other, strict=False))]
        marked = [*same, b"<<<<<<< HEAD", *mine[len(same) :], b"=======", *other[len(same) :], b">>>>>>> laptop"]
        (ours / journal).write_bytes(b"\n".join(marked) + b"\n")


def other_line_ends(ours: Path, theirs: Path) -> None:
    """The lines of both, as an editor for Windows saves them: CRLF, a byte order mark, no newline at the end."""
    union(ours, theirs)
    for journal in JOURNALS:
        (ours / journal).write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines_of(ours / journal)))


def cut_off(ours: Path, theirs: Path) -> None:
    """A copy that was being written to: half a last line."""
    beside("{}.sync-conflict-20231130-101112-ABCDEFG.jsonl")(ours, theirs)
    for journal in JOURNALS:
        copy = next((ours / journal).parent.glob(f"{Path(journal).stem}.sync-*"))
        copy.write_bytes(copy.read_bytes() + lines_of(copy)[-1][:40])


def rsync_over(ours: Path, theirs: Path) -> None:
    """The other device's files replace the own ones, whose backup is then restored."""
    backup = ours.parent / f"{ours.name}.zip"
    DataFolder(ours).backup(backup, overwrite=True)
    for journal in JOURNALS:
        shutil.copy(theirs / journal, ours / journal)
    CommandLine(ours)("restore", str(backup), "--yes").done()


def restored(ours: Path, theirs: Path) -> None:
    """A backup of the other device is restored."""
    backup = theirs.parent / f"{theirs.name}.zip"
    DataFolder(theirs).backup(backup, overwrite=True)
    CommandLine(ours)("restore", str(backup), "--yes").done()


def only_a_copy(ours: Path, theirs: Path) -> None:
    """The tool has renamed the own file, too: no file has the plain name any more."""
    for journal in JOURNALS:
        file = ours / journal
        if file.exists():
            file.rename(file.with_name(f"{file.stem} (1).jsonl"))
        newest = theirs / journal
        source = newest if newest.exists() else newest.with_name(f"{newest.stem} (1).jsonl")
        shutil.copy(source, file.with_name(f"{file.stem} (2).jsonl"))


WAYS: dict[str, Merge] = {
    "Syncthing": beside("{}.sync-conflict-20231130-101112-ABCDEFG.jsonl"),
    "Dropbox": beside("{} (Anna's conflicted copy 2023-11-30).jsonl"),
    "Nextcloud": beside("{} (conflicted copy 2023-11-30 101112).jsonl"),
    "copies of copies": beside(
        "{} (copy).jsonl", "{} (copy) (copy).jsonl", "{} (copy).sync-conflict-20231130-101112-ABCDEFG.jsonl"
    ),
    "git union": union,
    "sort -u": sorted_union,
    "git markers": with_markers,
    "CRLF": other_line_ends,
    "half a last line": cut_off,
    "rsync over": rsync_over,
    "restored": restored,
}
"""By how it is done."""


@pytest.fixture
def devices(line: CommandLine, tmp_path: Path) -> tuple[CommandLine, CommandLine]:
    """A desk and a laptop that began alike: the desk has held the step, the laptop has begun the next."""
    laptop = CommandLine(tmp_path / "laptop")
    shutil.copytree(line.folder, laptop.folder)
    line.at("2023-11-30 14:00")("take", "baclofen", "afternoon").done()
    line.at("2023-11-30 14:05")("plan", "hold", "baclofen", "--yes").done()
    line.at("2023-11-30 14:06")("plan", "rename", "diazepam", "Diazepam").done()
    laptop.at("2023-11-30 14:02")("checkin", "--sleep", "6").done()
    laptop.at("2023-11-30 14:10")("plan", "next", "baclofen", "--from", "tomorrow", "--yes").done()
    laptop.at("2023-11-30 14:11")("plan", "pause", "diazepam", "--from", "tomorrow", "--yes").done()
    for device in (line, laptop):
        device.at("2023-11-30 15:00")
    return line, laptop


def held(folder: Path) -> dict[tuple[str, str], set[str]]:
    """The ids of everything, by journal and table."""
    data = DataFolder(folder)
    journals = ("plan", *(f"log/{month}" for month in data.months()))
    return {
        (name, table): {document["id"] for document in data.documents(name, table)}
        for name in journals
        for table in data.tables(name)
    }


def out(device: CommandLine, *words: str, damaged: bool = False) -> str:
    """What a command prints; it goes well, and tells damaged lines where there are some."""
    answer = device(*words)
    assert answer.code == 0, answer
    assert ("is damaged and not used" in answer.err) == bool(answer.err) == damaged, answer
    return answer.out


def both(first: Path, second: Path) -> dict[tuple[str, str], set[str]]:
    one, other = held(first), held(second)
    return {key: one.get(key, set()) | other.get(key, set()) for key in one.keys() | other.keys()}


def plan_of(device: CommandLine) -> list[Any]:
    """What a device reads as the plan, and as its days."""
    reader = device.session().reader
    plan = reader.plan()
    days = reader.days(reader.today(), reader.today().replace(day=30))
    return [
        [(m.name, m.since, m.versions, m.beside) for m in plan.medicines],
        [plan.doses_on(reader.today().replace(month=12, day=n), reader.today()) for n in range(1, 20)],
        days,
    ]


def merged(desk: CommandLine, laptop: CommandLine, way: Merge) -> None:
    """Bring both folders together, each from what the other was before."""
    before = {device: device.folder.with_name(f"before {device.folder.name}") for device in (desk, laptop)}
    for device, copy in before.items():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(device.folder, copy)
    way(desk.folder, before[laptop])
    way(laptop.folder, before[desk])


@pytest.mark.parametrize("keep", [3, 2])
@pytest.mark.parametrize("name", WAYS)
def test_however_two_devices_come_together_nothing_is_lost_and_one_answer_is_enough(
    devices: tuple[CommandLine, CommandLine], name: str, keep: int
) -> None:
    desk, laptop = devices
    everything = both(desk.folder, laptop.folder)
    merged(desk, laptop, WAYS[name])
    damaged = name in ("git markers", "half a last line")
    assert held(desk.folder) == held(laptop.folder) == everything
    assert plan_of(desk) == plan_of(laptop)
    for device in devices:
        said = out(device, "today", damaged=damaged)
        assert said.count("the plan of baclofen was changed on two devices: version 3 (") == 1
        assert "rules, version 2 (" in said
        assert "splitdose plan settle baclofen --keep 3 keeps it, --keep 2 undoes it" in said
        assert said.count("two devices") == 1
        assert "changed on two devices" in out(device, "status", damaged=damaged)
    assert any(file.damage for file in DataFolder(desk.folder).check().files) == damaged

    desk.at("2023-11-30 15:01")
    out(desk, "plan", "settle", "baclofen", "--keep", str(keep), "--yes", damaged=damaged)
    merged(desk, laptop, WAYS[name])
    assert held(desk.folder) == held(laptop.folder)
    assert held(laptop.folder)["plan", "versions"] == everything["plan", "versions"]
    laptop.at("2023-11-30 15:01")
    assert plan_of(desk) == plan_of(laptop)
    for device in devices:
        assert "two devices" not in out(device, "today", damaged=damaged)
        shown = json.loads(out(device, "plan", "show", "--json", damaged=damaged))
        assert shown["forks"] == []
        assert next(m["version"] for m in shown["medicines"] if m["name"] == "baclofen") == keep
        again = device("plan", "settle", "baclofen", "--keep", "3")
        assert again.code == 1
        assert "nothing to choose" in again.err


def test_the_order_in_which_folders_come_together_makes_no_difference(
    devices: tuple[CommandLine, CommandLine], tmp_path: Path
) -> None:
    desk, laptop = devices
    third = CommandLine(tmp_path / "third")
    shutil.copytree(desk.folder.with_name("data"), third.folder)
    third.at("2023-11-30 14:20")("plan", "hold", "baclofen", "--days", "2", "--yes").done()
    plans: list[Any] = []
    for n, order in enumerate(((desk, laptop, third), (third, desk, laptop), (laptop, third, desk))):
        folder = tmp_path / f"order {n}"
        shutil.copytree(order[0].folder, folder)
        for m, other in enumerate(order[1:]):
            beside(f"{{}} (copy {m}).jsonl")(folder, other.folder)
        plans.append(plan_of(CommandLine(folder, "2023-11-30 15:00")))
    assert plans[0] == plans[1] == plans[2]


def test_a_plan_of_which_only_copies_are_left_is_read_and_gone_on_with(
    devices: tuple[CommandLine, CommandLine],
) -> None:
    desk, laptop = devices
    everything = both(desk.folder, laptop.folder)
    only_a_copy(desk.folder, laptop.folder)
    assert held(desk.folder) == everything
    desk("plan", "settle", "baclofen", "--keep", "2", "--yes").done()
    assert (desk.folder / "plan.jsonl").exists()
    assert "two devices" not in desk("today").done().out


def test_without_a_number_the_versions_are_named(devices: tuple[CommandLine, CommandLine]) -> None:
    desk, laptop = devices
    union(desk.folder, laptop.folder)
    desk("plan", "settle", "baclofen").refused(2, "--keep 3 (", "--keep 2 (")
    desk("plan", "settle", "baclofen", "--keep", "1").refused(2, "version 1", "3, 2")
    assert "two devices" in desk("today").done().out


def test_undoing_what_rules_settles_it_too(devices: tuple[CommandLine, CommandLine]) -> None:
    desk, laptop = devices
    union(desk.folder, laptop.folder)
    desk("plan", "undo", "baclofen", "--yes").done()
    assert "two devices" not in desk("today").done().out
    assert desk("plan", "show", "--json").done().json["forks"] == []


def test_a_discreet_status_names_no_medicine(devices: tuple[CommandLine, CommandLine], tmp_path: Path) -> None:
    desk, laptop = devices
    union(desk.folder, laptop.folder)
    config = tmp_path / "config.toml"
    config.write_text("[reminders]\ndiscreet = true\n", encoding="utf-8")
    desk.environ["SPLITDOSE_CONFIG"] = str(config)
    said = desk("status").done().out
    assert "a plan was changed on two devices" in said
    assert "baclofen" not in said


def test_a_window_that_is_open_sees_the_copy_when_it_comes(devices: tuple[CommandLine, CommandLine]) -> None:
    desk, laptop = devices
    reader = desk.session().reader
    assert reader.plan().by_name["baclofen"].beside == ()
    mark = reader.fingerprint()
    WAYS["Syncthing"](desk.folder, laptop.folder)
    assert reader.fingerprint() != mark
    assert len(reader.plan().by_name["baclofen"].made_beside) == 1


def test_doctor_names_the_question_and_finds_no_file_that_is_not_used(devices: tuple[CommandLine, CommandLine]) -> None:
    desk, laptop = devices
    WAYS["Syncthing"](desk.folder, laptop.folder)
    said = desk("doctor").out
    assert "the plan of baclofen was changed on two devices" in said
    assert "splitdose plan settle baclofen --keep N keeps one version" in said
    assert "sync-conflict" not in said


def test_a_backup_holds_the_copies_and_brings_them_back(
    devices: tuple[CommandLine, CommandLine], tmp_path: Path
) -> None:
    desk, laptop = devices
    only_a_copy(desk.folder, laptop.folder)
    desk("plan", "settle", "baclofen", "--keep", "3", "--yes").done()
    said = desk("backup", str(tmp_path / "all.zip")).done().out
    assert "plan and 2 files of log" in said
    new = CommandLine(tmp_path / "new", "2023-11-30 15:02")
    new("restore", str(tmp_path / "all.zip"), "--yes").done()
    assert held(new.folder) == held(desk.folder)
    assert "two devices" not in new("today").done().out
    data = DataFolder(desk.folder)
    day = desk.now.date()
    data.make_dated_backup(day.replace(day=29), 3)
    assert data.missing_here() is None
    lost = desk.folder / "plan (2).jsonl"
    lost.unlink()
    assert data.missing_here() is not None, "what only the copy held is missed"
