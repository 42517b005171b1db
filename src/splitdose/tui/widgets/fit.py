"""How text is fitted and coloured, for every widget: cell widths, ellipses, and the few styles there are."""

from collections.abc import Sequence

from rich.cells import cell_len

from splitdose.core.amount import shorten
from splitdose.core.piece import Pieces
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.showing import amount_texts

WIDE, NARROW = 84, 50
"""From so many columns on there is room for everything; below the lower one, only for what a dose can't do without."""

MUTED = "$foreground 62%"
"""What stands back."""

STATE_STYLES = {
    "taken": "$text-success", "skipped": MUTED, "unsure": "$text-warning", "unrecorded": "$text-warning",
    "due": "bold $text-warning", "late": "bold $text-warning", "upcoming": MUTED,
}  # fmt: skip


def clip(text: str, width: int) -> str:
    """Text in so many cells, with an ellipsis where something was left out, control characters taken out.

    Nothing is cut inside a figure or a unit.
    """
    return shorten(sanitize(text), width, cell_len)


def fitting(texts: Sequence[str], width: int) -> str:
    """The first of some texts, in falling length, that has room in so many cells; else the last, shortened."""
    return next((text for text in texts if cell_len(text) <= width), clip(texts[-1], width) if texts else "")


def fit_amount(pieces: Pieces, width: int, *, ascii_only: bool = False, by_ml: bool = False) -> str:
    """The amount of a dose in so many cells: what stands beside milligrams goes before they do."""
    texts = [sanitize(text) for text in amount_texts(pieces, ascii_only=ascii_only, by_ml=by_ml)]
    return fitting([in_ascii(text) for text in texts] if ascii_only else texts, width)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Text in exactly so many cells: cut or padded, to the right side if asked. Wide characters count as two."""
    text = clip(text, width)
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space
