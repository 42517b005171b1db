"""Fields with an echo: what was typed, what was understood of it, and what is wrong with it, as one types.

The state goes down (`say`), what is typed comes up as messages. A field knows nothing of doses.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from splitdose.core.errors import BadInput
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.editors.reading import Misread
from splitdose.tui.flow import begin, problem_words
from splitdose.tui.widgets.choice import Choice
from splitdose.tui.widgets.fit import NARROW, clip
from splitdose.tui.widgets.key_line import KeyLine, key_of

T = TypeVar("T")
LOW = 16
"""Fewer lines than these have no room for empty ones."""
INPUT_WIDTH = 18
"""Cells of an input that has its echo beside it."""


class Field(Vertical):
    """A label, what is typed, and beside or below it what was understood or what is wrong."""

    class Offered(Message):
        """The other way of writing it was clicked."""

        def __init__(self, field: "Field") -> None:
            self.field = field
            super().__init__()

    def __init__(
        self,
        name: str,
        value: str = "",
        *,
        hint: str = "",
        options: Sequence[str] | None = None,
        label: str | None = None,
        width: int = 10,
        wide: bool = False,
    ) -> None:
        """Make one.

        Args:
            name: by which the editor knows it.
            value: what stands there at first.
            hint: what may be typed.
            options: makes it a choice of these.
            label: as shown, the name unless given.
            width: cells of the label.
            wide: the input takes the whole line; what was understood stands below it.
        """
        super().__init__(id=f"field-{name}", classes="wide" if wide else "")
        self.field_name = name
        self._label = label if label is not None else name
        self._width = width
        self.control: Input | Choice
        if options is not None:
            self.control = Choice(options, options.index(value) if value in options else 0, id=f"in-{name}")
        else:
            self.control = Input(value, placeholder=hint, id=f"in-{name}", compact=True, select_on_focus=name != "note")
        self._beside = not wide and isinstance(self.control, Input)
        self.problem = ""
        self.offer = ""
        self._echo = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            label = Static(Content(clip(self._label, self._width - 1)), classes="label")
            label.styles.width = self._width
            yield label
            yield self.control
            if self._beside:
                yield Static("", markup=False, classes="echo")
        yield Static("", markup=False, classes="below")

    @property
    def value(self) -> str:
        """What stands there."""
        return self.control.value

    def put(self, value: str) -> None:
        """Put something there without telling anyone."""
        assert isinstance(self.control, Input)
        if self.control.value != value:
            with self.control.prevent(Input.Changed):
                self.control.value = value
                self.control.cursor_position = len(value)

    def say(self, echo: str = "", wrong: Misread | str | None = None) -> None:
        """Show what was understood, or what is wrong."""
        misread = Misread(wrong) if isinstance(wrong, str) else wrong or Misread("")
        if (echo, misread.text, misread.offer) == (self._echo, self.problem, self.offer):
            return
        self.problem, self.offer = misread.text, misread.offer
        self._echo = echo
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        ascii_only = bool(getattr(self.app, "ascii_only", False))
        below = self.query_one(".below", Static)
        narrow = self.app.size.width < NARROW
        focused = self.control.has_focus
        echo = in_ascii(sanitize(self._echo)) if ascii_only else sanitize(self._echo)
        fits = self._beside and not narrow and cell_len(echo) <= self.size.width - self._width - INPUT_WIDTH - 2
        if self._beside:
            beside = self.query_one(".echo", Static)
            beside.display = not narrow
            beside.update(Content(echo if fits and not self.problem else ""))
        below.set_class(bool(self.problem), "problem")
        if self.problem:
            text = sanitize(self.problem)
            if self.offer:
                text += f"; {key_of(self.app, 'editor.offer')} writes {self.offer}"
            below.update(Content(in_ascii(text) if ascii_only else text))
        else:
            below.update(Content(echo))
        below.display = bool(self.problem) or (bool(echo) and not fits and (not narrow or focused))

    def on_descendant_focus(self) -> None:
        self._draw()

    def on_descendant_blur(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_click(self, event: events.Click) -> None:
        if self.offer and event.widget is self.query_one(".below", Static):
            self.post_message(self.Offered(self))


class Editor(Dialog[bool]):
    """A form that says back what it understood as one types; nothing typed is lost without a question.

    Enter goes to the next field, and from the last one on to what would change. Gives True once it was kept.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, so that what is typed right after one of these lands in the next field, however fast it comes.
        replace(binding, priority=binding.id != "editor.cancel")
        for binding in bindings("editor")
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._first: dict[str, str] = {}
        self._total = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog editor"):
            yield Static(Content(clip(self._title, max(10, self.app.size.width - 4))), classes="ask", id="editor-title")
            with VerticalScroll(can_focus=False, classes="fields"):
                yield from self.compose_fields()
            yield Static("", markup=False, classes="sum", id="sum")
            yield KeyLine("editor.next", "editor.save", "editor.cancel")

    def compose_fields(self) -> Iterable[Field]:
        """The fields, in order."""
        return ()

    async def on_mount(self) -> None:
        self._first = self.values()
        self._fit()
        self.understood()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Leave room for what stands around the fields, however low the terminal is."""
        width = max(10, self.app.size.width - 4)
        self.query_one("#editor-title", Static).update(Content(clip(self._title, width)))
        total = -(-cell_len(self._total) // width) if self._total else 0
        around = 3 if self.app.size.height < LOW else 5
        self.query_one(".fields").styles.max_height = max(2, self.app.size.height - around - total)

    def field(self, name: str) -> Field:
        """A field by name."""
        return self.query_one(f"#field-{name}", Field)

    def read_field(self, name: str, read: Callable[[str], T]) -> T | None:
        """What a field says; None, and the field tells why, when it can't be read."""
        field = self.field(name)
        try:
            value = read(field.value)
        except BadInput as problem:
            field.say(wrong=str(problem))
            return None
        if field.problem:
            field.say()
        return value

    def fields(self) -> list[Field]:
        """All fields in order."""
        return list(self.query(Field))

    def values(self) -> dict[str, str]:
        """What stands in every field."""
        return {field.field_name: field.value for field in self.fields()}

    @property
    def typed(self) -> bool:
        """Whether something was changed."""
        return self.values() != self._first

    def understood(self) -> bool:
        """Read everything, show it, and say whether all of it can be kept."""
        return True

    def changed(self, field: Field) -> None:
        """Something was typed in a field."""

    def total(self, text: str, *, problem: bool = False) -> None:
        """The line below the fields."""
        line = self.query_one("#sum", Static)
        text = sanitize(text)
        text = in_ascii(text) if getattr(self.app, "ascii_only", False) else text
        line.set_class(problem, "problem")
        if text == self._total and line.display == bool(text):
            return
        self._total = text
        line.update(Content(self._total))
        line.display = bool(text)
        self._fit()

    def _field_of(self, widget: Widget) -> Field | None:
        return next((node for node in widget.ancestors_with_self if isinstance(node, Field)), None)

    def on_input_changed(self, event: Input.Changed) -> None:
        field = self._field_of(event.input)
        if field is not None:
            self.changed(field)
            self.understood()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        field = self._field_of(event.choice)
        if field is not None:
            self.changed(field)
            self.understood()

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        """To the field after or before; where there are none, a line down or up."""
        if not self.fields():
            self.query_one(".fields").scroll_relative(y=by, animate=False)
        elif by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_page(self, by: int) -> None:
        body = self.query_one(".fields")
        body.scroll_relative(y=by * max(1, body.size.height - 1), animate=False)

    async def action_onward(self) -> None:
        fields = self.fields()
        focused = self._field_of(self.focused) if self.focused is not None else None
        if focused is None or focused is not fields[-1]:
            self.focus_next()
        else:
            await self.action_save()

    def action_take_offer(self) -> None:
        focused = self._field_of(self.focused) if self.focused is not None else None
        field = focused if focused is not None and focused.offer else next((f for f in self.fields() if f.offer), None)
        if field is not None:
            self.take_offer(field)

    def on_field_offered(self, event: Field.Offered) -> None:
        self.take_offer(event.field)

    def take_offer(self, field: Field) -> None:
        """Write it the other way."""
        field.put(field.offer)
        self.changed(field)
        self.understood()

    async def action_save(self) -> None:
        """Show what changes, and leave once it is kept; go to what is wrong where something is."""
        if self.understood():
            await begin(self, self._save(), self.tell)
            return
        wrong = next((field for field in self.fields() if field.problem), None)
        if wrong is not None:
            wrong.control.focus()

    async def _save(self) -> None:
        if await self.keep():
            self.dismiss(True)

    async def keep(self) -> bool:
        """Keep what was understood; False where nothing was kept. May raise `PROBLEMS`."""
        return False

    def tell(self, problem: Exception) -> None:
        """Say why it can't be kept."""
        self.total(problem_words(problem, key_of(self.app, "editor.save")), problem=True)

    async def action_cancel(self) -> None:
        """Leave, after a question if something was typed."""
        if self.typed:
            await begin(self, self._cancel())
        else:
            self.dismiss(False)

    async def _cancel(self) -> None:
        if await self.app.push_screen_wait(Confirm("You have unsaved changes.", "Discard them?")) == "y":
            self.dismiss(False)
