"""How a plan moves: each function takes what is and gives the next whole version; nothing is stored or asked.

A change never edits: it returns a new `Version` whose `in_force_from` says from which dose on it is in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from splitdose.core.amount import quote
from splitdose.core.asked import Asked
from splitdose.core.check import check, later_that_day, starts_of
from splitdose.core.clock import DAY, Calendar, days_after
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import (
    AS_NEEDED,
    ASK,
    EDITION,
    MAX_HOLD,
    ON_DATE,
    DosePoint,
    Medicine,
    Pause,
    PlacedStep,
    Step,
    Version,
)
from splitdose.core.plan_wording import next_dosing_day


class StepOpen(Exception):
    """A later import can't tell at which of its steps the person is; `what` says why, for a person."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass(frozen=True)
class ChangeContext:
    """What every new version is made with.

    Attributes:
        id: of the record to be.
        now: the instant (UTC) it is made at.
        today: the logical date of now.
        calendar: days and zone.
    """

    id: str
    now: datetime
    today: date
    calendar: Calendar


def first_version(draft: MedicineDraft, context: ChangeContext, *, start: date | None = None) -> Version:
    """The first version of a medicine: steps that start today or earlier count as begun, also under "ask".

    Args:
        draft: as written; findings that refuse it must have been looked at before.
        context: id, now, today.
        start: the first step's date, where the draft has none.

    Raises:
        BadInput: a start was given twice, or the dates go backwards once the first is known.
    """
    steps = _dated(draft, context.today, start)
    first = steps[0].begins if steps else None
    from_dose = DosePoint(min(context.today, first.date if first is not None else context.today))
    made = Version(
        number=1, id=context.id, made_at=context.now, in_force_from=from_dose, slots=draft.slots,
        products=draft.products, advance=draft.advance, steps=tuple(steps), half_life=draft.half_life,
        pauses=draft.pauses,
        why="first plan",
    )  # fmt: skip
    return replace(made, asked_from=_asked_from(made, first, context))


def _asked_from(made: Version, first: DosePoint | None, context: ChangeContext) -> DosePoint:
    """The first dose of today that is not late yet, else tomorrow's first; or the one it is said to begin with.

    Where a plan names the slot that it begins with today ("the first dose this noon"), that is what the person asks
    for, however late it is kept.
    """
    calendar, today = context.calendar, context.today
    late_after = calendar.rules_on(today).late_after
    slots = [
        s for s in made.ordered_slots(calendar, today) if calendar.instant(today, s.time) + late_after >= context.now
    ]
    usual = DosePoint(today, slots[0].name) if slots else DosePoint(today + DAY)
    if first is None or first.date != today or first.slot is None:
        return usual
    return min(first, usual, key=lambda point: made.point_key(point, calendar))


def _dated(draft: MedicineDraft, today: date, start: date | None) -> list[Step]:
    if start is not None and draft.steps and draft.steps[0].start is not None:
        own = draft.steps[0].start.isoformat()
        raise BadInput(
            f"the first step of {quote(draft.name)} has a start of its own, {own}",
            "leave --start out, or the start in the file",
        )
    starts = starts_of(draft, start or today)
    for n, (before, after) in enumerate(pairwise(starts), start=2):
        if before is not None and after is not None and not _in_order(draft, n - 2, before, after):
            raise BadInput(
                f"step {n} of {quote(draft.name)} starts {after.isoformat()}, "
                f"not after step {n - 1} ({before.isoformat()})",
                "give the first step a start, or --start",
            )
    steps: list[Step] = []
    for n, (written, begins) in enumerate(zip(draft.steps, starts, strict=True)):
        following = starts[n + 1] if n + 1 < len(starts) else None
        hold = written.hold
        if hold is None and begins is not None and following is not None:
            hold = max(1, (following - begins).days)  # two of one day are a day apart for what is projected
        # A first step begins on its date also where the person moves the plan: there is nothing to go on with before.
        begun = begins is not None and (draft.advance == ON_DATE or begins <= today or n == 0)
        last = steps[-1].begins if steps else None
        steps.append(
            Step(
                written.asked,
                hold=hold,
                note=written.note,
                begins=_point_of(written, begins, last) if begun and begins is not None else None,
                stated_start=None if begun else written.start,
            )
        )
    return steps


