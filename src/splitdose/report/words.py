"""What a report says, as plain text: the same figures and sentences for every format that people read.

Nothing here escapes anything: each writer makes text safe for its own format, as the last thing it does.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from splitdose.core.amount import show_mg, words_of_count
from splitdose.core.clock import DAY, Calendar
from splitdose.core.course import Course, StepSpan, since_words
from splitdose.core.day import OPEN, Day, DayTotal, Dose
from splitdose.core.log import CheckIn, Intake
from splitdose.core.piece import Product
from splitdose.core.plan import ON_DATE
from splitdose.core.plan_wording import mean_words, step_difference, step_sum_words
from splitdose.core.showing import dose_in_pieces, dose_in_words, show_sum
from splitdose.core.showing import used_words as amount_used
from splitdose.core.wording import (
    checkin_figures,
    clock_words,
    day_words,
    length_words,
    state_words,
    taken_time_words,
    wall_words,
)
from splitdose.report.data import ReportData

TITLE = "Dose record"

NO_RECORD = (
    "“No record” means that nothing was recorded for that dose: whether it was taken is not known. “Unsure” is what "
    "the person recorded. On time is within {minutes} minutes of the planned time. Amounts are as the labels state "
    "them; a cut piece is nominal."
)
STATED = "before Splitdose, as the plan states"
"""Of days that the plan speaks of and the record doesn't."""
MADE_WITH = "Recorded by the person with Splitdose, which keeps a record and gives no medical advice."


def title(data: ReportData) -> str:
    """ "Dose record, Thu 26 Oct 2023 to Fri 8 Dec 2023"."""
    if data.start == data.last:
        return f"{TITLE}, {day_words(data.start)}"
    return f"{TITLE}, {day_words(data.start)} to {day_words(data.last)}"


def made(data: ReportData) -> str:
    """When it was made, by the record's own clock."""
    local = data.calendar.local(data.now)
    zone = data.calendar.rules_on(data.today).zone
    return f"Made {day_words(local.date())} at {local:%H:%M} ({zone}). {MADE_WITH}"


def legend(data: ReportData) -> str:
    """How the words of the tables are meant."""
    limits = {int(data.calendar.rules_on(day.date).late_after / timedelta(minutes=1)) for day in data.days}
    return NO_RECORD.format(minutes=" or ".join(str(limit) for limit in sorted(limits)))


def unit(data: ReportData, medicine: str) -> str | None:
    """The one unit of mass in which a medicine is told: its labels' own where all have the same, else mg."""
    known = data.plan.by_name.get(medicine)
    return known.unit if known is not None else "mg"


def planned_words(total: DayTotal | Course) -> str:
    """What was planned of a medicine: "20 mg", "0.25 mg (2.5 mL)", "6 puffs"; "0 mg" for nothing."""
    return show_sum(total.planned_pieces, total.taken_pieces)


def taken_words(total: DayTotal | Course) -> str:
    """What was taken of it, likewise."""
    return show_sum(total.taken_pieces, total.planned_pieces)


def facts(data: ReportData, course: Course) -> Iterator[tuple[str, str]]:
    """A course in figures: (what, figure)."""
    if course.first is not None and course.last is not None:
        until = "" if course.finished else ", going on" if course.last >= data.today else ""
        yield "Days", f"{course.length}, {day_words(course.first)} to {day_words(course.last)}{until}"
        begins, since = course_start(data, course), set_up(data, course)
        if begins is not None and begins < course.first:
            days = (course.last - begins).days + 1
            stated = f"; before {day_words(since)} as the plan states" if since is not None and begins < since else ""
            yield "Whole course", f"{days} days from {day_words(begins)}{stated}"
    if course.planned_pieces or course.taken_pieces:
        yield "Planned", planned_words(course)
        yield "Taken", taken_words(course)
    counted = course.adherence
    if counted is not None and counted.scheduled:
        yield "Doses", f"{counted.taken} of {counted.scheduled} taken"
        yield "Of those taken", ", ".join(
            f"{count} {word}"
            for count, word in (
                (counted.on_time, "on time"), (course.early, "early"), (course.late, "late"),
                (course.time_unknown, "at a time unknown"),
            )
            if count or word == "on time"
        )  # fmt: skip
        yield (
            "Not taken or not known",
            (f"{counted.skipped} skipped, {counted.unsure} unsure, {counted.unrecorded} no record"),
        )
    if course.extras:
        yield "Extra intakes", f"{course.extras}, included in taken"
    if course.unsettled:
        yield "Recorded twice", f"{course.unsettled}, in no total until settled"
    if course.longest_gap is not None:
        sign = "at least " if course.longest_gap.at_least else ""
        yield "Longest time between two doses", f"{sign}{length_words_in_hours(course.longest_gap.length)}"
    for product, count in course.used:
        yield "Used", used_words(product, count)
    if course.since_last is not None:
        at = data.calendar.local(course.since_last.at)
        what = "Last dose" if course.since_last.certain else "Last recorded dose"
        yield what, f"{day_words(at.date())} {at:%H:%M}, {since_words(course.since_last)}"


