"""What the tests of safety share: a command line on the real taper, on its 36th day."""

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
    """The baclofen plan, imported at seven in the morning; it is 13:58, and the morning dose was taken at 08:04."""
    empty.at("2023-11-30 07:00")("plan", "import", str(PLANS / "baclofen.toml")).done()
    # Recorded before all that a test records: two processes at one instant have no order.
    empty.at("2023-11-30 13:57")("take", "baclofen", "morning", "--at", "08:04").done()
    return empty.at("2023-11-30 13:58")
