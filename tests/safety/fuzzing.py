"""What the fuzz tests feed the command line, and what must hold whatever it was.

Each kind of input has a strategy and a trial. A trial puts one input through whole command lines, in this process, on a
data folder of its own, and fails when a command ends in a way that none may: a traceback, an exit code that is not
documented, a control character in what it prints, more than a second of computing, or a file that lost a byte.
"""

from __future__ import annotations

import copy
import importlib
import io
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cli.helpers import CONTROLS
from splitdose.cli import run
from splitdose.store import DataFolder

ZONE = "Europe/Berlin"
NOW = datetime(2023, 11, 30, 13, 58, tzinfo=ZoneInfo(ZONE))
DOCUMENTED = {0, 1, 2, 3, 4}
MOST_SECONDS = 1.0
"""Of computing, so that a busy machine makes no difference."""
PLANS = Path(__file__).parents[1] / "plans"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
Files = dict[str, bytes]

_COMMAND_LINE = importlib.import_module("splitdose.cli.run")
# The parser keeps nothing between command lines, and to build it is most of what a small one takes.
_parser = cache(_COMMAND_LINE.build_parser)


class Wrong(AssertionError):
    """A command ended as none may."""


class Slowest:
    """The longest that a command computed, and took by the wall clock, over all trials of this process."""

    seconds = 0.0
    words: tuple[str, ...] = ()
    wall = 0.0


@dataclass
class Place:
    """A data folder, and where the command line is typed.

    Attributes:
        folder: the data folder.
        home: the folder that is the current one.
        config: the settings' file, which need not exist.
    """

    folder: Path
    home: Path
    config: Path

    def type(self, *words: str, now: datetime = NOW) -> int:
        """Type one command line, and hold it to what every one must keep to; returns the exit code."""
        return self.said(*words, now=now)[0]

    def said(self, *words: str, now: datetime = NOW) -> tuple[int, str, str]:
        """As `type`; returns the exit code, standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        environ = {"SPLITDOSE_DATA": str(self.folder), "SPLITDOSE_CONFIG": str(self.config), "TZ": ZONE}
        start, began = time.process_time(), time.monotonic()
        with patch.object(_COMMAND_LINE, "build_parser", _parser):
            code = run(words, clock=lambda: now, environ=environ, stdin=io.StringIO(), stdout=out, stderr=err)
        seconds = time.process_time() - start
        if seconds > Slowest.seconds:
            Slowest.seconds, Slowest.words = seconds, words
        Slowest.wall = max(Slowest.wall, time.monotonic() - began)
        said = err.getvalue()
        if code not in DOCUMENTED or "Traceback" in said or "unforeseen" in said:
            raise Wrong(f"{words}: exit {code}: {said}")
        if CONTROLS.search(out.getvalue().replace("\r\n", "\n") + said):  # CSV ends its lines so
            raise Wrong(f"{words}: a control character got through")
        if any(not line.startswith("splitdose: ") for line in said.splitlines()):
            raise Wrong(f"{words}: an error of more than one line: {said}")
        if code and not said and not out.getvalue():
            raise Wrong(f"{words}: exit {code} without a word")
        if seconds > MOST_SECONDS:
            raise Wrong(f"{words}: {seconds:.2f} s")
        return code, out.getvalue(), said

    def files(self) -> Files:
        """Every journal as it is on disk."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*.jsonl")
            if path.name != "state.jsonl"
        }

    def must_hold(self, before: Files) -> None:
        """Insist that nothing on disk lost a byte."""
        now = self.files()
        for name, content in before.items():
            if not now.get(name, b"").startswith(content):
                raise Wrong(f"{name} was overwritten")


