"""Looking back: details with their history, the month, the course, check-ins, and reports from the app."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from splitdose.core.plan import DoseKey
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.widgets.chart import Bar, band, bars, top_of
from support.app import Scenario, at, three_a_day
from support.pilot import works

WEDNESDAY = date(2023, 11, 29)


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    session = world.session()
    for slot, wall in (("morning", "08:00"), ("afternoon", "13:05"), ("evening", "18:00")):
        world.clock.set(f"2023-11-29 {wall}")
        session.record.take(DoseKey("baclofen", WEDNESDAY, slot))
    world.clock.set("2023-11-29 21:00")
    session.record.checkin(sleep=7, note="one tablet a day")
    world.clock.set("2023-12-20 12:00")
    return world


def shown(app: SplitdoseApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def settle(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


async def test_a_correction_three_weeks_later_is_seen_everywhere_with_its_history(world: Scenario) -> None:
    key = DoseKey("baclofen", WEDNESDAY, "afternoon")
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await settle(pilot)
        await pilot.press("2", "[", "[", "[")
        await settle(pilot)
        assert "week 48" in shown(app)
        await pilot.press("j")
        await settle(pilot)
        assert "Wed 29 Nov afternoon" in shown(app)
        await pilot.press("t")
        await settle(pilot)
        await pilot.press("ctrl+u", *"13:40", "enter", "enter", "enter")
        await settle(pilot)
        assert "Replace that record?" in shown(app)
        await pilot.press("y")
        await settle(pilot)
        assert "13:40" in shown(app)
        await pilot.press("d")
        await settle(pilot)
        text = shown(app)
        assert "Wed 29 Nov 13:05  recorded as taken 13:05" in text
        assert "✓ Wed 20 Dec 12:00  corrected to taken 13:40" in text
        # Taking the correction back restores what it replaced, and the history keeps all of it.
        await pilot.press("v")
        await settle(pilot)
        dose = world.session().reader.dose(key)
        assert dose is not None
        assert dose.record is not None
        assert dose.record.at == at("2023-11-29 13:05")
        await pilot.press("d")
        await settle(pilot)
        words = " ".join(shown(app).split())
        assert "corrected to taken 13:40, ¼ × 20 mg tablet = 5 mg; undone Wed 20 Dec 12:00" in words
    assert world.session().reader.day(WEDNESDAY).totals[0].taken_mg == 20


async def test_the_month_shows_each_day_and_leads_to_its_week(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "m")
        await settle(pilot)
        assert "December 2023   baclofen" in shown(app)
        await pilot.press("pageup")
        await settle(pilot)
        assert "November 2023" in shown(app)
        assert "29 20✓" in shown(app)
        assert "30 0?" in shown(app)
        await pilot.press(*["right"] * 7)
        await settle(pilot)
        assert "Wed 29 Nov 2023: 3 taken · 20 of 20 mg" in shown(app)
        await pilot.press("enter")
        await settle(pilot)
        assert "week 48" in shown(app)
        assert "Wed 29 Nov morning" in shown(app)


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_the_course_is_drawn_at_any_size(world: Scenario, size: tuple[int, int]) -> None:
    world.clock.set("2023-11-29 23:00")
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("4", "+", "+")
        await settle(pilot)
        text = shown(app)
        assert "baclofen" in text
        assert "mg per day" in text
        await pilot.press(*["j"] * 40)
        await settle(pilot)
        words = " ".join(shown(app).split())
        assert "first day of the plan is not in it." in words, "the assumptions stand at the end"


async def test_the_course_says_what_the_record_says(world: Scenario) -> None:
    world.clock.set("2023-11-30 03:00")
    app = world.app()
    async with app.run_test(size=(120, 50)) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        text = shown(app)
        assert "9 h since the last dose" in text
        assert "estimated mg remaining   by a half-life of 2 to 6 h, as you gave it" in text
        assert "3 of 3 doses taken, 3 on time, 0 late" in text
        assert "used: 1 × 20 mg tablet" in text
        assert "“one tablet a day”" in text
        await pilot.press("m")
        await settle(pilot)
        assert "no half-life was given, so no estimate is drawn" in shown(app)


async def test_no_difference_is_two_keys(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        await pilot.press("=", "enter")
        await settle(pilot)
    (checkin,) = world.session().reader.day().checkins
    assert checkin.note == "no difference"


async def test_own_symptoms_are_lines_of_the_check_in(world: Scenario) -> None:
    app = world.app(symptoms=("fatigue", "muscle pain"))
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        await pilot.press("6", "enter", "enter", "enter", "4", "enter", "1", "1")
        await settle(pilot)
        assert "muscle pain: not a whole number from 0 to 10" in shown(app)
        await pilot.press("backspace", "enter", *"nausea 2", "enter", "enter")
        await settle(pilot)
    (checkin,) = world.session().reader.day().checkins
    assert (checkin.sleep, dict(checkin.symptoms)) == (6, {"fatigue": 4, "muscle pain": 1, "nausea": 2})


async def test_the_evening_question_waits_for_a_check_in(world: Scenario) -> None:
    world.clock.set("2023-12-20 20:59")
    app = world.app(evening_question=time(21, 0))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "How was your day?" not in shown(app)
        world.clock.advance(minutes=1)
        app.tick()
        await settle(pilot)
        assert "How was your day? c checks in (= no change)" in shown(app)
        await pilot.press("c")
        await settle(pilot)
        await pilot.press("=", "enter")
        await settle(pilot)
        assert "How was your day?" not in shown(app)


async def test_a_report_is_looked_at_before_it_is_written(world: Scenario, tmp_path: Path) -> None:
    world.clock.set("2023-11-30 03:00")
    target = tmp_path / "out.md"
    target.write_text("older", encoding="utf-8")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "E")
        await settle(pilot)
        await works(pilot)
        await settle(pilot)
        assert "baclofen" in shown(app)
        await pilot.press("ctrl+u", *[{"_": "underscore"}.get(c, c) for c in str(target)], "enter")
        await settle(pilot)
        assert target.read_text(encoding="utf-8") == "older", "an existing file is asked about"
        await pilot.press("enter")
        await settle(pilot)
    text = target.read_text(encoding="utf-8")
    assert "baclofen" in text
    assert target.stat().st_mode & 0o777 == 0o600


def test_the_axis_ends_on_a_round_figure() -> None:
    assert [top_of([v]) for v in (0, 0.3, 4, 7.5, 20, 55, 100)] == pytest.approx([1, 0.3, 4, 8, 20, 60, 100])


def test_bars_are_as_high_as_what_was_taken() -> None:
    lines = bars([Bar(20, 20), Bar(10, 20), Bar(0, 20)], 4, 2)
    columns = ["".join(line[7 + 2 * n] for line in lines) for n in range(3)]
    assert columns == ["████", "‾ ██", "‾   "]


def test_the_band_is_solid_below_and_shaded_between() -> None:
    lines = band([1, 0], [4, 4], 4)
    assert ["".join(line[7 + n] for line in lines) for n in range(2)] == ["░░░█", "░░░░"]
