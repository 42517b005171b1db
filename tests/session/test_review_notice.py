"""One notice when a minimum hold is over: on that day, once, if the person wants it and has decided nothing yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from splitdose.core.plan import DosePoint
from splitdose.core.remind import Policy
from splitdose.session import Session
from support.app import Scenario, three_a_day

ALLOW = {"replaces", "changes_past"}


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    """On the second of four days of the step that began on Wed 29 Nov."""
    return three_a_day(tmp_path / "data")


def wishing(world: Scenario, **wishes: object) -> Session:
    session = world.session()
    policy = Policy(review=time(9), silent=frozenset({"diazepam"}))
    session.reminders.policy = replace(policy, **wishes)  # type: ignore[arg-type]
    return session


def give(session: Session, *, reached: bool = True) -> list[str] | None:
    """Title and lines of the notice owed now."""
    claim = session.reminders.claim()
    if claim is None:
        return None
    session.reminders.settle(claim, reached=reached)
    return [claim.text.title, *claim.text.body.splitlines()]


def said_of(session: Session, world: Scenario, *walls: str) -> list[list[str]]:
    """What is said of the plan, not of doses, at some moments."""
    found = []
    for wall in walls:
        world.clock.set(wall)
        text = give(session)
        if text is not None and any("review" in line for line in text):
            found.append(text)
    return found


DAYS = [f"2023-12-0{day} {wall}" for day in (2, 3, 4) for wall in ("08:30", "08:59", "09:00", "09:01", "12:00")]
REVIEW = "Step 8 of 12 has reached its minimum hold of 4 days. It continues until you say so."


def test_it_comes_once_on_that_day_at_the_time_wished(world: Scenario) -> None:
    windows = [wishing(world, repeats=0), wishing(world, repeats=0)]
    came = []
    for wall in DAYS:
        world.clock.set(wall)
        for number, session in enumerate(windows):
            while (text := give(session)) is not None:
                if any("review" in line for line in text):
                    came.append((wall, number))
    assert came == [("2023-12-03 09:00", 0)]


def test_its_words(world: Scenario) -> None:
    session = wishing(world, silent=frozenset({"diazepam"}), repeats=0)
    world.clock.set("2023-12-03 08:00")
    give(session)
    world.clock.set("2023-12-03 09:00")
    assert give(session) == ["baclofen: review", REVIEW]
    assert give(session) is None


def test_it_comes_with_what_is_due(world: Scenario) -> None:
    session = wishing(world, review=time(8))
    world.clock.set("2023-12-03 07:00")
    give(session)  # what passed before
    world.clock.set("2023-12-03 08:00")
    assert give(session) == [
        "morning 08:00: baclofen 5 mg", "A quarter of one 20 mg tablet. Due now.", f"baclofen: review: {REVIEW}",
    ]  # fmt: skip


def test_discreet_names_nothing(world: Scenario) -> None:
    session = wishing(world, discreet=True, repeats=0)
    world.clock.set("2023-12-03 07:00")
    give(session)
    world.clock.set("2023-12-03 08:00")
    assert give(session) == ["Splitdose", "A reminder is waiting."]
    world.clock.set("2023-12-03 09:00")
    assert give(session) == ["Splitdose", "A reminder is waiting."]


def test_a_failed_one_is_tried_again_and_a_quiet_hour_puts_it_off(world: Scenario) -> None:
    session = wishing(world, repeats=0, quiet=(time(8, 30), time(10)))
    world.clock.set("2023-12-03 08:00")
    give(session)
    world.clock.set("2023-12-03 09:30")
    assert give(session) is None
    world.clock.set("2023-12-03 10:00")
    assert give(session, reached=False) == ["baclofen: review", REVIEW]
    world.clock.advance(seconds=30)
    assert give(session) is None
    world.clock.advance(seconds=30)
    assert give(session) == ["baclofen: review", REVIEW]


def test_the_bell_rings_for_it_too(world: Scenario) -> None:
    session = wishing(world, review=time(8, 30), repeats=0)
    world.clock.set("2023-12-03 08:30")
    saying = session.reminders.due_notice_here([], None)
    assert saying is not None
    assert [review.medicine for review in saying.reviews] == ["baclofen"]


@pytest.mark.parametrize("why", ["not wished", "no reminders of it", "decided", "held on", "paused", "stopped"])
def test_it_does_not_come(world: Scenario, why: str) -> None:
    session = wishing(world)
    plans = session.plans
    world.clock.set("2023-12-02 10:00")
    if why == "not wished":
        session = wishing(world, review=None)
    elif why == "no reminders of it":
        session = wishing(world, silent=frozenset({"baclofen"}))
    elif why == "decided":
        plans.apply(plans.next("baclofen", DosePoint(date(2023, 12, 4))), allow=ALLOW)
    elif why == "held on":
        plans.apply(plans.hold("baclofen", 3), allow=ALLOW)
    elif why == "paused":
        plans.apply(plans.pause("baclofen"), allow=ALLOW)
    else:
        plans.apply(plans.stop("baclofen"), allow=ALLOW)
    assert said_of(session, world, *DAYS[5:]) == []
