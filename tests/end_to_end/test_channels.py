"""Channels that fail in the ways they do: the next reminder reaches the person by another one, and they recover."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support.app import PLANS
from support.clock import Clock
from support.desktop import Desktop
from support.requirements import require
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

Open = Callable[..., Terminal]
COMPLAINTS = re.compile(r"(?i)notify-send|dbus|gdbus|traceback|error|warn")
"""What a failing channel would write across the screen; the header's own words are none of it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    require("tmux", "faketime")
    data = tmp_path / "data"
    run(data, "plan", "import", str(PLANS / "baclofen.toml"), clock=Clock(tmp_path, "2023-11-30 07:00:00"))
    return data


def opened(terminal: Open, folder: Path, clock: Clock, environ: dict[str, str]) -> Terminal:
    window = terminal([*PROGRAM, "--data", str(folder)], clock=clock, environ=environ, size=(110, 30))
    window.wait_for_text("1 Today", "morning")
    window.press("2")  # where only the alarm bar can name the dose
    window.wait_for_text("week 48")
    return window


def below_the_header(window: Terminal) -> str:
    return "\n".join(window.lines()[1:])


def is_intact(window: Terminal) -> None:
    """See that nothing stands on the screen that the app didn't draw: drawn as a whole once more, it is the same."""
    shown = below_the_header(window)
    window.press("1")
    window.wait_for_text("Space take")
    window.press("2")
    window.wait_for_text("Enter edit")
    wait_for(
        lambda: below_the_header(window) == shown, what=lambda: f"{shown}\nto be what is drawn:\n{window.screen()}"
    )


def reaches_by_another_channel(window: Terminal, clock: Clock, wall: str, words: str) -> None:
    """See that a dose rings the bell and raises the alarm within ten seconds, and that nothing else is drawn."""
    bells = window.bells()
    due = datetime.fromisoformat(wall).replace(tzinfo=clock.zone)
    clock.set(f"{(due - timedelta(seconds=3)).replace(tzinfo=None)}")
    wait_for(lambda: clock.now() >= due, within=20, what=f"{wall} to come")
    wait_for(lambda: window.bells() > bells, within=10, what="the bell")
    window.wait_for_text(words)
    assert (clock.now() - due).total_seconds() <= 10
    assert not COMPLAINTS.search(below_the_header(window)), window.screen()


def test_the_service_dies_hangs_and_comes_back(folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:59:56")
    window = opened(terminal, folder, clock, desktop.environ)
    wait_for(desktop.received, within=20, what="the first notice")
    run(folder, "take", "baclofen", "morning", clock=clock)
    window.wait_for_no_text("! morning")
    before = below_the_header(window)

    # Killed: the bell and the alarm don't depend on it; the header says so and why.
    desktop.stop_daemon()
    reaches_by_another_channel(window, clock, "2023-11-30 13:00:00", "! afternoon: baclofen 5 mg")
    window.wait_for_text("no desktop notices: no notification service answers")
    is_intact(window)
    # Back: within a minute the notice that failed is given, and the header undoes it, by itself.
    desktop.start_daemon()
    clock.advance(seconds=61)
    assert wait_for(lambda: desktop.received()[1:], within=15, what="the notice")[0].title.startswith("afternoon 13:00")
    window.wait_for_text("reminders: desktop, bell, screen")
    run(folder, "take", "baclofen", "afternoon", clock=clock)
    window.wait_for_no_text("! afternoon")

    # Hung: nothing waits for it, keys are answered; what it would not take is given when it goes on.
    desktop.hang()
    reaches_by_another_channel(window, clock, "2023-11-30 18:00:00", "! evening: baclofen 10 mg")
    pressed = clock.now()
    window.press("1")
    window.wait_for_text("2 that are due")
    assert (clock.now() - pressed).total_seconds() < 2
    window.press("2")
    window.wait_for_text("no desktop notices: no answer within 8 s", within=20)
    is_intact(window)
    desktop.resume()
    count = len(desktop.received())
    clock.advance(seconds=61)
    wait_for(lambda: len(desktop.received()) > count, within=15, what="the notice after the service went on")
    assert desktop.received()[-1].title == "2 doses are due"
    window.wait_for_text("reminders: desktop, bell, screen")
    run(folder, "take", "baclofen", "evening", clock=clock)
    run(folder, "take", "diazepam", "evening", clock=clock)
    window.wait_for_no_text("! evening")
    # Where nothing has to be shown, nothing was drawn but the cells of the doses taken.
    assert [line[:12] for line in below_the_header(window).splitlines()[1:4]] == [
        line[:12] for line in before.splitlines()[1:4]
    ]


def test_the_session_bus_goes_and_comes_back(folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 12:50:00")
    run(folder, "take", "baclofen", "morning", clock=clock)
    window = opened(terminal, folder, clock, desktop.environ)
    window.wait_for_text("reminders: desktop, bell, screen")
    desktop.stop_bus()
    window.wait_for_text("no desktop notices: the desktop's message bus does not answer", within=20)
    reaches_by_another_channel(window, clock, "2023-11-30 13:00:00", "! afternoon: baclofen 5 mg")
    is_intact(window)
    # Nothing was promised by who could not keep it, so the notice comes as soon as the bus is back.
    desktop.start_bus()
    notices = wait_for(desktop.received, within=10, what="the notice after the bus came back")
    assert [notice.title for notice in notices] == ["afternoon 13:00: baclofen 5 mg"]
    window.wait_for_text("reminders: desktop, bell, screen")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "no desktop session found"),
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}, "the desktop's message bus does not answer"),
    ],
)
def test_no_desktop_at_all(folder: Path, tmp_path: Path, terminal: Open, names: dict[str, str], reason: str) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = opened(terminal, folder, clock, {**names, "DISPLAY": ""})
    window.wait_for_text(f"no desktop notices: {reason}")
    reaches_by_another_channel(window, clock, "2023-11-30 08:00:00", "! morning: baclofen 5 mg")
    is_intact(window)
    state = folder / "state.jsonl"
    assert not state.exists(), "who can't give a notice leaves it to those who can"


def test_without_notify_send(folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("env", "sh", "tmux"):
        (programs / name).symlink_to(shutil.which(name) or name)
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = opened(terminal, folder, clock, {**desktop.environ, "PATH": str(programs)})
    window.wait_for_text("no desktop notices: notify-send is not installed")
    reaches_by_another_channel(window, clock, "2023-11-30 08:00:00", "! morning: baclofen 5 mg")
    is_intact(window)


def test_only_discreet_words_leave_the_screen(
    folder: Path, home: Path, tmp_path: Path, desktop: Desktop, terminal: Open
) -> None:
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[reminders]\ndiscreet = true\n", encoding="utf-8")
    clock = Clock(tmp_path, "2023-11-30 07:59:54")
    window = opened(terminal, folder, clock, {**desktop.environ, "TERM_PROGRAM": "ghostty", "TERM": "xterm-ghostty"})
    (notice,) = wait_for(desktop.received, within=20, what="the notice")
    assert (notice.title, notice.body) == ("Splitdose", "A reminder is waiting.")
    window.wait_for_text("A reminder is waiting: 1 shows it, ! answers it")
    wait_for(lambda: b"]2;! splitdose" in window.output(), what="the title")
    said = b"".join(re.findall(rb"\x1b\].*?(?:\x07|\x1b\\)", window.output(), re.DOTALL))
    assert b"baclofen" not in said
    assert b" mg" not in said
    status = run(folder, "status", clock=clock).stdout
    assert "baclofen" not in status