def _point_of(written: StepDraft, day: date, before: DosePoint | None) -> DosePoint:
    """From which dose on a step begins on its date.

    A stop that is counted from the step before comes after so many whole days: at the slot that one began with.
    """
    if written.from_slot is None and written.start is None and before is not None and written.empty:
        return DosePoint(day, before.slot)
    return DosePoint(day, written.from_slot)


def _in_order(draft: MedicineDraft, n: int, before: date, after: date) -> bool:
    """Whether the step after step `n` (from 0) starts later than it: on a later date, or later on the same one."""
    return after > before or (after == before and later_that_day(draft, n))


def later_version(
    medicine: Medicine,
    draft: MedicineDraft,
    context: ChangeContext,
    from_dose: DosePoint,
    *,
    step: int | None = None,
) -> Version:
    """A plan file over an existing plan. It never moves the person: the current step stays, by its doses.

    Args:
        medicine: as it is.
        draft: as written.
        context: id, now, today.
        from_dose: from which dose on the new version is in force.
        step: the number (from 1) of the draft's step the person is at, where the doses don't tell.

    Raises:
        StepOpen: no step, or more than one, has the current step's doses, and `step` was not given.
        BadInput: there is no step of that number.
    """
    base = renewed(medicine.latest, context.today)
    current = base.step_at(
        DosePoint(from_dose.date, from_dose.slot), max(context.today, from_dose.date), context.calendar
    )
    if current is None or not draft.steps:
        made = _beginning(medicine, draft, context, from_dose)
        pauses = (*base.pauses, *_pauses_ahead(base, draft, context.today))
        return replace(made, number=base.number + 1, in_force_from=from_dose, pauses=pauses, why="plan file")
    here = base.steps[current.index]
    begun = [s for s in base.steps[: current.index + 1] if s.begins is not None]
    if step is None and _begins_anew(base, current, draft, context, from_dose):
        return _begun_anew(base, begun, draft, context, from_dose)
    at = _matching_step(draft, here, step)
    now_at = _in_place_of(here, draft.steps[at])
    if now_at.same_doses(here) and not base.over_at(from_dose, context.calendar):
        begun[-1] = now_at
    else:
        begun.append(replace(now_at, begins=_set_start(draft.steps[at], from_dose), counts_from=None))
    ahead = _ahead(draft, at, begun[-1], context.today, _already_set(base, current.index, context))
    begun[-1] = _until_next(begun[-1], draft, at)
    made = replace(
        base, number=base.number + 1, id=context.id, made_at=context.now, in_force_from=from_dose, slots=draft.slots,
        products=draft.products, advance=draft.advance, steps=(*begun, *ahead), half_life=draft.half_life,
        pauses=(*base.pauses, *_pauses_ahead(base, draft, context.today)), archived=False, why="plan file",
    )  # fmt: skip
    return _from_first_open(medicine, made, context)


def renewed(base: Version, today: date) -> Version:
    """A version as a new one takes it over: read as versions are read now, with nothing that it asks for changed.

    What a step of the first edition counts its dosing days from stays as it was. A course that went on after its last
    hold then has no hold there: it must not end because something else is changed.
    """
    begun = {b.index: b for b in base.placed_steps(today, projections=False) if b.begins.date <= today}
    steps = [
        replace(step, counts_from=begun[n].counts_from) if n in begun and step.every > 1 else step
        for n, step in enumerate(base.steps)
    ]
    made = replace(base, steps=tuple(steps), edition=EDITION)
    if base.edition < EDITION and made.over_on(today):
        made = replace(made, steps=(*steps[:-1], replace(steps[-1], hold=None)))
    return made


