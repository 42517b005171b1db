"""`backup` and `restore`: a copy, and back from it, nothing overwritten unasked."""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.helpers import CommandLine


@pytest.fixture
def full(line: CommandLine) -> CommandLine:
    """With a skipped dose, a correction, a check-in and something taken back."""
    line("skip", "baclofen", "afternoon", "--reason", "asleep").done()
    line("take", "baclofen", "morning", "--at", "08:10", "--correct").done()
    line("checkin", "--sleep", "6", "--note", "woke at 3").done()
    line("take", "diazepam", "--extra", "--amount", "1", "--at", "09:00").done()
    line("undo").done()
    return line


@pytest.fixture(params=["zip", "json"])
def copy(request: pytest.FixtureRequest, full: CommandLine, tmp_path: Path) -> Path:
    """A backup, and a JSON export: both are restored from."""
    file = tmp_path / f"copy.{request.param}"
    words = ("backup", str(file)) if request.param == "zip" else ("export", "json", "-o", str(file))
    full(*words).done()
    return file


def content(line: CommandLine) -> Any:
    """Everything that the commands show, and every document."""
    shown = [line(*words, "--json").done().json for words in (("today",), ("week",), ("plan", "show"))]
    store = line.session().reader.store
    journals = ["plan", *(f"log/{month}" for month in store.months())]
    return shown, {(j, t): store.documents(j, t) for j in journals for t in store.tables(j)}


def at(folder: Path, line: CommandLine) -> CommandLine:
    """A command line on another folder at the same moment."""
    other = CommandLine(folder)
    other.now = line.now
    return other


