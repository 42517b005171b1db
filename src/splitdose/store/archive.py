"""The folder as a whole: is it sound, a copy of it, and back from a copy.

Checking and copying take no lock and change no journal, so that they also work on a read-only disk. Restoring
only ever adds lines: what is here stays, and what differs is replaced only when that was asked for.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from splitdose import files

from .entry import Entry
from .errors import CannotRead, StoreError, cannot_read, not_saved
from .folder import JournalFolder
from .journal import JournalStorage, union
from .journal_reader import Damage, JournalReader
from .lines import text_of
from .migrations import Migrations

__all__ = [
    "Difference",
    "Entry",
    "FileReport",
    "FolderReport",
    "back_up",
    "check",
    "compare",
    "compare_entries",
    "restore",
    "restore_entries",
]  # fmt: skip

RESTORED = re.compile(r"plan[^/\\]*\.jsonl|log/((?!0000)\d{4}-(0[1-9]|1[0-2]))[^/\\]*\.jsonl")
_PLAIN = re.compile(r"plan\.jsonl|log/\d{4}-\d\d\.jsonl")
_JOURNAL = re.compile(r"plan|log/(?!0000)\d{4}-(0[1-9]|1[0-2])")
MOST_UNPACKED = 200_000_000
"""Bytes that a backup may come to: ten years are about twenty million."""
_BLANK_AT_MOST = 1000
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)

Documents = dict[tuple[str, str], dict[str, Any]]
"""Documents by (table, id)."""


@dataclass(frozen=True)
class FileReport:
    """What one file holds.

    Attributes:
        path: the file.
        lines: how many lines it has.
        documents: how many documents they come to.
        damage: the lines that can't be used.
        error: why the file can't be read at all, or None.
        torn: lines whose writing was cut short, and that nobody was told of as saved.
    """

    path: Path
    lines: int
    documents: int
    damage: tuple[Damage, ...]
    error: StoreError | None
    torn: tuple[Damage, ...] = ()


@dataclass(frozen=True)
class FolderReport:
    """What the whole folder holds.

    Attributes:
        files: every journal file: the plan's, state, then the log in order.
        plan_is_missing: there is a log, and no plan.
        others: files in the folder that are no journals, such as copies kept before a migration.
    """

    files: tuple[FileReport, ...]
    plan_is_missing: bool
    others: tuple[Path, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every line of every file can be used."""
        return not self.plan_is_missing and not any(file.damage or file.error for file in self.files)


@dataclass(frozen=True)
class Difference:
    """What a backup holds, compared with the folder.

    Attributes:
        new: entries that only the backup has.
        changed: entries that both have and that differ, as the backup has them.
        same: how many both have alike.
        only_here: how many only the folder has; they stay.
        damage: lines of the backup that can't be used.
    """

    new: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    same: int
    only_here: int
    damage: tuple[Damage, ...]


def check(folder: JournalFolder) -> FolderReport:
    """Reads every line of every journal.

    Raises:
        CannotRead: the folder itself can't be read.
    """
    paths = _journal_files(folder.path)
    known = {*paths, folder.path / ".lock", folder.path / ".watch"}
    others = [path for place in (folder.path, folder.path / "log") for path in _listed(place) if path not in known]
    return FolderReport(
        files=tuple(_report(path, folder.migrations) for path in paths),
        plan_is_missing=folder.plan_is_missing(),
        others=tuple(path for path in others if not path.is_dir()),
    )


def _report(path: Path, migrations: Migrations) -> FileReport:
    follower = JournalReader(path, migrations, expendable=path.name == "state.jsonl")
    error = None
    try:
        follower.follow()
    except CannotRead as problem:
        error = problem
    documents = sum(map(len, follower.tables.values()))
    return FileReport(path, follower.lines, documents, tuple(follower.damage), error, tuple(follower.torn))


def back_up(folder: JournalFolder, file: Path, *, overwrite: bool) -> list[str]:
    """Writes what `packed` makes to `file`.

    Returns:
        The names in the archive.

    Raises:
        CannotRead: as `packed`.
        NotSaved: the archive can't be written, or exists and `overwrite` wasn't asked for.
    """
    content, names = packed(folder)
    try:
        (files.replace if overwrite else files.create)(file, content)
    except OSError as error:
        raise not_saved(file, error) from error
    return names


