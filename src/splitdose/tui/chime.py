"""Reminding from the open app: this window's bell and the alarm's title, and the desktop notices it shares.

The app asks once a second; nothing here knows when a dose is due. A notification service may hang, so what is sent is
sent from a thread, and nothing that goes wrong there may stop the screen or the next reminder.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from splitdose.core.day import Dose
from splitdose.core.remind import Sent, remembered
from splitdose.notify import Notice, Outcome, probe_desktop, sanitize, send_desktop
from splitdose.session import Refused, Reminders, Session
from splitdose.settings import Settings, config_file, machine_zone
from splitdose.store import StoreError
from splitdose.tui.widgets.alarm_bar import title_words
from splitdose.watch import OFF, PROBE_EVERY, ConfigFile, silence_notes

if TYPE_CHECKING:
    from splitdose.tui.app import SplitdoseApp

TEST = Notice("Splitdose: a test", "This is how a reminder reaches you.")
_KEEP_TITLE, _GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"


class Reminding:
    """The reminders of one window.

    Attributes:
        desktop: what the desktop channel answered last, or what can be said of it beforehand.
        watched: whether a watcher goes on when this window is closed.
        leaving: set once the app ends; a notice that is under way then is given up.
    """

    def __init__(self, app: "SplitdoseApp") -> None:
        self._app = app
        self._given: list[Sent] = []
        self._of_thread: Session | None = None
        self._busy = False
        self._refused = False
        self._ticks = 0
        self._began: datetime | None = None
        self._minute = -1
        self._title = ""
        self._config = ConfigFile(config_file(os.environ))
        self._zone = machine_zone(os.environ)[0]
        self.desktop = probe_desktop(os.environ) if app.settings.desktop else OFF
        self.watched = False
        self.leaving = threading.Event()

    def leave(self) -> None:
        """Give up what is being sent, and note that it failed: whoever goes on reminding takes it over at once."""
        self.leaving.set()

    def tick(self, now: datetime) -> None:
        """Ring and send what is owed. Raises StoreError when plan or log can't be read."""
        self._began = min(self._began or now, now)
        self._keep_up(now)
        self._ring(now)
        if self._busy:
            return
        # One that can't be reached is only looked at now and then: until it can, every answer would be the same.
        reachable = self.desktop.ok or self._refused or self._ticks % PROBE_EVERY == 0
        wanted = self._app.settings.desktop and reachable and self._app.session.reminders.owed() is not None
        if wanted and self._probe():
            self._busy = True
            self._app.run_worker(self._give, thread=True, group="chime", exit_on_error=False)
        elif self._app.session.reminders.must_forget(now):
            self._busy = True
            self._app.run_worker(partial(self._forget, now), thread=True, group="chime", exit_on_error=False)

    def _ring(self, now: datetime) -> None:
        """Ring this window's bell. It goes by what this window gave, so it never depends on a file or a service."""
        reminders = self._app.session.reminders
        self._given = remembered(self._given, now)
        saying = reminders.owed_here(self._given, self._began)
        if saying is not None:
            self._given += saying.given(now, done=True)
            self._app.ring(reminders.text(saying))

    def _give(self) -> None:
        """Give the desktop notice that is owed; runs in a thread."""
        worker = get_current_worker()
        outcome: Outcome | None = None
        for_thread = self._beside()
        try:
            claim = for_thread.claim()
            if claim is not None:
                outcome = send_desktop(Notice(claim.text.title, claim.text.body), given_up=self.leaving.is_set)
                for_thread.settle(claim, reached=outcome.ok)
        except (StoreError, Refused):
            # The bell and the alarm on the screen don't depend on this, and the next tick tries again.
            pass
        finally:
            if not worker.is_cancelled:
                self._app.call_from_thread(self._gave, outcome, for_thread.trouble)

    def _beside(self) -> Reminders:
        """The same reminders for the thread, of which one works at a time; only what was given is shared in memory.

        Kept, so that a notice doesn't wait until plan and log are read once more.
        """
        if self._of_thread is None:
            self._of_thread = self._app.session.for_thread()
        self._of_thread.reminders.share(self._app.session.reminders)
        return self._of_thread.reminders

    def _gave(self, outcome: Outcome | None, trouble: str) -> None:
        self._busy = False
        changed = trouble != self._app.session.reminders.trouble
        self._app.session.reminders.trouble = trouble
        if outcome is not None:
            self._refused = not outcome.ok
            changed = changed or outcome != self.desktop
            self.desktop = outcome
        if changed:
            self._app.redraw()

    def _probe(self) -> bool:
        """Look whether the desktop can be reached; who can't reach it leaves the notice to those who can."""
        found = probe_desktop(os.environ)
        # That the bus answers says nothing of a service that has just refused: only a notice that is taken does.
        if not found.ok or not (self._refused or self.desktop.ok):
            if found.ok != self.desktop.ok or found.reason != self.desktop.reason:
                self.desktop = found
                self._app.redraw()
            self._refused = False
        return found.ok

    def test(self, answered: Callable[[Outcome], None]) -> None:
        """Send a test through every channel that is on; `answered` is told what each said, and may be told late."""
        if self._app.settings.bell:
            self._app.ring_notice(TEST)
            answered(Outcome("terminal", ok=True))
        else:
            answered(Outcome("terminal", ok=False, reason="the bell is off"))
        if not self._app.settings.desktop:
            answered(OFF)
            return

        def send() -> None:
            self._app.call_from_thread(answered, send_desktop(TEST, given_up=self.leaving.is_set))

        self._app.run_worker(send, thread=True, group="test-notice", exit_on_error=False)

    # What may change while the app is open

    def use(self, settings: Settings) -> None:
        """Remind as `settings` say from now on; all else in them is left alone."""
        app = self._app
        was = app.settings.desktop
        app.settings = replace(app.settings, reminders=settings.reminders, bell=settings.bell, desktop=settings.desktop)
        app.session.reminders.policy = settings.reminders
        if settings.desktop != was:
            self._refused = False
            self.desktop = probe_desktop(os.environ) if settings.desktop else OFF
        app.redraw()

    def tell_silence(self) -> None:
        """Say which names under `silent` are no medicine's: whoever mistyped one believes that it is silent."""
        troubles = silence_notes(self._app.session.reminders, self._config.file, short=True)
        if troubles and not self._app.demo:
            self._app.say("\n".join(troubles))

    def _keep_up(self, now: datetime) -> None:
        fresh = self._config.changed(self._app.settings)
        if fresh is not None:
            if fresh.warnings:
                self._app.say(fresh.warnings[0])
            else:
                self.use(fresh)
                self.tell_silence()
        self._ticks += 1
        if self._app.settings.desktop and not self._busy and self._ticks % PROBE_EVERY == 0:
            self._probe()
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self.watched = self._app.session.reader.store.is_watched()
            zone = machine_zone(os.environ)[0]
            if zone != self._zone:
                self._zone = self._app.session.reader.machine_zone = zone

    def _forget(self, now: datetime) -> None:
        """Drop what is long past, and read what the next notice will need. In a thread: it may wait for a lock."""
        worker = get_current_worker()
        for_thread = self._beside()
        try:
            for_thread.forget_old(now)
            for_thread.owed()
            assert self._of_thread is not None
            store = self._of_thread.reader.store
            if store.exists():  # looking in leaves nothing behind
                with store.locked():
                    pass  # what it takes to lock is loaded before a notice has to wait for it
        except StoreError:
            pass
        finally:
            if not worker.is_cancelled:
                self._app.call_from_thread(self._gave, None, for_thread.trouble)

    # What it says of itself

    def words(self) -> tuple[tuple[str, ...], bool]:
        """Which reminders work, in falling length, and whether one fails."""
        app, desktop = self._app, self.desktop
        working = ["desktop"] * desktop.ok + ["bell"] * app.settings.bell + ["screen"]
        names = ", ".join(working)
        text = f"reminders: {names}"
        if app.settings.desktop and not desktop.ok:
            reason = f"no desktop notices: {desktop.reason}"
            return (f"{text} · {reason}", reason, "no desktop notices", "no desktop"), True
        trouble = app.session.reminders.trouble
        if trouble:
            return (f"{text} · they may come twice: {trouble}", "reminders may come twice"), True
        quiet = self.quiet_until()
        if quiet:
            return (f"{text} · quiet until {quiet}", f"quiet until {quiet}", "quiet"), False
        return (text, names), False

    def quiet_until(self) -> str:
        """When the quiet hours that hold now end, "07:00"; "" outside of them."""
        policy, reader = self._app.session.reminders.policy, self._app.session.reader
        if policy.quiet is None or not policy.quiet_at(reader.calendar.local(reader.now()).time()):
            return ""
        return policy.quiet[1].strftime("%H:%M")

    def watcher_words(self) -> str:
        """Whether reminders go on without this window."""
        if self._app.session.reader.store.is_watched():
            return "reminders go on when the app is closed: the watcher runs"
        return "reminders stop when the app is closed; splitdose remind --install keeps them going"

    # The terminal's title

    def title(self, waiting: list[Dose]) -> None:
        """Let the terminal's title say whether a dose is due."""
        reminders = self._app.session.reminders
        text = sanitize(title_words(waiting, discreet=reminders.policy.discreet, ascii_only=self._app.ascii_only))
        if text != self._title:
            self._app.write_to_terminal(f"{'' if self._title else _KEEP_TITLE}\x1b]2;{text}\x1b\\")
            self._title = text

    def parting_sequence(self) -> str:
        """What gives the terminal back the title it had."""
        return _GIVE_TITLE_BACK if self._title else ""
