"""Damages real data files in every way that disks, tools and people do, and looks what the program makes of it.

The files are the demo's history, one record a line, as it would have been recorded. After each damage the commands
that read, reading through a session, and the app must go on: what stands in an undamaged line is shown, what is
damaged is told with file and line, and not a byte on disk changes; then a dose is recorded, which may only add a line.
What a line says is found out here without the program's own reader.

Run: python tests/safety/corruption.py --cases 2000 [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from safety.fuzzing import NOW, ZONE, Files, Place, place
from splitdose.demo import make_demo
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import CannotRead, DataFolder
from splitdose.tui.app import SplitdoseApp
from support.pilot import shown

T = TypeVar("T")
LINE = re.compile(rb'\{"crc":"([0-9a-f]{8})","ops":(.*)\}')
MONTH = re.compile(r"log/(\d{4}-\d{2}).*\.jsonl")


@cache
def demo_files() -> Files:
    """The demo's record, a line a record."""
    with tempfile.TemporaryDirectory() as made:
        packed, single = DataFolder(Path(made) / "packed"), DataFolder(Path(made) / "single")
        make_demo(packed.path, NOW, ZONE)
        for journal in ("plan", *(f"log/{month}" for month in packed.months())):
            rows = [(table, row) for table in packed.tables(journal) for row in packed.documents(journal, table)]
            for table, row in sorted(rows, key=lambda row: row[1]["id"]):
                single.put(journal, table, row)
        return {str(path.relative_to(single.path)): path.read_bytes() for path in single.path.rglob("*.jsonl")}


# Damages: each takes the bytes of a file and gives other ones.


def flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.choice((0, chance.randrange(len(content)), len(content) - chance.randrange(1, 40)))]


def with_nuls(chance: random.Random, content: bytes) -> bytes:
    length = chance.choice((1, 16, 512, 4096))
    if chance.random() < 0.3:
        return content + bytes(length)  # the file grew, its new bytes never came
    at = chance.randrange(len(content))
    return content[:at] + bytes(min(length, len(content) - at)) + content[at + length :]


def merged(chance: random.Random, content: bytes) -> bytes:
    ends = [n for n, byte in enumerate(content) if byte == 10]
    for at in sorted(chance.sample(ends, min(len(ends), chance.choice((1, 1, 3)))), reverse=True):
        content = content[:at] + content[at + 1 :]
    return content


