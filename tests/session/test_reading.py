"""What is read for what is asked: of ten years only what it needs, and nothing again that has not changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitdose import report
from splitdose.core.log import CheckIn, Intake, Planned
from splitdose.core.plan import DoseKey
from splitdose.session import Session
from splitdose.store import CannotRead, DataFolder, new_id
from splitdose.store.codecs import record_document
from splitdose.store.lines import Put, line_of
from support import shell
from support.app import BERLIN, Scenario, at, three_a_day

SCRIPT = Path(__file__).with_name("opened.py")
TODAY = date(2023, 11, 30)
MONTHS = [date(2023 - (n + 1) // 12, 12 - (n + 1) % 12, 15) for n in range(120)]
"""A day of each month of ten years, the newest first."""


@pytest.fixture
def years(tmp_path: Path) -> Scenario:
    """Ten years in 120 files, with a plan; it is two in the afternoon and the 13:00 dose is due."""
    world = three_a_day(tmp_path / "data", "2023-11-29 07:00")
    (tmp_path / "config.toml").write_text('[backup]\nkeep = "off"\n', encoding="utf-8")
    (world.folder / "log").mkdir(exist_ok=True)
    (dose,) = (d for d in world.session().reader.day(date(2023, 11, 29)).doses if d.slot.name == "morning")
    planned = Planned(dose.pieces, dose.due, "08:00", 1)
    for day in MONTHS:
        noon = datetime.combine(day, time(12), UTC)
        intake = Intake(
            new_id(noon), "taken", "baclofen", day, "morning", noon, BERLIN, "exact", dose.pieces, planned, noon,
            "shell",
        )  # fmt: skip
        checkin = CheckIn(new_id(noon), noon, BERLIN, day, noon, sleep=5, where="shell")
        entries = [record_document(record) for record in (intake, checkin)]
        lines = [line_of([Put(table, document["id"], document)]) for table, document in entries]
        (world.folder / "log" / f"{day:%Y-%m}.jsonl").write_bytes(b"".join(lines))
    world.clock.set("2023-11-30 14:00")
    return world


def opened(world: Scenario, *words: str) -> dict[str, int]:
    """Which journals a process of its own opens, and how often."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(world.folder), world.clock.now.isoformat(), *words],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0, done.stderr
    return {name: times for name, times in told["opened"].items() if name.endswith(".jsonl")}


@pytest.mark.parametrize("words", [("today",), ("today", "--json"), ("status",), ("week",)])
def test_a_look_opens_the_plan_and_this_month_once(years: Scenario, words: tuple[str, ...]) -> None:
    assert opened(years, *words) == {"plan.jsonl": 1, "log/2023-11.jsonl": 1}


@pytest.mark.parametrize(
    "words",
    [("take", "baclofen", "afternoon"), ("skip", "baclofen", "afternoon"), ("unsure", "baclofen", "afternoon"),
     ("checkin", "--sleep", "6")],
)  # fmt: skip
def test_a_record_opens_its_month_once_more_to_be_added_to(years: Scenario, words: tuple[str, ...]) -> None:
    assert opened(years, *words) == {"plan.jsonl": 1, "log/2023-11.jsonl": 2}


def test_a_record_of_five_years_ago_opens_that_month(years: Scenario) -> None:
    words = ("skip", "baclofen", "morning", "--date", "2018-11-15", "--correct")
    assert opened(years, *words) == {"plan.jsonl": 1, "log/2018-11.jsonl": 2}


def test_the_app_starts_with_what_today_needs(years: Scenario) -> None:
    # The window, and its twin that looks in a thread of its own for what is to be said.
    assert set(opened(years, "app")) == {"plan.jsonl", "log/2023-11.jsonl"}


def test_the_week_and_a_record_in_the_app_open_no_more(years: Scenario) -> None:
    found = opened(years, "app", "2", "j", "s", "enter", "1")
    assert set(found) == {"plan.jsonl", "log/2023-11.jsonl"}
    assert shell.intakes(years.folder)[-1]["kind"] == "skipped"


