"""The table of a plan's steps: columns that give way, one after the other, as the terminal narrows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from splitdose.core.piece import Pieces
from splitdose.core.plan import Slot
from splitdose.core.plan_wording import per_period
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.showing import amount_texts, show_mass, show_pieces, told_by_ml
from splitdose.core.wording import day_words
from splitdose.tui.plan_words import StepRow, day_total, signed, tight_pieces
from splitdose.tui.widgets.fit import MUTED, NARROW, clip, fit

GAP = "  "
MOST_SLOT = 24
"""A slot's column is no wider; what is cut stands in full below the table."""


@dataclass(frozen=True)
class _Column:
    """One column: its heading and a text for each row, and to which side they lean."""

    head: str
    cells: tuple[str, ...]
    right: bool = False
    least: int = 0
    most: int = MOST_SLOT

    @property
    def width(self) -> int:
        return max(self.least, min(self.most, max(cell_len(text) for text in (self.head, *self.cells))))


class StepList(OptionList, inherit_bindings=False):
    """One line a step; the cursor says which one is described below and acted on."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def action_select(self) -> None:
        """A click only moves the cursor."""

    def show(self, lines: Sequence[Content]) -> None:
        """Draw these lines, keeping the cursor where it is."""
        with self.prevent(OptionList.OptionHighlighted):
            if len(lines) != self.option_count:
                at = self.highlighted
                self.clear_options()
                self.add_options([Option(line) for line in lines])
                if lines and at is not None:
                    self.highlighted = min(at, len(lines) - 1)
                return
            for n, line in enumerate(lines):
                if self.get_option_at_index(n).prompt != line:
                    self.replace_option_prompt_at_index(n, line)


def table(
    rows: Sequence[StepRow], slots: Sequence[Slot], width: int, *, ascii_only: bool
) -> tuple[Content, list[Content]]:
    """The heading and one line a step, in so many cells.

    Args:
        rows: all steps.
        slots: the medicine's, in day order.
        width: cells there are.
        ascii_only: use no signs beyond ASCII.
    """
    if not rows:
        return Content(""), []
    mark, minus = (">", "-") if ascii_only else ("▸", "−")
    assert len(mark) == len(minus) == 1
    numbers = tuple(f"{mark if row.state == 'current' else ' '} {row.number:>{len(str(len(rows)))}}" for row in rows)
    starts = tuple(_start(row, short=width < NARROW) for row in rows)
    fixed = [_Column("", numbers), _Column("begins", starts)]
    total = _Column("a day", tuple(_a_day(row, ascii_only=ascii_only) for row in rows), right=True)
    change = [
        _Column("change", tuple(_mg(row, ascii_only=ascii_only) for row in rows), right=True),
        _Column("%", tuple(_percent(row, ascii_only=ascii_only) for row in rows), right=True),
    ]
    used = [slot for slot in slots if any(row.step.asked.on(slot.name) for row in rows)]
    ways = [
        ([*fixed, *_slots(rows, used, 2, ascii_only=ascii_only), total, *change], 15),
        ([*fixed, *_slots(rows, used, 1, ascii_only=ascii_only), total, *change], 15),
        ([*fixed, *_slots(rows, used, 0, ascii_only=ascii_only), total, *change], 10),
        ([*fixed, total, *change], 10),
        ([*fixed, total, change[0]], 9),
        ([*fixed, total], 3),
        ([fixed[0], total], 0),
    ]
    columns, least = next((way for way in ways if sum(c.width + len(GAP) for c in way[0]) + way[1] <= width), ways[-1])
    room = max(least, width - sum(c.width + len(GAP) for c in columns))
    head = GAP.join(fit(c.head, c.width, right=c.right) for c in columns) + GAP + clip("held", room)
    lines = []
    for n, row in enumerate(rows):
        text = GAP.join(fit(c.cells[n], c.width, right=c.right) for c in columns) + GAP
        words = _fitting(_words(row), room)
        lines.append(Content.assemble((text, _style(row)), (words, _word_style(row))))
    return Content.styled(head.rstrip(), MUTED), lines


def _style(row: StepRow) -> str:
    return "bold" if row.state == "current" else MUTED if row.state == "past" or row.projected else ""


def _word_style(row: StepRow) -> str:
    if row.review:
        return "bold $text-warning"
    return "bold $text-accent" if row.state == "current" else MUTED


def _start(row: StepRow, *, short: bool) -> str:
    if row.start is None:
        return "open"
    words = day_words(row.start, year=False)
    if short:
        words = words.partition(" ")[2]
    return f"~ {words}" if row.projected else f"  {words}"


def _a_day(row: StepRow, *, ascii_only: bool) -> str:
    text = day_total(row.step, ascii_only=ascii_only) if not row.step.empty else "none"
    return text if row.step.every == 1 or row.step.empty else per_period(text, row.step.every)


def _mg(row: StepRow, *, ascii_only: bool) -> str:
    return row.change.amount(ascii_only=ascii_only)


def _percent(row: StepRow, *, ascii_only: bool) -> str:
    return "" if row.change.percent is None else signed(row.change.percent, "%", ascii_only=ascii_only)


def _slots(rows: Sequence[StepRow], slots: Sequence[Slot], full: int, *, ascii_only: bool) -> list[_Column]:
    """A column for each slot: milligrams, and with more room the pieces."""
    columns = []
    by_ml = told_by_ml(pieces for row in rows for pieces in row.step.doses.values())
    for slot in slots:
        doses = [row.step.asked.on(slot.name) for row in rows]
        parts = [_amount(pieces, full, by_ml=by_ml, ascii_only=ascii_only) for pieces in doses]
        width = max(cell_len(amount) for amount, _ in parts)
        cells = []
        for amount, words in parts:
            aligned = f"{fit(amount, width, right=True)} {words}".rstrip()
            cells.append(aligned if cell_len(aligned) <= MOST_SLOT else f"{amount} {words}".rstrip())
        shown = tuple(in_ascii(text) for text in cells) if ascii_only else tuple(cells)
        columns.append(_Column(sanitize(slot.name), shown, right=full == 0))
    return columns


def _amount(pieces: Pieces, full: int, *, by_ml: bool, ascii_only: bool) -> tuple[str, str]:
    """An amount and what stands beside it, as much of both as a slot's column has room for."""
    if not pieces:
        return "–", ""
    mass, texts = show_mass(pieces), amount_texts(pieces, ascii_only=ascii_only, by_ml=by_ml)
    ways = []
    if full == 2 and mass is not None:
        ways.append((mass, show_pieces(pieces, ascii_only=ascii_only)))
    if full:
        ways.append((texts[0], tight_pieces(pieces, ascii_only=ascii_only) if mass is not None else ""))
    ways += [(text, "") for text in texts[1:] or texts]
    return next(
        (way for way in ways if cell_len(" ".join(way).rstrip()) <= MOST_SLOT), (clip(texts[-1], MOST_SLOT), "")
    )


def _words(row: StepRow) -> tuple[str, ...]:
    """How long it was or is to be held, in falling length."""
    hold = row.step.hold
    if row.state == "past":
        if row.held is None:
            return ("over",)
        return (f"{row.held} of {hold} days", f"{row.held} of {hold}") if hold is not None else (f"{row.held} days",)
    if row.state == "current":
        if row.step.empty or hold is None:
            days = (row.held or 1) - 1
            return (f"now, held {days} days", f"now, {days} days", "now") if not row.step.empty else ("now",)
        of = f"day {row.held} of {hold}"
        if row.review:
            return (f"now, {of}, review", f"now, {row.held} of {hold}, review", "now, review", "review", "now")
        return f"now, {of}", f"now, {row.held} of {hold}", "now"
    held = "" if hold is None else f", hold {hold} day{'' if hold == 1 else 's'}"
    if row.projected:
        return f"projected{held}", f"projected{held.partition(' day')[0]}", "projected", "proj."
    return (held.removeprefix(", "), "") if held else ("",)


def _fitting(texts: Sequence[str], room: int) -> str:
    return next((text for text in texts if cell_len(text) <= room), "")
