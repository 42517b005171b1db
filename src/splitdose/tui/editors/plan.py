"""The editors of a plan: a step, the slots, a product. Each hands on what it understood, and closes once it is kept."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from splitdose.core.asked import Asked
from splitdose.core.draft import MedicineDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import FORMS, NO_PIECES, Piece, Pieces, Product
from splitdose.core.plan import MAX_HOLD, Slot, Step
from splitdose.core.reading import parse_split
from splitdose.core.showing import echo, show_told
from splitdose.core.strength import typed_strength
from splitdose.tui.editors.fields import Editor, Field
from splitdose.tui.editors.reading import (
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
from splitdose.tui.plan_words import day_total, difference, total_words

Keep = Callable[[MedicineDraft, str], Awaitable[bool]]
"""Shows what a draft changes, from when on, and keeps it on a yes; gives whether it was kept. May raise `PROBLEMS`."""
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


class Amounts:
    """The fields of a day's doses: one split line, and a line for each slot; whichever is typed fills the other."""

    def __init__(
        self,
        editor: Editor,
        slots: Sequence[Slot],
        products: Sequence[Product],
        product: Product | None,
        doses: Mapping[str, Pieces],
    ) -> None:
        """Make them.

        Args:
            editor: where the fields stand.
            slots: in the order of the day.
            products: what amounts may name.
            product: what a bare amount means.
            doses: what is there at first, by slot.
        """
        self._editor = editor
        self.slots = slots
        self.products = products
        self.product = product
        self._doses = dict(doses)
        self._wrong: dict[str, BadInput] = {}
        self._split_wrong: BadInput | None = None

    @property
    def doses(self) -> dict[str, Pieces]:
        """What was understood, in the order of the day, slots without a dose left out."""
        return {slot.name: self._doses[slot.name] for slot in self.slots if self._doses.get(slot.name)}

    @property
    def wrong(self) -> bool:
        """Whether something can't be read."""
        return bool(self._wrong) or self._split_wrong is not None

    def fields(self, split: str, amounts: Mapping[str, str]) -> list[Field]:
        """The fields, with what stands there at first."""
        # Words, no figures: what stands in an empty field must not look like a dose to take.
        hint = " - ".join(["amount"] * len(self.slots)) if len(self.slots) < 5 else "an amount for each slot"
        found = [Field("split", split, hint=hint, width=SLOT_LABEL, wide=True)]
        for n, slot in enumerate(self.slots):
            value = amounts.get(slot.name, "")
            found.append(Field(f"slot{n}", value, hint="none", label=f"{slot.name}", width=SLOT_LABEL))
        return found

    def changed(self, field: Field) -> None:
        """Something was typed."""
        if field.field_name == "split":
            self._read_split(field.value)
        elif field.field_name.startswith("slot"):
            self.read()
            if not self._wrong:
                self._split_wrong = None
                self._editor.field("split").put(split_text(self._doses, self.slots, self.product))

    def _read_split(self, text: str) -> None:
        self._split_wrong = None
        if not text.strip():
            return
        try:
            parts = parse_split(text, len(self.slots), self.products, self.product)
        except BadInput as problem:
            self._split_wrong = problem
            return
        for n, pieces in enumerate(parts):
            self._editor.field(f"slot{n}").put(amount_text(pieces, self.product))
        self.read()

    def read(self) -> None:
        """Read the slots' lines."""
        self._wrong.clear()
        for n, slot in enumerate(self.slots):
            name = f"slot{n}"
            try:
                self._doses[slot.name] = read_amount(self._editor.field(name).value, self.products, self.product)
            except BadInput as problem:
                self._wrong[name] = problem

    def say(self, *, ascii_only: bool) -> None:
        """Show beside each field what was understood, or what is wrong."""
        split = self._editor.field("split")
        wrong = self._split_wrong
        split.say(
            wrong=None
            if wrong is None
            else misread_split(wrong, split.value, len(self.slots), self.products, self.product)
        )
        for n, slot in enumerate(self.slots):
            field = self._editor.field(f"slot{n}")
            problem = self._wrong.get(field.field_name)
            if problem is not None:
                field.say(wrong=misread_amount(problem, field.value, self.products, self.product))
            else:
                field.say(echo(self._doses.get(slot.name, NO_PIECES), ascii_only=ascii_only))


