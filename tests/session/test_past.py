"""The plan of days that are over, corrected because it was entered wrongly: those days change, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from pathlib import Path

import pytest

from session.scenario import PLANS, Life, at, draft_ahead
from splitdose.core.asked import Asked
from splitdose.core.clock import DAY
from splitdose.core.errors import BadInput
from splitdose.core.piece import Piece, Pieces
from splitdose.core.plan import DoseKey, DosePoint, Slot, Step, days
from splitdose.planfile import read_plan_file
from splitdose.session import Change, Refused

ALLOW = {"replaces", "changes_past", "day_sum"}
FIRST, TODAY = date(2023, 10, 26), date(2023, 11, 30)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """The real taper, imported on its first morning, on the second day of its eighth step."""
    found = Life(tmp_path / "data", at("2023-10-26 06:30"))
    plans = found.session.plans
    plans.apply(plans.preview(read_plan_file(PLANS / "baclofen.toml")))
    for day in days(FIRST, TODAY + DAY):
        found.now = at(f"{day} 07:00")
        if str(day)[5:] in ("10-31", "11-05", "11-10", "11-15", "11-19", "11-24", "11-29"):
            found.change(plans.next("baclofen"))
    found.now = at("2023-11-30 13:58")
    return found


def planned(life: Life) -> dict[date, list[int]]:
    """The milligrams of baclofen planned for each past day, slot by slot."""
    doses = {day: life.session.reader.day(day).doses for day in days(FIRST, TODAY)}
    return {day: [int(d.mg or 0) for d in found if d.medicine == "baclofen"] for day, found in doses.items()}


def doses(life: Life, *counts: str) -> Step:
    product = life.medicine().latest.products[0]
    names = ("morning", "afternoon", "evening")
    given = {name: Pieces((Piece(Fraction(c), product),)) for name, c in zip(names, counts, strict=True) if c != "0"}
    return Step(Asked(given))


def rewrite(life: Life, first: str, last: str, step: Step, slot: str | None = None) -> Change:
    point = DosePoint(date.fromisoformat(f"2023-{first}"), slot)
    return life.session.plans.rewrite("baclofen", point, date.fromisoformat(f"2023-{last}"), step)


def span(first: str, last: str) -> list[date]:
    return days(date.fromisoformat(f"2023-{first}"), date.fromisoformat(f"2023-{last}") + DAY)


def test_only_the_days_named_change_and_a_version_takes_it_back(life: Life) -> None:
    before = planned(life)
    current = life.medicine().latest.current(TODAY, life.session.reader.calendar)
    change = rewrite(life, "11-05", "11-09", doses(life, "1/2", "1/2", "1"))
    assert [day.date for day in change.past] == span("11-05", "11-09")
    assert change.past[0].after == "morning 10 mg, afternoon 10 mg, evening 20 mg"
    assert change.past[0].before == "morning 15 mg, afternoon 15 mg, evening 15 mg"
    with pytest.raises(Refused, match=r"5 past day\(s\) would change, from 2023-11-05"):
        life.session.plans.apply(change, allow={"replaces"})
    assert planned(life) == before
    life.change(change)
    assert planned(life) == before | {day: [10, 10, 20] for day in span("11-05", "11-09")}
    after = life.medicine().latest.current(TODAY, life.session.reader.calendar)
    assert current is not None
    assert after is not None
    assert (after.index, after.begins) == (current.index, current.begins)
    assert life.medicine().latest.why == "the past corrected, 2023-11-05 to 2023-11-09"
    life.undo_version("baclofen")
    assert planned(life) == before
    assert life.session.reader.plan().by_name["diazepam"].latest.number == 1


def test_a_step_that_really_began_earlier_and_one_that_began_later(life: Life) -> None:
    before = planned(life)
    fourth = doses(life, "1/2", "3/4", "3/4")
    life.change(rewrite(life, "11-08", "11-14", fourth))  # two days before the plan says
    assert [sum(found) for day, found in planned(life).items() if day in span("11-05", "11-15")] == [
        45, 45, 45, 40, 40, 40, 40, 40, 40, 40, 35,
    ]  # fmt: skip
    life.undo_version("baclofen")
    life.change(rewrite(life, "11-05", "11-11", doses(life, "3/4", "3/4", "3/4")))  # the one before went on longer
    assert [sum(found) for day, found in planned(life).items() if day in span("11-09", "11-13")] == [45, 45, 45, 40, 40]
    begins = [s.begins.date for s in life.medicine().latest.steps[:8] if s.begins is not None]
    assert begins[3] == date(2023, 11, 12)
    life.undo_version("baclofen")
    assert planned(life) == before


def test_it_may_begin_with_any_dose_and_leaves_intakes_alone(life: Life) -> None:
    record = life.session.record
    taken = record.take(DoseKey("baclofen", date(2023, 11, 20), "afternoon"), exactness="unknown",
                        allow={"recorded", "early", "after_next", "amount", "not_planned", "old"})  # fmt: skip
    before = planned(life)
    life.change(rewrite(life, "11-20", "11-21", doses(life, "0", "1/4", "0"), slot="afternoon"))
    assert planned(life)[date(2023, 11, 20)] == [before[date(2023, 11, 20)][0], int(taken.planned.mg or 0)
                                                 if taken.planned else 0]  # fmt: skip
    assert planned(life)[date(2023, 11, 21)] == [5]
    assert planned(life)[date(2023, 11, 22)] == before[date(2023, 11, 22)]
    kept = life.session.reader.dose(DoseKey("baclofen", date(2023, 11, 20), "afternoon"))
    assert kept is not None
    assert kept.record == taken
    assert kept.taken_mg == taken.mg


def test_every_few_days_goes_on_in_step_after_the_days_corrected(life: Life) -> None:
    draft = draft_ahead(life.medicine(), TODAY, life.session)
    steps = (replace(draft.steps[0], asked=Asked(draft.steps[0].doses, 3)), *draft.steps[1:])
    life.change(life.session.plans.edit(replace(draft, steps=steps)))
    life.now = at("2023-12-10 07:00")
    asked = {
        day: life.medicine().doses_on(day, life.today, life.session.reader.calendar) for day in span("11-30", "12-20")
    }
    change = rewrite(life, "12-04", "12-04", doses(life, "1", "0", "0"))
    life.change(change)
    for day, doses_then in asked.items():
        now = life.medicine().doses_on(day, life.today, life.session.reader.calendar)
        if day == date(2023, 12, 4):
            assert [dose.mg for dose in now] == [20]
        elif day <= life.today:
            assert [(d.slot, d.pieces) for d in now] == [(d.slot, d.pieces) for d in doses_then], day


def test_a_slot_that_is_gone_comes_back_only_where_it_stood(life: Life) -> None:
    draft = draft_ahead(life.medicine(), TODAY, life.session)
    evening = draft.slots[2]
    steps = tuple(
        replace(s, from_slot=None, asked=Asked({n: p for n, p in s.doses.items() if n != "evening"}))
        for s in draft.steps
    )
    life.change(life.session.plans.edit(replace(draft, slots=draft.slots[:2], steps=steps)))
    life.now = at("2023-12-02 12:00")
    before = {
        day: life.medicine().doses_on(day, life.today, life.session.reader.calendar) for day in span("10-26", "12-31")
    }
    change = rewrite(life, "11-05", "11-06", doses(life, "1", "0", "0"))
    assert [day.date for day in change.past] == span("11-05", "11-06")
    life.change(change)
    assert evening in life.medicine().latest.slots
    for day, were in before.items():
        if day not in span("11-05", "11-06"):
            now = life.medicine().doses_on(day, life.today, life.session.reader.calendar)
            assert [(d.slot, d.pieces) for d in now] == [(d.slot, d.pieces) for d in were], day


def test_a_slot_that_moved_since_is_announced(life: Life) -> None:
    draft = draft_ahead(life.medicine(), TODAY, life.session)
    moved = (Slot("morning", time(7)), *draft.slots[1:])
    life.change(life.session.plans.edit(replace(draft, slots=moved)))
    life.now = at("2023-12-02 12:00")
    change = rewrite(life, "11-27", "11-27", doses(life, "1", "0", "0"))
    # The newest plan has one time for each slot, so that the days after it read by that.
    assert [day.date for day in change.past] == span("11-27", "12-01")[: len(change.past)]
    assert "07:00" in change.past[1].after
    assert "08:00" in change.past[1].before
    life.change(change)


@pytest.mark.parametrize(
    ("first", "last", "what"),
    [
        ("11-20", "11-30", "2023-11-30 is not in the past; give a last day before today"),
        ("11-20", "11-19", "the last day is before the first"),
    ],
)
def test_days_that_are_none_are_refused(life: Life, first: str, last: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        rewrite(life, first, last, doses(life, "1", "0", "0"))


def test_one_that_waits_must_be_taken_back_first(life: Life) -> None:
    plans = life.session.plans
    draft = draft_ahead(life.medicine(), TODAY, life.session)
    life.change(
        plans.edit(replace(draft, slots=(Slot("morning", time(7)), *draft.slots[1:])), DosePoint(date(2023, 12, 2)))
    )
    with pytest.raises(BadInput, match="waits for 2023-12-02; take that back first"):
        rewrite(life, "11-20", "11-21", doses(life, "1", "0", "0"))
