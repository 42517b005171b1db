"""What typed text loses before it leaves the program, and what it keeps."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitdose.notify.text import clip, clip_utf16, sanitize

# Any code point, lone surrogates too, with those that matter here often enough to meet.
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\x00\x07\b\t\n\v\f\r\x1b\x7f\x85\x90\x9b\x9c\u2028\u2029\u202e\u2066\u2069\ufeff\ud800-<&;[]"),
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "[bold]5 mg[/bold]",
        '<b>&amp;</b> & "it\'s" %s %(name)s {x} $HOME `id` \\n',
        "¼ × 20 mg tablet – 5 mg",
        "🤷🏽‍♀️ 👨‍👩‍👧 ⚕️",
        "שלום 5 mg مرحبا",
        "left\u200emark right\u200fmark",
        "-5 mg; --help",
        "",
    ],
)
def test_what_a_person_can_see_stays(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("a\x9b2Jb\x9cc\x90d", "a2Jbcd"),
        ("bell\a back\b null\0 del\x7f", "bell back null del"),
        ("5 \u202egm 01\u202c mg", "5 gm 01 mg"),
        ("\u2066isolated\u2069", "isolated"),
        ("half \ud83d a pair \udc8a", "half  a pair "),
        ("no\ufffe character\U0001ffff", "no character"),
    ],
)
def test_what_acts_on_a_terminal_goes(text: str, left: str) -> None:
    assert sanitize(text) == left


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_lines_never_run_together(end: str) -> None:
    assert sanitize(f"one{end}two") == "one two"
    assert sanitize(f"one{end}two", keep_newlines=True) == "one\ntwo"


def test_a_tab_becomes_a_space() -> None:
    assert sanitize("a\tb", keep_newlines=True) == "a b"


@given(TEXTS, st.booleans())
def test_nothing_that_acts_is_left_and_nothing_else_is_added(text: str, keep: bool) -> None:
    clean = sanitize(text, keep_newlines=keep)
    assert {c for c in clean if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} <= ({"\n"} if keep else set())
    assert {c for c in clean if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF")} == set()
    assert {c for c in clean if unicodedata.bidirectional(c) in ("LRI", "RLI", "FSI", "PDI")} == set()
    clean.encode()  # no lone surrogate is left
    assert set(clean) <= set(text) | {" ", "\n"}
    assert sanitize(clean, keep_newlines=keep) == clean


@given(TEXTS)
def test_letters_keep_their_order(text: str) -> None:
    def letters(some: str) -> list[str]:
        return [c for c in some if unicodedata.category(c)[0] in "LNPSM"]

    assert letters(sanitize(text)) == letters(text)


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_clipped_text_fits_and_says_that_it_was_clipped(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or (clipped.endswith("…") and text.startswith(clipped[:-1]))
    assert clipped == text or len(text) > limit


@given(st.text(st.sampled_from("a¼💊é𝕏"), max_size=40), st.integers(1, 30))
def test_windows_counts_in_utf16(text: str, limit: int) -> None:
    def units(some: str) -> int:
        return len(some.encode("utf-16-le")) // 2

    clipped = clip_utf16(text, limit)
    assert units(clipped) <= limit
    assert (clipped == text) == (units(text) <= limit)
    if clipped != text:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])
        # One character more would not have fitted.
        assert units(text[: len(clipped)]) + 1 > limit
