"""Where two devices changed one plan: who rules, and what the person's choice does."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint
from splitdose.core.plan_wording import fork_words
from splitdose.session import Refused, Session
from splitdose.session.planner import PlanMoved
from support.app import Scenario, three_a_day


class Devices:
    """Two devices that began with one plan of baclofen."""

    def __init__(self, folder: Path) -> None:
        self.desk = three_a_day(folder / "desk")
        shutil.copytree(folder / "desk", folder / "laptop")
        self.laptop = Scenario(folder / "laptop", self.desk.clock)

    def on(self, world: Scenario, wall: str) -> Session:
        world.clock.set(wall)
        return world.session()

    def hold(self, world: Scenario, wall: str, days: int = 1) -> None:
        plans = self.on(world, wall).plans
        plans.apply(plans.hold("baclofen", days), allow={"replaces"})

    def next(self, world: Scenario, wall: str, at: DosePoint | None = None) -> None:
        plans = self.on(world, wall).plans
        plans.apply(plans.next("baclofen", at), allow={"replaces", "changes_past"})

    def synced(self) -> Session:
        """Each has the other's plan beside its own; gives a window on the desk."""
        for ours, theirs in ((self.desk, self.laptop), (self.laptop, self.desk)):
            shutil.copy(theirs.folder / "plan.jsonl", ours.folder / f"plan (from {theirs.folder.name}).jsonl")
        return self.desk.session()


@pytest.fixture
def devices(tmp_path: Path) -> Devices:
    return Devices(tmp_path)


def found(session: Session) -> tuple[list[int], list[int]]:
    """The numbers of the versions, and of those that stand beside the last."""
    medicine = session.reader.plan().by_name["baclofen"]
    return [v.number for v in medicine.versions], [v.number for v in medicine.made_beside]


def test_changes_that_only_one_device_made_raise_no_question(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:00")
    devices.synced()
    shutil.copy(devices.desk.folder / "plan.jsonl", devices.laptop.folder / "plan.jsonl")
    devices.hold(devices.laptop, "2023-11-30 08:10")
    assert found(devices.synced()) == ([1, 2, 3], [])


def test_both_stand_and_the_one_made_last_rules_on_both(devices: Devices) -> None:
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.desk.clock.set("2023-11-30 10:00")
    desk = devices.synced()
    assert found(desk) == found(devices.laptop.session()) == ([1, 2, 3], [2])
    assert desk.reader.plan().medicines == devices.laptop.session().reader.plan().medicines
    assert desk.reader.plan().by_name["baclofen"].latest.why == "step 9 begun"


def test_a_change_made_before_the_choice_leaves_the_question(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    devices.synced()
    devices.hold(devices.desk, "2023-11-30 09:30")
    assert found(devices.synced()) == ([1, 2, 3, 4], [2])


def test_keeping_what_rules_changes_no_dose_and_keeps_both(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    desk = devices.synced()
    before = desk.reader.plan().by_name["baclofen"]
    desk.plans.settle("baclofen")
    assert found(desk) == found(devices.synced()) == ([1, 2, 3], [])
    after = desk.reader.plan().by_name["baclofen"]
    assert after.versions == before.versions
    with pytest.raises(Refused, match="nothing to choose"):
        devices.laptop.session().plans.settle("baclofen")


def test_keeping_the_other_undoes_what_rules_and_all_that_came_of_it(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    devices.hold(devices.laptop, "2023-11-30 09:10")
    desk = devices.synced()
    assert found(desk) == ([1, 2, 3, 4], [2])
    settling = desk.plans.settling("baclofen", 2)
    assert [version.number for version in settling.undone] == [3, 4]
    desk.plans.settle("baclofen", 2, settling)
    assert found(desk) == ([1, 2], [])
    devices.synced()
    assert found(devices.laptop.session()) == ([1, 2], [])
    devices.hold(devices.laptop, "2023-11-30 09:20")
    assert found(devices.synced()) == ([1, 2, 5], []), "a number of an undone version is not given again"


def test_past_days_that_a_choice_would_change_are_shown_first(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:00")
    devices.next(devices.laptop, "2023-11-30 09:00")
    devices.desk.clock.set("2023-12-01 21:00")
    settling = devices.synced().plans.settling("baclofen", 2)
    assert {day.date for day in settling.past} == {date(2023, 11, 30), date(2023, 12, 1)}


def test_a_device_that_went_on_unaware_of_the_choice_asks_again(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    devices.synced().plans.settle("baclofen", 2)
    (devices.laptop.folder / "plan (from desk).jsonl").unlink()
    devices.hold(devices.laptop, "2023-11-30 09:30")
    numbers, others = found(devices.synced())
    assert others, "the laptop's later change stands beside what was kept"
    assert len(numbers) == len(set(numbers))


def test_what_was_not_shown_is_not_settled(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.next(devices.laptop, "2023-11-30 09:00", DosePoint(date(2023, 12, 1)))
    desk = devices.synced()
    seen = desk.plans.settling("baclofen", 2)
    devices.hold(devices.laptop, "2023-11-30 09:30")
    devices.synced()
    with pytest.raises(PlanMoved):
        desk.plans.settle("baclofen", 2, seen)
    with pytest.raises(BadInput, match="the versions are: 4, 2"):
        desk.plans.settling("baclofen", 1)


def test_what_one_device_undid_and_the_other_went_on_with_is_asked_about(devices: Devices) -> None:
    devices.hold(devices.desk, "2023-11-30 08:50")
    devices.synced()
    shutil.copy(devices.desk.folder / "plan.jsonl", devices.laptop.folder / "plan.jsonl")
    devices.on(devices.desk, "2023-11-30 09:00").plans.undo("baclofen")
    devices.hold(devices.laptop, "2023-11-30 09:05", 2)
    desk = devices.synced()
    medicine = desk.reader.plan().by_name["baclofen"]
    assert (found(desk), medicine.undone_below) == (([1, 3], []), (2,))
    assert "version 2 was undone on one of them and changed further on another" in fork_words(
        medicine, desk.reader.calendar
    )
    desk.plans.settle("baclofen")
    devices.synced()
    for world in (devices.desk, devices.laptop):
        medicine = world.session().reader.plan().by_name["baclofen"]
        assert (found(world.session()), medicine.forked) == (([1, 3], []), False)


def test_two_devices_that_each_set_the_medicine_up_are_told_too(tmp_path: Path) -> None:
    desk, laptop = three_a_day(tmp_path / "desk"), three_a_day(tmp_path / "laptop", "2023-11-30 07:05")
    shutil.copy(laptop.folder / "plan.jsonl", desk.folder / "plan (2).jsonl")
    assert found(desk.session()) == ([1, 2], [1])


def test_names_given_on_two_devices_lead_to_one_medicine(devices: Devices) -> None:
    devices.on(devices.desk, "2023-11-30 08:50").plans.rename("baclofen", "Baclofen")
    devices.on(devices.laptop, "2023-11-30 08:55").plans.rename("baclofen", "Lioresal")
    desk = devices.synced()
    names = [[m.name for m in world.session().reader.plan().medicines] for world in (devices.desk, devices.laptop)]
    assert names[0] == names[1]
    assert "Lioresal" in names[0]
    assert desk.reader.find_medicine("Baclofen").name == "Lioresal"
