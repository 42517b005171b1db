"""Any order of what a person may do with a plan: the past stays, no record is lost, and the plan can move elsewhere."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from session.scenario import Life, at, draft_ahead
from splitdose.core.asked import Asked
from splitdose.core.change import StepOpen
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.log import Intake
from splitdose.core.piece import Piece, Pieces, Product
from splitdose.core.plan import ASK, ON_DATE, DoseKey, DosePoint, Pause, Slot, Step
from splitdose.core.strength import parse_strength
from splitdose.planfile import parse_plan
from splitdose.session import Refused

PLAN = """
[slots]
morning = "08:00"
afternoon = "13:00"
evening = "18:00"
[[medicine]]
name = "baclofen"
[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"
[[medicine.product]]
name = "5 mg tablet"
strength = "5 mg"
[[medicine.step]]
start = 2023-10-26
hold = 2
split = "1 - 3/4 - 1 x 20 mg tablet"
[[medicine.step]]
hold = 3
split = "3/4 - 3/4 - 1 x 20 mg tablet"
[[medicine.step]]
hold = 1
split = "1 - 0 - 1 x 5 mg tablet"
every = 2
[[medicine.step]]
[[medicine]]
name = "prednisone"
advance = "on date"
[[medicine.product]]
name = "4 mg tablet"
strength = "4 mg"
[[medicine.step]]
start = 2023-10-25
hold = 3
split = "2 - 1 - 1 x 4 mg tablet"
[[medicine.step]]
hold = 2
split = "1 - 1 - 1 x 4 mg tablet"
[[medicine.step]]
"""
NAMES = ["baclofen", "prednisone"]
ALLOW = {"recorded", "early", "after_next", "amount", "not_planned", "old"}

names = st.sampled_from(NAMES)
offsets = st.integers(-3, 3)
slots = st.sampled_from([None, "morning", "afternoon", "evening", "night"])
points = st.none() | st.tuples(offsets, slots)


class Taper(RuleBasedStateMachine):
    """A person, a folder, and a clock that goes over the end of summer time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="splitdose-"))
        self.life = Life(self.folder / "data", at("2023-10-26 06:30"))
        self.records: dict[str, Intake] = {}
        self.voided: set[str] = set()
        self.moves = 0

    @initialize()
    def first_import(self) -> None:
        plans = self.life.session.plans
        plans.apply(plans.preview(parse_plan(PLAN)))

    def teardown(self) -> None:
        try:
            if self.life.session.reader.plan().medicines:
                self.life.moved_to(self.folder / "elsewhere")
        finally:
            shutil.rmtree(self.folder)

    # The plan

    def point(self, drawn: tuple[int, str | None] | None) -> DosePoint | None:
        return None if drawn is None else DosePoint(self.life.today + drawn[0] * DAY, drawn[1])

    def _try(self, make: Any, *arguments: Any, **options: Any) -> None:
        before = self.life.closed()
        try:
            made = make(*arguments, **options)
        except (BadInput, Refused, StepOpen):
            assert self.life.closed() == before
            return
        self.moves += 1
        self.life.change(made)

    @rule(name=names, extra=st.integers(1, 3))
    def hold(self, name: str, extra: int) -> None:
        self._try(self.life.session.plans.hold, name, extra)

    @rule(name=names, when=points)
    def next(self, name: str, when: tuple[int, str | None] | None) -> None:
        self._try(self.life.session.plans.next, name, self.point(when))

    @rule(name=names, to=st.none() | st.integers(1, 4), when=points)
    def back(self, name: str, to: int | None, when: tuple[int, str | None] | None) -> None:
        self._try(self.life.session.plans.back, name, to, self.point(when))

    @rule(name=names, when=points, until=points)
    def pause(self, name: str, when: tuple[int, str | None] | None, until: tuple[int, str | None] | None) -> None:
        self._try(self.life.session.plans.pause, name, self.point(when), self.point(until))

    @rule(name=names, when=points)
    def resume(self, name: str, when: tuple[int, str | None] | None) -> None:
        self._try(self.life.session.plans.resume, name, self.point(when))

    @rule(name=names, when=points)
    def stop(self, name: str, when: tuple[int, str | None] | None) -> None:
        self._try(self.life.session.plans.stop, name, self.point(when))

    @rule(name=names, archived=st.booleans())
    def archive(self, name: str, archived: bool) -> None:
        self._try(self.life.session.plans.archive, name, archived=archived)

    @rule(name=names)
    def undo_version(self, name: str) -> None:
        if len(self.life.medicine(name).versions) > 1:
            self.life.undo_version(name)

    @rule(name=names, when=points, data=st.data())
    def edit(self, name: str, when: tuple[int, str | None] | None, data: st.DataObject) -> None:
        draft = changed(draft_ahead(self.life.medicine(name), self.life.today, self.life.session), data)
        self._try(self.life.session.plans.edit, draft, self.point(when))

    @rule(name=names, from_day=st.none() | offsets, data=st.data())
    def import_again(self, name: str, from_day: int | None, data: st.DataObject) -> None:
        draft = changed(draft_ahead(self.life.medicine(name), self.life.today, self.life.session), data)
        if data.draw(st.booleans()):
            draft = replace(draft, pauses=(Pause(DosePoint(self.life.today + data.draw(offsets) * DAY)),))
        day = None if from_day is None else self.life.today + from_day * DAY
        step = 1 if day is None and draft.steps else None
        self._try(self.life.session.plans.preview, PlanDraft((draft,)), step=step, from_day=day)

    @rule(name=names, first=st.integers(-9, -1), length=st.integers(1, 5), slot=slots, every=st.integers(1, 3),
          data=st.data())  # fmt: skip
    def rewrite(self, name: str, first: int, length: int, slot: str | None, every: int, data: st.DataObject) -> None:
        medicine, today = self.life.medicine(name), self.life.today
        chosen = data.draw(st.sampled_from(medicine.latest.slots)).name
        piece = Piece(Fraction(3, 4), data.draw(st.sampled_from(medicine.latest.products)))
        begin, last = today + first * DAY, today + (first + length - 1) * DAY
        step = Step(Asked({chosen: Pieces((piece,))}, every))
        self._try(self.life.session.plans.rewrite, name, DosePoint(begin, slot), last, step)

    # The record

    def doses(self) -> list[DoseKey]:
        reader, today = self.life.session.reader, self.life.today
        return [dose.key for day in reader.days(today - 4 * DAY, today + DAY) for dose in day.doses]

    def _recorded(self, made: Intake) -> None:
        assert made.id not in self.records
        self.records[made.id] = made

    @precondition(lambda self: self.doses())
    @rule(data=st.data(), kind=st.sampled_from(["take", "take", "skip", "unsure", "correct"]))
    def record(self, data: st.DataObject, kind: str) -> None:
        record, key = self.life.session.record, data.draw(st.sampled_from(self.doses()))
        allow = ALLOW if kind == "correct" else ALLOW - {"recorded"}
        try:
            if kind in ("take", "correct"):
                made = record.take(key, exactness=data.draw(st.sampled_from(["exact", "unknown"])), allow=allow)
            else:
                made = (record.skip if kind == "skip" else record.unsure)(key, allow=allow)
        except Refused as refusal:
            if refusal.code != "recorded" or kind == "correct":
                raise
            return
        self._recorded(made)

    @rule(name=names, day=st.integers(-3, 0))
    def extra(self, name: str, day: int) -> None:
        piece = Piece(Fraction(1, 4), self.life.medicine(name).latest.products[0])
        on = self.life.today + day * DAY
        self._recorded(self.life.session.record.extra(name, Pieces((piece,)), day=on, allow={"again"}))

    @precondition(lambda self: set(self.records) - self.voided)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        record_id = data.draw(st.sampled_from(sorted(set(self.records) - self.voided)))
        self.life.session.record.undo(record_id)
        self.voided.add(record_id)

    # The clock

    @rule(hours=st.sampled_from([0.02, 0.5, 1, 2, 5, 9, 24, 50]))
    def forward(self, hours: float) -> None:
        until = self.life.today - DAY
        before = self.life.closed(until)
        self.life.forward(hours=hours)
        assert self.life.closed(until) == before

    @rule(minutes=st.sampled_from([1, 20, 90]))
    def backward(self, minutes: int) -> None:
        self.life.forward(minutes=-minutes)

    # What always holds

    def _stands(self, record_id: str) -> bool:
        return record_id not in self.voided and not self._replaced(record_id)

    def _replaced(self, record_id: str) -> bool:
        return any(
            other.id not in self.voided or self._replaced(other.id)
            for other in self.records.values()
            if other.replaces == record_id
        )

    @invariant()
    def every_record_is_seen_once_where_it_belongs(self) -> None:
        if not self.records:
            return
        dates = {record.date for record in self.records.values()}
        seen: list[tuple[date, str | None, str]] = []
        for day in self.life.session.reader.days(min(dates), max(dates) + DAY):
            seen += [(d.date, d.slot.name, r.id) for d in day.doses for r in (d.record, *d.duplicates) if r is not None]
            seen += [(e.date, None, e.id) for e in day.extras]
        standing = [(r.date, r.slot, r.id) for r in self.records.values() if self._stands(r.id)]
        assert sorted(seen, key=str) == sorted(standing, key=str)

    @invariant()
    def the_plan_reads_the_same_elsewhere(self) -> None:
        """After every change, as text read back; the real folder elsewhere comes at the end."""
        if self.moves:
            self.moves = 0
            self.life.reads_the_same()


