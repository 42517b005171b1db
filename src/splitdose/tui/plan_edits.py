"""Editing a plan: its steps, its slots and products, its half-life, and how steps begin. Each is one coroutine.

A step that has begun or lies ahead is edited in a draft of the plan from the current step on; one that is over is
corrected by the days it was the plan. An editor stays open until what was typed is kept, or left.
"""

from dataclasses import replace
from datetime import date

from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft
from splitdose.core.piece import Product
from splitdose.core.plan import AS_NEEDED, ASK, ON_DATE, DosePoint, Medicine, Step
from splitdose.core.plan_wording import advance_words, since_point_words
from splitdose.core.wording import day_words
from splitdose.tui.dialogs.pick import Picker
from splitdose.tui.editors.past import PastEditor, PastStep
from splitdose.tui.editors.plan import Keep, ProductEditor, SlotsEditor, StepEditor, StepPlace
from splitdose.tui.editors.reading import (
    HALF_LIFE_HINT,
    draft_of,
    half_life_effect,
    half_life_text,
    read_half_life,
    with_advance,
    with_product,
    without_step,
)
from splitdose.tui.plan_changes import PlanChanges
from splitdose.tui.plan_words import StepRow, step_words


async def edit_step(changes: PlanChanges, medicine: Medicine, row: StepRow | None) -> None:
    """Edit a step; of one that is over, what it should have been, and on which days."""
    if row is None:
        changes.say(f"no step here; {changes.key('plan.add')} adds one")
        return
    draft, first = _draft(changes, medicine)
    at = row.number - 1 - first
    if at < 0:
        await _edit_past(changes, medicine, row)
    else:
        place = StepPlace(at, first, insert=False, current=row.state == "current")
        await _edit_draft(changes, medicine, draft, place)


async def add_step(changes: PlanChanges, medicine: Medicine, row: StepRow | None) -> None:
    """Add a step after the chosen one, or at the end."""
    draft, first = _draft(changes, medicine)
    if medicine.latest.advance == AS_NEEDED:
        changes.say("it is taken as needed; it has no steps")
        return
    if not draft.products:
        changes.say(f"it has no product yet; {changes.key('plan.products')} adds one")
        return
    at = len(draft.steps) if row is None or row.number - 1 < first else row.number - first
    await _edit_draft(changes, medicine, draft, StepPlace(at, first, insert=True, current=False))


async def remove_step(changes: PlanChanges, medicine: Medicine, row: StepRow | None) -> None:
    """Remove a step that has not begun."""
    if row is None:
        return
    if row.state != "ahead":
        changes.say("only a step that has not begun can be removed")
        return
    draft, first = _draft(changes, medicine)
    changed = without_step(draft, row.number - 1 - first)
    title = f"Remove step {row.number}, {step_words(row.step)}?"
    await changes.propose(title, lambda: changes.session.plans.edit(changed))


async def advance(changes: PlanChanges, medicine: Medicine) -> None:
    """Let steps begin when the person says so, or on their dates."""
    draft, first = _draft(changes, medicine)
    version = medicine.latest
    if version.advance == AS_NEEDED or not draft.steps:
        changes.say("it is taken as needed; it has no steps that follow each other")
        return
    other = ON_DATE if version.advance == ASK else ASK
    changed = with_advance(draft, version, first, other, changes.session.reader.today())
    title = f"Change it so that {advance_words(other)}?"
    await changes.propose(title, lambda: changes.session.plans.edit(changed))


async def half_life(changes: PlanChanges, medicine: Medicine) -> None:
    """Type one's own figure for the half-life."""
    draft, _ = _draft(changes, medicine)

    def changed(values: dict[str, str]) -> MedicineDraft:
        return replace(draft, half_life=read_half_life(values["half-life"]))

    title = f"{medicine.name}: your own figure for its half-life"
    fields = [("half-life", half_life_text(medicine.latest.half_life), HALF_LIFE_HINT)]
    values = await changes.form(title, fields, lambda values: half_life_effect(changed(values).half_life))
    if values is None:
        return
    if changed(values) == draft:
        changes.say("nothing has changed")
        return
    await changes.propose("Change the half-life?", lambda: changes.session.plans.edit(changed(values)))


async def slots(changes: PlanChanges, medicine: Medicine) -> None:
    """Edit the names and times of the slots."""
    draft, _ = _draft(changes, medicine)
    day_start = changes.session.reader.calendar.latest.day_start
    keep = _keep(changes, "Change the slots?")
    await changes.ask(SlotsEditor(draft, day_start, keep, ascii_only=changes.ascii_only))


async def products(changes: PlanChanges, medicine: Medicine) -> None:
    """Edit a product, or add one."""
    draft, _ = _draft(changes, medicine)
    names = [product.name for product in draft.products]
    at = await changes.ask(Picker("Which product?", [*names, "add a product"]))
    if at is None:
        return
    old = draft.products[at] if at < len(names) else None
    keep_draft = _keep(changes, "Change the product?" if old is not None else "Add the product?")

    async def keep(new: Product) -> bool:
        return await keep_draft(with_product(draft, old, new), "now")

    await changes.ask(ProductEditor(draft.products, old, keep, ascii_only=changes.ascii_only))


def _draft(changes: PlanChanges, medicine: Medicine) -> tuple[MedicineDraft, int]:
    """The plan from the current step on, and the index of that step."""
    reader = changes.session.reader
    return draft_of(medicine, reader.today(), reader.calendar)


def _keep(changes: PlanChanges, ask: str) -> Keep:
    """Gives an editor what shows the change that its draft makes, and does it on a yes."""

    async def keep(draft: MedicineDraft, since: str) -> bool:
        at = changes.read_from(since, changes.session.reader.find_medicine(draft.name))
        return await changes.propose(ask, lambda: changes.session.plans.edit(draft, at))

    return keep


async def _edit_draft(changes: PlanChanges, medicine: Medicine, draft: MedicineDraft, place: StepPlace) -> None:
    steps, number = medicine.latest.steps, place.first + place.at
    usual = changes.usual_start(medicine)

    def when(typed: str) -> str:
        return since_point_words(changes.read_from(typed, medicine) or usual, year=False)

    keep = _keep(changes, f"Add step {place.number}?" if place.insert else f"Change step {place.number}?")
    before = steps[number - 1] if number > 0 and steps else None
    await changes.ask(StepEditor(draft, place, before, keep, when=when, ascii_only=changes.ascii_only))


async def _edit_past(changes: PlanChanges, medicine: Medicine, row: StepRow) -> None:
    following = changes.rows(medicine)[row.number].start
    if row.start is None or following is None:
        return
    plans = changes.session.plans
    over = PastStep(row.number, row.step, DosePoint(row.start, row.slot), max(row.start, following - DAY))

    async def keep(first: DosePoint, last: date, step: Step) -> bool:
        days = day_words(first.date, year=False)
        if last > first.date:
            days += f" to {day_words(last, year=False)}"
        ask = f"Change what the plan was, {days}?"
        return await changes.propose(ask, lambda: plans.rewrite(medicine.name, first, last, step))

    await changes.ask(PastEditor(medicine, over, changes.session, keep, ascii_only=changes.ascii_only))
