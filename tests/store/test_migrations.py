"""Documents of other schemas: older ones are brought over in memory with a copy kept, newer ones are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from splitdose.store import SCHEMA, CannotRead, DataFolder, Migration, Migrations
from splitdose.store.lines import Put, line_of

MONTH = "log/2023-11"


def counts_as_text(_table: str, document: dict[str, Any]) -> dict[str, Any]:
    document["count"] = str(document["count"])
    return document


def noon_has_a_name(table: str, document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "slot": "noon"} if table == "intakes" else document


# Applied in the wrong order these would find nothing to convert, or fail.
THIRD = Migrations((Migration("counts as text", counts_as_text), Migration("noon has a name", noon_has_a_name)))


def old(folder: Path, journal: str = MONTH, **document: Any) -> Path:
    """Writes a line as an older or newer program would."""
    file = folder / f"{journal}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as more:
        more.write(line_of([Put("intakes", document["id"], document)]))
    return file


def test_there_is_one_schema_so_far() -> None:
    assert SCHEMA == 1
    assert THIRD.schema == 3


def test_all_older_documents_are_read_as_the_newest(tmp_path: Path) -> None:
    old(tmp_path, id="a", count=1, schema=1)
    old(tmp_path, id="b", count="2", schema=2)
    old(tmp_path, id="c", count="3", schema=3, slot="evening")
    old(tmp_path, id="d", count=4)
    data = DataFolder(tmp_path, migrations=THIRD)
    assert data.documents(MONTH, "intakes") == [
        {"id": "a", "count": "1", "schema": 3, "slot": "noon"},
        {"id": "b", "count": "2", "schema": 3, "slot": "noon"},
        {"id": "c", "count": "3", "schema": 3, "slot": "evening"},
        {"id": "d", "count": "4", "schema": 3, "slot": "noon"},
    ]
    assert data.damage() == []


def test_reading_alone_changes_nothing_on_disk(tmp_path: Path) -> None:
    file = old(tmp_path, id="a", count=1, schema=1)
    before = file.read_bytes()
    DataFolder(tmp_path, migrations=THIRD).documents(MONTH, "intakes")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert file.read_bytes() == before


def test_a_dated_copy_is_kept_before_the_first_newer_line(tmp_path: Path) -> None:
    import os

    file = old(tmp_path, id="a", count=1, schema=1)
    os.utime(file, (1_700_000_000, 1_700_000_000))  # 14 November 2023
    before = file.read_bytes()
    data = DataFolder(tmp_path, migrations=THIRD)
    for number in range(3):
        data.put(MONTH, "intakes", {"id": f"new {number}", "count": "1"})
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "2023-11.jsonl",
        "2023-11.jsonl.schema-1.2023-11-14.bak",
    ]
    copy = file.parent / "2023-11.jsonl.schema-1.2023-11-14.bak"
    assert copy.read_bytes() == before
    assert copy.stat().st_mode & 0o777 == 0o600
    # Old bytes stand; only what is new was added, and only that.
    assert file.read_bytes().startswith(before)
    assert file.read_bytes().count(b"\n") == 4
    assert data.months() == ["2023-11"]
    fresh = DataFolder(tmp_path, migrations=THIRD)
    assert [each["id"] for each in fresh.documents(MONTH, "intakes")] == ["a", "new 0", "new 1", "new 2"]
    fresh.put(MONTH, "intakes", {"id": "new 3", "count": "1"})
    assert len(list(file.parent.iterdir())) == 2


def test_no_copy_is_made_of_a_file_that_is_new_enough(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, migrations=THIRD)
    data.put(MONTH, "intakes", {"id": "a", "count": "1"})
    data.put(MONTH, "intakes", {"id": "b", "count": "1"})
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["2023-11.jsonl"]


def test_a_change_of_an_old_document_is_written_in_the_newest_schema(tmp_path: Path) -> None:
    old(tmp_path, id="a", count=1, schema=1)
    data = DataFolder(tmp_path, migrations=THIRD)
    data.put(MONTH, "intakes", {**data.documents(MONTH, "intakes")[0], "note": "late"})
    assert DataFolder(tmp_path, migrations=THIRD).documents(MONTH, "intakes") == [
        {"id": "a", "count": "1", "schema": 3, "slot": "noon", "note": "late"}
    ]
    with pytest.raises(CannotRead, match="newer Splitdose"):
        DataFolder(tmp_path).documents(MONTH, "intakes")


def test_a_document_that_cannot_be_brought_over_is_told_with_the_name_of_the_step(tmp_path: Path) -> None:
    file = old(tmp_path, id="a", count=1, schema=1)
    old(tmp_path, id="b", schema=1)  # no count
    data = DataFolder(tmp_path, migrations=THIRD)
    assert [document["id"] for document in data.documents(MONTH, "intakes")] == ["a"]
    assert [(damage.path, damage.line) for damage in data.damage()] == [(file, 2)]
    assert '"counts as text"' in data.damage()[0].what


@pytest.mark.parametrize("journal", ["plan", "state", MONTH])
def test_a_newer_document_is_refused_politely_and_nothing_is_altered(tmp_path: Path, journal: str) -> None:
    file = old(tmp_path, journal, id="a", schema=SCHEMA)
    old(tmp_path, journal, id="b", schema=SCHEMA + 1, note="from the future")
    before = file.read_bytes()
    data = DataFolder(tmp_path)
    for _ in range(2):
        with pytest.raises(CannotRead, match="was written by a newer Splitdose; update Splitdose"):
            data.documents(journal, "intakes")
        with pytest.raises(CannotRead, match="newer Splitdose"):
            data.put(journal, "intakes", {"id": "c"})
    assert file.read_bytes() == before


def test_a_newer_document_that_another_window_adds(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.put(MONTH, "intakes", {"id": "a"})
    file = old(tmp_path, id="b", schema=SCHEMA + 1)
    before = file.read_bytes()
    with pytest.raises(CannotRead, match="newer Splitdose"):
        data.put(MONTH, "intakes", {"id": "c"})
    assert file.read_bytes() == before
