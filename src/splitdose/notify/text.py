"""Make text fit a notice: cut to the length that a channel takes. `sanitize`, from the core, makes it safe.

This module must never read a clock, the environment or a file, and never import anything beyond the
standard library and the core.
"""

from __future__ import annotations

from splitdose.core.amount import shorten
from splitdose.core.sanitize import sanitize

__all__ = ["clip", "clip_utf16", "sanitize"]


def clip(text: str, limit: int) -> str:
    """Shorten text to a number of characters, the last of them an ellipsis when anything was cut.

    Nothing is cut inside a figure or a unit.

    Args:
        text: The text.
        limit: Characters (code points) at most; at least 1.

    Returns:
        The text itself where it fits.
    """
    return shorten(text, limit)


def clip_utf16(text: str, limit: int) -> str:
    """Shorten text to a number of UTF-16 code units, as Windows counts, without cutting a character in two.

    Nothing is cut inside a figure or a unit, unless that would leave nothing at all.

    Args:
        text: The text.
        limit: Code units at most, without the closing NUL; at least 1.

    Returns:
        The text itself where it fits, else its beginning and an ellipsis.
    """
    short = shorten(text, limit, _utf16_units)
    if short != "…" or text == short:
        return short
    kept: list[str] = []
    room = limit - 1
    for character in text:
        room -= _utf16_units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _utf16_units(text: str) -> int:
    """Count UTF-16 code units: one for most characters, two beyond U+FFFF."""
    return len(text) + sum(character > "\uffff" for character in text)
