"""What screens, dialogs and flows may know of the app: its session and settings, and how it says something.

None of them imports the app itself, which knows them all.
"""

import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from textual import events
from textual.app import App
from textual.screen import Screen

from splitdose.core.day import Dose
from splitdose.core.wording import NoticeText
from splitdose.notify import Notice, Outcome, terminal_sequence
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui.commands import BY_ID
from splitdose.tui.terminal import key_times

if TYPE_CHECKING:
    from splitdose.settings import Settings


class Channels(Protocol):
    """How reminders reach the person.

    Attributes:
        desktop: what the desktop channel answered last, or what can be said of it beforehand.
        leaving: set once the app ends; a notice that is under way then is given up.
    """

    desktop: Outcome
    leaving: threading.Event

    def watcher_words(self) -> str:
        """Whether reminders continue without this window."""

    def test(self, answered: Callable[[Outcome], None]) -> None:
        """Send a test through every channel that is on; `answered` is told what each said, maybe later."""

    def use(self, settings: "Settings") -> None:
        """Remind as `settings` say from now on."""

    def title(self, waiting: list[Dose]) -> None:
        """Let the terminal's title say whether a dose is due."""


@dataclass(frozen=True)
class Unsaved:
    """What could not be saved.

    Attributes:
        again: begins a flow that tries again.
        problem: what stood against it.
    """

    again: Callable[[], Coroutine[Any, Any, object]]
    problem: StoreError


class Window(App[str]):
    """The app, as far as its screens know it.

    Attributes:
        session: of this window.
        settings: the person's.
        settings_keys: the keys that the person has given to commands, by their ids.
        ascii_only: no signs beyond ASCII.
        demo: on a sample.
        reminding: the channels of the reminders.
        done: what was done last, which stays on screen with how to undo it.
        unsaved: what could not be saved, until it is.
        unread: why data can't be read; "" once it could.
    """

    reminding: Channels

    def __init__(self, session: Session, settings: "Settings", *, ascii_only: bool, demo: bool = False) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.settings_keys = dict(settings.keys)
        self.ascii_only = ascii_only
        self.demo = demo
        self.done = ""
        self.unsaved: Unsaved | None = None
        self.unread = ""
        self._pressed: events.Key | None = None
        self._pressed_at, self._since_same = float("-inf"), float("inf")

    def key(self, command: str) -> str:
        """The key of a command, by its id, as the person has it and calls it: "u", "Esc"."""
        return BY_ID[command].shown_key(self.settings_keys)

    def say(self, text: str) -> None:
        """A short notice that goes away by itself."""
        self.notify(text, markup=False, timeout=6)

    @abstractmethod
    def redraw(self) -> None:
        """Draw the screen that is shown, below a dialog too."""

    @abstractmethod
    def recorded(self) -> None:
        """Let the screen that is shown follow what was recorded."""

    @abstractmethod
    def cannot_read(self, problem: StoreError) -> None:
        """Keep saying that data can't be read, until it can."""

    @abstractmethod
    def read_again(self) -> None:
        """Stop saying it: data could be read."""

    @abstractmethod
    def draw_frame(self, screen: Screen[Any]) -> None:
        """Draw what stands around a main screen."""

    @abstractmethod
    def channel_words(self) -> tuple[tuple[str, ...], bool]:
        """Which reminders work, in falling length, and whether one fails."""

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

    # When keys came in

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event is not self._pressed:  # it comes by again on its way up
            arrived, before = key_times.arrived(event), self._pressed
            same = before is not None and before.key == event.key
            self._since_same = arrived - self._pressed_at if same else float("inf")
            self._pressed, self._pressed_at = event, arrived
        await super().on_event(event)

    def pressed_at(self) -> float:
        """When the newest key came in (seconds on the clock of `key_times`)."""
        return self._pressed_at

    def pressed_again_within(self, seconds: float) -> bool:
        """Whether the newest key is the same as the one before, which came in so shortly before it."""
        return self._since_same < seconds
