"""The whole taper, every line: each fact, step and day of both medicines equals one made here from the raw records.

Twice: as the demo logs it at full length, and as the tests live through it, with more that goes otherwise. Nothing of
the program is used for what is expected: amounts, times and states come from the journal's own lines, read with `json`,
and from the steps as the person told them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from report.raw import GLYPHS, NOW, SPLITS, TODAY, Life, facts, milligrams, planned, timing
from report.reading import Page, markdown_facts, markdown_tables
from report.taper import DAILY, DAYS, FIRST, LAST, PLANNED_MG, STEPS
from splitdose import report

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Rows = list[list[str]]
NAMES = ("morning", "afternoon", "evening")
NOTES = {
    0: "a quarter off the afternoon tablet; review in a week",
    7: "one tablet a day",
    8: "another maker, not scored",
}
IN_WORDS = {1: "a quarter of one", 2: "half of one", 3: "three quarters of one", 4: "one"}
SIGNS = {"taken": "✓", "skipped": "–", "unsure": "~", "no record": "?", "planned": "·", "extra": "+"}


def day_name(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


class Shown:
    """One format, as a reader finds it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        if name == "markdown":
            tables = markdown_tables(text)
            self.facts = markdown_facts(text)
            self.steps: dict[str, Rows] = {"baclofen": tables[0][1:], "diazepam": tables[1][1:]}
            self.days = tables[2][1:]
        else:
            page = Page(text)
            self.facts = {"baclofen": page.facts["c0"], "diazepam": page.facts["c1"]}
            self.steps = {"baclofen": page.tables["0"][1:], "diazepam": page.tables["1"][1:]}
            self.days = page.tables["days"][1:]

    def listed(self, lines: list[str]) -> str:
        """Doses of a day as they stand in one cell."""
        if self.name == "markdown":
            return "; ".join(lines)
        return "".join(
            next(sign for state, sign in SIGNS.items() if _state(line).startswith(state)) + line for line in lines
        )

    def step_cell(self, lines: list[str], note: str, stated: str = "") -> str:
        """Doses of a step as they stand in one cell."""
        if self.name == "markdown":
            return "; ".join(lines) + (f" ({stated})" if stated else "") + (f" — note: {note}" if note else "")
        return "".join(lines) + stated + note


def _state(line: str) -> str:
    return "extra" if line.startswith("extra") else line.split("), ", 1)[1]


@pytest.fixture(scope="module", params=["markdown", "html"])
def told(request: pytest.FixtureRequest, life: Life) -> Shown:
    return Shown(request.param, report.make(life.session.reader, request.param))


