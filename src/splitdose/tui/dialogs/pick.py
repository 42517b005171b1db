"""One of a few things chosen by its name."""

from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from splitdose.core.sanitize import sanitize
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.widgets.key_line import KeyLine


class Names(OptionList, inherit_bindings=False):
    """The names, one of them marked; its keys are the dialog's."""


class Picker(Dialog[int | None]):
    """Asks for one of a few things by name. Gives its place, None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pick")]

    def __init__(self, title: str, names: Sequence[str], at: int = 0) -> None:
        """Make one.

        Args:
            title: what is asked.
            names: of the things, in order.
            at: the place that is marked at first.
        """
        super().__init__()
        self._title = title
        self._names = names
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="ask")
            yield Names(*(Option(Content(sanitize(name))) for name in self._names), id="picks")
            yield KeyLine("pick.choose", "pick.cancel")

    def on_mount(self) -> None:
        picks = self.query_one(Names)
        picks.highlighted = self._at
        picks.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_select(self) -> None:
        self.query_one(Names).action_select()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_move(self, how: Literal["cursor_down", "cursor_up", "page_down", "page_up", "first", "last"]) -> None:
        with suppress(KeyError):  # a page up or down before the list is laid out
            getattr(self.query_one(Names), f"action_{how}")()
