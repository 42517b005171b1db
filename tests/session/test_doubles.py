"""Two devices filled one dose: the first recorded stands, and the other is in no total until the person says."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from splitdose.core.plan import DoseKey
from splitdose.session import Refused, Session
from support.app import Scenario, three_a_day

MORNING = DoseKey("baclofen", date(2023, 11, 30), "morning")


@pytest.fixture
def synced(tmp_path: Path) -> tuple[Scenario, Session]:
    """Two devices on copies of a folder take the same dose; then a file-sync tool brings both logs together."""
    world = three_a_day(tmp_path / "desk")
    shutil.copytree(tmp_path / "desk", tmp_path / "laptop")
    laptop = Scenario(tmp_path / "laptop", world.clock)
    world.clock.set("2023-11-30 08:02")
    world.session("desk").record.take(MORNING)
    world.clock.set("2023-11-30 08:30")
    laptop.session("laptop").record.take(MORNING, note="on the laptop")
    copy = tmp_path / "desk" / "log" / "2023-11 (laptop's conflicted copy).jsonl"
    shutil.copy(tmp_path / "laptop" / "log" / "2023-11.jsonl", copy)
    return world, world.session()


def test_the_first_recorded_stands_and_the_other_is_in_no_total(synced: tuple[Scenario, Session]) -> None:
    _, session = synced
    (dose,) = session.reader.duplicates()
    assert dose.record is not None
    assert (dose.record.where, [d.where for d in dose.duplicates]) == ("desk", ["laptop"])
    assert session.reader.day(date(2023, 11, 30)).totals[0].taken_mg == 5


def test_as_an_extra_it_counts_with_its_own_time(synced: tuple[Scenario, Session]) -> None:
    _, session = synced
    (dose,) = session.reader.duplicates()
    extra = session.record.resolve_duplicate(dose.duplicates[0].id, extra=True)
    assert extra is not None
    day = session.reader.day(date(2023, 11, 30))
    assert [(e.id, e.at, e.note) for e in day.extras] == [(extra.id, dose.duplicates[0].at, "on the laptop")]
    assert day.totals[0].taken_mg == 10
    assert session.reader.duplicates() == []


def test_as_a_duplicate_it_is_taken_back(synced: tuple[Scenario, Session]) -> None:
    _, session = synced
    (dose,) = session.reader.duplicates()
    assert session.record.resolve_duplicate(dose.duplicates[0].id, extra=False) is None
    day = session.reader.day(date(2023, 11, 30))
    assert day.extras == ()
    assert day.totals[0].taken_mg == 5
    with pytest.raises(Refused):
        session.record.resolve_duplicate(dose.duplicates[0].id, extra=True)


async def test_the_app_asks(synced: tuple[Scenario, Session]) -> None:
    world, session = synced
    app = world.app(session)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.tick()
        await pilot.pause()
        text = "".join("".join(s.text for s in strip) for strip in app.screen._compositor.render_strips())
        assert "is recorded twice" in " ".join(text.split())
        await pilot.press("y")
        await pilot.pause()
    assert session.reader.duplicates() == []
    assert session.reader.day(date(2023, 11, 30)).totals[0].taken_mg == 10
