"""plan show, plan check, plan import."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.helpers import PLANS, CommandLine
from cli.schema import FINDINGS, PLAN, fits

HEAD = '[slots]\nmorning = "08:00"\nevening = "18:00"\n[[medicine]]\nname = "a"\n'
PRODUCT = '[[medicine.product]]\nname = "1 mg tablet"\nstrength = "1 mg"\nscored = false\n'


def written(folder: Path, text: str, name: str = "plan.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_show_as_json(line: CommandLine) -> None:
    found = line("plan", "show", "--json").done().json
    fits(found, PLAN)
    baclofen, diazepam = found["medicines"]
    assert (baclofen["name"], baclofen["advance"], baclofen["version"]) == ("baclofen", "ask", 1)
    assert (baclofen["step"], baclofen["day_of_step"], baclofen["review_due"]) == (8, 2, False)
    assert baclofen["totals"] == {"days": 44, "mg": "1515", "products": {"20 mg tablet": "289/4", "5 mg tablet": "14"}}
    assert baclofen["steps"][7] == {
        "number": 8, "start": "2023-11-29", "projected": False, "hold": 4,
        "doses": {
            slot: {
                "pieces": [{"count": n, "unit": "tablet", "product": "20 mg tablet", "strength": "20 mg"}], "mg": mg
            }
            for slot, n, mg in (("morning", "1/4", "5"), ("afternoon", "1/4", "5"), ("evening", "1/2", "10"))
        },
        "mg_per_day": "20", "period": 1, "period_mg": "20", "first_dosing_day": "2023-11-29", "unit": "mg",
    }  # fmt: skip
    assert [(s["start"], s["projected"], s["mg_per_day"]) for s in baclofen["steps"][8:]] == [
        ("2023-12-03", True, "15"), ("2023-12-06", True, "10"), ("2023-12-08", True, "5"), ("2023-12-09", True, "0"),
    ]  # fmt: skip
    assert baclofen["steps"][11]["doses"] == {}
    assert (diazepam["review_due"], diazepam["day_of_step"], diazepam["totals"]["days"]) == (None, 69, None)


def test_review_is_due_once_the_hold_is_over(line: CommandLine) -> None:
    def review(wall: str) -> tuple[int, bool]:
        found = line.at(wall)("plan", "show", "--json").done().json["medicines"][0]
        return found["day_of_step"], found["review_due"]

    assert review("2023-12-02 12:00") == (4, False)
    assert review("2023-12-03 12:00") == (5, True)
    assert "step 8 of 12, day 5 of 4, review" in line("plan", "show").out


def test_show_in_text(line: CommandLine) -> None:
    lines = line("plan", "show").done().lines
    assert lines[:4] == [
        "baclofen: steps begin when you say so · version 1",
        "  step 8 of 12, day 2 of 4",
        "  in all: 44 days, 1515 mg, 72 1/4 × 20 mg tablet, 14 × 5 mg tablet",
        "  step       start                     hold    morning 08:00      afternoon 13:00    evening 18:00"
        "      mg a day",
    ]
    assert lines[11] == (
        "     8  now  Wed 29 Nov 2023           4 days  5 mg (¼ × 20 mg)   5 mg (¼ × 20 mg)   10 mg (½ × 20 mg)"
        "        20"
    )
    assert "Sun 3 Dec 2023 projected" in lines[12]


def test_show_without_a_plan(empty: CommandLine) -> None:
    assert empty("plan", "show", "--json").done().json == {"medicines": [], "forks": []}
    assert "splitdose plan import FILE" in empty("plan", "show").done().out


@pytest.mark.parametrize(
    ("name", "wall", "expected"),
    [
        ("methylprednisolone-pack", "2024-01-08 07:00", {"days": 6, "mg": "84", "products": {"4 mg tablet": "21"}}),
        ("prednisone-card", "2024-03-04 07:00", {"days": 21, "mg": None, "products": {"tablet": "150"}}),
    ],
)
def test_the_printed_totals(empty: CommandLine, name: str, wall: str, expected: object) -> None:
    empty.at(wall)("plan", "import", str(PLANS / f"{name}.toml")).done()
    found = empty("plan", "show", "--json").done().json
    fits(found, PLAN)
    assert found["medicines"][0]["totals"] == expected


def test_check(empty: CommandLine, tmp_path: Path) -> None:
    for name in ("baclofen", "methylprednisolone-pack", "prednisone-card"):
        assert empty("plan", "check", str(PLANS / f"{name}.toml")).done().lines == ["no findings"]
        assert empty("plan", "check", str(PLANS / f"{name}.toml"), "--json").done().json == {"findings": []}
    steps = '[[medicine.step]]\nhold = 1\nmorning = "1/2"\ntotal = "2 mg"\n[[medicine.step]]\nnoon = "1"\n'
    cut = written(tmp_path, HEAD + PRODUCT + steps)
    answer = empty("plan", "check", cut, "--json")
    assert (answer.code, answer.err) == (1, "")
    fits(answer.json, FINDINGS)
    assert [(f["code"], f["medicine"], f["step"]) for f in answer.json["findings"]] == [
        ("unscored", "a", 1), ("total-mismatch", "a", 1), ("unknown-slot", "a", 2),
    ]  # fmt: skip
    answer = empty("plan", "check", cut)
    assert answer.code == 1
    assert [each.split(":")[0] for each in answer.lines] == ["unscored", "total-mismatch", "unknown-slot"]
    assert not empty.folder.exists()


UNREADABLE = {
    "no file": None,
    "empty": b"",
    "not toml": b"[slots\n",
    "not text": b"\xff\xfe\x00",
    "nothing": b"\x00\x01\x02",
    "a list": b"medicine = 3\n",
    "no medicine": b'[slots]\nmorning = "08:00"\n',
    "a deep one": b"a = " + b"[" * 5000,
    "a bad time": b'[slots]\nmorning = "25:00"\n[[medicine]]\nname = "a"\n',
    "a bad date": HEAD.encode() + PRODUCT.encode() + b"[[medicine.step]]\nstart = 0000-01-01\n",
    "steering": b'"\\u001b[2J" = 1\n',
    "a line end": b'[[medicine]]\n"a\\nb" = 1\nname = "x"\n',
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("command", ["check", "import"])
def test_an_unreadable_file(empty: CommandLine, tmp_path: Path, command: str, kind: str) -> None:
    path = tmp_path / "plan.toml"
    content = UNREADABLE[kind]
    if content is not None:
        path.write_bytes(content)
    empty("plan", command, str(path)).refused(2, "plan.toml")
    empty("plan", command, str(path), "--json").refused(2, "plan.toml")
    assert not empty.folder.exists()


def test_a_folder_instead_of_a_file(empty: CommandLine, tmp_path: Path) -> None:
    empty("plan", "check", str(tmp_path)).refused(2, "is a folder")
    empty("plan", "import", "").refused(2)


def test_first_import_previews_and_does(empty: CommandLine) -> None:
    answer = empty("plan", "import", str(PLANS / "baclofen.toml")).done()
    assert answer.lines == [
        "baclofen: new, from Thu 26 Oct 2023 on, at step 8 of 12, 20 mg a day",
        '  today\'s morning 08:00 of "baclofen" was due before this plan was kept: it is in its totals, reads '
        '"before Splitdose", and no reminder asks for it',
        "diazepam: new, from Sat 23 Sep 2023 on, at step 1 of 1, 8 mg a day",
        "imported",
    ]


def test_findings_are_told_and_not_in_the_way(empty: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + PRODUCT + '[[medicine.step]]\nmorning = "1/2"\n')
    answer = empty("plan", "import", path).done()
    assert any(each.startswith("  note: unscored: a: step 1") for each in answer.lines)
    answer = empty("plan", "import", written(tmp_path, HEAD + PRODUCT + '[[medicine.step]]\nnoon = "1"\n'))
    answer.refused(2, "unknown-slot")
    assert answer.out == ""


def test_replacing_asks(line: CommandLine) -> None:
    file = str(PLANS / "baclofen.toml")
    before = line.tables()
    line("plan", "import", file).refused(1, 'replaces the plan of "baclofen", "diazepam"', "--yes does it")
    for typed in ("n\n", "\n", "", "maybe\n"):
        line("plan", "import", file, tty=True, answers=typed).refused(1, "nothing was imported")
    assert line.tables() == before
    answer = line("plan", "import", file, tty=True, answers="y\n")
    assert (answer.code, answer.lines[-1]) == (0, "imported")
    assert "Import it? [y/N]" in answer.err
    assert (
        "baclofen: replaces its plan, from Thu 30 Nov 2023 afternoon on, at step 8 of 12, 20 mg a day" in answer.lines
    )
    line("plan", "import", file, "--yes").done()
    found = line("plan", "show", "--json").json["medicines"][0]
    assert (found["version"], found["step"], found["day_of_step"]) == (3, 8, 2)


def test_json_of_an_import(line: CommandLine) -> None:
    file = str(PLANS / "baclofen.toml")
    answer = line("plan", "import", file, "--json")
    answer.refused(1, "--yes")
    assert answer.json["imported"] is False
    answer = line("plan", "import", file, "--json", "--yes").done()
    assert list(answer.json) == ["imported", "changes", "findings", "names"]
    assert answer.json["imported"] is True
    assert answer.json["changes"][0] == {
        "medicine": "baclofen", "new": False, "step": 8, "from": {"date": "2023-11-30", "slot": "afternoon"},
        "past": [], "day": answer.json["changes"][0]["day"], "notes": [],
    }  # fmt: skip
    day = answer.json["changes"][0]["day"]
    assert [(s["slot"], s["becomes"]) for s in day["slots"]] == [
        ("morning", "stays"), ("afternoon", "stays"), ("evening", "stays"),
    ]  # fmt: skip
    assert (day["date"], day["mg"], day["mg_before"], day["mg_after"], day["above"]) == (
        "2023-11-30", "20", "20", "20", False,
    )  # fmt: skip


def test_changing_the_past_shows_the_days_and_asks(line: CommandLine, tmp_path: Path) -> None:
    line.at("2023-12-02 09:00")
    text = (PLANS / "baclofen.toml").read_text(encoding="utf-8").replace("start = 2023-11-29", "start = 2023-12-01")
    file = written(tmp_path, text)
    before = line.tables()
    answer = line("plan", "import", file, "--from", "2023-11-30")
    answer.refused(1, "past day", "2023-11-30", "--yes does it")
    assert (
        "  past day Thu 30 Nov 2023: morning 5 mg, afternoon 5 mg, evening 10 mg becomes morning 5 mg, afternoon 10 mg,"
        " evening 10 mg"
    ) in answer.lines
    assert line.tables() == before
    line("plan", "import", file, "--from", "2023-11-30", tty=True, answers="no\n").refused(1, "nothing was imported")
    line("plan", "import", file, "--from", "2023-11-30", "--yes").done()
    assert [d["mg"] for d in line("today", "--date", "2023-11-30", "--json").json["doses"]] == ["5", "10", "10", "8"]


def test_where_the_person_is(line: CommandLine, tmp_path: Path) -> None:
    steps = (
        "".join(f'[[medicine.step]]\nhold = 5\nmorning = "{n}"\nevening = "{n}"\n' for n in ("3", "2", "2", "1"))
        + "[[medicine.step]]\n"
    )
    old = HEAD + PRODUCT + '[[medicine.step]]\nhold = 5\nmorning = "2"\nevening = "2"\n[[medicine.step]]\n'
    line("plan", "import", written(tmp_path, old)).done()
    file = written(tmp_path, HEAD + PRODUCT + steps)
    line("plan", "import", file, "--yes").refused(1, "steps 2, 3", "--step N", "1 to 5")
    for wrong in ("0", "6", "-1", "x", "2.0", "9" * 5000):
        line("plan", "import", file, "--yes", f"--step={wrong}").refused(2)
    line("plan", "import", file, "--yes", "--step", "3").done()
    found = line("plan", "show", "--json").json["medicines"][-1]
    # What began before stays; the file's steps after the one the person is at follow.
    assert [s["mg_per_day"] for s in found["steps"]] == ["4", "2", "0"]


def test_start(empty: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path, HEAD + PRODUCT + '[[medicine.step]]\nmorning = "1"\n')
    answer = empty("plan", "import", file, "--start", "2023-12-24").done()
    assert answer.lines[0].endswith("begins Sun 24 Dec 2023")
    assert empty("plan", "show", "--json").json["medicines"][0]["steps"][0]["start"] == "2023-12-24"
    empty("plan", "import", file, "--start", "2023-12-24", "--yes").refused(2, "--start")
    empty("plan", "import", str(PLANS / "baclofen.toml"), "--start", "2023-12-24").refused(2, "2023-10-26")
    empty("plan", "import", file, "--from", "someday").refused(2, "not a date")


def test_other_medicines_stay_as_they_are(line: CommandLine, tmp_path: Path) -> None:
    line("plan", "import", written(tmp_path, HEAD + PRODUCT + '[[medicine.step]]\nmorning = "1"\n')).done()
    found = line("plan", "show", "--json").json["medicines"]
    assert [(m["name"], m["version"]) for m in found] == [("baclofen", 1), ("diazepam", 1), ("a", 1)]