def test_an_export_of_a_week_opens_its_month_and_the_first(years: Scenario) -> None:
    # The first month says how far back anything is known.
    found = opened(years, "export", "csv", "--from", "2020-06-10", "--to", "2020-06-16")
    assert found == {"plan.jsonl": 1, "log/2013-12.jsonl": 1, "log/2020-06.jsonl": 1}


class Counting(DataFolder):
    """A data folder that keeps count of what is asked of it.

    Attributes:
        read: the months whose documents were asked for, in order.
        looks: how often it was asked whether anything has changed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: list[str] = []
        self.looks = 0

    def views(self, journal: str) -> dict[str, list[Mapping[str, Any]]]:
        if journal != "plan":
            self.read.append(journal)
        return super().views(journal)

    def file_stamps(self) -> Mapping[str, Any]:
        self.looks += 1
        return super().file_stamps()


@pytest.fixture
def counted(years: Scenario) -> tuple[Session, Counting]:
    store = Counting(years.folder)
    return Session(store, years.clock, where="window", machine_zone=BERLIN), store


def test_only_the_month_that_changed_is_understood_anew(years: Scenario, counted: tuple[Session, Counting]) -> None:
    session, store = counted
    first, end = MONTHS[11], TODAY + timedelta(days=1)
    session.reader.days(first, end)
    assert len(store.read) == 12
    store.read.clear()
    years.session("shell").record.take(DoseKey("baclofen", TODAY, "afternoon"))
    days = session.reader.days(first, end)
    assert store.read == ["log/2023-11"]
    assert [d.state for d in days[-1].doses if d.slot.name == "afternoon"] == ["taken"]
    store.read.clear()
    years.session("shell").reminders.snooze(days[-1].doses[-1])  # a change that is not a record
    assert session.reader.refresh()
    session.reader.days(first, end)
    assert store.read == []


def test_a_copy_beside_a_month_is_a_change_of_that_month(years: Scenario, counted: tuple[Session, Counting]) -> None:
    session, store = counted
    first, end = MONTHS[2], TODAY + timedelta(days=1)
    before = session.reader.days(first, end)
    store.read.clear()
    at_noon = at("2023-10-20 12:00")
    checkin = CheckIn(new_id(at_noon), at_noon, BERLIN, date(2023, 10, 20), at_noon, sleep=9, where="laptop")
    line = line_of([Put("checkins", checkin.id, record_document(checkin)[1])])
    (years.folder / "log" / "2023-10 (from the laptop).jsonl").write_bytes(line)
    after = session.reader.days(first, end)
    assert store.read == ["log/2023-10"]
    assert [day.date for day, old in zip(after, before, strict=True) if day != old] == [date(2023, 10, 20)]


def test_what_cannot_be_listed_is_not_answered_from_memory(years: Scenario, counted: tuple[Session, Counting]) -> None:
    session, _ = counted
    session.reader.days(MONTHS[2], TODAY)
    (years.folder / "log").rename(years.folder / "away")
    (years.folder / "log").write_bytes(b"")
    with pytest.raises(CannotRead):
        session.reader.days(MONTHS[2], TODAY)
    (years.folder / "log").unlink()
    (years.folder / "away").rename(years.folder / "log")
    assert session.reader.days(MONTHS[2], TODAY)


def test_at_one_look_the_files_are_looked_at_once(years: Scenario, counted: tuple[Session, Counting]) -> None:
    session, store = counted
    session.reader.week()
    store.looks = 0
    with session.reader.file_snapshot():
        before = session.reader.day()
        session.reader.week()
        session.reader.days(MONTHS[11], TODAY)
        years.session("shell").record.take(DoseKey("baclofen", TODAY, "afternoon"))
        assert session.reader.day() == before
    assert store.looks == 1
    assert session.reader.day() != before


def test_a_report_looks_once_whether_files_have_changed(counted: tuple[Session, Counting]) -> None:
    session, store = counted
    for name in report.FORMATS:
        store.looks = 0
        report.make(session.reader, name)
        assert store.looks == 1, name