def length_words_in_hours(length: timedelta) -> str:
    """As `length_words`, but with hours up to four days: "60 h 10 min"."""
    minutes = int(length.total_seconds() // 60)
    if 48 * 60 <= minutes < 96 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min" if minutes % 60 else f"{minutes // 60} h"
    return length_words(length)


def used_words(product: Product, count: Fraction) -> str:
    """What was used up of a product: "72¼ × 20 mg tablet (72 and a quarter)"; a liquid "75 mL × syrup"."""
    shown = amount_used(product, count)
    if product.poured or count.denominator == 1:
        return shown
    return f"{shown} ({words_of_count(count, '', '').strip()})"


def step_days(span: StepSpan) -> str:
    """How many days a step was held, and how it was meant: "5 days", "4 days, planned 5 at least"."""
    held = f"{span.days} day{'' if span.days == 1 else 's'}"
    if span.step.every > 1:
        held += f", a dose every {span.step.every} days"
    return f"{held}, projected" if span.projected else held


def step_doses(span: StepSpan) -> list[str]:
    """What a step asks for, one line a slot, in milligrams and in words."""
    return [f"{slot} {dose_in_words(pieces)}" for slot, pieces in span.doses] or ["no dose"]


def step_amount(span: StepSpan, shown_in: str | None) -> str:
    """What a step sums to a day: "20 mg", "6 puffs"; "0 mg" for a stop.

    Where not every day has doses, on average: "~ 2.14 mg (15 mg a week)".
    """
    pieces = span.step.asked.pieces
    if not pieces and shown_in is not None:
        return show_mg(Fraction(0), unit=shown_in)
    mean = span.step.mean_mg_per_day
    if span.step.every == 1:
        return show_sum(pieces)
    whole = step_sum_words(span.step)
    return whole if mean is None or shown_in is None else f"{mean_words(show_mg(mean, unit=shown_in))} ({whole})"


def step_change(span: StepSpan, before: StepSpan | None, shown_in: str | None) -> str:
    """By how much the daily amount differs from the step before: "−5 mg (−9 %)"; empty where nothing can be said."""
    found = None if before is None else step_difference(before.step, span.step)
    if found is None or shown_in is None:
        return ""
    change, percent = found
    if not change:
        return "same amount"
    sign = "−" if change < 0 else "+"
    shown = show_mg(abs(change), unit=shown_in)
    text = f"about {sign}{shown.removeprefix('about ')}" if shown.startswith("about ") else f"{sign}{shown}"
    if percent is None:
        return text
    whole = (abs(percent) + Fraction(1, 2)) // 1  # half a percent up, where round() goes to even
    return f"{text} ({sign}{whole} %)"


def step_start(span: StepSpan) -> str:
    return day_words(span.begins)


def course_start(data: ReportData, course: Course) -> date | None:
    """The date the first of its steps began on, before the range and before its set-up too."""
    begun = [span for span in data.steps(course.medicine) if not span.projected and span.doses]
    return begun[0].begins if begun else None


def set_up(data: ReportData, course: Course) -> date | None:
    """The date from which on its doses are in the record; None for what the plan no longer knows."""
    known = data.plan.by_name.get(course.medicine)
    return None if known is None else known.since


def step_stated(data: ReportData, course: Course, span: StepSpan) -> str:
    """ "before Splitdose, as the plan states" of a step that was held before the record began; else empty."""
    since = set_up(data, course)
    if since is None or span.begins >= since:
        return ""
    if span.last < since:
        return STATED
    return f"until {day_words(since - DAY)} {STATED}"


def steps_note(data: ReportData, course: Course) -> str:
    """How the steps came about."""
    known = data.plan.by_name.get(course.medicine)
    if known is None:
        return ""
    if known.latest.advance == ON_DATE:
        return "The steps follow their dates."
    return "The person decided when each step began. Days are those actually held."


def dose_words(dose: Dose, day: Day, calendar: Calendar) -> str:
    """One dose of a day: "morning 5 mg (¼ × 20 mg), taken 08:04"; its note follows."""
    # A page is read later than it was made: it says when a dose is planned, not how far ahead that was.
    state = "no record yet" if dose.state in OPEN else state_words(dose, day.now, calendar, countdown=False)
    if dose.state == "upcoming":
        state += f" at {wall_words(dose.slot.time)}"
    text = f"{dose.slot.name} {dose_in_pieces(dose.pieces)}, {state}"
    if not dose.planned:
        text += " (not in the plan of that day)"
    for double in dose.duplicates:
        text += f"; recorded again {taken_time_words(double, dose.date, calendar)}, in no total until settled"
    note = dose.record.note if dose.record is not None else ""
    return f"{text} — note: {note}" if note else text


def extra_words(extra: Intake, calendar: Calendar) -> str:
    """An extra intake: "extra 5 mg, taken 22:10"; its note follows."""
    text = f"extra {dose_in_pieces(extra.pieces)}, "
    text += f"taken {taken_time_words(extra, extra.date, calendar)}"
    return f"{text} — note: {extra.note}" if extra.note else text


def checkin_words(checkin: CheckIn) -> str:
    """A check-in: "sleep 6 of 10, 30 min until asleep, awake 2 times, fatigue 4 of 10 — note: …"."""
    text = ", ".join(checkin_figures(checkin))
    if not checkin.note:
        return text or "check-in"
    return f"{text} — note: {checkin.note}" if text else f"note: {checkin.note}"


def checkin_time(checkin: CheckIn, day: date, calendar: Calendar) -> str:
    local = checkin.at.astimezone(calendar.zone_on(day))
    return f"{local:%H:%M}" if calendar.date_of(checkin.at) == day else clock_words(checkin.at, calendar)
