"""What a label says one of a product holds: a mass ("20 mg", "5 mg/mL"), units ("100 units/mL"), or another label.

A mass becomes exact milligrams. Units per mL say how many units a millilitre is. Every other label ("25 mcg/h", "1 %",
"20000 IU") is kept as it stands and gives neither.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from splitdose.core.amount import LETTER, PER_MG, decimal_text, parse_label_number, parse_measure, quote
from splitdose.core.errors import BadInput

UNITS = frozenset({"unit", "units", "u", "iu"})
"""How labels write units, in lower case; shown as "units" in full, since U and IU are misread (ISMP)."""

_MG_PER = {unit: 1 / times for unit, times in PER_MG.items()}
_MICROGRAM = {"µg": "mcg", "\u03bcg": "mcg", "ug": "mcg"}  # the micro sign and the Greek letter look alike
_STRENGTH = r"(?P<number>[0-9][0-9., ]*|[.,][0-9]+) ?(?P<unit>[^\W\d_]+|%)(?: ?/ ?(?P<per>[0-9.,]* ?[^\W\d_]+))?"
_LABEL = (
    r"(?P<number>(?:about )?[0-9]+(?:\.[0-9]+)?) (?P<unit>[^\W\d_]+|%)"
    r"(?:(?P<ml>/(?:(?P<volume>(?:about )?[0-9]+(?:\.[0-9]+)?) )?mL)|(?P<other>/[0-9.,]* ?[^\W\d_]+))?"
)
_MASS = rf"(?P<number>.*\S) ?(?<!{LETTER})(?P<unit>(?i:mg|mcg|µg|\u03bcg|ug|g))"
_THOUSAND_LIKE = r"(?P<number>[1-9][0-9]{0,2}\.[0-9]{3}) (?P<unit>[^\W\d_]+)(?P<rest>.*)"
_PER_ONE = frozenset({
    "tablet", "capsule", "patch", "drop", "unit", "piece", "film", "puff", "inhalation", "spray", "bead", "lozenge",
    "injection", "dose",
})  # fmt: skip
"""What "100 mcg/puff" may be of: one of the product, whatever that is called."""


def mass_unit(text: str) -> str | None:
    """The unit of mass a word means, "mg", "g" or "mcg", in any case, with any sign for micro; else None."""
    lower = text.lower()
    unit = _MICROGRAM.get(lower, lower)
    return unit if unit in _MG_PER else None


def one_unit(units: Iterable[str]) -> str | None:
    """The one unit of mass in which amounts of these labels are told, None where there are none.

    The labels' own where all have the same; mg for any mixture.
    """
    found = set(units)
    return next(iter(found)) if len(found) == 1 else "mg" if found else None


def parse_mass(text: str) -> Fraction | None:
    """The milligrams of "5 mg", "0.5 g" or "50 mcg"; None where the text is not a number with such a unit.

    Raises:
        BadInput: the number can't be read, or can be read two ways.
    """
    found = re.fullmatch(_MASS, text.strip())
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
        per_ml: the strength is per mL, so that counts of the product are kept in mL.
    """

    label: str
    mg: Fraction | None
    unit: str
    per_ml: bool = False

    @cached_property
    def units_per_ml(self) -> Fraction | None:
        """How many units of its own a millilitre holds: 100 of "100 units/mL"; None of a mass, or of no mL."""
        found = re.fullmatch(_LABEL, self.label)
        if self.mg is not None or not self.per_ml or found is None or not self.unit[0].isalpha():
            return None
        if mass_unit(self.unit) or "about" in self.label:  # never typed so
            return None
        return Fraction(found["number"]) / Fraction(found["volume"] or 1)

    @property
    def word(self) -> str:
        """What its units are called, as JSON and sums have them: "units", or the label's own word."""
        return "units" if self.unit.lower() in UNITS else self.unit


def parse_strength(text: str) -> Strength:
    """Read a label's strength: "20 mg", "0.5 g", "50 mcg", "5 mg/mL", "25 mg/5 mL", "100 units/mL".

    Other units ("20000 IU", "25 mcg/h", "5 mg/325 mg") are kept as a label and give no milligrams.

    Raises:
        BadInput: no number, zero or less, or two readings. A mass or a volume is taken as typed ("1.125 mg"); a
            number of units that may be a thousand ("20.000 IU") is not.
    """
    typed = " ".join(text.split())
    todo = 'type it as on the label, such as "20 mg", "50 mcg" or "5 mg/mL"'
    if typed.startswith(("-", "−", "–")):
        raise BadInput(f"the strength {quote(typed)} is less than zero", todo)
    found = re.fullmatch(_STRENGTH, typed)
    if len(typed) > 40 or found is None:
        raise BadInput(f"{quote(typed)} is not a strength", todo)
    known = mass_unit(found["unit"])
    number = parse_label_number(found["number"], whole=known is None and found["unit"] != "%")
    if number == 0:
        raise BadInput(f"the strength {quote(typed)} is zero", todo)
    unit = known or found["unit"]
    per_ml = False
    divisor = Fraction(1)
    if per := found["per"]:
        volume = re.fullmatch(r"([0-9.,]*) ?([^\W\d_]+)", per)
        assert volume is not None  # the outer pattern has the same shape
        if volume[2].lower() == "ml":
            per_ml = True
            divisor = parse_measure(volume[1]) if volume[1] else Fraction(1)
        elif volume[1] or volume[2].lower() not in _PER_ONE:
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

    The label's number is not read again. What a person would be asked about ("1.125 IU"), or a label that was kept
    as "about", is known exactly here.

    Raises:
        ValueError: it is no label, or the milligrams are none that a unit can hold.
    """
    found = re.fullmatch(_LABEL, label)
    if found is None:
        raise ValueError("not a label")
    if mg is not None and mg <= 0:
        raise ValueError("no milligrams that a unit can hold")
    return Strength(label, mg, found["unit"] + (found["other"] or ""), per_ml=found["ml"] is not None)


def typed_strength(label: str) -> str:
    """A label as it has to be typed to be read as what it says: "1.1250 IU" of "1.125 IU"; nearly always the label."""
    found = re.fullmatch(_THOUSAND_LIKE, label)
    if found is None or mass_unit(found["unit"]):
        return label
    return f"{found['number']}0 {found['unit']}{found['rest']}"
