"""Whatever is typed, written in a plan or a setting, or found in the files: one line at most, and nothing lost.

`HYPOTHESIS_PROFILE=long` looks further; `python tests/safety/fuzz.py --cases 50000` furthest.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safety.fuzzing import KINDS

LOOKS = 40
LONG = settings.default is not None and settings.default.max_examples > 1000


@pytest.mark.parametrize("kind", list(KINDS))
def test_anything(kind: str) -> None:
    @settings(max_examples=settings().max_examples if LONG else LOOKS, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def looks(data: Any) -> None:
        KINDS[kind].trial(data.draw(KINDS[kind].inputs))

    looks()
