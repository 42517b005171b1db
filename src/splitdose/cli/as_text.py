"""What the commands say in plain text: aligned, marks with words, milligrams first, no colour.

Facts in the words that the screens use too (`core.wording`). Nothing here prints; `Printer` makes it safe.
"""

import shlex
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from splitdose.core.amount import PER_MG, show_mg, show_number
from splitdose.core.clock import DAY, Calendar, zone_named
from splitdose.core.course import SinceLast, since_words
from splitdose.core.day import Day, Dose, Week, counted_totals
from splitdose.core.log import CheckIn, Intake
from splitdose.core.plan import Medicine, PlacedStep, Step, Version
from splitdose.core.plan_wording import (
    advance_words,
    end_words,
    endless_words,
    fork_words,
    mean_words,
    point_words,
    step_sum_words,
    waiting_words,
)
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import (
    dose_in_pieces,
    dose_in_words,
    show_dose,
    show_sum,
    show_used,
    shown_count,
    words_beside,
)
from splitdose.core.totals import totals
from splitdose.core.wording import (
    adherence_words,
    checkin_figures,
    clock_words,
    day_words,
    mark,
    near_day_words,
    planned_words,
    state_words,
    taken_time_words,
    totals_words,
    wall_words,
)

_TIMING = {"on_time": "on time", "early": "early", "late": "late"}


