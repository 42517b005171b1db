"""The tablets of a day side by side, each with the piece to take."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from textual.content import Content

from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import Slot
from splitdose.tui.widgets.fit import MUTED, fit
from splitdose.tui.widgets.tablet import draw

_STYLES = {"line": MUTED, "take": "$text-accent", "gone": "$foreground 38%", "left": ""}


def day_picture(slots: Sequence[Slot], doses: Mapping[str, Pieces], width: int, *, ascii_only: bool) -> Content | None:
    """The pieces of a day side by side, in so many cells; None where none of them can be drawn.

    What is left of one tablet is what the next piece is broken from.

    Args:
        slots: of the day, in order.
        doses: what is taken, by slot.
        width: cells there are.
        ascii_only: use no box characters.
    """
    drawn = []
    gone = Fraction(0)
    for slot in slots:
        pieces = doses.get(slot.name, NO_PIECES)
        if len(pieces) == 1:
            lines = draw(pieces[0], gone % 1, ascii_only=ascii_only)
            gone += pieces[0].count
            if lines:
                drawn.append((slot.name, max(9, sum(len(text) for text, _ in lines[0])), lines))
    if not drawn:
        return None
    rows = [Content("")]
    for row in range(-1, max(len(lines) for _, _, lines in drawn)):
        parts: list[Content] = []
        used = 0
        for name, cells, lines in drawn:
            used += cells + 3
            if used > width:
                break
            if row < 0:
                parts.append(Content.styled(fit(name, cells), MUTED))
            elif row < len(lines):
                line = Content.assemble(*((text, _STYLES[part]) for text, part in lines[row]))
                parts.append(line.pad_right(cells - line.cell_length))
            else:
                parts.append(Content(" " * cells))
            parts.append(Content("   "))
        rows.append(Content.assemble(*parts))
    return Content("\n").join(rows)
