"""Plans: what an import would do, shown before it is done, and doing it.

An import touches only the medicines it names, all or nothing. The past changes only on purpose.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from splitdose.core.amount import quote
from splitdose.core.change import (
    ChangeContext,
    StepOpen,
    advanced,
    edited,
    first_version,
    held,
    import_notes,
    later_version,
    paused,
    refused_findings,
    resumed,
    returned,
    stopped,
)
from splitdose.core.check import Finding, check
from splitdose.core.clock import DAY, Calendar, Rules
from splitdose.core.day import CLOSED, Day, Dose, day_of
from splitdose.core.day_change import DayChange, day_change
from splitdose.core.draft import MedicineDraft, PlanDraft
from splitdose.core.errors import BadInput
from splitdose.core.history import FIRST, Choice, Made, passed_over
from splitdose.core.log import Log, Void
from splitdose.core.names import same_name
from splitdose.core.piece import Pieces
from splitdose.core.plan import AS_NEEDED, DoseKey, DosePoint, Medicine, Pause, Plan, Slot, Step, Version, days
from splitdose.core.plan_wording import day_sum_words, days_words, in_pause_words
from splitdose.core.rewrite import rewritten
from splitdose.core.showing import show_dose, show_pieces
from splitdose.core.wording import day_words, joined
from splitdose.planfile import MAX_NAME
from splitdose.session.reader import Reader
from splitdose.session.refusal import Refused
from splitdose.store import KeptChoice, KeptRules, KeptVersion, KeptZone, Rename, new_id
from splitdose.store.kept import PlanEntry
from splitdose.store.record import month_of


@dataclass(frozen=True)
class ChangedDay:
    """A past day whose planned doses become others."""

    medicine: str
    date: date
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One new version of one medicine, not stored yet.

    Attributes:
        since: the medicine's first logical date.
        first: the medicine is new.
        past: past days that would change.
        base: id of the version it was made on; None for a new medicine.
        at: from which dose on what is changed becomes so; the version may be in force before that.
        day: the day on which that lies, or today, as it will be; None for a new medicine.
        notes: further facts.
        warnings: what of the file was not used as it was written.
    """

    medicine: str
    version: Version
    since: date
    first: bool
    past: tuple[ChangedDay, ...]
    base: str | None = None
    at: DosePoint | None = None
    day: DayChange | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def begins(self) -> DosePoint:
        """From which dose on something changes."""
        return self.at or self.version.in_force_from


@dataclass(frozen=True)
class Undoing:
    """The newest version of a medicine's plan, to be undone.

    Attributes:
        version: the one that would go.
        back_to: the one that would be in force again.
        past: past days that would change.
    """

    medicine: str
    version: Version
    back_to: Version
    past: tuple[ChangedDay, ...]


@dataclass(frozen=True)
class Settling:
    """Which version is to be kept of a plan that was changed on two devices.

    Attributes:
        keep: the one that rules then.
        undone: those that rule over it now, oldest first, and would be undone.
        past: past days that would change.
    """

    medicine: str
    keep: Version
    undone: tuple[Version, ...]
    past: tuple[ChangedDay, ...]


class PlanMoved(Refused):
    """What was shown is no longer what would happen: the plan or the record changed since."""

    def __init__(self, medicine: str, how: str) -> None:
        super().__init__(
            "replaces", f"{how} {quote(medicine)} changed since this was shown", "look at it, then try again"
        )


@dataclass(frozen=True)
class SameName:
    """A name in a file that is taken for one that is known in another spelling, or for one a medicine had before.

    Attributes:
        typed: as in the file.
        known: as it is kept.
        slot_of: the medicine whose slot it is; None for a medicine.
    """

    typed: str
    known: str
    slot_of: str | None = None

    def words(self) -> str:
        """ "the file calls it "Propranolol", the record "propranolol": they are taken for one"."""
        what = "it" if self.slot_of is None else f"a slot of {quote(self.slot_of)}"
        return f"the file calls {what} {quote(self.typed)}, the record {quote(self.known)}: they are taken for one"


