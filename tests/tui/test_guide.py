"""The guide: from an empty folder to a dose to check off, by keyboard or mouse, with nothing lost unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from splitdose.core.plan import Medicine
from splitdose.store import NotSaved
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.screens.welcome import StartOption, WelcomeScreen
from splitdose.tui.widgets.choice import Choice
from support.app import Scenario, SettableClock, at, three_a_day
from support.pilot import goes_to, sees, shown, types, until

DAY = date(2023, 11, 30)


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return Scenario(tmp_path / "data", SettableClock(at("2023-11-30 12:58")))


def only(world: Scenario) -> Medicine:
    (medicine,) = world.session().reader.plan().medicines
    return medicine


def doses(world: Scenario, day: date = DAY) -> list[tuple[str, str]]:
    return [(d.slot.name, str(d.mg)) for d in world.session().reader.day(day).doses]


def guide(pilot: Pilot[Any]) -> GuideScreen:
    screen = pilot.app.screen
    assert isinstance(screen, GuideScreen)
    return screen


async def page(pilot: Pilot[Any], title: str) -> GuideScreen:
    """Wait for a page of the guide."""
    await sees(pilot, title)
    await until(pilot, lambda: isinstance(pilot.app.screen, GuideScreen), "the guide is shown")
    return guide(pilot)


async def begun(pilot: Pilot[Any]) -> None:
    """From the welcome screen to the first page that asks."""
    await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the welcome screen is shown")
    await pilot.press("g")
    await page(pilot, "Before you begin")
    await pilot.press("enter")
    await page(pilot, "The medicine")


async def to_doses(pilot: Pilot[Any], name: str = "baclofen", strength: str = "20 mg") -> GuideScreen:
    """Name and label typed, the usual times kept."""
    await begun(pilot)
    await types(pilot, name)
    await pilot.press("enter")
    await types(pilot, strength)
    await pilot.press("ctrl+s")
    await page(pilot, "Times of day")
    await pilot.press("ctrl+s")
    return await page(pilot, "What you take today")


async def to_reminders(pilot: Pilot[Any], split: str = "1/4 - 1/4 - 1/2") -> GuideScreen:
    await to_doses(pilot)
    await types(pilot, split)
    await pilot.press("ctrl+s")
    await page(pilot, "Later steps")
    await pilot.press("ctrl+s")
    return await page(pilot, "Reminders")


async def ended(pilot: Pilot[Any]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, TodayScreen), "Today is shown")


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_by_enter_alone_from_nothing_to_a_dose_that_is_checked_off(
    world: Scenario, size: tuple[int, int]
) -> None:
    async with world.app().run_test(size=size) as pilot:
        await begun(pilot)
        # Every key at once, as a fast typist's: each text must land in its own field.
        await pilot.press(*"baclofen", "enter", *"20 mg", "enter", "enter", *"1/4", "enter", "enter",
                          *"2-6 h", "enter")  # fmt: skip
        await page(pilot, "Times of day")
        await pilot.press(*["enter"] * 6)
        await page(pilot, "What you take today")
        await pilot.press(*"1/4 - 1/4 - 1/2", *["enter"] * 5)
        await page(pilot, "Later steps")
        await pilot.press("enter", "enter")
        await page(pilot, "Reminders")
        await ended(pilot)
        await sees(pilot, "13:00", "baclofen", "5 mg")
    medicine = only(world)
    product = medicine.latest.products[0]
    assert (medicine.name, product.name, str(product.smallest)) == ("baclofen", "20 mg tablet", "1/4")
    assert medicine.latest.half_life == (Fraction(2), Fraction(6))
    assert doses(world) == [("afternoon", "5"), ("evening", "10")]
    assert doses(world, date(2023, 12, 1)) == [("morning", "5"), ("afternoon", "5"), ("evening", "10")]
    assert medicine.latest.advance == "ask"


async def test_the_notice_comes_first_and_every_word_of_it_can_be_read(world: Scenario) -> None:
    async with world.app().run_test(size=(36, 10)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the welcome screen is shown")
        await pilot.press("g")
        await page(pilot, "Before you begin")
        await sees(pilot, "Splitdose keeps a record")
        await pilot.press("pagedown", "pagedown")
        await sees(pilot, "emergency", "number.")
        await pilot.press("pageup", "pageup", "pageup")
        await sees(pilot, "Splitdose keeps a record")


async def test_amounts_are_said_back_and_drawn(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 24)) as pilot:
        await to_doses(pilot)
        await types(pilot, "1/4-1/4-1/2")
        await sees(pilot, "can be read two ways", "^y writes 1/4 - 1/4 - 1/2")
        assert "▓" not in shown(pilot)
        await pilot.press("ctrl+y")
        await sees(pilot, "¼ × 20 mg tablet = 5 mg", "½ × 20 mg tablet = 10 mg", "day total 20 mg", "▓▓▓")


async def test_later_steps_with_their_holds_on_their_dates(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await to_doses(pilot)
        await types(pilot, "1/4 - 1/4 - 1/2")
        await pilot.press("ctrl+s")
        screen = await page(pilot, "Later steps")
        await pilot.press("tab")
        await types(pilot, "1/4 - 1/4 - 1/4")
        await sees(pilot, "15 mg · −5 mg, −25 %", "a step follows; type days at least")
        await pilot.press("enter")
        await types(pilot, "4")
        await pilot.press("enter")
        await types(pilot, "0 - 0 - 1/4")
        await sees(pilot, "5 mg · −10 mg, −66.7 %")
        await goes_to(pilot, screen.field("hold").control)
        await types(pilot, "5")
        await goes_to(pilot, screen.field("advance").control)
        await pilot.press("right", "ctrl+s")
        await page(pilot, "Reminders")
        await sees(pilot, "step 3: 5 mg", "steps begin on their dates")
        await ended(pilot)
    latest = only(world).latest
    assert latest.advance == "on date"
    assert [(str(s.mg_per_day), s.hold) for s in latest.steps] == [("20", 5), ("15", 4), ("5", None)]
    assert [s.begins.date for s in latest.steps if s.begins] == [DAY, date(2023, 12, 5), date(2023, 12, 9)]


async def test_times_can_be_changed_and_a_medicine_can_be_as_needed(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await begun(pilot)
        await types(pilot, "ibuprofen")
        await pilot.press("ctrl+s")
        screen = await page(pilot, "Times of day")
        await goes_to(pilot, screen.field("slot1").control)
        await types(pilot, "noon")
        await sees(pilot, '"noon" is not a name and a time')
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert screen.page.name == "times"
        await types(pilot, "noon 12:00")
        await goes_to(pilot, screen.query_one(Choice))
        await pilot.press("right")
        await sees(pilot, "no times, no reminders")
        await pilot.press("ctrl+s")
        await page(pilot, "Reminders")
        await sees(pilot, "taken as needed")
        await ended(pilot)
    assert only(world).latest.advance == "as needed"


async def test_the_first_dose_can_be_tomorrow_s(world: Scenario) -> None:
    world.clock.set("2023-11-30 22:10")
    async with world.app().run_test(size=(60, 20)) as pilot:
        screen = await to_doses(pilot)
        assert screen.field("from").value == "tomorrow"
        await types(pilot, "1 - 1 - 1")
        await pilot.press("ctrl+s")
        await page(pilot, "Later steps")
        await pilot.press("ctrl+s")
        await page(pilot, "Reminders")
        await ended(pilot)
        await sees(pilot, "baclofen", "20 mg")
    assert doses(world) == []
    world.clock.set("2023-12-01 09:00")
    assert doses(world, date(2023, 12, 1)) == [("morning", "20"), ("afternoon", "20"), ("evening", "20")]


async def test_what_is_missing_is_told_and_the_page_stays(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await begun(pilot)
        await pilot.press("ctrl+s")
        await sees(pilot, "the medicine needs a name")
        await types(pilot, "x")
        await pilot.press("tab")
        await types(pilot, "5 mg/325 mg/2")
        await sees(pilot, "is not a strength")
        await types(pilot, "")
        await pilot.press("ctrl+s")
        await page(pilot, "Times of day")
        await pilot.press("ctrl+s")
        await page(pilot, "What you take today")
        await pilot.press("ctrl+s")
        await sees(pilot, "no amount yet")
        await types(pilot, "1 - 0 - 0")
        await sees(pilot, "day total 1 tablet")


async def test_escape_goes_back_page_by_page_and_asks_before_it_leaves(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        screen = await to_doses(pilot)
        await types(pilot, "1/4 - 1/4 - 1/2")
        for title in ("Times of day", "The medicine"):
            await pilot.press("escape")
            await page(pilot, title)
        assert screen.field("medicine").value == "baclofen"
        await pilot.press("ctrl+s")
        await page(pilot, "Times of day")
        await pilot.press("ctrl+s")
        await page(pilot, "What you take today")
        assert screen.field("split").value == "1/4 - 1/4 - 1/2"
        await pilot.press("escape")
        await page(pilot, "Times of day")
        await pilot.press("escape")
        await page(pilot, "The medicine")
        await pilot.press("escape")
        await page(pilot, "Before you begin")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "it asks")
        await pilot.press("n")
        await page(pilot, "Before you begin")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "it asks")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the guide is left")
    assert not world.session().reader.plan().medicines


async def test_with_nothing_typed_escape_just_leaves(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await begun(pilot)
        await pilot.press("escape")
        await page(pilot, "Before you begin")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the guide is left")


async def test_by_mouse(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen), "the welcome screen is shown")
        await pilot.click(next(iter(pilot.app.screen.query(StartOption))))
        await page(pilot, "Before you begin")
        await pilot.click("GuideScreen KeyLine", offset=(2, 0))
        screen = await page(pilot, "The medicine")
        await pilot.click("#in-medicine")
        await types(pilot, "drops")
        await pilot.click("#in-scored", offset=(14, 0))
        assert screen.field("scored").value == "no"
        await pilot.click("GuideScreen KeyLine", offset=(14, 0))
        await page(pilot, "Times of day")


async def test_a_reminder_is_tested_and_what_answered_is_said(world: Scenario, desktop: Any, monkeypatch: Any) -> None:
    for name, value in desktop.environ.items():
        monkeypatch.setenv(name, value)
    async with world.app(desktop=True).run_test(size=(60, 20)) as pilot:
        await to_reminders(pilot)
        await pilot.press("t")
        await sees(pilot, "terminal: the bell was rung", "the notice arrived")


async def test_a_reminder_that_cannot_be_given_says_why(world: Scenario) -> None:
    async with world.app(desktop=True).run_test(size=(60, 20)) as pilot:
        await to_reminders(pilot)
        await pilot.press("t")
        await sees(pilot, "desktop: no notice, no desktop session found")


async def test_names_are_shown_as_typed(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await to_doses(pilot, name="[bold]x[/]")
        await types(pilot, "1 - 1 - 1")
        await pilot.press("ctrl+s")
        await page(pilot, "Later steps")
        await pilot.press("ctrl+s")
        await page(pilot, "Reminders")
        await sees(pilot, "[bold]x[/]")
        await ended(pilot)
    assert only(world).name == "[bold]x[/]"


async def test_what_cannot_be_saved_is_said_and_tried_again(world: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    app: SplitdoseApp = world.app()
    real, full = app.session.plans.apply, [True]

    def apply(*args: Any, **options: Any) -> None:
        if full[0]:
            raise NotSaved("the disk is full", "free some space")
        real(*args, **options)

    monkeypatch.setattr(app.session.plans, "apply", apply)
    async with app.run_test(size=(60, 20)) as pilot:
        await to_reminders(pilot)
        await pilot.press("enter")
        await sees(pilot, "NOT SAVED: the disk is full")
        assert not world.session().reader.plan().medicines
        full[0] = False
        await ended(pilot)
    assert only(world).name == "baclofen"


async def test_a_further_medicine_from_the_plan_has_the_times_of_the_first(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data")
    async with world.app().run_test(size=(60, 20)) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
        await pilot.press("+")
        await page(pilot, "The medicine   1 of 5")
        await types(pilot, "BACLOFEN")
        await sees(pilot, '"baclofen" has a plan already')
        await types(pilot, "folic acid")
        await pilot.press("tab")
        await types(pilot, "5 mg")
        await pilot.press("ctrl+s")
        screen = await page(pilot, "Times of day")
        assert screen.field("slot0").value == "morning 08:00"
        await pilot.press("ctrl+s")
        await page(pilot, "What you take today")
        await types(pilot, "1 - 0 - 0")
        await pilot.press("ctrl+s")
        await page(pilot, "Later steps")
        await pilot.press("ctrl+s")
        await page(pilot, "Reminders")
        await ended(pilot)
    names = [medicine.name for medicine in world.session().reader.plan().medicines]
    assert names == ["baclofen", "diazepam", "folic acid"]


def test_picture_of_the_guide(world: Scenario, snap_compare: Callable[..., bool]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await to_doses(pilot)
        for field in screen.query(Input):
            field.cursor_blink = False
        await types(pilot, "1/4 - 1/4 - 1/2")
        await sees(pilot, "day total 20 mg", "▓▓▓")

    assert snap_compare(world.app(), terminal_size=(60, 20), run_before=before)
