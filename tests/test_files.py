"""The one writer of files: whole or not at all, through links, private, and nothing left behind by a kill."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.helpers import PLANS, CommandLine
from splitdose import files
from splitdose.settings import Settings, write_reminders

SLOW = """
import os, sys, time
from pathlib import Path
from splitdose import files
def stands_still(descriptor):
    print("written", flush=True)
    time.sleep(600)
if "slow" in sys.argv:
    os.fsync = stands_still
if "named" in sys.argv:
    del os.O_TMPFILE
getattr(files, sys.argv[1])(Path(sys.argv[2]), b"new")
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def held_up(function: str, path: Path, how: str = "named") -> Iterator[subprocess.Popen[str]]:
    """A process that has written all of its temporary file, and waits for the disk."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, function, str(path), "slow", how], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "written\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("function", ["replace", "create"])
def test_what_a_kill_leaves_is_swept_by_the_next_writer_and_the_old_file_stands(tmp_path: Path, function: str) -> None:
    target = tmp_path / "report.md"
    if function == "replace":
        target.write_bytes(b"old")
    with held_up(function, target) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    left = names(tmp_path) - {"report.md"}
    assert len(left) == 1
    assert next(iter(left)).startswith(".splitdose-")
    assert not target.exists() if function == "create" else target.read_bytes() == b"old"
    (files.replace if function == "replace" else files.create)(target, b"newer")
    assert (names(tmp_path), target.read_bytes()) == ({"report.md"}, b"newer")


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="this system knows no files without a name")
@pytest.mark.parametrize("function", ["replace", "create"])
def test_where_a_file_may_have_no_name_yet_a_kill_leaves_nothing(tmp_path: Path, function: str) -> None:
    target = tmp_path / "report.md"
    if function == "replace":
        target.write_bytes(b"old")
    with held_up(function, target, "nameless") as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert names(tmp_path) == ({"report.md"} if function == "replace" else set())


def test_where_a_file_without_a_name_can_not_be_given_one_it_is_written_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def refused(source: object, target: object, **options: object) -> None:
        if str(source).startswith("/proc/"):
            raise OSError("no such thing here")
        link(source, target, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", refused)
    files.create(tmp_path / "report.md", b"new")
    files.replace(tmp_path / "report.md", b"newer")
    assert (names(tmp_path), (tmp_path / "report.md").read_bytes()) == ({"report.md"}, b"newer")


def test_what_another_process_is_writing_is_not_swept(tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    with held_up("replace", target):
        files.replace(target, b"meanwhile")
        assert len(names(tmp_path)) == 2
    files.replace(target, b"afterwards")
    assert names(tmp_path) == {"report.md"}


def test_what_was_left_long_ago_is_swept_though_a_process_has_its_number_again(tmp_path: Path) -> None:
    left = tmp_path / f".splitdose-{os.getpid()}-0123abcd.new"
    left.write_bytes(b"half a rep")
    files.replace(tmp_path / "a", b"")
    assert left.exists()
    os.utime(left, (0, 0))
    files.replace(tmp_path / "a", b"")
    assert names(tmp_path) == {"a"}


def test_what_an_older_version_left_of_a_journal_is_swept_and_what_is_anybody_elses_stays(tmp_path: Path) -> None:
    gone = "999999999999"  # no process has a number so large
    for name in (".plan.jsonl.", ".2026-11.jsonl.", ".splitdose-"):
        (tmp_path / f"{name}{gone[:10]}-0123abcd.new").touch()
    others = {f".notes.{gone[:10]}-0123abcd.new", ".splitdose-mine.new", "splitdose-1-0123abcd.new", ".splitdose"}
    for name in others:
        (tmp_path / name).touch()
    files.create(tmp_path / "a", b"")
    assert names(tmp_path) == {"a", *others}


class TestLinks:
    """A link is written through: it stays a link, and its target has the bytes."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        (tmp_path / "elsewhere").mkdir()
        return tmp_path / "elsewhere" / "target"

    @pytest.fixture
    def link(self, tmp_path: Path, target: Path) -> Path:
        link = tmp_path / "link"
        link.symlink_to("elsewhere/target")
        return link

    def test_to_a_file(self, link: Path, target: Path) -> None:
        target.write_bytes(b"old")
        target.chmod(0o644)
        files.replace(link, b"new")
        assert (link.is_symlink(), target.read_bytes(), mode(target)) == (True, b"new", 0o600)
        assert (names(target.parent), names(link.parent)) == ({"target"}, {"elsewhere", "link"})
        with pytest.raises(FileExistsError):
            files.create(link, b"never")
        assert target.read_bytes() == b"new"

    @pytest.mark.parametrize("function", [files.replace, files.create])
    def test_to_a_file_that_is_not_there_yet(self, link: Path, target: Path, function: object) -> None:
        assert callable(function)
        function(link, b"new")
        assert (link.is_symlink(), target.read_bytes()) == (True, b"new")

    def test_over_another_link(self, link: Path, target: Path) -> None:
        (link.parent / "first").symlink_to(link)
        files.replace(link.parent / "first", b"new")
        assert ((link.parent / "first").is_symlink(), link.is_symlink()) == (True, True)
        assert target.read_bytes() == b"new"

    @pytest.mark.parametrize("function", [files.replace, files.create])
    def test_in_a_circle(self, tmp_path: Path, function: object) -> None:
        assert callable(function)
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(OSError, match="symbolic links"):
            function(tmp_path / "a", b"new")
        assert names(tmp_path) == {"a", "b"}


