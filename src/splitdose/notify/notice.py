"""What is said, and how it went: the two values that every channel shares.

This module must never send anything and never import anything beyond the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Notice:
    """One thing to say.

    Attributes:
        title: One line of plain text, as typed by people: any characters, never markup.
        body: Plain text, may have several lines and may be empty.
    """

    title: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """What one channel answered.

    Attributes:
        channel: Which channel.
        ok: Whether the channel took the notice. No channel can know that a person saw it.
        reason: Short plain words for the header when it failed ("no notification service answers"). Empty
            when a notice was taken; "not tried yet" when a channel was only looked at.
    """

    channel: Literal["desktop", "terminal"]
    ok: bool
    reason: str = ""
