"""Reminding through the store: claims that processes share, and what happens when nothing can be saved or read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitdose.core.remind import CLAIM_EXPIRES, KEPT, NAMED_WITHIN, Policy
from splitdose.session import Session
from splitdose.session.reminders import Claim
from splitdose.store import CannotRead
from support.app import Scenario, at, three_a_day

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data")


def give(session: Session, *, reached: bool = True) -> str | None:
    """What a process says now, if it is owed anything; it reaches the person unless told otherwise."""
    claim = session.reminders.claim()
    if claim is None:
        return None
    session.reminders.settle(claim, reached=reached)
    return f"{claim.text.title}\n{claim.text.body}".strip()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow: what a disk says that is full, as near as a process gets to it."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_two_processes_give_a_notice_once(world: Scenario) -> None:
    one, two = world.session(), world.session()
    world.clock.set("2023-11-30 08:00")
    assert give(one) == "morning 08:00: baclofen 5 mg\nA quarter of one 20 mg tablet. Due now."
    assert give(two) is None
    world.clock.advance(minutes=10)
    assert give(two) is not None
    assert give(one) is None


def test_a_claim_of_a_killed_process_is_taken_over(world: Scenario) -> None:
    killed, other = world.session(), world.session()
    world.clock.set("2023-11-30 08:00")
    assert killed.reminders.claim() is not None
    assert give(other) is None
    world.clock.now += CLAIM_EXPIRES
    assert give(other) is not None
    assert give(other) is None


def test_a_failed_notice_goes_to_another_process_at_once_and_back_after_a_minute(world: Scenario) -> None:
    failing, other = world.session(), world.session()
    world.clock.set("2023-11-30 08:00")
    assert give(failing, reached=False) is not None
    assert give(failing) is None
    assert give(other, reached=False) is not None
    world.clock.advance(seconds=59)
    assert give(failing) is None
    world.clock.advance(seconds=1)
    assert give(failing) is not None


def test_what_was_slept_through_comes_in_one_summary(world: Scenario) -> None:
    session = world.session()
    assert give(session) is None
    world.clock.set("2023-11-30 18:30")
    said = give(session)
    assert said is not None
    assert said.splitlines() == [
        "2 doses are due, 2 have no record",
        "morning 08:00: baclofen 5 mg, a quarter of one 20 mg tablet; no record",
        "afternoon 13:00: baclofen 5 mg, a quarter of one 20 mg tablet; no record",
        "evening 18:00: baclofen 10 mg, half of one 20 mg tablet; due, 30 min ago",
        "evening 18:00: diazepam 8 mg, four 2 mg tablets; due, 30 min ago",
    ]
    world.clock.advance(minutes=10)
    said = give(session)
    assert said is not None
    assert said.splitlines()[0] == "2 doses are due", "what has passed is named once"


def test_a_dose_that_passed_alone_is_named_and_one_that_was_spoken_of_is_not(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2023-11-30 18:00")
    assert give(session) is not None
    world.clock.set("2023-12-01 04:30")
    assert give(session) is None, "both evening doses had a notice while they were open"
    world.clock.set("2023-12-02 04:30")
    said = give(session)
    assert said is not None
    assert said.splitlines()[0] == "4 doses have no record"
    assert said.splitlines()[1].startswith("Fri 1 Dec morning 08:00: baclofen 5 mg")
    assert give(session) is None


def test_nothing_from_before_the_set_up_is_named(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-30 14:00")
    session = world.session()
    assert give(session) is not None, "the afternoon dose is due"
    world.clock.set("2023-11-30 14:05")
    assert give(session) is None


def test_quiet_hours_end_with_one_notice_that_also_names_what_passed_in_them(world: Scenario) -> None:
    session = world.session()
    session.reminders.policy = Policy(quiet=(time(7), time(13, 5)))
    for wall in ("08:00", "08:30", "13:00", "13:04"):
        world.clock.set(f"2023-11-30 {wall}")
        assert give(session) is None
    world.clock.set("2023-11-30 13:05")
    said = give(session)
    assert said is not None
    assert said.splitlines()[0] == "1 dose is due, 1 has no record"
    assert give(session) is None


def test_a_snooze_is_kept_although_the_dose_passes(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2023-11-30 12:55")
    assert give(session) is not None
    dose = next(d for d in session.reader.open_doses() if d.slot.name == "morning")
    session.reminders.snooze(dose, 20 * MINUTE)
    world.clock.set("2023-11-30 13:00")
    said = give(session)
    assert said is not None
    assert said.startswith("afternoon 13:00")
    world.clock.set("2023-11-30 13:15")
    said = give(session)
    assert said is not None
    assert "morning 08:00: baclofen 5 mg, a quarter of one 20 mg tablet; no record" in said
    world.clock.set("2023-11-30 13:16")
    assert give(session) is None


def test_recorded_meanwhile_is_not_reminded_of(world: Scenario) -> None:
    session, shell = world.session(), world.session()
    world.clock.set("2023-11-30 08:00")
    assert session.reminders.due_notice() is not None
    dose = shell.reader.open_doses()[0]
    shell.record.take(dose.key)
    assert give(session) is None
    world.clock.set("2023-11-30 13:00")
    assert give(session) is not None


def test_discreet_summaries_name_nothing(world: Scenario) -> None:
    session = world.session()
    session.reminders.policy = Policy(discreet=True)
    world.clock.set("2023-11-30 18:30")
    said = give(session)
    assert said is not None
    for word in ("baclofen", "diazepam", "mg", "tablet", "evening"):
        assert word not in said


def test_a_lead_time_says_when(world: Scenario) -> None:
    session = world.session()
    session.reminders.policy = Policy(lead=15 * MINUTE)
    world.clock.set("2023-11-30 17:44")
    session.record.take(next(d.key for d in session.reader.open_doses()))
    give(session)
    world.clock.set("2023-11-30 17:45")
    said = give(session)
    assert said is not None
    assert said.splitlines()[0] == "2 doses come up"
    assert said.splitlines()[1].endswith("in 15 min")


# When nothing can be saved, or read


def test_on_a_full_disk_each_process_gives_it_once_and_there_is_no_flood(world: Scenario) -> None:
    one, two = world.session(), world.session()
    world.clock.set("2023-11-30 08:00")
    with full_disk():
        assert give(one) is not None
        assert one.reminders.trouble.startswith("not saved")
        assert give(two) is not None, "rather a duplicate than a miss"
        for _ in range(100):
            world.clock.advance(seconds=5)
            assert give(one) is None
            assert give(two) is None
        world.clock.set("2023-11-30 08:10")
        assert give(one) is not None
    world.clock.set("2023-11-30 08:20")
    assert give(one) is not None
    assert one.reminders.trouble == "", "it is over, and says so"


def test_a_result_that_cant_be_saved_is_remembered(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2023-11-30 08:00")
    claim = session.reminders.claim()
    assert claim is not None
    with full_disk():
        session.reminders.settle(claim, reached=True)
    for _ in range(20):
        world.clock.advance(seconds=20)
        assert give(session) is None


def test_a_lock_held_by_a_stopped_process_delays_and_loses_nothing(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2023-11-30 08:00")
    with world.session().reader.store.locked():
        assert give(session) is not None
        assert give(session) is None
    assert "holds" in session.reminders.trouble


def test_a_state_that_cant_be_read_or_understood_stops_no_reminder(world: Scenario) -> None:
    session = world.session()
    state = world.folder / "state.jsonl"
    world.clock.set("2023-11-30 08:00")
    state.mkdir()
    assert give(session) is not None
    assert give(session) is None
    assert session.reminders.trouble
    state.rmdir()
    session.reader.store.put("state", "sent", {"id": "x", "dose": 5})
    session.reader.store.put("state", "snoozes", {"id": "y"})
    world.clock.set("2023-11-30 08:10")
    assert give(session) is not None


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_a_plan_that_cant_be_read_is_no_reason_to_say_nothing(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2023-11-30 08:00")
    plan = world.folder / "plan.jsonl"
    plan.rename(world.folder / "gone")
    plan.mkdir()
    with pytest.raises(CannotRead):
        session.reminders.claim()
    plan.rmdir()
    (world.folder / "gone").rename(plan)
    assert give(session) is not None


def test_what_is_old_is_forgotten_and_named_no_second_time(world: Scenario) -> None:
    assert NAMED_WITHIN < KEPT
    session = world.session()
    world.clock.set("2023-11-30 08:00")
    give(session)
    world.clock.advance(days=1, hours=12)
    give(session)
    before = len(session.reader.store.documents("state", "sent"))
    world.clock.advance(days=1)
    session.reminders.forget_old(world.clock())
    assert 0 < len(session.reader.store.documents("state", "sent")) < before
    said = give(session)
    assert said is not None
    assert "30 Nov" not in said


# Over any path of the clock: what is cached never hides what is owed

PATHS = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 40
"""Each writes to a data folder of its own, so that a run takes a tenth of a second or two."""

path = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 1500)),
        st.tuples(st.just("sleep"), st.integers(1500, 60_000)),
        st.tuples(st.just("back"), st.integers(1, 7200)),
        st.tuples(st.just("record"), st.just(0)),
        st.tuples(st.just("snooze"), st.integers(1, 40)),
        st.tuples(st.just("restart"), st.integers(0, 1)),
        st.tuples(st.just("kill"), st.integers(0, 1)),
        st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("zone"), st.sampled_from([0, 1])),
    ),
    min_size=4,
    max_size=25,
)
policies = st.builds(
    Policy,
    repeats=st.integers(0, 3),
    quiet=st.sampled_from([None, None, (time(12, 30), time(13, 30)), (time(22), time(7))]),
)


@settings(max_examples=PATHS, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(path, policies)
def test_two_processes_over_any_path_of_the_clock(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], policy: Policy
) -> None:
    """Every due dose leads to a notice while anything runs; none after it was recorded; none twice by policy."""
    world = three_a_day(tmp_path_factory.mktemp("path") / "data")
    pair = [world.session(), world.session()]
    zones = ("Europe/Berlin", "Asia/Tokyo")
    for session in pair:
        session.reminders.policy = policy
    said: dict[object, int] = {}
    backs = snoozed = doubled = 0
    recorded: set[object] = set()
    for what, size in steps:
        if what in ("pass", "sleep"):
            world.clock.advance(seconds=size)
        elif what == "back":
            world.clock.advance(seconds=-size)
            backs += 1
        elif what == "record":
            for dose in pair[0].reader.open_doses():
                pair[0].record.take(dose.key)
                recorded.add(dose.key)
        elif what == "snooze":
            for dose in pair[0].reader.open_doses():
                pair[0].reminders.snooze(dose, size * MINUTE)
                snoozed += 1
        elif what == "restart":
            pair[size] = world.session()
            pair[size].reminders.policy = policy
        elif what == "kill":
            pair[size].reminders.claim()  # promised, and never given
            pair[size] = world.session()
            pair[size].reminders.policy = policy
            world.clock.now += CLAIM_EXPIRES
        elif what == "fail":
            claim = pair[0].reminders.claim()
            if claim is not None:
                pair[0].reminders.settle(claim, reached=False)
        elif what == "zone":
            for session in pair:
                session.reader.machine_zone = zones[size]
            pair[0].plans.answer_zone(follow=True)
            backs += 1  # the same slots come at other instants
        now = world.clock()
        claims: list[Claim] = []
        for session in pair if what != "fail" else reversed(pair):
            claim = session.reminders.claim()
            if claim is not None:
                session.reminders.settle(claim, reached=True)
                claims.append(claim)
        assert len(claims) <= 1, "what one has given the other has nothing to add to"
        for claim in claims:
            for dose, _ in claim.reminder.doses:
                assert dose.key not in recorded
                said[dose.key] = said.get(dose.key, 0) + 1
                doubled = max(doubled, said[dose.key])
        fresh = world.session()
        quiet = policy.quiet_at(fresh.reader.calendar.local(now).time())
        put_off = fresh.reminders.snoozes()
        for dose in fresh.reader.open_doses():
            if not quiet and dose.key not in put_off and what != "fail":
                assert said.get(dose.key), f"{dose.key} is due and nobody was told at {now}"
    assert doubled <= (1 + policy.repeats + snoozed) * (1 + backs)


def test_a_cached_nothing_ends_with_the_minute_a_file_a_repeat_or_a_step_of_the_clock(world: Scenario) -> None:
    session = world.session()

    def owed(wall: str) -> bool:
        world.clock.now = at(wall)
        return session.reminders.due_notice() is not None

    assert not owed("2023-11-30 07:59:58")
    assert not owed("2023-11-30 07:59:59")
    assert owed("2023-11-30 08:00:00")
    world.clock.now = datetime.fromisoformat("2023-11-30T08:00:05.500000+01:00")
    give(session)
    assert not owed("2023-11-30 08:10:00")
    assert not owed("2023-11-30 08:10:04")
    assert owed("2023-11-30 08:10:05"), "a repeat is owed inside a minute"
    give(session)
    assert not owed("2023-11-30 08:10:06")
    dose = world.session().reader.open_doses()[0]
    world.session().reminders.snooze(dose, timedelta(seconds=20))
    assert not owed("2023-11-30 08:10:07")
    assert owed("2023-11-30 08:10:28"), "another window's snooze is seen"
    assert not owed("2023-11-30 08:10:04")
    world.session().record.take(dose.key)
    assert not owed("2023-11-30 08:10:30")
