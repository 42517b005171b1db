"""The mark of a watcher: a lock on a data folder, held for as long as something reminds of it without a screen."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from splitdose import files

__all__ = ["is_watched", "watching"]

_WATCH_FILE = ".watch"
_POLL = 0.01  # seconds between two tries
_PATIENCE = 1.0  # seconds: whoever asks whether the folder is watched holds the lock for a moment


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[bool]:
    """Marks a folder as watched for as long as it is held; the mark ends with the process, however it ends.

    Yields:
        False when another process watches it. True also where no mark can be left: that stops no watcher.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(str(folder / _WATCH_FILE), mode=files.PRIVATE)
    mine = True
    try:
        files.make_folder(folder)
        lock.acquire(timeout=_PATIENCE, poll_interval=_POLL)
    except Timeout:
        mine = False
    except OSError:
        pass
    try:
        yield mine
    finally:
        lock.release()


def is_watched(folder: Path) -> bool:
    """Tells whether a watcher runs on a folder; never fails, and writes nothing."""
    file = folder / _WATCH_FILE
    if not os.path.lexists(file):
        return False
    from filelock import FileLock, Timeout

    lock = FileLock(str(file), mode=files.PRIVATE)
    try:
        lock.acquire(timeout=0, poll_interval=_POLL)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
