"""Products, pieces, and what is typed for a dose."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import PLAIN, SYRUP, TABLET_5, TABLET_20, answer, of, pieces
from splitdose.core.errors import BadInput
from splitdose.core.product import (
    Pieces,
    Product,
    echo,
    parse_mass,
    parse_pieces,
    parse_split,
    parse_strength,
    show_dose,
    show_pieces,
    total_mg,
    words_of,
)

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
        ("100 IU/mL", "100 IU/mL", None, "IU", True), ("25 mcg/h", "25 mcg/h", None, "mcg/h", False),
        ("5 mg/325 mg", "5 mg/325 mg", None, "mg/325 mg", False), ("1 %", "1 %", None, "%", False),
    ],
)  # fmt: skip
def test_strengths(typed: str, label: str, mg: str | None, unit: str, per_ml: bool) -> None:
    found = parse_strength(typed)
    assert (found.label, found.unit, found.per_ml) == (label, unit, per_ml)
    assert found.mg == (None if mg is None else Fraction(mg))


@pytest.mark.parametrize(
    "typed",
    ["", "mg", "20", "-5 mg", "0 mg", "0.0 mg", "1,000 mg", "1.000,5 mg", "5 mg/0 mL", "5 mg/", "5 mg/5", "x mg",
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
    assert parse_split("2.5 mL - 0 - 5 mL x syrup", 3, ALL) == ((of("5/2", SYRUP),), (), (of("5", SYRUP),))


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


def test_mcg_stay_mcg() -> None:
    mcg = Product("50 mcg tablet", parse_strength("50 mcg"))
    assert show_dose((of("1/2", mcg),)) == "25 mcg"
    assert show_dose((of("1", mcg), of("1", TABLET_5))) == "5.05 mg"


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
    assert total_mg(of(str(n), product) for n, product in found) == expected
    assert total_mg([*(of(str(n), p) for n, p in found), of("1", PLAIN)]) is None


@given(st.fractions(Fraction(1, 1000), 1000, max_denominator=1000), st.sampled_from(ALL))
def test_what_is_echoed_in_ascii_reads_back(count: Fraction, product: Product) -> None:
    dose = (of(str(count), product),)
    text = echo(dose, ascii_only=True).partition(" = ")[0]
    found, said = answer(lambda: parse_pieces(text, ALL))
    # Only a count in mL may be rounded ("about"), or have the three decimals that read two ways.
    assert found == dose or (product.poured and ("about" in text or "two ways" in said))


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
