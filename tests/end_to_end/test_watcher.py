"""Reminders without the app: the watcher as a process, beside the app, and killed at any instant."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from end_to_end.reminder_storm import storm
from splitdose.store import DataFolder
from support.app import PLANS
from support.clock import Clock
from support.desktop import Desktop
from support.requirements import require
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

Open = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    require("tmux", "faketime")
    data = tmp_path / "data"
    run(data, "plan", "import", str(PLANS / "baclofen.toml"), clock=Clock(tmp_path, "2023-11-30 07:00:00"))
    return data


@contextmanager
def watcher(folder: Path, clock: Clock, environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A watcher without a terminal, and the file that its output goes to."""
    said = folder.parent / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "--data", str(folder), "remind"], env={**os.environ, **clock.environ, **environ},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(lambda: DataFolder(folder).is_watched(), within=20, what=lambda: f"the watcher\n{said.read_text()}")
        yield process, said
    finally:
        process.kill()
        process.wait(timeout=10)


def test_it_reminds_prints_a_line_and_ends_quietly(folder: Path, tmp_path: Path, desktop: Desktop) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    with watcher(folder, clock, desktop.environ) as (process, said):
        clock.set("2023-11-30 07:59:58")
        (notice,) = wait_for(desktop.received, within=20, what="the notice")
        assert notice.title == "morning 08:00: baclofen 5 mg"
        line = wait_for(lambda: said.read_text(encoding="utf-8"), what="the line")
        assert line.startswith("08:00:0")
        assert line.endswith(" morning 08:00: baclofen 5 mg. A quarter of one 20 mg tablet. Due now. [desktop]\n"), line
        # Recorded from a shell, so it stays silent; slept through, so it says so once.
        run(folder, "take", "baclofen", "morning", clock=clock)
        process.send_signal(signal.SIGSTOP)
        clock.set("2023-11-30 18:30:00")
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: desktop.received()[1:], within=15, what="the summary")
        assert desktop.received()[1].title == "2 doses are due, 1 has no record"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
        assert len(said.read_text(encoding="utf-8").splitlines()) == 2, "nothing but the notices"
    assert not DataFolder(folder).is_watched()


def test_interrupted_it_ends_quietly_and_a_second_one_is_refused(
    folder: Path, tmp_path: Path, desktop: Desktop
) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    with watcher(folder, clock, desktop.environ) as (process, said):
        refused = run(folder, "remind", clock=clock, expect=1)
        assert "reminders continue already" in refused.stderr
        assert "a watcher runs" in run(folder, "remind", "--status", clock=clock).stdout
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
        assert said.read_text() == ""
    assert run(folder, "remind", "--status", clock=clock, expect=1).stdout.startswith("no watcher runs")


def test_the_app_knows_and_says_whether_reminders_go_on(
    folder: Path, tmp_path: Path, desktop: Desktop, terminal: Open
) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    with watcher(folder, clock, desktop.environ) as (process, _):
        window = terminal([*PROGRAM, "--data", str(folder)], clock=clock, environ=desktop.environ, size=(120, 34))
        window.wait_for_text("1 Today", "morning")
        window.press("R")
        window.wait_for_text("reminders continue when the app is closed: the watcher runs")
        process.kill()  # its mark ends with it, however it ends
        window.wait_for_text("reminders stop when the app is closed", within=20)
        window.press("escape")
        window.wait_for_no_text("Esc cancel")
        window.press("q")
        assert window.exit_status() == 0
        window.wait_for_text("reminders stop until Splitdose is open again; splitdose remind --install keeps them")
    with watcher(folder, clock, desktop.environ):
        window = terminal([*PROGRAM, "--data", str(folder)], clock=clock, environ=desktop.environ)
        window.wait_for_text("1 Today", "morning")
        window.press("q")
        assert window.exit_status() == 0
        window.wait_for_text("reminders continue: the watcher runs")


def test_settings_are_followed_while_it_runs(folder: Path, home: Path, tmp_path: Path, desktop: Desktop) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    with watcher(folder, clock, desktop.environ) as (_, said):
        config.write_text('[reminders]\ndiscreet = true\nquiet = "07:50-08:20"\n', encoding="utf-8")
        clock.set("2023-11-30 07:59:58")
        moment = clock.now().replace(minute=0, hour=8, second=3)
        wait_for(lambda: clock.now() >= moment, within=10, what="08:00 to pass")
        assert desktop.received() == []
        config.write_text("[reminders]\nquiet = wrong\n", encoding="utf-8")
        wait_for(lambda: "can't be understood" in said.read_text(), what="a word on the mistake")
        clock.set("2023-11-30 08:19:58")
        (notice,) = wait_for(desktop.received, within=15, what="the notice at the end of the quiet hours")
        assert notice.body == "A reminder is waiting."
        assert "baclofen" not in said.read_text()


def test_a_terminal_is_rung_when_the_desktop_can_not_be(folder: Path, tmp_path: Path, terminal: Open) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    window = terminal([*PROGRAM, "--data", str(folder), "remind"], clock=clock)
    wait_for(lambda: DataFolder(folder).is_watched(), within=20, what="the watcher")
    clock.set("2023-11-30 07:59:58")
    window.wait_for_text("morning 08:00: baclofen 5 mg", "[terminal]", within=12)
    assert window.bells() == 1
    window.press("C-c")
    assert window.exit_status() == 0
    assert "Traceback" not in window.screen()


def test_data_that_cant_be_read_is_told_once_and_waited_for(folder: Path, tmp_path: Path, desktop: Desktop) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    with watcher(folder, clock, desktop.environ) as (_, said):
        plan = folder / "plan.jsonl"
        plan.rename(folder / "kept")
        plan.mkdir()
        (notice,) = wait_for(desktop.received, within=20, what="a word on it")
        assert notice.title == "Splitdose can't remind you"
        lines = len(said.read_text().splitlines())
        since = time.monotonic()
        wait_for(lambda: time.monotonic() - since > 3, what="some more looks")
        assert len(desktop.received()) == 1
        assert len(said.read_text().splitlines()) == lines
        plan.rmdir()
        (folder / "kept").rename(plan)
        clock.set("2023-11-30 07:59:58")
        wait_for(lambda: desktop.received()[1:], within=15, what="the reminder")
        assert desktop.received()[1].title == "morning 08:00: baclofen 5 mg"


def test_once_for_cron(folder: Path, tmp_path: Path, desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(tmp_path, "2023-11-30 07:30:00")
    assert run(folder, "remind", "--once", clock=clock).stdout == ""
    clock.set("2023-11-30 08:00:30")
    failed = run(folder, "remind", "--once", clock=clock, expect=1)
    assert "no channel took the reminder (desktop: no desktop session found)" in failed.stderr
    for name, value in desktop.environ.items():
        monkeypatch.setenv(name, value)
    assert "[desktop]" in run(folder, "remind", "--once", clock=clock).stdout, "what nobody took is still owed"
    assert run(folder, "remind", "--once", clock=clock).stdout == ""
    assert len(desktop.received()) == 1


def test_a_short_storm_of_kills(tmp_path: Path, home: Path) -> None:
    """App and watcher, either killed at any instant around a notice: none is lost, none comes more than twice."""
    require("tmux", "faketime", "Xvfb", "dunst")
    count = storm(3, seed=3, folder=tmp_path)
    assert (count.kills, count.doses, count.lost, count.more) == (3, 3, 0, 0)
    assert count.doubled <= count.kills
