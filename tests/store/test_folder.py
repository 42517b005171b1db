"""The data folder: what its journals give, what counts as data, what is private, what is refused."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from splitdose.store import SCHEMA, CannotRead, DataFolder, NotSaved
from splitdose.store.lines import Put, line_of

MONTH = "log/2023-11"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "home" / "splitdose")


def ids(data: DataFolder, journal: str, table: str) -> list[str]:
    return [document["id"] for document in data.documents(journal, table)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_looking_creates_nothing(data: DataFolder, tmp_path: Path) -> None:
    assert not data.exists()
    assert not data.plan_is_missing()
    assert data.months() == []
    assert data.damage() == []
    for journal in ("plan", "state", MONTH):
        assert data.documents(journal, "t") == []
    assert data.fingerprint() == data.fingerprint()
    assert list(tmp_path.iterdir()) == []


def test_documents_come_in_order_of_id_with_schema_and_as_copies(data: DataFolder) -> None:
    for name in ("b", "a", "c"):
        data.put(MONTH, "intakes", {"id": name, "pieces": [{"count": "1/4"}]})
    first = data.documents(MONTH, "intakes")
    assert [document["id"] for document in first] == ["a", "b", "c"]
    assert {document["schema"] for document in first} == {SCHEMA}
    first[0]["pieces"][0]["count"] = "9"
    first[1].clear()
    assert data.documents(MONTH, "intakes")[0]["pieces"] == [{"count": "1/4"}]
    assert ids(data, MONTH, "checkins") == []


def test_the_same_id_again_becomes_the_new_document_whole(data: DataFolder) -> None:
    data.put("plan", "medicines", {"id": "a", "old": 1})
    data.put("plan", "medicines", {"id": "a", "new": 2})
    assert data.documents("plan", "medicines") == [{"id": "a", "new": 2, "schema": SCHEMA}]


def test_put_all_is_one_line(data: DataFolder) -> None:
    data.put_all(MONTH, [("intakes", {"id": "a"}), ("intakes", {"id": "b"}), ("checkins", {"id": "c"})])
    assert (data.path / f"{MONTH}.jsonl").read_bytes().count(b"\n") == 1
    assert ids(data, MONTH, "intakes") == ["a", "b"]
    assert ids(data, MONTH, "checkins") == ["c"]


def test_putting_the_same_again_writes_nothing(data: DataFolder) -> None:
    entries = [("intakes", {"id": "a", "mg": "5"}), ("voids", {"id": "b"})]
    data.put_all(MONTH, entries)
    before = data.fingerprint()
    data.put_all(MONTH, entries)
    data.put_all(MONTH, [])
    assert data.fingerprint() == before


def test_put_all_refuses_whole_when_one_document_cannot_be_kept(data: DataFolder) -> None:
    data.put(MONTH, "intakes", {"id": "a"})
    before = data.fingerprint()
    for bad in (
        {},
        {"id": 1},
        {"id": ""},
        {"id": "c", "x": object()},
        {"id": "c", "x": float("nan")},
        {"id": "c", "schema": 2},
    ):
        with pytest.raises((ValueError, TypeError)):
            data.put_all(MONTH, [("intakes", {"id": "b"}), ("intakes", bad)])
    assert data.fingerprint() == before
    assert ids(data, MONTH, "intakes") == ["a"]


@pytest.mark.parametrize(
    "journal", ["", "log", "log/2023", "log/2023-13", "../plan", "log/../plan", "plan.jsonl", "log/2023-11\n"]
)
def test_there_are_no_other_journals(data: DataFolder, journal: str) -> None:
    with pytest.raises(ValueError, match="no such journal"):
        data.documents(journal, "t")
    with pytest.raises(ValueError, match="no such journal"):
        data.put(journal, "t", {"id": "a"})
    assert not data.path.exists()


def test_state_can_be_forgotten_records_cannot(data: DataFolder) -> None:
    data.put("state", "sent", {"id": "a"})
    data.put("state", "sent", {"id": "b"})
    data.remove("state", "sent", "a")
    data.remove("state", "sent", "never was")
    assert ids(data, "state", "sent") == ["b"]
    for journal in ("plan", MONTH):
        with pytest.raises(ValueError, match="never removed"):
            data.remove(journal, "intakes", "a")


def test_two_objects_see_each_other(data: DataFolder) -> None:
    other = DataFolder(data.path)
    for number in range(5):
        (data if number % 2 else other).put(MONTH, "intakes", {"id": str(number)})
        assert ids(data, MONTH, "intakes") == ids(other, MONTH, "intakes") == [str(n) for n in range(number + 1)]


def test_months_and_their_copies(data: DataFolder) -> None:
    data.put("log/2026-11", "intakes", {"id": "a"})
    data.put("log/2026-10", "intakes", {"id": "x"})
    log = data.path / "log"
    copies = [
        "2026-11 (conflicted copy).jsonl",
        "2026-11.sync-conflict-20261130-120000-ABCDEFG.jsonl",
        "2026-12 (copy).jsonl",
    ]
    for number, name in enumerate(copies):
        (log / name).write_bytes(line_of([Put("intakes", f"copy {number}", {"schema": 1})]))
    for name in (
        "notes.txt",
        ".2026-09.jsonl.1-ab.new",
        "2026-13.jsonl",
        "2026-08.jsonl.schema-1.2026-08-01.bak",
        ".syncthing.2026-07.jsonl.tmp",
    ):
        (log / name).write_bytes(b"not ours")
    assert data.months() == ["2026-10", "2026-11", "2026-12"]
    assert ids(data, "log/2026-11", "intakes") == ["a", "copy 0", "copy 1"]
    assert ids(data, "log/2026-12", "intakes") == ["copy 2"]
    data.put("log/2026-12", "intakes", {"id": "plain"})
    assert (log / "2026-12.jsonl").exists()
    assert ids(DataFolder(data.path), "log/2026-12", "intakes") == ["copy 2", "plain"]
    assert ids(data, "log/2026-10", "intakes") == ["x"]
    assert data.damage() == []


PLAN_COPIES = (
    "plan (Anna's conflicted copy 2026-11-27).jsonl",
    "plan (conflicted copy 2026-11-27 101112).jsonl",
    "plan.sync-conflict-20261127-101112-ABCDEFG.jsonl",
)
"""As Dropbox, Nextcloud and Syncthing name what they leave beside a file that two devices changed."""


def test_the_plan_is_read_with_its_copies_and_written_to_the_plain_file(data: DataFolder) -> None:
    data.put("plan", "versions", {"id": "a"})
    for number, name in enumerate(PLAN_COPIES):
        (data.path / name).write_bytes(line_of([Put("versions", f"copy {number}", {"schema": 1})]))
    for name in (
        "plan.jsonl~",
        "plan.toml",
        ".syncthing.plan.jsonl.tmp",
        "plan.jsonl.schema-1.2026-08-01.bak",
        "xplan.jsonl",
    ):
        (data.path / name).write_bytes(b"not ours")
    assert ids(data, "plan", "versions") == ["a", "copy 0", "copy 1", "copy 2"]
    held = [(data.path / name).read_bytes() for name in PLAN_COPIES]
    data.put("plan", "versions", {"id": "b"})
    assert [(data.path / name).read_bytes() for name in PLAN_COPIES] == held
    assert ids(DataFolder(data.path), "plan", "versions") == ["a", "b", "copy 0", "copy 1", "copy 2"]
    assert data.damage() == []


def test_a_copy_that_comes_changes_the_plan_and_nothing_else(data: DataFolder) -> None:
    data.put("plan", "versions", {"id": "a"})
    data.put(MONTH, "intakes", {"id": "b"})
    before = dict(data.file_stamps())
    (data.path / PLAN_COPIES[0]).write_bytes(line_of([Put("versions", "c", {"schema": 1})]))
    after = dict(data.file_stamps())
    assert {name for name in after if after[name] != before[name]} == {"plan"}
    assert ids(data, "plan", "versions") == ["a", "c"]


def test_a_plan_of_which_only_a_copy_is_left_is_read_and_not_missed(data: DataFolder) -> None:
    data.put("plan", "versions", {"id": "a"})
    data.put(MONTH, "intakes", {"id": "b"})
    (data.path / "plan.jsonl").rename(data.path / PLAN_COPIES[0])
    fresh = DataFolder(data.path)
    assert fresh.exists()
    assert not fresh.plan_is_missing()
    assert ids(fresh, "plan", "versions") == ["a"]
    fresh.put("plan", "versions", {"id": "c"})
    assert ids(DataFolder(data.path), "plan", "versions") == ["a", "c"]
    assert (data.path / "plan.jsonl").exists()


def test_an_empty_copy_of_the_plan_is_told(data: DataFolder) -> None:
    data.put("plan", "versions", {"id": "a"})
    (data.path / PLAN_COPIES[2]).write_bytes(b"")
    with pytest.raises(CannotRead, match="is empty"):
        data.documents("plan", "versions")


def test_only_the_months_that_are_asked_for_are_opened(data: DataFolder) -> None:
    data.put("log/2026-10", "intakes", {"id": "a"})
    data.put("log/2026-11", "intakes", {"id": "b"})
    (data.path / "log" / "2026-10.jsonl").write_bytes(b"")
    fresh = DataFolder(data.path)
    assert ids(fresh, "log/2026-11", "intakes") == ["b"]
    fresh.put("log/2026-11", "intakes", {"id": "c"})
    assert fresh.months() == ["2026-10", "2026-11"]
    with pytest.raises(CannotRead):
        fresh.documents("log/2026-10", "intakes")


def test_the_fingerprint_tells_every_change_and_only_changes(data: DataFolder) -> None:
    file_stamps = [data.fingerprint()]

    def changed() -> bool:
        file_stamps.append(data.fingerprint())
        return file_stamps[-1] not in file_stamps[:-1]

    with data.locked():
        assert data.fingerprint() == file_stamps[0], "the lock is no data"
    for journal in ("plan", "state", MONTH, "log/2023-12"):
        data.put(journal, "t", {"id": "a"})
        assert changed()
        data.put(journal, "t", {"id": "b"})
        assert changed()
        data.documents(journal, "t")
        assert not changed()
    (data.path / "log" / "2023-11 (copy).jsonl").write_bytes(b"x")
    assert changed()
    (data.path / f"{MONTH}.jsonl").unlink()
    assert changed()


class TestWhatCountsAsData:
    """A plan, or a log; a lock, a folder or a reminder alone is none."""

    def test_a_lock_and_state_are_none(self, data: DataFolder) -> None:
        with data.locked():
            pass
        data.put("state", "sent", {"id": "a"})
        assert (data.path / ".lock").exists()
        assert not data.exists()
        assert data.documents("plan", "medicines") == []

    def test_a_plan_or_a_log_is(self, data: DataFolder) -> None:
        data.put("plan", "medicines", {"id": "a"})
        assert data.exists()

    def test_a_log_without_its_plan_is_an_error(self, data: DataFolder) -> None:
        data.put(MONTH, "intakes", {"id": "a"})
        assert data.exists()
        assert data.plan_is_missing()
        with pytest.raises(
            CannotRead,
            match=r"plan\.jsonl is missing.*; restore a backup with splitdose restore FILE, or import the plan",
        ):
            data.documents("plan", "medicines")
        assert ids(data, MONTH, "intakes") == ["a"]
        data.put("plan", "medicines", {"id": "b"})
        assert ids(data, "plan", "medicines") == ["b"]
        assert not data.plan_is_missing()

    def test_a_plan_lost_while_open_can_be_put_anew(self, data: DataFolder) -> None:
        data.put("plan", "medicines", {"id": "a"})
        data.put(MONTH, "intakes", {"id": "a"})
        assert ids(data, "plan", "medicines") == ["a"]
        (data.path / "plan.jsonl").unlink()
        with pytest.raises(CannotRead):
            data.documents("plan", "medicines")
        data.put("plan", "medicines", {"id": "b"})
        assert ids(data, "plan", "medicines") == ["b"]


class TestPermissions:
    """The folder is 0700, files are 0600; others' rights are taken away wherever they are met."""

    pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such modes here")

    def test_what_is_made_is_private_whatever_the_umask(self, data: DataFolder) -> None:
        before = os.umask(0)
        try:
            data.put("plan", "t", {"id": "a"})
            data.put(MONTH, "t", {"id": "a"})
            data.put("state", "t", {"id": "a", "at": "2023-11-30T12:00:00+01:00"})
            data.drop_state_before(datetime(2024, 1, 1, tzinfo=UTC))
        finally:
            os.umask(before)
        modes = {str(path.relative_to(data.path)): mode(path) for path in [data.path, *data.path.rglob("*")]}
        assert modes == {
            ".": 0o700, "log": 0o700, ".lock": 0o600,
            "plan.jsonl": 0o600, "state.jsonl": 0o600, "log/2023-11.jsonl": 0o600,
        }  # fmt: skip

    def test_reading_takes_others_rights_from_files(self, data: DataFolder) -> None:
        data.put(MONTH, "t", {"id": "a"})
        file = data.path / f"{MONTH}.jsonl"
        file.chmod(0o644)
        DataFolder(data.path).documents(MONTH, "t")
        assert mode(file) == 0o600

    def test_writing_takes_them_from_folders_too(self, data: DataFolder) -> None:
        data.put(MONTH, "t", {"id": "a"})
        data.path.chmod(0o755)
        (data.path / "log").chmod(0o777)
        (data.path / f"{MONTH}.jsonl").chmod(0o666)
        data.put(MONTH, "t", {"id": "b"})
        assert mode(data.path) == 0o700
        assert mode(data.path / "log") == 0o700
        assert mode(data.path / f"{MONTH}.jsonl") == 0o600

    def test_a_right_that_the_owner_gave_up_is_not_taken_back(self, data: DataFolder) -> None:
        data.put(MONTH, "t", {"id": "a"})
        file = data.path / f"{MONTH}.jsonl"
        file.chmod(0o444)
        data.documents(MONTH, "t")
        assert mode(file) == 0o400


