"""Keys that come in one write, and whatever else a terminal sends: a short part of what `mash.py` tries at length."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path

import pytest

from end_to_end.mash import PLACES, Mash
from support.requirements import require
from support.waiting import wait_for


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


@pytest.mark.parametrize(
    "sent", [b"\xff\xfe\x80", b"\x1b[1114112u", b"\x1b[99999999999;5u", b"\xf0\x9f", b"\x1b[4294967296u"]
)
def test_what_is_no_text_and_what_is_no_key_are_left_out(mash: Mash, sent: bytes) -> None:
    with mash.window() as window:
        window.wait_for_text("taken now")
        mash.send(window, [sent])

        pressed = -math.inf

        def understood() -> bool:
            nonlocal pressed
            if time.monotonic() - pressed > 3:  # the first may still be taken for a part of what was sent
                window.press("2")
                pressed = time.monotonic()
            return "week 48" in window.screen()

        wait_for(understood, within=20, what=lambda: f"the next keys to be understood:\n{window.screen()}")
        window.press("q")
        assert window.exit_status() == 0
