"""Counts and milligrams: each accepted and refused form, and what people are shown."""

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import answer
from splitdose.core.amount import (
    GLYPHS,
    MAX_COUNT,
    decimal_text,
    exact_text,
    one_line,
    parse_count,
    parse_exact,
    parse_label_number,
    parse_measure,
    quote,
    shorten,
    show_count,
    show_mg,
    show_number,
    whole_number,
    words_of_count,
)
from splitdose.core.errors import BadInput

counts = st.fractions(min_value=0, max_value=MAX_COUNT, max_denominator=1000)


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("1/4", "1/4"), ("¼", "1/4"), ("0.25", "1/4"), (".25", "1/4"), ("0,25", "1/4"), (",25", "1/4"),
        ("1 1/2", "3/2"), ("1½", "3/2"), ("1 ½", "3/2"), ("1,5", "3/2"), ("1.5", "3/2"), ("2", "2"),
        ("0", "0"), ("3/2", "3/2"), ("1 / 4", "1/4"), ("1⁄4", "1/4"), ("  1/4  ", "1/4"), ("10000", "10000"),
        ("0.125", "1/8"), ("0,125", "1/8"), (".125", "1/8"), ("1.50", "3/2"), ("1.1250", "9/8"),
        ("0.001", "1/1000"), ("007", "7"), ("1234,5", "2469/2"), ("⅞", "7/8"), ("12⅓", "37/3"),
    ],
)  # fmt: skip
def test_accepted_counts(typed: str, count: str) -> None:
    assert parse_count(typed) == Fraction(count)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1-1/2", 'type 1 1/2 for one amount, or 1 - 1/2 for two slots'),
        ("1 - 1/2", 'type 1 1/2 for one amount, or 1 - 1/2 for two slots'),
        ("1.000,5", "two ways"), ("1,000.5", "two ways"), ("1.000.000", "two ways"),
        ("1,000", "type 1000 for a number without decimals, or 1 for one with decimals"),
        ("1.125", "type 1125 for a number without decimals, or 1 1/8 for one with decimals"),
        ("1.000", "type 1000"), ("12.345", "type 12345"), ("1 3/2", "type 2 1/2"),
        ("-1", "less than zero"), ("−1", "less than zero"), ("", "empty"), ("   ", "empty"),
        ("1/0", "divides by zero"), ("1 1/0", "divides by zero"), ("10001", "more than 10000"),
        ("1/1000001", "finer than"), ("9" * 41, "too long"), ("a", "not an amount"), ("1e3", "not an amount"),
        ("½½", "not an amount"), ("1.", "not an amount"), (".", "not an amount"), ("0x10", "not an amount"),
        ("1 2", "not an amount"), ("٣", "not an amount"), ("nan", "not an amount"), ("1_0", "not an amount"),
        ("1/4/2", "not an amount"), ("²", "not an amount"), ("+1", "not an amount"), ("1:2", "not an amount"),
    ],
)  # fmt: skip
def test_refused_counts_say_what_to_type(typed: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_count(typed)
    assert said in str(caught.value)
    assert caught.value.todo


@pytest.mark.parametrize("typed", ["1,000", "1.000", "12.345", "999,999"])
def test_both_readings_offered_for_a_thousands_mark_can_be_typed(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_count(typed)
    offered = re.fullmatch("type (.+) for a number without decimals, or (.+) for one with decimals", caught.value.todo)
    assert offered is not None
    assert parse_label_number(offered[1]) == int(typed.replace(",", "").replace(".", ""))
    assert parse_count(offered[2]) == Fraction(typed.replace(",", "."))


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1.125", "9/8"), ("4.975", "199/40"), ("6.561", "6561/1000"), ("5.9049", "59049/10000"), ("0.0005", "1/2000"),
     ("0,0005", "1/2000"), ("12.345", "2469/200"), ("4.900", "49/10"), ("1/3", "1/3"), ("0,125", "1/8")],
)  # fmt: skip
def test_milligrams_and_millilitres_are_taken_as_typed(typed: str, value: str) -> None:
    assert parse_measure(typed) == Fraction(value)
    assert parse_label_number(typed) == Fraction(value)


