"""Corrections of what fills no slot: an extra intake, a check-in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Intake
from splitdose.core.reading import parse_pieces
from splitdose.session import Refused, Session
from splitdose.store import NotSaved
from support.app import Scenario, at, three_a_day

DAY0 = date(2023, 11, 30)


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data", "2023-11-30 23:50")


def an_extra(session: Session, text: str = "1/4 x 20 mg tablet", **more: object) -> Intake:
    products = session.reader.find_medicine("baclofen").latest.products
    return session.record.extra("baclofen", parse_pieces(text, products), **more)  # type: ignore[arg-type]


def test_a_correction_takes_the_place_of_an_extra(world: Scenario) -> None:
    session = world.session()
    first = an_extra(session, note="late at night")
    world.clock.set("2023-12-05 09:00")
    second = an_extra(session, "1/2 x 20 mg tablet", at=at("2023-12-01 00:10"), corrects=first)
    assert (second.date, second.replaces) == (DAY0, first.id)  # the day begins at 04:00
    other = world.session()
    assert other.reader.day(DAY0).extras == (second,)
    assert other.reader.log([DAY0]).history(second.id) == [first, second]
    session.record.undo()
    assert world.session().reader.day(DAY0).extras == (first,)


def test_a_correction_may_move_to_another_day_of_the_month(world: Scenario) -> None:
    session = world.session()
    first = an_extra(session)
    moved = an_extra(session, at=at("2023-11-29 12:00"), corrects=first)
    assert moved.replaces == first.id
    assert world.session().reader.day(DAY0).extras == ()
    assert world.session().reader.day(date(2023, 11, 29)).extras == (moved,)


def test_into_another_month_it_is_void_there_and_recorded_here(world: Scenario) -> None:
    session = world.session()
    first = an_extra(session)
    world.clock.set("2023-12-05 09:00")
    moved = an_extra(session, at=at("2023-12-02 12:00"), note="it was on Saturday", corrects=first)
    assert moved.replaces is None
    other = world.session()
    assert other.reader.day(DAY0).extras == ()
    assert first.id in other.reader.log([DAY0]).voids
    assert other.reader.day(date(2023, 12, 2)).extras == (moved,)


def test_a_move_that_was_half_saved_is_tried_again(world: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    session = world.session()
    first = an_extra(session)
    world.clock.set("2023-12-05 09:00")
    new, put = session.record.fresh_id(), session.reader.store.put

    def full(journal: str, table: str, document: Mapping[str, object]) -> None:
        if journal == "log/2023-12":
            raise NotSaved("not saved: the disk is full", "free some space")
        put(journal, table, document)

    with monkeypatch.context() as patch:
        patch.setattr(session.reader.store, "put", full)
        with pytest.raises(NotSaved):
            an_extra(session, at=at("2023-12-02 12:00"), corrects=first, record_id=new)
    assert [d.extras for d in world.session().reader.days(DAY0, date(2023, 12, 6)) if d.extras] == []
    an_extra(session, at=at("2023-12-02 12:00"), corrects=first, record_id=new)
    assert [e.id for d in world.session().reader.days(DAY0, date(2023, 12, 6)) for e in d.extras] == [new]


def test_nothing_is_recorded_on_a_day_to_come(world: Scenario) -> None:
    session = world.session()
    with pytest.raises(BadInput, match="still to come"):
        an_extra(session, exactness="unknown", day=date(2023, 12, 1))


def test_a_correction_keeps_when_a_check_in_was(world: Scenario) -> None:
    session = world.session()
    first = session.record.checkin(sleep=6, note="woke at 3")
    world.clock.set("2024-01-05 09:00")
    second = session.record.checkin(sleep=4, corrects=first)
    assert (second.at, second.date, second.replaces) == (first.at, first.date, first.id)
    assert second.recorded_at == at("2024-01-05 09:00")
    other = world.session()
    assert other.reader.day(DAY0).checkins == (second,)
    assert other.reader.log([DAY0]).checkin_history(first.id) == [first, second]
    session.record.undo()
    assert world.session().reader.day(DAY0).checkins == (first,)


@pytest.mark.parametrize("kind", ["extra", "check-in"])
def test_what_another_window_has_corrected_or_taken_back_is_not_corrected_again(world: Scenario, kind: str) -> None:
    ours, theirs = world.session(), world.session()

    def correct(session: Session, found: Intake | CheckIn) -> Intake | CheckIn:
        if isinstance(found, Intake):
            return an_extra(session, "1/2 x 20 mg tablet", corrects=found)
        return session.record.checkin(sleep=2, corrects=found)

    first: Intake | CheckIn = an_extra(ours) if kind == "extra" else ours.record.checkin(sleep=6)
    second = correct(theirs, first)
    with pytest.raises(Refused, match="meanwhile"):
        correct(ours, first)
    theirs.record.undo(second.id)
    third = correct(ours, first)
    ours.record.undo(third.id)
    theirs.record.undo(first.id)
    with pytest.raises(Refused, match="meanwhile"):
        correct(ours, first)


def test_a_retry_of_a_correction_is_the_same_correction(world: Scenario) -> None:
    session = world.session()
    first = session.record.checkin(sleep=6)
    new = session.record.fresh_id()
    for _ in range(2):
        session.record.checkin(sleep=4, corrects=first, record_id=new)
    (standing,) = world.session().reader.day(DAY0).checkins
    assert (standing.id, standing.sleep) == (new, 4)


def test_an_empty_correction_is_none(world: Scenario) -> None:
    session = world.session()
    first = session.record.checkin(sleep=6)
    with pytest.raises(BadInput, match="empty"):
        session.record.checkin(corrects=first)
    assert world.session().reader.day(DAY0).checkins == (first,)
