"""A terminal that is too small to draw in: the app goes on, and shows everything again once there is room.

Below a few columns Textual divides by a width of zero. A pane that small is one that somebody is moving about, not
one that is read; reminders must outlive it.
"""

from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

ReturnType = TypeVar("ReturnType")

LEAST = Size(12, 1)
"""Columns and rows that are laid out for at least."""
_CLEAR = "\x1b[0m\x1b[2J"


class LeastSize(App[ReturnType]):
    """An app that lays itself out for a least size, and draws nothing in a terminal below it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._too_small = False

    async def on_event(self, event: events.Event) -> None:
        """Give the app a size that it can be laid out for."""
        if isinstance(event, events.Resize):
            given = event.size
            laid_out = Size(max(given.width, LEAST.width), max(given.height, LEAST.height))
            was, self._too_small = self._too_small, laid_out != given
            if self._too_small:
                event = events.Resize(laid_out, laid_out)
                if self._driver is not None and not self.is_headless:
                    self._driver.write(_CLEAR)
                    self._driver.flush()
            elif was:
                self.call_later(self.refresh, layout=True)
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        # Textual's one way out to the terminal; nothing public stands before it.
        super()._display(screen, None if self._too_small else renderable)
