"""What an editor holds before it is kept: a plan from the current step on, and how typed amounts are read and said.

Pure: it reads no clock and draws nothing. What can be read two ways is refused by the core's parsers; here only the
other way of writing it is looked for, to be offered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from splitdose.core.amount import decimal_text, quote, show_count, whole_number
from splitdose.core.asked import Asking
from splitdose.core.clock import Calendar
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import LIQUIDS, NO_PIECES, Piece, Pieces, Product
from splitdose.core.plan import MAX_HOLD, ON_DATE, Medicine, Slot, Version
from splitdose.core.plan_wording import half_life_words
from splitdose.core.reading import count_of, parse_pieces, parse_split, read_called
from splitdose.core.strength import Strength, parse_strength
from splitdose.core.typed_times import split_wall
from splitdose.planfile import MAX_NAME, MAX_NOTE, STEP_KEYS, parse_half_life

MOST_EVERY = 365


def draft_of(medicine: Medicine, today: date, calendar: Calendar) -> tuple[MedicineDraft, int]:
    """The plan from the current step on, as `Planner.edit` takes it, and the index of that step in the version."""
    version = medicine.latest
    current = version.current(today, calendar)
    first = current.index if current is not None and not current.projected else 0
    begun = {b.index: b.begins for b in version.placed_steps(today) if not b.projected}
    steps = []
    for index, step in enumerate(version.steps[first:], start=first):
        point = begun.get(index)
        ahead = current is None or index > first
        steps.append(
            StepDraft(
                step.asked, hold=step.hold, note=step.note,
                # What has begun keeps its start; a date given for a step to come stays with it.
                start=(point.date if point is not None else step.stated_start) if ahead else None,
                from_slot=point.slot if point is not None and ahead else None,
            )
        )  # fmt: skip
    slots = tuple(version.ordered_slots(calendar, today))
    return (
        MedicineDraft(medicine.name, slots, version.products, tuple(steps), version.advance, version.half_life), first
    )  # fmt: skip


def with_advance(draft: MedicineDraft, version: Version, first: int, advance: str, today: date) -> MedicineDraft:
    """The same plan moving on by dates or by the person; dates are those that are projected now."""
    placed = {b.index: b.begins.date for b in version.placed_steps(today)}
    steps = tuple(
        replace(step, start=placed.get(index) if advance == ON_DATE else None, from_slot=None)
        if index > first
        else step
        for index, step in enumerate(draft.steps, start=first)
    )
    return replace(draft, advance=advance, steps=steps)


def with_step(draft: MedicineDraft, at: int, step: StepDraft, *, insert: bool) -> MedicineDraft:
    """A step put in the place of another, or before it."""
    steps = [*draft.steps[:at], step, *draft.steps[at + (0 if insert else 1) :]]
    return replace(draft, steps=_without_written(steps, at))


def without_step(draft: MedicineDraft, at: int) -> MedicineDraft:
    """The plan without one step; those after it follow on."""
    return replace(draft, steps=_without_written([*draft.steps[:at], *draft.steps[at + 1 :]], at))


def _without_written(steps: Sequence[StepDraft], at: int) -> tuple[StepDraft, ...]:
    """Starts of the steps from a changed one on follow again from the holds.

    Only a start that was once written or fixed would contradict the change; the first step's is its own.
    """
    return tuple(
        replace(step, start=None, from_slot=None) if index >= max(at, 1) and _has_hold(steps, index) else step
        for index, step in enumerate(steps)
    )


def _has_hold(steps: Sequence[StepDraft], index: int) -> bool:
    return steps[index - 1].hold is not None


def with_slots(draft: MedicineDraft, slots: Sequence[tuple[str | None, Slot]]) -> MedicineDraft:
    """Other slots. A slot keeps its doses by the name it had, whatever its time or name is now.

    Args:
        draft: as it is.
        slots: for each slot the name it had, None for a new one, and what it is.
    """
    renamed = {old: slot.name for old, slot in slots if old is not None}
    steps = tuple(
        replace(
            step,
            asked=step.asked.mapped(slots=renamed),
            from_slot=renamed.get(step.from_slot) if step.from_slot is not None else None,
        )
        for step in draft.steps
    )
    return replace(draft, slots=tuple(slot for _, slot in slots), steps=steps)


def with_product(draft: MedicineDraft, old: Product | None, new: Product) -> MedicineDraft:
    """A product changed wherever it is used from the current step on, or added."""
    if old is None:
        return replace(draft, products=(*draft.products, new))

    def pieces(found: Pieces) -> Pieces:
        return Pieces(tuple(replace(p, product=new) if p.product == old else p for p in found))

    return replace(
        draft,
        products=tuple(new if product == old else product for product in draft.products),
        steps=tuple(replace(s, asked=s.asked.mapped(pieces)) for s in draft.steps),
    )


# Reading what is typed


@dataclass(frozen=True)
class Misread:
    """Why something typed can't be used, and how it may be written instead.

    Attributes:
        text: what is wrong and what to type.
        offer: the one other way of writing it that can be read, or "".
    """

    text: str
    offer: str = ""


def read_amount(text: str, products: Sequence[Product], planned: Product | None) -> Pieces:
    """What one slot asks for; nothing typed is none. Raises BadInput."""
    return parse_pieces(text, products, planned) if text.strip() else NO_PIECES


def misread_amount(problem: BadInput, text: str, products: Sequence[Product], planned: Product | None) -> Misread:
    """What to say about an amount that can't be read."""
    return _misread(problem, text, _other_amounts(text), lambda other: read_amount(other, products, planned))


