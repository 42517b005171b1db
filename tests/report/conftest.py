"""What the tests of reports share: the taper, lived through once."""

from __future__ import annotations

from pathlib import Path

import pytest

from report.taper import Hand, live_through
from splitdose.session import Session


@pytest.fixture(scope="session")
def taper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the taper. Nothing may be written to it."""
    return tmp_path_factory.mktemp("taper") / "data"


@pytest.fixture(scope="session")
def tapered(taper_folder: Path) -> Session:
    """A session that has recorded the whole taper; its clock stands 60 hours after the last dose."""
    return live_through(taper_folder, Hand())
