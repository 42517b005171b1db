"""Amounts through the real commands: units, one unit for one medicine, and what is printed is taken back."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.helpers import PLANS, CommandLine
from misread import PER_MEDICINE, misread
from splitdose.store.lines import Put, line_of

EVERY_UNIT = str(PLANS / "every-unit.toml")
FORMATS = ("markdown", "html", "ics")


@pytest.fixture
def every_unit(tmp_path: Path) -> CommandLine:
    """A medicine of every unit, two days of it recorded."""
    line = CommandLine(tmp_path / "data", "2024-01-01 06:00")
    line("plan", "import", EVERY_UNIT).done()
    for day in ("01", "02"):
        for slot, wall in (("morning", "08:04"), ("evening", "20:10")):
            line.at(f"2024-01-{day} {wall}")
            for dose in line("today", "--json").done().json["doses"]:
                if dose["slot"] == slot and (day, dose["medicine"]) != ("02", "fentanyl"):
                    line("take", dose["medicine"], slot).done()
    return line.at("2024-01-03 09:30")


def text_of(html: str) -> str:
    """The words of a page, a line for each of its elements."""
    return re.sub(r"<(?!/?span)[^>]*>", "\n", re.sub(r"</?span[^>]*>", "", html))


def test_no_command_says_what_could_be_misread(every_unit: CommandLine) -> None:
    line = every_unit
    for argv in (
        ("today",), ("today", "--date", "2024-01-01"), ("today", "--date", "2024-01-06"), ("week",), ("status",),
        ("status", "--format", "{medicine} {mg} {slot}"), ("plan", "show"), ("plan", "export"), ("plan", "check",
        EVERY_UNIT), ("plan", "import", EVERY_UNIT, "--yes"), ("plan", "hold", "clonazepam"), ("plan", "next",
        "lorazepam"), ("plan", "back", "lorazepam", "--yes"), ("plan", "next", "levothyroxine"),
    ):  # fmt: skip
        for ascii_only in ((), ("--ascii",)):
            found = line(*argv, *ascii_only)
            assert found.code in (0, 1, 2), found
            assert misread(found.out + found.err) == [], argv
    for name in PER_MEDICINE:
        told = line("take", name, "--extra", "--again", "--amount", _one(line, name))
        assert told.code == 0, told
        assert misread(told.out) == []


def _one(line: CommandLine, medicine: str) -> str:
    """The amount of the medicine's first dose, as `today` prints it in its pieces."""
    dose = next(d for d in line("today", "--date", "2024-01-01", "--json").json["doses"] if d["medicine"] == medicine)
    return " + ".join(f"{p['count']} {p['unit']} x {p['product']}" for p in dose["pieces"])


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_says_what_could_be_misread(every_unit: CommandLine, name: str, tmp_path: Path) -> None:
    file = tmp_path / "report"
    every_unit("export", name, "-o", str(file), *(("--titles",) if name == "ics" else ())).done()
    text = file.read_text(encoding="utf-8").replace("\r\n ", "")
    assert misread(text_of(text) if name == "html" else text) == []
    assert "not in mg" not in text


