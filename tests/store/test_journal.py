"""The storage under TinyDB: as good as memory, and all that happens is one more line."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tinydb import TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from splitdose.store import JournalStorage

TABLES = st.sampled_from(["intakes", "checkins", "a table / with ½ in its name"])
NAMES = st.sampled_from(["n", "at", "pieces", "schema-of-nothing"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def held(database: TinyDB) -> dict[str, str]:
    """What the tables hold, in order and strictly typed: 1 is not True. An empty table is none."""
    return {
        name: json.dumps([[row.doc_id, row] for row in database.table(name)])
        for name in sorted(database.tables())
        if len(database.table(name))
    }


class Memory(MemoryStorage):
    """TinyDB's MemoryStorage, but that two documents never share a list: on disk they can't."""

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        super().write(json.loads(json.dumps(data)))


class AsGoodAsMemory(RuleBasedStateMachine):
    """The same operations on a journal and in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.file = Path(self.folder.name) / "journal.jsonl"
        self.before = b""
        self.memory_storage = Memory()  # type: ignore[no-untyped-call]
        self.open()

    def open(self) -> None:
        self.journal = TinyDB(self.file, storage=JournalStorage)
        self.memory = TinyDB(storage=lambda: self.memory_storage)

    def both(self, table: str, operation: Callable[[Table], Any]) -> None:
        results = [operation(database.table(table, cache_size=0)) for database in (self.journal, self.memory)]
        assert results[0] == results[1]

    @initialize()
    def start(self) -> None:
        assert self.journal.storage.read() is None

    @rule(table=TABLES, document=DOCUMENTS)
    def insert(self, table: str, document: dict[str, Any]) -> None:
        self.both(table, lambda rows: rows.insert(document))

    @rule(table=TABLES, documents=st.lists(DOCUMENTS, max_size=3))
    def insert_multiple(self, table: str, documents: list[dict[str, Any]]) -> None:
        self.both(table, lambda rows: rows.insert_multiple(documents))

    @rule(table=TABLES, fields=DOCUMENTS, name=NAMES)
    def update_some(self, table: str, fields: dict[str, Any], name: str) -> None:
        self.both(table, lambda rows: rows.update(fields, where(name).exists()))

    @rule(table=TABLES, value=VALUES)
    def update_in_place(self, table: str, value: Any) -> None:
        def alter(document: Any) -> None:
            if isinstance(document.get("pieces"), list):
                document["pieces"].append(value)
            document["n"] = value

        self.both(table, lambda rows: rows.update(alter))

    @rule(table=TABLES, document=DOCUMENTS, number=st.integers(1, 5))
    def upsert(self, table: str, document: dict[str, Any], number: int) -> None:
        self.both(table, lambda rows: rows.upsert(Document(document, doc_id=number)))

    @rule(table=TABLES, name=NAMES)
    def remove_some(self, table: str, name: str) -> None:
        self.both(table, lambda rows: rows.remove(where(name).exists()))

    @rule(table=TABLES, number=st.integers(1, 5))
    def remove_one(self, table: str, number: int) -> None:
        self.both(table, lambda rows: rows.remove(doc_ids=[number]))

    @rule(table=TABLES, value=VALUES)
    def look_and_scribble(self, table: str, value: Any) -> None:
        """What was handed out may be altered without anything coming of it."""
        for row in self.journal.table(table, cache_size=0):
            row["n"] = value
            if isinstance(row.get("pieces"), list):
                row["pieces"].append(value)

    @rule(table=TABLES)
    def truncate(self, table: str) -> None:
        self.both(table, Table.truncate)

    @rule(table=TABLES)
    def drop_table(self, table: str) -> None:
        self.journal.drop_table(table)
        self.memory.drop_table(table)

    @rule()
    def drop_tables(self) -> None:
        self.journal.drop_tables()
        self.memory.drop_tables()

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.open()

    @invariant()
    def same(self) -> None:
        assert held(self.journal) == held(self.memory)

    @invariant()
    def old_bytes_stand(self) -> None:
        now = self.file.read_bytes() if self.file.exists() else b""
        assert now.startswith(self.before)
        self.before = now

    def teardown(self) -> None:
        assert held(TinyDB(self.file, storage=JournalStorage)) == held(self.memory)
        self.journal.close()
        self.folder.cleanup()


