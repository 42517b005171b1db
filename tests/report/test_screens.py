"""The whole taper, one way and the other, on the screens that look back: they show what the raw records say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from report.raw import GLYPHS, NOW, Life, facts, standing
from report.taper import DAILY, DAYS, FIRST, LAST, ZONE, SettableClock, open_session
from splitdose.settings import Settings
from splitdose.tui.app import SplitdoseApp
from splitdose.tui.screens.week import WeekScreen
from splitdose.tui.widgets.week_grid import WeekGrid
from support.pilot import sees, shown, until

SIGNS = {"taken": "✓", "skipped": "–", "unsure": "~"}
MONDAYS = [date(2023, 10, 23) + timedelta(days=7 * n) for n in range(7)]


@pytest.fixture
def app(life: Life, tmp_path: Path) -> SplitdoseApp:
    """A window on a copy of the taper, three days after its end."""
    shutil.copytree(life.folder, tmp_path / "data")
    clock = SettableClock()
    clock.at = NOW
    return SplitdoseApp(open_session(tmp_path / "data", clock), Settings(desktop=False, backups=0))


class Grid:
    """The lines of a week, cut where its days stand."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.head = next(n for n, line in enumerate(lines) if re.search(r"Mon \d+ +Tue \d+", line))
        self._at = [found.start() for found in re.finditer(r"[A-Z][a-z]{2} \d+", lines[self.head])]

    def label(self, line: str) -> str:
        return line[: self._at[0]].strip()

    def cells(self, line: str) -> list[str]:
        return [line[start:end].strip() for start, end in zip(self._at, [*self._at[1:], None], strict=True)]

    def line(self, label: str) -> str:
        """The line with a label."""
        return next(line for line in self.lines if self.label(line) == label)


async def week_of(pilot: Pilot[Any], monday: date) -> Grid:
    """The Week of a Monday."""
    screen = pilot.app.screen
    assert isinstance(screen, WeekScreen)
    await until(pilot, lambda: (week := screen.query_one(WeekGrid).state.week) is not None and week.start == monday)
    await pilot.pause()
    await pilot.pause()
    return Grid(shown(pilot).splitlines())


async def test_every_cell_of_every_week(app: SplitdoseApp, life: Life) -> None:
    records = {(d["medicine"], d["date"], d["slot"]): d for d in standing(life.folder) if d["slot"]}
    looked_at = 0
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("2")
        for monday in reversed([*MONDAYS, date(2023, 12, 11)]):
            grid = await week_of(pilot, monday)
            slot = ""
            for n in range(grid.head + 1, grid.head + 40, 2):
                above, below = grid.lines[n], grid.lines[n + 1]
                if not (medicine := grid.label(below)) or not any(grid.cells(above)):
                    break
                slot = grid.label(above).split()[0] if grid.label(above) else slot
                for k, (upper, lower) in enumerate(zip(grid.cells(above), grid.cells(below), strict=True)):
                    found = records.get((medicine, (monday + timedelta(days=k)).isoformat(), slot))
                    if found is None:
                        assert not upper.startswith(tuple(SIGNS.values())), (monday, slot, medicine, k, upper)
                        continue
                    looked_at += 1
                    mg = sum(_mg(piece) for piece in found["planned"]["pieces"])
                    assert upper.split() == [SIGNS[found["kind"]], f"{mg:g}", "mg"]
                    at = found["at"][11:16] if found["at"] else ""
                    about = "~" if found["exactness"] == "about" else ""
                    assert lower.split()[0] == (f"{about}{at}" if at else found["kind"])
            await pilot.press("left_square_bracket")
    assert looked_at == len(records) > 120 + 40  # of baclofen, and of diazepam


def _mg(piece: dict[str, Any]) -> float:
    whole, _, part = piece["count"].partition("/")
    return int(whole) / int(part or 1) * int(piece["product"]["strength"].split()[0])


async def test_the_sums_of_every_week(app: SplitdoseApp, life: Life) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("2", "left_square_bracket")
        for monday in reversed(MONDAYS):
            grid = await week_of(pilot, monday)
            expected = []
            for k in range(7):
                day = monday + timedelta(days=k)
                known = facts(life.folder, "baclofen", day, day)
                expected.append(f"{known.taken_mg} of {DAILY[day]}" if day in DAILY else "")
            assert grid.cells(grid.line("taken")) == expected
            week = facts(life.folder, "baclofen", max(monday, FIRST), min(monday + timedelta(days=6), LAST))
            planned = sum(DAILY.get(monday + timedelta(days=k), 0) for k in range(7))
            assert f"· {week.taken_mg} of {planned} mg" in "\n".join(grid.lines)
            await pilot.press("left_square_bracket")


