"""What was ever recorded of one thing, as lines: when and where, what it said, and whether it stands."""

from collections.abc import Iterable

from textual.content import Content

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.log import CheckIn, Intake, Log, R
from splitdose.core.showing import echo
from splitdose.core.wording import checkin_figures, day_words, taken_time_words, wall_words
from splitdose.tui.widgets.fit import MUTED, clip

MOST = 3_000
"""No line is longer than so many cells."""


def dose_history(log: Log, dose: Dose, calendar: Calendar, *, ascii_only: bool) -> list[Content]:
    """A line for each record that was ever made of a dose, chain by chain, those undone included."""
    chains = chains_of(log.history(intake.id) for intake in log.intakes.values() if intake.key == dose.key)
    return [told(each, log, calendar, ascii_only=ascii_only) for chain in chains for each in chain]


def chains_of(histories: Iterable[list[R]]) -> list[list[R]]:
    """Each chain of corrections once, the earliest first."""
    by_first = {chain[0].id: chain for chain in histories if chain}
    return sorted(by_first.values(), key=lambda chain: (chain[0].recorded_at, chain[0].id))


def told(record: Intake | CheckIn, log: Log, calendar: Calendar, *, ascii_only: bool) -> Content:
    """One record: when it was recorded, what it says, and whether it stands."""
    recorded = calendar.local(record.recorded_at)
    when = f"{day_words(recorded.date(), year=False)} {wall_words(recorded.time())}"
    verb = "corrected to" if record.replaces is not None else "recorded as"
    text = f"{verb} {record_words(record, calendar, ascii_only=ascii_only)}"
    void = log.voids.get(record.id)
    if void is not None:
        at = calendar.local(void.recorded_at)
        text += f"; undone {day_words(at.date(), year=False)} {wall_words(at.time())}"
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
