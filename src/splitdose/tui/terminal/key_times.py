"""When keys came in: what tells a held key from one pressed anew, and a late finger from a meant one.

On Textual's own monotonic clock, and by when a key arrived rather than when its turn came: on a busy machine keys
queue up, and a held key handled late must not look like new presses.
"""

from textual._time import get_time
from textual.events import Event

SETTLE_SECONDS = 1.0
"""A panel that changed more recently is not acted on: the finger was on its way to another dose."""
REPEAT_SECONDS = 1.0
"""A key that comes again sooner is held down, not pressed: terminals send no key-up."""


def moment() -> float:
    """Seconds on the clock that events are stamped by."""
    return get_time()


def arrived(event: Event) -> float:
    """When an event came in, on the same clock."""
    return event.time
