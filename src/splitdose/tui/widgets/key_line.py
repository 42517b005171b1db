"""The keys that matter in a dialog, in words: made from the commands and the keymap, so that a remapped key is named.

Nobody writes a key into a sentence: `key_of` gives it.
"""

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import App, RenderResult
from textual.content import Content
from textual.widget import Widget

from splitdose.tui.commands import BY_ID
from splitdose.tui.widgets.fit import MUTED, NARROW

_ASCII = str.maketrans({"←": "<-", "→": "->", "↑": "Up", "↓": "Down"})


def key_of(app: App[Any], command: str) -> str:
    """The key of a command, by its id, as the person has it and calls it: "U", "Esc", "^s"."""
    key = BY_ID[command].shown_key(getattr(app, "settings_keys", None))
    return key.translate(_ASCII) if getattr(app, "ascii_only", False) else key


def keys_words(app: App[Any], *commands: str | tuple[str, str]) -> str:
    """A few commands with their keys, in one text: "y yes   n no".

    Args:
        app: the app, for its keymap.
        commands: their ids, or an id and what it does here where that is not its usual label.
    """
    pairs = [(each, BY_ID[each].label) if isinstance(each, str) else each for each in commands]
    return "   ".join(f"{key_of(app, name)} {label}" for name, label in pairs)


class KeyLine(Widget):
    """A few commands with their keys; a click on one does what the key does.

    A command is named by its id, or by its id and what it does here where that is not its usual label.
    """

    def __init__(self, *commands: str | tuple[str, str]) -> None:
        super().__init__(classes="key-line")
        self._commands: Sequence[str | tuple[str, str]] = commands

    def show(self, *commands: str | tuple[str, str]) -> None:
        """Show other commands."""
        self._commands = commands
        self.refresh()

    def _keys(self) -> list[tuple[str, str, str]]:
        """Key, what it does, and the action."""
        pairs = [(name, BY_ID[name].label) if isinstance(name, str) else name for name in self._commands]
        return [(key_of(self.app, name), label, BY_ID[name].action) for name, label in pairs]

    def _shown(self) -> list[tuple[int, str, str, str]]:
        """Where each begins. What doesn't fit is left out, the first and the last stay."""
        gap = 3 if self.content_size.width >= NARROW else 2

        def length(key: str, label: str) -> int:
            return cell_len(key) + 1 + cell_len(label) + gap

        chosen = self._keys()
        while len(chosen) > 2 and sum(length(k, label) for k, label, _ in chosen) - gap > self.content_size.width:
            del chosen[-2]
        shown, x = [], 0
        for key, label, action in chosen:
            shown.append((x, key, label, action))
            x += length(key, label)
        return shown

    def render(self) -> RenderResult:
        parts: list[Content] = []
        end = 0
        for x, key, label, _ in self._shown():
            parts.append(Content(" " * (x - end)))
            parts.append(Content.assemble((key, "bold"), (f" {label}", MUTED)))
            end = x + cell_len(key) + 1 + cell_len(label)
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for x, key, label, action in self._shown():
            if x <= offset.x < x + cell_len(key) + 1 + cell_len(label):
                await self.screen.run_action(action)
                return
