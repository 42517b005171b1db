"""Amounts on the screens: at no width is one cut, told in another unit than its medicine's, or run into a figure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from misread import PER_MEDICINE, misread
from splitdose.tui import recording
from splitdose.tui.flow import start
from support.app import PLANS, Scenario, SettableClock, at
from support.pilot import sees, shown, types, until

SIZES = [(36, 10), (60, 20), (100, 30)]


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """A medicine of every unit, two days of it recorded but for one dose."""
    world = Scenario(tmp_path, SettableClock(at("2024-01-01 06:00")))
    world.plan((PLANS / "every-unit.toml").read_text(encoding="utf-8"))
    session = world.session("set-up")
    for wall in ("2024-01-01 08:04", "2024-01-01 20:05", "2024-01-02 08:04", "2024-01-02 20:05"):
        world.clock.set(wall)
        for dose in session.reader.open_doses():
            if dose.medicine != "fentanyl":
                session.record.take(dose.key)
    world.clock.set("2024-01-03 09:05")
    return world


async def rests(pilot: Pilot[Any]) -> str:
    """What is on the screen once what was asked for is drawn."""
    await pilot.pause()
    return shown(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_no_screen_shows_what_could_be_misread(world: Scenario, size: tuple[int, int]) -> None:
    async with world.app().run_test(size=size) as pilot:
        await pilot.pause()
        for keys, steps in (("1", ["down"] * 4), ("2", ["down"] * 6), ("3", ["right"] * 12), ("4", ["m"] * 12)):
            await pilot.press(keys)
            for step in ["", *steps]:
                if step:
                    await pilot.press(step)
                found = await rests(pilot)
                assert misread(found) == [], (size, keys, found)


@pytest.mark.parametrize("size", SIZES)
async def test_no_dialog_shows_what_could_be_misread(world: Scenario, size: tuple[int, int]) -> None:
    async with world.app().run_test(size=size) as pilot:
        await pilot.pause()
        for keys in ("d", "t", "exclamation_mark", "D", "2 m", "2 d"):
            await pilot.press(*keys.split())
            assert misread(await rests(pilot)) == [], (size, keys, shown(pilot))
            await pilot.press("escape")
            await rests(pilot)


async def test_a_week_of_a_liquid_that_has_no_round_milligrams_is_told_in_ml(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("2", *["down"] * 16)
        await sees(pilot, "299 mL")
        found = await rests(pilot)
        cells = [line for line in found.splitlines() if "299 mL" in line]
        # Each day in mL, so that days can be compared.
        assert re.findall(r"[0-9.]+ m[Lg]", cells[0]) == ["299 mL"] * 4 + ["297 mL"] * 3


async def test_the_neighbouring_steps_of_a_liquid_are_told_apart(world: Scenario) -> None:
    text = (PLANS / "every-unit.toml").read_text(encoding="utf-8")
    steps = "".join(f'  [[medicine.step]]\n  hold = 1\n  evening = "{n} mL"\n' for n in range(299, 280, -1))
    world.plan(
        text.partition("[[medicine]]")[0]
        + '[[medicine]]\nname = "water"\n[[medicine.product]]\nname = "mix"\nstrength = "2 mg/300 mL"\n'
        + 'form = "suspension"\n'
        + steps.replace("hold = 1", "start = 2024-01-03\n  hold = 1", 1)
    )
    for size in SIZES:
        async with world.app().run_test(size=size) as pilot:
            await pilot.press("3")
            await pilot.press("left")
            await sees(pilot, "299 mL")
            rows = [line for line in (await rests(pilot)).splitlines() if re.match(r" *[>▸]? *[0-9]+  .*mL", line)]
            rows = [line for line in rows if "×" not in line]
            assert len(rows) > 2
            assert [re.findall(r"[0-9]+ mL", row)[0] for row in rows] == [
                f"{n} mL" for n in range(299, 299 - len(rows), -1)
            ]


async def test_the_form_takes_units_and_says_them_back(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        dose = next(d for d in app.session.reader.open_doses() if d.medicine == "levothyroxine")
        start(app.screen, recording.ask_time(app, dose))
        await sees(pilot, "as planned, 44 mcg")
        await pilot.press("escape")
        start(app.screen, recording.ask_extra(app, "insulin", app.session.reader.today()))
        await sees(pilot, "outside the plan")
        await pilot.press("tab")
        for typed, said in (("10", "10 units × pen = 0.1 mL"), ("0.12 mL", "12 units × pen = 0.12 mL"),
                            ("4 IU", "4 units × pen = 0.04 mL")):  # fmt: skip
            await types(pilot, typed)
            await sees(pilot, said)


async def test_a_product_keeps_what_one_of_it_is_called(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("3")
        while "venlafaxine" not in (app.screen.shown().name if app.screen.shown() else ""):  # type: ignore[attr-defined]
            await pilot.press("right")
            await pilot.pause()
        await pilot.press("b", "enter")
        await sees(pilot, "one is a")
        await until(pilot, lambda: "bead" in shown(pilot), "the word stands in its field")
        field = app.screen.query_one("#in-maker")
        field.focus()
        await pilot.press(*"Acme", "ctrl+s")
        await sees(pilot, "maker none becomes Acme")
        assert "one of it" not in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.session.reader.plan().by_name["venlafaxine"].latest.products[0].maker == "Acme")
        kept = app.session.reader.plan().by_name["venlafaxine"].latest.products[0]
        assert (kept.called, kept.unit) == ("bead", "bead")


def test_the_plan_has_a_medicine_of_every_unit(world: Scenario) -> None:
    plan = world.session().reader.plan()
    assert {m.name: m.unit for m in plan.medicines} == PER_MEDICINE
