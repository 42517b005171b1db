"""Files that are no plain files, or hold something else: in every place that the program reads, under every command.

`python tests/safety/odd_files.py` tries all of them. Each command must end within two seconds, with a documented exit
code and one line a problem, and the exit code must say what was saved: 0 when a record was added, and never else.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from safety.corruption import demo_files
from safety.fuzzing import Place, Wrong, place

MOST_SECONDS = 2
NAMES = (
    "plan.jsonl", "state.jsonl", "log", "log/2023-11.jsonl", "log/2023-12.jsonl", "log/2024-05.jsonl",
    "log/2023-11.sync-conflict-20231130.jsonl", "log/0000-01.jsonl", ".lock", ".watch", "backups",
    "backups/2023-11-29.zip", "../config.toml", "../given",
)  # fmt: skip
"""Where something odd may lie, seen from the data folder."""


def _socket(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have no more than about 100 characters
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("plan.jsonl", "w") as entry:
        for _ in range(220):
            entry.write(bytes(1_000_000))


def _zip(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(name, b"{}\n")

    return make


def _holding(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def _link(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.symlink_to(target)

    return make


KINDS: dict[str, Callable[[Path], None]] = {
    "nothing at all": lambda path: None,
    "no byte": _holding(b""),
    "a newline": _holding(b"\n"),
    "spaces": _holding(b"  \r\n \n"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a socket": _socket,
    "a link to nowhere": _link("/nowhere/at/all"),
    "a link to itself": _link("itself"),
    "a link to a folder": _link(tempfile.gettempdir()),
    "a link to a device that never ends": _link("/dev/zero"),
    "a link to a device that is empty": _link("/dev/null"),
    "NUL bytes": _holding(bytes(100_000)),
    "a web page": _holding(b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"),
    "UTF-16": _holding("splitdose\n".encode("utf-16")),
    "other JSON": _holding(b'{"some": ["thing", "else"]}\n'),
    "half a line": _holding(b'{"crc":"08c22b80","ops":[["set","intakes","01hg'),
    "one very long line": _holding(b"x" * 3_000_000),
    "a zip of another kind": _zip("holiday.txt"),
    "a zip with a hostile name": _zip("log/0000-01.jsonl"),
    "a zip that unpacks to more than anybody has": _bomb,
    "a merge conflict": _holding(b"<<<<<<< HEAD\n=======\n>>>>>>> laptop\n"),
}
SAVING = (
    ("take", "baclofen", "afternoon"), ("take", "baclofen", "--extra", "--amount", "1 x 5 mg tablet"),
    ("skip", "diazepam", "evening", "--date", "2023-11-30"), ("checkin", "--sleep", "5"), ("undo",),
    ("plan", "hold", "baclofen", "--yes"), ("plan", "import", "{given}", "--yes"), ("restore", "{given}", "--yes"),
)  # fmt: skip
READING = (
    ("today",), ("week", "--json"), ("status",), ("plan", "show"), ("plan", "check", "{given}"), ("export", "markdown"),
    ("export", "json", "-o", "{out}", "--yes"), ("backup", "{out}", "--yes"), ("doctor",),
    ("today", "--date", "2023-12-01"), ("export", "markdown", "-o", "{given}", "--yes"),
    ("backup", "{given}", "--yes"), ("plan", "export", "-o", "{given}", "--yes"), ("--data", "~nosuchuser/x", "today"),
)  # fmt: skip


@contextmanager
def in_time(words: str) -> Iterator[None]:
    """Fail when the block takes too long, whatever it waits for."""

    def over(*_: object) -> None:
        raise Wrong(f"{words}: took more than {MOST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def size(here: Place) -> int:
    """Bytes in plan and log, as far as they are plain files."""
    found = 0
    for path in (here.folder / "plan.jsonl", *(here.folder / "log").glob("*.jsonl")):
        with suppress(OSError):
            found += path.stat().st_size if path.is_file() else 0
    return found


def attempt(name: str, kind: str, words: tuple[str, ...]) -> None:
    """One odd file under one command. Raises Wrong."""
    told = f"{kind} as {name}: {' '.join(words)}"
    with place(demo_files()) as here:
        odd = (here.folder / name) if not name.startswith("../") else here.home / name[3:]
        if name == "../config.toml":
            odd = here.config
        if odd.is_dir() and not odd.is_symlink():
            for path in odd.iterdir():
                path.unlink()
            odd.rmdir()
        odd.unlink(missing_ok=True)
        odd.parent.mkdir(parents=True, exist_ok=True)
        KINDS[kind](odd)
        given, out = str(here.home / "given"), str(here.home / "out")
        before = size(here)
        try:
            with in_time(told):
                code = here.type(*(word.format(given=given, out=out) for word in words))
        except Wrong as problem:
            raise Wrong(f"{told}: {problem}") from None
        grown = size(here) - before
        if words in SAVING and bool(grown) != (code == 0) and not (code == 0 and words[0] == "restore"):
            raise Wrong(f"{told}: exit {code}, and {grown} bytes were added")
        if not Path(tempfile.gettempdir()).stat().st_mode & 0o002:
            raise Wrong(f"{told}: the folder that everybody shares was closed to others")
        if words in READING and grown:
            raise Wrong(f"{told}: reading added {grown} bytes")


def cases() -> list[tuple[str, str, tuple[str, ...]]]:
    return [(name, kind, words) for name in NAMES for kind in KINDS for words in (*SAVING, *READING)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="only each so many")
    wrong: list[str] = []
    tried = cases()[:: parser.parse_args().every]
    for name, kind, words in tried:
        try:
            attempt(name, kind, words)
        except (Wrong, OSError) as problem:
            wrong.append(f"{type(problem).__name__}: {problem}")
            print(wrong[-1][:300], flush=True)
    print(f"{len(tried)} cases, {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
