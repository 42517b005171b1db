"""Small questions over a screen: yes or no, a time, a reason, a check-in, and the help.

A question takes y, n and Escape, never the key that raised it.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from splitdose.core.errors import BadInput
from splitdose.core.sanitize import sanitize
from splitdose.core.wording import DISCLAIMER
from splitdose.store import StoreError
from splitdose.tui.commands import Command


class Confirm(ModalScreen[str]):
    """Asks about something unusual. Gives "y", "n", or another key that was offered."""

    def __init__(self, facts: str, ask: str, *, others: Sequence[tuple[str, str]] = ()) -> None:
        """Make one.

        Args:
            facts: what is known, one sentence.
            ask: what yes will do, as a question.
            others: further keys and what each does.
        """
        super().__init__()
        self._facts = facts
        self._ask = ask
        self._others = dict(others)

    def compose(self) -> ComposeResult:
        keys = "   ".join(["y yes", "n no", *(f"{key} {what}" for key, what in self._others.items())])
        with Vertical(classes="dialog"):
            yield Static(sanitize(self._facts, keep_newlines=True), markup=False, classes="facts")
            yield Static(sanitize(self._ask), markup=False, classes="ask")
            yield Static(keys, markup=False, classes="keys")

    def on_key(self, event: events.Key) -> None:
        event.stop()
        key = event.key
        if key == "y":
            self.dismiss("y")
        elif key in ("n", "escape"):
            self.dismiss("n")
        elif key in self._others:
            self.dismiss(key)


class TextPrompt(ModalScreen[str | None]):
    """Asks for one line of text; Enter gives it, Escape gives None. Errors are told as one types."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False)]

    def __init__(
        self,
        title: str,
        hint: str,
        *,
        value: str = "",
        read: Callable[[str], str] | None = None,
        may_be_empty: bool = False,
    ) -> None:
        """Make one.

        Args:
            title: what is asked.
            hint: what may be typed.
            value: what stands there at first.
            read: gives back what was understood, or raises BadInput.
            may_be_empty: whether nothing is an answer.
        """
        super().__init__()
        self._title = title
        self._hint = hint
        self._value = value
        self._read = read
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(sanitize(self._title), markup=False, classes="ask")
            yield Input(self._value, select_on_focus=False)
            yield Static(self._hint, markup=False, classes="keys", id="echo")

    def on_input_changed(self, event: Input.Changed) -> None:
        echo, problem = self._understood(event.value)
        label = self.query_one("#echo", Static)
        label.set_class(problem, "problem")
        label.update(Content(echo))

    def _understood(self, typed: str) -> tuple[str, bool]:
        if not typed.strip() or self._read is None:
            return self._hint, False
        try:
            return self._read(typed), False
        except (BadInput, StoreError) as problem:
            return str(problem), True

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if not event.value.strip() and not self._may_be_empty:
            return
        if not self._understood(event.value)[1]:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)


class FormDialog(ModalScreen[dict[str, str] | None]):
    """Asks for a few lines at once, and says back what it understood; Enter on the last gives them, Escape none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]

    def __init__(
        self, title: str, fields: list[tuple[str, str, str]], read: Callable[[dict[str, str]], str], *, why: str = ""
    ) -> None:
        """Make one.

        Args:
            title: what is asked.
            fields: name, value at first, and hint of each line.
            read: gives back what was understood, or raises BadInput.
            why: why it is asked again.
        """
        super().__init__()
        self._why = why
        self._title = title
        self._fields = fields
        self._read = read

    def compose(self) -> ComposeResult:
        width = max(len(name) for name, _, _ in self._fields) + 1
        with Vertical(classes="dialog"):
            if self._why:
                yield Static(sanitize(self._why), markup=False, classes="problem")
            yield Static(sanitize(self._title), markup=False, classes="ask")
            with Vertical(classes="form"):  # VerticalScroll would keep the arrows for itself
                for n, (name, value, hint) in enumerate(self._fields):
                    with Horizontal(classes="field"):
                        label = Static(sanitize(name), markup=False)
                        label.styles.width = width
                        yield label
                        yield Input(value, placeholder=hint, id=f"field-{n}", compact=True, select_on_focus=True)
            yield Static("", markup=False, classes="keys", id="echo")
            yield Static("Enter: next line, then save   Esc: leave", markup=False, classes="keys")

    def on_mount(self) -> None:
        self._echo()

    def _values(self) -> dict[str, str]:
        return {name: self.query_one(f"#field-{n}", Input).value for n, (name, _, _) in enumerate(self._fields)}

    def _echo(self) -> bool:
        label = self.query_one("#echo", Static)
        try:
            text, problem = self._read(self._values()), False
        except (BadInput, StoreError) as error:
            text, problem = str(error), True
        label.set_class(problem, "problem")
        label.update(Content(text))
        return not problem

    def on_input_changed(self) -> None:
        self._echo()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        inputs = list(self.query(Input))
        at_once = event.value.strip() == "="  # says everything, so that the other lines need no visit
        if event.input is not inputs[-1] and not at_once:
            self.focus_next()
        elif self._echo():
            self.dismiss(self._values())

    def action_leave(self) -> None:
        self.dismiss(None)


class Help(ModalScreen[None]):
    """The keys of where the person is, and what the program is not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,f1", "leave", "close", show=False)]

    def __init__(self, title: str, groups: list[tuple[str, list[Command]]], keymap: dict[str, str]) -> None:
        super().__init__()
        self._title = title
        self._groups = groups
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        lines: list[Content] = []
        for name, commands in self._groups:
            lines.append(Content.styled(name, "bold"))
            for command in commands:
                keys = command.shown_keys(self._keymap)
                lines.append(Content.assemble((f"  {keys:<12} ", "bold"), command.help))
            lines.append(Content(""))
        lines.append(Content.assemble(("  ^p           ", "bold"), "Every command by name, and the colours."))
        lines.append(Content(""))
        lines.append(Content(DISCLAIMER))
        with Vertical(classes="dialog tall"):
            yield Static(sanitize(self._title), markup=False, classes="ask")
            with VerticalScroll():
                yield Static(Content("\n").join(lines), markup=False)
            yield Static("↑ ↓ scroll   Esc: close", markup=False, classes="keys")

    def action_leave(self) -> None:
        self.dismiss(None)
