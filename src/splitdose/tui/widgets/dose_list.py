"""The list of the day's doses, in columns that give way one after the other as the terminal gets narrower."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from splitdose.core.amount import show_count
from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.showing import show_mass, show_pieces, told_by_ml
from splitdose.core.wording import mark, state_words, wall_words
from splitdose.tui.widgets.fit import MUTED, NARROW, STATE_STYLES, WIDE, clip, fit, fit_amount

STATE_AT_LEAST, STATE_AT_LEAST_NARROW = 12, 8
"""Cells that the other columns leave for where a dose stands, as long as they can."""
CURSOR, CURSOR_ASCII = "▸", ">"
"""Before the dose that the panel names."""


@dataclass(frozen=True)
class DoseRow:
    """One dose in the list.

    Attributes:
        older: for a dose of an earlier day, which: "yest.", "Thu 4".
        held: "held 68 days", or "".
    """

    dose: Dose
    older: str = ""
    held: str = ""


class DoseList(OptionList, inherit_bindings=False):
    """All doses of the day. The cursor says which one the panel names; choosing is moving, never recording."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._prompts: list[Content] = []
        self._cursor = CURSOR

    def action_select(self) -> None:
        """A click only moves the cursor."""

    def show(self, rows: Sequence[DoseRow], now: datetime, calendar: Calendar, *, ascii_only: bool) -> None:
        """Draw these doses, keeping the cursor where it is."""
        self._cursor = CURSOR_ASCII if ascii_only else CURSOR
        self._prompts = _prompts(rows, now, calendar, max(20, self.size.width - 2), ascii_only=ascii_only)
        if len(self._prompts) != self.option_count:
            at = self.highlighted
            with self.prevent(OptionList.OptionHighlighted):
                self.clear_options()
                self.add_options([Option(prompt) for prompt in self._prompts])
                if self._prompts:
                    self.highlighted = min(at or 0, len(self._prompts) - 1)
        self._mark()

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        self._mark()

    def _mark(self) -> None:
        """Put the cursor's sign before the dose that the panel names: not every terminal shows its colour."""
        for n, prompt in enumerate(self._prompts[: self.option_count]):
            marked = Content.assemble(self._cursor if n == self.highlighted else " ", prompt)
            if self.get_option_at_index(n).prompt != marked:
                self.replace_option_prompt_at_index(n, marked)


@dataclass(frozen=True)
class _Columns:
    """How wide the columns are at most: names, amounts, and the pieces beside them (0: none)."""

    name: int
    amount: int
    piece: int


def _ways(width: int) -> list[_Columns]:
    """Columns in the order in which they give way, so that there is room for the state."""
    if width >= WIDE - 2:
        return [_Columns(18, 24, 24), _Columns(18, 18, 24), _Columns(12, 18, 0), _Columns(9, 11, 0)]
    if width >= NARROW:
        return [_Columns(12, 18, 8), _Columns(12, 13, 8), _Columns(12, 11, 0), _Columns(9, 11, 0)]
    return [_Columns(9, 11, 0), _Columns(7, 11, 0)]


def _prompts(
    rows: Sequence[DoseRow], now: datetime, calendar: Calendar, width: int, *, ascii_only: bool
) -> list[Content]:
    if not rows:
        return []
    for columns in _ways(width):
        heads = _heads(rows, columns, width, ascii_only=ascii_only)
        if max(map(cell_len, heads)) + 3 + (STATE_AT_LEAST if width >= NARROW else STATE_AT_LEAST_NARROW) <= width:
            break
    prompts = []
    for row, text in zip(rows, heads, strict=True):
        dose = row.dose
        style = STATE_STYLES[dose.state]
        room = max(4, width - cell_len(text) - 3)
        state = _state(dose, now, calendar, room, ascii_only=ascii_only)
        if row.held and cell_len(state) + 3 + cell_len(row.held) <= room:
            state += f" · {row.held}"
        waits = dose.open or dose.state in ("unrecorded", "unsure")
        prompts.append(
            Content.assemble(
                (f"{mark(dose.state, ascii_only=ascii_only)} ", style), (text, "" if waits else MUTED),
                (clip(state, room), style),
            )
        )  # fmt: skip
    return prompts


def _heads(rows: Sequence[DoseRow], columns: _Columns, width: int, *, ascii_only: bool) -> list[str]:
    """Each dose in its columns, up to its state."""
    names = [clip(row.dose.medicine, columns.name) for row in rows]
    slots = [clip(f"{row.older} {row.dose.slot.name}".strip(), 16) for row in rows]
    pieces = [_piece_words(row.dose, width, columns.piece, ascii_only=ascii_only) for row in rows]
    medicines = {row.dose.medicine for row in rows}
    by_ml = {name: told_by_ml(row.dose.pieces for row in rows if row.dose.medicine == name) for name in medicines}
    amounts = [
        _amount(row.dose, columns.amount, beside=bool(piece), by_ml=by_ml[row.dose.medicine], ascii_only=ascii_only)
        for row, piece in zip(rows, pieces, strict=True)
    ]
    name_width, slot_width, amount_width, piece_width = (
        max(map(cell_len, column)) for column in (names, slots, amounts, pieces)
    )
    heads = []
    above = ""
    for row, name, slot, amount, piece in zip(rows, names, slots, amounts, pieces, strict=True):
        wall = wall_words(row.dose.slot.time)
        if width >= NARROW:
            shown = fit(slot if slot != above else "", slot_width)
            text = f"{shown} {wall}   {fit(name, name_width)}  {fit(amount, amount_width, right=True)}  "
            heads.append(text + (f"{fit(piece, piece_width)}  " if piece_width else ""))
        else:
            heads.append(f"{wall} {fit(name, name_width)} {fit(amount, amount_width, right=True)} ")
        above = slot
    return heads


def _amount(dose: Dose, most: int, *, beside: bool, by_ml: bool, ascii_only: bool) -> str:
    """The amount in at most so many cells; where the pieces stand beside it the mass alone."""
    mass = show_mass(dose.pieces) if beside and dose.pieces else None
    return clip(mass, most) if mass is not None else fit_amount(dose.pieces, most, ascii_only=ascii_only, by_ml=by_ml)


def _state(dose: Dose, now: datetime, calendar: Calendar, room: int, *, ascii_only: bool) -> str:
    """The state in as many words as fit."""
    words = state_words(dose, now, calendar, ascii_only=ascii_only)
    if len(words) <= room:
        return words
    shorter = words.removesuffix(" ago").replace("taken ", "").replace(",", "")
    return shorter if len(shorter) <= room else shorter.replace(" h ", "h").replace(" min", "m")


def _piece_words(dose: Dose, width: int, room: int, *, ascii_only: bool) -> str:
    """Pieces beside the milligrams; where it is narrow only what is not whole."""
    if dose.mg is None or not room:
        return ""
    if width >= WIDE - 2:
        return clip(show_pieces(dose.pieces, ascii_only=ascii_only), room)
    cut = [p for p in dose.pieces if p.count.denominator != 1 and not p.product.poured]
    return clip(" ".join(show_count(piece.count, ascii_only=ascii_only) for piece in cut), room)
