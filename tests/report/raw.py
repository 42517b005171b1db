"""What the files of a taper say, read from their own lines with `json`, by another way than the program's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from report.taper import DAILY, FIRST, LAST, SLOTS, STEPS, wall
from splitdose.session import Session

NOW = wall(LAST + timedelta(days=3), time(6, 30))
"""When the record of the whole taper is looked at: 60 hours after the last dose."""
TODAY = NOW.date()
SPLITS = (  # morning, afternoon and evening of each step, in quarters of a 20 mg tablet; then in tablets of 5 mg
    (4, 3, 4), (3, 3, 4), (3, 3, 3), (3, 2, 3), (2, 2, 3), (2, 2, 2), (1, 2, 2), (1, 1, 2), (1, 1, 1), (1, 0, 1),
    (0, 0, 1), (0, 0, 0),
)  # fmt: skip
GLYPHS = {Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}


@dataclass(frozen=True)
class Facts:
    """What the files say of one medicine, or one day of it, by another way than the program's."""

    taken_mg: Fraction
    kinds: dict[str, int]
    counts: dict[str, Fraction]


def documents(folder: Path) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """(journal, table) → id → document, from the lines themselves."""
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for path in [folder / "plan.jsonl", *sorted((folder / "log").glob("*.jsonl"))]:
        journal = path.stem if path.parent == folder else f"log/{path.stem}"
        for line in path.read_text(encoding="ascii").splitlines():
            for kind, table, id_, *rest in json.loads(line)["ops"]:
                assert kind == "set"
                found.setdefault((journal, table), {})[id_] = rest[0]
    return found


def standing(folder: Path) -> Iterator[dict[str, Any]]:
    """The intakes that are neither voided nor replaced."""
    tables = documents(folder)
    intakes = [d for (_, table), rows in tables.items() if table == "intakes" for d in rows.values()]
    voided = {d["target"] for (_, table), rows in tables.items() if table == "voids" for d in rows.values()}
    gone = voided | {d["replaces"] for d in intakes if d["id"] not in voided}
    return (d for d in intakes if d["id"] not in gone)


def milligrams(document: dict[str, Any]) -> Fraction:
    """Of what was taken, by the label: "20 mg" a tablet."""
    if document["kind"] not in ("taken", "extra"):
        return Fraction(0)
    return sum(
        (Fraction(p["count"]) * int(p["product"]["strength"].split()[0]) for p in document["pieces"]), Fraction(0)
    )


def facts(folder: Path, medicine: str, first: date = FIRST, last: date = LAST) -> Facts:
    """Sums over the records of some dates."""
    found = [
        d for d in standing(folder)
        if d["medicine"] == medicine and first.isoformat() <= d["date"] <= last.isoformat()
    ]  # fmt: skip
    counts: dict[str, Fraction] = {}
    for document in found:
        for piece in document["pieces"] if document["kind"] in ("taken", "extra") else ():
            name = piece["product"]["name"]
            counts[name] = counts.get(name, Fraction(0)) + Fraction(piece["count"])
    kinds = {kind: sum(d["kind"] == kind for d in found) for kind in ("taken", "skipped", "unsure", "extra")}
    return Facts(sum(map(milligrams, found), Fraction(0)), kinds, counts)


@dataclass(frozen=True)
class Planned:
    """What a slot asked for, as the person told it."""

    slot: str
    due: datetime
    count: Fraction
    strength: int

    @property
    def mg(self) -> Fraction:
        return self.count * self.strength

    def without_record(self) -> str:
        """Its line where no record of it stands."""
        head = f"{self.slot} {self.mg} mg ({GLYPHS.get(self.count, self.count)} × {self.strength} mg)"
        if self.due < NOW:
            return f"{head}, no record"
        return f"{head}, planned at {self.due:%H:%M}"


def planned(medicine: str, day: date) -> list[Planned]:
    """The doses of a day, in the order of their times."""
    if medicine == "diazepam":
        return [Planned("evening", wall(day, SLOTS["evening"]), Fraction(4), 2)]
    if day not in DAILY:
        return []
    n = next(n for n in range(len(STEPS)) if (day - FIRST).days < sum(days for days, _ in STEPS[: n + 1]))
    each, strength = (Fraction(1, 4), 20) if n < 8 else (Fraction(1), 5)
    return [
        Planned(slot, wall(day, at), count * each, strength)
        for (slot, at), count in zip(SLOTS.items(), SPLITS[n], strict=True)
        if count
    ]


