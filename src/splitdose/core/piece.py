"""Products as they are dispensed, and pieces of them: what a dose is made of.

A piece is an exact count of one product. Milligrams follow from the label's strength; a product without a
strength in mg, g or mcg has counts only. What is poured or drawn up is counted in mL, also where its label says units
per mL: there the number of units is told instead, and read.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar, overload

from splitdose.core.strength import Strength, one_unit

T = TypeVar("T")
FORMS = (
    "tablet", "capsule", "solution", "suspension", "drops", "patch", "film", "inhaler", "injection", "lozenge",
    "extended-release", "enteric-coated", "other",
)  # fmt: skip
UNCUT_FORMS = frozenset({"capsule", "extended-release", "enteric-coated"})
"""Forms whose cutting is told about; a fact of the form, not advice."""
DRY_FORMS = UNCUT_FORMS | {"tablet", "patch", "film", "lozenge"}
"""Forms that aren't liquid: a strength per mL on one of them is told about."""
LIQUIDS = frozenset({"solution", "suspension"})
"""Forms that are measured in mL unless the product says what one of it is called."""

_UNIT_OF_FORM = {
    "tablet": "tablet", "extended-release": "tablet", "enteric-coated": "tablet", "capsule": "capsule",
    "solution": "mL", "suspension": "mL", "drops": "drop", "patch": "patch", "film": "film", "inhaler": "puff",
    "injection": "injection", "lozenge": "lozenge", "other": "unit",
}  # fmt: skip
KNOWN_WORDS = frozenset(_UNIT_OF_FORM.values()) | {"bead", "piece", "strip", "sachet", "spray", "dose", "inhalation"}
"""Words of what one of a product is called that name no medicine."""
_OF_ITSELF = frozenset({"tablet", "capsule", "unit"})
"""Words that go without saying beside a strength: "¼ × 20 mg"."""


@dataclass(frozen=True)
class Product:
    """A medicine as dispensed.

    Attributes:
        name: what doses refer to, "20 mg tablet".
        strength: per unit, or None.
        form: one of `FORMS`.
        smallest: the smallest piece it may be cut into, counted as pieces are; None is "not checked".
        scored: whether it has a score line; None is "unknown".
        maker: who makes it, or "".
        called: what one of it is called where its form's own word doesn't fit, "puff"; or "".
        told_in: the unit of mass in which its medicine is told, where labels of that medicine differ; None is the
            label's own. It belongs to the medicine, not to the product, and is neither kept nor compared.
    """

    name: str
    strength: Strength | None = None
    form: str = "tablet"
    smallest: Fraction | None = None
    scored: bool | None = None
    maker: str = ""
    called: str = ""
    told_in: str | None = field(default=None, compare=False, repr=False)

    @property
    def unit(self) -> str:
        """What one of it is called: tablet, capsule, drop, puff, mL …; "units" where a mL holds so many of them."""
        if self.strength is not None and self.strength.per_ml:
            return "mL" if self.units_per_ml is None else self.strength.word
        return self.called or _UNIT_OF_FORM[self.form]

    @property
    def units_per_ml(self) -> Fraction | None:
        """How many units a mL holds, where its amounts are told in units."""
        return self.strength.units_per_ml if self.strength is not None else None

    @property
    def poured(self) -> bool:
        """Whether its counts are mL, however they are told."""
        return self.unit == "mL" or self.units_per_ml is not None

    def told(self, count: Fraction) -> Fraction:
        """The number that people are told of a count: units where a mL holds so many of them."""
        per_ml = self.units_per_ml
        return count if per_ml is None else count * per_ml

    def counted(self, number: Fraction) -> Fraction:
        """The count of a number that people say; the inverse of `told`."""
        per_ml = self.units_per_ml
        return number if per_ml is None else number / per_ml

    def mg(self, count: Fraction) -> Fraction | None:
        """Milligrams in a count of it, exact; None without a strength in mg, g or mcg."""
        if self.strength is None or self.strength.mg is None:
            return None
        return self.strength.mg * count

    @property
    def full(self) -> str:
        """Its name, and what one of it is called where the name doesn't say: "50 mcg/h patch"."""
        unit = self.unit
        if self.poured or (unit == "unit" and not self.called) or unit.lower() in self.name.lower():
            return self.name
        return f"{self.name} {unit}"

    @property
    def noun(self) -> str:
        """One of it in words: "20 mg tablet", "eye drop"."""
        full, unit, several = self.full, self.unit, plural_of(self.unit)
        if several != unit and several.startswith(unit) and full.lower().endswith(several.lower()):
            return full[: len(full) - len(several) + len(unit)]
        return full

    @property
    def plural(self) -> str:
        """Several of it in words: "20 mg tablets"; the noun where its unit's word doesn't stand at the end."""
        noun, unit = self.noun, self.unit
        return noun[: -len(unit)] + plural_of(noun[-len(unit) :]) if noun.lower().endswith(unit.lower()) else noun

    @property
    def short(self) -> str:
        """The fewest words that still say which: the strength, else the name."""
        return self.strength.label if self.strength is not None and self.strength.mg is not None else self.name

    @property
    def names_its_unit(self) -> bool:
        """Whether a bare count of it says enough: "2 × inhaler" doesn't, where two puffs are meant."""
        return self.unit in _OF_ITSELF or self.unit.lower() in self.name.lower()


