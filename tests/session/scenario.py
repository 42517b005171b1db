"""A person's weeks with a real data folder and a clock of the test's own, and what is asked of every plan change."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from splitdose.cli import run
from splitdose.core.change import ChangeContext, first_version, refused_findings
from splitdose.core.clock import DAY
from splitdose.core.day import CLOSED
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.piece import Pieces
from splitdose.core.plan import Medicine, days
from splitdose.planfile import parse_plan, read_plan_file
from splitdose.planwrite import plan_text
from splitdose.session import Change, Preview, Session
from splitdose.store import DataFolder

BERLIN = ZoneInfo("Europe/Berlin")
PLANS = Path(__file__).parent.parent / "plans"

Amount = tuple[tuple[Fraction, Fraction | None], ...]
Fact = tuple[datetime, Amount, Fraction | None, str]
"""What a closed dose says: when it was due, how much was planned, how much was taken, its state."""
Key = tuple[str, date, str]


def at(wall: str) -> datetime:
    """The instant of a wall time in Berlin."""
    return datetime.fromisoformat(wall).replace(tzinfo=BERLIN)


def amount(pieces: Pieces) -> Amount:
    return tuple(sorted((piece.count, piece.mg) for piece in pieces))


def draft_ahead(medicine: Medicine, today: date, session: Session) -> MedicineDraft:
    """The plan from the current step on, as an editor has it."""
    version, calendar = medicine.latest, session.reader.calendar
    current = version.current(today, calendar)
    first = 0 if current is None else current.index
    steps = tuple(
        StepDraft(
            step.asked, hold=step.hold, note=step.note,
            start=None if (n == 0 and current is not None) or step.begins is None else step.begins.date,
            from_slot=None if (n == 0 and current is not None) or step.begins is None else step.begins.slot,
        )
        for n, step in enumerate(version.steps[first:])
    )  # fmt: skip
    slots = tuple(version.ordered_slots(calendar, today))
    return MedicineDraft(medicine.name, slots, version.products, steps, version.advance, version.half_life)


@dataclass
class Life:
    """One person, one folder.

    Attributes:
        folder: the data folder.
        now: what the clock shows; tests move it.
    """

    folder: Path
    now: datetime

    def __post_init__(self) -> None:
        self.session = self.window("first")

    def window(self, where: str) -> Session:
        """One more window on the same folder."""
        return Session(DataFolder(self.folder), lambda: self.now, where=where, machine_zone="Europe/Berlin")

    @property
    def today(self) -> date:
        return self.session.reader.today()

    def medicine(self, name: str = "baclofen") -> Medicine:
        return self.session.reader.plan().by_name[name]

    def first_day(self) -> date:
        """The earliest day that any plan speaks of."""
        plan = self.session.reader.plan()
        return min(day for m in plan.medicines if (day := m.first_day(self.today)) is not None)

    def closed(self, until: date | None = None) -> dict[Key, Fact]:
        """Every closed dose up to today."""
        found: dict[Key, Fact] = {}
        for day in self.session.reader.days(self.first_day(), (until or self.today) + DAY):
            for dose in day.doses:
                if dose.state in CLOSED:
                    key = (dose.medicine, dose.date, dose.slot.name)
                    assert key not in found, f"twice: {key}"
                    found[key] = (dose.due, amount(dose.pieces), dose.taken_mg, dose.state)
        return found

    def waiting(self) -> set[Key]:
        """Every dose of the days until today that isn't closed."""
        return {
            (dose.medicine, dose.date, dose.slot.name)
            for day in self.session.reader.days(self.first_day(), self.today + DAY)
            for dose in day.doses
            if dose.state not in CLOSED
        }

    def change(self, made: Change | Preview) -> None:
        """Apply a change, and insist that the past is what it was except where it was announced."""
        announced = made.past
        self._watched(
            lambda: self.session.plans.apply(made, allow={"replaces", "changes_past", "day_sum"}),
            {(day.medicine, day.date) for day in announced},
        )

    def undo_version(self, name: str) -> None:
        """Take back the newest version, likewise."""
        seen = self.session.plans.undoing(name)
        self._watched(lambda: self.session.plans.undo(name, seen), {(day.medicine, day.date) for day in seen.past})

    def _watched(self, do: object, announced: set[tuple[str, date]]) -> None:
        assert callable(do)
        before, waiting = self.closed(), self.waiting()
        do()
        after = {key: fact for key, fact in self.closed().items() if key not in waiting}
        shown = {
            (d.medicine, d.date, d.slot.name): (d.due, amount(d.pieces), d.taken_mg, d.state)
            for day in self.session.reader.days(self.first_day(), self.today + DAY)
            for d in day.doses
        }
        for name, day in {key[:2] for key in (*before, *after)}:
            was = {key: fact for key, fact in before.items() if key[:2] == (name, day)}
            is_now = {key: fact for key, fact in after.items() if key[:2] == (name, day)}
            is_now |= {key: _as_closed(shown[key]) for key in was if key in shown}
            assert (was != is_now) == ((name, day) in announced), (name, day, was, is_now, announced)
        assert announced <= {key[:2] for key in (*before, *after)}
        self.in_order()

    def in_order(self) -> None:
        """Versions are strictly ordered, undone ones included."""
        numbers: dict[str, list[int]] = {}
        for document in self.session.reader.store.documents("plan", "versions"):
            numbers.setdefault(document["medicine"], []).append(document["number"])
        for found in numbers.values():
            assert sorted(found) == list(range(1, len(found) + 1))
        for medicine in self.session.reader.plan().medicines:
            made = [(v.number, v.id) for v in medicine.versions]
            assert made == sorted(set(made))

    def asked(self, start: date, end: date) -> dict[Key, Amount]:
        """What the plan asks for on the days of [start, end)."""
        plan, today = self.session.reader.plan(), self.today
        return {
            (dose.medicine, dose.date, dose.slot.name): amount(dose.pieces)
            for day in days(start, end)
            for dose in plan.doses_on(day, today)
        }

    def exported(self) -> str:
        return plan_text(self.session.reader.plan(), self.session.reader.now())

    def moved_to(self, folder: Path) -> Life:
        """The same plan in an empty folder, by export and import at this moment; every day asks for the same there."""
        text = self.exported()
        other = Life(folder, self.now)
        other.session.plans.apply(other.session.plans.preview(parse_plan(text)))
        start, end = self.first_day() - DAY, self.today + 60 * DAY
        assert other.asked(start, end) == self.asked(start, end), text
        return other

    def reads_the_same(self) -> None:
        """The plan's own text asks for the same on every day, as an empty record would read it now."""
        text, today, calendar = self.exported(), self.today, self.session.reader.calendar
        context = ChangeContext("", self.session.reader.now(), today, calendar)
        drafts = parse_plan(text)
        assert not refused_findings(drafts), text
        other = [Medicine(d.name, today, (first_version(d, context),)) for d in drafts.medicines]
        start, end = self.first_day() - DAY, today + 60 * DAY
        found = {
            (dose.medicine, dose.date, dose.slot.name): amount(dose.pieces)
            for day in days(start, end)
            for medicine in other
            for dose in medicine.doses_on(day, today, calendar)
        }
        assert found == self.asked(start, end), text

    def forward(self, **by: float) -> None:
        self.now = self.now.astimezone(ZoneInfo("UTC")) + timedelta(**by)


