"""Keys that come in one write end nothing: each dialog answers once, and waits until it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from splitdose.tui.screens.base import MainScreen
from support.app import three_a_day
from support.pilot import until

BURSTS = [
    ("d", "x", "x"), ("d", "s", "s"), ("d", "t", "t"), ("n", "n"), ("D", "q"), ("D", "enter", "enter"),
    ("question_mark", "q", "escape"), ("s", "enter", "enter"),
    ("R", "escape", "escape"), ("E", "escape", "escape"), ("exclamation_mark", "q", "escape"),
    ("c", "escape", "escape"), ("e", "escape", "escape"), ("2", "m", "enter", "enter"), ("2", "g", "escape", "escape"),
    ("ctrl+p", "pageup"), ("ctrl+p", "pagedown", "enter"), ("ctrl+p", "down", "escape"), ("3", "m", "pagedown"),
    ("3", "v", "q"), ("3", "h", "escape", "escape"),
]  # fmt: skip


@pytest.mark.parametrize("burst", BURSTS, ids=" ".join)
async def test_the_app_outlives_a_burst_of_keys(tmp_path: Path, burst: tuple[str, ...]) -> None:
    app = three_a_day(tmp_path / "data", "2023-11-30 08:04").app()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        for key in burst:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        for _ in range(4):
            await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "a main screen is on top again")
        await pilot.press("1")
        assert app.is_running
