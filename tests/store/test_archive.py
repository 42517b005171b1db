"""The folder as a whole: what `check` finds, what a backup holds, and what comes back from one."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from splitdose.store import SCHEMA, CannotRead, DataFolder, NotSaved
from splitdose.store.lines import Put, line_of

OCTOBER, NOVEMBER = "log/2023-10", "log/2023-11"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A folder with a plan, two months, a sync copy and some state."""
    folder = DataFolder(tmp_path / "data")
    folder.put("plan", "medicines", {"id": "baclofen"})
    folder.put(OCTOBER, "intakes", {"id": "a", "mg": "5"})
    folder.put_all(NOVEMBER, [("intakes", {"id": "b", "mg": "20/3"}), ("checkins", {"id": "c", "note": "½"})])
    (folder.path / "log" / "2023-11 (copy).jsonl").write_bytes(
        line_of([Put("intakes", "d", {"id": "d", "schema": SCHEMA})])
    )
    folder.put("state", "sent", {"id": "e", "at": "2023-11-30T12:00:00+00:00"})
    return folder


@pytest.fixture
def backup(data: DataFolder, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    data.backup(file)
    return file


def content(folder: DataFolder) -> dict[tuple[str, str], list[dict[str, Any]]]:
    journals = ["plan", *(f"log/{month}" for month in folder.months())]
    return {(name, table): folder.documents(name, table) for name in journals for table in folder.tables(name)}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jsonl")}


class TestCheck:
    def test_a_sound_folder(self, data: DataFolder) -> None:
        (data.path / ".watch").touch()
        before = bytes_of(data.path)
        report = data.check()
        assert report.is_sound
        assert [(file.path.name, file.lines, file.documents) for file in report.files] == [
            ("plan.jsonl", 1, 1),
            ("state.jsonl", 1, 1),
            ("2023-10.jsonl", 1, 1),
            ("2023-11 (copy).jsonl", 1, 1),
            ("2023-11.jsonl", 1, 2),
        ]
        assert report.others == ()
        assert bytes_of(data.path) == before

    def test_nothing_yet(self, tmp_path: Path) -> None:
        report = DataFolder(tmp_path / "none").check()
        assert report.is_sound
        assert report.files == ()
        assert not (tmp_path / "none").exists()

    def test_every_fault_is_found_in_one_go(self, data: DataFolder) -> None:
        (data.path / "log" / "2023-10.jsonl").write_bytes(b"")
        november = data.path / "log" / "2023-11.jsonl"
        november.write_bytes(november.read_bytes().replace(b"20/3", b"20/8"))
        (data.path / "plan.jsonl").unlink()
        (data.path / "log" / "notes.txt").write_bytes(b"mine")
        report = DataFolder(data.path).check()
        assert not report.is_sound
        assert report.plan_is_missing
        assert {file.path.name: bool(file.error) for file in report.files} == {
            "state.jsonl": False, "2023-10.jsonl": True, "2023-11 (copy).jsonl": False, "2023-11.jsonl": False,
        }  # fmt: skip
        assert [(damage.path, damage.line) for file in report.files for damage in file.damage] == [(november, 1)]
        assert [path.name for path in report.others] == ["notes.txt"]


class TestBackup:
    def test_it_holds_every_journal_as_it_is(self, data: DataFolder, tmp_path: Path) -> None:
        november = data.path / "log" / "2023-11.jsonl"
        november.write_bytes(november.read_bytes() + b"damaged\n\x00")
        file = tmp_path / "backup.zip"
        names = data.backup(file)
        with zipfile.ZipFile(file) as packed:
            assert {name: packed.read(name) for name in packed.namelist()} == bytes_of(data.path)
            assert packed.namelist() == names
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_nothing_is_overwritten_unasked(self, data: DataFolder, tmp_path: Path) -> None:
        file = tmp_path / "backup.zip"
        file.write_bytes(b"something dear")
        with pytest.raises(NotSaved):
            data.backup(file)
        assert file.read_bytes() == b"something dear"
        data.backup(file, overwrite=True)
        assert zipfile.is_zipfile(file)
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    def test_a_copy_of_nothing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CannotRead, match="nothing in"):
            DataFolder(tmp_path / "none").backup(tmp_path / "backup.zip")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there(self, data: DataFolder, tmp_path: Path) -> None:
        with pytest.raises(NotSaved):
            data.backup(tmp_path / "no such folder" / "backup.zip")

    def test_half_a_backup_is_none(self, data: DataFolder, tmp_path: Path) -> None:
        (data.path / "log" / "2023-12.jsonl").mkdir()
        with pytest.raises(CannotRead):
            data.backup(tmp_path / "backup.zip")
        assert not (tmp_path / "backup.zip").exists()


