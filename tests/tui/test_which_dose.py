"""Which dose a key means: Space never records one far ahead but offers the missed one; s and x name what is to come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from splitdose.core.clock import DAY
from splitdose.core.log import Intake
from splitdose.core.plan import DoseKey
from splitdose.core.showing import show_dose
from splitdose.planfile import parse_plan
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.terminal import key_times
from splitdose.tui.widgets.next_dose import NextPanel
from support.app import Scenario, SettableClock, at
from support.pilot import sees, shown, types, until

THURSDAY = date(2024, 1, 4)
SLOTS = '[slots]\nmorning = "08:00"\nbedtime = "23:00"\n'
WEEKLY = """
[[medicine]]
name = "methotrexate"
advance = "on date"
[[medicine.product]]
name = "2.5 mg tablet"
strength = "2.5 mg"
[[medicine.step]]
start = 2024-01-04
every = 7
morning = "6 x 2.5 mg tablet"
"""
BEDTIME = """
[[medicine]]
name = "mirtazapine"
advance = "on date"
[[medicine.product]]
name = "15 mg tablet"
strength = "15 mg"
scored = true
[[medicine.step]]
start = 2024-01-01
bedtime = "1/2 x 15 mg tablet"
"""
NEEDED = """
[[medicine]]
name = "ibuprofen"
advance = "as needed"
[[medicine.product]]
name = "400 mg tablet"
strength = "400 mg"
"""
METHOTREXATE = DoseKey("methotrexate", THURSDAY, "morning")
MIRTAZAPINE = DoseKey("mirtazapine", THURSDAY, "bedtime")


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The monotonic clock goes on by five seconds at every look, so that no key is held and every panel is settled."""
    now = [1000.0]

    def later(*_: object) -> float:
        now[0] += 5
        return now[0]

    monkeypatch.setattr(key_times, "moment", later)
    monkeypatch.setattr(key_times, "arrived", later)


def world_with(folder: Path, text: str, wall: str) -> Scenario:
    """A plan imported on Thursday at seven; it is another time now."""
    world = Scenario(folder / "data", SettableClock(at("2024-01-04 07:00")))
    world.plan(SLOTS + text)
    world.clock.set(wall)
    return world


def records(world: Scenario) -> list[Intake]:
    log = world.session().reader.log([THURSDAY])
    return [record for record in log.intakes.values() if log.stands(record.id)]


def words(app: SplitdoseApp) -> str:
    """What is on the screen, a line break being a space."""
    strips = app.screen._compositor.render_strips()
    return " ".join(" ".join("".join(segment.text for segment in strip) for strip in strips).split())


def named(app: SplitdoseApp) -> DoseKey:
    dose = app.screen_stack[0].query_one(NextPanel).state.dose
    assert dose is not None
    return dose.key


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_space_then_y_never_records_next_weeks_dose(tmp_path: Path, size: tuple[int, int]) -> None:
    world = world_with(tmp_path, WEEKLY, "2024-01-05 07:00")
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "methotrexate" in shown(pilot))
        assert named(app) == DoseKey("methotrexate", THURSDAY + 7 * DAY, "morning")
        assert "6 days" in words(app)
        await pilot.press("space")
        await until(pilot, lambda: "has no record" in words(app))
        text = words(app)
        assert "Methotrexate morning of yesterday, 08:00, has no record; that of Thu 11 Jan is still to come" in text
        assert "Record that of yesterday as taken just now?" in text
        await pilot.press("y")
        await until(pilot, lambda: records(world))
    (record,) = records(world)
    assert (record.key, record.at) == (METHOTREXATE, at("2024-01-05 07:00"))


