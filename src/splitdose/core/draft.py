"""A plan as a person wrote it, before it becomes a version: from a plan file, a guide or an editor.

Drafts keep what was typed (a stated total, a written start) so that `check` can speak about it.
"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from splitdose.core.asked import Asked, Asking
from splitdose.core.piece import Product, all_told_in, mass_units, unit_of
from splitdose.core.plan import ASK, Pause, Slot
from splitdose.core.strength import one_unit


@dataclass(frozen=True)
class StepDraft(Asking):
    """A step as written.

    Attributes:
        asked: the doses and their days; slots without a dose are left out.
        start: its first date, where that is written.
        hold: days at least.
        unknown_slots: keys that name no slot.
        unknown_products: product names used that the medicine doesn't have.
        total: the stated milligrams of a dosing day, or None.
        from_slot: the slot of its start date it begins with, or None for the first.
    """

    asked: Asked
    start: date | None = None
    hold: int | None = None
    total: Fraction | None = None
    note: str = ""
    from_slot: str | None = None
    unknown_slots: tuple[str, ...] = ()
    unknown_products: tuple[str, ...] = ()


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
            used = [product for step in self.steps for product in step.asked.products]
            told = all_told_in([*self.products, *used], one_unit(mass_units(self.products)) or "mg")
            steps = tuple(replace(s, asked=s.asked.mapped(lambda p: p.retold(told))) for s in self.steps)
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