def test_the_table_tells_each_medicine_in_its_unit(every_unit: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    every_unit("export", "csv", "-o", str(file)).done()
    rows = [row.split(",") for row in file.read_text(encoding="utf-8-sig").splitlines()]
    at = {name: n for n, name in enumerate(rows[0])}
    told = {row[at["medicine"]]: (row[at["taken"]], row[at["unit"]], row[at["taken_mg"]]) for row in rows[1:14]}
    assert told["levothyroxine"] == ("44", "mcg", "0.044")
    assert told["metformin"] == ("0.5", "g", "500")
    assert told["insulin"] == ("10", "units", "")
    assert told["ipratropium"] == ("2", "puff", "")


def test_sums_are_told_in_the_unit_of_the_medicine(every_unit: CommandLine) -> None:
    taken = next(each for each in every_unit("today", "--date", "2024-01-01").lines if each.startswith("  taken: "))
    assert taken.removeprefix("  taken: ").split("; ") == [
        "baclofen about 21.67 of about 21.67 mg", "levothyroxine 44 of 44 mcg", "digoxin 0.1875 of 0.1875 mg",
        "metformin 0.5 of 0.5 g", "clonazepam 0.3749 of 0.3749 mg (3.749 of 3.749 mL)",
        "lorazepam about 1.99 of about 1.99 mg (299 of 299 mL)", "insulin 22 of 22 units (0.22 of 0.22 mL)",
        "fentanyl 1 of 1 patch", "vitamin D 1 of 1 capsule", "prednisolone eye 3 of 3 drops",
        "ipratropium 6 of 6 puffs", "venlafaxine 75 of 75 mg", "prednisone 12 of 12 tablets",
    ]  # fmt: skip
    found = every_unit("today", "--date", "2024-01-01", "--json").json
    assert {t["medicine"]: t["unit"] for t in found["totals"]} == {
        "baclofen": "mg", "levothyroxine": "mcg", "digoxin": "mg", "metformin": "g", "clonazepam": "mg",
        "lorazepam": "mg", "insulin": "units", "fentanyl": "patch", "vitamin D": "capsule", "prednisolone eye": "drop",
        "ipratropium": "puff", "venlafaxine": "mg", "prednisone": "tablet",
    }  # fmt: skip
    # Milligrams stay milligrams, exactly.
    assert next(t for t in found["totals"] if t["medicine"] == "levothyroxine")["taken_mg"] == "0.044"


def test_units_per_ml_are_units_everywhere(every_unit: CommandLine) -> None:
    line = every_unit
    assert "10 units (0.1 mL)" in line("today", "--date", "2024-01-01").out
    morning = next(
        d for d in line("today", "--date", "2024-01-01", "--json").json["doses"] if d["medicine"] == "insulin"
    )
    assert morning["pieces"] == [{"count": "10", "unit": "units", "product": "pen", "strength": "100 units/mL"}]
    assert (morning["mg"], morning["unit"]) == (None, "units")
    for typed, units in (("10 units", "10"), ("12", "12"), ("0.1 mL", "10"), ("4 x pen", "4"), ("3 IU", "3")):
        told = line("take", "insulin", "--extra", "--again", "--amount", typed, "--json").done().json
        assert (told["pieces"][0]["count"], told["pieces"][0]["unit"]) == (units, "units")
    assert (
        "recorded: insulin 10 units of pen, taken as extra"
        in line("take", "insulin", "--extra", "--again", "--amount", "10").out
    )
    kept = line.records(month="2024-01")[-1]["pieces"][0]
    assert kept["count"] == "1/10"  # what is kept stays in mL


def test_a_plan_and_a_record_from_before_units_mean_the_same_millilitres(tmp_path: Path) -> None:
    """As they were written when "10 x pen" meant 10 mL."""
    folder = tmp_path / "data"
    (folder / "log").mkdir(parents=True)
    product = {
        "name": "pen", "strength": "100 units/mL", "form": "other", "smallest": "1", "scored": None, "maker": "",
        "mg": None,
    }  # fmt: skip
    first = {"date": "2023-11-29", "slot": None}
    rules = {
        "id": "01hg0000000000000000000001", "schema": 1, "since": "2023-11-29", "zone": "Europe/Berlin",
        "day_start": "04:00", "late_after_min": 60, "made_at": "2023-11-29T06:00:00+01:00",
    }  # fmt: skip
    version = {
        "id": "01hg0000000000000000000000", "schema": 1, "medicine": "insulin", "number": 1, "since": "2023-11-29",
        "made_at": "2023-11-29T05:00:00+00:00", "effect": first, "slots": [{"name": "bedtime", "time": "22:00"}],
        "products": [product], "advance": "ask", "half_life": None, "pauses": [], "archived": False, "why": "",
        "steps": [
            {"doses": {"bedtime": [["10", 0]]}, "hold": None, "begins": first, "every": 1, "written": None, "note": ""}
        ],
    }  # fmt: skip
    intake = {
        "id": "01hg0000000000000000000002", "schema": 1, "kind": "taken", "medicine": "insulin", "date": "2023-11-29",
        "slot": "bedtime", "at": "2023-11-29T22:05:00+01:00", "zone": "Europe/Berlin", "exactness": "exact",
        "pieces": [{"count": "1/10", "product": product}],
        "planned": {
            "pieces": [{"count": "10", "product": product}], "due": "2023-11-29T22:00:00+01:00", "slot_time": "22:00",
            "version": 1,
        },
        "recorded_at": "2023-11-29T22:05:00+01:00", "where": "shell", "reason": "", "note": "", "replaces": None,
    }  # fmt: skip
    plan = [Put(table, str(found["id"]), found) for table, found in (("rules", rules), ("versions", version))]
    (folder / "plan.jsonl").write_bytes(b"".join(line_of([each]) for each in plan))
    (folder / "log" / "2023-11.jsonl").write_bytes(line_of([Put("intakes", str(intake["id"]), intake)]))
    line = CommandLine(folder, "2023-11-30 22:00")
    assert "10 units (0.1 mL)" in line("today", "--date", "yesterday").done().out
    assert "1000 units (10 mL)" in line("today").done().out
    exported = line("plan", "export").done().out
    assert 'bedtime = "1000 units x pen"' in exported
    assert 'smallest = "100 units"' in exported
    line("take").done()
    assert line.records()[-1]["pieces"][0]["count"] == "10"


def test_a_label_in_another_unit_moves_all_of_a_medicine_to_milligrams(tmp_path: Path) -> None:
    """Also what was recorded before there was such a label."""
    head = '[slots]\nmorning = "08:00"\n[[medicine]]\nname = "levothyroxine"\nadvance = "on date"\n'
    mcg = '[[medicine.product]]\nname = "50 mcg tablet"\nstrength = "50 mcg"\n'
    mg = '[[medicine.product]]\nname = "0.1 mg tablet"\nstrength = "0.1 mg"\n'
    file = tmp_path / "plan.toml"
    file.write_text(f'{head}{mcg}[[medicine.step]]\nstart = 2024-01-01\nmorning = "1"\n', encoding="utf-8")
    line = CommandLine(tmp_path / "data", "2024-01-01 07:00")
    line("plan", "import", str(file)).done()
    line.at("2024-01-01 08:05")("take").done()
    assert "levothyroxine  50 mcg " in line("today").out
    assert "taken: levothyroxine 50 of 50 mcg" in line("today").out
    file.write_text(f'{head}{mcg}{mg}[[medicine.step]]\nmorning = "1 x 50 mcg tablet"\n', encoding="utf-8")
    line.at("2024-01-02 07:00")("plan", "import", str(file), "--yes").done()
    for day in ("yesterday", "today"):
        assert "levothyroxine  0.05 mg " in line("today", "--date", day).out
    assert "taken: levothyroxine 0.05 of 0.05 mg" in line("today", "--date", "yesterday").out
    kept = line.records(month="2024-01")[0]["pieces"][0]["product"]
    assert (kept["strength"], kept["mg"]) == ("50 mcg", "0.05")
    line("plan", "undo", "levothyroxine").done()
    assert "taken: levothyroxine 50 of 50 mcg" in line("today", "--date", "yesterday").out


def test_a_discreet_report_names_nothing_that_one_of_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        '[slots]\nmorning = "08:00"\n[[medicine]]\nname = "secret"\n[[medicine.product]]\nname = "Kilimanjaro"\n'
        'form = "other"\nunit = "Zanzibar"\n[[medicine.step]]\nmorning = "2"\n',
        encoding="utf-8",
    )
    line = CommandLine(tmp_path / "data", "2024-01-01 07:00")
    line("plan", "import", str(file)).done()
    line.at("2024-01-01 08:05")("take").done()
    assert "2 Zanzibars" in line("today").out
    for name in ("markdown", "html", "csv"):
        told = line("export", name, "--discreet", "-o", str(tmp_path / name)).done()
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not re.search("(?i)zanzibar|secret|kilimanjaro", text + told.out)


