"""Reminders of doses that move, of records that are undone, and under clocks that are set: on real folders."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from splitdose.core.day import Dose
from splitdose.core.plan import DoseKey
from splitdose.core.remind import (
    AFTER_UNDO,
    CLAIM_EXPIRES,
    CLOCK_SLACK,
    SAID_EARLY,
    Policy,
    Sent,
    Snooze,
    remembered,
    snooze_of,
)
from splitdose.planfile import parse_plan
from splitdose.session import Claim, Refused, Session
from splitdose.store.codecs import read_sent, read_snooze, sent_document, snooze_document, version_document
from support.app import Scenario, SettableClock, at

MINUTE = timedelta(minutes=1)
DAY = date(2024, 1, 10)
MORNING = DoseKey("propranolol", DAY, "morning")
PLAN = """\
[[medicine]]
name = "{name}"
advance = "on date"
{slots}
  [[medicine.product]]
  name = "40 mg tablet"
  strength = "40 mg"
  form = "tablet"
  smallest = "1/2"

  [[medicine.step]]
{start}{doses}
"""


def plan_text(*walls: str, amount: str = "1", name: str = "propranolol", start: date | None = None) -> str:
    """A medicine with a dose at each of some times: morning, noon, night as far as there are any."""
    slots = dict(zip(("morning", "noon", "night"), walls, strict=False))
    return PLAN.format(
        name=name,
        slots="\n  [medicine.slots]\n" + "".join(f'  {slot} = "{wall}"\n' for slot, wall in slots.items()),
        start=f"  start = {start}\n" if start else "",
        doses="\n".join(f'  {slot} = "{amount} x 40 mg tablet"' for slot in slots),
    )


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """One dose a day at eight, imported at seven."""
    made = Scenario(tmp_path / "data", SettableClock(at("2024-01-10 07:00")))
    made.plan(plan_text("08:00"))
    return made


def give(session: Session) -> list[str]:
    """What a process says now, as one that runs does: first it drops what a clock wrote that was set back since."""
    reminders = session.reminders
    reminders.due_notice()
    if reminders.must_forget(session.reader.now()):
        reminders.forget_old(session.reader.now())
    claim = reminders.claim()
    if claim is None:
        return []
    reminders.settle(claim, reached=True)
    return [f"{dose.medicine} {dose.slot.name}" for dose, _ in claim.reminder.doses]


def said_at(session: Session, world: Scenario, day: str, *walls: str) -> list[str]:
    """At which of some times of a day a process says something."""
    found = []
    for wall in walls:
        world.clock.set(f"{day} {wall}")
        if give(session):
            found.append(wall)
    return found


FOUR = ("08:00", "08:10", "08:20", "08:30", "08:40")


@pytest.mark.parametrize("other", [False, True])
def test_a_dose_that_an_import_moves_after_four_notices_has_them_at_its_new_time(world: Scenario, other: bool) -> None:
    session = world.session()
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    world.clock.set("2024-01-10 08:50")
    world.plan(plan_text("09:30"))
    asked = world.session() if other else session
    assert said_at(asked, world, "2024-01-10", "09:29", "09:30", "09:40", "09:50", "10:00", "10:10") == [
        "09:30", "09:40", "09:50", "10:00",
    ]  # fmt: skip
    assert give(session if other else world.session()) == []


def test_a_plan_change_that_is_undone_brings_no_notice_twice(world: Scenario) -> None:
    session = world.session()
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    world.plan(plan_text("14:00"))
    session.plans.undo("propranolol")
    assert said_at(session, world, "2024-01-10", "08:41", "09:00", "14:00") == []


def test_a_zone_that_is_followed_moves_the_notices_with_the_dose(world: Scenario) -> None:
    session = world.session()
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    session.reader.machine_zone = "America/New_York"
    session.plans.answer_zone(follow=True)
    assert said_at(session, world, "2024-01-10", "13:59", "14:00", "14:10") == ["14:00", "14:10"]


def test_a_dose_whose_record_was_undone_has_its_notices_again_in_every_process(world: Scenario) -> None:
    session, shell = world.session(), world.session()
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    record = shell.record.take(MORNING)
    assert give(session) == []
    world.clock.set("2024-01-10 09:00")
    shell.record.undo(record.id)
    assert give(session) == []
    world.clock.advance(seconds=59)
    assert give(session) == []
    world.clock.advance(seconds=1)
    assert give(session) == ["propranolol morning"]
    assert give(world.session()) == []
    assert said_at(world.session(), world, "2024-01-10", "09:10", "09:11", "09:21", "09:31", "09:41") == [
        "09:11", "09:21", "09:31",
    ]  # fmt: skip
    # Skipped instead: that is a record too, and its correction is one.
    world.clock.set("2024-01-10 09:45")
    shell.record.skip(MORNING)
    shell.record.take(MORNING, allow={"recorded"})
    assert said_at(session, world, "2024-01-10", "09:50", "10:30") == []
    shell.record.undo()
    assert give(session) == []


def test_a_snooze_of_a_dose_that_is_moved_is_neither_shown_nor_kept(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2024-01-10 08:00")
    give(session)
    session.reminders.snooze(session.reader.open_doses()[0], timedelta(hours=3))
    assert session.reminders.snoozed_until(session.reader.open_doses()[0]) == at("2024-01-10 11:00")
    world.plan(plan_text("09:00"))
    world.clock.set("2024-01-10 09:00")
    (dose,) = session.reader.open_doses()
    assert session.reminders.snoozed_until(dose) is None
    assert give(session) == ["propranolol morning"]


# What the program kept before it knew the due instant


def test_a_state_of_an_earlier_version_is_read_and_counts(world: Scenario) -> None:
    store = world.session().reader.store
    for number, wall in enumerate(FOUR[:4]):
        document = sent_document(Sent(MORNING, number, at(f"2024-01-10 {wall}"), done=True), f"sent{number}")
        store.put("state", "sent", {name: value for name, value in document.items() if name not in ("due", "undo")})
    snooze = snooze_document(Snooze(MORNING, at("2024-01-10 09:30"), at("2024-01-10 08:35")), "snooze")
    del snooze["due"]
    store.put("state", "snoozes", snooze)
    assert said_at(world.session(), world, "2024-01-10", "08:45", "09:29", "09:30", "09:40") == ["09:30"]


def test_what_is_kept_comes_back_as_it_was() -> None:
    now = at("2024-01-10 08:00")
    for sent in (Sent(MORNING, 2, now, True, "w", now, "id"), Sent(MORNING, 0, now, None, "w")):
        assert read_sent(sent_document(sent, "a")) == sent
    for snooze in (Snooze(MORNING, now + MINUTE, now, now), Snooze(MORNING, now + MINUTE, now)):
        assert read_snooze(snooze_document(snooze, "a")) == snooze


# A clock that was ahead


def test_a_day_that_a_wrong_clock_has_seen_has_its_notices_when_it_comes(world: Scenario) -> None:
    ahead = world.session()
    assert said_at(ahead, world, "2024-01-11", *FOUR) == list(FOUR[:4])
    world.clock.set("2024-01-10 09:00")
    other = world.session()
    assert give(other) == ["propranolol morning"], "today's dose, of which nobody was told"
    assert give(ahead) == []
    other.record.take(MORNING)
    documents = other.reader.store.documents("state", "sent")
    assert {d["dose"][1] for d in documents} == {"2024-01-10"}, "nothing is kept of a day that has not come"
    for session in (ahead, other, world.session()):
        world.clock.set("2024-01-11 07:59")
        assert give(session) == []
    assert said_at(ahead, world, "2024-01-11", *FOUR) == list(FOUR[:4])


def test_what_is_owed_nothing_is_enough_to_see_that_the_clock_was_set_right(world: Scenario) -> None:
    said_at(world.session(), world, "2024-01-11", *FOUR)
    world.clock.set("2024-01-10 07:30")
    assert give(world.session()) == []
    assert said_at(world.session(), world, "2024-01-11", *FOUR) == list(FOUR[:4])


def test_the_bell_of_a_window_forgets_what_it_rang_for_under_a_wrong_clock(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2024-01-11 08:00")
    saying = session.reminders.due_notice_here([])
    assert saying is not None
    rang = saying.given(world.clock(), done=True)
    assert session.reminders.due_notice_here(rang) is None
    world.clock.set("2024-01-10 07:30")
    assert remembered(rang, world.clock()) == []


def test_a_little_early_stays_said_for_the_process_that_gave_it(world: Scenario) -> None:
    session = world.session()
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    world.clock.now -= SAID_EARLY - MINUTE
    assert said_at(session, world, "2024-01-10", "08:00", "08:10", "08:20", "08:30", "08:40") == []


def test_a_snooze_of_a_wrong_clock_is_forgotten_too(world: Scenario) -> None:
    session = world.session()
    world.clock.set("2024-01-11 08:00")
    give(session)
    session.reminders.snooze(next(d for d in session.reader.open_doses() if d.date != DAY), timedelta(hours=3))
    world.clock.set("2024-01-10 07:30")
    give(session)
    assert session.reader.store.documents("state", "snoozes") == []
    assert said_at(session, world, "2024-01-11", *FOUR) == list(FOUR[:4])


def test_it_is_time_to_forget_at_first_every_six_hours_and_when_a_clock_was_set_back(world: Scenario) -> None:
    reminders = world.session().reminders

    def due(wall: str) -> bool:
        world.clock.now = at(wall)
        reminders.due_notice()
        return reminders.must_forget(world.clock())

    assert due("2024-01-10 08:00")
    assert not due("2024-01-10 08:01")
    assert not due("2024-01-10 13:59")
    assert due("2024-01-10 14:00")
    world.session().reader.store.put(
        "state", "sent", sent_document(Sent(MORNING, 0, at("2024-01-10 14:10"), True), "a")
    )
    assert due("2024-01-10 14:01")
    assert not due("2024-01-10 14:01:59"), "what can't be dropped is tried again in a minute"
    assert due("2024-01-10 14:02")
    assert not due("2024-01-10 14:09"), "within the slack of two clocks it may be true"


# From before there was a plan


def test_nothing_that_was_late_before_the_course_was_set_up_is_reminded_of(tmp_path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2024-01-10 13:00")))
    world.plan(plan_text("07:00", "15:00", start=DAY))
    session = world.session()
    morning = session.reader.day().doses[0]
    assert (morning.state, morning.tracked) == ("unrecorded", False)
    assert session.reminders.calling() == session.reminders.answerable() == []
    assert said_at(session, world, "2024-01-10", "13:00", "13:10", "14:59", "15:00") == ["15:00"]
    assert [dose.slot.name for dose in session.reminders.calling()] == ["noon"]
    # A plan that is changed an hour later is no set-up: nothing more is left out.
    world.clock.set("2024-01-10 17:00")
    world.plan(plan_text("07:00", "15:30", start=DAY))
    assert give(session) == ["propranolol noon"]
    assert said_at(session, world, "2024-01-11", "07:00") == ["07:00"]


def test_a_zone_that_is_followed_at_once_hides_no_dose(tmp_path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2024-01-10 07:00")))
    world.plan(plan_text("08:00", "13:00", start=DAY))
    session = world.session()
    session.reader.machine_zone = "Asia/Tokyo"
    session.plans.answer_zone(follow=True)
    assert [dose.slot.name for dose in session.reminders.calling()] == ["noon"]
    assert give(session) == ["propranolol noon"]


# Without reminders


@pytest.mark.parametrize("typed", ["propranolol", "Propranolol", "PROPRANOLOL"])
def test_a_silent_medicine_is_silent_however_it_is_written(world: Scenario, typed: str) -> None:
    session = world.session()
    session.reminders.policy = Policy(silent=frozenset({typed}))
    assert said_at(session, world, "2024-01-10", *FOUR) == []
    assert session.reminders.calling() == []
    assert len(session.reminders.answerable()) == 1, "it is due, and can be answered"
    assert session.reminders.due_notice_here([]) is None
    assert session.reminders.silence_troubles() == []


def test_a_silent_name_in_another_normal_form_is_the_medicine(tmp_path: Path) -> None:
    world = Scenario(tmp_path / "data", SettableClock(at("2024-01-10 07:00")))
    world.plan(plan_text("08:00", name=unicodedata.normalize("NFD", "Baldrian für Zoë")))
    session = world.session()
    session.reminders.policy = Policy(silent=frozenset({"baldrian FÜR zoë"}))
    assert said_at(session, world, "2024-01-10", *FOUR) == []


def test_a_silent_name_that_is_no_medicine_silences_nothing_and_is_told(world: Scenario, tmp_path: Path) -> None:
    session = world.session()
    session.reminders.policy = Policy(silent=frozenset({"propanolol"}))
    assert said_at(session, world, "2024-01-10", *FOUR) == list(FOUR[:4])
    assert session.reminders.silence_troubles() == [
        ("propanolol", 'silent names "propanolol", which is not a medicine here', "correct the name, or remove it")
    ]
    world.plan(plan_text("08:00", name="Ab"))
    ab = session.reader.plan().by_name["Ab"].latest
    # An earlier program could keep two medicines whose names differ in capitals only.
    session.reader.store.put("plan", "versions", version_document("aB", replace(ab, id=f"{ab.id}x"), DAY))
    session.reminders.policy = Policy(silent=frozenset({"AB"}))
    ((name, what, todo),) = session.reminders.silence_troubles()
    assert (name, what) == ("AB", 'silent names "AB", which could be "Ab" or "aB"')
    assert todo == "write it just as that medicine is written"
    empty = Scenario(tmp_path / "empty", world.clock).session()
    empty.reminders.policy = Policy(silent=frozenset({"propranolol"}))
    assert empty.reminders.silence_troubles() == [], "the plan may still come"


# Over any path

PATHS = 2500 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 40
"""Each writes to a data folder of its own, so that a run takes some tenths of a second."""
ZONES = ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles")
walls = [f"{hour:02}:{minute:02}" for hour in (6, 8, 9, 12, 13, 18, 22) for minute in (0, 30)]

paths = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 1500)), st.tuples(st.just("pass"), st.integers(1500, 20_000)),
        st.tuples(st.just("sleep"), st.integers(20_000, 120_000)), st.tuples(st.just("back"), st.integers(1, 100_000)),
        st.tuples(st.just("record"), st.just(0)), st.tuples(st.just("undo"), st.integers(1, 3)),
        st.tuples(st.just("snooze"), st.integers(1, 90)), st.tuples(st.just("restart"), st.integers(0, 1)),
        st.tuples(st.just("kill"), st.integers(0, 1)), st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("zone"), st.integers(0, 2)), st.tuples(st.just("move"), st.integers(0, len(walls) - 1)),
        st.tuples(st.just("amount"), st.integers(0, 1)), st.tuples(st.just("unmove"), st.just(0)),
    ),
    min_size=4, max_size=25,
)  # fmt: skip
policies = st.builds(
    Policy,
    repeats=st.integers(0, 3),
    quiet=st.sampled_from([None, None, (time(12, 30), time(13, 30)), (time(22), time(7))]),
)


class Home:
    """Two processes that remind, one folder, and whatever happens there."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self.world = Scenario(folder, SettableClock(at("2024-01-08 06:30")))
        self.world.plan(plan_text("08:00", "13:00", "18:00"))
        self.world.plan(plan_text("13:00", name="diazepam"))
        self.world.clock.set("2024-01-10 07:00")
        self.policy = policy
        self.pair = [self.open(), self.open()]
        self.slots = ["08:00", "13:00", "18:00"]
        self.amount = "1"

    def open(self) -> Session:
        session = self.world.session()
        session.reminders.policy = self.policy
        return session

    def happen(self, what: str, size: int) -> None:
        one = self.pair[0]
        if what in ("pass", "sleep"):
            self.world.clock.advance(seconds=size)
        elif what == "back":
            self.world.clock.advance(seconds=-size)
        elif what == "record":
            for dose in one.reader.open_doses():
                one.record.take(dose.key)
        elif what == "undo":
            for _ in range(size):
                try:
                    one.record.undo(everywhere=True, allow={"old"})
                except Refused:
                    return
        elif what == "snooze":
            for dose in one.reader.open_doses():
                one.reminders.snooze(dose, size * MINUTE)
        elif what == "restart":
            self.pair[size] = self.open()
        elif what == "kill":
            self.pair[size].reminders.claim()  # promised, and never given
            self.pair[size] = self.open()
            self.world.clock.now += CLAIM_EXPIRES
        elif what == "fail":
            claim = one.reminders.claim()
            if claim is not None:
                one.reminders.settle(claim, reached=False)
        elif what == "zone":
            for session in self.pair:
                session.reader.machine_zone = ZONES[size]
            one.plans.answer_zone(follow=True)
        elif what == "unmove":
            try:
                one.plans.undo("propranolol")
            except Refused:
                return
        else:
            if what == "move":
                others = {wall for n, wall in enumerate(self.slots) if n}
                if walls[size] in others:
                    return
                self.slots[0] = walls[size]
            else:
                self.amount = ("1", "1/2")[size]
            draft = parse_plan(plan_text(*self.slots, amount=self.amount))
            one.plans.apply(one.plans.preview(draft, step=1), allow={"replaces", "changes_past"})

    def remind(self, *, reverse: bool) -> list[Claim]:
        """What both say, one after the other, as the app and the watcher do."""
        claims = []
        for session in reversed(self.pair) if reverse else self.pair:
            reminders, now = session.reminders, session.reader.now()
            reminders.due_notice()
            if reminders.must_forget(now):
                reminders.forget_old(now)
            claim = reminders.claim()
            if claim is not None:
                reminders.settle(claim, reached=True)
                claims.append(claim)
        return claims


