"""The JSON export: everything that the files hold, and back into an empty folder."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from report.raw import documents
from report.taper import LAST, SettableClock, open_session, wall
from splitdose import report
from splitdose.core.errors import BadInput
from splitdose.report.data import Options
from splitdose.report.json import read
from splitdose.session import Session
from splitdose.store import DataFolder


@pytest.fixture(scope="module")
def text(tapered: Session) -> str:
    return report.make(tapered.reader, "json")


def put_back(text: str, folder: Path) -> None:
    store = DataFolder(folder)
    entries = read(text)
    for journal in dict.fromkeys(entry.journal for entry in entries):
        store.put_all(journal, [(e.table, e.document) for e in entries if e.journal == journal])


def test_it_holds_every_document_of_the_files(text: str, taper_folder: Path) -> None:
    found = {
        (journal, table): {document["id"]: document for document in rows}
        for journal, tables in json.loads(text)["journals"].items()
        for table, rows in tables.items()
    }
    assert found == documents(taper_folder)
    assert ("log/2023-11", "voids") in found


def test_an_empty_folder_gets_the_same_data(text: str, tapered: Session, taper_folder: Path, tmp_path: Path) -> None:
    put_back(text, tmp_path / "back")
    assert documents(tmp_path / "back") == documents(taper_folder)
    clock = SettableClock()
    clock.at = tapered.reader.now()
    restored = open_session(tmp_path / "back", clock)
    first, end = date(2023, 10, 26), LAST + timedelta(days=4)
    assert restored.reader.days(first, end) == tapered.reader.days(first, end)
    for name in ("markdown", "html", "csv", "json"):
        assert report.make(restored.reader, name) == report.make(tapered.reader, name)


def test_it_is_ascii_so_that_no_encoding_harms_it(text: str) -> None:
    assert text.isascii()
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)


def test_a_range_holds_its_records_and_their_voids(tapered: Session, taper_folder: Path) -> None:
    text = report.make(tapered.reader, "json", first=date(2023, 11, 10), last=date(2023, 11, 15))
    found = json.loads(text)
    assert (found["from"], found["to"], found["whole"]) == ("2023-11-10", "2023-11-15", False)
    tables = found["journals"]["log/2023-11"]
    known = documents(taper_folder)[("log/2023-11", "intakes")]
    ids = {id_ for id_, d in known.items() if "2023-11-10" <= d["date"] <= "2023-11-15"}
    assert {d["id"] for d in tables["intakes"]} == ids
    voids = documents(taper_folder)[("log/2023-11", "voids")].values()
    assert {d["target"] for d in tables["voids"]} == {d["target"] for d in voids if d["target"] in ids}
    assert len(tables["voids"]) == 1
    assert found["journals"]["plan"] == json.loads(report.make(tapered.reader, "json"))["journals"]["plan"]


def test_nothing_can_be_left_out(tapered: Session) -> None:
    with pytest.raises(BadInput, match="names and notes"):
        report.make(tapered.reader, "json", options=Options(discreet=True))
    with pytest.raises(BadInput, match="names and notes"):
        report.make(tapered.reader, "json", options=Options(notes=False))


@pytest.mark.parametrize("keep", [0, 10, 1000, -3])
def test_an_export_that_ends_early_is_refused(text: str, keep: int) -> None:
    with pytest.raises(BadInput, match="ends early"):
        read(text[:keep])


def test_something_else_is_refused() -> None:
    for other in ("[]", "{}", "null", '{"kind": "splitdose-export", "schema": 1}', "[" * 100_000):
        with pytest.raises(BadInput):
            read(other)


@pytest.mark.parametrize(
    "damage",
    [
        {"plan": []}, {"plan": {"rules": {}}}, {"plan": {"rules": [1]}}, {"plan": {"rules": [{"schema": 1}]}},
        {"plan": {"rules": [{"id": 5, "schema": 1}]}},
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(damage: Any) -> None:
    with pytest.raises(BadInput, match="damaged"):
        read(json.dumps({"kind": "splitdose-export", "schema": 1, "journals": damage}))


def test_a_newer_export_is_refused() -> None:
    for schema, row in ((2, 1), (1, 99), (1, "1"), (None, 1)):
        journals = {"plan": {"rules": [{"id": "a", "schema": row}]}}
        with pytest.raises(BadInput, match="newer"):
            read(json.dumps({"kind": "splitdose-export", "schema": schema, "journals": journals}))


def test_an_export_of_nothing_is_one(tmp_path: Path) -> None:
    clock = SettableClock()
    clock.at = wall(LAST, clock.at.timetz().replace(tzinfo=None))
    assert read(report.make(open_session(tmp_path / "none", clock).reader, "json")) == ()
