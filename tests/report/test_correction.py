"""A correction made today to a dose of three weeks ago: seen on every screen and in every report, its history kept."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from report.reading import Page, markdown_facts, markdown_tables
from splitdose import report
from splitdose.core.plan import DoseKey
from splitdose.tui.dialogs.prompts import Confirm
from support.app import Scenario, three_a_day
from support.pilot import sees, shown, until

WEDNESDAY = date(2023, 11, 29)
AFTERNOON = DoseKey("baclofen", WEDNESDAY, "afternoon")
THAT_DAY = "Wed 29 Nov 2023"


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """5, 5 and 10 mg taken on a Wednesday; it is noon, three weeks later."""
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    for slot, wall in (("morning", "08:00"), ("afternoon", "13:05"), ("evening", "18:00")):
        world.clock.set(f"2023-11-29 {wall}")
        world.session().record.take(DoseKey("baclofen", WEDNESDAY, slot))
    world.clock.set("2023-12-20 12:00")
    return world


async def corrected(world: Scenario) -> None:
    """In the app: the afternoon's dose was half a tablet, at 13:40."""
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        await pilot.press("2", "[", "[", "[", "j")
        await sees(pilot, "Wed 29 Nov afternoon", "13:05")
        await pilot.press("t")
        await sees(pilot, "13:05")
        await pilot.press("ctrl+u", *"13:40", "enter", "ctrl+u", *"1/2", "enter", "enter")
        while True:
            await until(
                pilot,
                lambda: (
                    isinstance(app.screen, Confirm)
                    or world.session().reader.log([WEDNESDAY]).history(_first(world))[1:]
                ),
            )
            if not isinstance(app.screen, Confirm):
                break
            await pilot.press("y")
            await pilot.pause()
        # The week, the month and the details.
        await sees(pilot, "Wed 29 Nov afternoon", "13:40", "25 of 20")
        await pilot.press("d")
        await sees(pilot, "Wed 29 Nov 13:05  recorded as taken 13:05, ¼ × 20 mg tablet = 5 mg")
        await sees(pilot, "✓ Wed 20 Dec 12:00  corrected to taken 13:40, ½ × 20 mg tablet = 10 mg")
        await pilot.press("escape", "m")
        await sees(pilot, "November 2023   baclofen", "29 25✓", "3 taken · 25 of 20 mg")
        await pilot.press("escape", "4")
        await sees(pilot, "25 of 420 mg taken", "longest time between two doses: 5 h 40 min")


def _first(world: Scenario) -> str:
    """The id of the record of the afternoon that was made first."""
    intakes = world.session().reader.log([WEDNESDAY]).intakes.values()
    return min(intake.id for intake in intakes if intake.key == AFTERNOON)


async def test_a_correction_is_seen_everywhere(world: Scenario) -> None:
    before = {name: report.make(world.session().reader, name) for name in report.FORMATS}
    assert dict(markdown_facts(before["markdown"])["baclofen"])["Taken"] == "20 mg"
    await corrected(world)
    reader = world.session().reader
    line = "afternoon 5 mg (¼ × 20 mg), taken 13:40, 10 mg"
    text = report.make(reader, "markdown")
    assert dict(markdown_facts(text)["baclofen"])["Taken"] == "25 mg"
    day = next(row for row in markdown_tables(text)[-1] if row[0] == THAT_DAY)
    assert day[1:4] == ["baclofen", "20 mg", "25 mg"]
    assert line in day[4]
    assert "13:05" not in day[4]
    page = Page(report.make(reader, "html"))
    assert dict(page.facts["c0"])["Taken"] == "25 mg"
    day = next(row for row in page.tables["days"] if row[0] == THAT_DAY)
    assert day[1:4] == ["baclofen", "20 mg", "25 mg"]
    assert line in day[4]
    assert "13:05" not in day[4]


async def test_its_history_stays_readable_in_the_data(world: Scenario) -> None:
    await corrected(world)
    reader = world.session().reader
    rows = list(csv.DictReader(io.StringIO(report.make(reader, "csv"), newline="")))
    (row,) = (row for row in rows if (row["date"], row["slot"]) == ("2023-11-29", "afternoon"))
    assert (row["at"], row["taken_mg"], row["planned_mg"]) == ("2023-11-29T13:40:00+01:00", "10", "5")
    assert row["recorded_at"].startswith("2023-12-20T12:00")
    assert row["replaces"] == _first(world)
    intakes = json.loads(report.make(reader, "json"))["journals"]["log/2023-11"]["intakes"]
    chain = [d for d in intakes if (d["medicine"], d["slot"], d["date"]) == ("baclofen", "afternoon", "2023-11-29")]
    assert [(d["at"][11:16], d["pieces"][0]["count"], d["replaces"]) for d in chain] == [
        ("13:05", "1/4", None), ("13:40", "1/2", chain[0]["id"])
    ]  # fmt: skip
    # A calendar speaks of what is to come: a correction of the past changes nothing in it.
    assert "13:40" not in report.make(reader, "ics")


async def test_taken_back_it_is_what_it_was(world: Scenario) -> None:
    before = {name: report.make(world.session().reader, name) for name in ("markdown", "html", "csv")}
    await corrected(world)
    session = world.session()
    assert {name for name in before if report.make(session.reader, name) != before[name]} == set(before)
    session.record.undo(everywhere=True)
    assert {name: report.make(session.reader, name) for name in before} == before
    app = world.app()
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        await pilot.press("2", "[", "[", "[", "j", "d")
        await sees(pilot, "✓ Wed 29 Nov 13:05  recorded as taken 13:05")
        words = " ".join(shown(pilot).split())
        assert "corrected to taken 13:40, ½ × 20 mg tablet = 10 mg; undone Wed 20 Dec 12:00" in words
