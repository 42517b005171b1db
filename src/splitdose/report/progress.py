"""How long work says how far it is, how it is told to stop, and what it may do without meanwhile."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Told how much is done of how much; an exception it raises ends the work."""

EVERY = 31
"""Days between two reports of progress."""
_WHOLE = 1000


class Cancelled(Exception):
    """Raised by a `Progress` to end the work; nothing was changed."""


def quiet(done: int, total: int) -> None:
    """A progress nobody looks at."""


def stage(progress: Progress, number: int, of: int) -> Progress:
    """The progress of one of several stages, as part of the whole."""

    def told(done: int, total: int) -> None:
        part = _WHOLE if total <= 0 else min(done, total) * _WHOLE // total
        progress((number * _WHOLE + part) // of, _WHOLE)

    return told


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No search for cycles meanwhile: years of records are a million objects without one, looked through in vain."""
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()
