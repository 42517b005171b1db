"""A drawing of the tablet and the piece to take.

It shows; it never says anything that the words beside it don't.
"""

from fractions import Fraction
from typing import Literal

from splitdose.core.piece import Piece

Part = Literal["line", "take", "gone", "left"]
Cells = list[tuple[str, Part]]

_FILL: dict[bool, dict[Part, str]] = {
    False: {"take": "▓", "gone": "·", "left": " ", "line": " "},
    True: {"take": "#", "gone": ".", "left": " ", "line": " "},
}
MOST_WHOLE = 3
MOST_PARTS = 8


def draw(piece: Piece, gone: Fraction, *, ascii_only: bool = False) -> list[Cells]:
    """Draw one piece.

    Args:
        piece: what to take.
        gone: how much of the current tablet was taken already, 0 or more; whole tablets don't count.
        ascii_only: use no box characters.

    Returns:
        Lines of equal width (at most 5), each a list of text and what it stands for; empty where a drawing would
        not help: liquids, patches, many tablets, odd parts.
    """
    if piece.product.unit not in ("tablet", "capsule") or piece.count <= 0:
        return []
    whole, part = divmod(piece.count, 1)
    if not part:
        return _whole(int(whole), ascii_only) if whole <= MOST_WHOLE else []
    if whole:
        return []
    used = gone % 1
    if used + part > 1:
        used = Fraction(0)
    parts = max(part.denominator, used.denominator, 4 if part.denominator in (2, 4) else 1)
    if (part * parts).denominator != 1 or (used * parts).denominator != 1 or parts > MOST_PARTS:
        parts, used = part.denominator, Fraction(0)
    if parts > MOST_PARTS:
        return []
    cells: list[Part] = ["left"] * parts
    first = int(used * parts)
    for n in range(parts):
        if n < first:
            cells[n] = "gone"
        elif n < first + part * parts:
            cells[n] = "take"
    return _quarters(cells, ascii_only) if parts == 4 else _strip(cells, ascii_only)


def _box(text: str, ascii_only: bool) -> str:
    return text.translate(str.maketrans("╭╮╰╯─│┬┴├┤┼", "..''-|.....")) if ascii_only else text


def _quarters(cells: list[Part], ascii_only: bool) -> list[Cells]:
    fill = _FILL[ascii_only]

    def row(a: Part, b: Part) -> Cells:
        side = _box("│", ascii_only)
        return [(side, "line"), (fill[a] * 3, a), (side, "line"), (fill[b] * 3, b), (side, "line")]

    return [
        [(_box("╭───┬───╮", ascii_only), "line")],
        row(cells[0], cells[1]),
        [(_box("├───┼───┤", ascii_only), "line")],
        row(cells[2], cells[3]),
        [(_box("╰───┴───╯", ascii_only), "line")],
    ]


def _strip(cells: list[Part], ascii_only: bool) -> list[Cells]:
    fill, n = _FILL[ascii_only], len(cells)
    middle: Cells = [(_box("│", ascii_only), "line")]
    for cell in cells:
        middle += [(fill[cell] * 2, cell), (_box("│", ascii_only), "line")]
    return [
        [(_box("╭" + "┬".join(["──"] * n) + "╮", ascii_only), "line")],
        middle,
        list(middle),
        [(_box("╰" + "┴".join(["──"] * n) + "╯", ascii_only), "line")],
    ]


def _whole(count: int, ascii_only: bool) -> list[Cells]:
    fill = _FILL[ascii_only]["take"] * 5
    side = _box("│", ascii_only)
    lines: list[Cells] = [[], [], [], []]
    for n in range(count):
        gap = " " if n else ""
        lines[0].append((gap + _box("╭─────╮", ascii_only), "line"))
        for row in (1, 2):
            lines[row] += [(gap + side, "line"), (fill, "take"), (side, "line")]
        lines[3].append((gap + _box("╰─────╯", ascii_only), "line"))
    return lines