def split(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + b"\n" + content[at:]


def in_latin_1(chance: random.Random, content: bytes) -> bytes:
    """A tool wrote accents its own way."""
    at = chance.randrange(len(content))
    return content[:at] + "é°¼".encode("latin-1") + content[at:]


def with_mark(chance: random.Random, content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content


def with_crlf(chance: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def shuffled(chance: random.Random, content: bytes) -> bytes:
    """A block of the disk came from elsewhere."""
    size = chance.choice((64, 512))
    here, there = chance.randrange(len(content)), chance.randrange(len(content))
    return content[:here] + content[there : there + size] + content[here + size :]


def without_a_line(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    flipped, flipped, flipped, cut, cut, with_nuls, with_nuls, merged, merged, split, in_latin_1, with_mark,
    with_crlf, shuffled, without_a_line,
)  # fmt: skip


@dataclass
class Sound:
    """What the undamaged lines of some files say, and where the others are.

    Attributes:
        rows: (table, id) → document, by file.
        damaged: (file, line).
        cut: those of them that may look as if a kill had cut them short: they need not be told.
        empty: files without a byte.
    """

    rows: dict[str, dict[tuple[str, str], dict[str, Any]]] = field(default_factory=dict)
    damaged: set[tuple[str, int]] = field(default_factory=set)
    cut: set[tuple[str, int]] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)


def sound(files: Files) -> Sound:
    """Reads files by hand."""
    found = Sound()
    for name, content in files.items():
        rows = found.rows.setdefault(name, {})
        if not content:
            found.empty.add(name)
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        for number, line in enumerate(lines, start=1):
            text = line.removesuffix(b"\r")
            match = LINE.fullmatch(text)
            if match is not None and int(match[1], 16) == zlib.crc32(match[2]):
                for _, table, id_, document in json.loads(match[2]):
                    rows[table, id_] = document
            elif text:
                found.damaged.add((name, number))
                following = lines[number] if number < len(lines) else b""
                if text.startswith(b'{"crc":"') and following.startswith(b'{"crc":"'):
                    found.cut.add((name, number))
    return found


def look(chance: random.Random, *, app: bool = False) -> str:
    """Damages the files once or twice and looks; returns the names of the damages. Raises AssertionError.

    Args:
        chance: decides how.
        app: whether to look through the app as well.
    """
    files, names = dict(demo_files()), []
    for _ in range(chance.choice((1, 1, 2))):
        damage = chance.choice(DAMAGES)
        name = chance.choice([name for name in sorted(files) if files[name]])
        files[name] = damage(chance, files[name])
        names.append(f"{damage.__name__} {name}")
    said = ", ".join(names)
    try:
        with place(files) as here:
            _look(here, files, app=app)
    except Exception as problem:
        raise AssertionError(f"{said}: {type(problem).__name__}: {problem}") from problem
    return said


def _look(here: Place, files: Files, *, app: bool) -> None:
    expected = sound(files)
    log = {name: rows for name, rows in expected.rows.items() if MONTH.fullmatch(name)}
    unreadable = "plan.jsonl" in expected.empty or not expected.rows["plan.jsonl"]
    _look_through_a_session(here, expected, log, unreadable=unreadable)
    week = _look_by_command(here, expected, unreadable=unreadable)
    if week is not None:
        _must_show(week, log, expected)
    if app:
        _look_through_the_app(here, expected, unreadable=unreadable)
    if here.files() != files:
        raise AssertionError("reading changed a file")
    code = here.type("take", "baclofen", "afternoon")
    assert code in ({4} if unreadable else {0, 2, 1, 4}), code
    here.must_hold(files)
    if code == 0:
        added = sound(here.files())
        gained = {row for rows in added.rows.values() for row in rows} - {
            row for rows in expected.rows.values() for row in rows
        }
        assert "intakes" in {table for table, _ in gained}, gained
        assert {name for name, _ in added.damaged} <= {name for name, _ in expected.damaged}


def _look_through_a_session(
    here: Place, expected: Sound, log: dict[str, dict[tuple[str, str], dict[str, Any]]], *, unreadable: bool
) -> None:
    reader = Session(DataFolder(here.folder), lambda: NOW, where="test", machine_zone=ZONE).reader
    plan, problem = _read(reader.plan)
    assert (plan is None) == unreadable, problem
    if plan is None:
        assert "splitdose restore FILE" in problem
        return
    found, problem = _read(reader.whole_log)
    assert (found is None) == bool(log.keys() & expected.empty), problem
    if found is None:
        assert "splitdose restore FILE" in problem
        return
    ids = {id_ for rows in log.values() for _, id_ in rows}
    voids = {void.id for void in found.voids.values()}
    assert {*found.intakes, *found.checkins, *voids} == ids
    told = {(str(damage.path.relative_to(here.folder)), damage.line) for damage in reader.damage()}
    assert expected.damaged - expected.cut <= told <= expected.damaged, (told, expected.damaged)


def _look_through_the_app(here: Place, expected: Sound, *, unreadable: bool) -> None:
    """Opens the app and every screen of it: whatever goes wrong in there is raised here."""
    first, *others = asyncio.run(_screens(here))
    if unreadable or "log/2023-11.jsonl" in expected.empty:
        assert "CAN'T READ: " in first, first
        return
    read = [name for name, _ in expected.damaged if name in ("plan.jsonl", "log/2023-11.jsonl")]
    sure = [name for name, n in expected.damaged - expected.cut if name in ("plan.jsonl", "log/2023-11.jsonl")]
    assert bool(sure) <= ("damaged line ignored: " in first) <= bool(read), first
    assert all("splitdose" in screen for screen in others)


async def _screens(here: Place) -> list[str]:
    session = Session(DataFolder(here.folder), lambda: NOW, where="window", machine_zone=ZONE)
    found = []
    async with SplitdoseApp(session, Settings(desktop=False)).run_test(size=(120, 30)) as pilot:
        for key in ("1", "2", "3", "4"):
            await pilot.press(key)
            await pilot.pause()
            found.append(shown(pilot))
    return found


def _read(what: Callable[[], T]) -> tuple[T | None, str]:
    """What is read, or None with what is said when it can't be."""
    try:
        return what(), ""
    except CannotRead as problem:
        return None, str(problem)


def _look_by_command(here: Place, expected: Sound, *, unreadable: bool) -> Any:
    """Runs what reads; returns the week as JSON, None where it can't be read."""
    week = None
    for words in (("today",), ("week", "--json"), ("status",)):
        code, out, err = here.said(*words)
        november = "log/2023-11.jsonl" in expected.empty
        # The end of the week lies in December, which has no file yet.
        assert code == (4 if unreadable or november else 0), (words, code, err)
        if code:
            assert "splitdose restore FILE" in err
            continue
        read = {("plan.jsonl", n) for name, n in expected.damaged if name == "plan.jsonl"}
        read |= {(name, n) for name, n in expected.damaged if name == "log/2023-11.jsonl"}
        lines = [line for line in err.splitlines() if "is damaged and not used" in line]
        assert min(5, len(read - expected.cut)) <= len(lines) <= min(5, len(read)), (words, err)
        for line in lines:
            told = re.search(r"splitdose: .*?/data/(\S+), line (\d+) is damaged", line)
            assert told is not None, line
            assert (told[1], int(told[2])) in read, (line, read)
        if words[0] == "week":
            week = json.loads(out)
    return week


def _must_show(week: Any, log: dict[str, dict[tuple[str, str], dict[str, Any]]], expected: Sound) -> None:
    """Insist that every record of the week that stands in an undamaged line is shown."""
    rows = {id_: (table, row) for rows in log.values() for (table, id_), row in rows.items()}
    gone = {row["target"] for table, row in rows.values() if table == "voids"}
    gone |= {
        row["replaces"]
        for id_, (table, row) in rows.items()
        if table != "voids" and row["replaces"] and id_ not in gone
    }
    shown = {item["id"] for day in week["days"] for kind in ("doses", "extras", "checkins") for item in day[kind]}
    filled = {(d["medicine"], d["date"], d["slot"]) for day in week["days"] for d in day["doses"] if d["id"]}
    for id_, (table, row) in rows.items():
        if id_ in gone or table == "voids" or not week["from"] <= row["date"] <= week["to"]:
            continue
        # Where the line that took a record back is damaged two stand for one dose, and the first is shown.
        double = table == "intakes" and (row["medicine"], row["date"], row["slot"]) in filled
        assert id_ in shown or double, f"{table} {id_} is not shown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20231130)
    parser.add_argument("--app", type=int, default=10, metavar="N", help="open the app on each N-th; 0: never")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    done: Counter[str] = Counter()
    failed = 0
    os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    opened = 0
    for number in range(options.cases):
        app = bool(options.app) and number % options.app == 0
        opened += app
        try:
            done[look(chance, app=app).partition(" ")[0]] += 1
        except AssertionError as problem:
            failed += 1
            print(problem, flush=True)
    print(f"{options.cases} damages, {opened} seen in the app too, {failed} failures; first damage: {dict(done)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
