"""How text is fitted and coloured, for every widget: cell widths, ellipses, and the few styles there are."""

from rich.cells import cell_len

from splitdose.core.text import sanitise

WIDE, NARROW = 84, 50
"""From so many columns on there is room for everything; below the lower one, only for what a dose can't do without."""

MUTED = "$foreground 62%"
"""What stands back."""

STATE_STYLES = {
    "taken": "$text-success", "skipped": MUTED, "unsure": "$text-warning", "unrecorded": "$text-warning",
    "due": "bold $text-warning", "late": "bold $text-warning", "upcoming": MUTED,
}  # fmt: skip


def clip(text: str, width: int) -> str:
    """Text cut to so many cells with an ellipsis, control characters taken out."""
    text = sanitise(text)
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Text in exactly so many cells: cut or padded, to the right side if asked. Wide characters count as two."""
    text = clip(text, width)
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space
