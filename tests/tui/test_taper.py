"""The whole taper lived through from its first two steps, the plan moved on the screen and in the shell by turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from session.scenario import STARTS, Person, at, first_steps
from splitdose.core.clock import DAY
from splitdose.core.plan import DoseKey, days
from splitdose.planwrite import draft_text
from splitdose.settings import Settings
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.dialogs.plan_change import ChangeScreen
from splitdose.tui.editors.plan import ProductEditor, StepEditor
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.terminal import key_times
from support.pilot import goes_to, sees, types, until

AHEAD = (  # split and hold of the steps that the person types on the screen, from the third on
    ("3/4 - 3/4 - 3/4", "5"), ("3/4 - 1/2 - 3/4", "5"), ("1/2 - 1/2 - 3/4", "4"), ("1/2 - 1/2 - 1/2", "5"),
    ("1/4 - 1/2 - 1/2", "5"), ("1/4 - 1/4 - 1/2", "4"),
)  # fmt: skip
SMALL = (("1 - 1 - 1", "3"), ("1 - 0 - 1", "2"), ("0 - 0 - 1", "1"))
BY_SCREEN = {"11-05", "11-10", "11-19", "11-29", "12-06"}
BY_SHELL = {"10-31", "11-15", "11-24", "12-03", "12-08"}


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The monotonic clock by which a key held down is told from one pressed, turned by the test."""
    now = [1000.0]
    monkeypatch.setattr(key_times, "moment", lambda: now[0])
    monkeypatch.setattr(key_times, "arrived", lambda event: now[0])

    def passed(by: float) -> None:
        now[0] += by

    return passed


class OnScreen:
    """A person with a screen, whose past is looked at around everything that is done to the plan there."""

    def __init__(self, person: Person, seconds: Callable[[float], None]) -> None:
        self.person = person
        self.seconds = seconds
        self.changes = 0

    @asynccontextmanager
    async def screen(self) -> AsyncIterator[Pilot[Any]]:
        """The app, opened anew."""
        app = SplitdoseApp(self.person.window("app"), Settings(desktop=False))
        async with app.run_test(size=(100, 30)) as pilot:
            yield pilot

    @asynccontextmanager
    async def plan(self) -> AsyncIterator[Pilot[Any]]:
        """The Plan screen, around whatever is changed there: every closed dose stays what it was."""
        before = self.person.closed()
        async with self.screen() as pilot:
            await pilot.press("3")
            await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
            await sees(pilot, "step ")
            yield pilot
        assert self.person.closed() == before
        self.person.in_order()
        self.person.reads_the_same()
        self.changes += 1

    async def take(self) -> None:
        """Record the dose named on Today with one key."""
        count = len(self.person.session.reader.log([self.person.today]).intakes)
        async with self.screen() as pilot:
            await sees(pilot, "u undo")
            self.seconds(5)
            await pilot.press("space")
            await until(
                pilot, lambda: len(self.person.session.reader.log([self.person.today]).intakes) == count + 1, "recorded"
            )


