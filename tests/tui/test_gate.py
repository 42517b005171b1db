"""Whatever widget shows it, nothing that could steer a terminal is drawn, and no line grows or shrinks by that."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from cli.helpers import CONTROLS
from splitdose.tui.terminal.sanitizer import ControlCharacterFilter
from support.app import three_a_day
from support.pilot import sees, shown

BLACK = Color(0, 0, 0)
STEERING = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "a\x9b31m",
    "\u202egm 5",
    "a\x00b\x7fc",
    "\ud800",
    "c\x85d\u2028e",
    "a\tb",
]


@pytest.mark.parametrize("text", STEERING)
def test_it_takes_as_many_cells_as_before(text: str) -> None:
    (found,) = ControlCharacterFilter().apply([Segment(text)], BLACK)
    assert not CONTROLS.search(found.text)
    assert cell_len(found.text) == cell_len(text)


@pytest.mark.parametrize("text", ["¼ × 20 mg", "😀👩‍⚕️", "[bold]", "עברית", "\ue0b0"])
def test_what_a_person_can_see_stays(text: str) -> None:
    (found,) = ControlCharacterFilter().apply([Segment(text)], BLACK)
    assert found.text == text


@pytest.mark.parametrize("text", STEERING)
async def test_a_widget_that_takes_no_care(tmp_path: Path, text: str) -> None:
    world = three_a_day(tmp_path / "data", "2023-11-30 13:58")
    app = world.app()
    async with app.run_test(size=(80, 30), notifications=True) as pilot:
        careless = [Static(f"one {text}", markup=False), Static(Content(f"two {text}")), Input(f"three {text}")]
        careless[0].border_title = f"four {text}"
        careless[0].styles.border = ("solid", "white")
        await app.screen.query_one("#body", Vertical).mount(*careless, before=0)
        app.notify(f"five {text}", markup=False)
        await sees(pilot, "one", "two", "three", "four", "five")
        assert not CONTROLS.search(shown(pilot))
