"""What all dialogs share: each answers once.

Keys may come in faster than screens go (typed ahead, held down, pasted): what a dialog is told once it was answered, or
while another one lies over it, is not for it.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A question or form over a screen, which gives one answer."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Give the answer; nothing where it was given already, or where another screen is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
