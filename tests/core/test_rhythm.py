"""Dosing days keep their distance, whatever is done with a plan; totals are what is walked; the past stays."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.making import DAY0, SLOTS, TABLET_5, calendar, of, some
from splitdose.core import change
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, StepOpen, first_version
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import ASK, ON_DATE, DosePoint, Medicine, Pause, Rhythm, ScheduledDose, Version
from splitdose.core.totals import end_of, totals

CALENDAR = calendar()
NAMES = [slot.name for slot in SLOTS]


def asking(count: int, slot: str = "morning", *, every: int = 1, hold: int | None = None) -> StepDraft:
    doses = {slot: some(of(str(count), TABLET_5))} if count else {}
    return StepDraft(Asked(doses, every), hold=hold)


def context(today: date, name: str = "v") -> ChangeContext:
    return ChangeContext(name, datetime.combine(today, time(3), tzinfo=UTC), today, CALENDAR)


def begun(*steps: StepDraft, advance: str = ASK, today: date = DAY0) -> Medicine:
    first = replace(steps[0], start=DAY0)
    draft = MedicineDraft("m", SLOTS, (TABLET_5,), (first, *steps[1:]), advance)
    return Medicine("m", today, (first_version(draft, context(today)),))


def with_version(medicine: Medicine, made: Version) -> Medicine:
    made = replace(made, number=len(medicine.versions) + 1, id=f"v{len(medicine.versions) + 1}")
    return replace(medicine, versions=(*medicine.versions, made))


def dosing_days(medicine: Medicine, today: date, until: int = 120) -> list[int]:
    return [
        n for n in range(until) if medicine.doses_on(DAY0 + n * DAY, max(today, DAY0), CALENDAR)
    ]  # fmt: skip


# One by one


def test_a_step_that_begins_between_dosing_days_waits_for_the_next_one() -> None:
    weekly = begun(asking(3, every=7, hold=30), asking(4, every=7))
    assert dosing_days(weekly, DAY0)[:8] == [0, 7, 14, 21, 28, 35, 42, 49]
    held = with_version(weekly, change.held(weekly, context(DAY0 + 10 * DAY), DosePoint(DAY0 + 10 * DAY), 3))
    assert dosing_days(held, DAY0 + 10 * DAY)[:8] == [0, 7, 14, 21, 28, 35, 42, 49]
    today = DAY0 + 17 * DAY
    moved = with_version(weekly, change.advanced(weekly, context(today), DosePoint(today), DosePoint(today)))
    assert dosing_days(moved, today)[:8] == [0, 7, 14, 21, 28, 35, 42, 49]
    assert moved.doses_on(DAY0 + 21 * DAY, today, CALENDAR)[0].mg == 20


def test_weekly_to_daily_is_daily_from_its_first_day() -> None:
    today = DAY0 + 10 * DAY
    weekly = begun(asking(3, every=7, hold=28), asking(1))
    moved = with_version(weekly, change.advanced(weekly, context(today), DosePoint(today), DosePoint(today)))
    assert dosing_days(moved, today)[:5] == [0, 7, 10, 11, 12]


def test_daily_to_weekly_begins_with_a_dose() -> None:
    assert dosing_days(begun(asking(1, hold=5), asking(3, every=7)), DAY0)[:8] == [0, 1, 2, 3, 4, 5, 12, 19]


def test_the_smaller_distance_of_two_counts_from_the_last_dosing_day() -> None:
    assert dosing_days(begun(asking(1, every=7, hold=10), asking(1, every=2)), DAY0)[:6] == [0, 7, 11, 13, 15, 17]


def test_a_pause_keeps_the_rhythm() -> None:
    today = DAY0 + 5 * DAY
    weekly = begun(asking(3, every=7))
    paused = change.paused(weekly, context(today), DosePoint(today), DosePoint(today), DosePoint(today + 5 * DAY))
    assert dosing_days(with_version(weekly, paused), today)[:4] == [0, 14, 21, 28]


def test_after_a_stop_a_plan_may_begin_on_any_day_far_enough_from_the_last_dose() -> None:
    today = DAY0 + 8 * DAY
    weekly = begun(asking(3, every=7), today=DAY0)
    stopped = with_version(weekly, change.stopped(weekly, context(today), DosePoint(today), DosePoint(today)))
    for start, first in ((9, 14), (13, 14), (14, 14), (20, 20)):
        draft = MedicineDraft(
            "m", SLOTS, (TABLET_5,), (replace(asking(4, every=7), start=DAY0 + start * DAY),), ASK
        )  # fmt: skip
        made = change.later_version(stopped, draft, context(today), DosePoint(today, "afternoon"))
        assert dosing_days(with_version(stopped, made), today)[:4] == [0, 7, first, first + 7]


def test_a_step_begun_later_on_a_dosing_day_counts_from_that_day() -> None:
    today = DAY0 + 7 * DAY
    weekly = begun(asking(3, "morning", every=7, hold=28), asking(4, "evening", every=7))
    at = DosePoint(today, "evening")
    moved = with_version(weekly, change.advanced(weekly, context(today), at, at))
    assert [dose.slot.name for dose in moved.doses_on(today, today, CALENDAR)] == ["morning", "evening"]
    assert dosing_days(moved, today)[:4] == [0, 7, 14, 21]


def test_what_an_earlier_program_made_counts_as_it_did() -> None:
    weekly = begun(asking(3, every=7, hold=10), asking(4, every=7), advance=ON_DATE)
    old = replace(weekly, versions=(replace(weekly.latest, edition=1),))
    assert dosing_days(old, DAY0)[:5] == [0, 7, 10, 17, 24]
    today = DAY0 + 12 * DAY
    carried = with_version(old, change.held(replace(old, versions=(
        replace(old.latest, steps=(*old.latest.steps[:-1], replace(old.latest.steps[-1], hold=20))),
    )), context(today), DosePoint(today), 1))  # fmt: skip
    assert dosing_days(carried, today)[:6] == [0, 7, 10, 17, 24]


@pytest.mark.parametrize(
    ("rhythm", "begins", "every", "first"),
    [((0, 7), 3, 7, 7), ((0, 7), 7, 7, 7), ((0, 7), 9, 7, 9), ((0, 7), 3, 1, 3), ((0, 1), 1, 7, 1), ((0, 7), 4, 2, 4),
     ((0, 7), 5, 2, 6), ((0, 2), 1, 7, 2), ((5, 7), 5, 7, 5)],
)  # fmt: skip
def test_first_dosing_days(rhythm: tuple[int, int], begins: int, every: int, first: int) -> None:
    last, distance = rhythm
    found = Rhythm(DAY0 + last * DAY, distance).first_dosing_day(DAY0 + begins * DAY, every)
    assert found == DAY0 + first * DAY


# A course on dates


def test_a_course_on_dates_is_over_with_its_last_hold() -> None:
    course = begun(asking(2, hold=5), asking(1, hold=3), advance=ON_DATE)
    assert dosing_days(course, DAY0) == list(range(8))
    assert dosing_days(course, DAY0 + 30 * DAY) == list(range(8))
    assert course.latest.over_on(DAY0 + 8 * DAY)
    assert not course.latest.over_on(DAY0 + 7 * DAY)


def test_one_that_begins_in_the_evening_ends_before_an_evening() -> None:
    steps = (replace(asking(1, "morning", hold=7), start=DAY0, from_slot="evening"),)
    doses = {name: some(of("1", TABLET_5)) for name in NAMES}
    for more in ((), (asking(0),)):
        draft = MedicineDraft("m", SLOTS, (TABLET_5,), (replace(steps[0], asked=Asked(doses)), *more), ON_DATE)
        course = Medicine("m", DAY0, (first_version(draft, context(DAY0)),))
        counts = [len(course.doses_on(DAY0 + n * DAY, DAY0, CALENDAR)) for n in range(10)]
        assert counts == [1, 3, 3, 3, 3, 3, 3, 2, 0, 0]
        sums = totals(course, DAY0, CALENDAR)
        assert (sums.days, sums.mg, sums.products) == (7, Fraction(105), (("5 mg tablet", Fraction(21)),))


def test_one_that_an_earlier_program_made_goes_on_until_it_is_stopped() -> None:
    course = begun(asking(2, hold=5), advance=ON_DATE)
    old = replace(course, versions=(replace(course.latest, edition=1),))
    assert dosing_days(old, DAY0, 40) == list(range(40))
    today = DAY0 + 16 * DAY
    edited = change.paused(old, context(today), DosePoint(today), DosePoint(today), DosePoint(today + DAY))
    assert dosing_days(with_version(old, edited), today, 40) == [n for n in range(40) if n != 16]


def test_holding_a_course_that_is_over_gives_days_from_now_on() -> None:
    today = DAY0 + 9 * DAY
    course = begun(asking(2, hold=5), advance=ON_DATE)
    again = with_version(course, change.held(course, context(today), DosePoint(today), 2))
    assert dosing_days(again, today) == [0, 1, 2, 3, 4, 9, 10]


# The first step, and holds


@pytest.mark.parametrize("advance", [ASK, ON_DATE])
def test_a_first_step_begins_on_its_date_and_a_hold_moves_it(advance: str) -> None:
    start = DAY0 + 14 * DAY
    draft = MedicineDraft(
        "m", SLOTS, (TABLET_5,), (replace(asking(2, hold=14), start=start), asking(1, hold=14)), advance
    )  # fmt: skip
    waiting = Medicine("m", DAY0, (first_version(draft, context(DAY0)),))
    for n in range(40):
        day = DAY0 + n * DAY
        doses = waiting.doses_on(day, day, CALENDAR)
        assert bool(doses) == (14 <= n < (28 if advance == ON_DATE else 40) or (advance == ON_DATE and 28 <= n < 42))
    held = with_version(waiting, change.held(waiting, context(DAY0 + 3 * DAY), DosePoint(DAY0 + 3 * DAY), 2))
    assert dosing_days(held, DAY0 + 3 * DAY)[0] == 16
    assert dosing_days(held, DAY0 + 20 * DAY)[0] == 16


def test_a_step_that_comes_again_takes_its_own_hold() -> None:
    medicine = begun(asking(3, hold=5), asking(2, hold=4), asking(1, hold=3))
    for day, extra in ((3, 6), (7, 1)):
        today = DAY0 + day * DAY
        medicine = with_version(medicine, change.held(medicine, context(today), DosePoint(today), extra))
    assert medicine.latest.steps[0].hold == 12
    today = DAY0 + 12 * DAY
    medicine = with_version(medicine, change.advanced(medicine, context(today), DosePoint(today), DosePoint(today)))
    today = DAY0 + 14 * DAY
    back = change.returned(medicine, context(today), DosePoint(today), DosePoint(today))
    assert [step.hold for step in back.steps] == [12, 4, 5, 4, 3]


# Pauses


def test_a_pause_takes_its_doses_from_the_totals_or_pushes_the_plan() -> None:
    course = begun(asking(2, hold=5), asking(1, hold=5), advance=ON_DATE)
    assert totals(course, DAY0, CALENDAR).mg == 75
    today = DAY0 + 2 * DAY
    at, until = DosePoint(today + DAY), DosePoint(today + 4 * DAY)
    cut = with_version(course, change.paused(course, context(today), DosePoint(today), at, until))
    assert [(found.mg, found.days) for found in [totals(cut, today, CALENDAR)]] == [(Fraction(50), 10)]
    pushed = with_version(course, change.paused(course, context(today), DosePoint(today), at, until, push=True))
    assert [(found.mg, found.days) for found in [totals(pushed, today, CALENDAR)]] == [(Fraction(75), 13)]
    with pytest.raises(BadInput, match="whole days"):
        change.paused(course, context(today), DosePoint(today), at, None, push=True)


# Whatever is done

steps_of = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(NAMES), st.sampled_from([1, 1, 2, 3, 7, 14]), st.integers(1, 20)
    ), min_size=1, max_size=4,
)  # fmt: skip
moves_of = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(0, 2),
        st.sampled_from(["hold", "next", "back", "pause", "resume", "stop", "import", "edit"]),
        st.integers(1, 9), steps_of,
    ),
    max_size=8,
)  # fmt: skip


def drafted(steps: Sequence[tuple[int, str, int, int]], advance: str, start: date | None = None) -> MedicineDraft:
    found = [asking(count, slot, every=every, hold=hold) for count, slot, every, hold in steps]
    found[0] = replace(found[0], start=start)
    return MedicineDraft("m", SLOTS, (TABLET_5,), tuple(found), advance)


def move(medicine: Medicine, kind: str, number: int, draft: MedicineDraft, today: date, at: DosePoint) -> Version:
    made = context(today)
    match kind:
        case "hold":
            return change.held(medicine, made, at, number)
        case "next":
            return change.advanced(medicine, made, at, at)
        case "back":
            return change.returned(medicine, made, at, at)
        case "pause":
            return change.paused(medicine, made, at, at, DosePoint(at.date + number * DAY), push=number % 2 == 0)
        case "resume":
            return change.resumed(medicine, made, at, at)
        case "stop":
            return change.stopped(medicine, made, at, at)
        case "import":
            given = draft if number % 2 else replace(
                draft, steps=(replace(draft.steps[0], start=today + number * DAY), *draft.steps[1:])
            )  # fmt: skip
            return change.later_version(medicine, given, made, at, step=None if number > 4 else 1)
        case _:
            return change.edited(medicine, made, at, draft)


def near(lived: Sequence[tuple[date, int]]) -> list[tuple[date, date, int]]:
    """Neighbouring dosing days that are nearer than the smaller distance of their two steps."""
    return [(a, b, min(x, y)) for (a, x), (b, y) in pairwise(lived) if (b - a).days < min(x, y)]


def every_of(medicine: Medicine, dose: ScheduledDose) -> int:
    version = next(v for v in medicine.versions if v.number == dose.version)
    return version.steps[dose.step].every


@given(steps_of, st.sampled_from([ASK, ON_DATE]), moves_of)
@example([(1, "morning", 7, 20), (2, "evening", 7, 20)], ASK, [(3, 1, "next", 1, [(1, "morning", 1, 1)])])
@example(
    [(1, "evening", 7, 20)], ON_DATE,
    [(3, 0, "stop", 1, [(1, "morning", 1, 1)]), (1, 1, "import", 2, [(2, "evening", 7, 9)])],
)  # fmt: skip
def test_whatever_is_done_dosing_days_keep_their_distance_and_the_past_stays(
    steps: list[tuple[int, str, int, int]], advance: str,
    moves: list[tuple[int, int, str, int, list[tuple[int, str, int, int]]]],
) -> None:  # fmt: skip
    medicine = Medicine("m", DAY0, (first_version(drafted(steps, advance, DAY0), context(DAY0)),))
    today, place = DAY0, 0
    seen: dict[date, list[tuple[str, Fraction | None]]] = {}

    def day_of(day: date) -> list[tuple[str, Fraction | None]]:
        return [(dose.slot.name, dose.mg) for dose in medicine.doses_on(day, today, CALENDAR)]

    for passed, slot, kind, number, other in moves:
        for _ in range(passed):
            seen[today] = day_of(today)
            today, place = today + DAY, 0
        place = max(place, slot)
        at = DosePoint(today, NAMES[place])
        before = day_of(today)
        try:
            made = move(medicine, kind, number, drafted(other, advance), today, at)
        except (BadInput, StepOpen):
            continue
        medicine = with_version(medicine, made)
        earlier = [(name, mg) for name, mg in before if NAMES.index(name) < place]
        assert [(name, mg) for name, mg in day_of(today) if NAMES.index(name) < place] == earlier
        assert {day: day_of(day) for day in seen} == seen
    lived = []
    for n in range((today - DAY0).days + 60):
        doses = medicine.doses_on(DAY0 + n * DAY, today, CALENDAR)
        if doses:
            lived.append((DAY0 + n * DAY, min(every_of(medicine, dose) for dose in doses)))
    assert near(lived) == []
    check_totals(medicine, today)


def check_totals(medicine: Medicine, today: date) -> None:
    sums, end = totals(medicine, today, CALENDAR), end_of(medicine.latest, today, CALENDAR)
    first = medicine.first_day(today)
    if end is None or first is None:
        assert sums.days is None
        return
    walked = [
        dose
        for n in range((end.date - first).days + 1)
        for dose in medicine.doses_on(first + timedelta(days=n), today, CALENDAR)
        if dose.date < end.date or (end.slot is not None and NAMES.index(dose.slot.name) < NAMES.index(end.slot))
    ]
    assert sums.mg == sum((dose.mg or Fraction(0) for dose in walked), Fraction(0))
    assert dict(sums.products).get("5 mg tablet", 0) * 5 == sums.mg
    if medicine.latest.end is not None:
        after = [n for n in range(1, 200) if medicine.doses_on(end.date + n * DAY, today, CALENDAR)]
        assert after == []


def test_a_pause_that_is_already_there_is_walked_too() -> None:
    course = begun(asking(2, hold=10), advance=ON_DATE)
    paused = replace(course.latest, pauses=(Pause(DosePoint(DAY0 + 2 * DAY), DosePoint(DAY0 + 5 * DAY)),))
    assert totals(replace(course, versions=(paused,)), DAY0, CALENDAR).mg == 70
