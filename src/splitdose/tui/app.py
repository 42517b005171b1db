"""The app: which screen is shown, the tick, and what keys do to the session.

It holds no rule about doses. Once a second it looks whether a file or the minute has changed, rings what is owed, and
draws anew if needed; everything follows from the wall clock, so suspend and clock steps need nothing of their own.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import Theme

from splitdose.core.showing import show_dose
from splitdose.core.wording import NoticeText, clock_back_words, day_words, taken_time_words
from splitdose.notify import Notice, terminal_sequence
from splitdose.reminding import until_next_look
from splitdose.session import Refused, Session
from splitdose.session.backups import DailyBackup
from splitdose.store import NotSaved, StoreError
from splitdose.tui.commands import bindings, commands
from splitdose.tui.dialogs.alarm import ALARM, Alarm, alarm_words
from splitdose.tui.dialogs.prompts import Confirm, Help
from splitdose.tui.dialogs.reminders import REMINDERS, RemindersDialog
from splitdose.tui.recording import Recording
from splitdose.tui.reminding import WindowReminding
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.screens.course import CourseScreen
from splitdose.tui.screens.plan import PlanScreen
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.screens.week import WeekScreen
from splitdose.tui.screens.welcome import WelcomeScreen
from splitdose.tui.terminal import key_times
from splitdose.tui.terminal.least_size import LeastSize
from splitdose.tui.terminal.process import DaemonExecutor, handle_suspend
from splitdose.tui.terminal.sanitizer import AsciiFilter, ControlCharacterFilter
from splitdose.tui.widgets.bars import Banner, Header, HeaderState

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode

    from splitdose.settings import Settings

DARK = Theme(
    name="splitdose-dark", dark=True, primary="#6fb3b8", secondary="#88a0a8", accent="#7cc4c9", warning="#e0b060",
    error="#d98a8a", success="#8fbf8f", foreground="#d8dee0", background="#14191c", surface="#1b2226", panel="#232c31",
)  # fmt: skip
LIGHT = Theme(
    name="splitdose-light", dark=False, primary="#1f6f78", secondary="#4a6066", accent="#12666f", warning="#8a5a00",
    error="#a33a3a", success="#2f6b3a", foreground="#1c2427", background="#f7f6f2", surface="#efeee9", panel="#e4e3dd",
)  # fmt: skip


class SplitdoseApp(Recording, LeastSize[None]):
    """The terminal app on one session."""

    CSS_PATH = "app.tcss"
    TITLE = "Splitdose"
    BINDINGS = [*bindings("everywhere"), ALARM.binding, REMINDERS.binding]  # noqa: RUF012 (as Textual has it)
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": TodayScreen,
        "week": WeekScreen,
        "plan": PlanScreen,
        "course": CourseScreen,
        "welcome": WelcomeScreen,
    }
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (50, "-narrow"), (84, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-middle"), (24, "-high")]  # noqa: RUF012

    def __init__(self, session: Session, settings: "Settings", *, demo: bool = False) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.demo = demo
        self.settings_keys = dict(settings.keys)
        self.ascii_only = settings.ascii if settings.ascii is not None else not _speaks_utf8()
        self._pressed: events.Key | None = None
        self._pressed_at, self._since_same = float("-inf"), float("inf")
        self._drawn: object = None
        self.reminding = WindowReminding(self)
        self._unread = ""
        self._asked_zone: str | None = None
        self._asked_doubles: set[str] = set()
        self._keeper = DailyBackup(session.reader, 0 if demo else settings.backups)
        self._told_backup = ""
        self._gate = ControlCharacterFilter()

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

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event is not self._pressed:  # it comes by again on its way up
            arrived, before = key_times.arrived(event), self._pressed
            same = before is not None and before.key == event.key
            self._since_same = arrived - self._pressed_at if same else float("inf")
            self._pressed, self._pressed_at = event, arrived
        await super().on_event(event)

    def pressed_at(self) -> float:
        """When the newest key came in."""
        return self._pressed_at

    def pressed_again_within(self, seconds: float) -> bool:
        """Whether the newest key is the same as the one before, which came in so shortly before it."""
        return self._since_same < seconds

    # The tick

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
                self._ask_about_zone()
                self._ask_about_doubles()
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

    def ring(self, text: NoticeText) -> None:
        """Ring the terminal; where it is known to show notices, say the text too."""
        if self.settings.bell:
            self.ring_notice(Notice(text.title, text.body))

    def ring_notice(self, notice: Notice) -> None:
        """The same whatever the settings say."""
        self.write_to_terminal(terminal_sequence(notice, os.environ))

    def write_to_terminal(self, sequence: str) -> None:
        """Write what the terminal itself is to do, beside the screen."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()

    def _ask_about_zone(self) -> None:
        zone = self.session.reader.zone_differs()
        if zone is None or zone == self._asked_zone or not isinstance(self.screen, MainScreen):
            return
        self._asked_zone = zone
        kept = self.session.reader.calendar.latest.zone

        def answered(answer: str | None) -> None:
            try:
                self.session.plans.answer_zone(follow=answer == "y")
            except NotSaved as problem:
                self.say(f"NOT SAVED: {problem}")
            self.redraw()

        self.push_screen(
            Confirm(
                f"This machine's clock is in {zone}. Your times are kept in {kept}.",
                f"Follow {zone} from today on? No keeps {kept}.",
            ),
            answered,
        )

    def _ask_about_doubles(self) -> None:
        """Two devices filled one dose: ask what the second record was. Escape leaves it open until the next start."""
        if not isinstance(self.screen, MainScreen):
            return
        for dose in self.session.reader.duplicates():
            double = dose.duplicates[0]
            if double.id in self._asked_doubles or dose.record is None:
                continue
            self._asked_doubles.add(double.id)
            calendar = self.session.reader.calendar
            first, second = (taken_time_words(r, dose.date, calendar) for r in (dose.record, double))
            facts = (
                f"{dose.medicine} {dose.slot.name} of {day_words(dose.date)} is recorded twice: "
                f"{dose.record.kind} {first} ({show_dose(dose.record.pieces)}), and "
                f"{double.kind} {second} ({show_dose(double.pieces)})."
            )
            question = Confirm(
                facts, "Was the second one taken as well? y: as an extra.", others=[("d", "the same dose")]
            )
            self.push_screen(question, partial(self._settle_double, double.id))
            return

    def _settle_double(self, record_id: str, answer: str | None) -> None:
        if answer not in ("y", "d"):
            return
        try:
            self.session.record.resolve_duplicate(record_id, extra=answer == "y")
        except Refused as refused:
            self.say(refused.what)
        except StoreError as problem:
            self._asked_doubles.discard(record_id)
            self.say(f"NOT SAVED: {problem}")
        self.redraw()

    # What must not end the app

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: "DOMNode | None" = None,
        namespaces: "Mapping[str, DOMNode] | None" = None,
    ) -> bool:
        """Run what a key or a click asks for; data that can't be read at this moment is told, and ends nothing."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except StoreError as problem:
            self.cannot_read(problem)
            return True

    def push_screen(  # type: ignore[override]
        self, screen: Screen[Any], callback: Callable[[Any], object] | None = None, **options: Any
    ) -> Any:
        """Show a dialog; data that can't be read when it is answered is told, and ends nothing."""

        def answered(result: Any) -> Any:
            assert callback is not None
            try:
                return callback(result)
            except StoreError as problem:
                self.cannot_read(problem)
                return None

        return super().push_screen(screen, None if callback is None else answered, **options)

    # The frame around every screen

    def _trouble_words(self, width: int) -> str:
        """What is not saved or can't be read, as far as there is room; how to try again goes before the details."""
        if self._unsaved is None:
            return f"CAN'T READ: {self._unread}"
        problem = self._unsaved[1]
        what = problem.what.removeprefix("not saved: ")
        again = "   r tries again"
        variants = (f"{what}; {problem.todo}", f"{problem.short}; {problem.todo}", problem.short)
        found = (f"NOT SAVED: {words}{again}" for words in variants)
        return next((words for words in found if len(words) <= width), "NOT SAVED: r tries again")

    def draw_frame(self, screen: MainScreen) -> None:
        """Header, trouble and alarm of a main screen."""
        reader = self.session.reader
        try:
            now, calendar = reader.now(), reader.calendar
            calling = self.session.reminders.calling()
            damage, ahead = reader.damage(), reader.recorded_ahead()
        except StoreError as problem:
            self._unread = str(problem)
            screen.query_one("#trouble", Banner).text = self._trouble_words(screen.size.width - 2)
            return
        words, trouble = self.channel_words()
        screen.query_one(Header).state = HeaderState(now, calendar, words, trouble, self.demo)
        banner = screen.query_one("#trouble", Banner)
        if self._unsaved is not None or self._unread:
            banner.text = self._trouble_words(screen.size.width - 2)
        elif damage:
            first = damage[0]
            more = f" and {len(damage) - 1} more" if len(damage) > 1 else ""
            banner.text = (
                f"damaged line set aside: {first.path.name}, line {first.line}{more}; it is left as it is on disk"
            )
        elif ahead is not None:
            banner.text = clock_back_words(now, ahead, calendar)
        else:
            banner.text = ""
        alarm = screen.query_one("#alarm", Banner)
        # Today names in its panel what is due, unless the cursor is elsewhere.
        named = screen.named() if isinstance(screen, TodayScreen) else None
        alarm.text = (
            ""
            if named is not None and named.open
            else alarm_words(
                calling, now, calendar, screen.size.width - 2, key=ALARM.shown_key(self.settings_keys),
                discreet=self.session.reminders.policy.discreet, ascii_only=self.ascii_only,
            )
        )  # fmt: skip
        self.reminding.title(calling)

    def channel_words(self) -> tuple[tuple[str, ...], bool]:
        """Which reminders work, in falling length, and whether one fails."""
        return self.reminding.words()

    def on_banner_clicked(self, event: Banner.Clicked) -> None:
        if event.banner.id == "alarm":
            self.action_show("today")
        elif self._unsaved is not None:
            self.action_retry()

    def cannot_read(self, problem: StoreError) -> None:
        """Keep saying that data can't be read, until it can."""
        self._unread = str(problem)
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.is_mounted:
                screen.query_one("#trouble", Banner).text = self._trouble_words(screen.size.width - 2)

    def read_again(self) -> None:
        """Data could be read."""
        self._unread = ""

    # Actions

    def action_report(self) -> None:
        """Write a report of the range that is looked at."""
        from splitdose.tui.dialogs.report import ReportDialog

        if not isinstance(self.screen, MainScreen):
            return
        first, last = self.screen.report_range()

        def written(path: str | None) -> None:
            if path is not None:
                self.say(f"written: {path}")

        self.push_screen(ReportDialog(self.session, first, last), written)

    def action_show(self, name: str) -> None:
        if self._has_plan():
            self.switch_mode(name)

    def action_help(self) -> None:
        screen = self.screen
        groups = screen.own_commands() if isinstance(screen, MainScreen) else []
        words, _ = self.channel_words()
        everywhere = ("Everywhere", [*commands("everywhere"), ALARM, REMINDERS])
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
        if self._unsaved is None:
            self.exit("quit")
            return

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.exit("quit")

        facts = f"NOT SAVED: {str(self._unsaved[1]).removeprefix('not saved: ')}."
        self.push_screen(Confirm(facts, "Leave, and lose this entry?"), answered)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every command of where the person is, then Textual's own."""
        if isinstance(screen, MainScreen):
            here = [command for _, group in screen.own_commands() for command in group]
            for command in (*here, *commands("everywhere"), ALARM, REMINDERS):
                title = f"{command.label[:1].upper()}{command.label[1:]}"
                namespace = "app" if command.place == "everywhere" else "screen"
                yield SystemCommand(title, command.help, partial(self.run_action, f"{namespace}.{command.action}"))
        yield from super().get_system_commands(screen)


def _speaks_utf8() -> bool:
    import locale

    return "utf" in (locale.getpreferredencoding(False) or "").lower()


def _part(app: SplitdoseApp, result: str | None) -> None:
    """Leave the terminal its title, and the person a line on whether reminders go on."""
    if sys.stdout is None or not sys.stdout.isatty():
        return
    sys.stdout.write(app.reminding.parting_sequence())
    if result == "quit" and not app.demo:
        watched = app.session.reader.store.is_watched()
        sys.stdout.write(
            "reminders go on: the watcher runs\n"
            if watched
            else "reminders stop until Splitdose is open again; splitdose remind --install keeps them going\n"
        )
    sys.stdout.flush()


def run_app(session: Session, settings: "Settings", *, demo: bool = False) -> int:
    """Run the app until the person leaves it.

    Args:
        session: on the data folder.
        settings: the person's.
        demo: say on screen that this is a sample.

    Returns:
        An exit code; 10 asks the caller to start the demo instead.
    """
    app = SplitdoseApp(session, settings, demo=demo)
    result = app.run()
    _part(app, result)
    return 10 if result == "demo" else app.return_code or 0
