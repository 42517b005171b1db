"""Keys that come in one write, and whatever else a terminal sends: a short part of what `mash.py` tries at length."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from end_to_end.mash import PLACES, Mash
from support.requirements import require


@pytest.fixture
def mash(tmp_path: Path, home: Path) -> Mash:
    require("tmux", "faketime")
    return Mash(tmp_path, random.Random(20261127))


def test_bursts_of_keys_on_every_screen_and_dialog_end_nothing(mash: Mash) -> None:
    mash.bursts(3 * len(PLACES))
    assert mash.wrong == []


def test_mashed_keys_pastes_mouse_and_sizes_end_nothing(mash: Mash) -> None:
    mash.keys(2500)
    assert mash.wrong == []
    assert mash.counts["sizes"] > 0
