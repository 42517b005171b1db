"""Amounts as people type them, and as the program prints them: one reader for every place where one is typed.

Understood are counts ("1/4"), masses ("5 mg"), millilitres, counts with the word of what is counted ("½ tablet",
"10 units", "2 puffs"), each alone or before " x " and a product, by name or by its strength; " + " adds them up. What
can be read two ways is refused with what to type instead; nothing is guessed.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from splitdose.core.amount import (
    GLYPHS,
    LETTER,
    MAX_COUNT,
    decimal_text,
    one_line,
    parse_count,
    parse_label_number,
    parse_measure,
    quote,
)
from splitdose.core.errors import BadInput
from splitdose.core.piece import NO_PIECES, Piece, Pieces, Product, plural_of
from splitdose.core.showing import show_dose, show_mass, show_ml, show_told, words_of
from splitdose.core.strength import UNITS, Strength, mass_unit, parse_mass, parse_strength

NOTHING = frozenset({"none", "nothing", "no dose"})
"""How people, and the forms, say that there is no dose."""

RESERVED = NOTHING | {"x"}
MAX_WORD = 20
"""Letters of what one of a product is called."""

_SYNONYMS = {
    "tablet": {"tablet", "tab", "pill"}, "capsule": {"capsule", "cap", "pill"}, "film": {"film", "strip"},
    "puff": {"puff", "inhalation"}, "unit": {"unit", "piece"}, "injection": {"injection", "shot"},
    "lozenge": {"lozenge", "pastille"},
}  # fmt: skip
_ML = frozenset({"ml", "milliliter", "milliliters", "millilitre", "millilitres"})
_NUMBER = rf"[0-9{''.join(GLYPHS)}.,/⁄ ]*[0-9{''.join(GLYPHS)}]"
# Patterns are compiled by `re` when they are first used: most commands read no amount.
_TIMES = r" [x×*] "
_TIGHT_TIMES = rf"({_NUMBER}) ?(?:x|({LETTER}*) ?[×*]) ?(.+)"
_TIGHT_SPLIT = rf"([0-9{''.join(GLYPHS)}.,/⁄ –-]*[0-9{''.join(GLYPHS)}]) ?[x×*] ?(.+)"
_COUNTED = rf"(.*[0-9.,{''.join(GLYPHS)}]) ?({LETTER}\D*)"
_OF = rf"({_NUMBER} ?{LETTER}+) of (.+)"
_BESIDE = r"(.+?) \((.+)\)"


class UnknownProduct(BadInput):
    """There is no product of that name or strength."""


def parse_pieces(text: str, products: Sequence[Product], planned: Product | None = None) -> Pieces:
    """Read what a dose is made of: "1/4 x 20 mg tablet", "2.5 mL x syrup", "5 mg", "1/4", "2 puffs"; " + " adds pieces.

    What the program itself prints is read too: "2 × 5 mg + 2 × 1 mg", "10 units (0.1 mL)", "¼ × 20 mg tablet = 5 mg",
    "nothing".

    Args:
        text: what was typed.
        products: the medicine's products.
        planned: the slot's planned product, which a bare amount means; None where there are none or several.

    Returns:
        The pieces, zero counts left out; empty for a dose of none ("0", "none").

    Raises:
        BadInput: an unreadable amount, an unknown product, or an amount that leaves the product open.
    """
    if len(text) > 400:
        raise BadInput("the amount is too long", "type it as 1/4 x 20 mg tablet")
    try:
        return _added(text, products, planned)
    except BadInput:
        found = _printed(text.strip(), products, planned)
        if found is None:
            raise
        return found


def _added(text: str, products: Sequence[Product], planned: Product | None) -> Pieces:
    if text.strip().casefold() in NOTHING:
        return NO_PIECES
    pieces = [_parse_piece(part, products, planned) for part in re.split(r" \+ ", text)]
    return Pieces(tuple(piece for piece in pieces if piece is not None and piece.count))


def _printed(typed: str, products: Sequence[Product], planned: Product | None) -> Pieces | None:
    """What is typed as it was printed, the same amount said twice: "… = 5 mg", "5 mg (¼ × 20 mg)"; None if it isn't.

    Raises:
        BadInput: both can be read, and they aren't the same.
    """
    before, equals, after = typed.rpartition(" = ")
    beside = re.fullmatch(_BESIDE, typed)
    if not equals and beside is None:
        return None
    said = [before, after] if beside is None or equals else [beside[1], beside[2]]
    found: list[tuple[str, Pieces | None]] = []
    for part in said:
        try:
            found.append((part, _added(part, products, planned)))
        except BadInput:
            found.append((part, None))
    # What names its product says most; then what stands beside.
    found.reverse()
    for part, pieces in sorted(found, key=lambda one: product_named(one[0]) is None):
        others = [other for other in found if other[0] != part]
        if pieces is not None and all(_agrees(pieces, *other) for other in others):
            return pieces
    if all(pieces is not None for _, pieces in found):
        raise BadInput(f"{quote(typed)} says two amounts", "type one of them")
    return None


def _agrees(pieces: Pieces, text: str, read: Pieces | None) -> bool:
    """Whether what stands beside pieces says the same; what can't be read alone ("about 6.67 mg") as it is printed."""
    if read is None:
        ml = show_ml(pieces[0].count) if len(pieces) == 1 else ""
        return text in (show_mass(pieces), show_dose(pieces), words_of(pieces), ml)
    return read == pieces or (pieces.mg is not None and pieces.mg == read.mg)


