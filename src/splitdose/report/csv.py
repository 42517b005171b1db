"""A table for a spreadsheet: one row for each record that stands, by logical date.

Amounts are decimals with a point, in milligrams and in the unit that their medicine is told in; times are ISO 8601
with their offset. No cell begins a formula, whichever of comma, semicolon or tab a program takes for the separator: a
spreadsheet must never run what somebody typed.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from splitdose.core.amount import decimal_text
from splitdose.core.clock import zone_named
from splitdose.core.day import Day, Dose
from splitdose.core.log import CheckIn, Intake
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import show_pieces, sum_unit, sums_of
from splitdose.report.data import ReportData
from splitdose.report.progress import EVERY, Progress, quiet

COLUMNS = (
    "date", "record", "medicine", "slot", "due", "at", "exactness", "timing", "planned_mg", "taken_mg",
    "planned_pieces", "taken_pieces", "reason", "note", "sleep", "onset_min", "awakenings", "symptoms", "recorded_at",
    "replaces", "id", "planned", "taken", "unit",
)  # fmt: skip
PLACES = 6
"""Decimals of milligrams that have no exact decimal; the pieces beside them are exact."""

# What begins a formula in one spreadsheet or another, the full-width signs included, at the start of a cell or
# behind what may be read as the end of one: quotes bind only for the separator that a program expects.
_FORMULA = re.compile(r"(^|[;\t\r\n\"])(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")


@lru_cache(maxsize=4096)
def cell(typed: str) -> str:
    """Any text as the content of a cell: on one line, without control characters, never a formula.

    An apostrophe before the sign makes a spreadsheet read it as text.
    """
    return _FORMULA.sub(r"\1\2'\3", sanitize(typed).strip())


def write(data: ReportData, progress: Progress = quiet) -> str:
    """The report as CSV (RFC 4180: commas, CRLF), a header line first."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for done, day in enumerate(data.days):
        if done % EVERY == 0:
            progress(done, len(data.days))
        table.writerows([row.get(column, "") for column in COLUMNS] for row in _rows(day))
    return text.getvalue()


def _rows(day: Day) -> Iterator[dict[str, str | int]]:
    for dose in day.doses:
        if dose.record is not None:
            yield _intake(dose.record, dose, dose.record.kind)
        for double in dose.duplicates:
            yield _intake(double, dose, f"{double.kind}, recorded twice, in no total")
    for extra in day.extras:
        yield _intake(extra, None, "extra")
    for checkin in day.checkins:
        yield _checkin(checkin)


def _intake(intake: Intake, dose: Dose | None, kind: str) -> dict[str, str | int]:
    planned = intake.planned
    timing = dose.timing if dose is not None and dose.record is intake else None
    return {
        "date": intake.date.isoformat(), "record": kind, "medicine": cell(intake.medicine),
        "slot": cell(intake.slot or ""), "due": _instant(planned.due, intake.zone) if planned is not None else "",
        "at": _instant(intake.at, intake.zone) if intake.at is not None else "", "exactness": intake.exactness,
        "timing": timing or "", "planned_mg": _mg(planned.pieces.mg) if planned is not None else "",
        "taken_mg": _mg(intake.mg), "planned_pieces": _pieces(planned.pieces) if planned is not None else "",
        "taken_pieces": _pieces(intake.pieces) if intake.kind in ("taken", "extra") else "",
        "reason": cell(intake.reason), "note": cell(intake.note),
        "recorded_at": _instant(intake.recorded_at, intake.zone), "replaces": cell(intake.replaces or ""),
        "id": _id(intake.id), "planned": _number_of(planned.pieces) if planned is not None else "",
        "taken": _number_of(intake.pieces) if intake.kind in ("taken", "extra") else "",
        "unit": _unit(intake.pieces or (planned.pieces if planned is not None else NO_PIECES)),
    }  # fmt: skip


def _checkin(checkin: CheckIn) -> dict[str, str | int]:
    figures = {"sleep": checkin.sleep, "onset_min": checkin.onset_min, "awakenings": checkin.awakenings}
    return {
        "date": checkin.date.isoformat(), "record": "check-in", "at": _instant(checkin.at, checkin.zone),
        "exactness": "exact", "note": cell(checkin.note),
        "symptoms": cell(", ".join(f"{name} {value}" for name, value in checkin.symptoms.items())),
        "recorded_at": _instant(checkin.recorded_at, checkin.zone), "replaces": cell(checkin.replaces or ""),
        "id": _id(checkin.id), **{name: value for name, value in figures.items() if value is not None},
    }  # fmt: skip


def _id(text: str) -> str:
    """An id as the program makes them needs no look; another may come from a file that someone made."""
    return text if text.isalnum() and text.isascii() else cell(text)


def _instant(instant: datetime, zone: str) -> str:
    return instant.astimezone(zone_named(zone)).isoformat()


@lru_cache(maxsize=4096)
def _mg(amount: Fraction | None) -> str:
    """A number that no spreadsheet takes for a date: "20/3" would be the twentieth of March."""
    if amount is None:
        return ""
    exact = decimal_text(amount)
    return exact if exact is not None else decimal_text(round(amount, PLACES)) or ""


def _number(pieces: Pieces) -> str:
    """How much it is in the unit of its medicine: 100 of 100 mcg, 10 of 10 units; nothing where there are several."""
    return _mg(sum(sums_of(pieces).values(), Fraction(0))) if sum_unit(pieces) is not None else ""


def _number_of(pieces: Pieces) -> str:
    return pieces.remember("number in csv", lambda: _number(pieces))


def _unit(pieces: Pieces) -> str:
    return cell(sum_unit(pieces) or "")


def _pieces(pieces: Pieces) -> str:
    return cell(show_pieces(pieces, ascii_only=True, full=True)) if pieces else ""
