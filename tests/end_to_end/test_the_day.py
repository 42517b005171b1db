"""The main job in real surroundings: a real terminal, a real clock jump, a real notification daemon, real files."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support.app import PLANS
from support.clock import Clock
from support.desktop import Desktop
from support.requirements import require
from support.shell import PROGRAM, answer, intakes, run
from support.terminal import Terminal
from support.waiting import wait_for

Open = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with the real taper, set up in the morning of 2023-11-30 with the morning dose taken."""
    require("tmux", "faketime")
    data = tmp_path / "data"
    clock = Clock(tmp_path, "2023-11-30 08:04:00")
    run(data, "plan", "import", str(PLANS / "baclofen.toml"), clock=clock)
    run(data, "take", "baclofen", "morning", clock=clock)
    return data


def app(folder: Path) -> list[str]:
    return [*PROGRAM, "--data", str(folder)]


def test_due_reminded_recorded_seen_undone_reviewed(
    folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open
) -> None:
    clock = Clock(tmp_path, "2023-11-30 12:40:00")
    window = terminal(app(folder), clock=clock, environ=desktop.environ)
    other = terminal(app(folder), clock=clock, environ=desktop.environ)
    for opened in (window, other):
        opened.wait_for_text("afternoon 13:00", "a quarter of one 20 mg tablet", "reminders: desktop")
    clock.set("2023-11-30 12:59:50")
    window.wait_for_text("in 1 min")
    assert "due now" not in window.screen()
    assert desktop.received() == []

    # Due at 13:00:00: within two seconds of program time a real daemon has the notice, once from two windows.
    due = datetime(2023, 11, 30, 13, tzinfo=clock.now().tzinfo)
    wait_for(lambda: clock.now() >= due, within=15, what="13:00 to come")
    notices = wait_for(desktop.received, within=5, what="a notice")
    arrived = clock.now()
    assert arrived - due <= timedelta(seconds=2), f"the notice came at {arrived:%H:%M:%S.%f}"
    assert notices[0].title == "afternoon 13:00: baclofen 5 mg"
    assert notices[0].body == "A quarter of one 20 mg tablet. Due now."
    window.wait_for_text("due now")
    wait_for(window.bell_rang, what="the bell")

    # Space records it; what the screen says is in the file by then.
    window.press("space")
    window.wait_for_text("recorded: baclofen 5 mg afternoon taken 13:0")
    (record,) = [r for r in intakes(folder) if r["slot"] == "afternoon"]
    assert (record["kind"], record["date"], record["pieces"][0]["count"]) == ("taken", "2023-11-30", "1/4")
    assert record["at"].startswith("2023-11-30T13:0")
    assert record["at"].endswith("+01:00")

    # The other window shows it within two seconds, and refuses to record it again.
    seen = clock.now()
    other.wait_for_text("✓ afternoon", within=10)
    assert clock.now() - seen <= timedelta(seconds=2.5)
    refused = run(folder, "take", "baclofen", "afternoon", clock=clock, expect=1)
    assert re.fullmatch(r"splitdose: .*5 mg was recorded as taken at 13:0.*\n", refused.stderr)
    assert len([r for r in intakes(folder) if r["slot"] == "afternoon"]) == 1

    # Undo undoes it, everywhere; then it is taken again.
    window.press("u")
    window.wait_for_text("undone: baclofen 5 mg afternoon")
    other.wait_for_text("! afternoon")
    assert [r for r in intakes(folder) if r["slot"] == "afternoon"] == []
    run(folder, "take", "baclofen", "afternoon", clock=clock)
    window.wait_for_text("✓ afternoon")

    # Reviewed: the week shows all of it, on screen and in the shell.
    window.press("2")
    window.wait_for_text("week 48", "10 of 20")
    week = answer(folder, "week", "--of", "2023-11-30", clock=clock)
    thursday = next(day for day in week["days"] if day["date"] == "2023-11-30")
    states = {(d["medicine"], d["slot"]): d["state"] for d in thursday["doses"]}
    assert states == {
        ("baclofen", "morning"): "taken", ("baclofen", "afternoon"): "taken", ("baclofen", "evening"): "upcoming",
        ("diazepam", "evening"): "upcoming",
    }  # fmt: skip
    assert next(a for a in week["adherence"] if a["medicine"] == "baclofen")["taken_mg"] == "10"
    assert len(desktop.received()) == 1, "one notice for one dose, from two windows and a shell"
    window.press("q")
    assert window.exit_status() == 0


