"""What the Plan screen says: where a person stands, the rows of the steps, and what one version changed in another.

Pure functions over the plan; nothing here reads a clock, draws, or proposes anything. All of it is arithmetic on what
the person decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from splitdose.core.amount import PER_MG, decimal_text, one_line, show_count, show_mg, show_number
from splitdose.core.asked import Asking
from splitdose.core.check import summary
from splitdose.core.clock import Calendar
from splitdose.core.piece import NO_PIECES, Pieces, Product
from splitdose.core.plan import (
    DosePoint,
    Medicine,
    PlacedStep,
    ScheduledDose,
    Slot,
    Step,
    Version,
)
from splitdose.core.plan_wording import (
    advance_words,
    days_words,
    half_life_words,
    next_dosing_day,
    per_period,
    point_words,
    review_due,
    rhythm_words,
    step_difference,
)
from splitdose.core.sanitize import in_ascii
from splitdose.core.showing import show_addition, show_pieces, show_sum, show_told, shown_count, total_ml, used_words
from splitdose.core.totals import totals
from splitdose.core.wording import day_words, joined

AHEAD = 14
"""How many coming days a preview shows."""


def day_total(step: Asking, *, ascii_only: bool = False) -> str:
    """What a dosing day sums to: "20 mg", "3 tablets" without a strength, "none" for a stop."""
    return show_sum(step.asked.pieces, ascii_only=ascii_only)


def total_words(total: str, every: int) -> str:
    """What a step sums to: "day total 20 mg", "total 15 mg a week"; `total` as `day_total` gives it."""
    if not total:
        return "day total: several products without a strength"
    return f"day total {total}" if every == 1 else f"total {per_period(total, every)}"


def signed(value: Fraction, unit: str, *, ascii_only: bool = False) -> str:
    """A difference with its sign: "−5 mg", "+0.5 mg", "0 mg" for none; one decimal of per cent at most.

    Args:
        value: in per cent, in mL, or in milligrams, whatever unit of mass they are told in.
        unit: "%", "mL", "mg", "g" or "mcg".
        ascii_only: use no signs beyond ASCII.
    """
    sign = ("-" if ascii_only else "−") if value < 0 else "+" if value > 0 else ""
    size = abs(value)
    if unit == "%":
        size = Fraction(round(size * 10), 10)
        return f"{sign}{decimal_text(size)} %"
    shown = show_number(size * PER_MG.get(unit, Fraction(1)))
    about = "about " if shown.startswith("about ") else ""
    return f"{about}{sign}{shown.removeprefix(about)} {unit}"


@dataclass(frozen=True)
class Difference:
    """How one day differs from another; None where it can't be said.

    Attributes:
        mg: milligrams.
        percent: of the first.
        unit: in which the medicine is told, "mg", "g" or "mcg".
        ml: millilitres, where both are of one liquid.
    """

    mg: Fraction | None
    percent: Fraction | None
    unit: str = "mg"
    ml: Fraction | None = None

    def amount(self, *, ascii_only: bool = False) -> str:
        """ "−5 mg"; of a liquid whose milligrams aren't exact "−1 mL"; "" where nothing can be said."""
        if self.mg is None:
            return ""
        words = signed(self.mg, self.unit, ascii_only=ascii_only)
        if words.startswith("about ") and self.ml is not None:
            return signed(self.ml, "mL", ascii_only=ascii_only)
        return words

    def words(self, *, ascii_only: bool = False) -> str:
        """ "−5 mg, −20 %"."""
        percent = "" if self.percent is None else signed(self.percent, "%", ascii_only=ascii_only)
        return ", ".join(part for part in (self.amount(ascii_only=ascii_only), percent) if part)


def difference(before: Asking | None, after: Asking) -> Difference:
    """How a step differs from the one before it, told in the unit of mass of the medicine."""
    unit = Pieces.joined((after.asked.pieces, NO_PIECES if before is None else before.asked.pieces)).unit
    found = None if before is None else step_difference(before, after)
    if before is None or found is None:
        return Difference(None, None, unit)
    return Difference(*found, unit, ml=_ml_between(before, after))