class StepEditor(Editor):
    """One step: an amount for each slot, typed one by one or as one split line; both say the same."""

    AUTO_FOCUS = "#in-split"

    def __init__(
        self,
        draft: MedicineDraft,
        place: StepPlace,
        before: Step | None,
        keep: Keep,
        *,
        when: Callable[[str], str] = str,
        ascii_only: bool = False,
    ) -> None:
        """Make one.

        Args:
            draft: the plan from the current step on.
            place: which step.
            before: the step before it, which the change is counted from.
            keep: what to do with the draft.
            when: says back from when a change of the current step is to be; raises BadInput.
            ascii_only: use no signs beyond ASCII.
        """
        what = "A new step," if place.insert else "Step"
        super().__init__(f"{what} {place.number} of {draft.name}{', the current one' if place.current else ''}")
        self._draft = draft
        self._place = place
        self._before = before
        self._keep = keep
        self._when = when
        self._ascii = ascii_only
        here = None if place.insert else draft.steps[place.at]
        pattern = here or (draft.steps[place.at - 1] if place.at else None)
        self._step = here or StepDraft(Asked())
        # A step can only follow one whose days are known.
        self._open_before = place.insert and place.at > 0 and draft.steps[place.at - 1].hold is None
        product = planned_product(pattern, draft.products)
        self._amounts = Amounts(self, draft.slots, draft.products, product, self._step.doses)

    def compose_fields(self) -> Iterable[Field]:
        amounts, new = self._amounts, self._place.insert
        names = [product.name for product in self._draft.products]
        if len(names) > 1 and amounts.product is not None:
            yield Field("product", amounts.product.name, options=names, width=SLOT_LABEL)
        texts = {slot.name: amount_text(self._step.asked.on(slot.name), amounts.product) for slot in amounts.slots}
        split = "" if new else split_text(self._step.doses, amounts.slots, amounts.product)
        yield from amounts.fields(split, {} if new else texts)
        if self._place.current:
            yield Field("from", "now", hint="now, tomorrow", width=SLOT_LABEL)
        if self._open_before:
            number = self._place.number - 1
            yield Field("before", "", hint="days at least", label=f"hold step {number}", width=SLOT_LABEL)
        hold = "" if self._step.hold is None else str(self._step.hold)
        yield Field("hold", hold, hint="days at least", width=SLOT_LABEL)
        every = "" if self._step.every == 1 else str(self._step.every)
        yield Field("every", every, hint="1: each day", width=SLOT_LABEL)
        yield Field("note", self._step.note, hint="nothing", width=SLOT_LABEL, wide=True)

    def changed(self, field: Field) -> None:
        if field.field_name == "product":
            self._amounts.product = next(p for p in self._draft.products if p.name == field.value)
            self._amounts.read()
        else:
            self._amounts.changed(field)

    def understood(self) -> bool:
        self._amounts.say(ascii_only=self._ascii)
        found = self._read_rest()
        if self._amounts.wrong:
            self.total("")
            return False
        asked = replace(self._step.asked, doses=self._amounts.doses)
        self.total(self._words(found[0] if found is not None else replace(self._step, asked=asked)))
        return found is not None

    def _read_rest(self) -> tuple[StepDraft, int | None] | None:
        """The step with hold, every and note, and the hold of the one before; None when one can't be read."""
        hold = self.read_field("hold", self._hold)
        every = self.read_field("every", read_every)
        note = self.read_field("note", read_note)
        before = self.read_field("before", self._hold_before) if self._open_before else None
        if self._place.current and (since := self.read_field("from", self._when)) is not None:
            self.field("from").say(since)
        if not self.field("hold").problem:
            self.field("hold").say("until you say so" if hold is None else f"{_days(hold)} at least")
        if every is not None:
            self.field("every").say("every day" if every == 1 else f"a dose every {every} days")
        if any(self.field(name).problem for name in ("hold", "every", "note", "before", "from") if self._has(name)):
            return None
        asked = replace(self._step.asked, doses=self._amounts.doses, every=every or 1)
        step = replace(self._step, asked=asked, hold=hold, note=note or "")
        return step, before

    def _has(self, name: str) -> bool:
        return {"before": self._open_before, "from": self._place.current}.get(name, True)

    def _hold(self, text: str) -> int | None:
        hold = read_hold(text)
        following = self._place.at + (0 if self._place.insert else 1)
        steps = self._draft.steps
        if hold is None and following < len(steps):
            raise BadInput("a step follows", f"type days at least, 1 to {MAX_HOLD}")
        return hold

    def _hold_before(self, text: str) -> int | None:
        hold = read_hold(text)
        if hold is None:
            raise BadInput("the new step follows it", f"type days at least, 1 to {MAX_HOLD}")
        return hold

    def _words(self, step: StepDraft) -> str:
        """ "day total 20 mg · −5 mg, −20 % from step 7"."""
        if step.empty:
            return "no doses: a stop"
        total = day_total(step, ascii_only=self._ascii)
        words = total_words(total, step.every)
        if self._place.current:
            change_found, name = difference(self._step, step), "now"
        else:
            change_found, name = difference(self._before, step), f"step {self._place.number - 1}"
        if change_found.mg == 0:
            return f"{words}, as {name}"
        change = change_found.words(ascii_only=self._ascii)
        return f"{words} · {change} from {name}" if change else words

    async def keep(self) -> bool:
        found = self._read_rest()
        if found is None:
            return False
        step, before = found
        draft, at = self._draft, self._place.at
        if before is not None:
            steps = tuple(replace(s, hold=before) if n == at - 1 else s for n, s in enumerate(draft.steps))
            draft = replace(draft, steps=steps)
        changed = with_step(draft, at, step, insert=self._place.insert)
        since = self.field("from").value if self._place.current else "now"
        return await _hand_on(self, self._draft, changed, self._keep, since)


