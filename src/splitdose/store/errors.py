"""What can go wrong with the files, said so that a person can act on it.

Every error of this package that a person may see is one of these, and reads as one line: what is wrong; what
to do. Nothing here may hold a traceback, a line break, or a character that could steer a terminal.
"""

from __future__ import annotations

import errno
from pathlib import Path

__all__ = ["RESTORE", "CannotRead", "NotSaved", "StoreError"]

RESTORE = "restore a backup with splitdose restore FILE"
"""What to do about data that is lost or damaged."""

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space and try again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and try again"),
    errno.EFBIG: ("the file may not grow further", "lift the file size limit and try again"),
    errno.EACCES: ("permission denied", "check who owns it and its permissions"),
    errno.EPERM: ("permission denied", "check who owns it and its permissions"),
    errno.EROFS: ("the file system is read-only", "make it writable or choose another data folder"),
    errno.EIO: ("the disk reports an error", "check the disk, and make a backup"),
}


def _plain(text: str) -> str:
    """Returns `text` as one printable line: file names may hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class StoreError(Exception):
    """Something about the data files that the person must know.

    Attributes:
        what: what is wrong, one line.
        todo: what can be done about it, one line.
        short: what is wrong, for where there is little room: without the file.
    """

    def __init__(self, what: str, todo: str, *, short: str = "") -> None:
        self.what = _plain(what)
        self.todo = _plain(todo)
        self.short = _plain(short or what)
        super().__init__(self.what, self.todo)

    def __str__(self) -> str:
        return f"{self.what}; {self.todo}"


class CannotRead(StoreError):
    """Data that exists can't be read. It is never treated as if there were none."""


class NotSaved(StoreError):
    """An entry could not be saved. Nothing of it counts; the same entry may be tried again."""


def _reason(error: OSError) -> tuple[str, str]:
    fallback = (error.strerror or type(error).__name__).lower()
    return _REASONS.get(error.errno or 0, (fallback, "check the folder and the disk"))


def cannot_read(path: Path, error: OSError) -> CannotRead:
    """Returns what to raise when reading `path` failed with `error`."""
    reason, todo = _reason(error)
    return CannotRead(f"{path} can't be read: {reason}", todo, short=f"data can't be read: {reason}")


def not_saved(path: Path, error: OSError) -> NotSaved:
    """Returns what to raise when writing to `path` failed with `error`."""
    reason, todo = _reason(error)
    return NotSaved(f"not saved: {path}: {reason}", todo, short=reason)
