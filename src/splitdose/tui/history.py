"""What was ever recorded of one thing, as lines: when and where, what it said, and whether it stands."""

from textual.content import Content

from splitdose.core.clock import Calendar
from splitdose.core.log import CheckIn, Intake, Log
from splitdose.core.product import echo
from splitdose.core.wording import checkin_figures, day_words, taken_time_words
from splitdose.tui.look import MUTED, clip

MOST = 500
"""No line is longer than so many cells."""


def intake_history(log: Log, record_id: str, calendar: Calendar, *, ascii_only: bool) -> list[Content]:
    """A line for each record of an intake's chain of corrections, oldest first."""
    return [told(each, log, calendar, ascii_only=ascii_only) for each in log.history(record_id)]


def told(record: Intake | CheckIn, log: Log, calendar: Calendar, *, ascii_only: bool) -> Content:
    """One record: when it was recorded, what it says, and whether it stands."""
    recorded = calendar.local(record.recorded_at)
    when = f"{day_words(recorded.date(), year=False)} {recorded:%H:%M}"
    verb = "corrected to" if record.replaces is not None else "recorded as"
    text = f"{verb} {record_words(record, calendar, ascii_only=ascii_only)}"
    void = log.voids.get(record.id)
    if void is not None:
        at = calendar.local(void.recorded_at)
        text += f"; taken back {day_words(at.date(), year=False)} {at:%H:%M}"
    stands = log.stands(record.id)
    sign = ("x" if ascii_only else "✓") if stands else " "
    return Content.assemble(
        (f"{sign} {when}  ", "bold" if stands else MUTED), (clip(text, MOST), "" if stands else MUTED)
    )


def record_words(record: Intake | CheckIn, calendar: Calendar, *, ascii_only: bool) -> str:
    """What one record says: "taken 13:05, ¼ × 20 mg tablet = 5 mg", "sleep 6 of 10, note: woke at 3"."""
    if isinstance(record, CheckIn):
        parts = checkin_figures(record)
    elif record.kind in ("taken", "extra"):
        when = taken_time_words(record, record.date, calendar)
        parts = [f"{record.kind} {when}", echo(record.pieces, ascii_only=ascii_only)]
    else:
        parts = [record.kind, *([record.reason] if record.reason else [])]
    return ", ".join([*parts, *([f"note: {record.note}"] if record.note else [])])