def test_without_any_notification_service(folder: Path, tmp_path: Path, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 12:59:55")
    window = terminal(app(folder), clock=clock)
    window.wait_for_text("afternoon 13:00", "no desktop notices: ")
    window.press("2")
    window.wait_for_text("week 48")
    window.wait_for_text("! afternoon: baclofen 5 mg, due now   1 shows it", within=15)
    wait_for(window.bell_rang, what="the bell")
    window.press("1")
    window.wait_for_text("due now", "Space: taken now")
    # Whatever a failing channel printed would stand somewhere on this screen.
    for line in window.lines():
        assert not re.search(r"(?i)notify-send|dbus|Traceback|Error|warn", line), line
    # Nothing blocks: a key is answered at once while the channel fails.
    clock.set("2023-11-30 13:01:30")
    window.wait_for_text("due, 1 min ago")
    pressed = clock.now()
    window.press("space")
    window.wait_for_text("recorded: baclofen 5 mg afternoon taken 13:01")
    # Sending to a service that hangs takes up to 8 s; a key that had to wait for it would take as long.
    assert clock.now() - pressed < timedelta(seconds=5)


def test_a_key_held_down_records_once(folder: Path, tmp_path: Path, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 18:05:00")
    window = terminal(app(folder), clock=clock)
    window.wait_for_text("2 that are due")
    first = clock.now()
    wait_for(lambda: clock.now() - first > timedelta(seconds=1.5), what="the panel to have stood a while")
    window.press(*["space"] * 60)
    window.wait_for_text("recorded: ")
    window.press("?")
    window.wait_for_text("Esc close")  # every key before it was handled
    assert len([r for r in intakes(folder) if r["slot"] == "evening"]) == 1


def test_two_windows_at_once_leave_one_record_and_one_refusal(folder: Path, tmp_path: Path, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 13:05:00")
    windows = [terminal(app(folder), clock=clock) for _ in range(2)]
    for window in windows:
        window.wait_for_text("due, 5 min ago", "Space: taken now")
    first = clock.now()
    wait_for(lambda: clock.now() - first > timedelta(seconds=1.5), what="the panels to have stood a while")
    for window in windows:
        window.press("space")
    wait_for(lambda: intakes(folder)[1:], what="a record")
    answers = [_answer(window) for window in windows]
    assert len([r for r in intakes(folder) if r["slot"] == "afternoon"]) == 1
    assert answers.count("recorded") == 1


def _answer(window: Terminal) -> str:
    """What a window made of its key, once it shows it."""
    return wait_for(lambda: _said(window.screen()), what=lambda: f"an answer\n{window.screen()}")


def _said(screen: str) -> str:
    if "was recorded as taken at 13:05" in screen:
        return "refused"
    if "recorded: baclofen 5 mg afternoon" in screen:
        return "recorded"
    # A window that had already seen the other's record names the next dose, and asks about it.
    return "next" if "evening is due at" in screen or "✓ afternoon" in screen else ""


def test_midnight_passes_with_the_app_open(folder: Path, tmp_path: Path, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 23:59:50")
    window = terminal(app(folder), clock=clock)
    window.wait_for_text("Thu 30 Nov 2023 · 23:59", "evening 18:00")
    window.wait_for_text("Thu 30 Nov, night to Fri 1 Dec · 00:00", within=20)
    clock.set("2023-12-01 00:20:00")
    window.wait_for_text("· 00:20")
    window.press("space")
    window.wait_for_text("recorded: baclofen 10 mg evening taken 00:20")
    (record,) = [r for r in intakes(folder) if r["slot"] == "evening"]
    assert record["date"] == "2023-11-30"
    clock.set("2023-12-01 03:59:55")
    window.wait_for_text("Fri 1 Dec 2023 · 04:00", within=20)
    window.wait_for_text("yest. evening", "no record")


def test_notify_test_says_what_each_channel_answered(
    folder: Path, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in desktop.environ.items():
        monkeypatch.setenv(name, value)
    done = run(folder, "notify", "--test", expect=None)
    assert "desktop" in done.stdout
    assert wait_for(desktop.received, what="the notice")
    assert done.returncode == 0


def test_first_run_offers_a_plan_file(tmp_path: Path, terminal: Open) -> None:
    require("tmux", "faketime")
    data = tmp_path / "new"
    window = terminal(app(data), at="2023-11-30 07:00:00", size=(60, 20))
    window.wait_for_text("No plan yet", "medical advice, and nobody watches it")
    window.press("i")
    window.wait_for_text("Import which plan file?")
    window.type(str(PLANS / "baclofen.toml"))
    window.press("enter")
    window.wait_for_text("Import baclofen.toml?", "y apply")
    window.press("y")
    window.wait_for_text("morning 08:00", "in 1 h", "a quarter of one 20 mg tablet")


def test_first_run_offers_the_demo(tmp_path: Path, terminal: Open) -> None:
    require("tmux", "faketime")
    data = tmp_path / "new"
    window = terminal(app(data), at="2023-11-30 13:58:00")
    window.wait_for_text("No plan yet")
    window.press("d")
    window.wait_for_text("splitdose demo", "due, 58 min ago")
    window.press("q")
    assert window.exit_status() == 0
    assert not data.exists(), "looking at the demo leaves nothing behind"


def test_the_demo_opens_and_says_so(terminal: Open) -> None:
    require("tmux", "faketime")
    window = terminal([*PROGRAM, "demo"], at="2026-05-10 13:58:00")
    window.wait_for_text(
        "splitdose demo", "a quarter of one 20 mg tablet", "due, 58 min ago", "step 8 of 12, day 2 of 4"
    )
    window.press("q")
    assert window.exit_status() == 0


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_the_demo_s_folder_is_gone_however_it_ends(tmp_path: Path, terminal: Open, end: signal.Signals) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    command = [*PROGRAM, "demo"]
    window = terminal(command, at="2026-05-10 13:58:00", environ={"TMPDIR": str(place)})
    window.wait_for_text("due, 58 min ago")
    assert len(list(place.iterdir())) == 1
    window.send_signal(end)
    wait_for(lambda: not window.is_running(), what="the demo to end")
    if end == signal.SIGKILL:  # nobody could clear away; the next one does
        assert len(list(place.iterdir())) == 1
        window = terminal(command, at="2026-05-10 13:58:00", environ={"TMPDIR": str(place)})
        window.wait_for_text("due, 58 min ago")
        assert len(list(place.iterdir())) == 1
        window.press("q")
        assert window.exit_status() == 0
    assert list(place.iterdir()) == []
