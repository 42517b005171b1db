"""Plan: the table says where the person stands, and nothing changes before it was shown and agreed to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from splitdose.core.asked import Asked
from splitdose.core.draft import StepDraft
from splitdose.core.plan import Medicine, Version
from splitdose.core.plan_wording import review_words, where_words
from splitdose.store import NotSaved
from splitdose.tui.dialogs.plan_change import ChangeScreen
from splitdose.tui.plan_words import difference, signed, step_rows, version_changes
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.widgets.medicine_tabs import MedicineTabs
from splitdose.tui.widgets.step_list import StepList
from support.app import Scenario, SettableClock, at, three_a_day
from support.pilot import says, sees, shown, types, until

DAY = date(2023, 11, 30)
LITERAL = """
[slots]
morning = "08:00"

[[medicine]]
name = "[bold]x[/] \\u001b]0;owned\\u0007"
advance = "ask"

  [[medicine.product]]
  name = "20 mg tablet"
  strength = "20 mg"

  [[medicine.step]]
  hold = 3
  note = "[red]careful\\u0007"
  morning = "1 x 20 mg tablet"

  [[medicine.step]]
  morning = "1/2 x 20 mg tablet"
"""


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    world = three_a_day(tmp_path / "data")
    world.clock.set("2023-11-30 13:58")
    return world


def medicine(world: Scenario, name: str = "baclofen") -> Medicine:
    return world.session().reader.plan().by_name[name]


def latest(world: Scenario, name: str = "baclofen") -> Version:
    return medicine(world, name).latest


async def opened(pilot: Pilot[Any]) -> None:
    """Show the plan."""
    await pilot.press("3")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
    await sees(pilot, "step 8 of 12")


async def agreed(pilot: Pilot[Any]) -> None:
    """Say yes to what is shown, and wait until it is done."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
    await pilot.press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")


# What is shown


async def test_a_wide_table_has_doses_dates_changes_and_where_the_person_stands(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        text = shown(pilot)
        lines = text.splitlines()
    assert "step 8 of 12, day 2 of 4" in text
    current = next(line for line in lines if "▸" in line)
    assert " ".join(current.split()) == "▸ 8 Wed 29 Nov 5 mg ¼ 5 mg ¼ 10 mg ½ 20 mg −5 mg −20 % now, day 2 of 4"
    assert any("9  ~ Sun 3 Dec" in line and "projected, hold 3 days" in line and "−25 %" in line for line in lines)
    assert any(line.split()[:4] == ["1", "Thu", "26", "Oct"] and "5 of 5 days" in line for line in lines)
    assert "¼ × 20 mg tablet = 5 mg" in text
    assert "in all 44 days" in text


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_every_width_names_the_step_its_date_and_the_day(world: Scenario, size: tuple[int, int]) -> None:
    async with world.app().run_test(size=size) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "▸" in shown(pilot), "the current step is in view")
        line = next(line for line in shown(pilot).splitlines() if "▸" in line)
    assert " 8 " in line
    assert "29 Nov" in line
    assert "20 mg" in line
    assert "now" in line


async def test_a_low_terminal_shows_a_step_a_line(world: Scenario) -> None:
    async with world.app().run_test(size=(36, 10)) as pilot:
        await opened(pilot)
        await sees(pilot, "~ 3 Dec", "proj.")


