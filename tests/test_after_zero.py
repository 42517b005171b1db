"""After the last dose of a taper: how long ago it was is told where a person looks, until archived or long past."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.helpers import CommandLine
from splitdose.core.clock import DAY
from splitdose.core.plan import DosePoint
from splitdose.demo import make_demo
from splitdose.session import Session
from splitdose.session.reader import LATELY
from splitdose.settings import Settings
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp
from support.pilot import sees, shown

BERLIN = ZoneInfo("Europe/Berlin")
LAST = date(2023, 12, 8)
LAST_DOSE = datetime(2023, 12, 8, 17, 52, 30, tzinfo=BERLIN)


class After:
    """The demo's folder so many days after the last dose, and a clock that can be moved on."""

    def __init__(self, folder: Path, days: int, at: time = time(6, 30)) -> None:
        self.folder = folder
        self.now = datetime.combine(LAST + days * DAY, at, tzinfo=BERLIN)
        make_demo(folder, self.now, BERLIN.key, day=44 + days)

    def session(self) -> Session:
        return Session(DataFolder(self.folder), lambda: self.now, where="test", machine_zone=BERLIN.key)

    def finished(self) -> list[tuple[str, timedelta, bool]]:
        return [(m.name, since.length, since.certain) for m, since in self.session().reader.lately_finished()]


@pytest.mark.parametrize("days", [1, 2, 3, 30])
def test_the_time_since_the_last_dose(tmp_path: Path, days: int) -> None:
    after = After(tmp_path / "data", days)
    assert after.finished() == [("baclofen", after.now - LAST_DOSE, True)]


def test_not_while_a_dose_is_asked_for(tmp_path: Path) -> None:
    assert After(tmp_path / "data", 0, time(23, 59)).finished() == []


def test_a_dose_still_open_is_waited_for(tmp_path: Path) -> None:
    after = After(tmp_path / "data", -1, time(7, 30))
    after.now += timedelta(hours=3)  # and nothing was recorded
    session = after.session()
    session.plans.apply(session.plans.stop("baclofen", DosePoint(LAST - DAY, "evening")), allow={"replaces"})
    assert [(dose.slot.name, dose.state) for dose in session.reader.open_doses()] == [("morning", "late")]
    assert after.finished() == []
    after.now += DAY
    assert [(name, certain) for name, _, certain in after.finished()] == [("baclofen", False)]


def test_a_later_extra_dose_is_the_last(tmp_path: Path) -> None:
    after = After(tmp_path / "data", 3)
    product = after.session().reader.find_medicine("baclofen").latest.products[1]
    session = after.session()
    evening = session.reader.log([LAST]).fills_on(LAST)
    pieces = next(i.pieces for i in evening if i.medicine == "baclofen" and i.pieces[0].product == product)
    session.record.extra("baclofen", pieces)
    after.now += timedelta(hours=5)
    assert after.finished() == [("baclofen", timedelta(hours=5), True)]


def test_one_without_a_clear_end_says_recorded(tmp_path: Path) -> None:
    after = After(tmp_path / "data", 2)
    session = after.session()
    (evening,) = (i for i in session.reader.log([LAST]).fills_on(LAST) if i.medicine == "baclofen")
    session.record.undo(evening.id, everywhere=True)
    ((name, length, certain),) = after.finished()
    assert (name, certain) == ("baclofen", False)
    assert length > after.now - LAST_DOSE


def test_it_is_told_for_some_weeks_or_until_archived(tmp_path: Path) -> None:
    after = After(tmp_path / "data", 1)
    after.now += LATELY
    assert [name for name, *_ in after.finished()] == ["baclofen"]
    after.now += DAY
    assert after.finished() == []
    after.now -= 10 * DAY
    session = after.session()
    session.plans.apply(session.plans.archive("baclofen"), allow={"replaces"})
    assert after.finished() == []


def test_in_the_shell(tmp_path: Path) -> None:
    after = After(tmp_path / "data", 3)
    line = CommandLine(after.folder, f"{after.now:%Y-%m-%d %H:%M}")
    assert line("today").done().lines[-1] == "baclofen: 60 h since the last dose"
    session = after.session()
    session.plans.apply(session.plans.stop("diazepam"), allow={"replaces"})
    assert line("status").done().lines == [
        "no dose is planned; baclofen: 60 h since the last dose; diazepam: 12 h since the last dose"
    ]


async def test_on_today_and_on_the_course(tmp_path: Path) -> None:
    after = After(tmp_path / "data", 3)
    for size in ((100, 30), (60, 20), (36, 10)):
        app = SplitdoseApp(after.session(), Settings(desktop=False, backups=0))
        async with app.run_test(size=size) as pilot:
            await sees(pilot, "baclofen: 60 h since the last dose")
            assert "diazepam" in shown(pilot)
            await pilot.press("4")
            await sees(pilot, "60 h since the last dose", "mg per day")
