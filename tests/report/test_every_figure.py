"""The whole taper, every line: each fact, step and day of both medicines equals one made here from the raw records.

Nothing of the program is used for what is expected: amounts, times and states come from the journal's own lines, read
with `json`, and from the steps as the person told them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from report.reading import Page, markdown_facts, markdown_tables
from report.taper import DAILY, FIRST, LAST, STEPS, documents, milligrams, standing
from report.test_figures import day_name
from splitdose import report
from splitdose.session import Session

Rows = list[list[str]]
NOW = datetime.fromisoformat("2023-12-11T06:30:00+01:00")
TODAY = NOW.date()
SPLITS = (  # morning, afternoon and evening of each step, in quarters of a 20 mg tablet; then in tablets of 5 mg
    (4, 3, 4), (3, 3, 4), (3, 3, 3), (3, 2, 3), (2, 2, 3), (2, 2, 2), (1, 2, 2), (1, 1, 2), (1, 1, 1), (1, 0, 1),
    (0, 0, 1), (0, 0, 0),
)  # fmt: skip
NAMES = ("morning", "afternoon", "evening")
NOTES = {
    0: "a quarter off the afternoon tablet; review in a week",
    7: "one tablet a day",
    8: "another maker, not scored",
}
IN_WORDS = {1: "a quarter of one", 2: "half of one", 3: "three quarters of one", 4: "one"}
GLYPHS = {Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}
WITHOUT_RECORD = {  # (date, medicine): slot, what was planned, and where it stands
    (date(2023, 11, 4), "baclofen"): "evening 20 mg (1 × 20 mg), no record",
    (date(2023, 11, 4), "diazepam"): "evening 8 mg (4 × 2 mg), no record",
    (date(2023, 12, 10), "diazepam"): "evening 8 mg (4 × 2 mg), no record",
    (date(2023, 12, 11), "diazepam"): "evening 8 mg (4 × 2 mg), in 11 h 30 min",
}
SIGNS = {"taken": "✓", "skipped": "–", "unsure": "~", "no record": "?", "in 11": "·", "extra": "+"}


class Told:
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

    def step_cell(self, lines: list[str], note: str) -> str:
        """Doses of a step as they stand in one cell."""
        if self.name == "markdown":
            return "; ".join(lines) + (f" — note: {note}" if note else "")
        return "".join(lines) + note


def _state(line: str) -> str:
    return "extra" if line.startswith("extra") else line.split("), ", 1)[1]


@pytest.fixture(scope="module", params=["markdown", "html"])
def told(request: pytest.FixtureRequest, tapered: Session) -> Told:
    return Told(request.param, report.make(tapered.book, request.param))


@pytest.fixture(scope="module")
def records(taper_folder: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(date, medicine) → the intakes that stand, by the time they were due; extras last."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for document in standing(taper_folder):
        found.setdefault((document["date"], document["medicine"]), []).append(document)
    for rows in found.values():
        rows.sort(key=lambda d: (d["planned"] is None, d["planned"]["due"] if d["planned"] else d["at"]))
    return found


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


def timing(document: dict[str, Any]) -> str:
    if document["at"] is None:
        return "at a time unknown"
    away = datetime.fromisoformat(document["at"]) - datetime.fromisoformat(document["planned"]["due"])
    return "late" if away > timedelta(hours=1) else "early" if away < -timedelta(hours=1) else "on time"


def day_rows(
    told: Told, records: dict[tuple[str, str], list[dict[str, Any]]], checkins: list[dict[str, Any]]
) -> Iterator[list[str]]:
    """The whole table of days."""
    for n in range((TODAY - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        rows = []
        for medicine, planned in (("baclofen", DAILY.get(day)), ("diazepam", 8)):
            found = records.get((day.isoformat(), medicine), [])
            if planned is None:
                assert not found
                continue
            lines = [line(d) for d in found if d["kind"] != "extra"]
            lines += [WITHOUT_RECORD[day, medicine]] if (day, medicine) in WITHOUT_RECORD else []
            lines += [line(d) for d in found if d["kind"] == "extra"]
            taken = sum(map(milligrams, found), Fraction(0))
            rows.append([medicine, f"{planned} mg", f"{taken} mg", told.listed(lines)])
        for d in checkins:
            if d["date"] == day.isoformat():
                times = "time" if d["awakenings"] == 1 else "times"
                words = (
                    f"sleep {d['sleep']} of 10, {d['onset_min']} min until asleep, awake {d['awakenings']} {times}, "
                )
                words += f"fatigue {d['symptoms']['fatigue']} of 10"
                words += f" — note: {shown(d['note'])}" if d["note"] else ""
                rows.append([f"check-in {d['at'][11:16]}", "", "", words])
        for k, row in enumerate(rows):
            yield [day_name(day) if k == 0 else "", *row]


def test_every_line_of_every_day(
    told: Told, records: dict[tuple[str, str], list[dict[str, Any]]], taper_folder: Path
) -> None:
    tables = documents(taper_folder).items()
    checkins = [d for (_, table), rows in tables if table == "checkins" for d in rows.values()]
    assert told.days == list(day_rows(told, records, checkins))


def test_every_step(told: Told) -> None:
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
    cell = told.step_cell(["evening 8 mg (four 2 mg tablets)"], "held")
    assert told.steps["diazepam"] == [["Sat 23 Sep 2023", f"{days} days", "8 mg", "", cell]]


def test_every_fact(told: Told, records: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    for medicine, last in (("baclofen", LAST), ("diazepam", TODAY)):
        found = [d for (_, name), rows in records.items() if name == medicine for d in rows]
        missing = [day for day, name in WITHOUT_RECORD if name == medicine and day < TODAY]
        asked = [milligrams({**d, "kind": "taken", "pieces": d["planned"]["pieces"]}) for d in found if d["planned"]]
        planned = sum(asked, Fraction({"baclofen": 20, "diazepam": 8}[medicine] * len(missing)))
        kinds = {kind: sum(d["kind"] == kind for d in found) for kind in ("taken", "skipped", "unsure", "extra")}
        timings = [timing(d) for d in found if d["kind"] == "taken"]
        used: dict[str, Fraction] = {}
        for d in sorted(found, key=lambda d: d["at"] or d["planned"]["due"] if d["planned"] else d["at"]):
            for piece in d["pieces"] if d["kind"] in ("taken", "extra") else ():
                name = piece["product"]["name"]
                used[name] = used.get(name, Fraction(0)) + Fraction(piece["count"])
        at = max(datetime.fromisoformat(d["at"]) for d in found if d["at"])
        ends = [(datetime.fromisoformat(d["at"]), True) for d in found if d["at"]]
        unclear = [datetime.fromisoformat(d["planned"]["due"]) for d in found if d["kind"] != "skipped" and not d["at"]]
        unclear += [datetime.fromisoformat(f"{day}T18:00:00+01:00") for day in missing]
        ends = sorted([*ends, *((due, False) for due in unclear)])
        # What ends in a dose that may not have been taken says nothing of the time until that dose.
        gaps = [(b - a, sure and clear) for (a, sure), (b, clear) in pairwise(ends)
                if any(d["at"] and d["date"] == b.date().isoformat() for d in found)]  # fmt: skip
        length, between_known = max(gaps)
        known = [end for end, sure in ends if sure]
        longer = max(b - a for a, b in pairwise(known)) > length
        minutes = int(length.total_seconds() // 60)
        gap = f"{minutes // 60} h {minutes % 60:02d} min"
        later = any(due > at for due in unclear)
        hours = int((NOW - at).total_seconds() // 3600)
        closed = kinds["taken"] + kinds["skipped"] + kinds["unsure"] + len(missing)
        not_taken = f"{kinds['skipped']} skipped, {kinds['unsure']} unsure, {len(missing)} no record"
        expected = [
            ("Days", f"{(last - FIRST).days + 1}, {day_name(FIRST)} to {day_name(last)}"
             + ("" if medicine == "baclofen" else ", going on")),
            ("Planned", f"{planned} mg"),
            ("Taken", f"{sum(map(milligrams, found), Fraction(0))} mg"),
            ("Doses", f"{kinds['taken']} of {closed} taken"),
            ("Of those taken", ", ".join(f"{timings.count(word)} {word}"
                                         for word in ("on time", "early", "late", "at a time unknown")
                                         if timings.count(word))),
            ("Not taken or not known", not_taken),
            *([("Extra intakes", f"{kinds['extra']}, included in taken")] if kinds["extra"] else []),
            ("Longest time between two doses", gap if between_known and not longer else f"at least {gap}"),
            *(("Used", _used(name, count)) for name, count in used.items()),
            ("Last recorded dose" if later else "Last dose",
             f"{day_name(at.date())} {at:%H:%M}, {hours} h since the last {'recorded ' if later else ''}dose"),
        ]  # fmt: skip
        assert told.facts[medicine] == expected


def _used(name: str, count: Fraction) -> str:
    if count.denominator == 1:
        return f"{count} × {name}"
    assert count % 1 == Fraction(1, 2)
    return f"{count // 1}½ × {name} ({count // 1} and a half)"
