"""The first screen on a machine without a plan: what this is, and the ways to begin."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from splitdose.core.amount import quote
from splitdose.core.errors import BadInput
from splitdose.core.wording import DISCLAIMER
from splitdose.planfile import read_plan_file
from splitdose.session import Preview, Refused
from splitdose.store import StoreError
from splitdose.tui.dialogs.prompts import Confirm, TextPrompt
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.widgets.fit import MUTED, NARROW

if TYPE_CHECKING:
    from splitdose.tui.app import SplitdoseApp


WAYS = (
    ("g", "guide", "set up a medicine", "page by page, in two minutes"),
    ("d", "demo", "look at a demo", "a sample plan, nothing of yours"),
    ("i", "import_plan", "import a plan file", "TOML; the README shows one"),
    ("q", "app.quit", "leave", ""),
)
"""Key, action, words, and what may be said of it where there is room."""


class StartOption(Static):
    """One way to begin; a click does what its key does."""

    def __init__(self, key: str, action: str, words: str, more: str) -> None:
        super().__init__(classes="way")
        self._action = action
        self._parts = ((f"  {key}  ", "bold $text-accent"), words), more

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        (key, words), more = self._parts
        wide = more and self.app.size.width >= NARROW
        self.update(Content.assemble(key, words, (f": {more}" if wide else "", MUTED)))

    async def on_click(self) -> None:
        await self.screen.run_action(self._action)


class WelcomeScreen(Screen[None]):
    """Shown until there is a plan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g,enter", "guide", "guide", show=False),
        Binding("d", "demo", "demo", show=False),
        Binding("i", "import_plan", "import", show=False),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="welcome"):
            yield Static("Splitdose", classes="ask", markup=False)
            yield Static("No plan yet. How to begin?", markup=False)
            for key, action, words, more in WAYS:
                yield StartOption(key, action, words, more)
            yield Static(DISCLAIMER, markup=False, id="notice")

    @property
    def program(self) -> "SplitdoseApp":
        return cast("SplitdoseApp", self.app)

    def action_guide(self) -> None:
        def ended(done: bool | None) -> None:
            if done:
                self.program.switch_mode("today")

        self.program.push_screen(GuideScreen(first_run=True), ended)

    def action_demo(self) -> None:
        self.program.exit("demo")

    def action_import_plan(self) -> None:
        def given(path: str | None) -> None:
            if path is not None:
                self._preview(Path(path.strip()).expanduser())

        self.program.push_screen(TextPrompt("Which plan file?", "a path, such as ~/plan.toml   Esc: leave"), given)

    def _preview(self, path: Path) -> None:
        session = self.program.session
        try:
            draft = read_plan_file(path, day_start=session.reader.calendar.latest.day_start)
            preview = session.plans.preview(draft)
        except (BadInput, Refused, StoreError) as problem:
            self.program.push_screen(Confirm(str(problem), "Choose another file?"), self._again)
            return

        def answered(answer: str | None) -> None:
            if answer == "y":
                self._apply(preview)

        names = ", ".join(f"{quote(c.medicine)} with {len(c.version.steps)} step(s)" for c in preview.changes)
        facts = f"{path.name} has {names}."
        if preview.findings:
            facts += " Found: " + "; ".join(f.message for f in preview.findings[:3]) + "."
        self.program.push_screen(Confirm(facts, "Import it?"), answered)

    def _again(self, answer: str | None) -> None:
        if answer == "y":
            self.action_import_plan()

    def _apply(self, preview: Preview) -> None:
        try:
            self.program.session.plans.apply(preview)
        except (Refused, StoreError) as problem:
            self.program.say(str(problem))
            return
        self.program.switch_mode("today")
