"""The record, typed: plan, log and reminders as the domain's values, in and out of one data folder.

Nobody above this makes a document or reads one; codecs, tables and journals stay behind it. What can't be understood
raises `CannotRead`, and only reminders are read past it: one that can't be read must not silence the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from splitdose.core.log import Record, Void
from splitdose.core.remind import Snooze

from . import codecs, watch_mark
from .codecs import Document, decode
from .entry import Entry
from .errors import RESTORE, CannotRead
from .folder import JournalFolder
from .kept import KeptChoice, KeptRules, KeptVersion, KeptZone, PlanEntry, PlanRecord, ReminderRecord, Rename, SentEntry

if TYPE_CHECKING:
    from .archive import Difference, FolderReport

__all__ = ["DataFolder", "journal_of", "month_of", "understood"]

_PLAN = "plan"
_STATE = "state"
_PLAN_FILE = "plan.jsonl"
_STATE_FILE = "state.jsonl"

T = TypeVar("T")


def journal_of(day: date) -> str:
    """The journal of the log that a logical date lies in: "log/2026-11"."""
    return f"log/{month_of(day)}"


def month_of(day: date) -> str:
    """The month of a logical date, as `DataFolder.months` has it: "2026-11"."""
    return f"{day.year:04d}-{day.month:02d}"


class DataFolder(JournalFolder):
    """Everything that Splitdose keeps about one person, in one folder."""

    def for_thread(self) -> DataFolder:
        """The same folder with nothing shared in memory, for use in another thread."""
        return DataFolder(self.path, lock_timeout=self._lock_timeout, migrations=self.migrations)

    # The plan

    def plan_record(self) -> PlanRecord:
        """All that is kept of the plan.

        Raises:
            CannotRead: the plan can't be read, or something in it can't be understood.
        """
        tables = self.views(_PLAN)
        undone = {decode(codecs.read_target, document, _PLAN_FILE) for document in tables.get("voids", ())}
        return PlanRecord(
            rules=tuple(decode(codecs.read_rules, document, _PLAN_FILE) for document in tables.get("rules", ())),
            versions=tuple(_kept_version(document, undone) for document in tables.get("versions", ())),
            renames=tuple(decode(codecs.read_rename, document, _PLAN_FILE) for document in tables.get("renames", ())),
            kept_zones=frozenset(str(document.get("zone")) for document in tables.get("kept_home", ())),
            choices=tuple(decode(codecs.read_choice, document, _PLAN_FILE) for document in tables.get("choices", ())),
        )

    def add_to_plan(self, *entries: PlanEntry) -> None:
        """Add to the plan in one line: all or none.

        Raises:
            NotSaved, CannotRead: as `put`.
        """
        self.put_all(_PLAN, [_plan_document(entry) for entry in entries])

    # The log

    def log_records(self, month: str) -> list[Record]:
        """What is recorded of the logical dates of a month: intakes, then check-ins, then voids, each in order of id.

        Args:
            month: "2026-11"; a month without a log has nothing.

        Raises:
            CannotRead: it can't be read, or something in it can't be understood.
        """
        journal = f"log/{month}"
        tables = self.views(journal)
        found: list[Record] = [decode(codecs.read_intake, document, journal) for document in tables.get("intakes", ())]
        found += [decode(codecs.read_checkin, document, journal) for document in tables.get("checkins", ())]
        found += [decode(codecs.read_void, document, journal) for document in tables.get("voids", ())]
        return found

    def add_to_log(self, day: date, *records: Record) -> None:
        """Add records to the log of a logical date's month in one line: all or none.

        Args:
            day: the logical date; of a void, that of the record it voids.
            records: any.

        Raises:
            NotSaved, CannotRead: as `put`.
        """
        entries = [codecs.record_document(record) for record in records]
        if len(entries) == 1:
            self.put(journal_of(day), *entries[0])
        else:
            self.put_all(journal_of(day), entries)

    # Reminders

    def reminder_record(self) -> ReminderRecord:
        """What was sent and snoozed; what can't be read is left out and told. Never fails."""
        try:
            tables = self.views(_STATE)
        except CannotRead as problem:
            return ReminderRecord(trouble=str(problem))
        troubles: list[str] = []
        snoozes = tuple(_readable(codecs.read_snooze, tables.get("snoozes", ()), troubles))
        sent = tuple(_readable(codecs.read_sent, tables.get("sent", ()), troubles))
        return ReminderRecord(sent, snoozes, troubles[-1] if troubles else "")

    def add_sent(self, entries: Sequence[SentEntry]) -> None:
        """Keep notices, claimed or with their result, in one line; one with the same id becomes this one.

        Raises:
            NotSaved, CannotRead: as `put`.
        """
        self.put_all(_STATE, [("sent", codecs.sent_document(sent, id_)) for id_, sent in entries])

    def add_snooze(self, id_: str, snooze: Snooze) -> None:
        """Keep a snooze.

        Raises:
            NotSaved, CannotRead: as `put`.
        """
        self.put(_STATE, "snoozes", codecs.snooze_document(snooze, id_))

    # Who watches

    def watching(self) -> AbstractContextManager[bool]:
        """Mark this folder as watched; see `watch_mark.watching`."""
        return watch_mark.watching(self.path)

    def is_watched(self) -> bool:
        """Tell whether a watcher runs on this folder; never fails, and writes nothing."""
        return watch_mark.is_watched(self.path)

    # As it is stored: for whoever copies, compares or exports, and understands nothing of it

    def entries(self, journal: str) -> list[Entry]:
        """Everything that a journal holds, as it is stored, by table and id.

        Args:
            journal: "plan" or "log/2026-11".

        Raises:
            CannotRead: it can't be read.
        """
        return [
            Entry(journal, table, dict(document))
            for table, documents in self.views(journal).items()
            for document in documents
        ]

    def recorded_instants(self, months: Sequence[str]) -> Iterator[datetime]:
        """When the plan's versions and the records of some months were made, undone ones too.

        Raises:
            CannotRead: it can't be read, or one of them has no readable time.
        """
        log = ("intakes", "checkins", "voids")
        for journal, wanted in ((_PLAN, ("versions",)), *((f"log/{month}", log) for month in months)):
            tables = self.views(journal)
            for document in (document for table in wanted for document in tables.get(table, ())):
                text = document.get("recorded_at") or document.get("made_at") or document.get("at")
                if isinstance(text, str):
                    try:
                        yield codecs.read_instant(text)
                    except ValueError:
                        raise CannotRead(
                            f"record {document['id']} in {journal} has no readable time", RESTORE
                        ) from None

    # As a whole

    def check(self) -> FolderReport:
        """Reads every line of every journal, and says what is there and what is wrong.

        Raises:
            CannotRead: the folder itself can't be read.
        """
        from . import archive  # rarely needed, and not quick to import

        return archive.check(self)

    def backup(self, file: Path, *, overwrite: bool = False) -> list[str]:
        """Writes a zip archive of all journals to `file`, durably, readable by its owner only.

        Returns:
            The names in the archive.

        Raises:
            CannotRead: there is nothing to copy, or a file can't be read.
            NotSaved: the archive can't be written, or exists and `overwrite` is False.
        """
        from . import archive

        return archive.back_up(self, file, overwrite=overwrite)

    def packed(self) -> tuple[bytes, list[str]]:
        """Returns what `backup` would write, and the names in it.

        Raises:
            CannotRead: as `backup`.
        """
        from . import archive

        return archive.packed(self)

    def compare(self, file: Path) -> Difference:
        """Returns what `restore` would do with this backup; changes nothing.

        Raises:
            CannotRead: the backup or this folder can't be read, or either is from a newer version.
        """
        from . import archive

        return archive.compare(self, file)

    def restore(self, file: Path, *, replace: bool = False) -> Difference:
        """Adds what only the backup has; with `replace`, also what differs. What only this folder has stays.

        Returns:
            The difference as it was before.

        Raises:
            CannotRead: as `compare`. Nothing was changed.
            NotSaved: not all is saved; restoring again goes on where this ended.
        """
        from . import archive

        return archive.restore(self, file, replace=replace)

    def compare_entries(self, entries: Sequence[Entry]) -> Difference:
        """Returns what `restore_entries` would do with these; changes nothing.

        Raises:
            CannotRead: an entry can't be stored, or this folder can't be read.
        """
        from . import archive

        return archive.compare_entries(self, entries)

    def restore_entries(self, entries: Sequence[Entry], *, replace: bool = False) -> Difference:
        """As `restore`, from documents that come from elsewhere than a backup, such as an export.

        Raises:
            CannotRead: as `compare_entries`. Nothing was changed.
            NotSaved: as `restore`.
        """
        from . import archive

        return archive.restore_entries(self, entries, replace=replace)

    def make_dated_backup(self, day: date, keep: int) -> bool:
        """Makes this day's automatic backup unless there is one, and drops the oldest beyond `keep`.

        One that holds a line which no newer one holds is never dropped: what was lost since then is in it.

        Args:
            day: the date in its name.
            keep: how many, at least one.

        Returns:
            Whether one was made.

        Raises:
            CannotRead, NotSaved: as `backup`.
        """
        from . import dated_backups

        return dated_backups.make_dated_backup(self, day, keep)

    def make_backups_folder(self) -> Path:
        """Makes the folder for automatic backups where there is none, for its owner only.

        Raises:
            NotSaved: it can't be made.
        """
        from . import dated_backups

        return dated_backups.make_backups_folder(self)

    def missing_here(self) -> tuple[Path, int] | None:
        """Returns the newest automatic backup that holds entries which this folder lacks, and how many; else None.

        Raises:
            CannotRead: the folder can't be read.
        """
        from . import dated_backups

        return dated_backups.missing_here(self)

    def dated_backups(self) -> list[Path]:
        """Returns the automatic backups, the newest first; never fails."""
        from . import dated_backups

        return dated_backups.dated_backups(self)