def packed(folder: JournalFolder) -> tuple[bytes, list[str]]:
    """Makes a zip archive of all journals as they are, damaged lines included.

    Reminders that were sent (state.jsonl) are left out where they can't be read: no record is in them.

    Returns:
        The archive, and the names in it.

    Raises:
        CannotRead: there is nothing to copy, or a file can't be read: half a backup is none.
    """
    paths = _journal_files(folder.path)
    if not paths:
        raise CannotRead(f"there is nothing in {folder.path}", "check which data folder is meant")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in paths:
            try:
                content, written = files.read(path), path.stat().st_mtime
            except OSError as error:
                if path.name == "state.jsonl":
                    continue
                raise cannot_read(path, error) from error
            entry = zipfile.ZipInfo(path.relative_to(folder.path).as_posix(), _zip_time(written))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            zipped.writestr(entry, content)
        names = zipped.namelist()
    return archive.getvalue(), names


def _zip_time(seconds: float) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    # A zip archive knows the years from 1980 to 2107 only.
    return (min(max(year, 1980), 2107), month, day, hour, minute, second)


def compare(folder: JournalFolder, file: Path) -> Difference:
    """Returns what restoring `file` would do; changes nothing.

    Raises:
        CannotRead: the backup or the folder can't be read, or either is from a newer version.
    """
    there: dict[str, Documents] = {}
    damage: list[Damage] = []
    for journal, found in _unpack(file).items():
        readers = []
        for name, content in found:
            reader = JournalReader(file / name, folder.migrations)
            if content.strip():
                reader.replay(content)
                readers.append(reader)
                damage += reader.damage
            else:
                damage.append(Damage(file / name, 0, "the file is empty"))
        there[journal] = _by_id(union(readers))
    return _difference(folder, there, damage)


def compare_entries(folder: JournalFolder, entries: Sequence[Entry]) -> Difference:
    """Returns what restoring these entries would do; changes nothing.

    Raises:
        CannotRead: an entry can't be stored, or the folder can't be read.
    """
    there: dict[str, Documents] = {}
    for entry in entries:
        id_ = entry.document.get("id")
        if not _JOURNAL.fullmatch(entry.journal) or not isinstance(id_, str) or not id_:
            raise CannotRead("the file contains something that is not a record", "choose another one")
        try:
            text_of(entry.document)
            document = folder.migrations.bring_up(entry.table, {**entry.document})
        except (ValueError, TypeError, RecursionError):
            raise CannotRead(f"record {id_} of the file can't be understood", "choose another one") from None
        there.setdefault(entry.journal, {})[entry.table, id_] = document
    return _difference(folder, there, [])


def _difference(folder: JournalFolder, there: dict[str, Documents], damage: Sequence[Damage]) -> Difference:
    new: list[Entry] = []
    changed: list[Entry] = []
    same = only_here = 0
    for journal in sorted(there, key=lambda name: (name != "plan", name)):
        here, _ = _held(_with_content(folder.files_of(journal)), folder.migrations)
        for (table, id_), document in there[journal].items():
            entry = Entry(journal, table, {**document, "id": id_})
            mine = here.pop((table, id_), None)
            if mine is None:
                new.append(entry)
            elif _text(mine) == _text(document):
                same += 1
            else:
                changed.append(entry)
        only_here += len(here)
    for journal in {"plan", *(f"log/{month}" for month in folder.months())} - there.keys():
        # What the backup doesn't speak of can't be in its way, even where it can't be read.
        with contextlib.suppress(CannotRead):
            only_here += len(_held(_with_content(folder.files_of(journal)), folder.migrations)[0])
    return Difference(tuple(new), tuple(changed), same, only_here, tuple(damage))


def restore(folder: JournalFolder, file: Path, *, replace: bool) -> Difference:
    """Adds what only the backup has, and with `replace` also what differs; what only the folder has stays.

    Reminders that were sent are not restored: to send one again is better than to miss one.

    Returns:
        The difference as it was before.

    Raises:
        CannotRead: as `compare`. Nothing was changed.
        NotSaved: not all is saved; restoring again goes on where this ended.
    """
    with folder.locked():
        difference = compare(folder, file)
        _put(folder, difference, replace=replace)
    return difference


