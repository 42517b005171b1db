"""Products as they are dispensed, and pieces of them: what a dose is made of.

A piece is an exact count of one product. Milligrams follow from the label's strength; a product without a
strength in mg, g or mcg has counts only.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from splitdose.core.amount import (
    GLYPHS,
    MAX_COUNT,
    decimal_text,
    one_line,
    parse_count,
    parse_label_number,
    quote,
    show_count,
    show_mg,
    show_number,
    words_of_count,
)
from splitdose.core.errors import BadInput

FORMS = (
    "tablet", "capsule", "solution", "suspension", "drops", "patch", "extended-release", "enteric-coated",
    "other",
)  # fmt: skip
UNCUT_FORMS = frozenset({"capsule", "extended-release", "enteric-coated"})
"""Forms whose cutting is told about; a fact of the form, not advice."""

_UNIT_OF_FORM = {
    "tablet": "tablet", "extended-release": "tablet", "enteric-coated": "tablet", "capsule": "capsule",
    "solution": "mL", "suspension": "mL", "drops": "drop", "patch": "patch", "other": "unit",
}  # fmt: skip
_MG_PER = {"mg": Fraction(1), "g": Fraction(1000), "mcg": Fraction(1, 1000)}
_MICROGRAM = {"µg": "mcg", "\u03bcg": "mcg", "ug": "mcg"}  # the micro sign and the Greek letter look alike
_STRENGTH = re.compile(
    r"(?P<number>[0-9][0-9., ]*|[.,][0-9]+) ?(?P<unit>[^\W\d_]+|%)(?: ?/ ?(?P<per>[0-9.,]* ?[^\W\d_]+))?"
)
_LABEL = re.compile(
    r"(?:about )?[0-9]+(?:\.[0-9]+)? (?P<unit>[^\W\d_]+|%)"
    r"(?:(?P<ml>/(?:(?:about )?[0-9]+(?:\.[0-9]+)? )?mL)|(?P<other>/[0-9.,]* ?[^\W\d_]+))?"
)
_THOUSAND_LIKE = re.compile(r"^[1-9][0-9]{0,2}\.[0-9]{3}(?= )|(?<=/)[1-9][0-9]{0,2}\.[0-9]{3}(?= mL$)")


def mass_unit(text: str) -> str | None:
    """The unit of mass a word means, "mg", "g" or "mcg", in any case, with any sign for micro; else None."""
    lower = text.lower()
    unit = _MICROGRAM.get(lower, lower)
    return unit if unit in _MG_PER else None


def parse_mass(text: str) -> Fraction | None:
    """The milligrams of "5 mg", "0.5 g" or "50 mcg"; None where the text is no number with such a unit.

    Raises:
        BadInput: the number can't be read, or can be read two ways.
    """
    found = _MASS.fullmatch(text.strip())
    unit = mass_unit(found["unit"]) if found is not None else None
    if found is None or unit is None:
        return None
    return parse_label_number(found["number"]) * _MG_PER[unit]


@dataclass(frozen=True)
class Strength:
    """What the label says one unit holds.

    Attributes:
        label: as shown, "20 mg", "5 mg/mL", "100 IU".
        mg: exact milligrams per unit (tablet, capsule, mL …), or None where the unit is not mg, g or mcg.
        unit: the label's unit, "mg", "g" or "mcg"; other units as typed.
        per_ml: the strength is per mL, so counts of the product are in mL.
    """

    label: str
    mg: Fraction | None
    unit: str
    per_ml: bool = False


def parse_strength(text: str) -> Strength:
    """Read a label's strength: "20 mg", "0.5 g", "50 mcg", "5 mg/mL", "25 mg/5 mL".

    Other units ("100 IU", "25 mcg/h", "5 mg/325 mg") are kept as a label and give no milligrams.

    Raises:
        BadInput: no number, zero or less, or two readings.
    """
    typed = " ".join(text.split())
    todo = 'type it as on the label, such as "20 mg", "50 mcg" or "5 mg/mL"'
    if typed.startswith(("-", "−", "–")):
        raise BadInput(f"the strength {quote(typed)} is less than zero", todo)
    found = _STRENGTH.fullmatch(typed)
    if len(typed) > 40 or found is None:
        raise BadInput(f"{quote(typed)} is not a strength", todo)
    number = parse_label_number(found["number"])
    if number == 0:
        raise BadInput(f"the strength {quote(typed)} is zero", todo)
    known = mass_unit(found["unit"])
    unit = known or found["unit"]
    per_ml = False
    divisor = Fraction(1)
    if per := found["per"]:
        volume = re.fullmatch(r"([0-9.,]*) ?([^\W\d_]+)", per)
        assert volume is not None  # the outer pattern has the same shape
        if volume[2].lower() == "ml":
            per_ml = True
            divisor = parse_count(volume[1]) if volume[1] else Fraction(1)
        elif volume[1] or volume[2].lower() not in {"tablet", "capsule", "patch", "drop", "unit", "piece"}:
            # Per hour (a patch), or two substances in one tablet: no milligrams of one medicine per unit.
            known = None
            unit = f"{unit}/{per}"
        if divisor == 0:
            raise BadInput(f"the strength {quote(typed)} divides by zero", todo)
    mg = _MG_PER[known] * number / divisor if known else None
    # A label is never "about": it is what stands on the box.
    label = f"{decimal_text(number)} {unit}"
    if per_ml:
        label += "/mL" if divisor == 1 else f"/{decimal_text(divisor)} mL"
    return Strength(label=label, mg=mg, unit=unit, per_ml=per_ml)


def kept_strength(label: str, mg: Fraction | None) -> Strength:
    """A strength as it was kept: its label, and the exact milligrams beside it.

    The label's number is not read again. What a person would be asked about ("1.125 mg"), or a label that was kept
    as "about", is known exactly here.

    Raises:
        ValueError: it is no label, or the milligrams are none that a unit can hold.
    """
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ValueError("not a label")
    if mg is not None and mg <= 0:
        raise ValueError("no milligrams that a unit can hold")
    return Strength(label, mg, found["unit"] + (found["other"] or ""), per_ml=found["ml"] is not None)


def typed_strength(label: str) -> str:
    """A label as it has to be typed to be read as what it says: "1.1250 mg" of "1.125 mg"."""
    return _THOUSAND_LIKE.sub(r"\g<0>0", label)


@dataclass(frozen=True)
class Product:
    """A medicine as dispensed.

    Attributes:
        name: what doses refer to, "20 mg tablet".
        strength: per unit, or None.
        form: one of `FORMS`.
        smallest: the smallest piece it may be cut into; None is "not checked".
        scored: whether it has a score line; None is "unknown".
        maker: who makes it, or "".
    """

    name: str
    strength: Strength | None = None
    form: str = "tablet"
    smallest: Fraction | None = None
    scored: bool | None = None
    maker: str = ""

    @property
    def unit(self) -> str:
        """What one of it is called: tablet, capsule, mL, drop, patch or unit."""
        if self.strength is not None and self.strength.per_ml:
            return "mL"
        return _UNIT_OF_FORM[self.form]

    @property
    def poured(self) -> bool:
        """Whether it is measured in mL rather than counted."""
        return self.unit == "mL"

    def mg(self, count: Fraction) -> Fraction | None:
        """Milligrams in `count` units, exact; None without a strength in mg, g or mcg."""
        if self.strength is None or self.strength.mg is None:
            return None
        return self.strength.mg * count

    @property
    def noun(self) -> str:
        """One of it in words: "20 mg tablet"."""
        return self.name if self.unit.lower() in self.name.lower() else f"{self.name} {self.unit}"

    @property
    def plural(self) -> str:
        """Several of it in words: "20 mg tablets"."""
        noun = self.noun
        if noun.lower().endswith(self.unit.lower()):
            return noun + ("es" if self.unit.endswith("ch") else "s")
        return noun

    @property
    def short(self) -> str:
        """The fewest words that still say which: the strength, else the name."""
        return self.strength.label if self.strength is not None and self.strength.mg is not None else self.name


@dataclass(frozen=True)
class Piece:
    """An exact count of a product: ¼ × 20 mg tablet; 2.5 mL × syrup."""

    count: Fraction
    product: Product

    @cached_property
    def mg(self) -> Fraction | None:
        return self.product.mg(self.count)


Pieces = tuple[Piece, ...]
"""What a dose is made of; empty is "none"."""


def total_mg(pieces: Iterable[Piece]) -> Fraction | None:
    """The exact milligrams of all pieces; None as soon as one has no strength in mg; 0 for no pieces."""
    total: Fraction | None = None
    for piece in pieces:
        mg = piece.mg
        if mg is None:
            return None
        total = mg if total is None else total + mg
    return Fraction(0) if total is None else total


def shown_count(piece: Piece, *, ascii_only: bool = False) -> str:
    """The count of a piece: "¼"; of a liquid "2.5 mL"."""
    if piece.product.poured:
        return f"{show_number(piece.count)} mL"
    return show_count(piece.count, ascii_only=ascii_only)


def show_pieces(pieces: Pieces, *, ascii_only: bool = False, full: bool = False) -> str:
    """Pieces for tight places: "¼ × 20 mg"; with `full`, the product's whole name: "¼ × 20 mg tablet"."""
    if not pieces:
        return "none"
    times = " x " if ascii_only else " × "
    return " + ".join(
        f"{shown_count(p, ascii_only=ascii_only)}{times}{p.product.name if full else p.product.short}" for p in pieces
    )


