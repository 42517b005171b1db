"""What the tests of reports share: the whole taper, logged by the demo's generator and lived through with more."""

from __future__ import annotations

from pathlib import Path

import pytest

from report.raw import NOW, TODAY, Life
from report.taper import FIRST, ZONE, SettableClock, live_through, open_session
from splitdose.demo import make_demo
from splitdose.session import Session


@pytest.fixture(scope="session")
def taper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the taper. Nothing may be written to it."""
    return tmp_path_factory.mktemp("taper") / "data"


@pytest.fixture(scope="session")
def tapered(taper_folder: Path) -> Session:
    """A session that has recorded the whole taper; its clock stands 60 hours after the last dose."""
    return live_through(taper_folder, SettableClock())


@pytest.fixture(scope="session", params=["demo", "lived"])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The whole taper, one way and the other. Nothing may be written to it."""
    if request.param == "lived":
        return Life(request.getfixturevalue("tapered"), request.getfixturevalue("taper_folder"))
    folder = tmp_path_factory.mktemp("demo") / "data"
    make_demo(folder, NOW, ZONE, day=(TODAY - FIRST).days + 1)
    clock = SettableClock()
    clock.at = NOW
    return Life(open_session(folder, clock), folder)
