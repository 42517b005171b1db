"""Whatever a person types: stored exactly, shown without what could steer a terminal, exact in JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.helpers import BERLIN, CONTROLS, CommandLine, process
from splitdose.core.sanitize import in_ascii, sanitize

TEXTS = [
    "[bold red]x[/] [/bold] [link=http://x]y[/link]",
    "100 % %s %(name)s %d {0} {medicine} {{}}",
    "\"double\" 'single' \\ back\\slash `tick` $HOME $(id)",
    "two\nlines\r\nand\ttabs",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b31m\x00end",
    "right \u202eot tfel\u202c and \u2066isolated\u2069",
    "lone \udc80\udcff surrogates",
    "müde, 😀👩‍⚕️ ½ × ≥",
    "--not-an-option",
    "  kept  spaces  ",
    "; rm -rf / | & > <",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_place_text_is_typed(line: CommandLine, text: str) -> None:
    line("skip", "baclofen", "afternoon", f"--reason={text}").done()
    line("take", "baclofen", "morning", "--at", "08:04", f"--note={text}").done()
    line("unsure", "baclofen", "evening", "--date", "yesterday", f"--note={text}").done()
    line("take", "diazepam", "--extra", "--amount", "1", f"--note={text}").done()
    line("checkin", f"--symptom={text}=3", f"--note={text}").done()

    by_kind = {record["kind"]: record for record in line.records()}
    assert by_kind["skipped"]["reason"] == text
    assert [by_kind[kind]["note"] for kind in ("taken", "unsure", "extra")] == [text] * 3
    checkin = line.records("checkins")[0]
    assert (checkin["note"], checkin["symptoms"]) == (text, {text: 3})

    found = line("today", "--json").done().json
    assert found["doses"][0]["note"] == text
    assert found["doses"][1]["reason"] == text
    assert found["extras"][0]["note"] == text
    day = line("week", "--json").done().json["days"][3]
    assert (day["checkins"][0]["note"], day["checkins"][0]["symptoms"]) == (text, {text: 3})

    for argv in (("today",), ("week",), ("today", "--date", "yesterday"), ("undo",)):
        assert sanitize(text) in line(*argv).done().out  # and CommandLine looks for what must not be there
    refused = line("skip", "baclofen", "afternoon")
    assert refused.code == 1


@pytest.mark.parametrize("name", ['a[bold]%s"{0}', "b\u001b[31m\u0007c", "zwei Wörter", "line\nend", "-x", "\u202eabc"])
def test_names_in_a_plan(empty: CommandLine, tmp_path: Path, name: str) -> None:
    quoted = json.dumps(name)
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'[slots]\n{quoted} = "08:00"\n[[medicine]]\nname = {quoted}\n[[medicine.product]]\nname = {quoted}\n'
        f'strength = "1 mg"\n[[medicine.step]]\n{quoted} = "1"\n'
    )
    empty.at("2024-01-01 07:30")("plan", "import", str(plan)).done()
    assert empty("plan", "show", "--json").json["medicines"][0]["name"] == name
    shown = sanitize(name)
    for argv in (("today",), ("week",), ("status",), ("plan", "show")):
        assert shown in empty(*argv).done().out
    empty("take").refused(1, "nothing is due")
    empty("--", "take")  # not asked for, and no traceback either
    assert empty("take", "--", name, name).done().out.startswith(f"recorded: {shown} {shown} 1 mg")
    found = empty("today", "--json").json
    assert (found["doses"][0]["medicine"], found["doses"][0]["slot"]) == (name, name)
    assert found["doses"][0]["pieces"][0]["product"] == name
    empty("take", "--", name, name).refused(1, "1 mg was recorded as taken at 07:30")


@pytest.mark.parametrize("text", TEXTS)
def test_words_that_mean_nothing(line: CommandLine, text: str) -> None:
    """Each place that is looked up or read refuses with one line that shows what was typed, escaped."""
    for argv in (
        ("take", "--", text), ("take", "--", "baclofen", text), ("take", f"--at={text}"), ("take", f"--amount={text}"),
        ("today", f"--date={text}"), ("week", f"--of={text}"), ("undo", "--", text), ("checkin", f"--sleep={text}"),
        ("plan", "check", "--", text.replace("\x00", "")), ("plan", "import", "x", f"--start={text}"), (text,),
    ):  # fmt: skip
        line(*argv).refused(2)
    assert line.records() == []


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are text there")
def test_bytes_that_are_no_text(line: CommandLine) -> None:
    raw = b"caf\xe9 \xff\x1b[31m 100%"
    typed = os.fsdecode(raw)
    found = process(["skip", "baclofen", "morning", "--date", "2023-11-30", b"--reason=" + raw], line.folder)
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout.decode() == f"recorded: baclofen morning of Thu 30 Nov 2023, skipped: {sanitize(typed)}\n"
    assert line.records()[0]["reason"] == typed
    assert line("today", "--json").json["doses"][0]["reason"] == typed
    answer = json.loads(process(["today", "--date", "2023-11-30", "--json"], line.folder).stdout)
    assert os.fsencode(answer["doses"][0]["reason"]) == raw
    for argv in ([b"take", raw], [raw], [b"plan", b"check", raw], [b"--data", raw, b"today", b"x"]):
        found = process(argv, line.folder)
        assert found.returncode == 2
        assert found.stderr.count(b"\n") == 1
        assert not CONTROLS.search(found.stderr.decode())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=40))
def test_any_text_at_all(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    line = CommandLine(tmp_path_factory.mktemp("any") / "data", zone=BERLIN)
    if not text:
        return
    line("checkin", f"--note={text}").done()
    found = line("week", "--json").done().json["days"][3]["checkins"]
    assert [each["note"] for each in found] == [text]
    assert sanitize(text).rstrip() in line("week").done().out.replace('"\n', "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¼ × 20 mg", "1/4 x 20 mg"), ("1½ tablets", "1 1/2 tablets"), ("✓ · – … ≥", "x . - ... >="),
        ("müde", "müde"), ("", ""), ("12¾", "12 3/4"), ("½½", "1/21/2"),
    ],
)  # fmt: skip
def test_in_ascii(text: str, expected: str) -> None:
    assert in_ascii(text) == expected