def test_an_export_reads_the_same(every_unit: CommandLine, tmp_path: Path) -> None:
    written = tmp_path / "written.toml"
    every_unit("plan", "export", "-o", str(written)).done()
    text = written.read_text(encoding="utf-8")
    assert 'unit = "bead"' in text
    assert 'total = "44 mcg"' in text
    again = CommandLine(tmp_path / "again", "2024-01-03 09:30")
    again("plan", "import", str(written)).done()
    for day in ("2024-01-01", "2024-01-03", "2024-01-06"):
        was, now = (each("today", "--date", day, "--json").done().json["doses"] for each in (every_unit, again))
        assert [(d["medicine"], d["slot"], d["pieces"], d["mg"]) for d in was] == [
            (d["medicine"], d["slot"], d["pieces"], d["mg"]) for d in now
        ]


def test_what_today_prints_of_a_dose_is_taken_as_that_dose(every_unit: CommandLine) -> None:
    line = every_unit
    for dose in line("today", "--date", "2024-01-01", "--json").json["doses"]:
        shown = line("today", "--date", "2024-01-01").lines
        row = next(each for each in shown if dose["medicine"] in each and f" {dose['slot']} " in each)
        amount = re.split("  +", row.partition(dose["medicine"])[2].strip())[0]
        if len(dose["pieces"]) > 1 or (amount.startswith("about ") and "(" not in amount):
            continue  # says no exact amount, or not of what
        slot = ("--date", "2024-01-01", dose["slot"], "--correct", "--at", dose["due"][11:16])
        told = line("take", dose["medicine"], *slot, "--amount", amount, "--json").done().json
        assert told["pieces"] == dose["pieces"], amount


amounts = st.tuples(
    st.sampled_from(["mg", "mcg", "g", "mL", "units", "puffs", "drops", "tablets", ""]),
    st.decimals(Fraction(1, 1000), 500, places=3, allow_nan=False),
).map(lambda pair: f"{pair[1].normalize():f} {pair[0]}".strip())


@given(typed=amounts, medicine=st.sampled_from(list(PER_MEDICINE)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_typed_amount_is_told_in_the_unit_of_its_medicine(
    every_unit: CommandLine, typed: str, medicine: str
) -> None:
    told = every_unit("take", medicine, "--extra", "--again", "--amount", typed)
    assert told.code in (0, 2), told
    assert misread(told.out) == []
    assert not re.search(r"type [^;]*\.[0-9]*0\b", told.err)


@pytest.mark.parametrize(
    "text",
    ["fentanyl 1 50 mcg/h patch", "vitamin D 1 20000 IU capsule", "in all 37 49/100 mL × liquid", "clonazepam ½ mL",
     "levothyroxine 0 of 0.1 mg", "levothyroxine 88 mcg = 0.088 mg", "insulin 10.0 units", "fentanyl 1 × 50 mc…",
     "lorazepam about 1…", "metformin 500 mg"],
)  # fmt: skip
def test_what_could_be_misread_is_seen(text: str) -> None:
    assert misread(text)
