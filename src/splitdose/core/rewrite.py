"""Changing the past on purpose: the plan of some days that are over, as it should have been entered.

The past never changes by itself. Here it does, because the person says that what was written down was not the plan:
from one dose to the end of one day, the plan was this. What was planned before and after stays what it was, as do all
intakes. The result is a version like any other; nothing is stored or asked here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from splitdose.core.amount import quote
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, renewed, with_holds, with_steps
from splitdose.core.clock import DAY, Calendar
from splitdose.core.errors import BadInput
from splitdose.core.plan import MAX_HOLD, DosePoint, Medicine, Slot, Step, Version


def rewritten(medicine: Medicine, context: ChangeContext, first: DosePoint, last: date, step: Step) -> Version:
    """The plan with other doses on some days that are over.

    Steps that began within these days are gone; one that went on after them goes on after them. Slots that the plan
    has dropped since are taken up again where their doses are still to be seen.

    Args:
        medicine: as it is.
        context: id, now, today.
        first: from which dose on `step` was the plan.
        last: the last date it was the plan on; before today.
        step: what it asks for, and its note; its beginning and hold follow from the days.

    Returns:
        A whole version, in force from `first` on.

    Raises:
        BadInput: no step of the plan has begun, or the days are none that are over.
    """
    base, calendar = renewed(with_steps(medicine), context.today), context.calendar
    if base.in_force_from.date > context.today:
        raise BadInput(
            f"a change of the plan of {quote(medicine.name)} waits for {base.in_force_from.date.isoformat()}",
            "take that back first: splitdose plan undo",
        )
    if last >= context.today:
        raise BadInput(
            f"{last.isoformat()} is not in the past", "give a last day before today; edit the current step instead"
        )
    if first.date > last:
        raise BadInput("the last day is before the first", "give a later one")
    if (last - first.date).days >= MAX_HOLD:
        raise BadInput(f"more than {MAX_HOLD} days", "give a later first day")
    begun = [s for s in base.steps if s.begins is not None and s.begins.date <= context.today]
    if not begun:
        raise BadInput(f"no step of {quote(medicine.name)} has begun", "its plan can be changed as a whole")
    since = base.point_key(first, calendar)
    before = [s for s in begun if _began(s, base, calendar) < since]
    after = [s for s in begun if s.begins is not None and s.begins.date > last]
    ahead = base.steps[len(begun) :]
    days = (last - first.date).days + 1
    told = replace(step, begins=first, hold=days, stated_start=None, counts_from=first.date)
    steps = with_holds((*before, told, *_going_on(begun, after, base, last, calendar), *after, *ahead))
    whole = replace(
        base, number=base.number + 1, id=context.id, made_at=context.now, in_force_from=first, steps=steps,
        why=f"the past corrected, {first.date.isoformat()} to {last.isoformat()}",
    )  # fmt: skip
    return replace(whole, slots=(*base.slots, *_dropped_slots(medicine, steps[len(before) :])))


def _began(step: Step, base: Version, calendar: Calendar) -> tuple[date, int]:
    assert step.begins is not None
    return base.point_key(step.begins, calendar)


def _going_on(
    begun: Sequence[Step], after: Sequence[Step], base: Version, last: date, calendar: Calendar
) -> list[Step]:
    """What goes on on the day after the last one, unless another step begins with that day."""
    following = last + DAY
    order = base.ordered_slots(calendar, following)
    opening = (None, order[0].name if order else None)
    if any(s.begins is not None and s.begins.date == following and s.begins.slot in opening for s in after):
        return []
    held = next((s for s in reversed(begun) if s.begins is not None and s.begins.date <= last), None)
    if held is None:
        return [Step(Asked(), begins=DosePoint(following))]
    # Every so many days, counted from where it was: it goes on with its next dosing day.
    return [replace(held, begins=DosePoint(following))]


def _dropped_slots(medicine: Medicine, steps: Sequence[Step]) -> list[Slot]:
    """Slots that steps name and the newest plan has no more, each at the last time it had."""
    known = {slot.name: slot for version in medicine.versions for slot in version.slots}
    has = {slot.name for slot in medicine.latest.slots}
    named = [name for step in steps for name in step.doses if step.asked.on(name)]
    return [known[name] for name in dict.fromkeys(named) if name not in has and name in known]
