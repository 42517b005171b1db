"""What an app outlives: a terminal too small to draw in, and what comes when the screen it is meant for is gone.

Below a few columns Textual divides by a width of zero. A pane that small is one that somebody is moving about, not
one that is read; reminders must outlive it.
"""

from contextlib import suppress
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App, ScreenStackError
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen

ReturnType = TypeVar("ReturnType")

LEAST = Size(12, 1)
"""Columns and rows that are laid out for at least."""
_CLEAR = "\x1b[0m\x1b[2J"


def bearing(driver: type[Driver]) -> type[Driver]:
    """A driver that goes on reading after what it can't decode: bytes that are not UTF-8, a code point that none is.

    Textual's input thread ends with it, and the app with the thread.
    """
    if not hasattr(driver, "run_input_thread"):
        return driver

    class Bearing(driver):  # type: ignore[valid-type, misc]
        def run_input_thread(self) -> None:
            while not self.exit_event.is_set():
                with suppress(ValueError, OverflowError):
                    super().run_input_thread()

    return Bearing


class LastingApp(App[ReturnType]):
    """An app that outlives a terminal below a least size, and what comes too late for its screens."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._too_small = False

    def get_driver_class(self) -> type[Driver]:
        return bearing(super().get_driver_class())

    def panic(self, *renderables: RenderableType) -> None:
        """End with an error: never with 0."""
        self._return_code = 1
        super().panic(*renderables)

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

    def _handle_exception(self, error: Exception) -> None:
        # Parts of a screen may be gone while the app leaves, or once a dialog was answered: what still asks for them
        # (a field that changed, a click on its way) is too late, and no reason to end in an error.
        if isinstance(error, NoMatches | ScreenStackError) and (self._exit or self._closing):
            return
        super()._handle_exception(error)
