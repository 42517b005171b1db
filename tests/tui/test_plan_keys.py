"""The keys of the Plan screen, its dialogs, the editors and the guide: each has an id, and each is named as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot

from splitdose.tui.commands import COMMANDS, Command
from splitdose.tui.dialogs.pick import Names, Picker
from splitdose.tui.dialogs.plan_change import ChangeScreen
from splitdose.tui.dialogs.versions import VersionsScreen
from splitdose.tui.editors.fields import Editor
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.screens.welcome import WelcomeScreen
from splitdose.tui.widgets.choice import Choice
from splitdose.tui.widgets.step_list import StepList
from support.app import Scenario, SettableClock, at, three_a_day
from support.pilot import says, sees, shown, types, until

PLACES: dict[str, type[DOMNode]] = {
    "plan": PlanScreen, "change": ChangeScreen, "versions": VersionsScreen, "pick": Picker, "editor": Editor,
    "choice": Choice, "guide": GuideScreen, "welcome": WelcomeScreen,
}  # fmt: skip


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.place in PLACES], ids=lambda command: command.id)
def test_every_command_has_its_action(command: Command) -> None:
    place = PLACES[command.place]
    assert hasattr(place, f"action_{command.action.partition('(')[0]}")
    assert command.id in {binding.id for binding in place.BINDINGS if isinstance(binding, Binding)}


@pytest.mark.parametrize("place", [*PLACES.values(), StepList, Names], ids=lambda place: place.__name__)
def test_every_key_belongs_to_a_command(place: type[DOMNode]) -> None:
    known = {command.id for command in COMMANDS}
    own = vars(place).get("BINDINGS", [])
    assert all(isinstance(binding, Binding) and binding.id in known for binding in own)


def test_no_two_commands_share_an_id() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    world = three_a_day(tmp_path / "data")
    world.clock.set("2023-11-30 13:58")
    return world


async def plan_shown(pilot: Pilot[Any], key: str = "3") -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
    await sees(pilot, "step 8 of 12")


async def test_a_change_is_applied_by_the_key_that_its_dialog_names(world: Scenario) -> None:
    keys = {"change.apply": "a", "change.cancel": "x", "plan.hold": "ctrl+o", "plan.undo": "Z", "editor.save": "ctrl+g"}
    async with world.app(keys=keys).run_test(size=(100, 30)) as pilot:
        await plan_shown(pilot)
        await pilot.press("ctrl+o", "enter")
        await sees(pilot, "a apply   x cancel")
        await pilot.press("y", "n", "escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ChangeScreen)
        await pilot.press("a")
        await sees(pilot, "done: held 1 more day · Z undoes it")
        await pilot.press("Z")
        await sees(pilot, "Undo version 2")
        await pilot.press("a")
        await sees(pilot, "undone: held 1 more day")


async def test_an_editor_and_the_lists_name_the_keys_that_the_person_has_given(world: Scenario) -> None:
    keys = {
        "editor.save": "S,ctrl+s", "editor.cancel": "x,escape", "versions.close": "o", "pick.cancel": "c,escape",
        "plan.products": "B", "plan.versions": "V",
    }  # fmt: skip
    async with world.app(keys=keys).run_test(size=(100, 30)) as pilot:
        await plan_shown(pilot)
        await pilot.press("e")
        await sees(pilot, "Enter next   S what changes   x cancel")
        await pilot.press("escape")
        await plan_shown(pilot)
        await pilot.press("B")
        await sees(pilot, "Enter choose   c cancel")
        await pilot.press("c")
        await plan_shown(pilot)
        await pilot.press("V")
        await sees(pilot, "o close")
        await pilot.press("o")
        await plan_shown(pilot)


async def test_what_is_said_of_another_screen_names_the_key_that_shows_it(world: Scenario) -> None:
    world.clock.set("2023-12-03 09:00")
    keys = {"screen.plan": "P", "screen.today": "T", "screen.week": "W"}
    async with world.app(keys=keys).run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen: review: day 5 of 4 · P shows the plan")
        await plan_shown(pilot, "P")
        await pilot.press("s")
        await says(pilot, "doses are recorded on Today (T) and in the week (W)")


async def test_the_welcome_screen_and_the_guide_name_the_keys_that_the_person_has_given(tmp_path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2023-11-30 13:58")))
    keys = {"welcome.guide": "w", "welcome.import": "I", "quit": "Q", "guide.test": "T", "editor.cancel": "escape"}
    async with world.app(keys=keys).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the welcome screen is shown")
        await sees(pilot, "w  set up a medicine", "I  import a plan file", "Q  quit")
        await pilot.press("w")
        await sees(pilot, "Before you begin", "Enter read it")
        await pilot.press("enter")
        await types(pilot, "baclofen")
        for title in ("Times of day", "What you take today"):
            await pilot.press("ctrl+s")
            await sees(pilot, title)
        await types(pilot, "1 - 1 - 1")
        for title in ("Later steps", "Reminders"):
            await pilot.press("ctrl+s")
            await sees(pilot, title)
        assert "T test" in shown(pilot)
