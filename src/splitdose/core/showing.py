"""Amounts as people read them: milligrams first, or the count in the words of what is counted.

One medicine is told in one unit of mass; liquids in mL beside it; units per mL in units, with their mL; everything
else by its count. A count never stands directly before a figure, so that "1 × 50 mcg/h patch" can't be read as 150.
What is shown here is read back by `splitdose.core.reading`, where it says all there is.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from splitdose.core.amount import LETTER, PER_MG, decimal_text, show_count, show_mg, show_number, words_of_count
from splitdose.core.piece import NO_PIECES, Piece, Pieces, Product, plural_of, singular_of, summed

ML_PLACES = 6
"""Decimals of millilitres and units that are shown as they are; more than that nobody draws up."""

_PLAIN = rf"{LETTER}{{2,}}(?:['’-]{LETTER}+)*(?: {LETTER}{{2,}}(?:['’-]{LETTER}+)*)*"
"""A name that can stand behind a count without being taken for part of it."""


_BRIEF = {"tablet": "tab", "capsule": "cap"}
"""Words short enough for a day of a week; they stand where the whole one has no room."""

P = ParamSpec("P")
T = TypeVar("T")


def _remembered(show: Callable[Concatenate[Pieces, P], T]) -> Callable[Concatenate[Pieces, P], T]:
    """The same function, whose answers its pieces remember; what else it takes is said by name."""
    name = show.__name__

    @wraps(show)
    def shown(pieces: Pieces, /, *rest: P.args, **ways: P.kwargs) -> T:
        return pieces.remember((name, *rest, *ways.items()), lambda: show(pieces, *rest, **ways))

    return shown


def show_told(product: Product, count: Fraction, *, ascii_only: bool = False) -> str:
    """A count of a product as one says it: "¼", "2.5 mL", "10 units", "2 puffs"; bare where the rest goes without."""
    if product.units_per_ml is not None:
        number, unit = product.told(count), product.unit
        return f"{_show_units(number, ascii_only=ascii_only)} {singular_of(unit) if number <= 1 else unit}"
    if product.poured:
        return show_ml(count)
    shown = show_count(count, ascii_only=ascii_only)
    return shown if product.names_its_unit else f"{shown} {_word(product, count)}"


def _show_units(number: Fraction, *, ascii_only: bool) -> str:
    """A number of units, as decimals; a fraction where they aren't exact, or would read as a thousand ("1.125")."""
    shown = show_number(number, places=ML_PLACES)
    unclear = shown.startswith("about ") or re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", shown)
    return show_count(number, ascii_only=ascii_only) if unclear else shown


def show_ml(count: Fraction) -> str:
    """Millilitres, as decimals always: "2.5 mL"."""
    return f"{show_number(count, places=ML_PLACES)} mL"


def _word(product: Product, count: Fraction) -> str:
    """What so many of it are called: "puff", "puffs"."""
    return product.unit if count <= 1 else plural_of(product.unit)


def shown_count(piece: Piece, *, ascii_only: bool = False) -> str:
    """The count of a piece: "¼"; of a liquid "2.5 mL"; of 100 units/mL "10 units"."""
    return show_told(piece.product, piece.count, ascii_only=ascii_only)


@_remembered
def show_pieces(pieces: Pieces, *, ascii_only: bool = False, full: bool = False) -> str:
    """Pieces for tight places: "¼ × 20 mg"; with `full`, the product's whole name: "¼ × 20 mg tablet"."""
    if not pieces:
        return "none"
    times = " x " if ascii_only else " × "
    return " + ".join(
        f"{shown_count(p, ascii_only=ascii_only)}{times}{p.product.name if full else p.product.short}" for p in pieces
    )


@_remembered
def show_mass(pieces: Pieces) -> str | None:
    """The mass of all pieces in the unit of their medicine, "5 mg", "50 mcg"; None where they can't be weighed."""
    if pieces.mg is None:
        return None
    return show_mg(pieces.mg, unit=pieces.unit, places=_places(pieces, pieces.unit))


