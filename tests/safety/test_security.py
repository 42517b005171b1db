"""Nothing leaves this computer, nothing that is typed or stored is run, and only its owner reads the record.

What each report does with hostile text is told in report/test_escaping.py, and what the notices do in notify/.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import BERLIN, CONTROLS, PLANS, CommandLine
from cli.test_readme import leaves
from splitdose.cli import run
from splitdose.cli.run import build_parser
from splitdose.core.sanitize import sanitize
from support.clock import Clock
from support.desktop import Desktop
from support.requirements import require
from support.shell import PROGRAM, intakes
from support.terminal import Terminal
from support.waiting import wait_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, namespaces and system calls of this kind are POSIX")

# Every command, with words that let it do its work at 13:58 with the morning dose taken; and how it then ends.
COMMANDS: list[tuple[int, str]] = [
    (0, "today"), (0, "today --json"), (0, "week"), (0, "week --json"), (0, "status"),
    (0, "status --format {medicine}:{slot}"), (0, "take MEDICINE SLOT2"), (1, "take MEDICINE SLOT"), (1, "take"),
    (0, "take MEDICINE --extra --amount=AMOUNT --note=NOTE"), (0, "undo"),
    (0, "skip MEDICINE SLOT2 --reason=NOTE --correct"), (0, "undo"), (0, "unsure MEDICINE SLOT2 --note=NOTE --correct"),
    (0, "checkin --symptom=NOTE=3 --note=NOTE"), (0, "plan show"), (0, "plan show --json"), (0, "plan check PLAN"),
    (0, "plan import PLAN --yes"), (0, "plan export"), (0, "plan hold MEDICINE"), (0, "plan next MEDICINE"),
    (0, "plan back MEDICINE"), (0, "plan pause MEDICINE"), (0, "plan resume MEDICINE"), (0, "plan stop MEDICINE --yes"),
    (1, "plan settle MEDICINE --keep 1"), (0, "plan rename MEDICINE AMOUNT"),
    (0, "plan archive MEDICINE"), (0, "plan undo MEDICINE"), (0, "plan undo MEDICINE"), (0, "export markdown"),
    (0, "export html"), (0, "export csv"), (0, "export ics --titles"), (0, "export json"), (1, "remind --status"),
    (0, "remind --once"), (1, "notify --test"), (0, "doctor"), (0, "doctor --json"), (0, "backup COPY"),
    (2, "restore PLAN"), (0, "restore COPY --yes"),
]  # fmt: skip
ENDS = [code for code, _ in COMMANDS]


def typed(words: dict[str, str]) -> list[list[str]]:
    """The command lines with the names of one plan in them."""
    place = re.compile("|".join(sorted(words, key=len, reverse=True)))
    return [[place.sub(lambda found: words[found[0]], word) for word in line.split(" ")] for _, line in COMMANDS]


def ordinary(folder: Path) -> dict[str, str]:
    """The names of the real taper; copies go beside its data folder."""
    return {
        "MEDICINE": "baclofen", "SLOT": "morning", "SLOT2": "afternoon", "NOTE": "note", "AMOUNT": "1 x 5 mg tablet",
        "PLAN": str(PLANS / "baclofen.toml"), "COPY": str(folder.parent / "copy.zip"),
    }  # fmt: skip


def test_every_command_is_tried_here() -> None:
    tried = {
        line.split(" ")[0] if not line.startswith("plan") else " ".join(line.split(" ")[:2]) for _, line in COMMANDS
    }
    assert {name.removeprefix("splitdose ") for name, _ in leaves(build_parser())} - {"demo"} == tried


# No network, and no other program

WATCHED = Path(__file__).with_name("watched.py")
NO_BUS = {"XDG_RUNTIME_DIR": "/nonexistent", "DBUS_SESSION_BUS_ADDRESS": ""}


def watched(what: str, folder: Path, *arguments: str) -> tuple[list[Any], list[list[str]]]:
    """How a process that does something ended (see watched.py), and what it asked of network and system."""
    found = subprocess.run(
        [sys.executable, str(WATCHED), what, *arguments], capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "SPLITDOSE_DATA": str(folder), "TZ": BERLIN, **NO_BUS}, stdin=subprocess.DEVNULL,
        cwd=folder.parent,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout.splitlines()[-1])
    return answer["ends"], answer["seen"]


def test_what_is_watched_for_is_seen(line: CommandLine) -> None:
    _, seen = watched("both", line.folder)
    assert {event for event, _ in seen} >= {"socket.__new__", "socket.bind", "subprocess.Popen"}


def test_no_command_speaks_to_a_network_or_runs_a_program(line: CommandLine) -> None:
    ends, seen = watched("commands", line.folder, json.dumps(typed(ordinary(line.folder))))
    assert ends == ENDS
    assert seen == []


def test_the_app_speaks_to_no_network_and_runs_no_program(line: CommandLine) -> None:
    states, seen = watched("app", line.folder)
    assert states == ["due", "taken", "due"]
    assert seen == []


def traced(calls: Path) -> tuple[set[str], set[str]]:
    """The address families of all sockets in a trace of system calls, and the programs that were started."""
    text = calls.read_text(encoding="utf-8", errors="replace")
    families = set(re.findall(r"socket(?:pair)?\((\w+)", text))
    # Looked for along PATH, so those that were found; a resumed line has lost its name, which stood before it.
    programs = {Path(name).name for name in re.findall(r'execve\("([^"]+)"', text)}
    return families, programs


TRACE = ("strace", "-f", "-qq", "-e", "trace=%network,execve", "-o")


@posix
def test_the_whole_program_opens_only_sockets_of_this_computer(
    line: CommandLine, tmp_path: Path, terminal: Callable[..., Terminal], desktop: Desktop
) -> None:
    """The real app in a real terminal on a real desktop, with all that it starts, as the system sees it."""
    require("strace", "tmux", "faketime", "notify-send")
    calls = tmp_path / "calls"
    clock = Clock(tmp_path, "2023-11-30 12:59:50")
    window = terminal([*TRACE, str(calls), *PROGRAM, "--data", str(line.folder)], clock=clock, environ=desktop.environ)
    window.wait_for_text("afternoon 13:00")
    clock.set("2023-11-30 13:00:05")
    wait_for(desktop.received, within=30, what="a notice on the desktop")
    window.wait_for_text("Space: taken now")
    first = clock.now()
    wait_for(lambda: (clock.now() - first).total_seconds() > 1.2, what="the panel to have stood a while")
    window.press("space")
    wait_for(lambda: len(intakes(line.folder)) == 2, what="the dose to be recorded")
    window.press("q")
    assert window.exit_status() == 0
    families, programs = traced(calls)
    assert families == {"AF_UNIX"}, "it speaks to the desktop, and to nothing else"
    assert "notify-send" in programs
    python = Path(sys.executable).name
    assert programs <= {python, Path(sys.executable).resolve().name, "notify-send", "sh", "ldconfig"}, programs


@posix
def test_what_is_traced_for_is_seen(tmp_path: Path) -> None:
    require("strace")
    calls = tmp_path / "calls"
    subprocess.run(
        [*TRACE, str(calls), sys.executable, str(WATCHED), "both"], check=True, capture_output=True, timeout=60
    )
    families, programs = traced(calls)
    assert "AF_INET" in families
    assert "true" in programs


@posix
def test_where_there_is_no_network_at_all(line: CommandLine) -> None:
    require("unshare")
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("a network of its own takes root")
    found = subprocess.run(
        ["unshare", "--net", *PROGRAM, "--data", str(line.folder), "today", "--date", "2023-11-30"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (found.returncode, "taken 08:04" in found.stdout) == (0, True)


# Nothing in data or settings is run

BAIT = [
    "$(touch BAIT)", "`touch BAIT`", "; touch BAIT", "| touch BAIT", "__import__('os').system('touch BAIT')",
    "{0.__class__.__init__.__globals__}", "!!python/object/apply:os.system ['touch BAIT']", "file:///etc/passwd",
    "<script>fetch('http://example.invalid')</script>", "@import url(http://example.invalid)", "-e touch BAIT",
]  # fmt: skip


@pytest.mark.parametrize("bait", BAIT)
def test_what_is_typed_or_stored_is_never_run(
    empty: CommandLine, tmp_path: Path, bait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every command's place for a text, in the settings, and as every name of a plan."""
    monkeypatch.chdir(tmp_path)
    quoted = json.dumps(bait)
    config = tmp_path / "config.toml"
    config.write_text(
        f'theme = {quoted}\n[keys]\n"today.take" = {quoted}\n[reminders]\nquiet = {quoted}\n{quoted} = 1\n',
        encoding="utf-8",
    )
    plan = hostile_plan(tmp_path / "plan.toml", bait)
    empty.at("2023-11-30 07:00")("plan", "import", str(plan)).done()
    empty.at("2023-11-30 13:58").environ.update({"SPLITDOSE_CONFIG": str(config), **NO_BUS})
    empty("take", "--at=08:04", "--", bait, bait)
    empty("skip", f"--reason={bait}", "--", bait, f"{bait}2")
    empty("checkin", f"--note={bait}", f"--symptom={bait}=3")
    assert empty("status", f"--format={bait}").code in (0, 2)
    assert empty("plan", "import", "--", bait).code == 2
    assert empty("restore", "--", bait).code == 2
    for words in (("today",), ("week",), ("export", "html"), ("export", "markdown"), ("doctor",), ("remind", "--once")):
        assert empty(*words).code in (0, 1)
    assert not list(tmp_path.rglob("BAIT"))
    today = empty("today").out
    assert sanitize(bait) in today, "it is there, as text"
    assert "root:" not in today


