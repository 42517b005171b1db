"""Reminding from the open app: this window's bell, its header and its title; the loop itself is `splitdose.reminding`.

The app asks once a second. A notification service may hang, so what is sent is sent from a thread, and nothing that
goes wrong there may stop the screen or the next reminder.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from textual.worker import get_current_worker

from splitdose.core.day import Dose
from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome, sanitize
from splitdose.reminding import OFF, Reminding, Work, WorkDone
from splitdose.session import Session
from splitdose.settings import Settings, config_file
from splitdose.store import StoreError
from splitdose.tui.widgets.alarm_bar import title_words

TEST = Notice("Splitdose: a test", "This is how a reminder reaches you.")
_KEEP_TITLE, _GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"


class ReminderWindow(Protocol):
    """What reminders need of the app, which knows them."""

    session: Session
    settings: Settings
    demo: bool
    ascii_only: bool

    def say(self, text: str) -> None: ...
    def redraw(self) -> None: ...
    def ring(self, text: NoticeText) -> None: ...
    def ring_notice(self, notice: Notice) -> None: ...
    def write_to_terminal(self, sequence: str) -> None: ...
    def call_from_thread(self, callback: Callable[..., Any], *args: Any) -> Any: ...
    def run_worker(
        self, work: Callable[[], None], *, group: str = ..., exit_on_error: bool = ..., thread: bool = ...
    ) -> Any: ...


class WindowReminding(Reminding):
    """The reminders of one window."""

    def __init__(self, app: ReminderWindow) -> None:
        super().__init__(app.session, app.settings, os.environ, config=config_file(os.environ))
        self._app = app
        self._of_thread: Session | None = None
        self._title = ""

    def remind(self) -> None:
        """Ring and send what is due. Raises StoreError when plan or log can't be read."""
        work = self.tick()
        if work is not None:
            self._app.run_worker(partial(self._in_thread, work), thread=True, group="reminding", exit_on_error=False)

    def _in_thread(self, work: Work) -> None:
        worker = get_current_worker()
        done = WorkDone(self.session.reminders.trouble)
        try:
            done = work()
        finally:
            if not worker.is_cancelled:
                self._app.call_from_thread(self.finish, done)

    def leave(self) -> None:
        """Give up what is being sent, and note that it failed: whoever goes on reminding takes it over at once."""
        self.leaving.set()

    def test(self, answered: Callable[[Outcome], None]) -> None:
        """Send a test through every channel that is on; `answered` is told what each said, and may be told late."""
        if self.settings.bell:
            self._app.ring_notice(TEST)
            answered(Outcome("terminal", ok=True))
        else:
            answered(Outcome("terminal", ok=False, reason="the bell is off"))
        if not self.settings.desktop:
            answered(OFF)
            return

        def send() -> None:
            self._app.call_from_thread(answered, self.send(TEST))

        self._app.run_worker(send, thread=True, group="test-notice", exit_on_error=False)

    def tell_silence(self) -> None:
        """Say which names under `silent` are no medicine's: whoever mistyped one believes that it is silent."""
        troubles = self.silence_notes(short=True)
        if troubles and not self._app.demo:
            self._app.say("\n".join(troubles))

    # Its own side of the loop

    def ring(self, text: NoticeText) -> None:
        self._app.ring(text)

    def settings_read(self, warnings: Sequence[str]) -> None:
        if warnings:
            self._app.say(warnings[0])
        else:
            self.tell_silence()

    def minute_began(self) -> None:
        """The app asks about another zone by itself."""

    def channels_changed(self) -> None:
        self._app.settings = self.settings
        self._app.redraw()

    def session_for_work(self) -> Session:
        """The same work for the thread, of which one works at a time; only what was given is shared in memory.

        Kept, so that a notice doesn't wait until plan and log are read once more.
        """
        if self._of_thread is None:
            self._of_thread = self.session.for_thread()
        self._of_thread.reminders.share(self.session.reminders)
        return self._of_thread

    def forget(self, now: datetime) -> WorkDone:
        """Drop what is long past, and load what the next notice would else have to wait for."""
        super().forget(now)
        session = self.session_for_work()
        with suppress(StoreError):
            session.reminders.due_notice()
            if session.reader.store.exists():  # looking in leaves nothing behind
                with session.reader.store.locked():
                    pass
        return WorkDone(session.reminders.trouble)

    # What it says of itself

    def words(self) -> tuple[tuple[str, ...], bool]:
        """Which reminders work, in falling length, and whether one fails."""
        desktop = self.desktop
        working = ["desktop"] * desktop.ok + ["bell"] * self.settings.bell + ["screen"]
        names = ", ".join(working)
        text = f"reminders: {names}"
        if self.settings.desktop and not desktop.ok:
            reason = f"no desktop notices: {desktop.reason}"
            return (f"{text} · {reason}", reason, "no desktop notices", "no desktop"), True
        trouble = self.session.reminders.trouble
        if trouble:
            return (f"{text} · they may come twice: {trouble}", "reminders may come twice"), True
        quiet = self.quiet_until()
        if quiet:
            return (f"{text} · quiet until {quiet}", f"quiet until {quiet}", "quiet"), False
        return (text, names), False

    def quiet_until(self) -> str:
        """When the quiet hours that hold now end, "07:00"; "" outside of them."""
        policy, reader = self.session.reminders.policy, self.session.reader
        if policy.quiet is None or not policy.quiet_at(reader.calendar.local(reader.now()).time()):
            return ""
        return policy.quiet[1].strftime("%H:%M")

    def watcher_words(self) -> str:
        """Whether reminders continue without this window."""
        if self.session.reader.store.is_watched():
            return "reminders continue when the app is closed: the watcher runs"
        return "reminders stop when the app is closed; splitdose remind --install keeps them going"

    # The terminal's title

    def title(self, waiting: list[Dose]) -> None:
        """Let the terminal's title say whether a dose is due."""
        reminders = self.session.reminders
        text = sanitize(title_words(waiting, discreet=reminders.policy.discreet, ascii_only=self._app.ascii_only))
        if text != self._title:
            self._app.write_to_terminal(f"{'' if self._title else _KEEP_TITLE}\x1b]2;{text}\x1b\\")
            self._title = text

    def parting_sequence(self) -> str:
        """What gives the terminal back the title it had."""
        return _GIVE_TITLE_BACK if self._title else ""
