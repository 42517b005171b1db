"""The app: which screen is shown, the tick, and what keys do to the session.

It holds no rule about doses. Once a second it looks whether a file or the minute has changed, rings what is owed, and
draws anew if needed; everything follows from the wall clock, so suspend and clock steps need nothing of their own.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from splitdose.reminding import until_next_look
from splitdose.session import Session
from splitdose.session.backups import DailyBackup
from splitdose.store import StoreError
from splitdose.tui import frame, recording
from splitdose.tui.commands import bindings, commands
from splitdose.tui.dialogs.alarm import Alarm
from splitdose.tui.dialogs.palette import Palette
from splitdose.tui.dialogs.prompts import Help
from splitdose.tui.dialogs.reminders import RemindersDialog
from splitdose.tui.flow import begin
from splitdose.tui.questions import Questions
from splitdose.tui.record import retry, says_yes
from splitdose.tui.reminding import WindowReminding
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.screens.course import CourseScreen
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.screens.week import WeekScreen
from splitdose.tui.screens.welcome import WelcomeScreen
from splitdose.tui.terminal.lasting import LastingApp
from splitdose.tui.terminal.process import DaemonExecutor, handle_suspend, speaks_utf8
from splitdose.tui.terminal.sanitizer import AsciiFilter, ControlCharacterFilter
from splitdose.tui.themes import DARK, LIGHT
from splitdose.tui.widgets.bars import Banner
from splitdose.tui.window import Unsaved, Window

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode

    from splitdose.settings import Settings

SCREEN_SECONDS = 1.0
"""How long a key waits for a screen to be composed, at most."""


class SplitdoseApp(Window, LastingApp[None]):
    """The terminal app on one session."""

    CSS_PATH = "app.tcss"
    TITLE = "Splitdose"
    BINDINGS = [*bindings("everywhere")]  # noqa: RUF012 (as Textual has it)
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": TodayScreen,
        "week": WeekScreen,
        "plan": PlanScreen,
        "course": CourseScreen,
        "welcome": WelcomeScreen,
    }
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (50, "-narrow"), (84, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-middle"), (24, "-high")]  # noqa: RUF012

    reminding: WindowReminding

    def __init__(self, session: Session, settings: "Settings", *, demo: bool = False) -> None:
        ascii_only = settings.ascii if settings.ascii is not None else not speaks_utf8()
        super().__init__(session, settings, ascii_only=ascii_only, demo=demo)
        self._drawn: object = None
        self.reminding = WindowReminding(self)
        self._questions = Questions(self)
        self._keeper = DailyBackup(session.reader, 0 if demo else settings.backups)
        self._told_backup = ""
        self._gate = ControlCharacterFilter()

    def action_command_palette(self) -> None:
        """Show the palette of commands."""
        if not any(isinstance(screen, Palette) for screen in self.screen_stack):
            self.push_screen(Palette())

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = [*super().get_line_filters(), self._gate]
        return [*filters, AsciiFilter()] if self.ascii_only else filters

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())  # before any work in a thread
        handle_suspend(self, self.tick)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._theme_of(self.settings.theme or DARK.name)
        self.set_keymap(self.settings_keys)
        self.switch_mode("today" if self._has_plan() else "welcome")
        self._tick_on()
        try:
            self.reminding.tell_silence()
        except StoreError as problem:
            self.cannot_read(problem)

    def on_unmount(self) -> None:
        self.reminding.leave()

    def _has_plan(self) -> bool:
        try:
            return bool(self.session.reader.plan().medicines)
        except StoreError as problem:
            self.cannot_read(problem)
            return True

    def _theme_of(self, wanted: str) -> str:
        """The theme that is used: one that there is, and with NO_COLOR none of the terminal's own colours.

        Those become black on black where Textual takes the colours away.
        """
        found = self.available_themes.get(wanted, DARK)
        if found.ansi and self.no_color:
            found = DARK if found.dark else LIGHT
        return found.name

    def watch_theme(self, theme: str) -> None:
        if (used := self._theme_of(theme)) != theme:
            self.theme = used

    # The tick

    def _tick_on(self) -> None:
        """Tick now, and again just after the wall clock's next full second: doses become due on full seconds."""
        try:
            self.tick()
        finally:
            self.set_timer(until_next_look(self.session.reader.now()), self._tick_on)

    def tick(self) -> None:
        """Look at files and clock; draw if something changed; ring what is owed."""
        if not self.screen_stack:
            return  # the screens are gone already: the app is about to end
        try:
            reader = self.session.reader
            with reader.file_snapshot():
                self.reminding.remind()  # before drawing, which takes longer
                seen = (reader.fingerprint(), int(reader.now().timestamp()) // 60)
                if seen != self._drawn:
                    self._drawn = seen
                    self.redraw()
                if isinstance(self.screen, MainScreen):
                    self._questions.ask(self.screen)
            self._keep_backup()
        except StoreError as problem:
            self.cannot_read(problem)

    def _keep_backup(self) -> None:
        """Make the day's backup after the first record, in a thread; what goes wrong is said once."""
        day = self._keeper.owed()
        if day is not None:
            self.run_worker(partial(self._keeper.make, day), thread=True, group="backup", exit_on_error=False)
        if self._keeper.trouble != self._told_backup:
            self._told_backup = self._keeper.trouble
            if self._told_backup:
                self.say(f"no backup today: {self._told_backup}")

    def redraw(self) -> None:
        """Draw the screen that is shown, below a dialog too."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.draw()

    # What must not end the app

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: "DOMNode | None" = None,
        namespaces: "Mapping[str, DOMNode] | None" = None,
    ) -> bool:
        """Run what a key or a click asks for; data that can't be read at this moment is told, and ends nothing.

        A key may come in faster than the screen that it is for: that is waited for.
        """
        await self._screen_is_there()
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except StoreError as problem:
            self.cannot_read(problem)
            return True

    async def _screen_is_there(self) -> None:
        if self.screen_stack:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), SCREEN_SECONDS)

    # The frame around every screen

    def draw_frame(self, screen: Screen[Any]) -> None:
        frame.draw(self, screen)

    def channel_words(self) -> tuple[tuple[str, ...], bool]:
        """Which reminders work, in falling length, and whether one fails."""
        return self.reminding.words()

    async def on_banner_clicked(self, event: Banner.Clicked) -> None:
        if event.banner.id == "alarm":
            self.action_show("today")
        elif self.unsaved is not None:
            await self.action_retry()

    def cannot_read(self, problem: StoreError) -> None:
        """Keep saying that data can't be read, until it can."""
        self.unread = str(problem)
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.is_mounted:
                screen.query_one("#trouble", Banner).text = frame.trouble_words(self, screen.size.width - 2)

    def recorded(self) -> None:
        if isinstance(self.screen, MainScreen):
            self.screen.follow()

    def read_again(self) -> None:
        """Data could be read."""
        self.unread = ""

    # Actions

    async def action_undo(self) -> None:
        await begin(self.screen, recording.undo(self))

    async def action_check_in(self) -> None:
        await begin(self.screen, recording.ask_checkin(self))

    async def action_note(self) -> None:
        await begin(self.screen, recording.ask_note(self))

    async def action_retry(self) -> None:
        await begin(self.screen, retry(self))

    async def action_report(self) -> None:
        if isinstance(self.screen, MainScreen):
            await begin(self.screen, self._report(*self.screen.report_range()))

    async def _report(self, first: date | None, last: date | None) -> None:
        """Write a report of the range that is looked at."""
        from splitdose.tui.dialogs.report import ReportDialog

        path = await self.push_screen_wait(ReportDialog(self.session, first, last))
        if path is not None:
            self.say(f"written: {path}")

    def action_show(self, name: str) -> None:
        if self._has_plan():
            self.switch_mode(name)

    def action_help(self) -> None:
        screen = self.screen
        groups = screen.own_commands() if isinstance(screen, MainScreen) else []
        words, _ = self.channel_words()
        everywhere = ("Everywhere", commands("everywhere"))
        title = f"{words[0]}\n{self.reminding.watcher_words()}"
        self.push_screen(Help(title, [*groups, everywhere], self.settings_keys))

    def action_alarm(self) -> None:
        if not isinstance(self.screen, MainScreen):
            return
        if self.session.reminders.calling():
            self.push_screen(Alarm())
        else:
            self.say("nothing is due")

    def action_reminders(self) -> None:
        if isinstance(self.screen, MainScreen):
            self.push_screen(RemindersDialog())

    async def action_quit(self) -> None:
        if self.unsaved is None:
            self.exit("quit")
        else:
            await begin(self.screen, self._quit(self.unsaved))

    async def _quit(self, unsaved: Unsaved) -> None:
        """Ask whether to leave, and lose what is not saved."""
        facts = f"NOT SAVED: {str(unsaved.problem).removeprefix('not saved: ')}."
        if await says_yes(self, facts, "Leave, and lose this entry?"):
            self.exit("quit")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every command of where the person is, then Textual's own."""
        if isinstance(screen, MainScreen):
            here = [command for _, group in screen.own_commands() for command in group]
            for command in (*here, *commands("everywhere")):
                title = f"{command.label[:1].upper()}{command.label[1:]}"
                namespace = "app" if command.place == "everywhere" else "screen"
                yield SystemCommand(title, command.help, partial(self.run_action, f"{namespace}.{command.action}"))
        yield from super().get_system_commands(screen)
