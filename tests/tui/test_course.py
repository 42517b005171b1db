"""Course: which days it opens at, that years are read aside, and that nothing is read twice."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest

from splitdose.core.plan import DoseKey
from splitdose.session import Session
from splitdose.store import DataFolder
from splitdose.tui.screens.course import LONG, MOST_NOTES, CourseScreen
from support.app import Scenario, SettableClock, at
from support.pilot import sees, shown, until

PLAN = """
[slots]
morning = "08:00"
[[medicine]]
name = "baclofen"
half_life = "2-6 h"
[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"
[[medicine.step]]
start = {start}
morning = "1/2 x 20 mg tablet"
[[medicine]]
name = "diazepam"
[[medicine.product]]
name = "2 mg tablet"
strength = "2 mg"
[[medicine.step]]
start = {start}
morning = "1 x 2 mg tablet"
"""


def since(folder: Path, wall: str) -> Scenario:
    """A plan set up at seven in the morning of some day; it is the evening of 30 Nov 2023."""
    world = Scenario(folder, SettableClock(at(f"{wall} 07:00")))
    world.plan(PLAN.format(start=wall))
    world.clock.set("2023-11-30 20:00")
    return world


@pytest.fixture
def years(tmp_path: Path) -> Scenario:
    """Three years, with a dose on the first day and one on the last."""
    world = since(tmp_path / "data", "2020-12-01")
    world.clock.set("2020-12-01 08:00")
    world.session().record.take(DoseKey("baclofen", date(2020, 12, 1), "morning"))
    world.clock.set("2023-11-30 08:00")
    world.session().record.take(DoseKey("baclofen", date(2023, 11, 30), "morning"))
    world.clock.set("2023-11-30 20:00")
    return world


@pytest.mark.parametrize(
    ("began", "opens", "wider"),
    [
        ("2023-10-18", "Wed 18 Oct – Thu 30 Nov 2023   whole course", None),
        ("2022-11-30", "Wed 30 Nov 2022 – Thu 30 Nov 2023   whole course", None),
        ("2022-11-29", "Fri 2 Jun – Thu 30 Nov 2023   26 weeks", "Thu 1 Dec 2022 – Thu 30 Nov 2023   a year"),
        ("2013-12-01", "Fri 2 Jun – Thu 30 Nov 2023   26 weeks", "Thu 1 Dec 2022 – Thu 30 Nov 2023   a year"),
    ],
)
async def test_a_course_opens_whole_up_to_a_year_and_else_at_what_goes_on_now(
    tmp_path: Path, began: str, opens: str, wider: str | None
) -> None:
    world = since(tmp_path / "data", began)
    async with world.app().run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await sees(pilot, f"baclofen   {opens}", "mg per day", "so far")
        await pilot.press("minus")
        await sees(pilot, wider or opens)


async def test_ranges_as_long_as_the_course_are_left_out(tmp_path: Path) -> None:
    world = since(tmp_path / "data", "2023-11-20")
    async with world.app().run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4", "plus")
        await sees(pilot, "Fri 24 Nov – Thu 30 Nov 2023   week")
        await pilot.press("plus", "plus", "plus")
        await sees(pilot, "Wed 29 Nov – Thu 30 Nov 2023   2 days")
        await pilot.press("left_square_bracket")
        await sees(pilot, "Mon 27 Nov – Tue 28 Nov 2023   2 days")
        await pilot.press("m")
        await sees(pilot, "diazepam   Wed 29 Nov – Thu 30 Nov 2023   2 days")
        await pilot.press("minus", "minus")
        await sees(pilot, "diazepam   Mon 20 Nov – Thu 30 Nov 2023   whole course")


class Slow(DataFolder):
    """A disk that gives nothing until it is let go."""

    go = Event()

    def views(self, journal: str):  # type: ignore[no-untyped-def]
        assert self.go.wait(20)
        return super().views(journal)


class Window(Session):
    """A window whose for_thread reads from a slow disk."""

    def for_thread(self) -> Session:
        clock, where, machine_zone, policy = self._given
        return Session(Slow(self.reader.store.path), clock, where=where, machine_zone=machine_zone, policy=policy)


async def test_years_are_read_while_the_window_goes_on(years: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slow, "go", Event())
    session = Window(DataFolder(years.folder), years.clock, where="window", machine_zone=years.zone)
    app = years.app(session)
    async with app.run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4", "minus", "minus")
        await sees(pilot, "Tue 1 Dec 2020 – Thu 30 Nov 2023   whole course", "reading 1095 days …")
        await pilot.press("2")
        await sees(pilot, "week 48")
        await pilot.press("4")
        await sees(pilot, "reading 1095 days …")
        Slow.go.set()
        await sees(pilot, "so far: 1095 days, 20 of 10950 mg taken")
        text = shown(pilot)
        assert "2 of 1095 doses taken" in text
        assert "1 × 20 mg tablet" in text
        assert "reading" not in text
        # What changes is seen as well, and until it is read what was read before stays on the screen.
        Slow.go.clear()
        years.session().record.skip(DoseKey("baclofen", date(2023, 11, 29), "morning"))
        app.tick()
        await pilot.pause()
        assert "2 of 1095 doses taken, 2 on time, 0 late, 1093 no record" in shown(pilot)
        Slow.go.set()
        await sees(pilot, "2 of 1095 doses taken, 2 on time, 0 late, 1 skipped, 1092 no record")


async def test_an_answer_that_comes_late_is_not_shown_under_another_range(
    years: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "go", Event())
    session = Window(DataFolder(years.folder), years.clock, where="window", machine_zone=years.zone)
    app = years.app(session)
    async with app.run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4", "minus", "minus", "plus")
        await sees(pilot, "a year", "so far")
        Slow.go.set()
        await app.workers.wait_for_complete()
        app.redraw()
        await pilot.pause()
        assert "1 of 365 doses taken" in shown(pilot)


async def test_nothing_is_read_again_until_something_changes(tmp_path: Path) -> None:
    world = since(tmp_path / "data", "2023-11-20")
    app = world.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await sees(pilot, "0 of 10 doses taken")
        screen = app.screen
        assert isinstance(screen, CourseScreen)
        first = screen._gathered
        await pilot.resize_terminal(90, 44)
        await pilot.press("1", "4")
        await sees(pilot, "whole course")
        assert screen._gathered is first
        world.session().record.take(DoseKey("baclofen", date(2023, 11, 30), "morning"), allow={"after_next"})
        app.tick()
        await sees(pilot, "1 of 11 doses taken")
        world.clock.advance(minutes=1)
        app.tick()
        await until(pilot, lambda: screen._gathered is not first)


async def test_a_report_is_of_the_days_that_are_shown(years: Scenario) -> None:
    app = years.app()
    async with app.run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await sees(pilot, "26 weeks")
        screen = app.screen
        assert isinstance(screen, CourseScreen)
        assert screen.report_range() == (date(2023, 6, 2), date(2023, 11, 30))
        await pilot.press("minus", "minus")
        await sees(pilot, "whole course")
        assert screen.report_range() == (None, None)


async def test_of_many_notes_the_newest_are_shown(tmp_path: Path) -> None:
    world = since(tmp_path / "data", "2023-02-01")
    session = world.session()
    for n in range(MOST_NOTES + 5):
        world.clock.now = at("2023-02-01 12:00") + timedelta(days=n)
        session.record.checkin(note=f"note {n}")
    world.clock.set("2023-11-30 20:00")
    async with world.app().run_test(size=(110, 40)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await sees(pilot, "5 earlier notes: E writes a report with all", "“note 5”")
        assert "“note 4”" not in shown(pilot)


def test_a_long_course_is_more_than_a_year() -> None:
    assert LONG == 366
