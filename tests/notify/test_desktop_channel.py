"""The desktop channel against a real notification daemon, alive, hung, gone and back."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitdose.notify import LIMIT_SECONDS, Notice, Outcome, probe_desktop, sanitize, send_desktop
from splitdose.notify.child import _in_quotes
from support.desktop import Desktop
from support.processes import children, is_running, running_with
from support.requirements import require
from support.terminal import Terminal
from support.waiting import wait_for

SENT = Outcome("desktop", True)
# What a call may take beyond its limit on a busy machine: starting and ending processes.
SLACK = 3.0

SEND = """
import sys
from splitdose.notify import Notice, send_desktop
outcome = send_desktop(Notice(sys.argv[1], sys.argv[2]), limit=float(sys.argv[3]))
print(f"[{outcome.reason}]")
"""


@pytest.fixture
def environ(desktop: Desktop) -> dict[str, str]:
    """The environment of a program on the desktop."""
    require("notify-send")
    return {**os.environ, **desktop.environ}


def failure(reason: str) -> Outcome:
    return Outcome("desktop", False, reason)


# -- what arrives ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("baclofen 5 mg", "a quarter of one 20 mg tablet"),
        ("[bold]not markup[/bold]", "[red]this[/red] neither, [@click=quit]nor this[/]"),
        ("<b>title</b> &amp; &lt;", "<b>body</b> <i>&amp;</i> &lt; & < > \"double\" 'single'"),
        ("100 %s %d %n %%", "%s %p %a %b %I"),
        ("¼ – ¼ – ½ × 20 mg 💊", "🤷🏽‍♀️ שלום 5 mg\nline two\n\n  indented ½"),
        ("back\\slash \\n \\0", "C:\\new\\table \\x41 \\101 trailing \\"),
        ("$(id) `id` ${HOME}", "; rm -rf ~ | cat > /dev/null"),
        ("title only", ""),
    ],
)
def test_a_notice_arrives_as_it_was_typed(desktop: Desktop, environ: dict[str, str], title: str, body: str) -> None:
    assert send_desktop(Notice(title, body), environ=environ) == SENT
    [received] = desktop.received()
    assert (received.title, received.body, received.app) == (title, body, "Splitdose")
    assert received.markup == body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_five_thousand_characters_arrive(desktop: Desktop, environ: dict[str, str]) -> None:
    body = "¼ <b> & 💊 \\ – " * 500
    assert len(body) > 5000
    assert send_desktop(Notice("long", body), environ=environ) == SENT
    assert [received.body for received in desktop.received()] == [body]


@pytest.mark.parametrize("text", ["-5 mg", "--help", "-", "--", "-u critical"])
def test_a_leading_dash_is_no_option(desktop: Desktop, environ: dict[str, str], text: str) -> None:
    assert send_desktop(Notice(text, text), environ=environ) == SENT
    [received] = desktop.received()
    assert (received.title, received.body) == (f" {text}", f" {text}")


def test_what_acts_on_terminals_does_not_arrive(desktop: Desktop, environ: dict[str, str]) -> None:
    assert send_desktop(Notice("a\nb\x1b[31m\0", "one\r\ntwo\a\u202e\ud800"), environ=environ) == SENT
    [received] = desktop.received()
    assert (received.title, received.body) == ("a b[31m", "one\ntwo")


def test_a_notice_without_a_title_says_who_it_is_from(desktop: Desktop, environ: dict[str, str]) -> None:
    assert send_desktop(Notice(" \x1b ", "body"), environ=environ) == SENT
    assert [received.title for received in desktop.received()] == ["Splitdose"]


def test_a_text_of_any_length_is_sent(desktop: Desktop, environ: dict[str, str]) -> None:
    assert send_desktop(Notice("t" * 200_000, "&" * 200_000), environ=environ) == SENT
    [received] = desktop.received()
    assert received.title.endswith("t…")
    assert received.body.endswith("&…")


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "LANG": ""}, {"LANG": "de_DE.ISO-8859-1"}])
def test_the_locale_changes_no_letter(desktop: Desktop, environ: dict[str, str], locale: dict[str, str]) -> None:
    assert send_desktop(Notice("½ – 💊", "¼ ✓"), environ={**environ, **locale}) == SENT
    assert [(received.title, received.body) for received in desktop.received()] == [("½ – 💊", "¼ ✓")]


def test_nothing_nearby_changes_how_it_is_sent(
    desktop: Desktop, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("plyer", "json", "dbus"):
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('the wrong {name}')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loud = {**environ, "PYTHONWARNINGS": "error", "PYTHONVERBOSE": "1", "PYTHONDEVMODE": "1"}
    assert send_desktop(Notice("sent", ""), environ=loud) == SENT
    assert [received.title for received in desktop.received()] == ["sent"]


def test_the_process_s_own_environment_is_the_default(
    desktop: Desktop, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in desktop.environ.items():
        monkeypatch.setenv(name, value)
    assert send_desktop(Notice("sent", "")) == SENT
    assert len(desktop.received()) == 1


# -- what goes wrong -------------------------------------------------------------------------------


def test_without_a_session_nothing_is_started(environ: dict[str, str]) -> None:
    before = children(os.getpid())
    del environ["DBUS_SESSION_BUS_ADDRESS"]  # DISPLAY stays: D-Bus would start a bus of its own
    assert send_desktop(Notice("title", "body"), environ=environ) == failure("no desktop session found")
    assert children(os.getpid()) == before


def test_the_user_s_own_bus_is_found_without_an_address(
    desktop: Desktop, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    runtime = tmp_path_factory.mktemp("run")
    (runtime / "bus").symlink_to(environ.pop("DBUS_SESSION_BUS_ADDRESS").removeprefix("unix:path="))
    assert send_desktop(Notice("from cron", ""), environ={**environ, "XDG_RUNTIME_DIR": str(runtime)}) == SENT
    assert [received.title for received in desktop.received()] == ["from cron"]


def test_a_bus_that_is_gone_is_told_and_nothing_is_written(desktop: Desktop, terminal: Callable[..., Terminal]) -> None:
    require("notify-send")
    desktop.stop_bus()
    window = terminal([sys.executable, "-c", SEND, "title", "body", "8"], environ=desktop.environ)
    assert window.exit_status(within=LIMIT_SECONDS + SLACK) == 0
    # The program's own line and nothing else: notify-send complains, and a complaint would be on the screen.
    wait_for(lambda: window.output() == b"[the desktop's message bus does not answer]\r\n", what="one line alone")


def test_a_session_without_a_daemon_is_told(desktop: Desktop, environ: dict[str, str]) -> None:
    desktop.stop_daemon()
    assert send_desktop(Notice("title", "body"), environ=environ) == failure("no notification service answers")


def test_a_missing_notify_send_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    if find_spec("dbus") is not None:
        pytest.skip("this Python has the dbus module, and needs no notify-send")
    outcome = send_desktop(Notice("title", "body"), environ={**environ, "PATH": str(tmp_path)})
    assert outcome == failure("notify-send is not installed")


def test_a_hung_daemon_costs_no_more_than_the_limit_and_leaves_nothing(
    desktop: Desktop, environ: dict[str, str]
) -> None:
    mark = f"hung-{os.getpid()}"
    before = children(os.getpid())
    desktop.hang()
    began = time.monotonic()
    outcome = send_desktop(Notice(mark, "body"), limit=1.5, environ=environ)
    took = time.monotonic() - began
    assert outcome == failure("no answer within 1.5 s")
    assert 1.5 <= took < 1.5 + SLACK
    wait_for(lambda: not running_with(mark), within=2, what="no notify-send left behind")
    assert children(os.getpid()) == before
    # What was given up is not shown later, when it would be wrong.
    desktop.resume()
    assert send_desktop(Notice("afterwards", ""), environ=environ) == SENT
    assert [received.title for received in desktop.received()] == ["afterwards"]


def test_what_is_given_up_ends_at_once_and_leaves_nothing(desktop: Desktop, environ: dict[str, str]) -> None:
    mark = f"given-up-{os.getpid()}"
    desktop.hang()
    outcome = send_desktop(Notice(mark, "body"), environ=environ, given_up=lambda: bool(running_with(mark)))
    assert outcome == failure("given up")
    wait_for(lambda: not running_with(mark), within=2, what="no notify-send left behind")
    desktop.resume()
    assert desktop.received() == []


def test_a_daemon_that_recovers_in_time_gets_the_notice(
    desktop: Desktop, environ: dict[str, str], tmp_path: Path
) -> None:
    mark = f"slow-{os.getpid()}"
    desktop.hang()
    with (tmp_path / "said").open("wb") as said:
        sender = subprocess.Popen([sys.executable, "-c", SEND, mark, "", "30"], stdout=said, env=environ)
        try:
            wait_for(lambda: len(running_with(f"notify-send {mark}")) == 1, what="notify-send to wait")
            desktop.resume()
            assert sender.wait(timeout=30) == 0
        finally:
            sender.kill()
            sender.wait()
    assert (tmp_path / "said").read_text(encoding="utf-8") == "[]\n"
    assert [received.title for received in desktop.received()] == [mark]


def test_a_daemon_that_comes_back_is_used_again(desktop: Desktop, environ: dict[str, str]) -> None:
    assert send_desktop(Notice("first", ""), environ=environ) == SENT
    desktop.stop_daemon()
    assert not send_desktop(Notice("lost", ""), environ=environ).ok
    desktop.start_daemon()
    assert send_desktop(Notice("second", ""), environ=environ) == SENT
    assert [received.title for received in desktop.received()] == ["first", "second"]


def test_a_bus_that_comes_back_is_used_again(desktop: Desktop, environ: dict[str, str]) -> None:
    assert send_desktop(Notice("first", ""), environ=environ) == SENT
    desktop.stop_bus()
    assert not send_desktop(Notice("lost", ""), environ=environ).ok
    desktop.start_bus()
    assert send_desktop(Notice("second", ""), environ=environ) == SENT
    assert [received.title for received in desktop.received()] == ["first", "second"]


def test_a_bus_that_takes_connections_and_says_nothing(
    environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("bus") / "bus"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        assert send_desktop(Notice("t", ""), limit=1, environ=environ) == failure("no answer within 1 s")
        assert probe_desktop(environ).ok  # it can't be known without sending


@pytest.mark.parametrize(
    ("complaint", "reason"),
    [
        ("something new went wrong", "something new went wrong"),
        ("\x1b[31mred\x1b[0m\nlast line", "last line"),
        ("x" * 500, "x" * 79 + "…"),
        (
            "GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: The name "
            "org.freedesktop.Notifications was not provided by any .service files",
            "no notification service answers",
        ),
        (
            "GDBus.Error:org.freedesktop.DBus.Error.NoReply: Message recipient disconnected from message bus "
            "without replying",
            "the notification service gave no reply",
        ),
    ],
)
def test_a_complaint_is_a_failure_whatever_the_exit_status(
    environ: dict[str, str], tmp_path: Path, complaint: str, reason: str
) -> None:
    if find_spec("dbus") is not None:
        pytest.skip("this Python has the dbus module, and asks no notify-send")
    program = tmp_path / "notify-send"
    (tmp_path / "complaint").write_text(complaint, encoding="utf-8")
    program.write_text(f"#!/bin/sh\ncat '{tmp_path}/complaint' >&2\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{environ['PATH']}"
    assert send_desktop(Notice("title", ""), environ={**environ, "PATH": path}) == failure(reason)


def test_it_has_no_terminal_to_write_to(
    desktop: Desktop, environ: dict[str, str], terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """A program that goes round its standard error, straight to the terminal, finds none."""
    if find_spec("dbus") is not None:
        pytest.skip("this Python has the dbus module, and asks no notify-send")
    program = tmp_path / "notify-send"
    script = "#!/bin/sh\necho 'written over the screen' > /dev/tty || echo 'found none' >&2\n"
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{environ['PATH']}"
    window = terminal([sys.executable, "-c", SEND, "title", "body", "8"], environ={**desktop.environ, "PATH": path})
    assert window.exit_status() == 0
    assert window.screen() == "[found none]"


# -- around the app --------------------------------------------------------------------------------


def test_it_works_under_a_clock_that_is_set(
    desktop: Desktop, environ: dict[str, str], terminal: Callable[..., Terminal]
) -> None:
    window = terminal(
        [sys.executable, "-c", SEND, "13:00 ¼", "body", "8"],
        environ=desktop.environ,
        at="2023-11-30 12:59:50",
    )
    assert window.exit_status() == 0
    assert window.screen() == "[]"
    assert [received.title for received in desktop.received()] == ["13:00 ¼"]


def test_the_limit_holds_when_the_wall_clock_is_set_back(
    desktop: Desktop, environ: dict[str, str], terminal: Callable[..., Terminal]
) -> None:
    desktop.hang()
    mark = f"set-back-{os.getpid()}"
    window = terminal(
        [sys.executable, "-c", SEND, mark, "body", "2"], environ=desktop.environ, at="2023-11-30 12:59:50"
    )
    wait_for(lambda: running_with(f"notify-send {mark}"), what="notify-send to wait")
    assert window.clock is not None
    window.clock.advance(hours=-3)
    assert window.exit_status(within=2 + SLACK) == 0
    assert window.screen() == "[no answer within 2 s]"
    wait_for(lambda: not running_with(mark), within=2, what="no notify-send left behind")


def test_ctrl_c_ends_what_was_started(
    desktop: Desktop, environ: dict[str, str], terminal: Callable[..., Terminal]
) -> None:
    desktop.hang()
    mark = f"ctrl-c-{os.getpid()}"
    window = terminal([sys.executable, "-c", SEND, mark, "body", "60"], environ=desktop.environ)
    wait_for(lambda: running_with(f"notify-send {mark}"), what="notify-send to wait")
    window.press("ctrl+c")
    assert window.exit_status() != 0
    wait_for(lambda: not [pid for pid in running_with(mark) if is_running(pid)], what="nothing left behind")


def test_the_parent_imports_neither_plyer_nor_a_screen() -> None:
    unwanted = "{'plyer', 'textual', 'rich', 'asyncio'}"
    look = f"import sys, splitdose.notify; print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@given(st.text())
def test_a_quoted_text_ends_where_it_should(text: str) -> None:
    clean = sanitize(text, keep_newlines=True)
    # GVariant's notation and Python's agree on these.
    assert ast.literal_eval(f"'{_in_quotes(clean)}'") == clean


# -- looking without sending -----------------------------------------------------------------------


def test_the_probe_sends_nothing(desktop: Desktop, environ: dict[str, str]) -> None:
    assert probe_desktop(environ) == Outcome("desktop", True, "not tried yet")
    assert desktop.received() == []


def test_the_probe_sees_that_there_is_no_session(environ: dict[str, str]) -> None:
    del environ["DBUS_SESSION_BUS_ADDRESS"]
    assert probe_desktop(environ) == failure("no desktop session found")


def test_the_probe_sees_that_the_bus_is_gone(desktop: Desktop, environ: dict[str, str]) -> None:
    desktop.stop_bus()
    assert probe_desktop(environ) == failure("the desktop's message bus does not answer")
    address = environ["DBUS_SESSION_BUS_ADDRESS"]
    assert not probe_desktop({**environ, "DBUS_SESSION_BUS_ADDRESS": f"{address},guid=0;unix:abstract=/none"}).ok


@pytest.mark.parametrize("address", ["autolaunch:", "tcp:host=localhost,port=1", "nonsense", "unix:path=/none;tcp:"])
def test_the_probe_denies_nothing_that_it_cannot_know(environ: dict[str, str], address: str) -> None:
    assert probe_desktop({**environ, "DBUS_SESSION_BUS_ADDRESS": address}).ok


def test_the_probe_sees_that_notify_send_is_missing(environ: dict[str, str], tmp_path: Path) -> None:
    if find_spec("dbus") is not None:
        pytest.skip("this Python has the dbus module, and needs no notify-send")
    assert probe_desktop({**environ, "PATH": str(tmp_path)}) == failure("notify-send is not installed")