def _ml_between(before: Asking, after: Asking) -> Fraction | None:
    """The difference of two dosing days in mL, where all of both is one liquid."""
    had, has = before.asked.pieces, after.asked.pieces
    if total_ml((*had, *has)) is None or before.every != after.every:
        return None
    return (total_ml(has) or Fraction(0)) - (total_ml(had) or Fraction(0))


@dataclass(frozen=True)
class StepRow:
    """A step as the table shows it.

    Attributes:
        number: from 1.
        state: "past", "current" or "ahead".
        start: its first date, real or projected; None where it can't be projected.
        slot: the slot it begins with on that date, or None for the first.
        projected: the start is a projection.
        held: days: of a past step how many it was held, of the current one which day today is; None ahead.
        review: the minimum hold of the current step is over.
        change: from the step before.
        next_dosing_day: of a step with days between, its first dosing day from today on.
    """

    number: int
    step: Step
    state: str
    start: date | None
    slot: str | None
    projected: bool
    held: int | None
    review: bool
    change: Difference
    next_dosing_day: date | None = None


def step_rows(version: Version, today: date, calendar: Calendar) -> list[StepRow]:
    """All steps of a version, in order, with where they stand on a logical date."""
    placed = {begun.index: begun for begun in version.placed_steps(today)}
    current = version.current(today, calendar)
    rows = []
    for index, step in enumerate(version.steps):
        begun, following = placed.get(index), placed.get(index + 1)
        state, held, review = "ahead", None, False
        if begun is not None and current is not None and index == current.index:
            state, held = "current", (today - begun.begins.date).days + 1
            review = review_due(version, begun, today)
        elif begun is not None and current is not None and index < current.index:
            state = "past"
            held = None if following is None else (following.begins.date - begun.begins.date).days
        rows.append(
            StepRow(
                number=index + 1, step=step, state=state,
                start=begun.begins.date if begun is not None else None,
                slot=begun.begins.slot if begun is not None else None,
                projected=begun is not None and begun.projected, held=held, review=review,
                next_dosing_day=(
                    next_dosing_day(begun, step.every, today) if begun is not None and step.every > 1 else None
                ),
                change=difference(version.steps[index - 1] if index else None, step),
            )
        )  # fmt: skip
    return rows


def totals_words(medicine: Medicine, today: date, calendar: Calendar, *, ascii_only: bool = False) -> str:
    """What the whole plan sums to: "44 days · 1375 mg · 60½ × 20 mg tablet"; "" where it has no end."""
    sums, version = totals(medicine, today, calendar), medicine.latest
    if sums.days is None:
        return ""
    parts = [f"{sums.days} days"]
    if sums.mg is not None:
        parts.append(show_mg(sums.mg, unit=version.unit))
    products = {product.name: product for product in version.products}
    parts += [used_words(products[name], count, ascii_only=ascii_only) for name, count in sums.products]
    words = f"in all {' · '.join(parts)}"
    return in_ascii(words) if ascii_only else words


# What a change becomes, day by day


@dataclass(frozen=True)
class Span:
    """Some days in a row, [first, last] both included, that read the same before and the same after."""

    first: date
    last: date
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether the change leaves them as they are."""
        return self.before == self.after

    @property
    def when(self) -> str:
        """ "Fri 1 Dec", "Fri 1 – Sun 3 Dec"."""
        if self.first == self.last:
            return day_words(self.first, year=False)
        first = day_words(self.first, year=False)
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            first = first.rpartition(" ")[0]
        return f"{first} – {day_words(self.last, year=False)}"


def coming_days(
    before: Medicine | None, after: Medicine, today: date, calendar: Calendar, *, length: int = AHEAD
) -> list[Span]:
    """Today and the days after it, before and after a change, equal days put together."""
    spans: list[Span] = []
    for day in (today + timedelta(days=n) for n in range(length)):
        doses = [m.doses_on(day, today, calendar) if m is not None else [] for m in (before, after)]
        texts = [doses_words(found) for found in doses]
        if texts[0] == texts[1] and _facts(doses[0]) != _facts(doses[1]):
            # The same milligrams at other times or of other pieces: then those are what is to be seen.
            texts = [doses_words(found, full=True) for found in doses]
        last = spans[-1] if spans else None
        if last is not None and (last.before, last.after) == (texts[0], texts[1]):
            spans[-1] = Span(last.first, day, last.before, last.after)
        else:
            spans.append(Span(day, day, texts[0], texts[1]))
    return spans


def _facts(doses: Sequence[ScheduledDose]) -> list[tuple[str, object, Pieces]]:
    return [(dose.slot.name, dose.slot.time, dose.pieces) for dose in doses]


def doses_words(doses: Sequence[ScheduledDose], *, full: bool = False) -> str:
    """A day's doses: "5 + 5 + 10 = 20 mg"; with `full`, "08:00 ¼ × 20 mg, 13:00 …"; "none"."""
    if not doses:
        return "none"
    if full:
        return ", ".join(f"{dose.slot.time:%H:%M} {show_pieces(dose.pieces)}" for dose in doses)
    return show_addition([dose.pieces for dose in doses])


