"""Findings on a plan: facts about what was typed. None says what dose to take.

Codes that make a plan unusable refuse an import; the others are told and stand in no one's way.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from splitdose.core.amount import one_line, quote, show_count, show_mg
from splitdose.core.asked import Asking
from splitdose.core.clock import LAST_YEAR, days_after
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.names import folded
from splitdose.core.piece import DRY_FORMS, UNCUT_FORMS, Piece, Product
from splitdose.core.plan import AS_NEEDED
from splitdose.core.showing import show_addition, show_told

REFUSED = frozenset({"unknown-product", "unknown-slot", "order", "duplicate", "empty", "no-date"})


@dataclass(frozen=True)
class Finding:
    """One fact about a plan as typed; `step` counts from 1, None where it concerns the medicine."""

    code: str
    medicine: str
    step: int | None
    message: str

    @property
    def refuses(self) -> bool:
        """Whether an import can't go on."""
        return self.code in REFUSED


def check(plan: PlanDraft) -> list[Finding]:
    """All findings, in the order of the file."""
    findings: list[Finding] = []
    for name, times in _twice(m.name for m in plan.medicines):
        findings.append(Finding("duplicate", name, None, f"medicine {quote(name)} is named {times} times"))
    for medicine in plan.medicines:
        findings.extend(_check_medicine(medicine))
    return findings


def _twice(names: Iterable[str]) -> list[tuple[str, int]]:
    """Names that come more than once, however they are spelled, each as it stands first."""
    first: dict[str, str] = {}
    times: Counter[str] = Counter()
    for name in names:
        first.setdefault(folded(name), name)
        times[folded(name)] += 1
    return [(first[key], count) for key, count in times.items() if count > 1]


def starts_of(medicine: MedicineDraft, first: date) -> list[date | None]:
    """Where each step starts by what is written: its start, else previous start + hold; the first at `first`.

    None where neither is known, or where it would lie past the last year that a plan may name.
    """
    starts: list[date | None] = []
    for n, step in enumerate(medicine.steps):
        if step.start is not None:
            starts.append(step.start)
        elif n == 0:
            starts.append(first)
        else:
            before, hold = starts[-1], medicine.steps[n - 1].hold
            starts.append(None if before is None or hold is None else days_after(before, hold))
    return starts


def later_that_day(medicine: MedicineDraft, n: int) -> bool:
    """Whether the step after step `n` (from 0), which starts on the same date, does so from a later slot."""
    # A draft's slots are in day order.
    order = {slot.name: place for place, slot in enumerate(medicine.slots)}
    before, after = medicine.steps[n].from_slot, medicine.steps[n + 1].from_slot
    if after is None or after not in order:
        return False
    return order[after] > (order.get(before, 0) if before is not None else 0)


def _check_medicine(medicine: MedicineDraft) -> Iterator[Finding]:
    name = medicine.name
    for product, times in _twice(p.name for p in medicine.products):
        yield Finding("duplicate", name, None, f"product {quote(product)} is named {times} times")
    for slot, times in _twice(s.name for s in medicine.slots):
        yield Finding("duplicate", name, None, f"slot {quote(slot)} is named {times} times")
    for made in medicine.products:
        if (why := _dry(made)) is not None:
            yield Finding("form", name, None, why)
    if not medicine.steps and medicine.advance != AS_NEEDED:
        yield Finding("empty", name, None, f'{quote(name)} has no steps and is not "as needed"')
    for n, step in enumerate(medicine.steps, start=1):
        yield from _check_doses(medicine, n, step)
    yield from _check_dates(medicine)
    yield from _check_rhythm(medicine)


def _check_rhythm(medicine: MedicineDraft) -> Iterator[Finding]:
    """Holds that are no multiple of the days between doses: what follows would begin between dosing days."""
    for n, step in enumerate(medicine.steps, start=1):
        if step.hold is None or step.every == 1 or step.empty or not step.hold % step.every:
            continue
        words = f"step {n} has a dose every {step.every} days and a hold of {step.hold} days, which is no multiple"
        following = medicine.steps[n] if n < len(medicine.steps) else None
        if following is not None and not following.empty and min(step.every, following.every) > 1:
            smaller = min(step.every, following.every)
            last = (step.hold - 1) // step.every * step.every
            first = last - (last - step.hold) // smaller * smaller
            if first > step.hold:
                words += f"; the first dose of step {n + 1} comes {_days(first - step.hold)} after it begins"
        yield Finding("rhythm", medicine.name, n, words)


