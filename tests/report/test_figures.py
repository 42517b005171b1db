"""Every figure of a report equals one worked out from the journal's own lines, by other code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from report.reading import Page, markdown_facts, markdown_tables
from report.taper import DAILY, DAYS, FIRST, LAST, PLANNED_MG, SLOTS, STEPS, documents, facts, milligrams, standing
from splitdose import report
from splitdose.session import Session

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Facts = list[tuple[str, str]]
Rows = list[list[str]]


def day_name(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


@pytest.fixture(scope="module", params=["markdown", "html"])
def figures(request: pytest.FixtureRequest, tapered: Session) -> tuple[Facts, Rows, Rows]:
    """The facts of baclofen, its steps, and the days, as a reader of one format finds them."""
    text = report.make(tapered.book, request.param)
    if request.param == "markdown":
        steps, _, days = markdown_tables(text)
        return markdown_facts(text)["baclofen"], steps[1:], days[1:]
    page = Page(text)
    return page.facts["c0"], page.tables["0"][1:], page.tables["days"][1:]


def mg(amount: Fraction | int) -> str:
    assert Fraction(amount).denominator == 1
    return f"{amount} mg"


def test_sums_are_those_of_the_records(figures: tuple[Facts, Rows, Rows], taper_folder: Path) -> None:
    found, known = figures[0], facts(taper_folder, "baclofen")
    given = dict(found)
    # Three doses a day, two on the days of 10 mg, one on the last.
    scheduled = sum(3 if day_mg > 10 else 2 if day_mg == 10 else 1 for day_mg in DAILY.values())
    taken = known.kinds["taken"]
    assert given["Days"] == f"{DAYS}, {day_name(FIRST)} to {day_name(LAST)}"
    assert given["Planned"] == mg(PLANNED_MG)
    assert given["Taken"] == mg(known.taken_mg)
    assert given["Doses"] == f"{taken} of {scheduled} taken"
    unrecorded = scheduled - taken - known.kinds["skipped"] - known.kinds["unsure"]
    assert given["Not taken or not known"] == (
        f"{known.kinds['skipped']} skipped, {known.kinds['unsure']} unsure, {unrecorded} no record"
    )
    assert unrecorded == 1
    assert given["Extra intakes"].startswith(f"{known.kinds['extra']},")
    used = [figure for what, figure in found if what == "Used"]
    assert known.counts == {"20 mg tablet": Fraction(139, 2), "5 mg tablet": Fraction(14)}
    assert used == ["69½ × 20 mg tablet (69 and a half)", "14 × 5 mg tablet"]


def test_times_are_those_of_the_records(figures: tuple[Facts, Rows, Rows], taper_folder: Path) -> None:
    given = dict(figures[0])
    known = [d for d in standing(taper_folder) if d["medicine"] == "baclofen"]
    counts = {"on time": 0, "early": 0, "late": 0, "at a time unknown": 0}
    for document in known:
        if document["kind"] == "taken":
            counts[_timing(document)] += 1
    words = [f"{count} {word}" for word, count in counts.items() if count]
    assert given["Of those taken"] == ", ".join(words)
    last = max(datetime.fromisoformat(d["at"]) for d in known if d["at"])
    now = datetime.fromisoformat(f"{LAST + timedelta(days=3)}T06:30:00+01:00")
    passed = int((now - last).total_seconds() // 3600)
    assert given["Last dose"] == f"{day_name(last.date())} {last:%H:%M}, {passed} h since the last dose"
    assert passed == 60
    times = sorted(
        [datetime.fromisoformat(d["at"]) for d in known if d["at"]]
        # A dose without a clear record is read as taken at its time: the gap is at least that long.
        + [
            datetime.fromisoformat(d["planned"]["due"])
            for d in known
            if d["kind"] in ("taken", "unsure") and not d["at"]
        ]
        + [datetime.fromisoformat("2023-11-04T18:00:00+01:00")]
    )
    longest = max(b - a for a, b in pairwise(times))
    minutes = int(longest.total_seconds() // 60)
    assert given["Longest time between two doses"] == f"{minutes // 60} h {minutes % 60:02d} min"


def _timing(document: dict[str, Any]) -> str:
    if document["at"] is None:
        return "at a time unknown"
    minutes = (
        datetime.fromisoformat(document["at"]) - datetime.fromisoformat(document["planned"]["due"])
    ).total_seconds() / 60
    return "early" if minutes < -60 else "late" if minutes > 60 else "on time"


def test_steps_are_those_the_person_held(figures: tuple[Facts, Rows, Rows]) -> None:
    begins = FIRST
    rows = figures[1]
    for (held, amount), row in zip(STEPS, rows, strict=False):
        assert row[:3] == [day_name(begins), f"{held} day{'s' if held > 1 else ''}", mg(amount)]
        begins += timedelta(days=held)
    assert rows[len(STEPS)][:3] == [day_name(begins), "3 days", "0 mg"]
    assert len(rows) == len(STEPS) + 1
    assert "three quarters of one 20 mg tablet" in rows[0][4]
    assert rows[1][3] == "−5 mg (−9 %)"


def test_days_are_those_of_the_records(figures: tuple[Facts, Rows, Rows], taper_folder: Path) -> None:
    own: dict[str, list[str]] = {}
    name = ""
    for row in figures[2]:
        name = row[0] or name
        if row[1] == "baclofen":
            own[name] = row
    assert len(own) == DAYS
    for day, planned in DAILY.items():
        row = own[day_name(day)]
        assert row[2] == mg(planned)
        assert row[3] == mg(facts(taper_folder, "baclofen", day, day).taken_mg)
    for document in standing(taper_folder):
        if document["medicine"] == "baclofen" and document["at"] and document["slot"]:
            row = own[day_name(date.fromisoformat(document["date"]))]
            about = "about " if document["exactness"] == "about" else ""
            at = datetime.fromisoformat(document["at"])
            planned_mg = milligrams({**document, "kind": "taken", "pieces": document["planned"]["pieces"]})
            assert document["slot"] in SLOTS
            line = row[4][row[4].index(f"{document['slot']} {planned_mg} mg") :]
            assert f"taken {about}{at:%H:%M}" in line.split("mg tablet")[0][:60]


def test_a_range_holds_its_days_only(tapered: Session, taper_folder: Path) -> None:
    first, last = date(2023, 11, 5), date(2023, 11, 9)
    text = report.make(tapered.book, "markdown", first=first, last=last)
    given = dict(markdown_facts(text)["baclofen"])
    assert given["Days"] == f"5, {day_name(first)} to {day_name(last)}"
    assert given["Taken"] == mg(facts(taper_folder, "baclofen", first, last).taken_mg)
    assert given["Planned"] == "225 mg"
    assert "Last dose" not in given
    *_, days = markdown_tables(text)
    assert [row[0] for row in days[1:] if row[0]] == [day_name(first + timedelta(days=n)) for n in range(5)]


def test_check_ins_stand_under_their_day(figures: tuple[Facts, Rows, Rows], taper_folder: Path) -> None:
    rows = figures[2]

    def given() -> Iterator[tuple[str, str, str]]:
        name = ""
        for row in rows:
            name = row[0] or name
            if row[1].startswith("check-in"):
                yield name, row[1], row[4]

    known = sorted(
        (d for (_, table), found in documents(taper_folder).items() if table == "checkins" for d in found.values()),
        key=lambda d: d["at"],
    )
    expected = []
    for d in known:
        times = "time" if d["awakenings"] == 1 else "times"
        words = f"sleep {d['sleep']} of 10, {d['onset_min']} min until asleep, awake {d['awakenings']} {times}, "
        expected.append((day_name(date.fromisoformat(d["date"])), f"check-in {d['at'][11:16]}",
                         words + f"fatigue {d['symptoms']['fatigue']} of 10"))  # fmt: skip
    found = list(given())
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert all(text.startswith(words) for (*_, text), (*_, words) in zip(found, expected, strict=True))
    assert len(found) == 11