# Only its owner

FORMS = ("json", "csv", "html", "ics", "markdown")


def modes(folder: Path) -> dict[str, int]:
    """The modes of a folder and everything in it, by path from beside it."""
    return {
        str(path.relative_to(folder.parent)): stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]
    }


@posix
def test_everything_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask."""
    folder = tmp_path / "data"
    environ = {**os.environ, "SPLITDOSE_DATA": str(folder), "TZ": BERLIN, "HOME": str(tmp_path), **NO_BUS}
    for words in (
        ["plan", "import", str(PLANS / "baclofen.toml")], ["checkin", "--sleep", "5"],
        ["remind", "--once"], ["backup", str(tmp_path / "copy.zip")],
        *(["export", form, "-o", str(tmp_path / f"export.{form}")] for form in FORMS),
    ):  # fmt: skip
        done = subprocess.run(
            ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh", *PROGRAM, *words], env=environ, check=False, timeout=60,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    found = modes(folder)
    assert {"data/plan.jsonl", "data/backups", "data/log"} <= found.keys()
    for name, mode in found.items():
        assert mode == (0o700 if (tmp_path / name).is_dir() else 0o600), name
    made = [tmp_path / "copy.zip", *tmp_path.glob("export.*")]
    assert len(made) == 6
    for file in made:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


@posix
@pytest.mark.parametrize("wrong", [0o777, 0o755, 0o750])
def test_what_was_set_wrongly_is_set_right(line: CommandLine, wrong: int) -> None:
    line("checkin", "--sleep", "4").done()
    session = line.session()
    session.reminders.snooze(session.reader.day().doses[1])
    assert {"data/state.jsonl", "data/backups", "data/.lock"} <= modes(line.folder).keys()
    for path in [line.folder, *line.folder.rglob("*")]:
        path.chmod(wrong if path.is_dir() else wrong & 0o666)
    assert "is open to other people" in line("doctor").out
    line("today").done()
    line("checkin", "--sleep", "5").done()
    session = line.session()
    session.reminders.snooze(session.reader.day().doses[1])
    still_open = {name for name, mode in modes(line.folder).items() if mode & 0o077}
    assert still_open == set()


# What could steer a terminal

HOSTILE = [
    "a\x1b]0;PWNED\x07b", "a\x1b[2J\x1b[31mb", "a\x9b31mb\x9d0;PWNED\x9c", "a\u202eb\u2066c", "a\x00\x07\x08\x7fb",
    "a\r\nb\x85c\u2028d", "[bold red]a[/] [link=x]b[/link]", "\x1bPq#0PWNED\x1b\\a", "a[/]b[@click=app.quit]c[/]",
]  # fmt: skip


def hostile_plan(path: Path, name: str) -> Path:
    """A plan in which every name and note is this one; its second step, of three doses a day, is in force."""
    quoted, other, last = json.dumps(name), json.dumps(f"{name}2"), json.dumps(f"{name}3")
    path.write_text(
        f'[slots]\n{quoted} = "08:00"\n{other} = "13:00"\n{last} = "18:00"\n'
        f'[[medicine]]\nname = {quoted}\nadvance = "ask"\nhalf_life = "2-6 h"\n'
        f'[[medicine.product]]\nname = {quoted}\nstrength = "1 mg"\nmaker = {quoted}\n'
        f'[[medicine.step]]\nstart = 2023-11-20\nhold = 3\n{quoted} = "1"\n{other} = "2"\nnote = {quoted}\n'
        f"[[medicine.step]]\nstart = 2023-11-23\nhold = 30\nnote = {quoted}\n"
        f'{quoted} = "1"\n{other} = "1"\n{last} = "1"\n'
        f'[[medicine.step]]\n{quoted} = "1/2"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_no_command_prints_what_could_steer_a_terminal(empty: CommandLine, tmp_path: Path, name: str) -> None:
    plan = hostile_plan(tmp_path / "plan.toml", name)
    empty.at("2023-11-30 07:00")("plan", "import", str(plan)).done()
    empty.at("2023-11-30 13:58")("take", "--at=08:04", "--", name, name).done()
    copy = tmp_path / f"copy{name.translate({0: None, ord('/'): None})}.zip"
    words = {
        "MEDICINE": name, "SLOT": name, "SLOT2": f"{name}2", "NOTE": name, "AMOUNT": f"1 x {name}", "PLAN": str(plan),
        "COPY": str(copy),
    }  # fmt: skip
    ends, printed = [], {}
    for command, (_, stated) in zip(typed(words), COMMANDS, strict=True):
        code, text = _typed(empty, command)
        ends.append(code)
        printed[stated] = text
    assert ends == ENDS
    shown = sanitize(name)
    for stated in ("today", "week", "status", "plan show", "take MEDICINE SLOT2", "plan hold MEDICINE", "backup COPY"):
        assert shown.replace("/", "") in printed[stated].replace("/", ""), f"{stated} shows it, as text"
    log = empty.folder / "log" / "2023-11.jsonl"
    log.write_bytes(log.read_bytes() + b"damaged \x1b]0;PWNED\x07\n")
    log.rename(log.with_name("2023-11 (copy \x1b]0;PWNED\x07).jsonl"))
    code, told = _typed(empty, ["today"])
    assert (code, "is damaged and not used" in told) == (0, True)
    assert "copy" in _typed(empty, ["doctor"])[1]


def _typed(line: CommandLine, words: list[str]) -> tuple[int, str]:
    """As CommandLine, but for reports too, whose tables end their lines as their formats say."""
    out, err = io.StringIO(), io.StringIO()
    code = run(
        words, clock=lambda: line.now, environ={"SPLITDOSE_DATA": str(line.folder), "TZ": line.zone, **NO_BUS},
        stdin=io.StringIO(), stdout=out, stderr=err,
    )  # fmt: skip
    printed = out.getvalue().replace("\r\n", "\n") + err.getvalue()
    assert not CONTROLS.search(printed), (words, printed)
    return code, printed


INJECTED = (
    b"\x1b]0;PWNED", b"\x1b[2J\x1b[31mb", b"\x1bPq#0", b"\xc2\x9b", b"\xc2\x9d", "\u202e".encode(), "\u2066".encode(),
    b"\xc2\x85", "\u2028".encode(),
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_typed_reaches_the_apps_terminal_as_a_command(
    empty: CommandLine, tmp_path: Path, name: str, terminal: Callable[..., Terminal]
) -> None:
    require("tmux", "faketime")
    plan = hostile_plan(tmp_path / "plan.toml", name)
    empty.at("2023-11-30 07:00")("plan", "import", str(plan)).done()
    empty.at("2023-11-30 13:50")("checkin", f"--note={name}", f"--symptom={name}=3").done()
    empty("take", "--at=08:04", f"--note={name}", "--", name, name).done()
    clock = Clock(tmp_path, "2023-11-30 13:58:00")
    # A terminal that is known to take notices: their sequences carry names.
    window = terminal(
        [*PROGRAM, "--data", str(empty.folder)], clock=clock, size=(130, 40), environ={"TERM_PROGRAM": "WezTerm"}
    )
    window.wait_for_text("Space: taken now")
    shown = sanitize(name)
    seen = shown[:8]  # a long name is cut short where room is tight
    window.wait_for_text(seen, "13:00", "last dose 1 mg")
    first = clock.now()
    wait_for(lambda: (clock.now() - first).total_seconds() > 1.2, what="the panel to have stood a while")
    window.press("space")
    window.wait_for_text(f"recorded: {seen}")
    dialogs = {"d": "plan version 1", "c": "Enter next", "s": "Esc", "?": "Esc close", "t": "Esc"}
    for key, text in dialogs.items():
        window.press(key)
        window.wait_for_text(text)
        window.press("escape")
        window.wait_for_no_text(text)
    for key, text in (("2", "week 48"), ("3", "step"), ("4", "mg"), ("1", "next")):
        window.press(key)
        window.wait_for_text(text, seen)
    window.press("u")
    window.wait_for_text("Space: taken now")
    output = window.output()
    for injected in INJECTED:
        assert injected not in output, injected
    window.press("q")
    assert window.exit_status() == 0
