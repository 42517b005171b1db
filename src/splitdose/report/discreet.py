"""A report's plan and days without names, or without the person's own words.

Values are replaced, not hidden: what comes out of here holds no name, so nothing that is written from it can.
What stays is what a report is for: dates, times, amounts, strengths, forms, and what became of each dose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time

from splitdose.core.day import Day, Dose
from splitdose.core.log import CheckIn, Intake
from splitdose.core.piece import KNOWN_WORDS, Piece, Pieces, Product
from splitdose.core.plan import Medicine, Plan, Slot, Step, Version


def letter(number: int) -> str:
    """A, B … Z, AA, AB …, from 0."""
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text


def without_notes(plan: Plan, days: Sequence[Day]) -> tuple[Plan, tuple[Day, ...]]:
    """The same without notes, and without the reasons for skipping."""
    medicines = tuple(
        replace(m, versions=tuple(replace(v, why="", steps=tuple(replace(s, note="") for s in v.steps))
                                  for v in m.versions))
        for m in plan.medicines
    )  # fmt: skip

    def bare(intake: Intake) -> Intake:
        return replace(intake, note="", reason="") if intake.note or intake.reason else intake

    def bare_dose(dose: Dose) -> Dose:
        if dose.record is None:
            return dose
        return replace(dose, record=bare(dose.record), duplicates=tuple(map(bare, dose.duplicates)))

    bared = tuple(
        replace(
            day, doses=tuple(map(bare_dose, day.doses)), extras=tuple(map(bare, day.extras)),
            checkins=tuple(replace(c, note="") for c in day.checkins),
        )
        for day in days
    )  # fmt: skip
    return replace(plan, medicines=medicines), bared


class Nameless:
    """Takes names out of a plan and its days, everywhere by the same letters."""

    def __init__(self, plan: Plan, days: Iterable[Day]) -> None:
        """Give a letter to every medicine and symptom there is.

        Args:
            plan: its medicines come first, in their order.
            days: all the days that will be asked for.
        """
        self._plan = plan
        names = dict.fromkeys(m.name for m in plan.medicines)
        symptoms: dict[str, None] = {}
        for day in days:
            names.update(dict.fromkeys(dose.medicine for dose in day.doses))
            names.update(dict.fromkeys(extra.medicine for extra in day.extras))
            for checkin in day.checkins:
                symptoms.update(dict.fromkeys(checkin.symptoms))
        self._medicine = {name: f"medicine {letter(n)}" for n, name in enumerate(names)}
        self._symptom = {name: f"symptom {letter(n)}" for n, name in enumerate(symptoms)}
        self._products: dict[Product, Product] = {}
        self._slots: dict[tuple[str, time], Slot] = {}
        self._taken_names: dict[str, Product] = {}

    def plan(self) -> Plan:
        """The plan without names."""
        return replace(self._plan, medicines=tuple(
            Medicine(self._medicine[m.name], m.since, tuple(self._version(v) for v in m.versions))
            for m in self._plan.medicines
        ))  # fmt: skip

    def days(self, days: Iterable[Day]) -> tuple[Day, ...]:
        """The days without names."""
        return tuple(self._day(day) for day in days)

    def _version(self, version: Version) -> Version:
        slots: dict[str, Slot] = {}
        for slot in version.slots:
            name, count = _clock(slot.time), 2
            while any(name == given.name for given in slots.values()):
                name, count = f"{_clock(slot.time)} ({count})", count + 1
            slots[slot.name] = Slot(name, slot.time)
            self._slots.setdefault((slot.name, slot.time), slots[slot.name])

        def step(found: Step) -> Step:
            asked = found.asked.mapped(self._pieces, {name: slot.name for name, slot in slots.items()})
            return replace(found, asked=asked, note="", begins=None if found.begins is None else replace(
                found.begins, slot=slots[found.begins.slot].name if found.begins.slot in slots else None
            ))  # fmt: skip

        in_force_from = version.in_force_from
        return replace(
            version, slots=tuple(slots.values()), products=tuple(self._product(p) for p in version.products),
            steps=tuple(step(s) for s in version.steps), why="",
            in_force_from=replace(
                in_force_from, slot=slots[in_force_from.slot].name if in_force_from.slot in slots else None
            ),
        )  # fmt: skip

    def _day(self, day: Day) -> Day:
        return replace(
            day, doses=tuple(self._dose(d) for d in day.doses), extras=tuple(self._intake(e) for e in day.extras),
            checkins=tuple(self._checkin(c) for c in day.checkins),
            totals=tuple(
                replace(
                    t, medicine=self._medicine[t.medicine], planned_pieces=self._pieces(t.planned_pieces),
                    taken_pieces=self._pieces(t.taken_pieces),
                )
                for t in day.totals
            ),
        )  # fmt: skip

    def _dose(self, dose: Dose) -> Dose:
        slot = self._slots.get((dose.slot.name, dose.slot.time)) or Slot(_clock(dose.slot.time), dose.slot.time)
        return replace(
            dose, medicine=self._medicine[dose.medicine], slot=slot, pieces=self._pieces(dose.pieces),
            record=None if dose.record is None else self._intake(dose.record, slot.name),
            duplicates=tuple(self._intake(double, slot.name) for double in dose.duplicates),
        )  # fmt: skip

    def _intake(self, intake: Intake, slot: str | None = None) -> Intake:
        planned = intake.planned
        return replace(
            intake, medicine=self._medicine[intake.medicine], slot=slot, pieces=self._pieces(intake.pieces), where="",
            planned=None if planned is None else replace(planned, pieces=self._pieces(planned.pieces)),
        )  # fmt: skip

    def _checkin(self, checkin: CheckIn) -> CheckIn:
        return replace(checkin, where="", symptoms={self._symptom[n]: v for n, v in checkin.symptoms.items()})

    def _pieces(self, pieces: Pieces) -> Pieces:
        return Pieces(tuple(Piece(piece.count, self._product(piece.product)) for piece in pieces))

    def _product(self, product: Product) -> Product:
        given, found = product, self._products.get(product)
        if found is None:
            # What the person calls one of it may be a name too.
            product = replace(product, called=product.called if product.called in KNOWN_WORDS else "")
            unit = "liquid" if product.poured else product.unit
            base = f"{product.strength.label} {unit}" if product.strength is not None else unit
            name, count = base, 2
            while name in self._taken_names:
                name, count = f"{base} ({count})", count + 1
            found = self._products[given] = self._taken_names[name] = replace(product, name=name, maker="")
        return found


def _clock(wall: time) -> str:
    return wall.strftime("%H:%M")
