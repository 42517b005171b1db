"""The words people read, the same on every screen, in the shell and in notices.

Facts only: what is planned, what is recorded, how long ago. Never advice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from splitdose.core.clock import Calendar
from splitdose.core.day import Adherence, DayTotal, Dose
from splitdose.core.log import CheckIn, Intake
from splitdose.core.remind import Reminder, Review
from splitdose.core.showing import show_dose, show_pieces, show_sum, show_taken, words_beside, words_of

DISCLAIMER = (
    "Splitdose keeps a record and reminds you. It gives no medical advice, and nobody watches it. "
    "Reminders reach you only while this computer is on and Splitdose is running. Stopping or reducing some "
    "medicines too fast can be dangerous: make changes with your prescriber. In an emergency call your local "
    "emergency number."
)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STATE_MARKS = {
    "taken": "✓", "skipped": "–", "unsure": "~", "unrecorded": "?", "due": "!", "late": "!", "upcoming": "·",
}  # fmt: skip
STATE_MARKS_ASCII = {
    "taken": "x", "skipped": "-", "unsure": "~", "unrecorded": "?", "due": "!", "late": "!", "upcoming": ".",
}  # fmt: skip


def mark(state: str, *, ascii_only: bool = False) -> str:
    """One sign for a state; it never stands without a word beside it."""
    return (STATE_MARKS_ASCII if ascii_only else STATE_MARKS)[state]


def day_words(day: date, *, year: bool = True) -> str:
    """ "Thu 30 Nov 2023"."""
    text = f"{WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def totals_words(found: Iterable[DayTotal], *, joint: str = "; ") -> str:
    """What was taken of what was planned, of each medicine: "baclofen 5 of 20 mg; eye drops 2 of 3 drops"."""
    return joint.join(f"{t.medicine} {show_taken(t.taken_pieces, t.planned_pieces)}" for t in found)


def adherence_words(found: Adherence, *, joint: str = ", ") -> str:
    """What became of closed doses: "baclofen: 12 of 15 taken, 10 on time, 1 skipped, 55 of 60 mg".

    Args:
        found: of one medicine.
        joint: stands before the amounts.
    """
    if not found.scheduled:
        return f"{found.medicine}: {show_sum(found.taken_pieces)} outside a plan"
    counts = ((found.skipped, "skipped"), (found.unsure, "unsure"), (found.unrecorded, "no record"))
    parts = [f"{found.taken} of {found.scheduled} taken", f"{found.on_time} on time"]
    parts += [f"{count} {what}" for count, what in counts if count]
    return f"{found.medicine}: {', '.join(parts)}{joint}{show_taken(found.taken_pieces, found.planned_pieces)}"


def range_words(first: date, last: date) -> str:
    """ "Wed 18 Oct – Thu 30 Nov 2023"; over the end of a year both have theirs."""
    return f"{day_words(first, year=first.year != last.year)} – {day_words(last)}"


def weekday_words(day: date) -> str:
    """ "Mon 27", and on the first of a month "Fri 1"."""
    return f"{WEEKDAYS[day.weekday()]} {day.day}"


def clock_back_words(now: datetime, newest: datetime, calendar: Calendar) -> str:
    """That the clock shows less than the newest record was made at."""

    def when(instant: datetime) -> str:
        local = calendar.local(instant)
        return f"{day_words(local.date())} {wall_words(local.time())}"

    return f"the clock shows {when(now)}, before the newest record of {when(newest)}"


def checkin_parts(
    sleep: int | None, onset_min: int | None, awakenings: int | None, symptoms: Mapping[str, int]
) -> list[str]:
    """The figures of a check-in: "sleep 6 of 10", "30 min until asleep", "awake 2 times", "fatigue 4 of 10"."""
    parts = [] if sleep is None else [f"sleep {sleep} of 10"]
    parts += [] if onset_min is None else [f"{onset_min} min until asleep"]
    parts += [] if awakenings is None else [f"awake {awakenings} time{'' if awakenings == 1 else 's'}"]
    return parts + [f"{name} {value} of 10" for name, value in symptoms.items()]


def checkin_figures(found: CheckIn) -> list[str]:
    """The figures of a record, as `checkin_parts` tells them."""
    return checkin_parts(found.sleep, found.onset_min, found.awakenings, found.symptoms)


def near_day_words(day: date, today: date) -> str:
    """ "Thu 18 Jan", and with its year where that is another one."""
    return day_words(day, year=day.year != today.year)


def wall_words(wall: time) -> str:
    """A time of day: "08:04". Every time of day that a person reads is worded here."""
    return f"{wall:%H:%M}"


def clock_words(instant: datetime, calendar: Calendar) -> str:
    """The wall-clock time of an instant in the record's zone: "08:04"."""
    return wall_words(calendar.local(instant).time())


