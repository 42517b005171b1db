"""What of a text about the plan `every-unit` could be misread: figures that run together, two units, cut amounts."""

from __future__ import annotations

import re

PER_MEDICINE = {
    "baclofen": "mg", "levothyroxine": "mcg", "digoxin": "mg", "metformin": "g", "clonazepam": "mg", "lorazepam": "mg",
    "insulin": None, "fentanyl": None, "vitamin D": None, "prednisolone eye": None, "ipratropium": None,
    "venlafaxine": "mg", "prednisone": None,
}  # fmt: skip
"""The unit of mass in which each medicine of the plan is told; None where it can't be weighed."""

LABELS = (
    "20 mg tablets", "20 mg tablet", "20 mg", "5 mg tablet", "5 mg", "88 mcg tablets", "88 mcg tablet", "88 mcg",
    "62.5 mcg tablet", "62.5 mcg", "0.25 mg tablet", "0.25 mg", "1 g tablet", "1 g", "0.1 mg/mL", "2 mg/300 mL",
    "100 units/mL", "50 mcg/h patch", "50 mcg/h", "20000 IU capsule", "1% eye drops", "1% eye drop", "1 %",
)  # fmt: skip
"""What the boxes say: labels stand behind a count and a sign, or behind a word."""
_LABELLED = re.compile(rf"(?<=[×x] )(?:{'|'.join(map(re.escape, LABELS))})|(?<=one )(?:{'|'.join(LABELS[:16])})")
GLYPHS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_FIGURE = rf"(?:[0-9]+(?:\.[0-9]+)?|[0-9]*[{GLYPHS}])"


def misread(text: str) -> list[str]:
    """What could be misread in a text, line by line; times and dates are no amounts."""
    found = []
    for line in text.splitlines():
        said = re.sub(
            r"[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}|\b[0-9]{1,2} [A-Z][a-z]{2}( [0-9]{4})?", "T", line
        )
        if re.search(rf"(?<![0-9.:/-]){_FIGURE} (?:50 mcg/h|20000 IU|1 ?%|20 mg|88 mcg|62\.5 mcg)", said):
            found.append(f"a count runs into a figure: {line}")
        if re.search(rf"(?:[0-9]/[0-9]+|[{GLYPHS}]) mL", said.replace("mg/300 mL", "")):
            found.append(f"a fraction of a mL: {line}")
        if re.search(r"(?<![0-9.])[0-9]+\.[0-9]*0 ?(?:mg|mcg|g|mL|units?)\b", said):
            found.append(f"a zero at the end: {line}")
        if re.search(r"[0-9½¼¾⅓]…|[0-9] (?:m|mc|mcg/|u|un|unit|pa|pat|patc|ta|tab|dr|dro|pu|puf|puff)…", said):
            found.append(f"cut inside an amount: {line}")
        found += _two_units(said, line)
    return found


def _two_units(said: str, line: str) -> list[str]:
    """Masses that are told in another unit than their medicine's, in a line that names one medicine."""
    named = [name for name in PER_MEDICINE if re.search(rf"(?<![A-Za-z]){name}\b", said)]
    units = set(re.findall(r"(?<![A-Za-z/])(mg|mcg|g)\b(?!/)", _LABELLED.sub("LABEL", said)))
    if len(named) == 1 and not units <= {PER_MEDICINE[named[0]]}:
        return [f"{named[0]} in {', '.join(sorted(units))}: {line}"]
    return []
