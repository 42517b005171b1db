"""A day on which the plan moves is shown as it will be, and asked about where it sums to more than either step."""

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.scenario import Life, at
from splitdose.core.change import StepOpen
from splitdose.core.clock import DAY
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint
from splitdose.planfile import parse_plan
from splitdose.session import Change, Refused

SLOTS = {"morning": "08:00", "afternoon": "13:00", "evening": "18:00"}
HEAD = """
[slots]
morning = "08:00"
afternoon = "13:00"
evening = "18:00"
[[medicine]]
name = "baclofen"
[[medicine.product]]
name = "20 mg tablet"
strength = "20 mg"
"""


def plan_of(*steps: dict[str, str]) -> str:
    lines = [HEAD]
    for n, step in enumerate(steps):
        lines.append("[[medicine.step]]")
        lines += ["start = 2024-01-08"] if n == 0 else []
        lines += ["hold = 2", *(f'{slot} = "{count}"' for slot, count in step.items() if count != "0")]
    return "\n".join(lines)


def life_of(folder: Path, *steps: dict[str, str], wall: str = "2024-01-08 06:00") -> Life:
    life = Life(folder, at(wall))
    plans = life.session.plans
    plans.apply(plans.preview(parse_plan(plan_of(*steps))))
    return life


def take(life: Life, slot: str) -> None:
    key = next(d.key for d in life.session.reader.day().doses if d.slot.name == slot)
    life.session.record.take(key, allow={"early", "after_next"})


def test_a_dose_that_moves_from_morning_to_evening_is_asked_about(tmp_path: Path) -> None:
    life = life_of(tmp_path / "data", {"morning": "2"}, {"evening": "2"})
    life.now = at("2024-01-10 08:05")
    take(life, "morning")
    life.now = at("2024-01-10 10:00")
    plans = life.session.plans
    change = plans.next("baclofen")
    assert change.day is not None
    assert [(s.slot, s.becomes) for s in change.day.slots] == [("morning", "taken"), ("evening", "added")]
    assert change.day.above
    with pytest.raises(Refused, match="would sum to 80 mg; a day of the plan is 40 mg before, 40 mg after") as caught:
        plans.apply(change, allow={"replaces"})
    assert caught.value.code == "day_sum"
    tomorrow = plans.next("baclofen", DosePoint(life.today + DAY))
    assert tomorrow.day is not None
    assert not tomorrow.day.above
    plans.apply(tomorrow, allow={"replaces"})
    assert [d.mg for d in life.session.reader.day().doses] == [Fraction(40)]


def test_what_is_taken_meanwhile_is_seen_before_it_is_done(tmp_path: Path) -> None:
    life = life_of(tmp_path / "data", {"morning": "2"}, {"evening": "2"})
    life.now = at("2024-01-10 08:05")
    change = life.session.plans.next("baclofen")
    assert change.day is not None
    assert not change.day.above
    take(life, "morning")
    with pytest.raises(Refused, match="changed since this was shown"):
        life.session.plans.apply(change, allow={"replaces"})


def test_a_skipped_dose_is_nothing_taken(tmp_path: Path) -> None:
    life = life_of(tmp_path / "data", {"morning": "2"}, {"evening": "2"})
    life.now = at("2024-01-10 08:05")
    key = life.session.reader.day().doses[0].key
    life.session.record.skip(key)
    change = life.session.plans.next("baclofen")
    assert change.day is not None
    assert (change.day.above, [s.becomes for s in change.day.slots]) == (False, ["recorded", "added"])


def test_a_step_of_other_amounts_at_the_same_times_asks_nothing(tmp_path: Path) -> None:
    life = life_of(tmp_path / "data", {"morning": "1", "evening": "1"}, {"morning": "1/2", "evening": "1"})
    life.now = at("2024-01-10 08:05")
    take(life, "morning")
    change = life.session.plans.next("baclofen")
    assert change.day is not None
    assert not change.day.above
    life.change(change)


counts = st.fixed_dictionaries({slot: st.sampled_from(["0", "1/4", "1/2", "1", "2"]) for slot in SLOTS})
asking = counts.filter(lambda step: any(count != "0" for count in step.values()))


@settings(max_examples=60, deadline=None)
@given(
    asking,
    asking,
    st.sampled_from(["06:00", "08:30", "10:00", "13:30", "17:00", "18:30", "23:00"]),
    st.sets(st.sampled_from(list(SLOTS))),
    st.sampled_from(["next", "back", "import", "edit"]),
    st.integers(0, 1),
)
def test_a_day_never_sums_to_more_than_either_step_unless_it_was_said(
    first: dict[str, str], second: dict[str, str], hour: str, taken: set[str], kind: str, later: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = life_of(Path(folder) / "data", first, second, first)
        plans, reader = life.session.plans, life.session.reader
        if kind == "back":
            life.now = at("2024-01-09 06:00")
            plans.apply(plans.next("baclofen"), allow={"replaces", "day_sum"})
        life.now = at(f"2024-01-10 {hour}")
        for dose in reader.day().doses:
            if dose.slot.name in taken and dose.due <= life.now:
                take(life, dose.slot.name)
        before = step_sums(life)
        point = DosePoint(life.today + later * DAY, None) if later else None
        try:
            change = made(life, kind, second if kind != "back" else first, point)
        except (BadInput, Refused, StepOpen):
            return
        plans.apply(change, allow={"replaces", "changes_past", "day_sum"})
        day = reader.day(life.today + later * DAY)
        asked = sum(
            (d.mg or Fraction(0) if d.record is None else d.taken_mg or Fraction(0) for d in day.doses), Fraction(0)
        )
        assert change.day is not None
        if asked > max(before, step_sums(life)):
            assert change.day.above


def step_sums(life: Life) -> Fraction:
    """What a day of the step asks for that holds at the end of today."""
    version = life.medicine().latest
    current = version.current(life.today + DAY, life.session.reader.calendar)
    assert current is not None
    return max((s.mg_per_day or Fraction(0)) for s in version.steps[current.index : current.index + 1])


def made(life: Life, kind: str, other: dict[str, str], point: DosePoint | None) -> Change:
    plans = life.session.plans
    if kind == "next":
        return plans.next("baclofen", point)
    if kind == "back":
        return plans.back("baclofen", None, point)
    draft = parse_plan(plan_of(other, other))
    if kind == "import":
        (change,) = plans.preview(draft, step=1).changes
        return change
    return plans.edit(draft.medicines[0], point)
