"""A TinyDB storage that only ever appends: one line a change, durable before it counts.

`read` replays the files and picks up what other windows added; `write` adds one line with the documents that
changed. Old bytes are never rewritten, here or elsewhere; what a kill or a full disk leaves behind costs no
other line. Whoever writes while others may be writing holds the folder's lock from the read to the end of the
write; `DataFolder` does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from splitdose import files

from .errors import RESTORE, CannotRead, not_saved
from .journal_reader import Damage, JournalReader
from .lines import Op, Put, Remove, line_of, text_of
from .migrations import MIGRATIONS, Migrations

__all__ = ["JournalDatabase", "JournalStorage", "union"]

Tables = dict[str, dict[str, Any]]
_NESTED = (dict, list)


class LazyCopy(MutableMapping[str, Any]):
    """A document as `read` hands it out: a deep copy, made when it is first looked at.

    TinyDB reads every document for every operation and alters some in place. Most are never looked at, and
    one that wasn't can't have changed.

    Attributes:
        source: what it is a copy of; never altered.
        own: the copy, None until somebody looks.
    """

    __slots__ = ("own", "source")

    def __init__(self, source: dict[str, Any]) -> None:
        self.source = source
        self.own: dict[str, Any] | None = None

    def opened(self) -> dict[str, Any]:
        """Returns the copy, to be altered at will."""
        if self.own is None:
            self.own = _copied(self.source)
        return self.own

    def __getitem__(self, key: str) -> Any:
        return self.opened()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.opened()[key] = value

    def __delitem__(self, key: str) -> None:
        del self.opened()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.opened())

    def __len__(self) -> int:
        return len(self.source if self.own is None else self.own)

    def __repr__(self) -> str:
        return repr(self.opened())


def _copied(value: Any) -> Any:
    """Returns a deep copy of a dict or list that came from JSON."""
    if isinstance(value, dict):
        return {key: _copied(part) if isinstance(part, _NESTED) else part for key, part in value.items()}
    return [_copied(part) if isinstance(part, _NESTED) else part for part in value]


class JournalStorage(Storage):
    """One journal in one or more files: read as a union by document id, written to the first."""

    def __init__(self, *paths: Path, migrations: Migrations = MIGRATIONS, expendable: bool = False) -> None:
        """Does no I/O.

        Args:
            paths: the files, the one that is written to first. None of them need exist.
            migrations: how documents of older schemas are read.
            expendable: the files may vanish or be empty without anything being lost.

        Raises:
            ValueError: no path was given.
        """
        super().__init__()
        self._migrations = migrations
        self._expendable = expendable
        self._followers: list[JournalReader] = []
        self._merged = False  # `_tables` is the union of what the followers hold
        self.paths = paths
        self._tables: Mapping[str, Mapping[str, dict[str, Any]]] = {}
        self._is_base = False  # what `write` compares with is what the last `read` returned
        self._pending: Tables | None = None
        self._unsure: set[tuple[str, str]] = set()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, the one that is written to first. Set it when copies come or go."""
        return tuple(follower.path for follower in self._followers)

    @paths.setter
    def paths(self, paths: Sequence[Path]) -> None:
        if not paths:
            raise ValueError("a journal needs a file")
        known = {follower.path: follower for follower in self._followers}
        if list(known) == list(paths):
            return
        self._followers = [
            known.get(path) or JournalReader(path, self._migrations, expendable=self._expendable) for path in paths
        ]
        self._merged = False

    @property
    def exists(self) -> bool:
        """Whether any of the files was there when last looked at."""
        return any(follower.exists for follower in self._followers)

    @property
    def damage(self) -> list[Damage]:
        """The lines that the last read could not use."""
        return [damage for follower in self._followers for damage in follower.damage]

    @property
    def torn(self) -> list[Damage]:
        """The lines that the last read left out because their writing was cut short."""
        return [torn for follower in self._followers for torn in follower.torn]

    def read(self) -> Tables | None:
        """Returns table → id → document as they stand on disk now, or None when there is no file.

        Documents are copies: altering them changes nothing until `write`.

        Raises:
            CannotRead: a file is empty, gone, unreadable, or from a newer version.
        """
        if self._pending is not None:
            return self._pending
        self._catch_up()
        if not self._tables and not any(follower.exists for follower in self._followers):
            return None
        return {
            table: {id_: LazyCopy(document) for id_, document in documents.items()}
            for table, documents in self._tables.items()
        }

    def look(self) -> Mapping[str, Mapping[str, dict[str, Any]]]:
        """Returns the same as `read`, but the documents themselves: for reading only, never to be altered.

        Raises:
            CannotRead: as `read`.
        """
        if self._pending is None:
            self._catch_up()
        return self._tables

    def _catch_up(self) -> None:
        """Brings `_tables` to what stands on disk now."""
        self._is_base = False
        for follower in self._followers:
            if follower.follow():
                self._merged = False
        if not self._merged:
            self._tables = union(self._followers)
            self._merged = True
        self._is_base = True

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Adds one line with what differs between `data` and what the read before this returned.

        A record that another window added since then is not in `data`, and is not touched.

        Args:
            data: table → id → document, all of them.

        Raises:
            NotSaved: the line could not be written. Nothing of it counts; the same may be tried again.
            CannotRead: as `read`.
            TypeError, ValueError: a document is not JSON.
        """
        if self._pending is not None:
            self._pending = {table: {**documents} for table, documents in data.items()}
            return
        if not self._is_base:
            self.read()
        ops = list(self._differences(data))
        if not ops:
            return
        line = line_of(ops)
        touched = {(op.table, op.id) for op in ops}
        # From here on only the disk says what is there.
        self._is_base = False
        try:
            self._append(line)
        except OSError as error:
            # Should the failed line still be read, the retry must nevertheless write it again: this one may
            # not last.
            self._unsure |= touched
            self._merged = False
            for follower in self._followers:
                follower.forget()
            raise not_saved(self.paths[0], error) from error
        self._unsure -= touched

    @contextlib.contextmanager
    def one_line(self) -> Iterator[None]:
        """What is written inside becomes one line at the end, or nothing when the block raises.

        Raises:
            As `read` and `write`.
        """
        self._pending = self.read() or {}
        try:
            yield
            data = self._pending
        finally:
            self._pending = None
        self.write(data)

    def _differences(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> Iterator[Op]:
        for table, before in self._tables.items():
            now = data.get(table, {})
            if before.keys() <= now.keys():
                continue
            for id_ in [id_ for id_ in before if id_ not in now]:
                yield from self._seen_elsewhere(table, id_)
                yield Remove(table, id_)
        is_sure = not self._unsure
        for table, documents in data.items():
            before = self._tables.get(table, {})
            for id_, document in documents.items():
                source = before.get(id_)
                if type(document) is LazyCopy and document.own is None and document.source is source and is_sure:
                    continue
                if source is not None:
                    if text_of(document) == text_of(source) and (table, id_) not in self._unsure:
                        continue
                    yield from self._seen_elsewhere(table, id_)
                yield Put(table, str(id_), dict(document))

    def _seen_elsewhere(self, table: str, id_: str) -> Iterator[Op]:
        """What a change builds on, when the first file lacks it: having moved past it, that one wins."""
        source = self._tables[table][id_]
        if self._followers[0].tables.get(table, {}).get(id_) is not source:
            yield Put(table, id_, source)

    def _append(self, line: bytes) -> None:
        first = self._followers[0]
        if first.blank:
            files.replace(first.path, line)
            return
        if first.exists:
            self._keep_older()
            try:
                files.append(first.path, line)
            except FileNotFoundError:
                raise CannotRead(f"{first.path} has disappeared", f"put it back, or {RESTORE}") from None
            return
        files.make_folder(first.path.parent)
        try:
            files.create(first.path, line)
        except FileExistsError:
            files.append(first.path, line)

    def _keep_older(self) -> None:
        """Keeps a copy of a file with documents of an older schema before a line of the newer one is added.

        Its name ends in the schema and the day on which the file was last written to.
        """
        first = self._followers[0]
        if first.oldest == self._migrations.schema:
            return
        name = f"{first.path.name}.schema-{first.oldest}"
        if any(first.path.parent.glob(f"{_escaped(name)}.*.bak")):
            return
        day = datetime.fromtimestamp(first.path.stat().st_mtime, tz=UTC).date()
        with contextlib.suppress(FileExistsError):
            files.create(first.path.with_name(f"{name}.{day}.bak"), files.read(first.path))


class JournalDocument(Document):
    """A document as TinyDB gives it, taken over from the storage's copy as a whole rather than key by key."""

    def __init__(self, value: Mapping[str, Any], doc_id: Any) -> None:
        super().__init__(value.opened() if isinstance(value, LazyCopy) else value, doc_id)


