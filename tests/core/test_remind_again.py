"""What was said is known by the dose and its due instant: over moved slots, zones, plans, undone records and clocks."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.making import (
    DAY0,
    SPLIT_DAY,
    at,
    calendar,
    doses,
    intake,
    medicine,
    numbered,
    plan,
    split_day_plan,
    step,
    version,
)
from splitdose.core.asked import Asked
from splitdose.core.clock import DAY, Calendar, Rules
from splitdose.core.day import Dose, day_of
from splitdose.core.log import Intake, Kind, Log, Record, Void
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import DoseKey, DosePoint, Medicine, Plan, Slot
from splitdose.core.remind import (
    AFTER_UNDO,
    CLAIM_EXPIRES,
    CLOCK_SLACK,
    KEPT,
    LONGEST_LEAD,
    SAID_EARLY,
    Policy,
    Reminder,
    Sent,
    Silence,
    Snooze,
    next_moment,
    passed_unsaid,
    remembered,
    silence,
    snooze_of,
    what_to_say,
)

MINUTE = timedelta(minutes=1)
MORNING = DoseKey("baclofen", DAY0, "morning")
ONCE = {"morning": SPLIT_DAY["morning"]}


def moved_to(wall: time) -> Plan:
    """One dose in the morning at 08:00, moved from a (date, slot) on."""
    first = version(step(ONCE, DAY0 - 7 * DAY), slots=(Slot("morning", time(8)),))
    then = replace(first, slots=(Slot("morning", wall),))
    return plan(medicine(first, numbered(then, 2, DosePoint(DAY0, "morning")), since=DAY0))


class Desk:
    """One process that reminds, and the file it shares.

    Attributes:
        plan: as it stands.
        records: intakes and voids.
        sent: what is on file.
        said: every notice as it was given, for the test alone.
    """

    def __init__(self, given: Plan | None = None, policy: Policy | None = None) -> None:
        self.plan = given or moved_to(time(8))
        self.policy = policy or Policy()
        self.records: list[Record] = []
        self.sent: list[Sent] = []
        self.snoozes: dict[DoseKey, Snooze] = {}
        self.said: list[Sent] = []

    def doses(self, now: datetime) -> list[Dose]:
        today = self.plan.calendar.date_of(now)
        log = Log(self.records)
        return [d for n in (-1, 0, 1) for d in day_of(self.plan, log, today + n * DAY, now).doses]

    def owed(self, now: datetime) -> Reminder | None:
        found = self.doses(now)
        passed = passed_unsaid(found, now)
        return what_to_say(now, found, self.sent, self.snoozes, self.policy, self.plan.calendar, passed=passed)

    def tick(self, now: datetime) -> list[Sent]:
        """What is said now; first what a clock wrote that was set back since is dropped, as every process does."""
        self.sent = [s for s in self.sent if s.at <= now + CLOCK_SLACK]
        self.snoozes = {key: s for key, s in self.snoozes.items() if s.at <= now + CLOCK_SLACK}
        saying = self.owed(now)
        given = saying.given(now, done=True) if saying is not None else []
        self.sent += given
        self.said += given
        return given

    def watch(self, start: str, end: str) -> list[str]:
        """Ask every minute of [start, end); the times at which something was said."""
        found, now = [], at(start)
        while now < at(end):
            if self.tick(now):
                found.append(self.plan.calendar.local(now).strftime("%H:%M"))
            now += MINUTE
        return found

    def record(self, wall: str, *, kind: Kind = "taken", replaces: str | None = None) -> Intake:
        now = at(wall)
        found = replace(intake(taken_at=now, due=at("2023-11-30 08:00"), replaces=replaces), kind=kind)
        self.records.append(found)
        return found

    def undo(self, record: Intake, wall: str) -> None:
        self.records.append(Void(f"v{len(self.records):04}", record.id, at(wall)))


# A dose that gets another time


@pytest.mark.parametrize(
    ("wall", "times"),
    [
        (time(9, 30), ["09:30", "09:40", "09:50", "10:00"]), (time(14), ["14:00", "14:10", "14:20", "14:30"]),
        (time(7, 30), ["08:50", "09:00", "09:10", "09:20"]), (time(8), []),
    ],
)  # fmt: skip
def test_a_dose_that_is_moved_after_all_its_notices_has_them_at_its_new_time(wall: time, times: list[str]) -> None:
    desk = Desk()
    assert desk.watch("2023-11-30 07:30", "2023-11-30 08:50") == ["08:00", "08:10", "08:20", "08:30"]
    desk.plan = moved_to(wall)
    assert desk.watch("2023-11-30 08:50", "2023-11-30 16:00") == times


def test_a_dose_that_is_moved_away_and_back_is_not_said_twice_for_one_time() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:15")
    desk.plan = moved_to(time(14))
    assert desk.watch("2023-11-30 08:15", "2023-11-30 08:45") == []
    desk.plan = moved_to(time(8))
    assert desk.watch("2023-11-30 08:45", "2023-11-30 12:00") == ["08:45", "08:55"]
    assert [s.number for s in desk.said] == [0, 1, 2, 3]


def test_a_zone_that_is_followed_gives_the_dose_its_notices_at_its_time_there() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 09:00")
    desk.plan = replace(desk.plan, calendar=Calendar([Rules(date(2000, 1, 1), "Europe/Berlin"), Rules(DAY0, "UTC")]))
    assert desk.watch("2023-11-30 08:59", "2023-11-30 12:00") == ["08:00", "08:10", "08:20", "08:30"]
    assert {s.due for s in desk.said} == {at("2023-11-30 08:00"), at("2023-11-30 08:00", "UTC")}


def test_another_amount_at_the_same_time_is_no_reason_to_begin_anew() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:12")
    first = desk.plan.medicines[0].versions[0]
    more = replace(first, steps=(step(doses(morning="1/2 x 20 mg tablet"), DAY0 - 7 * DAY),))
    desk.plan = plan(medicine(first, numbered(more, 2, DosePoint(DAY0, "morning")), since=DAY0))
    assert desk.watch("2023-11-30 08:12", "2023-11-30 12:00") == ["08:20", "08:30"]


def test_a_snooze_of_the_old_time_does_not_hold_for_the_new_one() -> None:
    desk = Desk(policy=Policy(repeats=0))
    desk.watch("2023-11-30 07:30", "2023-11-30 08:05")
    dose = next(d for d in desk.doses(at("2023-11-30 08:05")) if d.key == MORNING)
    desk.snoozes[MORNING] = Snooze(MORNING, at("2023-11-30 12:00"), at("2023-11-30 08:05"), dose.due)
    assert snooze_of(dose, desk.snoozes) is not None
    desk.plan = moved_to(time(9))
    assert desk.watch("2023-11-30 08:06", "2023-11-30 13:00") == ["09:00"]
    desk.plan = moved_to(time(14))
    assert desk.watch("2023-11-30 13:00", "2023-11-30 15:00") == ["14:00"], "nor one that was to come before it"


def test_a_moved_dose_that_passed_while_nothing_ran_is_named_once() -> None:
    slots = (Slot("morning", time(8)), Slot("evening", time(18)))
    first = version(step(SPLIT_DAY | {"afternoon": NO_PIECES}, DAY0 - 7 * DAY), slots=slots)
    desk = Desk(plan(medicine(first, since=DAY0)))
    desk.watch("2023-11-30 07:30", "2023-11-30 08:50")
    later = replace(first, slots=(Slot("morning", time(14)), Slot("evening", time(18))))
    desk.plan = plan(medicine(first, numbered(later, 2, DosePoint(DAY0, "morning")), since=DAY0))
    said = desk.tick(at("2023-11-30 18:00"))
    assert [s.key.slot for s in said] == ["morning", "evening"]
    assert [s.key.slot for s in desk.tick(at("2023-11-30 18:10"))] == ["evening"]


def test_what_failed_for_the_old_time_does_not_hold_up_the_new_one() -> None:
    desk = Desk()
    now = at("2023-11-30 09:30")
    dose = next(d for d in desk.doses(now) if d.key == MORNING)
    failed = Sent(MORNING, 0, now - timedelta(seconds=5), done=False, by="me", due=dose.due - MINUTE)
    calendar_ = desk.plan.calendar
    assert what_to_say(now, [dose], [failed], {}, Policy(), calendar_, "me") is not None
    assert what_to_say(now, [dose], [replace(failed, due=dose.due)], {}, Policy(), calendar_, "me") is None


# Documents from before it was kept what a notice was about


def test_what_was_sent_before_its_time_was_kept_counts_for_the_dose_as_it_did() -> None:
    desk = Desk()
    desk.sent = [Sent(MORNING, n, at(f"2023-11-30 08:{n}0"), done=True) for n in range(4)]
    assert desk.watch("2023-11-30 08:31", "2023-11-30 12:00") == []
    snooze = Snooze(MORNING, at("2023-11-30 12:30"), at("2023-11-30 12:01"))
    desk.snoozes[MORNING] = snooze
    assert desk.watch("2023-11-30 12:01", "2023-11-30 13:00") == ["12:30"]


def test_what_was_sent_earlier_than_any_lead_was_not_about_this_time() -> None:
    desk = Desk(moved_to(time(14)))
    early = at("2023-11-30 14:00") - LONGEST_LEAD
    desk.sent = [Sent(MORNING, n, early - MINUTE, done=True) for n in range(4)]
    assert desk.watch("2023-11-30 13:00", "2023-11-30 15:00") == ["14:00", "14:10", "14:20", "14:30"]
    desk.sent = [Sent(MORNING, n, early, done=True) for n in range(4)]
    assert desk.watch("2023-11-30 15:00", "2023-11-30 16:00") == []


def test_what_was_sent_before_an_undo_was_known_does_not_count_after_it() -> None:
    desk = Desk()
    desk.sent = [Sent(MORNING, n, at(f"2023-11-30 08:{n}0"), done=True) for n in range(4)]
    desk.undo(desk.record("2023-11-30 08:31"), "2023-11-30 09:00")
    assert desk.watch("2023-11-30 09:01", "2023-11-30 12:00") == ["09:01", "09:11", "09:21", "09:31"]


# A record that was undone


def test_a_dose_whose_record_was_undone_has_its_notices_again() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:31")
    for taken, undone, times in (
        ("2023-11-30 08:31", "2023-11-30 09:00", ["09:01", "09:11", "09:21", "09:31"]),
        ("2023-11-30 10:00", "2023-11-30 10:05", ["10:06", "10:16", "10:26", "10:36"]),
    ):
        record = desk.record(taken)
        assert desk.watch(taken, undone) == []
        desk.undo(record, undone)
        assert desk.watch(undone, f"2023-11-30 {int(undone[11:13]) + 1}:00") == times


def test_whoever_undoes_a_record_to_make_it_anew_is_left_in_peace() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:05")
    now = at("2023-11-30 08:06")
    desk.undo(desk.record("2023-11-30 08:05"), "2023-11-30 08:06")
    for seconds in range(60):
        assert desk.tick(now + timedelta(seconds=seconds)) == []
    dose = next(d for d in desk.doses(now) if d.key == MORNING)
    assert next_moment(now, [dose], desk.sent, {}, Policy()) == now + AFTER_UNDO
    desk.record("2023-11-30 08:07")
    assert desk.watch("2023-11-30 08:07", "2023-11-30 12:00") == []


def test_an_undo_under_a_clock_that_is_ahead_leads_to_notices_and_no_flood() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:31")
    desk.undo(desk.record("2023-11-30 08:31"), "2023-12-02 09:00")
    assert desk.watch("2023-11-30 09:01", "2023-11-30 12:00") == ["09:01", "09:11", "09:21", "09:31"]


def test_a_record_that_was_undone_before_its_time_changes_nothing() -> None:
    desk = Desk()
    desk.undo(desk.record("2023-11-30 07:10"), "2023-11-30 07:20")
    assert desk.watch("2023-11-30 07:20", "2023-11-30 12:00") == ["08:00", "08:10", "08:20", "08:30"]


def test_a_correction_and_its_undoing_leave_the_dose_recorded_and_silent() -> None:
    desk = Desk()
    desk.watch("2023-11-30 07:30", "2023-11-30 08:05")
    record = desk.record("2023-11-30 08:05")
    corrected = desk.record("2023-11-30 08:20", kind="skipped", replaces=record.id)
    assert desk.watch("2023-11-30 08:20", "2023-11-30 09:00") == []
    desk.undo(corrected, "2023-11-30 09:00")
    assert desk.watch("2023-11-30 09:00", "2023-11-30 10:00") == []
    desk.undo(record, "2023-11-30 10:00")
    assert desk.watch("2023-11-30 10:00", "2023-11-30 10:30") == ["10:01", "10:11", "10:21"]


def test_a_snooze_goes_on_over_a_record_that_was_undone() -> None:
    desk = Desk(policy=Policy(repeats=1))
    desk.watch("2023-11-30 07:30", "2023-11-30 08:05")
    desk.snoozes[MORNING] = Snooze(MORNING, at("2023-11-30 09:00"), at("2023-11-30 08:05"), at("2023-11-30 08:00"))
    desk.undo(desk.record("2023-11-30 08:06"), "2023-11-30 08:07")
    assert desk.watch("2023-11-30 08:07", "2023-11-30 12:00") == ["09:00", "09:10"]


def test_undoing_the_record_of_a_dose_that_has_passed_names_it_only_if_nobody_had() -> None:
    desk = Desk(split_day_plan(since=DAY0))
    desk.watch("2023-11-30 07:30", "2023-11-30 08:05")
    record = desk.record("2023-11-30 08:05")
    desk.tick(at("2023-11-30 13:00"))
    desk.undo(record, "2023-11-30 13:05")
    assert [s.key.slot for s in desk.tick(at("2023-11-30 13:06"))] == []
    early = Desk(split_day_plan(since=DAY0))
    record = early.record("2023-11-30 07:50")
    early.tick(at("2023-11-30 13:00"))
    early.undo(record, "2023-11-30 13:05")
    assert early.tick(at("2023-11-30 13:05")) == []
    assert [s.key.slot for s in early.tick(at("2023-11-30 13:06"))] == ["morning"]


def test_the_log_knows_the_newest_undo_of_a_dose() -> None:
    desk = Desk()
    assert Log(desk.records).undone(MORNING) is None
    first, second = desk.record("2023-11-30 08:01"), desk.record("2023-11-30 08:10")
    desk.undo(second, "2023-11-30 08:20")
    desk.undo(first, "2023-11-30 08:15")
    desk.records.append(Void("vx", "no such record", at("2023-11-30 08:30")))
    found = Log(desk.records).undone(MORNING)
    assert found is not None
    assert found.target == second.id
    assert Log(desk.records).undone(replace(MORNING, slot="evening")) is None


# A clock that was ahead


@pytest.mark.parametrize("ahead", [timedelta(hours=12), DAY, DAY + 10 * MINUTE, 2 * DAY])
def test_a_clock_that_ran_ahead_and_was_set_right_takes_no_notice_from_the_day_it_showed(ahead: timedelta) -> None:
    desk = Desk(policy=Policy(repeats=1))
    right = at("2023-11-30 19:50") if ahead == timedelta(hours=12) else at("2023-11-30 07:50")
    now = right
    while now < right + 60 * MINUTE:
        desk.tick(now + ahead)
        now += MINUTE
    said = len(desk.said)
    assert {s.key.date for s in desk.said} & {DAY0 + DAY, DAY0 + 2 * DAY}, "the days that it showed were spoken of"
    for dose in [d for d in desk.doses(now) if d.open]:
        desk.records.append(intake(slot=dose.slot.name, taken_at=now, day=dose.date, due=dose.due))
    desk.tick(now)  # the clock is right again, and something runs that sees it
    morning = (DAY0 + DAY) if ahead < 2 * DAY else (DAY0 + 2 * DAY)
    times = desk.watch(f"{morning} 07:30", f"{morning} 12:00")
    assert times[-2:] == ["08:00", "08:10"]
    assert [s.number for s in desk.said[said:] if s.key.date == morning] == [0, 1]


def test_a_process_remembers_what_it_gave_a_little_early_and_not_what_a_wrong_clock_gave() -> None:
    now = at("2023-11-30 08:00")
    given = [
        Sent(MORNING, 0, now + by, done=True)
        for by in (-KEPT, -KEPT + MINUTE, timedelta(0), SAID_EARLY, SAID_EARLY + MINUTE, DAY)
    ]
    assert remembered(given, now) == given[1:4]


# Medicines without reminders


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("propranolol", "propranolol"), ("Propranolol", "propranolol"), ("PROPRANOLOL", "propranolol"),
        (" propranolol ", "propranolol"), ("propanolol", None), ("", None), ("Zoë", "Zoë"),
        (unicodedata.normalize("NFD", "ZOË"), "Zoë"), ("STRASSE", "Straße"), ("ﬁlm", "film"),
    ],
)  # fmt: skip
def test_a_name_in_any_case_and_normal_form_is_the_medicine(typed: str, found: str | None) -> None:
    names = ["propranolol", "Zoë", "Straße", "film"]
    expected = Silence(frozenset({found}) if found else frozenset(), () if found else (typed,))
    assert silence([typed], names) == expected
    assert silence([typed], [unicodedata.normalize("NFD", name) for name in names]).unknown == expected.unknown


def test_a_name_that_may_be_two_medicines_silences_the_one_that_is_written_so_or_none() -> None:
    assert silence(["Ab"], ["ab", "Ab"]) == Silence(frozenset({"Ab"}))
    assert silence(["AB"], ["ab", "Ab"]) == Silence(unclear=(("AB", ("ab", "Ab")),))


# Over any path

FIRST = date(2024, 3, 29)
ZONES = ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", "Europe/London")
walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 1200)), st.tuples(st.just("pass"), st.integers(1200, 9000)),
        st.tuples(st.just("sleep"), st.integers(9000, 200_000)), st.tuples(st.just("slew"), st.integers(1, 119)),
        st.tuples(st.just("back"), st.integers(121, 200_000)), st.tuples(st.just("ahead"), st.integers(4, 180_000)),
        st.tuples(st.just("record"), st.integers(1, 3)), st.tuples(st.just("undo"), st.integers(1, 3)),
        st.tuples(st.just("correct"), st.just(0)), st.tuples(st.just("snooze"), st.integers(1, 90)),
        st.tuples(st.just("zone"), st.integers(0, 3)), st.tuples(st.just("amount"), st.integers(0, 1)),
        st.tuples(st.just("move"), st.integers(0, 95)), st.tuples(st.just("unmove"), st.just(0)),
    ),
    min_size=4, max_size=40,
)  # fmt: skip
wishes = st.builds(
    Policy,
    lead=st.sampled_from([timedelta(0), timedelta(0), 15 * MINUTE]),
    repeat_every=st.sampled_from([5 * MINUTE, 10 * MINUTE]),
    repeats=st.integers(0, 4),
    quiet=st.sampled_from([None, None, (time(12, 30), time(13, 30)), (time(22), time(7))]),
)
starts = st.lists(walls, min_size=1, max_size=4, unique=True)


class Life(Desk):
    """A plan that is changed, records that are made and undone, and a clock that is set."""

    def __init__(self, times: list[list[time]], policy: Policy) -> None:
        first = [
            medicine(
                replace(version(step(self._given(found), FIRST - 9 * DAY), slots=self._slots(found)), id=f"m{n} v1"),
                name=f"m{n}",
                since=FIRST - 9 * DAY,
            )
            for n, found in enumerate(times)
        ]
        super().__init__(plan(*first, on=calendar(ZONES[0])), policy)
        self.rules = [Rules(date(2000, 1, 1), ZONES[0])]
        self.now = at("2024-03-29 11:55")

    @staticmethod
    def _slots(times: list[time]) -> tuple[Slot, ...]:
        return tuple(Slot(f"s{n}", wall) for n, wall in enumerate(times))

    def _given(self, times: list[time]) -> dict[str, Pieces]:
        return {slot.name: SPLIT_DAY["morning"] for slot in self._slots(times)}

    def happen(self, what: str, size: int) -> None:
        now = self.now
        found = self.doses(now)
        if what in ("pass", "sleep", "ahead"):
            self.now += timedelta(seconds=size)
        elif what in ("slew", "back"):
            self.now -= timedelta(seconds=size)
        elif what == "record":
            for dose in [d for d in found if d.open][:size]:
                self._fill(dose)
        elif what == "correct":
            for dose in [d for d in found if d.record is not None][:1]:
                self._fill(dose, kind="skipped" if dose.state == "taken" else "taken")
        elif what == "undo":
            log = Log(self.records)
            for _ in range(size):
                record = log.newest_unvoided()
                if record is not None:
                    self.records.append(Void(f"v{len(self.records):06}", record.id, now))
                    log = Log(self.records)
        elif what == "snooze":
            for dose in [d for d in found if d.open]:
                self.snoozes[dose.key] = Snooze(dose.key, now + size * MINUTE, now, dose.due)
        elif what == "zone":
            today = self.plan.calendar.date_of(now)
            self.rules.append(Rules(today, ZONES[size]))
            self.plan = replace(self.plan, calendar=Calendar(self.rules))
        elif what == "unmove":
            first = self.plan.medicines[0]
            if len(first.versions) > 1:
                self._becomes(replace(first, versions=first.versions[:-1]))
        else:
            first = self.plan.medicines[0]
            latest = first.latest
            if what == "move":
                wall = time(size // 4, size % 4 * 15)
                moved = (replace(latest.slots[0], time=wall), *latest.slots[1:])
                changed = replace(latest, slots=moved)
            else:
                amount = SPLIT_DAY["evening" if size else "morning"]
                steps = (replace(latest.steps[0], asked=Asked({slot.name: amount for slot in latest.slots})),)
                changed = replace(latest, steps=steps)
            today = self.plan.calendar.date_of(now)
            closed = {
                d.slot.name for d in found if d.date == today and d.medicine == first.name and d.record is not None
            }
            in_force_from = next(
                (s.name for s, _ in first.slots_on(today, self.plan.calendar) if s.name not in closed), None
            )
            point = DosePoint(today, in_force_from) if in_force_from is not None else DosePoint(today + DAY)
            number = max(v.number for v in first.versions) + 1
            self._becomes(replace(first, versions=(*first.versions, numbered(changed, number, point))))

    def _becomes(self, first: Medicine) -> None:
        self.plan = replace(self.plan, medicines=(first, *self.plan.medicines[1:]))

    def _fill(self, dose: Dose, kind: Kind = "taken") -> None:
        made = intake(
            slot=dose.slot.name, name=dose.medicine, taken_at=self.now, day=dose.date, due=dose.due,
            replaces=dose.record.id if dose.record is not None else None,
        )  # fmt: skip
        self.records.append(replace(made, kind=kind))


@given(st.lists(starts, min_size=1, max_size=2), happenings, wishes)
@example([[time(8)]], [("sleep", 72_300), ("move", 38), ("pass", 5400)], Policy())
@example([[time(8)]], [("ahead", 72_330), ("back", 70_000), ("sleep", 69_980)], Policy(repeats=0))
@example([[time(8)]], [("ahead", 72_330), ("snooze", 90), ("move", 37), ("sleep", 4500)], Policy(repeats=0))
def test_every_due_dose_has_its_notices_at_its_time_and_none_twice(
    times: list[list[time]], happened: list[tuple[str, int]], policy: Policy
) -> None:
    life = Life(times, policy)
    told: Counter[tuple[object, ...]] = Counter()
    believed = life.tick(life.now)
    latest = life.now
    for what, size in happened:
        life.happen(what, size)
        now = life.now
        if now < latest - CLOCK_SLACK:
            told.clear()  # what a clock said that was set back may be said again
            latest = now
        latest = max(latest, now)
        given = life.tick(now)
        believed = [s for s in [*believed, *given] if s.at <= now + CLOCK_SLACK]
        quiet = policy.quiet_at(life.plan.calendar.local(now).time())
        assert not (given and quiet)
        found = {dose.key: dose for dose in life.doses(now)}
        for sent in given:
            assert found[sent.key].record is None
            assert sent.due == found[sent.key].due
            told[sent.key, sent.due, sent.undo, sent.number] += 1
        assert max(told.values(), default=0) <= 1, "twice for one due instant"
        assert life.owed(now) is None, "a second window has nothing to add"
        if quiet:
            continue
        for dose in found.values():
            snooze = snooze_of(dose, life.snoozes)
            put_off = snooze is not None and snooze.until > now
            just_undone = dose.undone is not None and timedelta(0) <= now - dose.undone.recorded_at < AFTER_UNDO
            if dose.open and not put_off and not just_undone:
                undo = dose.undone.id if dose.undone is not None else None
                about = [s.number for s in believed if (s.key, s.due, s.undo) == (dose.key, dose.due, undo)]
                assert about, f"{dose.key} is due and nobody was told"
                assert dose.key in life.snoozes or max(about) <= policy.repeats


def test_the_next_moment_goes_by_the_due_instant_too() -> None:
    desk = Desk()
    now = at("2023-11-30 08:00:05")
    dose = next(d for d in desk.doses(now) if d.key == MORNING)
    given = Sent(MORNING, 0, now, done=True, due=dose.due)
    assert next_moment(now, [dose], [given], {}, Policy()) == now + 10 * MINUTE
    other = replace(dose, due=dose.due + timedelta(seconds=40))
    assert next_moment(now, [other], [given], {}, Policy()) == other.due
    claimed = replace(given, done=None)
    assert next_moment(now, [dose], [claimed], {}, Policy()) == now + CLAIM_EXPIRES
