"""Moving a plan: hold, next, back, pause, stop, archive, rename, and undoing a version. Each is one coroutine.

The person moves the plan; nothing here says whether to. A move reads: ask from when, make the change, show it, do it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from splitdose.core.errors import BadInput
from splitdose.core.plan import MAX_HOLD, DosePoint, Medicine
from splitdose.core.plan_wording import pause_on, since_point_words, where_words
from splitdose.session import Change
from splitdose.session.planner import Settling
from splitdose.session.when import WHEN_HINT
from splitdose.tui.dialogs.plan_change import MedicineChange
from splitdose.tui.dialogs.versions import VersionsScreen
from splitdose.tui.editors.reading import read_whole, read_yes
from splitdose.tui.plan_changes import PlanChanges
from splitdose.tui.plan_words import StepRow, step_words

Values = dict[str, str]


async def hold(changes: PlanChanges, medicine: Medicine) -> None:
    """Hold the current step some days longer."""
    plans, reader = changes.session.plans, changes.session.reader

    def held(values: Values) -> Change:
        return plans.hold(medicine.name, read_whole(values["days"], "days", 1, MAX_HOLD))

    def read(values: Values) -> str:
        after = replace(medicine, versions=(*medicine.versions, held(values).version))
        return f"{where_words(after, reader.today(), reader.calendar)}; what changes is shown next"

    title = f"{medicine.name}: hold for how many more days?"
    values = await changes.form(title, [("days", "1", "a number of days")], read)
    if values is not None:
        await changes.propose("Hold the current step longer?", lambda: held(values))


async def next_step(changes: PlanChanges, medicine: Medicine) -> None:
    """Begin the next step."""
    rows, current = changes.rows(medicine), _current(changes, medicine)
    number = current.number + 1 if current is not None else 1
    if number > len(rows):
        changes.say(f"there is no step after the current one; {changes.key('plan.add')} adds one")
        return
    what = f"step {number} ({step_words(rows[number - 1].step, hold=False)})"
    await _propose_from(
        changes, medicine, f"Begin {what}: from when?", f"Begin {what}?",
        partial(changes.session.plans.next, medicine.name),
    )  # fmt: skip


async def back(changes: PlanChanges, medicine: Medicine, chosen: StepRow | None) -> None:
    """Go back to an earlier step: the chosen one, or the one before, unless the person types another."""
    plans, rows, current = changes.session.plans, changes.rows(medicine), _current(changes, medicine)
    if current is None or current.number == 1:
        changes.say("there is no step before the current one")
        return
    last = current.number - 1
    usual = changes.usual_start(medicine)

    def understood(values: Values) -> tuple[int, DosePoint | None]:
        return read_whole(values["step"], "step", 1, last), changes.read_from(values["from"], medicine)

    def read(values: Values) -> str:
        to, at = understood(values)
        plans.back(medicine.name, to, at)
        words = step_words(rows[to - 1].step, hold=False)
        return f"step {to} ({words}) again {_since(at or usual)}, then the steps that followed it"

    number = chosen.number if chosen is not None and chosen.number <= last else last
    fields = [("step", str(number), f"1 to {last}"), ("from", "now", WHEN_HINT)]
    values = await changes.form("Back to which step, from when?", fields, read)
    if values is not None:
        to, at = understood(values)
        again = partial(plans.back, medicine.name, to)
        await changes.propose(f"Go back to step {to}?", lambda: again(at), at=again)


async def pause(changes: PlanChanges, medicine: Medicine) -> None:
    """Pause the doses, or resume them."""
    plans, reader, name = changes.session.plans, changes.session.reader, medicine.name
    if pause_on(medicine.latest, reader.today(), reader.calendar) is not None:
        await _propose_from(
            changes, medicine, f"Resume {name}: from when?", f"Resume {name}?", partial(plans.resume, name)
        )
        return
    usual = changes.usual_start(medicine)

    def understood(values: Values) -> tuple[DosePoint | None, DosePoint | None, bool]:
        at = changes.read_from(values["from"], medicine)
        push = read_yes(values["push"], "push")
        typed = values["until"].strip()
        until = changes.read_from(typed, medicine) if typed else None
        if typed and (until is None or until.date < (at or usual).date):
            raise BadInput("until: not after the beginning of the pause", "type a later day, or nothing")
        return at, until, push

    def paused(values: Values) -> Change:
        at, until, push = understood(values)
        return plans.pause(name, at, until, push=push)

    def read(values: Values) -> str:
        at, until, _ = understood(values)
        paused(values)
        end = f", again {_since(until)}" if until is not None else " until you resume it"
        return f"no doses {_since(at or usual)}{end}"

    fields = [
        ("from", "now", WHEN_HINT), ("until", "", "you resume it"),
        ("push", "no", "yes: the rest of the plan moves by those days"),
    ]  # fmt: skip
    values = await changes.form(f"Pause {name}: no doses", fields, read)
    if values is not None:
        await changes.propose(f"Pause {name}?", lambda: paused(values))


async def stop(changes: PlanChanges, medicine: Medicine) -> None:
    """No doses from a point on."""
    await _propose_from(
        changes, medicine, f"{medicine.name}: no doses from when?", "Stop: no doses, and no steps after?",
        partial(changes.session.plans.stop, medicine.name),
    )  # fmt: skip


async def archive(changes: PlanChanges, medicine: Medicine) -> None:
    """Archive a medicine whose plan asks for no more doses, or take it out again."""
    archived = not medicine.latest.archived
    ask = "Archive it? Its record stays." if archived else "Take it out of the archive?"
    await changes.propose(ask, lambda: changes.session.plans.archive(medicine.name, archived=archived))


async def rename(changes: PlanChanges, medicine: Medicine) -> str | None:
    """Call a medicine something else; gives its new name, None where it keeps the old one."""
    plans, name = changes.session.plans, medicine.name

    def read(values: Values) -> str:
        return f"{name} is called {plans.new_name(name, values['name'])}; its record stays"

    values = await changes.form(f"What is {name} to be called?", [("name", name, "any name")], read)
    if values is None:
        return None
    _, new = plans.rename(name, values["name"])
    changes.done = f"done: {name} is called {new} from now on"
    return new


async def versions(changes: PlanChanges, medicine: Medicine) -> None:
    """List every version of the plan; the newest may be undone from there, or kept beside another device's."""
    calendar = changes.session.reader.calendar
    wanted = await changes.ask(VersionsScreen(medicine, calendar, ascii_only=changes.ascii_only))
    if wanted == "undo":
        await undo_version(changes, medicine)
    elif wanted == "keep":
        plans = changes.session.plans
        shown = medicine.latest
        plans.settle(medicine.name, shown.number, Settling(medicine.name, shown, (), ()))
        changes.done = f"done: version {shown.number} of the plan of {medicine.name} is kept"


