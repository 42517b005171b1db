"""From when a plan is to change, as people type it: the one reader for the shell and for the screens.

Pure: it takes the medicine, today and how its slots are found, and reads no clock.
"""

import re
from collections.abc import Callable
from datetime import date

from splitdose.core.amount import quote
from splitdose.core.clock import DAY
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint, Medicine
from splitdose.core.typed_times import NEAR, parse_day

WHEN_HINT = "now, tomorrow, in 3 days, 2026-01-31, tomorrow evening"
"""What may be typed."""

FindSlot = Callable[[Medicine, str, date], str]
"""Gives a slot's name as it is kept, of a medicine on a logical date; raises BadInput."""

_POINT = re.compile(
    r"(?:in (?P<days>[0-9]{1,4}) days?|(?P<day>[^\s/]+))(?:(?P<slash>\s*/\s*)|\s+|$)(?P<slot>.*)", re.IGNORECASE
)


def read_point(
    text: str, medicine: Medicine, today: date, find_slot: FindSlot, *, today_is_now: bool = False
) -> DosePoint | None:
    """Read from which dose on: a day, and if one likes a slot of it after a space or a slash.

    Args:
        text: "now", "today", "tomorrow evening", "in 3 days", "2026-01-31", "2026-01-31/evening".
        medicine: whose slots they are.
        today: the logical date of now.
        find_slot: as `Reader.find_slot`.
        today_is_now: whether "today" alone is what "now" is, as in a form that says back what was understood;
            else it is the whole of today.

    Returns:
        The date, and the slot where one is named; None for "now" and nothing typed: from the next dose that is open.

    Raises:
        BadInput: there is no such day or slot.
    """
    typed = " ".join(text.split())
    lower = typed.lower()
    if lower in ("", "now") or (lower == "today" and today_is_now):
        return None
    found = _POINT.fullmatch(typed)
    if found is not None and found["slash"] and not found["slot"]:
        raise BadInput(f"{quote(typed)} names no slot", "type a date, or a date and a slot: 2026-01-31/evening")
    if found is None:
        raise BadInput(f"{quote(typed)} is not a date", f"type {WHEN_HINT}")
    if found["days"] is not None:
        day = today + int(found["days"]) * DAY
    elif found["day"][:1].isdigit() or found["day"].lower() in NEAR:
        day = parse_day(found["day"], today)
    else:
        raise BadInput(f"{quote(typed)} is not a date", f"type {WHEN_HINT}")
    return DosePoint(day, find_slot(medicine, found["slot"], day) if found["slot"] else None)