def begins_words(row: StepRow) -> str:
    """When a step begins: "Thu 30 Nov", "~ Sun 3 Dec, projected", "open"."""
    if row.start is None:
        return "open"
    words = day_words(row.start, year=False)
    if row.slot is not None:
        words += f" {one_line(row.slot)}"
    return f"~ {words}, projected" if row.projected else words


def moved_steps(before: Version | None, after: Version, today: date) -> list[str]:
    """The steps whose start moves, one line each: "step 9: ~ Sun 3 Dec becomes ~ Tue 5 Dec"."""
    if before is None:
        return []

    def starts(version: Version) -> list[PlacedStep | None]:
        placed = {b.index: b for b in version.placed_steps(today)}
        return [placed.get(n) for n in range(len(version.steps))]

    def words(begun: PlacedStep | None) -> str:
        if begun is None:
            return "open"
        return f"{'~ ' if begun.projected else ''}{day_words(begun.begins.date, year=False)}"

    old, new = starts(before), starts(after)
    if len(old) != len(new):
        return []
    return [
        f"step {n}: {words(a)} becomes {words(b)}"
        for n, (a, b) in enumerate(zip(old, new, strict=True), start=1)
        if (a and a.begins.date) != (b and b.begins.date)
    ]


# What one version changed in the one before


def version_changes(before: Version | None, after: Version) -> list[str]:
    """What a version changed, one line each; facts only, in the order a person would ask."""
    if before is None:
        count = len(after.steps)
        return [f"{count} step{'' if count == 1 else 's'}, {advance_words(after.advance)}"]
    lines = [*_step_changes(before, after)]
    lines += _slot_changes(before, after)
    lines += _product_changes(before, after)
    if before.advance != after.advance:
        lines.append(f"from now on {advance_words(after.advance)}")
    if before.half_life != after.half_life:
        lines.append(f"half-life: {half_life_words(before.half_life)} becomes {half_life_words(after.half_life)}")
    lines += _pause_changes(before, after)
    if before.archived != after.archived:
        lines.append("archived" if after.archived else "out of the archive")
    return lines or ["no visible change"]


def _step_changes(before: Version, after: Version) -> list[str]:
    old, new = before.steps, after.steps
    same = 0
    while same < min(len(old), len(new)) and _alike(old[same], new[same]):
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and _alike(old[-1 - tail], new[-1 - tail]):
        tail += 1
    gone, come = old[same : len(old) - tail], new[same : len(new) - tail]
    if len(gone) == len(come):
        return [
            line for n, (a, b) in enumerate(zip(gone, come, strict=True), start=same + 1) for line in _one_step(n, a, b)
        ]
    lines = [f"step {n} removed: {step_words(step)}" for n, step in enumerate(gone, start=same + 1)]
    lines += [f"step {n} added: {step_words(step)}" for n, step in enumerate(come, start=same + 1)]
    return lines


def _alike(a: Step, b: Step) -> bool:
    return (a.asked, a.hold, a.begins, a.note) == (b.asked, b.hold, b.begins, b.note)


def _one_step(number: int, before: Step, after: Step) -> list[str]:
    lines = []
    if before.doses != after.doses:
        lines.append(f"step {number}: {step_words(before, hold=False)} becomes {step_words(after, hold=False)}")
    if before.hold != after.hold:
        lines.append(f"step {number}: hold {_days(before.hold)} becomes {_days(after.hold)}")
    if before.begins != after.begins:
        lines.append(
            f"step {number}: begins {_point(after.begins)}"
            if before.begins is None or after.begins is None
            else f"step {number}: begins {_point(after.begins)}, before {_point(before.begins)}"
        )
    if before.every != after.every:
        lines.append(f"step {number}: every {_days(before.every)} becomes every {_days(after.every)}")
    if before.note != after.note:
        lines.append(f"step {number}: note “{after.note}”" if after.note else f"step {number}: note removed")
    return lines


