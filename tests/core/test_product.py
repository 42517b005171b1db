"""Products, pieces, and what is typed for a dose."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, PLAIN, SYRUP, TABLET_5, TABLET_20, answer, medicine, of, pieces, some, step, version
from splitdose.core.errors import BadInput
from splitdose.core.piece import Pieces, Product
from splitdose.core.reading import parse_pieces, parse_split, read_called
from splitdose.core.showing import (
    amount_texts,
    echo,
    show_addition,
    show_dose,
    show_pieces,
    show_taken,
    tight_sums,
    words_of,
)
from splitdose.core.strength import parse_mass, parse_strength

BOTH = (TABLET_20, TABLET_5)
ALL = (TABLET_20, TABLET_5, SYRUP, PLAIN)
DROPS = Product("oral drops", parse_strength("100 mcg"), "drops")


@pytest.mark.parametrize(
    ("typed", "label", "mg", "unit", "per_ml"),
    [
        ("20 mg", "20 mg", "20", "mg", False), ("20mg", "20 mg", "20", "mg", False),
        ("0.5 g", "0.5 g", "500", "g", False), (".5 mg", "0.5 mg", "1/2", "mg", False),
        ("5.0 mg", "5 mg", "5", "mg", False), ("2,5 mg", "2.5 mg", "5/2", "mg", False),
        ("50 mcg", "50 mcg", "1/20", "mcg", False), ("50 µg", "50 mcg", "1/20", "mcg", False),
        ("50 \u03bcg", "50 mcg", "1/20", "mcg", False), ("50 ug", "50 mcg", "1/20", "mcg", False),
        ("5 MG", "5 mg", "5", "mg", False), ("5 mg/mL", "5 mg/mL", "5", "mg", True),
        ("25 mg/5 mL", "25 mg/5 mL", "5", "mg", True), ("25mg / 5ml", "25 mg/5 mL", "5", "mg", True),
        ("1 mg/3 mL", "1 mg/3 mL", "1/3", "mg", True), ("20 mg/tablet", "20 mg", "20", "mg", False),
        ("100 IU", "100 IU", None, "IU", False), ("50000 IU", "50000 IU", None, "IU", False),
        ("100 IU/mL", "100 IU/mL", None, "IU", True), ("100 units/mL", "100 units/mL", None, "units", True),
        ("250 units/5 mL", "250 units/5 mL", None, "units", True), ("100 mcg/puff", "100 mcg", "1/10", "mcg", False),
        ("1.125 mg", "1.125 mg", "9/8", "mg", False), ("5.9049 mg", "5.9049 mg", "59049/10000", "mg", False),
        ("0.0005 mg", "0.0005 mg", "1/2000", "mg", False), ("1 mg/4.975 mL", "1 mg/4.975 mL", "40/199", "mg", True),
        ("6.561 g", "6.561 g", "6561", "g", False), ("1.1250 IU", "1.125 IU", None, "IU", False),
        ("25 mcg/h", "25 mcg/h", None, "mcg/h", False),
        ("5 mg/325 mg", "5 mg/325 mg", None, "mg/325 mg", False), ("1 %", "1 %", None, "%", False),
    ],
)  # fmt: skip
def test_strengths(typed: str, label: str, mg: str | None, unit: str, per_ml: bool) -> None:
    found = parse_strength(typed)
    assert (found.label, found.unit, found.per_ml) == (label, unit, per_ml)
    assert found.mg == (None if mg is None else Fraction(mg))


@pytest.mark.parametrize(
    "typed",
    ["", "mg", "20", "20.000 IU", "1.125 units/mL", "-5 mg", "0 mg", "0.0 mg", "1,000 mg", "1.000,5 mg",
     "5 mg/0 mL", "5 mg/", "5 mg/5", "x mg",
     "5 mg " + "x" * 60, "5 mg; rm", "1/2 mg", "five mg"],
)  # fmt: skip
def test_refused_strengths(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_strength(typed)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("typed", "mg"),
    [("5 mg", "5"), ("0.5 g", "500"), ("50 mcg", "1/20"), ("50 \u03bcg", "1/20"), ("5MG", "5"), ("15000 mcg", "15"),
     ("5", None), ("5 mL", None), ("5 IU", None)],
)  # fmt: skip
def test_masses(typed: str, mg: str | None) -> None:
    assert parse_mass(typed) == (None if mg is None else Fraction(mg))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1/4 x 20 mg tablet", (of("1/4", TABLET_20),)),
        ("¼ × 20 mg tablet", (of("1/4", TABLET_20),)),
        ("1/4 x 20 MG Tablet", (of("1/4", TABLET_20),)),
        ("1 x 20 mg tablet + 1 x 5 mg tablet", (of("1", TABLET_20), of("1", TABLET_5))),
        ("2.5 mL x syrup", (of("5/2", SYRUP),)),
        ("2,5 x syrup", (of("5/2", SYRUP),)),
        ("2.5 mL", (of("5/2", SYRUP),)),
        ("0", ()), ("0 x 20 mg tablet", ()), ("0 mg", ()),
        ("12 x tablet", (of("12", PLAIN),)),
    ],
)  # fmt: skip
def test_pieces(typed: str, expected: Pieces) -> None:
    assert parse_pieces(typed, ALL) == expected


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1/4", 'say which product: 1/4 x 20 mg tablet or 1/4 x 5 mg tablet'),
        ("1/4 x 10 mg tablet", 'unknown product "10 mg tablet"'),
        ("5 mg", "more than one product"), ("7 mg", "no product gives"),
        ("2.5 mL", "leaves the product open"), ("1 mL x 20 mg tablet", "counted, not poured"),
        ("1-1/2 x 20 mg tablet", "1 1/2 for one amount, or 1 - 1/2 for two slots"),
        ("1,000 mg", "two ways"), ("", "empty"), ("1 x 20 mg tablet + ", "empty"), ("x", "not an amount"),
        ("1 x " + "y" * 500, "too long"), ("-5 mg", "less than zero"), ("1 x ", "not an amount"),
    ],
)  # fmt: skip
def test_refused_pieces(typed: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_pieces(typed, BOTH)
    assert said in str(caught.value)


def test_a_bare_amount_is_of_the_planned_product() -> None:
    assert parse_pieces("1/4", ALL, TABLET_20) == (of("1/4", TABLET_20),)
    assert parse_pieces("5 mg", ALL, TABLET_20) == (of("1/4", TABLET_20),)
    assert parse_pieces("5 mg", ALL, TABLET_5) == (of("1", TABLET_5),)


def test_milligrams_are_taken_where_one_product_gives_them_exactly() -> None:
    assert parse_pieces("15 mg", [TABLET_20]) == (of("3/4", TABLET_20),)
    assert parse_pieces("10 \u03bcg", [Product("mite", parse_strength("5 mcg"))])[0].count == 2
    with pytest.raises(BadInput, match="no product gives"):
        parse_pieces("7 mg", [TABLET_20])  # 7/20 can't be made of quarters
    with pytest.raises(BadInput, match="no product gives"):
        parse_pieces("2.5 mg", [TABLET_5])  # must not be cut
    with pytest.raises(BadInput, match="no product gives"):
        parse_pieces("5 mg", [PLAIN])


def test_a_refused_mass_proposes_no_amount() -> None:
    with pytest.raises(BadInput) as caught:
        parse_pieces("7 mg", [TABLET_20])
    assert caught.value.todo == "say which product: amount x 20 mg tablet"


def test_the_product_is_all_after_the_first_x() -> None:
    odd = Product("2 x 5 mg strip", None, "other")
    assert parse_pieces("1 x 2 x 5 mg strip", [odd]) == (of("1", odd),)


@pytest.mark.parametrize("name", ["20  mg tablet", "20\tmg tablet", "[bold]20 mg", "a\x1b[31m", "a\nb"])
def test_a_product_is_found_by_its_name_as_it_is(name: str) -> None:
    product = Product(name)
    assert parse_pieces(f"1/2 x {name}", [PLAIN, product]) == (of("1/2", product),)


def test_names_in_errors_stay_on_one_line() -> None:
    odd = [Product("a\nb"), Product("c\x1b[2J")]
    for typed in ("1/2", "1 x d", "7 mg"):
        with pytest.raises(BadInput) as caught:
            parse_pieces(typed, odd)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("typed", "counts"),
    [
        ("1/4 - 1/4 - 1/2 x 20 mg tablet", ["1/4", "1/4", "1/2"]),
        ("¼-¼-½", ["1/4", "1/4", "1/2"]), ("¼-¼-½ x 20 mg tablet", ["1/4", "1/4", "1/2"]),
        ("¼–¼–½", ["1/4", "1/4", "1/2"]), ("1/4 – 1/4 – 1/2", ["1/4", "1/4", "1/2"]),
        ("1-0-1", ["1", "0", "1"]), ("1 - 0 - 1", ["1", "0", "1"]), ("1½-0-1", ["3/2", "0", "1"]),
        ("1 1/2 - 0.5 - 0,25", ["3/2", "1/2", "1/4"]), ("5 mg - 0 - 10 mg", ["1/4", "0", "1/2"]),
        ("0 - 0 - 0", ["0", "0", "0"]),
    ],
)  # fmt: skip
def test_splits(typed: str, counts: list[str]) -> None:
    found = parse_split(typed, 3, BOTH, TABLET_20)
    assert [sum((p.count for p in slot), Fraction(0)) for slot in found] == [Fraction(c) for c in counts]
    assert all(p.product == TABLET_20 for slot in found for p in slot)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1/4 1/4 1/2", "put a hyphen with spaces between the slots: 1/4 - 1/4 - 1/2"),
        ("1/4-1/4-1/2", "put a space on both sides of each hyphen"),
        ("1-1/2", "1 1/2 for one amount, or 1 - 1/2 for two slots"),
        ("0.5-0.5-1", "space on both sides"), ("1 -0- 1", "space on both sides"),
        ("1-0", "2 amounts for 3 slots"), ("1", "1 amount for 3 slots"), ("1-0-1-0", "4 amounts for 3 slots"),
        ("1 - y - 1", "not an amount"), ("1-0-1 x 3 mg tablet", "unknown product"), ("", "1 amount for 3"),
        ("1 - 1 - " * 100, "too long"),
    ],
)  # fmt: skip
def test_refused_splits(typed: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_split(typed, 3, BOTH, TABLET_20)
    assert said in str(caught.value)


def test_a_bare_split_with_several_products_asks_which() -> None:
    with pytest.raises(BadInput, match="say which product"):
        parse_split("1-0-1", 3, BOTH)


def test_a_split_of_a_liquid() -> None:
    assert parse_split("2.5 mL - 0 - 5 mL x syrup", 3, ALL) == (some(of("5/2", SYRUP)), some(), some(of("5", SYRUP)))


@pytest.mark.parametrize(
    ("typed", "dose", "tight", "words"),
    [
        ("1/4 x 20 mg tablet", "5 mg", "¼ × 20 mg", "a quarter of one 20 mg tablet"),
        ("1/2 x 20 mg tablet", "10 mg", "½ × 20 mg", "half of one 20 mg tablet"),
        ("3/2 x 20 mg tablet", "30 mg", "1½ × 20 mg", "one and a half 20 mg tablets"),
        ("1/3 x 20 mg tablet", "about 6.67 mg", "⅓ × 20 mg", "a third of one 20 mg tablet"),
        ("2.5 mL x syrup", "12.5 mg (2.5 mL)", "2.5 mL × 25 mg/5 mL", "2.5 mL of syrup"),
        ("12 x tablet", "12 tablets", "12 × tablet", "twelve tablets"),
        ("1/2 x tablet", "½ tablet", "½ × tablet", "half of one tablet"),
        ("1/4 x 20 mg tablet + 2 x 5 mg tablet", "15 mg", "¼ × 20 mg + 2 × 5 mg",
         "a quarter of one 20 mg tablet and two 5 mg tablets"),
        ("0", "none", "none", "no dose"),
    ],
)  # fmt: skip
def test_what_is_shown(typed: str, dose: str, tight: str, words: str) -> None:
    found = pieces(typed)
    assert (show_dose(found), show_pieces(found), words_of(found)) == (dose, tight, words)


PEN = Product("pen", parse_strength("100 units/mL"), "other")
PEN_300 = Product("pen 300", parse_strength("300 IU/mL"), "injection")
PATCH = Product("50 mcg/h patch", parse_strength("50 mcg/h"), "patch")
IU_CAPSULE = Product("20000 IU capsule", parse_strength("20000 IU"), "capsule")
INHALER = Product("inhaler", None, "inhaler")
SALBUTAMOL = Product("inhaler", parse_strength("100 mcg"), "inhaler")
BEAD = Product("bead", parse_strength("0.25 mg"), "other", called="bead")
EYE = Product("eye drops", None, "drops")
PROGRAF = Product("Prograf", None, "capsule")
VITAMIN = Product("Vitamin D 1000", None, "tablet")
GUMMY = Product("gummy", None, "other")
WATER = Product("water mix", parse_strength("2 mg/300 mL"), "suspension")
MITE = Product("25 mcg tablet", parse_strength("25 mcg"))
GRAM = Product("1 g tablet", parse_strength("1 g"))


@pytest.mark.parametrize(
    ("product", "count", "texts", "tight", "words", "echoed"),
    [
        (PEN, "1/10", ["10 units (0.1 mL)", "10 units"], "10 units × pen", "10 units of pen",
         "10 units × pen = 0.1 mL"),
        (PEN, "10", ["1000 units (10 mL)", "1000 units"], "1000 units × pen", "1000 units of pen",
         "1000 units × pen = 10 mL"),
        (PEN, "1/100", ["1 unit (0.01 mL)", "1 unit"], "1 unit × pen", "1 unit of pen", "1 unit × pen = 0.01 mL"),
        (PEN_300, "1/3", ["100 units (about 0.33 mL)", "100 units"], "100 units × pen 300", "100 units of pen 300",
         "100 units × pen 300 = about 0.33 mL"),
        (PATCH, "1", ["1 × 50 mcg/h patch", "1 patch"], "1 × 50 mcg/h patch", "one 50 mcg/h patch",
         "1 × 50 mcg/h patch"),
        (PATCH, "2", ["2 × 50 mcg/h patch", "2 patches"], "2 × 50 mcg/h patch", "two 50 mcg/h patches",
         "2 × 50 mcg/h patch"),
        (IU_CAPSULE, "1", ["1 × 20000 IU capsule", "1 capsule", "1 cap"], "1 × 20000 IU capsule",
         "one 20000 IU capsule", "1 × 20000 IU capsule"),
        (INHALER, "2", ["2 puffs", "2 puffs"], "2 puffs × inhaler", "2 puffs of inhaler", "2 puffs × inhaler"),
        (SALBUTAMOL, "10", ["1000 mcg"], "10 puffs × 100 mcg", "10 puffs of inhaler", "10 puffs × inhaler = 1000 mcg"),
        (BEAD, "300", ["75 mg"], "300 × 0.25 mg", "300 beads", "300 × bead = 75 mg"),
        (EYE, "1", ["1 eye drop", "1 drop"], "1 × eye drops", "one eye drop", "1 × eye drops"),
        (EYE, "3", ["3 eye drops", "3 drops"], "3 × eye drops", "three eye drops", "3 × eye drops"),
        (PROGRAF, "1/2", ["½ Prograf capsule", "½ capsule", "½ cap"], "½ × Prograf", "half of one Prograf capsule",
         "½ × Prograf"),
        (VITAMIN, "2", ["2 tablets × Vitamin D 1000", "2 tablets", "2 tabs"], "2 × Vitamin D 1000",
         "two tablets of Vitamin D 1000", "2 × Vitamin D 1000"),
        (GUMMY, "2", ["2 × gummy"], "2 × gummy", "2 × gummy", "2 × gummy"),
        (WATER, "299", ["about 1.99 mg (299 mL)", "299 mL"], "299 mL × 2 mg/300 mL", "299 mL of water mix",
         "299 mL × water mix = about 1.99 mg"),
        (WATER, "297", ["1.98 mg (297 mL)", "1.98 mg"], "297 mL × 2 mg/300 mL", "297 mL of water mix",
         "297 mL × water mix = 1.98 mg"),
        (TABLET_20, "1/3", ["about 6.67 mg", "⅓ × 20 mg"], "⅓ × 20 mg", "a third of one 20 mg tablet",
         "⅓ × 20 mg tablet = about 6.67 mg"),
        (TABLET_20, "13", ["260 mg"], "13 × 20 mg", "13 × 20 mg tablet", "13 × 20 mg tablet = 260 mg"),
        (MITE, "4", ["100 mcg"], "4 × 25 mcg", "four 25 mcg tablets", "4 × 25 mcg tablet = 100 mcg"),
        (GRAM, "1/2", ["0.5 g"], "½ × 1 g", "half of one 1 g tablet", "½ × 1 g tablet = 0.5 g"),
    ],
)  # fmt: skip
def test_how_a_piece_is_told(
    product: Product, count: str, texts: list[str], tight: str, words: str, echoed: str
) -> None:
    found = some(of(count, product))
    assert list(amount_texts(found)) == texts
    assert (show_pieces(found), words_of(found), echo(found)) == (tight, words, echoed)


def test_one_medicine_is_told_in_one_unit() -> None:
    mcg = Product("50 mcg tablet", parse_strength("50 mcg"))
    assert show_dose(some(of("1/2", mcg))) == "25 mcg"
    assert show_dose(some(of("1", mcg), of("1", TABLET_5))) == "5.05 mg"
    told = medicine(replace(version(), products=(mcg, TABLET_5), steps=(step({"morning": some(of("1", mcg))}, DAY0),)))
    assert told.unit == "mg"
    assert show_dose(told.latest.steps[0].doses["morning"]) == "0.05 mg"
    assert told.latest.steps[0].doses["morning"] == some(of("1", mcg))  # the same dose, told in another unit
    alone = medicine(replace(version(), products=(mcg, PLAIN)))
    assert alone.unit == "mcg"
    assert medicine(replace(version(), products=(PLAIN, PATCH))).unit is None


@pytest.mark.parametrize(
    ("taken", "planned", "said"),
    [
        ([("1", MITE)], [("2", MITE)], "25 of 50 mcg"), ([], [("4", MITE)], "0 of 100 mcg"),
        ([("5/2", SYRUP)], [("5", SYRUP)], "12.5 of 25 mg (2.5 of 5 mL)"),
        ([("1/10", PEN)], [("1/10", PEN), ("1/25", PEN)], "10 of 14 units (0.1 of 0.14 mL)"),
        ([("2", INHALER)], [("2", INHALER), ("4", INHALER)], "2 of 6 puffs"), ([], [("1", PATCH)], "0 of 1 patch"),
        ([("2", EYE), ("1", EYE)], [("3", EYE)], "3 of 3 drops"), ([("300", BEAD)], [("300", BEAD)], "75 of 75 mg"),
        ([("1", GUMMY)], [("2", GUMMY)], "1 of 2 × gummy"), ([("12", PLAIN)], [], "12 tablets"),
        ([("1/4", TABLET_20)], [("1", TABLET_20)], "5 of 20 mg"), ([("1", TABLET_20)], [], "20 mg"),
        ([("1", TABLET_5)], [("1", TABLET_20), ("1", PLAIN)], "5 of 20 mg, 0 of 1 tablet"), ([], [], "none"),
        ([("299", WATER)], [("299", WATER)], "about 1.99 of about 1.99 mg (299 of 299 mL)"),
        ([("3749/100", SYRUP)], [], "187.45 mg (37.49 mL)"), ([("1/2", GRAM)], [("1", GRAM)], "0.5 of 1 g"),
    ],
)  # fmt: skip
def test_what_was_taken_of_what_was_planned(
    taken: list[tuple[str, Product]], planned: list[tuple[str, Product]], said: str
) -> None:
    assert show_taken(some(*(of(*one) for one in taken)), some(*(of(*one) for one in planned))) == said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("1/4", TABLET_20), ("1/4", TABLET_20), ("1/2", TABLET_20)], "5 + 5 + 10 = 20 mg"),
        ([("5/2", SYRUP), ("5", SYRUP)], "12.5 + 25 = 37.5 mg (2.5 + 5 = 7.5 mL)"),
        ([("1/10", PEN), ("1/25", PEN)], "10 + 4 = 14 units (0.1 + 0.04 = 0.14 mL)"),
        ([("2", INHALER), ("2", INHALER)], "2 + 2 = 4 puffs"), ([("1", PATCH)], "1 × 50 mcg/h patch"),
        ([("1", PATCH), ("1", IU_CAPSULE)], "1 × 50 mcg/h patch, 1 × 20000 IU capsule"),
        ([("1", GUMMY), ("2", GUMMY)], "1 + 2 = 3 × gummy"),
    ],
)  # fmt: skip
def test_what_the_doses_of_a_day_add_up_to(parts: list[tuple[str, Product]], said: str) -> None:
    assert show_addition([some(of(*one)) for one in parts]) == said


def test_numbers_of_a_week_have_one_unit() -> None:
    day = some(of("299", WATER)), some(of("299", WATER))
    assert tight_sums([day, (some(of("297", WATER)), some())]) == ("mL", [("299", "299"), ("297", "0")])
    assert tight_sums([(some(of("2", INHALER)), some(of("4", INHALER)))]) == ("puffs", [("2", "4")])
    assert tight_sums([(some(), some(of("4", MITE))), (some(), some())]) == ("mcg", [("0", "100"), ("0", "0")])
    mixed = tight_sums([(some(of("1", PLAIN)), some(of("1", EYE)))])
    assert mixed == ("", [("1 tablet", "1 drop")])


# Reading

THREE = (TABLET_20, TABLET_5, Product("1 mg tablet", parse_strength("1 mg")))


@pytest.mark.parametrize(
    ("typed", "products", "planned", "said"),
    [
        ("½ tablet", [TABLET_20], None, "½ × 20 mg tablet"), ("0.5 tab", [TABLET_20], None, "½ × 20 mg tablet"),
        ("2 pills", [TABLET_20, SYRUP], None, "2 × 20 mg tablet"), ("2 caps", [PROGRAF], None, "2 × Prograf"),
        ("2 tablets", BOTH, TABLET_5, "2 × 5 mg tablet"), ("2 tablets", [PLAIN, TABLET_20], TABLET_20,
         "2 × 20 mg tablet"), ("3 drops", [EYE, PEN], None, "3 × eye drops"),
        ("4 units", [PEN], None, "4 units × pen"), ("10 IU", [PEN], None, "10 units × pen"),
        ("10 u", [PEN], None, "10 units × pen"), ("10U", [PEN], None, "10 units × pen"),
        ("12", [PEN], PEN, "12 units × pen"), ("10 x pen", [PEN], None, "10 units × pen"),
        ("0.1 mL", [PEN], None, "10 units × pen"), ("0.12 mL x pen", [PEN], None, "12 units × pen"),
        ("10 units x pen", [PEN, PEN_300], None, "10 units × pen"), ("30 IU x pen 300", [PEN_300], None,
         "30 units × pen 300"), ("10 units", [PEN, PEN_300], PEN_300, "10 units × pen 300"),
        ("10 puffs", [SALBUTAMOL], None, "10 puffs × inhaler"), ("2 inhalations", [INHALER], None, "2 puffs × inhaler"),
        ("300 beads", [BEAD], None, "300 × bead"), ("2 patches", [PATCH], None, "2 × 50 mcg/h patch"),
        ("4 units", [Product("ampoule", None, "other")], None, "4 × ampoule"),
        ("20000 IU", [IU_CAPSULE], None, "1 × 20000 IU capsule"), ("40000 iu", [IU_CAPSULE], None,
         "2 × 20000 IU capsule"), ("2 Prograf capsules", [PROGRAF, TABLET_5], None, "2 × Prograf"),
        ("2 Prograf", [PROGRAF], None, "2 × Prograf"), ("1/4x20 mg tablet", THREE, None, "¼ × 20 mg tablet"),
        ("1/4 x20 mg", THREE, None, "¼ × 20 mg tablet"), ("¼×20mg", THREE, None, "¼ × 20 mg tablet"),
        ("1/4*20 mg tablet", THREE, None, "¼ × 20 mg tablet"), ("¼ * 20 mg", THREE, None, "¼ × 20 mg tablet"),
        ("2 × 5 mg + 2 × 1 mg", THREE, None, "2 × 5 mg tablet + 2 × 1 mg tablet"),
        ("2.5 mL × 25 mg/5 mL", [SYRUP, TABLET_5], None, "2.5 mL × syrup"), ("2.5mL*syrup", [SYRUP], None,
         "2.5 mL × syrup"), ("2.5 mL × 5 mg/mL", [SYRUP], None, "2.5 mL × syrup"),
        ("5 mg × 20 mg tablet", THREE, None, "¼ × 20 mg tablet"),
        ("nothing", THREE, None, "none"), ("none", THREE, None, "none"), ("No dose", THREE, None, "none"),
        ("1.125 mg", [SYRUP], None, "0.225 mL × syrup"), ("4.975 mL", [SYRUP], None, "4.975 mL × syrup"),
        ("4.975", [SYRUP], SYRUP, "4.975 mL × syrup"), ("5.9049 mg", [SYRUP], None, "1.18098 mL × syrup"),
        ("0.0005 mg", [Product("drop", parse_strength("0.0005 mg"), "drops")], None, "1 × drop"),
        ("2.25", [TABLET_20], TABLET_20, "2¼ × 20 mg tablet"), ("2xanax", [Product("anax")], None, "2 × anax"),
        ("2 xanax", [Product("xanax")], None, "2 × xanax"), ("¼ × 20 mg tablet = 5 mg", THREE, None,
         "¼ × 20 mg tablet"), ("5 mg (¼ × 20 mg)", THREE, TABLET_5, "¼ × 20 mg tablet"),
        ("12.5 mg (2.5 mL)", [SYRUP], None, "2.5 mL × syrup"), ("about 1.99 mg (299 mL)", [WATER], None,
         "299 mL × water mix"), ("10 units (0.1 mL)", [PEN], None, "10 units × pen"),
        ("5 mg (a quarter of one 20 mg tablet)", [TABLET_20], None, "¼ × 20 mg tablet"),
        ("10 units of pen", [PEN, PEN_300], None, "10 units × pen"),
    ],
)  # fmt: skip
def test_what_people_say_is_understood(typed: str, products: list[Product], planned: Product | None, said: str) -> None:
    assert show_pieces(parse_pieces(typed, products, planned), full=True) == said


@pytest.mark.parametrize(
    ("typed", "products", "planned", "said"),
    [
        ("½ tablet", BOTH, None, "say which product: ½ x 20 mg tablet or ½ x 5 mg tablet"),
        ("10 units", [PEN, PEN_300], None, "say which product: 10 x pen or 10 x pen 300"),
        ("2 tablets", [PLAIN, TABLET_20], None, "say which product: 2 x tablet or 2 x 20 mg tablet"),
        ("1 × 5 mg", [TABLET_5, Product("5 mg capsule", parse_strength("5 mg"), "capsule")], None,
         "the strength of several products"),
        ("1.125", [TABLET_20], TABLET_20, "type 1125 for a number without decimals, or 1 1/8"),
        ("1.000 units", [PEN], None, "type 1000 for"), ("1.125 x pen", [PEN], None, "two ways"),
        ("1,125 mg", [SYRUP], None, "type 1125 for a number without decimals, or 1.125 for"),
        ("10 mL", [PEN, SYRUP], None, "leaves the product open"), ("2 puffs", [TABLET_20], None,
         "no product is counted in puffs; type it in tablets"),
        ("2 widgets", [TABLET_20], TABLET_20, "not an amount"), ("2 puffs x 20 mg tablet", THREE, None,
         "not an amount of"), ("10 mg x pen", [PEN], None, "no product gives"),
        ("2 xpen", [Product("xpen"), Product("pen")], None, "put a space on both sides of the x"),
        ("¼ × 20 mg tablet = 7 mg", THREE, None, "says two amounts"), ("5 mg (3 mL)", [SYRUP], None, "two amounts"),
        ("about 6.67 mg", [TABLET_20], TABLET_20, "not an amount"),
    ],
)  # fmt: skip
def test_what_can_be_read_two_ways_stays_a_question(
    typed: str, products: list[Product], planned: Product | None, said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        parse_pieces(typed, products, planned)
    assert said in str(caught.value)
    assert not re.search(r"\.[0-9]*0\b", caught.value.todo)


def test_splits_of_what_is_drawn_up_and_of_several_products() -> None:
    assert parse_split("10-0-4", 3, [PEN], PEN) == (some(of("1/10", PEN)), some(), some(of("1/25", PEN)))
    assert parse_split("10 units - none - 4 units × pen", 3, [PEN]) == (
        some(of("1/10", PEN)),
        some(),
        some(of("1/25", PEN)),
    )
    each = parse_split("¼ × 20 mg - 0 - 2 × 5 mg + 2 × 1 mg", 3, THREE)
    assert [show_pieces(found) for found in each] == ["¼ × 20 mg", "none", "2 × 5 mg + 2 × 1 mg"]
    assert parse_split("1/4 - 1/4 - 1/2x20 mg tablet", 3, THREE)[2] == some(of("1/2", TABLET_20))


@pytest.mark.parametrize(
    ("typed", "strength", "called"),
    [("puff", None, "puff"), (" bead ", "0.25 mg", "bead"), ("", None, ""), ("unit", "100 units/mL", "unit"),
     ("Stück", None, "Stück")],
)  # fmt: skip
def test_what_one_of_it_is_called(typed: str, strength: str | None, called: str) -> None:
    assert read_called(typed, parse_strength(strength) if strength else None) == called


@pytest.mark.parametrize(
    ("typed", "strength"),
    [("mg", None), ("mL", None), ("2", None), ("x", None), ("none", None), ("a\nb", None), ("drop", "5 mg/mL"),
     ("puff", "100 units/mL"), ("w" * 30, None)],
)  # fmt: skip
def test_what_can_not_be_the_word_for_one_of_it(typed: str, strength: str | None) -> None:
    with pytest.raises(BadInput) as caught:
        read_called(typed, parse_strength(strength) if strength else None)
    assert str(caught.value).isprintable()


def test_the_echo() -> None:
    assert echo(pieces("1/4 x 20 mg tablet")) == "¼ × 20 mg tablet = 5 mg"
    assert echo(pieces("1/4 x 20 mg tablet"), ascii_only=True) == "1/4 x 20 mg tablet = 5 mg"
    assert echo(pieces("3 x tablet")) == "3 × tablet"


@pytest.mark.parametrize(
    ("product", "one", "several"),
    [
        (TABLET_20, "20 mg tablet", "20 mg tablets"), (Product("Prograf", None, "capsule"),
         "Prograf capsule", "Prograf capsules"), (Product("20 mg Tablet"), "20 mg Tablet", "20 mg Tablets"),
        (Product("nicotine", None, "patch"), "nicotine patch", "nicotine patches"),
        (Product("eye", None, "drops"), "eye drop", "eye drops"),
    ],
)  # fmt: skip
def test_nouns(product: Product, one: str, several: str) -> None:
    assert (product.noun, product.plural) == (one, several)


@given(st.lists(st.tuples(st.fractions(0, 100, max_denominator=8), st.sampled_from(BOTH)), max_size=5))
def test_totals_are_exact(found: list[tuple[Fraction, Product]]) -> None:
    expected = sum((n * (20 if product is TABLET_20 else 5) for n, product in found), Fraction(0))
    assert some(*(of(str(n), product) for n, product in found)).mg == expected
    assert some(*(of(str(n), p) for n, p in found), of("1", PLAIN)).mg is None


@given(st.text(max_size=80), st.sampled_from([None, TABLET_20, SYRUP]))
def test_any_text_is_understood_or_refused_in_one_line(text: str, planned: Product | None) -> None:
    for read in (lambda: parse_pieces(text, ALL, planned), lambda: parse_split(text, 3, ALL, planned),
                 lambda: parse_strength(text), lambda: parse_mass(text)):  # fmt: skip
        assert answer(read)[1].isprintable()


amounts = st.text(st.sampled_from("0123456789/.,½¼ -–x×+mgLµ\u03bcIU%"), max_size=30)


@given(amounts, st.sampled_from([None, TABLET_20, SYRUP]))
def test_near_amounts_are_understood_or_refused(text: str, planned: Product | None) -> None:
    for read in (lambda: parse_pieces(text, ALL, planned), lambda: parse_split(text, 3, ALL, planned),
                 lambda: parse_strength(text), lambda: parse_mass(text)):  # fmt: skip
        assert answer(read)[1].isprintable()