async def test_on_sunday_thursdays_is_on_the_list_and_offered(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY, "2024-01-07 12:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "? Thu 4 morning 08:00   methotrexate  15 mg", "in 4 days", "[ not due yet ]")
        await pilot.press("space")
        await sees(pilot, "Methotrexate morning of Thu 4 Jan, 08:00, has no record", "t say when")
        await pilot.press("t")
        await sees(pilot, "methotrexate, morning of Thu 4 Jan: when was it taken?")
        await types(pilot, "2024-01-04 1:05 pm")
        await pilot.press(*["enter"] * 3)
        await until(pilot, lambda: records(world))
    (record,) = records(world)
    assert (record.key, record.at) == (METHOTREXATE, at("2024-01-04 13:05"))


async def test_where_nothing_was_missed_space_says_that_nothing_is_due(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY, "2024-01-05 07:00")
    world.session().record.skip(METHOTREXATE)
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "methotrexate")
        for key in ("space", "t"):
            await pilot.press(key)
            await until(pilot, lambda: len(app._notifications) > 0)
            assert [n.message for n in app._notifications] == [
                "No dose of methotrexate is due; morning of Thu 11 Jan, 08:00, is still to come, in 6 days."
            ]
            assert len(app.screen_stack) == 1
            app._notifications.clear()
        await pilot.press("y")
        await pilot.pause()
    assert [record.kind for record in records(world)] == ["skipped"]


async def test_t_on_a_far_dose_asks_about_the_missed_one(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY, "2024-01-05 09:00")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await sees(pilot, "methotrexate")
        await pilot.press("t")
        await sees(pilot, "Say when that of yesterday was taken?")
        await pilot.press("y")
        await sees(pilot, "methotrexate, morning of Thu 4 Jan: when was it taken?")