def step_words(step: Step, *, hold: bool = True) -> str:
    """A step in a few words: "5 + 5 + 10 = 20 mg, hold 4 days"."""
    words = summary(step)
    if step.every > 1:
        words += f" {rhythm_words(step.every)}"
    return f"{words}, hold {_days(step.hold)}" if hold and step.hold is not None else words


def split_words(step: Step, slots: Sequence[Slot], *, ascii_only: bool = False) -> str:
    """A step's pieces in slot order, as prescriptions write them: "¼ - ¼ - ½ × 20 mg tablet"."""
    doses = [step.asked.on(slot.name) for slot in slots]
    products = {piece.product for pieces in doses for piece in pieces}
    if len(products) == 1 and all(len(pieces) < 2 for pieces in doses):
        counts = [shown_count(p[0], ascii_only=ascii_only) if p else "0" for p in doses]
        return f"{' - '.join(counts)} × {next(iter(products)).name}"
    return " - ".join(show_pieces(pieces, ascii_only=ascii_only) if pieces else "0" for pieces in doses)


def _days(count: int | None) -> str:
    return "none" if count is None else days_words(count)


def _point(point: DosePoint | None) -> str:
    return "later" if point is None else point_words(point, year=False)


def _slot_changes(before: Version, after: Version) -> list[str]:
    old, new = ({slot.name: slot.time for slot in version.slots} for version in (before, after))
    lines = [
        f"{name}: {old[name]:%H:%M} becomes {new[name]:%H:%M}" for name in old if new.get(name, old[name]) != old[name]
    ]
    lines += [f"slot {name} removed" for name in old if name not in new]
    lines += [f"slot {name} {new[name]:%H:%M} added" for name in new if name not in old]
    return lines


def _product_changes(before: Version, after: Version) -> list[str]:
    old, new = ({product.name: product for product in version.products} for version in (before, after))
    lines = [f"product {name} removed" for name in old if name not in new]
    lines += [f"product {name} added" for name in new if name not in old]
    for name in old:
        if name in new and old[name] != new[name]:
            lines.append(f"product {name}: {joined(product_changes(old[name], new[name]))}")
    return lines


def product_changes(before: Product, after: Product) -> list[str]:
    """What differs between two states of one product, in words."""
    pairs = (
        ("name", before.name, after.name),
        ("strength", *(p.strength.label if p.strength else "none" for p in (before, after))),
        ("form", before.form, after.form),
        ("smallest piece", *(show_told(p, p.smallest) if p.smallest else "not checked" for p in (before, after))),
        ("scored", *({True: "yes", False: "no", None: "unknown"}[p.scored] for p in (before, after))),
        ("maker", before.maker or "none", after.maker or "none"),
        ("one of it", before.unit, after.unit),
    )
    return [f"{name} {a} becomes {b}" for name, a, b in pairs if a != b]


def _pause_changes(before: Version, after: Version) -> list[str]:
    lines = []
    for pause in after.pauses:
        if pause in before.pauses:
            continue
        until = f" until {_point(pause.end)}" if pause.end is not None else ""
        lines.append(f"paused from {_point(pause.start)}{until}")
    return lines


def tight_pieces(pieces: Pieces, *, ascii_only: bool = False) -> str:
    """Only what is not whole, for places too narrow for the product: "¼", "½ ¼"; "" where all are whole."""
    cut = [p for p in pieces if p.count.denominator != 1 and not p.product.poured]
    return " ".join(show_count(p.count, ascii_only=ascii_only) for p in cut)


def dosing_now(row: StepRow, today: date) -> str:
    """Of a step with days between: whether today is one of its dosing days."""
    if row.step.every == 1 or row.start is None or row.state != "current":
        return ""
    following = row.next_dosing_day
    if following is None or following == today:
        return "today is a dosing day" if following is not None else ""
    return f"next dosing day {day_words(following, year=False)}"