@dataclass(frozen=True)
class Preview:
    """What an import will do."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    names: tuple[SameName, ...] = ()

    @property
    def past(self) -> list[ChangedDay]:
        return [day for change in self.changes for day in change.past]

    @property
    def above(self) -> list[DayChange]:
        """Days that would sum to more than a day of either plan."""
        return [change.day for change in self.changes if change.day is not None and change.day.above]


class Planner:
    """Makes and stores plan versions."""

    def __init__(self, reader: Reader, where: str) -> None:
        self._reader = reader
        self._where = where

    def preview(
        self,
        draft: PlanDraft,
        *,
        start: date | None = None,
        step: int | None = None,
        from_day: date | None = None,
    ) -> Preview:
        """What importing a draft would do.

        Args:
            draft: as read from a plan file, a guide or an editor.
            start: the first step's date where the draft gives none; for medicines that are new.
            step: the step the person is at, where the doses don't tell.
            from_day: change the plan from that logical date on, the past included.

        Raises:
            BadInput: the draft can't be imported, or an option doesn't fit it.
            Refused: step_open.
        """
        refused = refused_findings(draft)
        if refused:
            more = f" (and {len(refused) - 1} more; splitdose plan check shows all)" if len(refused) > 1 else ""
            raise BadInput(f"the plan can't be imported: {refused[0]}{more}", "correct the plan file")
        plan, now = self._reader.plan(), self._reader.now()
        today = plan.calendar.date_of(now)
        draft, names = self._by_known_names(draft)
        known = [m for m in draft.medicines if m.name in plan.by_name]
        if step is not None and len(known) != 1:
            raise BadInput(
                "--step needs exactly one medicine that already has a plan",
                "import that medicine's plan alone",
            )
        if start is not None and len(known) == len(draft.medicines):
            raise BadInput("--start is for a medicine's first import", "leave --start out")
        changes = []
        for medicine in draft.medicines:
            context = ChangeContext(new_id(now), now, today, plan.calendar)
            existing = plan.by_name.get(medicine.name)
            if existing is None:
                version = first_version(medicine, context, start=_first_start(medicine, start, from_day))
                if from_day is not None:
                    version = replace(version, in_force_from=DosePoint(from_day))
                notes = _first_notes(Medicine(medicine.name, today, (version,)), context)
                changes.append(Change(medicine.name, version, today, first=True, past=(), notes=notes))
            else:
                changes.append(self._later(plan, existing, medicine, context, step, from_day))
        return Preview(tuple(changes), tuple(f for f in check(draft) if not f.refuses), names)

    def _by_known_names(self, draft: PlanDraft) -> tuple[PlanDraft, tuple[SameName, ...]]:
        """The draft with medicines and slots called as they are kept, and which ones were spelled otherwise."""
        plan = self._reader.plan()
        found: list[SameName] = []
        medicines = []
        for medicine in draft.medicines:
            name = self._reader.known_as(medicine.name) or medicine.name
            if name != medicine.name:
                found.append(SameName(medicine.name, name))
            existing = plan.by_name.get(name)
            slots = [slot.name for slot in existing.latest.slots] if existing is not None else []
            called = {slot.name: same_name(slot.name, slots) or slot.name for slot in medicine.slots}
            found += [SameName(typed, known, name) for typed, known in called.items() if typed != known]
            medicines.append(replace(_slots_called(medicine, called), name=name))
        if len({medicine.name for medicine in medicines}) < len(medicines):
            raise BadInput("two medicines of the file are one and the same", found[0].words() if found else "")
        return PlanDraft(tuple(medicines)), tuple(found)

    def rename(self, name: str, new: str) -> tuple[str, str]:
        """Call a medicine something else; its plan and its record stay.

        Args:
            name: the medicine, by any spelling of its name.
            new: what it is called from now on.

        Returns:
            Its name before, and the one it has now.

        Raises:
            BadInput: there is no such medicine, or another one is called so.
        """
        with self._reader.store.locked():
            self._reader.refresh()
            before, wanted = self._reader.find_medicine(name).name, self.new_name(name, new)
            now = self._reader.now()
            self._reader.store.add_to_plan(Rename(new_id(now), before, wanted, now))
            return before, wanted

    def new_name(self, name: str, new: str) -> str:
        """What a medicine would be called. Raises BadInput where it can't be."""
        medicine, wanted = self._reader.find_medicine(name), " ".join(new.split())
        if not wanted or len(wanted) > MAX_NAME:
            raise BadInput(f"a medicine's name has 1 to {MAX_NAME} characters", "give it another name")
        known = self._reader.known_as(wanted)
        if known is not None and known != medicine.name:
            raise BadInput(f"there is a medicine {quote(known)} already", "give it another name")
        if wanted == medicine.name:
            raise BadInput(f"it is called {quote(wanted)} already", "give it another name")
        return wanted

    def _later(
        self,
        plan: Plan,
        existing: Medicine,
        draft: MedicineDraft,
        context: ChangeContext,
        step: int | None,
        from_day: date | None,
    ) -> Change:
        if from_day is not None:
            made = first_version(draft, context, start=_first_start(draft, None, from_day))
            version = replace(
                made,
                in_force_from=DosePoint(from_day),
                pauses=existing.latest.pauses + tuple(p for p in made.pauses if p not in existing.latest.pauses),
                why="plan file, changing the past",
            )
            begins = version.steps[0].begins if version.steps else None
            if begins is not None and begins.date >= from_day:
                before = existing.rhythm_before(DosePoint(from_day), context.today, plan.calendar)
                version = replace(version, rhythm=before)
        else:
            from_dose = self.usual_start(plan, existing, draft.slots, context.now)
            try:
                version = later_version(existing, draft, context, from_dose, step=step)
            except StepOpen as problem:
                numbers = f"1 to {len(draft.steps)}"
                raise Refused(
                    "step_open", problem.what, f"--step N says which step ({numbers}) is the current one"
                ) from None
        change = self._changed(existing, version, context.now)
        warnings = import_notes(existing, draft, change.version, context, step, rewritten=from_day is not None)
        return replace(change, warnings=warnings, notes=tuple(self._kept_notes(existing, change)))

    def _kept_notes(self, existing: Medicine, change: Change) -> list[str]:
        """That recorded doses keep the plan of their time, where the new one asks for something else that day."""
        calendar, today = self._reader.calendar, self._reader.today()
        start = change.version.in_force_from.date
        if start > today:
            return []
        after = replace(existing, versions=(*existing.versions, change.version))
        log = self._log_of(days(start, today + DAY))
        kept: list[date] = []
        for day in days(start, today + DAY):
            asked = {d.slot.name: (d.due, d.pieces) for d in after.doses_on(day, today, calendar)}
            records = [r for r in log.fills_on(day) if r.medicine == existing.name and r.planned is not None]
            if any(
                r.planned is not None and r.slot in asked and asked[r.slot] != (r.planned.due, r.planned.pieces)
                for r in records
            ):
                kept.append(day)
        if not kept:
            return []
        first = day_words(kept[0], year=False)
        span = first if len(kept) == 1 else f"{first} to {day_words(kept[-1], year=False)}"
        return [
            f"recorded doses of {days_words(len(kept))} keep what was planned then ({span}); "
            "a record that is corrected takes the new plan"
        ]

    def hold(self, name: str, extra: int = 1) -> Change:
        """The current step held for some days more. Nothing is stored until `apply`."""
        return self._move(
            name,
            None,
            lambda medicine, context, from_dose, _: held(medicine, context, from_dose, extra),
            kind="stay",
        )

    def next(self, name: str, at: DosePoint | None = None) -> Change:
        """The next step begun at a (date, slot), today's first open dose unless said."""
        return self._move(name, at, advanced)

    def back(self, name: str, to: int | None = None, at: DosePoint | None = None) -> Change:
        """An earlier step again, the one before unless said."""
        return self._move(
            name,
            at,
            lambda medicine, context, from_dose, when: returned(medicine, context, from_dose, when, to),
        )

    def pause(
        self, name: str, at: DosePoint | None = None, until: DosePoint | None = None, *, push: bool = False
    ) -> Change:
        """No doses until resumed; with `push` the rest of the plan moves by the days of the pause."""

        def version(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, when: DosePoint) -> Version:
            return paused(medicine, context, from_dose, when, until, push=push)

        change = self._move(name, at, version)
        if push:
            return change
        swallowed = in_pause_words(change.version, change.version.pauses[-1], self._reader.today())
        return replace(change, notes=tuple(swallowed))

    def resume(self, name: str, at: DosePoint | None = None) -> Change:
        """Doses again."""
        return self._move(name, at, resumed)

    def stop(self, name: str, at: DosePoint | None = None) -> Change:
        """No doses from a point on."""
        return self._move(name, at, stopped, kind="end")

    def edit(self, draft: MedicineDraft, at: DosePoint | None = None) -> Change:
        """The plan from the current step on as a draft has it; the draft's first step is the current one."""
        refused = refused_findings(PlanDraft((draft,)))
        if refused:
            raise BadInput(f"the plan can't be changed so: {refused[0]}", "correct it")

        def version(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, _: DosePoint) -> Version:
            return edited(medicine, context, from_dose, draft)

        return self._move(draft.name, at, version, kind="whole", slots=draft.slots)

    def rewrite(self, name: str, first: DosePoint, last: date, step: Step) -> Change:
        """Other doses on some days that are over, which were entered wrongly; all other days stay as they are.

        Args:
            name: the medicine.
            first: from which dose on.
            last: the last date; before today.
            step: what it asks for, and its note.

        Raises:
            BadInput: see `splitdose.core.past.rewritten`.
        """
        medicine = self._reader.find_medicine(name)
        plan, now = self._reader.plan(), self._reader.now()
        self._check_point(medicine, first, (), plan.calendar)
        context = ChangeContext(new_id(now), now, plan.calendar.date_of(now), plan.calendar)
        return self._changed(medicine, rewritten(medicine, context, first, last, step), now)

    def archive(self, name: str, *, archived: bool = True) -> Change:
        """Take a medicine out of the lists, or back into them; its record stays.

        Raises:
            BadInput: its plan still asks for doses, now or in a step to come.
        """

        def version(medicine: Medicine, context: ChangeContext, from_dose: DosePoint, _: DosePoint) -> Version:
            base = medicine.latest
            if archived and base.advance != AS_NEEDED:
                current = base.step_at(DosePoint(context.today), context.today, context.calendar)
                ahead = base.steps[0 if current is None else current.index :]
                if not base.over_on(context.today) and not all(step.empty for step in ahead):
                    raise BadInput(
                        f"the plan of {quote(medicine.name)} still asks for doses", "stop it first: splitdose plan stop"
                    )
            why = "archived" if archived else "taken out of the archive"
            return replace(
                base, id=context.id, made_at=context.now, in_force_from=from_dose, archived=archived, why=why
            )

        return self._move(name, None, version, kind="stay")

    def _move(
        self,
        name: str,
        at: DosePoint | None,
        make: Callable[[Medicine, ChangeContext, DosePoint, DosePoint], Version],
        *,
        kind: Literal["step", "stay", "end", "whole"] = "step",
        slots: Sequence[Slot] = (),
    ) -> Change:
        """A change of one medicine, previewed: which past days it would alter, if it begins before now.

        Args:
            name: the medicine.
            at: from which dose on; today's first open dose unless said.
            make: gives the version; is told the medicine, what to make it with, from where it is in force, and `at`.
            kind: "whole": the version takes effect where it begins, also in times to come; the others keep a future
                beginning in their steps and are in force at once. "stay" changes no dose by itself, "end" all that
                follow.
            slots: further slots that the version will have.
        """
        medicine = self._reader.find_medicine(name)
        plan, now = self._reader.plan(), self._reader.now()
        calendar = plan.calendar
        today = calendar.date_of(now)
        usual = self.usual_start(plan, medicine, slots or medicine.latest.slots, now)
        if at is not None:
            self._check_point(medicine, at, slots, calendar)
        if at == DosePoint(today) and usual.date == today:
            at = usual
        when = at or usual
        from_dose = when if kind == "whole" or _is_before(medicine, when, usual, calendar) else usual
        waiting = medicine.latest.in_force_from
        if kind != "end" and _is_before(medicine, from_dose, waiting, calendar):
            # The latest version waits for a day to come. A change made on it must not bring it forward.
            if kind == "stay":
                from_dose = waiting
            elif kind == "whole":
                when = from_dose = waiting if at is None else at
            elif _brings_forward(medicine, from_dose, today, calendar):
                if _is_before(medicine, when, waiting, calendar):
                    raise BadInput(
                        f"a change of the plan of {quote(medicine.name)} waits for {waiting.date.isoformat()}",
                        "name a later day, or take that change back first: splitdose plan undo",
                    )
                from_dose = waiting
        try:
            version = make(medicine, ChangeContext(new_id(now), now, today, calendar), from_dose, when)
        except StepOpen as problem:
            raise Refused("step_open", problem.what, "give the steps after the current one later starts") from None
        return self._changed(medicine, version, now, when)

    def _changed(self, medicine: Medicine, version: Version, now: datetime, at: DosePoint | None = None) -> Change:
        """A new version of a medicine as a change, with the past days that it would alter and the day it begins on."""
        version = replace(version, number=self._new_number(medicine.name))
        after = replace(medicine, versions=(*medicine.versions, version))
        past = self.changed_days(medicine, after, version.in_force_from.date, now)
        return Change(
            medicine.name, version, medicine.since, first=False, past=past, base=medicine.latest.id, at=at,
            day=self._day_change(medicine, after, at or version.in_force_from, now),
        )  # fmt: skip

    def _day_change(self, before: Medicine, after: Medicine, at: DosePoint, now: datetime) -> DayChange:
        calendar = self._reader.calendar
        day = max(at.date, calendar.date_of(now))
        return day_change(before, after, self._log_of([day]), day, now, calendar)

    def _check_point(self, medicine: Medicine, at: DosePoint, more: Sequence[Slot], calendar: Calendar) -> None:
        names = [slot.name for slot, _ in medicine.slots_on(at.date, calendar)]
        names += [slot.name for slot in (*medicine.latest.slots, *more) if slot.name not in names]
        if at.slot is not None and at.slot not in names:
            known = ", ".join(quote(name) for name in names)
            raise BadInput(
                f"unknown slot {quote(at.slot)} of {quote(medicine.name)}",
                f"the slots are: {known}" if known else "it has no slots",
            )

    def undoing(self, name: str) -> Undoing:
        """What taking back the newest version of a medicine's plan would do.

        Raises:
            Refused: nothing: the medicine has only its first plan.
        """
        medicine = self._reader.find_medicine(name)
        if len(medicine.versions) < 2:
            raise Refused("nothing", f"{quote(medicine.name)} has only its first plan", "plan import replaces it")
        before = replace(medicine, versions=medicine.versions[:-1])
        past = self.changed_days(medicine, before, medicine.latest.in_force_from.date, self._reader.now())
        return Undoing(medicine.name, medicine.latest, before.latest, past)

    def undo(self, name: str, seen: Undoing | None = None) -> Version:
        """Take back the newest version of a medicine's plan; the one before is in force again. Intakes stay.

        Args:
            name: the medicine.
            seen: what the person was shown and agreed to; without it whatever is newest goes.

        Raises:
            Refused: nothing: the medicine has only its first plan; or it is not what was `seen`.
        """
        with self._reader.store.locked():
            self._reader.refresh()
            found = self.undoing(name)
            if seen is not None and found.version.id != seen.version.id:
                raise PlanMoved(found.medicine, "the plan of")
            if seen is not None and not set(found.past) <= set(seen.past):
                raise PlanMoved(found.medicine, "the record of")
            now = self._reader.now()
            self._reader.store.add_to_plan(Void(new_id(now), found.version.id, now, self._where))
            return found.version

    def settling(self, name: str, number: int | None = None) -> Settling:
        """What keeping one version would do where two devices changed a plan; without a number the one that rules.

        Raises:
            BadInput: it is none of the versions to choose between.
            Refused: nothing: there is nothing to choose.
        """
        medicine = self._reader.find_medicine(name)
        if not medicine.forked:
            raise Refused(
                "nothing", f"there is nothing to choose: no other device's change stands beside the plan of "
                f"{quote(medicine.name)}", "splitdose plan undo undoes its newest change",
            )  # fmt: skip
        choices = {version.number: version for version in (medicine.latest, *medicine.made_beside)}
        keep = medicine.latest if number is None else choices.get(number)
        if keep is None:
            known = ", ".join(map(str, choices))
            raise BadInput(f"version {number} is none to choose between", f"the versions are: {known}")
        kept = medicine.versions.index(keep) + 1
        undone = medicine.versions[kept:]
        past: tuple[ChangedDay, ...] = ()
        if undone:
            first = min(version.in_force_from.date for version in undone)
            after = replace(medicine, versions=medicine.versions[:kept])
            past = self.changed_days(medicine, after, first, self._reader.now())
        return Settling(medicine.name, keep, undone, past)

    def settle(self, name: str, number: int | None = None, seen: Settling | None = None) -> Settling:
        """Keep one version of a plan that two devices changed, undo what rules over it, and ask no more.

        Args:
            name: the medicine.
            number: of the version; the one that rules unless said.
            seen: what the person was shown and agreed to.

        Raises:
            BadInput, Refused: as `settling`; or it is not what was `seen`.
        """
        with self._reader.store.locked():
            self._reader.refresh()
            found = self.settling(name, number)
            if seen is not None and (found.keep, found.undone) != (seen.keep, seen.undone):
                raise PlanMoved(found.medicine, "the plan of")
            if seen is not None and not set(found.past) <= set(seen.past):
                raise PlanMoved(found.medicine, "the record of")
            now = self._reader.now()
            over = passed_over(found.keep.id, self._reader.history(found.medicine))
            self._reader.store.add_to_plan(
                *(Void(new_id(now), version.id, now, self._where) for version in found.undone),
                KeptChoice(new_id(now), Choice(found.keep.id, over), now),
            )
            return found

    def usual_start(self, plan: Plan, medicine: Medicine, new_slots: Sequence[Slot], now: datetime) -> DosePoint:
        """Today's first slot that is upcoming, due or late; tomorrow when there is none."""
        calendar = plan.calendar
        today = calendar.date_of(now)
        states = {d.slot.name: d.state for d in self._reader.day(today).doses if d.medicine == medicine.name}
        slots = {slot.name: slot for slot in new_slots}
        slots.update({slot.name: slot for slot, _ in medicine.slots_on(today, calendar)})
        for slot in sorted(slots.values(), key=lambda s: calendar.minutes_into_day(today, s.time)):
            state = states.get(slot.name)
            if state in CLOSED:
                continue
            if state is not None or calendar.instant(today, slot.time) > now:
                return DosePoint(today, slot.name)
        return DosePoint(today + DAY)

    def changed_days(self, before: Medicine, after: Medicine, start: date, now: datetime) -> tuple[ChangedDay, ...]:
        """Days whose closed doses differ between two states of a medicine, from `start` to today.

        A recorded dose is what its record keeps, whatever the plan says now.
        """
        calendar = self._reader.calendar
        today = calendar.date_of(now)
        span = days(start, today + DAY)
        log = self._log_of(span)
        changed = []
        for day in span:
            was = _own(day_of(Plan(calendar, (before,)), log, day, now), before.name)
            will = _own(day_of(Plan(calendar, (after,)), log, day, now), before.name)
            open_before = {d.key for d in was if d.state not in CLOSED}
            closed = [d for d in was if d.state in CLOSED]
            keys = {d.key for d in closed}
            becomes = [d for d in will if d.key in keys or (d.state in CLOSED and d.key not in open_before)]
            if _facts(closed) != _facts(becomes):
                texts = _day_text(closed), _day_text(becomes)
                if texts[0] == texts[1]:
                    texts = _day_text(closed, full=True), _day_text(becomes, full=True)
                changed.append(ChangedDay(before.name, day, *texts))
        return tuple(changed)

    def _log_of(self, span: Sequence[date]) -> Log:
        """The log of some days; months that nobody wrote in aren't looked for one by one."""
        months = set(self._reader.store.months())
        return self._reader.log(day for day in span if month_of(day) in months)

    def apply(self, preview: Preview | Change, *, allow: Collection[str] = frozenset()) -> None:
        """Store what was previewed, all or nothing.

        What was shown is looked at again under the lock: on another plan, on another day or after another record it
        may mean something else.

        Args:
            preview: as made by `preview`, or one change, on the plan as it still is.
            allow: "replaces", "changes_past" and "day_sum", once the person has said yes.

        Raises:
            Refused: replaces, changes_past, day_sum (a day would sum to more than a day of either plan); or the plan
                changed since the preview (`PlanMoved`).
        """
        changes = preview.changes if isinstance(preview, Preview) else (preview,)
        names = preview.names if isinstance(preview, Preview) else ()
        with self._reader.store.locked():
            self._reader.refresh()
            plan, now = self._reader.plan(), self._reader.now()
            today = plan.calendar.date_of(now)
            for change in changes:
                self._check_still_so(change, plan, now)
            if names and "same_name" not in allow:
                raise Refused(
                    "same_name", names[0].words(), "--yes does so; splitdose plan rename MEDICINE NAME renames it"
                )
            for found in (change.day for change in changes):
                if found is not None and found.above and "day_sum" not in allow:
                    raise Refused("day_sum", day_sum_words(found, today), "--from tomorrow, or --yes")
            past = [day for change in changes for day in change.past]
            if past and "changes_past" not in allow:
                first = past[0]
                raise Refused(
                    "changes_past",
                    f"{len(past)} past day(s) would change, from {first.date.isoformat()} "
                    f"({first.medicine}: {first.before} becomes {first.after})",
                    "--yes does it",
                )
            replaced = [change.medicine for change in changes if not change.first]
            if replaced and "replaces" not in allow:
                listed = ", ".join(quote(name) for name in replaced)
                raise Refused("replaces", f"this replaces the plan of {listed} from now on", "--yes does it")
            entries: list[PlanEntry] = []
            if not self._reader.has_rules:
                first_day = min([today, *(c.version.in_force_from.date for c in changes)])
                rules = Rules(first_day, self._reader.machine_zone)
                entries.append(KeptRules(new_id(now), rules, now))
            for change in changes:
                version = replace(change.version, number=self._new_number(change.medicine))
                made = Made(version.id, version.number, version.made_at, change.base or FIRST)
                entries.append(KeptVersion(change.medicine, change.since, made, version))
            self._reader.store.add_to_plan(*entries)

    def _check_still_so(self, change: Change, plan: Plan, now: datetime) -> None:
        """Raise `PlanMoved` where a change would now do something else than was shown."""
        existing = plan.by_name.get(change.medicine)
        if change.first or existing is None:
            # Which steps of a first plan have begun was decided by the day it was looked at.
            made_on = plan.calendar.date_of(change.version.made_at)
            if not change.first or existing is not None or plan.calendar.date_of(now) != made_on:
                raise PlanMoved(change.medicine, "the plan of")
            return
        if existing.latest.id != change.base:
            raise PlanMoved(change.medicine, "the plan of")
        after = replace(existing, versions=(*existing.versions, change.version))
        past = self.changed_days(existing, after, change.version.in_force_from.date, now)
        if not set(past) <= set(change.past):
            raise PlanMoved(change.medicine, "the record of")
        day = self._day_change(existing, after, change.begins, now)
        if day.above and not (change.day is not None and change.day.above):
            raise PlanMoved(change.medicine, "the record of")

    def _new_number(self, medicine: str) -> int:
        """One more than any version's, undone ones included, so that a snapshot's number never means another plan.

        What the medicine was called then doesn't matter: the newest version is the one with the highest number.
        """
        return max((made.number for made in self._reader.history(medicine)), default=0) + 1

    def answer_zone(self, *, follow: bool) -> None:
        """Keep home times, or follow the machine's zone from today on."""
        now = self._reader.now()
        zone = self._reader.machine_zone
        if follow:
            latest = self._reader.calendar.latest
            rules = replace(latest, since=self._reader.today(), zone=zone)
            self._reader.store.add_to_plan(KeptRules(new_id(now), rules, now))
        else:
            self._reader.store.add_to_plan(KeptZone(new_id(now), zone, now))


