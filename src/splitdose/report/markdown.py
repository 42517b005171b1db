"""Markdown to paste into a message, a forum or a letter: CommonMark with tables, no HTML.

Whatever a person typed is escaped: it can't become a link, a picture, a heading, another table cell or HTML.
"""

import re
from collections.abc import Iterable, Sequence

from splitdose.core.clock import Calendar
from splitdose.core.course import Course
from splitdose.core.day import Day
from splitdose.core.sanitize import sanitize
from splitdose.core.wording import day_words
from splitdose.report import words
from splitdose.report.data import ReportData
from splitdose.report.progress import EVERY, Progress, quiet

# A backslash makes each of these a plain letter. "<", ">" and "&" become entities, because some forums let HTML pass
# a backslash; ":" and "." are escaped only where a bare address would become a link.
_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$^!]|(?<=[A-Za-z]):(?=//)|(?<=[Ww]{3})\.|(?<=[A-Za-z0-9])@")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENTITY = re.compile("[&<>]")


def text(typed: str) -> str:
    """Any text as inline Markdown that reads as it was typed, on one line."""
    line = sanitize(typed).strip()
    return _SPECIAL.sub(lambda found: "\\" + found[0], _ENTITY.sub(lambda found: _ENTITIES[found[0]], line))


def write(data: ReportData, progress: Progress = quiet) -> str:
    """The report as Markdown."""
    lines = [f"# {text(words.title(data))}", "", text(words.made(data)), ""]
    if not data.courses:
        lines += ["Nothing is planned or recorded in these days.", ""]
    for course in data.courses:
        lines += _course(data, course)
    if data.courses or data.has_checkins:
        lines += ["## Day by day", "", text(words.legend(data)), ""]
        lines += _row(["day", "", "planned", "taken", "doses and notes"])
        lines += _row(["---", "---", "---:", "---:", "---"], raw=True)
        for done, day in enumerate(data.days):
            if done % EVERY == 0:
                progress(done, len(data.days))
            lines += _day(day, data.calendar)
        lines.append("")
    return "\n".join(lines)


def _row(cells: Sequence[str], *, raw: bool = False) -> list[str]:
    return ["| " + " | ".join(cell if raw else text(cell) for cell in cells) + " |"]


def _course(data: ReportData, course: Course) -> Iterable[str]:
    yield f"## {text(course.medicine)}"
    yield ""
    for what, figure in words.facts(data, course):
        yield f"- {text(what)}: {text(figure)}"
    yield ""
    steps = data.steps(course.medicine)
    if not steps:
        return
    shown_in = words.unit(data, course.medicine)
    yield "### Steps"
    yield ""
    if note := words.steps_note(data, course):
        yield text(note)
        yield ""
    yield from _row(["from", "held", "a day", "change", "doses"])
    yield from _row(["---", "---", "---:", "---:", "---"], raw=True)
    for before, span in zip([None, *steps], steps, strict=False):
        doses = "; ".join(words.step_doses(span))
        if stated := words.step_stated(data, course, span):
            doses += f" ({stated})"
        yield from _row([
            words.step_start(span), words.step_days(span), words.step_amount(span, shown_in),
            words.step_change(span, before, shown_in), f"{doses} — note: {span.step.note}" if span.step.note else doses,
        ])  # fmt: skip
    yield ""


def _day(day: Day, calendar: Calendar) -> Iterable[str]:
    name = day_words(day.date)
    for total in day.totals:
        doses = [words.dose_words(d, day, calendar) for d in day.doses if d.medicine == total.medicine]
        doses += [words.extra_words(e, calendar) for e in day.extras if e.medicine == total.medicine]
        taken = "" if day.date > calendar.date_of(day.now) else words.taken_words(total)
        yield from _row([name, total.medicine, words.planned_words(total), taken, "; ".join(doses)])
        name = ""
    for checkin in day.checkins:
        when = words.checkin_time(checkin, day.date, calendar)
        yield from _row([name, f"check-in {when}", "", "", words.checkin_words(checkin)])
        name = ""
    if name:
        yield from _row([name, "", "", "", "nothing planned or recorded"])
