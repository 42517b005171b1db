"""Several processes on one folder: alternating, at once, killed, stopped."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from splitdose.store import DataFolder, NotSaved
from store.processes import writer
from support.waiting import wait_for

MONTH = "log/2023-11"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX")


def ids(folder: Path) -> list[str]:
    return [document["id"] for document in DataFolder(folder).documents(MONTH, "intakes")]


def test_two_processes_take_turns(tmp_path: Path) -> None:
    here = DataFolder(tmp_path)
    with writer(tmp_path) as there:
        there.go()
        for number in range(20):
            there.until("done")
            here.put(MONTH, "intakes", {"id": f"here {number:02}"})
            seen = [document["id"] for document in here.documents(MONTH, "intakes")]
            assert set(there.done) <= set(seen)
            assert sum(each.startswith("here") for each in seen) == number + 1


def test_four_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        writers = [stack.enter_context(writer(tmp_path, f"w{number}", 60)) for number in range(4)]
        for each in writers:
            each.go()
        for each in writers:
            each.finish()
        assert all(len(each.done) == 60 and not each.failed for each in writers)
        assert ids(tmp_path) == sorted(one for each in writers for one in each.done)
    lines = (tmp_path / f"{MONTH}.jsonl").read_bytes().splitlines()
    assert len(lines) == 240
    data = DataFolder(tmp_path)
    data.documents(MONTH, "intakes")
    assert data.damage() == []


@posix
def test_what_was_told_as_saved_outlives_a_kill(tmp_path: Path) -> None:
    saved: list[str] = []
    tried: list[str] = []
    for round_ in range(12):
        with writer(tmp_path) as there:
            there.go()
            for _ in range(round_):
                there.until("done")
            there.until("try" if round_ % 2 else "done")
            there.signal(signal.SIGKILL)
            there.until()
            saved += there.done
            tried += there.tried
    assert saved
    assert set(saved) <= set(ids(tmp_path)) <= set(tried)


@posix
def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, lock_timeout=0.05)
    with holder(tmp_path) as there:
        with pytest.raises(NotSaved):
            data.put(MONTH, "intakes", {"id": "a"})
        there.kill()
        there.wait()
        DataFolder(tmp_path).put(MONTH, "intakes", {"id": "a"})
    assert ids(tmp_path) == ["a"]


@posix
def test_a_stopped_process_that_holds_the_lock_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, lock_timeout=0.1)
    data.put(MONTH, "intakes", {"id": "a"})
    with holder(tmp_path) as there:
        there.send_signal(signal.SIGSTOP)
        with pytest.raises(NotSaved, match="another window or a stopped process holds") as caught:
            data.put(MONTH, "intakes", {"id": "b"})
        assert re.fullmatch(r"not saved: [^\n]*\.lock; [^\n]+", str(caught.value))
        assert [document["id"] for document in data.documents(MONTH, "intakes")] == ["a"]
        assert data.months() == ["2023-11"]
        there.send_signal(signal.SIGCONT)
        assert there.stdin
        there.stdin.close()
        there.wait(timeout=10)
    data.put(MONTH, "intakes", {"id": "b"})
    assert ids(tmp_path) == ["a", "b"]


class holder:
    """A process that holds the folder's lock until its standard input closes."""

    PROGRAM = (
        "import sys\nfrom pathlib import Path\nfrom splitdose.store import DataFolder\n"
        "with DataFolder(Path(sys.argv[1])).locked():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        assert self.process.stdout.readline() == "held\n"
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            stream.close()


@posix
def test_a_window_that_waits_for_the_lock_gets_it(tmp_path: Path) -> None:
    with holder(tmp_path) as there, writer(tmp_path, count=1) as waiting:
        waiting.go()
        assert waiting.until("try", "done") == "try"
        assert there.stdin
        there.stdin.close()
        assert waiting.until("done", "failed") == "done"
        waiting.finish()
    assert ids(tmp_path) == waiting.done


def test_a_reader_never_sees_a_torn_record_while_others_write(tmp_path: Path) -> None:
    reader = DataFolder(tmp_path)
    with writer(tmp_path, "one", 150) as one, writer(tmp_path, "two", 150) as two:
        for each in (one, two):
            each.go()

        def all_there() -> bool:
            documents = reader.documents(MONTH, "intakes")
            assert all(set(document) == {"id", "by", "n", "schema"} for document in documents)
            for name in ("one", "two"):
                # Each window's records appear in its order, without a gap.
                numbers = [document["n"] for document in documents if document["by"] == name]
                assert numbers == list(range(len(numbers)))
            return len(documents) == 300

        # The writers' words wait in their pipes meanwhile; 300 are far from filling one.
        wait_for(all_there, within=30, what="all 300 records")
        for each in (one, two):
            each.finish()
    assert reader.damage() == []


def test_a_decision_under_the_lock_is_made_once(tmp_path: Path) -> None:
    """Read, decide, write: of many who would fill the same slot, one does."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom splitdose.store import DataFolder\n"
        "data = DataFolder(Path(sys.argv[1]), lock_timeout=30)\n"
        "print('ready', flush=True)\nsys.stdin.readline()\n"
        "for slot in range(30):\n"
        "    with data.locked():\n"
        "        if not any(d['slot'] == slot for d in data.documents('log/2023-11', 'intakes')):\n"
        "            data.put('log/2023-11', 'intakes', {'id': f'{slot} {sys.argv[2]}', 'slot': slot})\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]  # fmt: skip
    for each in started:
        assert each.stdout
        assert each.stdout.readline() == "ready\n"
    for each in started:
        each.communicate("\n", timeout=30)
        assert each.returncode == 0
    documents = DataFolder(tmp_path).documents(MONTH, "intakes")
    assert sorted(document["slot"] for document in documents) == list(range(30))


def test_threads_of_one_window(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)

    def work(name: str) -> None:
        for number in range(25):
            data.put(MONTH, "intakes", {"id": f"{name} {number}"})
            assert any(each["id"] == f"{name} {number}" for each in data.documents(MONTH, "intakes"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, "abcd"))  # raises what a thread raised
    assert len(ids(tmp_path)) == 100