def import_notes(
    medicine: Medicine,
    draft: MedicineDraft,
    made: Version,
    context: ChangeContext,
    step: int | None,
    *,
    rewritten: bool,
) -> tuple[str, ...]:
    """What a later import did with the starts of its file, where that isn't plain from the plan it makes.

    Args:
        medicine: as it was.
        draft: as written.
        made: the version made of it.
        context: id, now, today.
        step: the step the person was said to be at.
        rewritten: the plan was changed from a day on, so that the file's dates are the plan's.
    """
    if rewritten or not draft.steps:
        return ()
    base, from_dose, calendar = medicine.latest, made.in_force_from, context.calendar
    current = base.step_at(from_dose, max(context.today, from_dose.date), calendar)
    if current is None or (step is None and _begins_anew(base, current, draft, context, from_dose)):
        return ()
    at = _matching_step(draft, base.steps[current.index], step)
    written, here = draft.steps[at].start, made.current(max(context.today, from_dose.date), calendar)
    if written is None or here is None or written == here.begins.date:
        return ()
    stays = here.begins == current.begins
    words = f"the file starts step {at + 1} on {written.isoformat()}; it "
    words += f"has been going since {here.begins.date.isoformat()} and " if stays else ""
    words += "continues" if stays else f"begins {here.begins.date.isoformat()}"
    if made.steps[here.index].every > 1:
        following = next_dosing_day(here, made.steps[here.index].every, from_dose.date)
        words += f", its next dosing day is {following.isoformat()}"
    return (f"{words}; plan import --from D makes the file's dates the plan's from D on",)


def _in_place_of(here: Step, written: StepDraft) -> Step:
    """A step of a draft as the current one: it keeps its beginning, and its dosing days unless they are others."""
    return Step(
        written.asked, hold=written.hold, note=written.note, begins=here.begins,
        counts_from=here.counts_from if written.every == here.every else None,
        added=here.added if written.hold == here.hold else 0,
    )  # fmt: skip


def _set_start(written: StepDraft, from_dose: DosePoint) -> DosePoint:
    """Where a step that the person is said to be at begins: its own date, where that is still to come."""
    if written.start is not None and written.start > from_dose.date:
        return DosePoint(written.start, written.from_slot)
    return from_dose


def _begins_anew(
    base: Version, current: PlacedStep, draft: MedicineDraft, context: ChangeContext, from_dose: DosePoint
) -> bool:
    """Whether a draft is a new course after one that has ended: all of it lies ahead."""
    ended = base.steps[current.index].empty or base.over_at(from_dose, context.calendar)
    return ended and draft.steps[0].start is not None and draft.steps[0].start >= from_dose.date


def _begun_anew(
    base: Version, begun: Sequence[Step], draft: MedicineDraft, context: ChangeContext, from_dose: DosePoint
) -> Version:
    """The steps that were, and after them a draft's own, from the date of its first."""
    last = begun[-1]
    made = first_version(draft, context)
    if not last.empty and base.end is not None:
        # The end of a course is told by its last step; followed by others it is a stop of its own.
        begun = [*begun, Step(Asked(), begins=base.end)]
    return replace(
        made, number=base.number + 1, in_force_from=from_dose, steps=(*begun, *made.steps), rhythm=base.rhythm,
        pauses=(*base.pauses, *_pauses_ahead(base, draft, context.today)), why="plan file",
    )  # fmt: skip


def _beginning(medicine: Medicine, draft: MedicineDraft, context: ChangeContext, from_dose: DosePoint) -> Version:
    """A draft where no step has begun yet; its first step begins on its date, or on the one that was set before."""
    base = medicine.latest
    if not base.steps or not draft.steps or any(s.begins and s.begins.date <= context.today for s in base.steps):
        return _counting_on(first_version(draft, context), medicine, context, from_dose)
    before, given = base.steps[0], draft.steps[0].start
    if before.begins is None and draft.advance == ASK and (given is None or given <= context.today):
        # A version of the first edition: its first step waits until the person begins it.
        waits_for = given or before.stated_start or days_after(context.today, 1)
        made = first_version(_starting(draft, None), context, start=waits_for)
        return replace(
            made,
            steps=tuple(
                replace(step, begins=None, stated_start=waits_for if n == 0 else draft.steps[n].start)
                for n, step in enumerate(made.steps)
            ),
        )
    set_for = before.begins or DosePoint(before.stated_start or context.today + DAY)
    start = set_for if given is None else DosePoint(given, draft.steps[0].from_slot)
    start = max(start, from_dose, key=lambda point: base.point_key(point, context.calendar))
    made = first_version(_starting(draft, start.date, start.slot), context)
    return _counting_on(made, medicine, context, from_dose)


