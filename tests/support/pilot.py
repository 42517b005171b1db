"""Driving an app in a test: type, and wait until something is so."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input


def shown(pilot: Pilot[Any]) -> str:
    """Everything on the screen as text, a line a row."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "", *, within: float = 10.0) -> None:
    """Let the app work until something is so; fails the test, with the screen, when it isn't in time."""
    deadline = monotonic() + within
    while not condition():
        if monotonic() > deadline:
            pytest.fail(f"not within {within:g} s: {what or 'the condition'}\n{shown(pilot)}")
        await pilot.pause()


async def sees(pilot: Pilot[Any], *texts: str) -> None:
    """Wait until the screen shows these texts."""
    for text in texts:
        await until(pilot, lambda text=text: text in shown(pilot), f"the screen shows {text!r}")  # type: ignore[misc]


async def works(pilot: Pilot[Any]) -> None:
    """Wait until nothing works for the screen that is shown; what waits for its answer is another's."""
    screen = pilot.app.screen
    await until(pilot, lambda: not any(each.node is screen and each.is_running for each in pilot.app.workers))


async def types(pilot: Pilot[Any], text: str) -> None:
    """Type a text in place of what stands in the field that has the focus."""
    await until(pilot, lambda: isinstance(pilot.app.focused, Input), "an input has the focus")
    field = pilot.app.focused
    assert isinstance(field, Input)
    if field.value:
        await pilot.press("end", "ctrl+u")
    await pilot.press(*text)
    await until(pilot, lambda: field.value == text, f"{text!r} stands in the field")


async def goes_to(pilot: Pilot[Any], widget: Widget) -> None:
    """Give a widget the focus."""
    widget.focus()
    await until(pilot, lambda: pilot.app.focused is widget, f"{widget!r} has the focus")


async def says(pilot: Pilot[Any], text: str) -> None:
    """Wait for a short notice with that text."""
    await until(pilot, lambda: any(text in notice.message for notice in pilot.app._notifications), f"it says {text!r}")
