"""skip, unsure, undo and checkin."""

from __future__ import annotations

import pytest

from cli.helpers import BERLIN, PLANS, CommandLine
from cli.schema import CHECKIN, INTAKE, fits


def dose(line: CommandLine, slot: str = "afternoon") -> dict[str, object]:
    found = line("today", "--json").json["doses"]
    return next(d for d in found if d["slot"] == slot and d["medicine"] == "baclofen")


def test_skip(line: CommandLine) -> None:
    assert line("skip", "baclofen", "afternoon", "--reason", "asleep").done().lines == [
        "recorded: baclofen afternoon, skipped: asleep"
    ]
    assert (dose(line)["state"], dose(line)["reason"], dose(line)["taken_mg"]) == ("skipped", "asleep", None)
    line("skip", "baclofen", "afternoon").refused(1, "it was recorded as skipped at 13:58", "--correct replaces")
    answer = line("skip", "baclofen", "afternoon", "--correct", "--reason", "felt ill", "--json").done().json
    fits(answer, INTAKE)
    assert (answer["kind"], answer["mg"], answer["pieces"], answer["reason"]) == ("skipped", "0", [], "felt ill")


def test_unsure(line: CommandLine) -> None:
    assert line("unsure", "baclofen", "evening", "--date", "yesterday", "--note", "no idea").done().lines == [
        'recorded: baclofen evening of Wed 29 Nov 2023, unsure, "no idea"'
    ]
    line("unsure", "baclofen", "evening", "--date", "yesterday").refused(1, "recorded as unsure")
    line("unsure", "baclofen", "evening", "--date", "yesterday", "--correct").done()
    found = line("today", "--date", "yesterday", "--json").json["doses"][2]
    assert (found["state"], found["taken_mg"], found["taken_at"]) == ("unsure", None, None)


@pytest.mark.parametrize("command", ["skip", "unsure"])
def test_bad_words(line: CommandLine, command: str) -> None:
    line(command).refused(2, "MEDICINE, SLOT")
    line(command, "baclofen").refused(2, "SLOT")
    line(command, "aspirin", "morning").refused(2, "unknown medicine")
    line(command, "baclofen", "noon").refused(2, "unknown slot")
    line(command, "baclofen", "morning", "--date", "2024-01-01").refused(2, "still to come")
    refused = line(command, "diazepam", "morning")
    refused.refused(1, "no dose")
    assert "--extra" not in refused.err
    assert line.records() == []


def test_undo_goes_back_record_by_record(line: CommandLine) -> None:
    line("take").done()
    line("checkin", "--sleep", "6").done()
    line("skip", "baclofen", "morning").done()
    assert line("undo").done().lines == ["undone: baclofen morning, skipped"]
    assert line("undo").done().lines == ["undone: check-in 13:58: sleep 6 of 10"]
    assert line("undo").done().lines[0].startswith("undone: baclofen afternoon 5 mg (a quarter")
    line("undo").refused(1, "there is nothing to undo")
    assert dose(line)["state"] == "due"
    assert len(line.records()) == 2  # nothing is erased


def test_undo_by_id(line: CommandLine) -> None:
    taken = line("take", "--json").done().json["id"]
    line("checkin", "--sleep", "6").done()
    answer = line("undo", taken, "--json").done().json
    assert list(answer) == ["voided"]
    fits(answer["voided"], INTAKE)
    assert answer["voided"]["id"] == taken
    line("undo", taken).refused(1, "was undone already")
    line("undo", "nonsense").refused(2, 'no record has the id "nonsense"')
    fits(line("undo", "--json").done().json["voided"], CHECKIN)


def test_an_old_record_is_asked_about(line: CommandLine) -> None:
    taken = line("take", "--json").done().json["id"]
    line.at("2023-12-01 02:00")
    line("undo").refused(1, "12 h 02 min ago", f"splitdose undo {taken}")
    line("undo", tty=True, answers="n\n").refused(1, "nothing was undone")
    line("undo", tty=True, answers="").refused(1, "nothing was undone")
    assert line.records("voids") == []
    answer = line("undo", tty=True, answers="y\n")
    assert answer.code == 0
    assert "Take it back? [y/N]" in answer.err
    assert [void["target"] for void in line.records("voids")] == [taken]


def test_checkin(line: CommandLine) -> None:
    words = (
        "checkin", "--sleep", "6", "--onset", "25", "--awakenings", "2", "--symptom", "fatigue=4", "--symptom", "a=b=0",
        "--note", "woke at 3",
    )  # fmt: skip
    assert line(*words).done().lines == [
        "recorded: check-in 13:58: sleep 6 of 10, 25 min until asleep, awake 2 times, fatigue 4 of 10, a=b 0 of 10, "
        '"woke at 3"'
    ]
    answer = line("week", "--json").json["days"][3]["checkins"][0]
    fits(answer, CHECKIN)
    assert answer["symptoms"] == {"fatigue": 4, "a=b": 0}
    assert (answer["sleep"], answer["onset_min"], answer["awakenings"], answer["note"]) == (6, 25, 2, "woke at 3")
    fits(line("checkin", "--note", "x", "--json").done().json, CHECKIN)


def test_a_checkin_before_any_plan(empty: CommandLine) -> None:
    empty("checkin", "--sleep", "6").done()
    assert [len(day["checkins"]) for day in empty("week", "--json").done().json["days"]] == [0, 0, 0, 1, 0, 0, 0]
    # The zone is kept from the first record on, not from the first plan.
    empty.zone = "America/New_York"
    assert "the record is kept in Europe/Berlin" in empty("today").err
    empty.zone = BERLIN
    empty("plan", "import", str(PLANS / "baclofen.toml")).done()
    assert empty("today").done().lines[-3].strip() == "check-in 13:58: sleep 6 of 10"


@pytest.mark.parametrize(
    "words",
    [
        (), ("--sleep", "11"), ("--sleep=-1",), ("--sleep", "6.5"), ("--sleep", ""), ("--sleep", "²"), ("--sleep", "٣"),
        ("--onset", "soon"), ("--onset", "100000"), ("--awakenings", "1e3"), ("--symptom", "fatigue"),
        ("--symptom", "=3"), ("--symptom", "fatigue=11"), ("--symptom", "fatigue="), ("--note", "x" * 2001),
        ("--symptom", "a=1", "--symptom", "a=2"), ("--sleep", "9" * 5000),
    ],
)  # fmt: skip
def test_a_checkin_that_says_nothing_usable(line: CommandLine, words: tuple[str, ...]) -> None:
    line("checkin", *words).refused(2)
    assert line.records("checkins") == []