def about(dose: Dose) -> tuple[DoseKey, datetime, str | None]:
    """What a notice of a dose is known by."""
    return dose.key, dose.due, dose.undone.id if dose.undone is not None else None


@settings(max_examples=PATHS, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(paths, policies)
@example([("pass", 3600), ("move", 4), ("pass", 5400)], Policy(repeats=0))
@example([("sleep", 90_030), ("back", 86_400), ("record", 0), ("sleep", 86_350)], Policy(repeats=0))
def test_two_processes_tell_of_every_due_dose_at_its_time_and_of_none_twice(
    tmp_path_factory: pytest.TempPathFactory, happened: list[tuple[str, int]], policy: Policy
) -> None:
    home = Home(tmp_path_factory.mktemp("path") / "data", policy)
    told: Counter[object] = Counter()
    believed: list[tuple[object, datetime]] = []
    latest, set_back = home.world.clock(), False
    for what, size in [("pass", 1), *happened]:
        home.happen(what, size)
        now = home.world.clock()
        if now < latest - CLOCK_SLACK:
            told.clear()  # what a clock said that was set back may be said again
            latest, set_back = now, True
        latest = max(latest, now)
        claims = home.remind(reverse=what == "fail")
        both = [{dose.key for dose, _ in claim.reminder.doses} for claim in claims]
        assert len(both) < 2 or not both[0] & both[1], "what one has told the other doesn't tell"
        assert len(both) < 2 or set_back, "under a clock that is right they know the same"
        fresh = home.open()
        found = {dose.key: dose for day in fresh.reader.around() for dose in day.doses}
        for claim in claims:
            for dose, number in claim.reminder.doses:
                assert found[dose.key].record is None
                told[*about(dose), number] += 1
                believed.append((about(dose), now))
        assert max(told.values(), default=0) <= 1, "twice for one due instant"
        # A process believes what it gave itself a little early; what is dropped is what is further ahead.
        believed = [(which, when) for which, when in believed if when <= now + SAID_EARLY]
        if policy.quiet_at(fresh.reader.calendar.local(now).time()) or what == "fail":
            continue
        snoozes = fresh.reminders.snoozes()
        for dose in fresh.reader.open_doses():
            snooze = snooze_of(dose, snoozes)
            just_undone = dose.undone is not None and timedelta(0) <= now - dose.undone.recorded_at < AFTER_UNDO
            if not just_undone and (snooze is None or snooze.until <= now):
                assert any(which == about(dose) for which, _ in believed), f"{dose.key} is due and nobody was told"
