"""The plan that moves with the person: a whole taper lived through, and each move by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from pathlib import Path

import pytest

from session.scenario import PLANS, STARTS, Life, Person, at, draft_ahead, first_steps
from splitdose.core.asked import Asked
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import Piece, Pieces
from splitdose.core.plan import ON_DATE, DoseKey, DosePoint, days
from splitdose.planfile import parse_plan, read_plan_file
from splitdose.planwrite import draft_text
from splitdose.session import Refused
from splitdose.session.planner import PlanMoved

ALLOW = {"replaces", "changes_past", "day_sum"}


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """The first two steps of the real taper, imported on its first morning."""
    found = Person(tmp_path / "data", at("2023-10-26 06:30"))
    file = tmp_path / "plan.toml"
    file.write_text(draft_text(first_steps(2)))
    found.shell("plan", "import", str(file))
    return found


def test_the_taper_lived_through(person: Person, tmp_path: Path) -> None:
    longer = tmp_path / "longer.toml"
    longer.write_text(draft_text(first_steps(5, more=False)))
    plans = person.session.plans
    for day in days(date(2023, 10, 26), date(2023, 12, 12)):
        short = f"{day:%m-%d}"
        person.clock(f"{day} 07:00")
        if short in ("10-31", "11-05", "11-10", "11-15", "11-19", "11-24", "11-29", "12-03", "12-06", "12-08"):
            assert "step" in person.moves("next", "baclofen")
        if short == "11-09":
            person.moves("back", "baclofen")
        if short == "12-09":
            person.moves("stop", "baclofen")
        if short == "11-01":
            person.moves("import", str(longer), "--yes")
        if short == "11-16":  # the person decides the next three steps in the editor
            draft = draft_ahead(person.medicine(), day, person.session)
            more = first_steps(8).medicines[0].steps[5:]
            person.change(plans.edit(replace(draft, steps=(*draft.steps, *more))))
        person.clock(f"{day} 08:04")
        if short != "11-12":
            take(person, day, "morning")
        person.clock(f"{day} 12:30")
        if short == "10-30":
            said = person.moves("hold", "baclofen")
            assert "Wed 1 Nov 2023 on, projected" in said
            person.moves("undo", "baclofen")
        if short == "11-08":
            assert "Wed 8 Nov 2023 afternoon" in person.moves("next", "baclofen")
        if short == "11-13":
            person.moves("hold", "baclofen", "--days", "2")
        if short == "12-02":  # tablets of another maker: a product more, and the steps that use it
            draft = draft_ahead(person.medicine(), day, person.session)
            whole = read_plan_file(PLANS / "baclofen.toml").medicines[0]
            rest = [replace(step, start=None) for step in whole.steps[8:11]]
            person.change(plans.edit(replace(draft, products=whole.products, steps=(*draft.steps[:1], *rest))))
        if short == "11-20":
            person.shell("take", "baclofen", "evening", "--date", "2023-11-18", "--at", "18:10", "--about")
        person.clock(f"{day} 13:10")
        if short == "11-21":
            person.shell("skip", "baclofen", "afternoon", "--reason", "asleep") if person.mg(day) else None
        else:
            take(person, day, "afternoon")
        if short == "10-29":  # the night in which the clock went back; taken after midnight, still this day's
            person.clock(f"{day + DAY} 00:20")
            person.shell("take", "baclofen", "evening", "--at", "00:20")
            assert person.session.reader.day(day).doses[-1].date == day
        elif short != "11-18":
            person.clock(f"{day} 18:20")
            take(person, day, "evening")
    person.clock("2023-12-12 12:00")
    wanted, level = {}, 0
    for day in days(date(2023, 10, 26), date(2023, 12, 12)):
        level = STARTS.get(f"{day:%m-%d}", level)
        wanted[day] = level
    assert {day: sum(person.mg(day)) for day in wanted} == wanted
    assert person.mg(date(2023, 11, 8)) == [15, 10, 15]
    week = person.session.reader.days(date(2023, 10, 26), date(2023, 12, 12))
    states = [(d.date, d.slot.name, d.state) for day in week for d in day.doses if d.medicine == "baclofen"]
    assert [f"{day:%m-%d} {slot}" for day, slot, state in states if state == "unrecorded"] == ["11-12 morning"]
    assert [f"{day:%m-%d} {slot}" for day, slot, state in states if state == "skipped"] == ["11-21 afternoon"]
    assert (
        sum(d.taken_mg or 0 for day in week for d in day.doses if d.medicine == "baclofen")
        == sum(wanted.values()) - 15 - 10
    )
    person.moved_to(tmp_path / "elsewhere")


def take(person: Person, day: date, slot: str) -> None:
    for name in ("baclofen", "diazepam"):
        if person.session.reader.dose(DoseKey(name, day, slot)) is not None:
            person.shell("take", name, slot)


# One move at a time


def test_a_preview_made_on_an_older_plan_is_refused(person: Person) -> None:
    mine, other = person.session.plans, person.window("second").plans
    for change in (mine.hold("baclofen"), mine.preview(first_steps(3, more=False))):
        other.apply(other.hold("baclofen"), allow=ALLOW)
        with pytest.raises(PlanMoved, match="changed since this was shown; look at it"):
            mine.apply(change, allow=ALLOW)
    # Undoing leaves the number that would be next as it was: the plan is another one all the same.
    change = mine.hold("baclofen")
    other.undo("baclofen")
    with pytest.raises(PlanMoved):
        mine.apply(change, allow=ALLOW)
    mine.apply(mine.hold("baclofen"), allow=ALLOW)
    person.in_order()


def test_a_change_that_time_has_overtaken_is_refused(person: Person) -> None:
    change = person.session.plans.next("baclofen")
    assert change.version.in_force_from == DosePoint(date(2023, 10, 26), "morning")
    person.clock("2023-10-26 13:01")  # the morning dose has no record and is over
    with pytest.raises(PlanMoved):
        person.session.plans.apply(change, allow=ALLOW)
    assert person.mg(person.today) == [20, 15, 20]


def test_a_first_import_overtaken_by_midnight_is_refused(tmp_path: Path) -> None:
    life = Life(tmp_path / "data", at("2023-10-25 23:00"))
    preview = life.session.plans.preview(first_steps(2))
    life.now = at("2023-10-26 07:00")
    with pytest.raises(PlanMoved):
        life.session.plans.apply(preview)
    assert life.session.reader.plan().medicines == ()


def test_versions_are_taken_back_one_by_one_and_numbers_never_come_again(person: Person) -> None:
    plans, other = person.session.plans, person.window("second").plans
    for days_more in (1, 2):
        plans.apply(plans.hold("baclofen", days_more), allow=ALLOW)
    seen = plans.undoing("baclofen")
    other.apply(other.hold("baclofen", 5), allow=ALLOW)
    with pytest.raises(PlanMoved):
        plans.undo("baclofen", seen)
    assert [plans.undo("baclofen").number for _ in range(3)] == [4, 3, 2]
    with pytest.raises(Refused, match="only its first plan"):
        plans.undo("baclofen")
    assert person.medicine().latest.steps[0].hold == 5
    plans.apply(plans.hold("baclofen"), allow=ALLOW)
    assert [v.number for v in person.medicine().versions] == [1, 5]
    person.in_order()


def test_taking_back_an_older_change_tells_the_days_it_changes(person: Person) -> None:
    person.shell("plan", "next", "baclofen")
    person.clock("2023-10-28 12:00")
    facts = person.shell("plan", "undo", "baclofen", code=1)
    assert "2 past days would change, from 2023-10-26" in facts
    assert person.mg(date(2023, 10, 27)) == [15, 15, 20]
    person.undo_version("baclofen")
    assert person.mg(date(2023, 10, 27)) == [20, 15, 20]


def test_a_recorded_dose_is_no_past_that_changes(person: Person) -> None:
    for slot, hour in (("morning", "08:00"), ("afternoon", "13:00"), ("evening", "18:00")):
        person.clock(f"2023-10-26 {hour}")
        person.shell("take", "baclofen", slot)
    person.clock("2023-10-27 07:00")
    change = person.session.plans.next("baclofen", DosePoint(date(2023, 10, 26)))
    assert change.past == ()
    person.change(change)
    assert person.mg(date(2023, 10, 26)) == [20, 15, 20]
    assert person.mg(date(2023, 10, 27)) == [15, 15, 20]


def test_next_from_the_past_asks_with_the_facts(person: Person) -> None:
    person.clock("2023-10-28 07:00")
    before = person.closed()
    facts = person.shell("plan", "next", "baclofen", "--from", "2023-10-27", code=1)
    assert "1 past day would change, from 2023-10-27 (baclofen: morning 20 mg" in facts
    assert person.closed() == before
    data = json.loads(person.shell("plan", "next", "baclofen", "--from", "2023-10-26", "--yes", "--json"))
    assert [day["date"] for day in data["past"]] == ["2023-10-26", "2023-10-27"]
    assert (data["done"], data["step"]) == (True, 2)


def test_next_from_today_means_from_the_dose_that_is_open(person: Person) -> None:
    person.clock("2023-10-26 13:30")
    assert "from Thu 26 Oct 2023 afternoon on" in person.moves("next", "baclofen", "--from", "today")
    assert person.mg(person.today) == [20, 15, 20]


def test_a_step_may_be_set_to_begin_and_hold_moves_it(person: Person) -> None:
    person.moves("next", "baclofen", "--from", "2023-10-28/evening")
    person.moves("hold", "baclofen")
    begins = person.medicine().latest.steps[1].begins
    assert begins == DosePoint(date(2023, 10, 29), "evening")
    person.clock("2023-10-30 07:00")
    assert [person.mg(day) for day in days(date(2023, 10, 28), date(2023, 10, 31))] == [
        [20, 15, 20], [20, 15, 20], [15, 15, 20],
    ]  # fmt: skip
    with pytest.raises(BadInput, match="before the current step"):
        person.session.plans.next("baclofen", DosePoint(date(2023, 10, 29), "morning"))


def test_an_edit_keeps_a_beginning_that_was_set(person: Person) -> None:
    person.moves("next", "baclofen", "--from", "2023-10-28")
    draft = draft_ahead(person.medicine(), person.today, person.session)
    person.change(person.session.plans.edit(replace(draft, half_life=(Fraction(2), Fraction(6)))))
    assert person.medicine().latest.steps[1].begins == DosePoint(date(2023, 10, 28))


def test_back_twice_goes_up_twice_without_the_detour(tmp_path: Path) -> None:
    life = Person(tmp_path / "data", at("2023-10-26 06:30"))
    life.session.plans.apply(life.session.plans.preview(first_steps(4)))
    for move, day in (("next", 27), ("next", 28), ("back", 29), ("back", 30)):
        life.clock(f"2023-10-{day} 06:30").moves(move, "baclofen")
    version = life.medicine().latest
    current = version.current(life.today, life.session.reader.calendar)
    assert current is not None
    assert [int(s.mg_per_day or 0) for s in version.steps[current.index :]] == [55, 50, 45, 40]
    assert "not before the current" in life.shell("plan", "back", "baclofen", "--to", "9", code=2)
    assert "no step before" in life.shell("plan", "back", "baclofen", code=2)


def test_back_to_a_step_left_for_an_earlier_one_goes_on_where_it_led(tmp_path: Path) -> None:
    life = Person(tmp_path / "data", at("2023-10-26 06:30"))
    life.session.plans.apply(life.session.plans.preview(first_steps(4)))
    for move, day in (("next", 27), ("next", 28), ("back", 29)):
        life.clock(f"2023-10-{day} 06:30").moves(move, "baclofen")
    life.clock("2023-10-30 06:30").moves("back", "baclofen", "--to", "3")
    version = life.medicine().latest
    current = version.current(life.today, life.session.reader.calendar)
    assert current is not None
    assert [int(s.mg_per_day or 0) for s in version.steps[current.index :]] == [45, 40]


def test_a_step_without_a_hold_that_is_followed_again_gets_one(person: Person) -> None:
    person.moves("next", "baclofen")
    person.clock("2023-10-28 07:00").moves("back", "baclofen")
    person.clock("2023-10-29 07:00").moves("next", "baclofen")
    person.clock("2023-10-30 07:00").moves("back", "baclofen", "--to", "2")
    version = person.medicine().latest
    assert all(step.hold is not None for step in version.steps[:-1])


def test_pause_and_resume(person: Person) -> None:
    person.clock("2023-10-27 10:00").moves("pause", "baclofen", "--from", "tomorrow/evening")
    assert "paused already" in person.shell("plan", "pause", "baclofen", "--from", "2023-11-02", code=2)
    assert "not paused" in person.shell("plan", "resume", "baclofen", code=2)
    person.clock("2023-10-30 10:00").moves("resume", "baclofen")
    assert [person.mg(day) for day in days(date(2023, 10, 28), date(2023, 10, 31))] == [[20, 15], [], [15, 20]]
    with pytest.raises(BadInput, match="not paused"):
        person.session.plans.resume("baclofen", DosePoint(person.today, "evening"))
    with pytest.raises(BadInput, match="end before"):
        person.session.plans.pause("baclofen", DosePoint(date(2023, 11, 9)), DosePoint(date(2023, 11, 8)))


def test_resuming_at_the_beginning_of_a_pause_leaves_none(person: Person) -> None:
    person.moves("pause", "baclofen", "--from", "2023-10-28")
    person.moves("resume", "baclofen", "--from", "2023-10-28")
    assert person.medicine().latest.pauses == ()


def test_stop_then_archive(person: Person) -> None:
    assert "still asks for doses" in person.shell("plan", "archive", "baclofen", code=2)
    person.moves("stop", "baclofen")
    assert person.mg(person.today) == []
    assert "stopped already" in person.shell("plan", "stop", "baclofen", code=2)
    person.moves("archive", "baclofen")
    assert "baclofen" not in person.shell("plan", "show")
    person.moves("archive", "baclofen", "--back")
    assert "baclofen" in person.shell("plan", "show")


def test_hold_on_date_shifts_what_follows(person: Person) -> None:
    draft = draft_ahead(person.medicine(), person.today, person.session)
    person.change(person.session.plans.edit(replace(draft, advance=ON_DATE)))
    assert person.medicine().latest.steps[1].begins == DosePoint(date(2023, 10, 31))
    person.moves("hold", "baclofen", "--days", "3")
    assert person.medicine().latest.steps[1].begins == DosePoint(date(2023, 11, 3))


def test_a_slot_moved_to_an_earlier_time_asks_by_the_new_step(person: Person) -> None:
    person.clock("2023-10-26 08:00").shell("take", "baclofen", "morning")
    person.clock("2023-10-26 12:00")
    draft = draft_ahead(person.medicine(), person.today, person.session)
    slots = tuple(replace(s, time=time(12, 30)) if s.name == "evening" else s for s in draft.slots)
    half = Pieces((Piece(Fraction(1, 2), draft.products[0]),))
    first = replace(draft.steps[0], asked=Asked({"morning": half, "afternoon": half, "evening": half}))
    person.change(person.session.plans.edit(replace(draft, slots=slots, steps=(first, *draft.steps[1:]))))
    found = [(d.slot.name, int(d.mg or 0)) for d in person.session.reader.day().doses if d.medicine == "baclofen"]
    assert found == [("morning", 20), ("evening", 10), ("afternoon", 10)]


def test_a_change_that_waits_is_not_brought_forward(person: Person) -> None:
    plans = person.session.plans
    draft = draft_ahead(person.medicine(), person.today, person.session)
    # Times move for the step that holds now, so nothing but the version says from when.
    later = replace(draft, slots=tuple(replace(s, time=time(s.time.hour + 1)) for s in draft.slots))
    person.change(plans.edit(later, DosePoint(date(2023, 10, 30))))
    assert times(person, date(2023, 10, 29)) == [8, 13, 18]
    with pytest.raises(BadInput, match="waits for 2023-10-30"):
        plans.next("baclofen")
    person.moves("hold", "baclofen")
    person.moves("next", "baclofen", "--from", "2023-11-04")
    assert times(person, date(2023, 10, 29)) == [8, 13, 18]
    assert times(person, date(2023, 10, 30)) == [9, 14, 19]
    person.change(plans.stop("baclofen"))
    assert person.mg(person.today) == []


def times(person: Person, day: date) -> list[int]:
    return [d.slot.time.hour for d in person.session.reader.day(day).doses if d.medicine == "baclofen"]


def test_an_old_file_with_an_open_pause_does_not_pause_again(person: Person) -> None:
    person.moves("pause", "baclofen")
    person.clock("2023-10-28 07:00")
    text = person.exported()
    person.moves("resume", "baclofen")
    person.clock("2023-10-29 07:00")
    person.change(person.session.plans.preview(parse_plan(text)))
    assert person.mg(person.today) == [20, 15, 20]


def test_a_first_step_begins_on_its_date_whatever_is_imported_before_it(tmp_path: Path) -> None:
    life = Life(tmp_path / "data", at("2023-10-20 07:00"))
    plans = life.session.plans
    plans.apply(plans.preview(first_steps(2, more=False)))
    assert life.session.reader.day().doses == ()
    life.now = at("2023-10-25 07:00")
    for draft in (first_steps(2, more=False), undated(first_steps(2, more=False))):
        life.change(plans.preview(draft))
        assert life.session.reader.day().doses == ()
    life.now = at("2023-10-26 07:00")
    assert len(life.session.reader.day().doses) == 3


def undated(draft: PlanDraft) -> PlanDraft:
    (medicine,) = draft.medicines
    return PlanDraft((replace(medicine, steps=tuple(replace(s, start=None) for s in medicine.steps)),))


def test_import_from_a_past_day_starts_there(person: Person) -> None:
    person.clock("2023-10-29 07:00")
    preview = person.session.plans.preview(undated(first_steps(2, more=False)), from_day=date(2023, 10, 27))
    person.change(preview)
    assert preview.past == []  # the same doses: only the counting of the step begins elsewhere
    assert person.medicine().latest.steps[0].begins == DosePoint(date(2023, 10, 27))


def as_needed() -> PlanDraft:
    (medicine,) = first_steps(2, more=False).medicines
    return PlanDraft((MedicineDraft("ibuprofen", (), medicine.products, (), "as needed"),))


def test_medicine_taken_as_needed_has_no_steps_to_move(person: Person) -> None:
    person.session.plans.apply(person.session.plans.preview(as_needed()))
    for move in ("hold", "next", "back", "pause", "stop"):
        assert "taken as needed" in person.shell("plan", move, "ibuprofen", code=2)
    person.moves("archive", "ibuprofen")


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("hold", "nothing"), 2, "unknown medicine"),
        (("hold", "baclofen", "--days", "0"), 2, "whole number"),
        (("hold", "baclofen", "--days", "x"), 2, "whole number"),
        (("next", "baclofen", "--from", "soon"), 2, "not a date"),
        (("next", "baclofen", "--from", "tomorrow/"), 2, "date and a slot"),
        (("next", "baclofen", "--from", "tomorrow/noon"), 2, "unknown slot"),
        (("back", "baclofen"), 2, "no step before"),
        (("back", "baclofen", "--to", "1"), 2, "not before the current"),
        (("undo", "baclofen"), 1, "only its first plan"),
    ],
)
def test_what_the_shell_refuses(person: Person, argv: tuple[str, ...], code: int, words: str) -> None:
    before = (person.folder / "plan.jsonl").read_bytes()
    assert words in person.shell("plan", *argv, code=code)
    assert (person.folder / "plan.jsonl").read_bytes() == before


def test_export_prints_or_writes(person: Person, tmp_path: Path) -> None:
    printed = person.shell("plan", "export")
    assert parse_plan(printed) == parse_plan(person.exported())
    file = tmp_path / "out.toml"
    person.shell("plan", "export", "-o", str(file))
    assert file.read_text() == printed
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine")
    assert "exists" in person.shell("plan", "export", "-o", str(file), code=1)
    assert file.read_text() == "mine"
    person.shell("plan", "export", "-o", str(file), "--yes")
    assert file.read_text() == printed
    assert "not written" in person.shell("plan", "export", "-o", str(tmp_path / "no" / "x.toml"), code=3)


def test_steps_that_begin_on_one_day_are_in_order_by_slot(person: Person) -> None:
    person.clock("2023-10-26 08:00").shell("take", "baclofen", "morning")
    person.clock("2023-10-26 12:30").moves("next", "baclofen")
    person.clock("2023-10-26 13:00").shell("take", "baclofen", "afternoon")
    person.moves("back", "baclofen")
    assert person.mg(person.today) == [20, 15, 20]
    steps = parse_plan(person.exported()).medicines[0].steps[:3]
    assert [step.start for step in steps] == [date(2023, 10, 26)] * 3
    assert [step.from_slot for step in steps] == [None, "afternoon", "evening"]


def test_the_draft_of_one_day_backwards_is_refused(person: Person) -> None:
    (medicine,) = first_steps(2, more=False).medicines
    same_day = [
        replace(step, start=date(2023, 10, 20), from_slot=slot)
        for step, slot in zip(medicine.steps, ("evening", "morning"), strict=True)
    ]
    with pytest.raises(BadInput, match="order"):
        person.session.plans.preview(PlanDraft((replace(medicine, name="other", steps=tuple(same_day)),)))


def test_a_change_after_a_medicine_is_renamed_is_its_newest(person: Person) -> None:
    person.moves("hold", "baclofen", "--days", "2")
    person.shell("plan", "rename", "baclofen", "lioresal")
    before = person.medicine("lioresal").latest
    person.shell("plan", "hold", "lioresal", "--days", "3")
    latest = person.medicine("lioresal").latest
    assert (latest.number, latest.why) == (before.number + 1, "held 3 more days")
    assert latest.steps[0].hold == (before.steps[0].hold or 0) + 3
    person.shell("plan", "rename", "lioresal", "baclofen")
    person.shell("plan", "next", "baclofen", "--from", "2023-10-27", "--yes")
    assert person.medicine().latest.number == latest.number + 1
    assert person.mg(date(2023, 10, 27)) == [15, 15, 20]
    person.shell("plan", "undo", "baclofen", "--yes")
    assert person.medicine().latest.id == latest.id
    person.shell("plan", "hold", "baclofen")
    assert person.medicine().latest.number == latest.number + 2, "the number of an undone version is not used again"
