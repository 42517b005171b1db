"""A terminal of any size: the app stays open, down to one column and one row, and shows everything again afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from support.app import Scenario, three_a_day
from support.pilot import shown, until
from support.shell import PROGRAM
from support.terminal import Terminal
from support.waiting import wait_for

SMALL = [(columns, lines) for columns in (4, 3, 2, 1, 7) for lines in (30, 10, 4, 3, 2, 1)]
WIDE = [(300, 100), (300, 1), (36, 10)]


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data", "2023-11-30 08:02")


async def drawn(pilot: Pilot[Any]) -> str:
    """The screen, once it does not change any more."""
    seen = ""
    while seen != (seen := shown(pilot)):
        for _ in range(3):
            await pilot.pause()
    return seen


@pytest.mark.parametrize(
    "keys",
    [
        "", "2", "3", "4", "d", "?", "ctrl+p", "R", "D", "E", "c", "e", "!", "3 e", "3 >", "3 v", "3 +", "3 b", "2 m",
        "t",
    ],
)  # fmt: skip
async def test_whatever_is_shown_bears_any_size(world: Scenario, keys: str) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "baclofen" in shown(pilot), "Today is shown")
        if keys:
            await pilot.press(*keys.split())
            await pilot.pause()
        before = await drawn(pilot)
        for columns, lines in (*SMALL, *WIDE):
            await pilot.resize_terminal(columns, lines)
            await pilot.pause()
            assert app.is_running
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: shown(pilot) == before, "everything is shown again")


def test_a_pane_of_one_column_ends_nothing_and_shows_it_all_again(
    world: Scenario, home: Path, terminal: Callable[..., Terminal]
) -> None:
    window = terminal([*PROGRAM, "--data", str(world.folder)], at="2023-11-30 08:02", size=(100, 30))
    window.wait_for_text("[ Space: taken now ]")
    for columns, lines in ((4, 30), (3, 30), (2, 2), (1, 1), (1, 30)):
        window.resize(columns, lines)
    wait_for(lambda: not window.screen().strip(), what="nothing to be drawn")
    window.resize(4, 30)
    window.resize(100, 30)
    window.wait_for_text("[ Space: taken now ]", "evening   18:00")
    window.press("q")
    assert window.exit_status() == 0