def _readable(
    read: Callable[[Mapping[str, Any]], T], documents: Iterable[Mapping[str, Any]], troubles: list[str]
) -> Iterator[T]:
    """What can be understood of some reminders' documents; why not goes to `troubles`."""
    for document in documents:
        try:
            yield decode(read, document, _STATE_FILE)
        except CannotRead as problem:
            troubles.append(str(problem))


def _kept_version(document: Mapping[str, Any], undone: set[str]) -> KeptVersion:
    medicine = document.get("medicine")
    if not isinstance(medicine, str):
        raise CannotRead("a plan version in plan.jsonl names no medicine", f"run splitdose doctor, or {RESTORE}")
    return KeptVersion(
        medicine,
        decode(codecs.read_since, document, _PLAN_FILE),
        replace(decode(codecs.read_made, document, _PLAN_FILE), stands=document["id"] not in undone),
        None if document["id"] in undone else decode(codecs.read_version, document, _PLAN_FILE),
    )


def _plan_document(entry: PlanEntry) -> tuple[str, Document]:
    """The table and the document of something that the plan keeps."""
    match entry:
        case KeptRules():
            return "rules", codecs.rules_document(entry.rules, entry.id, entry.made_at)
        case KeptVersion():
            if entry.version is None:
                raise ValueError("a version is undone by a void")
            return "versions", codecs.version_document(entry.medicine, entry.version, entry.since, entry.made.based_on)
        case Rename():
            return "renames", codecs.rename_document(entry.old, entry.new, entry.id, entry.made_at)
        case KeptZone():
            return "kept_home", {"id": entry.id, "zone": entry.zone, "at": entry.at.isoformat()}
        case KeptChoice():
            return "choices", codecs.choice_document(entry.choice, entry.id, entry.at)
        case Void():
            return codecs.record_document(entry)


def understood(entry: Entry) -> object:
    """The domain's value of a stored document.

    Returns:
        An intake, a check-in, a void, `KeptVersion` or `Rules`; of what the plan keeps besides, something else, or
        None where there is nothing to be understood in it.

    Raises:
        CannotRead: it can't be understood.
    """
    read = _READERS.get((entry.journal == _PLAN, entry.table))
    return None if read is None else decode(read, entry.document, entry.journal)


def _read_kept_version(document: Mapping[str, Any]) -> KeptVersion:
    """As a plan is read: a version that names no medicine, or not since when, can't be placed in one."""
    version = codecs.read_version(document)
    return KeptVersion(codecs.read_medicine(document), codecs.read_since(document), codecs.read_made(document), version)


_READERS: Mapping[tuple[bool, str], Callable[[Mapping[str, Any]], object]] = {
    (True, "versions"): _read_kept_version, (True, "rules"): codecs.read_rules, (True, "voids"): codecs.read_target,
    (True, "renames"): codecs.read_rename, (True, "choices"): codecs.read_choice,
    (False, "intakes"): codecs.read_intake, (False, "checkins"): codecs.read_checkin,
    (False, "voids"): codecs.read_void,
}  # fmt: skip
"""By whether they stand in the plan, and their table."""
