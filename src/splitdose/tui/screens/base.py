"""What the main screens share: header, alarm, body, command bar, and the commands on the dose that is named."""

from collections.abc import Coroutine
from datetime import date
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from splitdose.core.day import Dose
from splitdose.core.plan import AS_NEEDED
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui import recording
from splitdose.tui.commands import Command, Place, bindings, commands
from splitdose.tui.flow import begin, program_of
from splitdose.tui.widgets.bars import Banner, CommandBar, Header
from splitdose.tui.window import Window

WITHOUT_A_DOSE = ("dose.extra", "dose.day")
"""Commands that act where no dose is named, too."""


class MainScreen(Screen[None]):
    """One of the numbered screens."""

    NAME: Place = "today"
    BINDINGS = bindings("dose")  # type: ignore[assignment]

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Banner(id="trouble")
        yield Banner(id="alarm")
        with Vertical(id="body"):
            yield from self.compose_body()
        yield CommandBar(self.NAME, self.bar_commands(), self.program.settings_keys)

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    names_doses = True
    """Whether commands on a dose act here."""

    def own_commands(self) -> list[tuple[str, list[Command]]]:
        """What works only here, in groups with their names."""
        groups = [(self.NAME.capitalize(), commands(self.NAME))]
        if self.names_doses:
            return [*groups, ("The dose that is named", commands("dose"))]
        own = {key for command in commands(self.NAME) for key in command.keys.split(",")}
        others = [c for c in commands("dose") if c.id in WITHOUT_A_DOSE and own.isdisjoint(c.keys.split(","))]
        return [*groups, ("The day", others)]

    def bar_commands(self) -> tuple[Command, ...]:
        """What the command bar offers here, in the order it is shown."""
        return tuple(c for _, group in self.own_commands() for c in group) + tuple(commands("everywhere"))

    @property
    def program(self) -> Window:
        return program_of(self)

    @property
    def session(self) -> Session:
        return self.program.session

    @property
    def ascii_only(self) -> bool:
        return self.program.ascii_only

    def on_screen_resume(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw everything anew from the session; what can't be read is told and leaves the last drawing."""
        if not self.is_mounted:
            return
        with self.session.reader.file_snapshot():
            try:
                self.draw_body()
                self.program.read_again()
            except StoreError as problem:
                self.program.cannot_read(problem)
            self.program.draw_frame(self)

    def draw_body(self) -> None:
        """Draw the screen's own widgets."""

    def named(self) -> Dose | None:
        """The dose that commands act on."""
        return None

    def follow(self) -> None:
        """What to do after something was recorded."""

    def report_range(self) -> tuple[date | None, date | None]:
        """The first and last date a report from here speaks of; None for everything until today."""
        return None, None

    # Commands on the dose that is named

    async def begin(self, steps: Coroutine[Any, Any, object]) -> None:
        """Begin a flow of this screen."""
        await begin(self, steps)

    async def action_time(self) -> None:
        if (dose := self.named()) is not None:
            await self.begin(recording.ask_time(self.program, dose))

    async def action_skip(self) -> None:
        if (dose := self.named()) is not None:
            await self.begin(recording.ask_skip(self.program, dose))

    async def action_unsure(self) -> None:
        if (dose := self.named()) is not None:
            await self.begin(recording.unsure(self.program, dose))

    async def action_details(self) -> None:
        if (dose := self.named()) is not None:
            await self.begin(recording.show_details(self.program, dose))

    def day_shown(self) -> date:
        """The logical date that the person looks at."""
        dose, today = self.named(), self.session.reader.today()
        return min(dose.date, today) if dose is not None else today

    async def action_day(self) -> None:
        await self.begin(recording.show_day(self.program, self.day_shown()))

    async def action_extra(self) -> None:
        day = self.day_of_extra()
        if day > self.session.reader.today():
            self.program.say("that day is still to come")
        else:
            await self.begin(recording.ask_extra(self.program, self.medicine_meant(), day))

    def day_of_extra(self) -> date:
        """The logical date of what is recorded outside the plan here: today's, unless another one is looked at."""
        return self.session.reader.today()

    def medicine_meant(self) -> str:
        """The only medicine taken as needed, else that of the named dose."""
        medicines = [m for m in self.session.reader.plan().medicines if not m.latest.archived]
        needed = [m.name for m in medicines if m.latest.advance == AS_NEEDED]
        if len(needed) == 1:
            return needed[0]
        dose = self.named()
        return dose.medicine if dose is not None else medicines[0].name if len(medicines) == 1 else ""

    async def action_snooze(self) -> None:
        if (dose := self.named()) is not None:
            recording.snooze(self.program, dose)
