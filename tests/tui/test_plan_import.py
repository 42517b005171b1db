"""Importing a plan file: the first one is shown before it is done in the same way as every later one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from splitdose.tui.dialogs.plan_change import ChangeScreen
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.screens.welcome import WelcomeScreen
from support.app import Scenario, SettableClock, at, three_a_day
from support.pilot import types, until

FILE = """
[slots]
morning = "08:00"
evening = "18:00"

[[medicine]]
name = "gabapentin"
advance = "ask"

  [[medicine.product]]
  name = "300 mg capsule"
  strength = "300 mg"
  form = "capsule"

  [[medicine.step]]
  hold = 7
  morning = "1 x 300 mg capsule"
  evening = "1 x 300 mg capsule"
  total = "900 mg"

  [[medicine.step]]
  evening = "1 x 300 mg capsule"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "gabapentin.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


async def shown_for(pilot: Pilot[Any], path: Path, screen: type[PlanScreen] | type[WelcomeScreen]) -> str:
    """Ask for the import of a file on a screen; gives the words that are shown before it is done."""
    await until(pilot, lambda: isinstance(pilot.app.screen, screen), f"{screen.__name__} is shown")
    await pilot.press("i")
    await types(pilot, str(path))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
    return str(pilot.app.screen.query_one("#change-words", Static).content)


def names(world: Scenario) -> list[str]:
    return [medicine.name for medicine in world.session().reader.plan().medicines]


@pytest.mark.parametrize("size", [(100, 30), (36, 10)])
async def test_the_first_import_shows_what_a_later_one_of_the_same_file_shows(
    tmp_path: Path, path: Path, size: tuple[int, int]
) -> None:
    empty = Scenario(tmp_path / "empty", SettableClock(at("2023-11-30 13:58")))
    kept = three_a_day(tmp_path / "kept", "2023-11-30 13:58")

    async with empty.app().run_test(size=size) as pilot:
        first = await shown_for(pilot, path, WelcomeScreen)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "nothing was done")
        assert names(empty) == []
        assert await shown_for(pilot, path, WelcomeScreen) == first
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, TodayScreen), "Today is shown")
    assert names(empty) == ["gabapentin"]

    async with kept.app().run_test(size=size) as pilot:
        await pilot.press("3")
        later = await shown_for(pilot, path, PlanScreen)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
    assert names(kept) == ["baclofen", "diazepam", "gabapentin"]

    assert later == first
    assert "Import gabapentin.toml?" in first
    assert "2 steps, steps begin when you say so" in first
    assert "found: " in first
    assert "900 mg" in first


async def test_a_first_file_that_cannot_be_read_leads_back_to_another_one(tmp_path: Path, path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2023-11-30 13:58")))
    bad = tmp_path / "bad.toml"
    bad.write_text("[[medicine]]\nname = 5\n", encoding="utf-8")
    async with world.app().run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the welcome screen is shown")
        await pilot.press("i")
        await types(pilot, str(bad))
        await pilot.press("enter")
        await until(pilot, lambda: "Choose another file?" in _texts(pilot), "it is said what is wrong")
        assert "bad.toml, line 2" in _texts(pilot)
        await pilot.press("y")
        await types(pilot, str(path))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, TodayScreen), "Today is shown")
    assert names(world) == ["gabapentin"]


def _texts(pilot: Pilot[Any]) -> str:
    return "\n".join(str(text.content) for text in pilot.app.screen.query(Static))
