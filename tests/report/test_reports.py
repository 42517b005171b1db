"""What all reports have in common: the list of them, ranges, progress, and what is there when nothing is."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from report.taper import FIRST, LAST, PLAN, SettableClock, open_session
from splitdose import report
from splitdose.core.errors import BadInput
from splitdose.planfile import parse_plan, read_plan_file
from splitdose.report.data import Options, collect
from splitdose.report.discreet import letter
from splitdose.session import Session


def test_the_list_costs_no_writer() -> None:
    code = (
        "import sys; from splitdose import report; assert len(report.FORMATS) == 5; "
        "print([m for m in sys.modules if m.startswith(('splitdose.report.', 'icalendar', 'textual', 'tinydb'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['splitdose.report.progress', 'splitdose.report.formats']"


def test_only_the_calendar_needs_the_calendar_library(tmp_path: Path) -> None:
    code = (
        "import sys; from splitdose import report\n"
        "for name in ('markdown', 'html', 'csv', 'json'): report.FORMATS[name].writer()\n"
        "assert 'icalendar' not in sys.modules and 'textual' not in sys.modules\n"
        "report.FORMATS['ics'].writer(); assert 'icalendar' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_every_format_says_what_it_is_for(name: str) -> None:
    found = report.FORMATS[name]
    assert found.name == name
    assert found.suffix.startswith(".")
    assert len(found.description) > 10


def test_an_unknown_format_names_those_there_are(tapered: Session) -> None:
    with pytest.raises(BadInput, match=r'unknown format "pdf"; the formats are: markdown, html, csv, ics, json'):
        report.make(tapered.reader, "pdf")


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_nothing_recorded_is_still_a_report(name: str, tmp_path: Path) -> None:
    text = report.make(open_session(tmp_path / "none", SettableClock()).reader, name)
    assert text.strip()
    if name in ("markdown", "html"):
        assert "Nothing is planned or recorded" in text


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_a_plan_without_a_record_is_a_report(name: str, tmp_path: Path) -> None:
    session = open_session(tmp_path / "plan", SettableClock())
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    text = report.make(session.reader, name)
    if name in ("markdown", "html"):
        assert "Nothing is planned or recorded" not in text
        assert "baclofen" in text


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_the_same_moment_gives_the_same_text(tapered: Session, name: str) -> None:
    assert report.make(tapered.reader, name) == report.make(tapered.for_thread().reader, name)


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_progress_grows_to_the_end(tapered: Session, name: str) -> None:
    told: list[tuple[int, int]] = []
    report.make(tapered.reader, name, progress=lambda done, total: told.append((done, total)))
    parts = [done / total for done, total in told]
    assert parts == sorted(parts)
    assert 0 <= parts[0] < 0.5
    assert parts[-1] == 1
    assert len(set(parts)) >= 3


@pytest.mark.parametrize("name", list(report.FORMATS))
def test_work_ends_when_it_is_cancelled(tapered: Session, name: str) -> None:
    calls: list[int] = []

    def third(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == 3:
            raise report.Cancelled

    with pytest.raises(report.Cancelled):
        report.make(tapered.reader, name, progress=third)
    assert len(calls) == 3


def test_a_range_begins_no_earlier_than_what_is_known(tapered: Session) -> None:
    data = collect(tapered.reader, report.FORMATS["markdown"], first=date(1900, 1, 1))
    assert (data.start, data.last) == (FIRST, LAST + timedelta(days=3))
    assert data.days[0].date == FIRST


def test_an_estimate_knows_the_days_before_the_range(tapered: Session) -> None:
    data = collect(tapered.reader, report.FORMATS["html"], first=date(2023, 11, 20), last=date(2023, 11, 22))
    assert [day.date for day in data.days] == [date(2023, 11, 20) + timedelta(days=n) for n in range(3)]
    assert data.before[-1].date == date(2023, 11, 19)
    band = data.band("baclofen")
    assert not isinstance(band, str)
    assert band.high[0] > 1  # what was left of the evening before
    assert band.times[-1] == data.calendar.begin(date(2023, 11, 23))


def test_a_range_backwards_is_refused(tapered: Session) -> None:
    with pytest.raises(BadInput, match="swap the dates"):
        report.make(tapered.reader, "csv", first=LAST, last=FIRST)


def test_a_range_before_everything_is_refused(tapered: Session) -> None:
    with pytest.raises(BadInput, match="2023-10-26"):
        report.make(tapered.reader, "csv", first=date(2020, 1, 1), last=date(2020, 2, 1))


def test_a_range_far_ahead_is_refused(tapered: Session) -> None:
    with pytest.raises(BadInput, match="days ahead"):
        report.make(tapered.reader, "markdown", last=date(2199, 1, 1))


def test_days_ahead_are_told_as_projected(tmp_path: Path) -> None:
    session = open_session(tmp_path / "plan", SettableClock())
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    text = report.make(session.reader, "markdown", last=FIRST + timedelta(days=6))
    assert "projected at 08:00" in text
    assert "2 days, projected" in text


def test_discreet_keeps_notes_only_when_asked() -> None:
    assert Options().keeps_notes
    assert not Options(discreet=True).keeps_notes
    assert Options(discreet=True, notes=True).keeps_notes
    assert not Options(notes=False).keeps_notes


def test_letters_go_on_after_z() -> None:
    assert [letter(n) for n in (0, 25, 26, 27, 51, 52, 701, 702)] == ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]


MICROGRAMS = """
[slots]
morning = "08:00"
[[medicine]]
name = "levothyroxine"
advance = "on date"
[[medicine.product]]
name = "50 mcg tablet"
strength = "50 mcg"
[[medicine.step]]
start = 2023-10-26
hold = 1
morning = "2 x 50 mcg tablet"
[[medicine.step]]
hold = 1
morning = "1 x 50 mcg tablet"
[[medicine.step]]
morning = "1/3 x 50 mcg tablet"
"""


def test_a_change_of_micrograms_is_told_in_micrograms(tmp_path: Path) -> None:
    session = open_session(tmp_path / "plan", SettableClock())
    session.plans.apply(session.plans.preview(parse_plan(MICROGRAMS)))
    text = report.make(session.reader, "markdown", last=FIRST + timedelta(days=3))
    assert "| 50 mcg | −50 mcg (−50 %) |" in text
    assert "| about 16.67 mcg | about −33.33 mcg (−67 %) |" in text
    assert "mg" not in text.replace("mcg", "").replace("in mg", "")