TestAsGoodAsMemory = AsGoodAsMemory.TestCase
TestAsGoodAsMemory.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log" / "2023-11.jsonl"


def write(storage: JournalStorage, **documents: Any) -> None:
    """Sets documents of the table "t"."""
    data = storage.read() or {}
    data.setdefault("t", {}).update(documents)
    storage.write(data)


def read(*paths: Path) -> Any:
    return (JournalStorage(*paths).read() or {}).get("t", {})


def test_there_is_no_file_before_the_first_write(file: Path) -> None:
    storage = JournalStorage(file)
    assert storage.read() is None
    storage.write({})
    assert not file.parent.exists()


def test_one_write_is_one_line_whatever_it_changes(file: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1}, b={"n": 1})
    data = storage.read() or {}
    del data["t"]["a"]
    data["t"]["b"]["n"] = 2
    data["u"] = {"c": {"n": 3}}
    storage.write(data)
    lines = file.read_bytes().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["ops"] == [
        ["del", "t", "a"],
        ["set", "t", "b", {"n": 2}],
        ["set", "u", "c", {"n": 3}],
    ]


def test_nothing_is_written_when_nothing_changes(file: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": [1, {"m": True}]})
    before = file.read_bytes()
    data = storage.read() or {}
    data["t"]["a"]["n"][1]["m"] = True
    storage.write(data)
    storage.write(storage.read() or {})
    assert file.read_bytes() == before


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (0, False), ([1], [True]), ({"b": 0}, {"b": 0.0})])
def test_a_change_of_type_alone_is_a_change(file: Path, before: Any, after: Any) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": before})
    write(storage, a={"n": after})
    assert repr(read(file)["a"]["n"]) == repr(after)


def test_write_compares_with_the_read_before_it_not_with_newer_state(file: Path) -> None:
    mine, other = JournalStorage(file), JournalStorage(file)
    write(mine, a={"n": 1})
    data = mine.read() or {}
    write(other, b={"n": 2})
    data["t"]["c"] = {"n": 3}
    mine.write(data)
    assert read(file) == {"a": {"n": 1}, "b": {"n": 2}, "c": {"n": 3}}
    assert mine.read() == other.read() == JournalStorage(file).read()


def test_a_write_without_a_read_compares_with_what_is_on_disk(file: Path) -> None:
    write(JournalStorage(file), a={"n": 1}, b={"n": 2})
    JournalStorage(file).write({"t": {"b": {"n": 2}, "c": {"n": 3}}})
    assert read(file) == {"b": {"n": 2}, "c": {"n": 3}}


def test_every_line_is_synced_before_it_counts_and_a_new_file_with_its_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.parent.mkdir(parents=True)
    storage, synced = JournalStorage(file), []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(("folder" if is_folder else os.fstat(descriptor).st_size, file.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write(storage, a={"n": 1})
    first = file.stat().st_size
    assert synced == [(first, False), ("folder", True)]  # whole before it has its name
    write(storage, b={"n": 1})
    assert synced[2:] == [(file.stat().st_size, True)]


def test_files_and_folders_are_private(file: Path) -> None:
    write(JournalStorage(file), a={})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_nothing_but_the_file_is_left_after_its_creation(file: Path) -> None:
    write(JournalStorage(file), a={})
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.stat().st_nlink == 1


def test_a_second_read_reads_only_what_was_added(file: Path) -> None:
    storage, other = JournalStorage(file), JournalStorage(file)
    write(other, **{f"a{number}": {"n": number} for number in range(50)})
    write(other, b={"n": 1})
    storage.read()
    # Bytes that were read once are not read again: altering them in place, at the same length, goes unseen …
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"n":7}', b'"n":8}'))
    write(other, c={"n": 1})
    tables = cast(Any, storage.read())["t"]
    assert tables["a7"] == {"n": 7}
    assert tables["c"] == {"n": 1}
    # … until somebody reads the file afresh, and the checksum tells.
    fresh = JournalStorage(file)
    assert set(cast(Any, fresh.read())["t"]) == {"b", "c"}
    assert [damage.line for damage in fresh.damage] == [1]