def table(rows: Sequence[Sequence[str]], *, right: Iterable[int] = (), indent: str = "") -> list[str]:
    """Rows with their columns aligned, two spaces between; columns named in `right` end at the same place."""
    clean = [[sanitize(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in clean if n < len(row)) for n in range(max(map(len, clean), default=0))]
    flush = set(right)
    return [
        (
            indent
            + "  ".join(
                cell.rjust(widths[n]) if n in flush else cell.ljust(widths[n]) for n, cell in enumerate(row)
            )
        ).rstrip()
        for row in clean
    ]  # fmt: skip


def dose_rows(
    doses: Sequence[Dose], now: datetime, calendar: Calendar, *, ascii_only: bool, countdown: bool = True
) -> list[str]:
    """Doses, one a line: mark, slot, time, medicine, milligrams, words, and where it stands.

    `countdown` as `state_words` takes it.
    """
    return table(
        [
            [
                mark(d.state, ascii_only=ascii_only), d.slot.name, wall_words(d.slot.time), d.medicine,
                show_dose(d.pieces, ascii_only=ascii_only),
                words_beside(d.pieces),
                _state(d, now, calendar, ascii_only=ascii_only, countdown=countdown),
            ]
            for d in doses
        ],
        right=[4], indent="  ",
    )  # fmt: skip


def _state(dose: Dose, now: datetime, calendar: Calendar, *, ascii_only: bool, countdown: bool) -> str:
    note = f', "{dose.record.note}"' if dose.record is not None and dose.record.note else ""
    state = state_words(dose, now, calendar, ascii_only=ascii_only, countdown=countdown)
    return f"{state}{', projected' if dose.projected and countdown else ''}{note}"


def today(
    day: Day, older: Sequence[Dose], following: Dose | None, finished: Sequence[tuple[Medicine, SinceLast]],
    calendar: Calendar, *, ascii_only: bool,
) -> list[str]:  # fmt: skip
    """A day in full; `older` are yesterday's doses without a record that still are on top."""
    same = calendar.date_of(day.now) == day.date
    lines = [f"{day_words(day.date)}, {clock_words(day.now, calendar)}" if same else day_words(day.date)]
    for on in dict.fromkeys(dose.date for dose in older):
        lines.append(f"{'yesterday' if on == day.date - DAY else near_day_words(on, day.date)}, no record:")
        lines += dose_rows([d for d in older if d.date == on], day.now, calendar, ascii_only=ascii_only)
    if older and day.doses:
        lines.append("today:")
    lines += dose_rows(day.doses, day.now, calendar, ascii_only=ascii_only) or ["  nothing is planned"]
    lines += _rest_of_day(day, calendar)
    if following is not None:
        lines.append(f"next: {next_words(following, day.now, calendar, ascii_only=ascii_only)}")
    lines += [f"{medicine.name}: {since_words(since)}" for medicine, since in finished]
    return lines


def forks(medicines: Iterable[Medicine], calendar: Calendar, *, discreet: bool = False) -> list[str]:
    """A line for each plan that was changed on two devices, with the words that settle it; `discreet` names none."""
    forked = [m for m in medicines if m.forked]
    if discreet:
        return ["a plan was changed on two devices; splitdose plan show says which"] if forked else []
    lines = []
    for m in forked:
        name = shlex.quote(m.name)
        others = (
            [f"--keep {m.made_beside[0].number} undoes it"] if m.beside else [f"splitdose plan undo {name} undoes it"]
        )
        keeps = f"splitdose plan settle {name} --keep {m.latest.number} keeps it"
        lines.append(f"{fork_words(m, calendar)}; {', '.join([keeps, *others])}")
    return lines


def _rest_of_day(day: Day, calendar: Calendar) -> list[str]:
    lines = [f"  extra: {_extra_words(e)}" for e in day.extras]
    for dose in day.doses:
        lines += [
            f"  recorded twice: {dose.medicine} {dose.slot.name}, also {_extra_words(double)}; it is in no total"
            for double in dose.duplicates
        ]
    lines += [f"  {checkin_words(c, calendar)}" for c in day.checkins]
    begun = day.date <= calendar.date_of(day.now) or any(dose.record is not None for dose in day.doses)
    if begun and (totals_text := totals_words(counted_totals(day))):
        lines.append(f"  taken: {totals_text}")
    return lines


def _extra_words(intake: Intake) -> str:
    note = f', "{intake.note}"' if intake.note else ""
    return f"{intake.medicine} {show_dose(intake.pieces)}, {_when(intake)}{note}"


def _when(intake: Intake) -> str:
    if intake.at is None:
        return "at a time unknown"
    about = "about " if intake.exactness == "about" else ""
    return f"{about}{wall_words(intake.at.astimezone(zone_named(intake.zone)).time())}"


def next_words(dose: Dose, now: datetime, calendar: Calendar, *, ascii_only: bool) -> str:
    """The next dose in full: "baclofen afternoon 5 mg (a quarter of one 20 mg tablet), due, 58 min ago"."""
    day = calendar.date_of(now)
    when = "" if dose.date == day else f" {near_day_words(dose.date, day)}"
    state = state_words(dose, now, calendar, ascii_only=ascii_only)
    return f"{named(dose, ascii_only=ascii_only)}{when} {wall_words(dose.slot.time)}, {state}"


def named(dose: Dose, *, ascii_only: bool = False) -> str:
    """A dose by name and amount: "baclofen afternoon 5 mg (a quarter of one 20 mg tablet)"."""
    return f"{dose.medicine} {dose.slot.name} {dose_in_words(dose.pieces, ascii_only=ascii_only)}"


def checkin_words(found: CheckIn, calendar: Calendar) -> str:
    """ "check-in 08:20: sleep 6 of 10, 25 min until asleep, awake 2 times, fatigue 4 of 10, "woke at 3""."""
    parts = checkin_figures(found) + ([f'"{found.note}"'] if found.note else [])
    return f"check-in {clock_words(found.at, calendar)}: {', '.join(parts)}"


def recorded(
    record: Intake | CheckIn, today: date, calendar: Calendar, *, ascii_only: bool, zone: str = ""
) -> str:  # fmt: skip
    """What was recorded, in full: "baclofen afternoon 5 mg (a quarter of one 20 mg tablet), taken 13:02, on time".

    `zone` follows the time: " Europe/Berlin time", where the machine is in another one.
    """
    if isinstance(record, CheckIn):
        return checkin_words(record, calendar)
    day = "" if record.date == today else f" of {day_words(record.date)}"
    slot = f" {record.slot}" if record.slot is not None else ""
    name = f"{record.medicine}{slot}{day}"
    if record.kind == "skipped":
        return f"{name}, skipped" + (f": {record.reason}" if record.reason else "")
    note = f', "{record.note}"' if record.note else ""
    if record.kind == "unsure":
        return f"{name}, unsure{note}"
    amount = dose_in_words(record.pieces, ascii_only=ascii_only)
    taken = taken_time_words(record, record.date, calendar) + (zone if record.at is not None else "")
    timing = record.timing(calendar.rules_on(record.date).late_after)
    how = f", {_TIMING[timing]}" if timing is not None else ""
    kind = "taken as extra" if record.kind == "extra" else "taken"
    return f"{name} {amount}, {kind} {taken}{how}{planned_words(record, ascii_only=ascii_only)}{note}"


def week(found: Week, calendar: Calendar, *, ascii_only: bool) -> list[str]:
    """A week, day by day, with what closed doses add up to."""
    first, last = found.days[0], found.days[-1]
    number = f"week {first.date.isocalendar().week}, " if first.date.weekday() == 0 else ""
    lines = [f"{number}{day_words(first.date)} to {day_words(last.date)}"]
    for day in found.days:
        lines += ["", day_words(day.date)]
        rows = dose_rows(day.doses, day.now, calendar, ascii_only=ascii_only, countdown=False)
        lines += rows or ["  nothing is planned"]
        lines += _rest_of_day(day, calendar)
    if found.adherence:
        lines += ["", "closed doses, counted against the plan of each day:"]
        lines += [f"  {adherence_words(a)}" for a in found.adherence]
    return lines


def status(dose: Dose, now: datetime, calendar: Calendar, *, ascii_only: bool, discreet: bool) -> str:
    """The next dose in one short line: "baclofen 5 mg ¼ afternoon 13:00, in 2 h 05 min"; from two days on its date."""
    today = calendar.date_of(now)
    date_words = f"{near_day_words(dose.date, today)} " if dose.date > today + DAY else ""
    when = f"{date_words}{wall_words(dose.slot.time)}, {state_words(dose, now, calendar, ascii_only=ascii_only)}"
    if discreet:
        return f"{dose.slot.name} {when}"
    glyph = ""
    cut = len(dose.pieces) == 1 and dose.pieces[0].count.denominator != 1 and not dose.pieces[0].product.poured
    if cut and dose.mg is not None:
        glyph = f" {shown_count(dose.pieces[0], ascii_only=ascii_only)}"
    return f"{dose.medicine} {show_dose(dose.pieces, ascii_only=ascii_only)}{glyph} {dose.slot.name} {when}"


def plan(found: Medicine, on: date, calendar: Calendar, *, ascii_only: bool) -> list[str]:
    """A medicine's plan: where it stands, what it adds up to, and its steps."""
    version = found.latest
    current = version.current(on, calendar)
    placed = {begun.index: begun for begun in version.placed_steps(on)}
    unit = found.unit or "mg"
    lines = [f"{found.name}: {advance_words(version.advance)} · version {version.number}"]
    if current is not None:
        lines.append(f"  {_standing(current, version, on)}")
    lines += [f"  {note}" for note in (endless_words(version), waiting_words(found, on)) if note]
    sums = totals(found, on, calendar)
    if sums.days is not None:
        parts = [f"{sums.days} days"]
        if sums.mg is not None:
            parts.append(show_mg(sums.mg, unit=unit))
        # Long counts are easier to read apart from their fraction, and the same everywhere.
        products = {product.name: product for product in version.products}
        parts += [f"{show_used(products[name], n, ascii_only=True)} × {name}" for name, n in sums.products]
        lines.append(f"  in all: {', '.join(parts)}")
    if not version.steps:
        return [*lines, "  no steps"]
    slots = [s for s in version.ordered_slots(calendar, on) if any(step.asked.on(s.name) for step in version.steps)]
    rows = [
        ["step", "", "start", "hold", *(f"{s.name} {s.time:%H:%M}" for s in slots), f"{found.unit or ''} a day".strip()]
    ]
    for index, step in enumerate(version.steps):
        begun = placed.get(index)
        rows.append(
            [
                str(index + 1),
                "now" if current is not None and current.index == index else "",
                _start(begun),
                "" if step.hold is None else f"{step.hold} day{'' if step.hold == 1 else 's'}",
                *(_cell(step, slot.name, ascii_only) for slot in slots),
                _a_day(step, unit),
            ]
        )
    return [*lines, *table(rows, right=[0, len(rows[0]) - 1], indent="  ")]


def _standing(current: PlacedStep, version: Version, on: date) -> str:
    if version.over_on(on):
        return end_words(version, on)
    day, hold = (on - current.begins.date).days + 1, version.steps[current.index].hold
    text = f"step {current.index + 1} of {len(version.steps)}, day {day}"
    if hold is not None:
        text += f" of {hold}" + (", review" if day > hold else "")
    ends = end_words(version, on)
    return f"{text}, {ends}" if ends else text


def _start(begun: PlacedStep | None) -> str:
    if begun is None:
        return "open"
    return f"{point_words(begun.begins)}{' projected' if begun.projected else ''}"


def _cell(step: Step, slot: str, ascii_only: bool) -> str:
    pieces = step.asked.on(slot)
    if not pieces:
        return "none"
    every = f", every {step.every} days" if step.every > 1 else ""
    return f"{dose_in_pieces(pieces, ascii_only=ascii_only)}{every}"


def _a_day(step: Step, unit: str) -> str:
    """What a step sums to a day: the number of the unit that stands above, else the sum in its own word.

    Where not every day has doses, on average, and by its period.
    """
    if step.empty:
        return "none"
    mean = step.mean_mg_per_day
    if step.every > 1:
        whole = step_sum_words(step)
        return whole if mean is None else f"{mean_words(show_number(mean * PER_MG[unit]))} ({whole})"
    if mean is not None:
        return show_number(mean * PER_MG[unit])
    return show_sum(step.asked.pieces)
