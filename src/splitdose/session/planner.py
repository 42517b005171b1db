"""Plans: what an import would do, shown before it is done, and doing it.

An import touches only the medicines it names, all or nothing. The past changes only on purpose.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from splitdose.core.amount import quote
from splitdose.core.change import (
    Making,
    StepOpen,
    advanced,
    edited,
    first_version,
    held,
    later_version,
    paused,
    refused_findings,
    resumed,
    returned,
    stopped,
)
from splitdose.core.check import Finding, check
from splitdose.core.clock import DAY, Rules
from splitdose.core.day import CLOSED
from splitdose.core.draft import MedicineDraft, PlanDraft
from splitdose.core.errors import BadInput
from splitdose.core.log import Void
from splitdose.core.plan import Medicine, Plan, Point, Slot, Version, days
from splitdose.core.product import show_dose
from splitdose.session.book import Book
from splitdose.session.refusal import Refused
from splitdose.store import new_id
from splitdose.store.codecs import record_document, rules_document, version_document


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
    """

    medicine: str
    version: Version
    since: date
    first: bool
    past: tuple[ChangedDay, ...]


@dataclass(frozen=True)
class Preview:
    """What an import will do."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def past(self) -> list[ChangedDay]:
        return [day for change in self.changes for day in change.past]


class Planner:
    """Makes and stores plan versions."""

    def __init__(self, book: Book, where: str) -> None:
        self._book = book
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
        plan, now = self._book.plan(), self._book.now()
        today = plan.calendar.date_of(now)
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
            making = Making(new_id(now), now, today, plan.calendar)
            existing = plan.by_name.get(medicine.name)
            if existing is None:
                version = first_version(medicine, making, start=start)
                if from_day is not None:
                    version = replace(version, effect=Point(from_day))
                changes.append(Change(medicine.name, version, today, first=True, past=()))
            else:
                changes.append(self._later(plan, existing, medicine, making, step, from_day))
        return Preview(tuple(changes), tuple(f for f in check(draft) if not f.refuses))

    def _later(
        self,
        plan: Plan,
        existing: Medicine,
        draft: MedicineDraft,
        making: Making,
        step: int | None,
        from_day: date | None,
    ) -> Change:
        if from_day is not None:
            made = first_version(draft, making)
            version = replace(
                made,
                number=self._next_number(existing),
                effect=Point(from_day),
                why="plan file, changing the past",
            )
        else:
            effect = self.default_effect(plan, existing, draft.slots, making.now)
            try:
                version = later_version(existing, draft, making, effect, step=step)
            except StepOpen as problem:
                numbers = f"1 to {len(draft.steps)}"
                raise Refused(
                    "step_open", problem.what, f"--step N says which step ({numbers}) is the current one"
                ) from None
            version = replace(version, number=self._next_number(existing))
        after = replace(existing, versions=(*existing.versions, version))
        return Change(
            draft.name,
            version,
            existing.since,
            first=False,
            past=self.changed_days(existing, after, version.effect.date, making.now),
        )

    def hold(self, name: str, extra: int = 1) -> Change:
        """The current step held for some days more. Nothing is stored until `apply`."""
        return self._move(name, None, lambda medicine, making, effect, _: held(medicine, making, effect, extra))

    def next(self, name: str, at: Point | None = None) -> Change:
        """The next step begun at a (date, slot), today's first open dose unless said."""
        return self._move(name, at, advanced)

    def back(self, name: str, to: int | None = None, at: Point | None = None) -> Change:
        """An earlier step again, the one before unless said."""
        return self._move(name, at, lambda medicine, making, effect, when: returned(medicine, making, effect, when, to))

    def pause(self, name: str, at: Point | None = None, until: Point | None = None) -> Change:
        """No doses until resumed."""
        return self._move(
            name, at, lambda medicine, making, effect, when: paused(medicine, making, effect, when, until)
        )

    def resume(self, name: str, at: Point | None = None) -> Change:
        """Doses again."""
        return self._move(name, at, resumed)

    def stop(self, name: str, at: Point | None = None) -> Change:
        """No doses from a point on."""
        return self._move(name, at, stopped)

    def edit(self, draft: MedicineDraft, at: Point | None = None) -> Change:
        """The plan from the current step on as a draft has it; the draft's first step is the current one."""
        refused = refused_findings(PlanDraft((draft,)))
        if refused:
            raise BadInput(f"the plan can't be changed so: {refused[0]}", "correct it")
        return self._move(
            draft.name, at, lambda medicine, making, effect, when: edited(medicine, making, effect, draft)
        )

    def archive(self, name: str, *, archived: bool = True) -> Change:
        """Take a medicine out of the lists, or back into them; its record stays."""

        def version(medicine: Medicine, making: Making, effect: Point, _: Point) -> Version:
            why = "archived" if archived else "taken out of the archive"
            return replace(medicine.latest, id=making.id, made_at=making.now, effect=effect, archived=archived, why=why)

        return self._move(name, None, version)

    def _move(self, name: str, at: Point | None, make: Callable[[Medicine, Making, Point, Point], Version]) -> Change:
        """A change of one medicine, previewed: which past days it would alter, if it begins before now."""
        medicine = self._book.find_medicine(name)
        plan, now = self._book.plan(), self._book.now()
        today = plan.calendar.date_of(now)
        usual = self.default_effect(plan, medicine, medicine.latest.slots, now)
        when = at or usual
        effect = when if self._before(plan, when, usual) else usual
        version = make(medicine, Making(new_id(now), now, today, plan.calendar), effect, when)
        version = replace(version, number=self._next_number(medicine))
        after = replace(medicine, versions=(*medicine.versions, version))
        past = self.changed_days(medicine, after, version.effect.date, now)
        return Change(medicine.name, version, medicine.since, first=False, past=past)

    def _before(self, plan: Plan, a: Point, b: Point) -> bool:
        if a.date != b.date or a.slot is None or b.slot is None:
            return a.date < b.date or (a.date == b.date and a.slot is None and b.slot is not None)
        slots = {s.name: s.time for m in plan.medicines for v in m.versions for s in v.slots}
        minutes = [plan.calendar.minutes_into_day(p.date, slots[p.slot]) if p.slot in slots else 0 for p in (a, b)]
        return minutes[0] < minutes[1]

    def undo(self, name: str) -> Version:
        """Take back the newest version of a medicine's plan; the one before is in force again. Intakes stay.

        Raises:
            Refused: nothing: the medicine has only its first plan.
        """
        with self._book.store.locked():
            self._book.refresh()
            medicine = self._book.find_medicine(name)
            if len(medicine.versions) < 2:
                raise Refused("nothing", f"{quote(medicine.name)} has only its first plan", "plan import replaces it")
            now = self._book.now()
            void = Void(new_id(now), medicine.latest.id, now, self._where)
            self._book.store.put("plan", *record_document(void))
            return medicine.latest

    def default_effect(self, plan: Plan, medicine: Medicine, new_slots: Sequence[Slot], now: datetime) -> Point:
        """Today's first slot that is upcoming, due or late; tomorrow when there is none."""
        calendar = plan.calendar
        today = calendar.date_of(now)
        states = {d.slot.name: d.state for d in self._book.day(today).doses if d.medicine == medicine.name}
        slots = {slot.name: slot for slot in new_slots}
        slots.update({slot.name: slot for slot, _ in medicine.slots_on(today, calendar)})
        for slot in sorted(slots.values(), key=lambda s: calendar.minutes_into_day(today, s.time)):
            state = states.get(slot.name)
            if state in CLOSED:
                continue
            if state is not None or calendar.instant(today, slot.time) > now:
                return Point(today, slot.name)
        return Point(today + DAY)

    def changed_days(self, before: Medicine, after: Medicine, start: date, now: datetime) -> tuple[ChangedDay, ...]:
        """Past days, and today's past slots, whose planned doses differ between two states of a medicine."""
        calendar = self._book.calendar
        today = calendar.date_of(now)
        open_now = {d.key for d in self._book.open_doses()}
        changed = []
        for day in days(start, today + DAY):
            texts = []
            for medicine in (before, after):
                doses = [d for d in medicine.doses_on(day, today, calendar) if d.due <= now and d.key not in open_now]
                texts.append(", ".join(f"{d.slot.name} {show_dose(d.pieces)}" for d in doses) or "none")
            if texts[0] != texts[1]:
                changed.append(ChangedDay(before.name, day, texts[0], texts[1]))
        return tuple(changed)

    def apply(self, preview: Preview, *, allow: Collection[str] = frozenset()) -> None:
        """Store what was previewed, all or nothing.

        Args:
            preview: as made by `preview`, on the plan as it still is.
            allow: "replaces" and "changes_past", once the person has said yes.

        Raises:
            Refused: replaces, changes_past; or the plan changed since the preview.
        """
        with self._book.store.locked():
            self._book.refresh()
            plan, now = self._book.plan(), self._book.now()
            for change in preview.changes:
                existing = plan.by_name.get(change.medicine)
                number = self._next_number(existing) if existing is not None else 1
                if change.version.number != number and not (change.first and existing is None):
                    raise Refused(
                        "replaces",
                        f"the plan of {quote(change.medicine)} changed in another window",
                        "look at it, then try again",
                    )
            if preview.past and "changes_past" not in allow:
                first = preview.past[0]
                raise Refused(
                    "changes_past",
                    f"{len(preview.past)} past day(s) would change, from {first.date.isoformat()} "
                    f"({first.medicine}: {first.before} becomes {first.after})",
                    "--yes does it",
                )
            replaced = [change.medicine for change in preview.changes if not change.first]
            if replaced and "replaces" not in allow:
                names = ", ".join(quote(name) for name in replaced)
                raise Refused("replaces", f"this replaces the plan of {names} from now on", "--yes does it")
            entries = []
            if not self._book.has_rules:
                today = plan.calendar.date_of(now)
                first_day = min([today, *(c.version.effect.date for c in preview.changes)])
                rules = Rules(first_day, self._book.machine_zone)
                entries.append(("rules", rules_document(rules, new_id(now), now)))
            for change in preview.changes:
                version = replace(change.version, number=self._new_number(change.medicine))
                entries.append(("versions", version_document(change.medicine, version, change.since)))
            self._book.store.put_all("plan", entries)

    def _next_number(self, medicine: Medicine) -> int:
        return self._new_number(medicine.name)

    def _new_number(self, medicine: str) -> int:
        """One more than any version's, undone ones included, so that a snapshot's number never means another plan."""
        numbers = [d["number"] for d in self._book.store.documents("plan", "versions") if d["medicine"] == medicine]
        return max(numbers, default=0) + 1

    def answer_zone(self, *, follow: bool) -> None:
        """Keep home times, or follow the machine's zone from today on."""
        now = self._book.now()
        zone = self._book.machine_zone
        if follow:
            latest = self._book.calendar.latest
            rules = replace(latest, since=self._book.today(), zone=zone)
            self._book.store.put("plan", "rules", rules_document(rules, new_id(now), now))
        else:
            self._book.store.put(
                "plan", "kept_home", {"id": new_id(now), "schema": 1, "zone": zone, "at": now.isoformat()}
            )
