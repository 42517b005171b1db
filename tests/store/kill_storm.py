"""Kills writers at random moments, many times over, and looks whether anything that was told as saved is missing.

Every writer is a real process that records doses, corrects some and voids some, on a folder that outlives
many of them. It says what it is about to save, saves, and says that it did. It is ended by SIGKILL at a
random moment. After each kill the folder is read afresh:

- what was told as saved is there, exactly as it was;
- what is there was about to be saved by somebody, exactly as it was;
- of documents that were saved together, all are there or none;
- the bytes that were there before still are, in their place;
- no file is empty, and each damaged line is one that a kill cut short.

In half of the rounds syncing is slowed, so that kills fall between writing and syncing; in some, lines are
written a few bytes at a time, so that they are cut short; in half, a second writer goes on after the first is
killed, and is killed after it has saved something more.

Run: python tests/store/kill_storm.py --kills 1000 [--seed N]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from splitdose.store import DataFolder, new_id

MONTHS = ("log/2023-10", "log/2023-11", "log/2023-12")
ROUNDS_A_FOLDER = 25
Entry = tuple[str, dict[str, Any]]


def entries(chance: random.Random, name: str, earlier: list[str]) -> list[Entry]:
    """Returns what one key press would save: a dose, a correction that voids what it replaces, or an undo."""
    identity = new_id(datetime.now(UTC))
    dose = {"id": identity, "by": name, "mg": chance.choice(["5", "20/3", "10"]), "note": "½ " * chance.randrange(40)}
    kind = chance.random() if earlier else 0.0
    if kind < 0.6:
        return [("intakes", dose)]
    void = {"id": new_id(datetime.now(UTC)), "by": name, "voids": chance.choice(earlier), "with": identity}
    if kind < 0.8:
        return [("intakes", {**dose, "replaces": void["voids"], "with": void["id"]}), ("voids", void)]
    return [("voids", {**void, "with": None})]


def slow_down(chance: random.Random, *, slow_sync: bool, slow_write: bool) -> None:
    """Makes this process's disk slower, not different: every byte and every sync still reaches it."""
    sync, write = os.fsync, os.write

    def fsync(fd: Any) -> None:
        time.sleep(chance.uniform(0, 0.004))
        sync(fd)
        time.sleep(chance.uniform(0, 0.002))

    def write_a_little(descriptor: int, data: bytes) -> int:
        if descriptor > 2:
            time.sleep(chance.uniform(0, 0.0005))
            data = data[: chance.randrange(1, 60)]
        return write(descriptor, data)

    if slow_sync:
        os.fsync = fsync
    if slow_write:
        os.write = write_a_little  # type: ignore[assignment]


def write_for_ever(folder: Path, name: str, seed: int, pipe: int, *, slow_sync: bool, slow_write: bool) -> NoReturn:
    """What a writer does until it is killed."""
    say = os.write
    chance = random.Random(seed)
    slow_down(chance, slow_sync=slow_sync, slow_write=slow_write)
    data = DataFolder(folder, lock_timeout=60)
    earlier: list[str] = []
    while True:
        journal = chance.choice(MONTHS)
        batch = entries(chance, name, earlier)
        say(pipe, (json.dumps(["try", journal, batch]) + "\n").encode())
        if len(batch) == 1:
            data.put(journal, *batch[0])
        else:
            data.put_all(journal, batch)
        say(pipe, (json.dumps(["done"]) + "\n").encode())
        earlier += [document["id"] for table, document in batch if table == "intakes"]


@dataclass
class Told:
    """What all writers of a folder said.

    Attributes:
        tried: id → what was about to be stored under it.
        saved: ids that were told as saved.
        together: groups of (journal, table, id) that were saved in one.
    """

    tried: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    saved: set[tuple[str, str, str]] = field(default_factory=set)
    together: list[list[tuple[str, str, str]]] = field(default_factory=list)