def _as_closed(fact: Fact) -> Fact:
    """Of today, a dose without a record is late again when the plan no longer has a dose due after it."""
    due, planned, taken, state = fact
    return due, planned, taken, "unrecorded" if state in ("due", "late") else state


def only(draft: PlanDraft, name: str, steps: Iterable[StepDraft]) -> PlanDraft:
    """A draft with one medicine, and other steps."""
    found = next(m for m in draft.medicines if m.name == name)
    return PlanDraft((MedicineDraft(found.name, found.slots, found.products, tuple(steps), found.advance),))


@dataclass
class Person(Life):
    """A life whose plan is moved from the shell, and whose past is looked at after every move."""

    def shell(self, *argv: str, code: int = 0) -> str:
        """Run one command line; what it prints."""
        out, err = io.StringIO(), io.StringIO()
        found = run(
            argv, clock=lambda: self.now, stdin=io.StringIO(), stdout=out, stderr=err,
            environ={"SPLITDOSE_DATA": str(self.folder), "TZ": "Europe/Berlin", "HOME": str(self.folder.parent)},
        )  # fmt: skip
        assert found == code, (argv, out.getvalue(), err.getvalue())
        if code:
            assert err.getvalue().startswith("splitdose: ")
            assert err.getvalue().count("\n") == 1
            return err.getvalue()
        assert not err.getvalue()
        return out.getvalue()

    def moves(self, *argv: str) -> str:
        """A plan command after which every closed dose is what it was."""
        before = self.closed()
        said = self.shell("plan", *argv)
        assert self.closed() == before, argv
        self.in_order()
        self.reads_the_same()
        return said

    def clock(self, wall: str) -> Person:
        self.now = at(wall)
        return self

    def mg(self, day: date, name: str = "baclofen") -> list[int]:
        """The milligrams planned for a day, slot by slot."""
        return [int(d.mg or 0) for d in self.session.reader.day(day).doses if d.medicine == name]


def first_steps(count: int, *, more: bool = True) -> PlanDraft:
    whole = read_plan_file(PLANS / "baclofen.toml")
    steps = whole.medicines[0].steps[:count]
    plain = [replace(s, start=s.start if n == 0 else None, hold=s.hold or 1) for n, s in enumerate(steps)]
    baclofen = only(whole, "baclofen", plain)
    if count < 9:
        baclofen = PlanDraft((replace(baclofen.medicines[0], products=whole.medicines[0].products[:1]),))
    return PlanDraft((*baclofen.medicines, whole.medicines[1])) if more else baclofen


STARTS = {
    "10-26": 55, "10-31": 50, "11-05": 45, "11-08": 40, "11-09": 45, "11-10": 40, "11-15": 35, "11-19": 30,
    "11-24": 25, "11-29": 20, "12-03": 15, "12-06": 10, "12-08": 5, "12-09": 0,
}  # fmt: skip