@contextmanager
def place(files: Files | None = None) -> Iterator[Place]:
    """A data folder with these files, in memory where there is any, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="fuzz-", dir=MEMORY))
    try:
        folder = home / "data"
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
        yield Place(folder, home, home / "config.toml")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@cache
def history() -> Files:
    """The real taper on its 36th day, with one of everything recorded."""
    with place() as made:
        seven = NOW.replace(hour=7, minute=0)
        made.type("plan", "import", str(PLANS / "baclofen.toml"), now=seven)
        for words in (
            ("take", "baclofen", "morning", "--at", "08:04", "--note", "½ of it"),
            ("skip", "baclofen", "afternoon", "--date", "yesterday", "--reason", "asleep"),
            ("unsure", "baclofen", "evening", "--date", "yesterday"),
            ("take", "diazepam", "--extra", "--amount", "1", "--at", "09:00"),
            ("take", "baclofen", "morning", "--at", "08:10", "--correct"),
            ("checkin", "--sleep", "6", "--symptom", "fatigue=4", "--note", "woke at 3"),
            ("take", "baclofen", "evening", "--date", "2023-10-31", "--at", "18:00"),
            ("plan", "hold", "baclofen"),
            ("undo",),
        ):
            assert made.type(*words) == 0, words
        return made.files()


# Inputs

ODD = [
    "", " ", "0", "-1", "1/0", "1/3", "0,25", "1.000,5", "1-1/2", "99999999999999999999", "1e9", "nan", "inf", "½", "٣",
    "\x00", "\x1b[31m", "\x9b2J", "\u202egm 5", "\ud800", "[bold]", "%s", "{0}", "=1+1", "../../etc", "~", "-", "--",
    "9999-12-31", "0001-01-01", "2023-02-30", "24:00", "25:61", "10m ago", "x" * 3000, "Nowhere/Land", "true", "null",
]  # fmt: skip
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=12), st.text(st.characters(), max_size=30))
amounts = st.one_of(
    texts,
    st.text("0123456789/.,¼½¾⅓ -x×+mgµL%eE−–", max_size=14),
    st.builds(
        "{}{}{}".format, st.integers(0, 10**6), st.sampled_from(["", "/", " ", ".", ",", "-"]), st.integers(0, 999)
    ),
    st.builds("{} x {}".format, st.text("0123456789/.,¼½ ", max_size=5), st.sampled_from(["20 mg tablet", "", "x"])),
)  # fmt: skip

# What a label may say, and much that it may not: numbers with another mark, more digits, and what they are of.
numbers = st.one_of(
    st.from_regex(r"[0-9]{0,4}([.,][0-9]{1,7})?", fullmatch=True),
    st.builds(
        lambda above, below, zeros, mark: f"{Decimal(above) / below:f}".replace(".", mark) + zeros,
        st.integers(1, 3000), st.sampled_from([8, 16, 125, 512, 800, 1000]), st.sampled_from(["", "0"]),
        st.sampled_from([".", ","]),
    ),
)  # fmt: skip
labels = st.builds(
    "{}{}{}{}".format,
    numbers,
    st.sampled_from(["", " "]),
    st.sampled_from(["mg", "mg", "mg", "g", "mcg", "µg", "IU", "%", "mL", ""]),
    st.one_of(
        st.sampled_from(["", "", "/mL", "/h", "/tablet", "/325 mg"]),
        st.from_regex(r"/[0-9]{0,2}[.,]?[0-9]{0,5} ?mL", fullmatch=True),
    ),
)

_VALUES = [*ODD, "[]", "{}", "3.5", "1979-05-27T07:32:00", "07:32:00", "'''", '"""', "[[", "]]", "=", "#", '"a" = 1']


