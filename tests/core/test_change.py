"""The first import of a plan, and later ones, which never move the person."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from fractions import Fraction

import pytest

from core.making import DAY0, SLOTS, TABLET_5, calendar
from splitdose.core import change
from splitdose.core.asked import Asked
from splitdose.core.change import (
    ChangeContext,
    StepOpen,
    first_version,
    later_version,
    refused_findings,
    resumed,
    returned,
)
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import Piece, Pieces
from splitdose.core.plan import AS_NEEDED, ASK, ON_DATE, DosePoint, Medicine, Pause, Version


def drafted(mg: int, start: int | None = None, hold: int | None = None) -> StepDraft:
    given = {"morning": Pieces((Piece(Fraction(mg, 5), TABLET_5),))} if mg else {}
    return StepDraft(Asked(given), None if start is None else DAY0 + start * DAY, hold)


def draft(*steps: StepDraft, advance: str = ASK) -> MedicineDraft:
    return MedicineDraft("baclofen", SLOTS, (TABLET_5,), steps, advance)


def context(today: date = DAY0) -> ChangeContext:
    return ChangeContext("v", datetime.combine(today, time(12), tzinfo=UTC), today, calendar())


def held(given: MedicineDraft, today: date = DAY0) -> Medicine:
    return Medicine(given.name, today, (first_version(given, context(today)),))


def begins(version: Version) -> list[int | None]:
    return [None if s.begins is None else (s.begins.date - DAY0).days for s in version.steps]


def milligrams(version: Version) -> list[Fraction | None]:
    return [s.mg_per_day for s in version.steps]


def test_steps_that_start_today_or_earlier_have_begun_also_under_ask() -> None:
    made = first_version(draft(drafted(20, -5, 5), drafted(15, None, 5), drafted(10, None, 5), drafted(0)), context())
    assert begins(made) == [-5, 0, None, None]
    assert made.in_force_from == DosePoint(DAY0 - 5 * DAY)
    assert made.number == 1


def test_on_date_every_step_has_its_date() -> None:
    made = first_version(draft(drafted(20, 2, 5), drafted(10, None, 5), drafted(0), advance=ON_DATE), context())
    assert begins(made) == [2, 7, 12]
    assert made.in_force_from == DosePoint(DAY0)


def test_without_a_start_the_first_step_begins_today_or_when_told() -> None:
    two = draft(drafted(20, None, 5), drafted(10))
    assert begins(first_version(two, context())) == [0, None]
    assert begins(first_version(two, context(), start=DAY0 - 6 * DAY)) == [-6, -1]
    later = first_version(two, context(), start=DAY0 + 3 * DAY)
    assert begins(later) == [3, None]
    assert later.placed_steps(DAY0)[0].begins.date == DAY0 + 3 * DAY


def test_a_start_given_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="start of its own"):
        first_version(draft(drafted(20, 0, 5)), context(), start=DAY0)


def test_dates_that_go_backwards_once_the_first_is_known_are_refused() -> None:
    with pytest.raises(BadInput, match="not after step 1"):
        first_version(draft(drafted(20, None, 5), drafted(10, -3)), context())


def test_a_hold_left_out_is_the_way_to_the_next_start() -> None:
    made = first_version(draft(drafted(20, -9), drafted(10, -2), drafted(5, 3), drafted(0, 9)), context())
    assert [s.hold for s in made.steps] == [7, 5, 6, None]
    assert begins(made) == [-9, -2, None, None]


def test_a_later_import_keeps_the_current_step_matched_by_its_doses() -> None:
    person = held(draft(drafted(20, -9, 5), drafted(15, None, 5), drafted(10)), DAY0)
    # The file says step 3 has begun by now; the person is at step 2 and stays there.
    given = draft(drafted(20, -30, 5), drafted(15, None, 7), drafted(12, None, 3), drafted(5, None, 2), drafted(0))
    made = later_version(person, given, context(), DosePoint(DAY0, "evening"))
    assert begins(made) == [-9, -4, None, None, None]
    assert milligrams(made) == [20, 15, 12, 5, 0]
    assert (made.number, made.in_force_from, made.steps[1].hold) == (2, DosePoint(DAY0, "evening"), 7)
    starts = [(b.begins.date - DAY0).days for b in made.placed_steps(DAY0)]
    assert starts == [-9, -4, 3, 6, 8]


def test_a_later_import_never_moves_the_person_at_any_day() -> None:
    given = draft(drafted(20, 0, 5), drafted(15, None, 5), drafted(10, None, 5), drafted(0))
    person = held(given)
    for n in range(40):
        today = DAY0 + n * DAY
        made = later_version(person, given, context(today), DosePoint(today))
        assert begins(made) == [0, None, None, None]
        person = Medicine(person.name, person.since, (*person.versions, made))
        (dose,) = person.doses_on(today, today, calendar())
        assert dose.mg == 20


def test_no_match_or_several_ask_for_the_step() -> None:
    person = held(draft(drafted(20, 0, 5), drafted(10)))
    none = draft(drafted(15, None, 5), drafted(10))
    with pytest.raises(StepOpen) as caught:
        later_version(person, none, context(), DosePoint(DAY0))
    assert "no step" in caught.value.what
    several = draft(drafted(20, None, 5), drafted(10, None, 5), drafted(20, None, 5), drafted(0))
    with pytest.raises(StepOpen) as caught:
        later_version(person, several, context(), DosePoint(DAY0))
    assert "steps 1, 3" in caught.value.what
    assert milligrams(later_version(person, several, context(), DosePoint(DAY0), step=3)) == [20, 0]
    assert milligrams(later_version(person, several, context(), DosePoint(DAY0), step=1)) == [20, 10, 20, 0]
    chosen = later_version(person, none, context(), DosePoint(DAY0, "morning"), step=1)
    assert milligrams(chosen) == [20, 15, 10]
    assert chosen.steps[1].begins == DosePoint(DAY0, "morning")
    for number in (0, -1, 3):
        with pytest.raises(BadInput, match="has no step"):
            later_version(person, none, context(), DosePoint(DAY0), step=number)


def test_on_date_a_step_of_the_file_that_would_have_begun_is_open() -> None:
    given = draft(drafted(20, 0, 5), drafted(10, None, 5), drafted(0), advance=ON_DATE)
    person = held(given)
    assert begins(later_version(person, given, context(DAY0 + DAY), DosePoint(DAY0 + DAY))) == [0, 5, 10]
    with pytest.raises(StepOpen, match="would have begun"):
        later_version(person, draft(drafted(20, None, 1), drafted(10), advance=ON_DATE), context(DAY0 + 3 * DAY),
                      DosePoint(DAY0 + 3 * DAY))  # fmt: skip


def test_holds_left_out_follow_from_the_dates_of_the_file_wherever_the_person_is() -> None:
    given = draft(drafted(20, 0, 5), drafted(15), drafted(10, 9), drafted(5, 12), drafted(0, 20))
    person = held(draft(drafted(20, 0, 5), drafted(10)))
    today = DAY0 + 30 * DAY
    made = later_version(person, given, context(today), DosePoint(today))
    assert [s.hold for s in made.steps] == [5, 4, 3, 8, None]
    assert [(b.begins.date - today).days for b in made.placed_steps(today)] == [-30, 1, 5, 8, 16]


def test_a_medicine_that_had_no_steps_begins_as_at_first() -> None:
    person = held(draft(advance=AS_NEEDED))
    made = later_version(person, draft(drafted(20, -3, 5), drafted(0)), context(), DosePoint(DAY0))
    assert begins(made) == [-3, None]
    assert made.number == 2


def test_why_a_plan_is_refused() -> None:
    assert refused_findings(PlanDraft((draft(drafted(20, 0, 5), drafted(0)),))) == []
    (why,) = refused_findings(PlanDraft((draft(),)))
    assert why.startswith("empty: ")


def starts(version: Version, today: date = DAY0) -> list[int]:
    return [(b.begins.date - DAY0).days for b in version.placed_steps(today)]


def at_twelve_days() -> Medicine:
    return held(draft(drafted(20, -12, 5), drafted(15, None, 9), drafted(10, None, 5), drafted(0)))


HERE = DosePoint(DAY0, "evening")


def test_a_hold_adds_days_to_the_current_step_and_moves_nothing_else() -> None:
    person = at_twelve_days()
    assert starts(person.latest) == [-12, -7, 2, 7]
    longer = change.held(person, context(), HERE, 3)
    assert starts(longer) == [-12, -7, 5, 10]
    assert milligrams(longer) == milligrams(person.latest)
    for days in (0, -1, 10**6):
        with pytest.raises(BadInput):
            change.held(person, context(), HERE, days)


def test_the_next_step_begins_where_the_person_says() -> None:
    person = at_twelve_days()
    moved = change.advanced(person, context(), HERE, HERE)
    assert moved.steps[2].begins == HERE
    assert starts(moved) == [-12, -7, 0, 5]
    later = change.advanced(person, context(), HERE, DosePoint(DAY0 + 2 * DAY))
    assert starts(later, DAY0 + 9 * DAY) == [-12, -7, 2, 10]
    with pytest.raises(BadInput, match="before the current step"):
        change.advanced(person, context(), HERE, DosePoint(DAY0 - 8 * DAY))
    with pytest.raises(BadInput, match="no step after"):
        change.advanced(held(draft(drafted(20, 0))), context(), HERE, HERE)


def test_back_is_a_new_step_with_those_that_followed_following_again() -> None:
    person = at_twelve_days()
    again = change.returned(person, context(), HERE, HERE)
    assert milligrams(again) == [20, 15, 20, 15, 10, 0]
    assert starts(again) == [-12, -7, 0, 5, 14, 19]
    assert again.steps[2].begins == HERE
    for number in (0, 2, 3, 9):
        with pytest.raises(BadInput):
            change.returned(person, context(), HERE, HERE, number)
    with pytest.raises(BadInput, match="no step before"):
        change.returned(held(draft(drafted(20, 0, 5), drafted(0))), context(), HERE, HERE)


def test_on_a_fixed_course_what_follows_moves_along() -> None:
    person = held(draft(drafted(20, -3, 5), drafted(15, None, 5), drafted(10, None, 5), drafted(0), advance=ON_DATE))
    assert begins(person.latest) == [-3, 2, 7, 12]
    assert begins(change.held(person, context(), HERE, 2)) == [-3, 4, 9, 14]
    assert begins(change.advanced(person, context(), HERE, DosePoint(DAY0))) == [-3, 0, 5, 10]


def test_a_pause_ends_where_it_is_resumed() -> None:
    person = at_twelve_days()
    off = change.paused(person, context(), HERE, HERE)
    paused = Medicine(person.name, person.since, (*person.versions, off))
    assert off.paused_at(DosePoint(DAY0 + 9 * DAY, "morning"), calendar())
    with pytest.raises(BadInput, match="paused already"):
        change.paused(paused, context(), HERE, HERE)
    tomorrow = DosePoint(DAY0 + DAY, "morning")
    on = change.resumed(paused, context(), tomorrow, tomorrow)
    assert not on.paused_at(tomorrow, calendar())
    assert on.paused_at(HERE, calendar())
    with pytest.raises(BadInput, match="not paused"):
        change.resumed(person, context(), HERE, HERE)
    coming = change.paused(person, context(), HERE, DosePoint(DAY0 + 5 * DAY))
    with pytest.raises(BadInput, match="not paused"):
        change.resumed(Medicine(person.name, person.since, (coming,)), context(), HERE, HERE)


def test_a_stop_drops_what_had_not_begun() -> None:
    person = at_twelve_days()
    stop = change.stopped(person, context(), HERE, HERE)
    assert milligrams(stop) == [20, 15, 0]
    after = Medicine(person.name, person.since, (*person.versions, stop))
    assert after.doses_on(DAY0 + DAY, DAY0, calendar()) == []
    assert len(after.doses_on(DAY0, DAY0, calendar())) == 1


def test_an_edit_keeps_what_has_begun() -> None:
    person = at_twelve_days()
    same = change.edited(person, context(), HERE, draft(drafted(15), drafted(5, 4)))
    assert milligrams(same) == [20, 15, 5]
    assert same.steps[1].hold == 11
    assert starts(same) == [-12, -7, 4]
    other = change.edited(person, context(), HERE, draft(drafted(10, None, 5), drafted(0)))
    assert milligrams(other) == [20, 15, 10, 0]
    assert other.steps[2].begins == HERE
    with pytest.raises(BadInput, match="no current step"):
        change.edited(person, context(), HERE, draft())


def test_steps_of_one_day_are_in_order_by_their_slots() -> None:
    two = (drafted(20, 0, 1), replace(drafted(10, 0), from_slot="evening"))
    assert refused_findings(PlanDraft((draft(*two),))) == []
    made = first_version(draft(*two), context())
    assert [s.begins for s in made.steps] == [DosePoint(DAY0), DosePoint(DAY0, "evening")]
    for slots in (("evening", "morning"), ("evening", "evening"), ("morning", None), (None, "morning")):
        wrong = tuple(replace(step, from_slot=slot) for step, slot in zip(two, slots, strict=True))
        assert refused_findings(PlanDraft((draft(*wrong),))) != []
        with pytest.raises(BadInput, match="not after step 1"):
            first_version(draft(*wrong), context())


def test_a_hold_left_out_between_two_steps_of_one_day_is_a_day() -> None:
    made = first_version(draft(drafted(20, 0), replace(drafted(10, 0), from_slot="evening"), drafted(5, 4)), context())
    assert [s.hold for s in made.steps] == [1, 4, None]


def test_a_pause_ends_only_where_it_is_in_force() -> None:
    person = held(draft(drafted(20, -9, 5)))
    over = Pause(DosePoint(DAY0 - 3 * DAY), DosePoint(DAY0, "morning"))
    paused_before = replace(person, versions=(replace(person.latest, pauses=(over,)),))
    with pytest.raises(BadInput, match="not paused"):
        resumed(paused_before, context(), DosePoint(DAY0, "evening"), DosePoint(DAY0, "evening"))


def test_back_leaves_detours_out_and_takes_ahead_what_was_left() -> None:
    person = held(draft(drafted(20, -9, 1), drafted(15, -8, 1), drafted(10, -7, 1), drafted(5)))
    for day, to, expected in ((-6, None, [10, 5]), (-5, None, [15, 10, 5]), (-4, 4, [5])):
        today = DAY0 + day * DAY
        made = returned(person, context(today), DosePoint(today), DosePoint(today), to)
        current = made.current(today, calendar())
        assert current is not None
        assert milligrams(made)[current.index :] == expected
        person = replace(person, versions=(*person.versions, made))