class TestDroppingState:
    """What is older than asked goes; nothing newer, and nothing of anything else."""

    NOON = datetime(2023, 11, 30, 12, tzinfo=UTC)

    def test_older_goes_newer_and_dateless_stay(self, data: DataFolder) -> None:
        for name, at in {
            "older": "2023-11-30T12:59:59.999+01:00",
            "equal": "2023-11-30T13:00:00+01:00",
            "newer": "2023-11-30T11:30:00-01:00",
            "naive": "2001-01-01T00:00:00",
            "no instant": "yesterday",
        }.items():
            data.put("state", "sent", {"id": name, "at": at})
        data.put("state", "snoozed", {"id": "dateless"})
        data.put("state", "snoozed", {"id": "number", "at": 5})
        data.drop_state_before(self.NOON)
        for folder in (data, DataFolder(data.path)):
            assert ids(folder, "state", "sent") == ["equal", "naive", "newer", "no instant"]
            assert ids(folder, "state", "snoozed") == ["dateless", "number"]
        assert (data.path / "state.jsonl").read_bytes().count(b"\n") == 1

    def test_what_lies_ahead_of_an_instant_goes_where_that_is_asked_for(self, data: DataFolder) -> None:
        for name, minutes in {"now": 0, "slack": 2, "ahead": 3}.items():
            data.put("state", "sent", {"id": name, "at": (self.NOON + timedelta(minutes=minutes)).isoformat()})
        data.put("state", "snoozes", {"id": "dateless"})
        data.drop_state_before(self.NOON)
        assert ids(data, "state", "sent") == ["ahead", "now", "slack"]
        data.drop_state_before(self.NOON, ahead_of=lambda: self.NOON + timedelta(minutes=2))
        assert ids(DataFolder(data.path), "state", "sent") == ["now", "slack"]
        assert ids(data, "state", "snoozes") == ["dateless"]

    def test_what_is_ahead_is_decided_once_the_lock_is_held(self, data: DataFolder) -> None:
        data.put("state", "sent", {"id": "a", "at": (self.NOON + timedelta(hours=8)).isoformat()})
        moments = [self.NOON, self.NOON + timedelta(hours=8)]  # the machine slept in between
        data.drop_state_before(self.NOON, ahead_of=lambda: moments.pop(0))
        assert ids(data, "state", "sent") == ["a"]

    def test_another_window_goes_on_writing(self, data: DataFolder) -> None:
        other = DataFolder(data.path)
        data.put("state", "sent", {"id": "old", "at": self.NOON.isoformat()})
        assert ids(other, "state", "sent") == ["old"]
        data.drop_state_before(self.NOON + timedelta(hours=1))
        other.put("state", "sent", {"id": "new", "at": (self.NOON + timedelta(hours=2)).isoformat()})
        assert ids(data, "state", "sent") == ids(other, "state", "sent") == ["new"]

    def test_nothing_is_rewritten_when_nothing_is_old(self, data: DataFolder) -> None:
        data.drop_state_before(self.NOON)
        assert not data.path.exists()
        data.put("state", "sent", {"id": "a", "at": self.NOON.isoformat()})
        before = data.fingerprint()
        data.drop_state_before(self.NOON)
        assert data.fingerprint() == before

    def test_all_may_go(self, data: DataFolder) -> None:
        data.put("state", "sent", {"id": "a", "at": self.NOON.isoformat()})
        data.drop_state_before(self.NOON + timedelta(days=2))
        assert data.documents("state", "sent") == []
        assert (data.path / "state.jsonl").stat().st_size
        data.put("state", "sent", {"id": "b"})
        assert ids(DataFolder(data.path), "state", "sent") == ["b"]