def restore_entries(folder: JournalFolder, entries: Sequence[Entry], *, replace: bool) -> Difference:
    """As `restore`, with entries in place of a backup.

    Raises:
        CannotRead: as `compare_entries`. Nothing was changed.
        NotSaved: as `restore`.
    """
    with folder.locked():
        difference = compare_entries(folder, entries)
        _put(folder, difference, replace=replace)
    return difference


def _put(folder: JournalFolder, difference: Difference, *, replace: bool) -> None:
    entries = [*difference.new, *(difference.changed if replace else ())]
    for journal in dict.fromkeys(entry.journal for entry in entries):
        for path in folder.files_of(journal):
            if _is_blank(path):
                path.unlink()  # it holds nothing, and would be in the way of its own content
        folder.forget(journal)
        folder.put_all(journal, [(each.table, each.document) for each in entries if each.journal == journal])


def _held(paths: Sequence[Path], migrations: Migrations) -> tuple[Documents, list[Damage]]:
    """Returns the documents of these files by (table, id), and what can't be used."""
    if not paths:
        return {}, []
    storage = JournalStorage(*paths, migrations=migrations)
    return _by_id(storage.read() or {}), storage.damage


def _by_id(tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Documents:
    return {(table, id_): dict(document) for table, rows in tables.items() for id_, document in rows.items()}


def _text(document: dict[str, Any]) -> str:
    """Returns a document as text, whatever the order of its names."""
    return json.dumps(document, sort_keys=True)


def _with_content(paths: Sequence[Path]) -> list[Path]:
    """Leaves out empty files: what restoring is for."""
    return [path for path in paths if not _is_blank(path)]


def _is_blank(path: Path) -> bool:
    try:
        with files.opened(path) as file:
            return not file.read(_BLANK_AT_MOST).strip()
    except OSError:
        return False


def _unpack(file: Path) -> dict[str, list[tuple[str, bytes]]]:
    """Returns by journal what a backup holds: names and contents, the plain file of a journal before its copies.

    All of it stays in memory: what a kill would leave of it in a folder is the whole record.
    """
    journals: dict[str, list[tuple[str, bytes]]] = {}
    try:
        with files.opened(file) as stream, zipfile.ZipFile(stream) as packed:
            left = MOST_UNPACKED
            for name in sorted(packed.namelist(), key=lambda name: (not _PLAIN.fullmatch(name), name)):
                if not (match := RESTORED.fullmatch(name)):
                    continue
                with packed.open(name) as entry:  # what the archive says of its size need not be so
                    content = entry.read(left + 1)
                left -= len(content)
                if left < 0:
                    what = f"{file} would unpack to more than {MOST_UNPACKED // 1_000_000} MB"
                    raise CannotRead(what, "choose a file that Splitdose's backup has made")
                journals.setdefault(f"log/{match[1]}" if match[1] else "plan", []).append((name, content))
    except OSError as error:
        raise cannot_read(file, error) from error
    except NO_ARCHIVE as error:
        raise CannotRead(f"{file} is not a whole zip archive", "choose another backup") from error
    if not journals:
        raise CannotRead(f"{file} holds no plan and no log", "choose a file that Splitdose's backup has made")
    return journals


def _journal_files(folder: Path) -> list[Path]:
    """Returns every journal file: the plan's, state, then the log in order."""
    plan = [path for path in _listed(folder) if RESTORED.fullmatch(path.name)]
    state = folder / "state.jsonl"
    log = [path for path in _listed(folder / "log") if RESTORED.fullmatch(f"log/{path.name}")]
    # A journal's plain file goes before its copies, as where it is read.
    plan.sort(key=lambda path: (not _PLAIN.fullmatch(path.name), path.name))
    return [*plan, *([state] if os.path.lexists(state) else []), *sorted(log)]


def _listed(place: Path) -> Iterator[Path]:
    try:
        yield from sorted(place.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_read(place, error) from error