def length_words(length: timedelta) -> str:
    """A length of time as people say it: "58 min", "4 h 02 min", "3 days"; whole minutes, rounded down."""
    minutes = int(abs(length).total_seconds() // 60)
    return _hours_words(minutes) if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def _hours_words(minutes: int) -> str:
    """Whole minutes in hours, however many: "58 min", "4 h 02 min", "49 h"."""
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes % 60 else f"{minutes // 60} h"


def ahead_words(due: datetime, day: date, now: datetime, calendar: Calendar) -> str:
    """How long it is until a dose: "4 h 02 min"; from 48 hours on the days of the calendar, "7 days".

    Args:
        due: when it is due (UTC).
        day: its logical date.
        now: the instant (UTC).
        calendar: for the logical date of now.
    """
    # Rounded up, so that "in 0 min" is never said.
    return _in_days(-(-(due - now) // timedelta(minutes=1)), (day - calendar.date_of(now)).days)


def ago_words(then: datetime, now: datetime, calendar: Calendar) -> str:
    """Time passed: "58 min ago", "just now"; from 48 hours on the days of the calendar, "7 days ago"."""
    minutes = (now - then) // timedelta(minutes=1)
    if minutes < 1:
        return "just now"
    return f"{_in_days(minutes, (calendar.date_of(now) - calendar.date_of(then)).days)} ago"


def _in_days(minutes: int, days: int) -> str:
    """A length in hours, or where it is longer than two days in so many dates; a week from now is 7 days away."""
    return f"{days} days" if minutes >= 48 * 60 and days >= 2 else _hours_words(max(1, minutes))


def state_words(
    dose: Dose, now: datetime, calendar: Calendar, *, ascii_only: bool = False, countdown: bool = True
) -> str:
    """Where a dose stands: "due, 58 min ago", "taken 08:04", "in 4 h 02 min", "no record", "skipped".

    Without `countdown` one that is to come is "planned" or "projected": in a week it is the date that tells when.
    """
    if dose.state == "upcoming" and not countdown:
        return "projected" if dose.projected else "planned"
    if dose.state == "upcoming":
        return f"in {ahead_words(dose.due, dose.date, now, calendar)}"
    if dose.state == "due":
        passed = now - dose.due
        return "due now" if passed < timedelta(minutes=1) else f"due, {length_words(passed)} ago"
    if dose.state == "late":
        return f"late, {length_words(now - dose.due)} ago"
    if dose.state == "unrecorded":
        return "no record" if dose.tracked else "before Splitdose"
    record = dose.record
    if dose.state == "taken" and record is not None:
        return f"taken {taken_time_words(record, dose.date, calendar)}{_timing_suffix(dose, ascii_only=ascii_only)}"
    if dose.state == "skipped" and record is not None and record.reason:
        return f"skipped: {record.reason}"
    return dose.state


def _timing_suffix(dose: Dose, *, ascii_only: bool) -> str:
    words = f", {dose.timing}" if dose.timing in ("early", "late") else ""
    if dose.record is not None and dose.record.pieces != dose.pieces:
        words += f", {show_dose(dose.record.pieces, ascii_only=ascii_only)}"
    return words


def taken_time_words(record: Intake, day: date, calendar: Calendar) -> str:
    """When an intake was: "08:04", "about 08:00", "at a time unknown"; with the date if that differs."""
    if record.at is None or record.exactness == "unknown":
        return "at a time unknown"
    local = record.at.astimezone(calendar.zone_on(day))
    text = wall_words(local.time())
    if calendar.date_of(record.at) != day:
        text = f"{day_words(local.date(), year=False)} {text}"
    return f"about {text}" if record.exactness == "about" else text


@dataclass(frozen=True)
class NoticeText:
    """What a notice says: one line of title, a body of one line a dose."""

    title: str
    body: str


def notice_text(reminder: Reminder, now: datetime, calendar: Calendar, *, discreet: bool = False) -> NoticeText:
    """The words of a notice; `discreet` names no medicine and no amount."""
    doses = [dose for dose, _ in reminder.doses]
    if discreet:
        return NoticeText(
            "Splitdose",
            "A reminder is waiting." if len(doses) == 1 else f"{len(doses)} reminders are waiting.",
        )
    if len(doses) == 1:
        dose = doses[0]
        title = f"{dose.slot.name} {wall_words(dose.slot.time)}: {dose.medicine} {show_dose(dose.pieces)}"
        return NoticeText(title, f"{_capital(words_of(dose.pieces))}. {_capital(state_words(dose, now, calendar))}.")
    lines = [
        f"{d.slot.name} {wall_words(d.slot.time)}: {d.medicine} {show_dose(d.pieces)}, "
        f"{words_beside(d.pieces) or words_of(d.pieces)}"
        for d in doses
    ]
    return NoticeText(f"{len(doses)} doses are due", "\n".join(lines))


def review_notice(review: Review, *, discreet: bool = False) -> NoticeText:
    """The words of a review: that a minimum hold is over, and no more; the person moves the plan."""
    if discreet:
        return NoticeText("Splitdose", "A reminder is waiting.")
    hold = f"{review.hold} day{'' if review.hold == 1 else 's'}"
    return NoticeText(
        f"{review.medicine}: review",
        f"Step {review.step} of {review.of} has been held {hold}, as planned at least. It goes on until you say so.",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def planned_words(record: Intake, *, ascii_only: bool = False) -> str:
    """ ", planned 25 mg" where what was taken is not what was planned, else ""."""
    planned = record.planned
    if record.kind != "taken" or planned is None or planned.pieces == record.pieces:
        return ""
    words = show_dose(planned.pieces, ascii_only=ascii_only)
    if words == show_dose(record.pieces, ascii_only=ascii_only):
        words = show_pieces(planned.pieces, ascii_only=ascii_only, full=True)
    return f", planned {words}"


def recorded_words(record: Intake, now: datetime, calendar: Calendar) -> str:
    """What is known of a record: "5 mg was recorded as taken at 08:04, 22 min ago"."""
    if record.kind in ("skipped", "unsure"):
        when = clock_words(record.recorded_at, calendar)
        passed = ago_words(record.recorded_at, now.astimezone(UTC), calendar)
        return f"it was recorded as {record.kind} at {when}, {passed}"
    amount = show_dose(record.pieces)
    if record.at is None:
        return f"{amount} was recorded as taken at a time unknown"
    when = taken_time_words(record, record.date, calendar)
    return f"{amount} was recorded as taken at {when}, {ago_words(record.at, now, calendar)}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""