def changed(draft: MedicineDraft, data: st.DataObject) -> MedicineDraft:
    """A draft as a person may edit it."""
    kind = data.draw(
        st.sampled_from(
            [
                "dose",
                "time",
                "slot",
                "drop",
                "product",
                "strength",
                "hold",
                "every",
                "advance",
                "insert",
                "remove",
                "none",
            ]
        )
    )
    times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 20, 40]))
    products, steps = list(draft.products), list(draft.steps)
    which = data.draw(st.integers(0, len(steps) - 1)) if steps else None
    if kind == "time":
        moved = data.draw(st.sampled_from(draft.slots))
        found = tuple(replace(s, time=data.draw(times)) if s == moved else s for s in draft.slots)
        return replace(draft, slots=found)
    if kind == "slot" and all(s.name != "night" for s in draft.slots):
        draft = replace(draft, slots=(*draft.slots, Slot("night", data.draw(times))))
        kind = "dose"
    if kind == "drop" and len(draft.slots) > 1:
        gone = data.draw(st.sampled_from(draft.slots))
        found = tuple(s for s in draft.slots if s != gone)
        return replace(
            draft, slots=found,
            steps=tuple(
                replace(s, from_slot=None, asked=s.asked.mapped(slots={n: n for n in s.doses if n != gone.name}))
                for s in steps
            ),
        )  # fmt: skip
    if kind == "product" and all(p.name != "10 mg tablet" for p in products):
        new = Product("10 mg tablet", parse_strength("10 mg"))
        products.append(new)
        draft = replace(draft, products=tuple(products))
        kind = "dose"
    if kind == "strength":
        old = data.draw(st.sampled_from(products))
        new = replace(old, strength=parse_strength(data.draw(st.sampled_from(["20 mg", "2 mg", "5 mg"]))))
        return replace(
            draft, products=tuple(new if p == old else p for p in products),
            steps=tuple(
                replace(s, asked=s.asked.mapped(
                    lambda p: Pieces(tuple(replace(x, product=new) if x.product == old else x for x in p))
                ))
                for s in steps
            ),
        )  # fmt: skip
    if kind == "advance":
        return replace(
            draft, advance=ON_DATE if draft.advance == ASK else ASK,
            steps=tuple(replace(s, start=None, from_slot=None) for s in steps),
        )  # fmt: skip
    if kind == "insert":
        piece = Piece(data.draw(st.sampled_from([Fraction(1, 2), Fraction(2)])), data.draw(st.sampled_from(products)))
        place = data.draw(st.integers(0, len(steps)))
        steps.insert(place, StepDraft(Asked({data.draw(st.sampled_from(draft.slots)).name: Pieces((piece,))}), hold=2))
        steps[place:] = [replace(s, start=None, from_slot=None) for s in steps[place:]]
        steps[:-1] = [replace(s, hold=s.hold or 2) for s in steps[:-1]]
        return replace(draft, steps=tuple(steps))
    if which is None:
        return draft
    if kind == "dose":
        slot = data.draw(st.sampled_from(draft.slots)).name
        piece = Piece(data.draw(st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(3, 2)])),
                      data.draw(st.sampled_from(draft.products)))  # fmt: skip
        asked = steps[which].asked
        steps[which] = replace(steps[which], asked=replace(asked, doses={**asked.doses, slot: Pieces((piece,))}))
    elif kind == "hold":
        steps[which] = replace(steps[which], hold=data.draw(st.integers(1, 6)))
    elif kind == "every":
        steps[which] = replace(steps[which], asked=Asked(steps[which].doses, data.draw(st.integers(1, 3))))
    elif kind == "remove" and len(steps) > 1:
        steps.pop(which)
        steps[which:] = [replace(s, start=None, from_slot=None) for s in steps[which:]]
        steps[:-1] = [replace(s, hold=s.hold or 2) for s in steps[:-1]]
    return replace(draft, steps=tuple(steps))


_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
TestTaper = Taper.TestCase
TestTaper.settings = settings(
    max_examples=int(os.environ.get("SPLITDOSE_EXAMPLES", "500")) if _LONG else 12,
    stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)  # fmt: skip
