"""Plans: `plan show`, `plan check` and `plan import`.

What would replace a plan or change a past day is shown first, and done only on a yes.
"""

from datetime import date
from pathlib import Path

from splitdose.cli import planmoves, shapes, text
from splitdose.cli.parser import Commands, number
from splitdose.cli.shell import Declined, Shell
from splitdose.core.check import Finding, check
from splitdose.core.plan import Point
from splitdose.core.product import show_sum
from splitdose.core.wording import day_words
from splitdose.planfile import MAX_STEPS, read_plan_file
from splitdose.session import Change, Preview, Refused

MOST_DAYS_SHOWN = 20


def add(commands: Commands) -> None:
    """Add this family's commands."""
    plan = commands.group(
        "plan", "show, check, import, move or export plans",
        examples="splitdose plan import taper.toml\nsplitdose plan show",
    )  # fmt: skip
    plan.add(
        "show", show_plan, "show the plan of every medicine, with dates and totals",
        about="Steps that have not begun are projected from their holds.",
        examples="splitdose plan show\nsplitdose plan show --json",
    )  # fmt: skip
    found = plan.add(
        "check", check_plan, "read a plan file and say what is to be seen in it",
        about="Facts about what is written, no advice. Exit code 0: nothing found, 1: findings, 2: unreadable.",
        examples="splitdose plan check taper.toml",
    )  # fmt: skip
    found.add_argument("file", metavar="FILE", help="the plan file")
    brought = plan.add(
        "import", import_plan, "read a plan file into the record",
        about="Shows what it will do. Only the medicines that the file names are touched, all or nothing.\n"
        "What would replace a plan or change a past day asks first; without a terminal it needs --yes.",
        examples="splitdose plan import taper.toml\nsplitdose plan import taper.toml --start 2026-01-31\n"
        "splitdose plan import taper.toml --step 4 --yes",
    )  # fmt: skip
    brought.add_argument("file", metavar="FILE", help="the plan file")
    brought.add_argument("--start", metavar="D", help="when the first step starts, where the file doesn't say")
    brought.add_argument("--step", metavar="N", help="the file's step you are at, where the doses don't tell")
    brought.add_argument("--from", metavar="D", dest="from_day", help="change the plan from that day on, the past too")
    brought.add_argument("--yes", action="store_true", help="yes to replacing a plan and changing past days")
    planmoves.add(plan)


def show_plan(shell: Shell) -> int:
    """`splitdose plan show`."""
    on = shell.book.today()
    medicines = [m for m in shell.book.plan().medicines if not m.latest.archived]
    if shell.json:
        shell.out.json({"medicines": [shapes.medicine(m, on, shell.calendar) for m in medicines]})
        return 0
    if not medicines:
        shell.out.line("no plan yet: splitdose plan import FILE reads one, splitdose opens the app")
    for n, medicine in enumerate(medicines):
        if n:
            shell.out.line()
        for line in text.plan(medicine, on, shell.calendar, ascii_only=shell.ascii_only):
            shell.out.line(line)
    return 0


def check_plan(shell: Shell) -> int:
    """`splitdose plan check`."""
    findings = check(read_plan_file(Path(shell.options.file)))
    if shell.json:
        shell.out.json({"findings": [shapes.finding(f) for f in findings]})
    else:
        for finding in findings:
            shell.out.line(_finding(finding))
        if not findings:
            shell.out.line("no findings")
    return 1 if findings else 0


def _finding(found: Finding) -> str:
    return f"{found.code}: {found.medicine}: {found.message}"


def import_plan(shell: Shell) -> int:
    """`splitdose plan import`."""
    options, plans = shell.options, shell.session.plans
    step = None if options.step is None else number(options.step, "--step", MAX_STEPS)
    draft = read_plan_file(Path(options.file), day_start=shell.calendar.latest.day_start)
    preview = plans.preview(draft, start=shell.day(options.start), step=step, from_day=shell.day(options.from_day))
    if not shell.json:
        for line in preview_lines(shell, preview):
            shell.out.line(line)
    replaces = any(not change.first for change in preview.changes)
    try:
        yes = options.yes or ((replaces or bool(preview.past)) and _asked(shell))
        plans.apply(preview, allow={"replaces", "changes_past"} if yes else frozenset())
    except (Refused, Declined):
        if shell.json:
            shell.out.json(_preview_json(shell, preview, imported=False))
        raise
    if shell.json:
        shell.out.json(_preview_json(shell, preview, imported=True))
    else:
        shell.out.line("imported")
    return 0


def _asked(shell: Shell) -> bool:
    """Whether somebody at a terminal said yes; False where nobody can be asked."""
    answer = shell.ask("Import it?")
    if answer is False:
        raise Declined("nothing was imported")
    return bool(answer)


def preview_lines(shell: Shell, preview: Preview) -> list[str]:
    """What an import will do, before it is done."""
    lines = []
    for change in preview.changes:
        lines.append(_change(shell, change))
        lines += [
            f"  past day {day_words(day.date)}: {day.before} becomes {day.after}"
            for day in change.past[:MOST_DAYS_SHOWN]
        ]
        if len(change.past) > MOST_DAYS_SHOWN:
            lines.append(f"  and {len(change.past) - MOST_DAYS_SHOWN} more past days")
    return lines + [f"  told: {_finding(f)}" for f in preview.findings]


def _change(shell: Shell, change: Change) -> str:
    version = change.version
    effect = version.effect
    what = "new" if change.first else "replaces its plan"
    since = f"from {_point(effect)} on"
    index = _current_step(shell, change)
    if index is None:
        placed = version.steps_in_time(shell.book.today())
        begins = f", begins {_point(placed[0].begins)}" if placed else ""
        return f"{change.medicine}: {what}, {since}{begins}"
    step = version.steps[index]
    pieces = [piece for asked in step.doses.values() for piece in asked]
    daily = f", {show_sum(pieces)} a day" if pieces else ""
    return f"{change.medicine}: {what}, {since}, at step {index + 1} of {len(version.steps)}{daily}"


def _current_step(shell: Shell, change: Change) -> int | None:
    today: date = max(shell.book.today(), change.version.effect.date)
    found = change.version.step_at(Point(today), today, shell.calendar)
    return found.index if found is not None else None


def _point(point: Point) -> str:
    return day_words(point.date) + (f" {point.slot}" if point.slot is not None else "")


def _preview_json(shell: Shell, preview: Preview, *, imported: bool) -> shapes.Json:
    def step(change: Change) -> int | None:
        index = _current_step(shell, change)
        return None if index is None else index + 1

    return {
        "imported": imported,
        "changes": [
            {
                "medicine": change.medicine, "new": change.first, "step": step(change),
                "from": {"date": change.version.effect.date.isoformat(), "slot": change.version.effect.slot},
                "past": [{"date": d.date.isoformat(), "before": d.before, "after": d.after} for d in change.past],
            }
            for change in preview.changes
        ],
        "findings": [shapes.finding(f) for f in preview.findings],
    }  # fmt: skip
