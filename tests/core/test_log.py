"""What stands of the log, against a slow and obvious model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import DAY0, at, intake, pieces
from splitdose.core.log import CheckIn, Intake, Kind, Log, Record, Void
from splitdose.core.plan import DoseKey

MORNING = DoseKey("baclofen", DAY0, "morning")
START = datetime(2023, 11, 30, 7, tzinfo=UTC)


def when(n: int) -> datetime:
    return START + timedelta(minutes=n)


def void(target: str, n: int) -> Void:
    return Void(f"v{n:04}", target, when(n))


def record(n: int, replaces: str | None = None, slot: str | None = "morning") -> Intake:
    kind: Kind = "extra" if slot is None else "taken"
    return intake(kind, slot, when(n), record_id=f"i{n:04}", recorded_at=when(n), replaces=replaces)


def standing(records: list[Record]) -> set[str]:
    """By rule 4, walked from each first record: a voided correction gives its place back to what it replaced.

    Of several corrections of one that fills no slot, the first that still stands counts.
    """
    intakes = {r.id: r for r in records if isinstance(r, Intake)}
    voided = {r.target for r in records if isinstance(r, Void)}

    def corrections(of: str) -> list[str]:
        return [r.id for r in intakes.values() if r.replaces == of]

    def overruled(of: str) -> bool:
        return any(c not in voided or overruled(c) for c in corrections(of))

    def way(of: str) -> list[str]:
        before = intakes[of].replaces
        return [of] if before is None else [*way(before), of]

    upright = [i for i in intakes if i not in voided and not overruled(i)]
    firsts: dict[str, str] = {}
    for i in sorted((i for i in upright if intakes[i].key is None and intakes[i].replaces), key=way):
        firsts.setdefault(way(i)[0], i)
    return {i for i in upright if intakes[i].key is not None or firsts.get(way(i)[0], i) == i}


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    records: list[Record] = []
    ids: list[str] = []
    for n in range(draw(st.integers(1, 14))):
        flip: bool = draw(st.booleans())
        if ids and flip:
            records.append(void(draw(st.sampled_from(ids)), n))
            continue
        replaces = draw(st.sampled_from([None, *ids]))
        slot = draw(st.sampled_from(["morning", "evening", None]))
        records.append(record(n, replaces, slot))
        ids.append(f"i{n:04}")
    return records


@given(logs(), st.randoms(use_true_random=False))
def test_what_stands_is_what_the_model_says_in_any_order(records: list[Record], chance: Random) -> None:
    expected = standing(records)
    chance.shuffle(records)
    log = Log(records)
    assert {i for i in log.intakes if log.stands(i)} == expected
    shown = {i.id for i in log.fills_on(DAY0)} | {i.id for i in log.extras_on(DAY0)}
    for slot in ("morning", "evening"):
        key = DoseKey("baclofen", DAY0, slot)
        fill, duplicates = log.fill(key), log.duplicates(key)
        assert (fill is not None) == any(log.intakes[i].key == key for i in expected)
        shown |= {d.id for d in duplicates}
    assert shown == expected


def test_of_two_corrections_of_one_extra_the_first_counts() -> None:
    extra, one, other = record(0, slot=None), record(2, "i0000", None), record(1, "i0000", None)
    log = Log([extra, one, other])
    assert [i.id for i in log.extras_on(DAY0)] == ["i0001"]
    assert [i.id for i in log.history("i0002")] == ["i0000", "i0001", "i0002"]
    assert [i.id for i in Log([extra, one, other, void("i0001", 3)]).extras_on(DAY0)] == ["i0002"]
    # A correction of the one that counts keeps its place.
    again = Log([extra, one, other, record(4, "i0001", None)])
    assert [i.id for i in again.extras_on(DAY0)] == ["i0004"]


@given(logs())
def test_voiding_the_newest_correction_restores_what_it_replaced(records: list[Record]) -> None:
    before = Log(records)
    for old in [i for i in before.intakes if before.stands(i)]:
        corrected = [*records, record(900, old)]
        assert not Log(corrected).stands(old)
        after = Log([*corrected, void("i0900", 901)])
        assert {i for i in after.intakes if after.stands(i)} == {i for i in before.intakes if before.stands(i)}


@given(logs())
def test_undo_again_and_again_takes_back_everything_newest_first(records: list[Record]) -> None:
    gone: list[str] = []
    while (newest := Log(records).newest_unvoided()) is not None:
        gone.append(newest.id)
        records = [*records, void(newest.id, 800 + len(gone))]
        assert len(gone) <= 14
    assert gone == sorted(gone, reverse=True)
    assert not standing(records)


def test_undo_keeps_to_one_window() -> None:
    here, there = replace(record(1), where="here"), replace(record(2), where="there")
    log = Log([here, there])
    assert log.newest_unvoided() == there
    assert log.newest_unvoided(where="here") == here
    assert log.newest_unvoided(where="nowhere") is None


def test_undo_looks_at_check_ins_too() -> None:
    checkin = CheckIn("c1", when(5), "UTC", DAY0, when(5))
    assert Log([record(1), checkin]).newest_unvoided() == checkin
    assert dict(checkin.symptoms) == {}


def test_two_fills_the_first_recorded_stands_and_the_other_is_a_double() -> None:
    log = Log([record(2), record(1)])
    assert log.fill(MORNING) == record(1)
    assert log.duplicates(MORNING) == [record(2)]
    assert [i.id for i in log.fills_on(DAY0)] == ["i0001"]
    assert log.taken_between("baclofen", when(0), when(9)) == [record(1)]


def test_a_corrected_first_fill_stays_the_first() -> None:
    log = Log([record(1), record(2), record(3, "i0001")])
    assert log.fill(MORNING) == record(3, "i0001")
    assert log.duplicates(MORNING) == [record(2)]


def test_a_correction_that_moves_into_a_filled_slot_comes_second() -> None:
    log = Log([record(1, slot="evening"), record(2), record(3, "i0001", "morning")])
    assert log.fill(MORNING) == record(2)
    assert [d.id for d in log.duplicates(MORNING)] == ["i0003"]


def test_an_extra_never_fills_a_slot() -> None:
    odd = replace(record(1), kind="extra")
    log = Log([odd])
    assert log.fill(MORNING) is None
    assert log.extras_on(DAY0) == [odd]


def test_history_is_the_whole_chain_oldest_first() -> None:
    records: list[Record] = [record(1), record(2, "i0001"), void("i0002", 3), record(4, "i0001"), record(5)]
    log = Log(records)
    for asked in ("i0001", "i0002", "i0004"):
        assert [i.id for i in log.history(asked)] == ["i0001", "i0002", "i0004"]
    assert log.history("unknown") == []


def test_a_loop_of_corrections_ends() -> None:
    log = Log([record(1, "i0002"), record(2, "i0001"), record(3, "i0003"), void("i0003", 4)])
    assert {i.id for i in log.history("i0001")} == {"i0001", "i0002"}
    assert not log.stands("i0001")


def test_a_long_chain_of_voided_corrections() -> None:
    records: list[Record] = [record(0)]
    for n in range(1, 3000):
        records += [record(n, f"i{n - 1:04}"), void(f"i{n:04}", n)]
    log = Log(records)
    assert log.fill(MORNING) == record(0)
    assert len(log.history("i2999")) == 3000


@pytest.mark.parametrize(
    ("minutes", "timing"),
    [(-61, "early"), (-60, "on_time"), (0, "on_time"), (60, "on_time"), (61, "late")],
)
def test_timing_at_its_borders(minutes: int, timing: str) -> None:
    due = at("2023-11-30 08:00")
    taken = intake(taken_at=due + timedelta(minutes=minutes), due=due)
    assert taken.timing(timedelta(minutes=60)) == timing


def test_timing_just_past_its_borders() -> None:
    due, hour, second = at("2023-11-30 08:00"), timedelta(hours=1), timedelta(seconds=1)
    assert intake(taken_at=due + hour + second, due=due).timing(hour) == "late"
    assert intake(taken_at=due - hour - second, due=due).timing(hour) == "early"


def test_timing_in_an_autumn_fold_is_measured_in_utc() -> None:
    due = at("2024-10-27 02:30")  # the first
    second = due + timedelta(hours=1)  # shows 02:30 again
    assert intake(taken_at=second, due=due).timing(timedelta(minutes=59)) == "late"
    berlin = ZoneInfo("Europe/Berlin")
    local = intake(taken_at=second.astimezone(berlin), due=due.astimezone(berlin))
    assert local.timing(timedelta(minutes=59)) == "late"


def test_timing_needs_a_known_time() -> None:
    hour = timedelta(hours=1)
    assert intake(taken_at=None).timing(hour) is None
    assert intake(taken_at=when(0), exactness="unknown").timing(hour) is None
    assert intake("skipped", taken_at=when(0)).timing(hour) is None
    assert intake("extra", None, when(0)).timing(hour) is None
    assert intake(taken_at=when(0), exactness="about").timing(hour) == "on_time"


def test_only_what_was_taken_has_milligrams() -> None:
    amount = pieces("1/2 x 20 mg tablet")
    assert intake("taken", amount=amount).mg == 10
    assert intake("extra", None, amount=amount).mg == 10
    assert intake("unsure", amount=amount).mg == 0
    assert intake("skipped").mg == 0
    assert intake("taken", amount=pieces("1 x tablet")).mg is None


def test_taken_between_holds_its_start_and_not_its_end() -> None:
    log = Log([record(1), record(5, slot=None), record(9, slot="evening"), intake("skipped", "noon", when(3))])
    assert [i.id for i in log.taken_between("baclofen", when(1), when(9))] == ["i0001", "i0005"]
    assert log.taken_between("other", when(0), when(99)) == []


def test_check_ins_of_a_day_that_stand_by_time() -> None:
    def checkin(n: int, replaces: str | None = None) -> CheckIn:
        return CheckIn(f"c{n}", when(10 - n), "UTC", DAY0, when(n), replaces=replaces)

    log = Log([checkin(1), checkin(2), checkin(3, "c1"), checkin(4), void("c4", 5)])
    assert [c.id for c in log.checkins_on(DAY0)] == ["c3", "c2"]
    assert log.checkins_on(DAY0 - timedelta(days=1)) == []
