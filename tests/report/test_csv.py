"""CSV read back by Python's own reader; no cell is a formula, whatever the separator is taken to be."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.raw import documents, facts, milligrams, standing
from report.taper import FIRST, LAST, PLAN, SettableClock, open_session
from splitdose import report
from splitdose.planfile import read_plan_file
from splitdose.report.csv import COLUMNS, cell
from splitdose.report.data import Options
from splitdose.session import Session
from support import shell

BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@pytest.fixture(scope="module")
def text(tapered: Session) -> str:
    return report.make(tapered.reader, "csv")


@pytest.fixture(scope="module")
def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_a_row_for_each_record_that_stands(rows: list[dict[str, str]], taper_folder: Path) -> None:
    intakes = {d["id"]: d for d in standing(taper_folder)}
    checkins = [id_ for (_, table), found in documents(taper_folder).items() if table == "checkins" for id_ in found]
    assert sorted(row["id"] for row in rows) == sorted([*intakes, *checkins])
    assert list(rows[0]) == list(COLUMNS)
    for row in rows:
        if row["record"] == "check-in":
            continue
        document = intakes[row["id"]]
        assert (row["date"], row["medicine"]) == (document["date"], document["medicine"])
        assert (row["record"], row["exactness"]) == (document["kind"], document["exactness"])
        assert row["at"] == (document["at"] or "")
        assert row["slot"] == (document["slot"] or "")
        assert Fraction(row["taken_mg"]) == milligrams(document)
        if document["planned"]:
            planned = {**document, "kind": "taken", "pieces": document["planned"]["pieces"]}
            assert Fraction(row["planned_mg"]) == milligrams(planned)
            assert datetime.fromisoformat(row["due"]) == datetime.fromisoformat(document["planned"]["due"])


def test_the_column_sums_to_what_was_taken(rows: list[dict[str, str]], taper_folder: Path) -> None:
    own = [row for row in rows if row["medicine"] == "baclofen"]
    assert sum(Fraction(row["taken_mg"]) for row in own) == facts(taper_folder, "baclofen", FIRST, LAST).taken_mg
    assert {row["taken_pieces"] for row in own} >= {"1/4 x 20 mg tablet", "3/4 x 20 mg tablet", "1 x 5 mg tablet"}


def test_check_ins_have_their_own_columns(rows: list[dict[str, str]]) -> None:
    found = next(row for row in rows if row["record"] == "check-in")
    assert (found["sleep"], found["onset_min"], found["awakenings"], found["symptoms"]) == ("5", "11", "1", "fatigue 1")
    assert found["medicine"] == found["taken_mg"] == ""


# Quotes bind for the separator a program expects; for another they may or may not.
@pytest.mark.parametrize(
    ("separator", "quoting"),
    [(",", csv.QUOTE_MINIMAL), *((s, q) for s in ";\t" for q in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE))],
)
def test_no_cell_begins_a_formula(text: str, separator: str, quoting: Literal[0, 3]) -> None:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
        for found in row:
            assert not found.lstrip(' "').startswith(BEGINS_A_FORMULA), found


def test_the_note_that_looks_like_a_formula_is_kept_as_text(rows: list[dict[str, str]]) -> None:
    reason = next(row["reason"] for row in rows if row["record"] == "skipped")
    assert reason.startswith("'=HYPERLINK(")
    assert "\x1b" not in reason
    assert "\x07" not in reason


@pytest.fixture
def accented(tmp_path: Path) -> Path:
    """A folder with one check-in whose words are not English."""
    clock = SettableClock()
    session = open_session(tmp_path / "data", clock)
    session.plans.apply(session.plans.preview(read_plan_file(PLAN)))
    session.record.checkin(note="½ Tablette – müde, „schlafarm“, 眠れない", symptoms={"Übelkeit": 3})
    return tmp_path / "data"


def test_a_file_says_that_it_is_utf_8_and_a_pipe_gets_plain_text(accented: Path, tmp_path: Path) -> None:
    # Excel reads a file without the mark by the local code page; what it then shows is the second assertion.
    target = tmp_path / "out.csv"
    shell.run(accented, "export", "csv", "-o", str(target))
    content = target.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfdate,record,")
    assert "müde" not in content[3:].decode("cp1252", "replace")
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == COLUMNS
    assert (row["note"], row["symptoms"]) == ("½ Tablette – müde, „schlafarm“, 眠れない", "Übelkeit 3")
    piped = subprocess.run(
        [*shell.PROGRAM, "--data", str(accented), "export", "csv"], stdin=subprocess.DEVNULL, capture_output=True,
        check=True, timeout=60,
    ).stdout  # fmt: skip
    assert piped == content[3:]


def test_only_the_table_for_a_spreadsheet_has_a_mark() -> None:
    assert {name: found.in_file("é\r\n") for name, found in report.FORMATS.items()} == {
        name: b"\xef\xbb\xbf" * (name == "csv") + b"\xc3\xa9\r\n" for name in report.FORMATS
    }


def test_it_is_of_the_form_of_rfc_4180(text: str, rows: list[dict[str, str]]) -> None:
    assert text.endswith("\r\n")
    assert text.count("\r\n") == len(rows) + 1
    assert "\n" not in text.replace("\r\n", "")


@given(st.text())
def test_a_cell_is_one_line_and_no_formula(typed: str) -> None:
    found = cell(typed)
    assert not found.startswith(BEGINS_A_FORMULA)
    assert not any(ord(sign) < 32 or ord(sign) == 127 for sign in found)
    for part in found.replace('"', ";").split(";"):
        assert not part.lstrip().startswith(BEGINS_A_FORMULA)
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([found, "end"])
    assert next(csv.reader(io.StringIO(buffer.getvalue(), newline=""))) == [found, "end"]


@given(st.text(alphabet="abc 123½.:()%", max_size=30))
def test_plain_words_stay_as_typed(typed: str) -> None:
    assert cell(typed) == typed.strip()


def test_thirds_are_no_dates() -> None:
    from splitdose.report.csv import _mg

    assert _mg(Fraction(20, 3)) == "6.666667"
    assert _mg(Fraction(1, 8)) == "0.125"
    assert _mg(None) == ""


def test_a_discreet_table_names_nothing(tapered: Session) -> None:
    text = report.make(tapered.reader, "csv", options=Options(discreet=True), first=date(2023, 10, 26))
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["medicine"] for row in found} == {"medicine A", "medicine B", ""}
    assert {row["slot"] for row in found} == {"08:00", "13:00", "18:00", ""}
    assert {row["note"] for row in found} == {row["reason"] for row in found} == {""}
    assert not any(name in text for name in ("baclofen", "diazepam", "fatigue", "HYPERLINK"))