def _parse_piece(text: str, products: Sequence[Product], planned: Product | None) -> Piece | None:
    typed = text.strip()
    named = _named(typed, products, planned)
    if named is not None:
        return Piece(count_of(*named), named[1])
    if (mg := parse_mass(typed)) is not None:
        return _piece_of_mass(mg, typed, products, planned)
    found = re.fullmatch(_COUNTED, typed)
    if found is not None:
        return _piece_of_word(found[1].strip(), found[2].strip(), typed, products, planned)
    count = parse_count(typed) if planned is None else _bare(typed, planned)
    if count == 0:
        return None
    if planned is None:
        raise BadInput(f"{quote(typed)} leaves the product open", _which(typed, products))
    return Piece(count, planned)


def product_named(text: str) -> str | None:
    """What one amount names as its product, "20 mg tablet" of "1/4 x 20 mg tablet"; None where it names none."""
    parts = re.split(_TIMES, text.strip(), maxsplit=1)
    if len(parts) == 2:
        return parts[1].strip()
    tight = re.fullmatch(_TIGHT_TIMES, text.strip())
    return tight[3].strip() if tight is not None else None


def _named(typed: str, products: Sequence[Product], planned: Product | None) -> tuple[str, Product] | None:
    """The count and the product of "1/4 x 20 mg tablet", "1/4x20 mg"; None where no product is named."""
    parts = re.split(_TIMES, typed, maxsplit=1)
    if len(parts) == 2:
        return parts[0], find_product(parts[1], products, planned)
    if (of := re.fullmatch(_OF, typed)) is not None:
        return of[1], find_product(of[2], products, planned)
    tight = re.fullmatch(_TIGHT_TIMES, typed)
    if tight is None:
        return None
    as_word = re.fullmatch(_COUNTED, typed)
    whole = as_word[2].casefold() if as_word is not None else None
    if whole is not None and any(whole in _names_of(p) for p in products):
        # "2 xpen": where a product is called so, it is no "x" before another.
        if any(tight[3].strip().casefold() in _names_of(p) for p in products):
            raise BadInput(f"{quote(typed)} can be read two ways", "put a space on both sides of the x")
        return None
    return f"{tight[1]} {tight[2] or ''}", find_product(tight[3], products, planned)