class Writer:
    """A forked process, and what it says."""

    def __init__(self, folder: Path, name: str, chance: random.Random, told: Told, **slow: bool) -> None:
        self.told = told
        self.done = 0
        self.pipe, end = os.pipe()
        seed = chance.randrange(1 << 30)
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            with contextlib.suppress(BaseException):
                os.close(self.pipe)
                write_for_ever(folder, name, seed, end, **slow)
            os._exit(1)
        os.close(end)
        self.rest = b""
        self.current: list[tuple[str, str, str]] = []

    def listen(self, timeout: float) -> bool:
        """Takes in what it says within so many seconds; False when it says nothing."""
        if not select.select([self.pipe], [], [], timeout)[0]:
            return False
        heard = os.read(self.pipe, 65536)
        *lines, self.rest = (self.rest + heard).split(b"\n")
        for line in lines:
            word, *more = json.loads(line)
            if word == "try":
                journal, batch = more
                self.current = [(journal, table, document["id"]) for table, document in batch]
                self.told.together.append(self.current)
                for key, (_, document) in zip(self.current, batch, strict=True):
                    self.told.tried[key] = {"schema": 1, **document}
            else:
                self.told.saved.update(self.current)
                self.done += 1
        return bool(heard)

    def kill(self) -> None:
        """Ends it, and hears out what it said before."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        assert os.WIFSIGNALED(status), "a writer failed by itself"
        while self.listen(0):
            pass
        os.close(self.pipe)

    def run_for(self, seconds: float) -> None:
        """Listens for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.listen(left)

    def run_until_saved(self, count: int) -> None:
        """Listens until it has saved so many more."""
        enough = self.done + count
        while self.done < enough:
            assert self.listen(30), "a writer is stuck"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "log").glob("*.jsonl")}


def inspect(folder: Path, told: Told, before: dict[str, bytes]) -> tuple[int, int]:
    """Reads the folder afresh and insists that all is well.

    Returns:
        How many documents there are, and how many damaged lines.
    """
    data = DataFolder(folder)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for journal in MONTHS:
        for table in ("intakes", "voids"):
            for document in data.documents(journal, table):
                found[journal, table, document["id"]] = document
    lost = told.saved - found.keys()
    assert not lost, f"told as saved, and gone: {lost}"
    for key, document in found.items():
        assert told.tried.get(key) == document, f"nobody saved this: {key} {document}"
    for group in told.together:
        assert len({key in found for key in group}) == 1, f"half of what belongs together: {group}"
    now = contents(folder)
    for name, content in before.items():
        assert now[name].startswith(content), f"{name} was rewritten"
    assert all(now.values()), "an empty file"
    return len(found), len(data.damage()) + len(data.torn())


def storm_over(folder: Path, chance: random.Random, kills: int, counts: Counter[str]) -> None:
    """Kills writers of one folder, round by round, until it has served long enough or `counts` has so many kills."""
    told = Told()
    documents = damaged = 0
    for _ in range(ROUNDS_A_FOLDER):
        slow = {"slow_sync": chance.random() < 0.5, "slow_write": chance.random() < 0.3}
        before = contents(folder)
        first = Writer(folder, "first", chance, told, **slow)
        second = Writer(folder, "second", chance, told, **slow) if chance.random() < 0.5 else None
        if chance.random() < 0.5:
            first.run_until_saved(chance.randrange(1, 4))
        first.run_for(chance.uniform(0, 0.012))
        first.kill()
        if second:
            # The lock was let go, and a line that was cut short swallows no other.
            second.run_until_saved(2)
            second.run_for(chance.uniform(0, 0.012))
            second.kill()
        killed = 2 if second else 1
        documents, damage = inspect(folder, told, before)
        assert damaged <= damage <= damaged + killed, "more lines are damaged than were cut short"
        counts["kills"] += killed
        counts["of them while two wrote"] += killed if second else 0
        counts["of them with slowed syncing"] += killed if slow["slow_sync"] else 0
        counts["of them with lines written bit by bit"] += killed if slow["slow_write"] else 0
        counts["lines cut short"] += damage - damaged
        damaged = damage
        if counts["kills"] >= kills:
            break
    counts["documents told as saved, all there"] += len(told.saved)
    counts["documents saved but not yet told"] += documents - len(told.saved)
    counts["folders"] += 1


def storm(kills: int, seed: int) -> Counter[str]:
    """Kills so many writers, at least; raises AssertionError when anything is not as it must be."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    while counts["kills"] < kills:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "log").mkdir()
            storm_over(Path(folder), chance, kills, counts)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, help="how many, at least")
    parser.add_argument("--seed", type=int, default=None, help="for the same choices again; the moments still differ")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    start = time.monotonic()
    counts = storm(options.kills, seed)
    for what, count in counts.items():
        print(f"{count:7} {what}")
    print(f"nothing lost, nothing invented, nothing rewritten, in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
