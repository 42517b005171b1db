"""A plan as a person wrote it, before it becomes a version: from a plan file, a guide or an editor.

Drafts keep what was typed (a stated total, a written start) so that `check` can speak about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from splitdose.core.piece import Pieces, Product, all_told_in, mass_units, retold, total_mg, unit_of
from splitdose.core.plan import ASK, Pause, Slot
from splitdose.core.strength import one_unit


@dataclass(frozen=True)
class StepDraft:
    """A step as written.

    Attributes:
        doses: pieces by slot name, none left out.
        unknown_slots: keys that name no slot.
        unknown_products: product names used that the medicine doesn't have.
        total: the stated milligrams of a dosing day, or None.
        from_slot: the slot of its start date it begins with, or None for the first.
    """

    doses: Mapping[str, Pieces]
    start: date | None = None
    hold: int | None = None
    every: int = 1
    total: Fraction | None = None
    note: str = ""
    from_slot: str | None = None
    unknown_slots: tuple[str, ...] = ()
    unknown_products: tuple[str, ...] = ()

    @property
    def mg_per_day(self) -> Fraction | None:
        return total_mg(piece for pieces in self.doses.values() for piece in pieces)

    @property
    def mean_mg_per_day(self) -> Fraction | None:
        """Milligrams a day on average over its rhythm."""
        mg = self.mg_per_day
        return None if mg is None else mg / self.every


@dataclass(frozen=True)
class MedicineDraft:
    """A medicine as written; slots are in day order."""

    name: str
    slots: tuple[Slot, ...]
    products: tuple[Product, ...]
    steps: tuple[StepDraft, ...]
    advance: str = ASK
    half_life: tuple[Fraction, Fraction] | None = None
    pauses: tuple[Pause, ...] = ()

    def __post_init__(self) -> None:
        # As a medicine does: labels that differ are told in one unit.
        if len(mass_units(self.products)) > 1:
            used = [p.product for step in self.steps for pieces in step.doses.values() for p in pieces]
            told = all_told_in([*self.products, *used], one_unit(mass_units(self.products)) or "mg")
            steps = tuple(
                replace(step, doses={slot: retold(pieces, told) for slot, pieces in step.doses.items()})
                for step in self.steps
            )
            object.__setattr__(self, "products", tuple(told.get(id(product), product) for product in self.products))
            object.__setattr__(self, "steps", steps)

    @property
    def unit(self) -> str:
        """The unit of mass in which it is told: "mg", "g" or "mcg"."""
        return unit_of(self.products) or "mg"


@dataclass(frozen=True)
class PlanDraft:
    """All medicines of one plan file, in its order."""

    medicines: tuple[MedicineDraft, ...]
