"""Damaged files: what is whole is shown, what isn't is told with file and line, and the disk stays as is."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from splitdose.store import CannotRead, DataFolder, new_id
from splitdose.store.lines import is_torn

MONTH = "log/2023-11"
NOW = datetime(2023, 11, 30, 12, tzinfo=UTC)


def record(number: int) -> dict[str, Any]:
    return {
        "id": new_id(NOW),
        "n": number,
        "note": f"½ tablet, number {number}",
        "pieces": [{"count": "1/2"}],
    }


def filled(folder: Path, count: int) -> tuple[Path, list[dict[str, Any]]]:
    """Returns the month's file with `count` lines, and the documents in them."""
    data = DataFolder(folder)
    documents = [record(number) for number in range(count)]
    for document in documents:
        data.put(MONTH, "intakes", document)
    return folder / f"{MONTH}.jsonl", data.documents(MONTH, "intakes")


@pytest.fixture(scope="module")
def sample() -> tuple[bytes, list[dict[str, Any]]]:
    """A month of eight lines: its bytes, and the document of each line."""
    with TemporaryDirectory() as folder:
        file, documents = filled(Path(folder), 8)
        return file.read_bytes(), documents


def seen(content: bytes) -> tuple[list[dict[str, Any]], list[int]]:
    """Returns what a fresh program reads from such a file, and which lines it doesn't use and says so."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{MONTH}.jsonl"
        file.parent.mkdir()
        file.write_bytes(content)
        data = DataFolder(Path(folder))
        documents = data.documents(MONTH, "intakes")
        unused = [*data.damage(), *data.torn()]
        for damage in unused:
            assert damage.path == file
            assert damage.what.isprintable()
        assert file.read_bytes() == content, "reading changed the file"
        return documents, sorted(damage.line for damage in unused)


def without(items: list[Any], *lines: int) -> list[Any]:
    return [item for number, item in enumerate(items, 1) if number not in lines]


def test_every_prefix_of_the_last_line_is_not_used_and_does_not_swallow_the_next(tmp_path: Path) -> None:
    file, documents = filled(tmp_path, 2)
    content = file.read_bytes()
    start = content.index(b"\n") + 1
    whole = len(content) - 1  # all but the newline
    late = record(99)
    for end in range(start, len(content) + 1):
        file.write_bytes(content[:end])
        data = DataFolder(tmp_path)
        expected = documents if end >= whole else documents[:1]
        assert data.documents(MONTH, "intakes") == expected
        assert [damage.line for damage in data.damage()] == ([2] if start < end < whole else [])
        data.put(MONTH, "intakes", late)
        after = [*expected, {"schema": 1, **late}]
        assert data.documents(MONTH, "intakes") == after
        fresh = DataFolder(tmp_path)
        assert fresh.documents(MONTH, "intakes") == after
        # Nobody was told that it is saved: once another line follows it is no lasting alarm.
        unused = [damage.line for damage in [*fresh.damage(), *fresh.torn()]]
        assert unused == ([2] if start < end < whole else [])
        assert not fresh.damage() or content[:end].endswith(b"]}")
        assert file.read_bytes().startswith(content[:end])


def test_a_line_that_is_still_being_written_counts_once_it_is_whole(tmp_path: Path) -> None:
    file, documents = filled(tmp_path, 2)
    content = file.read_bytes()
    file.write_bytes(content[:-100])
    data = DataFolder(tmp_path)
    assert data.documents(MONTH, "intakes") == documents[:1]
    assert len(data.damage()) == 1
    with file.open("ab") as more:
        more.write(content[-100:])
    assert data.documents(MONTH, "intakes") == documents
    assert data.damage() == []


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_never_gives_another_record(
    sample: tuple[bytes, list[dict[str, Any]]], data: st.DataObject
) -> None:
    content, documents = sample
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    line = content[:at].count(b"\n") + 1
    found, damaged = seen(bytes(flipped))
    if content[at] == ord("\n"):  # two lines became one, or the last lost its newline
        lost = [line, line + 1] if line < len(documents) else [line]
        assert found in (without(documents, *lost), documents)
    elif flipped[at] == ord("\n"):  # one line became two
        assert found == without(documents, line)
        assert set(damaged) <= {line, line + 1}
        assert damaged
    else:
        assert found == without(documents, line)
        assert damaged == [line]


def nuls(content: bytes, chance: random.Random) -> bytes:
    """A block that a power cut left unwritten."""
    at = chance.randrange(len(content))
    length = chance.randrange(1, 600)
    return content[:at] + bytes(len(content[at : at + length])) + content[at + length :]


def cut_short(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def merged(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines) - 2)
    return b"\n".join([*lines[:at], lines[at] + lines[at + 1], *lines[at + 2 :]])


def a_piece_missing(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) - 1)
    return content[:at] + content[at + chance.randrange(1, 300) :] or b"x"


def latin_1(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + "une pièce coupée".encode("latin-1") + content[at:]


def junk(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.randrange(1, 300)) + content[at:]


def other_json(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    what = [
        b"[]",
        b"{}",
        b"null",
        b'{"crc":"00000000","ops":[]}',
        b'{"ops":[]}',
        b"[" * 5000,
        b'"',
        b"\xff\xfe{\0",
    ]
    lines[chance.randrange(len(lines) - 1)] = chance.choice(what)
    return b"\n".join(lines)


@pytest.mark.parametrize("ruin", [nuls, cut_short, merged, a_piece_missing, latin_1, junk, other_json])
def test_ruined_files(
    sample: tuple[bytes, list[dict[str, Any]]], ruin: Callable[[bytes, random.Random], bytes]
) -> None:
    content, documents = sample
    whole = dict(zip(content.split(b"\n"), documents, strict=False))
    told = 0
    for seed in range(40):
        ruined = ruin(content, random.Random(seed))
        found, damaged = seen(ruined)
        lines = ruined.split(b"\n")
        # Exactly the lines that are as they were written count; exactly the others are told.
        assert found == [whole[line] for line in lines if line in whole], f"seed {seed}"
        assert damaged == [number for number, line in enumerate(lines, 1) if line and line not in whole]
        told += len(damaged)
    assert told, "nothing was ruined"


def test_what_editors_and_sync_tools_do_to_line_ends_costs_nothing(
    sample: tuple[bytes, list[dict[str, Any]]],
) -> None:
    content, documents = sample
    for harmless in (
        content.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + content,
        b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"),
        content + b"\n\n",
        content.removesuffix(b"\n"),
        content.replace(b"\n", b"\n\n"),
    ):
        assert seen(harmless) == (documents, [])


def test_a_bom_or_crlf_file_can_be_written_to(tmp_path: Path) -> None:
    file, documents = filled(tmp_path, 2)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    data = DataFolder(tmp_path)
    late = record(3)
    data.put(MONTH, "intakes", late)
    assert data.documents(MONTH, "intakes") == [*documents, {"schema": 1, **late}]
    assert DataFolder(tmp_path).documents(MONTH, "intakes") == [*documents, {"schema": 1, **late}]


def test_text_without_letters_of_its_own_survives_a_change_of_encoding(tmp_path: Path) -> None:
    file, documents = filled(tmp_path, 2)
    file.write_bytes(file.read_bytes().decode("utf-8").encode("latin-1"))
    assert DataFolder(tmp_path).documents(MONTH, "intakes") == documents


@pytest.mark.parametrize(
    "ops",
    [
        '{"set":1}',
        '[["set","intakes","x"]]',
        '[["set","intakes","x",[]]]',
        '[["set",1,"x",{}]]',
        '[["set","intakes","",{}]]',
        '[["del","intakes",""]]',
        '[["move","intakes","x",{}]]',
        '[["set","intakes","x",{"schema":"1"}]]',
        '[["set","intakes","x",{"schema":0}]]',
        '[["set","intakes","x",{"schema":true}]]',
        '[["set","intakes","good",{}],["set","intakes","x",{"schema":null}]]',
    ],
)
def test_a_sound_line_that_says_nothing_sensible_is_damage_too(tmp_path: Path, ops: str) -> None:
    import zlib

    file, documents = filled(tmp_path, 1)
    with file.open("ab") as more:
        more.write(b'{"crc":"%08x","ops":%s}\n' % (zlib.crc32(ops.encode()), ops.encode()))
    data = DataFolder(tmp_path)
    assert data.documents(MONTH, "intakes") == documents
    assert [damage.line for damage in data.damage()] == [2]


def test_a_month_without_a_single_good_line_still_takes_records(tmp_path: Path) -> None:
    file, _ = filled(tmp_path, 1)
    file.write_bytes(bytes(400))
    data = DataFolder(tmp_path)
    assert data.documents(MONTH, "intakes") == []
    assert [(damage.path, damage.line) for damage in data.damage()] == [(file, 1)]
    late = record(1)
    data.put(MONTH, "intakes", late)
    assert DataFolder(tmp_path).documents(MONTH, "intakes") == [{"schema": 1, **late}]


def test_a_plan_without_a_single_good_line_is_not_an_empty_plan(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.put("plan", "medicines", {"id": "baclofen"})
    file = tmp_path / "plan.jsonl"
    file.write_bytes(file.read_bytes().replace(b"baclofen", b"baclofem"))
    with pytest.raises(CannotRead, match=r"no line of .*plan\.jsonl"):
        DataFolder(tmp_path).documents("plan", "medicines")
    with pytest.raises(CannotRead, match=r"no line of .*plan\.jsonl"):
        DataFolder(tmp_path).documents("plan", "appointments")


@pytest.mark.parametrize("journal", ["plan", MONTH])
def test_an_empty_file_is_an_error_and_stays(tmp_path: Path, journal: str) -> None:
    data = DataFolder(tmp_path)
    data.put(journal, "t", {"id": "a"})
    file = tmp_path / f"{journal}.jsonl"
    file.write_bytes(b"")
    for folder in (data, DataFolder(tmp_path)):
        with pytest.raises(CannotRead, match="is empty, though it held data; restore a backup"):
            folder.documents(journal, "t")
        with pytest.raises(CannotRead, match="is empty"):
            folder.put(journal, "t", {"id": "b"})
        assert file.read_bytes() == b""


def test_an_empty_state_file_is_told_and_used_again(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.put("state", "sent", {"id": "a"})
    (tmp_path / "state.jsonl").write_bytes(b"")
    assert data.documents("state", "sent") == []
    assert [damage.path.name for damage in data.damage()] == ["state.jsonl"]
    data.put("state", "sent", {"id": "b"})
    assert [document["id"] for document in data.documents("state", "sent")] == ["b"]
    assert data.damage() == []


def test_a_file_that_disappears_is_an_error_and_comes_back(tmp_path: Path) -> None:
    file, documents = filled(tmp_path, 2)
    data = DataFolder(tmp_path)
    assert data.documents(MONTH, "intakes") == documents
    file.rename(tmp_path / "away")
    with pytest.raises(CannotRead, match="has disappeared"):
        data.documents(MONTH, "intakes")
    with pytest.raises(CannotRead, match="has disappeared"):
        data.put(MONTH, "intakes", record(3))
    assert not file.exists()
    (tmp_path / "away").rename(file)
    assert data.documents(MONTH, "intakes") == documents


def test_a_link_to_nothing_is_not_an_empty_log(tmp_path: Path) -> None:
    file, _ = filled(tmp_path, 1)
    file.unlink()
    file.symlink_to(tmp_path / "unmounted" / "2023-11.jsonl")
    with pytest.raises(CannotRead, match="link to a file that is not there"):
        DataFolder(tmp_path).documents(MONTH, "intakes")
    away = DataFolder(tmp_path / "data")
    away.path.symlink_to(tmp_path / "unmounted")
    for look in (away.exists, away.months, lambda: away.documents("plan", "medicines")):
        with pytest.raises(CannotRead, match="link to a folder that is not there"):
            look()


@pytest.mark.parametrize("journal", ["plan", "state", MONTH])
def test_something_else_under_the_name_of_a_file(tmp_path: Path, journal: str) -> None:
    (tmp_path / f"{journal}.jsonl").mkdir(parents=True)
    data = DataFolder(tmp_path)
    with pytest.raises(CannotRead, match="is not a file"):
        data.documents(journal, "t")
    with pytest.raises(CannotRead, match="is not a file"):
        data.put(journal, "t", {"id": "a"})


def test_a_line_that_was_altered_is_never_taken_for_one_that_was_cut_short(
    sample: tuple[bytes, list[dict[str, Any]]],
) -> None:
    line = sample[0].split(b"\n")[0]
    for at in range(len(line)):
        for bit in range(8):
            altered = bytearray(line)
            altered[at] ^= 1 << bit
            assert not is_torn(bytes(altered)), (at, bit)
    assert not is_torn(line)
    cut = [end for end in range(1, len(line)) if not line[:end].endswith(b"]}")]
    assert all(is_torn(line[:end]) for end in cut)
