"""Exact counts and milligrams: read what people type, and show it so that it can't be misread.

Counts are `fractions.Fraction` and stay so; no float ever appears. What could be read two ways is refused
with what to type instead. Showing follows ISMP's "List of Error-Prone Abbreviations": a space before the
unit, a leading zero, no trailing zero, "mL" and "mcg" in full.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from splitdose.core.errors import BadInput

GLYPHS: dict[str, Fraction] = {
    "½": Fraction(1, 2), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3), "¼": Fraction(1, 4), "¾": Fraction(3, 4),
    "⅕": Fraction(1, 5), "⅖": Fraction(2, 5), "⅗": Fraction(3, 5), "⅘": Fraction(4, 5), "⅙": Fraction(1, 6),
    "⅚": Fraction(5, 6), "⅛": Fraction(1, 8), "⅜": Fraction(3, 8), "⅝": Fraction(5, 8), "⅞": Fraction(7, 8),
}  # fmt: skip
_GLYPH_OF = {value: glyph for glyph, value in GLYPHS.items()}
_GLYPH_CLASS = "[" + "".join(GLYPHS) + "]"
LETTER = rf"[^\W\d_{''.join(GLYPHS)}]"
"""A pattern of one letter; a fraction's glyph counts as one in Python's own patterns."""

MAX_COUNT = 10_000
"""More than this many tablets or millilitres at once is a typing mistake."""
MAX_DENOMINATOR = 1_000_000
"""As fine as six typed decimals; a weighed piece of a tablet is a fraction in thousandths."""
MAX_LABEL = 100_000_000
"""Labels count higher than doses: 50000 IU, 15000 mcg."""
_MAX_LENGTH = 40

_DIGITS = re.compile(r"[0-9]+")
_SIX_DIGITS = re.compile(r"[0-9]{1,6}")
MOST_WHOLE = 999_999
"""The greatest whole number that is read anywhere but in an amount."""
_DECIMAL = re.compile(r"([0-9]*)[.,]([0-9]+)")
_FRACTION = re.compile(r"([0-9]+) ?[/⁄] ?([0-9]+)")
_MIXED = re.compile(r"([0-9]+) +([0-9]+) ?[/⁄] ?([0-9]+)")
_MIXED_GLYPH = re.compile(rf"([0-9]+) ?({_GLYPH_CLASS})")
_HYPHENATED = re.compile(r"([0-9]+) ?[-–] ?([0-9]+) ?[/⁄] ?([0-9]+)")
_BOTH_MARKS = re.compile(r"[0-9.,]*[.,][0-9]*[.,][0-9.,]*")


def parse_count(text: str) -> Fraction:
    """Read a count of whole things as people write it: `1/4`, `¼`, `0.25`, `.25`, `0,25`, `1 1/2`, `1½`, `1,5`, `2`.

    Args:
        text: what was typed; spaces around it don't matter.

    Returns:
        The exact count, zero or more.

    Raises:
        BadInput: it is not a count, could be read two ways (`1-1/2`, `1.000,5`, `1,000`, `1.125`), or is out of range.
    """
    return _parse(text, MAX_COUNT, whole=True)


def whole_number(typed: str, low: int, high: int) -> int | None:
    """The whole number that was typed in plain digits; None where it isn't one from `low` to `high`."""
    typed = typed.strip()
    return int(typed) if _SIX_DIGITS.fullmatch(typed) and low <= int(typed) <= high else None


def parse_measure(text: str) -> Fraction:
    """Read a number of milligrams, millilitres or hours: as `parse_count`, but three decimals are ordinary ("1.125").

    Raises:
        BadInput: as `parse_count`; a comma followed by three digits can still be read two ways.
    """
    return _parse(text, MAX_COUNT, whole=False)


def parse_label_number(text: str, *, whole: bool = False) -> Fraction:
    """Read a number of a label or a total, "50000" of "50000 IU": as `parse_measure`, but up to `MAX_LABEL`.

    Args:
        text: what was typed.
        whole: it counts whole things ("20.000" units may be twenty thousand), so that it is read as `parse_count` does.
    """
    return _parse(text, MAX_LABEL, whole=whole)


