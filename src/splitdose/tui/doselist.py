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
from splitdose.core.product import show_mass, show_pieces
from splitdose.core.text import sanitise
from splitdose.core.wording import mark, state_words
from splitdose.tui.look import MUTED, NARROW, STATE_STYLES, WIDE, clip, fit, fit_amount

AMOUNT_WIDE, AMOUNT, AMOUNT_NARROW = 24, 18, 11
"""Cells that an amount has at most, by how wide the list is."""


@dataclass(frozen=True)
class Row:
    """One dose in the list.

    Attributes:
        yesterday: it belongs to the logical day before.
        held: "held 68 days", or "".
    """

    dose: Dose
    yesterday: bool = False
    held: str = ""


class DoseList(OptionList, inherit_bindings=False):
    """All doses of the day. The cursor says which one the panel names; choosing is moving, never recording."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def action_select(self) -> None:
        """A click only moves the cursor."""

    def show(self, rows: Sequence[Row], now: datetime, calendar: Calendar, *, ascii_only: bool) -> None:
        """Draw these doses, keeping the cursor where it is."""
        prompts = _prompts(rows, now, calendar, max(20, self.size.width - 2), ascii_only=ascii_only)
        if len(prompts) != self.option_count:
            at = self.highlighted
            with self.prevent(OptionList.OptionHighlighted):
                self.clear_options()
                self.add_options([Option(prompt) for prompt in prompts])
                if prompts:
                    self.highlighted = min(at or 0, len(prompts) - 1)
            return
        for n, prompt in enumerate(prompts):
            if self.get_option_at_index(n).prompt != prompt:
                self.replace_option_prompt_at_index(n, prompt)


def _prompts(rows: Sequence[Row], now: datetime, calendar: Calendar, width: int, *, ascii_only: bool) -> list[Content]:
    if not rows:
        return []
    names = [sanitise(row.dose.medicine) for row in rows]
    slots = [sanitise(f"yest. {row.dose.slot.name}" if row.yesterday else row.dose.slot.name) for row in rows]
    pieces = [_piece_words(row.dose, width, ascii_only=ascii_only) for row in rows]
    most = AMOUNT_WIDE if width >= WIDE - 2 else AMOUNT if width >= NARROW else AMOUNT_NARROW
    amounts = [
        _amount(row.dose, most, beside=bool(piece), ascii_only=ascii_only)
        for row, piece in zip(rows, pieces, strict=True)
    ]
    name_width = min(18 if width >= WIDE else 12 if width >= NARROW else 9, max(map(cell_len, names)))
    slot_width = min(16, max(map(cell_len, slots)))
    amount_width = max(map(cell_len, amounts))
    piece_width = min(24, max(map(cell_len, pieces)))
    prompts = []
    above = ""
    for row, name, slot, amount, piece in zip(rows, names, slots, amounts, pieces, strict=True):
        dose = row.dose
        style = STATE_STYLES[dose.state]
        wall = dose.slot.time.strftime("%H:%M")
        if width >= NARROW:
            shown = slot if slot != above else ""
            text = (
                f"{fit(shown, slot_width)} {wall}   {fit(name, name_width)}  {fit(amount, amount_width, right=True)}  "
            )
            if piece_width:
                text += f"{fit(piece, piece_width)}  "
        else:
            text = f"{wall} {fit(name, name_width)} {fit(amount, amount_width, right=True)} "
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
        above = slot
    return prompts


def _amount(dose: Dose, most: int, *, beside: bool, ascii_only: bool) -> str:
    """The amount in at most so many cells; where the pieces stand beside it the mass alone."""
    mass = show_mass(dose.pieces) if beside and dose.pieces else None
    return clip(mass, most) if mass is not None else fit_amount(dose.pieces, most, ascii_only=ascii_only)


def _state(dose: Dose, now: datetime, calendar: Calendar, room: int, *, ascii_only: bool) -> str:
    """The state in as many words as fit."""
    words = state_words(dose, now, calendar, ascii_only=ascii_only)
    if len(words) <= room:
        return words
    shorter = words.removesuffix(" ago").replace("taken ", "").replace(",", "")
    return shorter if len(shorter) <= room else shorter.replace(" h ", "h").replace(" min", "m")


def _piece_words(dose: Dose, width: int, *, ascii_only: bool) -> str:
    """Pieces beside the milligrams; where it is narrow only what is not whole."""
    if dose.mg is None or width < NARROW:
        return ""
    if width >= WIDE - 2:
        return clip(show_pieces(dose.pieces, ascii_only=ascii_only), 24)
    cut = [p for p in dose.pieces if p.count.denominator != 1 and not p.product.poured]
    return " ".join(show_count(piece.count, ascii_only=ascii_only) for piece in cut)
