"""A calendar of coming doses, with an alarm at each one's time.

Only what is certain gets an alarm: doses of steps that have begun, and of a plan that the person moves no further than
seven days ahead. Projected steps are all-day entries without one. A calendar is often shared or shown on a locked
screen, so titles are neutral unless names are asked for, and no entry's identity can be traced to a name.

Importing a newer export replaces the entries of the older: a dose keeps its UID for good, by medicine, date and slot,
and SEQUENCE and DTSTAMP grow with the time of the export.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from icalendar import Alarm, Calendar, Event

from splitdose.core.clock import DAY, zone_named
from splitdose.core.plan import AS_NEEDED, ASK, Medicine, ScheduledDose
from splitdose.core.plan_wording import step_sum_words
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import show_dose, words_of
from splitdose.report.data import DAYS_AHEAD_ASKED, ReportData
from splitdose.report.progress import EVERY, Progress, quiet

NEUTRAL = "Splitdose reminder"
NEUTRAL_STEP = "Splitdose: a step may begin"
LENGTH = timedelta(minutes=5)
"""Of an entry: long enough to be seen in a calendar's day."""
_SEQUENCE_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def write(data: ReportData, progress: Progress = quiet) -> str:
    """The report as iCalendar (RFC 5545), doses without a record only."""
    calendar = Calendar()
    calendar.add("prodid", "-//Splitdose//Splitdose//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    total = (data.end - data.start).days
    recorded = {dose.key for day in data.days for dose in day.doses if dose.record is not None}
    for n in range(total):
        if n % EVERY == 0:
            progress(n, total)
        for medicine in data.plan.medicines:
            for dose in _certain(data, medicine, data.start + n * DAY):
                if dose.due >= data.now and dose.key not in recorded:
                    calendar.add_component(_dose(data, medicine, dose))
    for medicine in data.plan.medicines:
        for event in _projected(data, medicine):
            calendar.add_component(event)
    calendar.add_missing_timezones(first_date=data.start - 2 * DAY, last_date=data.end + 2 * DAY)
    written: bytes = calendar.to_ical()
    return written.decode("utf-8")


def _certain(data: ReportData, medicine: Medicine, day: date) -> list[ScheduledDose]:
    """A date's doses of the step that has begun: under "ask" it goes on until the person says otherwise."""
    advance = medicine.latest.advance
    if advance == AS_NEEDED or (advance == ASK and (day - data.today).days >= DAYS_AHEAD_ASKED):
        return []
    # Asked as if that day were today, a plan answers without projections.
    return medicine.doses_on(day, day, data.calendar)


def _dose(data: ReportData, medicine: Medicine, dose: ScheduledDose) -> Event:
    title = NEUTRAL
    event = _event(data, _uid(medicine, "dose", dose.key.date.isoformat(), dose.key.slot))
    if data.options.titles:
        title = sanitize(f"{dose.medicine} {show_dose(dose.pieces)}, {dose.slot.name}")
        event.add("description", sanitize(words_of(dose.pieces)))
    event.add("summary", title)
    # A wall-clock time of its zone, so that it stays where the plan has it when summer time begins or ends.
    event.add("dtstart", dose.due.astimezone(zone_named(data.calendar.rules_on(dose.date).zone)))
    event.add("duration", LENGTH)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def _projected(data: ReportData, medicine: Medicine) -> Iterator[Event]:
    version = medicine.latest
    for begun in version.placed_steps(data.today):
        if not begun.projected or not data.start <= begun.begins.date < data.end:
            continue
        step = version.steps[begun.index]
        event = _event(data, _uid(medicine, "step", str(begun.index)))
        title = NEUTRAL_STEP
        if data.options.titles:
            amount = ", no doses" if step.empty else f", {step_sum_words(step)}"
            title = sanitize(f"{medicine.name}: step {begun.index + 1} projected{amount}")
        event.add("summary", title)
        event.add("dtstart", begun.begins.date)
        event.add("dtend", begun.begins.date + DAY)
        event.add("status", "TENTATIVE")
        yield event


def _event(data: ReportData, uid: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", data.now)
    event.add("sequence", max(0, int((data.now - _SEQUENCE_FROM) / timedelta(minutes=1))))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def _uid(medicine: Medicine, *parts: str) -> str:
    """The same for the same thing in every export, and without a name.

    The id of the medicine's first version stands for its name: random, kept for good, and guessed by nobody who tries
    medicine names.
    """
    digest = sha256("\0".join((medicine.versions[0].id, *parts)).encode()).hexdigest()
    return f"{digest[:32]}@splitdose"