class TestRestore:
    def test_into_an_empty_folder(self, data: DataFolder, backup: Path, tmp_path: Path) -> None:
        other = DataFolder(tmp_path / "other")
        difference = other.restore(backup)
        assert content(other) == content(data)
        assert sorted(entry.document["id"] for entry in difference.new) == ["a", "b", "baclofen", "c", "d"]
        assert other.documents("state", "sent") == []
        assert other.check().is_sound

    def test_again_changes_nothing(self, data: DataFolder, backup: Path) -> None:
        before = bytes_of(data.path)
        difference = data.restore(backup, replace=True)
        assert (difference.new, difference.changed, difference.same, difference.only_here) == ((), (), 5, 0)
        assert bytes_of(data.path) == before

    def test_comparing_changes_nothing(self, data: DataFolder, backup: Path, tmp_path: Path) -> None:
        other = DataFolder(tmp_path / "other")
        assert len(other.compare(backup).new) == 5
        assert not other.path.exists()

    @pytest.mark.parametrize("replace", [False, True])
    def test_what_is_here_stays_unless_asked(self, data: DataFolder, backup: Path, replace: bool) -> None:
        data.put(NOVEMBER, "intakes", {"id": "b", "mg": "7"})
        data.put(NOVEMBER, "intakes", {"id": "later", "mg": "1"})
        before = bytes_of(data.path)
        difference = data.compare(backup)
        assert [entry.document for entry in difference.changed] == [{"schema": SCHEMA, "id": "b", "mg": "20/3"}]
        assert (difference.new, difference.same, difference.only_here) == ((), 4, 1)
        data.restore(backup, replace=replace)
        held = {document["id"]: document.get("mg") for document in data.documents(NOVEMBER, "intakes")}
        assert held == {"b": "20/3" if replace else "7", "d": None, "later": "1"}
        assert all(now.startswith(before[name]) for name, now in bytes_of(data.path).items())

    def test_a_lost_plan_comes_back(self, data: DataFolder, backup: Path) -> None:
        (data.path / "plan.jsonl").unlink()
        with pytest.raises(CannotRead):
            data.documents("plan", "medicines")
        data.restore(backup)
        assert [document["id"] for document in data.documents("plan", "medicines")] == ["baclofen"]

    @pytest.mark.parametrize("name", ["plan.jsonl", "log/2023-10.jsonl", "log/2023-11 (copy).jsonl"])
    def test_an_emptied_file_comes_back(self, data: DataFolder, backup: Path, name: str) -> None:
        whole = content(data)
        (data.path / name).write_bytes(b"")
        data.restore(backup)
        assert content(data) == content(DataFolder(data.path)) == whole
        assert data.check().is_sound

    def test_a_damaged_line_is_made_good_and_left_where_it_is(self, data: DataFolder, backup: Path) -> None:
        whole = content(data)
        november = data.path / "log" / "2023-11.jsonl"
        november.write_bytes(november.read_bytes().replace(b"20/3", b"20/8"))
        assert content(data) != whole
        data.restore(backup)
        assert content(data) == whole
        assert [damage.line for damage in data.damage()] == [1]

    def test_damage_in_the_backup_is_told(self, data: DataFolder, tmp_path: Path) -> None:
        november = data.path / "log" / "2023-11.jsonl"
        november.write_bytes(november.read_bytes() + b"x\n")
        (data.path / "log" / "2023-10.jsonl").write_bytes(b"")
        file = tmp_path / "backup.zip"
        data.backup(file)
        difference = DataFolder(tmp_path / "other").restore(file)
        assert [(damage.path.relative_to(file).as_posix(), damage.line) for damage in difference.damage] == [
            ("log/2023-10.jsonl", 0),
            ("log/2023-11.jsonl", 2),
        ]

    def test_a_newer_backup_is_refused(self, data: DataFolder, tmp_path: Path) -> None:
        with (data.path / "plan.jsonl").open("ab") as file:
            file.write(line_of([Put("medicines", "x", {"id": "x", "schema": SCHEMA + 1})]))
        data.backup(tmp_path / "backup.zip")
        other = DataFolder(tmp_path / "other")
        with pytest.raises(CannotRead, match="newer Splitdose"):
            other.restore(tmp_path / "backup.zip")
        assert not other.exists()

    def test_files_that_are_no_backups(self, data: DataFolder, backup: Path, tmp_path: Path) -> None:
        whole = backup.read_bytes()
        bad = tmp_path / "bad.zip"
        before = bytes_of(data.path)
        for broken in (b"", b"PK", b"no zip", whole[: len(whole) // 2], whole[:60] + b"\xff" * 8 + whole[68:]):
            bad.write_bytes(broken)
            with pytest.raises(CannotRead):
                data.restore(bad)
        with pytest.raises(CannotRead):
            data.restore(tmp_path / "none.zip")
        with pytest.raises(CannotRead):
            data.restore(tmp_path)
        assert bytes_of(data.path) == before

    def test_names_that_lead_elsewhere_are_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "evil.zip"
        line = line_of([Put("intakes", "a", {"id": "a", "schema": SCHEMA})])
        with zipfile.ZipFile(file, "w") as packed:
            for name in ("../plan.jsonl", "/plan.jsonl", "log/../plan.jsonl", "log/2023-11/../../x.jsonl"):
                packed.writestr(name, line)
        other = DataFolder(tmp_path / "other")
        with pytest.raises(CannotRead, match="holds no plan and no log"):
            other.restore(file)
        assert sorted(path.name for path in tmp_path.rglob("*.jsonl")) == []
