"""Reminders leave the program here: the channels that can call a person who is looking elsewhere.

A channel is given a notice in plain text and answers with an outcome; it never raises, and it knows nothing
of doses, plans or when something is due. The alarm inside the app is not a channel: it is part of the
screen.

This package must never import Textual, and imports plyer only in the process that sends one notice and ends.
"""

from splitdose.notify.desktop import LIMIT_SECONDS, probe_desktop, send_desktop
from splitdose.notify.notice import Notice, Outcome
from splitdose.notify.terminal import ring_terminal, terminal_sequence
from splitdose.notify.text import sanitize

__all__ = [
    "LIMIT_SECONDS",
    "Notice",
    "Outcome",
    "probe_desktop",
    "ring_terminal",
    "sanitize",
    "send_desktop",
    "terminal_sequence",
]
