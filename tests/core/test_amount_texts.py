"""Of any amount of any product: nothing that is shown of it can be misread, and it reads back as the same amount."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.making import answer
from splitdose.core.amount import GLYPHS, shorten
from splitdose.core.errors import BadInput
from splitdose.core.piece import FORMS, Piece, Pieces, Product
from splitdose.core.reading import parse_pieces
from splitdose.core.sanitize import in_ascii
from splitdose.core.showing import (
    amount_texts,
    dose_in_pieces,
    dose_in_words,
    echo,
    show_addition,
    show_dose,
    show_mass,
    show_pieces,
    show_sum,
    show_taken,
    used_words,
    words_beside,
    words_of,
)
from splitdose.core.strength import parse_strength

MASSES = ("20 mg", "0.5 mg", "1.125 mg", "50 mcg", "87.5 mcg", "0.5 g", "0.0625 mg")
PER_ML = ("5 mg/mL", "25 mg/5 mL", "2 mg/300 mL", "40 mcg/mL", "0.1 mg/mL")
UNITS = ("100 units/mL", "300 IU/mL", "250 iu/5 mL", "1 mmol/mL")
OTHERS = (None, None, "25 mcg/h", "20000 IU", "1 %", "5 mg/325 mg")
NAMES = ("tablet", "liquid", "pen", "Prograf", "eye drops", "50 mcg/h patch", "Vitamin D 1000", "x", "2 x 5 strip",
         "bead", "A (B) C", "100 units/mL pen", "inhaler", "of pen", "gummy", "20 mg tablet", "ten",
         "Ca + D")  # fmt: skip
WORDS = ("", "", "puff", "drop", "bead", "piece", "spray")

_FIGURE = rf"(?:[0-9]+(?:\.[0-9]+)?|[0-9]*[{''.join(GLYPHS)}]|[0-9]+(?: [0-9]+)?/[0-9]+)"


@st.composite
def products(draw: st.DrawFn) -> Product:
    """Tablets, liquids, drops, puffs, units per mL, patches, without a strength, with odd names."""
    strength = draw(st.sampled_from([*MASSES, *PER_ML, *UNITS, *OTHERS]))
    per_ml = strength is not None and "mL" in strength
    form = draw(st.sampled_from(FORMS))
    called = "" if per_ml else draw(st.sampled_from(WORDS))
    name = draw(st.sampled_from(NAMES)).replace(" + ", " and ")
    return Product(name, parse_strength(strength) if strength else None, form, called=called)


numbers = st.one_of(
    st.integers(1, 400).map(Fraction), st.fractions(Fraction(1, 8), 40, max_denominator=8),
    st.decimals(Fraction(1, 1000), 300, places=3, allow_nan=False).map(Fraction).filter(bool),
)  # fmt: skip


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    product = draw(products())
    return Piece(product.counted(draw(numbers)), product)


def own_words(text: str, found: Pieces) -> str:
    """What the program says, without the names and labels that a person gave."""
    given_words = {w for p in found for w in (p.product.name, p.product.noun, p.product.plural, p.product.full)}
    given_words |= {p.product.strength.label for p in found if p.product.strength is not None}
    for word in sorted(filter(re.compile("[0-9]").search, given_words), key=len, reverse=True):
        text = text.replace(word, "NAME")
    return text


def misread(text: str, found: Pieces) -> str:
    """What could be misread in a text of some pieces; "" where nothing can."""
    said = own_words(text, found)
    # A count and a figure behind it read as one figure; "1 1/2" is one.
    if re.search(rf"{_FIGURE} (?![0-9]+/[0-9])[0-9{''.join(GLYPHS)}]", said):
        return "a count runs into a figure"
    if re.search(rf"[0-9{''.join(GLYPHS)}] NAME", said) and any(p.product.name[:1].isdigit() for p in found):
        return "a count runs into a name that begins with a figure"
    if re.search(rf"(?:[0-9]/[0-9]+|[{''.join(GLYPHS)}]) mL", said):
        return "a fraction of a mL"
    if re.search(r"[0-9]\.[0-9]*0(?![0-9])|(?<![0-9])\.[0-9]", said):
        return "a zero at the end, or none in front"
    if len(set(re.findall(r"(?<=[0-9 ]) ?\b(mg|mcg|g)\b(?!/)", said))) > 1:
        return "two units"
    return ""


def texts_of(found: Pieces) -> list[str]:
    return [
        *amount_texts(found), *amount_texts(found, ascii_only=True), show_pieces(found), show_pieces(found, full=True),
        words_of(found), words_beside(found), dose_in_words(found), dose_in_pieces(found), echo(found),
        show_sum(found), show_taken(found, found), show_addition([found, found]),
        *(used_words(p.product, p.count) for p in found),
    ]  # fmt: skip


@given(st.lists(pieces(), min_size=1, max_size=3).map(tuple).map(Pieces))
def test_nothing_that_is_shown_of_an_amount_can_be_misread(found: Pieces) -> None:
    for text in texts_of(found):
        assert not misread(text, found), (text, misread(text, found))


@given(pieces())
def test_what_is_printed_of_one_product_reads_back(piece: Piece) -> None:
    product, found = piece.product, Pieces((piece,))
    for text in {*amount_texts(found), show_pieces(found), show_pieces(found, full=True), echo(found),
                 show_sum(found), dose_in_pieces(found)}:  # fmt: skip
        if text.startswith("about ") and "(" not in text:
            continue  # no exact amount is said
        for typed in (text, in_ascii(text)):
            if re.search(r"about [0-9.]+ mL", typed) and "units" not in typed and "mmol" not in typed:
                continue
            read, said = answer(lambda typed=typed: parse_pieces(typed, [product], product))  # type: ignore[misc]
            # Milligrams alone are taken where a product gives them exactly; they are never taken for another amount.
            assert read == found or (typed == show_mass(found) and "no product gives" in said), (typed, said)


@given(st.lists(pieces(), min_size=1, max_size=3).map(tuple).map(Pieces))
def test_a_mixture_reads_back_from_its_pieces(found: Pieces) -> None:
    names = [p.product.name.casefold() for p in found]
    assume(len(set(names)) == len(names))
    typed = show_pieces(found, ascii_only=True, full=True)
    assume("about" not in typed)
    assert parse_pieces(typed, [p.product for p in found]) == found
    assert parse_pieces(echo(found), [p.product for p in found]) == found


@given(st.lists(pieces(), min_size=1, max_size=2).map(tuple).map(Pieces), st.integers(1, 40))
def test_an_amount_that_has_no_room_is_cut_between_whole_figures(found: Pieces, room: int) -> None:
    for text in amount_texts(found):
        short = shorten(text, room)
        assert len(short) <= room
        if short != text:
            kept, rest = short[:-1], text[len(short) - 1 :]
            assert text == kept + rest
            # No figure and no unit behind one is cut, and neither is left without the other.
            last = kept.rpartition(" ")[2]
            assert not kept or not rest[:1].strip() or not re.search("[0-9]", last + rest.partition(" ")[0]), short
            assert not re.search(rf"[0-9{''.join(GLYPHS)}]$", kept) or not re.match(r" (?!\+|\()", rest), short


@pytest.mark.parametrize("typed", ["1 × 5 mg", "5 mg"])
def test_what_two_products_give_is_asked_about(typed: str) -> None:
    two = [Product("a", parse_strength("5 mg")), Product("b", parse_strength("5 mg"))]
    with pytest.raises(BadInput):
        parse_pieces(typed, two)
    assert show_dose(parse_pieces(typed, two, two[1])) == "5 mg"
