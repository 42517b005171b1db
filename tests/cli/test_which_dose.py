"""Which dose a word means: never one far ahead, never a skipped one that is still to come, the missed one first."""

from __future__ import annotations

import re
import shlex
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.helpers import BERLIN, Answer, CommandLine

BEDTIME = """
[slots]
morning = "08:00"
bedtime = "23:00"
[[medicine]]
name = "mirtazapine"
advance = "on date"
[[medicine.product]]
name = "15 mg tablet"
strength = "15 mg"
scored = true
[[medicine.step]]
start = 2024-01-01
bedtime = "1/2 x 15 mg tablet"
"""
WEEKLY = """
[slots]
morning = "08:00"
[[medicine]]
name = "methotrexate"
advance = "on date"
[[medicine.product]]
name = "2.5 mg tablet"
strength = "2.5 mg"
[[medicine.step]]
start = 2024-01-04
every = 7
morning = "6 x 2.5 mg tablet"
"""
NEEDED = """
[[medicine]]
name = "ibuprofen"
advance = "as needed"
[[medicine.product]]
name = "400 mg tablet"
strength = "400 mg"
"""


def planned(folder: Path, text: str, wall: str) -> CommandLine:
    """A command line on a folder with a plan that was imported at a wall time."""
    folder.mkdir(exist_ok=True)
    file = folder / "plan.toml"
    file.write_text(text, encoding="utf-8")
    line = CommandLine(folder / "data", wall)
    line("plan", "import", str(file)).done()
    return line


@pytest.fixture
def bedtime(tmp_path: Path) -> CommandLine:
    """Half a tablet at 23:00; it is 09:00, and last night's has no record."""
    return planned(tmp_path, BEDTIME, "2024-01-10 09:00").at("2024-01-11 09:00")


@pytest.fixture
def weekly(tmp_path: Path) -> CommandLine:
    """Six tablets every Thursday at 08:00; it is Friday, and Thursday's has no record."""
    return planned(tmp_path, WEEKLY, "2024-01-04 07:00").at("2024-01-05 07:00")


def records(line: CommandLine) -> list[tuple[str, str, str | None]]:
    return [(r["kind"], r["date"], r["slot"]) for r in line.records(month="2024-01")]


def settled(line: CommandLine, refused: Answer) -> Answer:
    """Type the first words that a refusal hands out."""
    found = re.search(r"(?:; |say which: )splitdose (.*?)(?:, or | records it|$)", refused.err.strip())
    assert found is not None, refused.err
    return line(*shlex.split(found[1])).done()


# In the small hours and a day late


@pytest.mark.parametrize("command", ["skip", "unsure"])
def test_tonights_is_never_skipped_without_its_date(bedtime: CommandLine, command: str) -> None:
    refused = bedtime(command, "mirtazapine", "bedtime")
    refused.refused(
        1, "mirtazapine bedtime of Wed 10 Jan 23:00 has no record",
        "mirtazapine bedtime of Thu 11 Jan 23:00 is still to come, in 14 h",
        f"splitdose {command} mirtazapine bedtime --date yesterday, or --date today",
    )  # fmt: skip
    assert records(bedtime) == []
    settled(bedtime, refused)
    kind = {"skip": "skipped"}.get(command, command)
    assert records(bedtime) == [(kind, "2024-01-10", "bedtime")]
    bedtime(command, "mirtazapine", "bedtime").refused(
        1, "is still to come", f"splitdose {command} mirtazapine bedtime --date today records it all the same"
    )
    bedtime(command, "mirtazapine", "bedtime", "--date", "today").done()
    assert records(bedtime)[1:] == [(kind, "2024-01-11", "bedtime")]


def test_a_minute_before_its_time_too(bedtime: CommandLine) -> None:
    bedtime.at("2024-01-11 22:59:59")("skip", "mirtazapine", "bedtime").refused(1, "--date yesterday", "--date today")
    bedtime.at("2024-01-11 23:00")("skip", "mirtazapine", "bedtime").done()
    assert records(bedtime) == [("skipped", "2024-01-11", "bedtime")]