@st.composite
def altered(draw: st.DrawFn, sources: Sequence[str]) -> bytes:
    """One of some texts after a few small misfortunes, or no such text at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=200))
    lines = draw(st.sampled_from(sources)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        match draw(st.integers(0, 7)):
            case 0:
                del lines[at : at + draw(st.integers(1, 3))]
            case 1:
                lines[at:at] = lines[at : at + draw(st.integers(1, 3))]
            case 2 if lines:
                name, equals, _ = lines[at].partition("=")
                lines[at] = f"{name}{equals or '='} {draw(st.sampled_from(_VALUES))}"
            case 3 if lines:
                name, equals, _ = lines[at].partition("=")
                lines[at] = f"{name}{equals or '='} {json.dumps(draw(st.one_of(texts, labels, amounts)))}"
            case 4 if lines:
                where = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:where] + draw(st.text(max_size=3)) + lines[at][where + 1 :]
            case 5:
                lines.insert(at, draw(texts))
            case 6 if len(lines) > 1:
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case 7 if stated := [n for n, line in enumerate(lines) if line.strip().startswith("strength")]:
                at = draw(st.sampled_from(stated))
                lines[at] = f"strength = {json.dumps(draw(labels))}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@cache
def plan_texts() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in sorted(PLANS.glob("*.toml")))


CONFIG = """\
theme = "nord"
ascii = false
first_weekday = "monday"
[keys]
"today.take" = "space,enter"
[reminders]
lead = 0
repeat_every = 10
repeats = 3
snooze = 10
quiet = "22:30-07:00"
discreet = false
silent = ["diazepam"]
bell = true
desktop = true
[checkin]
symptoms = ["fatigue"]
evening = "21:00"
[backup]
keep = 7
"""

_JUNK: list[Any] = [
    *(text for text in ODD if text != "\ud800"), None, True, False, 0, -1, 3, 10**30, 1.5, 1e308, [], {}, [[]],
    {"a": 1}, "\ud800",
    "2023-11-30T13:00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "tablet", "taken", "on date",
]  # fmt: skip


@st.composite
def spoilt_lines(draw: st.DrawFn) -> Files:
    """The history with a document or two that say something else, checksums and all, or with torn bytes."""
    files = dict(history())
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(files)))
        lines = files[name].splitlines()
        at = draw(st.integers(0, len(lines) - 1))
        if draw(st.integers(0, 4)) == 0:
            content = bytearray(files[name])
            where = draw(st.integers(0, len(content) - 1))
            content[where : where + draw(st.integers(0, 40))] = draw(st.binary(max_size=40))
            files[name] = bytes(content)
            continue
        try:
            ops = json.loads(lines[at])["ops"]
        except (ValueError, TypeError, KeyError):
            continue  # torn in the round before
        _spoil(draw, ops)
        body = json.dumps(ops, separators=(",", ":")).encode()
        lines[at] = b'{"crc":"%08x","ops":%s}' % (zlib.crc32(body), body)
        files[name] = b"\n".join(lines) + b"\n"
    return files


def _spoil(draw: st.DrawFn, value: Any) -> None:
    """Changes one value somewhere inside, or takes it out."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = value[key]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 9)):
            value = inner
            continue
        if isinstance(value, dict) and draw(st.integers(0, 3)) == 0:
            del value[key]
        else:
            value[key] = copy.deepcopy(draw(st.sampled_from(_JUNK)))  # which may be spoilt in its turn
        return


@cache
def export() -> str:
    with place(history()) as made:
        file = made.home / "export.json"
        assert made.type("export", "json", "-o", str(file)) == 0
        return file.read_text(encoding="ascii")


@st.composite
def spoilt_copies(draw: st.DrawFn) -> bytes:
    """A JSON export or a backup that is not what it was."""
    if draw(st.integers(0, 3)) == 0:
        return draw(altered((export(),)))
    if draw(st.integers(0, 3)) == 0:
        with place(draw(spoilt_lines())) as made:
            DataFolder(made.folder).backup(made.home / "b.zip")
            content = bytearray((made.home / "b.zip").read_bytes())
        if draw(st.booleans()):
            where = draw(st.integers(0, len(content) - 1))
            content[where : where + draw(st.integers(0, 9))] = draw(st.binary(max_size=9))
        return bytes(content)
    value = json.loads(export())
    for _ in range(draw(st.integers(1, 3))):
        _spoil(draw, value)
    return json.dumps(value).encode()


_WORDS = [
    "today", "week", "status", "take", "skip", "unsure", "undo", "checkin", "plan", "show", "check", "import", "export",
    "hold", "next", "back", "pause", "resume", "stop", "archive", "markdown", "csv", "html", "ics", "json", "doctor",
    "backup", "restore", "demo", "baclofen", "diazepam", "morning", "afternoon", "evening", "--date", "--of", "--at",
    "--about", "--amount", "--early", "--extra", "--correct", "--note", "--reason", "--sleep", "--onset",
    "--awakenings",
    "--symptom", "--format", "--from", "--to", "-o", "--yes", "--json", "--ascii", "--data", "--help", "--version",
    "--days", "--step", "--start", "--until", "--discreet", "yesterday", "tomorrow", "now", "10m ago", "13:05", "1/4",
    "2023-11-29", "2023-10-26", "fatigue=4", "5", "{slot}", "plan.toml", "out", "1/4 x 20 mg tablet", "evening/x",
]  # fmt: skip
_SENTENCES = [
    ["take", "baclofen", "afternoon"], ["skip", "baclofen", "evening"], ["checkin", "--sleep"],
    ["plan", "import", "plan.toml"],
    ["plan", "hold", "baclofen", "--days"], ["plan", "next", "baclofen", "--from"],
    ["plan", "back", "baclofen", "--to"],
    ["plan", "pause", "baclofen"], ["plan", "stop", "baclofen"], ["export", "markdown", "--from"], ["restore", "out"],
    ["week", "--of"], ["today", "--date"], ["status", "--format"], ["undo"], ["plan", "export"], ["backup", "out"],
    ["export", "csv", "-o"], ["take", "--at"],
]  # fmt: skip
command_lines = st.one_of(
    st.lists(st.one_of(st.sampled_from(_WORDS), texts), max_size=8),
    st.builds(
        lambda said, more: [*said, *more],
        st.sampled_from(_SENTENCES),
        st.lists(st.one_of(st.sampled_from(_WORDS), texts, amounts), max_size=4),
    ),
)


