"""A choice of a few words in one line."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from splitdose.core.sanitize import sanitize
from splitdose.tui.commands import bindings
from splitdose.tui.widgets.fit import MUTED, clip


class Choice(Widget, can_focus=True):
    """One of a few words: ← and → or Space change it, a click chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("choice")]

    options: reactive[tuple[str, ...]] = reactive(())
    at: reactive[int] = reactive(0)

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, choice: "Choice") -> None:
            self.choice = choice
            super().__init__()

    def __init__(self, options: Sequence[str], at: int = 0, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Choice.options, tuple(options))
        self.set_reactive(Choice.at, at)

    @property
    def value(self) -> str:
        """The chosen word."""
        return self.options[self.at] if self.at < len(self.options) else ""

    def _inline(self) -> bool:
        """Whether all words fit beside each other."""
        return sum(cell_len(sanitize(o)) + 3 for o in self.options) <= self.content_size.width + 1

    def render(self) -> RenderResult:
        chosen = "bold $block-cursor-foreground on $block-cursor-background" if self.has_focus else "bold $text-accent"
        if self._inline():
            parts = []
            for n, option in enumerate(self.options):
                mark = "▸" if n == self.at and not getattr(self.app, "ascii_only", False) else ">"
                text = f"{mark if n == self.at else ' '}{sanitize(option)} "
                parts.append(Content.styled(text, chosen if n == self.at else MUTED))
            return Content.assemble(*parts)
        room = max(4, self.content_size.width - 8)
        count = f"{self.at + 1}/{len(self.options)}"
        return Content.assemble(("< ", MUTED), (clip(self.value, room), chosen), (f" > {count}", MUTED))

    def action_turn(self, by: int) -> None:
        if self.options:
            self.choose((self.at + by) % len(self.options))

    def choose(self, at: int) -> None:
        """Choose a word by its place."""
        if at != self.at:
            self.at = at
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if not self._inline():
            self.action_turn(1)
            return
        x = offset.x
        for n, option in enumerate(self.options):
            width = cell_len(sanitize(option)) + 2
            if 0 <= x < width:
                self.choose(n)
                return
            x -= width
