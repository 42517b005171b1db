"""The words people read about plans, the same on every screen, in the shell and in reports.

Facts only: what is planned, from when, and what it sums to. Never advice.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from splitdose.core.amount import show_number
from splitdose.core.asked import Asking
from splitdose.core.clock import DAY, Calendar
from splitdose.core.day_change import DayChange
from splitdose.core.plan import (
    AS_NEEDED,
    ASK,
    EDITION,
    ON_DATE,
    DosePoint,
    Medicine,
    Pause,
    PlacedStep,
    Version,
)
from splitdose.core.showing import show_dose, show_sum
from splitdose.core.wording import day_words, joined


def period_words(every: int) -> str:
    """How often a dosing day comes: "a day", "a week", "in 3 days"."""
    return {1: "a day", 7: "a week"}.get(every, f"in {every} days")


def per_period(amount: str, every: int) -> str:
    """An amount by the period that it is planned for: "60 mg a day", "15 mg a week", "25 mcg in 3 days"."""
    return f"{amount} {period_words(every)}"


def step_sum_words(step: Asking) -> str:
    """What a dosing day of a step sums to, by the period that it is planned for: "60 mg a day", "15 mg a week"."""
    return per_period(show_sum(step.asked.pieces), step.every)


def mean_words(amount: str) -> str:
    """An amount a day on average, for a column headed "a day": "~ 2.14 mg"; `amount` as it is shown elsewhere."""
    return f"~ {amount.removeprefix('about ')}"


def rhythm_words(every: int) -> str:
    """The days with doses: "every day", "every 7 days"."""
    return "every day" if every == 1 else f"every {every} days"


def days_words(count: int) -> str:
    """ "1 day", "5 days"."""
    return f"{count} day{'' if count == 1 else 's'}"


def step_difference(before: Asking, after: Asking) -> tuple[Fraction, Fraction | None] | None:
    """By how many milligrams one step differs from another, and by how many per cent of it.

    Two steps of one rhythm differ by a dosing day; others by what they give a day on average.

    Returns:
        Milligrams and per cent, the latter None where the first step gives nothing; None without milligrams.
    """
    if before.every == after.every:
        amounts = before.mg_per_day, after.mg_per_day
    else:
        amounts = before.mean_mg_per_day, after.mean_mg_per_day
    earlier, later = amounts
    if earlier is None or later is None:
        return None
    change = later - earlier
    return change, change * 100 / earlier if earlier else None


def point_words(point: DosePoint, *, year: bool = True) -> str:
    """A date, and the slot of it where one is named: "Fri 1 Dec 2023 evening"."""
    return day_words(point.date, year=year) + (f" {point.slot}" if point.slot is not None else "")


def since_point_words(point: DosePoint, *, year: bool = True) -> str:
    """From which dose on: "from Fri 1 Dec 2023 evening on"."""
    return f"from {point_words(point, year=year)} on"


def end_words(version: Version, today: date) -> str:
    """Where a course on dates is over: "ends Mon 18 Jan 2027", "ended Mon 18 Jan 2027"; "" where it has no end.

    Named is the last date with doses; of a course that ends in the middle of a day the slot before which it does.
    """
    end = version.end
    if end is None:
        return ""
    last = end.date if end.slot is not None else end.date - DAY
    before = f", before {end.slot}" if end.slot is not None else ""
    return f"{'ended' if version.over_on(today) else 'ends'} {day_words(last)}{before}"


def endless_words(version: Version) -> str:
    """That a course on dates kept by an earlier program doesn't end by itself; "" of any other plan."""
    last = version.steps[-1] if version.steps else None
    if version.edition >= EDITION or version.advance != ON_DATE or last is None or last.empty or last.hold is None:
        return ""
    return "this plan was kept before courses ended by themselves: it continues after its last hold until it is stopped"


