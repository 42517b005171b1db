"""The editors of a plan: a step, the slots, a product. Each hands a draft on, and closes once it has been kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from fractions import Fraction

from splitdose.core.amount import show_count
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import MAX_HOLD, Slot, Step
from splitdose.core.product import FORMS, Piece, Pieces, Product, echo, parse_split
from splitdose.tui.editor_draft import (
    SCORED,
    amount_text,
    misread_amount,
    misread_split,
    planned_product,
    product_name,
    read_amount,
    read_every,
    read_hold,
    read_note,
    read_product,
    read_slots,
    slot_text,
    split_text,
    with_slots,
    with_step,
)
from splitdose.tui.editor_fields import Editor, Field
from splitdose.tui.plan_words import day_total, difference, per_day

Keep = Callable[[MedicineDraft, Callable[[], None]], str | None]
"""Shows what a draft changes and keeps it on a yes, then calls the second; gives back why it can't be kept."""
SLOT_LABEL = 12
SPARE_SLOTS = 2
"""Empty lines for slots that are new."""


@dataclass(frozen=True)
class StepPlace:
    """Where in a draft a step stands.

    Attributes:
        at: its index in the draft.
        first: index in the plan of the draft's first step.
        insert: it is new, and goes before the one that is there.
        current: it is the current step.
    """

    at: int
    first: int
    insert: bool
    current: bool

    @property
    def number(self) -> int:
        """As shown, from 1."""
        return self.first + self.at + 1


