"""Whatever the colours: the dose that the panel names is marked, and nothing is black on black."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.theme import BUILTIN_THEMES

from support.app import Scenario, three_a_day
from support.pilot import shown, until
from support.shell import PROGRAM
from support.terminal import Terminal

THEMES = ["splitdose-dark", "splitdose-light", *BUILTIN_THEMES]
ANSI = [name for name, theme in BUILTIN_THEMES.items() if theme.ansi]


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return three_a_day(tmp_path / "data", "2023-11-30 08:02")


@pytest.mark.parametrize("theme", ["splitdose-dark", "splitdose-light", *ANSI])
@pytest.mark.parametrize(("ascii_only", "sign"), [(False, "▸"), (True, ">")])
async def test_the_dose_in_the_panel_is_marked_by_more_than_colour(
    world: Scenario, theme: str, ascii_only: bool, sign: str
) -> None:
    app = world.app(theme=theme, ascii=ascii_only)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: f"{sign}! morning" in shown(pilot), "the dose that is due is marked")
        assert app.theme == theme
        await pilot.press("j")
        await until(pilot, lambda: re.search(f"{sign}. afternoon", shown(pilot)), "the next one is marked")
        assert shown(pilot).count(sign) == 1


def test_in_ascii_nothing_else_is_drawn_anywhere(
    world: Scenario, home: Path, terminal: Callable[..., Terminal]
) -> None:
    window = terminal([*PROGRAM, "--data", str(world.folder), "--ascii"], at="2023-11-30 08:02")
    window.wait_for_text("[ Space: taken now ]")
    for size in ((100, 30), (60, 20), (36, 10)):
        window.resize(*size)
        for screen, text in (("2", "week 48"), ("3", "mg"), ("4", "per day"), ("1", "taken now")):
            window.press(screen)
            assert window.wait_for_text(text).isascii(), window.screen()
    for key, text in (("?", "Esc"), ("ctrl+p", "Search for commands"), ("R", "One notice at")):
        window.press(key)
        assert window.wait_for_text(text).isascii(), window.screen()
        window.press("escape")
        window.wait_for_no_text(text)


def test_there_are_themes_of_the_terminals_own_colours() -> None:
    assert ANSI


@pytest.mark.parametrize("theme", THEMES)
async def test_without_colour_no_theme_takes_the_terminals_own(
    world: Scenario, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app(theme=theme)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "baclofen" in shown(pilot), "Today is shown")
        assert not app.current_theme.ansi
        app.theme = ANSI[0]
        await until(pilot, lambda: not app.current_theme.ansi, "another one is taken when it is chosen later")


@pytest.mark.parametrize("theme", ANSI)
def test_without_colour_text_can_be_told_from_its_ground(
    world: Scenario, home: Path, terminal: Callable[..., Terminal], theme: str
) -> None:
    config = home / ".config" / "splitdose" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'theme = "{theme}"\n', encoding="utf-8")
    window = terminal(
        [*PROGRAM, "--data", str(world.folder)],
        at="2023-11-30 08:02",
        environ={"NO_COLOR": "1", "COLORTERM": "truecolor"},
    )
    window.wait_for_text("[ Space: taken now ]")
    assert "\x1b[38;2;0;0;0m" not in window.styled()