def waiting_words(medicine: Medicine, today: date) -> str:
    """That a first step kept by an earlier program waits though its date has come; "" otherwise.

    Such a step begins when the person says so, and would otherwise be named nowhere.
    """
    version = medicine.latest
    first = version.steps[0] if version.steps else None
    if version.archived or first is None or first.begins is not None:
        return ""
    start = first.stated_start
    if start is None or start > today:
        return ""
    return f"{medicine.name}: its first step was to begin {day_words(start)} and waits until you begin it"


def review_due(version: Version, current: PlacedStep, today: date) -> bool:
    """Whether the minimum hold of the current step is over, in a plan whose person says when the next one begins."""
    day = version.review_day(current)
    return day is not None and today >= day


def review_words(medicine: Medicine, today: date, calendar: Calendar) -> str:
    """What is said once a minimum hold is over: "review: day 6 of 5"; else "".

    A fact: the person planned to look at it about now, and decides what to do.
    """
    version = medicine.latest
    current = version.current(today, calendar)
    if version.archived or current is None or not review_due(version, current, today):
        return ""
    hold, day = version.steps[current.index].hold, (today - current.begins.date).days + 1
    return f"review: day {day} of {hold}"


def where_words(medicine: Medicine, today: date, calendar: Calendar) -> str:
    """Where the person stands: "step 8 of 12, day 5 of 4, review", "held 68 days", "stopped, 3 days ago"."""
    version = medicine.latest
    parts = []
    if version.archived:
        parts.append("archived")
    pause = pause_on(version, today, calendar)
    if pause is not None:
        until = f" until {day_words(pause.end.date, year=False)}" if pause.end is not None else ""
        parts.append(f"paused since {day_words(pause.start.date, year=False)}{until}")
    if version.advance == AS_NEEDED:
        return ", ".join([*parts, "taken as needed"])
    current = version.current(today, calendar)
    if current is None:
        first = next(iter(version.placed_steps(today)), None)
        begins = f"begins {day_words(first.begins.date, year=False)}" if first is not None else "not begun"
        return ", ".join([*parts, f"{begins}{', projected' if first is not None and first.projected else ''}"])
    step, passed = version.steps[current.index], (today - current.begins.date).days
    if version.over_on(today):
        parts.append(end_words(version, today))
    elif step.empty:
        ago = "today" if passed == 0 else f"{passed} day{'' if passed == 1 else 's'} ago"
        parts.append(f"no doses since {day_words(current.begins.date, year=False)}, {ago}")
    elif step.hold is None and current.index == len(version.steps) - 1:
        parts.append(f"held {passed} day{'' if passed == 1 else 's'}" if passed > 0 else "begun today")
        if len(version.steps) > 1:
            parts.insert(0, f"step {current.index + 1} of {len(version.steps)}")
    else:
        words = f"step {current.index + 1} of {len(version.steps)}, day {passed + 1}"
        if step.hold is not None:
            words += f" of {step.hold}"
        if review_due(version, current, today):
            words += ", review"
        parts.append(words)
    return ", ".join(parts)


def fork_words(medicine: Medicine, calendar: Calendar) -> str:
    """That a plan was changed on two devices, which version rules and which stand beside it; "" where it wasn't."""
    if not medicine.forked:
        return ""
    words = f"the plan of {medicine.name} was changed on {_devices(medicine)}: "
    words += f"{_made_words(medicine.latest, calendar)} rules"
    others = [_made_words(version, calendar) for version in medicine.made_beside]
    if others:
        words += f", {joined(others)} {'was' if len(others) == 1 else 'were'} made beside it"
    undone = [f"version {number}" for number in medicine.undone_below]
    if undone:
        was = "was" if len(undone) == 1 else "were"
        words += f", {joined(undone)} {was} undone on one of them and changed further on another"
    return words


def _devices(medicine: Medicine) -> str:
    return "two devices" if len(medicine.beside) < 2 else "several devices"


def fork_short_words(medicine: Medicine) -> str:
    """ "two devices changed the plan of baclofen: version 3 rules, 2 is beside it", where there is less room."""
    if not medicine.forked:
        return ""
    words = f"{_devices(medicine)} changed the plan of {medicine.name}: version {medicine.latest.number} rules"
    if medicine.beside:
        numbers = joined([str(version.number) for version in medicine.made_beside])
        words += f", {numbers} {'is' if len(medicine.beside) == 1 else 'are'} beside it"
    if medicine.undone_below:
        words += f", {joined([str(number) for number in medicine.undone_below])} was undone on one of them"
    return words


