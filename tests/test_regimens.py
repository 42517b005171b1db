"""Real, public dosing schedules: each day asks for what its source's own table says.

A file's head names its source; the expectation beside it was worked out from that source without reading the file.
"""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from splitdose.core.change import ChangeContext, first_version, refused_findings
from splitdose.core.clock import DAY, Calendar, Rules
from splitdose.core.plan import Medicine, ScheduledDose
from splitdose.core.totals import totals
from splitdose.planfile import read_plan_file

REGIMENS = Path(__file__).parent / "regimens"
CALENDAR = Calendar([Rules(date(2000, 1, 1), "Europe/Berlin")])
NOT_SAID = {"08-fluoxetine-alternate"}
"""Two different doses on alternate days are no plan that a file can say."""
NAMES = sorted(path.stem for path in REGIMENS.glob("*.toml") if path.stem not in NOT_SAID)
ON_DATES = [n for n in NAMES if 'advance = "on date"' in (REGIMENS / f"{n}.toml").read_text(encoding="utf-8")]


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REGIMENS / f"{name}.expect.json").read_text(encoding="utf-8"))
    return found


def imported(name: str) -> tuple[list[Medicine], date]:
    """Every medicine of a file as its first import keeps it, and the logical date of that."""
    now = datetime.fromisoformat(expected(name)["now"]).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    today = CALENDAR.date_of(now)
    draft = read_plan_file(REGIMENS / f"{name}.toml")
    assert not refused_findings(draft)
    context = ChangeContext("v", now, today, CALENDAR)
    return [Medicine(m.name, today, (first_version(m, context),)) for m in draft.medicines], today


def said(dose: ScheduledDose, unit: str) -> str:
    if unit == "count":
        (piece,) = dose.pieces
        return f"{piece.product.told(piece.count)} {piece.product.name}"
    return str(dose.mg)  # milligrams also where the label is in micrograms


def each_day(name: str, medicine: str) -> list[dict[str, str]]:
    found = expected(name)["medicines"][medicine]["daily"]
    return [slots for count, slots in found for _ in range(count)]


@pytest.mark.parametrize("name", NAMES)
def test_each_day_asks_for_what_the_source_says(name: str) -> None:
    medicines, today = imported(name)
    given = expected(name)
    start = date.fromisoformat(given.get("start", given["now"][:10]))
    for medicine in medicines:
        if medicine.name not in given["medicines"]:
            assert medicine.doses_on(today, today, CALENDAR) == []
            continue
        asked = each_day(name, medicine.name)
        for n, slots in enumerate(asked):
            day = start + n * DAY
            doses = medicine.doses_on(day, today, CALENDAR)
            found = {dose.slot.name: said(dose, given["unit"]) for dose in doses}
            assert found == slots, (medicine.name, day)
        if given["ends"]:
            after = start + len(asked) * DAY
            assert all(not medicine.doses_on(after + n * DAY, today, CALENDAR) for n in range(90)), medicine.name


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_the_source(name: str) -> None:
    medicines, today = imported(name)
    given = expected(name)
    for medicine in medicines:
        sums = totals(medicine, today, CALENDAR)
        wanted = given["medicines"].get(medicine.name, {}).get("total_mg")
        if sums.days is None or wanted is None or not given["ends"]:
            continue
        assert sums.mg == Fraction(wanted), medicine.name


@pytest.mark.parametrize("name", ON_DATES)
def test_a_fixed_course_asks_for_the_same_on_the_day_itself(name: str) -> None:
    medicines, _ = imported(name)
    given = expected(name)
    start = date.fromisoformat(given["start"])
    for medicine in medicines:
        asked = each_day(name, medicine.name)
        for n, slots in enumerate([*asked, *([{}] * 90 if given["ends"] else [])]):
            day = start + timedelta(days=n)
            doses = medicine.doses_on(day, day, CALENDAR)
            assert {dose.slot.name: said(dose, given["unit"]) for dose in doses} == slots, (medicine.name, day)
