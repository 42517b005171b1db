"""The palette of commands, which bears keys that come before its list is laid out, or after it was left."""

from contextlib import suppress

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.css.query import NoMatches


class Palette(CommandPalette):
    """Textual's palette. A page up or down in the same write as the key that opens it would end the app there."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Leave; nothing where it was left already."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        """Move in the list, as far as there is one."""
        with suppress(KeyError, IndexError, NoMatches):
            super()._action_command_list(action)
