"""Odd files in every place, under every command: a part of the cases.

`python tests/safety/odd_files.py` tries them all.
"""

from __future__ import annotations

import pytest

from safety.odd_files import KINDS, NAMES, attempt, cases

EVERY = 23


def test_there_are_so_many_places_and_kinds() -> None:
    assert (len(NAMES), len(KINDS)) >= (13, 20)


@pytest.mark.parametrize("part", range(4))
def test_no_odd_file_stops_a_command_or_makes_its_exit_code_lie(part: int) -> None:
    for name, kind, words in cases()[::EVERY][part::4]:
        attempt(name, kind, words)