async def undo_version(changes: PlanChanges, medicine: Medicine) -> None:
    """Undo the newest version of the plan; the one before is in force again."""
    plans = changes.session.plans
    seen, before = plans.undoing(medicine.name), changes.session.reader.find_medicine(medicine.name)
    after = replace(before, versions=before.versions[:-1])
    await changes.show(
        f"Undo version {seen.version.number}, {seen.version.why}? Version {seen.back_to.number} is in force again.",
        [MedicineChange(before, after, seen.version.in_force_from, seen.past)],
        lambda: plans.undo(medicine.name, seen),
        f"undone: {seen.version.why}",
    )


async def _propose_from(
    changes: PlanChanges, medicine: Medicine, title: str, ask: str, make: Callable[[DosePoint | None], Change]
) -> None:
    """Ask from when, then show the change and do it on a yes."""
    usual = changes.usual_start(medicine)

    def read(values: Values) -> str:
        at = changes.read_from(values["from"], medicine)
        make(at)
        return f"{_since(at or usual)}; what changes is shown next"

    values = await changes.form(title, [("from", "now", WHEN_HINT)], read)
    if values is not None:
        at = changes.read_from(values["from"], medicine)
        await changes.propose(ask, lambda: make(at), at=make)


def _current(changes: PlanChanges, medicine: Medicine) -> StepRow | None:
    return next((row for row in changes.rows(medicine) if row.state == "current"), None)


def _since(point: DosePoint) -> str:
    return since_point_words(point, year=False)