def test_a_replaced_file_is_read_anew(file: Path, tmp_path: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1})
    storage.read()
    write(JournalStorage(tmp_path / "new.jsonl"), b={"n": 2}, c={"n": "long enough to be longer than the first"})
    (tmp_path / "new.jsonl").replace(file)
    assert cast(Any, storage.read())["t"].keys() == {"b", "c"}


def test_a_replaced_file_that_ends_alike_is_read_anew(file: Path, tmp_path: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1})
    write(storage, b={"n": "x" * 2000})
    storage.read()
    repaired = file.read_bytes().replace(b'"n":1', b'"n":2')
    (tmp_path / "new.jsonl").write_bytes(repaired)
    (tmp_path / "new.jsonl").replace(file)
    assert cast(Any, storage.read())["t"].keys() == {"b"}
    assert [damage.line for damage in storage.damage] == [1]


def test_a_file_rewritten_in_place_is_read_anew(file: Path, tmp_path: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1})
    storage.read()
    write(JournalStorage(tmp_path / "new.jsonl"), b={"n": 2}, c={"n": "long enough to be longer than the first"})
    file.write_bytes((tmp_path / "new.jsonl").read_bytes())  # the same inode
    assert cast(Any, storage.read())["t"].keys() == {"b", "c"}


def test_a_file_that_shrank_is_read_anew(file: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1})
    first = file.read_bytes()
    write(storage, b={"n": 2})
    assert cast(Any, storage.read())["t"].keys() == {"a", "b"}
    file.write_bytes(first)
    assert cast(Any, storage.read())["t"].keys() == {"a"}


def test_what_json_cannot_say_is_refused_before_anything_is_written(file: Path) -> None:
    storage = JournalStorage(file)
    write(storage, a={"n": 1})
    before = file.read_bytes()
    for value in (float("nan"), float("inf"), object(), b"bytes"):
        with pytest.raises((TypeError, ValueError)):
            write(storage, b={"n": value})
    assert file.read_bytes() == before
    write(storage, b={"n": 2})
    assert read(file).keys() == {"a", "b"}


def test_any_text_comes_back_as_it_was(file: Path) -> None:
    texts = [
        "½ × 20 mg",
        "line\nbreak\r\n\u2028\x85\x00\x1b[31m",
        "🙂",
        "\udcff half a character",
        '{"crc":"',
    ] * 2
    storage = JournalStorage(file)
    for number, text in enumerate(texts):
        write(storage, **{str(number): {"note": text}})
    assert [document["note"] for document in read(file).values()] == texts
    assert len(file.read_bytes().splitlines()) == len(texts)


def test_a_batch_is_one_line_or_none(file: Path) -> None:
    storage = JournalStorage(file)
    with storage.one_line():
        write(storage, a={"n": 1})
        write(storage, b={"n": 2}, a={"n": 3})
        assert not file.exists()
    assert read(file) == {"a": {"n": 3}, "b": {"n": 2}}
    assert file.read_bytes().count(b"\n") == 1
    with pytest.raises(RuntimeError), storage.one_line():  # noqa: PT012 - what stands before the raise is the test
        write(storage, c={"n": 4})
        raise RuntimeError
    assert file.read_bytes().count(b"\n") == 1
    assert cast(Any, storage.read())["t"].keys() == {"a", "b"}


