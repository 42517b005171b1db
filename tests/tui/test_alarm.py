"""The alarm on every screen, what opens from it, and the reminders dialog: answered and set from where one is."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as wall_time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Checkbox, Input

from splitdose import reminding
from splitdose.core.plan import DoseKey
from splitdose.core.remind import Policy
from splitdose.notify import Notice, Outcome
from splitdose.settings import Settings, config_file, read_settings
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.dialogs.alarm import Alarm
from splitdose.tui.dialogs.reminders import RemindersDialog, policy_words
from splitdose.tui.reminding import TEST
from splitdose.tui.terminal import key_times
from splitdose.tui.widgets.alarm_bar import alarm_words
from splitdose.tui.widgets.bars import Banner
from support.app import Scenario, three_a_day

DAY = date(2023, 11, 30)
EVENING = DoseKey("baclofen", DAY, "evening")
DIAZEPAM = DoseKey("diazepam", DAY, "evening")


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    made = three_a_day(tmp_path / "data")
    made.clock.set("2023-11-30 18:05")
    return made


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The monotonic clock of held keys, turned by the test."""
    now = [1000.0]
    monkeypatch.setattr(key_times, "moment", lambda: now[0])
    monkeypatch.setattr(key_times, "arrived", lambda event: now[0])

    def passed(by: float) -> None:
        now[0] += by

    return passed


