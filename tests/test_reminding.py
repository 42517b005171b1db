"""The loop that the watcher and each window run: on real folders, with channels that answer as the test says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitdose import reminding
from splitdose.core.plan import DoseKey
from splitdose.core.remind import RETRY_AFTER, Policy, Sent
from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome
from splitdose.reminding import OFF, PROBE_EVERY, Reminding, Work, until_next_look
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import CannotRead, DataFolder
from support.app import Scenario, at, three_a_day

TAKEN = Outcome("desktop", ok=True)
UNTRIED = Outcome("desktop", ok=True, reason="not tried yet")
REFUSED = Outcome("desktop", ok=False, reason="no notification service answers")
NO_BUS = Outcome("desktop", ok=False, reason="no desktop session found")
MORNING = "morning 08:00: baclofen 5 mg"


class Desktop:
    """What is found when one looks for a notification service, and what it answers."""

    def __init__(self) -> None:
        self.looks = UNTRIED
        self.answers = TAKEN
        self.received: list[str] = []
        self.probes = 0

    def probe(self, environ: object) -> Outcome:
        self.probes += 1
        return self.looks

    def send(self, notice: Notice, **options: object) -> Outcome:
        if self.answers.ok:
            self.received.append(notice.title)
        return self.answers


class Process(Reminding):
    """A process that reminds, and writes down what it does."""

    def __init__(self, session: Session, settings: Settings | None = None, *, config: Path | None = None) -> None:
        self.rang: list[str] = []
        self.told: list[list[str]] = []
        self.changes = 0
        super().__init__(session, settings or Settings(), {"TZ": "Europe/Berlin"}, config=config)

    def ring(self, text: NoticeText) -> None:
        self.rang.append(text.title)

    def settings_read(self, warnings: Sequence[str]) -> None:
        self.told.append(list(warnings))

    def minute_began(self) -> None:
        pass

    def channels_changed(self) -> None:
        self.changes += 1

    def run(self, ticks: int = 1) -> None:
        """So many ticks, the work of each done at once."""
        for _ in range(ticks):
            work = self.tick()
            if work is not None:
                self.finish(work())


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data")


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = Desktop()
    monkeypatch.setattr(reminding, "probe_desktop", made.probe)
    monkeypatch.setattr(reminding, "send_desktop", made.send)
    return made


def started(world: Scenario, settings: Settings | None = None, *, config: Path | None = None) -> Process:
    """A process that has been running for a while."""
    process = Process(world.session(), settings, config=config)
    process.run()
    return process


def test_a_due_dose_rings_and_is_sent_once_again_after_ten_minutes_and_not_once_it_is_recorded(
    world: Scenario, desktop: Desktop
) -> None:
    process = started(world)
    world.clock.set("2023-11-30 07:59:59")
    process.run()
    assert (process.rang, desktop.received) == ([], [])
    world.clock.set("2023-11-30 08:00:00")
    process.run(30)
    assert process.rang == desktop.received == [MORNING]
    world.clock.set("2023-11-30 08:10:00")
    process.run(30)
    assert process.rang == desktop.received == [MORNING] * 2
    world.session().record.take(DoseKey("baclofen", at("2023-11-30 08:10").date(), "morning"))
    world.clock.set("2023-11-30 08:20:00")
    process.run(30)
    assert process.rang == desktop.received == [MORNING] * 2


def test_processes_share_the_desktop_and_each_rings_its_own_bell(world: Scenario, desktop: Desktop) -> None:
    both = started(world), started(world)
    world.clock.set("2023-11-30 08:00:00")
    for process in (*both, *both):
        process.run()
    assert [process.rang for process in both] == [[MORNING], [MORNING]]
    assert desktop.received == [MORNING]


def test_who_cant_reach_the_desktop_leaves_the_notice_to_who_can_and_looks_again(
    world: Scenario, desktop: Desktop
) -> None:
    desktop.looks = NO_BUS
    process = started(world)
    world.clock.set("2023-11-30 08:00:00")
    process.run(3)
    assert (process.desktop, process.rang) == (NO_BUS, [MORNING])
    assert world.session().reader.store.documents("state", "sent") == [], "nothing is promised"
    desktop.looks, desktop.probes = UNTRIED, 0
    process.run(PROBE_EVERY)
    assert desktop.received == [MORNING]
    assert desktop.probes <= 2, "not at each tick"
    assert process.desktop == TAKEN


def test_a_bus_that_goes_away_is_noticed_without_anything_due_and_said_once(world: Scenario, desktop: Desktop) -> None:
    process = started(world)
    desktop.looks = NO_BUS
    process.run(PROBE_EVERY)
    assert (process.desktop, process.changes) == (NO_BUS, 1)
    process.run(4 * PROBE_EVERY)
    assert process.changes == 1


def test_a_service_that_refuses_stays_named_until_it_takes_one_and_is_asked_again_after_a_minute(
    world: Scenario, desktop: Desktop
) -> None:
    process = started(world)
    desktop.answers = REFUSED
    world.clock.set("2023-11-30 08:00:00")
    process.run(3 * PROBE_EVERY)
    assert process.desktop == REFUSED, "that the bus answers says nothing of the service"
    world.clock.set("2023-11-30 08:00:59")
    desktop.answers = TAKEN
    process.run(PROBE_EVERY)
    assert desktop.received == []
    world.clock.set("2023-11-30 08:01:00")
    process.run()
    assert (desktop.received, process.desktop) == ([MORNING], TAKEN)


def test_while_one_is_under_way_no_other_is_begun_and_the_bell_rings_all_the_same(
    world: Scenario, desktop: Desktop
) -> None:
    process = started(world)
    world.clock.set("2023-11-30 08:00:00")
    work = process.tick()
    assert work is not None
    world.clock.set("2023-11-30 13:00:00")
    assert process.tick() is None
    assert process.rang == [MORNING, "afternoon 13:00: baclofen 5 mg"]
    assert desktop.received == []
    process.finish(work())
    assert len(desktop.received) == 1
    process.run()
    assert len(desktop.received) == 1, "it named what was due by then"


def test_work_that_could_not_be_done_is_tried_by_the_next_tick(world: Scenario, desktop: Desktop) -> None:
    process = started(world)
    world.clock.set("2023-11-30 08:00:00")
    work = process.tick()
    assert work is not None
    plan = world.folder / "plan.jsonl"
    plan.rename(world.folder / "away")
    plan.mkdir()
    process.finish(work())
    with pytest.raises(CannotRead):
        process.tick()
    assert desktop.received == []
    plan.rmdir()
    (world.folder / "away").rename(plan)
    process.run()
    assert desktop.received == [MORNING]


def test_a_lock_that_is_held_is_said_and_stops_no_notice(world: Scenario, desktop: Desktop) -> None:
    process = started(world)
    world.clock.set("2023-11-30 08:00:00")
    before = process.changes
    with DataFolder(world.folder).locked():
        process.run(2)
        assert desktop.received == [MORNING]
        assert "holds" in process.session.reminders.trouble
    assert process.changes > before
    world.clock.set("2023-11-30 08:10:00")
    process.run()
    assert (len(desktop.received), process.session.reminders.trouble) == (2, "")


def test_with_the_bell_off_nothing_rings_and_once_it_is_on_what_is_due_does(world: Scenario, desktop: Desktop) -> None:
    process = started(world, Settings(bell=False))
    world.clock.set("2023-11-30 08:00:00")
    process.run(3)
    assert (process.rang, desktop.received) == ([], [MORNING])
    process.use(Settings())
    process.run(3)
    assert (process.rang, desktop.received) == ([MORNING], [MORNING])


def test_with_the_desktop_off_it_is_not_looked_for_until_it_is_on(world: Scenario, desktop: Desktop) -> None:
    process = started(world, Settings(desktop=False))
    world.clock.set("2023-11-30 08:00:00")
    process.run(2 * PROBE_EVERY)
    assert (process.desktop, desktop.probes, desktop.received) == (OFF, 0, [])
    process.use(Settings())
    assert process.desktop == UNTRIED
    process.run()
    assert desktop.received == [MORNING]
    process.use(Settings(desktop=False))
    assert process.desktop == OFF


def test_a_changed_file_of_settings_is_followed_and_one_with_a_mistake_is_not(
    world: Scenario, desktop: Desktop, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    process = started(world, Settings(theme="dracula"), config=config)
    config.write_text("[reminders]\nrepeats = 1\nbell = false\n", encoding="utf-8")
    process.run()
    assert process.told == [[]]
    assert process.settings == Settings(theme="dracula", bell=False, reminders=Policy(repeats=1))
    assert process.session.reminders.policy == Policy(repeats=1)
    config.write_text("[reminders]\nrepeats = 'often'\n", encoding="utf-8")
    process.run(3)
    assert len(process.told) == 2
    assert "repeats" in process.told[1][0]
    assert process.session.reminders.policy == Policy(repeats=1), "a mistake changes nothing"


def test_the_machines_zone_is_read_again_each_minute(world: Scenario, desktop: Desktop) -> None:
    process = Process(world.session())
    process.environ = environ = {"TZ": "Europe/Berlin"}
    process.run()
    environ["TZ"] = "Asia/Tokyo"
    process.run()
    assert process.session.reader.zone_differs() is None
    world.clock.advance(minutes=1)
    process.run()
    assert process.session.reader.zone_differs() == "Asia/Tokyo"


def test_what_passed_before_the_process_began_does_not_ring_and_what_passed_since_does(
    world: Scenario, desktop: Desktop
) -> None:
    world.clock.set("2023-11-30 12:00")
    process = started(world, Settings(desktop=False))
    world.clock.set("2023-12-01 05:00")
    process.run()
    assert process.rang == ["morning 08:00: baclofen 5 mg", "3 doses have no record"]


def test_what_is_old_is_dropped_at_first_and_every_six_hours_as_work(world: Scenario, desktop: Desktop) -> None:
    world.clock.set("2023-11-30 08:00:00")
    Process(world.session()).run(2)
    kept = world.session().reader.store
    assert len(kept.documents("state", "sent")) == 1
    world.clock.set("2023-12-03 07:00:00")
    process = Process(world.session(), Settings(desktop=False))
    works: list[Work | None] = [process.tick()]
    assert process.tick() is None, "one at a time"
    assert works[0] is not None
    process.finish(works[0]())
    assert kept.documents("state", "sent") == []
    assert process.tick() is None
    world.clock.set("2023-12-03 13:00:00")
    assert process.tick() is not None


def test_the_next_look_is_just_after_the_next_full_second() -> None:
    moment = at("2023-11-30 08:00:00")
    for microsecond in (0, 20_000, 999_999):
        now = moment.replace(microsecond=microsecond)
        assert 0.02 <= until_next_look(now) <= 1.02
        assert (microsecond / 1_000_000 + until_next_look(now)) % 1 == pytest.approx(0.02)


# Over any path

PATHS = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 30
"""Each writes to a data folder of its own, so that a run takes some tenths of a second."""

paths = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 1500)), st.tuples(st.just("pass"), st.integers(1500, 20_000)),
        st.tuples(st.just("sleep"), st.integers(20_000, 120_000)), st.tuples(st.just("back"), st.integers(1, 100_000)),
        st.tuples(st.just("record"), st.just(0)), st.tuples(st.just("restart"), st.integers(0, 1)),
        st.tuples(st.just("kill"), st.integers(0, 1)), st.tuples(st.just("bus"), st.integers(0, 1)),
        st.tuples(st.just("refuse"), st.integers(0, 1)),
    ),
    min_size=4, max_size=20,
)  # fmt: skip


def _is_waited_for(sent: Sent, now: datetime) -> bool:
    if sent.done is None:
        return sent.counts(now)
    return not sent.done and timedelta(0) <= now - sent.at < RETRY_AFTER


@settings(max_examples=PATHS, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(paths)
def test_two_loops_ring_and_send_for_every_due_dose_whatever_happens_to_clock_and_desktop(
    tmp_path_factory: pytest.TempPathFactory, desktop: Desktop, happened: list[tuple[str, int]]
) -> None:
    world = three_a_day(tmp_path_factory.mktemp("path") / "data")
    pair = [started(world), started(world)]
    desktop.looks, desktop.answers = UNTRIED, TAKEN
    for what, size in happened:
        if what in ("pass", "sleep"):
            world.clock.advance(seconds=size)
        elif what == "back":
            world.clock.advance(seconds=-size)
        elif what == "record":
            shell = world.session()
            for dose in shell.reader.open_doses():
                shell.record.take(dose.key)
        elif what == "restart":
            pair[size] = Process(world.session())
        elif what == "kill":
            pair[size].session.reminders.claim()  # promised, and never given
            pair[size] = Process(world.session())
        elif what == "bus":
            desktop.looks = UNTRIED if size else NO_BUS
        else:
            desktop.answers = TAKEN if size else REFUSED
        for process in pair:
            process.run(PROBE_EVERY + 1)
        fresh = world.session()
        for dose in fresh.reader.open_doses():
            for process in pair:
                assert any(s.is_about(dose) and s.counts(world.clock()) for s in process._rung), "the bell"
        if not (desktop.looks.ok and desktop.answers.ok):
            continue
        # What was refused is tried again by the same process a minute later, what was promised once that has expired.
        sent = fresh.reader.reminder_record().sent
        while any(_is_waited_for(s, world.clock()) for s in sent):
            world.clock.advance(seconds=61)
        for process in pair:
            process.run(PROBE_EVERY + 1)
        now, fresh = world.clock(), world.session()
        sent = fresh.reader.reminder_record().sent
        for dose in fresh.reader.open_doses():
            assert any(s.done and s.is_about(dose) and s.counts(now) for s in sent), f"{dose.key} is due: nobody knows"
        before = len(desktop.received)
        for process in pair:
            process.run(2)
        assert len(desktop.received) == before, "at one instant nothing is said twice"
