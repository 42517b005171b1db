"""The journals of a data folder: where each lies, who may write, and what counts as data.

Callers name a journal ("plan", "state", "log/2026-11") and give and get plain documents; files, copies, locks
and caches stay behind this. Nothing here knows what a document means. Nothing is read or created before it is
asked for, and the months that nobody asks for are never opened.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from splitdose import files

from .errors import RESTORE, CannotRead, NotSaved, cannot_read, not_saved
from .journal import JournalDatabase, JournalStorage
from .journal_reader import Damage
from .lines import Put, line_of, text_of
from .migrations import MIGRATIONS, Migrations

__all__ = ["JournalFolder"]

_JOURNAL = re.compile(r"plan|state|log/(?!0000)\d{4}-(0[1-9]|1[0-2])")
_MONTH_FILE = re.compile(r"((?!0000)\d{4}-(?:0[1-9]|1[0-2])).*\.jsonl")
_PLAN_FILE = re.compile(r"plan.*\.jsonl")
_LOCK_FILE = ".lock"
_LOCK_POLL = 0.01  # seconds between two tries


class JournalFolder:
    """Everything that Splitdose keeps about one person, as documents in the journals of one folder.

    One object may be used from several threads. Several objects, processes and devices may use one folder.

    Attributes:
        path: the folder.
        migrations: how documents of older schemas are read.
        has_written: plan or log were added to through this object; whoever has dealt with that may set it back.
        saved: plan or log were added to, and all that was to be added since is there.
    """

    def __init__(self, path: Path, *, lock_timeout: float = 5.0, migrations: Migrations = MIGRATIONS) -> None:
        """Does no I/O.

        Args:
            path: the folder, which need not exist.
            lock_timeout: how many seconds to wait for another window.
            migrations: how documents of older schemas are read.
        """
        self.path = path
        self._lock_timeout = lock_timeout
        self.migrations = migrations
        self.has_written = False
        self.saved = False
        self._swept = False  # what a kill left behind is gone
        self._was_there = False  # a journal was read or written through this object
        self._lock: Any = None
        self._databases: dict[str, JournalDatabase] = {}
        self._memory = threading.RLock()  # TinyDB and the followers know nothing of threads

    # What is there

    def exists(self) -> bool:
        """Whether there is a plan or a log.

        Raises:
            CannotRead: it can't be told.
        """
        return bool(self._plan_files()) or bool(self._log_files())

    def plan_is_missing(self) -> bool:
        """Whether there is a log but no plan: the plan was lost. Putting one makes it whole again.

        Raises:
            CannotRead: it can't be told.
        """
        return not self._plan_files() and bool(self._log_files())

    def months(self) -> list[str]:
        """Returns the months that have a log, as "2026-11", in order.

        Raises:
            CannotRead: the folder can't be read.
        """
        return sorted({name[:7] for name in self._log_files()})

    def months_with(self, text: str) -> list[str]:
        """Returns the months in whose files a text stands anywhere: those that are worth reading for it.

        Looks at bytes only, which is quick over ten years.

        Raises:
            CannotRead: a file can't be read, or is empty though it held data.
        """
        wanted = text_of(text)[1:-1].encode("ascii")
        return sorted({name[:7] for name, content in self._contents() if wanted in content})

    def latest(self, name: str) -> dict[str, str]:
        """Returns by month the greatest text that stands under a name in any line, "" where there is none.

        As `months_with` it looks at bytes only; a damaged line counts like any other.

        Raises:
            CannotRead: as `months_with`.
        """
        found: dict[str, str] = {}
        under = re.compile(rb'"%s":"([^"\\]*)"' % re.escape(name.encode("ascii")))
        for file, content in self._contents():
            text = max(under.findall(content), default=b"").decode("ascii", "replace")
            found[file[:7]] = max(text, found.get(file[:7], ""))
        return found

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        for name in self._log_files():
            path = self.path / "log" / name
            try:
                content = files.read(path)
            except OSError as error:
                raise cannot_read(path, error) from error
            if not content.strip():
                raise CannotRead(f"{path} is empty, though it held data", f"{RESTORE}, or remove the file")
            yield name, content

    def fingerprint(self) -> Hashable:
        """Returns a value that is another one when any journal has changed; as `file_stamps`."""
        return tuple(self.file_stamps().items())

    def file_stamps(self) -> Mapping[str, Hashable]:
        """Returns by journal a value that is another one when this journal has changed, its copies included.

        Looks at no content, so it may be asked every second; never fails. Where the plan's copies or the log can't be
        listed, why stands under "plan" or "log".
        """
        found: dict[str, Hashable] = {"state": _status(f"{self.path}/state.jsonl")}
        try:
            found["plan"] = tuple((name, _status(f"{self.path}/{name}")) for name in self._plan_files())
        except CannotRead as error:
            found["plan"] = str(error)
        months: dict[str, tuple[Hashable, ...]] = {}
        try:
            for name in self._log_files():
                journal = f"log/{name[:7]}"
                months[journal] = (*months.get(journal, ()), name, _status(f"{self.path}/log/{name}"))
        except CannotRead as error:
            return {**found, "log": str(error)}
        return {**found, **months}

    def damage(self) -> list[Damage]:
        """Returns the unusable lines of every journal that was read so far."""
        with self._memory:
            return [damage for name in sorted(self._databases) for damage in self._databases[name].journal.damage]

    def torn(self) -> list[Damage]:
        """Returns the lines, of every journal that was read so far, whose writing was cut short and others follow.

        Nobody was told that they were saved.
        """
        with self._memory:
            return [torn for name in sorted(self._databases) for torn in self._databases[name].journal.torn]

    # Reading

    def documents(self, journal: str, table: str) -> list[dict[str, Any]]:
        """Returns the documents of a table as they stand on disk now, other windows' included.

        Takes no lock. A journal that doesn't exist yet has none.

        Args:
            journal: "plan", "state" or "log/2026-11".
            table: the table's name.

        Returns:
            Copies, each with its "id", in order of id.

        Raises:
            CannotRead: a file of the journal can't be read, or there is a log and the plan is missing.
            ValueError: there is no such journal.
        """
        with self._memory:
            rows = self._database(journal).rows(table).all()
            self._was_there = self._was_there or self._databases[journal].journal.exists
            if journal == "plan":
                self._check_plan()
        return sorted(({**row, "id": str(row.doc_id)} for row in rows), key=lambda document: document["id"])

    def views(self, journal: str) -> dict[str, list[Mapping[str, Any]]]:
        """Returns all tables of a journal by name, each in order of id, for reading only: never to be altered.

        The documents are those of `documents`, without the cost of copying them.

        Raises:
            CannotRead, ValueError: as `documents`.
        """
        with self._memory:
            database = self._database(journal)
            tables = database.journal.look()
            self._was_there = self._was_there or database.journal.exists
            if journal == "plan":
                self._check_plan()
            return {
                table: [
                    document if document.get("id") == id_ else {**document, "id": id_}
                    for id_, document in sorted(documents.items())
                ]
                for table, documents in sorted(tables.items())
                if documents
            }

    def _check_plan(self) -> None:
        if self.plan_is_missing():
            raise CannotRead(
                f"{self._plan_file} is missing, though there is a log",
                f"{RESTORE}, or import the plan again",
            )
        database = self._databases["plan"]
        if database.journal.damage and not any(database.rows(table) for table in database.tables()):
            raise CannotRead(
                f"no line of {self._plan_file} can be used",
                f"{RESTORE}, or move it away and import the plan again",
            )

    # Writing

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps every other window from writing: for what is read, decided and written as one.

        May be entered again by the thread that holds it. Makes the folder when there is none.

        Raises:
            NotSaved: another window, or a stopped process, holds it for longer than the time limit; or the
                folder can't be written to.
        """
        from filelock import FileLock, Timeout  # only who writes pays for this import

        file = self.path / _LOCK_FILE
        with self._memory:
            if self._lock is None:
                self._lock = FileLock(str(file), mode=0o600)
        if self._was_there and not self.path.exists():
            # A disk was unplugged, or the folder moved away: a new one in its place would hide that.
            raise NotSaved(
                f"not saved: {self.path} has disappeared",
                "put it back, or connect its disk",
                short="the data folder has disappeared",
            )
        try:
            files.make_folder(self.path)
            self._lock.acquire(timeout=self._lock_timeout, poll_interval=_LOCK_POLL)
        except Timeout:
            raise NotSaved(
                f"not saved: another window or a stopped process holds {file}",
                "close or resume it and try again",
                short="another window or a stopped process holds the lock",
            ) from None
        except OSError as error:
            raise not_saved(file, error) from error
        try:
            with contextlib.suppress(OSError):
                files.make_private(file, file.stat().st_mode)
                if not self._swept:
                    self._swept = True
                    for folder in (self.path, self.path / "log", self.path / "backups"):
                        files.sweep(folder, time.time())
            yield
        finally:
            self._lock.release()

    def put(self, journal: str, table: str, document: Mapping[str, Any]) -> None:
        """Saves a document durably; one with the same id becomes this one.

        Args:
            journal: as for `documents`.
            table: the table's name.
            document: JSON values by name, with its "id", a str; the schema is added.

        Raises:
            NotSaved: it is not saved. The same document may be tried again.
            CannotRead: the journal's file can't be read, so nothing is added to it.
            ValueError, TypeError: no such journal, no id, or not JSON.
        """
        self.put_all(journal, [(table, document)])

    def put_all(self, journal: str, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Saves several documents of one journal in one line: all or none.

        Args:
            journal: as for `documents`.
            entries: (table, document) pairs; documents as for `put`.

        Raises:
            As `put`.
        """
        checked = [(table, self._checked(document)) for table, document in entries]
        with self._writing(journal) as database, database.journal.one_line():
            for table, document in checked:
                database.rows(table).put(document["id"], document)

    def remove(self, journal: str, table: str, id: str) -> None:
        """Removes a document, if there is one. Only state may be forgotten: records are voided, not removed.

        Raises:
            NotSaved, CannotRead: as `put`.
            ValueError: the journal isn't "state".
        """
        if journal != "state":
            raise ValueError(f"records of {journal} are never removed")
        with self._writing(journal) as database:
            database.rows(table).remove(doc_ids=cast(Any, [id]))

    def drop_state_before(self, instant: datetime, *, ahead_of: Callable[[], datetime] | None = None) -> None:
        """Drops the state documents whose "at" lies before `instant`; what has no readable "at" stays.

        This is the one file that is ever rewritten, in one step and under the lock.

        Args:
            instant: with an offset.
            ahead_of: what lies after this is dropped, too. Asked once the lock is held, for the machine may have slept
                while it was waited for.

        Raises:
            NotSaved, CannotRead: as `put`.
        """
        with self._memory:
            database = self._database("state")
            latest = ahead_of() if ahead_of is not None else None
            if all(_is_kept(row, instant, latest) for table in database.tables() for row in database.rows(table)):
                return  # the usual case needs no lock
        with self._writing("state") as database:
            latest = ahead_of() if ahead_of is not None else None
            kept = [
                Put(table, str(row.doc_id), dict(row))
                for table in sorted(database.tables())
                for row in database.rows(table)
                if _is_kept(row, instant, latest)
            ]
            file = database.journal.paths[0]
            try:
                files.replace(file, line_of(kept))
            except OSError as error:
                raise not_saved(file, error) from error

    def _checked(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with the schema of what this program writes, which no caller needs to know."""
        if not isinstance(document.get("id"), str) or not document["id"]:
            raise ValueError("a document needs an id")
        checked = {"id": document["id"], "schema": self.migrations.schema, **document}
        if self.migrations.schema_of(checked) != self.migrations.schema:
            raise ValueError("a document of an older schema can't be written")
        return checked

    @contextlib.contextmanager
    def _writing(self, journal: str) -> Iterator[JournalDatabase]:
        file = self._plain_file(journal)  # refuses a name that is none before anything is created
        if journal != "state":
            self.saved = False
        # The file lock first: whoever only reads must not wait behind a writer that waits for another window.
        with self.locked(), self._memory:
            with contextlib.suppress(OSError):
                files.make_private(file.parent, file.parent.stat().st_mode)
            if journal == "plan" and not os.path.lexists(file):
                # A plan that was lost may be put anew; its reader still misses the old one.
                self._databases.pop(journal, None)
            yield self._database(journal)
            self._was_there = True
            if journal != "state":
                self.has_written = self.saved = True

    # Where things are

    def files_of(self, journal: str) -> tuple[Path, ...]:
        """Returns the files of a journal, the one that is written to first. None of them need exist.

        Raises:
            CannotRead: the folder can't be read.
            ValueError: there is no such journal.
        """
        return self._paths(journal)

    def tables(self, journal: str) -> list[str]:
        """Returns the names of a journal's tables that hold anything, in order.

        Raises:
            CannotRead, ValueError: as `documents`.
        """
        with self._memory:
            database = self._database(journal)
            return sorted(name for name in database.tables() if len(database.rows(name)))

    def forget(self, journal: str) -> None:
        """Drops what was read of a journal, so that it is read from its first line next time."""
        with self._memory:
            self._databases.pop(journal, None)

    @property
    def _plan_file(self) -> Path:
        return self.path / "plan.jsonl"

    def _log_names(self) -> list[str]:
        return self._names_in(self.path / "log")

    def _names_in(self, folder: Path) -> list[str]:
        try:
            return os.listdir(folder)  # noqa: PTH208 - names, not paths: ten years have 120
        except FileNotFoundError as error:
            for path in dict.fromkeys((self.path, folder)):
                if path.is_symlink() and not path.exists():
                    raise CannotRead(
                        f"{path} is a link to a folder that is not there", "connect the disk that holds it"
                    ) from error
            return []
        except OSError as error:
            raise cannot_read(folder, error) from error

    def _log_files(self) -> list[str]:
        """Returns the names of the log's files: months, and the copies that sync tools leave beside them."""
        return sorted(name for name in self._log_names() if _MONTH_FILE.fullmatch(name))

    def _plan_files(self) -> list[str]:
        """Returns the names of the plan's files, that which is written to first: it, and copies as the log has them."""
        names = sorted(name for name in self._names_in(self.path) if _PLAN_FILE.fullmatch(name))
        return sorted(names, key=lambda name: name != self._plan_file.name)

    def _plain_file(self, journal: str) -> Path:
        if not _JOURNAL.fullmatch(journal):
            raise ValueError(f"no such journal: {journal!r}")
        return self.path / f"{journal}.jsonl"

    def _paths(self, journal: str) -> tuple[Path, ...]:
        """Returns the files of a journal, the one that is written to first."""
        plain = self._plain_file(journal)
        if journal == "state":
            return (plain,)
        if journal == "plan":
            names = self._plan_files()
        else:
            month = journal.removeprefix("log/")
            names = [name for name in self._log_names() if name.startswith(month) and name.endswith(".jsonl")]
        return (plain, *(plain.with_name(name) for name in sorted(names) if name != plain.name))

    def _database(self, journal: str) -> JournalDatabase:
        paths = self._paths(journal)
        if journal not in self._databases:
            self._databases[journal] = JournalDatabase(
                JournalStorage(*paths, migrations=self.migrations, expendable=journal == "state")
            )
        database = self._databases[journal]
        database.journal.paths = paths
        return database


def _status(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked each second, of every month
    except OSError as error:
        return (error.errno or -1,)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _is_kept(document: Mapping[str, Any], instant: datetime, latest: datetime | None) -> bool:
    try:
        at = datetime.fromisoformat(str(document.get("at")))
        return at >= instant and (latest is None or at <= latest)
    except (ValueError, TypeError):  # no instant, or one without an offset
        return True
