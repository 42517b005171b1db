"""Which doses lie around now: the next, however far, and the one that was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, SPLIT_DAY, at, calendar, doses, intake, medicine, numbered, plan, spaced, step, version
from splitdose.core.clock import DAY
from splitdose.core.day import Day, day_of
from splitdose.core.log import Log, Record
from splitdose.core.plan import AS_NEEDED, ASK, DosePoint, Medicine, Pause, Step, Version
from splitdose.core.upcoming import days_back, far_ahead, missed_dose, newest_past, next_dosing_day

CALENDAR = calendar()
EVENING = doses(evening="1 x 20 mg tablet")
MORNING = doses(morning="1 x 20 mg tablet")


def next_day(given_medicine: Medicine, after: date = DAY0, today: date = DAY0) -> date | None:
    return next_dosing_day(given_medicine, after, today, CALENDAR)


def every(days: int, begins: date = DAY0) -> Step:
    return spaced(days, step(MORNING, begins))


def weekly(begins: date = DAY0) -> Medicine:
    return medicine(version(every(7, begins)))


def over(given_medicine: Medicine, now: datetime, *records: Record, back: int = 9) -> list[Day]:
    today = CALENDAR.date_of(now)
    return [
        day_of(plan(given_medicine), Log(records), today - n * DAY, now) for n in range(back, -1, -1)
    ]  # fmt: skip


def test_the_next_of_a_dose_every_so_many_days() -> None:
    assert next_day(medicine(version(every(14)))) == DAY0 + 14 * DAY
    assert next_day(medicine(version(every(365)))) == DAY0 + 365 * DAY
    assert next_day(medicine(version(every(14))), DAY0 + 14 * DAY) == DAY0 + 28 * DAY


def test_the_next_after_a_pause_however_long() -> None:
    paused = replace(
        version(step(SPLIT_DAY, DAY0 - 7 * DAY)), pauses=(Pause(DosePoint(DAY0), DosePoint(date(2026, 5, 4))),)
    )
    assert next_day(medicine(paused)) == date(2026, 5, 4)
    open_end = replace(paused, pauses=(Pause(DosePoint(DAY0)),))
    assert next_day(medicine(open_end)) is None
    until_evening = replace(paused, pauses=(Pause(DosePoint(DAY0), DosePoint(date(2026, 5, 4), "evening")),))
    assert next_day(medicine(until_evening)) == date(2026, 5, 4)
    evenings = replace(version(step(EVENING, DAY0 - 7 * DAY)), pauses=until_evening.pauses)
    assert next_day(medicine(evenings)) == date(2026, 5, 4)
    mornings = replace(version(step(MORNING, DAY0 - 7 * DAY)), pauses=until_evening.pauses)
    assert next_day(medicine(mornings)) == date(2026, 5, 5)


def test_the_next_at_a_start_years_ahead() -> None:
    assert next_day(medicine(version(step(SPLIT_DAY, date(2031, 1, 1))))) == date(2031, 1, 1)
    late = version(step(EVENING, DosePoint(date(2031, 1, 1), "evening")))
    assert next_day(medicine(late)) == date(2031, 1, 1)


def test_the_next_by_a_projected_step_after_a_stop() -> None:
    between = version(step(SPLIT_DAY, DAY0 - 5 * DAY, 5), step({}, DAY0, 200), step(MORNING), advance=ASK)
    assert next_day(medicine(between)) == DAY0 + 200 * DAY


def test_the_next_by_a_version_that_takes_effect_later() -> None:
    first = version(step({}, DAY0 - DAY))
    second = numbered(version(step(MORNING, DAY0 + 40 * DAY)), 2, DosePoint(DAY0 + 30 * DAY))
    assert next_day(medicine(first, second)) == DAY0 + 40 * DAY


def test_without_doses_to_come_there_is_no_next() -> None:
    stopped = version(step(SPLIT_DAY, DAY0 - 9 * DAY, 5), step({}, DAY0 - 4 * DAY))
    needed = version(advance=AS_NEEDED)
    assert next_day(medicine(stopped)) is None
    assert next_day(medicine(needed)) is None
    assert next_day(medicine(version())) is None


gaps = st.integers(1, 30)


@st.composite
def plans(draw: st.DrawFn) -> Medicine:
    """A medicine with a few steps, pauses and a change of plan, around `DAY0`."""
    versions: list[Version] = []
    for number in range(1, draw(st.integers(1, 2)) + 1):
        begins, steps = DAY0 + draw(st.integers(-40, 40)) * DAY, []
        for _ in range(draw(st.integers(1, 3))):
            asked = draw(st.sampled_from([{}, MORNING, EVENING, SPLIT_DAY]))
            slot = draw(st.sampled_from([None, "morning", "evening"]))
            steps.append(spaced(draw(st.sampled_from([1, 1, 2, 7, 14, 28])), step(asked, DosePoint(begins, slot))))
            begins += draw(gaps) * DAY
        pauses = []
        for _ in range(draw(st.integers(0, 2))):
            start = DAY0 + draw(st.integers(-20, 30)) * DAY
            end = DosePoint(start + draw(gaps) * DAY, draw(st.sampled_from([None, "evening"])))
            pauses.append(Pause(DosePoint(start, draw(st.sampled_from([None, "evening"]))), end))
        in_force_from = (
            DosePoint(date(2000, 1, 1)) if number == 1 else DosePoint(DAY0 + draw(st.integers(-20, 40)) * DAY)
        )
        versions.append(replace(numbered(version(*steps), number, in_force_from), pauses=tuple(pauses)))
    return medicine(*versions)


@given(plans(), st.integers(0, 60))
def test_the_next_is_what_a_walk_from_day_to_day_finds(given_medicine: Medicine, ahead: int) -> None:
    after = DAY0 + ahead * DAY
    walked = (after + n * DAY for n in range(1, 250))
    assert next_day(given_medicine, after) == next(
        (day for day in walked if given_medicine.doses_on(day, DAY0, CALENDAR)), None
    )


def test_a_missed_dose_is_told_of_until_the_next_one_comes() -> None:
    for days in range(1, 7):
        now = at(f"{DAY0 + days * DAY} 09:00")
        assert days_back(weekly(), CALENDAR.date_of(now), CALENDAR) == max(1, days)
        found = missed_dose(over(weekly(), now), "baclofen")
        assert found is not None
        assert found.date == DAY0
    due = at(f"{DAY0 + 7 * DAY} 08:00")
    assert missed_dose(over(weekly(), due), "baclofen") is None, "the next one is due"


def test_what_is_recorded_or_before_splitdose_was_not_missed() -> None:
    now = at(f"{DAY0 + 3 * DAY} 09:00")
    record = intake("skipped", "morning", due=at(f"{DAY0} 08:00"))
    assert missed_dose(over(weekly(), now, record), "baclofen") is None
    early = intake(taken_at=now, day=DAY0 + 7 * DAY, due=at(f"{DAY0 + 7 * DAY} 08:00"))
    later = [*over(weekly(), now), day_of(plan(weekly()), Log([early]), DAY0 + 7 * DAY, now)]
    assert missed_dose(later, "baclofen") is None, "a later one is recorded"
    fresh = medicine(version(every(7)), since=DAY0 + DAY)
    assert missed_dose(over(fresh, now), "baclofen") is None
    assert missed_dose(over(weekly(), now), "other") is None


def test_one_slot_is_asked_for_by_itself() -> None:
    two = medicine(version(step(doses(morning="1 x 20 mg tablet", evening="1 x 20 mg tablet"), DAY0 - 9 * DAY)))
    now = at(f"{DAY0} 06:00")
    taken = intake(slot="evening", taken_at=at(f"{DAY0 - DAY} 18:00"), day=DAY0 - DAY, due=at(f"{DAY0 - DAY} 18:00"))
    days = over(two, now, taken, back=1)
    assert missed_dose(days, "baclofen") is None
    assert newest_past(days, "baclofen") == days[0].doses[1]
    found = missed_dose(days, "baclofen", "morning")
    assert found is not None
    assert (found.date, found.slot.name) == (DAY0 - DAY, "morning")


def test_a_paused_or_stopped_plan_is_not_looked_back_over() -> None:
    today = DAY0 + 5 * DAY
    paused = replace(version(every(7)), pauses=(Pause(DosePoint(DAY0 + DAY), DosePoint(today + DAY)),))
    stopped = version(every(7), step({}, DAY0 + DAY))
    assert days_back(medicine(paused), today, CALENDAR) == 1
    assert days_back(medicine(stopped), today, CALENDAR) == 1
    assert days_back(medicine(version(step(MORNING, DAY0))), today, CALENDAR) == 1


def test_more_than_a_day_ahead_is_far() -> None:
    (dose,) = day_of(plan(weekly()), Log([]), DAY0 + 7 * DAY, at(f"{DAY0} 12:00")).doses
    assert far_ahead(dose, dose.due - DAY - timedelta(seconds=1))
    assert not far_ahead(dose, dose.due - DAY)
    assert not far_ahead(replace(dose, record=intake()), dose.due - 2 * DAY)


def test_a_start_far_ahead_costs_no_more_than_one_tomorrow() -> None:
    far = medicine(version(step({}, DAY0 - DAY), step(MORNING, date(2150, 1, 1))))
    asked: list[date] = []

    class Counted(Medicine):
        def doses_on(self, day: date, today: date, calendar: object) -> Sequence[object]:  # type: ignore[override]
            asked.append(day)
            return super().doses_on(day, today, calendar)  # type: ignore[arg-type]

    assert next_day(Counted(far.name, far.since, far.versions)) == date(2150, 1, 1)
    assert len(asked) < 5