def _first_notes(medicine: Medicine, context: ChangeContext) -> tuple[str, ...]:
    """That doses of a new plan's first day came before it: they are planned, and nobody is reminded of them."""
    calendar = context.calendar
    before = [
        f"{dose.slot.name} {dose.slot.time:%H:%M}"
        for dose in medicine.doses_on(context.today, context.today, calendar)
        if medicine.came_before(DosePoint(dose.date, dose.slot.name), calendar)
    ]
    if not before:
        return ()
    was = "was" if len(before) == 1 else "were"
    it = "it is in its totals, reads" if len(before) == 1 else "they are in its totals, read"
    return (
        f"today's {joined(before)} of {quote(medicine.name)} {was} due before this plan was kept: "
        f'{it} "before Splitdose", and no reminder asks for {"it" if len(before) == 1 else "them"}',
    )


def _slots_called(draft: MedicineDraft, called: Mapping[str, str]) -> MedicineDraft:
    """A draft with its slots called otherwise."""
    if all(old == new for old, new in called.items()):
        return draft

    def at(point: DosePoint | None) -> DosePoint | None:
        return (
            point if point is None or point.slot is None else DosePoint(point.date, called.get(point.slot, point.slot))
        )

    steps = tuple(
        replace(
            step, asked=step.asked.mapped(slots={slot: called.get(slot, slot) for slot in step.doses}),
            from_slot=None if step.from_slot is None else called.get(step.from_slot, step.from_slot),
        )
        for step in draft.steps
    )  # fmt: skip
    pauses = tuple(Pause(at(pause.start) or pause.start, at(pause.end)) for pause in draft.pauses)
    slots = tuple(replace(slot, name=called[slot.name]) for slot in draft.slots)
    return replace(draft, slots=slots, steps=steps, pauses=pauses)