class JournalTable(Table):
    """A table whose ids are strings."""

    document_class = JournalDocument
    document_id_class = str  # type: ignore[assignment]

    def put(self, id_: str, document: Mapping[str, Any]) -> None:
        """Makes `document` what is stored under `id_`, whether there was one before or not."""

        def becomes(stored: MutableMapping[str, Any]) -> None:
            stored.clear()
            stored.update(document)

        # TinyDB's annotations know only ids that are numbers.
        doc_id = cast(Any, id_)
        if self.contains(doc_id=doc_id):
            self.update(becomes, doc_ids=[doc_id])
        else:
            self.insert(JournalDocument(document, doc_id))


class JournalDatabase(TinyDB):
    """TinyDB on a journal."""

    table_class = JournalTable

    def __init__(self, storage: JournalStorage) -> None:
        super().__init__(storage=lambda: storage)
        self.journal = storage

    def rows(self, name: str) -> JournalTable:
        """Returns the table `name`, without a query cache: that would hide other windows' records."""
        return cast(JournalTable, self.table(name, cache_size=0))


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def union(followers: Sequence[JournalReader]) -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """Returns the documents of all files by id, the same on every device that has the same files.

    Where files differ about a document: a version that another file has moved past gives way; then a document
    goes before its removal; then the first file goes before the others, and they in order of name.
    """
    present = [follower for follower in followers if follower.exists]
    if not present:
        return {}
    if len(present) == 1:
        return present[0].tables
    merged: dict[str, dict[str, dict[str, Any]]] = {}
    for follower in present:
        for table, documents in follower.tables.items():
            settled = merged.setdefault(table, {})
            for id_ in documents:
                if id_ not in settled and (document := _settled(present, table, id_)) is not None:
                    settled[id_] = document
    return merged


def _settled(followers: Sequence[JournalReader], table: str, id_: str) -> dict[str, Any] | None:
    """Returns the version of a document that counts, or None when it was removed."""
    versions = [
        (document, text_of(document))
        for follower in followers
        if (document := follower.tables.get(table, {}).get(id_)) is not None
    ]
    past = {text for follower in followers for text in follower.earlier.get((table, id_), ())}
    if not past:
        return versions[0][0]
    current = [document for document, text in versions if text not in past]
    if current:
        return current[0]
    removed = any(
        (table, id_) in follower.earlier and id_ not in follower.tables.get(table, {}) for follower in followers
    )
    return None if removed else versions[0][0]