def _bare(typed: str, product: Product) -> Fraction:
    """A number alone: of a liquid it is mL, of units per mL units."""
    if product.poured and product.units_per_ml is None:
        return parse_measure(typed)
    return product.counted(parse_count(typed))


def count_of(text: str, product: Product) -> Fraction:
    """The count of a product that is typed for it alone: "1/4", "2.5 mL", "10 units", "5 mg".

    A bare number is what people count: mL of a liquid, units where a mL holds so many of them.

    Raises:
        BadInput: it can't be read, or isn't an amount of that product.
    """
    typed = text.strip()
    found = re.fullmatch(_COUNTED, typed)
    if found is None:
        return _bare(typed, product)
    mg = parse_mass(typed)
    if mg is not None:
        piece = _piece_of_mass(mg, typed, [product], product)
        return piece.count if piece is not None else Fraction(0)
    number, word = found[1].strip(), found[2].strip()
    count = _count_in(number, word, product)
    if count is not None:
        return count
    if word.casefold() in _ML:
        raise BadInput(f"{quote(product.name)} is counted, not poured", "type how many, such as 1/2")
    if re.fullmatch(rf"{LETTER}+", word):
        raise BadInput(f"{quote(typed)} is not an amount of {quote(product.name)}", f"type it in {_word_of(product)}")
    return parse_count(typed)  # says what is wrong with it


def _word_of(product: Product) -> str:
    return product.unit if product.poured else plural_of(product.unit)


def _count_in(number: str, word: str, product: Product) -> Fraction | None:
    """The count of a product that a number with a word means; None where the word isn't one of its own."""
    plain = word.casefold().rstrip(".")
    if plain in _ML:
        return parse_measure(number) if product.poured else None
    if product.units_per_ml is not None:
        assert product.strength is not None
        own = product.strength.unit.casefold()
        if plain in (UNITS if own in UNITS else {own, plural_of(own)}):
            return product.counted(parse_count(number))
        return None
    if product.poured:
        return None
    if plain in _words_of_unit(product.unit):
        return parse_count(number)
    return None


def _words_of_unit(unit: str) -> set[str]:
    words = _SYNONYMS.get(unit.lower(), {unit.lower()})
    return words | {plural_of(word) for word in words}


def _names_of(product: Product) -> set[str]:
    """What a product goes by, in lower case: its name, alone or with the word of its unit."""
    names = (product.name, product.full, product.noun, product.plural)
    return {" ".join(name.split()).casefold() for name in names}


def _piece_of_word(
    number: str, word: str, typed: str, products: Sequence[Product], planned: Product | None
) -> Piece | None:
    """ "½ tablet", "10 units", "2.5 mL", "2 Prograf capsules": of the planned product, or of the only one it fits."""
    plain = " ".join(word.split()).casefold()
    named = [p for p in products if plain in _names_of(p)]
    found: list[Piece] = [Piece(_bare(number, p), p) for p in named]
    is_unit = plain in _ML or any(plain in _words_of_unit(unit) for unit in (*_SYNONYMS, "drop", "patch", "bead"))
    if not found or is_unit:
        # A product that is called "tablet" is not the only one that comes in tablets.
        counts = [(p, _count_in(number, word, p)) for p in products if p not in named]
        found += [Piece(count, p) for p, count in counts if count is not None]
        found += [piece for piece in _pieces_of_strength(number, plain, products) if piece.product not in named]
    if not found:
        if is_unit:
            parse_measure(number) if plain in _ML else parse_count(number)
            if plain in _ML or not products:
                raise BadInput(f"{quote(typed)} leaves the product open", _which("amount", products))
            own_words = " or ".join(dict.fromkeys(_word_of(product) for product in products))
            raise BadInput(f"{quote(typed)}: no product is counted in {word}", f"type it in {own_words}")
        raise BadInput(f"{quote(typed)} is not an amount", "type a count such as 1/4, 0.25 or 1 1/2")
    own = [piece for piece in found if piece.product == planned]
    for few in (own, found):
        if len(few) == 1:
            return few[0]
    if found[0].count == 0:
        return None
    if own:
        raise BadInput(f"{quote(typed)} can be read two ways", _which(number, [own[0].product]))
    amount = f"{number} mL" if plain in _ML else number
    raise BadInput(f"{quote(typed)} leaves the product open", _which(amount, [piece.product for piece in found]))