def _parse(text: str, most: int, *, whole: bool) -> Fraction:
    typed = text.strip()
    shown = quote(typed)
    if not typed:
        raise BadInput("the amount is empty", "type a count such as 1/4, 0.25 or 1 1/2")
    if len(typed) > _MAX_LENGTH:
        raise BadInput(f"{shown} is too long for an amount", "type a count such as 1/4, 0.25 or 1 1/2")
    if typed.startswith(("-", "−", "–")):
        raise BadInput(f"{shown} is less than zero", "type a count such as 1/4, 0.25 or 1 1/2")
    value = _read_count(typed, shown, whole=whole)
    if value > most:
        raise BadInput(f"{shown} is more than {most}", "check the amount")
    if value.denominator > MAX_DENOMINATOR:
        raise BadInput(f"{shown} is finer than 1/{MAX_DENOMINATOR}", "check the amount")
    return value


def _read_count(typed: str, shown: str, *, whole: bool) -> Fraction:
    if _DIGITS.fullmatch(typed):
        return Fraction(int(typed))
    if typed in GLYPHS:
        return GLYPHS[typed]
    if found := _FRACTION.fullmatch(typed):
        return _ratio(found[1], found[2], shown)
    if found := _MIXED.fullmatch(typed):
        part = _ratio(found[2], found[3], shown)
        if part >= 1:
            raise BadInput(f"{shown} can be read two ways", f"type {show_count(int(found[1]) + part, ascii_only=True)}")
        return int(found[1]) + part
    if found := _MIXED_GLYPH.fullmatch(typed):
        return int(found[1]) + GLYPHS[found[2]]
    if found := _DECIMAL.fullmatch(typed):
        before, digits = found[1], found[2]
        value = Fraction(f"{before or '0'}.{digits}")
        if before.strip("0") and len(before) <= 3 and len(digits) == 3 and (whole or "," in typed):
            # "1,000" and "1.000" are a thousand in one country and one in another.
            decimal = show_count(value, ascii_only=True) if whole else decimal_text(value)
            raise BadInput(
                f"{shown} can be read two ways",
                f"type {int(before + digits)} for a number without decimals, or {decimal} for one with decimals",
            )
        return value
    if found := _HYPHENATED.fullmatch(typed):
        whole_text, ratio = found[1], f"{found[2]}/{found[3]}"
        raise BadInput(
            f"{shown} can be read two ways",
            f"type {whole_text} {ratio} for one amount, or {whole_text} - {ratio} for two slots",
        )
    if _BOTH_MARKS.fullmatch(typed):
        raise BadInput(f"{shown} can be read two ways", "type it with one decimal mark and no thousands mark")
    raise BadInput(f"{shown} is not an amount", "type a count such as 1/4, 0.25 or 1 1/2")


def _ratio(above: str, below: str, shown: str) -> Fraction:
    if int(below) == 0:
        raise BadInput(f"{shown} divides by zero", "type a count such as 1/4")
    return Fraction(int(above), int(below))


def quote(text: str, *, limit: int = 60) -> str:
    """What was typed, in quotes, on one line, with control characters escaped and long text cut."""
    return '"' + one_line(text, limit=limit) + '"'


def one_line(text: str, *, limit: int = 60) -> str:
    """What was typed, as `quote` gives it, but without the quotes: for lists of names."""
    clean = "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in text[: limit + 1])
    return shorten(clean, limit)


_UNIT = rf" %| (?![x×*] )(?:{LETTER}\S*/[0-9.]+ )?{LETTER}\S*"
_FIGURE = rf"[^\w\s]*[0-9{''.join(GLYPHS)}]\S*(?: (?:[0-9]+/[0-9]+|{_GLYPH_CLASS})(?!\S))?(?:{_UNIT})?"
_WHOLE = (
    rf"(?<!\S)(?:about )?{_FIGURE}(?: [x×*] (?:about )?{_FIGURE})*(?P<times> [x×*] )?"
    r"|\b(?:tablet|capsule|drop|patch|film|puff|bead|lozenge|injection|piece|unit)(?:e?s)?\b"
)
"""What is not cut: a figure with its unit and what it counts; a unit's word."""
_LOOSE_END = r"(?:\s+(?:[+=(–—·-]+|about|one|of one))*[\s(,;:=]*$"


def shorten(text: str, room: int, size: Callable[[str], int] = len) -> str:
    """Text that takes no more than `room`, with an ellipsis where something was left out.

    Nothing is cut inside a figure or a unit, and no figure is parted from its unit: "1 × 50 mc…" would be another dose.

    Args:
        text: one line.
        room: how much there is, in whatever `size` measures.
        size: of a text; characters unless said.
    """
    if size(text) <= room:
        return text
    if room < 1:
        return ""
    end = min(len(text), room)
    while end and size(text[:end]) > room - 1:
        end -= 1
    for found in reversed(list(re.finditer(_WHOLE, text))):
        if found.start() < end and (end < found.end() or (end == found.end() and found["times"])):
            end = found.start()
    return f"{re.sub(_LOOSE_END, '', text[:end])}…"