def test_a_comma_before_three_digits_reads_two_ways_in_milligrams_too() -> None:
    with pytest.raises(BadInput) as caught:
        parse_measure("1,125")
    assert caught.value.todo == "type 1125 for a number without decimals, or 1.125 for one with decimals"


@given(st.from_regex(r"[0-9]{1,4}[.,][0-9]{1,6}", fullmatch=True), st.sampled_from([parse_count, parse_measure]))
def test_no_refusal_advises_a_zero_at_the_end(typed: str, read: Callable[[str], Fraction]) -> None:
    said = answer(lambda: read(typed))[1].partition("; ")[2]
    assert not re.search(r"\.[0-9]*0\b", said)


@given(st.decimals(0, 1000, allow_nan=False, places=6))
def test_any_typed_decimal_can_be_shown_as_a_fraction_and_typed_again(value: Decimal) -> None:
    count = Fraction(value)
    assert parse_count(show_count(count, ascii_only=True)) == count
    assert parse_measure(decimal_text(count) or "") == count


@given(st.text(max_size=60))
def test_any_text_is_a_count_or_refused_in_one_line(text: str) -> None:
    count, said = answer(lambda: parse_count(text))
    assert said.isprintable()
    assert said or type(count) is Fraction
    assert count is None or 0 <= count <= MAX_COUNT


@given(counts, st.booleans())
def test_a_shown_count_reads_back(count: Fraction, ascii_only: bool) -> None:
    text = show_count(count, ascii_only=ascii_only)
    assert parse_count(text) == count
    assert text.isascii() or not ascii_only


@given(st.fractions())
def test_exact_text_reads_back(value: Fraction) -> None:
    assert parse_exact(exact_text(value)) == value


@given(st.fractions())
def test_a_decimal_is_exact_and_has_no_trailing_zero(value: Fraction) -> None:
    text = decimal_text(value)
    below = value.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    assert (text is None) == (below != 1)
    if text is not None:
        assert Fraction(text) == value
        assert "." not in text or not text.endswith("0")
        assert text.lstrip("-")[0].isdigit()


@pytest.mark.parametrize(
    ("value", "text"), [("5", "5"), ("1/2", "0.5"), ("20/3", "20/3"), ("-1/4", "-0.25"), ("100", "100")]
)
def test_exact_text(value: str, text: str) -> None:
    assert exact_text(Fraction(value)) == text


@pytest.mark.parametrize("text", ["", "1/0", "1e3", "1.", ".5", " 1", "1 1/2", "½", "0.5/2", "٣", "1" * 5000, "1\n"])
def test_stored_numbers_are_read_strictly(text: str) -> None:
    with pytest.raises(ValueError):
        parse_exact(text)


@pytest.mark.parametrize(
    ("mg", "shown"),
    [
        ("5", "5 mg"), ("1/2", "0.5 mg"), ("1/4", "0.25 mg"), ("20/3", "about 6.67 mg"), ("50", "50 mg"),
        ("1/16", "0.0625 mg"), ("1/3", "about 0.33 mg"), ("1000", "1000 mg"), ("0", "0 mg"),
        ("1999/1000", "1.999 mg"), ("5999/3000", "about 2 mg"), ("1/3000", "about 0.00033 mg"),
    ],
)  # fmt: skip
def test_shown_milligrams(mg: str, shown: str) -> None:
    assert show_mg(Fraction(mg)) == shown


def test_micrograms_are_mcg() -> None:
    assert show_mg(Fraction(1, 20), unit="mcg") == "50 mcg"


