"""The first screen on a machine without a plan: what this is, and the ways to begin."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from splitdose.core.wording import DISCLAIMER
from splitdose.tui.commands import bindings
from splitdose.tui.flow import begin, program_of
from splitdose.tui.plan_changes import PlanChanges
from splitdose.tui.plan_import import import_plan
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.widgets.fit import MUTED, NARROW
from splitdose.tui.widgets.key_line import key_of

WAYS = (
    ("welcome.guide", "guide", "set up a medicine", "page by page, in two minutes"),
    ("welcome.demo", "demo", "look at a demo", "a sample plan, nothing of yours"),
    ("welcome.import", "import_plan", "import a plan file", "TOML; the README shows one"),
    ("quit", "app.quit", "quit", ""),
)
"""Command, action, words, and what may be said of it where there is room."""


class StartOption(Static):
    """One way to begin; a click does what its key does."""

    def __init__(self, command: str, action: str, words: str, more: str) -> None:
        super().__init__(classes="way")
        self._command = command
        self._action = action
        self._words = words
        self._more = more

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        key = f"  {key_of(self.app, self._command)}  "
        wide = self._more and self.app.size.width >= NARROW
        self.update(
            Content.assemble((key, "bold $text-accent"), self._words, (f": {self._more}" if wide else "", MUTED))
        )

    async def on_click(self) -> None:
        await self.screen.run_action(self._action)


class WelcomeScreen(Screen[None]):
    """Shown until there is a plan."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="welcome"):
            yield Static("Splitdose", classes="ask", markup=False)
            yield Static("No plan yet. Start with:", markup=False)
            for way in WAYS:
                yield StartOption(*way)
            yield Static(DISCLAIMER, markup=False, id="notice")

    def action_demo(self) -> None:
        program_of(self).exit("demo")

    async def action_guide(self) -> None:
        await begin(self, self._guide())

    async def _guide(self) -> None:
        if await program_of(self).push_screen_wait(GuideScreen(first_run=True)):
            program_of(self).switch_mode("today")

    async def action_import_plan(self) -> None:
        await begin(self, self._import())

    async def _import(self) -> None:
        if await import_plan(PlanChanges(program_of(self))) is not None:
            program_of(self).switch_mode("today")