class StepEditor(Editor):
    """One step: an amount for each slot, typed one by one or as one split line; both say the same."""

    def __init__(
        self, draft: MedicineDraft, place: StepPlace, before: Step | None, keep: Keep, *, ascii_only: bool = False
    ) -> None:
        """Make one.

        Args:
            draft: the plan from the current step on.
            place: which step.
            before: the step before it, which the change is counted from.
            keep: what to do with the draft.
            ascii_only: use no signs beyond ASCII.
        """
        what = "A new step" if place.insert else "Step"
        now = ", the current one" if place.current else ""
        super().__init__(f"{what} {place.number} of {draft.name}{now}")
        self._draft = draft
        self._place = place
        self._before = before
        self._keep = keep
        self._ascii = ascii_only
        here = None if place.insert else draft.steps[place.at]
        pattern = here or (draft.steps[place.at - 1] if place.at else None)
        self._step = here or StepDraft({})
        self._product = planned_product(pattern or self._step, draft.products)
        # A step can only follow one whose days are known.
        self._open_before = place.insert and place.at > 0 and draft.steps[place.at - 1].hold is None
        self._doses: dict[str, Pieces] = dict(self._step.doses)
        self._wrong: dict[str, BadInput] = {}
        self._split_wrong: BadInput | None = None

    def _named(self, n: int) -> str:
        return f"slot{n}"

    def compose_fields(self) -> Iterable[Field]:
        names = [product.name for product in self._draft.products]
        if len(names) > 1 and self._product is not None:
            yield Field("product", self._product.name, options=names, width=SLOT_LABEL)
        new = self._place.insert
        text = "" if new else split_text(self._step.doses, self._draft.slots, self._product)
        hint = " - ".join(["1/4", "1/4", "1/2", "1/2", "0", "0"][: len(self._draft.slots)]) or "no slots"
        if not new and not text:
            hint = "see the slots"
        yield Field("split", text, hint=f"{hint}", width=SLOT_LABEL)
        for n, slot in enumerate(self._draft.slots):
            pieces = self._step.doses.get(slot.name, ())
            value = "" if new else amount_text(pieces, self._product)
            yield Field(self._named(n), value, hint="none", label=slot.name, width=SLOT_LABEL)
        if self._open_before:
            yield Field(
                "before", "", hint=f"days at least, of step {self._place.number - 1}",
                label=f"hold step {self._place.number - 1}", width=SLOT_LABEL,
            )  # fmt: skip
        hold = "" if self._step.hold is None else str(self._step.hold)
        yield Field("hold", hold, hint="days at least", label="hold", width=SLOT_LABEL)
        every = "" if self._step.every == 1 else str(self._step.every)
        yield Field(
            "every", every, hint="1, each day", label="every … days" if not self._ascii else "every", width=SLOT_LABEL
        )
        yield Field("note", self._step.note, hint="nothing", width=SLOT_LABEL)

    def on_mount(self) -> None:
        super().on_mount()
        self.field("split").control.focus()

    def changed(self, field: Field) -> None:
        if field.field_name == "product":
            self._product = next(p for p in self._draft.products if p.name == field.value)
            self._read_slots()
        elif field.field_name == "split":
            self._read_split(field.value)
        elif field.field_name.startswith("slot"):
            self._read_slots()
            if not self._wrong:
                self._split_wrong = None
                self.field("split").put(split_text(self._doses, self._draft.slots, self._product))

    def _read_split(self, text: str) -> None:
        self._split_wrong = None
        if not text.strip():
            return
        slots = self._draft.slots
        try:
            parts = parse_split(text, len(slots), self._draft.products, self._product)
        except BadInput as problem:
            self._split_wrong = problem
            return
        for n, pieces in enumerate(parts):
            self.field(self._named(n)).put(amount_text(pieces, self._product))
        self._read_slots()

    def _read_slots(self) -> None:
        self._wrong.clear()
        for n, slot in enumerate(self._draft.slots):
            name = self._named(n)
            try:
                pieces = read_amount(self.field(name).value, self._draft.products, self._product)
            except BadInput as problem:
                self._wrong[name] = problem
                continue
            self._doses.pop(slot.name, None)
            if pieces:
                self._doses[slot.name] = pieces

    def understood(self) -> bool:
        products = self._draft.products
        split = self.field("split")
        if self._split_wrong is not None:
            split.say(
                wrong=misread_split(self._split_wrong, split.value, len(self._draft.slots), products, self._product)
            )
        else:
            split.say()
        for n, slot in enumerate(self._draft.slots):
            field = self.field(self._named(n))
            if (problem := self._wrong.get(field.field_name)) is not None:
                field.say(wrong=misread_amount(problem, field.value, products, self._product))
            else:
                field.say(echo(self._doses.get(slot.name, ()), ascii_only=self._ascii))
        found = self._read_rest()
        if found is None or self._wrong or self._split_wrong is not None:
            self.total(self._words(self._step_now()) if not self._wrong and self._split_wrong is None else "")
            return False
        self.total(self._words(found[0]))
        return True

    def _step_now(self) -> StepDraft:
        order = [slot.name for slot in self._draft.slots]
        return replace(self._step, doses={name: self._doses[name] for name in order if name in self._doses})

    def _read_rest(self) -> tuple[StepDraft, int | None] | None:
        """The step with hold, every and note, and the hold of the one before; None when one can't be read."""
        read: dict[str, object] = {}
        for name, reader in (("hold", read_hold), ("every", read_every), ("note", read_note), ("before", read_hold)):
            if name == "before" and not self._open_before:
                continue
            field = self.field(name)
            try:
                read[name] = reader(field.value)
                self._needed(name, read[name])
                field.say(self._hold_words(name, read[name]))
            except BadInput as problem:
                field.say(wrong=str(problem))
        if len(read) < (4 if self._open_before else 3) or any(f.problem for f in self.fields()):
            return None
        hold, every, note = read["hold"], read["every"], read["note"]
        assert hold is None or isinstance(hold, int)
        assert isinstance(every, int)
        before = read.get("before")
        assert before is None or isinstance(before, int)
        return replace(self._step_now(), hold=hold, every=every, note=str(note)), before

    def _needed(self, name: str, value: object) -> None:
        """What follows needs a hold to be counted from."""
        follows = self._place.at < len(self._draft.steps) - (0 if self._place.insert else 1)
        if name == "before" and value is None:
            raise BadInput("this step follows it", f"type its days at least, 1 to {MAX_HOLD}")
        if name == "hold" and value is None and follows and self._draft.steps[-1].start is None:
            raise BadInput("a step follows", f"type days at least, 1 to {MAX_HOLD}")

    def _hold_words(self, name: str, value: object) -> str:
        if name in ("hold", "before"):
            return "until you say so" if value is None else f"{value} day{'' if value == 1 else 's'} at least"
        if name == "every":
            return "every day" if value == 1 else f"a dose every {value} days"
        return ""

    def _words(self, step: StepDraft) -> str:
        """ "day total 20 mg · −5 mg, −20 % from step 7"."""
        if not any(step.doses.values()):
            return "no doses: a stop"
        total = day_total(step, ascii_only=self._ascii)
        words = f"day total {total}" if total else "day total: several products without a strength"
        if self._place.current:
            against, name = per_day(self._step), "now"
        else:
            against = per_day(self._before) if self._before is not None else None
            name = f"step {self._place.number - 1}"
        change = difference(against, per_day(step)).words(ascii_only=self._ascii)
        return f"{words} · {change} from {name}" if change else words

    def save(self) -> None:
        found = self._read_rest()
        if found is None:
            return
        step, before = found
        draft, at = self._draft, self._place.at
        if before is not None:
            draft = replace(
                draft,
                steps=tuple(replace(s, hold=before) if n == at - 1 else s for n, s in enumerate(draft.steps)),
            )
        changed = with_step(draft, at, step, insert=self._place.insert)
        if changed == self._draft:
            self.total("nothing has changed")
            return
        problem = self._keep(changed, lambda: self.call_later(self.dismiss, True))
        if problem is not None:
            self.total(problem, problem=True)


