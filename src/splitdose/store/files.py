"""Files that survive a kill, a full disk and a power cut: append, create and replace durably.

Nothing here knows what the bytes mean. Old bytes are never rewritten: `append` adds, `create` and `replace`
bring a whole file into place in one step. Files are 0600 and folders 0700; where the platform has no such
modes nothing is done about them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["append", "create", "make_folder", "make_private", "replace", "sweep"]

_POSIX = os.name == "posix"
_BINARY: int = getattr(os, "O_BINARY", 0)
_TEMPORARY = ".new"
_LOST = {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def sync(descriptor: int) -> None:
    """Waits until the bytes of an open file are on the disk.

    Raises:
        OSError: they may not be.
    """
    if sys.platform == "darwin":
        import fcntl

        # On macOS fsync only reaches the drive's own memory. Some file systems don't know the stronger call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in `folder` last. Windows has no such call and needs none.

    Raises:
        OSError: the disk says that it may not last. A file system that merely doesn't offer the call is no
            error.
    """
    if not _POSIX:
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _LOST:
            raise


def make_private(path: Path, mode: int) -> None:
    """Takes every right from others on `path`, whose mode is `mode`; never adds one.

    What can't be changed (a foreign owner, a file system without modes) stays: it must not stand in the way
    of a record.
    """
    if _POSIX and mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(mode) & 0o700)


def make_folder(folder: Path) -> None:
    """Makes `folder` and what lacks above it, or takes others' rights from it.

    Raises:
        OSError: it can't be made, or something else has its name.
    """
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        if not folder.parent.exists():
            make_folder(folder.parent)
        with contextlib.suppress(FileExistsError):  # another window was quicker
            folder.mkdir(mode=0o700)
            _sync_folder(folder.parent)
        mode = folder.stat().st_mode
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(folder))
    make_private(folder, mode)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def append(path: Path, line: bytes) -> None:
    """Adds `line` at the end of the existing file `path` and waits until it is on the disk.

    When the file does not end in a newline, one comes first: a line that was left unfinished must not swallow
    this one. The caller holds the folder's lock.

    Raises:
        OSError: it is not saved. What was written of it is taken back where the disk allows.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | _BINARY)
    try:
        start = os.lseek(descriptor, 0, os.SEEK_END)
        if start == 0:
            raise OSError("the file is empty, though it held data")
        os.lseek(descriptor, start - 1, os.SEEK_SET)
        if os.read(descriptor, 1) != b"\n":
            line = b"\n" + line
        try:
            _write_all(descriptor, line)
            sync(descriptor)
        except OSError:
            _take_back(descriptor, start, len(line))
            raise
    finally:
        os.close(descriptor)


def _take_back(descriptor: int, start: int, length: int) -> None:
    """Cuts off what a failed append left, so that what is told as not saved is not read as saved.

    Only its own bytes: when anyone has added more, all stays, and the checksum tells what counts.
    """
    with contextlib.suppress(OSError):
        if start < os.fstat(descriptor).st_size <= start + length:
            os.ftruncate(descriptor, start)


@contextlib.contextmanager
def _temporary(path: Path, data: bytes) -> Iterator[Path]:
    """Writes `data` to a new file beside `path`, durably, and removes it afterwards if it still is there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            _write_all(descriptor, data)
            sync(descriptor)
        finally:
            os.close(descriptor)
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def create(path: Path, data: bytes) -> None:
    """Brings the new file `path` into place with all of `data`, or not at all; never over an existing one.

    Raises:
        FileExistsError: there is one.
        OSError: it is not saved.
    """
    with _temporary(path, data) as temporary:
        try:
            _place(temporary, path)
            _sync_folder(path.parent)
        except FileExistsError:
            raise
        except OSError:
            with contextlib.suppress(OSError):
                if path.samefile(temporary):
                    path.unlink()
            raise


def _place(temporary: Path, path: Path) -> None:
    if _POSIX:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:
            # No hard links here (FAT, some network and phone storage). The caller's lock stands in for them.
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, "exists", str(path)) from None
        else:
            return
    temporary.rename(path)  # on Windows this refuses an existing name by itself


def replace(path: Path, data: bytes) -> None:
    """Puts `data` in place of the whole file `path` in one step. The caller holds the folder's lock.

    Raises:
        OSError: it is not saved; the old file stands.
    """
    with _temporary(path, data) as temporary:
        temporary.replace(path)
        _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Removes what a kill left of `create` or `replace`. The caller holds the lock: none is in use."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f".*{_TEMPORARY}"):
            with contextlib.suppress(OSError):
                left.unlink()
