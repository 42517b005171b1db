"""What a step asks for: a dose for each slot, and on which of its days. One value, held by steps and by drafts of them.

Whoever gives slots other names or doses other products does it by `mapped`, and whoever wants to know what a day asks
for asks `on_day`: what else a step may ask for one day is a field here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from splitdose.core.piece import NO_PIECES, Pieces, Product


@dataclass(frozen=True)
class Asked:
    """A dose for each slot, on every so many days.

    Attributes:
        doses: pieces by slot name; a slot left out is none.
        every: a dose every so many days of the step, counted from its first dosing day.
    """

    doses: Mapping[str, Pieces] = field(default_factory=dict)
    every: int = 1

    def on(self, slot: str) -> Pieces:
        """What a slot asks for on a dosing day."""
        return self.doses.get(slot, NO_PIECES)

    def on_day(self, slot: str, day: date, counts_from: date) -> Pieces:
        """What a slot asks for on a date, where the first dosing day is known."""
        pieces = self.on(slot)
        return pieces if pieces and day >= counts_from and not (day - counts_from).days % self.every else NO_PIECES

    def dosing_day_from(self, day: date, counts_from: date) -> date:
        """The first dosing day from a date on, where the very first is known."""
        return max(counts_from, day + timedelta(days=-(day - counts_from).days % self.every))

    @cached_property
    def pieces(self) -> Pieces:
        """All of a dosing day."""
        return Pieces(tuple(piece for pieces in self.doses.values() for piece in pieces))

    @property
    def period(self) -> int:
        """After how many days its doses come again."""
        return self.every

    @property
    def products(self) -> list[Product]:
        """What its doses are made of, each as often as it is used."""
        return [piece.product for piece in self.pieces]

    @property
    def mean_mg(self) -> Fraction | None:
        """Milligrams a day on average over its period; None without a strength."""
        return None if self.pieces.mg is None else self.pieces.mg / self.every

    def same_as(self, other: "Asked") -> bool:
        """Whether both ask for the same pieces in the same slots on the same days, by product name."""
        return self._by_name() == other._by_name() and replace(self, doses={}) == replace(other, doses={})

    def _by_name(self) -> dict[str, list[tuple[Fraction, str]]]:
        return {
            slot: sorted((piece.count, piece.product.name) for piece in pieces)
            for slot, pieces in self.doses.items()
            if pieces
        }

    def mapped(
        self, pieces: Callable[[Pieces], Pieces] = lambda pieces: pieces, slots: Mapping[str, str] | None = None
    ) -> "Asked":
        """The same with other pieces, and with slots called otherwise; those without a new name are left out.

        Args:
            pieces: gives the new ones.
            slots: new names by old ones; None where all stay.
        """
        names = dict.fromkeys(self.doses) if slots is None else slots
        doses = {names[slot] or slot: pieces(found) for slot, found in self.doses.items() if slot in names}
        return replace(self, doses=doses)


class Asking:
    """What asks for something is asked about it directly."""

    asked: Asked

    @property
    def doses(self) -> Mapping[str, Pieces]:
        """Pieces by slot name."""
        return self.asked.doses

    @property
    def every(self) -> int:
        """A dose every so many days."""
        return self.asked.every

    @property
    def mg_per_day(self) -> Fraction | None:
        """Milligrams on a dosing day; None without a strength."""
        return self.asked.pieces.mg

    @property
    def mean_mg_per_day(self) -> Fraction | None:
        """Milligrams a day on average over its rhythm; None without a strength."""
        return self.asked.mean_mg

    def same_doses(self, other: "Asking") -> bool:
        """Whether both ask for the same pieces in the same slots on the same days, by product name."""
        return self.asked.same_as(other.asked)

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing: a stop."""
        return not self.asked.pieces
