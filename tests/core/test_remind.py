"""What to say now: over ticks, gaps, clock jumps, records, snoozes and quiet hours."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, SPLIT_DAY, at, calendar, doses, intake, medicine, plan, split_day_plan, step, version
from splitdose.core.clock import DAY, Calendar, Rules
from splitdose.core.day import Dose, day_of
from splitdose.core.log import Log, Record
from splitdose.core.plan import DoseKey, Plan, Slot
from splitdose.core.remind import (
    CLAIM_EXPIRES,
    NAMED_WITHIN,
    RETRY_AFTER,
    Policy,
    Reminder,
    Sent,
    Snooze,
    next_moment,
    passed_unsaid,
    what_to_say,
)

PLAN = split_day_plan()
CALENDAR = calendar()
POLICY = Policy()
MORNING = DoseKey("baclofen", DAY0, "morning")
MINUTE = timedelta(minutes=1)


class Person:
    """A plan being watched: asks at each tick, keeps what was said, and never sleeps."""

    def __init__(self, given: Plan = PLAN, policy: Policy = POLICY) -> None:
        self.plan = given
        self.policy = policy
        self.records: list[Record] = []
        self.sent: list[Sent] = []
        self.snoozes: dict[DoseKey, Snooze] = {}
        self.said: list[tuple[datetime, Reminder]] = []

    def doses(self, now: datetime) -> list[Dose]:
        today = CALENDAR.date_of(now)
        log = Log(self.records)
        return [d for n in (-1, 0, 1) for d in day_of(self.plan, log, today + n * DAY, now).doses]

    def tick(self, now: datetime, *, done: bool | None = True) -> Reminder | None:
        saying = what_to_say(now, self.doses(now), self.sent, self.snoozes, self.policy, CALENDAR)
        if saying is not None:
            self.sent += [Sent(dose.key, number, now, done) for dose, number in saying.doses]
            self.said.append((now, saying))
        return saying

    def record(self, dose: Dose, now: datetime) -> None:
        self.records.append(intake(slot=dose.slot.name, taken_at=now, day=dose.date, due=dose.due))

    def times(self, slot: str = "morning") -> list[str]:
        return [
            now.astimezone(CALENDAR.zone_on(DAY0)).strftime("%H:%M")
            for now, saying in self.said for dose, _ in saying.doses if dose.slot.name == slot
        ]  # fmt: skip


def watch(person: Person, start: str, end: str, every: timedelta = MINUTE) -> None:
    now = at(start)
    while now < at(end):
        person.tick(now)
        now += every


def test_one_notice_at_the_due_time_then_three_ten_minutes_apart() -> None:
    person = Person()
    watch(person, "2023-11-30 07:00", "2023-11-30 12:00")
    assert person.times() == ["08:00", "08:10", "08:20", "08:30"]
    assert [number for _, saying in person.said for _, number in saying.doses] == [0, 1, 2, 3]
    assert not any(saying.summary for _, saying in person.said)


@pytest.mark.parametrize(
    ("policy", "times"),
    [
        (Policy(repeats=0), ["08:00"]), (Policy(repeat_every=5 * MINUTE, repeats=2), ["08:00", "08:05", "08:10"]),
        (Policy(lead=15 * MINUTE, repeats=1), ["07:45", "07:55"]), (Policy(silent=frozenset({"baclofen"})), []),
        (Policy(quiet=(time(7), time(8, 15))), ["08:15", "08:25", "08:35", "08:45"]),
        (Policy(quiet=(time(8, 5), time(8, 25))), ["08:00", "08:25", "08:35", "08:45"]),
        (Policy(quiet=(time(22), time(8, 0))), ["08:00", "08:10", "08:20", "08:30"]),
        (Policy(quiet=(time(8), time(8))), ["08:00", "08:10", "08:20", "08:30"]),
    ],
)  # fmt: skip
def test_all_of_it_can_be_set(policy: Policy, times: list[str]) -> None:
    person = Person(policy=policy)
    watch(person, "2023-11-30 06:00", "2023-11-30 12:00")
    assert person.times() == times


def test_any_record_of_the_slot_cancels() -> None:
    for kind in ("taken", "skipped", "unsure"):
        person = Person()
        watch(person, "2023-11-30 07:00", "2023-11-30 08:05")
        person.records.append(replace(intake(taken_at=at("2023-11-30 08:04")), kind=kind))
        watch(person, "2023-11-30 08:05", "2023-11-30 12:00")
        assert person.times() == ["08:00"]


def test_snooze_moves_only_the_next_notice() -> None:
    person = Person()
    watch(person, "2023-11-30 07:00", "2023-11-30 08:05")
    person.snoozes[MORNING] = Snooze(MORNING, at("2023-11-30 08:35"), at("2023-11-30 08:05"))
    watch(person, "2023-11-30 08:05", "2023-11-30 12:00")
    assert person.times() == ["08:00", "08:35", "08:45", "08:55"]


def test_a_snooze_after_the_last_repeat_gives_one_more() -> None:
    person = Person()
    watch(person, "2023-11-30 07:00", "2023-11-30 09:00")
    person.snoozes[MORNING] = Snooze(MORNING, at("2023-11-30 09:30"), at("2023-11-30 09:00"))
    watch(person, "2023-11-30 09:00", "2023-11-30 12:00")
    assert person.times() == ["08:00", "08:10", "08:20", "08:30", "09:30"]


def test_simultaneous_doses_come_in_one_notice() -> None:
    other = medicine(version(step(doses(morning="1 x 5 mg tablet"), DAY0)), name="other")
    person = Person(plan(*PLAN.medicines, other))
    watch(person, "2023-11-30 07:00", "2023-11-30 08:30")
    assert [[d.medicine for d, _ in saying.doses] for _, saying in person.said] == [["baclofen", "other"]] * 3
    assert not any(saying.summary for _, saying in person.said)


def test_after_a_long_gap_one_summary_and_no_flood() -> None:
    others = [
        medicine(version(step({slot: SPLIT_DAY["morning"]}, DAY0)), name=slot) for slot in ("morning", "afternoon")
    ]
    person = Person(plan(*others))
    person.tick(at("2023-11-30 07:00"))
    saying = person.tick(at("2023-11-30 17:00"))
    assert saying is not None
    assert saying.summary
    assert {d.slot.name for d, _ in saying.doses} == {"morning", "afternoon"}
    assert [person.tick(at("2023-11-30 17:00") + n * timedelta(seconds=1)) for n in range(500)] == [None] * 500


def test_a_late_repeat_of_two_doses_is_no_summary() -> None:
    other = medicine(version(step(doses(morning="1 x 5 mg tablet"), DAY0)), name="other")
    person = Person(plan(*PLAN.medicines, other))
    watch(person, "2023-11-30 08:00", "2023-11-30 09:00", timedelta(seconds=7))
    assert len(person.said) == 4
    assert not any(saying.summary for _, saying in person.said)


def test_a_claim_holds_for_its_time_and_is_then_taken_over_under_its_number() -> None:
    person = Person()
    due = at("2023-11-30 08:00")
    person.tick(due, done=None)
    assert person.tick(due + CLAIM_EXPIRES - timedelta(seconds=1)) is None
    saying = person.tick(due + CLAIM_EXPIRES)
    assert saying is not None
    assert saying.doses[0][1] == 0


def test_another_process_takes_over_a_failed_notice_at_once_and_the_same_one_waits() -> None:
    now = at("2023-11-30 08:00")
    failed = [Sent(MORNING, 0, now, done=False, by="one")]
    due = Person().doses(now + timedelta(seconds=1))

    def asks(me: str, later: timedelta) -> Reminder | None:
        return what_to_say(now + later, due, failed, {}, POLICY, CALENDAR, me)

    assert asks("other", timedelta(seconds=1)) is not None
    assert asks("one", timedelta(seconds=1)) is None
    assert asks("one", timedelta(hours=1)) is not None


def test_a_notice_under_a_wrong_clock_does_not_count() -> None:
    person = Person()
    person.tick(at("2023-11-30 11:00"))
    assert person.tick(at("2023-11-30 08:00")) is not None


def test_the_alarm_of_a_clock_put_back_a_little_does_not_ring_again() -> None:
    person = Person()
    person.tick(at("2023-11-30 08:00"))
    assert person.tick(at("2023-11-30 08:00") - timedelta(seconds=30)) is None
    assert person.tick(at("2023-11-30 08:00") + timedelta(seconds=30)) is None


def test_through_an_autumn_fold_repeats_stay_ten_minutes_apart() -> None:
    start = at("2024-10-27 02:55")  # the first; five minutes later it is 02:00 again
    key = DoseKey("baclofen", DAY0, "night")
    (dose,) = [d for d in Person().doses(at("2023-11-30 08:00")) if d.key == MORNING]
    night = replace(dose, due=start, slot=replace(dose.slot, name="night"))
    sent: list[Sent] = []
    for n in range(60):
        now = start + n * MINUTE
        if what_to_say(now, [night], sent, {}, POLICY, CALENDAR):
            sent.append(Sent(key, len(sent), now, done=True))
    assert [(s.at - start) / MINUTE for s in sent] == [0, 10, 20, 30]


events = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.integers(1, 1800)),
        st.tuples(st.just("gap"), st.integers(1800, 40_000)),
        st.tuples(st.just("record"), st.integers(0, 2)),
        st.tuples(st.just("snooze"), st.integers(1, 60)),
    ),
    min_size=5,
    max_size=60,
)
policies = st.builds(
    Policy,
    repeat_every=st.sampled_from([5 * MINUTE, 10 * MINUTE]),
    repeats=st.integers(0, 4),
    quiet=st.sampled_from([None, (time(12, 30), time(13, 30)), (time(22), time(7)), (time(7), time(9))]),
)


@given(events, policies)
def test_forward_in_time_every_promise_holds(happened: list[tuple[str, int]], policy: Policy) -> None:
    person = Person(policy=policy)
    now = at("2023-11-30 05:00")
    snoozed: dict[DoseKey, int] = {}
    for what, size in happened:
        before = len(person.said)
        if what in ("tick", "gap"):
            now += timedelta(seconds=size)
            saying = person.tick(now)
            quiet = policy.quiet_at(CALENDAR.local(now).time())
            assert saying is None or not quiet
            given_to = {s.key for s in person.sent}
            # Whatever is open has been spoken of, unless it is quiet or put off.
            for dose in person.doses(now):
                if dose.open and not quiet and dose.key not in person.snoozes:
                    assert dose.key in given_to
            assert person.tick(now) is None  # a second window has nothing left to say
            assert len(person.said) - before <= 1
        elif what == "record":
            for dose in [d for d in person.doses(now) if d.open][:size]:
                person.record(dose, now)
        else:
            for dose in [d for d in person.doses(now) if d.open]:
                person.snoozes[dose.key] = Snooze(dose.key, now + size * MINUTE, now)
                snoozed[dose.key] = snoozed.get(dose.key, 0) + 1
    recorded = {r.key: r.recorded_at for r in Log(person.records).intakes.values()}
    for sent in person.sent:
        assert sent.key not in recorded or sent.at <= recorded[sent.key]
    for key in {s.key for s in person.sent}:
        times = sum(s.key == key for s in person.sent)
        assert times <= 1 + policy.repeats + snoozed.get(key, 0)


@given(st.lists(st.integers(-7200, 7200), min_size=3, max_size=40), policies.map(lambda p: replace(p, quiet=None)))
def test_however_the_clock_jumps(jumps: list[int], policy: Policy) -> None:
    person = Person(policy=policy)
    now, back = at("2023-11-30 07:30"), 0
    for jump in jumps:
        back += jump < 0
        now += timedelta(seconds=jump)
        person.tick(now)
        for dose in person.doses(now):
            if dose.open:
                assert any(s.key == dose.key and s.counts(now) for s in person.sent)
        for key in {s.key for s in person.sent}:
            counted = [s for s in person.sent if s.key == key and s.counts(now)]
            assert len({s.number for s in counted}) <= 1 + policy.repeats
            assert sum(s.key == key for s in person.sent) <= (1 + policy.repeats) * (1 + back)


@pytest.mark.parametrize(
    ("wall", "quiet"), [(time(21, 59), False), (time(22), True), (time(0), True), (time(6, 59), True), (time(7), False)]
)
def test_quiet_hours_past_midnight(wall: time, quiet: bool) -> None:
    assert Policy(quiet=(time(22), time(7))).quiet_at(wall) == quiet


# What has passed before anybody was told of it


def say(person: Person, now: datetime, policy: Policy | None = None) -> Reminder | None:
    """Ask as a process does, with what has passed, and keep what was said."""
    doses = person.doses(now)
    saying = what_to_say(
        now, doses, person.sent, person.snoozes, policy or person.policy, CALENDAR, passed=passed_unsaid(doses, now)
    )
    if saying is not None:
        person.sent += [Sent(dose.key, number, now, True) for dose, number in saying.doses]
    return saying


def names(saying: Reminder | None) -> list[tuple[str, str]]:
    return [(dose.slot.name, dose.state) for dose, _ in saying.doses] if saying is not None else []


def test_what_passed_unsaid_is_named_once_with_what_is_due() -> None:
    person = Person(split_day_plan(since=DAY0))
    saying = say(person, at("2023-11-30 18:30"))
    assert names(saying) == [("morning", "unrecorded"), ("afternoon", "unrecorded"), ("evening", "due")]
    assert saying is not None
    assert saying.summary
    assert names(say(person, at("2023-11-30 18:40"))) == [("evening", "due")]


def test_what_was_spoken_of_while_it_was_open_is_not_named_again() -> None:
    person = Person(split_day_plan(since=DAY0))
    assert names(say(person, at("2023-11-30 12:59"))) == [("morning", "late")]
    assert names(say(person, at("2023-11-30 13:00"))) == [("afternoon", "due")]


def test_what_passed_long_ago_before_the_set_up_or_before_a_moment_is_no_news() -> None:
    doses = Person(split_day_plan(since=DAY0)).doses(at("2023-12-01 07:00"))
    assert [d.slot.name for d in passed_unsaid(doses, at("2023-12-01 07:00"))] == ["morning", "afternoon", "evening"]
    assert [d.slot.name for d in passed_unsaid(doses, at("2023-12-01 07:00"), at("2023-11-30 13:00"))] == [
        "afternoon", "evening",
    ]  # fmt: skip
    assert passed_unsaid(doses, at("2023-11-30 18:00") + NAMED_WITHIN) == []
    before = Person(split_day_plan(since=DAY0)).doses(at("2023-11-30 07:00"))
    assert passed_unsaid(before, at("2023-11-30 07:00")) == []


def test_quiet_hours_keep_what_passes_in_them_for_their_end() -> None:
    person = Person(split_day_plan(since=DAY0), Policy(quiet=(time(7), time(13, 30))))
    assert say(person, at("2023-11-30 13:29")) is None
    assert names(say(person, at("2023-11-30 13:30"))) == [("morning", "unrecorded"), ("afternoon", "due")]


def test_what_the_end_of_the_day_closes_in_quiet_hours_is_named_once_at_their_end() -> None:
    person = Person(split_day_plan(since=DAY0), Policy(quiet=(time(17), time(7))))
    for slot in ("morning", "afternoon"):
        dose = next(d for d in person.doses(at("2023-11-30 16:00")) if d.slot.name == slot and d.date == DAY0)
        person.record(dose, dose.due)
    for wall in ("2023-11-30 18:00", "2023-12-01 03:59", "2023-12-01 04:00", "2023-12-01 06:59"):
        assert say(person, at(wall)) is None
    saying = say(person, at("2023-12-01 07:00"))
    assert names(saying) == [("evening", "unrecorded")]
    assert saying is not None
    assert saying.summary
    for wall in ("2023-12-01 07:01", "2023-12-01 07:10", "2023-12-01 07:59"):
        assert say(person, at(wall)) is None, "too late to take it as planned: it is named once"
    assert names(say(person, at("2023-12-01 08:00"))) == [("morning", "due")]


def test_what_was_said_before_the_quiet_hours_in_which_it_closes_is_not_named_again() -> None:
    person = Person(split_day_plan(since=DAY0), Policy(quiet=(time(8, 5), time(13, 30))))
    assert names(say(person, at("2023-11-30 08:00"))) == [("morning", "due")]
    assert say(person, at("2023-11-30 13:29")) is None
    assert names(say(person, at("2023-11-30 13:30"))) == [("afternoon", "due")]


def test_what_was_recorded_in_the_quiet_hours_is_not_named_at_their_end() -> None:
    person = Person(split_day_plan(since=DAY0), Policy(quiet=(time(7), time(13, 30))))
    morning = next(d for d in person.doses(at("2023-11-30 09:00")) if d.key == MORNING)
    person.record(morning, at("2023-11-30 09:00"))
    assert names(say(person, at("2023-11-30 13:30"))) == [("afternoon", "due")]


def test_a_snoozed_dose_that_passes_is_named_when_it_was_asked_for() -> None:
    person = Person(split_day_plan(since=DAY0))
    say(person, at("2023-11-30 12:55"))
    person.snoozes[MORNING] = Snooze(MORNING, at("2023-11-30 13:05"), at("2023-11-30 12:56"))
    assert names(say(person, at("2023-11-30 13:00"))) == [("afternoon", "due")]
    assert names(say(person, at("2023-11-30 13:05"))) == [("morning", "unrecorded")]
    assert say(person, at("2023-11-30 13:06")) is None


def test_repeats_do_not_drift_from_tick_to_tick() -> None:
    person = Person()
    now = at("2023-11-30 08:00")
    for _ in range(4):
        assert person.tick(now + timedelta(milliseconds=700)) is not None
        now += 10 * MINUTE
        assert person.tick(now - timedelta(milliseconds=1)) is None


def test_the_next_moment_is_when_something_may_be_owed_within_a_minute() -> None:
    due = at("2023-11-30 08:00")
    doses = [d for d in Person().doses(due) if d.key == MORNING]

    def moment(*sent: Sent, snooze: Snooze | None = None) -> datetime | None:
        return next_moment(due + timedelta(seconds=6), doses, sent, {MORNING: snooze} if snooze else {}, POLICY)

    given = Sent(MORNING, 0, due + timedelta(seconds=5), done=True)
    assert moment(given) == given.at + 10 * MINUTE
    assert moment(replace(given, done=None)) == given.at + CLAIM_EXPIRES
    assert moment(replace(given, done=False)) == given.at + RETRY_AFTER
    later = Snooze(MORNING, due + timedelta(seconds=42), due + timedelta(seconds=6))
    assert moment(given, snooze=later) == later.until
    assert moment(*[replace(given, number=n) for n in range(4)]) is None


walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


@st.composite
def random_plans(draw: st.DrawFn) -> Plan:
    """Up to three medicines, each with up to five slots at any time of day, in a zone whose clocks change."""
    zone = draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
    medicines = []
    for number in range(draw(st.integers(1, 3))):
        times = draw(st.lists(walls, min_size=1, max_size=5, unique=True))
        slots = tuple(Slot(f"s{n}", wall) for n, wall in enumerate(times))
        given = {slot.name: SPLIT_DAY["morning"] for slot in slots}
        made = version(step(given, FIRST_DAY - timedelta(days=9)), slots=slots)
        medicines.append(medicine(made, name=f"m{number}", since=FIRST_DAY - timedelta(days=9)))
    return plan(*medicines, on=calendar(zone))


FIRST_DAY = date(2024, 3, 29)
clock_paths = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 3600)), st.tuples(st.just("sleep"), st.integers(3600, 200_000)),
        st.tuples(st.just("back"), st.integers(1, 90_000)), st.tuples(st.just("record"), st.integers(0, 3)),
        st.tuples(st.just("zone"), st.integers(0, 2)),
    ),
    min_size=3, max_size=30,
)  # fmt: skip


@given(random_plans(), clock_paths, policies)
def test_any_plan_over_any_path_of_the_clock(given_plan: Plan, steps: list[tuple[str, int]], policy: Policy) -> None:
    """Every due dose leads to a notice while anything runs; none after it was recorded; none twice by policy."""
    now = at("2024-03-29 12:00")
    records: list[Record] = []
    sent: list[Sent] = []
    backs = 0
    recorded: set[DoseKey] = set()
    for what, size in steps:
        doses = _around(given_plan, records, now)
        if what in ("pass", "sleep"):
            now += timedelta(seconds=size)
        elif what == "back":
            now -= timedelta(seconds=size)
            backs += 1
        elif what == "zone":
            today = given_plan.calendar.date_of(now)
            zone = ("Asia/Tokyo", "America/Los_Angeles", "Europe/London")[size]
            rules = [r for r in _rules(given_plan) if r.since < today]
            given_plan = replace(given_plan, calendar=Calendar([*rules, Rules(today, zone)]))
            backs += 1
        else:
            for dose in [d for d in doses if d.open][:size]:
                records.append(
                    intake(slot=dose.slot.name, name=dose.medicine, taken_at=now, day=dose.date, due=dose.due)
                )
                recorded.add(dose.key)
        doses = _around(given_plan, records, now)
        passed = passed_unsaid(doses, now)
        saying = what_to_say(now, doses, sent, {}, policy, given_plan.calendar, passed=passed)
        quiet = policy.quiet_at(given_plan.calendar.local(now).time())
        assert not (quiet and saying is not None)
        if saying is not None:
            assert not recorded & {dose.key for dose, _ in saying.doses}
            assert len({dose.key for dose, _ in saying.doses}) == len(saying.doses)
            sent += [Sent(dose.key, number, now, True) for dose, number in saying.doses]
        if not quiet:
            told = {s.key for s in sent}
            assert all(dose.key in told for dose in [*passed, *doses] if dose.open or dose in passed)
        again = what_to_say(now, doses, sent, {}, policy, given_plan.calendar, passed=passed)
        assert again is None
    for key in {s.key for s in sent}:
        assert sum(s.key == key for s in sent) <= (1 + policy.repeats) * (1 + backs)


def _around(given_plan: Plan, records: list[Record], now: datetime) -> list[Dose]:
    today = given_plan.calendar.date_of(now)
    return [d for n in (-1, 0, 1) for d in day_of(given_plan, Log(records), today + n * DAY, now).doses]


def _rules(given_plan: Plan) -> list[Rules]:
    found = [given_plan.calendar.rules_on(FIRST_DAY + n * DAY) for n in range(-40, 400)]
    return list({rule.since: rule for rule in found}.values())
