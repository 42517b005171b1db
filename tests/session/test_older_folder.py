"""A data folder that an earlier program wrote opens unchanged, day by day, and is gone on with."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from splitdose.core.clock import DAY
from splitdose.core.plan import DosePoint
from splitdose.core.plan_wording import endless_words, waiting_words
from splitdose.session import Session
from splitdose.store import DataFolder

FOLDERS = Path(__file__).parent.parent / "store" / "folders"
NOW = datetime(2024, 1, 20, 11, 0, tzinfo=UTC)
DAYS: dict[str, list[str]] = json.loads((FOLDERS / "first-edition.days.json").read_text(encoding="utf-8"))
"""Each day as the program that wrote the folder showed it at that moment."""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    shutil.copytree(FOLDERS / "first-edition", tmp_path / "data")
    return Session(DataFolder(tmp_path / "data"), lambda: NOW, where="here", machine_zone="Europe/Berlin")


def day_of(session: Session, day: date) -> list[str]:
    found = session.reader.day(day)
    doses = []
    for d in found.doses:
        pieces = "+".join(f"{piece.count}*{piece.product.name}" for piece in d.pieces)
        planned = f"{d.medicine} {d.slot.name} {d.due.isoformat()} {d.mg} {pieces}"
        doses.append(f"{planned} {d.state} {d.timing} {d.taken_mg} {d.tracked} {d.projected}")
    return doses + [f"{t.medicine} {t.planned_mg} {t.taken_mg}" for t in found.totals]


def test_every_day_reads_as_it_did(session: Session) -> None:
    for day, shown in DAYS.items():
        assert day_of(session, date.fromisoformat(day)) == shown, day


def test_what_has_changed_since_is_said(session: Session) -> None:
    plan = session.reader.plan().by_name
    assert endless_words(plan["pregabalin"].latest)
    assert waiting_words(plan["diazepam"], session.reader.today()) == (
        "diazepam: its first step was to begin Wed 10 Jan 2024 and waits until you begin it"
    )
    assert not waiting_words(plan["methotrexate"], session.reader.today())


def test_a_change_leaves_all_other_days_as_they_were(session: Session) -> None:
    plans = session.plans
    plans.apply(
        plans.pause("pregabalin", DosePoint(date(2024, 1, 22)), DosePoint(date(2024, 1, 23))), allow={"replaces"}
    )
    plans.apply(plans.hold("methotrexate", 1), allow={"replaces"})
    for day, shown in DAYS.items():
        if day == "2024-01-22":
            assert [text for text in day_of(session, date.fromisoformat(day)) if text.startswith("pregabalin")] == []
        elif day < "2024-01-29":  # there the step after the held one was to begin
            assert day_of(session, date.fromisoformat(day)) == shown, day
    span = [date(2024, 1, 9) + n * DAY for n in range(60)]
    weekly = [day for day in span if any(d.medicine == "methotrexate" for d in session.reader.day(day).doses)]
    assert {b - a for a, b in pairwise(weekly)} == {7 * DAY}


def test_it_is_written_to_and_read_again(session: Session, tmp_path: Path) -> None:
    key = next(d.key for d in session.reader.day().doses if d.medicine == "pregabalin")
    session.record.take(key, allow={"early", "after_next"})
    again = Session(
        DataFolder(tmp_path / "data"), lambda: NOW + timedelta(minutes=1), where="again", machine_zone="Europe/Berlin"
    )
    taken = next(d for d in again.reader.day().doses if d.key == key)
    assert taken.state == "taken"
