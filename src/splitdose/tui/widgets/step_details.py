"""Where a plan stands, and one of its steps in full words: the lines above and below the table of steps."""

from datetime import date

from splitdose.core.clock import Calendar
from splitdose.core.plan import AS_NEEDED, Medicine
from splitdose.core.plan_wording import advance_words, endless_words, waiting_words, where_words
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.showing import echo
from splitdose.tui.plan_words import StepRow, begins_words, dosing_now, split_words, step_words, totals_words
from splitdose.tui.widgets.fit import MUTED

Lines = tuple[tuple[str, str], ...]
"""Each line's text and style, as `TextLines` takes them."""
LOW, HIGH = 14, 24
"""Fewer lines than the first show only where the person stands; from the second on each dose has a line of its own."""


def where_lines(medicine: Medicine, today: date, calendar: Calendar, height: int, *, ascii_only: bool) -> Lines:
    """Where the person stands, and what the whole plan sums to.

    Args:
        medicine: the one that is shown.
        today: the logical date.
        calendar: days and zone.
        height: lines of the terminal.
        ascii_only: use no signs beyond ASCII.
    """
    where = where_words(medicine, today, calendar)
    lines = [(where, "bold $text-warning" if "review" in where or "paused" in where else "bold")]
    if height >= LOW:
        version = medicine.latest
        sums = totals_words(medicine, today, calendar, ascii_only=ascii_only)
        facts = [sums, advance_words(version.advance), endless_words(version), waiting_words(medicine, today)]
        lines.append((" · ".join(fact for fact in facts if fact), MUTED))
    return _safe(lines, ascii_only)


def step_lines(
    medicine: Medicine, row: StepRow | None, today: date, calendar: Calendar, height: int, *, ascii_only: bool
) -> Lines:
    """A step in full words: when it begins, how it differs, and each of its doses. As `where_lines`."""
    if height < LOW:
        return ()
    if row is None:
        needed = medicine.latest.advance == AS_NEEDED
        return ("", ""), ("no steps: it is taken as needed" if needed else "no steps yet", MUTED)
    step = row.step
    lines = [("", ""), (_title(row, today, ascii_only=ascii_only), "bold")]
    slots = medicine.latest.ordered_slots(calendar, today)
    doses = [(slot, pieces) for slot in slots if (pieces := step.doses.get(slot.name, ()))]
    if not doses:
        lines.append(("no doses: the plan stops here", ""))
    elif height >= HIGH:
        width = max(len(sanitize(slot.name)) for slot, _ in doses)
        lines += [
            (f"{slot.name:<{width}}  {slot.time:%H:%M}  {echo(pieces, ascii_only=ascii_only)}", "")
            for slot, pieces in doses
        ]
    else:
        lines.append((step_words(step), ""))
        lines.append((split_words(step, slots, ascii_only=ascii_only), MUTED))
    if step.note:
        lines.append((f"“{step.note}”", MUTED))
    return _safe(lines, ascii_only)


def _title(row: StepRow, today: date, *, ascii_only: bool) -> str:
    """ "step 8   Wed 29 Nov   −5 mg, −20 % from step 7"."""
    title = f"step {row.number}   {begins_words(row)}"
    if row.step.every > 1:
        dosing = dosing_now(row, today)
        title += f"   every {row.step.every} days{f', {dosing}' if dosing else ''}"
    change = row.change.words(ascii_only=ascii_only)
    return f"{title}   {change} from step {row.number - 1}" if change and row.number > 1 else title


def _safe(lines: list[tuple[str, str]], ascii_only: bool) -> Lines:
    """Lines that may be shown here, whatever was typed."""
    return tuple((in_ascii(sanitize(text)) if ascii_only else sanitize(text), style) for text, style in lines)
