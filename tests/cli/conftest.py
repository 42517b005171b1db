"""What the tests of the command line share: a folder with the real baclofen plan on its 36th day."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.helpers import PLANS, CommandLine


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    """A command line on a folder that is not there yet."""
    return CommandLine(tmp_path / "data")


@pytest.fixture
def line(empty: CommandLine) -> CommandLine:
    """The baclofen plan, imported at seven in the morning of the second day of 1/4, 1/4, 1/2; it is 13:58."""
    empty.at("2023-11-30 07:00")("plan", "import", str(PLANS / "baclofen.toml")).done()
    return empty.at("2023-11-30 13:58")