def _counting_on(made: Version, medicine: Medicine, context: ChangeContext, from_dose: DosePoint) -> Version:
    """A version whose first step minds the dosing days that earlier versions gave before it."""
    first = made.steps[0].begins if made.steps else None
    if first is None or first.date < from_dose.date:
        return made
    return replace(made, rhythm=medicine.rhythm_before(from_dose, context.today, context.calendar))


def _starting(draft: MedicineDraft, start: date | None, slot: str | None = None) -> MedicineDraft:
    return replace(draft, steps=(replace(draft.steps[0], start=start, from_slot=slot), *draft.steps[1:]))


def _pauses_ahead(base: Version, draft: MedicineDraft, today: date) -> tuple[Pause, ...]:
    """The draft's pauses that the plan doesn't have; those that began before today were lived through or ended."""
    return tuple(p for p in draft.pauses if p not in base.pauses and p.start.date >= today)


def _already_set(base: Version, current: int, context: ChangeContext) -> Step | None:
    """The step after the current one, where the person has said already from when it begins."""
    if base.advance != ASK or current + 1 >= len(base.steps):
        return None
    step = base.steps[current + 1]
    return step if step.begins is not None and step.begins.date >= context.today else None


def _from_first_open(medicine: Medicine, made: Version, context: ChangeContext) -> Version:
    """A version whose newest step also holds in a slot that was still to come and now stands before the effect.

    A slot moved to an earlier time of the same day is asked for at its new time; it must not fall back to the step
    before.
    """
    from_dose = made.in_force_from
    if from_dose.slot is None or from_dose not in (step.begins for step in made.steps):
        return made
    after = replace(medicine, versions=(*medicine.versions, made))
    own = [slot.name for slot, version in after.slots_on(from_dose.date, context.calendar) if version is made]
    order = [slot.name for slot in made.ordered_slots(context.calendar, from_dose.date)]
    if not own or from_dose.slot not in order or order.index(own[0]) >= order.index(from_dose.slot):
        return made
    first = DosePoint(from_dose.date, own[0])
    return replace(made, steps=tuple(replace(s, begins=first) if s.begins == from_dose else s for s in made.steps))


def _until_next(step: Step, draft: MedicineDraft, at: int) -> Step:
    """The current step with a hold where the draft leaves it out and only gives the next one's start."""
    following = draft.steps[at + 1].start if at + 1 < len(draft.steps) else None
    if step.hold is not None or following is None or step.begins is None:
        return step
    return replace(step, hold=max(1, (following - step.begins.date).days))