# Trials


def try_amount(text: str) -> None:
    with place(history()) as here:
        before = here.files()
        here.type("take", "baclofen", "--extra", f"--amount={text}")
        here.type("take", "baclofen", "afternoon", f"--amount={text}")
        here.must_hold(before)
        assert DataFolder(here.folder).check().is_sound


def try_plan(content: bytes) -> None:
    with place(history()) as here:
        before = here.files()
        file = here.home / "plan.toml"
        file.write_bytes(content)
        found = here.type("plan", "check", str(file))
        other = ("--data", str(here.home / "new"))
        first = here.type(*other, "plan", "import", str(file))
        later = here.type("plan", "import", str(file), "--yes")
        if found == 2:
            assert (first, later) == (2, 2)
        for words in (("today",), ("week", "--json"), ("plan", "show")):
            assert here.type(*other, *words) == 0, words
            assert here.type(*words) == 0, words
        assert here.type(*other, "plan", "export") == (0 if first == 0 else 1)
        assert here.type("plan", "export") == 0
        here.must_hold(before)
        assert DataFolder(here.folder).check().is_sound


def try_config(content: bytes) -> None:
    with place(history()) as here:
        here.config.write_bytes(content)
        assert here.type("status", "--json") == 0
        assert here.type("checkin", "--sleep", "5") == 0
        assert here.config.read_bytes() == content


def try_lines(files: Files) -> None:
    with place(files) as here:
        before = here.files()
        codes = [here.type(*words) for words in (
            ("today",), ("week", "--json"), ("status",), ("plan", "show"), ("export", "markdown"),
            ("doctor", "--json"), ("take", "baclofen", "afternoon"), ("undo",), ("today", "--json"),
            ("backup", str(here.home / "b.zip")),
        )]  # fmt: skip
        here.must_hold(before)
        assert 3 not in codes


def try_copy(content: bytes) -> None:
    with place(history()) as here:
        before = here.files()
        file = here.home / "copy"
        file.write_bytes(content)
        new = ("--data", str(here.home / "new"))
        for other in ((), new):
            here.type(*other, "restore", str(file))
            here.type(*other, "restore", str(file), "--yes")
            # Whatever was brought in, the record can be read as before.
            for words in (("today",), ("week", "--json"), ("export", "csv")):
                code, _, said = here.said(*other, *words)
                # A copy may lack the plan; then that is what a new folder lacks.
                told = other and code == 4 and "plan.jsonl is missing, though there is a log" in said
                assert code in ((0,) if not other else (0, 1)) or told, (words, said)
        here.must_hold(before)
        assert DataFolder(here.folder).check().is_sound


def try_command_line(words: list[str]) -> None:
    with place(history()) as here:
        before = here.files()
        (here.home / "plan.toml").write_bytes((PLANS / "baclofen.toml").read_bytes())
        at = Path.cwd()
        os.chdir(here.home)
        try:
            here.type(*words)
        finally:
            os.chdir(at)
        here.must_hold(before)
        assert DataFolder(here.folder).check().is_sound
        assert here.type("today") == 0


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes:
        inputs: what is tried.
        trial: puts one through.
        share: its part of a long run: what takes many command lines a case gets fewer cases.
    """

    inputs: st.SearchStrategy[Any]
    trial: Callable[[Any], None]
    share: int


KINDS = {
    "amounts": Kind(amounts, try_amount, 32),
    "plans": Kind(altered(plan_texts()), try_plan, 12),
    "config": Kind(altered((CONFIG,)), try_config, 20),
    "lines": Kind(spoilt_lines(), try_lines, 12),
    "copies": Kind(spoilt_copies(), try_copy, 8),
    "arguments": Kind(command_lines, try_command_line, 24),
}
