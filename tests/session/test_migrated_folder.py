"""A folder of an older schema, under a program with one step more: read, written to by a session, and read again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitdose.session import Session
from splitdose.store import CannotRead, DataFolder, Migration, Migrations

FOLDER = Path(__file__).parent.parent / "store" / "folders" / "first-edition"
NOW = datetime(2024, 1, 20, 11, 0, tzinfo=UTC)
ALLOW = {"early", "after_next", "recorded", "replaces", "changes_past", "day_sum", "old"}


def notes_are_marked(table: str, document: dict[str, Any]) -> dict[str, Any]:
    """What a step of a real program might do: every later document is read as it stands."""
    if table in ("intakes", "checkins"):
        document["note"] = f"{document['note']} [older]"
    return document


NEXT = Migrations((Migration("notes are marked", notes_are_marked),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "data")
    return tmp_path / "data"


def opened(folder: Path, *, minutes: int = 0) -> Session:
    def clock() -> datetime:
        return NOW + timedelta(minutes=minutes)

    return Session(DataFolder(folder, migrations=NEXT), clock, where="here", machine_zone="Asia/Tokyo")


def test_a_session_writes_everything_to_an_older_folder_and_reads_it_again(folder: Path) -> None:
    session = opened(folder)
    before = session.reader.whole_log()
    assert before.intakes
    assert all(intake.note.endswith("[older]") for intake in before.intakes.values())

    dose = next(d for d in session.reader.day().doses if d.medicine == "pregabalin")
    taken = session.record.take(dose.key, note="new", allow=ALLOW)
    extra = session.record.extra("pregabalin", dose.pieces, note="new", allow={"again"})
    checkin = session.record.checkin(sleep=5, note="new")
    undone = session.record.undo(extra.id)
    corrected = session.record.skip(dose.key, reason="not after all", allow=ALLOW)
    session.plans.apply(session.plans.hold("methotrexate", 1), allow=ALLOW)
    session.plans.answer_zone(follow=False)
    waiting = next(d for d in session.reader.around()[-1].doses if d.medicine == "pregabalin")
    snooze = session.reminders.snooze(waiting)
    claim = session.reminders.claim()
    assert claim is not None
    session.reminders.settle(claim, reached=True)
    assert session.reminders.trouble == ""

    again = opened(folder, minutes=1)
    log = again.reader.whole_log()
    assert log.intakes == before.intakes | {record.id: record for record in (taken, extra, corrected)}
    assert log.checkins[checkin.id] == checkin
    assert undone.id in log.voids
    assert again.reader.plan().by_name["methotrexate"].latest.why == "held 1 more day"
    assert again.reader.zone_differs() is None
    assert again.reminders.snoozes()[waiting.key] == snooze
    assert again.reminders.due_notice() is None, "it was given"
    assert again.reader.damage() == []


def test_every_new_line_says_the_schema_it_is_written_in(folder: Path) -> None:
    old = {path: path.read_bytes() for path in folder.rglob("*.jsonl")}
    session = opened(folder)
    dose = next(d for d in session.reader.day().doses if d.medicine == "pregabalin")
    session.record.take(dose.key, allow=ALLOW)
    session.plans.rename("pregabalin", "lyrica")
    session.reminders.snooze(session.reader.around()[-1].doses[0])
    lines = 0
    for path in folder.rglob("*.jsonl"):
        content = path.read_bytes()
        assert content.startswith(old.get(path, b"")), "what stood there is never rewritten"
        for line in content[len(old.get(path, b"")) :].splitlines():
            lines += 1
            assert [op[3]["schema"] for op in json.loads(line)["ops"]] == [2]
    assert lines == 3
    assert sorted(path.name.partition(".jsonl")[0] for path in folder.rglob("*.bak")) == ["2024-01", "plan"]


def test_the_older_program_leaves_it_alone(folder: Path) -> None:
    session = opened(folder)
    session.record.checkin(sleep=5)
    older = Session(DataFolder(folder), lambda: NOW, where="older", machine_zone="Europe/Berlin")
    with pytest.raises(CannotRead, match="update Splitdose"):
        older.record.checkin(sleep=6)


def test_the_session_of_a_thread_reads_and_writes_by_the_same_schema(folder: Path) -> None:
    session = opened(folder).for_thread()
    dose = next(d for d in session.reader.day().doses if d.medicine == "pregabalin")
    record = session.record.take(dose.key, allow=ALLOW)
    assert opened(folder).reader.log([record.date]).intakes[record.id] == record
