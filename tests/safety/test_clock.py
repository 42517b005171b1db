"""A clock that went back: records are made all the same, and it is said as long as it matters."""

from __future__ import annotations

import pytest

from cli.helpers import CommandLine

TAKE = ("take", "baclofen", "afternoon")


@pytest.mark.parametrize(
    ("now", "shown"),
    [("2023-11-30 13:04", "Thu 30 Nov 2023 13:04"), ("2023-11-02 13:04", "Thu 2 Nov 2023 13:04"),
     ("2023-10-30 13:04", "Mon 30 Oct 2023 13:04")],
)  # fmt: skip
def test_who_records_under_a_clock_that_went_back_is_told(line: CommandLine, now: str, shown: str) -> None:
    told = line.at(now)(*TAKE)
    assert told.code == 0
    assert told.err == f"splitdose: the clock shows {shown}, before the newest record of Thu 30 Nov 2023 13:57\n"
    assert told.out.startswith("recorded: baclofen afternoon")


def test_two_minutes_are_no_news(line: CommandLine) -> None:
    line.at("2023-11-30 13:56")(*TAKE).done()


def test_a_right_clock_is_no_news(line: CommandLine) -> None:
    line.at("2023-12-01 13:04")(*TAKE).done()


def test_a_record_taken_back_is_forgotten(line: CommandLine) -> None:
    """What was recorded under a clock that ran ahead is told until it is taken back."""
    line.at("2024-03-01 08:00")("checkin", "--sleep", "5").done()
    line.at("2023-11-30 13:58")
    assert "before the newest record of Fri 1 Mar 2024 08:00" in line("checkin", "--sleep", "6").err
    (wrong,) = line.records("checkins", "2024-03")
    line("undo", wrong["id"])
    line(*TAKE).done()
