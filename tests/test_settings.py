"""Settings: where things lie, what can't be used is told, and which zone the machine is in."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitdose.core.errors import BadInput
from splitdose.core.remind import Policy
from splitdose.settings import (
    Settings,
    config_file,
    data_folder,
    machine_zone,
    place_of_silent,
    read_reminder,
    read_settings,
)


def test_the_data_folder(home: Path) -> None:
    environ = {"SPLITDOSE_DATA": "/somewhere/else"}
    assert data_folder("/given", environ) == Path("/given")
    assert data_folder(None, environ) == Path("/somewhere/else")
    assert data_folder("~/doses", {}) == Path.home() / "doses"
    assert data_folder("odd ~ name", {}) == Path("odd ~ name")
    default = data_folder(None, {})
    assert default == data_folder(None, {"SPLITDOSE_DATA": ""})
    assert default.is_relative_to(home)
    assert default.name == "splitdose"
    assert not default.exists()


def test_the_settings_file(home: Path) -> None:
    assert config_file({"SPLITDOSE_CONFIG": "/a/b.toml"}) == Path("/a/b.toml")
    default = config_file({})
    assert default.is_relative_to(home)
    assert default.parts[-2:] == ("splitdose", "config.toml")
    assert read_settings(default) == Settings()
    assert not default.parent.exists()


def read(folder: Path, text: str | bytes) -> Settings:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(path)


def test_everything_set(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        theme = "nord"
        ascii = true
        first_weekday = "Sunday"
        [keys]
        "today.take" = ["space", "ctrl+t"]
        week.take = "enter, T"
        [reminders]
        lead = 5
        repeat_every = 15
        repeats = 0
        snooze = 20
        quiet = "22:30-7:00"
        discreet = true
        silent = ["diazepam"]
        bell = false
        desktop = false
        """,
    )
    assert found == Settings(
        theme="nord", ascii=True, first_weekday=6, keys={"today.take": "space,ctrl+t", "week.take": "enter,T"},
        bell=False, desktop=False,
        reminders=Policy(
            lead=timedelta(minutes=5), repeat_every=timedelta(minutes=15), repeats=0, snooze=timedelta(minutes=20),
            quiet=(time(22, 30), time(7)), discreet=True, silent=frozenset({"diazepam"}),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("theme = 3", "theme"), ('theme = "a\\u001b[31m"', "theme"), ('ascii = "yes"', "ascii"), ("ascii = 1", "ascii"),
        ("first_weekday = 0", "first_weekday"), ('first_weekday = "mon"', "first_weekday"), ("keys = 3", "keys"),
        ('[keys]\na = ""', "keys.a"), ("[keys]\na = []", "keys.a"), ("[keys]\na = [3]", "keys.a"),
        ('[keys]\na = "Space Bar"', "keys.a"), ("reminders = 3", "reminders"), ("[reminders]\nlead = -1", "lead"),
        ("[reminders]\nlead = 2.5", "lead"), ("[reminders]\nlead = true", "lead"), ("[reminders]\nlead = 9999", "lead"),
        ("[reminders]\nrepeat_every = 0", "repeat_every"), ('[reminders]\nrepeats = "3"', "repeats"),
        ("[reminders]\nsnooze = 0", "snooze"), ('[reminders]\nquiet = "22:00"', "quiet"),
        ('[reminders]\nquiet = "22:00-25:00"', "quiet"), ('[reminders]\nquiet = "22:00-22:00"', "quiet"),
        ("[reminders]\nquiet = 22:00:00", "quiet"), ("[reminders]\ndiscreet = 0", "discreet"),
        ('[reminders]\nsilent = "a"', "silent"), ("[reminders]\nsilent = [1]", "silent"),
        ("[reminders]\nbell = 1", "bell"),
        ('[reminders]\ndesktop = "no"', "desktop"), ("frob = 1", "frob"), ("[reminders]\nfrob = 1", "reminders.frob"),
        ('"a\\u001b[2J\\n" = 1', "a\\x1b[2J\\n"), ("lead = 99999999999999999999999", "lead"),
    ],
)  # fmt: skip
def test_what_can_not_be_used_is_told_and_left(tmp_path: Path, text: str, name: str) -> None:
    found = read(tmp_path, text)
    assert len(found.warnings) == 1, found.warnings
    assert name in found.warnings[0]
    assert found.warnings[0].isprintable()
    assert found == Settings(warnings=found.warnings)