def _pieces_of_strength(number: str, word: str, products: Sequence[Product]) -> list[Piece]:
    """ "20000 IU" as pieces whose label says so many of that unit each; only what can be cut or counted so."""
    found = []
    for product in products:
        strength = product.strength
        if strength is None or strength.mg is not None or strength.per_ml or "/" in strength.label:
            continue
        own = strength.unit.casefold()
        if word in (UNITS if own in UNITS else {own}) and own != "%":
            each = Fraction(strength.label.split()[0].removeprefix("about "))
            count = parse_label_number(number, whole=True) / each
            if count <= MAX_COUNT and _can_be_measured(count, product):
                found.append(Piece(count, product))
    return found


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
        "say which: " + " or ".join(
            f"{show_told(p.product, p.count, ascii_only=True)} x {one_line(p.product.name)}" for p in exact[:4]
        ),
    )  # fmt: skip


def _can_be_measured(count: Fraction, product: Product) -> bool:
    if product.poured:
        return decimal_text(count) is not None
    if product.smallest is not None:
        return (count / product.smallest).denominator == 1
    return count.denominator <= 4


def read_called(text: str, strength: Strength | None) -> str:
    """Read what one of a product is called: "puff", "bead"; nothing typed is its form's own word.

    Raises:
        BadInput: it isn't a word, it is a unit of measure, or the product's strength is per mL of something else.
    """
    word = text.strip()
    if not word:
        return ""
    if not re.fullmatch(rf"{LETTER}(?:[ -]?{LETTER})*", word) or len(word) > MAX_WORD or word.casefold() in RESERVED:
        raise BadInput(f"{quote(word)} is not a word for one of it", "write it as puff, drop or bead")
    if mass_unit(word) or word.casefold() in _ML:
        raise BadInput(f"{quote(word)} is a measure, not a word for one of it", "say it in the strength: 5 mg/mL")
    if strength is not None and strength.per_ml:
        own = strength.unit.casefold()
        if strength.units_per_ml is None or word.casefold() not in (UNITS if own in UNITS else {own}):
            raise BadInput(
                f"{quote(word)} is not what a strength of {strength.label} counts", "leave out the word, or the mL"
            )
    return word


def find_product(name: str, products: Sequence[Product], planned: Product | None = None) -> Product:
    """The product of that name, or of that strength where only one has it, or else the planned one.

    Raises:
        UnknownProduct: there is none; names those there are.
        BadInput: several products have that strength.
    """
    wanted = name.strip()
    for product in products:
        if product.name == wanted:
            return product
    plain = " ".join(wanted.split()).casefold()
    for names in (lambda p: {" ".join(p.name.split()).casefold()}, _names_of):
        folded = [p for p in products if plain in names(p)]
        if len(folded) == 1:
            return folded[0]
    strong = [p for p in products if _has_strength(p, wanted)]
    if len(strong) > 1 and planned in strong:
        strong = [p for p in strong if p == planned]
    if len(strong) == 1:
        return strong[0]
    if strong:
        raise BadInput(f"{quote(wanted)} is the strength of several products", _which("amount", strong))
    known = ", ".join(one_line(p.name) for p in products[:6])
    raise UnknownProduct(
        f"unknown product {quote(wanted)}",
        f"the products are: {known}" if known else "add it as a product first",
    )