class SlotsEditor(Editor):
    """The times of day, a line each. A slot moved or renamed keeps its doses; an empty line removes it."""

    def __init__(self, draft: MedicineDraft, day_start: time, keep: Keep, *, ascii_only: bool = False) -> None:
        super().__init__(f"The slots of {draft.name}: a name and a time each")
        self._draft = draft
        self._day_start = day_start
        self._keep = keep
        self._ascii = ascii_only

    def compose_fields(self) -> Iterable[Field]:
        yield from slot_fields(self._draft.slots)

    def understood(self) -> bool:
        return slots_understood(self, self._draft.slots, self._day_start) is not None

    def save(self) -> None:
        slots = slots_understood(self, self._draft.slots, self._day_start)
        if slots is None:
            return
        if not slots:
            self.total("a medicine with doses needs a slot", problem=True)
            return
        changed = with_slots(self._draft, slots)
        if changed == self._draft:
            self.total("nothing has changed")
            return
        problem = self._keep(changed, lambda: self.call_later(self.dismiss, True))
        if problem is not None:
            self.total(problem, problem=True)


def slot_fields(slots: Sequence[Slot], *, spare: int = SPARE_SLOTS) -> list[Field]:
    """A line for each slot, and empty ones."""
    fields = [Field(f"slot{n}", slot_text(slot), hint="removed", label=f"slot {n + 1}") for n, slot in enumerate(slots)]
    fields += [
        Field(f"slot{n}", "", hint="night 23:30", label=f"slot {n + 1}") for n in range(len(slots), len(slots) + spare)
    ]
    return fields


def slots_understood(editor: Editor, slots: Sequence[Slot], day_start: time) -> list[tuple[str | None, Slot]] | None:
    """Read the slots' lines and say what each is; None when one can't be read. In the order of the day."""
    fields = [field for field in editor.fields() if field.field_name.startswith("slot")]
    found = read_slots([field.value for field in fields])
    kept: list[tuple[str | None, Slot]] = []
    for n, (field, one) in enumerate(zip(fields, found, strict=True)):
        old = slots[n] if n < len(slots) else None
        if isinstance(one, BadInput):
            field.say(wrong=str(one))
            continue
        if one is None:
            field.say("removed, with its doses" if old is not None else "")
            continue
        kept.append((old.name if old is not None else None, one))
        if old is None:
            field.say("new")
        elif old.name != one.name:
            field.say(f"was {slot_text(old)}")
        else:
            field.say(f"was {old.time:%H:%M}" if old.time != one.time else "")
    if any(field.problem for field in fields):
        return None
    start = day_start.hour * 60 + day_start.minute
    return sorted(kept, key=lambda pair: (pair[1].time.hour * 60 + pair[1].time.minute - start) % 1440)


class ProductEditor(Editor):
    """One product as it is dispensed."""

    def __init__(
        self,
        products: Sequence[Product],
        old: Product | None,
        keep: Callable[[Product, Callable[[], None]], str | None],
        *,
        ascii_only: bool = False,
    ) -> None:
        super().__init__(f"Product {old.name}" if old is not None else "A new product")
        self._products = products
        self._old = old
        self._keep = keep
        self._ascii = ascii_only

    def compose_fields(self) -> Iterable[Field]:
        yield from product_fields(self._old)

    def understood(self) -> bool:
        return product_understood(self, self._products, self._old) is not None

    def save(self) -> None:
        product = product_understood(self, self._products, self._old)
        if product is None:
            return
        if product == self._old:
            self.total("nothing has changed")
            return
        problem = self._keep(product, lambda: self.call_later(self.dismiss, True))
        if problem is not None:
            self.total(problem, problem=True)


def product_fields(old: Product | None, *, named: bool = True) -> list[Field]:
    """The fields of a product; `named` has it named and its maker told."""
    strength = old.strength.label if old is not None and old.strength is not None else ""
    smallest = amount_of(old.smallest) if old is not None and old.smallest is not None else ""
    scored = {True: "yes", False: "no", None: "unknown"}[old.scored if old is not None else None]
    fields = [
        Field("strength", strength, hint="20 mg, 5 mg/mL, as on the label"),
        Field("form", old.form if old is not None else "tablet", options=FORMS),
        Field("smallest", smallest, hint="1/4; empty: not checked"),
        Field("scored", scored, options=tuple(SCORED)),
    ]
    if named:
        fields.insert(0, Field("name", old.name if old is not None else "", hint="20 mg tablet"))
        fields.append(Field("maker", old.maker if old is not None else "", hint="nothing"))
    return fields


def amount_of(count: Fraction) -> str:
    """A count as it would be typed."""
    return show_count(count, ascii_only=True)


def product_understood(editor: Editor, products: Sequence[Product], old: Product | None) -> Product | None:
    """Read a product's fields and say what each is; None when one can't be read."""
    values = editor.values()
    product, wrong = read_product(values, [p.name for p in products if p != old])
    for name in ("name", "strength", "form", "smallest", "scored", "maker"):
        if name in values:
            editor.field(name).say(wrong=wrong.get(name))
    if product is None:
        return None
    if "name" in values and not values["name"].strip():
        editor.field("name").say(f"called {product_name(product.strength, product.form)}")
    if product.smallest is not None:
        mg = product.mg(product.smallest)
        if mg is not None:
            editor.field("smallest").say(echo((Piece(product.smallest, product),)))
    return product
