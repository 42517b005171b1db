"""Looking: `today`, `week` and `status`. Nothing here writes."""

import re

from splitdose.cli import as_json, as_text
from splitdose.cli.parser import Commands
from splitdose.cli.shell import Shell
from splitdose.core.amount import quote
from splitdose.core.course import since_words
from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.showing import show_dose
from splitdose.core.wording import state_words, wall_words

PLACEHOLDERS = ("medicine", "mg", "slot", "time", "when", "state")


def add(commands: Commands) -> None:
    """Add this family's commands."""
    today = commands.add(
        "today", show_today, "show the doses of a day",
        about="Each dose with its time, its amount in milligrams and in words, and where it stands.",
        examples="splitdose today\nsplitdose today --date yesterday\nsplitdose today --json",
    )  # fmt: skip
    today.add_argument("--date", metavar="D", help="another day: 2026-01-31, yesterday or tomorrow")
    week = commands.add(
        "week", show_week, "show a calendar week",
        about="Every dose of seven days, check-ins, totals, and what was taken of what was planned.",
        examples="splitdose week\nsplitdose week --of 2026-01-31",
    )  # fmt: skip
    week.add_argument("--of", metavar="D", help="a day of the week to show: 2026-01-31, yesterday")
    status = commands.add(
        "status", show_status, "show the next dose in one line, for a status bar or a prompt",
        about="The format may hold {medicine} {mg} {slot} {time} {when} {state}; two braces give one.",
        examples="splitdose status\nsplitdose status --format '{slot} {time}, {when}'",
    )  # fmt: skip
    status.add_argument("--format", metavar="F", help="what to print, with {names} in braces")


def show_today(shell: Shell) -> int:
    """`splitdose today`."""
    reader = shell.reader
    chosen = shell.day(shell.options.date)
    day = reader.day(chosen)
    following = reader.next_dose() if chosen is None else None
    if shell.json:
        shell.out.json(as_json.today(day, following, reader.plan().medicines, shell.calendar))
        return 0
    if not reader.plan().medicines and not day.doses and not day.extras:
        shell.out.line("no plan yet: splitdose plan import FILE reads one, splitdose opens the app")
        return 0
    older = [d for d in reader.on_screen() if d.date < day.date] if chosen is None else []
    finished = reader.lately_finished() if chosen is None else []
    for line in as_text.today(day, older, following, finished, shell.calendar, ascii_only=shell.ascii_only):
        shell.out.line(line)
    for words in as_text.forks(reader.plan().medicines, shell.calendar):
        shell.out.line(words)
    return 0


def show_week(shell: Shell) -> int:
    """`splitdose week`."""
    week = shell.reader.week(shell.day(shell.options.of), first_weekday=shell.settings.first_weekday)
    if shell.json:
        shell.out.json(as_json.week(week, shell.calendar))
        return 0
    for line in as_text.week(week, shell.calendar, ascii_only=shell.ascii_only):
        shell.out.line(line)
    return 0


def show_status(shell: Shell) -> int:
    """`splitdose status`."""
    pattern: str | None = shell.options.format
    found = shell.reader.next_dose()
    now = shell.reader.now()
    discreet = shell.settings.reminders.discreet
    if pattern is not None:
        line = fill(pattern, values(shell, found) if found is not None else dict.fromkeys(PLACEHOLDERS, ""))
    elif found is None:
        finished = [
            since_words(since) if discreet else f"{medicine.name}: {since_words(since)}"
            for medicine, since in shell.reader.lately_finished()
        ]
        line = "; ".join(["no dose is planned", *finished])
    else:
        line = as_text.status(found, now, shell.calendar, ascii_only=shell.ascii_only, discreet=discreet)
    if pattern is None:
        forks = as_text.forks(shell.reader.plan().medicines, shell.calendar, discreet=discreet)
        line = "; ".join([line, *forks])
    if shell.json:
        following = as_json.dose(found, shell.calendar) if found is not None else None
        shell.out.json({"text": line, "next": following})
    else:
        shell.out.line(line)
    return 0


def values(shell: Shell, dose: Dose) -> dict[str, str]:
    """What each placeholder stands for; `discreet` leaves out names and amounts."""
    discreet = shell.settings.reminders.discreet
    return {
        "medicine": "" if discreet else dose.medicine,
        "mg": "" if discreet else show_dose(dose.pieces, ascii_only=shell.ascii_only),
        "slot": dose.slot.name, "time": wall_words(dose.slot.time),
        "when": state_words(dose, shell.reader.now(), shell.calendar), "state": dose.state,
    }  # fmt: skip


def fill(pattern: str, names: dict[str, str]) -> str:
    """Put values into a format. Raises BadInput for a name that there is not, or a brace alone."""

    def value(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if (name := found[1]) is None or name not in names:
            raise BadInput(
                f"unknown placeholder {quote(found[0])}",
                "the placeholders are: " + " ".join("{" + each + "}" for each in names),
            )
        return names[name]

    return re.sub(r"\{\{|\}\}|\{([^{}]*)\}|[{}]", value, pattern)
