"""How a plan moves: each function takes what is and gives the next whole version; nothing is stored or asked.

A change never edits: it returns a new `Version` whose `effect` says from which dose on it is in force.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from splitdose.core.amount import quote
from splitdose.core.check import check, starts_of
from splitdose.core.clock import Calendar, days_after
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import ASK, MAX_HOLD, ON_DATE, Begun, Medicine, Pause, Point, Step, Version


class StepOpen(Exception):
    """A later import can't tell at which of its steps the person is; `what` says why, for a person."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass(frozen=True)
class Making:
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


def first_version(draft: MedicineDraft, making: Making, *, start: date | None = None) -> Version:
    """The first version of a medicine: steps that start today or earlier count as begun, also under "ask".

    Args:
        draft: as written; findings that refuse it must have been looked at before.
        making: id, now, today.
        start: the first step's date, where the draft has none.

    Raises:
        BadInput: a start was given twice, or the dates go backwards once the first is known.
    """
    steps = _dated(draft, making.today, start)
    first = steps[0].begins if steps else None
    effect = Point(min(making.today, first.date if first is not None else making.today))
    return Version(
        number=1, id=making.id, made_at=making.now, effect=effect, slots=draft.slots, products=draft.products,
        advance=draft.advance, steps=tuple(steps), half_life=draft.half_life, pauses=draft.pauses,
        why="first plan",
    )  # fmt: skip


def _dated(draft: MedicineDraft, today: date, start: date | None) -> list[Step]:
    if start is not None and draft.steps and draft.steps[0].start is not None:
        own = draft.steps[0].start.isoformat()
        raise BadInput(
            f"the first step of {quote(draft.name)} has a start of its own, {own}",
            "leave --start out, or the start in the file",
        )
    starts = starts_of(draft, start or today)
    for n, (before, after) in enumerate(pairwise(starts), start=2):
        if before is not None and after is not None and after <= before:
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
            hold = (following - begins).days
        begun = begins is not None and (draft.advance == ON_DATE or begins <= today)
        steps.append(
            Step(
                doses=written.doses,
                hold=hold,
                every=written.every,
                note=written.note,
                begins=Point(begins, written.from_slot) if begun and begins is not None else None,
                written=None if begun else (begins if n == 0 else written.start),
            )
        )
    return steps


