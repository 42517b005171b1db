"""take: what it records, what it refuses, and which words settle it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.helpers import CommandLine
from cli.schema import INTAKE, fits

AS_NEEDED = """
[[medicine]]
name = "ibuprofen"
advance = "as needed"
[[medicine.product]]
name = "400 mg tablet"
strength = "400 mg"
"""


def states(line: CommandLine, day: str = "today") -> list[tuple[str, str, str]]:
    found = line("today", "--date", day, "--json").json["doses"]
    return [(d["medicine"], d["slot"], d["state"]) for d in found]


def test_the_one_that_is_due(line: CommandLine) -> None:
    assert line("take").done().lines == [
        "recorded: baclofen afternoon 5 mg (a quarter of one 20 mg tablet), taken 13:58, on time"
    ]
    assert ("baclofen", "afternoon", "taken") in states(line)
    line("take").refused(
        1, "nothing is due", "next is baclofen evening 10 mg (half of one 20 mg tablet) 18:00, in 4 h 02 min",
        "splitdose take baclofen evening --early",
    )  # fmt: skip


def test_late_and_as_json(line: CommandLine) -> None:
    answer = line.at("2023-11-30 14:01")("take", "--json").done().json
    fits(answer, INTAKE)
    assert (answer["kind"], answer["slot"], answer["at"], answer["mg"]) == (
        "taken", "afternoon", "2023-11-30T14:01:00+01:00", "5",
    )  # fmt: skip
    assert line("undo").done().lines[0].endswith("taken 14:01, late")


def test_two_are_due(line: CommandLine) -> None:
    line.at("2023-11-30 18:00")
    line("take").refused(
        1, "2 doses wait", "baclofen evening 10 mg (half of one 20 mg tablet)",
        "diazepam evening 8 mg (four 2 mg tablets)", "splitdose take baclofen evening",
    )  # fmt: skip
    assert "diazepam evening 8 mg (four 2 mg tablets), taken 18:00" in line("take", "DIAZEPAM").done().out
    assert "baclofen evening" in line("take").done().out


def test_nothing_and_no_plan(empty: CommandLine) -> None:
    empty("take").refused(1, "nothing is due", "splitdose plan import FILE")
    empty("take", "baclofen").refused(2, 'unknown medicine "baclofen"', "splitdose plan import FILE")
    assert not empty.folder.exists()


def test_tomorrows_is_named_by_its_date(line: CommandLine) -> None:
    line.at("2023-11-30 23:30")("take", "diazepam").done()
    line("take", "baclofen", "evening").done()
    refused = line("take")
    refused.refused(1, "was recorded as taken at 23:30, just now", "next is baclofen morning", "Fri 1 Dec 08:00")
    assert "--date" not in refused.err, "a second take means the one that is recorded"
    line("take", "baclofen", "morning", "--date", "2023-12-01").refused(
        1, "is due at 08:00, 8 h 30 min later", "--early"
    )
    line("take", "baclofen", "morning", "--date", "tomorrow", "--early").done()
    assert ("baclofen", "morning", "taken") in states(line, "tomorrow")


def test_unknown_words(line: CommandLine) -> None:
    line("take", "baclofin").refused(2, 'unknown medicine "baclofin"', '"baclofen", "diazepam"')
    line("take", "baclofen", "noon").refused(2, 'unknown slot "noon"', '"morning", "afternoon", "evening"')
    line("take", "baclofen", "afternoon", "--date", "2023-11-31").refused(2, "not a date of the calendar")
    line("take", "baclofen", "afternoon", "--date", "30.11.").refused(2, "is not a date")
    line("take", "baclofen", "afternoon", "--date", "2023-12-02").refused(2, "still to come")
    line("take", "--date", "yesterday").refused(2, "--date needs a medicine")
    line("take", "--correct").refused(2, "--correct needs a medicine")
    line("take", "--extra").refused(2, "--extra needs a medicine")
    line("take", "baclofen", "--date", "yesterday").refused(2, "--date needs a slot")
    line("take", "baclofen", "afternoon", "soon").refused(2, "unrecognized arguments: soon")
    assert line.records() == []


def test_words_in_any_order_and_case(line: CommandLine) -> None:
    assert "afternoon 5 mg" in line("take", "Baclofen", "--at", "13:05", "AFTERNOON").done().out
    assert "morning 5 mg" in line("take", "--at", "08:04", "baclofen", "--note", "x", "morning").done().out


def test_a_recorded_dose_is_not_filled_again(line: CommandLine) -> None:
    line("take").done()
    line.at("2023-11-30 14:20")("take", "baclofen", "afternoon").refused(
        1, "5 mg was recorded as taken at 13:58, 22 min ago", "--correct", "--extra"
    )
    line("take", "baclofen", "afternoon", "--at", "14:00", "--early").refused(1, "13:58")
    assert len(line.records()) == 1


def test_a_second_intake_is_extra(line: CommandLine) -> None:
    line("take").done()
    assert "taken as extra 13:58" in line("take", "baclofen", "afternoon", "--extra").done().out
    found = line("today", "--json").json
    assert [(e["kind"], e["slot"], e["mg"]) for e in found["extras"]] == [("extra", None, "5")]
    assert found["totals"][0]["taken_mg"] == "10"
    assert found["doses"][1]["taken_mg"] == "5"
    line("take", "baclofen", "--extra").refused(2, "how much", "--amount")
    line("take", "baclofen", "--extra", "--amount", "1/4").refused(2, "leaves the product open")
    assert "2.5 mg (an eighth of one 20 mg tablet)" in line(
        "take", "baclofen", "--extra", "--amount", "1/8 x 20 mg tablet", "--again"
    ).done().out  # fmt: skip
    line("take", "baclofen", "--extra", "--amount", "5 mg", "--date", "tomorrow").refused(2, "still to come")


def test_early(line: CommandLine) -> None:
    line("take", "baclofen", "evening").refused(1, "is due at 18:00, 4 h 02 min later", "--early records it now")
    assert line("take", "baclofen", "evening", "--early").done().out.endswith("taken 13:58, early\n")
    assert "on time" in line.at("2023-11-30 17:00")("take", "diazepam", "evening").done().out


def test_when(line: CommandLine) -> None:
    def at(time: str) -> str:
        answer = line("take", "baclofen", "afternoon", "--at", time, "--json").done().json
        line("undo").done()
        return str(answer["at"])

    assert at("13:05") == "2023-11-30T13:05:00+01:00"
    assert at("2023-11-30T13:06") == "2023-11-30T13:06:00+01:00"
    assert at("10m ago") == "2023-11-30T13:48:00+01:00"
    assert at("now") == "2023-11-30T13:58:00+01:00"
    for time in ("13:59", "2023-12-01T08:00", "25:00", "1", "12 pm", "", "soon", "10 ago", "2023-02-30T10:00"):
        line("take", "baclofen", "afternoon", "--at", time).refused(2, f'"{time}"')
    assert "about 13:05" in line("take", "baclofen", "afternoon", "--at", "13:05", "--about").done().out


def test_a_time_with_its_date_names_the_day(line: CommandLine) -> None:
    line("take", "baclofen", "evening", "--at", "2023-11-29T18:30").done()
    # Half past midnight is still the evening of the day before.
    line("take", "diazepam", "evening", "--at", "2023-11-30T00:30").done()
    assert [state for *_, state in states(line, "yesterday")] == ["unrecorded", "unrecorded", "taken", "taken"]


def test_an_earlier_day_without_a_time(line: CommandLine) -> None:
    answer = line("take", "baclofen", "morning", "--date", "yesterday", "--json").done().json
    assert (answer["at"], answer["date"]) == (None, "2023-11-29")
    assert line.records()[0]["exactness"] == "unknown"
    dose = line("today", "--date", "yesterday", "--json").json["doses"][0]
    assert (dose["state"], dose["timing"], dose["taken_at"]) == ("taken", None, None)
    line("take", "baclofen", "evening", "--date", "yesterday", "--about").refused(2, "--about needs a time")
    assert "of Wed 29 Nov 2023 5 mg (a quarter of one 20 mg tablet), taken 13:01, on time" in line(
        "take", "baclofen", "afternoon", "--date", "yesterday", "--at", "13:01"
    ).done().out  # fmt: skip


def test_an_older_one_of_today_wants_a_time(line: CommandLine) -> None:
    line("take", "baclofen", "morning").refused(1, "was due 5 h 58 min ago", "--at TIME", "--at now")
    assert "taken 13:58, late" in line("take", "baclofen", "morning", "--at", "now").done().out
    line("undo").done()
    assert "taken 08:10, on time" in line("take", "baclofen", "morning", "--at", "08:10").done().out


def test_another_amount(line: CommandLine) -> None:
    assert "baclofen afternoon 10 mg (half of one 20 mg tablet)" in line("take", "--amount", "1/2").done().out
    dose = line("today", "--json").json["doses"][1]
    assert (dose["mg"], dose["taken_mg"]) == ("5", "10")
    line("undo").done()
    for typed, what in (("1-1/2", "two ways"), ("1,000", "two ways"), ("7 mg", "no product"), ("x", "not an amount")):
        line("take", "--amount", typed).refused(2, what)
    line("take", "--amount", "0").refused(2, "splitdose skip")
    assert "15 mg" in line("take", "--amount", "1/2 x 20 mg tablet + 1 x 5 mg tablet").done().out


def test_a_correction_changes_only_what_is_said(line: CommandLine) -> None:
    line("take", "baclofen", "afternoon", "--at", "13:02", "--about", "--amount", "1/2", "--note", "with water").done()
    first = line.records()[0]["id"]
    answer = line("take", "baclofen", "afternoon", "--correct", "--amount", "3/4", "--json").done().json
    assert (answer["mg"], answer["at"], answer["note"], answer["replaces"]) == (
        "15", "2023-11-30T13:02:00+01:00", "with water", first,
    )  # fmt: skip
    assert line.records()[1]["exactness"] == "about"
    answer = line("take", "baclofen", "afternoon", "--correct", "--at", "13:20", "--json").done().json
    assert (answer["mg"], answer["at"], answer["note"]) == ("15", "2023-11-30T13:20:00+01:00", "with water")
    lines = line("take", "baclofen", "afternoon", "--correct", "--at", "13:21").done().lines
    assert lines[1].startswith("it replaces the record before it")
    line("undo").done()
    assert line("today", "--json").json["doses"][1]["taken_at"] == "2023-11-30T13:20:00+01:00"


def test_an_early_record_is_corrected_without_saying_early_again(line: CommandLine) -> None:
    line("take", "baclofen", "evening", "--early").done()
    line("take", "baclofen", "evening", "--correct", "--amount", "1/4").done()
    assert line("today", "--json").json["doses"][2]["taken_mg"] == "5"


def test_taken_after_skipped_is_a_correction(line: CommandLine) -> None:
    line("skip", "baclofen", "afternoon").done()
    line("take", "baclofen", "afternoon").refused(1, "it was recorded as skipped at 13:58", "--correct")
    assert "taken 13:58" in line("take", "baclofen", "afternoon", "--correct").done().out
    assert ("baclofen", "afternoon", "taken") in states(line)


def test_a_dose_that_is_not_planned(line: CommandLine) -> None:
    line("take", "diazepam", "morning").refused(1, "no dose", "is planned", "--extra with --amount")
    line("take", "diazepam", "morning", "--extra", "--amount", "1").done()


def test_as_needed_is_taken_when_taken(line: CommandLine, tmp_path: Path) -> None:
    plan = tmp_path / "ibuprofen.toml"
    plan.write_text(AS_NEEDED)
    line("plan", "import", str(plan)).done()
    line("take", "ibuprofen").refused(2, "how much", "--amount")
    assert "ibuprofen 200 mg (half of one 400 mg tablet)" in line("take", "ibuprofen", "--amount", "1/2").done().out
    line("take", "ibuprofen", "--amount", "1", "--at", "2023-11-29T22:00").done()
    line("take", "ibuprofen", "--amount", "1", "--date", "2023-11-28").done()
    for day in ("2023-11-28", "2023-11-29", "today"):
        assert len(line("today", "--date", day, "--json").json["extras"]) == 1
    assert line("today", "--date", "2023-11-28", "--json").json["extras"][0]["at"] is None


@pytest.mark.parametrize("wall", ["2023-12-01 00:20", "2023-12-01 03:59"])
def test_after_midnight_it_is_still_the_day_before(line: CommandLine, wall: str) -> None:
    answer = line.at(wall)("take", "diazepam", "--json").done().json
    assert answer["date"] == "2023-11-30"
    assert line.records()[0]["date"] == "2023-11-30"
