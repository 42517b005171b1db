"""Today: what the panel names is what Space records, once, and only when it was meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from splitdose.core.day import Dose
from splitdose.core.log import Intake
from splitdose.core.plan import DoseKey
from splitdose.store import NotSaved
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.screens import today as today_module
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.terminal import key_times
from splitdose.tui.widgets.next_dose import NextPanel
from support.app import Scenario, three_a_day

DAY = date(2023, 11, 30)
MORNING = DoseKey("baclofen", DAY, "morning")
AFTERNOON = DoseKey("baclofen", DAY, "afternoon")
EVENING = DoseKey("baclofen", DAY, "evening")
DIAZEPAM = DoseKey("diazepam", DAY, "evening")


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data")


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The monotonic clock that tells a held key and a panel just changed, turned by the test."""
    now = [1000.0]
    monkeypatch.setattr(key_times, "moment", lambda: now[0])
    monkeypatch.setattr(key_times, "arrived", lambda event: now[0])

    def passed(by: float) -> None:
        now[0] += by

    return passed


def records(world: Scenario, day: date = DAY) -> list[Intake]:
    log = world.session().reader.log([day])
    return [i for i in log.intakes.values() if log.stands(i.id)]


def shown(app: SplitdoseApp) -> str:
    """Everything on the screen as text."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def named(app: SplitdoseApp) -> Dose:
    """The dose that the panel names."""
    dose = app.screen_stack[0].query_one(NextPanel).state.dose
    assert dose is not None
    return dose


async def settle(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


async def test_space_records_the_named_dose_and_undo_stays_on_screen(
    world: Scenario, seconds: Callable[[float], None]
) -> None:
    world.clock.set("2023-11-30 08:04")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "a quarter of one 20 mg tablet" in shown(app)
        assert "due, 4 min ago" in shown(app)
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert [(r.key, r.kind) for r in records(world)] == [(MORNING, "taken")]
        assert "taken 08:04" in shown(app)
        assert "u undoes it" in shown(app)
        await pilot.press("u")
        await settle(pilot)
        assert records(world) == []
        assert "due, 4 min ago" in shown(app)


async def test_the_file_holds_the_record_before_the_screen_says_so(
    world: Scenario, seconds: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.set("2023-11-30 08:04")
    session = world.session()
    app = world.app(session)
    seen: list[tuple[str, int]] = []
    store = session.reader.store
    put = store.put

    def watched(*arguments: Any) -> None:
        seen.append((named(app).state, len(records(world))))
        put(*arguments)
        seen.append((named(app).state, len(records(world))))

    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        monkeypatch.setattr(store, "put", watched)
        await pilot.press("space")
        await settle(pilot)
        assert seen == [("due", 0), ("due", 1)], "the panel changed only once the file held the record"
        assert "taken 08:04" in shown(app)


async def test_a_held_key_records_once(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 18:05")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        await pilot.press("space")
        for _ in range(40):  # the terminal repeats it every 30 ms, for longer than the panel needs to settle
            seconds(0.03)
            await pilot.press("space")
        await settle(pilot)
        assert len(records(world)) == 1
        seconds(1.5)
        await pilot.press("space")
        await settle(pilot)
        assert len(records(world)) == 2, "pressed anew, it takes the other dose that is due"


async def test_a_panel_that_just_changed_is_not_acted_on(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 12:59:59")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(30)
        await pilot.press("k", "k")  # the cursor stands on the morning dose
        seconds(today_module.FOLLOW_AFTER_SECONDS + 1)
        world.clock.advance(seconds=2)
        app.tick()
        await settle(pilot)
        assert named(app).key == AFTERNOON, "after a while the panel follows the next dose again"
        seconds(0.4)
        await pilot.press("space")
        await settle(pilot)
        assert records(world) == [], "the finger was on its way to another dose"
        seconds(1.2)
        await pilot.press("space")
        await settle(pilot)
        assert [r.key for r in records(world)] == [AFTERNOON]


async def test_the_cursor_changes_what_space_takes(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 18:05")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert named(app).key == EVENING
        assert "a: all 2 that are due" in shown(app)
        await pilot.press("j")
        await settle(pilot)
        assert "four 2 mg tablets" in shown(app)
        seconds(2)
        await pilot.press("enter")
        await settle(pilot)
        assert [r.key for r in records(world)] == [DIAZEPAM]


async def test_all_that_are_due_are_named_before_they_are_taken(
    world: Scenario, seconds: Callable[[float], None]
) -> None:
    world.clock.set("2023-11-30 18:05")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert "2 doses are due: baclofen 10 mg (evening) and diazepam 8 mg (evening)" in shown(app)
        await pilot.press("a", "space", "enter")  # the key that raised it answers nothing
        await settle(pilot)
        assert isinstance(app.screen, Confirm)
        assert records(world) == []
        await pilot.press("y")
        await settle(pilot)
        assert {r.key for r in records(world)} == {EVENING, DIAZEPAM}


async def test_early_is_asked(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 15:00")
    session = world.session()
    session.record.take(MORNING, at=world.clock.now - timedelta(hours=7))
    session.record.take(AFTERNOON, at=world.clock.now - timedelta(hours=2))
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert "is due at 18:00, 3 h later" in shown(app)
        await pilot.press("n")
        await settle(pilot)
        assert len(records(world)) == 2
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        found = next(r for r in records(world) if r.key == EVENING)
        assert found.timing(timedelta(minutes=60)) == "early"


async def test_within_the_hour_before_nothing_is_asked(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 07:10")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert [r.key for r in records(world)] == [MORNING]


async def test_a_second_one_is_an_extra_and_asked(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 08:04")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        world.clock.advance(minutes=22)
        app.tick()
        await pilot.press("k")
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert "5 mg was recorded as taken at 08:04, 22 min ago" in shown(app)
        assert "as an extra?" in shown(app)
        await pilot.press("y")
        await settle(pilot)
        assert sorted(r.kind for r in records(world)) == ["extra", "taken"]
        assert world.session().reader.day(DAY).totals[0].taken_mg == 10


async def test_skipped_with_its_reason_then_taken_after_all(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 08:04")
    app = world.app()
    reason = 'felt sick [bold]50 %[/] "x"'
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        await pilot.press(*[{" ": "space"}.get(c, c) for c in reason])
        await pilot.press("enter")
        await settle(pilot)
        (record,) = records(world)
        assert (record.kind, record.reason) == ("skipped", reason)
        assert f"skipped: {reason}" in shown(app)
        await pilot.press("k")
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert "Replace that record with taken now?" in shown(app)
        await pilot.press("y")
        await settle(pilot)
        (record,) = records(world)
        assert record.kind == "taken"
        assert record.replaces is not None


async def test_time_taken_is_said_back_as_it_is_typed(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 09:30")
    app = world.app()
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        await pilot.press(*"25:00")
        await settle(pilot)
        assert "is not a time of day" in shown(app)
        await pilot.press("enter", "enter", "enter")
        await settle(pilot)
        assert records(world) == [], "what can't be read is not kept"
        await pilot.press("up", "up", "end", *["backspace"] * 5, *"about", "space", *"08:10")
        await settle(pilot)
        assert "taken about 08:10: ¼ × 20 mg tablet = 5 mg" in shown(app)
        await pilot.press("enter", *"1/2", "enter", "enter")
        await settle(pilot)
        words = " ".join(shown(app).split())
        assert "Planned was 5 mg, this is ½ × 20 mg tablet = 10 mg" in words
        await pilot.press("y")
        await settle(pilot)
        (record,) = records(world)
        assert record.exactness == "about"
        assert record.mg == 10


async def test_yesterdays_open_doses_stay_on_top_until_the_first_is_due(
    world: Scenario, seconds: Callable[[float], None]
) -> None:
    world.clock.set("2023-11-30 18:10")
    session = world.session()
    for key in (MORNING, AFTERNOON, DIAZEPAM):
        session.record.take(key, allow={"after_next"})
    world.clock.set("2023-12-01 07:30")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        lines = shown(app).splitlines()
        above = next(n for n, line in enumerate(lines) if "yest. evening" in line)
        assert "no record" in lines[above]
        assert above < next(n for n, line in enumerate(lines) if "· morning" in line and "in 30 min" in line)
        world.clock.set("2023-12-01 08:00")
        app.tick()
        await settle(pilot)
        assert "yest. evening" not in shown(app)


async def test_after_midnight_the_evening_dose_is_still_yesterdays(
    world: Scenario, seconds: Callable[[float], None]
) -> None:
    world.clock.set("2023-11-30 23:50")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "Thu 30 Nov 2023 · 23:50" in shown(app)
        world.clock.set("2023-12-01 00:20")
        app.tick()
        await settle(pilot)
        assert "Thu 30 Nov, night to Fri 1 Dec · 00:20" in shown(app)
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        (record,) = records(world)
        assert record.key == EVENING
        world.clock.set("2023-12-01 04:00")
        app.tick()
        await settle(pilot)
        assert "Fri 1 Dec 2023 · 04:00" in shown(app)


async def test_not_saved_says_so_and_the_entry_waits(
    world: Scenario, seconds: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.set("2023-11-30 08:04")
    session = world.session()
    app = world.app(session)
    put = session.reader.store.put

    def full(*arguments: Any) -> None:
        raise NotSaved("the disk is full", "free some space and try again")

    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        monkeypatch.setattr(session.reader.store, "put", full)
        await pilot.press("space")
        await settle(pilot)
        assert "NOT SAVED: the disk is full" in shown(app)
        assert "taken 08:04" not in shown(app)
        assert records(world) == []
        monkeypatch.setattr(session.reader.store, "put", put)
        await pilot.press("r")
        await settle(pilot)
        assert "NOT SAVED" not in shown(app)
        assert "taken 08:04" in shown(app)
        assert len(records(world)) == 1


async def test_another_windows_record_is_seen_and_refused(
    world: Scenario, seconds: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.set("2023-11-30 08:04")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        monkeypatch.setattr(app, "tick", lambda: None)  # this window has not looked yet
        world.session("other").record.take(MORNING)
        await pilot.press("space")
        await settle(pilot)
        assert isinstance(app.screen, Confirm)
        assert "5 mg was recorded as taken at 08:04" in shown(app)
        await pilot.press("n")
        await settle(pilot)
        assert len(records(world)) == 1
        await pilot.press("u")
        await settle(pilot)
        assert len(records(world)) == 1, "undo takes back what this window recorded, not the other's"


async def test_snooze_moves_only_the_next_reminder(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 13:05")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("z")
        await settle(pilot)
        assert "snoozed until 13:15" in shown(app)
        assert "due, 5 min ago" in shown(app), "it stays due"


@pytest.mark.parametrize("size", [(100, 30), (60, 20), (36, 10)])
async def test_the_next_dose_is_named_and_taken_at_any_size(
    world: Scenario, seconds: Callable[[float], None], size: tuple[int, int]
) -> None:
    world.clock.set("2023-11-30 13:02")
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        text = shown(app)
        assert "afternoon 13:00" in text
        assert "baclofen  5 mg" in text
        assert "a quarter of one 20 mg tablet" in text
        assert "due, 2 min ago" in text
        seconds(5)
        await pilot.press("space")
        await settle(pilot)
        assert [r.key for r in records(world)] == [AFTERNOON]
        assert "recorded: baclofen 5 mg" in shown(app)


async def test_the_button_in_the_panel_can_be_clicked(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 13:02")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        row = next(n for n, line in enumerate(shown(app).splitlines()) if "Space: taken now" in line)
        await pilot.click(offset=(10, row))
        await settle(pilot)
        assert [r.key for r in records(world)] == [AFTERNOON]


async def test_a_click_on_a_row_moves_and_records_nothing(world: Scenario, seconds: Callable[[float], None]) -> None:
    world.clock.set("2023-11-30 13:02")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        seconds(5)
        row = next(n for n, line in enumerate(shown(app).splitlines()) if "diazepam" in line)
        await pilot.click(offset=(20, row))
        await settle(pilot)
        assert records(world) == []
        assert "four 2 mg tablets" in shown(app)


async def test_names_are_shown_literally(tmp_path: Path, seconds: Callable[[float], None]) -> None:
    from support.app import SettableClock, at

    world = Scenario(tmp_path / "data", SettableClock(at("2023-11-30 08:04")))
    world.plan(
        '[slots]\n"[bold]m %s" = "08:00"\n'
        '[[medicine]]\nname = "[red]x[/] \\u001b[31m \\"q\\" 5%"\nadvance = "on date"\n'
        '[[medicine.product]]\nname = "[b]tab"\nstrength = "10 mg"\n'
        '[[medicine.step]]\n"[bold]m %s" = "1 x [b]tab"\n'
    )
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        text = shown(app)
        assert "[bold]m %s" in text
        assert '[red]x[/] [31m "q" 5%' in text
        assert "\x1b" not in text
        await pilot.press("2")
        await settle(pilot)
        assert "[red]x[/]" in shown(app)


async def test_screen_is_today_first(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, TodayScreen)
