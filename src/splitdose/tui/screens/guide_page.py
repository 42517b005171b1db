"""What every page of the guide is, and what the pages have understood so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import ClassVar

from splitdose.core.asked import Asked
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.piece import Pieces, Product
from splitdose.core.plan import AS_NEEDED, ASK, Slot
from splitdose.session import Session
from splitdose.tui.editors.fields import Editor, Field
from splitdose.tui.flow import program_of

TOMORROW = "tomorrow"
"""Among the words for the first dose, beside "today, " and a slot."""


@dataclass
class Setup:
    """What the pages have understood so far.

    Attributes:
        first_dose: "today, evening" or "tomorrow".
        hold: days at least of the first step.
        later: the steps after it.
        half_life: hours, low and high.
    """

    name: str = ""
    product: Product | None = None
    half_life: tuple[Fraction, Fraction] | None = None
    slots: list[Slot] = field(default_factory=list)
    doses: dict[str, Pieces] = field(default_factory=dict)
    first_dose: str = TOMORROW
    hold: int | None = None
    later: list[StepDraft] = field(default_factory=list)
    advance: str = ASK

    def draft(self, today: date) -> MedicineDraft:
        """The medicine as it would be kept; the first step begins today."""
        assert self.product is not None
        if not self.slots:
            return MedicineDraft(self.name, (), (self.product,), (), AS_NEEDED, self.half_life)
        slot = self.first_dose.removeprefix("today, ") if self.first_dose != TOMORROW else None
        from_slot = slot if slot in [later.name for later in self.slots[1:]] else None
        first = StepDraft(Asked(self.doses), start=today, hold=self.hold, from_slot=from_slot)
        steps = (first, *self.later)
        return MedicineDraft(self.name, tuple(self.slots), (self.product,), steps, self.advance, self.half_life)


class Page:
    """One page of the guide.

    Attributes:
        name: for the program.
        title: for the person.
        words: what it asks, in a sentence.
        kept: what was typed when it was left.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    words: ClassVar[str] = ""

    def __init__(self, guide: Editor, setup: Setup) -> None:
        self._guide = guide
        self._setup = setup
        self.kept: dict[str, str] = {}

    @property
    def asked(self) -> bool:
        """Whether it is asked at all, as things stand."""
        return True

    def fields(self) -> Iterable[Field]:
        """The fields, in order."""
        return ()

    def shown(self) -> None:
        """Its fields have taken their place, with what was typed there before."""

    def changed(self, field: Field) -> None:
        """Something was typed in a field."""

    def read(self) -> bool:
        """Read everything and say what it is; gives whether the page may be left."""
        self._guide.total("")
        return True

    def drawn(self) -> None:
        """Draw again what depends on the room there is."""

    def after(self, field: Field, shown: Sequence[Field]) -> Field | None:
        """The field that Enter leads to from one of those that are shown; None to leave the page."""
        at = shown.index(field) + 1
        return shown[at] if at < len(shown) else None

    def missing(self) -> None:
        """Say what is not there yet, where no field is wrong."""

    @property
    def _session(self) -> Session:
        return program_of(self._guide).session

    @property
    def _ascii(self) -> bool:
        return program_of(self._guide).ascii_only