async def test_in_the_small_hours_space_means_last_night(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-05 04:10")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "? yest. bedtime")
        await pilot.press("space")
        await sees(pilot, "Mirtazapine bedtime of yesterday, 23:00, has no record", "e that of today, early")
        await pilot.press("space", "enter")  # the key that raised it answers nothing
        await pilot.press("y")
        await until(pilot, lambda: records(world))
    assert [record.key for record in records(world)] == [MIRTAZAPINE]


async def test_tonights_can_be_taken_early_when_it_is_said(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-05 09:00")
    app = world.app()
    async with app.run_test(size=(60, 20)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("space")
        await until(pilot, lambda: "e that of today, early" in words(app))
        await pilot.press("n")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert records(world) == []
        await pilot.press("space")
        await until(pilot, lambda: "e that of today, early" in words(app))
        await pilot.press("e")
        await until(pilot, lambda: records(world))
    assert [record.key for record in records(world)] == [DoseKey("mirtazapine", THURSDAY + DAY, "bedtime")]


async def test_nearer_to_tonight_the_missed_one_is_named_and_tonights_asked_about(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-05 18:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("space")
        await until(pilot, lambda: "Record it as taken early?" in words(app))
        assert "Mirtazapine bedtime of 2024-01-04 has no record; mirtazapine bedtime is due at 23:00, 5 h" in words(app)


async def test_a_second_space_names_what_was_recorded_before_tomorrows(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME.replace("bedtime", "morning"), "2024-01-05 08:00")
    world.session().record.skip(DoseKey("mirtazapine", THURSDAY, "morning"))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "mirtazapine")
        await pilot.press("space")
        await until(pilot, lambda: records(world)[1:])
        await until(pilot, lambda: named(app).date == THURSDAY + 2 * DAY)
        await pilot.press("space")
        await until(pilot, lambda: "7.5 mg was recorded as taken at 08:00, just now" in words(app))
        assert "mirtazapine morning of 2024-01-06 is due at 08:00, 24 h later" in words(app)
        await pilot.press("n")
    assert len(records(world)) == 2


async def test_what_is_still_to_come_is_skipped_by_its_date_only(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-05 09:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("s")
        await sees(pilot, "Skip mirtazapine bedtime of today, 23:00, which is still to come? Why, if you like:")
        await pilot.press("escape", "x")
        await sees(pilot, "Mirtazapine bedtime of today, 23:00, is still to come.", "Record it as unsure all the same?")
        await pilot.press("n")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert records(world) == []
        await pilot.press("k", "x")
        await until(pilot, lambda: records(world))
    assert [(record.kind, record.key) for record in records(world)] == [("unsure", MIRTAZAPINE)]


async def test_an_extra_twice_is_asked_about_once(tmp_path: Path) -> None:
    world = world_with(tmp_path, NEEDED, "2024-01-05 08:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        for count in (1, 2):
            await pilot.press("e")
            await sees(pilot, "What was taken outside the plan?")
            await pilot.press("enter")
            await types(pilot, "1")
            await pilot.press(*["enter"] * 3)
            if count == 2:
                await until(pilot, lambda: "Record one more?" in words(app))
                assert "Ibuprofen 400 mg, taken 08:00, was recorded 20 s ago." in words(app)
                assert len(records(world)) == 1
                await pilot.press("y")
            await until(pilot, lambda count=count: len(records(world)) == count)  # type: ignore[misc]
            world.clock.advance(seconds=20)


async def test_the_planned_amount_and_the_zone_are_told(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-04 23:10")
    session = world.session()
    session.reader.machine_zone = "America/New_York"
    session.plans.answer_zone(follow=False)  # the record's own zone stays, and is named still
    app = world.app(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("t")
        await types(pilot, "-5m")
        await sees(pilot, "taken 23:05 Europe/Berlin time")
        await pilot.press("enter", "1", "enter")
        await until(pilot, lambda: "= 15 mg, planned 7.5 mg" in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Record this amount?" in words(app))
        await pilot.press("y")
        await until(pilot, lambda: records(world))
        await until(
            pilot, lambda: "recorded: mirtazapine 15 mg bedtime taken 23:05 Europe/Berlin time, planned 7.5 mg"
            in words(app),
        )  # fmt: skip


async def test_a_correction_of_the_time_alone_keeps_what_was_taken(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-04 23:10")
    world.session().record.take(MIRTAZAPINE)
    plans = world.session("editor").plans
    text = SLOTS + BEDTIME.replace("15 mg", "30 mg")
    plans.apply(plans.preview(parse_plan(text), step=1, from_day=THURSDAY), allow={"replaces", "changes_past"})
    app = world.app()
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("k", "t")
        await sees(pilot, "½ × 15 mg tablet")
        await types(pilot, "23:05")
        await until(pilot, lambda: "½ × 15 mg tablet = 7.5 mg, planned 15 mg" in words(app))
        await pilot.press(*["enter"] * 3)
        await sees(pilot, "Replace that record?")
        await pilot.press("y")
        await sees(pilot, "Record this amount?")
        await pilot.press("y")
        await until(pilot, lambda: records(world)[0].at == at("2024-01-04 23:05"))
    (record,) = records(world)
    assert record.planned is not None
    assert (show_dose(record.pieces), show_dose(record.planned.pieces)) == ("7.5 mg", "15 mg")


async def test_the_month_says_before_splitdose(tmp_path: Path) -> None:
    world = world_with(tmp_path, BEDTIME, "2024-01-05 09:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "bedtime")
        await pilot.press("2", "m")
        await sees(pilot, "Fri 5 Jan 2024: 1 upcoming")
        await pilot.press("left")
        await sees(pilot, "Thu 4 Jan 2024: 1 no record · 0 of 7.5 mg")
        await pilot.press("left")
        await sees(pilot, "Wed 3 Jan 2024: before Splitdose")
        assert "of 7.5 mg" not in words(app).partition("Wed 3 Jan 2024")[2]


async def test_where_everything_is_archived_today_says_so(tmp_path: Path) -> None:
    world = world_with(tmp_path, NEEDED, "2024-01-05 09:00")
    plans = world.session().plans
    plans.apply(plans.archive("ibuprofen"), allow={"replaces"})
    async with world.app().run_test(size=(100, 30)) as pilot:
        await sees(pilot, "Every medicine is archived. 3 shows them; e records what was taken.")
        await pilot.press("4")
        await until(pilot, lambda: "Every medicine is archived." in shown(pilot) and "3 shows" not in shown(pilot))


async def test_a_dose_weeks_ahead_is_in_the_panel(tmp_path: Path) -> None:
    world = world_with(tmp_path, WEEKLY.replace("every = 7", "every = 28"), "2024-01-04 08:05")
    world.session().record.take(METHOTREXATE)
    async with world.app().run_test(size=(100, 30)) as pilot:
        await sees(pilot, "morning 08:00 Thu 1 Feb", "in 28 days", "[ not due yet ]")