def _first_start(draft: MedicineDraft, start: date | None, from_day: date | None) -> date | None:
    """Where the first step starts that has no start of its own: where it is told, or from where the plan is changed."""
    if start is not None or not draft.steps or draft.steps[0].start is not None:
        return start
    return from_day


def _key(medicine: Medicine, point: DosePoint, calendar: Calendar) -> tuple[date, int]:
    """Where a point lies in time for a medicine: by the slots its date has now, else by those of its latest plan."""
    if point.slot is None:
        return point.date, -1
    slots = [slot for slot, _ in medicine.slots_on(point.date, calendar)]
    slots += medicine.latest.slots
    wall = next((slot.time for slot in slots if slot.name == point.slot), None)
    return point.date, -1 if wall is None else calendar.minutes_into_day(point.date, wall)


def _is_before(medicine: Medicine, a: DosePoint, b: DosePoint, calendar: Calendar) -> bool:
    return _key(medicine, a, calendar) < _key(medicine, b, calendar)


def _brings_forward(medicine: Medicine, at: DosePoint, today: date, calendar: Calendar) -> bool:
    """Whether the latest version, in force from `at` on already, would ask for other doses until its own effect."""
    latest = medicine.latest
    early = replace(medicine, versions=(*medicine.versions, replace(latest, in_force_from=at)))

    def asked(found: Medicine, day: date) -> list[tuple[Slot, Pieces]]:
        return [(dose.slot, dose.pieces) for dose in found.doses_on(day, today, calendar)]

    return any(asked(medicine, day) != asked(early, day) for day in days(at.date, latest.in_force_from.date + DAY))


def _own(day: Day, name: str) -> list[Dose]:
    return [dose for dose in day.doses if dose.medicine == name]


def _facts(doses: Sequence[Dose]) -> dict[DoseKey, tuple[datetime, list[tuple[Fraction, str, Fraction | None]]]]:
    return {d.key: (d.due, sorted((p.count, p.product.name, p.mg) for p in d.pieces)) for d in doses}


def _day_text(doses: Sequence[Dose], *, full: bool = False) -> str:
    def text(dose: Dose) -> str:
        if not full:
            return f"{dose.slot.name} {show_dose(dose.pieces)}"
        return (
            f"{dose.slot.name} {dose.slot.time:%H:%M} {show_dose(dose.pieces)} ({show_pieces(dose.pieces, full=True)})"
        )

    return ", ".join(text(dose) for dose in doses) or "none"
