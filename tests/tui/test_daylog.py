"""One day with all that was recorded of it; what was taken outside the plan; other days by their dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from splitdose.core.piece import Pieces
from splitdose.core.plan import DoseKey
from splitdose.core.reading import parse_pieces
from splitdose.core.wording import day_words
from splitdose.tui.dialogs.day_log import DayLog
from support.app import Scenario, at, three_a_day
from support.pilot import sees, shown, types, until

WEDNESDAY = date(2023, 11, 29)
NEEDED = """
[[medicine]]
name = "ibuprofen"
advance = "as needed"
[[medicine.product]]
name = "200 mg tablet"
strength = "200 mg"
form = "tablet"
"""


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """A Wednesday with a corrected dose, an extra one that was undone, one that stands, and a check-in."""
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    for slot, wall in (("morning", "08:00"), ("afternoon", "13:05")):
        world.clock.set(f"2023-11-29 {wall}")
        session = world.session()
        session.record.take(DoseKey("baclofen", WEDNESDAY, slot))
    world.clock.set("2023-11-29 13:20")
    session.record.take(DoseKey("baclofen", WEDNESDAY, "afternoon"), at=at("2023-11-29 13:00"), allow={"recorded"})
    dose = session.reader.dose(DoseKey("baclofen", WEDNESDAY, "afternoon"))
    assert dose is not None
    session.record.extra("baclofen", dose.pieces, note="by mistake")
    session.record.undo()
    world.clock.set("2023-11-29 15:30")
    session.record.extra("baclofen", dose.pieces, note="a bad hour")
    world.clock.set("2023-11-29 21:00")
    session.record.checkin(sleep=6, symptoms={"fatigue": 4}, note="woke at 3")
    world.clock.set("2023-11-29 22:00")
    return world


def words(pilot: Pilot[Any]) -> str:
    return " ".join(shown(pilot).split())


async def to_the_week_of(pilot: Pilot[Any], day: date) -> None:
    """On Week, with the cursor on that day."""
    await pilot.press("2", "g")
    await types(pilot, day.isoformat())
    await sees(pilot, day_words(day))
    await pilot.press("enter")
    await sees(pilot, f"week {day.isocalendar().week}")


@pytest.mark.parametrize("screen", ["1", "2"])
async def test_a_day_shows_all_that_was_recorded_of_it(world: Scenario, screen: str) -> None:
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press(screen, "D")
        await sees(pilot, "Wed 29 Nov 2023   baclofen 15 of 20 mg, diazepam 0 of 8 mg")
        text = words(pilot)
        assert "✓ morning 08:00 baclofen 5 mg, taken 08:00 ✓ Wed 29 Nov 08:00 recorded as taken 08:00" in text
        assert "Wed 29 Nov 13:05 recorded as taken 13:05, ¼ × 20 mg tablet = 5 mg" in text
        assert "✓ Wed 29 Nov 13:20 corrected to taken 13:00, ¼ × 20 mg tablet = 5 mg" in text
        assert "+ extra baclofen 5 mg: undone" in text
        assert "note: by mistake; undone Wed 29 Nov 13:20" in text
        assert "+ extra baclofen 5 mg, taken 15:30 ✓ Wed 29 Nov 15:30 recorded as extra 15:30" in text
        assert "check-in 21:00 ✓ Wed 29 Nov 21:00 recorded as sleep 6 of 10, fatigue 4 of 10, note: woke at 3" in text
        assert "evening 18:00 baclofen 10 mg, late" in text


async def test_other_days_are_a_key_away(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D", "left")
        await sees(pilot, "Tue 28 Nov 2023")
        await pilot.press("right", "right")
        await sees(pilot, "Thu 30 Nov 2023")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, DayLog))


async def test_a_check_in_is_corrected_and_the_first_stays_in_its_history(world: Scenario) -> None:
    world.clock.set("2023-12-20 12:00")
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await sees(pilot, "baclofen")
        await to_the_week_of(pilot, WEDNESDAY)
        await pilot.press("D", *["down"] * 6, "enter")
        await sees(pilot, "How were you Wed 29 Nov at 21:00?")
        assert [field.value for field in app.screen.query(Input)] == ["6", "", "", "fatigue 4", "woke at 3"]
        await types(pilot, "4")
        await pilot.press(*["enter"] * 5)
        await until(pilot, lambda: world.session().reader.day(WEDNESDAY).checkins[0].sleep == 4)
        await pilot.press("D")
        await sees(pilot, "✓ Wed 20 Dec 12:00  corrected to sleep 4 of 10, fatigue 4 of 10, note: woke at 3")
        assert "Wed 29 Nov 21:00 recorded as sleep 6 of 10" in words(pilot)
        await pilot.press("escape", "u")
        await until(pilot, lambda: world.session().reader.day(WEDNESDAY).checkins[0].sleep == 6)
    (checkin,) = world.session().reader.day(WEDNESDAY).checkins
    assert checkin.at == at("2023-11-29 21:00")


async def test_what_was_recorded_long_ago_is_taken_back_after_a_question(world: Scenario) -> None:
    world.clock.set("2023-12-20 12:00")
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await sees(pilot, "baclofen")
        await to_the_week_of(pilot, WEDNESDAY)
        await pilot.press("D", *["down"] * 5, "v")
        await sees(pilot, "Baclofen 5 mg of Wed 29 Nov taken as extra 15:30, was recorded 21 days ago.", "Undo it?")
        assert len(world.session().reader.day(WEDNESDAY).extras) == 1
        await pilot.press("y")
        await until(pilot, lambda: world.session().reader.day(WEDNESDAY).extras == ())


async def test_an_extra_intake_is_corrected(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D", *["down"] * 5, "enter")
        await sees(pilot, "The extra intake:")
        assert [field.value for field in app.screen.query(Input)] == [
            "baclofen", "¼ × 20 mg tablet", "15:30", "a bad hour",
        ]  # fmt: skip
        await pilot.press("enter")
        await types(pilot, "1/2 x 20 mg tablet")
        await sees(pilot, "extra, taken 15:30: baclofen ½ × 20 mg tablet = 10 mg · last dose 5 mg at 13:00")
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: world.session().reader.day(WEDNESDAY).extras[0].mg == 10)
    (extra,) = world.session().reader.day(WEDNESDAY).extras
    assert (extra.at, extra.note) == (at("2023-11-29 15:30"), "a bad hour")
    assert len(world.session().reader.log([WEDNESDAY]).history(extra.id)) == 2


async def test_medicine_as_needed_is_recorded_in_the_app(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    world.plan(NEEDED)
    world.clock.set("2023-11-29 10:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("e")
        await sees(pilot, "What was taken outside the plan?", "the amount is missing; type it as 1/2 x 200 mg tablet")
        fields = app.screen.query(Input)
        assert [field.value for field in fields] == ["ibuprofen", "", "now", ""]
        await pilot.press("enter")
        await types(pilot, "400 mg")
        await sees(pilot, "extra, taken 10:00: ibuprofen 2 × 200 mg tablet = 400 mg")
        await pilot.press("enter")
        await types(pilot, "11:00")
        await sees(pilot, "which is still to come")
        await types(pilot, "9:40")
        await pilot.press("enter", "enter")
        await sees(pilot, "✓ recorded: ibuprofen 400 mg taken as extra 09:40 · u undoes it")
        await sees(pilot, "ibuprofen: 400 mg today, last dose 400 mg at 09:40, 20 min ago")
        await pilot.press("e", "enter")
        await types(pilot, "1")
        await sees(pilot, "last dose 400 mg at 09:40, 20 min ago")
        await pilot.press("escape", "u")
        await until(pilot, lambda: world.session().reader.day().extras == ())


async def test_on_another_day_without_a_time_it_is_unknown(world: Scenario) -> None:
    world.clock.set("2023-12-01 12:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "left", "left", "e")
        await sees(pilot, "What was taken outside the plan on Wed 29 Nov?")
        await types(pilot, "nothing such")
        await pilot.press("enter")
        await types(pilot, "5 mg")
        await sees(pilot, 'unknown medicine "nothing such"')
        await pilot.press("up")
        await types(pilot, "diazepam")
        await pilot.press("enter")
        await types(pilot, "2")
        await sees(pilot, "extra, taken at a time unknown: diazepam 2 × 2 mg tablet = 4 mg")
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: len(world.session().reader.day(WEDNESDAY).extras) == 2)
    found = next(e for e in world.session().reader.day(WEDNESDAY).extras if e.medicine == "diazepam")
    assert (found.at, found.exactness, found.mg) == (None, "unknown", Fraction(4))


@pytest.mark.parametrize(("typed", "said"), [("yesterday", "Tue 28 Nov 2023"), ("2021-02-29", "not a date of the")])
async def test_the_week_of_a_date(world: Scenario, typed: str, said: str) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "g")
        await types(pilot, typed)
        await sees(pilot, said)
        await pilot.press("enter")
        if typed == "yesterday":
            await sees(pilot, "Tue 28 Nov morning")
        else:
            await sees(pilot, said)


async def test_what_is_not_typed_anew_stays_in_a_correction(world: Scenario) -> None:
    key = DoseKey("baclofen", WEDNESDAY, "morning")
    session = world.session()
    dose = session.reader.dose(key)
    assert dose is not None
    half = Pieces(tuple(type(p)(p.count * 2, p.product) for p in dose.pieces))
    session.record.take(key, at=at("2023-11-29 08:10"), pieces=half, note="with food", allow={"recorded", "amount"})
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "k", "k", "k", "t")
        await sees(pilot, "baclofen, morning: when was it taken?")
        await types(pilot, "8:20")
        await pilot.press(*["enter"] * 3)
        await sees(pilot, "Replace that record?")
        await pilot.press("y")
        await sees(pilot, "Record this amount?")
        await pilot.press("y")
        await until(
            pilot,
            lambda: (d := world.session().reader.dose(key)) and d.record and d.record.at == at("2023-11-29 08:20"),
        )
    dose = world.session().reader.dose(key)
    assert dose is not None
    assert dose.record is not None
    assert (dose.record.pieces, dose.record.note) == (half, "with food")


@pytest.mark.parametrize("size", [(60, 20), (36, 10)])
async def test_in_small_terminals(world: Scenario, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D")
        await sees(pilot, "Wed 29 Nov 2023")
        for _ in range(40):
            if "woke at 3" in words(pilot):
                break
            await pilot.press("j")
            await pilot.pause()
        assert "woke at 3" in words(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, DayLog))


async def test_an_entry_taller_than_the_list_is_read_to_its_end(world: Scenario) -> None:
    session = world.session()
    session.record.checkin(note=" ".join(f"word{n}" for n in range(60)))
    app = world.app()
    async with app.run_test(size=(36, 10)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D")
        await sees(pilot, "Wed 29 Nov 2023")
        seen: set[str] = set()
        for key, last in (("j", "word59"), ("k", "morning 08:00")):
            for _ in range(40):
                seen |= set(words(pilot).split())
                if last in words(pilot):
                    break
                await pilot.press(key)
                await pilot.pause()
        assert seen >= {f"word{n}" for n in range(60)}
        assert "morning 08:00" in words(pilot)


async def test_what_cannot_be_read_is_told(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D")
        await sees(pilot, "check-in 21:00")
        month = world.folder / "log" / "2023-11.jsonl"
        kept = month.read_bytes()
        month.write_bytes(b"")
        await pilot.press("left")
        await until(pilot, lambda: not isinstance(app.screen, DayLog))
        await sees(pilot, "CAN'T READ")
        # Neither opening it, nor an answer from it, nor a form that is read as one types ends the app.
        await pilot.press("D")
        await pilot.pause()
        await until(pilot, lambda: not isinstance(app.screen, DayLog))
        month.write_bytes(kept)
        await pilot.press("D", "down", "down", "down", "down", "down")
        await sees(pilot, "+ extra baclofen 5 mg, taken 15:30")
        month.write_bytes(b"")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, DayLog))
        await sees(pilot, "CAN'T READ")
        month.write_bytes(kept)
        await pilot.press("e")
        await sees(pilot, "What was taken outside the plan?")
        plan = world.folder / "plan.jsonl"
        plan_kept = plan.read_bytes()
        plan.write_bytes(b"")
        await pilot.press("tab", "5")
        await sees(pilot, "plan.jsonl")
        plan.write_bytes(plan_kept)
        await types(pilot, "1/4 x 20 mg tablet")
        await sees(pilot, "extra, taken 22:00: baclofen ¼ × 20 mg tablet = 5 mg")


async def test_the_time_between_two_doses(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "k", "k", "k")
        await sees(pilot, "Wed 29 Nov morning 08:00: baclofen 5 mg")
        assert "after the dose recorded before" not in shown(pilot)
        await pilot.press("j")
        await sees(pilot, "5 h after the dose recorded before")


async def test_after_the_last_dose_of_the_day_it_is_still_today(world: Scenario) -> None:
    session = world.session()
    for slot in ("evening",):
        for medicine in ("baclofen", "diazepam"):
            session.record.take(DoseKey(medicine, WEDNESDAY, slot))
    app = world.app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await sees(pilot, "in 10 h")
        await pilot.press("D")
        await sees(pilot, "Wed 29 Nov 2023")
        await pilot.press("escape", "e")
        await sees(pilot, "What was taken outside the plan?")
        assert [field.value for field in app.screen.query(Input)][2] == "now"
        await pilot.press("escape", "2", "right", "e")
        await sees(pilot, "that day is still to come")


async def test_what_is_not_changed_is_not_recorded(world: Scenario) -> None:
    before = len(world.session().reader.log([WEDNESDAY]).intakes)
    app = world.app()
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D", *["down"] * 5, "enter")
        await sees(pilot, "The extra intake:")
        await pilot.press(*["enter"] * 4)
        await sees(pilot, "nothing was changed")
        await pilot.press("D", *["down"] * 6, "enter")
        await sees(pilot, "How were you")
        await pilot.press(*["enter"] * 5)
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("2", "k", "k", "k", "t")
        await sees(pilot, "when was it taken?")
        await pilot.press(*["enter"] * 3)
        await until(pilot, lambda: len(app.screen_stack) == 1)
    log = world.session().reader.log([WEDNESDAY])
    assert (len(log.intakes), len(log.checkins)) == (before, 1)


async def test_a_correction_keeps_the_product_and_the_second_of_its_time(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-10-29 00:00")
    world.plan(NEEDED)
    session = world.session()
    products = session.reader.find_medicine("ibuprofen").latest.products
    world.clock.now = datetime(2023, 10, 29, 1, 30, 40, tzinfo=UTC)  # 02:30, for the second time that night
    first = session.record.extra("ibuprofen", parse_pieces("1", products, products[0]))
    world.clock.set("2023-10-29 12:00")
    world.plan(NEEDED.replace('strength = "200 mg"', 'strength = "400 mg"'))
    world.clock.set("2023-11-02 12:00")
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await sees(pilot, "baclofen")
        await to_the_week_of(pilot, date(2023, 10, 28))
        await pilot.press("D", *["down"] * 4, "enter")
        await sees(pilot, "The extra intake on Sat 28 Oct:")
        await pilot.press("enter", "enter", "enter")
        await types(pilot, "for the head")
        await sees(pilot, "ibuprofen 1 × 200 mg tablet = 200 mg")
        await pilot.press("enter")
        await until(pilot, lambda: world.session().reader.day(first.date).extras[0].note)
    (again,) = world.session().reader.day(first.date).extras
    assert (again.at, again.pieces, again.note) == (first.at, first.pieces, "for the head")


async def test_what_cannot_be_recorded_as_it_is_comes_back(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D", *["down"] * 5, "enter")
        await sees(pilot, "The extra intake:")
        await pilot.press("enter", "enter", "enter")
        await types(pilot, "typed with care")
        other = world.session()
        (extra,) = other.reader.day(WEDNESDAY).extras
        other.record.undo(extra.id)
        await pilot.press("enter")
        await sees(pilot, "corrected or undone meanwhile", "typed with care")
        assert app.screen.query(Input)[3].value == "typed with care"


async def test_records_taken_back_before_another_stood_are_shown_too(world: Scenario) -> None:
    session, key = world.session(), DoseKey("baclofen", WEDNESDAY, "evening")
    session.record.take(key, note="the first try")
    session.record.undo()
    session.record.take(key)
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D")
        await until(pilot, lambda: "note: the first try; undone Wed 29 Nov 22:00" in words(pilot))


async def test_an_extra_says_that_the_dose_stays_due(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("e", "enter")
        await types(pilot, "1/2 x 20 mg tablet")
        await sees(pilot, "evening stays due")
        await pilot.press(*["enter"] * 3)
        await until(pilot, lambda: len(world.session().reader.day(WEDNESDAY).extras) == 2)
    dose = world.session().reader.dose(DoseKey("baclofen", WEDNESDAY, "evening"))
    assert dose is not None
    assert dose.state == "late"


async def test_a_second_enter_at_the_end_of_a_form_takes_no_dose(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("e", "enter")
        await types(pilot, "1/4 x 20 mg tablet")
        await pilot.press(*["enter"] * 6)
        await until(pilot, lambda: len(world.session().reader.day(WEDNESDAY).extras) == 2)
        await pilot.pause()
    assert [dose.slot.name for dose in world.session().reader.open_doses()] == ["evening", "evening"]


async def test_a_time_unknown_is_a_correction_and_no_extra(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "k", "k", "k", "t")
        await sees(pilot, "baclofen, morning: when was it taken?")
        await types(pilot, "unknown")
        await pilot.press(*["enter"] * 3)
        await sees(pilot, "Replace that record?")
        await pilot.press("y")
        key = DoseKey("baclofen", WEDNESDAY, "morning")
        await until(pilot, lambda: (d := world.session().reader.dose(key)) and d.record and d.record.at is None)
        # And what is unknown stays so where only the note is typed.
        await pilot.press("t")
        await sees(pilot, "when was it taken?")
        assert app.screen.query(Input)[0].value == "at a time unknown"
        await pilot.press("enter", "enter")
        await types(pilot, "with food")
        await pilot.press("enter")
        await sees(pilot, "Replace that record?")
        await pilot.press("y")
        await until(
            pilot, lambda: (d := world.session().reader.dose(key)) and d.record and d.record.note == "with food"
        )
    dose = world.session().reader.dose(key)
    assert dose is not None
    assert dose.record is not None
    assert dose.record.at is None


async def test_a_dose_to_come_is_asked_about_also_without_a_time(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("2", "right", "right", "t")
        await sees(pilot, "when was it taken?")
        await pilot.press(*["enter"] * 3)
        await sees(pilot, "Baclofen morning of 2023-12-01 is due at 08:00, 34 h later.", "Record it as taken early?")
        await pilot.press("n")
        await until(pilot, lambda: len(app.screen_stack) == 1)
    assert world.session().reader.log([date(2023, 12, 1)]).fills_on(date(2023, 12, 1)) == []


async def test_the_chosen_entry_stays_in_view(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("D", *["down"] * 6)
        await sees(pilot, "woke at 3")
        await pilot.resize_terminal(36, 10)
        await until(pilot, lambda: "woke at 3" in words(pilot), "the chosen entry is in view")
        body = app.screen.query_one("#day-entries")
        body.scroll_home(animate=False)
        await until(pilot, lambda: "woke at 3" not in words(pilot))
        await pilot.press("j")
        await until(pilot, lambda: "woke at 3" in words(pilot), "the first key leads back to it")


async def test_many_symptoms_are_scrolled_to(world: Scenario) -> None:
    app = world.app(symptoms=("fatigue", "spasms", "pain", "low mood", "nausea"))
    async with app.run_test(size=(36, 10)) as pilot:
        await sees(pilot, "baclofen")
        await pilot.press("c")
        await sees(pilot, "How are you?", "Esc cancel")
        fields = list(app.screen.query(Input))
        await until(pilot, lambda: app.focused is fields[0])
        for field in fields[1:]:
            await pilot.press("down")
            await until(pilot, lambda field=field: app.focused is field)  # type: ignore[misc]
        await types(pilot, "the last line")
        await sees(pilot, "the last line")