async def test_a_held_medicine_says_for_how_long(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("tab")
        await sees(pilot, "held 68 days")
        await pilot.press("left")
        await sees(pilot, "step 8 of 12")


async def test_a_medicine_is_chosen_by_name_and_by_mouse(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("m", "down", "enter")
        await sees(pilot, "held 68 days")
        await pilot.click(MedicineTabs, offset=(3, 0))
        await sees(pilot, "step 8 of 12")


async def test_the_cursor_says_which_step_is_described(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("j")
        await sees(pilot, "step 9   ~ Sun 3 Dec, projected", "1 - 1 - 1 × 5 mg tablet")
        await pilot.press("home")
        await sees(pilot, "¼ - ¼ - ½ × 20 mg tablet")


async def test_a_step_is_chosen_by_mouse(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.click(StepList, offset=(10, 10))
        await sees(pilot, "step 11   ~ Fri 8 Dec, projected")


async def test_names_and_notes_are_shown_as_typed_without_what_steers_a_terminal(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data")
    world.plan(LITERAL)
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("shift+tab")
        await sees(pilot, "[bold]x[/] ]0;owned", "“[red]careful”")
        await pilot.press("h", "enter")
        await sees(pilot, "hold 3 days becomes 4 days")
        await pilot.press("y")
        await sees(pilot, "day 1 of 4")
        await pilot.press("v")
        await sees(pilot, "versions of the plan of [bold]x[/] ]0;owned")
        assert "\x1b" not in shown(pilot)
        assert "\x07" not in shown(pilot)


async def test_the_review_is_said_where_the_person_stands(world: Scenario) -> None:
    world.clock.set("2023-12-03 09:00")
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await sees(pilot, "step 8 of 12, day 5 of 4, review", "now, review")


async def test_the_keys_of_doses_record_nothing_here(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("s", "t", "x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlanScreen)
    assert not world.session().reader.log([DAY]).intakes


# Deciding


async def test_hold_is_shown_then_done_in_one_key(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("h")
        await sees(pilot, "step 8 of 12, day 2 of 5")
        await types(pilot, "2")
        await pilot.press("enter")
        await sees(pilot, "step 8: hold 4 days becomes 6 days", "step 9: ~ Sun 3 Dec becomes ~ Tue 5 Dec")
        assert latest(world).steps[7].hold == 4
        await agreed(pilot)
        await sees(pilot, "day 2 of 6", "done: held 2 more days")
    assert latest(world).steps[7].hold == 6


async def test_a_change_that_is_left_changes_nothing(world: Scenario) -> None:
    before = latest(world).id
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        for leave in ("n", "escape"):
            await pilot.press("h", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
            await pilot.press(leave)
            await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown again")
    assert latest(world).id == before


@pytest.mark.parametrize(
    ("typed", "begins", "slot"),
    [
        ("now", date(2023, 11, 30), "afternoon"),
        ("tomorrow", date(2023, 12, 1), None),
        ("2023-12-02", date(2023, 12, 2), None),
        ("today evening", date(2023, 11, 30), "evening"),
        ("in 3 days evening", date(2023, 12, 3), "evening"),
    ],
)
async def test_next_begins_when_the_person_says(world: Scenario, typed: str, begins: date, slot: str | None) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press(">")
        await types(pilot, typed)
        await pilot.press("enter")
        await agreed(pilot)
    point = latest(world).steps[8].begins
    assert point is not None
    assert (point.date, point.slot) == (begins, slot)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("soon", '"soon" is not a date'), ("2023-13-01", "not a date of the calendar"), ("tomorrow noon", "unknown slot")],
)
async def test_a_day_that_cannot_be_read_is_told_as_one_types(world: Scenario, typed: str, told: str) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press(">")
        await types(pilot, typed)
        await sees(pilot, told)
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, ChangeScreen)


async def test_a_past_day_that_changes_is_named_first(world: Scenario) -> None:
    world.clock.set("2023-11-30 19:30")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press(">")
        await types(pilot, "2023-11-30 morning")
        await pilot.press("enter")
        await sees(pilot, "the plan of 1 past day would change:", "Thu 30 Nov: morning 08:00 5 mg")
        await agreed(pilot)
    assert world.session().reader.day(DAY).doses[0].pieces[0].product.name == "5 mg tablet"


async def test_back_returns_to_the_step_under_the_cursor(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("k", "k", "<")
        await sees(pilot, "step 6 (10 + 10 + 10 = 30 mg) again")
        await pilot.press("enter", "enter")
        await agreed(pilot)
        await sees(pilot, "step 9 of 15")
    steps = latest(world).steps
    assert [step.mg_per_day for step in steps[8:11]] == [30, 25, 20]


async def test_pause_and_resume(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await types(pilot, "tomorrow")
        await pilot.press("enter", "enter", "enter")
        await agreed(pilot)
    assert latest(world).pauses[0].start.date == date(2023, 12, 1)
    world.clock.set("2023-12-02 09:00")
    assert not [d for d in world.session().reader.day().doses if d.medicine == "baclofen"]
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await sees(pilot, "paused since Fri 1 Dec")
        await pilot.press("p")
        await types(pilot, "tomorrow")
        await pilot.press("enter")
        await agreed(pilot)
    end = latest(world).pauses[0].end
    assert end is not None
    assert end.date == date(2023, 12, 3)


async def test_stop_then_archive_and_back(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("0")
        await types(pilot, "today evening")
        await pilot.press("enter")
        await agreed(pilot)
        await sees(pilot, "no doses since Thu 30 Nov, today")
        await pilot.press("w")
        await agreed(pilot)
        await sees(pilot, "baclofen (archived)")
        assert latest(world).archived
        await pilot.press("w")
        await agreed(pilot)
    assert not latest(world).archived


async def test_steps_on_their_dates_and_back_to_asking(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("o")
        await agreed(pilot)
        await sees(pilot, "done: edited")
        made = latest(world)
        assert made.advance == "on date"
        assert [s.begins.date for s in made.steps[8:] if s.begins] == [
            date(2023, 12, 3), date(2023, 12, 6), date(2023, 12, 8), date(2023, 12, 9),
        ]  # fmt: skip
        await pilot.press("o")
        await agreed(pilot)
    made = latest(world)
    assert made.advance == "ask"
    assert [s.begins for s in made.steps[8:]] == [None] * 4


async def test_a_step_to_come_is_removed_and_a_past_one_is_not(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("d")
        await says(pilot, "only a step that has not begun")
        await pilot.press("j", "d")
        await sees(pilot, "Remove step 9, 5 + 5 + 5 = 15 mg, hold 3 days?", "step 9 removed")
        await agreed(pilot)
    assert [s.mg_per_day for s in latest(world).steps[7:]] == [20, 10, 5, 0]


async def test_undo_restores_the_version_before_and_the_list_says_what_each_changed(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("h", "enter")
        await agreed(pilot)
        await pilot.press("v")
        await sees(
            pilot, "version 2  held 1 more day", "made Thu 30 Nov 2023 13:58", "step 8: hold 4 days becomes 5 days"
        )
        await sees(pilot, "version 1  first plan", "12 steps")
        await pilot.press("U")
        await sees(pilot, "Undo version 2", "step 8: hold 5 days becomes 4 days")
        await agreed(pilot)
        await sees(pilot, "undone: held 1 more day")
        await pilot.press("U")
        await says(pilot, "has only its first plan")
    assert len(medicine(world).versions) == 1


async def test_a_plan_file_is_shown_before_it_is_imported(world: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(LITERAL, encoding="utf-8")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("i")
        await types(pilot, str(path))
        await pilot.press("enter")
        await sees(pilot, "Import other.toml?", "2 steps, steps begin when you say so")
        await agreed(pilot)
        await sees(pilot, "imported: other.toml")
    assert len(world.session().reader.plan().medicines) == 3


async def test_a_file_that_cannot_be_read_says_where(world: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[[medicine]]\nname = 5\n", encoding="utf-8")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("i")
        await types(pilot, str(path))
        await pilot.press("enter")
        await sees(pilot, "bad.toml, line 2", "Choose another file?")


async def test_a_file_that_leaves_the_step_open_asks_for_its_number(world: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text(
        '[slots]\nmorning = "08:00"\n[[medicine]]\nname = "baclofen"\n[[medicine.product]]\nname = "5 mg tablet"\n'
        'strength = "5 mg"\n[[medicine.step]]\nhold = 3\nmorning = "2 x 5 mg tablet"\n'
        '[[medicine.step]]\nmorning = "1 x 5 mg tablet"\n',
        encoding="utf-8",
    )
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("i")
        await types(pilot, str(path))
        await pilot.press("enter")
        await sees(pilot, "Which step of the file is")
        await types(pilot, "2")
        await pilot.press("enter")
        await agreed(pilot)
    assert latest(world).steps[-1].mg_per_day == 5


async def test_what_cannot_be_saved_stays_and_is_tried_again(world: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    real = app.session.plans.apply
    full = [True]

    def apply(*args: Any, **options: Any) -> None:
        if full[0]:
            raise NotSaved("the disk is full", "free some space and try again")
        real(*args, **options)

    monkeypatch.setattr(app.session.plans, "apply", apply)
    async with app.run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("h", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await pilot.press("y")
        await sees(pilot, "NOT SAVED: the disk is full", "y tries again", "y apply")
        assert len(medicine(world).versions) == 1
        full[0] = False
        await agreed(pilot)
    assert len(medicine(world).versions) == 2


async def test_another_window_s_change_in_between_is_not_overrun(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("h", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        other = world.session()
        other.plans.apply(other.plans.hold("baclofen", 9), allow={"replaces"})
        await pilot.press("y")
        await sees(pilot, "changed since this was shown")
    assert latest(world).steps[7].hold == 13


async def test_the_change_is_done_by_mouse_too(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("h", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await pilot.click("ChangeScreen KeyLine", offset=(2, 0))
        await sees(pilot, "day 2 of 5")
    assert latest(world).steps[7].hold == 5


# The words


def test_review_words_are_a_fact_and_only_once_the_hold_is_over(world: Scenario) -> None:
    reader = world.session().reader
    found = reader.plan().by_name["baclofen"]
    assert review_words(found, date(2023, 12, 2), reader.calendar) == ""
    assert review_words(found, date(2023, 12, 3), reader.calendar) == "review: day 5 of 4"
    held = reader.plan().by_name["diazepam"]
    assert review_words(held, DAY, reader.calendar) == ""
    assert where_words(held, DAY, reader.calendar) == "held 68 days"


def test_changes_are_in_milligrams_and_per_cent_of_the_step_before(world: Scenario) -> None:
    reader = world.session().reader
    rows = step_rows(latest(world), DAY, reader.calendar)
    assert rows[0].change.mg is None
    assert [signed(r.change.percent or Fraction(0), "%") for r in rows[1:4]] == ["−9.1 %", "−10 %", "−11.1 %"]
    steps = latest(world).steps
    assert difference(steps[6], steps[7]).words() == "−5 mg, −20 %"
    assert difference(steps[6], steps[7]).words(ascii_only=True) == "-5 mg, -20 %"
    assert difference(StepDraft(Asked()), steps[7]).words() == "+20 mg"
    assert difference(None, steps[7]).words() == ""


def test_what_a_version_changed_in_the_one_before(world: Scenario) -> None:
    session = world.session()
    session.plans.apply(session.plans.next("baclofen"), allow={"replaces"})
    versions = medicine(world).versions
    assert version_changes(versions[0], versions[1]) == ["step 9: begins Thu 30 Nov afternoon"]


# Pictures


def _still(pilot: Pilot[Any]) -> None:
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
def test_picture_of_the_plan(world: Scenario, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        _still(pilot)
        await until(pilot, lambda: "~ Sun 3 Dec" in shown(pilot), "the steps to come are in view")

    assert snap_compare(world.app(), terminal_size=size, run_before=before)


async def test_a_day_that_sums_to_more_is_shown_and_may_begin_a_day_later(tmp_path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2024-01-08 07:00")))
    world.plan(
        '[slots]\nmorning = "08:00"\nevening = "20:00"\n[[medicine]]\nname = "m"\n[[medicine.product]]\n'
        'name = "40 mg tablet"\nstrength = "40 mg"\n[[medicine.step]]\nstart = 2024-01-08\nhold = 2\nmorning = "1"\n'
        '[[medicine.step]]\nevening = "1"\n'
    )
    world.clock.set("2024-01-08 08:05")
    session = world.session()
    session.record.take(session.reader.day().doses[0].key)
    world.clock.set("2024-01-08 10:00")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3", "greater_than_sign")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the form is shown")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await sees(pilot, "morning 40 mg taken, evening 40 mg added; 80 mg in all")
        await sees(pilot, "today would sum to 80 mg; a day of the plan is 40 mg before, 40 mg after")
        await pilot.press("t")
        await sees(pilot, "begins Tue 9 Jan")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
    assert [d.mg for d in world.session().reader.day().doses] == [40]
    assert [d.slot.name for d in world.session().reader.day(date(2024, 1, 9)).doses] == ["evening"]


async def test_a_medicine_is_renamed(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("R")
        await types(pilot, "Lioresal")
        await sees(pilot, "baclofen is called Lioresal; its record stays")
        await pilot.press("enter")
        await sees(pilot, "Lioresal   diazepam")
    assert medicine(world, "Lioresal").latest.number == 1
