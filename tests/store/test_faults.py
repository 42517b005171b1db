"""A disk that is full, failing or read-only, and files of others: told, undone, and tried again."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import pytest

from splitdose.store import CannotRead, DataFolder, NotSaved
from store.processes import writer
from support.requirements import require

MONTH = "log/2023-11"
SOMEBODY = "65534"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes and mounts are POSIX")


def ids(data: DataFolder, journal: str = MONTH) -> list[str]:
    return [document["id"] for document in data.documents(journal, "intakes")]


def mounted(path: Path, *options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "splitdose-test", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    require("mount", "umount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=64k"):
        pytest.skip("mounting a file system takes root on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Fills the disk, and returns what fills it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))
    assert shutil.disk_usage(disk).free == 0
    return filler


class TestFullDisk:
    """ENOSPC, for real."""

    def test_in_the_middle_of_a_line(self, small_disk: Path) -> None:
        data = DataFolder(small_disk / "data")
        data.put(MONTH, "intakes", {"id": "first"})
        filler = fill(small_disk)
        file = small_disk / f"data/{MONTH}.jsonl"
        before = file.read_bytes()
        # The file's last block has room for a part of this line only.
        long = {"id": "second", "note": "x" * 6000}
        for _ in range(2):
            with pytest.raises(NotSaved, match="the disk is full; free some space"):
                data.put(MONTH, "intakes", long)
            assert ids(data) == ids(DataFolder(data.path)) == ["first"]
            assert data.damage() == []
            assert file.read_bytes() == before
        filler.unlink()
        data.put(MONTH, "intakes", long)
        data.put(MONTH, "intakes", {"id": "third"})
        assert ids(data) == ids(DataFolder(data.path)) == ["first", "second", "third"]
        assert file.read_bytes().count(b'"second"') == 2  # once as the op's id, once in the document
        assert data.damage() == []

    def test_when_a_file_would_be_made(self, small_disk: Path) -> None:
        data = DataFolder(small_disk / "data")
        data.put("plan", "medicines", {"id": "a"})
        (data.path / "log").mkdir(mode=0o700)
        filler = fill(small_disk)
        with pytest.raises(NotSaved, match="the disk is full"):
            data.put(MONTH, "intakes", {"id": "first"})
        assert list((data.path / "log").iterdir()) == []
        assert not data.plan_is_missing()
        filler.unlink()
        data.put(MONTH, "intakes", {"id": "first"})
        assert ids(data) == ["first"]

    def test_when_state_would_be_rewritten(self, small_disk: Path) -> None:
        from datetime import UTC, datetime

        data = DataFolder(small_disk / "data")
        for name, at in {"old": "2023-11-01T00:00:00+00:00", "new": "2023-11-30T00:00:00+00:00"}.items():
            data.put("state", "intakes", {"id": name, "at": at, "note": "x" * 3000})
        fill(small_disk)
        with pytest.raises(NotSaved, match="the disk is full"):
            data.drop_state_before(datetime(2023, 11, 15, tzinfo=UTC))
        assert ids(data, "state") == ["new", "old"]
        assert [path.name for path in data.path.glob("*.new")] == []

    def test_a_writer_that_is_told_tries_again(self, small_disk: Path) -> None:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(40_000))  # the writer may well fill the rest by itself
        with writer(small_disk / "data") as there:
            there.go()
            for _ in range(3):
                there.until("done")
            fill(small_disk)
            assert there.until("failed") == "failed"
            saved = list(there.done)
            waiting = there.tried[-1]
            assert "the disk is full" in there.failed[0]
            assert set(ids(DataFolder(small_disk / "data"))) == set(saved)
            ballast.unlink()
            there.go()
            assert there.until("done", "failed") == "done"
            assert there.done[-1] == waiting
            there.signal(signal.SIGKILL)
            there.until()
        assert set(there.done) <= set(ids(DataFolder(small_disk / "data"))) <= set(there.tried)

    def test_a_read_only_disk(self, small_disk: Path) -> None:
        data = DataFolder(small_disk / "data")
        data.put(MONTH, "intakes", {"id": "first"})
        (data.path / f"{MONTH}.jsonl").chmod(0o644)
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        for journal in (MONTH, "log/2023-12"):
            with pytest.raises(NotSaved, match="read-only"):
                data.put(journal, "intakes", {"id": "second"})
        assert ids(DataFolder(data.path)) == ["first"]
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        data.put(MONTH, "intakes", {"id": "second"})
        assert ids(data) == ["first", "second"]


def test_a_file_size_limit_in_the_middle_of_a_line(tmp_path: Path) -> None:
    """Another real way to get half a line, which needs no root."""
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from splitdose.store import DataFolder, NotSaved\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "data = DataFolder(Path(sys.argv[1]))\ndata.put('log/2023-11', 'intakes', {'id': 'a'})\n"
        "size = (data.path / 'log/2023-11.jsonl').stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))\n"
        "try:\n    data.put('log/2023-11', 'intakes', {'id': 'b'})\n"
        "except NotSaved as error:\n    print(error)\n"
        "print([d['id'] for d in data.documents('log/2023-11', 'intakes')])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "data.put('log/2023-11', 'intakes', {'id': 'b'})\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=30
    ).stdout.splitlines()
    assert "the file may not grow further" in told[0]
    assert told[1] == "['a']"
    data = DataFolder(tmp_path)
    assert ids(data) == ["a", "b"]
    assert data.damage() == []


class TestFailingSync:
    """The bytes went into memory, and the disk then says that it could not keep them."""

    @pytest.fixture
    def failing(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """While this list isn't empty, syncing a file fails."""
        real = os.fsync
        fails = [True]

        def fsync(descriptor: int) -> None:
            if fails:
                raise OSError(errno.EIO, "Input/output error")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        return fails

    def test_the_record_does_not_look_taken(self, tmp_path: Path, failing: list[bool]) -> None:
        failing.clear()
        data = DataFolder(tmp_path)
        data.put(MONTH, "intakes", {"id": "a"})
        before = (tmp_path / f"{MONTH}.jsonl").read_bytes()
        failing.append(True)
        with pytest.raises(NotSaved, match="the disk reports an error"):
            data.put(MONTH, "intakes", {"id": "b"})
        assert ids(data) == ids(DataFolder(tmp_path)) == ["a"]
        assert (tmp_path / f"{MONTH}.jsonl").read_bytes() == before
        failing.clear()
        data.put(MONTH, "intakes", {"id": "b"})
        assert ids(DataFolder(tmp_path)) == ["a", "b"]

    def test_a_first_record_leaves_no_file(self, tmp_path: Path, failing: list[bool]) -> None:
        (tmp_path / "log").mkdir()
        data = DataFolder(tmp_path)
        with pytest.raises(NotSaved, match="the disk reports an error"):
            data.put(MONTH, "intakes", {"id": "a"})
        assert list((tmp_path / "log").iterdir()) == []
        failing.clear()
        data.put(MONTH, "intakes", {"id": "a"})
        assert ids(DataFolder(tmp_path)) == ["a"]

    def test_a_retry_writes_again_what_could_not_be_taken_back(
        self, tmp_path: Path, failing: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing.clear()
        data = DataFolder(tmp_path)
        data.put(MONTH, "intakes", {"id": "a"})
        failing.append(True)

        def refused(_descriptor: int, _length: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "ftruncate", refused)
            with pytest.raises(NotSaved):
                data.put(MONTH, "intakes", {"id": "b"})
        failing.clear()
        # The line is in the file, but it may not last: to find it there and write nothing would be to lose
        # it.
        lines = (tmp_path / f"{MONTH}.jsonl").read_bytes().count(b"\n")
        data.put(MONTH, "intakes", {"id": "b"})
        assert (tmp_path / f"{MONTH}.jsonl").read_bytes().count(b"\n") == lines + 1
        data.put(MONTH, "intakes", {"id": "b"})
        assert (tmp_path / f"{MONTH}.jsonl").read_bytes().count(b"\n") == lines + 1
        assert ids(DataFolder(tmp_path)) == ["a", "b"]


class TestPermissionDenied:
    """EACCES, as somebody who is not root."""

    @pytest.fixture
    def theirs(self) -> Iterator[Path]:
        """A data folder that belongs to another user, with one record."""
        require("setpriv")
        if os.geteuid() != 0:
            pytest.skip("becoming another user takes root")
        home = Path(mkdtemp())  # pytest's own folders are closed to others
        home.chmod(0o755)
        data = DataFolder(home / "data")
        data.put(MONTH, "intakes", {"id": "first"})
        for path in [data.path, *data.path.rglob("*")]:
            os.chown(path, int(SOMEBODY), int(SOMEBODY))
        yield data.path
        shutil.rmtree(home)

    AS_SOMEBODY = ("setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups")

    @pytest.mark.parametrize("closed", [f"{MONTH}.jsonl", ".lock"])
    def test_a_file_that_may_not_be_written(self, theirs: Path, closed: str) -> None:
        (theirs / closed).chmod(0o400)
        with writer(theirs, before=self.AS_SOMEBODY) as there:
            there.go()
            assert there.until("done", "failed") == "failed"
            assert there.failed[0].startswith("not saved: ")
            assert "permission denied; check who owns it" in there.failed[0]
            assert ids(DataFolder(theirs)) == ["first"]
            (theirs / closed).chmod(0o600)
            there.go()
            assert there.until("done", "failed") == "done"
            assert set(ids(DataFolder(theirs))) >= {"first", there.done[0]}

    def test_a_folder_where_nothing_may_be_made(self, theirs: Path) -> None:
        (theirs / f"{MONTH}.jsonl").unlink()
        (theirs / "log").chmod(0o500)
        with writer(theirs, before=self.AS_SOMEBODY) as there:
            there.go()
            assert there.until("done", "failed") == "failed"
            assert list((theirs / "log").iterdir()) == []

    @pytest.mark.parametrize("closed", [f"{MONTH}.jsonl", "log", "."])
    def test_what_may_not_be_read_is_not_an_empty_log(self, theirs: Path, closed: str) -> None:
        os.chown(theirs / closed, 0, 0)
        (theirs / closed).chmod(0o600)
        program = (
            "import sys\nfrom pathlib import Path\nfrom splitdose.store import DataFolder, StoreError\n"
            "data = DataFolder(Path(sys.argv[1]))\n"
            "data.fingerprint()\n"
            "try:\n    print(data.documents('log/2023-11', 'intakes'))\n"
            "except StoreError as error:\n    print(type(error).__name__, error)\n"
        )
        told = subprocess.run(
            [*self.AS_SOMEBODY, sys.executable, "-c", program, str(theirs)],
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        assert told.stdout.startswith("CannotRead ")
        assert "permission denied" in told.stdout
        assert told.stderr == ""


def test_an_error_that_nobody_foresaw_is_still_one_line() -> None:
    from splitdose.store.errors import cannot_read, not_saved

    for make, kind in ((cannot_read, CannotRead), (not_saved, NotSaved)):
        error = make(Path("/data/plan.jsonl"), OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
        assert isinstance(error, kind)
        assert str(error).isprintable()
        assert os.strerror(errno.ELOOP).lower() in str(error)
        assert str(make(Path("x"), OSError())).isprintable()