def plural_of(word: str) -> str:
    """Several of what a word means: "puffs", "patches"; mL, and what is a plural already, stay."""
    if word in ("mL", "units"):
        return word
    if re.search(r"(?:ch|sh|s|x|z)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def singular_of(word: str) -> str:
    """One of it: "unit" of "units"."""
    return "unit" if word == "units" else word


@dataclass(frozen=True)
class Piece:
    """An exact count of one product: ¼ × 20 mg tablet; 2.5 mL × syrup; 1/10 mL of 100 units/mL."""

    count: Fraction
    product: Product

    @cached_property
    def mg(self) -> Fraction | None:
        return self.product.mg(self.count)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces(Sequence[Piece]):
    """What a dose is made of, in order; without any it is "none". Equal to a tuple of the same.

    What is worked out of pieces is remembered by them (see `remember`): ten years hold a dozen different doses in forty
    thousand places.

    Attributes:
        parts: exact counts of products, all of one medicine.
        mg: their exact milligrams; None as soon as one has no strength in mg, 0 for none.
    """

    parts: tuple[Piece, ...] = ()
    mg: Fraction | None = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)
    _known: dict[Hashable, Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        weights = [piece.mg for piece in self.parts]
        mg = None if None in weights else sum((each for each in weights if each is not None), Fraction(0))
        object.__setattr__(self, "mg", mg)
        object.__setattr__(self, "_hash", hash(self.parts))

    @classmethod
    def same(cls, parts: Iterable[Piece]) -> "Pieces":
        """Pieces of these very parts: one object, whenever they are asked for.

        By identity, because telling whether two amounts are equal takes longer than most of what is asked about them.
        """
        found = tuple(parts)
        key = tuple(map(id, found))
        known = _same.get(key)
        if known is None:
            if len(_same) >= _MOST:
                _same.clear()
            # What is kept holds its parts, so that no id can come to mean another one meanwhile.
            known = _same[key] = cls(found)
        return known

    @classmethod
    def joined(cls, several: Iterable["Pieces"]) -> "Pieces":
        """All of several doses, one after the other."""
        return cls.same(chain.from_iterable([pieces.parts for pieces in several]))

    @overload
    def __getitem__(self, at: int) -> Piece: ...
    @overload
    def __getitem__(self, at: slice) -> "Pieces": ...
    def __getitem__(self, at: int | slice) -> "Piece | Pieces":
        return Pieces(self.parts[at]) if isinstance(at, slice) else self.parts[at]

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.parts)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Pieces):
            return self._hash == other._hash and self.parts == other.parts
        return self.parts == other

    def __hash__(self) -> int:
        return self._hash

    def remember(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives; it is asked once for each `what`, or anew where very much was remembered since."""
        found: T
        if what in self._known:
            found = self._known[what]
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[what] = make()
        return found

    @property
    def unit(self) -> str:
        """The unit of mass in which they are told: "mg", "g" or "mcg"."""
        return self.remember("unit", lambda: unit_of(piece.product for piece in self.parts) or "mg")

    def retold(self, products: Mapping[int, Product]) -> "Pieces":
        """The same of other states of their products, by identity; a product that isn't among them stays."""
        return Pieces(
            tuple(Piece(p.count, products[id(p.product)]) if id(p.product) in products else p for p in self.parts)
        )

    def told_in(self, unit: str) -> "Pieces":
        """The same told in a unit of mass; themselves where they are told in it, or can't be weighed."""

        def told() -> Pieces:
            products = [piece.product for piece in self.parts]
            same = not mass_units(products) or unit_of(products) == unit
            return self if same else self.retold(all_told_in(products, unit))

        return self.remember(("told in", unit), told)


_MOST = 4096
NO_PIECES = Pieces()
"""A dose of none."""
_same: dict[tuple[int, ...], Pieces] = {}


def summed(pieces: Iterable[Piece]) -> Pieces:
    """As few pieces as there are products, by name and strength, in order of their first use."""
    first: dict[tuple[str, Strength | None, str], Product] = {}
    counts: dict[tuple[str, Strength | None, str], Fraction] = {}
    times: dict[int, tuple[Piece, int]] = {}
    for piece in pieces:
        times[id(piece)] = piece, times[id(piece)][1] + 1 if id(piece) in times else 1
    for piece, number in times.values():
        product = piece.product
        key = product.name, product.strength, product.unit
        first.setdefault(key, product)
        counts[key] = counts.get(key, Fraction(0)) + piece.count * number
    return Pieces(tuple(Piece(counts[key], product) for key, product in first.items()))


def mass_units(products: Iterable[Product]) -> frozenset[str]:
    """The units of mass that the labels of some products have: "mg", "g", "mcg"."""
    return frozenset(p.strength.unit for p in products if p.strength is not None and p.strength.mg is not None)


def unit_of(products: Iterable[Product]) -> str | None:
    """The unit of mass in which products of one medicine are told; None where none has a mass."""
    found = list(products)
    told = next((product.told_in for product in found if product.told_in), None)
    return told or one_unit(mass_units(found))


def all_told_in(products: Iterable[Product], unit: str) -> dict[int, Product]:
    """Products by identity, as `Pieces.retold` takes them, each told in a unit of mass."""
    return {id(product): replace(product, told_in=unit) for product in products if product.told_in != unit}
