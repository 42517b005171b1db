"""Plans written as files: read back they are the same, and an empty record asks for the same doses by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, SLOTS, TABLET_5, TABLET_20, calendar, medicine, numbered, plan, spaced, step, version
from session.scenario import Life, at, draft_ahead
from splitdose.core.amount import MAX_COUNT
from splitdose.core.asked import Asked
from splitdose.core.change import ChangeContext, first_version, refused_findings
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import FORMS, Piece, Pieces, Product
from splitdose.core.plan import (
    AS_NEEDED,
    ASK,
    ON_DATE,
    DosePoint,
    Medicine,
    Pause,
    Plan,
    Slot,
    Step,
    Version,
    days,
)  # fmt: skip
from splitdose.core.strength import Strength, parse_strength
from splitdose.planfile import parse_plan, read_plan_file
from splitdose.planwrite import draft_text, plan_text

CALENDAR = calendar()
PLANS = Path(__file__).parent / "plans"
NOW = datetime.combine(DAY0, time(12), tzinfo=UTC)
ALLOW = {"replaces", "changes_past"}


def tablets(count: str, product: Product = TABLET_5) -> Pieces:
    return Pieces((Piece(Fraction(count), product),))


def day_of(count: str, product: Product = TABLET_5) -> dict[str, Pieces]:
    return {slot.name: tablets(count, product) for slot in SLOTS}


def asked(found: Medicine, day: date) -> dict[str, list[tuple[Fraction, Fraction | None]]]:
    return {
        dose.slot.name: sorted((p.count, p.mg or Fraction(0)) for p in dose.pieces)
        for dose in found.doses_on(day, DAY0, CALENDAR)
    }


def reads_the_same(*found: Medicine) -> PlanDraft:
    """Write, read into an empty record at the same moment, and compare every day."""
    text = plan_text(plan(*found), NOW)
    draft = parse_plan(text)
    assert not refused_findings(draft), text
    for original, written in zip(found, draft.medicines, strict=True):
        read = Medicine(written.name, DAY0, (first_version(written, ChangeContext("v", NOW, DAY0, CALENDAR)),))
        for day in days(DAY0 - 40 * DAY, DAY0 + 61 * DAY):
            assert asked(read, day) == asked(original, day), (day, text)
    return draft


# Text


@pytest.mark.parametrize("name", ["baclofen.toml", "methylprednisolone-pack.toml", "prednisone-card.toml"])
def test_the_real_plans_are_read_back_as_they_were(name: str) -> None:
    draft = read_plan_file(PLANS / name)
    again = parse_plan(draft_text(draft))
    assert [replace(m, steps=()) for m in again.medicines] == [replace(m, steps=()) for m in draft.medicines]
    for one, other in zip(again.medicines, draft.medicines, strict=True):
        assert [replace(s, total=None) for s in one.steps] == [replace(s, total=None) for s in other.steps]


ODD = '[bold]"quoted" \\ \x1b[31m\x00\x7f\u202e𝄞 € é\n\t\u0085\u2028'


@pytest.mark.parametrize("ascii_only", [False, True])
def test_odd_names_and_notes_survive_and_steer_no_terminal(ascii_only: bool) -> None:
    product = Product(f"p{ODD}p", parse_strength("20 mg"), maker=ODD)
    slot = Slot(f"s {ODD}", time(0, 20))
    steps = (StepDraft(Asked({slot.name: tablets("1/3", product)}, 2), DAY0, 3, note=ODD, from_slot=slot.name),)
    draft = PlanDraft((MedicineDraft(f"m{ODD}m", (slot,), (product,), steps, half_life=(Fraction(1, 3), Fraction(6))),))
    text = draft_text(draft, ascii_only=ascii_only)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert text.isascii() or not ascii_only
    assert parse_plan(text) == draft


def test_half_a_character_is_written_as_one_that_can_be_read() -> None:
    draft = PlanDraft((MedicineDraft("a\ud800b", (), (), (), AS_NEEDED),))
    assert parse_plan(draft_text(draft)).medicines[0].name == "a\ufffdb"


counts = st.fractions(min_value=Fraction(1, 1000), max_value=MAX_COUNT, max_denominator=1000)
letters = st.text(min_size=1, max_size=20).filter(lambda s: s == s.strip() and " + " not in s and s.isprintable())


@given(
    st.lists(counts, min_size=1, max_size=3), letters, st.sampled_from(FORMS),
    st.sampled_from(["20 mg", "0.5 g", "50 mcg", "5 mg/mL", "25 mg/3 mL", "100 IU", None]), st.none() | counts,
)  # fmt: skip
def test_any_amount_is_read_back_exactly(
    amounts: list[Fraction], name: str, form: str, strength: str | None, smallest: Fraction | None
) -> None:
    given_strength = None if strength is None else parse_strength(strength)
    if form in ("solution", "suspension") and given_strength is not None and not given_strength.per_ml:
        given_strength = None
    product = Product(name, given_strength, form, smallest)
    steps = tuple(StepDraft(Asked({"morning": Pieces((Piece(count, product),))}), hold=1) for count in amounts)
    draft = PlanDraft((MedicineDraft("m", SLOTS[:1], (product,), steps),))
    assert parse_plan(draft_text(draft)) == draft


@given(st.tuples(counts, counts).map(sorted), st.sampled_from([1, 24]))
def test_a_half_life_is_read_back(hours: list[Fraction], scale: int) -> None:
    given_hours = (hours[0] * scale, hours[1] * scale)
    draft = PlanDraft((MedicineDraft("m", (), (), (), AS_NEEDED, given_hours),))
    try:
        text = draft_text(draft)
    except BadInput:
        assert scale == 1 or hours[1] * 24 > MAX_COUNT
        return
    assert parse_plan(text).medicines[0].half_life == given_hours


def test_what_can_not_be_written_is_said() -> None:
    fine = PlanDraft(
        (MedicineDraft("m", SLOTS, (TABLET_5,), (StepDraft(Asked({"morning": tablets("1/1000001")}), DAY0),)),)
    )
    with pytest.raises(BadInput, match="can't be written"):
        draft_text(fine)
    with pytest.raises(BadInput, match="no plan"):
        plan_text(Plan(CALENDAR), NOW)


@pytest.mark.parametrize(
    ("product", "count", "written"),
    [
        (Product("pen", parse_strength("100 units/mL"), "other", Fraction(1, 100)), "1/10",
         ("10 units x pen", 'smallest = "1 unit"')),
        (Product("pen", parse_strength("300 IU/mL"), "injection"), "1/240", ("1.25 units x pen",)),
        (Product("pen", parse_strength("100 units/mL"), "injection"), "9/800", ("1 1/8 units x pen",)),
        (Product("syrup", parse_strength("5 mg/mL"), "solution", Fraction(1, 200)), "199/40",
         ("4.975 mL x syrup", "0.005 mL")),
        (Product("syrup", None, "suspension"), "1/3", ("1/3 mL x syrup",)),
        (Product("bead", parse_strength("0.25 mg"), "other", Fraction(1), called="bead"), "270", ('unit = "bead"',)),
        (Product("50 mcg/h patch", parse_strength("50 mcg/h"), "patch"), "1", ("1 x 50 mcg/h patch",)),
        (Product("t", parse_strength("5.9049 mg")), "9/8", ("1 1/8 x t", '"5.9049 mg"')),
        (Product("t", Strength("1.125 IU", None, "IU")), "1", ('"1.1250 IU"',)),
    ],
)  # fmt: skip
def test_amounts_and_products_are_written_as_they_are_read(
    product: Product, count: str, written: tuple[str, ...]
) -> None:
    draft = PlanDraft(
        (MedicineDraft("m", SLOTS, (product,), (StepDraft(Asked({"morning": tablets(count, product)}), DAY0),)),)
    )
    text = draft_text(draft)
    for each in written:
        assert each in text
    read = parse_plan(text).medicines[0]
    assert read.products == (product,)
    assert read.steps[0].doses == {"morning": tablets(count, product)}


def test_a_total_is_written_in_the_unit_of_its_medicine() -> None:
    mcg = Product("88 mcg tablet", parse_strength("88 mcg"))
    step_draft = StepDraft(Asked({"morning": tablets("1/2", mcg)}), DAY0, total=Fraction(44, 1000))
    text = draft_text(PlanDraft((MedicineDraft("m", SLOTS, (mcg,), (step_draft,)),)))
    assert 'total = "44 mcg"' in text


# Records


def test_what_is_begun_has_its_date_and_what_lies_ahead_its_hold() -> None:
    steps = (step(day_of("3"), DAY0 - 9 * DAY, 5), step(day_of("2"), DosePoint(DAY0 - 2 * DAY, "evening"), 1))
    draft = reads_the_same(medicine(version(*steps, Step(Asked(day_of("1")), 3), Step(Asked()), advance=ASK)))
    written = draft.medicines[0].steps
    # Held longer than its one day: the next step's date says that it has not begun.
    assert [s.start for s in written] == [DAY0 - 9 * DAY, DAY0 - 2 * DAY, DAY0 + DAY, None]
    assert [s.from_slot for s in written] == [None, "evening", None, None]
    assert [s.hold for s in written] == [5, 1, 3, None]


def test_a_plan_that_has_not_begun_stays_so() -> None:
    for start in (DAY0 - 3 * DAY, DAY0 + 9 * DAY):
        draft = reads_the_same(
            medicine(version(Step(Asked(day_of("1")), 3, stated_start=start), Step(Asked()), advance=ASK))
        )
        assert draft.medicines[0].steps[0].start == max(start, DAY0 + DAY)


@pytest.mark.parametrize("advance", [ASK, ON_DATE])
@pytest.mark.parametrize("slot", [None, "evening"])
@pytest.mark.parametrize("every", [1, 3])
def test_a_step_set_to_begin(advance: str, slot: str | None, every: int) -> None:
    set_ahead = spaced(every, step(day_of("1"), DosePoint(DAY0 + 4 * DAY, slot), 5))
    reads_the_same(
        medicine(version(step(day_of("2"), DAY0 - 3 * DAY, 2), set_ahead, step({}, DAY0 + 9 * DAY), advance=advance))
    )


def test_every_second_day_keeps_its_phase_across_versions() -> None:
    second = spaced(2, step(day_of("2"), DAY0 - 9 * DAY, 40))
    first = version(spaced(3, step(day_of("1"), DAY0 - 10 * DAY)), advance=ASK)
    for n in range(6):
        later = numbered(version(second, Step(Asked()), advance=ASK), 2, DosePoint(DAY0 - n * DAY, "afternoon"))
        reads_the_same(medicine(first, later))


@pytest.mark.parametrize("advance", [ASK, ON_DATE])
def test_a_product_that_changed_under_its_name(advance: str) -> None:
    stronger = replace(TABLET_5, strength=parse_strength("10 mg"))
    other_maker = replace(TABLET_5, maker="another")
    old = version(step(day_of("1"), DAY0 - 9 * DAY, 5), advance=advance)
    new = replace(
        numbered(version(step(day_of("1", stronger), DAY0 - 9 * DAY, 5), advance=advance), 2, DosePoint(DAY0 - DAY)),
        products=(stronger,),
    )
    names = [p.name for p in reads_the_same(medicine(old, new)).medicines[0].products]
    assert names == ["5 mg tablet", "5 mg tablet (2)"]
    same = replace(
        numbered(version(step(day_of("1", other_maker), DAY0 - 9 * DAY, 5), advance=advance), 2, DosePoint(DAY0 - DAY)),
        products=(other_maker,),
    )
    assert reads_the_same(medicine(old, same)).medicines[0].products == (other_maker,)


@pytest.mark.parametrize("advance", [ASK, ON_DATE])
@pytest.mark.parametrize("in_force_from", [DAY0 - 2 * DAY, DAY0, DAY0 + 2 * DAY])
@pytest.mark.parametrize("since", ["morning", "afternoon", "evening", None])
def test_slots_that_moved_came_and_went(advance: str, in_force_from: date, since: str | None) -> None:
    moved = (Slot("evening", time(7)), Slot("afternoon", time(13)), Slot("night", time(1)))
    doses = {slot.name: tablets("1/2", TABLET_20) for slot in moved}
    old = version(step(day_of("2"), DAY0 - 9 * DAY, 30), advance=advance)
    new = version(
        step(day_of("2"), DAY0 - 9 * DAY, 30), step(doses, DosePoint(in_force_from, since), 3), number=2,
        in_force_from=DosePoint(in_force_from, since), slots=moved, advance=advance,
    )  # fmt: skip
    draft = reads_the_same(medicine(old, new))
    assert {s.name: s.time for s in draft.medicines[0].slots}["evening"] == time(7)


def test_pauses_open_and_closed() -> None:
    paused = replace(
        version(step(day_of("2"), DAY0 - 20 * DAY, 5), Step(Asked(day_of("1")), 3), Step(Asked()), advance=ASK),
        pauses=(
            Pause(DosePoint(DAY0 - 9 * DAY, "evening"), DosePoint(DAY0 - 7 * DAY, "afternoon")),
            Pause(DosePoint(DAY0 + 3 * DAY), DosePoint(DAY0 + 5 * DAY)), Pause(DosePoint(DAY0 + 30 * DAY)),
        ),
    )  # fmt: skip
    assert reads_the_same(medicine(paused)).medicines[0].pauses == paused.pauses


def test_medicine_taken_as_needed_before_or_since() -> None:
    needed = numbered(version(advance=AS_NEEDED), 2, DosePoint(DAY0 - 3 * DAY, "evening"))
    scheduled = version(step(day_of("2"), DAY0 - 9 * DAY), advance=ASK)
    assert reads_the_same(medicine(version(advance=AS_NEEDED))).medicines[0].advance == AS_NEEDED
    assert reads_the_same(medicine(scheduled, needed)).medicines[0].advance == ASK
    assert "taken as needed now" in plan_text(plan(medicine(scheduled, needed)), NOW)
    later = numbered(scheduled, 3, DosePoint(DAY0 - DAY))
    reads_the_same(medicine(needed, replace(later, steps=(step(day_of("2"), DAY0 - DAY),))))


def test_archived_and_retroactive_and_several() -> None:
    old = version(step(day_of("2"), DAY0 - 9 * DAY, 5), advance=ASK)
    wrong = numbered(version(step(day_of("3"), DAY0 - 4 * DAY, 5), advance=ASK), 2, DosePoint(DAY0 - 4 * DAY))
    right = numbered(
        version(step(day_of("1"), DAY0 - 6 * DAY, 9), advance=ASK), 3, DosePoint(DAY0 - 6 * DAY, "evening")
    )
    archived = replace(right, archived=True)
    reads_the_same(medicine(old, wrong, right), medicine(old, wrong, archived, name="[bold]"))
    assert "# archived" in plan_text(plan(medicine(old, wrong, archived)), NOW)


def test_a_plan_written_by_hand_imported_edited_and_taken_elsewhere(tmp_path: Path) -> None:
    text = """
        [slots]
        morning = "08:00"
        night = "00:20"
        [[medicine]]
        name = "syrup [bold]"
        half_life = "1 1/2-2 d"
          [[medicine.product]]
          name = "25 mg/5 mL"
          strength = "25 mg/5 mL"
          form = "solution"
          [[medicine.step]]
          start = 2023-10-20
          hold = 3
          split = "2.5 mL - 1.125 mL x 25 mg/5 mL"
          note = "held longer than that"
          [[medicine.step]]
          start = 2023-10-27
          hold = 4
          every = 2
          night = "1/2 x 25 mg/5 mL"
          [[medicine.step]]
          hold = 2
          morning = "1/3 x 25 mg/5 mL"
          [[medicine.step]]
    """.replace("1.125", "1 1/8")
    life = Life(tmp_path / "data", at("2023-10-26 09:00"))
    plans = life.session.plans
    plans.apply(plans.preview(parse_plan(text)))
    life.moved_to(tmp_path / "1")
    name = "syrup [bold]"
    life.now = at("2023-10-28 23:00")
    life.change(plans.next(name))
    life.moved_to(tmp_path / "2")
    life.now = at("2023-10-30 00:30")
    draft = draft_ahead(life.medicine(name), life.today, life.session)
    slots = tuple(replace(slot, time=time(23)) if slot.name == "night" else slot for slot in draft.slots)
    life.change(plans.edit(replace(draft, slots=slots)))
    life.moved_to(tmp_path / "3")
    life.change(plans.pause(name, None, DosePoint(date(2023, 11, 2), "night")))
    life.now = at("2023-11-03 12:00")
    life.change(plans.next(name))
    life.change(plans.back(name, 1))
    other = life.moved_to(tmp_path / "4")
    other.moved_to(tmp_path / "5")
    assert other.exported() == parse_and_write(other)


def parse_and_write(life: Life) -> str:
    return draft_text(parse_plan(life.exported()))


versions_of = st.lists(
    st.tuples(
        st.integers(-6, 4), st.sampled_from([None, "morning", "afternoon", "evening"]), st.sampled_from([ASK, ON_DATE]),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3),
        st.permutations([7, 12, 20]),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(versions_of)
def test_whatever_was_changed_when_it_reads_the_same(
    given_versions: list[tuple[int, str | None, str, list[tuple[int, int, int]], list[int]]],
) -> None:
    made: list[Version] = []
    for number, (offset, slot, advance, steps, hours) in enumerate(given_versions, start=1):
        begins, found = DAY0 + offset * DAY, []
        for n, (count, hold, every) in enumerate(steps):
            point = None if advance == ASK and (n or begins > DAY0) else DosePoint(begins, None if n else slot)
            doses = day_of(str(count), TABLET_20) if count else {}
            found.append(Step(Asked(doses, every), hold, point, stated_start=None if point or n else begins))
            begins += hold * DAY
        slots = tuple(Slot(s.name, time(hour)) for s, hour in zip(SLOTS, hours, strict=True))
        in_force_from = DosePoint(DAY0 + (offset if number > 1 else -20) * DAY, slot)
        before = medicine(*made).rhythm_before(in_force_from, DAY0, CALENDAR) if made else None
        made.append(
            replace(
                version(*found, number=number, in_force_from=in_force_from, slots=slots, advance=advance), rhythm=before
            )
        )
    reads_the_same(medicine(*made))