def test_a_backup_holds_every_journal_to_the_byte(full: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.zip"
    assert full("backup", str(file)).done().lines == [f"written: {file} (plan and 1 file of log)"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == full.tables()


def test_a_backup_overwrites_nothing_unasked(full: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.zip"
    file.write_bytes(b"something dear")
    full("backup", str(file)).refused(1, "exists; name another file, or --yes replaces it")
    assert full("backup", str(file), tty=True, answers="n\n").code == 1
    assert file.read_bytes() == b"something dear"
    full("backup", str(file), "--yes").done()
    assert zipfile.is_zipfile(file)
    file.write_bytes(b"something dear")
    assert full("backup", str(file), tty=True, answers="y\n").code == 0
    assert zipfile.is_zipfile(file)


def test_backups_that_can_not_be(full: CommandLine, empty: CommandLine, tmp_path: Path) -> None:
    full("backup", str(tmp_path)).refused(2, "is a folder; name a file")
    full("backup", "").refused(2, "has no name")
    full("backup", str(tmp_path / "no" / "such" / "folder.zip")).refused(3, "not saved")
    at(tmp_path / "nothing", empty)("backup", str(tmp_path / "x.zip")).refused(4, "there is nothing in")
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "x.zip").exists()


def test_damage_is_copied_and_told(full: CommandLine, tmp_path: Path) -> None:
    log = full.folder / "log" / "2023-11.jsonl"
    log.write_bytes(log.read_bytes() + b"x\n")
    found = full("backup", str(tmp_path / "copy.zip"))
    assert found.code == 0
    assert found.err == f"splitdose: 1 damaged line of {log} copied as it is\n"


def test_into_a_new_folder(full: CommandLine, copy: Path, tmp_path: Path) -> None:
    other = at(tmp_path / "new", full)
    done = other("restore", str(copy)).done()
    assert content(other) == content(full)
    assert done.lines[0] == "new: 9 (1 check-in, 4 intakes, 1 set-up, 2 plan versions and 1 undo)"
    assert "changed: 0" in done.lines
    assert re.fullmatch(r"restored: \d+ entries added, 0 changed", done.lines[-1])
    for path in [other.folder, *other.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_where_nothing_is_missing(full: CommandLine, copy: Path) -> None:
    before = full.tables()
    done = full("restore", str(copy)).done()
    assert done.lines[0] == "new: 0"
    assert done.lines[-1] == "nothing to restore"
    full("restore", str(copy), "--yes").done()
    assert full.tables() == before


@pytest.mark.parametrize("lost", ["log/2023-11.jsonl", "plan.jsonl", "log", "everything"])
def test_what_was_lost_comes_back(full: CommandLine, copy: Path, lost: str) -> None:
    before = content(full)
    path = full.folder / lost
    if lost == "everything":
        shutil.rmtree(full.folder)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if lost == "plan.jsonl":
        full("today").refused(4, "plan.jsonl is missing", "splitdose restore FILE")
    full("restore", str(copy)).done()  # only adding needs no yes
    assert content(full) == before


@pytest.mark.parametrize("name", ["log/2023-11.jsonl", "plan.jsonl"])
def test_an_emptied_file_comes_back(full: CommandLine, copy: Path, name: str) -> None:
    before = content(full)
    (full.folder / name).write_bytes(b"")
    full("today").refused(4, f"{full.folder / name} is empty", "splitdose restore FILE")
    full("restore", str(copy)).done()
    assert content(full) == before


def test_damaged_lines_come_back_and_stay_where_they_are(full: CommandLine, copy: Path) -> None:
    before = content(full)
    log = full.folder / "log" / "2023-11.jsonl"
    damaged = log.read_bytes().replace(b"asleep", b"asleeq").replace(b"woke at 3", b"woke at 4")
    log.write_bytes(damaged)
    assert full("restore", str(copy)).done().lines[0].startswith("new: 2 ")
    assert log.read_bytes().startswith(damaged)
    store = full.session().reader.store
    assert {d["id"] for d in store.documents("log/2023-11", "intakes")} == {
        d["id"] for d in before[1]["log/2023-11", "intakes"]
    }
    assert len(store.damage()) == 2


def test_what_is_only_here_stays(full: CommandLine, copy: Path) -> None:
    full("take", "baclofen", "evening", "--early").done()
    before = content(full)
    assert "only here: 1, which stays" in full("restore", str(copy), "--yes").done().lines
    assert content(full) == before


def altered(copy: Path, note: str) -> Path:
    """The same copy with another note on the check-in."""
    other = copy.with_name(f"other{copy.suffix}")
    if copy.suffix == ".json":
        text = copy.read_text(encoding="ascii")
        assert "woke at 3" in text
        other.write_text(text.replace("woke at 3", note), encoding="ascii")
        return other
    from splitdose.store.lines import Put, line_of, ops_of

    with zipfile.ZipFile(copy) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            lines = []
            for line in old.read(name).splitlines():
                ops = [
                    Put(op.table, op.id, {**op.document, "note": note})
                    if isinstance(op, Put) and op.document.get("note") == "woke at 3"
                    else op
                    for op in ops_of(line)
                ]
                lines.append(line_of(ops))
            new.writestr(name, b"".join(lines))
    return other


def test_what_differs_is_changed_only_on_a_yes(full: CommandLine, copy: Path) -> None:
    file = altered(copy, "slept through")
    before = full.tables()
    refused = full("restore", str(file))
    assert (refused.code, full.tables()) == (1, before)
    assert refused.err == "splitdose: nothing was restored: it would change 1 entry; --yes does it\n"
    assert "changed: 1 (1 check-in)" in refused.lines
    assert "  ~ 2023-11-30 check-in" in refused.lines
    no = full("restore", str(file), tty=True, answers="n\n")
    assert (no.code, full.tables()) == (1, before)
    assert "Restoring would change 1 entry. Do it? [y/N]" in no.err
    assert full("restore", str(file), tty=True, answers="y\n").code == 0
    assert full.records("checkins")[0]["note"] == "slept through"
    # What was here was copied first, and can be brought back by the same means.
    (kept,) = (full.folder / "backups").glob("before-restore-*Z.zip")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    full("restore", str(kept), "--yes").done()
    assert full.records("checkins")[0]["note"] == "woke at 3"
    assert all(now.startswith(before[name]) for name, now in full.tables().items())


def test_a_plan_beside_the_one_there_is_asks(line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.zip"
    line("backup", str(file)).done()
    other = at(tmp_path / "other", line)
    other("plan", "import", str(Path(__file__).parents[1] / "plans" / "prednisone-card.toml")).done()
    before = other.tables()
    other_plan = other("plan", "show", "--json").json
    other("restore", str(file)).refused(1, "to the plan; --yes does it")
    assert other.tables() == before
    assert other("plan", "show", "--json").json == other_plan
    other("restore", str(file), "--yes").done()
    assert {m["name"] for m in other("plan", "show", "--json").json["medicines"]} >= {"baclofen", "diazepam"}


def test_a_record_here_is_not_taken_back_unasked(full: CommandLine, copy: Path) -> None:
    """The line that took the extra dose back is damaged here: it stands again until somebody says yes."""
    log = full.folder / "log" / "2023-11.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    (undo,) = (n for n, each in enumerate(lines) if b'"voids"' in each)
    lines[undo] = lines[undo].replace(b'"target"', b'"tarqet"')
    log.write_bytes(b"".join(lines))
    assert len(full("today", "--json").json["extras"]) == 1
    full("restore", str(copy)).refused(1, "it would undo or replace 1 record; --yes does it")
    assert len(full("today", "--json").json["extras"]) == 1
    full("restore", str(copy), "--yes").done()
    assert full("today", "--json").json["extras"] == []


def test_a_part_of_an_export(full: CommandLine, tmp_path: Path) -> None:
    full("take", "baclofen", "evening", "--date", "2023-10-31", "--at", "18:00").done()
    file = tmp_path / "october.json"
    full("export", "json", "--to", "2023-10-31", "-o", str(file)).done()
    (full.folder / "log" / "2023-10.jsonl").unlink()
    assert full("restore", str(file)).done().lines[:2] == [
        "new: 1 (1 intake)", "  + 2023-10-31 baclofen evening 20 mg taken",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", 2), (b"{}", 2), (b"[1", 2), (b"PK", 4), (b"PK\x03\x04 nothing more", 4), (b"\xff\xfe", 2),
        (b"[" * 100_000, 2),
        (b'{"kind":"splitdose-export","schema":1,"journals":{"../x":{"t":[{"id":"a","schema":1}]}}}', 4),
        (b'{"kind":"splitdose-export","schema":1,"journals":{"state":{"sent":[{"id":"a","schema":1}]}}}', 4),
        (b'{"kind":"splitdose-export","schema":1,"journals":{"plan":{"versions":[{"id":"a","schema":1}]}}}', 2),
        (b'{"kind":"splitdose-export","schema":1,"journals":{"plan":{"x":[{"id":"a","schema":1,"b":NaN}]}}}', 4),
        (b'{"kind":"splitdose-export","schema":99,"journals":{}}', 2),
        (b'{"kind":"splitdose-export","schema":1,"journals":{"log/2023-11":{"intakes":[{"id":"a","schema":99}]}}}', 2),
    ],
)  # fmt: skip
def test_files_that_can_not_be_restored_from(full: CommandLine, tmp_path: Path, text: bytes, code: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(text)
    before = full.tables()
    for line in (full, at(tmp_path / "new", full)):
        for words in ((), ("--yes",)):
            line("restore", str(file), *words).refused(code)
    assert full.tables() == before
    assert not (tmp_path / "new").exists()
    full("restore", str(tmp_path / "none")).refused(2, "can't be read")
    full("restore", str(tmp_path)).refused(2, "can't be read")


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [("intakes", "date", "someday"), ("intakes", "zone", "No/Where"), ("checkins", "zone", ""), ("checkins", "at", 5),
     ("voids", "target", None)],
)  # fmt: skip
def test_a_record_that_can_not_be_understood_is_not_let_in(
    full: CommandLine, tmp_path: Path, table: str, field: str, value: object
) -> None:
    """Its checksum would be right, and it would make the whole record unreadable."""
    file = tmp_path / "export.json"
    full("export", "json", "-o", str(file)).done()
    export = json.loads(file.read_text())
    export["journals"]["log/2023-11"][table].append(
        {**export["journals"]["log/2023-11"][table][0], "id": "other", field: value}
    )
    file.write_text(json.dumps(export))
    before = full.tables()
    full("restore", str(file), "--yes").refused(2, "record other", "can't be understood")
    assert full.tables() == before


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [("versions", "since", None), ("versions", "medicine", 7), ("versions", "effect", None),
     ("rules", "zone", "No/Where"),
     ("voids", "target", None)],
)  # fmt: skip
def test_a_plan_that_could_not_be_read_afterwards_is_not_let_in(
    full: CommandLine, tmp_path: Path, table: str, field: str, value: object
) -> None:
    """Every document passes what the plan itself is read by, or the whole record would be closed."""
    full("plan", "hold", "baclofen").done()
    full("plan", "undo", "baclofen").done()
    file = tmp_path / "export.json"
    full("export", "json", "-o", str(file)).done()
    export = json.loads(file.read_text())
    document = export["journals"]["plan"][table][0]
    document.update({"id": "0123456789abcdefghjkmnpqrs", field: value})
    file.write_text(json.dumps(export))
    before = full.tables()
    full("restore", str(file), "--yes").refused(2, "the file can't be used: record 0123456789abcdefghjkmnpqrs in plan")
    assert full.tables() == before
    other = CommandLine(tmp_path / "new")
    other("restore", str(file), "--yes").refused(2, "the file can't be used")
    assert not other.folder.exists()


def test_damage_in_the_backup_is_told_and_left_out(full: CommandLine, tmp_path: Path) -> None:
    log = full.folder / "log" / "2023-11.jsonl"
    log.write_bytes(log.read_bytes().replace(b"asleep", b"asleeq"))
    file = tmp_path / "copy.zip"
    full("backup", str(file))
    other = at(tmp_path / "new", full)
    done = other("restore", str(file))
    assert done.code == 0
    assert f"{file}/log/2023-11.jsonl, line 2 is damaged and left out" in done.err
    assert other("today", "--json").done().json == full("today", "--json").json


def test_a_folder_that_can_not_be_one(full: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.zip"
    full("backup", str(file)).done()
    (tmp_path / "file").write_bytes(b"")
    at(tmp_path / "file" / "data", full)("restore", str(file)).refused(4, "not a directory")


def test_names_in_a_backup_reach_no_terminal(full: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    full("export", "json", "-o", str(file)).done()
    text = json.dumps("baclofen\x1b]0;x\x07\u202e")[1:-1]
    file.write_text(file.read_text().replace("baclofen", text), encoding="ascii")
    done = at(tmp_path / "new", full)("restore", str(file)).done()  # which looks at what is printed
    assert "plan of baclofen]0;x, version 1" in done.out


def test_only_what_was_shown_is_restored(full: CommandLine, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody thinks about the question another device brings the same records back."""
    (full.folder / "log" / "2023-11.jsonl").unlink()
    file = altered(copy, "slept through")
    full("restore", str(copy)).done()
    from splitdose.cli import shell

    def thinks(self: shell.Shell, question: str) -> bool:
        full("checkin", "--sleep", "9").done()
        at(full.folder, full)("restore", str(file), "--yes").done()
        return True

    monkeypatch.setattr(shell.Shell, "ask", thinks)
    full("restore", str(file)).refused(1, "the record has changed meanwhile; nothing was restored; try again")