async def test_every_day_of_every_month(app: SplitdoseApp, life: Life) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("2", "left_square_bracket", "m")
        for name, back in (("December 2023", 4), ("November 2023", 4), ("October 2023", 0)):
            await sees(pilot, f"{name}   baclofen")
            grid = " ".join(shown(pilot).split())
            for day, planned in DAILY.items():
                if f"{day:%B %Y}" == name:
                    taken = facts(life.folder, "baclofen", day, day).taken_mg
                    assert f" {day.day} {taken}{_sign(life, day)} " in grid, (day, planned)
            await pilot.press(*["left_square_bracket"] * (1 if back else 0))


def _sign(life: Life, day: date) -> str:
    """What a month shows of a day that is over: the first of what was not as planned."""
    kinds = {d["kind"] for d in life.of(day, "baclofen")}
    if any(dose.due.date() == day for dose in life.missing("baclofen")):
        return "?"
    return "~" if "unsure" in kinds else "–" if "skipped" in kinds else "✓"


async def test_the_course_is_the_whole_taper(app: SplitdoseApp, life: Life) -> None:
    known = facts(life.folder, "baclofen")
    async with app.run_test(size=(170, 60)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await sees(pilot, "baclofen   Thu 26 Oct – Mon 11 Dec 2023   whole course")
        text = shown(pilot)
        assert "60 h since the last dose" in text
        assert f"the finished course: {DAYS} days, {known.taken_mg} of 1515 mg taken" in text
        sums = life.sums("baclofen")
        counts = {word: sums.timings[word] for word in ("on time", "late", "early")}
        counts |= {word: sums.kinds[word] for word in ("skipped", "unsure")}
        counts |= {"no record": sums.missing, "extra": sums.kinds["extra"]}
        told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        assert f"{sums.kinds['taken']} of 128 doses taken, {told}" in " ".join(text.split())
        least = "≥ " if sums.gap_at_least else ""
        assert f"longest time between two doses: {least}{sums.gap}" in text
        used = " and ".join(f"{int(count)}{GLYPHS.get(count % 1, '')} × {name}" for name, count in sums.used.items())
        assert f"used: {used}" in text
        file_stamps = next(line for line in text.splitlines() if line.strip().startswith("step"))
        assert file_stamps.split() == ["step", *(str(n) for n in range(1, 13))]
        heights = list(_heights(text, 47, 3))
        assert heights == [_eighths(life.folder, FIRST + timedelta(days=n)) for n in range(47)]
        sleeps = next(line for line in text.splitlines() if line.strip().startswith("sleep"))
        expected = [str(d["sleep"]) for d in sorted(life.checkins, key=lambda d: str(d["at"]))]
        assert sleeps.split()[1:] == expected
        tired = next(line for line in text.splitlines() if line.strip().startswith("fatig…"))
        by_time = sorted(life.checkins, key=lambda d: str(d["at"]))
        assert tired.split()[1:] == [str(d["symptoms"]["fatigue"]) for d in by_time if "fatigue" in d["symptoms"]]
        await pilot.press("m")
        held = life.sums("diazepam")
        await sees(pilot, "diazepam   Thu 26 Oct – Mon 11 Dec 2023", f"{held.taken_mg} of {46 * 8} mg taken",
                   f"{held.kinds['taken']} of 46 doses taken")  # fmt: skip


def _heights(text: str, days: int, each: int) -> Iterator[int]:
    """How high each column of the first chart is filled, in eighths of a line."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if "mg per day" in line) + 1
    left = next(line for line in lines if "Thu 26 Oct" in line and "Mon 11 Dec" in line and "–" not in line).index(
        "Thu"
    )
    for n in range(days):
        column = [line.ljust(left + each * days)[left + each * n] for line in lines[start : start + 8]]
        yield sum(" ▁▂▃▄▅▆▇█".index(cell) if cell in " ▁▂▃▄▅▆▇█" else 0 for cell in column)


def _eighths(folder: Path, day: date) -> int:
    """The same from the records: the axis ends at 60 mg, eight lines high."""
    return round(float(facts(folder, "baclofen", day, day).taken_mg) / 60 * 64)


def test_the_zone_is_that_of_the_record(app: SplitdoseApp) -> None:
    assert app.session.reader.calendar.latest.zone == ZONE
