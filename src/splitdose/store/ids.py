"""Names for records: unique across windows, processes and devices, and in order of time as plain strings.

An id must never depend on what a file already holds: two windows that cannot see each other's newest record
still have to name theirs differently.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta

__all__ = ["new_id"]

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u; sorts as it counts
_LENGTH = 26
_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_lock = threading.Lock()
_last = -1
_last_process = -1


def new_id(now: datetime) -> str:
    """Returns a new id: 48 bits of milliseconds, then 80 random ones.

    Within one process each id is greater than the one before it, also when the clock steps back or stands
    still.

    Args:
        now: the instant, with an offset.

    Returns:
        26 lower-case letters and digits.

    Raises:
        ValueError: `now` has no offset.
    """
    global _last, _last_process
    if now.tzinfo is None:
        raise ValueError("an id needs an instant with an offset")
    milliseconds = max(0, (now - _EPOCH) // _MILLISECOND)
    number = milliseconds << _RANDOM_BITS | int.from_bytes(os.urandom(_RANDOM_BITS // 8))
    with _lock:
        process = os.getpid()
        # A forked child inherits the last id; counting on from it would meet its parent's next one.
        if process == _last_process and number >> _RANDOM_BITS <= _last >> _RANDOM_BITS:
            number = _last + 1
        _last, _last_process = number, process
    return _text(number)


def _text(number: int) -> str:
    return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
