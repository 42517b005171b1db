"""Reports speak of the whole course: what was before the record, and before the range, as the plan states it."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from report.reading import Page, markdown_facts, markdown_tables
from report.taper import PLAN, SettableClock, open_session, wall
from splitdose import report
from splitdose.planfile import read_plan_file
from splitdose.report.data import Options
from splitdose.session import Session

STATED = "before Splitdose, as the plan states"
DAYS_OF_STEPS = [
    ("Thu 26 Oct 2023", "5 days", "55 mg"),
    ("Tue 31 Oct 2023", "5 days", "50 mg"),
    ("Sun 5 Nov 2023", "5 days", "45 mg"),
    ("Fri 10 Nov 2023", "5 days", "40 mg"),
    ("Wed 15 Nov 2023", "4 days", "35 mg"),
    ("Sun 19 Nov 2023", "5 days", "30 mg"),
    ("Fri 24 Nov 2023", "5 days", "25 mg"),
    ("Wed 29 Nov 2023", "2 days", "20 mg"),
]


def clock_at(moment: str) -> SettableClock:
    clock = SettableClock()
    clock.at = at(moment)
    return clock


def at(moment: str) -> datetime:
    local = datetime.fromisoformat(moment)
    return wall(local.date(), local.time())


@pytest.fixture
def late(tmp_path: Path) -> Session:
    """A plan kept for the first time on the second day of its eighth step."""
    session = open_session(tmp_path / "late", clock_at("2023-11-30T12:00"))
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    return session


def steps_of(session: Session, name: str, **options: object) -> list[list[str]]:
    text = report.make(session.reader, name, **options)  # type: ignore[arg-type]
    if name == "markdown":
        return next(iter(markdown_tables(text)))[1:]
    return next(rows for rows in Page(text).tables.values() if rows[0][:2] == ["from", "held"])[1:]


@pytest.mark.parametrize("name", ["markdown", "html"])
@pytest.mark.parametrize("first", [None, date(2023, 10, 1), date(2023, 11, 30)])
def test_a_plan_kept_late_in_its_course_shows_every_step_that_it_states(
    late: Session, name: str, first: date | None
) -> None:
    rows = steps_of(late, name, first=first)
    assert [tuple(row[:3]) for row in rows] == DAYS_OF_STEPS
    assert all(STATED in row[4] for row in rows)
    assert f"until Wed 29 Nov 2023 {STATED}" in rows[-1][4]


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_report_without_names_shows_them_too(late: Session, name: str) -> None:
    rows = steps_of(late, name, options=Options(discreet=True))
    assert [tuple(row[:3]) for row in rows] == DAYS_OF_STEPS


def test_the_length_of_the_whole_course_stands_beside_the_days_of_the_record(late: Session) -> None:
    given = dict(markdown_facts(report.make(late.reader, "markdown", first=date(2023, 10, 1)))["baclofen"])
    assert given["Days"].startswith("1, Thu 30 Nov 2023 to Thu 30 Nov 2023")
    assert given["Whole course"] == "36 days from Thu 26 Oct 2023; before Thu 30 Nov 2023 as the plan states"


def test_what_the_plan_states_is_in_no_sum_of_the_record(late: Session) -> None:
    given = dict(markdown_facts(report.make(late.reader, "markdown", first=date(2023, 10, 1)))["baclofen"])
    assert not {"Doses", "Planned", "Taken", "Used"} & set(given)


def test_a_range_in_the_middle_of_a_recorded_course_shows_the_steps_before_it_without_a_mark(tmp_path: Path) -> None:
    clock = clock_at("2023-10-26T06:00")
    session = open_session(tmp_path / "whole", clock)
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    clock.at = at("2023-10-31T07:00")
    session.plans.apply(session.plans.next("baclofen"), allow={"replaces"})
    clock.at = at("2023-11-02T07:00")
    rows = steps_of(session, "markdown", first=date(2023, 11, 1))
    assert [tuple(row[:3]) for row in rows] == [DAYS_OF_STEPS[0], ("Tue 31 Oct 2023", "3 days", "50 mg")]
    assert not any(STATED in row[4] for row in rows)


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_page_says_when_a_dose_is_planned_and_not_how_far_ahead_it_was(late: Session, name: str) -> None:
    text = report.make(late.reader, name)
    assert "planned at 13:00" in text
    assert not re.search(r"\bin \d+ (h|min|days)", text)


def test_a_dose_that_waits_has_no_record_yet(tmp_path: Path) -> None:
    clock = clock_at("2023-11-30T07:00")
    session = open_session(tmp_path / "due", clock)
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    clock.at = at("2023-11-30T08:20")
    assert "morning 5 mg (¼ × 20 mg), no record yet" in report.make(session.reader, "markdown")