def _check_doses(medicine: MedicineDraft, n: int, step: StepDraft) -> Iterator[Finding]:
    name = medicine.name
    slots = ", ".join(one_line(slot.name) for slot in medicine.slots[:12]) or "none"
    for slot in step.unknown_slots:
        yield Finding(
            "unknown-slot", name, n, f"step {n} names {quote(slot)}, which is no slot; the slots are: {slots}"
        )
    products = ", ".join(one_line(p.name) for p in medicine.products[:12]) or "none"
    for product in step.unknown_products:
        yield Finding(
            "unknown-product",
            name,
            n,
            f"step {n} names {quote(product)}, which is no product; the products are: {products}",
        )
    seen: set[tuple[str, Piece]] = set()
    for piece in step.asked.pieces:
        for code, message in _check_piece(piece):
            if (code, piece) not in seen:
                seen.add((code, piece))
                yield Finding(code, name, n, f"step {n}: {message}")
    # What is in an unknown slot or product isn't in the sum, and is told already.
    unit = medicine.unit
    if step.total is not None and not step.unknown_products and not step.unknown_slots:
        mg = step.mg_per_day
        if mg is None:
            yield Finding(
                "total-mismatch", name, n,
                f"step {n} states a total of {show_mg(step.total, unit=unit)}, but its products have no strength to "
                "sum",
            )  # fmt: skip
        elif mg != step.total:
            yield Finding(
                "total-mismatch",
                name,
                n,
                f"step {n} states a total of {show_mg(step.total, unit=unit)}; its doses sum to "
                f"{show_mg(mg, unit=unit)}",
            )


def _dry(product: Product) -> str | None:
    """What doesn't fit where a strength per mL is stated of a form that isn't liquid."""
    strength = product.strength
    if strength is None or not strength.per_ml or product.form not in DRY_FORMS:
        return None
    return f"product {quote(product.name)} has a strength per mL, {strength.label}, and the form {product.form}"


def _check_piece(piece: Piece) -> Iterator[tuple[str, str]]:
    product = piece.product
    if product.poured:
        in_units = product.units_per_ml is not None
        if product.smallest is None:
            return
        if piece.count < product.smallest:
            yield (
                "too-small",
                f"{show_told(product, piece.count)} of {one_line(product.name)} is less than "
                f"{show_told(product, product.smallest)}, the smallest given for it",
            )
        elif in_units and (piece.count / product.smallest).denominator != 1:
            yield (
                "too-small",
                f"{show_told(product, piece.count)} of {one_line(product.name)} can't be measured by "
                f"{show_told(product, product.smallest)}, the smallest given for it",
            )
        return
    amount = f"{show_count(piece.count)} × {one_line(product.name)}"
    cut = piece.count.denominator != 1
    if product.smallest is not None and (piece.count / product.smallest).denominator != 1:
        yield (
            "too-small",
            f"{amount} can't be made of pieces of {show_count(product.smallest)}, the smallest given for it",
        )
    if cut and product.scored is False:
        yield "unscored", f"{amount} is cut, and the product is stated as not scored"
    if cut and product.form in UNCUT_FORMS:
        yield "form", f"{amount} cuts a form stated as {product.form}"


def _check_dates(medicine: MedicineDraft) -> Iterator[Finding]:
    name = medicine.name
    # Any first date does: only the distances between written dates and holds matter here.
    starts = starts_of(medicine, first=date(2000, 1, 1))
    anchored = False
    for n, step in enumerate(medicine.steps[1:], start=2):
        before, here = starts[n - 2], starts[n - 1]
        previous = medicine.steps[n - 2]
        anchored = anchored or previous.start is not None
        if here is None:
            if before is not None and previous.hold is None:
                why = f"step {n} has no start, and step {n - 1} has no hold to count it from"
                yield Finding("no-date", name, n, why)
            elif before is not None:
                yield Finding("no-date", name, n, f"step {n} would start after the year {LAST_YEAR}")
            continue
        if step.start is None:
            continue
        if before is None or not anchored:
            continue
        held = (step.start - before).days
        if held == 0 and later_that_day(medicine, n - 2):
            continue
        if held <= 0:
            yield Finding(
                "order",
                name,
                n,
                f"step {n} starts {step.start.isoformat()}, not after step {n - 1} ({before.isoformat()})",
            )
        elif previous.hold is not None and held != previous.hold:
            how = "shorter" if held < previous.hold else "held longer"
            yield Finding(
                "hold-mismatch", name, n,
                f"step {n} starts {step.start.isoformat()}, {held} days after step {n - 1}, whose hold is "
                f"{previous.hold}: {how}",
            )  # fmt: skip


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def summary(step: Asking) -> str:
    """A step's day in a few words, for previews: "5 + 5 + 10 = 20 mg"."""
    pieces = [p for p in step.doses.values() if p]
    if not pieces:
        return "no doses"
    return show_addition(pieces)
