"""today, week, status: what they print, and their JSON key by key."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from cli.helpers import BERLIN, PLANS, CommandLine
from cli.schema import CHECKIN, DOSE, TODAY, WEEK, fits
from splitdose.demo import make_demo


@pytest.fixture
def demo(tmp_path: Path) -> CommandLine:
    """The demo at two minutes to two on a ¼ ¼ ½ day."""
    line = CommandLine(tmp_path / "demo")
    make_demo(line.folder, line.now, BERLIN)
    return line


def test_today_in_text(demo: CommandLine) -> None:
    assert demo("today").done().lines == [
        "Thu 30 Nov 2023, 13:58",
        "  ✓  morning    08:00  baclofen   5 mg  a quarter of one 20 mg tablet  taken 08:04",
        "  !  afternoon  13:00  baclofen   5 mg  a quarter of one 20 mg tablet  due, 58 min ago",
        "  ·  evening    18:00  baclofen  10 mg  half of one 20 mg tablet       in 4 h 02 min",
        "  ·  evening    18:00  diazepam   8 mg  four 2 mg tablets              in 4 h 02 min",
        "  taken: baclofen 5 of 20 mg; diazepam 0 of 8 mg",
        "next: baclofen afternoon 5 mg (a quarter of one 20 mg tablet) 13:00, due, 58 min ago",
    ]


@pytest.mark.parametrize("argv", [("--ascii", "today"), ("today", "--ascii")])
def test_ascii_on_either_side(demo: CommandLine, argv: tuple[str, ...]) -> None:
    answer = demo(*argv).done()
    assert answer.out.isascii()
    assert answer.lines[1].startswith("  x  morning    08:00  baclofen   5 mg  a quarter")
    assert demo("--ascii", "plan", "show").done().out.isascii()
    assert "5 mg (1/4 x 20 mg)" in demo("--ascii", "plan", "show").out


def test_yesterdays_open_doses_stay_until_the_first_is_due(line: CommandLine) -> None:
    before = line.at("2023-12-01 07:59")("today").done().lines
    assert before[1] == "yesterday, no record:"
    assert sum("no record" in each for each in before) == 5  # the heading, three of baclofen, one of diazepam
    assert not any("no record" in each for each in line.at("2023-12-01 08:00")("today").done().lines)


def test_another_day_has_no_next(demo: CommandLine) -> None:
    found = demo("today", "--date", "2023-11-28", "--json").done().json
    fits(found, TODAY)
    assert found["date"] == "2023-11-28"
    assert found["next"] is None
    assert demo("today", "--date", "today", "--json").json["next"] is None
    assert "next:" not in demo("today", "--date", "yesterday").out
    skipped = found["doses"][1]
    assert (skipped["state"], skipped["reason"], skipped["taken_mg"]) == ("skipped", "asleep until four", None)


def test_today_as_json(demo: CommandLine) -> None:
    found = demo("today", "--json").done().json
    fits(found, TODAY)
    assert found["now"] == "2023-11-30T13:58:00+01:00"
    assert [(d["medicine"], d["slot"], d["mg"], d["state"], d["timing"]) for d in found["doses"]] == [
        ("baclofen", "morning", "5", "taken", "on_time"),
        ("baclofen", "afternoon", "5", "due", None),
        ("baclofen", "evening", "10", "upcoming", None),
        ("diazepam", "evening", "8", "upcoming", None),
    ]
    taken = found["doses"][0]
    assert taken["pieces"] == [{"count": "1/4", "unit": "tablet", "product": "20 mg tablet", "strength": "20 mg"}]
    assert (taken["due"], taken["taken_at"][:16], taken["taken_mg"]) == (
        "2023-11-30T08:00:00+01:00", "2023-11-30T08:04", "5",
    )  # fmt: skip
    assert found["next"] == found["doses"][1]
    assert found["totals"] == [
        {"medicine": "baclofen", "planned_mg": "20", "taken_mg": "5", "unit": "mg"},
        {"medicine": "diazepam", "planned_mg": "8", "taken_mg": "0", "unit": "mg"},
    ]


def test_next_is_tomorrows_when_today_is_done(demo: CommandLine) -> None:
    demo.at("2023-11-30 18:00")
    for words in (("baclofen", "afternoon", "--at", "13:02"), ("baclofen", "evening"), ("diazepam",)):
        demo("take", *words).done()
    following = demo("today", "--json").done().json["next"]
    fits(following, DOSE)
    assert (following["date"], following["slot"], following["state"]) == ("2023-12-01", "morning", "upcoming")


def test_projected_days_say_so(demo: CommandLine) -> None:
    assert [d["projected"] for d in demo("today", "--date", "2023-12-02", "--json").json["doses"]] == [False] * 4
    later = demo("today", "--date", "2023-12-03", "--json").json["doses"]
    assert [(d["medicine"], d["mg"], d["projected"]) for d in later] == [
        ("baclofen", "5", True), ("baclofen", "5", True), ("baclofen", "5", True), ("diazepam", "8", False),
    ]  # fmt: skip
    assert later[0]["pieces"][0]["product"] == "5 mg tablet"


def test_days_before_the_first_import(line: CommandLine) -> None:
    found = line("today", "--date", "yesterday", "--json").done().json["doses"]
    assert [(d["tracked"], d["state"]) for d in found] == [(False, "unrecorded")] * 4
    assert "before Splitdose" in line("today", "--date", "yesterday").out


def test_doses_without_a_strength(empty: CommandLine) -> None:
    empty.at("2024-03-04 07:00")("plan", "import", str(PLANS / "prednisone-card.toml")).done()
    found = empty("today", "--json").done().json
    fits(found, TODAY)
    assert found["doses"][0]["pieces"] == [{"count": "12", "unit": "tablet", "product": "tablet", "strength": None}]
    assert (found["doses"][0]["mg"], found["totals"][0]["planned_mg"]) == (None, None)
    assert "12 tablets" in empty("today").done().out
    assert " mg" not in empty("today").out


def test_milligrams_that_no_decimal_gives(empty: CommandLine, tmp_path: Path) -> None:
    plan = tmp_path / "thirds.toml"
    plan.write_text(
        '[slots]\nmorning = "08:00"\n[[medicine]]\nname = "a"\n[[medicine.product]]\nname = "20 mg tablet"\n'
        'strength = "20 mg"\n[[medicine.step]]\nmorning = "1/3"\n'
    )
    empty.at("2024-03-04 07:00")("plan", "import", str(plan)).done()
    assert empty("today", "--json").json["doses"][0]["mg"] == "20/3"
    assert "about 6.67 mg" in empty("today").out


def test_week_in_text(demo: CommandLine) -> None:
    lines = demo("week").done().lines
    assert lines[0] == "week 48, Mon 27 Nov 2023 to Sun 3 Dec 2023"
    assert [each for each in lines if each.endswith("2023")][1:] == [
        "Mon 27 Nov 2023", "Tue 28 Nov 2023", "Wed 29 Nov 2023", "Thu 30 Nov 2023", "Fri 1 Dec 2023", "Sat 2 Dec 2023",
        "Sun 3 Dec 2023",
    ]  # fmt: skip
    assert '"woke at 3, then light sleep"' in next(each for each in lines if each.startswith("  check-in 08:54"))
    assert lines[-2:] == [
        "  baclofen: 9 of 10 taken, 9 on time, 1 skipped, 65 of 75 mg",
        "  diazepam: 3 of 3 taken, 3 on time, 24 of 24 mg",
    ]
    # Days to come have no "taken 0 of 20 mg".
    assert sum(each.startswith("  taken: ") for each in lines) == 4


def test_week_as_json(demo: CommandLine) -> None:
    found = demo("week", "--json").done().json
    fits(found, WEEK)
    assert (found["from"], found["to"]) == ("2023-11-27", "2023-12-03")
    assert [day["date"][-2:] for day in found["days"]] == ["27", "28", "29", "30", "01", "02", "03"]
    fits(found["days"][0]["checkins"][0], CHECKIN)
    # Seven days hold ten baclofen doses until now; today's afternoon one is due, so it isn't counted.
    assert found["adherence"][0] == {
        "medicine": "baclofen", "scheduled": 10, "taken": 9, "on_time": 9, "skipped": 1, "unsure": 0, "unrecorded": 0,
        "planned_mg": "75", "taken_mg": "65", "unit": "mg",
    }  # fmt: skip


def test_a_week_is_chosen_by_any_of_its_days(demo: CommandLine) -> None:
    def first(*argv: str) -> str:
        return str(demo("week", *argv, "--json").done().json["from"])

    assert [first("--of", day) for day in ("2023-11-20", "2023-11-26", "2023-11-27")] == [
        "2023-11-20", "2023-11-20", "2023-11-27",
    ]  # fmt: skip
    config = demo.folder.parent / "config.toml"
    config.write_text('first_weekday = "sunday"\n')
    demo.environ["SPLITDOSE_CONFIG"] = str(config)
    assert [first("--of", day) for day in ("2023-11-25", "2023-11-26")] == ["2023-11-19", "2023-11-26"]


@pytest.mark.parametrize(
    ("wall", "shown"),
    [
        ("2023-11-30 10:55", "baclofen 5 mg ¼ afternoon 13:00, in 2 h 05 min"),
        ("2023-11-30 13:00", "baclofen 5 mg ¼ afternoon 13:00, due now"),
        ("2023-11-30 14:30", "baclofen 5 mg ¼ afternoon 13:00, late, 1 h 30 min ago"),
    ],
)
def test_status(line: CommandLine, wall: str, shown: str) -> None:
    line("take", "baclofen", "morning", "--at", "08:04").done()
    assert line.at(wall)("status").done().lines == [shown]
    assert line("status", "--ascii").done().lines == [shown.replace("¼", "1/4")]


def test_status_without_a_plan(empty: CommandLine) -> None:
    assert empty("status").done().lines == ["no dose is planned"]
    assert empty("status", "--format", "{medicine}{when}").done().lines == [""]
    assert empty("status", "--json").done().json == {"text": "no dose is planned", "next": None}
    assert not empty.folder.exists()


def test_status_in_a_format(demo: CommandLine) -> None:
    form = "{medicine}|{mg}|{slot}|{time}|{when}|{state}|{{}}"
    assert demo("status", "--format", form).done().lines == ["baclofen|5 mg|afternoon|13:00|due, 58 min ago|due|{}"]
    for wrong in ("{dose}", "{", "}", "{medicine!r}", "{mg.real}", "{}", "{0}"):
        demo("status", "--format", wrong).refused(2, "placeholder")
    assert demo("status", "--format", "100 % {slot} %s %(x)s").done().lines == ["100 % afternoon %s %(x)s"]


def test_discreet_hides_names(demo: CommandLine) -> None:
    config = demo.folder.parent / "config.toml"
    config.write_text("[reminders]\ndiscreet = true\n")
    demo.environ["SPLITDOSE_CONFIG"] = str(config)
    assert demo("status").done().lines == ["afternoon 13:00, due, 58 min ago"]
    assert demo("status", "--format", "{medicine}{mg}{slot}").done().lines == ["afternoon"]


def test_looking_writes_nothing(demo: CommandLine) -> None:
    before = demo.tables()
    for argv in (("today",), ("week",), ("status",), ("plan", "show"), ("today", "--date", "2020-01-01", "--json")):
        demo(*argv).done()
    assert demo.tables() == before


def test_json_is_the_same_before_the_command(demo: CommandLine) -> None:
    for argv in (("today",), ("week",), ("status",), ("plan", "show")):
        assert demo("--json", *argv).done().out == demo(*argv, "--json").done().out
        assert demo("--json", *argv).out.isascii()


def test_instants_have_the_offset_of_their_day(demo: CommandLine) -> None:
    summer = json.loads(demo("week", "--of", "2023-10-28", "--json").out)
    due = [dose["due"] for day in summer["days"] for dose in day["doses"] if dose["slot"] == "morning"]
    assert [datetime.fromisoformat(each).strftime("%H:%M %z") for each in due[-2:]] == ["08:00 +0200", "08:00 +0100"]
