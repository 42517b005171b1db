"""The last gate before the terminal: whatever a widget shows, no character that could steer a terminal gets past.

Widgets take such characters out where they fit their text; this holds for all of them, and for those still to come.
It never changes how many cells a line takes.
"""

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from splitdose.core.sanitize import sanitize

# What the program and Textual draw with, a cell for a cell; what a person typed stays as it is.
_DRAWN = {
    "-": "─━–—−▔▁", "|": "│┃▏▕▌▐▎▊", "+": "╭╮╰╯┌┐└┘├┤┬┴┼╋▛▜▙▟", ".": "·…", "#": "█▉▇▆▅▄▃▂▓▒▀▪■", ":": "░", "x": "×",
    "<": "←◂◀", ">": "→▸▶", "^": "↑▲", "v": "↓▼✓", "*": "•●◦○★", "~": "≈", '"': "“”", "'": "’‘", "o": "◯⭘",
}  # fmt: skip
_ASCII = {ord(glyph): plain for plain, glyphs in _DRAWN.items() for glyph in glyphs} | {ord("🔎"): "> "}


class AsciiFilter(LineFilter):
    """Turns the lines, blocks and signs that are drawn into ASCII of the same width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, but for their text; `background` does not matter."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [Segment(text.translate(_ASCII), style, control) for text, style, control in segments]


class ControlCharacterFilter(LineFilter):
    """Takes control, escape and bidirectional override characters out of every line that is drawn."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, but for their text; `background` does not matter."""
        if all(segment.text.isprintable() for segment in segments):  # nearly every line
            return segments
        return [
            Segment(set_cell_size(sanitize(text), cell_len(text)), style, control) for text, style, control in segments
        ]
