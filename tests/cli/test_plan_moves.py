"""Moving a plan in the shell: what a day becomes, where a course ends, names, pauses that push, typed starts."""

from __future__ import annotations

from pathlib import Path

from cli.helpers import PLANS, CommandLine

HEAD = """
[slots]
morning = "08:00"
evening = "20:00"
[[medicine]]
name = "propranolol"
advance = "{advance}"
[[medicine.product]]
name = "40 mg tablet"
strength = "40 mg"
"""


def written(folder: Path, steps: str, advance: str = "ask", name: str = "plan.toml", **changes: str) -> str:
    text = HEAD.replace("{advance}", advance) + steps
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


MOVES = """
[[medicine.step]]
start = 2024-01-08
hold = 2
morning = "1"
[[medicine.step]]
evening = "1"
"""


def test_a_dose_that_moves_is_said_and_asked_about(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    empty.at("2024-01-10 08:05")("take").done()
    empty.at("2024-01-10 10:00")
    answer = empty("plan", "next", "propranolol")
    answer.refused(1, "today would sum to 80 mg", "--from tomorrow")
    assert "  today: morning 40 mg taken, evening 40 mg added; 80 mg in all" in answer.lines
    assert empty("plan", "show", "--json").json["medicines"][0]["step"] == 1
    answer = empty("plan", "next", "propranolol", tty=True, answers="n\n")
    answer.refused(1, "nothing was changed")
    answer = empty("plan", "next", "propranolol", "--from", "tomorrow").done()
    assert answer.lines[0] == "propranolol: step 2 begun, from Thu 11 Jan 2024 on"
    empty("plan", "undo", "propranolol", "--yes").done()
    assert empty("plan", "next", "propranolol", "--yes").done().lines[-1] == "done"
    assert [d["mg"] for d in empty("today", "--json").json["doses"]] == ["40", "40"]


def test_the_day_that_is_named_is_the_one_that_is_told(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    for argv in (("next", "--yes", "--from", "2024-01-20/evening"), ("stop", "--from", "2024-01-20/evening")):
        answer = empty("plan", argv[0], "propranolol", *argv[1:]).done()
        assert answer.lines[0].endswith("from Sat 20 Jan 2024 evening on"), answer.lines
        empty("plan", "undo", "propranolol").done()
    answer = empty("plan", "pause", "propranolol", "--from", "2024-01-20", "--until", "2024-01-25").done()
    assert answer.lines[0] == "propranolol: paused, from Sat 20 Jan 2024 on"


COURSE = """
[[medicine.step]]
start = 2024-01-08
hold = 3
morning = "1"
[[medicine.step]]
hold = 2
morning = "1/2"
[[medicine.step]]
hold = 2
morning = "1/4"
"""


def test_a_course_on_dates_says_when_it_ends_and_then_that_it_has(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")
    answer = empty("plan", "import", written(tmp_path, COURSE, "on date")).done()
    assert answer.lines[0].endswith("at step 1 of 3, 40 mg a day, ends Sun 14 Jan 2024")
    found = empty("plan", "show", "--json").json["medicines"][0]
    assert (found["ends"], found["totals"]) == (
        "2024-01-15",
        {"days": 7, "mg": "180", "products": {"40 mg tablet": "9/2"}},
    )
    empty.at("2024-01-16 09:00")
    assert empty("today", "--json").json["doses"] == []
    assert "  ended Sun 14 Jan 2024" in empty("plan", "show").done().lines
    assert "nothing" in empty("status").done().out or "no dose" in empty("status").done().out


def test_a_pause_names_the_steps_it_swallows_or_pushes_the_plan(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, COURSE, "on date")).done()
    span = ("--from", "2024-01-10", "--until", "2024-01-14")
    answer = empty("plan", "pause", "propranolol", *span).done()
    assert [line.strip() for line in answer.lines if "step" in line and ("lies in" in line or "loses" in line)] == [
        "step 1 loses 1 of the 3 days", "step 2 lies in it: 2 days, no doses", "step 3 loses 1 of the 2 days",
    ]  # fmt: skip
    assert empty("plan", "show", "--json").json["medicines"][0]["totals"]["mg"] == "90"
    empty("plan", "undo", "propranolol").done()
    answer = empty("plan", "pause", "propranolol", *span, "--push").done()
    assert answer.lines[0].startswith("propranolol: paused, and the plan pushed by 4 days")
    found = empty("plan", "show", "--json").json["medicines"][0]
    assert (found["ends"], found["totals"]["mg"]) == ("2024-01-19", "180")
    empty("plan", "undo", "propranolol").done()
    empty("plan", "pause", "propranolol", "--push").refused(2, "until which day")


def test_another_spelling_is_the_same_medicine_after_a_question(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    for name in ("Propranolol", "PROPRANOLOL ", "propranolo\uff4c"):
        other = written(tmp_path, MOVES, name="other.toml", propranolol=name, morning="Morning")
        answer = empty("plan", "import", other)
        assert answer.code == 1
        assert 'the record "propranolol": they are taken for one' in answer.err
        answer = empty("plan", "import", other, "--yes")
        assert answer.code == 0
        found = empty("plan", "show", "--json").json["medicines"]
        assert [m["name"] for m in found] == ["propranolol"]
        assert list(found[0]["steps"][0]["doses"]) == ["morning"]
    first = Path(written(tmp_path, MOVES)).read_text(encoding="utf-8")
    _, _, second = first.partition("[[medicine]]")
    twice = tmp_path / "twice.toml"
    twice.write_text(first + "[[medicine]]" + second.replace("propranolol", "Propranolol"), encoding="utf-8")
    answer = empty("plan", "check", str(twice))
    assert answer.code == 1
    assert 'duplicate: propranolol: medicine "propranolol" is named 2 times' in answer.lines


def test_a_medicine_that_is_renamed_keeps_its_plan_and_its_record(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    empty.at("2024-01-08 08:05")("take").done()
    before = empty("today", "--json").json
    answer = empty("plan", "rename", "propranolol", "Inderal").done()
    assert answer.lines == ["renamed: propranolol is called Inderal from now on; its plan and record stay"]
    after = empty("today", "--json").json
    assert after["doses"][0]["medicine"] == "Inderal"
    assert [{**d, "medicine": ""} for d in after["doses"]] == [{**d, "medicine": ""} for d in before["doses"]]
    assert "Inderal" in empty("plan", "show").done().out
    empty("plan", "hold", "propranolol").done()  # the old name is still understood
    answer = empty("plan", "import", written(tmp_path, MOVES), "--yes")
    assert (answer.code, answer.err.count("Inderal")) == (0, 1)
    assert [m["name"] for m in empty("plan", "show", "--json").json["medicines"]] == ["Inderal"]
    empty("plan", "rename", "Inderal", "inderal").done()
    empty("plan", "rename", "inderal", "inderal").refused(2, "already")
    empty("plan", "rename", "inderal", " ").refused(2, "1 to")
    empty("plan", "rename", "nobody", "x").refused(2, "unknown medicine")
    empty("plan", "rename", "inderal", "propranolol").done()
    assert [d["state"] for d in empty("today", "--json").json["doses"]] == ["taken"]


def test_two_medicines_never_get_one_name(line: CommandLine) -> None:
    line("plan", "rename", "baclofen", "Diazepam").refused(2, "there is a medicine")


WEEKLY = """
[[medicine.step]]
start = 2024-01-04
every = 7
morning = "1"
"""


def test_a_start_that_was_not_used_is_told(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-04 07:00")("plan", "import", written(tmp_path, WEEKLY, "on date")).done()
    empty.at("2024-01-12 09:00")
    monday = written(tmp_path, WEEKLY.replace("01-04", "01-15"), "on date", "monday.toml")
    answer = empty("plan", "import", monday, "--yes")
    assert answer.code == 0
    assert "the file starts step 1 on 2024-01-15" in answer.err
    assert "its next dosing day is 2024-01-18" in answer.err
    assert [len(empty("today", "--date", d, "--json").json["doses"]) for d in ("2024-01-15", "2024-01-18")] == [0, 1]
    # From a day on, the file's dates are the plan's; two doses still keep their distance.
    answer = empty("plan", "import", monday, "--from", "2024-01-12", "--yes").done()
    assert [len(empty("today", "--date", d, "--json").json["doses"]) for d in ("2024-01-15", "2024-01-18")] == [0, 1]
    later = written(tmp_path, WEEKLY.replace("01-04", "01-22"), "on date", "later.toml")
    empty("plan", "import", later, "--from", "2024-01-12", "--yes").done()
    days = ("2024-01-18", "2024-01-22", "2024-01-29")
    assert [len(empty("today", "--date", d, "--json").json["doses"]) for d in days] == [0, 1, 1]


def test_after_a_stop_a_file_begins_on_its_date(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    empty.at("2024-01-10 09:00")("plan", "stop", "propranolol").done()
    again = written(tmp_path, MOVES.replace("01-08", "01-20"), name="again.toml")
    empty("plan", "import", again, "--yes").done()
    days = ("2024-01-11", "2024-01-19", "2024-01-20", "2024-01-21")
    assert [len(empty("today", "--date", d, "--json").json["doses"]) for d in days] == [0, 0, 1, 1]


def test_a_plan_corrected_from_a_past_day_names_the_days_that_keep_theirs(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 07:00")("plan", "import", written(tmp_path, MOVES)).done()
    for day in ("08", "09"):
        empty.at(f"2024-01-{day} 08:05")("take").done()
    right = written(tmp_path, MOVES.replace("40 mg", "10 mg"), name="right.toml")
    right_text = Path(right).read_text(encoding="utf-8").replace("40 mg", "10 mg")
    Path(right).write_text(right_text, encoding="utf-8")
    answer = empty.at("2024-01-10 09:00")("plan", "import", right, "--from", "2024-01-08", "--yes").done()
    assert any(
        "recorded doses of 2 days keep what was planned then (Mon 8 Jan to Tue 9 Jan)" in n for n in answer.lines
    )


def test_doses_due_before_a_plan_was_kept_read_so(empty: CommandLine, tmp_path: Path) -> None:
    course = COURSE.replace('morning = "1"', 'morning = "1"\nevening = "1"')
    answer = empty.at("2024-01-08 13:00")("plan", "import", written(tmp_path, course, "on date")).done()
    assert any('today\'s morning 08:00 of "propranolol" was due before this plan was kept' in n for n in answer.lines)
    dose = empty("today", "--json").json["doses"][0]
    assert (dose["state"], dose["tracked"]) == ("unrecorded", False)
    assert "before Splitdose" in empty("today").done().out
    assert empty("take").code == 1
    empty("take", "propranolol", "morning", "--at", "08:10").done()
    assert empty("today", "--json").json["doses"][0]["state"] == "taken"


def test_one_that_has_just_come_due_is_asked_for(empty: CommandLine, tmp_path: Path) -> None:
    empty.at("2024-01-08 08:40")("plan", "import", written(tmp_path, COURSE, "on date")).done()
    assert empty("take").done().out.startswith("recorded: propranolol morning 40 mg")


def test_what_is_weekly_is_told_by_the_week(empty: CommandLine) -> None:
    empty.at("2027-01-10 06:00")
    answer = empty("plan", "import", str(PLANS / "methotrexate-weekly.toml")).done()
    assert answer.lines[0].endswith("at step 1 of 3, 15 mg a week")
    said = [*empty("plan", "show").done().lines]
    empty.at("2027-01-21 12:00")
    said += empty("plan", "next", "methotrexate").done().lines
    said += empty("export", "markdown").done().lines
    assert not [line for line in said if "15 mg a day" in line or "20 mg a day" in line]
    assert any("20 mg a week" in line for line in said)
    found = empty("plan", "show", "--json").json["medicines"][0]["steps"][0]
    assert (found["mg_per_day"], found["period"], found["period_mg"]) == ("15/7", 7, "15")
    days = [day for day in range(10, 32) if empty("today", "--date", f"2027-01-{day}", "--json").json["doses"]]
    assert days == [10, 17, 24, 31]


def test_a_crossovers_second_medicine_begins(empty: CommandLine) -> None:
    file = Path(__file__).parents[1] / "regimens" / "01-lorazepam-diazepam-cross.toml"
    empty.at("2027-01-04 06:00")("plan", "import", str(file)).done()
    for day in (18, 19, 25, 31):
        found = empty.at(f"2027-01-{day} 07:00")("today", "--json").json["doses"]
        assert [(d["slot"], d["mg"]) for d in found if d["medicine"] == "diazepam"] == [("night", "10")]
    diazepam = empty("plan", "show", "--json").json["medicines"][1]
    assert (diazepam["step"], diazepam["steps"][0]["start"], diazepam["steps"][0]["projected"]) == (
        1,
        "2027-01-18",
        False,
    )


def test_a_hold_moves_a_first_step_that_is_still_to_begin(empty: CommandLine) -> None:
    file = Path(__file__).parents[1] / "regimens" / "01-lorazepam-diazepam-cross.toml"
    empty.at("2027-01-04 06:00")("plan", "import", str(file)).done()
    answer = empty("plan", "hold", "diazepam", "--days", "3").done()
    assert answer.lines[0].startswith("diazepam: begins 3 days later")
    starts = [s["start"] for s in empty("plan", "show", "--json").json["medicines"][1]["steps"][:2]]
    assert starts == ["2027-01-21", "2027-02-04"]


def regimen(name: str) -> str:
    return str(Path(__file__).parents[1] / "regimens" / f"{name}.toml")


def test_a_paused_course_sums_to_what_it_asks_for(empty: CommandLine) -> None:
    empty.at("2027-01-04 06:00")("plan", "import", regimen("06-methadone-5-then-2.5")).done()
    empty.at("2027-01-05 12:00")
    span = ("plan", "pause", "methadone", "--from", "2027-01-06", "--until", "2027-01-08")
    empty(*span).done()
    totals = empty("plan", "show", "--json").json["medicines"][0]["totals"]
    assert (totals["days"], totals["mg"]) == (60, "1020")
    empty("plan", "undo", "methadone", "--yes").done()
    empty(*span, "--push").done()
    totals = empty("plan", "show", "--json").json["medicines"][0]["totals"]
    assert (totals["days"], totals["mg"]) == (62, "1100")


def test_a_course_that_is_over_asks_for_nothing(empty: CommandLine) -> None:
    empty.at("2027-01-04 06:00")("plan", "import", regimen("02-pregabalin-up")).done()
    empty.at("2027-01-20 08:00")
    assert empty("today", "--json").json["doses"] == []
    assert "review" not in empty("plan", "show").done().out


def test_a_hold_that_would_break_the_rhythm_is_found_when_the_file_is_checked(
    empty: CommandLine, tmp_path: Path
) -> None:
    text = (PLANS / "methotrexate-weekly.toml").read_text(encoding="utf-8")
    file = tmp_path / "thirty.toml"
    file.write_text(text.replace("hold = 28", "hold = 30"), encoding="utf-8")
    answer = empty("plan", "check", str(file))
    assert answer.code == 1
    assert [line.partition(":")[0] for line in answer.lines] == ["rhythm", "rhythm"]
    assert empty("plan", "check", str(PLANS / "methotrexate-weekly.toml")).done().lines == ["no findings"]
