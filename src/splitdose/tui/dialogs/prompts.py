"""Small questions over a screen: yes or no, a time, a reason, a check-in, and the help.

A question takes y, n and Escape, never the key that raised it.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from splitdose.core.errors import BadInput
from splitdose.core.sanitize import sanitize
from splitdose.core.wording import DISCLAIMER
from splitdose.store import StoreError
from splitdose.tui.commands import BY_ID, PALETTE_KEY, Command, bindings, key_name
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.widgets.key_line import keys_words


class Confirm(Dialog[str]):
    """Asks about something unusual. Gives "y", "n", or the key of another answer that was offered."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("question")]

    def __init__(self, facts: str, ask: str, *, others: Sequence[tuple[str, str]] = ()) -> None:
        """Make one.

        Args:
            facts: what is known, one sentence.
            ask: what yes will do, as a question.
            others: commands of further answers, by their ids, and what each does.
        """
        super().__init__()
        self._facts = facts
        self._ask = ask
        self._others = others

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(sanitize(self._facts, keep_newlines=True), markup=False, classes="facts")
            yield Static(sanitize(self._ask), markup=False, classes="ask")
            keys = keys_words(self.app, "question.yes", "question.no", *self._others)
            yield Static(keys, markup=False, classes="keys")

    def action_answer(self, answer: str) -> None:
        """Give an answer that is offered here."""
        if answer in ("y", "n", *(BY_ID[command].keys for command, _ in self._others)):
            self.dismiss(answer)


class TextPrompt(Dialog[str | None]):
    """Asks for one line of text; Enter gives it, Escape gives None. Errors are told as one types."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("prompt")]

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        save: str = "save",
        value: str = "",
        read: Callable[[str], str] | None = None,
        may_be_empty: bool = False,
    ) -> None:
        """Make one.

        Args:
            title: what is asked.
            hint: what may be typed.
            save: what Enter does.
            value: what stands there at first.
            read: gives back what was understood, or raises BadInput.
            may_be_empty: whether nothing is an answer.
        """
        super().__init__()
        self._title = title
        self._hint = hint
        self._save = save
        self._value = value
        self._read = read
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(sanitize(self._title), markup=False, classes="ask")
            yield Input(self._value, select_on_focus=False)
            yield Static(self._hint_words(), markup=False, classes="keys", id="echo")

    def _hint_words(self) -> str:
        keys = keys_words(self.app, ("prompt.save", self._save), "prompt.cancel")
        return f"{self._hint}   {keys}" if self._hint else keys

    def on_input_changed(self, event: Input.Changed) -> None:
        echo, problem = self._understood(event.value)
        label = self.query_one("#echo", Static)
        label.set_class(problem, "problem")
        label.update(Content(echo))

    def _understood(self, typed: str) -> tuple[str, bool]:
        if not typed.strip() or self._read is None:
            return self._hint_words(), False
        try:
            return self._read(typed), False
        except (BadInput, StoreError) as problem:
            return str(problem), True

    def on_input_submitted(self) -> None:
        self.action_save()

    def action_save(self) -> None:
        """Give what is typed, where it can be understood."""
        typed = self.query_one(Input).value
        if (typed.strip() or self._may_be_empty) and not self._understood(typed)[1]:
            self.dismiss(typed)

    def action_leave(self) -> None:
        self.dismiss(None)


class FormDialog(Dialog[dict[str, str] | None]):
    """Asks for a few lines at once, and says back what it understood; Enter on the last gives them, Escape none."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("form")]

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
            yield Static(keys_words(self.app, "form.next", "form.cancel"), markup=False, classes="keys")

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
        self._onward(event.input)

    def action_next(self) -> None:
        """Go to the next line; from the last one give them all, where they can be understood."""
        if isinstance(self.focused, Input):
            self._onward(self.focused)

    def _onward(self, line: Input) -> None:
        at_once = line.value.strip() == "="  # says everything, so that the other lines need no visit
        if line is not self.query(Input).last() and not at_once:
            self.focus_next()
        elif self._echo():
            self.dismiss(self._values())

    def action_leave(self) -> None:
        self.dismiss(None)


class Help(Dialog[None]):
    """The keys of where the person is, and what the program is not."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("scroll")]

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
        palette = f"  {key_name(PALETTE_KEY):<12} "
        lines.append(Content.assemble((palette, "bold"), "Every command by name, and the colours."))
        lines.append(Content(""))
        lines.append(Content(DISCLAIMER))
        with Vertical(classes="dialog tall"):
            yield Static(sanitize(self._title), markup=False, classes="ask")
            with VerticalScroll():
                yield Static(Content("\n").join(lines), markup=False)
            keys = keys_words(self.app, ("scroll.up", "up"), ("scroll.down", "down"), "scroll.close")
            yield Static(keys, markup=False, classes="keys")

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)