def test_what_is_not_a_plain_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for path in (tmp_path / "pipe", tmp_path / "link"):
        with pytest.raises(OSError, match="not a plain file"):
            files.replace(path, b"new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        files.replace(tmp_path / "folder", b"new")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert names(tmp_path) == {"pipe", "link", "folder"}


def test_modes(tmp_path: Path) -> None:
    file = tmp_path / "a"
    files.replace(file, b"")
    assert mode(file) == 0o600
    file.chmod(0o640)
    files.replace(file, b"", mode=None)
    assert mode(file) == 0o640, "kept where that is asked for"
    files.replace(file, b"")
    assert mode(file) == 0o600, "private otherwise"
    before = os.umask(0o027)
    try:
        files.replace(file, b"", mode=0o666)
    finally:
        os.umask(before)
    assert mode(file) == 0o640, "less the umask"


def test_the_longest_name_that_a_file_may_have(tmp_path: Path) -> None:
    file = tmp_path / ("ä" * 127)
    files.replace(file, b"new")
    assert file.read_bytes() == b"new"


class TestThePersonsFiles:
    """Reports, plans, backups and settings that are links."""

    @pytest.fixture
    def line(self, tmp_path: Path) -> CommandLine:
        line = CommandLine(tmp_path / "data")
        line("plan", "import", str(PLANS / "baclofen.toml"), "--yes").done()
        (tmp_path / "synced").mkdir()
        return line

    @pytest.mark.parametrize(
        "words",
        [
            ("export", "markdown", "-o"), ("export", "csv", "-o"), ("export", "html", "-o"), ("export", "json", "-o"),
            ("plan", "export", "-o"), ("backup",),
        ],
        ids=" ".join,
    )  # fmt: skip
    def test_are_written_through_and_synced(
        self, line: CommandLine, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: list[int] = []
        sync = os.fsync

        def noting(descriptor: int) -> None:
            sync(descriptor)
            synced.append(os.fstat(descriptor).st_ino)

        link, target = tmp_path / "link", tmp_path / "synced" / "file"
        link.symlink_to("synced/file")
        line(*words, str(link), "--yes").done()
        first = target.read_bytes()
        assert (link.is_symlink(), bool(first), mode(target)) == (True, True, 0o600)
        target.write_bytes(b"older")
        monkeypatch.setattr(os, "fsync", noting)
        line(*words, str(link), "--yes").done()
        assert (link.is_symlink(), target.read_bytes()) == (True, first)
        assert synced == [target.stat().st_ino, target.parent.stat().st_ino], "the file, then its name"
        assert names(tmp_path / "synced") == {"file"}

    def test_settings_too_and_they_keep_their_mode(self, tmp_path: Path) -> None:
        (tmp_path / "dotfiles").mkdir()
        target, link = tmp_path / "dotfiles" / "config.toml", tmp_path / "config.toml"
        target.write_text("# mine\n", encoding="utf-8")
        target.chmod(0o644)
        link.symlink_to(target)
        write_reminders(link, Settings(bell=False))
        assert link.is_symlink()
        assert "# mine\n" in target.read_text(encoding="utf-8")
        assert "bell = false" in target.read_text(encoding="utf-8")
        assert (mode(target), names(target.parent)) == (0o644, {"config.toml"})

    def test_a_device_is_refused_in_one_line(self, line: CommandLine, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for words in (("export", "markdown", "-o"), ("plan", "export", "-o"), ("backup",)):
            line(*words, str(tmp_path / "pipe"), "--yes").refused(3, "not a plain file")

    def test_state_and_journals_stay_links_when_they_are_rewritten(self, line: CommandLine, tmp_path: Path) -> None:
        state, target = line.folder / "state.jsonl", tmp_path / "synced" / "state.jsonl"
        line.at("2023-11-30 18:01")
        session = line.session()
        session.reminders.snooze(session.reader.open_doses()[0])
        state.rename(target)
        state.symlink_to(target)
        line.at("2023-12-30 08:00")
        session = line.session()
        session.reminders.forget_old(session.reader.now())
        assert (state.is_symlink(), session.reminders.trouble) == (True, "")
        assert len(session.reminders.snoozes()) == 0
        assert target.read_bytes().count(b"snoozes") == 0