@given(st.fractions(min_value=0, max_value=10**6))
def test_a_shown_number_follows_the_rules(value: Fraction) -> None:
    text = show_number(value)
    number = text.removeprefix("about ")
    assert number[0].isdigit()
    assert "." not in number or number[-1] not in "0."
    assert text.startswith("about ") == (Fraction(number) != value or decimal_text(value) != number)
    assert abs(Fraction(number) - value) <= Fraction(1, 200)
    assert Fraction(number) > 0 or value < Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ("1/4", "a quarter of one pill"), ("1/2", "half of one pill"), ("3/4", "three quarters of one pill"),
        ("1/3", "a third of one pill"), ("1", "one pill"), ("2", "two pills"), ("3/2", "one and a half pills"),
        ("5/4", "one and a quarter pills"), ("12", "twelve pills"), ("13", "13 pills"),
        ("1/7", "1/7 of one pill"), ("0", "no pills"), ("289/4", "72 and a quarter pills"),
    ],
)  # fmt: skip
def test_words(count: str, words: str) -> None:
    assert words_of_count(Fraction(count), "pill", "pills") == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ("1", "one 20 mg tablet"), ("12", "twelve 20 mg tablets"), ("13", "13 × 20 mg tablet"),
        ("15/7", "2 1/7 × 20 mg tablet"), ("1/7", "1/7 of one 20 mg tablet"),
        ("27/2", "13 and a half 20 mg tablets"),
    ],
)  # fmt: skip
def test_a_count_in_words_never_runs_into_a_figure(count: str, words: str) -> None:
    assert words_of_count(Fraction(count), "20 mg tablet", "20 mg tablets") == words


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("1 × 50 mcg/h patch", 18, "1 × 50 mcg/h patch"), ("1 × 50 mcg/h patch", 13, "1 × 50 mcg/h…"),
        ("1 × 50 mcg/h patch", 12, "…"), ("1 × 50 mcg/h patch", 17, "1 × 50 mcg/h…"), ("about 1.99 mg", 12, "…"),
        ("about 1.99 mg (299 mL)", 21, "about 1.99 mg…"), ("12.5 mg (2.5 mL)", 9, "12.5 mg…"),
        ("morning 12.5 mg", 14, "morning…"), ("2 × gummy", 8, "2 × gum…"), ("2 × gummy", 4, "…"),
        ("baclofen 5 mg, 22 min ago", 18, "baclofen 5 mg…"), ("10 units", 7, "…"), ("amoxicillin", 6, "amoxi…"),
        ("anything", 1, "…"), ("anything", 0, ""), ("a quarter of one 20 mg tablet", 27, "a quarter of one 20 mg…"),
        ("a quarter of one 20 mg tablet", 20, "a quarter…"),
    ],
)  # fmt: skip
def test_nothing_is_cut_inside_a_figure_or_a_unit(text: str, room: int, shown: str) -> None:
    assert shorten(text, room) == shown


FIGURES = st.sampled_from(["5 mg", "½ × 20 mg", "1 × 50 mcg/h patch", "about 6.67 mg", "10 units", "2.5 mL", "3 drops"])
NAMES = st.sampled_from(["baclofen", "of", "taken", "morning", "(", "+", "·"])


@given(st.lists(st.one_of(FIGURES, NAMES), min_size=1, max_size=6).map(" ".join), st.integers(1, 60))
def test_a_shortened_text_holds_whole_figures_only(text: str, room: int) -> None:
    found = shorten(text, room)
    assert len(found) <= room
    if found == text:
        return
    assert found.endswith("…")
    kept, rest = found[:-1], text[len(found) - 1 :]
    assert text == kept + rest
    assert not kept.endswith(tuple("0123456789½×"))
    assert not (kept.endswith(("m", "mc", "mcg/")) and rest[:1].isalpha())


def test_every_glyph_has_words() -> None:
    assert all("/" not in words_of_count(value, "pill", "pills") for value in GLYPHS.values())


@given(st.text(max_size=200), st.integers(5, 80))
def test_quoting_keeps_to_one_printable_line(text: str, limit: int) -> None:
    shown = quote(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit + 2
    assert shown == f'"{one_line(text, limit=limit)}"'


def test_quoting_keeps_brackets_and_escapes_what_moves_the_cursor() -> None:
    assert quote("[bold]") == '"[bold]"'
    assert quote("a\x1b[2J\n\u202e\ud800") == r'"a\x1b[2J\n\u202e\ud800"'


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1", 1), (" 30 ", 30), ("007", 7), ("0", None), ("31", None), ("", None), ("-1", None), ("+1", None),
        ("1.0", None), ("1 0", None), ("1_0", None), ("²", None), ("٣", None), ("0000001", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_a_whole_number_is_plain_digits_within_its_bounds(typed: str, found: int | None) -> None:
    assert whole_number(typed, 1, 30) == found
