"""Damaged data files at the level of the whole program.

`python tests/safety/corruption.py --cases 2000` is the long run.
"""

from __future__ import annotations

import random

import pytest

from safety.corruption import demo_files, look, sound


def test_the_files_that_are_damaged_are_the_demos() -> None:
    found = sound(demo_files())
    assert (found.damaged, found.empty) == (set(), set())
    assert sorted(found.rows) == ["log/2023-10.jsonl", "log/2023-11.jsonl", "plan.jsonl"]
    assert sum(len(rows) for rows in found.rows.values()) > 150


@pytest.mark.parametrize("part", range(5))
def test_what_is_undamaged_is_shown_and_what_is_damaged_is_told(part: int) -> None:
    chance = random.Random(part)
    for number in range(30):
        look(chance, app=number % 10 == 0)
