"""The editors: amounts as people write them, said back as one types; nothing typed is lost without a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from splitdose.core.asked import Asked
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import Product
from splitdose.core.plan import DoseKey, Slot, Version
from splitdose.core.reading import parse_split
from splitdose.core.strength import parse_strength
from splitdose.tui.dialogs.plan_change import ChangeScreen
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.editors.fields import Editor
from splitdose.tui.editors.past import PastEditor
from splitdose.tui.editors.plan import ProductEditor, SlotsEditor, StepEditor
from splitdose.tui.editors.reading import (
    misread_amount,
    misread_split,
    read_amount,
    read_slots,
    with_product,
    with_slots,
)
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.widgets.choice import Choice
from support.app import Scenario, three_a_day
from support.pilot import goes_to, sees, shown, types, until

DAY = date(2023, 11, 30)
TABLET = Product("20 mg tablet", parse_strength("20 mg"))


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    world = three_a_day(tmp_path / "data")
    world.clock.set("2023-11-30 13:58")
    return world


def latest(world: Scenario, name: str = "baclofen") -> Version:
    return world.session().reader.plan().by_name[name].latest


async def opened(pilot: Pilot[Any], *keys: str) -> Editor:
    """Show the plan, and with further keys an editor."""
    await pilot.press("3")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the plan is shown")
    await sees(pilot, "step 8 of 12")
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, Editor), "an editor is shown")
    editor = pilot.app.screen
    assert isinstance(editor, Editor)
    await until(pilot, lambda: editor.focused is not None, "a field has the focus")
    return editor


async def kept(pilot: Pilot[Any]) -> None:
    """Go to what changes, and say yes."""
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
    await pilot.press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "it is kept")


def mg(step: Any) -> list[Fraction | None]:
    return [sum((p.mg for p in pieces), Fraction(0)) for pieces in step.doses.values()]


# Amounts


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("1/4", "1/4"),
        ("¼", "1/4"),
        (".25", "1/4"),
        ("0,5", "1/2"),
        ("1 1/2", "3/2"),
        ("1½", "3/2"),
        ("5 mg", "1/4"),
        ("", "0"),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, count: str) -> None:
    pieces = read_amount(typed, [TABLET], TABLET)
    assert sum((p.count for p in pieces), Fraction(0)) == Fraction(count)


@pytest.mark.parametrize(("typed", "offer"), [("1-1/2", "1 1/2"), ("1,000", ""), ("a lot", ""), ("-1", "")])
def test_an_amount_that_can_be_read_two_ways_offers_the_one_way(typed: str, offer: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_amount(typed, [TABLET], TABLET)
    assert misread_amount(refused.value, typed, [TABLET], TABLET).offer == offer


@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("1/4 1/4 1/2", "1/4 - 1/4 - 1/2"),
        ("1/4-1/4-1/2", "1/4 - 1/4 - 1/2"),
        ("¼ ¼ ½", "¼ - ¼ - ½"),
        ("1/4 1/4 1/2 x 20 mg tablet", "1/4 - 1/4 - 1/2 x 20 mg tablet"),
        (".25 .25 .5", ".25 - .25 - .5"),
        ("1/4 1/4", ""),
        ("1/4 - 1/4", ""),
        ("1 - 1,000 - 1", ""),
    ],
)
def test_a_split_that_can_be_read_two_ways_offers_the_one_that_fits_the_slots(typed: str, offer: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_split(typed, 3, [TABLET], TABLET)
    assert misread_split(refused.value, typed, 3, [TABLET], TABLET).offer == offer


# A step


async def test_a_split_line_fills_the_slots_and_says_the_day_s_change(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await types(pilot, "¼-¼-¼")
        await sees(pilot, "¼ × 20 mg tablet = 5 mg", "day total 15 mg · −5 mg, −25 % from now")
        assert [editor.field(f"slot{n}").value for n in range(3)] == ["1/4", "1/4", "1/4"]
        await kept(pilot)
        await sees(pilot, "step 9 of 13, day 1 of 4")
    step = latest(world).steps[8]
    assert mg(step) == [5, 5, 5]
    assert step.begins is not None
    assert (step.begins.date, step.begins.slot) == (DAY, "afternoon")
    assert mg(latest(world).steps[7]) == [5, 5, 10]


async def test_the_slots_fill_the_split_line(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await pilot.press("tab")
        await types(pilot, "0,5")
        await sees(pilot, "½ × 20 mg tablet = 10 mg", "day total 25 mg · +5 mg, +25 % from now")
        assert editor.field("split").value == "1/2 - 1/4 - 1/2"
        await pilot.press("tab")
        await types(pilot, "1/4 x 20 mg tablet + 1 x 5 mg tablet")
        await sees(pilot, "¼ × 20 mg tablet + 1 × 5 mg tablet = 10 mg", "day total 30 mg")
        assert editor.field("split").value == ""
        await kept(pilot)
    assert mg(latest(world).steps[8]) == [10, 10, 10]


async def test_what_can_be_read_two_ways_is_told_at_the_field_and_written_the_other_way_by_one_key(
    world: Scenario,
) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await types(pilot, "1/2 1/4 1/4")
        await sees(pilot, '"1/2 1/4 1/4" can be read two ways', "^y writes 1/2 - 1/4 - 1/4")
        assert "day total" not in shown(pilot)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert pilot.app.screen is editor
        await pilot.press("ctrl+y")
        await sees(pilot, "day total 20 mg, as now")
        assert editor.field("slot0").value == "1/2"
        await pilot.press("tab")
        await types(pilot, "1-1/2")
        await sees(pilot, '"1-1/2" can be read two ways', "^y writes 1 1/2")
        await pilot.click("#field-slot0 .below", offset=(3, 0))
        await sees(pilot, "1½ × 20 mg tablet = 30 mg")


async def test_a_bare_amount_means_the_chosen_product(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "j", "e")
        await sees(pilot, "1 × 5 mg tablet = 5 mg", "day total 15 mg · −5 mg, −25 % from step 8")
        await goes_to(pilot, editor.query_one(Choice))
        await pilot.press("left")
        await sees(pilot, "1 × 20 mg tablet = 20 mg", "day total 60 mg · +40 mg, +200 % from step 8")


async def test_a_change_of_the_current_step_can_begin_later(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await types(pilot, "0 - 1/4 - 1/2")
        await goes_to(pilot, editor.field("from").control)
        await types(pilot, "tomorrow")
        await sees(pilot, "from Fri 1 Dec on")
        await kept(pilot)
    step = latest(world).steps[8]
    assert step.begins is not None
    assert step.begins.date == date(2023, 12, 1)
    assert [d.mg for d in world.session().reader.day(DAY).doses if d.medicine == "baclofen"] == [5, 5, 10]


async def test_hold_every_and_note_are_kept_and_a_wrong_one_is_told(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "j", "e")
        for name, wrong, told in (
            ("hold", "0", "hold: not a whole number"),
            ("every", "x", "every: not a whole number"),
        ):
            await goes_to(pilot, editor.field(name).control)
            await types(pilot, wrong)
            await sees(pilot, told)
        await types(pilot, "2")
        await sees(pilot, "a dose every 2 days")
        await goes_to(pilot, editor.field("hold").control)
        await types(pilot, "")
        await sees(pilot, "a step follows; type days at least")
        await types(pilot, "6")
        await sees(pilot, "6 days at least")
        await goes_to(pilot, editor.field("note").control)
        await types(pilot, "[bold]slowly")
        await kept(pilot)
        await sees(pilot, "“[bold]slowly”")
    step = latest(world).steps[8]
    assert (step.hold, step.every, step.note) == (6, 2, "[bold]slowly")


async def test_a_step_is_added_after_the_chosen_one(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "j", "j", "a")
        await sees(pilot, "A new step, 11 of baclofen", "a step follows")
        await types(pilot, "1 - 0 - 0 x 5 mg tablet")
        await sees(pilot, "day total 5 mg · −5 mg, −50 % from step 10")
        await goes_to(pilot, editor.field("hold").control)
        await types(pilot, "2")
        await kept(pilot)
    steps = latest(world).steps
    assert [step.mg_per_day for step in steps[7:]] == [20, 15, 10, 5, 5, 0]
    assert steps[10].hold == 2


async def test_a_step_after_one_that_just_goes_on_asks_how_long_that_is(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("tab")
        await sees(pilot, "held 68 days")
        await pilot.press("a")
        await sees(pilot, "A new step, 2 of diazepam", "the new step follows it")
        editor = pilot.app.screen
        assert isinstance(editor, StepEditor)
        await goes_to(pilot, editor.field("slot2").control)
        await types(pilot, "3")
        await goes_to(pilot, editor.field("before").control)
        await types(pilot, "70")
        await kept(pilot)
    steps = latest(world, "diazepam").steps
    assert [(str(step.mg_per_day), step.hold) for step in steps] == [("8", 70), ("6", None)]


async def test_enter_goes_through_the_fields_and_ends_at_what_changes(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await pilot.press(*"1/4 - 0 - 1/4", *["enter"] * len(editor.fields()))
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await sees(pilot, "5 + 5 = 10 mg")


async def test_escape_asks_before_it_loses_what_was_typed(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "nothing typed, nothing asked")
        editor = await opened(pilot, "e")
        await types(pilot, "1 - 1 - 1")
        await pilot.press("escape")
        await sees(pilot, "You have unsaved changes.")
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is editor, "the editor is still there")
        assert editor.field("split").value == "1 - 1 - 1"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "it asks again")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the editor is left")
    assert latest(world).number == 1


async def test_a_change_that_is_not_wanted_leads_back_to_what_was_typed(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "e")
        await types(pilot, "1/4 - 1/4 - 1/4")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is editor, "the editor is shown again")
        assert editor.field("split").value == "1/4 - 1/4 - 1/4"
    assert latest(world).number == 1


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_a_step_that_is_over_is_corrected_by_the_days_it_changes(world: Scenario, size: tuple[int, int]) -> None:
    def planned(day: str) -> int:
        found = [d for d in world.session().reader.day(date.fromisoformat(day)).doses if d.medicine == "baclofen"]
        return sum(int(d.mg or 0) for d in found)

    async with world.app().run_test(size=size) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("k", "e")
        await until(pilot, lambda: isinstance(pilot.app.screen, PastEditor), "the editor of what was is shown")
        editor = pilot.app.screen
        assert isinstance(editor, PastEditor)
        assert (editor.field("from").value, editor.field("until").value) == ("2023-11-24", "2023-11-28")
        await types(pilot, "1/2 - 1/4 - 1/4")
        await sees(pilot, "day total 20 mg")
        await goes_to(pilot, editor.field("until").control)
        await types(pilot, "2023-11-30")
        await until(pilot, lambda: "is not in the past" in editor.field("until").problem, "the last day is refused")
        await types(pilot, "2023-11-23")
        await sees(pilot, "before the first day")
        await types(pilot, "2023-11-26")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the change is shown")
        text = str(pilot.app.screen.query_one("#change-words", Static).content)
        assert "the plan of 3 past days would change:" in text
        assert "Fri 24 Nov: morning 5 mg, afternoon 10 mg, evening 10 mg becomes morning 10 mg" in text
        assert "What was recorded stays as it was recorded." in text
        assert planned("2023-11-24") == 25
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
        assert [planned(f"2023-11-{day}") for day in (23, 24, 26, 27, 28, 29)] == [30, 20, 20, 25, 25, 20]
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeScreen), "the undo is shown")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "it is undone")
    assert [planned(f"2023-11-{day}") for day in (23, 24, 26, 27, 28, 29)] == [30, 25, 25, 25, 25, 20]


async def test_days_that_are_recorded_read_as_they_did(world: Scenario) -> None:
    world.clock.set("2023-11-29 08:10")
    record = world.session().record
    for slot in ("morning", "afternoon", "evening"):
        record.take(DoseKey("baclofen", date(2023, 11, 28), slot), exactness="unknown", allow=("old", "after_next"))
    world.clock.set("2023-11-30 13:58")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("k", "e")
        await until(pilot, lambda: isinstance(pilot.app.screen, PastEditor), "the editor of what was is shown")
        editor = pilot.app.screen
        assert isinstance(editor, PastEditor)
        await types(pilot, "1 - 1 - 1")
        await goes_to(pilot, editor.field("from").control)
        await types(pilot, "2023-11-28")
        await pilot.press("ctrl+s")
        await sees(pilot, "No past day changes.")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
    day = world.session().reader.day(date(2023, 11, 28))
    assert [d.taken_mg for d in day.doses if d.medicine == "baclofen"] == [5, 10, 10]


async def test_the_current_step_is_corrected_from_a_past_day_on(world: Scenario) -> None:
    async with world.app().run_test(size=(100, 30)) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, StepEditor), "the editor is shown")
        editor = pilot.app.screen
        assert isinstance(editor, StepEditor)
        await types(pilot, "1/4 - 1/2 - 1/4")
        await goes_to(pilot, editor.field("from").control)
        await types(pilot, "2023-11-29")
        await pilot.press("ctrl+s")
        await sees(pilot, "the plan of 1 past day would change:", "Wed 29 Nov: morning 5 mg, afternoon 5")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
    doses = [d for d in world.session().reader.day(date(2023, 11, 29)).doses if d.medicine == "baclofen"]
    assert [d.mg for d in doses] == [5, 10, 5]


async def test_the_half_life_is_the_person_s_own_figure(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("f")
        await sees(pilot, "2 to 6 h; Course draws an estimate from it")
        await types(pilot, "lots")
        await sees(pilot, '"lots" is not a half-life')
        await types(pilot, "3-4 h")
        await pilot.press("enter")
        await sees(pilot, "half-life: 2 to 6 h becomes 3 to 4 h")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
        assert latest(world).half_life == (Fraction(3), Fraction(4))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the field is shown")
        await types(pilot, "")
        await sees(pilot, "no half-life, no estimate on Course")
        await pilot.press("enter")
        await sees(pilot, "half-life: 3 to 4 h becomes none")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "the change is done")
    assert latest(world).half_life is None


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_the_field_with_the_focus_and_the_keys_are_in_view_at_every_size(
    world: Scenario, size: tuple[int, int]
) -> None:
    async with world.app().run_test(size=size) as pilot:
        editor = await opened(pilot, "e")
        for _ in range(len(editor.fields()) - 1):
            await pilot.press("down")
            await until(pilot, lambda: _in_view(editor), "the focused field is in view")
            assert "Enter" in shown(pilot).splitlines()[-1]


def _in_view(editor: Editor) -> bool:
    focused = editor.focused
    return (
        focused is not None
        and focused.region.height == 1
        and editor.query_one(".fields").region.contains_region(focused.region)
    )


# Slots


async def test_a_slot_that_moves_keeps_its_name_and_its_doses(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "l")
        assert isinstance(editor, SlotsEditor)
        await pilot.press("down", "down")
        await types(pilot, "evening 19:30")
        await sees(pilot, "was 18:00")
        await kept(pilot)
    assert latest(world).slots[2] == Slot("evening", time(19, 30))
    assert [len(step.doses) for step in latest(world).steps[7:9]] == [3, 3]
    evening = next(
        d for d in world.session().reader.day(DAY).doses if (d.medicine, d.slot.name) == ("baclofen", "evening")
    )
    assert evening.slot.time == time(19, 30)


async def test_a_slot_is_added_renamed_and_removed(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "l")
        await types(pilot, "")
        await sees(pilot, "removed, with its doses")
        await goes_to(pilot, editor.field("slot1").control)
        await types(pilot, "noon 13:00")
        await sees(pilot, "was afternoon 13:00")
        await goes_to(pilot, editor.field("slot3").control)
        await types(pilot, "night 23:30")
        await sees(pilot, "new")
        await kept(pilot)
    made = latest(world)
    assert [slot.name for slot in made.slots] == ["noon", "evening", "night"]
    current = made.steps[8]
    assert {name: sum(p.count for p in pieces) for name, pieces in current.doses.items()} == {
        "noon": Fraction(1, 4), "evening": Fraction(1, 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("noon", "not a name and a time"),
        ("noon 25:00", "not a time of day"),
        ("hold 09:00", "can't be the name"),
        ("evening 09:00", "there already"),
    ],
)
def test_a_slot_s_line_that_cannot_be_read_is_told(typed: str, told: str) -> None:
    found = read_slots(["evening 18:00", typed])[1]
    assert isinstance(found, BadInput)
    assert told in str(found)


@pytest.mark.parametrize(
    ("typed", "slot"),
    [
        ("lunch 1:05 pm", Slot("lunch", time(13, 5))), ("after lunch 13.05", Slot("after lunch", time(13, 5))),
        ("night 22", Slot("night", time(22))), ("midday noon", Slot("midday", time(12))),
    ],
)  # fmt: skip
def test_a_slot_s_time_is_read_as_people_type_it(typed: str, slot: Slot) -> None:
    assert read_slots([typed]) == [slot]


# Products


async def test_a_product_is_added_and_can_be_taken(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await pilot.press("3")
        await sees(pilot, "step 8 of 12")
        await pilot.press("b", "end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProductEditor), "the product's editor is shown")
        editor = pilot.app.screen
        assert isinstance(editor, ProductEditor)
        await goes_to(pilot, editor.field("strength").control)
        await types(pilot, "lots")
        await sees(pilot, '"lots" is not a strength')
        await types(pilot, "10 mg")
        await sees(pilot, "called 10 mg tablet")
        await goes_to(pilot, editor.field("smallest").control)
        await types(pilot, "1/2")
        await sees(pilot, "½ × 10 mg tablet = 5 mg")
        await kept(pilot)
    product = latest(world).products[-1]
    assert (product.name, product.smallest, product.scored) == ("10 mg tablet", Fraction(1, 2), None)


async def test_a_product_s_facts_are_changed_from_now_on(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        editor = await opened(pilot, "b", "enter")
        await goes_to(pilot, editor.field("maker").control)
        await types(pilot, "[Acme]")
        await pilot.press("ctrl+s")
        await sees(pilot, "product 20 mg tablet: maker none becomes [Acme]")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen), "it is kept")
    made = latest(world)
    assert made.products[0].maker == "[Acme]"
    assert made.steps[7].doses["morning"][0].product.maker == "[Acme]"
    assert made.number == 2
    assert len(made.steps) == 12


async def test_two_products_of_one_name_are_refused(world: Scenario) -> None:
    async with world.app().run_test(size=(60, 20)) as pilot:
        await opened(pilot, "b", "enter")
        await types(pilot, "5 MG tablet")
        await sees(pilot, '"5 MG tablet" is there already')


# Drafts


def test_doses_follow_the_slot_they_had_and_the_product_they_name() -> None:
    pieces = read_amount("1/4", [TABLET], TABLET)
    draft = MedicineDraft("x", (Slot("a", time(8)),), (TABLET,), (StepDraft(Asked({"a": pieces})),))
    moved = with_slots(draft, [("a", Slot("b", time(9)))])
    assert moved.steps[0].doses == {"b": pieces}
    other = Product("20 mg tablet", parse_strength("20 mg"), maker="y")
    assert with_product(draft, TABLET, other).steps[0].doses["a"][0].product == other


# A picture


def test_picture_of_the_editor(world: Scenario, snap_compare: Callable[..., bool]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        editor = await opened(pilot, "e")
        for field in editor.query(Input):
            field.cursor_blink = False
        await types(pilot, "1/4 1/4 1/4")
        await sees(pilot, "^y writes")

    assert snap_compare(world.app(), terminal_size=(60, 20), run_before=before)