def test_a_lock_is_reentrant_in_one_thread(data: DataFolder) -> None:
    with data.locked(), data.locked():
        data.put(MONTH, "t", {"id": "a"})
        with data.locked():
            data.put(MONTH, "t", {"id": "b"})
    DataFolder(data.path, lock_timeout=0).put(MONTH, "t", {"id": "c"})
    assert ids(data, MONTH, "t") == ["a", "b", "c"]


def test_the_lock_is_let_go_when_the_block_raises(data: DataFolder) -> None:
    with pytest.raises(RuntimeError), data.locked():
        raise RuntimeError
    DataFolder(data.path, lock_timeout=0).put(MONTH, "t", {"id": "a"})


def test_an_error_is_one_line_whatever_the_folder_is_called(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "a\nb\x1b[31m\udcff")
    data.put("plan", "t", {"id": "a"})
    (data.path / "plan.jsonl").write_bytes(b"")
    with pytest.raises(CannotRead) as caught:
        data.documents("plan", "t")
    assert str(caught.value) == f"{caught.value.what}; {caught.value.todo}"
    assert str(caught.value).isprintable()
    str(caught.value).encode()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    data = DataFolder(tmp_path / "file")
    for look in (data.exists, data.months, lambda: data.documents("plan", "t")):
        with pytest.raises(CannotRead):
            look()
    with pytest.raises(NotSaved):
        data.put("plan", "t", {"id": "a"})
    data.fingerprint()


def test_importing_the_store_imports_no_screen_and_no_lock() -> None:
    program = "import sys, splitdose.store; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    for module in ("textual", "rich", "filelock", "zipfile", "fcntl", "asyncio"):
        assert module not in loaded.stdout.split()