def shown(text: str) -> str:
    """What a person can see of what was typed."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def amount(pieces: list[dict[str, Any]]) -> str:
    """ "15 mg (¾ × 20 mg)"."""
    counts = [(Fraction(piece["count"]), piece["product"]["strength"]) for piece in pieces]
    mg = sum(count * int(strength.split()[0]) for count, strength in counts)
    return f"{mg} mg ({' + '.join(f'{GLYPHS.get(count, count)} × {strength}' for count, strength in counts)})"


def line(document: dict[str, Any]) -> str:
    """One dose of a day."""
    when = "at a time unknown" if document["at"] is None else document["at"][11:16]
    if document["exactness"] == "about":
        when = f"about {when}"
    note = f" — note: {shown(document['note'])}" if document["note"] else ""
    if document["kind"] == "extra":
        return f"extra {amount(document['pieces'])}, taken {when}{note}"
    planned = document["planned"]
    head = f"{document['slot']} {amount(planned['pieces'])}, "
    if document["kind"] == "skipped":
        return f"{head}skipped: {shown(document['reason'])}{note}"
    if document["kind"] == "unsure":
        return f"{head}unsure{note}"
    suffix = {"early": ", early", "late": ", late"}.get(timing(document), "")
    if document["pieces"] != planned["pieces"]:
        suffix += f", {amount(document['pieces']).split(' (')[0]}"
    return f"{head}taken {when}{suffix}{note}"


def day_rows(told: Shown, life: Life) -> Iterator[list[str]]:
    """The whole table of days."""
    for n in range((TODAY - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        rows = []
        for medicine in ("baclofen", "diazepam"):
            doses, found = planned(medicine, day), life.of(day, medicine)
            if not doses:
                assert not found
                continue
            by_slot = {d["slot"]: line(d) for d in found if d["kind"] != "extra"}
            lines = [by_slot.pop(dose.slot) if dose.slot in by_slot else dose.without_record() for dose in doses]
            assert not by_slot
            lines += [line(d) for d in found if d["kind"] == "extra"]
            asked, taken = sum(dose.mg for dose in doses), sum(map(milligrams, found), Fraction(0))
            rows.append([medicine, f"{asked} mg", f"{taken} mg", told.listed(lines)])
        that_day = [d for d in life.checkins if d["date"] == day.isoformat()]
        rows += [[f"check-in {d['at'][11:16]}", "", "", checkin(d)] for d in that_day]
        for k, row in enumerate(rows):
            yield [day_name(day) if k == 0 else "", *row]


def checkin(d: dict[str, Any]) -> str:
    """One check-in of a day."""
    times = "time" if d["awakenings"] == 1 else "times"
    words = [f"sleep {d['sleep']} of 10", f"{d['onset_min']} min until asleep", f"awake {d['awakenings']} {times}"]
    words += [f"{name} {value} of 10" for name, value in d["symptoms"].items()]
    return ", ".join(words) + (f" — note: {shown(d['note'])}" if d["note"] else "")


def test_every_line_of_every_day(told: Shown, life: Life) -> None:
    assert told.days == list(day_rows(told, life))


def test_every_step(told: Shown) -> None:
    expected = []
    begins = FIRST
    levels = [*(mg for _, mg in STEPS), 0]
    held = [*(days for days, _ in STEPS), (TODAY - LAST).days]
    for n, (split, level, days) in enumerate(zip(SPLITS, levels, held, strict=True)):
        assert sum(split) * 5 == level
        tablet = "20 mg tablet" if n < 8 else "5 mg tablet"
        words = IN_WORDS if n < 8 else {1: "one"}
        doses = [
            f"{slot} {count * 5} mg ({words[count]} {tablet})"
            for slot, count in zip(NAMES, split, strict=True)
            if count
        ]
        change = ""
        if n:
            fell = levels[n - 1] - level
            percent = (200 * fell + levels[n - 1]) // (2 * levels[n - 1])
            change = f"−{fell} mg (−{percent} %)"
        expected.append([
            day_name(begins), f"{days} day{'s' if days > 1 else ''}", f"{level} mg", change,
            told.step_cell(doses or ["no dose"], NOTES.get(n, "")),
        ])  # fmt: skip
        begins += timedelta(days=days)
    assert told.steps["baclofen"] == expected
    # The plan file says that this one was begun on 23 September.
    days = (TODAY - date(2023, 9, 23)).days + 1
    stated = f"until {day_name(FIRST - timedelta(days=1))} before Splitdose, as the plan states"
    cell = told.step_cell(["evening 8 mg (four 2 mg tablets)"], "held", stated)
    assert told.steps["diazepam"] == [["Sat 23 Sep 2023", f"{days} days", "8 mg", "", cell]]


def test_every_fact(told: Shown, life: Life) -> None:
    for medicine, last in (("baclofen", LAST), ("diazepam", TODAY)):
        sums = life.sums(medicine)
        recorded = "recorded " if sums.unclear_after_last else ""
        hours = (NOW - sums.last) // timedelta(hours=1)
        expected = [
            ("Days", f"{(last - FIRST).days + 1}, {day_name(FIRST)} to {day_name(last)}"
             + ("" if medicine == "baclofen" else ", going on")),
            ("Planned", f"{sums.planned_mg} mg"),
            ("Taken", f"{sums.taken_mg} mg"),
            ("Doses", f"{sums.kinds['taken']} of {sums.closed} taken"),
            ("Of those taken", ", ".join(f"{count} {word}" for word, count in sums.timings.items() if count)),
            ("Not taken or not known",
             f"{sums.kinds['skipped']} skipped, {sums.kinds['unsure']} unsure, {sums.missing} no record"),
            *([("Extra intakes", f"{sums.kinds['extra']}, included in taken")] if sums.kinds["extra"] else []),
            ("Longest time between two doses", f"at least {sums.gap}" if sums.gap_at_least else sums.gap),
            *(("Used", _used(name, count)) for name, count in sums.used.items()),
            (f"Last {recorded}dose",
             f"{day_name(sums.last.date())} {sums.last:%H:%M}, {hours} h since the last {recorded}dose"),
        ]  # fmt: skip
        if medicine == "diazepam":
            whole = (TODAY - date(2023, 9, 23)).days + 1
            stated = f"{whole} days from Sat 23 Sep 2023; before {day_name(FIRST)} as the plan states"
            expected.insert(1, ("Whole course", stated))
        assert told.facts[medicine] == expected


def _used(name: str, count: Fraction) -> str:
    whole, part = divmod(count, 1)
    if not part:
        return f"{count} × {name}"
    words = {1: "a quarter", 2: "a half", 3: "three quarters"}[int(part * 4)]
    return f"{whole}{GLYPHS[part]} × {name} ({whole} and {words})"


def test_a_range_holds_its_days_only(life: Life) -> None:
    first, last = date(2023, 11, 5), date(2023, 11, 9)
    text = report.make(life.session.reader, "markdown", first=first, last=last)
    given = dict(markdown_facts(text)["baclofen"])
    assert given["Days"] == f"5, {day_name(first)} to {day_name(last)}"
    assert given["Taken"] == f"{facts(life.folder, 'baclofen', first, last).taken_mg} mg"
    assert given["Planned"] == "225 mg"
    assert "Last dose" not in given
    *_, days = markdown_tables(text)
    assert [row[0] for row in days[1:] if row[0]] == [day_name(first + timedelta(days=n)) for n in range(5)]


def test_the_sums_are_those_of_the_person(told: Shown) -> None:
    given = dict(told.facts["baclofen"])
    assert given["Days"] == f"{DAYS}, Thu 26 Oct 2023 to Fri 8 Dec 2023"
    assert given["Planned"] == f"{PLANNED_MG} mg"
    # Three doses a day, two on the days of 10 mg, one on the last.
    scheduled = sum(3 if mg > 10 else 2 if mg == 10 else 1 for mg in DAILY.values())
    assert given["Doses"].endswith(f" of {scheduled} taken")
