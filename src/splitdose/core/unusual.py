"""What is unusual about a record that is to be made: the facts, a line each, for the person to decide.

Record first: nothing vetoes a fact. The record is made, then looked at here, and kept once the person has answered
what is asked about it; screens and shell ask the same, because it is said nowhere else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from splitdose.core.amount import quote
from splitdose.core.clock import DAY, Calendar
from splitdose.core.day import Day, Dose
from splitdose.core.log import Intake, Planned
from splitdose.core.plan import DoseKey, Plan
from splitdose.core.showing import echo, show_dose
from splitdose.core.upcoming import days_back, newest_past
from splitdose.core.wording import ago_words, ahead_words, clock_words, recorded_words, taken_time_words

AGAIN_WITHIN = timedelta(minutes=5)
"""An extra intake so soon after another one of its medicine is asked about: a double press, or the shell's history."""
SAME_WITHIN = timedelta(minutes=30)
"""The same amount is asked about for longer: whoever forgot that it was recorded types the same again, and hardly
anybody takes the same again within half an hour so often that one question is in the way."""
JUST_TAKEN = timedelta(hours=1)
"""So long after a dose was taken it is named before the next one is recorded early."""

Days = Callable[[date, date], Sequence[Day]]
"""Gives the logical dates of [start, end) as they stand."""


@dataclass(frozen=True)
class Unusual:
    """One fact that the person is asked about.

    Attributes:
        code: what kind of fact it is.
        what: the fact, one line.
        todo: which words settle it in the shell.
    """

    code: Literal["recorded", "early", "after_next", "amount", "again", "not_planned"]
    what: str
    todo: str


def too_early(due: datetime, day: date, at: datetime, calendar: Calendar) -> bool:
    """Whether a dose of a logical date would be early at an instant: by more than makes one late."""
    return due - at > calendar.rules_on(day).late_after


def no_such_dose(key: DoseKey) -> Unusual:
    """That the plan has no dose there, nor the log a record of one."""
    return Unusual(
        "not_planned",
        f"no dose of {quote(key.medicine)} is planned for {quote(key.slot)} on {key.date.isoformat()}",
        "--extra with --amount records an extra intake",
    )


def of_a_dose(
    intake: Intake, planned: Planned, dose: Dose, plan: Plan, days: Days, answered: Collection[str]
) -> Iterator[Unusual]:
    """What is unusual about a record of a dose, in the order in which it is asked.

    Args:
        intake: the record that is to be made.
        planned: what it keeps of the plan.
        dose: as it stands now.
        plan: all medicines and the calendar.
        days: for the doses before it and after it.
        answered: codes that the person has answered; nothing is read or said for them.
    """
    now, calendar = intake.recorded_at, plan.calendar
    named = _named(dose, calendar.date_of(now))
    if dose.record is not None and "recorded" not in answered:
        yield Unusual(
            "recorded", f"{named}: {recorded_words(dose.record, now, calendar)}",
            "--correct replaces that record, --extra records one more",
        )  # fmt: skip
    if intake.kind != "taken":
        return
    at = intake.at or now
    if "early" not in answered and too_early(planned.due, dose.date, at, calendar):
        yield Unusual("early", _early(dose, planned, at, now, plan, days), "--early records it now")
    if dose.state == "unrecorded" and intake.at == now and "after_next" not in answered:
        since = days(dose.date, min(dose.date + DAY, calendar.date_of(now)) + DAY)
        next_came = any(
            other.medicine == dose.medicine and dose.due < other.due <= now for day in since for other in day.doses
        )
        why = "the next dose has come due since" if next_came else "its day is over"
        yield Unusual(
            "after_next", f"{named} was due {ago_words(dose.due, now, calendar)}, and {why}",
            "--at TIME says when it was taken (--at now: just now)",
        )  # fmt: skip
    if intake.pieces != planned.pieces and "amount" not in answered:
        yield Unusual(
            "amount", f"planned was {show_dose(planned.pieces)}, this is {echo(intake.pieces)}", "say that it was so"
        )


def of_an_extra(intake: Intake, recorded: Iterable[Intake], calendar: Calendar) -> Iterator[Unusual]:
    """Whether it looks like an extra intake that is recorded already.

    Args:
        intake: the record that is to be made.
        recorded: the extra intakes that stand on its date, the day before and the day after.
        calendar: days and zone.
    """
    now = intake.recorded_at
    found = [
        other
        for other in recorded
        if other.medicine == intake.medicine
        and other.id != intake.id
        and (apart := _apart(intake, other)) is not None
        and (apart < AGAIN_WITHIN or (apart < SAME_WITHIN and other.pieces == intake.pieces))
    ]
    if not found:
        return
    newest = max(found, key=lambda other: (other.recorded_at, other.id))
    seconds = (now - newest.recorded_at) // timedelta(seconds=1)
    ago = f"{max(1, seconds)} s ago" if seconds < 60 else ago_words(newest.recorded_at, now, calendar)
    taken = taken_time_words(newest, calendar.date_of(now), calendar)
    yield Unusual(
        "again", f"{intake.medicine} {show_dose(newest.pieces)}, taken {taken}, was recorded {ago}",
        "--again records one more",
    )  # fmt: skip


def _apart(intake: Intake, other: Intake) -> timedelta | None:
    """How far apart two intakes were; None where that can't be compared, or the days are others."""
    if intake.at is not None and other.at is not None:
        return abs(intake.at - other.at)
    if intake.at is None and other.at is None and other.date == intake.date:
        return intake.recorded_at - other.recorded_at
    return None


def _early(dose: Dose, planned: Planned, at: datetime, now: datetime, plan: Plan, days: Days) -> str:
    """The facts about a dose that is not due for long: first what is open, or was just taken, of its medicine."""
    calendar = plan.calendar
    today = calendar.date_of(now)
    ahead = ahead_words(planned.due, dose.date, at, calendar)
    due = f"{_named(dose, today)} is due at {clock_words(planned.due, calendar)}, {ahead} later"
    if planned.due <= now:
        return due
    known = plan.by_name.get(dose.medicine)
    back = 1 if known is None else days_back(known, today, calendar)
    last = newest_past(days(today - back * DAY, today + DAY), dose.medicine)
    if last is None or last.key == dose.key:
        return due
    if last.record is None:
        missed = last.state == "unrecorded" and last.tracked
        return f"{_named(last, today)} has no record; {due}" if missed else due
    if last.record.at is not None and timedelta(0) <= now - last.record.at < JUST_TAKEN:
        return f"{_named(last, today)}: {recorded_words(last.record, now, calendar)}; {due}"
    return due


def _named(dose: Dose, today: date) -> str:
    when = "" if dose.date == today else f" of {dose.date.isoformat()}"
    return f"{dose.medicine} {dose.slot.name}{when}"
