"""A plan that two devices changed is told on Today, and settled among its versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from splitdose.tui.dialogs.versions import VersionsScreen
from splitdose.tui.screens.plan import PlanScreen
from support.app import Scenario, three_a_day
from support.pilot import sees, shown, until


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """The desk has held the step, and the laptop begun the next one; its plan lies beside the desk's as a copy."""
    desk = three_a_day(tmp_path / "desk")
    shutil.copytree(tmp_path / "desk", tmp_path / "laptop")
    laptop = Scenario(tmp_path / "laptop", desk.clock)
    for world, minute in ((desk, 50), (laptop, 55)):
        world.clock.set(f"2023-11-30 13:{minute}")
        plans = world.session().plans
        plans.apply(plans.hold("baclofen") if world is desk else plans.next("baclofen"), allow={"replaces"})
    shutil.copy(tmp_path / "laptop" / "plan.jsonl", tmp_path / "desk" / "plan (conflicted copy).jsonl")
    desk.clock.set("2023-11-30 13:58")
    return desk


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((200, 30), "version 3 (step 9 begun, Thu 30 Nov 13:55) rules, version 2 (held 1 more day, Thu 30 Nov 13:50)"),
        ((100, 30), "two devices changed the plan of baclofen: version 3 rules, 2 is beside it · 3 then v to choose"),
        ((60, 20), "3 then v: two devices changed the plan of baclofen"),
        ((36, 10), "3 then v: two devices changed"),
    ],
)  # fmt: skip
async def test_today_says_so_at_every_width(world: Scenario, size: tuple[int, int], words: str) -> None:
    async with world.app().run_test(size=size) as pilot:
        await sees(pilot, words)


async def test_what_rules_is_kept_from_the_list_of_versions_and_nothing_asks_again(world: Scenario) -> None:
    async with world.app(keys={"versions.keep": "B"}).run_test(size=(100, 30)) as pilot:
        await sees(pilot, "two devices")
        await pilot.press("3", "v")
        await sees(pilot, "B keep what rules", "made beside the one that rules", "was changed on two devices")
        await pilot.press("B")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
        await sees(pilot, "done: version 3 of the plan of baclofen is kept")
        await pilot.press("1")
        await sees(pilot, "baclofen 0 of")
        assert "two devices" not in shown(pilot)
    found = world.session().reader.plan().by_name["baclofen"]
    assert (found.beside, [version.number for version in found.versions]) == ((), [1, 2, 3])


async def test_undoing_the_newest_lets_the_other_rule(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3", "v")
        await sees(pilot, "K keep what rules")
        await pilot.press("U")
        await sees(pilot, "Version 2 is in force again")
        await pilot.press("y")
        await sees(pilot, "undone: step 9 begun")
    assert world.session().reader.plan().by_name["baclofen"].beside == ()


async def test_where_one_device_changed_the_plan_there_is_nothing_to_keep(tmp_path: Path) -> None:
    async with three_a_day(tmp_path / "data").app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3", "v")
        await sees(pilot, "versions of the plan of baclofen")
        assert "keep what rules" not in shown(pilot)
        await pilot.press("K")
        await pilot.pause()
        assert isinstance(pilot.app.screen, VersionsScreen)


async def test_what_came_in_between_is_not_settled_unseen(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3", "v")
        await sees(pilot, "K keep what rules")
        plans = world.session().plans
        plans.apply(plans.hold("baclofen"), allow={"replaces"})
        await pilot.press("K")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
        await pilot.pause()
    assert len(world.session().reader.plan().by_name["baclofen"].beside) == 1
