"""The editor of what was: a step that is over, as it should have been entered, and the days it was the plan."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from splitdose.core.amount import quote
from splitdose.core.errors import BadInput
from splitdose.core.piece import Product
from splitdose.core.plan import DosePoint, Medicine, Slot, Step
from splitdose.core.plan_wording import since_point_words
from splitdose.core.wording import day_words
from splitdose.session import Session
from splitdose.session.when import read_point
from splitdose.tui.editors.fields import Editor, Field
from splitdose.tui.editors.plan import SLOT_LABEL, Amounts
from splitdose.tui.editors.reading import amount_text, planned_product, read_every, read_note, split_text
from splitdose.tui.plan_words import day_total, difference, total_words

PAST_HINT = "2026-01-31, yesterday evening"


@dataclass(frozen=True)
class PastStep:
    """A step that is over.

    Attributes:
        number: as shown, from 1.
        step: as the plan has it.
        first: from which dose on.
        last: the last date.
    """

    number: int
    step: Step
    first: DosePoint
    last: date


Correct = Callable[[DosePoint, date, Step], Awaitable[bool]]
"""Shows what other doses on some days change and keeps them on a yes; gives whether they were kept."""


class PastEditor(Editor):
    """The doses of days that are over, and which days. What was recorded on them is not touched."""

    AUTO_FOCUS = "#in-split"

    def __init__(
        self, medicine: Medicine, over: PastStep, session: Session, keep: Correct, *, ascii_only: bool = False
    ) -> None:
        """Make one.

        Args:
            medicine: as it is.
            over: the step.
            session: knows today, and the slots.
            keep: what to do with what is typed.
            ascii_only: use no signs beyond ASCII.
        """
        super().__init__(f"Step {over.number} of {medicine.name} is over: what should it have been?")
        self._medicine = medicine
        self._over = over
        self._session = session
        self._keep = keep
        self._ascii = ascii_only
        self._amounts = Amounts(
            self, _slots(medicine, over.step, session), _products(medicine, over.step),
            planned_product(over.step, _products(medicine, over.step)), over.step.doses,
        )  # fmt: skip

    def compose_fields(self) -> Iterable[Field]:
        amounts, step = self._amounts, self._over.step
        if len(amounts.products) > 1 and amounts.product is not None:
            names = [product.name for product in amounts.products]
            yield Field("product", amounts.product.name, options=names, width=SLOT_LABEL)
        texts = {slot.name: amount_text(step.asked.on(slot.name), amounts.product) for slot in amounts.slots}
        yield from amounts.fields(split_text(step.doses, amounts.slots, amounts.product), texts)
        first = self._over.first
        since = first.date.isoformat() + (f" {first.slot}" if first.slot is not None else "")
        yield Field("from", since, hint=PAST_HINT, width=SLOT_LABEL, wide=True)
        yield Field("until", self._over.last.isoformat(), hint="the last day", width=SLOT_LABEL)
        yield Field("every", "" if step.every == 1 else str(step.every), hint="1: each day", width=SLOT_LABEL)
        yield Field("note", step.note, hint="nothing", width=SLOT_LABEL, wide=True)

    def changed(self, field: Field) -> None:
        if field.field_name == "product":
            self._amounts.product = next(p for p in self._amounts.products if p.name == field.value)
            self._amounts.read()
        else:
            self._amounts.changed(field)

    def understood(self) -> bool:
        self._amounts.say(ascii_only=self._ascii)
        found = self._read()
        self.total("" if self._amounts.wrong or found is None else self._words(found[2]))
        return not self._amounts.wrong and found is not None

    def _read(self) -> tuple[DosePoint, date, Step] | None:
        """The days and the step; None when something can't be read."""
        first = self.read_field("from", self._first_day)
        last = self.read_field("until", self._last_day)
        every = self.read_field("every", read_every)
        note = self.read_field("note", read_note)
        if first is None or last is None or every is None or note is None:
            return None
        self.field("from").say(since_point_words(first, year=False))
        if last < first.date:
            self.field("until").say(wrong="it is before the first day; type a later one")
            return None
        days = (last - first.date).days + 1
        self.field("until").say(f"to {day_words(last, year=False)}, {days} day{'' if days == 1 else 's'}")
        self.field("every").say("every day" if every == 1 else f"a dose every {every} days")
        return first, last, Step(replace(self._over.step.asked, doses=self._amounts.doses, every=every), note=note)

    def _first_day(self, text: str) -> DosePoint:
        return self._past(text, "a first day")

    def _last_day(self, text: str) -> date:
        return self._past(text, "a last day").date

    def _past(self, text: str, what: str) -> DosePoint:
        reader = self._session.reader
        point = read_point(text, self._medicine, reader.today(), reader.find_slot)
        if point is None or point.date >= reader.today():
            typed = text.strip()
            raise BadInput(f"{quote(typed)} is not in the past" if typed else f"{what} is needed", f"type {PAST_HINT}")
        return point

    def _words(self, step: Step) -> str:
        """Such as "day total 20 mg · −5 mg, −20 % from what it says now"."""
        if step.empty:
            return "no doses on these days"
        total = day_total(step, ascii_only=self._ascii)
        words = total_words(total, step.every)
        changed = difference(self._over.step, step)
        if changed.mg == 0:
            return f"{words}, as it says now"
        change = changed.words(ascii_only=self._ascii)
        return f"{words} · {change} from what it says now" if change else words

    async def keep(self) -> bool:
        found = self._read()
        if found is None:
            return False
        first, last, step = found
        over = self._over
        if (first, last, step.asked, step.note) == (over.first, over.last, over.step.asked, over.step.note):
            self.total("nothing has changed")
            return False
        return await self._keep(first, last, step)


def _slots(medicine: Medicine, step: Step, session: Session) -> list[Slot]:
    """The plan's slots, and those that it has dropped since and the step had."""
    reader = session.reader
    has = {slot.name for slot in medicine.latest.slots}
    known = {slot.name: slot for version in medicine.versions for slot in version.slots}
    gone = [known[name] for name in step.doses if name not in has and name in known]
    day = reader.today()
    found = [*medicine.latest.slots, *gone]
    return sorted(found, key=lambda slot: reader.calendar.minutes_into_day(day, slot.time))


def _products(medicine: Medicine, step: Step) -> list[Product]:
    """The plan's products, and those that only the step has."""
    return list(dict.fromkeys([*medicine.latest.products, *step.asked.products]))
