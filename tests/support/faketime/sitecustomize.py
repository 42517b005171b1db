"""Let Python sleep under libfaketime. Read by programs that run by a ``Clock``, never by the tests.

libfaketime 0.9.10, told to leave the monotonic clock alone, breaks ``clock_nanosleep`` until a moment of that
clock, which is how Python sleeps: ``time.sleep`` raises EINVAL. Waiting for no file at all takes another way
into the system.
"""

import select
import time


def _sleep(seconds: float, /) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep  # type: ignore[assignment]  # it need not take what has only __index__