async def agreed(pilot: Pilot[Any]) -> None:
    """Say yes to what is shown."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
    await pilot.press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")


async def add_step(pilot: Pilot[Any], split: str, hold: str) -> None:
    """Type one more step at the end of the plan."""
    await pilot.press(*["j"] * 14, "a")
    await until(pilot, lambda: isinstance(pilot.app.screen, StepEditor), "the editor is shown")
    editor = pilot.app.screen
    assert isinstance(editor, StepEditor)
    await goes_to(pilot, editor.field("split").control)
    await types(pilot, split)
    await goes_to(pilot, editor.field("hold").control)
    await types(pilot, hold)
    await pilot.press("ctrl+s")
    await agreed(pilot)


async def add_product(pilot: Pilot[Any]) -> None:
    """Tablets of another strength, typed as they are labelled."""
    await pilot.press("b")
    await sees(pilot, "add a product")
    await pilot.press("down", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ProductEditor), "the product is asked for")
    editor = pilot.app.screen
    assert isinstance(editor, ProductEditor)
    await goes_to(pilot, editor.field("strength").control)
    await types(pilot, "5 mg")
    await pilot.press("ctrl+s")
    await agreed(pilot)


async def test_the_taper_lived_through_on_the_screen_and_in_the_shell(
    tmp_path: Path, seconds: Callable[[float], None]
) -> None:
    person = Person(tmp_path / "data", at("2023-10-26 06:30"))
    file = tmp_path / "plan.toml"
    file.write_text(draft_text(first_steps(2)))
    person.shell("plan", "import", str(file))
    on_screen = OnScreen(person, seconds)
    for day in days(date(2023, 10, 26), date(2023, 12, 12)):
        short = f"{day:%m-%d}"
        person.clock(f"{day} 07:00")
        if short in BY_SHELL:
            assert "step" in person.moves("next", "baclofen")
        elif short in BY_SCREEN:
            async with on_screen.plan() as pilot:
                await pilot.press(">", "enter")
                await agreed(pilot)
        elif short == "11-09":  # one step back; two days later forward again
            async with on_screen.plan() as pilot:
                await pilot.press("<", "enter", "enter")
                await agreed(pilot)
        elif short == "12-09":
            async with on_screen.plan() as pilot:
                await pilot.press("0", "enter")
                await agreed(pilot)
                await sees(pilot, "no doses since Sat 9 Dec, today")
        person.clock(f"{day} 08:04")
        if short in BY_SCREEN:
            await on_screen.take()
        elif short != "11-12":
            take(person, day, "morning")
        person.clock(f"{day} 12:30")
        if short == "10-30":
            async with on_screen.plan() as pilot:
                await pilot.press("h", "enter")
                await agreed(pilot)
                await sees(pilot, "day 5 of 6")
                await pilot.press("U")
                await agreed(pilot)
                await sees(pilot, "day 5 of 5")
        elif short == "11-01":  # what comes next is decided, and typed
            async with on_screen.plan() as pilot:
                for split, hold in AHEAD:
                    await add_step(pilot, split, hold)
        elif short == "11-08":  # early, and in the middle of the day
            async with on_screen.plan() as pilot:
                await pilot.press(">")
                await types(pilot, "today afternoon")
                await pilot.press("enter")
                await agreed(pilot)
        elif short == "11-13":
            person.moves("hold", "baclofen", "--days", "2")
        elif short == "12-02":  # tablets of another maker
            async with on_screen.plan() as pilot:
                await add_product(pilot)
                await pilot.press(*["j"] * 14, "a")
                await until(pilot, lambda p=pilot: isinstance(p.app.screen, StepEditor), "the editor is shown")  # type: ignore[misc]
                editor = pilot.app.screen
                assert isinstance(editor, StepEditor)
                await goes_to(pilot, editor.field("product").control)
                await pilot.press("right", "escape", "y")
                await until(pilot, lambda p=pilot: isinstance(p.app.screen, PlanScreen), "it was left")  # type: ignore[misc]
                await add_step(pilot, f"{SMALL[0][0]} x 5 mg tablet", SMALL[0][1])
                for split, hold in SMALL[1:]:
                    await add_step(pilot, split, hold)
        elif short == "11-20":
            person.shell("take", "baclofen", "evening", "--date", "2023-11-18", "--at", "18:10", "--about")
        person.clock(f"{day} 13:10")
        if short == "11-21":
            person.shell("skip", "baclofen", "afternoon", "--reason", "asleep")
        else:
            take(person, day, "afternoon")
        if short == "10-29":  # the night in which the clock went back; taken after midnight, still this day's
            person.clock(f"{day + DAY} 00:20")
            await on_screen.take()
            assert person.session.reader.day(day).doses[-2].state == "taken"
        elif short != "11-18":
            person.clock(f"{day} 18:20")
            take(person, day, "evening")
    person.clock("2023-12-12 12:00")
    wanted, level = {}, 0
    for day in days(date(2023, 10, 26), date(2023, 12, 12)):
        level = STARTS.get(f"{day:%m-%d}", level)
        wanted[day] = level
    assert {day: sum(person.mg(day)) for day in wanted} == wanted
    assert person.mg(date(2023, 11, 8)) == [15, 10, 15], "the morning of that day stayed on the step before"
    lived = [d for day in wanted for d in person.session.reader.day(day).doses if d.medicine == "baclofen"]
    assert [f"{d.date:%m-%d} {d.slot.name}" for d in lived if d.state == "unrecorded"] == ["11-12 morning"]
    assert [f"{d.date:%m-%d} {d.slot.name}" for d in lived if d.state == "skipped"] == ["11-21 afternoon"]
    assert sum(d.taken_mg or 0 for d in lived) == sum(wanted.values()) - 15 - 10
    assert on_screen.changes == len(BY_SCREEN) + 6
    person.moved_to(tmp_path / "elsewhere")


def take(person: Person, day: date, slot: str) -> None:
    """Record what is planned for a slot in the shell."""
    for name in ("baclofen", "diazepam"):
        dose = person.session.reader.dose(DoseKey(name, day, slot))
        if dose is not None and dose.record is None:
            person.shell("take", name, slot)