def later_version(
    medicine: Medicine, draft: MedicineDraft, making: Making, effect: Point, *, step: int | None = None
) -> Version:
    """A plan file over an existing plan. It never moves the person: the current step stays, by its doses.

    Args:
        medicine: as it is.
        draft: as written.
        making: id, now, today.
        effect: from which dose on the new version is in force.
        step: the number (from 1) of the draft's step the person is at, where the doses don't tell.

    Raises:
        StepOpen: no step, or more than one, has the current step's doses, and `step` was not given.
        BadInput: there is no step of that number.
    """
    base = medicine.latest
    current = base.step_at(Point(effect.date, effect.slot), max(making.today, effect.date), making.calendar)
    if current is None or not draft.steps:
        made = first_version(draft, making)
        return replace(made, number=base.number + 1, effect=effect, why="plan file")
    here = base.steps[current.index]
    at = _matching_step(draft, here, step)
    written = draft.steps[at]
    begun = [s for s in base.steps[: current.index + 1] if s.begins is not None]
    now_at = Step(doses=written.doses, hold=written.hold, every=written.every, note=written.note, begins=here.begins)
    if now_at.same_doses(here):
        begun[-1] = now_at
    else:
        begun.append(replace(now_at, begins=effect))
    ahead = _ahead(draft, at, begun[-1], making.today)
    begun[-1] = _until_next(begun[-1], draft, at)
    return Version(
        number=base.number + 1, id=making.id, made_at=making.now, effect=effect, slots=draft.slots,
        products=draft.products, advance=draft.advance, steps=(*begun, *ahead), half_life=draft.half_life,
        pauses=base.pauses + tuple(p for p in draft.pauses if p not in base.pauses), why="plan file",
    )  # fmt: skip


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
    matches = [n for n, s in enumerate(draft.steps) if Step(doses=s.doses, every=s.every).same_doses(here)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise StepOpen(f"no step of the file has the doses of the current step of {quote(draft.name)}")
    numbers = ", ".join(str(n + 1) for n in matches)
    raise StepOpen(f"steps {numbers} of the file have the doses of the current step of {quote(draft.name)}")


def _ahead(draft: MedicineDraft, at: int, current: Step, today: date) -> list[Step]:
    """The draft's steps after the current one: projected under "ask", dated otherwise."""
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
            steps.append(_step(written, length, None))
        else:
            if begins <= today:
                raise StepOpen(
                    f"step {n} of the file would have begun on {begins.isoformat()}, "
                    f"after the current step of {quote(draft.name)}"
                )
            steps.append(_step(written, length, Point(begins, written.from_slot)))
        if begins is not None:
            start, hold = begins, length
    return steps


def _step(written: StepDraft, hold: int | None, begins: Point | None) -> Step:
    return Step(
        doses=written.doses, hold=hold, begins=begins, every=written.every, note=written.note,
        written=None if begins is not None else written.start,
    )  # fmt: skip


def held(medicine: Medicine, making: Making, effect: Point, extra: int) -> Version:
    """The current step held for some days more, counted from the later of its hold and the days it was held.

    Raises:
        BadInput: no step holds now, the step has no hold, or the hold would be out of range.
    """
    base, current = _standing(medicine, making, effect)
    step = base.steps[current.index]
    if step.hold is None:
        raise BadInput(
            f"the current step of {quote(medicine.name)} has no minimum hold", "it goes on until the next one begins"
        )
    so_far = (making.today - current.begins.date).days
    hold = max(step.hold, so_far) + extra
    if extra < 1 or hold > MAX_HOLD:
        raise BadInput(f"a hold of {hold} days", f"give a number of days so that the hold is 1 to {MAX_HOLD}")
    steps = list(base.steps)
    steps[current.index] = replace(step, hold=hold)
    if base.advance == ON_DATE:
        _shift(steps, current.index + 1, extra)
    return _next_version(base, making, effect, tuple(steps), f"held {extra} more day{'s' if extra != 1 else ''}")


def advanced(medicine: Medicine, making: Making, effect: Point, at: Point) -> Version:
    """The next step begun at `at`, which may be today, past or to come.

    Raises:
        BadInput: there is no next step, or `at` is before the current step began.
    """
    base = medicine.latest
    # For a point to come the step of today counts: the one projected there is the one that is to begin.
    current = base.step_at(at if at.date <= making.today else Point(making.today), making.today, making.calendar)
    index = 0 if current is None else current.index + 1
    _not_before_current(medicine, making, at)
    if index >= len(base.steps):
        raise BadInput(f"{quote(medicine.name)} has no step after the current one", "add one to its plan first")
    steps = list(base.steps)
    before = steps[index].begins
    steps[index] = replace(steps[index], begins=at, written=None)
    if base.advance == ON_DATE and before is not None:
        _shift(steps, index + 1, (at.date - before.date).days)
    return _next_version(base, making, effect, tuple(steps), f"step {index + 1} begun")


def returned(medicine: Medicine, making: Making, effect: Point, at: Point, to: int | None = None) -> Version:
    """An earlier step again, as a new step from `at` on, with the steps that followed it following again.

    Args:
        medicine: as it is.
        making: id, now, today.
        effect: from which dose on the version is in force.
        at: from which dose on the earlier step holds again.
        to: its number, from 1; the one before the current unless said.

    Raises:
        BadInput: there is no such earlier step.
    """
    base, current = _standing(medicine, making, at)
    _not_before_current(medicine, making, at)
    index = current.index - 1 if to is None else to - 1
    if not 0 <= index < current.index:
        what = (
            f"step {to} is not before the current one" if to is not None else "there is no step before the current one"
        )
        raise BadInput(f"{what} of {quote(medicine.name)}", "plan show lists the steps")
    again = [replace(base.steps[index], begins=at, written=None)]
    again += [replace(step, begins=None, written=None) for step in base.steps[index + 1 : current.index + 1]]
    ahead = list(base.steps[current.index + 1 :])
    if base.advance == ON_DATE:
        start = at.date
        for n, step in enumerate(again[1:], start=1):
            start = _later(start, again[n - 1].hold or 1)
            again[n] = replace(step, begins=Point(start))
        last = _later(start, again[-1].hold or 1)
        if ahead and ahead[0].begins is not None:
            _shift(ahead, 0, (last - ahead[0].begins.date).days)
    steps = (*base.steps[: current.index + 1], *again, *ahead)
    return _next_version(base, making, effect, steps, f"back to step {index + 1}")


def paused(medicine: Medicine, making: Making, effect: Point, at: Point, until: Point | None = None) -> Version:
    """No doses from `at`, until the medicine is resumed or `until`. Raises BadInput when it is paused already."""
    base = medicine.latest
    if base.paused_at(Point(at.date, at.slot), making.calendar):
        raise BadInput(f"{quote(medicine.name)} is paused already", "resume it first")
    return replace(_next_version(base, making, effect, base.steps, "paused"), pauses=(*base.pauses, Pause(at, until)))


def resumed(medicine: Medicine, making: Making, effect: Point, at: Point) -> Version:
    """The doses again from `at` on. Raises BadInput when it is not paused there."""
    base = medicine.latest
    open_ones = [p for p in base.pauses if p.start.date <= at.date and (p.end is None or p.end.date >= at.date)]
    if not open_ones:
        raise BadInput(f"{quote(medicine.name)} is not paused", "")
    pauses = tuple(replace(p, end=at) if p in open_ones else p for p in base.pauses)
    return replace(_next_version(base, making, effect, base.steps, "resumed"), pauses=pauses)


def stopped(medicine: Medicine, making: Making, effect: Point, at: Point) -> Version:
    """No dose from `at` on, as a last step; the steps that had not begun are dropped."""
    base = medicine.latest
    begun = tuple(s for s in base.steps if s.begins is not None and s.begins.date <= at.date)
    return _next_version(base, making, effect, (*begun, Step(doses={}, begins=at)), "stopped")


def edited(medicine: Medicine, making: Making, effect: Point, draft: MedicineDraft, *, why: str = "edited") -> Version:
    """The plan ahead as a draft has it, from `effect` on; steps that have begun keep their beginning.

    The draft's steps are those of the plan in force, in order, from the current one on: its first step takes the
    place of the current one and keeps its start, the others follow. Without a current step all are new.

    Raises:
        BadInput: the draft has no step where one holds now.
        StepOpen: by its dates a later step would have begun already.
    """
    base = medicine.latest
    current = base.step_at(effect, max(making.today, effect.date), making.calendar)
    if current is None or current.projected:
        made = first_version(draft, making)
        return replace(made, number=base.number + 1, effect=effect, pauses=base.pauses, why=why)
    if not draft.steps:
        raise BadInput(
            f"the plan of {quote(medicine.name)} would have no current step", "keep one, or stop the medicine"
        )
    here = base.steps[current.index]
    first = draft.steps[0]
    now_at = Step(doses=first.doses, hold=first.hold, every=first.every, note=first.note, begins=here.begins)
    begun = list(base.steps[: current.index + 1])
    if now_at.same_doses(here):
        begun[-1] = now_at
    else:
        begun.append(replace(now_at, begins=effect))
    ahead = _ahead(draft, 0, begun[-1], making.today)
    begun[-1] = _until_next(begun[-1], draft, 0)
    return Version(
        number=base.number + 1, id=making.id, made_at=making.now, effect=effect, slots=draft.slots,
        products=draft.products, advance=draft.advance, steps=(*begun, *ahead), half_life=draft.half_life,
        pauses=base.pauses, archived=base.archived, why=why,
    )  # fmt: skip


def _standing(medicine: Medicine, making: Making, at: Point) -> tuple[Version, Begun]:
    """The latest version and the step of it in force at a point."""
    base = medicine.latest
    current = base.step_at(at, making.today, making.calendar) if at.date <= making.today else None
    current = current or base.current(making.today, making.calendar)
    if current is None:
        raise BadInput(f"no step of {quote(medicine.name)} has begun", "splitdose plan next begins the first")
    return base, current


def _not_before_current(medicine: Medicine, making: Making, at: Point) -> None:
    current = medicine.latest.current(making.today, making.calendar)
    if current is not None and at.date < current.begins.date:
        raise BadInput(
            f"{at.date.isoformat()} is before the current step of {quote(medicine.name)} began, "
            f"{current.begins.date.isoformat()}",
            "plan import --from changes a plan further back",
        )


def _shift(steps: list[Step], start: int, by: int) -> None:
    for n in range(start, len(steps)):
        begins = steps[n].begins
        if begins is not None:
            steps[n] = replace(steps[n], begins=Point(_later(begins.date, by), begins.slot))


def _later(day: date, count: int) -> date:
    later = days_after(day, count)
    if later is None:
        raise BadInput("a step would begin later than any date a plan may name", "check the holds")
    return later


def _next_version(base: Version, making: Making, effect: Point, steps: tuple[Step, ...], why: str) -> Version:
    return replace(base, number=base.number + 1, id=making.id, made_at=making.now, effect=effect, steps=steps, why=why)


def refused_findings(plan: PlanDraft) -> list[str]:
    """Why a plan can't be imported at all, one message a finding; empty when it can."""
    return [f"{finding.code}: {finding.message}" for finding in check(plan) if finding.refuses]