async def _hand_on(editor: Editor, before: MedicineDraft, after: MedicineDraft, keep: Keep, since: str = "now") -> bool:
    """Hand on an edited draft where it differs; gives whether it was kept."""
    if after == before:
        editor.total("nothing has changed")
        return False
    return await keep(after, since)


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


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

    async def keep(self) -> bool:
        slots = slots_understood(self, self._draft.slots, self._day_start)
        if slots is None:
            return False
        if not slots:
            self.total("a medicine with doses needs a slot", problem=True)
            return False
        return await _hand_on(self, self._draft, with_slots(self._draft, slots), self._keep)


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
        keep: Callable[[Product], Awaitable[bool]],
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

    async def keep(self) -> bool:
        product = product_understood(self, self._products, self._old)
        if product is None:
            return False
        if product == self._old:
            self.total("nothing has changed")
            return False
        return await self._keep(product)


def product_fields(old: Product | None, *, named: bool = True) -> list[Field]:
    """The fields of a product; `named` has it named and its maker told."""
    strength = typed_strength(old.strength.label) if old is not None and old.strength is not None else ""
    smallest = show_told(old, old.smallest, ascii_only=True) if old is not None and old.smallest is not None else ""
    scored = {True: "yes", False: "no", None: "unknown"}[old.scored if old is not None else None]
    fields = [
        Field("strength", strength, hint="20 mg, or 5 mg/mL", wide=True),
        Field("form", old.form if old is not None else "tablet", options=FORMS),
        Field("smallest", smallest, hint="1/4; empty: any"),
        Field("scored", scored, options=tuple(SCORED)),
    ]
    if named:
        fields.insert(0, Field("name", old.name if old is not None else "", hint="20 mg tablet", wide=True))
        fields.append(Field("maker", old.maker if old is not None else "", hint="nothing", wide=True))
        called = old.called if old is not None else ""
        fields.append(Field("unit", called, hint="puff, drop, bead; empty: by its form", label="one is a", wide=True))
    return fields


def product_understood(editor: Editor, products: Sequence[Product], old: Product | None) -> Product | None:
    """Read a product's fields and say what each is; None when one can't be read."""
    values = editor.values()
    product, wrong = read_product(values, [p.name for p in products if p != old])
    for name in ("name", "strength", "form", "smallest", "scored", "maker", "unit"):
        if name in values:
            editor.field(name).say(wrong=wrong.get(name))
    if product is None:
        return None
    if "name" in values and not values["name"].strip():
        editor.field("name").say(f"called {product_name(product.strength, product.form)}")
    told = product.units_per_ml is not None or (product.strength is not None and product.strength.mg is not None)
    if product.smallest is not None and told:
        editor.field("smallest").say(echo(Pieces((Piece(product.smallest, product),))))
    return product