def test_one_bad_value_leaves_the_others(tmp_path: Path) -> None:
    found = read(tmp_path, 'theme = "nord"\nascii = 3\n[reminders]\nlead = "x"\nsnooze = 7\n')
    assert (found.theme, found.ascii, found.reminders.snooze) == ("nord", None, timedelta(minutes=7))
    assert len(found.warnings) == 2


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"theme = ", b"= 3", b"a = " + b"[" * 5000, b"x" * 200_000, b"a = 0000-00-00", b"a = 1e999999"],
)
def test_a_file_that_can_not_be_read(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)
    assert len(found.warnings) == 1
    assert found == Settings(warnings=found.warnings)


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ('theme = "nord"\n[reminders]\nsilent = ["a", "b"]\n', "b", 3),
        ('[reminders]\nsilent = [\n  "propranolol",\n  \'pro\',  # "x"\n]\nnote = "x"\n', "pro", 4),
        ('[reminders]\nsilent = [\n  "propranolol",\n]\n\n[keys]\n"x" = "x"\n', "x", 2),
        ('reminders.silent = ["a"]\n', "a", 1), ('reminders = {silent = ["a"]}\n', "a", None),
        ('[reminders]\nsilent = ["\\u0061"]\n', "a", 2), ("", "a", None),
    ],
)  # fmt: skip
def test_a_name_under_silent_is_found_in_the_file(tmp_path: Path, text: str, name: str, line: int | None) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    place = place_of_silent(file, name)
    assert place.endswith(f'config.toml", line {line}' if line else 'config.toml"')
    assert place_of_silent(tmp_path, name) == place_of_silent(tmp_path / "none", name).replace("/none", "")


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert "can't be read" in read_settings(tmp_path).warnings[0]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_content_stops_the_program(tmp_path: Path, content: bytes) -> None:
    assert all(warning.isprintable() for warning in read(tmp_path, content).warnings)


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("UTC", "UTC"),
        ("/usr/share/zoneinfo/Europe/Paris", "Europe/Paris"),
        ("UTC0", "Etc/UTC"),
        ("<UTC>-0", "Etc/UTC"),
    ],
)
def test_the_zone_that_is_stated(stated: str, name: str) -> None:
    assert machine_zone({"TZ": stated}) == (name, None)


def test_a_link_to_a_zone_file_names_the_zone_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Paris")
    assert machine_zone({"TZ": f":{tmp_path / 'localtime'}"}) == ("Europe/Paris", None)
    (tmp_path / "copy").write_bytes(b"TZif2")
    name, warning = machine_zone({"TZ": f":{tmp_path / 'copy'}"})
    assert name == "Etc/UTC"
    assert warning is not None


@pytest.mark.parametrize(
    "stated", ["CET-1CEST", "UTC-3", "Mars/Olympus", "../../etc/passwd", "a\x1b[31m", "Europe", "/none"]
)
def test_a_zone_that_has_no_name(stated: str) -> None:
    name, warning = machine_zone({"TZ": stated})
    assert name == "Etc/UTC"
    assert warning is not None
    assert warning.isprintable()
    assert "set TZ to a name such as Europe/Berlin" in warning


def test_the_zone_of_the_machine() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "TZ"}
    code = "import os; from splitdose.settings import machine_zone; print(machine_zone(os.environ)[0])"
    found = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    name = found.stdout.strip()
    assert ZoneInfo(name).key == name
    assert found.stderr == ""


def test_times_are_read_as_people_type_them(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[reminders]\nquiet = "10pm - 7:30 am"\nreview = "9.15"\n[checkin]\nevening = "9 pm"\n')
    found = read_settings(file)
    assert found.warnings == ()
    assert found.reminders.quiet == (time(22), time(7, 30))
    assert (found.reminders.review, found.evening_question) == (time(9, 15), time(21))
    assert read_reminder("quiet", "22:00–noon") == (time(22), time(12))
    with pytest.raises(BadInput, match="must be a time"):
        read_reminder("review", "9")
