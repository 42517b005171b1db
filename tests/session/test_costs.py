"""What is asked once a second, or drawn at each press, costs what it must: days are made and files looked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitdose import reminding
from splitdose.core.day import Day, day_of
from splitdose.core.log import Log
from splitdose.core.plan import DoseKey, Plan
from splitdose.notify import Outcome
from splitdose.session import Session, reader
from splitdose.settings import Settings
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp
from splitdose.watch import Watcher
from support.app import BERLIN, Scenario, three_a_day

DAY = date(2023, 11, 30)
MORNING = DoseKey("baclofen", DAY, "morning")


class Costs(DataFolder):
    """A data folder that counts the looks at its files, and which days are made from it.

    Attributes:
        looks: at the files.
        days: how often each logical date was made.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.looks = 0
        self.days: Counter[date] = Counter()

    def file_stamps(self) -> Mapping[str, Any]:
        self.looks += 1
        return super().file_stamps()

    def begin(self) -> None:
        """Begin to count anew."""
        self.looks = 0
        self.days.clear()


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    made = three_a_day(tmp_path / "data")
    made.clock.set("2023-11-30 09:00:30")
    return made


@pytest.fixture
def costs(world: Scenario, monkeypatch: pytest.MonkeyPatch) -> Costs:
    made = Costs(world.folder)

    def counting(plan: Plan, log: Log, day: date, now: datetime) -> Day:
        made.days[day] += 1
        return day_of(plan, log, day, now)

    monkeypatch.setattr(reader, "day_of", counting)
    monkeypatch.setattr(reminding, "probe_desktop", lambda environ: Outcome("desktop", ok=True))
    monkeypatch.setattr(reminding, "send_desktop", lambda notice, **options: Outcome("desktop", ok=True))
    return made


@pytest.fixture
def session(world: Scenario, costs: Costs) -> Session:
    return Session(costs, world.clock, where="window", machine_zone=BERLIN)


def test_an_idle_watcher_makes_no_day_and_looks_at_the_files_once_a_second(
    world: Scenario, session: Session, costs: Costs
) -> None:
    watcher = Watcher(session, Settings(), {"TZ": BERLIN})
    for _ in range(3):
        watcher.look()
    costs.begin()
    for second in range(1, 11):
        world.clock.advance(seconds=1)
        assert watcher.look() is None
        assert (costs.looks, costs.days) == (second, Counter())
    world.clock.advance(seconds=20)
    watcher.look()
    assert set(costs.days.values()) == {1}, "in another minute the answer may be another"


async def test_an_idle_window_makes_no_day_and_looks_at_the_files_once_a_second(
    world: Scenario, session: Session, costs: Costs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SplitdoseApp, "_tick_on", lambda app: app.tick())  # the test is its clock
    app = SplitdoseApp(session, Settings())
    async with app.run_test(size=(100, 30)) as pilot:
        for _ in range(3):
            app.tick()
            await app.workers.wait_for_complete()
            await pilot.pause()
        costs.begin()
        for second in range(1, 11):
            world.clock.advance(seconds=1)
            app.tick()
            assert (costs.looks, costs.days) == (second, Counter())


@pytest.mark.parametrize("screen", ["1", "2"])
async def test_a_redraw_makes_each_day_that_it_shows_once(
    session: Session, costs: Costs, monkeypatch: pytest.MonkeyPatch, screen: str
) -> None:
    monkeypatch.setattr(SplitdoseApp, "_tick_on", lambda app: app.tick())
    app = SplitdoseApp(session, Settings(desktop=False))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(screen)
        await pilot.pause()
        costs.begin()
        app.redraw()
        assert set(costs.days.values()) == {1}
        assert len(costs.days) <= (3 if screen == "1" else 9)
        assert costs.looks == 1


def test_to_record_a_dose_makes_that_dose_and_no_day(session: Session, costs: Costs) -> None:
    session.reader.day()
    costs.begin()
    session.record.take(MORNING, allow={"after_next"})
    assert not costs.days


def test_all_that_a_screen_asks_for_makes_each_day_once(session: Session, costs: Costs) -> None:
    asked = session.reader
    with asked.file_snapshot():
        asked.week()
        asked.on_screen()
        asked.open_doses()
        asked.next_dose()
        asked.dose(MORNING)
        session.reminders.calling()
        session.reminders.due_notice()
        session.reminders.due_notice_here([], asked.now())
    assert costs.looks == 1
    assert set(costs.days.values()) == {1}
    assert len(costs.days) <= 9


def test_a_snapshot_is_of_one_instant_and_ends_with_it(world: Scenario, session: Session, costs: Costs) -> None:
    asked = session.reader
    world.clock.set("2023-11-30 12:59:59")
    with asked.file_snapshot():
        before = [dose.state for dose in asked.day().doses]
        world.clock.set("2023-11-30 13:00:00")
        assert [dose.state for dose in asked.day().doses] == before
    assert before[:2] == ["late", "upcoming"]
    assert [dose.state for dose in asked.day().doses][:2] == ["unrecorded", "due"]


def test_what_is_recorded_in_a_snapshot_is_seen_once_the_files_are_looked_at_again(session: Session) -> None:
    with session.reader.file_snapshot():
        assert session.reader.day().doses[0].record is None
        session.record.take(MORNING, allow={"after_next"})
        session.reader.refresh()
        assert session.reader.day().doses[0].record is not None


def test_second_records_are_looked_for_only_when_something_has_changed(
    world: Scenario, session: Session, costs: Costs
) -> None:
    assert session.reader.duplicates() == []
    costs.begin()
    assert session.reader.duplicates() == []
    assert not costs.days
    first = world.session("phone").record.take(MORNING, allow={"after_next"})
    DataFolder(world.folder).add_to_log(DAY, replace(first, id=f"{first.id}x", where="laptop"))
    (dose,) = session.reader.duplicates()
    assert dose.key == MORNING
    costs.begin()
    assert session.reader.duplicates() == [dose]
    assert not costs.days
    session.record.resolve_duplicate(dose.duplicates[0].id, extra=False)
    assert session.reader.duplicates() == []
    world.clock.now += timedelta(days=1)
    costs.begin()
    session.reader.duplicates()
    assert costs.days, "another date has other days before it"
