"""What all dialogs share: each answers once.

Keys may come in faster than screens go (typed ahead, held down, pasted): what a dialog is told once it was answered, or
while another one lies over it, is not for it.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A question or form over a screen, which gives one answer."""

    def check_message_enabled(self, message: Message) -> bool:
        """Leave out what a part of the dialog says that is gone by now."""
        control = message.control
        return (control is None or control.is_attached) and super().check_message_enabled(message)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Give the answer; nothing where it was given already, or where another screen is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