def misread_split(
    problem: BadInput, text: str, slots: int, products: Sequence[Product], planned: Product | None
) -> Misread:
    """What to say about a split line that can't be read."""
    return _misread(problem, text, _other_splits(text), lambda other: parse_split(other, slots, products, planned))


def _misread(problem: BadInput, text: str, others: Sequence[str], read: Callable[[str], object]) -> Misread:
    readable = []
    for other in dict.fromkeys(others):
        if other == text.strip():
            continue
        try:
            read(other)
        except BadInput:
            continue
        readable.append(other)
    if len(readable) != 1:
        return Misread(str(problem))
    # What to type ends in an example, where it has one; the offer stands in its place.
    todo = problem.todo.partition(": ")[0]
    return Misread(f"{problem.what}; {todo}" if todo else problem.what, readable[0])


def _other_amounts(text: str) -> list[str]:
    """Ways to write one amount: without the hyphen inside it."""
    return [" ".join(re.sub(r"[-–]", " ", text).split())] if re.search(r"[0-9] ?[-–] ?[0-9]+ ?[/⁄]", text) else []


def _other_splits(text: str) -> list[str]:
    """Ways to write a split: with room around the hyphens, with hyphens between the words, the product kept apart."""
    amounts, times, product = text.strip().partition(" x ")
    if not times:
        amounts, times, product = text.strip().partition(" × ")
    found = []
    if re.search(r"[-–]", amounts):
        found.append(" - ".join(part.strip() for part in re.split(r"[-–]", amounts)))
    else:
        words = (
            re.split(r"[\s,;]+(?=\S)", amounts.strip()) if not re.search(r"[0-9],[0-9]", amounts) else amounts.split()
        )
        if len(words) > 1:
            found.append(" - ".join(words))
    return [f"{other}{times}{product}" for other in found]


def amount_text(pieces: Pieces, planned: Product | None) -> str:
    """Pieces as they would be typed: "1/4" of the planned product, else "1/4 x 20 mg tablet"."""
    if not pieces:
        return "0"
    if len(pieces) == 1 and pieces[0].product == planned:
        return _count_text(pieces[0])
    return " + ".join(f"{_count_text(p)}{_unit_text(p)} x {p.product.name}" for p in pieces)


def _count_text(piece: Piece) -> str:
    """A count as it would be typed: a decimal where it is measured."""
    number = piece.product.told(piece.count)
    return (decimal_text(number) if piece.product.poured else None) or show_count(number, ascii_only=True)


def _unit_text(piece: Piece) -> str:
    return f" {piece.product.unit}" if piece.product.units_per_ml is not None else ""


def split_text(doses: Mapping[str, Pieces], slots: Sequence[Slot], planned: Product | None) -> str:
    """The doses in one line, "1/4 - 1/4 - 1/2", where all are of the planned product; else ""."""
    found = [doses.get(slot.name, NO_PIECES) for slot in slots]
    if any(len(pieces) > 1 or (pieces and pieces[0].product != planned) for pieces in found):
        return ""
    return " - ".join(amount_text(pieces, planned) for pieces in found)


def read_whole(text: str, what: str, low: int, high: int) -> int:
    """A whole number of a field. Raises BadInput."""
    found = whole_number(text, low, high)
    if found is None:
        raise BadInput(f"{what}: not a whole number from {low} to {high}")
    return found


def read_yes(text: str, what: str) -> bool:
    """A yes or no of a field; nothing is no. Raises BadInput."""
    typed = text.strip().lower()
    if typed not in ("", "y", "yes", "n", "no"):
        raise BadInput(f"{what}: {quote(typed)} is neither yes nor no")
    return typed.startswith("y")


def read_hold(text: str) -> int | None:
    """Days to hold at least; nothing for no end. Raises BadInput."""
    return read_whole(text, "hold", 1, MAX_HOLD) if text.strip() else None


def read_every(text: str) -> int:
    """A dose every so many days; nothing for every day. Raises BadInput."""
    return read_whole(text, "every", 1, MOST_EVERY) if text.strip() else 1


def read_note(text: str) -> str:
    """The person's own words. Raises BadInput when they are too many."""
    if len(text) > MAX_NOTE:
        raise BadInput(f"the note is longer than {MAX_NOTE} characters", "shorten it")
    return text.strip()


