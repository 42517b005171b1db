"""One journal file, followed: its lines replayed into documents, and later only what was added.

Reading never changes a file's content. What can't be used is told as damage and left where it is. A file that
was there and is now empty, gone or unreadable is an error, never an empty journal.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from splitdose import files

from .errors import RESTORE, CannotRead, cannot_read
from .lines import BadLine, Op, Put, Remove, is_begun, is_torn, ops_of, text_of
from .migrations import Migrations, NewerSchema

__all__ = ["Damage", "JournalReader"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MARK_LENGTH = 1024


@dataclass(frozen=True)
class Damage:
    """A line that is not used.

    Attributes:
        path: the file.
        line: its number, from 1; 0 when it is the whole file.
        what: what is wrong with it, in a few words.
    """

    path: Path
    line: int
    what: str


class JournalReader:
    """The documents that one file holds.

    Attributes:
        path: the file.
        exists: it was there when last looked at.
        blank: it was there and had no bytes, which only an expendable file may.
        tables: table → id → document, as they are now. Never altered from outside.
        earlier: (table, id) → the texts of the versions that this file has moved past. An id that is here and
            not in `tables` was removed.
        lines: how many lines were read, blank ones left out.
        torn: lines that a kill or a full disk cut short while they were written, and that others follow: nobody was
            told that they were saved.
        oldest: the lowest schema that any line holds.
    """

    def __init__(self, path: Path, migrations: Migrations, *, expendable: bool = False) -> None:
        """Does no I/O.

        Args:
            path: the file, which need not exist.
            migrations: how older documents are read.
            expendable: the file may vanish or be empty without anything being lost.
        """
        self.path = path
        self._migrations = migrations
        self._expendable = expendable
        self._seen = False
        self.forget()

    def forget(self) -> None:
        """Drops all that was read, so that the next look begins at the first line."""
        self.exists = False
        self.blank = False
        self.tables: dict[str, dict[str, dict[str, Any]]] = {}
        self.earlier: dict[tuple[str, str], list[str]] = {}
        self.lines = 0
        self.oldest = self._migrations.schema
        self._damage: list[Damage] = []
        self.torn: list[Damage] = []
        self._tail_damage: Damage | None = None
        self._status: tuple[int, ...] | None = None
        self._offset = 0  # everything before it was replayed
        self._newlines = 0  # how many of them lie before the offset
        self._mark = b""  # the bytes just before the offset: still there, unless the file was replaced
        self._unended = False  # the last line that was replayed had no newline yet

    @property
    def damage(self) -> list[Damage]:
        """What could not be used."""
        return [*self._damage, self._tail_damage] if self._tail_damage else list(self._damage)

    def follow(self) -> bool:
        """Reads what was added, or everything when the file is another one than before.

        Returns:
            Whether anything may have changed.

        Raises:
            CannotRead: the file is empty, gone, unreadable, or from a newer version.
        """
        before = self._status
        try:
            self._follow()
        except FileNotFoundError as error:
            self._missing(error)
        except OSError as error:
            self.forget()
            raise cannot_read(self.path, error) from error
        except CannotRead:
            self.forget()
            raise
        return before != self._status

    def _missing(self, error: FileNotFoundError) -> None:
        self.forget()
        if self.path.is_symlink():
            raise CannotRead(
                f"{self.path} is a link to a file that is not there",
                "connect the disk that holds it, or remove the link",
            ) from error
        if self._seen and not self._expendable:
            raise CannotRead(f"{self.path} has disappeared", f"put it back, or {RESTORE}") from error

    def _follow(self) -> None:
        status = self.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise CannotRead(f"{self.path} is not a file", "move away what has its name")
        files.make_private(self.path, status.st_mode)
        self._seen = self.exists = True
        if status.st_size == 0:
            self._empty()
            return
        # Appends change the size; a file that was replaced has another inode, or ends differently at the
        # offset.
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key == self._status:
            return
        if self._status is None or key[:2] != self._status[:2] or status.st_size < self._offset:
            self.forget()
        if not self._read_on():
            self.forget()
            self._read_on()
        self.exists = True
        if not self.lines:
            self._empty()
            return
        self._status = key

    def _empty(self) -> None:
        self.forget()
        self.exists = self.blank = True
        if not self._expendable:
            raise CannotRead(f"{self.path} is empty, though it held data", f"{RESTORE}, or remove the file")
        self._damage.append(Damage(self.path, 0, "the file is empty, though it held data"))

    def replay(self, content: bytes) -> None:
        """Takes what a file held, in place of the file: for what is unpacked in memory.

        Raises:
            CannotRead: it is from a newer version.
        """
        self.exists = True
        self._replay(content)

    def _read_on(self) -> bool:
        """Replays what lies after the offset; False when what lies before it is not what it was."""
        with files.opened(self.path) as file:
            file.seek(self._offset - len(self._mark))
            found = file.read()
        mark, added = found[: len(self._mark)], found[len(self._mark) :]
        if mark != self._mark or (self._unended and added and added[:1] not in b"\r\n"):
            return False
        self._replay(added)
        used = len(found) - self._unread
        self._mark = found[max(0, used - _MARK_LENGTH) : used]
        return True

    def _replay(self, added: bytes) -> None:
        self._tail_damage = None
        start = len(_BYTE_ORDER_MARK) if not self._offset and added.startswith(_BYTE_ORDER_MARK) else 0
        *ended, tail = added[start:].split(b"\n")
        for line, following in pairwise([*ended, tail]):
            if damage := self._replay_line(line):
                # Where the next one does not begin as a line does, this one was cut in two by something else.
                torn = is_torn(line) and is_begun(following)
                (self.torn if torn else self._damage).append(damage)
            self._newlines += 1
        if ended:
            self._unended = False
        # A last line without its newline counts when it is whole. Otherwise it is looked at again: another
        # window may be writing it at this moment.
        self._unread = 0
        if tail:
            self._tail_damage = self._replay_line(tail)
            if self._tail_damage:
                self._unread = len(tail)
            else:
                self._unended = True
        self._offset += len(added) - self._unread

    def _replay_line(self, line: bytes) -> Damage | None:
        """Applies all changes of one line, or none and says why."""
        line = line.removesuffix(b"\r")  # what a change of line endings adds
        if not line:
            return None
        self.lines += 1
        try:
            ops = [self._brought_up(op) for op in ops_of(line)]
        except NewerSchema:
            raise CannotRead(f"{self.path} was written by a newer Splitdose", "update Splitdose") from None
        except (BadLine, ValueError) as error:
            return Damage(self.path, self._newlines + 1, str(error))
        for op in ops:
            self._apply(op)
        return None

    def _brought_up(self, op: Op) -> Op:
        if isinstance(op, Remove):
            return op
        schema = self._migrations.schema_of(op.document)
        if schema == self._migrations.schema:
            return op
        self.oldest = min(self.oldest, schema)
        return Put(op.table, op.id, self._migrations.bring_up(op.table, op.document))

    def _apply(self, op: Op) -> None:
        documents = self.tables.setdefault(op.table, {})
        before = documents.get(op.id)
        if before is not None:
            self.earlier.setdefault((op.table, op.id), []).append(text_of(before))
        if isinstance(op, Put):
            documents[op.id] = op.document
        else:
            self.earlier.setdefault((op.table, op.id), [])
            documents.pop(op.id, None)
