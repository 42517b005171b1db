"""Charts in characters: bars of milligrams per day, and a band between two edges.

Drawn with eighth blocks, or with plain ASCII; a mark or a word always stands beside what a shade says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII_EIGHTHS = "  ..::||#"
AXIS_WIDTH = 7


@dataclass(frozen=True)
class Bar:
    """One column.

    Attributes:
        taken: how high it is filled; None where it can't be said.
        planned: where its mark stands; None for none.
        sure: False where a dose without a clear record may be missing from it.
    """

    taken: float | None
    planned: float | None
    sure: bool = True


def top_of(values: Sequence[float]) -> float:
    """A round figure at or above the highest value, for the top of an axis."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return 1.0
    step = 1.0
    while step * 10 <= highest:
        step *= 10
    while step > highest:
        step /= 10
    return next(step * n for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15) if step * n >= highest)


def axis_label(value: float) -> str:
    """A figure for the axis, in its width: "20", "0.5"."""
    text = f"{value:.3g}"
    return text.rjust(AXIS_WIDTH - 1) + " "


def bars(columns: Sequence[Bar], height: int, width: int, *, ascii_only: bool = False) -> list[str]:
    """Columns of equal width, each filled to what was taken, with a mark where the plan stands.

    Args:
        columns: from left to right.
        height: lines.
        width: cells of each column, one of which is a gap where there is room.
        ascii_only: no block characters.

    Returns:
        `height` lines, top first, with the axis' figures in front.
    """
    top = top_of([value for bar in columns for value in (bar.taken, bar.planned) if value is not None])
    fills = _ASCII_EIGHTHS if ascii_only else _EIGHTHS
    body = max(1, width - (1 if width > 1 else 0))
    lines = []
    for row in range(height):
        low = (height - 1 - row) / height * top
        label = axis_label(top) if row == 0 else axis_label(top / 2) if row == height // 2 else " " * AXIS_WIDTH
        text = label
        for bar in columns:
            taken = bar.taken or 0.0
            eighths = max(0, min(8, round((taken - low) / top * height * 8)))
            cell = fills[eighths] * body
            if bar.planned is not None and low < bar.planned <= low + top / height and eighths < 8:
                # The plan's mark stands where the bar doesn't reach.
                cell = ("-" if ascii_only else "‾") * body if eighths == 0 else cell
            text += cell + " " * (width - body)
        lines.append(text)
    return lines


def band(low: Sequence[float], high: Sequence[float], height: int, *, ascii_only: bool = False) -> list[str]:
    """The space between two edges over time, one column a pair: full up to the lower, shaded up to the higher.

    Returns:
        `height` lines, top first, with the axis' figures in front.
    """
    top = top_of(high)
    sure, maybe = ("#", ":") if ascii_only else ("█", "░")
    lines = []
    for row in range(height):
        middle = (height - row - 0.5) / height * top
        label = axis_label(top) if row == 0 else axis_label(top / 2) if row == height // 2 else " " * AXIS_WIDTH
        text = label
        for under, over in zip(low, high, strict=True):
            text += sure if under >= middle else maybe if over >= middle else " "
        lines.append(text)
    return lines