def _matching_step(draft: MedicineDraft, here: Step, step: int | None) -> int:
    if step is not None:
        if not 1 <= step <= len(draft.steps):
            raise BadInput(
                f"the plan of {quote(draft.name)} has no step {step}", f"it has steps 1 to {len(draft.steps)}"
            )
        return step - 1
    matches = [n for n, s in enumerate(draft.steps) if s.same_doses(here)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise StepOpen(f"no step of the file has the doses of the current step of {quote(draft.name)}")
    numbers = ", ".join(str(n + 1) for n in matches)
    raise StepOpen(f"steps {numbers} of the file have the doses of the current step of {quote(draft.name)}")


def _ahead(draft: MedicineDraft, at: int, current: Step, today: date, already: Step | None = None) -> list[Step]:
    """The draft's steps after the current one: projected under "ask", dated otherwise.

    `already` is the step whose beginning the person has set; it stays set where the draft still has it next.
    """
    assert current.begins is not None
    steps: list[Step] = []
    start, hold = current.begins.date, current.hold
    # How long a step without a hold is held follows from the file's own dates: the person may be elsewhere.
    in_file = starts_of(draft, today)
    for n, written in enumerate(draft.steps[at + 1 :], start=at + 2):
        begins = written.start or (days_after(start, hold) if hold is not None else None)
        length = written.hold
        if length is None and n < len(draft.steps):
            here, following = in_file[n - 1], in_file[n]
            length = 1 if here is None or following is None else max(1, (following - here).days)
        if draft.advance == ASK or begins is None:
            made = _step(written, length, None)
            if already is not None and n == at + 2 and (made.same_doses(already) or _starts_with(written, already)):
                made = replace(made, begins=already.begins, stated_start=None)
            steps.append(made)
        else:
            if begins <= today:
                raise StepOpen(
                    f"step {n} of the file would have begun on {begins.isoformat()}, "
                    f"after the current step of {quote(draft.name)}"
                )
            before = (steps[-1] if steps else current).begins
            steps.append(_step(written, length, _point_of(written, begins, before)))
        if begins is not None:
            start, hold = begins, length
    return steps


def _starts_with(written: StepDraft, already: Step) -> bool:
    return already.begins is not None and written.start == already.begins.date


def _step(written: StepDraft, hold: int | None, begins: DosePoint | None) -> Step:
    return Step(
        written.asked, hold=hold, begins=begins, note=written.note,
        stated_start=None if begins is not None else written.start,
    )  # fmt: skip


def held(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, extra: int) -> Version:
    """The current step held for some days more, counted from the later of its hold and the days it was held.

    Where the first step is still to begin, it begins so many days later.

    Raises:
        BadInput: no step holds now, the step has no hold, or the hold would be out of range.
    """
    base = renewed(with_steps(medicine), context.today)
    if extra < 1:
        raise BadInput(f"a hold of {extra} days", f"give a number of days from 1 to {MAX_HOLD}")
    if base.steps and (first := base.steps[0].begins) is not None and first.date > context.today:
        moved = list(base.steps)
        _shift(moved, 0, extra)
        return _next_version(base, context, from_dose, tuple(moved), f"begins {_days_text(extra)} later")
    current = _standing(base, medicine, context, from_dose)
    step = base.steps[current.index]
    if step.hold is None:
        raise BadInput(
            f"the current step of {quote(medicine.name)} has no minimum hold", "it goes on until the next one begins"
        )
    so_far = (context.today - current.begins.date).days
    hold = max(step.hold, so_far) + extra
    if hold > MAX_HOLD:
        raise BadInput(f"a hold of {hold} days", f"give a number of days so that the hold is 1 to {MAX_HOLD}")
    steps = list(base.steps)
    steps[current.index] = replace(step, hold=hold, added=step.added + hold - step.hold)
    # Starts that are set, by date or because the person has said from when, move on; projections do by themselves.
    _shift(steps, current.index + 1, extra)
    return _next_version(base, context, from_dose, tuple(steps), f"held {extra} more day{'s' if extra != 1 else ''}")


def _days_text(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def advanced(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, at: DosePoint) -> Version:
    """The next step begun at `at`, which may be today, past or to come.

    Raises:
        BadInput: there is no next step, or `at` is before the current step began.
    """
    base = renewed(with_steps(medicine), context.today)
    current = _current_at(medicine, context, at)
    index = 0 if current is None else current.index + 1
    if index >= len(base.steps):
        raise BadInput(f"{quote(medicine.name)} has no step after the current one", "add one to its plan first")
    steps = list(base.steps)
    before = steps[index].begins
    if before == at:
        raise BadInput(f"step {index + 1} of {quote(medicine.name)} begins then already", "plan show lists the steps")
    steps[index] = _begun_at(steps[index], at)
    if base.advance == ON_DATE and before is not None:
        _shift(steps, index + 1, (at.date - before.date).days)
    return _next_version(base, context, from_dose, tuple(steps), f"step {index + 1} begun")


def _begun_at(step: Step, at: DosePoint | None) -> Step:
    """A step with another beginning; its dosing days follow from there."""
    return replace(step, begins=at, stated_start=None, counts_from=None)


def returned(
    medicine: Medicine, context: ChangeContext, from_dose: DosePoint, at: DosePoint, to: int | None = None
) -> Version:
    """An earlier step again, as a new step from `at` on, with the steps that followed it following again.

    Args:
        medicine: as it is.
        context: id, now, today.
        from_dose: from which dose on the version is in force.
        at: from which dose on the earlier step holds again.
        to: its number, from 1; the one before the current unless said.

    Raises:
        BadInput: there is no such earlier step.
    """
    base = renewed(with_steps(medicine), context.today)
    current = _current_at(medicine, context, at)
    if current is None:
        raise BadInput(f"no step of {quote(medicine.name)} has begun", "splitdose plan next begins the first")
    route = _route(base.steps, 0, current.index)
    if to is None and len(route) < 2:
        raise BadInput(
            f"there is no step before the current one of {quote(medicine.name)}", "plan show lists the steps"
        )
    index = route[-2] if to is None else to - 1
    if not 0 <= index < current.index:
        raise BadInput(
            f"step {to} is not before the current one of {quote(medicine.name)}", "plan show lists the steps"
        )
    chosen = base.steps[index]
    ahead = list(base.steps[current.index + 1 :])
    following = [base.steps[n] for n in _route(base.steps, index, current.index)[1:]]
    comes = next((n for n, step in enumerate(ahead) if step.same_doses(chosen)), None)
    if comes is not None and index not in route:
        # It was reached once, left for an earlier one, and lies ahead again: what follows it there follows here.
        following, ahead = [], ahead[comes + 1 :]
    again = [_again(chosen, at), *(_again(step, None) for step in following)]
    if base.advance == ON_DATE:
        again, ahead = _dated_again(again, ahead, at)
    else:
        # A beginning that was set for a step ahead was meant for the way that is left now.
        ahead = [replace(step, begins=None, counts_from=None) for step in ahead]
    steps = (*base.steps[: current.index + 1], *again, *ahead)
    return _next_version(base, context, from_dose, with_holds(steps), f"back to step {index + 1}")


def _again(step: Step, at: DosePoint | None) -> Step:
    """A step that comes again, for as long as it was meant to be held, not as long as it was held."""
    return replace(_begun_at(step, at), hold=step.own_hold, added=0)


def _route(steps: Sequence[Step], start: int, end: int) -> list[int]:
    """The way from one step to another without the detours: where doses come again, what lay between is left out."""
    route: list[int] = []
    for n in range(start, end + 1):
        seen = next((place for place, was in enumerate(route) if steps[was].same_doses(steps[n])), None)
        route = [*(route if seen is None else route[:seen]), n]
    return route


def _dated_again(again: list[Step], ahead: list[Step], at: DosePoint) -> tuple[list[Step], list[Step]]:
    """The steps that follow again, each on its date; the first of them begins at `at`."""
    again, ahead = list(with_holds((*again, *ahead)))[: len(again)], list(ahead)
    start = at.date
    for n, step in enumerate(again[1:], start=1):
        start = _later(start, again[n - 1].hold or 1)
        again[n] = _begun_at(step, DosePoint(start))
    last = _later(start, again[-1].hold or 1)
    if ahead and ahead[0].begins is not None:
        _shift(ahead, 0, (last - ahead[0].begins.date).days)
    return again, ahead


def with_holds(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps of which every one that is followed has a hold: left out before, it is as long as the step was held."""
    result = list(steps)
    for n, step in enumerate(result[:-1]):
        if step.hold is not None:
            continue
        held_for = next(
            (
                (after.begins.date - before.begins.date).days
                for before, after in pairwise(steps)
                if before.begins is not None and after.begins is not None and before.same_doses(step)
            ),
            1,
        )
        result[n] = replace(step, hold=min(max(1, held_for), MAX_HOLD))
    return tuple(result)


def paused(
    medicine: Medicine,
    context: ChangeContext,
    from_dose: DosePoint,
    at: DosePoint,
    until: DosePoint | None = None,
    *,
    push: bool = False,
) -> Version:
    """No doses from `at`, until the medicine is resumed or `until`.

    Args:
        medicine: as it is.
        context: id, now, today.
        from_dose: from which dose on the version is in force.
        at: from which dose on it is paused.
        until: with which dose it goes on; None: when it is resumed.
        push: move the rest of the plan by the days of the pause, so that no step loses any.

    Raises:
        BadInput: it is paused already, the pause would end before it begins, or there is nothing to push by.
    """
    base = renewed(with_steps(medicine), context.today)
    if base.paused_at(at, context.calendar):
        raise BadInput(f"{quote(medicine.name)} is paused already", "resume it first")
    if until is not None and not base.point_key(at, context.calendar) < base.point_key(until, context.calendar):
        raise BadInput("the pause would end before it begins", "give a later day, or none")
    steps, why = base.steps, "paused"
    if push:
        days = 0 if until is None else (until.date - at.date).days
        if days < 1:
            raise BadInput("a pause can push the plan only by whole days", "say until which day it lasts")
        steps = _pushed(base, context, at, days)
        why = f"paused, and the plan pushed by {_days_text(days)}"
    return replace(_next_version(base, context, from_dose, steps, why), pauses=(*base.pauses, Pause(at, until)))


def _pushed(base: Version, context: ChangeContext, at: DosePoint, days: int) -> tuple[Step, ...]:
    """The steps with the one in force at a point held so many days longer, and all set starts after it moved."""
    steps = list(base.steps)
    begun = base.step_at(at, context.today, context.calendar)
    if begun is not None and (hold := steps[begun.index].hold) is not None:
        if hold + days > MAX_HOLD:
            raise BadInput(f"a hold of {hold + days} days", f"a step is held {MAX_HOLD} days at most")
        steps[begun.index] = replace(
            steps[begun.index], hold=hold + days, added=steps[begun.index].added + days
        )  # fmt: skip
    _shift(steps, 0 if begun is None else begun.index + 1, days)
    return tuple(steps)


def resumed(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, at: DosePoint) -> Version:
    """The doses again from `at` on. Raises BadInput when it is not paused there."""
    base = renewed(medicine.latest, context.today)
    if not base.paused_at(at, context.calendar):
        raise BadInput(f"{quote(medicine.name)} is not paused", "plan show tells how it stands")
    pauses = []
    for pause in base.pauses:
        if not pause.covers(at, base, context.calendar):
            pauses.append(pause)
        elif base.point_key(pause.start, context.calendar) < base.point_key(at, context.calendar):
            pauses.append(replace(pause, end=at))
    return replace(_next_version(base, context, from_dose, base.steps, "resumed"), pauses=tuple(pauses))


def stopped(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, at: DosePoint) -> Version:
    """No dose from `at` on, as a last step; the steps that had not begun are dropped.

    Raises:
        BadInput: it has stopped already.
    """
    base = renewed(with_steps(medicine), context.today)
    if base.over_at(at, context.calendar):
        raise BadInput(
            f"the course of {quote(medicine.name)} has ended already", "plan back returns to an earlier step"
        )
    begun = [
        step
        for step in base.steps
        if step.begins is not None
        and base.point_key(step.begins, context.calendar) < base.point_key(at, context.calendar)
    ]
    last = base.steps[-1] if base.steps else None
    if last is not None and last.empty and last.begins is not None:
        since = base.point_key(last.begins, context.calendar)
        if since <= base.point_key(at, context.calendar):
            raise BadInput(f"{quote(medicine.name)} has stopped already", "plan back returns to an earlier step")
    steps = with_holds((*begun, Step(Asked(), begins=at)))
    return _next_version(base, context, from_dose, steps, "stopped")


def edited(
    medicine: Medicine, context: ChangeContext, from_dose: DosePoint, draft: MedicineDraft, *, why: str = "edited"
) -> Version:
    """The plan ahead as a draft has it, from `in_force_from` on; steps that have begun keep their beginning.

    The draft's steps are those of the plan in force, in order, from the current one on: its first step takes the
    place of the current one and keeps its start, the others follow. Without a current step all are new.

    Raises:
        BadInput: the draft has no step where one holds now.
        StepOpen: by its dates a later step would have begun already.
    """
    base = renewed(medicine.latest, context.today)
    # What the person sees as the current step is the one that holds at the end of today.
    current = base.current(context.today, context.calendar)
    if from_dose.date < context.today:
        current = base.step_at(from_dose, context.today, context.calendar)
    if current is None or current.projected:
        made = _beginning(medicine, draft, context, from_dose)
        return replace(
            made,
            number=base.number + 1,
            in_force_from=from_dose,
            pauses=base.pauses,
            archived=base.archived,
            why=why,
        )
    if not draft.steps:
        raise BadInput(
            f"the plan of {quote(medicine.name)} would have no current step", "keep one, or stop the medicine"
        )
    here = base.steps[current.index]
    now_at = _in_place_of(here, draft.steps[0])
    begun = list(base.steps[: current.index + 1])
    calendar = context.calendar
    if now_at.same_doses(here) or base.point_key(current.begins, calendar) >= base.point_key(from_dose, calendar):
        begun[-1] = now_at
    else:
        begun.append(_begun_at(now_at, from_dose))
    ahead = _ahead(draft, 0, begun[-1], context.today, _already_set(base, current.index, context))
    begun[-1] = _until_next(begun[-1], draft, 0)
    made = replace(
        base, number=base.number + 1, id=context.id, made_at=context.now, in_force_from=from_dose, slots=draft.slots,
        products=draft.products, advance=draft.advance, steps=(*begun, *ahead), half_life=draft.half_life, why=why,
    )  # fmt: skip
    return _from_first_open(medicine, made, context)


def with_steps(medicine: Medicine) -> Version:
    """The latest version. Raises BadInput where it is taken as needed: there are no steps to move."""
    base = medicine.latest
    if base.advance == AS_NEEDED:
        raise BadInput(f"{quote(medicine.name)} is taken as needed", "it has no steps that begin or end")
    return base


def _standing(base: Version, medicine: Medicine, context: ChangeContext, at: DosePoint) -> PlacedStep:
    """The step of the latest version in force at a point."""
    current = base.step_at(at, context.today, context.calendar) if at.date <= context.today else None
    current = current or base.current(context.today, context.calendar)
    if current is None:
        raise BadInput(f"no step of {quote(medicine.name)} has begun", "splitdose plan next begins the first")
    return current


def _current_at(medicine: Medicine, context: ChangeContext, at: DosePoint) -> PlacedStep | None:
    """The step that a move at a point leaves: the one in force there, or for a point to come that of today.

    Raises:
        BadInput: a later step has begun since; moving there would tear it out.
    """
    base, calendar = medicine.latest, context.calendar
    if at.date > context.today:
        return base.current(context.today, calendar)
    here = at
    if at.slot is None:
        # Without a slot a point is the beginning of its day, and a step of that day may begin later.
        first = next(iter(base.ordered_slots(calendar, at.date)), None)
        here = at if first is None else DosePoint(at.date, first.name)
    current = base.step_at(here, context.today, calendar)
    for step in base.steps[0 if current is None else current.index + 1 :]:
        if step.begins is not None and base.instant_of(step.begins, calendar) <= context.now:
            raise BadInput(
                f"{at.date.isoformat()} is before the current step of {quote(medicine.name)} began, "
                f"{step.begins.date.isoformat()}",
                "plan undo takes that back, plan import --from changes a plan further back",
            )
    return current


def _shift(steps: list[Step], start: int, by: int) -> None:
    for n in range(start, len(steps)):
        begins = steps[n].begins
        if begins is not None:
            steps[n] = _begun_at(steps[n], DosePoint(_later(begins.date, by), begins.slot))


def _later(day: date, count: int) -> date:
    later = days_after(day, count)
    if later is None:
        raise BadInput("a step would begin later than any date a plan may name", "check the holds")
    return later


def _next_version(
    base: Version, context: ChangeContext, from_dose: DosePoint, steps: tuple[Step, ...], why: str
) -> Version:
    return replace(
        base,
        number=base.number + 1,
        id=context.id,
        made_at=context.now,
        in_force_from=from_dose,
        steps=steps,
        why=why,
    )


def refused_findings(plan: PlanDraft) -> list[str]:
    """Why a plan can't be imported at all, one message a finding; empty when it can."""
    return [f"{finding.code}: {finding.message}" for finding in check(plan) if finding.refuses]
