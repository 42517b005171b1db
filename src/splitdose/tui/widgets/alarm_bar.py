"""What the bar and the terminal's title say of the doses that wait."""

from collections.abc import Sequence
from datetime import datetime

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.showing import amount_texts, show_dose
from splitdose.core.wording import state_words


def alarm_words(
    doses: Sequence[Dose],
    now: datetime,
    calendar: Calendar,
    width: int,
    *,
    key: str,
    show: str = "1",
    discreet: bool,
    ascii_only: bool,
) -> str:
    """What the alarm bar says of the doses that wait, in so many columns.

    Args:
        doses: oldest first.
        now: the instant (UTC).
        calendar: the record's.
        width: columns.
        key: what opens the alarm.
        show: what shows Today.
        discreet: name no medicine and no amount.
        ascii_only: for fractions.
    """
    if not doses:
        return ""
    hints = [f"{show} shows it, {key} answers it", f"{key} answers it", key]
    if discreet:
        words, gap = "A reminder is waiting", ": "
    else:
        first, gap = doses[0], "   "
        more = f", and {len(doses) - 1} more" if len(doses) > 1 else ""
        for amount in amount_texts(first.pieces, ascii_only=ascii_only):
            words = f"! {first.slot.name}: {first.medicine} {amount}, {state_words(first, now, calendar)}{more}"
            if len(words) <= width:
                break
    hint = next((hint for hint in hints if len(words) + len(gap) + len(hint) <= width), "")
    return f"{words}{gap}{hint}" if hint else words


def title_words(doses: Sequence[Dose], *, discreet: bool, ascii_only: bool) -> str:
    """The terminal's title: "splitdose", and what is due before it."""
    if not doses:
        return "splitdose"
    if discreet:
        return "! splitdose"
    more = f" and {len(doses) - 1} more" if len(doses) > 1 else ""
    first = doses[0]
    return f"! {first.slot.name}: {first.medicine} {show_dose(first.pieces, ascii_only=ascii_only)}{more} - splitdose"