def shown(app: SplitdoseApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def bar(app: SplitdoseApp) -> str:
    return app.screen_stack[0].query_one("#alarm", Banner).text


async def settle(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


def states(world: Scenario) -> dict[DoseKey, str]:
    return {dose.key: dose.state for dose in world.session().reader.day(DAY).doses}


@pytest.mark.parametrize("screen", ["2", "3", "4"])
async def test_every_other_screen_names_what_is_due_and_answers_it(
    world: Scenario, seconds: Callable[[float], None], screen: str
) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press(screen)
        await settle(pilot)
        assert bar(app) == "! evening: baclofen 10 mg, due, 5 min ago, and 1 more   1 shows it, ! answers it"
        seconds(5)
        await pilot.press("!")
        await settle(pilot)
        assert isinstance(app.screen, Alarm)
        assert "2 doses are due" in shown(app)
        await pilot.press("space")
        await settle(pilot)
        assert states(world)[EVENING] == "taken"
        # It stays for the next one; a key still held down takes nothing more, and the dose it now names has to stand.
        assert "1 dose is due" in shown(app)
        await pilot.press("space")
        seconds(0.5)
        await pilot.press("space")
        await settle(pilot)
        assert states(world)[DIAZEPAM] == "due"
        await pilot.press("z")
        await settle(pilot)
        assert "next reminder at 18:15" in shown(app)
        assert states(world)[DIAZEPAM] == "due"
        await pilot.press("s")
        await settle(pilot)
        await pilot.press("o", "u", "t", "enter")
        await settle(pilot)
        assert states(world)[DIAZEPAM] == "skipped"
        assert "nothing is due" in shown(app)
        await pilot.press("escape")
        await settle(pilot)
        assert bar(app) == ""


async def test_down_chooses_the_other_and_undo_takes_it_back(world: Scenario, seconds: Callable[[float], None]) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("!")
        await settle(pilot)
        await pilot.press("down")
        seconds(2)
        await pilot.press("enter")
        await settle(pilot)
        assert (states(world)[EVENING], states(world)[DIAZEPAM]) == ("due", "taken")
        await pilot.press("u")
        await settle(pilot)
        assert states(world)[DIAZEPAM] == "due"


async def test_without_anything_due_it_says_so(world: Scenario) -> None:
    world.clock.set("2023-11-30 07:30")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("!")
        await settle(pilot)
        assert not isinstance(app.screen, Alarm)
        assert bar(app) == ""


async def test_today_shows_the_bar_only_while_its_panel_names_another_dose(
    world: Scenario, seconds: Callable[[float], None]
) -> None:
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert bar(app) == ""
        await pilot.press("up", "up", "up")
        await settle(pilot)
        assert "evening: baclofen 10 mg" in bar(app)


@pytest.mark.parametrize("typed", ["baclofen", "BACLOFEN"])
async def test_a_silent_medicine_calls_nobody(world: Scenario, typed: str) -> None:
    app = world.app()
    app.session.reminders.policy = Policy(silent=frozenset({typed}))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert bar(app) == "! evening: diazepam 8 mg, due, 5 min ago   1 shows it, ! answers it"


async def test_a_silent_name_that_is_no_medicine_is_told_once_at_the_start(world: Scenario) -> None:
    app = world.app()
    app.session.reminders.policy = Policy(silent=frozenset({"baclofan", "Diazepam"}))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        told = [note.message for note in app._notifications]
        assert told == ['config.toml: silent names "baclofan", which is not a medicine here']
        world.clock.advance(seconds=70)
        app.tick()
        await settle(pilot)
        assert len(app._notifications) == 1


async def test_the_demo_does_not_look_for_the_persons_medicines(world: Scenario) -> None:
    session = world.session()
    session.reminders.policy = Policy(silent=frozenset({"my own"}))
    app = SplitdoseApp(session, Settings(desktop=False), demo=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        assert not app._notifications


async def test_what_was_late_before_the_plan_was_made_calls_nobody(tmp_path: Path) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-30 17:00")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert states(world)[DoseKey("baclofen", DAY, "afternoon")] == "unrecorded"
        assert bar(app) == ""
        await pilot.press("!")
        await settle(pilot)
        assert not isinstance(app.screen, Alarm)
        world.clock.set("2023-11-30 18:05")
        app.tick()
        await settle(pilot)
        assert bar(app).startswith("! evening: baclofen 10 mg, due, 5 min ago, and 1 more")
        await pilot.press("!")
        await settle(pilot)
        assert "2 doses are due" in shown(app)


@pytest.mark.parametrize("width", [100, 60, 36, 24])
def test_the_bar_keeps_what_matters_at_any_width(world: Scenario, width: int) -> None:
    reader = world.session().reader
    for discreet in (False, True):
        words = alarm_words(
            reader.open_doses(), reader.now(), reader.calendar, width, key="!", discreet=discreet, ascii_only=True
        )
        assert ("baclofen" in words) != discreet
        assert "!" in words


async def test_the_terminals_title_says_what_is_due_or_not_if_discreet(
    world: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = world.app()
    written: list[str] = []
    monkeypatch.setattr(app, "write_to_terminal", written.append)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        titles = [text for text in written if "]2;" in text]
        assert "! evening: baclofen 10 mg and 1 more - splitdose" in titles[-1]
        app.reminding.use(Settings(reminders=Policy(discreet=True), desktop=False))
        await settle(pilot)
        titles = [text for text in written if "]2;" in text]
        assert "]2;! splitdose\x1b" in titles[-1]
    assert app.reminding.parting_sequence() != ""


# The dialog


async def test_what_is_changed_is_in_force_and_in_the_file_with_its_comments(world: Scenario) -> None:
    file = config_file({})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("# mine\n[reminders]  # how\nsnooze = 15  # long\ndesktop = false\n", encoding="utf-8")
    app = world.app(reminders=read_settings(file).reminders)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        assert isinstance(app.screen, RemindersDialog)
        assert "z moves the next notice by 15 min." in shown(app)
        app.screen.query_one("#reminders-quiet", Input).value = "22-7"
        await settle(pilot)
        assert 'quiet must be two times, such as "22:00-07:00"' in shown(app)
        app.screen.query_one("#reminders-quiet", Input).value = ""
        app.screen.query_one("#reminders-silent", Input).value = "DIAZEPAM, baclofan"
        await settle(pilot)
        assert "there is no medicine named baclofan" in shown(app)
        app.screen.query_one("#reminders-silent", Input).value = ""
        app.screen.query_one("#reminders-quiet", Input).value = "22-7"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, RemindersDialog), "what can't be understood is not saved"
        app.screen.query_one("#reminders-quiet", Input).value = "22:00-07:00"
        app.screen.query_one("#reminders-repeats", Input).value = "1"
        app.screen.query_one("#reminders-silent", Input).value = "diazepam"
        app.screen.query_one("#reminders-bell", Checkbox).value = False
        app.screen.query_one("#reminders-discreet", Checkbox).value = True
        await settle(pilot)
        text = shown(app)
        assert "Quiet from 22:00 to 07:00" in text
        assert "bell: off" in text
        assert "discreet: on" in text
        assert "no medicine" in text
        await pilot.press("enter")
        await settle(pilot)
        assert not isinstance(app.screen, RemindersDialog)
        assert "reminders: screen" in shown(app)
    expected = Policy(
        snooze=timedelta(minutes=15), repeats=1, quiet=(wall_time(22), wall_time(7)), discreet=True,
        silent=frozenset({"diazepam"}),
    )  # fmt: skip
    assert app.session.reminders.policy == expected
    kept = read_settings(file)
    assert (kept.reminders, kept.bell, kept.desktop, kept.warnings) == (expected, False, False, ())
    text = file.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "snooze = 15  # long" in text
    assert set(tomllib.loads(text)["reminders"]) == {
        "snooze", "desktop", "repeats", "quiet", "discreet", "silent", "bell",
    }  # fmt: skip


async def test_a_file_that_cant_be_understood_is_left_alone(world: Scenario) -> None:
    file = config_file({})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("theme = \n", encoding="utf-8")
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        app.screen.query_one("#reminders-repeats", Input).value = "1"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert "left as it is" in " ".join(shown(app).split())
        assert file.read_text(encoding="utf-8") == "theme = \n"
        await pilot.press("escape")


async def test_the_demo_leaves_the_persons_settings_alone(world: Scenario) -> None:
    app = SplitdoseApp(world.session(), Settings(desktop=False), demo=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        app.screen.query_one("#reminders-repeats", Input).value = "1"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert app.session.reminders.policy.repeats == 1
    assert not config_file({}).exists()


async def test_a_test_notice_says_what_each_channel_answered(world: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Notice] = []

    def send(notice: Notice, **options: object) -> Outcome:
        sent.append(notice)
        return Outcome("desktop", ok=False, reason="no notification service answers")

    monkeypatch.setattr(reminding, "send_desktop", send)
    app = world.app(desktop=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        await pilot.press("ctrl+t")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert TEST in sent
        assert "not sent: no notification service answers" in shown(app)
        assert "terminal sent" in shown(app)


async def test_a_changed_file_is_followed_while_the_app_is_open(world: Scenario) -> None:
    app = world.app()
    file = config_file({})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[reminders]\ndesktop = false\nquiet = '17:00-19:00'\n", encoding="utf-8")
        app.tick()
        await settle(pilot)
        assert app.session.reminders.policy.quiet == (wall_time(17), wall_time(19))
        assert "quiet until 19:00" in shown(app)
        file.write_text("[reminders]\nquiet = 5\n", encoding="utf-8")
        app.tick()
        assert app.session.reminders.policy.quiet == (wall_time(17), wall_time(19)), "a mistake changes nothing"


async def test_the_machines_zone_is_read_again_and_asked_about(
    world: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "clock is in" not in shown(app)
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        world.clock.advance(minutes=1)
        app.tick()
        await settle(pilot)
        assert "This machine's clock is in Asia/Tokyo. Your times are kept in Europe/Berlin." in shown(app)
        await pilot.press("n")
        await settle(pilot)
        assert app.session.reader.calendar.latest.zone == "Europe/Berlin"


async def test_it_says_whether_reminders_go_on_when_the_app_is_closed(world: Scenario) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("?")
        await settle(pilot)
        assert "reminders stop when the app is closed" in shown(app)
        await pilot.press("escape")
        with DataFolder(world.folder).watching() as mine:
            assert mine
            await pilot.press("?")
            await settle(pilot)
            assert "reminders continue when the app is closed" in shown(app)


@pytest.mark.parametrize("size", [(36, 10), (60, 16), (100, 30)])
async def test_dialogs_fit_small_terminals(world: Scenario, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("!")
        await settle(pilot)
        assert "baclofen 10 mg" in shown(app)
        assert "Space take" in shown(app)
        await pilot.press("escape")
        await pilot.press("R")
        await settle(pilot)
        assert "Enter save" in shown(app)


def test_the_policy_in_plain_words() -> None:
    assert policy_words(Policy())[0] == (
        "One notice at a dose's time, then every 10 min, 3 times, until it is recorded or snoozed."
    )
    assert policy_words(Policy(repeats=0, lead=timedelta(minutes=15)))[0] == (
        "One notice 15 min before a dose's time, and no more."
    )
    every = " ".join(policy_words(replace(Policy(), silent=frozenset({"a", "b"}), discreet=True, repeats=1)))
    assert "once more" in every
    assert "No reminders of a and b." in every


async def test_a_claim_that_cant_be_saved_is_given_once_all_the_same(
    world: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is held by another process that hangs: the notice comes, and only once."""
    sent: list[Notice] = []

    def send(notice: Notice, **options: object) -> Outcome:
        sent.append(notice)
        return Outcome("desktop", ok=True)

    monkeypatch.setattr(reminding, "send_desktop", send)
    monkeypatch.setattr(reminding, "probe_desktop", lambda environ: Outcome("desktop", ok=True))
    app = world.app(desktop=True)
    with DataFolder(world.folder).locked():
        monkeypatch.setattr(app.session, "for_thread", lambda: world.session("window 1"))
        async with app.run_test(size=(140, 30)) as pilot:
            began = time.monotonic()
            while not sent or app.session.reminders.trouble == "":
                assert time.monotonic() - began < 20
                await pilot.pause(0.05)
            for _ in range(5):
                app.tick()
                await app.workers.wait_for_complete()
                await settle(pilot)
            assert len(sent) == 1
            assert "reminders may come twice" in shown(app)
