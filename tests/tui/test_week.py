"""Week: every cell says what was planned and what became of it, and can be recorded late."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from splitdose.core.plan import DoseKey
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.widgets.week_grid import WeekGrid
from support.app import Scenario, at, three_a_day


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """Wednesday as planned, Thursday with one of each kind, and now the evening of Thursday."""
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    session = world.session()
    for day, slot, wall in (
        (29, "morning", "2023-11-29 08:00"),
        (29, "afternoon", "2023-11-29 14:30"),
        (29, "evening", "2023-11-29 18:00"),
        (30, "morning", "2023-11-30 08:30"),
    ):
        world.clock.set(wall)
        session.record.take(DoseKey("baclofen", date(2023, 11, day), slot))
    world.clock.set("2023-11-30 18:30")
    session.record.skip(DoseKey("baclofen", date(2023, 11, 30), "evening"), reason="felt sick")
    session.record.checkin(sleep=6, note="woke at 3, then light sleep")
    session.record.extra("baclofen", session.reader.day().doses[0].pieces, at=at("2023-11-29 22:00"), note="cramp")
    return world


def shown(app: SplitdoseApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def opened(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.press("2")
    await pilot.pause()
    await pilot.pause()


async def test_the_week_says_what_became_of_each_dose(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        text = shown(app)
        assert "week 48   Mon 27 Nov – Sun 3 Dec 2023   this week" in text
        for words in ("08:00", "14:30 late", "no record", "skipped", "before", "planned", "projected"):
            assert words in text, words
        # Planned 5 + 5 + 10 mg on Wednesday, taken all of it and 5 mg extra; Thursday 5 mg so far.
        taken = next(line for line in text.splitlines() if line.strip().startswith("taken"))
        assert "25 of 20" in taken
        assert "5 of 20" in taken
        assert "baclofen: 4 of 6 taken, 3 on time, 1 skipped, 1 no record · 30 of 40 mg" in text
        assert "woke at 3, then light sleep" in text
        assert "extra: baclofen 5 mg" in text


async def test_gaps_say_when_they_can_only_be_longer(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        gaps = next(line for line in shown(app).splitlines() if "longest gap" in line)
        # Wednesday 08:00 → 14:30 is 6 h 30 min; before it nothing is known, so it can only be longer.
        # Thursday: 22:00 → 08:30 is 10 h 30 min.
        assert "6 h 30" in gaps
        assert "10 h 30" in gaps


async def test_a_cell_can_be_filled_late(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        await pilot.press("j")
        await pilot.pause()
        assert "Thu 30 Nov afternoon 13:00: baclofen 5 mg (a quarter of one 20 mg tablet), no record" in shown(app)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+u", *"13:10", "enter", "enter", "enter")
        await pilot.pause()
        await pilot.pause()
        dose = world.session().reader.dose(DoseKey("baclofen", date(2023, 11, 30), "afternoon"))
        assert dose is not None
        assert dose.record is not None
        assert dose.record.at == at("2023-11-30 13:10")
        assert "taken 13:10" in shown(app)


async def test_other_weeks_and_back(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        await pilot.press("[")
        await pilot.pause()
        assert "week 47   Mon 20 Nov – Sun 26 Nov 2023" in shown(app)
        assert "this week" not in shown(app)
        await pilot.press("]", "]")
        await pilot.pause()
        assert "week 49" in shown(app)
        await pilot.press("home")
        await pilot.pause()
        assert "this week" in shown(app)


async def test_walking_off_the_week_goes_to_the_next(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(60, 20)) as pilot:
        await opened(pilot)
        await pilot.press("l", "l", "l", "l")
        await pilot.pause()
        assert "week 49" in shown(app)
        await pilot.press("h")
        await pilot.pause()
        assert "week 48" in shown(app)


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_the_cursors_day_is_always_shown(world: Scenario, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        assert "Thu 30" in shown(app)
        await pilot.press("h")
        await pilot.pause()
        assert "Wed 29" in shown(app)


async def test_a_click_chooses_a_cell(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        lines = shown(app).splitlines()
        column = next(line for line in lines if "Wed 29" in line).index("Wed 29")
        row = next(n for n, line in enumerate(lines) if "14:30 late" in line)
        await pilot.click(offset=(column + 2, row))
        await pilot.pause()
        state = app.screen.query_one(WeekGrid).state
        chosen = state.rows[state.row].doses[state.column]
        assert chosen is not None
        assert chosen.key == DoseKey("baclofen", date(2023, 11, 29), "afternoon")


async def test_nothing_but_ascii_where_the_terminal_has_no_more(world: Scenario) -> None:
    app = world.app(ascii=True)
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        for key in ("1", "2"):
            await pilot.press(key)
            await pilot.pause()
            odd = {c for c in shown(app) if not c.isascii()} - set("─│╭╮╰╯·–“”▔▁▂▃▄▅▆▇█━…")
            assert not odd, odd


async def test_an_alarm_is_seen_on_the_week_too(world: Scenario) -> None:
    world.clock.set("2023-12-01 08:00")
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await opened(pilot)
        assert "! morning: baclofen 5 mg, due now" in shown(app)
        world.clock.advance(minutes=3)
        app.tick()
        await pilot.pause()
        assert "due, 3 min ago" in shown(app)
        world.session().record.take(DoseKey("baclofen", date(2023, 12, 1), "morning"))
        app.tick()
        await pilot.pause()
        await pilot.pause()
        assert "! morning" not in shown(app)


def test_week_starts_on_the_chosen_day(world: Scenario) -> None:
    week = world.session().reader.week(date(2023, 11, 30), first_weekday=6)
    assert week.start == date(2023, 11, 26)
    assert week.end - week.start == timedelta(days=7)
