"""Moving a plan: `plan hold`, `next`, `back`, `pause`, `resume`, `stop`, `archive`, `undo`, `settle`; `plan export`.

The person moves the plan; nothing here says whether to. What would change a past day is shown first, and done only on
a yes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from splitdose import files
from splitdose.cli import as_json
from splitdose.cli.parser import Commands, Parser, number
from splitdose.cli.shell import Declined, Shell
from splitdose.core.amount import quote
from splitdose.core.clock import DAY
from splitdose.core.day_change import DayChange
from splitdose.core.errors import BadInput
from splitdose.core.plan import MAX_HOLD, DosePoint, Medicine, PlacedStep, Version
from splitdose.core.plan_wording import (
    day_change_words,
    day_sum_words,
    end_words,
    endless_words,
    point_words,
    since_point_words,
    step_sum_words,
)
from splitdose.core.wording import day_words
from splitdose.planwrite import plan_text
from splitdose.session import Change, Refused
from splitdose.session.planner import ChangedDay
from splitdose.session.when import read_point
from splitdose.store import NotSaved

MOST_DAYS_SHOWN = 20
MOST_STARTS_SHOWN = 3
_FROM = 'from when: 2026-01-31, tomorrow, 2026-01-31/evening, "in 3 days" (else the first dose still open)'


def add(plan: Commands) -> None:
    """Add these commands to the group `plan`."""
    hold = _move(plan, "hold", run_hold, "hold the current step for some more days",
                 "Later starts move with it.", "splitdose plan hold baclofen --days 3", at=False)  # fmt: skip
    hold.add_argument("--days", metavar="N", default="1", help="how many more days (else one)")
    _move(plan, "next", run_next, "begin the next step", _PAST,
          "splitdose plan next baclofen\nsplitdose plan next baclofen --from tomorrow/evening")  # fmt: skip
    back = _move(plan, "back", run_back, "return to an earlier step, as a new one",
                 f"The steps that followed it follow again. {_PAST}",
                 "splitdose plan back baclofen\nsplitdose plan back baclofen --to 2")  # fmt: skip
    back.add_argument("--to", metavar="N", help="the number of the step, as in plan show (else the one before)")
    pause = _move(
        plan, "pause", run_pause, "no doses until resumed", _PAST,
        "splitdose plan pause baclofen\nsplitdose plan pause baclofen --from tomorrow --until 2026-02-07",
    )  # fmt: skip
    pause.add_argument("--until", metavar="D[/SLOT]", help="when the doses continue (else when resumed)")
    pause.add_argument("--push", action="store_true", help="move the rest of the plan by the days of the pause")
    _move(plan, "resume", run_resume, "doses again after a pause", _PAST, "splitdose plan resume baclofen")
    _move(plan, "stop", run_stop, "no doses any more; steps that have not begun are dropped", _PAST,
          "splitdose plan stop baclofen --from tomorrow")  # fmt: skip
    archive = _move(
        plan, "archive", run_archive, "take a medicine out of the lists; its record stays",
        "Only a medicine whose plan asks for no more doses.", "splitdose plan archive baclofen", at=False,
    )  # fmt: skip
    archive.add_argument("--back", action="store_true", help="into the lists again")
    _move(plan, "undo", run_undo, "undo the newest change of a plan",
          "The version before is in force again; what was recorded stays. Again goes further back.",
          "splitdose plan undo baclofen", at=False)  # fmt: skip
    settle = _move(
        plan, "settle", run_settle, "choose between changes that two devices made to a plan",
        "Keeps one version, undoes what rules over it, and asks no more. plan show names the versions.",
        "splitdose plan settle baclofen --keep 3", at=False,
    )  # fmt: skip
    settle.add_argument("--keep", metavar="N", help="the number of the version to keep")
    rename = plan.add(
        "rename", run_rename, "call a medicine something else; its plan and its record stay",
        about="The old name is still understood.", examples="splitdose plan rename propranolol Propranolol",
    )  # fmt: skip
    rename.add_argument("medicine", metavar="MEDICINE", help="which medicine")
    rename.add_argument("name", metavar="NAME", help="what it is called from now on")
    export = plan.add(
        "export", run_export, "write all plans as one plan file",
        about="What was in force as steps with their dates, then what lies ahead. Read into an empty record now it\n"
        "asks for the same doses on every day.",
        examples="splitdose plan export\nsplitdose plan export -o plan.toml", json=False,
    )  # fmt: skip
    export.add_argument("-o", metavar="FILE", dest="output", help="write to a file; - is the output, as without it")
    export.add_argument("--yes", action="store_true", help="yes to replacing the file")


_PAST = "What begins before now changes the past: it is shown, and asked for."


def _move(
    plan: Commands, name: str, run: Callable[[Shell], int], help: str, about: str, examples: str, *, at: bool = True
) -> Parser:
    parser = plan.add(name, run, help, about=about, examples=examples)
    parser.add_argument("medicine", metavar="MEDICINE", help="which medicine")
    if at:
        parser.add_argument("--from", metavar="D[/SLOT]", dest="from_point", help=_FROM)
    parser.add_argument("--yes", action="store_true", help="yes to what it asks about")
    return parser


def run_hold(shell: Shell) -> int:
    """`splitdose plan hold`."""
    days = number(shell.options.days, "--days", MAX_HOLD)
    return _done(shell, shell.session.plans.hold(_medicine(shell).name, days))


def run_next(shell: Shell) -> int:
    """`splitdose plan next`."""
    return _done(shell, shell.session.plans.next(_medicine(shell).name, _from(shell)))


def run_back(shell: Shell) -> int:
    """`splitdose plan back`."""
    to = None if shell.options.to is None else number(shell.options.to, "--to", 10_000)
    return _done(shell, shell.session.plans.back(_medicine(shell).name, to, _from(shell)))


def run_pause(shell: Shell) -> int:
    """`splitdose plan pause`."""
    medicine = _medicine(shell)
    until = _point(shell, medicine, shell.options.until, "--until")
    return _done(shell, shell.session.plans.pause(medicine.name, _from(shell), until, push=shell.options.push))


def run_resume(shell: Shell) -> int:
    """`splitdose plan resume`."""
    return _done(shell, shell.session.plans.resume(_medicine(shell).name, _from(shell)))


def run_stop(shell: Shell) -> int:
    """`splitdose plan stop`."""
    return _done(shell, shell.session.plans.stop(_medicine(shell).name, _from(shell)))


def run_archive(shell: Shell) -> int:
    """`splitdose plan archive`."""
    return _done(shell, shell.session.plans.archive(_medicine(shell).name, archived=not shell.options.back))


def run_undo(shell: Shell) -> int:
    """`splitdose plan undo`."""
    plans = shell.session.plans
    found = plans.undoing(_medicine(shell).name)
    lines = [f"{found.medicine}: undoes version {found.version.number}, {found.version.why}"]
    lines += [f"  in force again: version {found.back_to.number}, {found.back_to.why}"]
    move = _Move(found.medicine, found.back_to, found.past)
    _settle(shell, move, lines, lambda: plans.undo(found.medicine, found))
    return 0


def run_settle(shell: Shell) -> int:
    """`splitdose plan settle`."""
    plans, medicine, typed = shell.session.plans, _medicine(shell), shell.options.keep
    found = plans.settling(medicine.name, None if typed is None else number(typed, "--keep", 10**6))
    if typed is None:
        versions = ", ".join(f"--keep {v.number} ({v.why})" for v in (medicine.latest, *medicine.made_beside))
        raise BadInput("say which version is kept", versions)
    lines = [f"{found.medicine}: keeps version {found.keep.number}, {found.keep.why}"]
    lines += [f"  undoes version {version.number}, {version.why}" for version in found.undone]
    move = _Move(found.medicine, found.keep, found.past)
    _settle(shell, move, lines, lambda: plans.settle(found.medicine, found.keep.number, found))
    return 0


def run_rename(shell: Shell) -> int:
    """`splitdose plan rename`."""
    before, now = shell.session.plans.rename(shell.options.medicine, shell.options.name)
    if shell.json:
        shell.out.json({"renamed": {"from": before, "to": now}})
    else:
        shell.out.line(f"renamed: {before} is called {now} from now on; its plan and record stay")
    return 0


def run_export(shell: Shell) -> int:
    """`splitdose plan export`."""
    reader, options = shell.reader, shell.options
    if not reader.plan().medicines:
        raise Declined("there is no plan to export", "splitdose plan import FILE reads one")
    file = shell.target(options.output)
    if file is None:
        for line in plan_text(reader.plan(), reader.now(), ascii_only=shell.ascii_only).splitlines():
            shell.out.line(line)
        return 0
    text = plan_text(reader.plan(), reader.now())
    if file.exists() or file.is_symlink():
        if not (options.yes or shell.ask(f"Replace {quote(str(file), limit=200)}?")):
            raise Declined(f"{quote(str(file), limit=200)} exists", "--yes replaces it")
        write = files.replace
    else:
        write = files.create
    try:
        write(file, text.encode())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it can't be written"
        raise NotSaved(f"{quote(str(file), limit=200)} was not written: {reason}", "name another file") from None
    shell.out.line(f"written: {file}")
    return 0


def _medicine(shell: Shell) -> Medicine:
    return shell.reader.find_medicine(shell.options.medicine)


def _from(shell: Shell) -> DosePoint | None:
    return _point(shell, _medicine(shell), shell.options.from_point, "--from")


def _point(shell: Shell, medicine: Medicine, typed: str | None, name: str) -> DosePoint | None:
    """From which dose on, as typed; None without an option, and for "now" where that may be said."""
    if typed is None:
        return None
    reader = shell.reader
    point = read_point(typed, medicine, reader.today(), reader.find_slot)
    # An empty word is a script's unset variable, and a pause until "now" would have no end.
    if point is None and (not typed.strip() or name == "--until"):
        raise BadInput(f"{name} is {quote(typed)}", "give a date, or a date and a slot: 2026-01-31/evening")
    return point


@dataclass(frozen=True)
class _Move:
    """What a change of a plan comes to, however it is made.

    Attributes:
        version: the one that is in force then.
        past: past days that would change.
        day: the day it begins on.
        notes: what else there is to say.
    """

    medicine: str
    version: Version
    past: Sequence[ChangedDay]
    day: DayChange | None = None
    notes: Sequence[str] = ()


def _done(shell: Shell, change: Change) -> int:
    """Say what a change does, ask where it reaches into the past or a day sums to more than before, and do it."""
    version = change.version
    lines = [f"{change.medicine}: {version.why}, {since_point_words(change.begins)}"]
    plans = shell.session.plans
    move = _Move(change.medicine, version, change.past, change.day, change.notes)
    _settle(shell, move, lines, lambda: plans.apply(change, allow={"replaces", "changes_past", "day_sum"}))
    return 0


def _settle(shell: Shell, move: _Move, lines: Sequence[str], do: Callable[[], object]) -> None:
    if not shell.json:
        for line in [*lines, *_standing(shell, move.version), *change_lines(shell, move.past, move.day, move.notes)]:
            shell.out.line(line)
    try:
        if not shell.options.yes:
            _ask_first(shell, move)
        do()
    except (Refused, Declined):
        if shell.json:
            shell.out.json(_json(shell, move, done=False))
        raise
    if shell.json:
        shell.out.json(_json(shell, move, done=True))
    else:
        shell.out.line("done")


def _ask_first(shell: Shell, move: _Move) -> None:
    """Ask about what is unusual. Raises Declined, or where nobody can be asked Refused, with the facts."""
    if move.day is not None and move.day.above:
        facts = day_sum_words(move.day, shell.reader.today())
        answer = shell.ask(f"{facts}. Do it all the same?")
        if answer is None:
            raise Refused("day_sum", facts, f"--from {_following(shell, move.day.date)} begins a day later, or --yes")
        if not answer:
            raise Declined("nothing was changed")
    if move.past:
        answer = shell.ask("Change the past?")
        if answer is False:
            raise Declined("nothing was changed")
        if answer is None:
            first, count = move.past[0], len(move.past)
            raise Refused(
                "changes_past",
                f"{count} past day{'s' if count > 1 else ''} would change, from {first.date.isoformat()} "
                f"({move.medicine}: {first.before} becomes {first.after})",
                "--yes does it",
            )


def _following(shell: Shell, day: date) -> str:
    """The day after one, as it may be typed."""
    return "tomorrow" if day == shell.reader.today() else (day + DAY).isoformat()


def change_lines(shell: Shell, past: Sequence[ChangedDay], day: DayChange | None, notes: Sequence[str]) -> list[str]:
    """What a change does to days, line by line: to the one it begins on, and to past ones."""
    lines = []
    if day is not None and (day.changes or day.above):
        lines.append(f"  {day_change_words(day, shell.reader.today())}")
    lines += [f"  {note}" for note in notes]
    lines += [f"  past day {day_words(d.date)}: {d.before} becomes {d.after}" for d in past[:MOST_DAYS_SHOWN]]
    if len(past) > MOST_DAYS_SHOWN:
        lines.append(f"  and {len(past) - MOST_DAYS_SHOWN} more past days")
    return lines


def _standing(shell: Shell, version: Version) -> list[str]:
    """Where the plan stands then, and what begins next."""
    today, calendar = shell.reader.today(), shell.calendar
    current = version.current(today, calendar)
    placed = version.placed_steps(today)
    lines = []
    if current is not None:
        waits = _first_dose(version, current) if current.counts_from > today else ""
        lines.append(
            f"  today: step {current.index + 1} of {len(version.steps)}{_daily(version, current.index)}{waits}"
        )
    ahead = [begun for begun in placed if current is None or begun.index > current.index]
    lines += [
        f"  step {begun.index + 1}{_daily(version, begun.index)}: {since_point_words(begun.begins)}"
        f"{_first_dose(version, begun)}{', projected' if begun.projected else ''}"
        for begun in ahead[:MOST_STARTS_SHOWN]
    ]
    if len(ahead) > MOST_STARTS_SHOWN:
        more = len(ahead) - MOST_STARTS_SHOWN
        lines.append(f"  and {more} more step{'' if more == 1 else 's'} after")
    lines += [f"  {words}" for words in (end_words(version, today), endless_words(version)) if words]
    for pause in version.pauses:
        if pause.end is None or pause.end.date >= today:
            end = f" until {point_words(pause.end)}" if pause.end else ""
            lines.append(f"  paused {since_point_words(pause.start)}{end}")
    return lines


def _first_dose(version: Version, begun: PlacedStep) -> str:
    """Where a step waits for its first dosing day, that day."""
    if version.steps[begun.index].empty or begun.counts_from == begun.begins.date:
        return ""
    return f", first dose {day_words(begun.counts_from)}"


def _daily(version: Version, index: int) -> str:
    step = version.steps[index]
    if step.empty:
        return ", no doses"
    return f", {step_sum_words(step)}"


def _json(shell: Shell, move: _Move, *, done: bool) -> as_json.Json:
    today, version = shell.reader.today(), move.version
    current = version.current(today, shell.calendar)
    return {
        "done": done, "medicine": move.medicine, "version": version.number, "why": version.why,
        "from": as_json.point(version.in_force_from),
        "step": current.index + 1 if current is not None else None,
        "steps": [
            {
                "number": begun.index + 1, "start": begun.begins.date.isoformat(), "slot": begun.begins.slot,
                "projected": begun.projected, "hold": version.steps[begun.index].hold,
                "mg_per_day": as_json.mg(version.steps[begun.index].mean_mg_per_day),
                "period": version.steps[begun.index].asked.period,
                "period_mg": as_json.mg(version.steps[begun.index].mg_per_day),
            }
            for begun in version.placed_steps(today)
        ],
        "past": [{"date": d.date.isoformat(), "before": d.before, "after": d.after} for d in move.past],
        "day": as_json.day_change(move.day), "notes": list(move.notes),
    }  # fmt: skip