class TestUnion:
    """Several files of one journal, as file-sync tools leave them."""

    @pytest.fixture
    def plain(self, tmp_path: Path) -> Path:
        return tmp_path / "2023-11.jsonl"

    @pytest.fixture
    def copy(self, tmp_path: Path) -> Path:
        return tmp_path / "2023-11 (conflicted copy).jsonl"

    def test_each_file_adds_what_the_other_lacks(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(plain), a={"n": 1}, b={"n": 1})
        write(JournalStorage(copy), b={"n": 1}, c={"n": 1})
        assert read(plain, copy) == {"a": {"n": 1}, "b": {"n": 1}, "c": {"n": 1}}

    def test_writes_go_to_the_first(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(copy), a={"n": 1})
        before = copy.read_bytes()
        write(JournalStorage(plain, copy), b={"n": 2})
        assert read(plain) == {"b": {"n": 2}}
        assert copy.read_bytes() == before

    @pytest.mark.parametrize("ahead", ["plain", "copy"])
    def test_a_version_that_one_file_has_moved_past_gives_way(self, plain: Path, copy: Path, ahead: str) -> None:
        write(JournalStorage(plain), a={"n": "old"})
        copy.write_bytes(plain.read_bytes())
        write(JournalStorage(plain if ahead == "plain" else copy), a={"n": "new"})
        assert read(plain, copy) == {"a": {"n": "new"}}

    def test_of_two_changes_at_once_the_first_file_has_it(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(plain), a={"n": "old"})
        copy.write_bytes(plain.read_bytes())
        write(JournalStorage(copy), a={"n": "there"})
        write(JournalStorage(plain), a={"n": "here"})
        assert read(plain, copy) == {"a": {"n": "here"}}

    @pytest.mark.parametrize("value", ["old", "new", "other"])
    def test_a_change_of_what_stands_in_a_copy_wins(self, plain: Path, copy: Path, value: str) -> None:
        write(JournalStorage(plain), a={"n": "old"})
        copy.write_bytes(plain.read_bytes())
        write(JournalStorage(copy), a={"n": "new"})
        both = JournalStorage(plain, copy)
        write(both, a={"n": value})  # "old" again is a change too
        assert read(plain, copy) == {"a": {"n": value}}
        assert cast(Any, both.read())["t"] == {"a": {"n": value}}

    def test_what_was_removed_here_does_not_come_back_from_a_copy(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(plain), a={"n": 1}, b={"n": 1})
        copy.write_bytes(plain.read_bytes())
        both = JournalStorage(plain, copy)
        data = both.read() or {}
        del data["t"]["a"]
        both.write(data)
        assert read(plain, copy) == {"b": {"n": 1}}

    def test_what_stands_only_in_a_copy_can_be_removed(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(copy), a={"n": 1}, b={"n": 1})
        both = JournalStorage(plain, copy)
        data = both.read() or {}
        del data["t"]["a"]
        both.write(data)
        assert read(plain, copy) == {"b": {"n": 1}}

    def test_a_removal_and_a_change_at_once_keep_the_change(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(plain), a={"n": 1})
        copy.write_bytes(plain.read_bytes())
        write(JournalStorage(copy), a={"n": 2})
        mine = JournalStorage(plain)
        mine.read()
        mine.write({})
        assert read(plain, copy) == {"a": {"n": 2}}

    def test_a_copy_that_comes_or_goes_while_open(self, plain: Path, copy: Path) -> None:
        storage = JournalStorage(plain)
        write(storage, a={"n": 1})
        write(JournalStorage(copy), b={"n": 1})
        storage.paths = (plain, copy)
        assert cast(Any, storage.read())["t"].keys() == {"a", "b"}
        copy.unlink()
        storage.paths = (plain,)
        assert cast(Any, storage.read())["t"].keys() == {"a"}

    def test_damage_in_one_file_is_made_good_by_the_other(self, plain: Path, copy: Path) -> None:
        write(JournalStorage(plain), a={"n": 1})
        copy.write_bytes(plain.read_bytes())
        plain.write_bytes(plain.read_bytes().replace(b"1}", b"2}"))
        storage = JournalStorage(plain, copy)
        assert cast(Any, storage.read())["t"] == {"a": {"n": 1}}
        assert [damage.path for damage in storage.damage] == [plain]
