"""Every way a command can end: exit codes, one line on standard error, never a traceback."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import BERLIN, PLANS, Answer, CommandLine, Typed, process
from splitdose import __version__
from splitdose.cli import run
from splitdose.core.wording import DISCLAIMER
from splitdose.session import Session
from splitdose.settings import Settings

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of this kind are POSIX")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("tkae",), 'unknown command "tkae"; splitdose --help'),
        (("take", "--atx", "1"), "--atx"),
        (("--frob",), "--frob"),
        (("take", "--at"), "--at: expected one argument; splitdose take --help"),
        (("skip",), "MEDICINE, SLOT; splitdose skip --help"),
        (("plan",), "splitdose plan --help"),
        (("plan", "frob"), 'unknown command "frob"; splitdose plan --help'),
        (("plan", "import"), "FILE"),
        (("notify",), "notify --test"),
        (("--json",), "--json"),
        (("demo", "--json"), "--json"),
        (("--json", "demo"), "--json"),
        (("demo", "--data", "x"), "leave --data out"),
        (("demo", "--day", "0"), '--day is "0"; give a whole number from 1 to 120'),
        (("demo", "--day", "soon"), '--day is "soon"; give a whole number from 1 to 120'),
        (("today", "--data", ""), "--data is empty"),
        (("take\n\x1b[31m", "%s"), "unknown command"),
        (("take", "a", "b", "--x\ny\x1b]0;t\x07"), "unrecognized arguments"),
        # Half an option is none: a longer one may come later.
        (("take", "--ear"), "--ear"),
    ],
)
def test_bad_command_lines(empty: CommandLine, argv: tuple[str, ...], said: str) -> None:
    answer = empty(*argv, tty=True)
    answer.refused(2, said)
    assert answer.out == ""


@pytest.mark.parametrize("argv", [(), ("take",), ("plan",), ("plan", "import"), ("checkin",)])
def test_help(empty: CommandLine, argv: tuple[str, ...]) -> None:
    answer = empty(*argv, "--help").done()
    assert answer.out.startswith(f"usage: splitdose{''.join(f' {word}' for word in argv)}")
    assert answer.out.isascii()
    assert empty(*argv, "-h").out == answer.out
    if not argv:
        assert "emergency number" in answer.out
        assert "emergency number" in DISCLAIMER


def test_version(empty: CommandLine) -> None:
    assert empty("--version").done().lines == [f"splitdose {__version__}"]


def test_the_app_needs_a_terminal(empty: CommandLine) -> None:
    opened: list[str] = []

    def open_app(session: Session, settings: Settings, *, demo: bool = False) -> int:
        opened.append("opened")
        return 0

    empty.open_app = open_app
    empty().refused(1, "the app needs a terminal", "splitdose today")
    empty("demo").refused(1, "the app needs a terminal")
    assert opened == []


@pytest.mark.parametrize("redirected", [0, 1, 2])
@pytest.mark.parametrize("argv", [[], ["demo"]])
def test_no_screen_is_drawn_into_a_file(line: CommandLine, argv: list[str], redirected: int) -> None:
    streams = [Typed(tty=n != redirected) for n in range(3)]
    code = run(
        argv, clock=lambda: line.now, environ={"SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN}, stdin=streams[0],
        stdout=streams[1], stderr=streams[2], open_app=raising(AssertionError("a screen was drawn")),
    )  # fmt: skip
    assert (code, streams[1].getvalue()) == (1, "")
    assert "the app needs a terminal" in streams[2].getvalue()


def test_the_app_is_opened(line: CommandLine, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def open_app(session: Session, settings: Settings, *, demo: bool = False) -> int:
        plan = [m.name for m in session.reader.plan().medicines]
        seen.append(
            {
                "demo": demo, "ascii": settings.ascii, "plan": plan, "theme": settings.theme,
                "folder": session.reader.store.path, "where": session.record.where,
            }
        )  # fmt: skip
        return 7

    config = tmp_path / "config.toml"
    config.write_text('theme = "nord"\n')
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    line.open_app = open_app
    assert line(tty=True).code == 7
    assert line("--ascii", tty=True).code == 7
    assert line("demo", tty=True).code == 7
    assert line("--data", str(tmp_path / "other"), tty=True).code == 7
    own, ascii_, demo, other = seen
    assert (own["demo"], own["ascii"], own["plan"], own["theme"]) == (
        False, None, ["baclofen", "diazepam"], "nord",
    )  # fmt: skip
    assert ascii_["ascii"] is True
    assert (demo["demo"], demo["plan"]) == (True, ["baclofen", "diazepam"])
    assert demo["folder"] != line.folder
    assert not demo["folder"].exists()
    assert other["plan"] == []
    assert len({each["where"] for each in seen}) == 4


def test_data_may_stand_on_either_side(line: CommandLine, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    for argv in (("--data", elsewhere, "today"), ("today", "--data", elsewhere), (f"--data={elsewhere}", "today")):
        assert "no plan yet" in line(*argv).done().out
    assert "baclofen" in line("today").done().out


# 3: not saved


@posix
def test_a_record_that_can_not_be_saved(line: CommandLine) -> None:
    log = line.folder / "log"
    log.mkdir()
    before = line.tables()

    def no_room() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    found = process(["take", "baclofen", "morning", "--date", "2023-11-30"], line.folder, preexec_fn=no_room)
    error = found.stderr.decode()
    assert (found.returncode, error.count("\n"), found.stdout) == (3, 1, b"")
    assert error.startswith("splitdose: not saved: ")
    assert line.tables() == before


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    found = process(["plan", "import", str(PLANS / "baclofen.toml")], tmp_path / "file" / "data")
    assert found.returncode in (3, 4)
    assert found.stderr.count(b"\n") == 1


# 4: can't be read


def empty_plan(folder: Path) -> None:
    (folder / "plan.jsonl").write_bytes(b"")


def plan_gone(folder: Path) -> None:
    (folder / "plan.jsonl").unlink()


def newer(folder: Path) -> None:
    from splitdose.store.lines import Put, line_of

    with (folder / "plan.jsonl").open("ab") as file:
        file.write(line_of([Put("versions", "z", {"id": "z", "schema": 999})]))


def a_folder(folder: Path) -> None:
    (folder / "plan.jsonl").unlink()
    (folder / "plan.jsonl").mkdir()


def nonsense(folder: Path) -> None:
    (folder / "plan.jsonl").write_bytes(b"\x00\x1b[2J nonsense\n" * 3)


def misunderstood(folder: Path) -> None:
    from splitdose.store.lines import Put, line_of

    with (folder / "plan.jsonl").open("ab") as file:
        file.write(line_of([Put("versions", "z", {"id": "z", "schema": 1, "medicine": "z"})]))


def empty_log(folder: Path) -> None:
    (folder / "log" / "2023-11.jsonl").write_bytes(b"")


@pytest.mark.parametrize("spoil", [empty_plan, plan_gone, newer, a_folder, nonsense, misunderstood, empty_log])
@pytest.mark.parametrize(
    "argv",
    [
        ("today",), ("week", "--json"), ("status",), ("take",), ("skip", "baclofen", "evening"), ("undo",),
        ("plan", "import", str(PLANS / "baclofen.toml"), "--yes"),
    ],
)  # fmt: skip
def test_data_that_can_not_be_read(line: CommandLine, spoil: Callable[[Path], None], argv: tuple[str, ...]) -> None:
    line("take", "baclofen", "morning", "--at", "08:04").done()
    spoil(line.folder)
    before = line.tables()
    answer = line(*argv)
    answer.refused(4, ".jsonl")
    assert answer.out == "" or argv[0] == "plan"
    assert line.tables() == before


def test_the_app_does_not_open_on_data_that_can_not_be_read(line: CommandLine) -> None:
    line.open_app = lambda session, settings, *, demo=False: 0
    empty_plan(line.folder)
    line(tty=True).refused(4, "plan.jsonl")


# Notices beside the answer


def test_a_damaged_line_is_told(line: CommandLine) -> None:
    line("take").done()
    line("checkin", "--sleep", "6").done()
    log = line.folder / "log" / "2023-11.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0].replace(b'"taken"', b'"Taken"') + lines[1])
    answer = line("today")
    assert answer.code == 0
    assert answer.err.count("\n") == 1
    assert f"{log}, line 1 is damaged and not used" in answer.err
    # A refusal is told as well: the damaged line may be why.
    answer = line("take", "baclofen", "evening")
    assert (answer.code, answer.err.count("\n")) == (1, 2)


def test_much_damage_is_summed_up(line: CommandLine) -> None:
    line("take").done()
    with (line.folder / "log" / "2023-11.jsonl").open("ab") as file:
        file.write(b"x\n" * 50)
    answer = line("today")
    assert answer.err.count("\n") == 6
    assert "45 more lines" in answer.err


def test_another_time_zone_is_told(line: CommandLine) -> None:
    line.zone = "America/New_York"
    answer = line("today")
    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert "this computer is in America/New_York, the record is kept in Europe/Berlin" in answer.err
    assert "08:00" in answer.lines[1]
    assert line("today", "--json").json["now"].endswith("+01:00")


def test_bad_settings_are_told_and_not_in_the_way(line: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("ascii = 3\nfirst_weekday = 9\n")
    line.environ["SPLITDOSE_CONFIG"] = str(config)
    answer = line("today")
    assert (answer.code, answer.err.count("\n")) == (0, 2)
    assert all(each.startswith("splitdose: ") for each in answer.err.splitlines())
    config.write_text("ascii = true\n")
    assert line("status").done().out.isascii()


def test_a_zone_without_a_name_is_told(line: CommandLine) -> None:
    line.environ["TZ"] = "XYZ-5"
    answer = line("today")
    assert answer.code == 0
    assert 'TZ="XYZ-5" names no time zone; Etc/UTC is used' in answer.err


# What nobody foresaw


def raising(error: BaseException) -> Callable[..., int]:
    def open_app(session: Session, settings: Settings, *, demo: bool = False) -> int:
        raise error

    return open_app


def test_something_unforeseen_is_one_line(line: CommandLine) -> None:
    line.open_app = raising(ZeroDivisionError("a\nb\x1b[31m"))
    line(tty=True).refused(70, "ZeroDivisionError: a b[31m", "SPLITDOSE_DEBUG=1")


def test_the_traceback_is_for_those_who_ask(line: CommandLine) -> None:
    err = Typed(tty=True)
    code = run(
        [], clock=lambda: line.now, environ={"SPLITDOSE_DEBUG": "1", "SPLITDOSE_DATA": str(line.folder)},
        stdin=Typed(tty=True), stdout=Typed(tty=True), stderr=err, open_app=raising(ZeroDivisionError("here")),
    )  # fmt: skip
    assert code == 70
    assert "Traceback" in err.getvalue()
    assert err.getvalue().splitlines()[-1].startswith("splitdose: ")


def test_an_interrupt_is_quiet(line: CommandLine) -> None:
    line.open_app = raising(KeyboardInterrupt())
    assert line(tty=True) == Answer(130, "", "")


class Wall(io.RawIOBase):
    """A file that refuses every byte."""

    def __init__(self, error: OSError) -> None:
        self.error: OSError | None = error

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        if self.error is not None:
            raise self.error
        return memoryview(data).nbytes  # type: ignore[arg-type]


def to_a_wall(line: CommandLine, argv: list[str], error: OSError) -> tuple[int, str]:
    err = io.StringIO()
    wall = Wall(error)
    stdout = io.TextIOWrapper(io.BufferedWriter(wall), encoding="utf-8")
    code = run(
        argv, clock=lambda: line.now, environ={"SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN},
        stdin=io.StringIO(), stdout=stdout, stderr=err,
    )  # fmt: skip
    wall.error = None  # the buffer is flushed once more when it goes
    return code, err.getvalue()


def test_a_reader_that_left(line: CommandLine) -> None:
    code, said = to_a_wall(line, ["take"], BrokenPipeError(32, "Broken pipe"))
    assert (code, said) == (0, "")  # what was to be done is done
    assert len(line.records()) == 1


def test_an_output_that_is_full(line: CommandLine) -> None:
    code, said = to_a_wall(line, ["today"], OSError(28, "No space left on device"))
    assert (code, said) == (70, "splitdose: the output can't be written: No space left on device\n")


@posix
@pytest.mark.parametrize("unbuffered", ["", "1"])  # what Python holds back itself is flushed once more at its end
@pytest.mark.parametrize("argv", [["week"], ["plan", "show", "--json"], ["--help"]])
def test_a_real_pipe_closed_early(line: CommandLine, argv: list[str], unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    found = subprocess.run(
        [sys.executable, "-m", "splitdose", *argv], stdout=writing, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN, "PYTHONUNBUFFERED": unbuffered},
        check=False, timeout=60,
    )  # fmt: skip
    os.close(writing)
    assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_real_full_device(line: CommandLine) -> None:
    with Path("/dev/full").open("wb") as full:
        found = subprocess.run(
            [sys.executable, "-m", "splitdose", "week"], stdout=full, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN},
            check=False, timeout=60,
        )  # fmt: skip
    assert found.returncode == 70
    assert found.stderr.decode().startswith("splitdose: the output can't be written")
    assert found.stderr.count(b"\n") == 1


@posix
def test_closed_streams(line: CommandLine) -> None:
    for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        found = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m splitdose today {closing}', sys.executable],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
            env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN},
        )  # fmt: skip
        assert (found.returncode, found.stderr) == (0, b""), closing


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_encoding_of_the_terminal(line: CommandLine, encoding: str) -> None:
    line("skip", "baclofen", "afternoon", "--reason", "müde ½ 😀").done()
    found = process(["today", "--date", "2023-11-30"], line.folder, {"PYTHONIOENCODING": encoding})
    assert (found.returncode, found.stderr) == (0, b"")
    text = found.stdout.decode(encoding)
    if encoding == "utf-8":
        assert "skipped: müde ½ 😀" in text
    else:
        assert "1/2 \\U0001f600" in text
        assert "  -  afternoon" in text
    assert process(["--json", "week"], line.folder, {"PYTHONIOENCODING": encoding}).stdout.isascii()


@posix
def test_asking_at_a_real_terminal(line: CommandLine) -> None:
    file = str(PLANS / "baclofen.toml")
    for typed, code in ((b"y\n", 0), (b"n\n", 1)):
        ours, theirs = pty.openpty()
        started = subprocess.Popen(
            [sys.executable, "-m", "splitdose", "plan", "import", file],
            stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
            env={**os.environ, "SPLITDOSE_DATA": str(line.folder), "TZ": BERLIN},
        )  # fmt: skip
        os.close(theirs)
        seen = b""
        while b"[y/N]" not in seen:
            seen += os.read(ours, 1024)
        os.write(ours, typed)
        out, _ = started.communicate(timeout=60)
        os.close(ours)
        assert started.returncode == code, seen
        assert out.decode().rstrip().endswith("imported") is (code == 0)
