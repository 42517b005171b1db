"""Ids: unique and in order, whatever the clock does and however many write at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitdose.store import new_id

NOON = datetime(2023, 11, 30, 12, 0, tzinfo=UTC)


def test_an_id_is_26_letters_and_digits_that_no_shell_minds() -> None:
    made = new_id(NOON)
    assert len(made) == 26
    assert made.isascii()
    assert made.isalnum()
    assert made == made.lower()


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=50))
def test_ids_rise_whatever_the_clock_does(steps: list[int]) -> None:
    made = []
    now = NOON
    for step in steps:
        now += timedelta(milliseconds=step)
        made.append(new_id(now))
    assert made == sorted(set(made))


def test_an_id_holds_the_instant_not_the_wall_clock() -> None:
    later = new_id(datetime(2200, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1))))
    same = new_id(datetime(2200, 1, 1, 0, 0, tzinfo=UTC))
    assert later[:10] == same[:10]


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        new_id(datetime(2023, 11, 30, 12, 0))  # noqa: DTZ001 - that is the point


def test_threads_never_share_an_id() -> None:
    made: list[list[str]] = [[] for _ in range(8)]

    def make(into: list[str]) -> None:
        into.extend(new_id(NOON) for _ in range(500))

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for into in made for each in into}) == 4000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_never_shares_an_id_with_its_parent() -> None:
    # The clock stands still, so that only the random part can tell parent and child apart.
    program = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from splitdose.store import new_id\n"
        "now = datetime(2023, 11, 30, tzinfo=UTC)\n"
        "new_id(now)\n"
        "child = os.fork()\n"
        "os.write(1, ''.join(new_id(now) + '\\n' for _ in range(50)).encode())\n"
        "if child: os.waitpid(child, 0)\n"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert len(made.stdout.split()) == 100
    assert len(set(made.stdout.split())) == 100
