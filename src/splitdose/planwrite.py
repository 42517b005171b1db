"""Plans written as plan files: what was in force, dose by dose, and what lies ahead, as TOML that reads the same.

A record holds many versions of a plan, a file holds one. So the past is resolved first: which step was in force from
which dose on. Read into an empty record at the same moment, the file asks for the same doses on every day.

The text is written here rather than by a library: it is a handful of tables with strings, numbers and dates, and no
more than TOML's escapes have to be right. It touches no file and no clock.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from splitdose.core.amount import PER_MG, decimal_text, quote, show_count
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, first_version
from splitdose.core.clock import DAY, Calendar
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import Piece, Pieces, Product, singular_of
from splitdose.core.plan import (
    AS_NEEDED,
    ASK,
    EDITION,
    MAX_HOLD,
    ON_DATE,
    DosePoint,
    Medicine,
    Pause,
    Plan,
    Slot,
    Step,
    days,
)
from splitdose.core.reading import count_of, parse_pieces
from splitdose.core.strength import Strength, parse_strength, typed_strength
from splitdose.planfile import MAX_NAME, parse_half_life, parse_total

_LOOKED_AHEAD = 60
"""Days after the last change that a written plan is compared with the record for."""
_MOST_TRIES = 8


def plan_text(plan: Plan, now: datetime, *, ascii_only: bool = False) -> str:
    """The text of a plan file with every medicine of a plan.

    Args:
        plan: all medicines with their versions.
        now: the instant; what lies ahead is projected from it.
        ascii_only: escape what is not ASCII, so that the text survives any encoding.

    Raises:
        BadInput: there is no medicine, or something of it can't be said in a plan file.
    """
    today = plan.calendar.date_of(now)
    drafts = tuple(resolved(medicine, plan.calendar, today, now) for medicine in plan.medicines)
    if not drafts:
        raise BadInput("there is no plan to write", "splitdose plan import FILE reads one")
    notes = {
        medicine.name: text
        for medicine, draft in zip(plan.medicines, drafts, strict=True)
        if (text := _remark(medicine, draft))
    }
    return draft_text(PlanDraft(drafts), remarks=notes, ascii_only=ascii_only)


def _remark(medicine: Medicine, draft: MedicineDraft) -> str:
    """What a plan file has no word for."""
    parts = ["archived"] if medicine.latest.archived else []
    if medicine.latest.advance != draft.advance:
        parts.append("taken as needed now; the steps are those before")
    return "; ".join(parts)


# Resolving


@dataclass(frozen=True)
class _Run:
    """One step as it was lived: two versions that hold the same step make one.

    Attributes:
        counts_from: its first dosing day.
    """

    counts_from: date
    asked: Asked

    def asks_on(self, day: date) -> dict[str, Pieces]:
        given = {slot: self.asked.on_day(slot, day, self.counts_from) for slot in self.asked.doses}
        return {slot: pieces for slot, pieces in given.items() if pieces}

    def dosing_day(self, start: date) -> date:
        """Its first dosing day from a date on."""
        return self.asked.dosing_day_from(start, self.counts_from)


@dataclass
class _Span:
    """From where on a run is in force; without a run nothing is."""

    start: DosePoint
    run: _Run | None
    hold: int | None = None
    note: str = ""


def resolved(medicine: Medicine, calendar: Calendar, today: date, now: datetime) -> MedicineDraft:
    """All versions of a medicine as one draft that asks for the same doses on every day.

    Raises:
        BadInput: no single plan asks for the same.
    """
    return _Resolver(medicine, calendar, today, now).draft()


class _Resolver:
    """Goes through a medicine's days dose by dose, and finds steps and pauses that ask for the same.

    Days on which slots changed places may not be sayable as "from this slot on"; they are written out as steps of
    one day. Which they are is found by reading the draft as an import would.
    """

    def __init__(self, medicine: Medicine, calendar: Calendar, today: date, now: datetime) -> None:
        self._medicine = medicine
        self._calendar = calendar
        self._today = today
        self._context = ChangeContext("", now, today, calendar)
        self._products = _Products(medicine.latest.products)
        placed = [begun.begins.date for version in medicine.versions for begun in version.placed_steps(today)]
        pauses = [p for version in medicine.versions for p in version.pauses]
        changes = [
            *placed,
            *(version.in_force_from.date for version in medicine.versions),
            *(point.date for p in pauses for point in (p.start, p.end) if point is not None),
            *(version.end.date for version in medicine.versions if version.end is not None),
        ]
        period = max((step.asked.period for version in medicine.versions for step in version.steps), default=1)
        first = min([today, *placed])
        self._days = days(first, max([today, *changes]) + (period + 2) * DAY)
        self._asked = {day: self._asked_on(day) for day in days(first, self._days[-1] + _LOOKED_AHEAD * DAY)}
        self._slots = self._all_slots()
        self._order = {slot.name: n for n, slot in enumerate(self._slots)}
        asks = any(self._asked.values())
        self._advance = ASK if asks and medicine.latest.advance == AS_NEEDED else medicine.latest.advance

    def _asked_on(self, day: date) -> dict[str, Pieces]:
        found = self._medicine.doses_on(day, self._today, self._calendar)
        return {dose.slot.name: self._products.of(dose.pieces) for dose in found}

    def _all_slots(self) -> tuple[Slot, ...]:
        """The latest slots, and earlier ones that doses stand in, each at its latest time, in day order."""
        used = {name for asked in self._asked.values() for name in asked}
        used |= {slot.name for slot in self._medicine.latest.slots}
        latest = {slot.name: slot for version in self._medicine.versions for slot in version.slots}
        found = [slot for name, slot in latest.items() if name in used]
        return tuple(sorted(found, key=lambda slot: self._calendar.minutes_into_day(self._today, slot.time)))

    def draft(self) -> MedicineDraft:
        latest = self._medicine.latest
        empty = MedicineDraft(self._medicine.name, self._slots, self._products.all, (), self._advance, latest.half_life)
        if self._advance == AS_NEEDED:
            return empty
        exact: set[date] = set()
        for _ in range(_MOST_TRIES):
            spans = self._spans(exact)
            unsayable = self._unsayable(list(self._in_phase(spans))) - exact
            if not unsayable:
                draft = replace(
                    empty, products=self._products.all, steps=self._steps(spans), pauses=self._pauses(exact)
                )
                unsayable = self._differing(draft)
                if not unsayable:
                    return draft
                # An import would let a step wait for the rhythm of the one before: a dosing day that is written out
                # has none.
                unsayable |= self._dosing_day_before(min(unsayable))
                if unsayable <= exact:
                    if self._only_projected(self._differing(draft)):
                        return draft
                    break
            exact |= unsayable
        raise BadInput(
            f"the plan of {quote(self._medicine.name)} can't be written as one plan file",
            "splitdose backup keeps all of it",
        )

    def _differing(self, draft: MedicineDraft) -> set[date]:
        """The days on which an import of the draft would ask for something else."""
        read = Medicine(draft.name, self._today, (first_version(draft, self._context),))
        return {
            day
            for day, asked in self._asked.items()
            if asked != {d.slot.name: d.pieces for d in read.doses_on(day, self._today, self._calendar)}
        }

    def _only_projected(self, differing: set[date]) -> bool:
        """Whether all that an import would change are dosing days to come that an earlier program let come too near.

        They only are projected, and read anew they keep their distance.
        """
        early = any(version.edition < EDITION for version in self._medicine.versions)
        return early and self._advance == ASK and min(differing) > self._today

    def _dosing_day_before(self, day: date) -> set[date]:
        return {max((found for found, asked in self._asked.items() if asked and found < day), default=day)}

    def _unsayable(self, spans: Sequence[_Span]) -> set[date]:
        """Days that need more than a step with its slot: projections begin with a day, slots have one order."""
        found = set()
        for n, span in enumerate(spans):
            start = span.start
            if start.slot is None:
                continue
            before = spans[n - 1].start if n else None
            if before is not None and before.date == start.date and self._place(before) >= self._place(start):
                found.add(start.date)
            if self._advance == ASK and start.date > self._today:
                found.add(start.date)
        return found

    def _place(self, point: DosePoint) -> int:
        return 0 if point.slot is None else self._order[point.slot]

    def _spans(self, exact: set[date]) -> list[_Span]:
        spans: list[_Span] = []
        for day in self._days:
            for span in self._written_out(day) if day in exact else self._spans_of(day):
                if spans and spans[-1].run == span.run:
                    spans[-1].hold, spans[-1].note = span.hold, span.note
                elif spans or span.run is not None:
                    spans.append(span)
        return spans

    def _spans_of(self, day: date) -> Iterator[_Span]:
        """Which run is in force from which slot of a day on."""
        first = True
        for slot, version in self._medicine.slots_on(day, self._calendar):
            if slot.name not in self._order:
                continue
            point = DosePoint(day, slot.name)
            start, first = DosePoint(day, None if first else slot.name), False
            begun = None if version.advance == AS_NEEDED else version.step_at(point, self._today, self._calendar)
            if begun is None or version.over_at(point, self._calendar):
                yield _Span(start, None)
            else:
                step = version.steps[begun.index]
                yield _Span(start, self._run(step, begun.counts_from), step.hold, step.note)
        if first:
            yield _Span(DosePoint(day), None)

    def _run(self, step: Step, counts_from: date) -> _Run:
        asked = step.asked.mapped(self._products.of, {slot: slot for slot, pieces in step.doses.items() if pieces})
        return _Run(counts_from, asked)

    def _written_out(self, day: date) -> Iterator[_Span]:
        """A day as a step of its own, exactly as it is."""
        asked = self._asked[day]
        if day != self._today or self._advance != ASK:
            yield _Span(DosePoint(day), _Run(day, Asked(asked)), hold=1)
            return
        # Where the person moves the plan, the step in force must have begun by today: it begins in the slot from which
        # on it alone asks.
        last = list(self._spans_of(day))[-1]
        own = last.run.asks_on(day) if last.run is not None else {}
        names = [slot.name for slot in self._slots]
        since = len(names)
        while since and asked.get(names[since - 1]) == own.get(names[since - 1]):
            since -= 1
        if since:
            before = {name: pieces for name, pieces in asked.items() if name in names[:since]}
            yield _Span(DosePoint(day), _Run(day, Asked(before)), hold=1)
        if since < len(names):
            yield replace(last, start=DosePoint(day, names[since] if since else None))

    def _steps(self, spans: Sequence[_Span]) -> tuple[StepDraft, ...]:
        pieces = list(self._in_phase(spans))
        steps: list[StepDraft] = []
        for n, span in enumerate(pieces):
            following = pieces[n + 1].start.date if n + 1 < len(pieces) else None
            begun = span.start.date <= self._today
            dated = begun or self._advance != ASK or n == 0
            if not dated and (before := steps[-1]).hold is not None:
                # Held longer than its hold: by that alone the next step would read as begun. Its date says that it
                # has not, and the hold stays the person's own.
                dated = pieces[n - 1].start.date + before.hold * DAY != span.start.date
            asked = span.run.asked if span.run is not None and span.run.asked.doses else Asked()
            steps.append(
                StepDraft(
                    asked, start=span.start.date if dated else None, from_slot=span.start.slot if dated else None,
                    hold=self._hold(span, following), total=asked.pieces.mg, note=span.note,
                )
            )  # fmt: skip
        return tuple(self._without_end(steps))

    def _without_end(self, steps: list[StepDraft]) -> list[StepDraft]:
        """A course on dates without the stop that the hold of its last step says already."""
        if self._advance != ON_DATE or len(steps) < 2:
            return steps
        last, stop = steps[-2:]
        if not stop.empty or last.start is None or last.hold is None or stop.note:
            return steps
        said = (last.start + last.hold * DAY, last.from_slot) == (stop.start, stop.from_slot)
        return steps[:-1] if said and not last.empty else steps

    def _in_phase(self, spans: Sequence[_Span]) -> Iterator[_Span]:
        """Each span as steps that begin on a dosing day: `every` counts from there."""
        for n, span in enumerate(spans):
            start, run = span.start, span.run
            dosing = run.dosing_day(start.date) if run is not None and run.asked.doses else start.date
            if dosing == start.date:
                yield span
                continue
            yield _Span(start, None)
            following = spans[n + 1].start if n + 1 < len(spans) else None
            if (
                following is None
                or dosing < following.date
                or (dosing == following.date and following.slot is not None)
            ):
                yield replace(span, start=DosePoint(dosing))

    def _hold(self, span: _Span, following: date | None) -> int | None:
        start, hold = span.start.date, span.hold
        if following is None and self._advance == ON_DATE:
            return None  # it goes on: a hold would end it
        if self._advance != ASK or following is None or following <= self._today:
            # Nothing is counted from it. Its own hold may be longer than it was held: that is told, not refused.
            return hold
        tomorrow = self._today + DAY
        if hold is not None and max(start + hold * DAY, tomorrow) == following:
            return hold
        return min((following - start).days, MAX_HOLD)

    def _pauses(self, exact: set[date]) -> tuple[Pause, ...]:
        pauses: list[Pause] = []
        since: DosePoint | None = None
        for day in self._days:
            slots = [pair for pair in self._medicine.slots_on(day, self._calendar) if pair[0].name in self._order]
            if day in exact:
                slots = slots[:1]
            for n, (slot, version) in enumerate(slots):
                paused = day not in exact and version.paused_at(DosePoint(day, slot.name), self._calendar)
                here = DosePoint(day, slot.name if n else None)
                if paused and since is None:
                    since = here
                elif not paused and since is not None:
                    pauses.append(Pause(since, here))
                    since = None
        return (*pauses, Pause(since)) if since is not None else tuple(pauses)


class _Products:
    """The products of a plan file: one name each, also where two versions mean two things by one name."""

    def __init__(self, latest: Iterable[Product]) -> None:
        self._found: dict[tuple[str, Strength | None, str], Product] = {}
        for product in latest:
            self._add(product)

    @property
    def all(self) -> tuple[Product, ...]:
        return tuple(self._found.values())

    def of(self, pieces: Pieces) -> Pieces:
        return Pieces(tuple(Piece(piece.count, self._add(piece.product)) for piece in pieces))

    def _add(self, product: Product) -> Product:
        # Who makes it, and where it may be cut, is no other dose: the newest facts stand.
        key = (product.name, product.strength, product.form)
        if key not in self._found:
            self._found[key] = replace(product, name=self._free_name(product.name))
        return self._found[key]

    def _free_name(self, name: str) -> str:
        # A plus sign between spaces adds pieces.
        name = " ".join(name.split(" + ")).strip() or "product"
        taken = {product.name for product in self._found.values()}
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name[: MAX_NAME - 6].rstrip()} ({number})"
        return free


# Writing


def draft_text(draft: PlanDraft, *, remarks: Mapping[str, str] | None = None, ascii_only: bool = False) -> str:
    """A draft as the text of a plan file.

    Args:
        draft: what to write; findings of `check` on it are not looked at.
        remarks: by medicine, what to say above it as a comment.
        ascii_only: escape what is not ASCII.

    Raises:
        BadInput: an amount or a name can't be written so that it is read back the same.
    """
    return _Writer(ascii_only).text(draft, remarks or {})


class _Writer:
    def __init__(self, ascii_only: bool) -> None:
        self._ascii = ascii_only

    def text(self, draft: PlanDraft, remarks: Mapping[str, str]) -> str:
        tables = [medicine.slots for medicine in draft.medicines]
        shared = tables[0] if tables and all(slots == tables[0] for slots in tables) else None
        lines: list[str] = []
        if shared:
            lines += ["[slots]", *self._slots(shared), ""]
        for medicine in draft.medicines:
            if remark := remarks.get(medicine.name):
                lines.append(f"# {remark}")
            lines += [*self._medicine(medicine, own_slots=not shared), ""]
        return "\n".join(lines[:-1]) + "\n"

    def _medicine(self, medicine: MedicineDraft, *, own_slots: bool) -> Iterator[str]:
        yield "[[medicine]]"
        yield f"name = {self._string(medicine.name)}"
        if medicine.half_life is not None:
            yield f"half_life = {self._string(_half_life(medicine.half_life))}"
        yield f"advance = {self._string(medicine.advance)}"
        if own_slots:
            yield from ("", "  [medicine.slots]", *(f"  {line}" for line in self._slots(medicine.slots)))
        for product in medicine.products:
            yield from ("", "  [[medicine.product]]", *(f"  {line}" for line in self._product(product)))
        for step in medicine.steps:
            yield from ("", "  [[medicine.step]]", *(f"  {line}" for line in self._step(step, medicine)))
        for pause in medicine.pauses:
            yield from ("", "  [[medicine.pause]]", *(f"  {line}" for line in self._pause(pause)))

    def _slots(self, slots: Sequence[Slot]) -> list[str]:
        return [f'{self._key(slot.name)} = "{slot.time:%H:%M}"' for slot in slots]

    def _product(self, product: Product) -> Iterator[str]:
        yield f"name = {self._string(product.name)}"
        if product.strength is not None:
            yield f"strength = {self._string(_strength(product.strength))}"
        yield f"form = {self._string(product.form)}"
        if product.called:
            yield f"unit = {self._string(product.called)}"
        if product.smallest is not None:
            yield f"smallest = {self._string(_count(product.smallest, product))}"
        if product.scored is not None:
            yield f"scored = {'true' if product.scored else 'false'}"
        if product.maker:
            yield f"maker = {self._string(product.maker)}"

    def _step(self, step: StepDraft, medicine: MedicineDraft) -> Iterator[str]:
        if step.start is not None:
            yield f"start = {step.start.isoformat()}"
        if step.from_slot is not None:
            yield f"from_slot = {self._string(step.from_slot)}"
        if step.hold is not None:
            yield f"hold = {step.hold}"
        if step.every != 1:
            yield f"every = {step.every}"
        for slot in medicine.slots:
            if pieces := step.asked.on(slot.name):
                yield f"{self._key(slot.name)} = {self._string(_amount(pieces, medicine.products))}"
        if step.total is not None and (total := _total(step.total, medicine.unit)) is not None:
            yield f"total = {self._string(total)}"
        if step.note:
            yield f"note = {self._string(step.note)}"

    def _pause(self, pause: Pause) -> Iterator[str]:
        yield f"start = {pause.start.date.isoformat()}"
        if pause.start.slot is not None:
            yield f"from_slot = {self._string(pause.start.slot)}"
        if pause.end is not None:
            yield f"end = {pause.end.date.isoformat()}"
            if pause.end.slot is not None:
                yield f"to_slot = {self._string(pause.end.slot)}"

    def _key(self, name: str) -> str:
        return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else self._string(name)

    def _string(self, text: str) -> str:
        return '"' + "".join(map(self._letter, text)) + '"'

    def _letter(self, letter: str) -> str:
        short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter)
        if short is not None:
            return short
        code = ord(letter)
        if 0xD800 <= code <= 0xDFFF:
            return "\\uFFFD"  # half a character: no file can hold it
        # What steers a terminal is escaped too: a plan is printed as well as kept.
        if letter.isprintable() and (code < 128 or not self._ascii):
            return letter
        return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _count(count: Fraction, product: Product) -> str:
    """A count as one types it for a product: a decimal where it is measured ("10 units", "2.5 mL"), else a fraction."""
    number = product.told(count)
    texts = [show_count(number, ascii_only=True)]
    if product.poured and (exact := decimal_text(number)) is not None:
        texts.insert(0, exact)
    if product.poured:
        texts = [f"{text} {product.unit if number > 1 else singular_of(product.unit)}" for text in texts]
    if product.units_per_ml is not None:
        texts.append(f"{decimal_text(count) or show_count(count, ascii_only=True)} mL")
    for text in texts:
        try:
            if count_of(text, product) == count:
                return text
        except BadInput:  # "1.125 units" can be read two ways, "1 1/8 units" can't
            continue
    raise BadInput(f"the count {texts[-1]} can't be written in a plan file", "splitdose backup keeps all of it")


def _amount(pieces: Pieces, products: Sequence[Product]) -> str:
    text = " + ".join(_piece(piece) for piece in pieces)
    if parse_pieces(text, products) != pieces:
        raise BadInput(f"the dose {quote(text)} can't be written in a plan file", "splitdose backup keeps all of it")
    return text


def _piece(piece: Piece) -> str:
    return f"{_count(piece.count, piece.product)} x {piece.product.name}"


def _total(mg: Fraction, unit: str) -> str | None:
    text = f"{decimal_text(mg * PER_MG[unit])} {unit}"
    try:
        return text if parse_total(text) == mg else None
    except BadInput:
        return None  # a total is only checked: one that can't be written plainly is left out


def _strength(strength: Strength) -> str:
    per = "/mL" if strength.per_ml else ""
    texts = [strength.label]
    if strength.mg is not None and (exact := decimal_text(strength.mg)) is not None:
        texts.append(f"{exact} mg{per}")
    for text in map(typed_strength, texts):
        try:
            found = parse_strength(text)
            if (found.mg, found.per_ml, found.units_per_ml) == (strength.mg, strength.per_ml, strength.units_per_ml):
                return text
        except BadInput:
            continue
    raise BadInput(
        f"the strength {quote(strength.label)} can't be written in a plan file", "splitdose backup keeps all of it"
    )


def _half_life(hours: tuple[Fraction, Fraction]) -> str:
    for unit, scale in (("h", 1), ("d", 24)):
        low, high = (show_count(value / scale, ascii_only=True) for value in hours)
        text = f"{low} {unit}" if low == high else f"{low} - {high} {unit}"
        try:
            if parse_half_life(text) == hours:
                return text
        except BadInput:
            continue
    raise BadInput("the half-life can't be written in a plan file", "splitdose backup keeps all of it")
