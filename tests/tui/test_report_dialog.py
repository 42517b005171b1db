"""A report of many years from the app: it says how far it is, the window goes on meanwhile, and leaving ends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, ProgressBar, Static

from splitdose.session import Session
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.dialogs.report import ReportDialog
from support.app import Scenario, SettableClock, at
from support.pilot import sees, shown, types, until, works

PLAN = """
[slots]
morning = "08:00"
[[medicine]]
name = "baclofen"
[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"
[[medicine.step]]
start = 2013-12-01
morning = "1/2 x 20 mg tablet"
"""


class Disk(DataFolder):
    """A disk that gives so many months and then waits.

    Attributes:
        read: the months that were asked for.
    """

    months_free = Semaphore(0)
    read: list[str] = []  # noqa: RUF012 - every twin of one test writes to the same

    def views(self, journal: str) -> dict[str, list[Mapping[str, Any]]]:
        if journal.startswith("log/"):
            self.read.append(journal)
            assert self.months_free.acquire(timeout=20)
        return super().views(journal)


class Window(Session):
    """A window whose twins read from such a disk."""

    def for_thread(self) -> Session:
        clock, where, machine_zone, policy = self._given
        return Session(Disk(self.reader.store.path), clock, where=where, machine_zone=machine_zone, policy=policy)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SplitdoseApp]:
    """Ten years of a plan; nothing of the log is given yet."""
    monkeypatch.setattr(Disk, "months_free", Semaphore(0))
    monkeypatch.setattr(Disk, "read", [])
    world = Scenario(tmp_path / "data", SettableClock(at("2013-12-01 07:00")))
    world.plan(PLAN)
    world.clock.set("2023-11-30 20:00")
    store = DataFolder(world.folder)
    yield world.app(Window(store, world.clock, where="window", machine_zone=world.zone))
    Disk.months_free.release(1000)  # whatever a failed test left waiting


async def asked(pilot: Pilot[Any]) -> ReportDialog:
    """The dialog, with a report of everything being made."""
    await pilot.pause()
    await pilot.press("E")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReportDialog))
    dialog = pilot.app.screen
    assert isinstance(dialog, ReportDialog)
    return dialog


def progress(dialog: ReportDialog) -> float:
    """From 0 to 1."""
    return dialog.query_one(ProgressBar).percentage or 0


async def test_long_work_says_how_far_it_is(app: SplitdoseApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        assert dialog.query_one(ProgressBar).display
        seen = []
        for _ in range(4):
            Disk.months_free.release(24)
            before = progress(dialog)
            await until(pilot, lambda before=before: progress(dialog) > before)  # type: ignore[misc]
            seen.append(progress(dialog))
            assert dialog._text is None
        assert seen == sorted(set(seen))
        assert 0 < seen[0] < seen[-1] < 0.5, "reading is the first half"
        # The window goes on: what is typed is seen, Enter writes nothing yet.
        await pilot.press("x")
        path = dialog.query_one(Input)
        await until(pilot, lambda: path.value.endswith("x"))
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert not Path(path.value).exists()
        Disk.months_free.release(1000)
        await sees(pilot, "# Dose record, Sun 1 Dec 2013 to Thu 30 Nov 2023")
        assert not dialog.query_one(ProgressBar).display
        assert dialog._text is not None
        assert dialog._text.count("no record") == 3652 + 1, "each day but today, and their number"


async def test_leaving_ends_the_work(app: SplitdoseApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        Disk.months_free.release(12)
        await until(pilot, lambda: progress(dialog) > 0)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not dialog)
        await sees(pilot, "baclofen")
        await until(pilot, lambda: len(Disk.read) >= 13, "the work waits for the thirteenth month")
        reached = len(Disk.read)
        Disk.months_free.release(1000)
        await works(pilot)
        assert len(Disk.read) <= reached + 1 < 120, "it goes no further than the step it was at"
        assert "written" not in shown(pilot)
    assert sorted(tmp_path.iterdir()) == before


async def test_another_format_ends_the_work_on_the_first(app: SplitdoseApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        Disk.months_free.release(12)
        await until(pilot, lambda: progress(dialog) > 0)
        await pilot.press("f2")
        await until(pilot, lambda: "html" in str(dialog.query_one("#report-title", Static).render()))
        Disk.months_free.release(1000)
        await sees(pilot, "<!DOCTYPE html>")
        await works(pilot)
        assert dialog._text is not None
        assert dialog._text.startswith("<!DOCTYPE html>")
        assert dialog.query_one(Input).value.endswith(".html")
        # The second began anew; the first stopped where it was.
        assert len(Disk.read) < 13 + 2 + 121


async def test_any_days_can_be_asked_for(app: SplitdoseApp) -> None:
    Disk.months_free.release(1000)
    async with app.run_test(size=(100, 30)) as pilot:
        await asked(pilot)
        await sees(pilot, "(everything until today)", "# Dose record, Sun 1 Dec 2013 to Thu 30 Nov 2023")
        await pilot.press("f4")
        await sees(pilot, "Which days?")
        await types(pilot, "2023-11-20 to 2023-11-10")
        await sees(pilot, "the range ends before it begins")
        await types(pilot, "2023-11-10 to 2023-11-20")
        await sees(pilot, "Fri 10 Nov – Mon 20 Nov 2023")
        await pilot.press("enter")
        await sees(pilot, "(Fri 10 Nov – Mon 20 Nov 2023)", "# Dose record, Fri 10 Nov 2023 to Mon 20 Nov 2023")
        await pilot.press("f4")
        await types(pilot, "everything")
        await pilot.press("enter")
        await sees(pilot, "(everything until today)")


async def test_the_title_says_what_will_be_in_the_file(app: SplitdoseApp) -> None:
    Disk.months_free.release(1000)
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        await sees(pilot, "# Dose record")
        await pilot.press("f4")
        await types(pilot, "last 7 days")
        await pilot.press("enter")
        await sees(pilot, "(Fri 24 Nov – Thu 30 Nov 2023)")
        await pilot.press("f3")
        await sees(pilot, "F3 names left out")
        for _ in range(5):
            await pilot.press("f2")
            await pilot.pause()
            title = str(dialog.query_one("#report-title", Static).render())
            keys = str(dialog.query_one("#report-keys", Static).render())
            if "json" in title:
                assert "(everything)" in title
                assert "F3 with names" in keys
            elif "ics" in title:
                assert "(from Fri 24 Nov 2023 on)" in title
            else:
                assert "(Fri 24 Nov – Thu 30 Nov 2023)" in title
                assert "F3 names left out" in keys
        await works(pilot)


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [("/", "/.html"), (".", "..html"), ("taper 30.11.2023", "taper 30.11.2023.html"), ("~/a.md", "~/a.html")],
)
async def test_another_format_changes_only_its_own_ending(app: SplitdoseApp, typed: str, becomes: str) -> None:
    Disk.months_free.release(1000)
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        await types(pilot, typed)
        await pilot.press("f2")
        await until(pilot, lambda: dialog.query_one(Input).value == becomes)
        await works(pilot)


async def test_yes_to_replacing_a_file_is_for_what_was_shown(app: SplitdoseApp, tmp_path: Path) -> None:
    Disk.months_free.release(1000)
    target = tmp_path / "out.md"
    target.write_text("older", encoding="utf-8")
    async with app.run_test(size=(100, 30)) as pilot:
        await asked(pilot)
        await sees(pilot, "# Dose record")
        await types(pilot, str(target))
        await pilot.press("enter")
        await sees(pilot, "exists. Enter")
        await pilot.press("f3")
        await sees(pilot, "F3 names left out")
        await works(pilot)
        await pilot.press("enter")
        await sees(pilot, "exists. Enter")
    assert target.read_text(encoding="utf-8") == "older"


@pytest.mark.parametrize("typed", ["~nosuchuser/x", "x" * 300])
async def test_a_name_that_no_file_can_have_is_told(app: SplitdoseApp, typed: str) -> None:
    Disk.months_free.release(1000)
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = await asked(pilot)
        await sees(pilot, "# Dose record")
        dialog.query_one(Input).value = typed
        await pilot.press("enter")
        await sees(pilot, "no file can have that name")
        assert pilot.app.screen is dialog