def test_what_was_said_already_stands_in_the_words_that_settle_it(bedtime: CommandLine) -> None:
    refused = bedtime("skip", "mirtazapine", "bedtime", "--reason", "felt 'sick'")
    settled(bedtime, refused)
    assert bedtime.records(month="2024-01")[0]["reason"] == "felt 'sick'"
    bedtime("undo").done()
    refused = bedtime("take", "mirtazapine", "bedtime", "--at", "23:10", "--amount", "1", "--about")
    refused.refused(1, "--date yesterday --at 23:10 --amount 1 --about")
    assert "of Wed 10 Jan 2024 15 mg" in settled(bedtime, refused).out
    (record,) = [r for r in bedtime.records(month="2024-01") if r["kind"] == "taken"]
    assert (record["at"][:16], record["exactness"]) == ("2024-01-10T23:10", "about")


def test_take_in_the_small_hours_means_last_night(bedtime: CommandLine) -> None:
    bedtime.at("2024-01-11 04:10")
    for words in (("take",), ("take", "mirtazapine"), ("take", "mirtazapine", "bedtime")):
        refused = bedtime(*words)
        refused.refused(
            1, "mirtazapine bedtime of Wed 10 Jan 23:00 has no record", "in 18 h 50 min",
            "splitdose take mirtazapine bedtime --date yesterday",
        )  # fmt: skip
        assert "--early" not in refused.err
    assert records(bedtime) == []
    settled(bedtime, bedtime("take"))
    assert records(bedtime) == [("taken", "2024-01-10", "bedtime")]
    assert bedtime.records(month="2024-01")[0]["at"] is None, "nobody said when"


def test_tonights_can_be_taken_early_once_it_is_said(bedtime: CommandLine) -> None:
    bedtime("take", "mirtazapine", "bedtime", "--date", "today").refused(
        1, "mirtazapine bedtime of 2024-01-10 has no record; mirtazapine bedtime is due at 23:00, 14 h later", "--early"
    )
    bedtime("take", "mirtazapine", "bedtime", "--early").done()
    assert records(bedtime) == [("taken", "2024-01-11", "bedtime")]


def test_within_the_hour_before_its_time_tonights_is_meant(bedtime: CommandLine) -> None:
    bedtime.at("2024-01-11 22:10")("take", "mirtazapine", "bedtime").done()
    assert records(bedtime) == [("taken", "2024-01-11", "bedtime")]


def test_near_its_time_the_next_one_is_offered_too(tmp_path: Path) -> None:
    daily = BEDTIME.replace("bedtime =", "evening =").replace("23:00", "18:00") + 'morning = "1 x 15 mg tablet"\n'
    line = planned(tmp_path, daily, "2024-01-10 07:00").at("2024-01-11 07:30")
    line("take").refused(
        1, "mirtazapine evening of Wed 10 Jan 18:00 has no record", "next is mirtazapine morning 15 mg",
        "splitdose take mirtazapine evening --date yesterday", ", or splitdose take mirtazapine morning",
    )  # fmt: skip


def test_a_correction_without_a_date_means_the_record_that_there_is(bedtime: CommandLine) -> None:
    bedtime("take", "mirtazapine", "bedtime", "--date", "yesterday", "--at", "23:05").done()
    refused = bedtime("skip", "mirtazapine", "bedtime", "--correct")
    refused.refused(
        1, "7.5 mg was recorded as taken at 23:05", "splitdose skip mirtazapine bedtime --date yesterday --correct"
    )
    settled(bedtime, refused)
    assert records(bedtime)[1:] == [("skipped", "2024-01-10", "bedtime")]
    bedtime("take", "mirtazapine", "bedtime", "--early").done()
    # What stands for tonight is corrected by name alone: it is filled already.
    bedtime("skip", "mirtazapine", "bedtime", "--correct").done()
    assert records(bedtime)[-1] == ("skipped", "2024-01-11", "bedtime")


def test_a_time_that_names_its_day_names_the_dose(bedtime: CommandLine) -> None:
    assert "of Wed 10 Jan 2024" in bedtime("take", "mirtazapine", "bedtime", "--at", "yesterday 23:10").done().out
    (record,) = bedtime.records(month="2024-01")
    assert (record["date"], record["at"][:16]) == ("2024-01-10", "2024-01-10T23:10")


