"""Files that survive a kill, a full disk and a power cut: read, append, create and replace durably.

Everything that Splitdose writes is written here: journals, backups, reports, plans and settings. Nothing here knows
what the bytes mean. Old bytes are never rewritten: `append` adds, `create` and `replace` bring a whole file into place
in one step, in the place that a symbolic link leads to, so that a link stays a link. Files are 0600 and folders 0700
unless said otherwise; where the platform has no such modes nothing is done about them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["PRIVATE", "append", "create", "followed", "make_folder", "make_private", "opened", "read", "replace"]

NOT_PLAIN = "it is not a plain file"
PRIVATE = 0o600
"""The mode of a file that only its owner may read."""

_POSIX = os.name == "posix"
_BINARY: int = getattr(os, "O_BINARY", 0)
_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
_CLOSED_IN_CHILDREN: int = getattr(os, "O_CLOEXEC", 0)
# The name says whose it is, so that a person who finds one, and whoever sweeps, can tell. Those of a journal were once
# named after it.
_TEMPORARY = re.compile(r"\.(?:splitdose-|(?:plan|state|\d{4}-\d{2}.*)\.jsonl\.)(\d{1,10})-[0-9a-f]{8}\.new")
_FORSAKEN = 3600.0  # seconds after which a temporary file is nobody's, whatever process has its number now
_LOST = {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Opens a plain file for reading. A pipe, a socket or a device in its place is never waited for.

    Raises:
        OSError: it can't be opened, or is no plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | _BINARY | _NONBLOCK | _CLOSED_IN_CHILDREN)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, NOT_PLAIN, str(path))
        stream = os.fdopen(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise
    with stream:
        yield stream


def read(path: Path, most: int = -1) -> bytes:
    """Returns what a plain file holds, or its first `most` bytes.

    Raises:
        OSError: as `opened`, or it can't be read.
    """
    with opened(path) as stream:
        return stream.read(most)


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
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | _BINARY | _NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, NOT_PLAIN, str(path))
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


def followed(path: Path) -> Path:
    """Returns where a file lies that is reached by this name: a link's target, which need not exist yet.

    Raises:
        OSError: the links lead in a circle.
    """
    if not path.is_symlink():
        return path
    try:
        return path.resolve(strict=True)
    except FileNotFoundError:
        return path.resolve()
    except RuntimeError:  # what Python says of a circle before 3.13
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


@contextlib.contextmanager
def _temporary(path: Path, data: bytes, mode: int | None) -> Iterator[Path]:
    """Writes `data` to a new file beside `path`, durably, and removes it afterwards if it still is there.

    `mode` is what the umask takes from; None gives it the mode that `path` has, else `PRIVATE`. What a kill left of
    an earlier writing goes first.
    """
    temporary = path.with_name(f".splitdose-{os.getpid()}-{secrets.token_hex(4)}.new")
    kept = None
    if mode is None:
        with contextlib.suppress(FileNotFoundError):
            kept = stat.S_IMODE(path.stat().st_mode)
    wanted = PRIVATE if mode is None else mode
    try:
        if not _written_nameless(temporary, data, wanted, kept):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, wanted)
            try:
                _fill(descriptor, data)
                if kept is not None:
                    temporary.chmod(kept)
            finally:
                os.close(descriptor)
        _sweep(path.parent, temporary.stat().st_mtime)
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _fill(descriptor: int, data: bytes) -> None:
    _write_all(descriptor, data)
    sync(descriptor)


def _written_nameless(temporary: Path, data: bytes, mode: int, kept: int | None) -> bool:
    """Writes a new file that gets its name only when it is whole, so that a kill leaves nothing of it.

    Returns:
        False where the system or the file system has no such thing.

    Raises:
        OSError: it can't be written.
    """
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        descriptor = os.open(temporary.parent, os.O_WRONLY | os.O_TMPFILE, mode)
    except OSError:
        return False
    try:
        if kept is not None:
            os.fchmod(descriptor, kept)
        _fill(descriptor, data)
        try:
            # Given a folder beside it, Python follows the link that /proc has in place of the file itself.
            os.link(f"/proc/self/fd/{descriptor}", temporary, src_dir_fd=descriptor)
        except OSError:
            return False
    finally:
        os.close(descriptor)
    return True


def create(path: Path, data: bytes, *, mode: int | None = PRIVATE) -> None:
    """Brings a new file into place with all of `data`, or not at all; never over an existing one.

    Args:
        path: where; of a link that leads to no file, its target.
        data: all of it.
        mode: as `open` has it, less the umask.

    Raises:
        FileExistsError: there is one.
        OSError: it is not saved.
    """
    target = followed(path)
    with _temporary(target, data, mode) as temporary:
        try:
            _place(temporary, target)
            _sync_folder(target.parent)
        except FileExistsError:
            raise
        except OSError:
            with contextlib.suppress(OSError):
                if target.samefile(temporary):
                    target.unlink()
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


def replace(path: Path, data: bytes, *, mode: int | None = PRIVATE) -> None:
    """Puts `data` in place of a whole file in one step, or makes the file. What others add meanwhile is lost.

    Args:
        path: where; of a link, its target.
        data: all of it.
        mode: as `open` has it, less the umask; None keeps the one that the file has.

    Raises:
        OSError: it is not saved, and the old file stands; or what has its name is no file to be replaced, such as a
            device.
    """
    target = followed(path)
    with contextlib.suppress(FileNotFoundError):
        found = target.stat().st_mode
        if not stat.S_ISREG(found) and not stat.S_ISDIR(found):  # a folder is refused by the system itself
            raise OSError(errno.EINVAL, NOT_PLAIN, str(path))
    with _temporary(target, data, mode) as temporary:
        temporary.replace(target)
        _sync_folder(target.parent)


def _sweep(folder: Path, now: float) -> None:
    """Removes the temporary files of a folder that nobody writes any more; `now` is by the clock that dates files."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if (match := _TEMPORARY.fullmatch(entry.name)) is not None:
                with contextlib.suppress(OSError):
                    age = now - entry.stat(follow_symlinks=False).st_mtime
                    if age > _FORSAKEN or not _is_running(int(match[1])):
                        Path(entry.path).unlink()


def _is_running(process: int) -> bool:
    """Whether there is a process of that number; True where that can't be asked without ending it."""
    if not _POSIX:
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True
