"""Keys that a person gave to commands: no screen, dialog, line or help names one that does nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from splitdose.tui.commands import COMMANDS
from splitdose.tui.terminal import key_times
from support.app import Scenario, three_a_day
from support.pilot import sees, shown

KEYS = {
    "today.take": "f5", "undo": "f6", "screen.today": "f7", "log.correct": "f8", "log.close": "f9",
    "details.close": "f10", "alarm.snooze": "f11", "question.yes": "f12", "prompt.cancel": "f3", "form.cancel": "f4",
    "reminders.test": "f2", "reminders.tick": "ctrl+b",
}  # fmt: skip
OLD = re.compile(
    r"\bSpace\b|\bu (undo|undoes)|(?<![0-9.:])\b1 Today\b|Enter correct|\^t test|z snooze .*(Esc|q) close|y yes"
)
"""How those commands are named with the keys they come with, where they are."""
SCREENS = {
    "Today": [], "Week": ["2"], "Plan": ["3"], "Course": ["4"], "details": ["d"], "day log": ["D"], "help": ["?"],
    "alarm": ["!"], "reminders": ["R"], "time": ["t"], "skip": ["s"], "extra": ["e"], "check-in": ["c"],
    "report": ["E"], "month": ["2", "m"],
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data", "2023-11-30 08:04")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key is pressed five seconds after the one before."""
    now = [1000.0]

    def later(*_: object) -> float:
        now[0] += 5
        return now[0]

    monkeypatch.setattr(key_times, "arrived", later)
    monkeypatch.setattr(key_times, "moment", lambda: now[0])


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press({"?": "question_mark", "!": "exclamation_mark"}.get(key, key))
        for _ in range(4):
            await pilot.pause()


def test_they_are_keys_of_commands() -> None:
    assert set(KEYS) <= {command.id for command in COMMANDS}


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)], ids=str)
@pytest.mark.parametrize("where", SCREENS)
async def test_no_screen_names_a_key_that_does_nothing(world: Scenario, where: str, size: tuple[int, int]) -> None:
    async with world.app(keys=KEYS).run_test(size=size) as pilot:
        await sees(pilot, "5 mg")
        await press(pilot, "f5")  # something is recorded, so that it can be undone
        await sees(pilot, "recorded")
        await press(pilot, *SCREENS[where])
        found = OLD.search(shown(pilot))
        assert found is None, f"{found}\n{shown(pilot)}"


async def test_the_old_keys_do_nothing_and_the_new_ones_are_named_and_work(world: Scenario) -> None:
    session = world.session("looks")
    async with world.app(keys=KEYS).run_test(size=(100, 30)) as pilot:
        await sees(pilot, "[ F5: taken now ]", "F7 Today")
        await press(pilot, "space", "enter")
        assert session.reader.day().doses[0].record is None
        await press(pilot, "f5")
        await sees(pilot, "F6 undoes it")
        await press(pilot, "2", "1")
        await sees(pilot, "week 48")
        await press(pilot, "f7", "u")
        await sees(pilot, "taken 08:04")
        await press(pilot, "D")
        await sees(pilot, "F8 correct", "F9 close")
        await press(pilot, "escape", "enter")
        await sees(pilot, "F9 close")
        await press(pilot, "f9", "f6", "n")
        await press(pilot, "question_mark")
        await sees(pilot, "F5")