def _places(pieces: Pieces, unit: str) -> int:
    """How many decimals a dose of these may show: as many as a label of theirs has, at least four."""
    places = 4
    for piece in pieces:
        strength = piece.product.strength
        if strength is not None and strength.mg is not None and not strength.per_ml:
            exact = decimal_text(strength.mg * PER_MG[unit])
            places = max(places, len((exact or "").partition(".")[2]))
    return places


def show_dose(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """The amount of a dose where it stands alone: "5 mg"; "12.5 mg (2.5 mL)"; "10 units (0.1 mL)"; "12 tablets"."""
    return amount_texts(pieces, ascii_only=ascii_only)[0]


@_remembered
def amount_texts(pieces: Pieces, *, ascii_only: bool = False, by_ml: bool = False) -> tuple[str, ...]:
    """The amount of a dose in falling length, for places that may be narrow; each can be read by itself.

    Milligrams are what stays. Only where they can't be told exactly the millilitres or the pieces do, which are exact.

    Args:
        pieces: of one medicine.
        ascii_only: fractions as 1/2.
        by_ml: let the mL of a liquid stay in any case, because they do so beside it (see `told_by_ml`).
    """
    if not pieces:
        return ("none",)
    pieces = summed(pieces) if len(pieces) > 1 else pieces
    mass = show_mass(pieces)
    if mass is None:
        if len(pieces) == 1:
            return _counted(pieces[0], ascii_only=ascii_only)
        long = [_counted(p, ascii_only=ascii_only, named=True) for p in pieces]
        return " + ".join(texts[0] for texts in long), " + ".join(texts[-1] for texts in long)
    exact = not mass.startswith("about ")
    if not any(p.product.poured for p in pieces):
        return (mass,) if exact else (mass, show_pieces(pieces, ascii_only=ascii_only))
    beside = shown_count(pieces[0]) if len(pieces) == 1 else show_pieces(pieces, ascii_only=ascii_only)
    mass_stays = (exact and not (by_ml and len(pieces) == 1)) or beside.startswith("about ")
    return f"{mass} ({beside})", mass if mass_stays else beside


def told_by_ml(doses: Iterable[Pieces]) -> bool:
    """Whether doses of one medicine that stand side by side are told in mL where there is no room for both.

    So they are as soon as the mass of one of them isn't exact: "1.98 mg" and "298 mL" can't be compared.
    """
    for pieces in doses:
        if len(found := summed(pieces)) == 1 and found[0].product.poured and found[0].mg is not None:
            mass = show_mass(found)
            if mass is not None and mass.startswith("about "):
                return True
    return False


def _counted(piece: Piece, *, ascii_only: bool, named: bool = False) -> tuple[str, ...]:
    """What can't be weighed; `named` says which product also where there is only one of its kind."""
    product, shown = piece.product, shown_count(piece, ascii_only=ascii_only)
    times = "x" if ascii_only else "×"
    if product.poured:
        if product.units_per_ml is not None and not named:
            return f"{shown} ({show_ml(piece.count)})", shown
        return f"{shown} {times} {product.name}", shown
    count, word = show_count(piece.count, ascii_only=ascii_only), _word(product, piece.count)
    if product.unit == "unit" and not product.called:
        return (f"{count} {times} {product.name}",)
    if not product.names_its_unit:
        return (f"{count} {word} {times} {product.name}" if named else f"{count} {word}", f"{count} {word}")
    noun = product.noun if piece.count <= 1 else product.plural
    if re.fullmatch(_PLAIN, noun) and noun.lower().endswith(word.lower()):
        long = f"{count} {noun}"
    elif product.unit.lower() in product.name.lower():
        long = f"{count} {times} {product.name}"
    else:
        long = f"{count} {word} {times} {product.name}"
    brief = _BRIEF.get(product.unit)
    return (long, f"{count} {word}") if brief is None else (long, f"{count} {word}", f"{count} {_plain(brief, piece)}")


def _plain(word: str, piece: Piece) -> str:
    return word if piece.count <= 1 else plural_of(word)


def measured_texts(pieces: Pieces, *, by_ml: bool = False) -> tuple[str, str] | None:
    """The two figures of a dose that is poured or drawn up, the one that stays first: "12.5 mg" and "2.5 mL".

    None of what is counted, or of more than one liquid.
    """
    found = summed(pieces)
    if len(found) != 1 or not found[0].product.poured:
        return None
    ml = show_ml(found[0].count)
    if found[0].product.units_per_ml is not None:
        return shown_count(found[0]), ml
    mass = show_mass(found)
    if mass is None:
        return ml, ""
    inexact = mass.startswith("about ") and not ml.startswith("about ")
    return (ml, mass) if by_ml or inexact else (mass, ml)


@_remembered
def words_of(pieces: Pieces) -> str:
    """Pieces in words: "a quarter of one 20 mg tablet and two 5 mg tablets"; "2.5 mL of syrup"; "10 units of pen"."""
    return " and ".join(map(_piece_words, pieces)) or "no dose"


def _piece_words(piece: Piece) -> str:
    product = piece.product
    if product.poured or not product.names_its_unit:
        return f"{shown_count(piece)} of {product.name}"
    if product.unit == "unit" and not product.called and piece.count > 1:
        return f"{show_count(piece.count)} × {product.name}"
    if product.noun != product.name and product.name[-1:].isnumeric():
        return f"{words_of_count(piece.count, product.unit, plural_of(product.unit))} of {product.name}"
    return words_of_count(piece.count, product.noun, product.plural)


def words_beside(pieces: Pieces) -> str:
    """What `show_dose` leaves open: the pieces in words, of a liquid only which it is; "" where it says all."""
    if len(pieces) == 1:
        product, weighed = pieces[0].product, pieces[0].mg is not None
        if product.poured:
            return product.name if product.units_per_ml is not None or weighed else ""
        if not weighed and not product.names_its_unit:
            return product.name
    return words_of(pieces) if pieces.mg is not None else ""


@_remembered
def dose_in_words(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """The amount of a dose in a sentence: "5 mg (a quarter of one 20 mg tablet)", "10 units of pen", "12 tablets"."""
    mass = show_mass(pieces) if pieces else None
    if mass is not None:
        return f"{mass} ({words_of(pieces)})"
    if len(pieces) == 1 and pieces[0].product.units_per_ml is not None:
        return words_of(pieces)
    return show_dose(pieces, ascii_only=ascii_only)


@_remembered
def dose_in_pieces(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """The amount with its pieces: "5 mg (¼ × 20 mg)"; without milligrams the count."""
    mass = show_mass(pieces) if pieces else None
    if mass is None:
        return show_dose(pieces, ascii_only=ascii_only)
    return f"{mass} ({show_pieces(pieces, ascii_only=ascii_only)})"


@_remembered
def echo(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """What was understood, said back before it is kept: "¼ × 20 mg tablet = 5 mg", "10 units × pen = 0.1 mL"."""
    text = show_pieces(pieces, ascii_only=ascii_only, full=True)
    if not pieces:
        return text
    mass = show_mass(pieces)
    if mass is not None:
        return f"{text} = {mass}"
    if len(pieces) == 1 and pieces[0].product.units_per_ml is not None:
        return f"{text} = {show_ml(pieces[0].count)}"
    return text


def used_words(product: Product, count: Fraction, *, ascii_only: bool = False) -> str:
    """So many of a product over many days: "72¼ × 20 mg tablet", "75 mL × syrup", "300 units (3 mL) × pen"."""
    shown = show_used(product, count, ascii_only=ascii_only)
    return f"{shown} {'x' if ascii_only else '×'} {product.name}"


def show_used(product: Product, count: Fraction, *, ascii_only: bool = False) -> str:
    """How many they are: "72¼", "75 mL", "300 units (3 mL)"."""
    shown = show_told(product, count, ascii_only=ascii_only)
    return shown if product.units_per_ml is None else f"{shown} ({show_ml(count)})"


# What doses sum to


def sums_of(pieces: Iterable[Piece], unit: str | None = None) -> dict[str, Fraction]:
    """What pieces add up to, by unit: the mass in its medicine's unit, and counts by the word of what is counted.

    Liquids without a mass sum in mL, units in units. What has no word of its own sums by the product's name.

    Args:
        pieces: of one medicine.
        unit: of mass, that of the pieces' medicine unless said.
    """
    found = summed(pieces)
    unit = unit or found.unit
    sums: dict[str, Fraction] = {}
    for piece in found:
        product, mg = piece.product, piece.mg
        if mg is not None:
            key, number = unit, mg * PER_MG[unit]
        elif product.unit == "unit" and not product.called:
            key, number = f"× {product.name}", piece.count
        else:
            key, number = product.unit, product.told(piece.count)
        sums[key] = sums.get(key, Fraction(0)) + number
    return sums


@_remembered
def sum_unit(pieces: Pieces) -> str | None:
    """The one unit that pieces sum in, "mg", "puff", "units"; None where there are none or several."""
    sums = sums_of(pieces)
    key = next(iter(sums), "")
    return None if len(sums) != 1 else "unit" if key.startswith("× ") else key


def total_ml(pieces: Iterable[Piece]) -> Fraction | None:
    """The millilitres of pieces that all are of one liquid; None of anything else."""
    found = summed(pieces)
    strengths = {piece.product.strength for piece in found}
    if not found or len(strengths) > 1 or not all(piece.product.poured for piece in found):
        return None
    return sum((piece.count for piece in found), Fraction(0))


def show_sum(pieces: Pieces, among: Pieces = NO_PIECES, *, ascii_only: bool = False) -> str:
    """What pieces add up to: "20 mg", "0.375 mg (3.75 mL)", "6 puffs".

    Args:
        pieces: of one medicine.
        among: of the same, for the unit where there are none: "0 mg"; without any it is "none".
        ascii_only: fractions as 1/2.
    """
    if pieces or not among:
        return show_taken(pieces, NO_PIECES, ascii_only=ascii_only)
    sums = _Sums(among, ascii_only=ascii_only)
    return ", ".join(f"0 {sums.word(Fraction(0), key)}" for key in sums_of(among))


def show_taken(taken: Pieces, planned: Pieces, *, ascii_only: bool = False) -> str:
    """What was taken of what was planned: "5 of 20 mg", "0.25 of 0.375 mg (2.5 of 3.75 mL)", "2 of 6 puffs".

    Where nothing was planned, only what was taken. Of a liquid its millilitres stand beside it.
    """
    # By identity, as equal pieces may be told in different units; what is remembered holds what it was asked with.
    what = "taken", id(planned), ascii_only
    return taken.remember(what, lambda: (planned, _taken_of(taken, planned, ascii_only=ascii_only)))[1]


def _taken_of(taken: Pieces, planned: Pieces, *, ascii_only: bool) -> str:
    both = Pieces.joined((planned, taken))
    sums = _Sums(both, ascii_only=ascii_only)
    had, asked = sums_of(taken, sums.unit), sums_of(planned, sums.unit)

    def of(some: Fraction, whole: Fraction | None, key: str) -> str:
        if whole is None:
            return f"{sums.number(some, key)} {sums.word(some, key)}"
        return f"{sums.number(some, key)} of {sums.number(whole, key)} {sums.word(whole, key)}"

    texts = [of(had.get(key, Fraction(0)), asked.get(key), key) for key in dict.fromkeys([*asked, *had])]
    if len(texts) == 1 and total_ml(both) is not None and "mL" not in (*had, *asked):
        texts = [f"{texts[0]} ({of(total_ml(taken) or Fraction(0), total_ml(planned), 'mL')})"]
    return ", ".join(texts) or "none"


def tight_sums(days: Sequence[tuple[Pieces, Pieces]], *, ascii_only: bool = False) -> tuple[str, list[tuple[str, str]]]:
    """What was taken and planned of one medicine on some days, as bare numbers of one unit, for a row or a grid.

    Args:
        days: of each day the pieces taken and planned.
        ascii_only: fractions as 1/2.

    Returns:
        The unit, and the two numbers of each day; "" and the sums with their own units where no unit is that of all.
    """
    together = Pieces.joined(pieces for pair in days for pieces in pair)
    sums = _Sums(together, ascii_only=ascii_only)
    keys = sums_of(together, sums.unit)
    key = next(iter(keys), "")
    if len(keys) != 1 or key.startswith("× "):
        return "", [(show_sum(a, b, ascii_only=ascii_only), show_sum(b, a, ascii_only=ascii_only)) for a, b in days]

    def number(pieces: Pieces) -> str:
        return sums.number(sums_of(pieces, sums.unit).get(key, Fraction(0)), key)

    found = [(number(taken), number(planned)) for taken, planned in days]
    if total_ml(together) is not None and any("about " in text for pair in found for text in pair):
        key = "mL"
        found = [
            (sums.number(total_ml(taken) or Fraction(0), key), sums.number(total_ml(planned) or Fraction(0), key))
            for taken, planned in days
        ]
    return sums.word(Fraction(2), key), found


class _Sums:
    """How sums of one medicine's pieces are written, the same for a part and for the whole."""

    def __init__(self, pieces: Pieces, *, ascii_only: bool) -> None:
        self.unit = pieces.unit
        self._places = _places(pieces, self.unit)
        self._measured = {piece.product.unit for piece in pieces if piece.product.poured} | {"mL"}
        self._ascii = ascii_only

    def number(self, value: Fraction, key: str) -> str:
        """So much of a sum's key."""
        if key in PER_MG:
            return show_number(value, places=self._places)
        if key == "mL":
            return show_number(value, places=ML_PLACES)
        show = _show_units if key in self._measured else show_count
        return show(value, ascii_only=self._ascii)

    def word(self, value: Fraction, key: str) -> str:
        """The unit after so much: "mg", "puffs", "unit" after one; the name of what has none, "× gummy"."""
        if key == "units":
            return singular_of(key) if 0 < value <= 1 else key
        if key in PER_MG or key in self._measured or key.startswith("× ") or 0 < value <= 1:
            return key
        return plural_of(key)


def show_addition(parts: Sequence[Pieces], *, ascii_only: bool = False) -> str:
    """What some doses add up to: "5 + 5 + 10 = 20 mg", "2.5 + 5 = 7.5 mg (0.5 + 1 = 1.5 mL)", "2 + 2 = 4 puffs"."""
    together = Pieces.joined(parts)
    sums = _Sums(together, ascii_only=ascii_only)
    found = sums_of(together, sums.unit)
    key = next(iter(found), "")
    if len(parts) < 2 or len(found) > 1 or (key not in PER_MG and len(summed(together)) > 1):
        return ", ".join(show_dose(pieces, ascii_only=ascii_only) for pieces in parts) or "none"

    def addition(numbers: Sequence[Fraction], key: str) -> str:
        whole = sum(numbers, Fraction(0))
        shown = " + ".join(sums.number(number, key) for number in numbers)
        return f"{shown} = {sums.number(whole, key)} {sums.word(whole, key)}"

    text = addition([sums_of(pieces, sums.unit).get(key, Fraction(0)) for pieces in parts], key)
    if key == "mL" or total_ml(together) is None:
        return text
    return f"{text} ({addition([total_ml(pieces) or Fraction(0) for pieces in parts], 'mL')})"