def show_dose(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """The amount of a dose: milligrams ("5 mg"); without a strength the counts ("12 tablets", "½ tablet")."""
    if not pieces:
        return "none"
    mg = total_mg(pieces)
    if mg is not None:
        micro = all(p.product.strength is not None and p.product.strength.unit == "mcg" for p in pieces)
        return show_mg(mg, unit="mcg" if micro else "mg", places=_places(pieces, micro=micro))
    parts = []
    for p in pieces:
        if p.product.poured:
            parts.append(f"{shown_count(p)} {p.product.name}")
        else:
            noun = p.product.noun if p.count <= 1 else p.product.plural
            parts.append(f"{show_count(p.count, ascii_only=ascii_only)} {noun}")
    return " + ".join(parts)


def _places(pieces: Pieces, *, micro: bool) -> int:
    """How many decimals a dose of these may show: as many as a label of theirs has, at least four."""
    places = 4
    for piece in pieces:
        strength = piece.product.strength
        if strength is not None and strength.mg is not None and not strength.per_ml:
            exact = decimal_text(strength.mg * 1000 if micro else strength.mg)
            places = max(places, len((exact or "").partition(".")[2]))
    return places


def words_of(pieces: Pieces) -> str:
    """Pieces in words: "a quarter of one 20 mg tablet and two 5 mg tablets"; "2.5 mL of syrup"."""
    if not pieces:
        return "no dose"
    return " and ".join(
        f"{shown_count(p)} of {p.product.name}" if p.product.poured
        else words_of_count(p.count, p.product.noun, p.product.plural)
        for p in pieces
    )  # fmt: skip


def echo(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """What was understood, said back before it is kept: "¼ × 20 mg tablet = 5 mg"."""
    text = show_pieces(pieces, ascii_only=ascii_only, full=True)
    mg = total_mg(pieces)
    return text if mg is None or not pieces else f"{text} = {show_dose(pieces, ascii_only=ascii_only)}"


_TIMES = re.compile(r" [x×] ")
_MASS = re.compile(r"(?P<number>.+?) ?(?P<unit>mg|mcg|µg|ug|g|ml)", re.IGNORECASE)


def parse_pieces(text: str, products: Sequence[Product], planned: Product | None = None) -> Pieces:
    """Read what a dose is made of: "1/4 x 20 mg tablet", "2.5 mL x syrup", "5 mg", "1/4"; " + " adds pieces.

    Args:
        text: what was typed.
        products: the medicine's products.
        planned: the slot's planned product, which a bare amount means; None where there are none or several.

    Returns:
        The pieces, zero counts left out; empty for a dose of none ("0").

    Raises:
        BadInput: an unreadable amount, an unknown product, or an amount that leaves the product open.
    """
    if len(text) > 400:
        raise BadInput("the amount is too long", "type it as 1/4 x 20 mg tablet")
    pieces = [_parse_piece(part, products, planned) for part in re.split(r" \+ ", text)]
    return tuple(piece for piece in pieces if piece is not None and piece.count)


def _parse_piece(text: str, products: Sequence[Product], planned: Product | None) -> Piece | None:
    parts = _TIMES.split(text.strip(), maxsplit=1)
    if len(parts) == 2:
        return Piece(_count_of(parts[0], product := find_product(parts[1], products)), product)
    amount = parts[0]
    mass = _MASS.fullmatch(amount)
    if mass is not None and mass["unit"].lower() != "ml":
        mg = parse_mass(amount)
        assert mg is not None  # the same pattern matched
        return _piece_of_mass(mg, amount, products, planned)
    if mass is not None:
        poured = [p for p in products if p.poured]
        liquid = planned if planned is not None and planned.poured else poured[0] if len(poured) == 1 else None
        if liquid is None:
            raise BadInput(f"{quote(amount)} leaves the product open", _which(mass["number"] + " mL", poured))
        return Piece(parse_count(mass["number"]), liquid)
    count = parse_count(amount)
    if count == 0:
        return None
    if planned is None:
        raise BadInput(f"{quote(amount)} leaves the product open", _which(amount, products))
    return Piece(count, planned)


def _count_of(text: str, product: Product) -> Fraction:
    typed = text.strip()
    if (volume := re.fullmatch(r"(.+?) ?ml", typed, re.IGNORECASE)) is not None:
        if not product.poured:
            raise BadInput(f"{quote(product.name)} is counted, not poured", "type how many, such as 1/2")
        return parse_count(volume[1])
    return parse_count(typed)


def _which(amount: str, products: Sequence[Product]) -> str:
    if not products:
        return "say which product: amount x product"
    return "say which product: " + " or ".join(f"{amount} x {one_line(p.name)}" for p in products[:4])


def _piece_of_mass(mg: Fraction, typed: str, products: Sequence[Product], planned: Product | None) -> Piece | None:
    if mg == 0:
        return None
    exact: list[Piece] = []
    for product in products:
        per_unit = product.mg(Fraction(1))
        if per_unit is None:
            continue
        count = mg / per_unit
        if count <= MAX_COUNT and _can_be_measured(count, product):
            exact.append(Piece(count, product))
    for piece in exact:
        if piece.product == planned:
            return piece
    if len(exact) == 1:
        return exact[0]
    if not exact:
        raise BadInput(f"no product gives {quote(typed)} exactly", _which("amount", products))
    raise BadInput(
        f"{quote(typed)} can be taken as more than one product",
        "say which: "
        + " or ".join(f"{show_count(p.count, ascii_only=True)} x {one_line(p.product.name)}" for p in exact[:4]),
    )


def _can_be_measured(count: Fraction, product: Product) -> bool:
    if product.poured:
        return decimal_text(count) is not None
    if product.smallest is not None:
        return (count / product.smallest).denominator == 1
    return count.denominator <= 4


def find_product(name: str, products: Sequence[Product]) -> Product:
    """The product of that name. Raises BadInput, naming those there are."""
    wanted = name.strip()
    for product in products:
        if product.name == wanted:
            return product
    plain = " ".join(wanted.split()).casefold()
    folded = [p for p in products if " ".join(p.name.split()).casefold() == plain]
    if len(folded) == 1:
        return folded[0]
    known = ", ".join(one_line(p.name) for p in products[:6])
    raise BadInput(
        f"unknown product {quote(wanted)}",
        f"the products are: {known}" if known else "add it as a product first",
    )


_TIGHT = re.compile(
    rf"(?:[0-9]+|[0-9]*{'[' + ''.join(GLYPHS) + ']'})(?:[-–](?:[0-9]+|[0-9]*{'[' + ''.join(GLYPHS) + ']'}))+"
)


def parse_split(
    text: str, slots: int, products: Sequence[Product], planned: Product | None = None
) -> tuple[Pieces, ...]:
    """Read one amount per slot: "1/4 - 1/4 - 1/2 x 20 mg tablet", "1-0-1 x 5 mg tablet", "¼-¼-½".

    Args:
        text: amounts with " - " between them (unspaced hyphens only between whole numbers or glyphs), then
            optionally " x " and the product of all.
        slots: how many slots there are, in their order.
        products: the medicine's products.
        planned: the product a bare split means.

    Returns:
        One entry a slot, empty for none.

    Raises:
        BadInput: unreadable, ambiguous, or another number of amounts than slots.
    """
    parts = _TIMES.split(text.strip(), maxsplit=1)
    product = find_product(parts[1], products) if len(parts) == 2 else planned
    amounts = _split_amounts(parts[0].strip())
    if len(amounts) != slots:
        plural = "amount" if len(amounts) == 1 else "amounts"
        raise BadInput(
            f"{len(amounts)} {plural} for {slots} slots in {quote(text)}",
            "give one amount for each slot, 0 for none",
        )
    result: list[Pieces] = []
    for amount in amounts:
        if product is not None:
            mass = _MASS.fullmatch(amount)
            if mass is not None and mass["unit"].lower() != "ml":
                piece = _parse_piece(amount, [product], product)
                result.append((piece,) if piece is not None and piece.count else ())
                continue
            count = _count_of(amount, product)
            result.append((Piece(count, product),) if count else ())
        else:
            result.append(parse_pieces(amount, products, None))
    return tuple(result)


def _split_amounts(text: str) -> list[str]:
    if len(text) > 400:
        raise BadInput("the split is too long", "give one amount for each slot")
    spaced = re.split(r" +[-–] +", text)
    if len(spaced) > 1:
        return spaced
    if _TIGHT.fullmatch(text):
        return re.split("[-–]", text)
    if re.fullmatch(r"[0-9]+[-–][0-9]+ ?[/⁄] ?[0-9]+", text):
        parse_count(text)  # says both readings
    if re.search(r"[-–]", text):
        raise BadInput(
            f"{quote(text)} can be read two ways", "put a space on both sides of each hyphen: 1/4 - 1/4 - 1/2"
        )
    if len(words := text.split()) > 2 or (len(words) == 2 and all("/" in w for w in words)):
        raise BadInput(
            f"{quote(text)} can be read two ways",
            "put a hyphen with spaces between the slots: " + one_line(" - ".join(words)),
        )
    return [text]