def _has_strength(product: Product, typed: str) -> bool:
    """Whether a product's label says what was typed: "20mg" is "20 mg"."""
    if product.strength is None:
        return False
    try:
        found = parse_strength(typed)
    except BadInput:
        return False
    own = product.strength
    if found.mg is None or own.mg is None:
        return found.label.casefold() == own.label.casefold()
    return (found.mg, found.per_ml) == (own.mg, own.per_ml)


_TIGHT = rf"(?:[0-9]+|[0-9]*{'[' + ''.join(GLYPHS) + ']'})(?:[-–](?:[0-9]+|[0-9]*{'[' + ''.join(GLYPHS) + ']'}))+"


def parse_split(
    text: str, slots: int, products: Sequence[Product], planned: Product | None = None
) -> tuple[Pieces, ...]:
    """Read one amount per slot: "1/4 - 1/4 - 1/2 x 20 mg tablet", "1-0-1 x 5 mg tablet", "¼-¼-½".

    Args:
        text: amounts with " - " between them (unspaced hyphens only between whole numbers or glyphs), then
            optionally " x " and the product of all; or each with a product of its own.
        slots: how many slots there are, in their order.
        products: the medicine's products.
        planned: the product a bare split means.

    Returns:
        One entry a slot, empty for none.

    Raises:
        BadInput: unreadable, ambiguous, or another number of amounts than slots.
    """
    amounts, product_text = _split_product(text.strip())
    try:
        product = find_product(product_text, products, planned) if product_text is not None else planned
    except UnknownProduct:
        each = re.split(r" +[-–] +", text.strip())
        if len(each) != slots or slots < 2:
            raise
        return tuple(parse_pieces(amount, products, planned) for amount in each)
    parts = _split_amounts(amounts.strip())
    if len(parts) != slots:
        plural = "amount" if len(parts) == 1 else "amounts"
        raise BadInput(
            f"{len(parts)} {plural} for {slots} slots in {quote(text)}",
            "give one amount for each slot, 0 for none",
        )
    if product is None:
        return tuple(parse_pieces(amount, products, None) for amount in parts)
    if product_text is None:
        return tuple(parse_pieces(amount, [product], product) for amount in parts)
    return tuple(_of_one(amount, product) for amount in parts)


def _of_one(amount: str, product: Product) -> Pieces:
    """One amount of a split whose product is named behind it."""
    count = Fraction(0) if amount.strip().casefold() in NOTHING else count_of(amount, product)
    return Pieces((Piece(count, product),)) if count else NO_PIECES


def split_product(text: str) -> str | None:
    """What a split, or one amount, names as the product of all of it; None where it names none."""
    return _split_product(text.strip())[1] or product_named(text)


def _split_product(typed: str) -> tuple[str, str | None]:
    parts = re.split(_TIMES, typed, maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1]
    tight = re.fullmatch(_TIGHT_SPLIT, typed)
    return (tight[1], tight[2]) if tight is not None else (typed, None)


def _split_amounts(text: str) -> list[str]:
    if len(text) > 400:
        raise BadInput("the split is too long", "give one amount for each slot")
    spaced = re.split(r" +[-–] +", text)
    if len(spaced) > 1:
        return spaced
    if re.fullmatch(_TIGHT, text):
        return re.split("[-–]", text)
    if re.fullmatch(r"[0-9]+[-–][0-9]+ ?[/⁄] ?[0-9]+", text):
        parse_count(text)  # says both readings
    if re.search(r"[-–]", text):
        raise BadInput(
            f"{quote(text)} can be read two ways", "put a space on both sides of each hyphen: 1/4 - 1/4 - 1/2"
        )
    words = text.split()
    if (len(words) > 2 and all(re.search("[0-9]", w) for w in words)) or (
        len(words) == 2 and all("/" in w for w in words)
    ):
        raise BadInput(
            f"{quote(text)} can be read two ways",
            "put a hyphen with spaces between the slots: " + one_line(" - ".join(words)),
        )
    return [text]
