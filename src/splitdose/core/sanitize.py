"""Make typed text safe to show: on a terminal, in a notice, or in another program's arguments.

Notes, medicine names and reasons are whatever a person typed or pasted. Before such text leaves the program
it loses what could move a cursor, end an escape sequence early, or make letters read in another order than
they are written. What a person can see stays as it was typed: brackets, markup, percent signs, glyphs and
emoji. What is stored is never touched.

This module must never read a clock, the environment or a file, and never import anything beyond the standard
library.
"""

import re

from splitdose.core.amount import GLYPHS

# What goes: C0 and C1 controls and DEL (cursor, colour, bell, ESC, ST); the bidirectional embeddings,
# overrides and isolates, which can make "5 mg" read as "gm 5"; the line and paragraph separators, which
# some services break lines at; lone surrogates and noncharacters, which D-Bus and JSON readers refuse. The
# marks that right-to-left writing needs (LRM, RLM, ALM) and the joiners inside emoji stay.
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def sanitize(text: str, *, keep_newlines: bool = False) -> str:
    """Remove control, escape and bidirectional override characters.

    Every kind of line end becomes one newline, or a space where lines are not kept, so that words never run
    together; a tab becomes a space. Everything else that is removed leaves nothing behind. Doing it twice
    changes nothing more.

    Args:
        text: Any text at all, as typed.
        keep_newlines: Keep line ends, as ``\\n``.

    Returns:
        Text without any character that a terminal or a notification service would act upon.
    """
    if text.isprintable():  # nearly always: nothing in it goes, no line ends in it
        return text
    # str.translate and isprintable alone would be shorter, but isprintable also refuses joiners and private-use
    # glyphs.
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ").split("\n")
    return ("\n" if keep_newlines else " ").join(_UNWANTED.sub("", line) for line in lines)


_SIGNS = {
    "✓": "x", "·": ".", "–": "-", "—": "-", "×": "x", "⁄": "/", "…": "...", "≥": ">=", "≤": "<=", "→": "->",
    "“": '"', "”": '"', "’": "'", "\u00a0": " ",
}  # fmt: skip
_ASCII_OF = {
    **_SIGNS,
    **{glyph: f"{value.numerator}/{value.denominator}" for glyph, value in GLYPHS.items()},
}
_SIGN = re.compile("([0-9]?)([" + "".join(_ASCII_OF) + "])")


def in_ascii(text: str) -> str:
    """The program's own signs as ASCII: "¼ × 20 mg" becomes "1/4 x 20 mg", "1½" becomes "1 1/2".

    Other letters stay: a name is spelt as its person spells it.
    """

    def sign(found: re.Match[str]) -> str:
        digit, glyph = found[1], found[2]
        space = " " if digit and glyph in GLYPHS else ""
        return f"{digit}{space}{_ASCII_OF[glyph]}"

    return _SIGN.sub(sign, text)