def planned_product(step: Asking | None, products: Sequence[Product]) -> Product | None:
    """The product that a bare amount of a step means: the one it uses most, else the first."""
    used: dict[Product, int] = {}
    if step is not None:
        for product in step.asked.products:
            used[product] = used.get(product, 0) + 1
    known = [product for product in used if product in products]
    if known:
        return max(known, key=lambda product: used[product])
    return products[0] if products else None


HALF_LIFE_HINT = "2-6 h; empty: no estimate"


def read_half_life(text: str) -> tuple[Fraction, Fraction] | None:
    """The person's own figure in hours, low and high; nothing typed is none. Raises BadInput."""
    return parse_half_life(text) if text.strip() else None


def half_life_text(half_life: tuple[Fraction, Fraction] | None) -> str:
    """A half-life as it would be typed: "2-6 h"; "" without one."""
    if half_life is None:
        return ""
    low, high = (show_count(hours, ascii_only=True) for hours in half_life)
    return f"{low} h" if low == high else f"{low}-{high} h"


def half_life_effect(half_life: tuple[Fraction, Fraction] | None) -> str:
    """What a half-life does."""
    if half_life is None:
        return "no half-life, no estimate on Course"
    return f"{half_life_words(half_life)}; Course draws an estimate from it"


# Slots and products

SCORED: dict[str, bool | None] = {"unknown": None, "yes": True, "no": False}


def slot_text(slot: Slot) -> str:
    """A slot as it would be typed: "morning 08:00"."""
    return f"{slot.name} {slot.time:%H:%M}"


def read_slot(text: str) -> Slot:
    """A slot's name and time: "morning 08:00". Raises BadInput."""
    try:
        name, wall = split_wall(text)
    except BadInput:
        if len(text.split()) > 1:
            raise
        name = ""
    if not name:
        raise BadInput(f"{quote(text.strip())} is not a name and a time", "type them as morning 08:00")
    if name in STEP_KEYS:
        raise BadInput(f"{quote(name)} can't be the name of a slot", "call it something else")
    if len(name) > MAX_NAME:
        raise BadInput(f"a slot's name has 1 to {MAX_NAME} characters", "shorten it")
    return Slot(name, wall)


def read_slots(lines: Sequence[str]) -> list[Slot | BadInput | None]:
    """Each line's slot, None for an empty one, or what is wrong with it; no name twice."""
    found: list[Slot | BadInput | None] = []
    for line in lines:
        if not line.strip():
            found.append(None)
            continue
        try:
            slot = read_slot(line)
        except BadInput as problem:
            found.append(problem)
            continue
        others = [other for other in found if isinstance(other, Slot)]
        if slot.name in {other.name for other in others}:
            found.append(BadInput(f"{quote(slot.name)} is there already", "give it another name"))
        else:
            found.append(slot)
    return found


def product_name(strength: Strength | None, form: str) -> str:
    """What a product is called unless the person names it: "20 mg tablet"."""
    return f"{strength.label} {form}" if strength is not None else form


def read_product(values: Mapping[str, str], names: Sequence[str]) -> tuple[Product | None, dict[str, str]]:
    """A product from its fields.

    Args:
        values: strength, form, smallest, scored, and where they are asked for name, maker and unit.
        names: of the medicine's other products.

    Returns:
        The product, None when a field can't be read; and what is wrong, by field.
    """
    wrong: dict[str, str] = {}
    form = values["form"]
    strength, smallest = None, None
    try:
        typed = values["strength"].strip()
        strength = parse_strength(typed) if typed else None
        liquid = form in LIQUIDS and not values.get("unit", "").strip()
        if liquid and strength is not None and strength.mg is not None and not strength.per_ml:
            raise BadInput(f"{quote(strength.label)} of a {form} is not per mL", "type it as 5 mg/mL")
    except BadInput as problem:
        wrong["strength"] = str(problem)
    called = ""
    try:
        called = read_called(values.get("unit", ""), strength)
    except BadInput as problem:
        wrong["unit"] = str(problem)
    try:
        typed = values["smallest"].strip()
        smallest = count_of(typed, Product("it", strength, form, called=called)) if typed else None
        if smallest == 0:
            raise BadInput("the smallest piece is zero", "type it as 1/4, or leave it empty")
    except BadInput as problem:
        wrong["smallest"] = str(problem)
    name = " ".join(values.get("name", "").split()) or product_name(strength, form)
    if " + " in name:
        wrong["name"] = f"{quote(name)} contains ' + ', which separates pieces; remove it"
    elif len(name) > MAX_NAME:
        wrong["name"] = f"longer than {MAX_NAME} characters; shorten it"
    elif name.casefold() in {other.casefold() for other in names}:
        wrong["name"] = f"{quote(name)} is there already; give it another name"
    if wrong:
        return None, wrong
    scored, maker = SCORED[values["scored"]], values.get("maker", "").strip()
    return Product(name, strength, form, smallest, scored, maker, called), {}
