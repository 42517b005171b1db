"""What goes wrong with the disk while the app is open and in the shell: told, kept to be tried again, never half-saved.

Everything is real: a terminal, a full disk, a folder that is taken away, and another user where root would pass.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from support.app import PLANS
from support.clock import Clock
from support.requirements import require
from support.shell import intakes, run
from support.terminal import Terminal
from support.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts, modes and signals of this kind are POSIX")

SOMEBODY = 65534
AS_SOMEBODY = ("setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups")
Open = Callable[..., Terminal]


@dataclass
class Ground:
    """A data folder that belongs to somebody who is not root, and a clock.

    Attributes:
        home: what is open to everybody.
        data: the data folder, with the taper on its 36th day and the morning dose taken.
        clock: the wall clock of app and shell.
    """

    home: Path
    data: Path
    clock: Clock

    def command(self, *words: str) -> list[str]:
        """A command line of somebody's."""
        offset = self.clock.environ["FAKETIME_TIMESTAMP_FILE"]
        home = str(self.home)
        environ = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_RUNTIME_DIR": home, "TZ": self.clock.environ["TZ"]}
        return [
            "env", *(f"{name}={value}" for name, value in environ.items()), *AS_SOMEBODY, sys.executable,
            str(Path(__file__).with_name("owner.py")), offset, "--data", str(self.data), *words,
        ]  # fmt: skip

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type one command as somebody."""
        return subprocess.run(
            self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
            cwd=self.home,
        )  # fmt: skip

    def app(self, terminal: Open) -> Terminal:
        """Open the app as somebody, at 13:58."""
        window = terminal(self.command(), cwd=self.home)
        window.wait_for_text("afternoon 13:00", "Space: taken now")
        first = self.clock.now()
        wait_for(lambda: (self.clock.now() - first).total_seconds() > 1.2, what="the panel to have stood a while")
        return window

    def afternoon(self) -> list[str]:
        """What the files say of the afternoon dose, read without the program."""
        return [record["kind"] for record in intakes(self.data) if record["slot"] == "afternoon"]

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.data.rglob("*.jsonl"))}

    def owned(self) -> None:
        """Give everything to somebody."""
        for path in [self.data, *self.data.rglob("*")]:
            os.chown(path, SOMEBODY, SOMEBODY)


@contextmanager
def ground(home: Path) -> Iterator[Ground]:
    require("tmux", "faketime", "setpriv")
    if os.geteuid() != 0:
        pytest.skip("becoming another user takes root")
    for path in [home, *home.parents]:
        if path.stat().st_uid == 0 and not path.stat().st_mode & 0o005:
            pytest.skip(f"{path} is closed to others")
    (home / "clock").mkdir()
    (home / "clock").chmod(0o755)
    made = Ground(home, home / "disk" / "data", Clock(home / "clock", "2023-11-30 08:04:00"))
    run(made.data, "plan", "import", str(PLANS / "baclofen.toml"), clock=made.clock)
    run(made.data, "take", "baclofen", "morning", clock=made.clock)
    made.owned()
    made.clock.set("2023-11-30 13:58:00")
    yield made


@pytest.fixture
def place() -> Iterator[Ground]:
    """On an ordinary disk."""
    home = Path(mkdtemp(prefix="faults-"))  # pytest's own folders are closed to others
    home.chmod(0o755)
    (home / "disk").mkdir()
    os.chown(home / "disk", SOMEBODY, SOMEBODY)
    try:
        with ground(home) as made:
            yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def small() -> Iterator[Ground]:
    """On a disk of 64 KiB."""
    require("mount", "umount")
    home = Path(mkdtemp(prefix="faults-"))
    home.chmod(0o755)
    disk = home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size=64k,uid={SOMEBODY},mode=755", "splitdose-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system takes root on Linux")
    try:
        with ground(home) as made:
            yield made
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        shutil.rmtree(home, ignore_errors=True)


def not_saved_then_saved(ground: Ground, terminal: Open, *, break_: Callable[[], object], mend: Callable[[], object],
                         said: str) -> None:  # fmt: skip
    """The same fault for an open app and for the shell: told, nothing half-saved, and over when its cause is."""
    window = ground.app(terminal)
    before = ground.files()
    break_()
    refused = ground.shell("take", "baclofen", "afternoon")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("splitdose: not saved: ")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    for _ in range(2):
        window.press("space")
        screen = window.wait_for_text(f"NOT SAVED: {said.partition(';')[0]}", "r tries again")
        assert "✓ afternoon" not in screen
        window.press("r")
    window.wait_for_text("NOT SAVED: ")
    window.press("q")  # leaving would lose the entry, so it asks
    window.wait_for_text("Leave, and lose this entry?", within=60)  # after each key before it waited for the lock
    window.press("n")
    window.wait_for_no_text("Leave, and lose this entry?")
    mend()
    assert ground.files() == before, "something was half-saved"
    window.press("r")
    window.wait_for_text("recorded: baclofen 5 mg afternoon", "✓ afternoon")
    window.wait_for_no_text("NOT SAVED")
    assert ground.afternoon() == ["taken"]
    assert ground.shell("checkin", "--sleep", "5").returncode == 0
    window.press("q")
    assert window.exit_status() == 0


def test_a_full_disk(small: Ground, terminal: Open) -> None:
    filler = small.home / "disk" / "filler"

    def fill() -> None:
        for log in (small.data / "log").glob("*.jsonl"):  # the last block of a file may have room yet
            assert log.stat().st_size % 4096
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(512))
        assert shutil.disk_usage(small.home / "disk").free == 0

    # What is left of the month's last block is used up, so that the record's line is cut short in the middle.
    while (left := 4096 - (small.data / "log" / "2023-11.jsonl").stat().st_size % 4096) > 900:
        small.shell("checkin", "--note", "x" * min(1800, left - 600)).check_returncode()
    not_saved_then_saved(
        small, terminal, break_=fill, mend=filler.unlink, said="the disk is full; free some space and try again"
    )


def test_a_folder_that_is_read_only(place: Ground, terminal: Open) -> None:
    log = place.data / "log"

    def close() -> None:
        for path in [*log.iterdir(), place.data / ".lock", log, place.data]:
            path.chmod(0o500 if path.is_dir() else 0o400)

    def open_() -> None:
        for path in [place.data, log, *log.iterdir(), place.data / ".lock"]:
            path.chmod(0o700 if path.is_dir() else 0o600)

    not_saved_then_saved(place, terminal, break_=close, mend=open_, said="permission denied; check who owns it")


def test_the_permission_to_write_is_taken_away(place: Ground, terminal: Open) -> None:
    month = place.data / "log" / "2023-11.jsonl"
    not_saved_then_saved(
        place, terminal, break_=lambda: month.chmod(0o400), mend=lambda: month.chmod(0o600), said="permission denied"
    )


HOLD = (
    "import sys\nfrom pathlib import Path\nfrom splitdose.store import DataFolder\n"
    "with DataFolder(Path(sys.argv[1])).locked():\n    print('held', flush=True)\n    sys.stdin.read()\n"
)


def test_a_stopped_process_holds_the_lock(place: Ground, terminal: Open) -> None:
    with subprocess.Popen(
        [*AS_SOMEBODY, sys.executable, "-c", HOLD, str(place.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, cwd=place.home,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        def resume() -> None:
            holder.kill()
            holder.wait()

        try:
            not_saved_then_saved(
                place, terminal, break_=lambda: holder.send_signal(signal.SIGSTOP), mend=resume,
                said="another window or a stopped process holds",
            )  # fmt: skip
        finally:
            holder.kill()


def test_the_permission_to_read_is_taken_away(place: Ground, terminal: Open) -> None:
    window = place.app(terminal)
    month = place.data / "log" / "2023-11.jsonl"
    os.chown(month, 0, 0)
    month.chmod(0o600)
    os.utime(month)  # something seems to have changed, so it is read again
    refused = place.shell("take", "baclofen", "afternoon")
    assert refused.returncode == 4
    assert "can't be read: permission denied; check who owns it" in refused.stderr
    window.wait_for_text("CAN'T READ: ")
    window.press("space")
    window.wait_for_text("NOT SAVED: ", "permission denied", "r tries again")
    os.chown(month, SOMEBODY, SOMEBODY)
    window.press("r")
    window.wait_for_text("recorded: baclofen 5 mg afternoon", "✓ afternoon")
    window.wait_for_no_text("CAN'T READ")
    assert place.afternoon() == ["taken"]


def _as_if_never_there(place: Ground, away: Path) -> None:
    place.data.rename(away)


def _removed(place: Ground, away: Path) -> None:
    shutil.copytree(place.data, away)
    shutil.rmtree(place.data)


def _emptied(place: Ground, away: Path) -> None:
    place.data.rename(away)
    place.data.mkdir(mode=0o700)  # where a disk was mounted there is an empty folder
    os.chown(place.data, SOMEBODY, SOMEBODY)


def _without_its_log(place: Ground, away: Path) -> None:
    shutil.copytree(place.data, away)
    shutil.rmtree(place.data / "log")


def _under_a_file(place: Ground, away: Path) -> None:
    place.data.rename(away)
    place.data.write_text("something else")


TAKEN = [_as_if_never_there, _removed, _emptied, _without_its_log, _under_a_file]


@pytest.mark.parametrize("take_away", TAKEN)
def test_the_folder_is_taken_away(place: Ground, terminal: Open, take_away: Callable[[Ground, Path], None]) -> None:
    """While the app is open: it is told, nothing is begun in its place, and what was meant is recorded afterwards."""
    window = place.app(terminal)
    before = place.files()
    away = place.home / "disk" / "away"
    take_away(place, away)
    window.wait_for_text("CAN'T READ: ")
    for _ in range(2):
        window.press("space")
        screen = window.wait_for_text("NOT SAVED: ", "r tries again")
        assert "✓ afternoon" not in screen
        window.press("r")
    window.wait_for_text("NOT SAVED: ")
    if take_away is not _without_its_log:  # a shell that starts now can't tell that from a plan without a record yet
        refused = place.shell("take", "baclofen", "afternoon")
        assert (refused.returncode in (2, 4), refused.stdout) == (True, "")
        assert refused.stderr.count("\n") == 1
    if place.data.is_dir():
        assert set(place.files()) <= set(before), "a new log was begun"
        assert all(before[name] == content for name, content in place.files().items())
    else:
        assert not place.data.exists() or place.data.is_file()
    window.press("q")
    window.wait_for_text("Leave, and lose this entry?")
    window.press("n")
    window.wait_for_no_text("Leave, and lose this entry?")
    _put_back(place, away)
    assert place.files() == before
    window.press("r")
    window.wait_for_text("recorded: baclofen 5 mg afternoon", "✓ afternoon")
    window.wait_for_no_text("NOT SAVED")
    window.wait_for_no_text("CAN'T READ")
    assert place.afternoon() == ["taken"]
    assert place.shell("checkin", "--sleep", "5").returncode == 0
    window.press("q")
    assert window.exit_status() == 0


def _put_back(place: Ground, away: Path) -> None:
    """Whatever stands in its place has no record in it."""
    if place.data.is_dir():
        shutil.rmtree(place.data)
    else:
        place.data.unlink(missing_ok=True)
    away.rename(place.data)
    place.owned()


def test_an_emptied_file_is_told_and_restored_without_a_restart(place: Ground, terminal: Open) -> None:
    copy = place.home / "disk" / "copy.zip"
    assert place.shell("backup", str(copy)).returncode == 0
    window = place.app(terminal)
    month = place.data / "log" / "2023-11.jsonl"
    os.truncate(month, 0)
    window.wait_for_text("CAN'T READ: ", "is empty, though it held data")
    refused = place.shell("take", "baclofen", "afternoon")
    assert refused.returncode == 4
    assert "restore a backup with splitdose restore FILE" in refused.stderr
    assert month.read_bytes() == b""
    assert place.shell("restore", str(copy)).returncode == 0
    window.wait_for_no_text("CAN'T READ")
    window.wait_for_text("✓ morning", "Space: taken now")


def test_the_clock_before_the_last_record(place: Ground, terminal: Open) -> None:
    """A record made under a wrong clock never stands in the way of the next; the doctor says what is wrong."""
    window = place.app(terminal)
    place.clock.set("2023-11-29 13:05:00")
    told = "the clock shows Wed 29 Nov 2023 13:05, before the newest record of Thu 30 Nov 2023 08:04"
    window.wait_for_text("Wed 29 Nov 2023 · 13:05", told, "Space: taken now")
    first = place.clock.now()
    wait_for(lambda: (place.clock.now() - first).total_seconds() > 1.2, what="the panel to have stood a while")
    window.press("space")
    window.wait_for_text("recorded: baclofen")
    recorded = place.shell("skip", "baclofen", "evening", "--date", "today")
    assert (recorded.returncode, recorded.stderr) == (0, f"splitdose: {told}\n")
    assert told in place.shell("doctor").stdout
    undone = place.shell("undo")
    assert undone.stdout.startswith("undone: baclofen morning"), "the newest by the clock it was recorded by"
    place.clock.set("2023-11-30 13:58:10")
    window.wait_for_text("Thu 30 Nov 2023 · 13:58")
    window.wait_for_no_text("the clock shows")
    again = place.shell("take", "baclofen", "morning", "--at", "08:04")
    assert (again.returncode, again.stderr) == (0, "")
    stand = intakes(place.data)
    assert len({record["id"] for record in stand}) == len(stand) == 3
    assert {record["date"] for record in stand} == {"2023-11-29", "2023-11-30"}
