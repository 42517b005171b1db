"""Plans: `plan show`, `plan check` and `plan import`.

What would replace a plan or change a past day is shown first, and done only on a yes.
"""

from datetime import date

from splitdose.cli import as_json, as_text, plan_moves
from splitdose.cli.parser import Commands, number
from splitdose.cli.shell import Declined, Shell
from splitdose.core.check import Finding, check
from splitdose.core.plan import DosePoint
from splitdose.core.plan_wording import end_words, point_words, since_point_words, step_sum_words
from splitdose.planfile import MAX_STEPS, read_plan_file
from splitdose.session import Change, Preview, Refused
from splitdose.settings import typed_path


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
        "check", check_plan, "check a plan file and list what it finds",
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
    plan_moves.add(plan)


def show_plan(shell: Shell) -> int:
    """`splitdose plan show`."""
    on = shell.reader.today()
    known = shell.reader.plan().medicines
    medicines = [m for m in known if not m.latest.archived]
    if shell.json:
        shown = [as_json.medicine(m, on, shell.calendar) for m in medicines]
        shell.out.json({"medicines": shown, "forks": as_json.forks(known, shell.calendar)})
        return 0
    if known and not medicines:
        shell.out.line(
            f"archived: {', '.join(m.name for m in known)}; splitdose plan archive MEDICINE --back shows one"
        )
    elif not medicines:
        shell.out.line("no plan yet: splitdose plan import FILE reads one, splitdose opens the app")
    for n, medicine in enumerate(medicines):
        if n:
            shell.out.line()
        for line in as_text.plan(medicine, on, shell.calendar, ascii_only=shell.ascii_only):
            shell.out.line(line)
    for words in as_text.forks(known, shell.calendar):
        shell.out.line(words)
    return 0


def check_plan(shell: Shell) -> int:
    """`splitdose plan check`."""
    findings = check(read_plan_file(typed_path(shell.options.file)))
    if shell.json:
        shell.out.json({"findings": [as_json.finding(f) for f in findings]})
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
    draft = read_plan_file(typed_path(options.file), day_start=shell.calendar.latest.day_start)
    preview = plans.preview(draft, start=shell.day(options.start), step=step, from_day=shell.day(options.from_day))
    if not shell.json:
        for line in preview_lines(shell, preview):
            shell.out.line(line)
        for warning in (*(n.words() for n in preview.names), *(w for c in preview.changes for w in c.warnings)):
            shell.note(warning)
    replaces = any(not change.first for change in preview.changes)
    try:
        asks = replaces or bool(preview.past) or bool(preview.above) or bool(preview.names)
        yes = options.yes or (asks and _asked(shell))
        agreed = frozenset({"replaces", "changes_past", "day_sum", "same_name"})
        plans.apply(preview, allow=agreed if yes else frozenset())
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
        lines += plan_moves.change_lines(shell, change.past, change.day, change.notes)
    return lines + [f"  note: {_finding(f)}" for f in preview.findings]


def _change(shell: Shell, change: Change) -> str:
    version = change.version
    what = "new" if change.first else "replaces its plan"
    words = f"{change.medicine}: {what}, {since_point_words(version.in_force_from)}"
    index, today = _current_step(shell, change), shell.reader.today()
    if index is None:
        placed = version.placed_steps(today)
        words += f", begins {point_words(placed[0].begins)}" if placed else ""
    elif not version.over_on(today):
        step = version.steps[index]
        words += f", at step {index + 1} of {len(version.steps)}"
        words += "" if step.empty else f", {step_sum_words(step)}"
    ends = end_words(version, today)
    return f"{words}, {ends}" if ends else words


def _current_step(shell: Shell, change: Change) -> int | None:
    today: date = max(shell.reader.today(), change.version.in_force_from.date)
    found = change.version.step_at(DosePoint(today), today, shell.calendar)
    return found.index if found is not None else None


def _preview_json(shell: Shell, preview: Preview, *, imported: bool) -> as_json.Json:
    def step(change: Change) -> int | None:
        index = _current_step(shell, change)
        return None if index is None else index + 1

    return {
        "imported": imported,
        "changes": [
            {
                "medicine": change.medicine, "new": change.first, "step": step(change),
                "from": as_json.point(change.version.in_force_from),
                "past": [{"date": d.date.isoformat(), "before": d.before, "after": d.after} for d in change.past],
                "day": as_json.day_change(change.day), "notes": [*change.warnings, *change.notes],
            }
            for change in preview.changes
        ],
        "findings": [as_json.finding(f) for f in preview.findings],
        "names": [{"typed": n.typed, "known": n.known, "slot_of": n.slot_of} for n in preview.names],
    }  # fmt: skip