def timing(document: dict[str, Any]) -> str:
    if document["at"] is None:
        return "at a time unknown"
    away = datetime.fromisoformat(document["at"]) - datetime.fromisoformat(document["planned"]["due"])
    return "late" if away > timedelta(hours=1) else "early" if away < -timedelta(hours=1) else "on time"


@dataclass(frozen=True)
class Sums:
    """What the files say of one medicine over the whole taper.

    Attributes:
        gap: the longest time between two doses that there must have been.
        gap_at_least: whether it may have been longer.
        unclear_after_last: whether a dose may have been taken after the last that is recorded.
    """

    planned_mg: Fraction
    taken_mg: Fraction
    kinds: dict[str, int]
    timings: dict[str, int]
    missing: int
    used: dict[str, Fraction]
    last: datetime
    unclear_after_last: bool
    gap: str
    gap_at_least: bool

    @property
    def closed(self) -> int:
        return self.kinds["taken"] + self.kinds["skipped"] + self.kinds["unsure"] + self.missing


class Life:
    """A taper that was logged: its session, its raw records."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.folder = folder
        tables = documents(folder).items()
        self.checkins = [d for (_, table), rows in tables if table == "checkins" for d in rows.values()]
        self.records: dict[tuple[str, str], list[dict[str, Any]]] = {}
        """(date, medicine) → the intakes that stand, by the time they were due; extras last."""
        for document in standing(folder):
            self.records.setdefault((document["date"], document["medicine"]), []).append(document)
        for rows in self.records.values():
            rows.sort(key=lambda d: (d["planned"] is None, d["planned"]["due"] if d["planned"] else d["at"]))

    def of(self, day: date, medicine: str) -> list[dict[str, Any]]:
        return self.records.get((day.isoformat(), medicine), [])

    def missing(self, medicine: str) -> list[Planned]:
        """The doses that are over and have no record."""
        return [
            dose
            for n in range((TODAY - FIRST).days + 1)
            for dose in planned(medicine, FIRST + timedelta(days=n))
            if dose.due < NOW and dose.slot not in {d["slot"] for d in self.of(FIRST + timedelta(days=n), medicine)}
        ]

    def sums(self, medicine: str) -> Sums:
        """Over everything that is recorded of a medicine."""
        found = [d for (_, name), rows in self.records.items() if name == medicine for d in rows]
        missing = self.missing(medicine)
        asked = [milligrams({**d, "kind": "taken", "pieces": d["planned"]["pieces"]}) for d in found if d["planned"]]
        kinds = {kind: sum(d["kind"] == kind for d in found) for kind in ("taken", "skipped", "unsure", "extra")}
        timings = [timing(d) for d in found if d["kind"] == "taken"]
        used: dict[str, Fraction] = {}
        for d in sorted(found, key=lambda d: d["at"] or d["planned"]["due"] if d["planned"] else d["at"]):
            for piece in d["pieces"] if d["kind"] in ("taken", "extra") else ():
                name = piece["product"]["name"]
                used[name] = used.get(name, Fraction(0)) + Fraction(piece["count"])
        last = max(datetime.fromisoformat(d["at"]) for d in found if d["at"])
        unclear = [datetime.fromisoformat(d["planned"]["due"]) for d in found if d["kind"] != "skipped" and not d["at"]]
        unclear += [dose.due for dose in missing]
        ends = [(datetime.fromisoformat(d["at"]), True) for d in found if d["at"]]
        ends = sorted([*ends, *((due, False) for due in unclear)])
        # What ends in a dose that may not have been taken says nothing of the time until that dose.
        gaps = [(b - a, sure and clear) for (a, sure), (b, clear) in pairwise(ends)
                if any(d["at"] and d["date"] == b.date().isoformat() for d in found)]  # fmt: skip
        length, between_known = max(gaps)
        known = [end for end, sure in ends if sure]
        minutes = length // timedelta(minutes=1)
        return Sums(
            planned_mg=sum(asked, sum((dose.mg for dose in missing), Fraction(0))),
            taken_mg=sum(map(milligrams, found), Fraction(0)), kinds=kinds,
            timings={word: timings.count(word) for word in ("on time", "early", "late", "at a time unknown")},
            missing=len(missing), used=used, last=last, unclear_after_last=any(due > last for due in unclear),
            gap=f"{minutes // 60} h {minutes % 60:02d} min",
            gap_at_least=not between_known or max(b - a for a, b in pairwise(known)) > length,
        )  # fmt: skip
