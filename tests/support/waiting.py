"""Wait for something to become true, never for a time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

_PAUSE = 0.02


def wait_for(condition: Callable[[], T], *, within: float = 10.0, what: str | Callable[[], str]) -> T:
    """Ask again and again until the answer is truthy.

    Args:
        condition: What to ask. It is asked at least once, and a last time when the time is over.
        within: Seconds, on the monotonic clock.
        what: What is waited for, in words, for the failure; or a function that tells it when it is needed.

    Returns:
        The first truthy answer. Fails the test when there is none in time.
    """
    deadline = time.monotonic() + within
    while True:
        over = time.monotonic() >= deadline
        answer = condition()
        if answer:
            return answer
        if over:
            pytest.fail(f"not within {within:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(_PAUSE)