def _made_words(version: Version, calendar: Calendar) -> str:
    """ "version 3 (step 9 begun, Thu 30 Nov 09:00)"."""
    local = calendar.local(version.made_at)
    return f"version {version.number} ({version.why}, {day_words(local.date(), year=False)} {local:%H:%M})"


def pause_on(version: Version, today: date, calendar: Calendar) -> Pause | None:
    """The pause that covers the end of a logical date."""
    slots = version.ordered_slots(calendar, today)
    last = DosePoint(today, slots[-1].name if slots else None)
    if not version.paused_at(last, calendar):
        return None
    return next(
        (p for p in reversed(version.pauses) if p.start.date <= today and (p.end is None or p.end.date >= today)), None
    )


def advance_words(advance: str) -> str:
    """How steps move on, in words."""
    return {
        ASK: "steps begin when you say so",
        ON_DATE: "steps begin on their dates",
    }.get(advance, "taken when taken, no reminders")


def half_life_words(half_life: tuple[Fraction, Fraction] | None) -> str:
    """The person's own figure in hours: "2 to 6 h", "none"."""
    if half_life is None:
        return "none"
    low, high = (show_number(hours) for hours in half_life)
    return f"{low} h" if low == high else f"{low} to {high} h"


def day_change_words(change: DayChange, today: date) -> str:
    """A day as it will be: "today: morning 40 mg taken, evening 40 mg added; 80 mg in all"."""
    parts = [f"{slot.slot} {show_dose(slot.pieces)} {slot.becomes}" for slot in change.slots]
    parts += [f"extra {show_dose(pieces)} taken" for pieces in change.extras]
    whole = show_dose(change.total) if change.total else "nothing"
    return f"{_day_or_today(change.date, today)}: {', '.join(parts) or 'no doses'}; {whole} in all"


def day_sum_words(change: DayChange, today: date) -> str:
    """What is more than what: "today would sum to 80 mg; a day of the plan is 40 mg before, 40 mg after"."""
    before, after = (show_dose(pieces) if pieces else "nothing" for pieces in (change.old, change.new))
    day = _day_or_today(change.date, today)
    return f"{day} would sum to {show_dose(change.total)}; a day of the plan is {before} before, {after} after"


def _day_or_today(day: date, today: date) -> str:
    return "today" if day == today else day_words(day, year=False)


def next_dosing_day(begun: PlacedStep, every: int, today: date) -> date:
    """The first dosing day of a step from a date on."""
    if today <= begun.counts_from:
        return begun.counts_from
    return today + timedelta(days=-(today - begun.counts_from).days % every)


def in_pause_words(version: Version, pause: Pause, today: date) -> list[str]:
    """What a pause on dates takes from the steps: "step 5 lies in it, none of its 2 days", "3 of the 5 days of step 4".

    Empty for a pause without an end.
    """
    if pause.end is None:
        return []
    start, end = pause.start.date, pause.end.date
    placed: Sequence[PlacedStep] = version.placed_steps(today)
    lines = []
    for n, begun in enumerate(placed):
        step = version.steps[begun.index]
        following = placed[n + 1].begins.date if n + 1 < len(placed) else None
        if following is None and step.hold is not None:
            following = begun.begins.date + timedelta(days=step.hold)
        if step.empty or begun.begins.date >= end or (following is not None and following <= start):
            continue
        lost = (min(end, following or end) - max(start, begun.begins.date)).days
        length = None if following is None else (following - begun.begins.date).days
        if not lost or (length is None and begun.begins.date < start):
            continue
        if length is not None and lost >= length:
            lines.append(f"step {begun.index + 1} lies in it: {days_words(length)}, no doses")
        else:
            of = "" if length is None else f" of the {length}"
            lines.append(f"step {begun.index + 1} loses {lost}{of} days")
    return lines
