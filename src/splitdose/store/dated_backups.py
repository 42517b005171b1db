"""The automatic backups: a dated copy a day in the folder itself, the newest kept, and none lost that holds more.

Making one takes no lock. What an older backup holds and no newer one does is never dropped.
"""

from __future__ import annotations

import contextlib
import os
import re
import zipfile
import zlib
from datetime import date
from pathlib import Path

from splitdose import files

from .archive import NO_ARCHIVE, RESTORED, back_up, compare
from .errors import CannotRead, NotSaved, not_saved
from .folder import JournalFolder

__all__ = ["dated_backups", "make_backups_folder", "make_dated_backup", "missing_here"]

_BACKUPS = "backups"
_DATED = re.compile(r"splitdose-(\d{4}-\d{2}-\d{2})\.zip")


def dated_backups(folder: JournalFolder) -> list[Path]:
    """Returns the automatic backups, the newest first; never fails."""
    try:
        found = [path for path in (folder.path / _BACKUPS).iterdir() if _DATED.fullmatch(path.name)]
    except OSError:
        return []
    return sorted(found, reverse=True)


def make_backups_folder(folder: JournalFolder) -> Path:
    """Makes the folder for automatic backups where there is none.

    Raises:
        NotSaved: it can't be made.
    """
    place = folder.path / _BACKUPS
    try:
        files.make_folder(place)
    except OSError as error:
        raise not_saved(place, error) from error
    return place


def make_dated_backup(folder: JournalFolder, day: date, keep: int) -> bool:
    """Makes this day's automatic backup unless there is one, and drops the oldest beyond `keep`.

    Returns:
        Whether one was made.

    Raises:
        CannotRead, NotSaved: as `back_up`.
    """
    place = folder.path / _BACKUPS
    file = place / f"splitdose-{day.isoformat()}.zip"
    for path in (place, *place.glob("*.zip")):
        with contextlib.suppress(OSError):
            files.make_private(path, path.stat().st_mode)
    if os.path.lexists(file):
        return False
    make_backups_folder(folder)
    try:
        back_up(folder, file, overwrite=False)
    except NotSaved:
        if os.path.lexists(file):
            return False  # another window was quicker
        raise
    _drop_oldest(folder, file, keep)
    return True


def missing_here(folder: JournalFolder) -> tuple[Path, int] | None:
    """Returns the newest automatic backup that holds entries which the folder lacks, and how many; else None.

    Raises:
        CannotRead: the folder can't be read.
    """
    for backup in dated_backups(folder):
        if _is_contained(folder, backup):
            continue
        try:
            missing = len(compare(folder, backup).new)
        except CannotRead:
            if not zipfile.is_zipfile(backup):
                continue
            raise
        if missing:
            return backup, missing
    return None


def _is_contained(folder: JournalFolder, backup: Path) -> bool:
    """Whether each file of the folder still begins as the backup has it: the usual case, told without reading lines."""
    try:
        with zipfile.ZipFile(backup) as there:
            for info in there.infolist():
                if not RESTORED.fullmatch(info.filename):
                    continue
                with files.opened(folder.path / info.filename) as file:
                    if zlib.crc32(file.read(info.file_size)) != info.CRC:
                        return False
    except (OSError, *NO_ARCHIVE):
        return False
    return True


def _drop_oldest(folder: JournalFolder, newest: Path, keep: int) -> None:
    """Drops backups beyond `keep`, but none that holds what no newer one holds.

    Journals only grow, so a newer backup holds an older one when each file of it begins with the older file. Where
    a file was lost, emptied or altered in between, the last backup from before stays for good.
    """
    # A date later than the newest one's was given by a clock that was wrong; those are the first to go.
    later = [path for path in dated_backups(folder) if path.name > newest.name]
    earlier = [path for path in dated_backups(folder) if path.name < newest.name]
    kept = [newest]
    for path in [*earlier, *later]:
        if len(kept) < keep or not any(_holds(holder, path) for holder in kept):
            kept.append(path)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _holds(newer: Path, older: Path) -> bool:
    """Whether a backup holds all that another one does; True also when that one is no archive any more."""
    try:
        with zipfile.ZipFile(older) as there:
            wanted = [info for info in there.infolist() if RESTORED.fullmatch(info.filename)]
    except OSError:
        return False
    except NO_ARCHIVE:
        return True
    try:
        with zipfile.ZipFile(newer) as here:
            return all(_begins_with(here, info) for info in wanted)
    except (OSError, *NO_ARCHIVE):
        return False


def _begins_with(here: zipfile.ZipFile, older: zipfile.ZipInfo) -> bool:
    try:
        size = here.getinfo(older.filename).file_size
    except KeyError:
        return False
    if size <= older.file_size:
        return size == older.file_size and here.getinfo(older.filename).CRC == older.CRC
    return zlib.crc32(here.read(older.filename)[: older.file_size]) == older.CRC