def show_count(count: Fraction | int, *, ascii_only: bool = False) -> str:
    """A count for tight places: `¼`, `1½`, `3`, `7/10`; in ASCII `1/4`, `1 1/2`."""
    count = Fraction(count)
    whole, part = divmod(count, 1)
    if not part:
        return str(whole)
    glyph = None if ascii_only else _GLYPH_OF.get(part)
    if glyph is not None:
        return f"{whole}{glyph}" if whole else glyph
    ratio = f"{part.numerator}/{part.denominator}"
    return f"{whole} {ratio}" if whole else ratio


def decimal_text(value: Fraction) -> str | None:
    """The exact decimal without trailing zeros ("0.5", "5"), or None where there is none (20/3)."""
    below = value.denominator
    twos = fives = 0
    while below % 2 == 0:
        below //= 2
        twos += 1
    while below % 5 == 0:
        below //= 5
        fives += 1
    if below != 1:
        return None
    places = max(twos, fives)
    scaled = abs(value.numerator) * 10**places // value.denominator
    digits = str(scaled).rjust(places + 1, "0")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return f"-{text}" if value < 0 else text


def exact_text(value: Fraction) -> str:
    """Milligrams for files and JSON: "5", "0.5", or "20/3" where no decimal is exact."""
    return decimal_text(value) or f"{value.numerator}/{value.denominator}"


def parse_exact(text: str) -> Fraction:
    """The inverse of `exact_text`, and of the "1/4" of stored counts. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+|/[0-9]+)?", text):
        raise ValueError(f"not an exact number: {quote(text)}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"not an exact number: {quote(text)}") from None


def show_number(value: Fraction, *, places: int = 4) -> str:
    """A number for people: exact to so many decimals, else "about" with two ("about 6.67").

    Pharmacy labels rarely carry more than four decimals (0.0625 mg digoxin); a fraction without a decimal is
    nominal and gets no more than two.
    """
    exact = decimal_text(value)
    if exact is not None and len(exact.partition(".")[2]) <= places:
        return exact
    scale = 100
    while 0 < abs(value) * scale < 10 and scale < 10**9:
        scale *= 10
    rounded = Fraction(round(value * scale), scale)
    return f"{'' if rounded == value else 'about '}{decimal_text(rounded)}"


PER_MG = {"mg": Fraction(1), "g": Fraction(1, 1000), "mcg": Fraction(1000)}
"""How many of a unit a milligram is."""


def show_mg(mg: Fraction, *, unit: str = "mg", places: int = 4) -> str:
    """Milligrams for people: "5 mg", "about 6.67 mg"; `unit="mcg"` shows the same mass in micrograms, "g" in grams."""
    return f"{show_number(mg * PER_MG[unit], places=places)} {unit}"


_PART_WORDS = {
    Fraction(1, 2): "half", Fraction(1, 3): "a third", Fraction(2, 3): "two thirds",
    Fraction(1, 4): "a quarter", Fraction(3, 4): "three quarters",
    Fraction(1, 5): "a fifth", Fraction(2, 5): "two fifths", Fraction(3, 5): "three fifths", Fraction(4, 5):
    "four fifths", Fraction(1, 6): "a sixth", Fraction(5, 6): "five sixths", Fraction(1, 8): "an eighth",
    Fraction(3, 8): "three eighths", Fraction(5, 8): "five eighths", Fraction(7, 8): "seven eighths",
}  # fmt: skip
_WHOLE_WORDS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def words_of_count(count: Fraction, noun: str, plural: str) -> str:
    """A count in words: "a quarter of one 20 mg tablet", "one and a half 20 mg tablets", "four 2 mg tablets".

    Args:
        count: zero or more.
        noun: one of it, "20 mg tablet".
        plural: several of it, "20 mg tablets".
    """
    whole, part = divmod(count, 1)
    part_words = _PART_WORDS.get(part, f"{part.numerator}/{part.denominator}") if part else ""
    if not whole and part:
        return f"{part_words} of one {noun}"
    whole_words = _WHOLE_WORDS[whole] if whole < len(_WHOLE_WORDS) else str(whole)
    if (part_words or whole_words)[-1].isnumeric() and any(letter.isnumeric() for letter in noun):
        # "13 20 mg tablets" would read as one figure.
        return f"{show_count(count)} × {noun}"
    if not part:
        return f"{whole_words} {noun if whole == 1 else plural}"
    if part == Fraction(1, 2):
        part_words = "a half"
    return f"{whole_words} and {part_words} {plural}"