def test_a_slot_that_the_plan_lost_today_is_found_where_it_was_missed(bedtime: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text(BEDTIME.replace("bedtime", "night").replace("2024-01-01", "2024-01-11"), encoding="utf-8")
    bedtime("plan", "import", str(file), "--step", "1", "--yes")
    bedtime("take", "mirtazapine", "Bedtime").refused(1, "mirtazapine bedtime of Wed 10 Jan 23:00 has no record")
    bedtime("take", "mirtazapine", "noon").refused(2, "unknown slot")


# A dose every so many days


def test_a_weekly_dose_missed_by_a_day(weekly: CommandLine) -> None:
    for words in (("take",), ("take", "methotrexate"), ("take", "methotrexate", "morning")):
        refused = weekly(*words)
        refused.refused(1, "methotrexate morning of Thu 4 Jan 08:00 has no record", "morning --date yesterday")
        assert "--extra" not in refused.err
        assert "--early" not in refused.err
    weekly("skip", "methotrexate", "morning").refused(1, "splitdose skip methotrexate morning --date yesterday")
    assert records(weekly) == []
    settled(weekly, weekly("take"))
    assert records(weekly) == [("taken", "2024-01-04", "morning")]


@pytest.mark.parametrize(("wall", "day"), [("2024-01-07 12:00", "2024-01-04"), ("2024-01-10 23:00", "2024-01-04")])
def test_it_is_meant_until_the_next_one_comes(weekly: CommandLine, wall: str, day: str) -> None:
    weekly.at(wall)("take").refused(1, f"splitdose take methotrexate morning --date {day}")
    settled(weekly, weekly("unsure", "methotrexate", "morning"))
    assert records(weekly) == [("unsure", day, "morning")]
    weekly("take", "methotrexate").refused(1, "it was recorded as unsure", "next is methotrexate morning 15 mg")
    assert "--date" not in weekly("take").err


def test_it_stays_on_the_list_until_the_next_one_comes(weekly: CommandLine) -> None:
    assert "yesterday, no record:" in weekly("today").done().lines
    lines = weekly.at("2024-01-07 12:00")("today").done().lines
    assert lines[1] == "Thu 4 Jan, no record:"
    assert "methotrexate" in lines[2]
    assert lines[-1].startswith("next: methotrexate morning 15 mg (six 2.5 mg tablets) Thu 11 Jan 08:00, in 4 days")
    assert not any("no record" in line for line in weekly.at("2024-01-11 07:00")("today").done().lines)


def test_an_extra_is_offered_where_nothing_was_missed(weekly: CommandLine) -> None:
    weekly("take", "methotrexate", "morning", "--date", "yesterday").done()
    weekly("take", "methotrexate", "morning").refused(
        1, "15 mg was recorded as taken at a time unknown", "no dose", "--extra with --amount records an extra intake"
    )
    weekly.at("2024-01-10 07:30")("take").refused(1, "next is methotrexate morning", "Thu 11 Jan 08:00, in 24 h 30 min")


# Twice


def test_a_second_take_says_what_was_recorded(tmp_path: Path) -> None:
    line = planned(tmp_path, BEDTIME.replace("bedtime =", "morning =", 2).replace('morning = "08:00"\n', "", 1)
                   .replace("23:00", "08:00"), "2024-01-10 07:00")  # fmt: skip
    line.at("2024-01-10 08:00")("take").done()
    line.at("2024-01-10 08:00:05")
    for words in (("take",), ("take", "mirtazapine")):
        refused = line(*words)
        refused.refused(1, "7.5 mg was recorded as taken at 08:00, just now", "next is mirtazapine morning 7.5 mg")
        assert "splitdose take" not in refused.err
    line("take", "mirtazapine", "morning").refused(1, "7.5 mg was recorded as taken at 08:00", "--correct")
    assert len(records(line)) == 1


def test_beside_another_that_was_missed_it_says_both(tmp_path: Path) -> None:
    both = BEDTIME + WEEKLY.partition('morning = "08:00"\n')[2].replace("every = 7\n", "").replace("01-04", "01-11")
    line = planned(tmp_path, both, "2024-01-10 09:00").at("2024-01-11 08:00")
    line("take").done()
    line.at("2024-01-11 08:00:05")("take").refused(
        1, "methotrexate morning of Thu 11 Jan 08:00: 15 mg was recorded as taken at 08:00, just now",
        "mirtazapine bedtime of Wed 10 Jan 23:00 has no record", "mirtazapine bedtime --date yesterday",
    )  # fmt: skip


def test_an_as_needed_medicine_twice(tmp_path: Path) -> None:
    line = planned(tmp_path, NEEDED, "2024-01-10 07:00").at("2024-01-10 08:00")
    words = ("take", "ibuprofen", "--amount", "1")
    line(*words).done()
    line.at("2024-01-10 08:00:20")
    line(*words).refused(1, "ibuprofen 400 mg, taken 08:00, was recorded 20 s ago", "--again records one more")
    line(*words, tty=True, answers="n\n").refused(1, "nothing was recorded")
    assert len(records(line)) == 1
    answer = line(*words, tty=True, answers="y\n")
    assert (answer.code, len(records(line))) == (0, 2)
    assert "Record one more? [y/N]" in answer.err
    line(*words, "--again", "--json").done()
    line.at("2024-01-10 08:29")(*words).refused(1, "was recorded 28 min ago")
    line("take", "ibuprofen", "--amount", "1/2").done()  # another amount is no repetition after five minutes
    line.at("2024-01-10 09:00")(*words).done()
    line(*words, "--at", "2024-01-09T20:00").done()  # nor is another time
    line(*words, "--at", "2024-01-09T20:10").refused(1, "taken Tue 9 Jan 20:00, was recorded 1 s ago")
    assert len(records(line)) == 6


# What is told


def test_the_planned_amount_is_named_where_another_was_taken(bedtime: CommandLine) -> None:
    bedtime.at("2024-01-10 23:00")
    assert bedtime("take", "--amount", "1").done().lines == [
        "recorded: mirtazapine bedtime 15 mg (one 15 mg tablet), taken 23:00, on time, planned 7.5 mg"
    ]
    assert bedtime("undo").done().lines[0].endswith(", planned 7.5 mg")
    assert "planned" not in bedtime("take").done().out


def test_a_time_is_told_with_its_zone_where_the_computer_is_elsewhere(bedtime: CommandLine) -> None:
    bedtime.zone = "America/New_York"
    bedtime.at("2024-01-10 20:00")  # 02:00 in Berlin, and Wednesday still
    answer = bedtime("take", "mirtazapine", "bedtime", "--at", "23:30")
    assert answer.lines == [
        "recorded: mirtazapine bedtime 7.5 mg (half of one 15 mg tablet), taken 23:30 Europe/Berlin time, on time"
    ]
    assert "taken 23:30 Europe/Berlin time" in bedtime("undo").out
    bedtime.zone = "Asia/Tokyo"
    bedtime.at("2024-01-11 07:00")  # 23:00 in Berlin
    answer = bedtime("take", "mirtazapine", "bedtime", "--at", "23:50")
    assert answer.code == 2
    assert '"23:50" is 2024-01-10 23:50 Europe/Berlin time, which is still to come' in answer.err


def test_minutes_ago_may_be_typed_with_a_minus(bedtime: CommandLine) -> None:
    bedtime.at("2024-01-10 23:30")
    assert "taken 23:20" in bedtime("take", "mirtazapine", "bedtime", "--at", "-10m").done().out
    bedtime("undo").done()
    assert "about 23:10" in bedtime("take", "--at", "about 11:10 pm").done().out
    bedtime("undo").done()
    assert "at a time unknown" in bedtime("take", "--at", "unknown").done().out


@pytest.mark.parametrize(
    ("start", "every", "words"),
    [
        ("2024-01-10", 28, "Wed 7 Feb 08:00, in 28 days"),
        ("2024-03-04", 1, "Mon 4 Mar 08:00, in 54 days"),
        ("2025-01-02", 1, "Thu 2 Jan 2025 08:00, in 358 days"),
    ],
)
def test_the_next_dose_is_told_however_far_it_is(tmp_path: Path, start: str, every: int, words: str) -> None:
    text = WEEKLY.replace("2024-01-04", start).replace("every = 7", f"every = {every}")
    line = planned(tmp_path, text, "2024-01-10 07:00")
    if start == "2024-01-10":
        line("take", "methotrexate", "morning").done()
    assert line("status").done().lines == [f"methotrexate 15 mg morning {words}"]
    assert line("status", "--format", "{time}, {when}").done().lines == [f"08:00{words.partition('08:00')[2]}"]
    found = line("today", "--json").done().json["next"]
    assert found is not None
    assert found["state"] == "upcoming"
    assert line("status", "--json").done().json["next"] == found
    assert words in line("today").done().lines[-1]


def test_the_next_dose_after_a_pause(weekly: CommandLine) -> None:
    weekly("plan", "pause", "methotrexate", "--from", "2024-01-05", "--until", "2024-02-15", "--yes").done()
    assert weekly("status").done().lines == ["methotrexate 15 mg morning Thu 15 Feb 08:00, in 41 days"]


def test_a_week_tells_no_countdown(weekly: CommandLine) -> None:
    lines = [line for line in weekly("week", "--of", "2024-01-11").done().lines if "methotrexate" in line]
    assert [line.split("  ")[-1] for line in lines] == ["planned"]
    assert "in 6 days" in weekly("today", "--date", "2024-01-11").done().out


def test_days_before_splitdose_are_in_no_sum(weekly: CommandLine) -> None:
    lines = weekly("today", "--date", "2024-01-03").done().lines
    assert not any("taken:" in line for line in lines)
    assert weekly("today", "--date", "2024-01-03", "--json").done().json["totals"] == []


def test_a_plan_that_is_archived_is_told_as_archived(bedtime: CommandLine) -> None:
    bedtime("plan", "stop", "mirtazapine", "--yes").done()
    bedtime.at("2024-01-13 09:00")("plan", "archive", "mirtazapine", "--yes").done()
    assert bedtime("plan", "show").done().lines == [
        "archived: mirtazapine; splitdose plan archive MEDICINE --back shows one"
    ]
    assert bedtime("plan", "show", "--json").done().json == {"medicines": [], "forks": []}
    bedtime("plan", "archive", "mirtazapine", "--back", "--yes").done()
    assert "mirtazapine" in bedtime("plan", "show").done().lines[0]


# Whatever the hour

DAILY = BEDTIME + 'morning = "1 x 15 mg tablet"\n'
START = datetime(2024, 1, 10, 7, tzinfo=ZoneInfo(BERLIN))
COMMANDS = [
    ("take",), ("take", "methotrexate"), ("take", "mirtazapine"), ("take", "mirtazapine", "morning"),
    ("take", "mirtazapine", "bedtime"), ("take", "methotrexate", "morning"), ("skip", "mirtazapine", "bedtime"),
    ("skip", "mirtazapine", "morning"), ("skip", "methotrexate", "morning"), ("unsure", "mirtazapine", "bedtime"),
    ("unsure", "methotrexate", "morning"),
]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 36 * 60), st.sampled_from(COMMANDS)), min_size=1, max_size=5))
def test_no_bare_word_fills_what_is_far_ahead_and_none_skips_what_is_to_come(
    moves: list[tuple[int, tuple[str, ...]]],
) -> None:
    medicines = DAILY + WEEKLY.partition('morning = "08:00"\n')[2].replace("2024-01-04", "2024-01-11")
    with tempfile.TemporaryDirectory(prefix="splitdose-") as folder:
        line = planned(Path(folder), medicines, "2024-01-10 07:00")
        now, seen = START, 0
        for minutes, words in moves:
            now += timedelta(minutes=minutes)
            line.now = now
            answer = line(*words)
            assert answer.code in (0, 1), answer
            made = line.records(month="2024-01")[seen:]
            assert len(made) == (answer.code == 0)
            seen += len(made)
            for record in made:
                due = datetime.fromisoformat(record["planned"]["due"])
                ahead = timedelta(hours=1) if words[0] == "take" else timedelta(0)
                assert due - now <= ahead, (words, record)
            offered = re.findall(r"--early", answer.err)
            assert not offered or "has no record" not in answer.err
