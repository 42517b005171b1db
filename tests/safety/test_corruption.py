"""Damaged data files at the level of the whole program.

`python tests/safety/corruption.py --cases 2000` is the long run.
"""

from __future__ import annotations

import os
import random

import pytest

from safety.corruption import demo_files, look, sound
from safety.fuzzing import place

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


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


def test_every_prefix_of_the_last_line() -> None:
    """Whatever a kill left of it: not used until it is whole, told, left as it is; the next record stands after it."""
    name, files = "log/2023-11.jsonl", demo_files()
    content = files[name]
    start = content.rstrip(b"\n").rindex(b"\n") + 1
    before = {id_ for _, id_ in sound({name: content[:start]}).rows[name]}
    (last,) = {id_ for _, id_ in sound(files).rows[name]} - before
    number = content[:start].count(b"\n") + 1
    ends = range(start, len(content) + 1)
    # Nothing, a few bytes, places in the middle, all but a few, whole; the long profile tries them all.
    for end in ends if LONG else sorted({*ends[:4], *ends[4:-4:9], *ends[-4:]}):
        left = {**files, name: content[:end]}
        whole, torn = end >= len(content) - 1, start < end < len(content) - 1
        with place(left) as here:
            code, out, err = here.said("week", "--json")
            assert (code, last in out) == (0, whole), end
            assert err.count("is damaged and not used") == torn, end
            assert here.files() == left
            assert here.type("checkin", "--sleep", "5") == 0
            here.must_hold(left)
            after = sound(here.files())
            ids = {id_ for _, id_ in after.rows[name]}
            assert (last in ids, len(ids - before - {last})) == (whole, 1), end
            assert after.damaged == ({(name, number)} if torn else set()), end
