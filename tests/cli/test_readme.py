"""The README tells every command and every option, and its examples are true."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.helpers import CommandLine
from splitdose.cli.run import build_parser
from splitdose.core.wording import DISCLAIMER
from splitdose.settings import CONFIG_VARIABLE, DATA_VARIABLE, read_settings

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def leaves(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, with its parser."""
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        yield parser.prog, parser
    for action in inner:
        for child in action.choices.values():
            yield from leaves(child)


def section(name: str) -> str:
    """What the README says of a command: from its line in the table to the end of that line."""
    found = re.search(rf"^\| `{re.escape(name)}[ `].*$", TEXT, re.MULTILINE)
    assert found is not None, f"{name} has no line in the README"
    return found[0]


@pytest.mark.parametrize(("name", "parser"), list(leaves(build_parser())))
def test_every_command_and_option(name: str, parser: argparse.ArgumentParser) -> None:
    told = section(name.removeprefix("splitdose "))
    for action in parser._actions:
        if action.option_strings:
            flag = action.option_strings[-1]
            everywhere = flag in ("--help", "--data", "--ascii", "--json")
            assert f"`{flag}" in TEXT if everywhere else flag in told, flag
        else:
            assert str(action.metavar) in told


def test_nothing_is_told_that_there_is_not() -> None:
    commands = {name.removeprefix("splitdose ") for name, _ in leaves(build_parser())}
    told = re.findall(r"^\| `([a-z]+(?: [a-z]+)?)[^|]*\|", TEXT, re.MULTILINE)
    assert set(told) == commands
    flags = {flag for _, parser in leaves(build_parser()) for a in parser._actions for flag in a.option_strings}
    assert set(re.findall(r"^\| `[^\n]*?(--[a-z-]+)", TEXT, re.MULTILINE)) <= flags


def fenced(mark: str) -> list[str]:
    """The lines of the sh fence right after an HTML comment."""
    found = re.search(rf"^<!-- {mark} -->\n```sh\n(.*?)```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, mark
    return found[1].strip().splitlines()


def test_the_two_commands_at_the_top() -> None:
    run, test = fenced("run"), fenced("test")
    assert len(run) == len(test) == 1
    assert run[0].endswith("splitdose demo")
    assert test[0].endswith("pytest")
    assert TEXT.index("<!-- run -->") < TEXT.index("<!-- test -->") < TEXT.index("## ")


def test_the_plan_file_example(empty: CommandLine, tmp_path: Path) -> None:
    example = next(fence for fence in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[[medicine]]" in fence)
    plan = tmp_path / "example.toml"
    plan.write_text(example, encoding="utf-8")
    assert empty("plan", "check", str(plan)).done().lines == ["no findings"]
    empty("plan", "import", str(plan)).done()


def test_the_settings_example(tmp_path: Path) -> None:
    example = next(fence for fence in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[reminders]" in fence)
    config = tmp_path / "config.toml"
    config.write_text(example, encoding="utf-8")
    assert read_settings(config).warnings == ()
    # Every setting is shown.
    shown = tomllib.loads(example)
    assert set(shown) == {"theme", "ascii", "first_weekday", "keys", "reminders", "checkin", "backup"}
    assert set(shown["reminders"]) == {
        "lead", "repeat_every", "repeats", "snooze", "quiet", "review", "discreet", "silent", "bell", "desktop",
    }  # fmt: skip


def test_the_notice_and_the_variables() -> None:
    assert DISCLAIMER in " ".join(TEXT.replace("> ", "").split())
    for name in (DATA_VARIABLE, CONFIG_VARIABLE, "SPLITDOSE_REQUIRE_ALL", "SPLITDOSE_DEBUG"):
        assert name in TEXT


def test_the_examples_in_help_can_be_parsed() -> None:
    parser = build_parser()
    for name, command in leaves(parser):
        lines = [each.strip() for each in (command.epilog or "").splitlines()[1:]]
        assert lines, f"{name} has no example"
        for each in lines:
            words = shlex.split(each)
            assert words[0] == "splitdose"
            parser.parse_args(words[1:])
