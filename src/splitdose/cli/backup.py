"""Copies of the record: `backup` and `restore`, and the day's automatic backup after a command that recorded.

Restoring only ever adds. What would change something that stands here is shown first, and done only on a yes.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from splitdose import files
from splitdose.cli.parser import Commands
from splitdose.cli.shell import Declined, Shell
from splitdose.core.amount import quote
from splitdose.core.clock import Rules
from splitdose.core.errors import BadInput
from splitdose.core.history import Choice
from splitdose.core.log import CheckIn, Intake, Void
from splitdose.core.showing import show_dose
from splitdose.core.wording import joined
from splitdose.settings import typed_path
from splitdose.store import CannotRead, DataFolder, Entry, KeptVersion, StoreError, understood

if TYPE_CHECKING:
    from splitdose.store.archive import Difference

MOST_SHOWN = 20
MOST_BYTES = 200_000_000
_ZIP = b"PK"


def add(commands: Commands) -> None:
    """Add this family's commands."""
    backup = commands.add(
        "backup", run_backup, "write a copy of the whole record to a file",
        about="A zip archive that only you can read: plan and log, to the byte. Best kept on another disk.",
        examples="splitdose backup /media/stick/splitdose.zip", json=False,
    )  # fmt: skip
    backup.add_argument("file", metavar="FILE", help="the archive to write; - is standard output")
    backup.add_argument("--yes", action="store_true", help="replace the file if there is one")
    restore = commands.add(
        "restore", run_restore, "bring back what a backup or a JSON export holds",
        about="Shows first what is new, changed, the same and only here. Adds what is missing; what is only here\n"
        "stays. What would change something that stands here (a record or plan that differs, a plan beside the\n"
        "one there is, a record here undone or replaced) asks first; without a terminal it needs --yes.",
        examples="splitdose restore /media/stick/splitdose.zip\nsplitdose --data DIR restore export.json --yes",
        json=False,
    )  # fmt: skip
    restore.add_argument("file", metavar="FILE", help="a backup, or what splitdose export json wrote")
    restore.add_argument("--yes", action="store_true", help="yes to changing what stands here")


def run_backup(shell: Shell) -> int:
    """`splitdose backup`."""
    file = shell.target(shell.options.file)
    if file is None:
        return _backup_to_output(shell)
    shown = quote(str(file), limit=200)
    if file.is_dir():
        raise BadInput(f"{shown} is a folder", "name a file")
    overwrite = bool(shell.options.yes)
    if file.exists() and not overwrite:
        if not shell.ask(f"{shown} exists. Replace it?"):
            raise Declined(f"{shown} exists", "name another file, or --yes replaces it")
        overwrite = True
    store = DataFolder(shell.folder)
    names = store.backup(file, overwrite=overwrite)
    log = sum(name.startswith("log/") for name in names)
    plan = "plan and " if any(name.startswith("plan") for name in names) else ""
    shell.out.line(f"written: {file} ({plan}{_count(log, 'file')} of log)")
    _say_what_is_damaged(shell, store, names)
    return 0


def _backup_to_output(shell: Shell) -> int:
    if shell.out.stream.isatty():
        raise Declined("an archive can't be shown at a terminal", "name a file, or redirect the output")
    store = DataFolder(shell.folder)
    content, names = store.packed()
    shell.out.binary(content)
    _say_what_is_damaged(shell, store, names)
    return 0


def _say_what_is_damaged(shell: Shell, store: DataFolder, names: Sequence[str]) -> None:
    for report in store.check().files:
        if report.error is not None:
            copied = report.path.relative_to(store.path).as_posix() in names
            how = "copied as it is, and can't be read" if copied else "left out, for it can't be read"
            shell.note(f"{report.path} is {how}: {report.error.what}")
        elif report.damage:
            shell.note(f"{_count(len(report.damage), 'damaged line')} of {report.path} copied as it is")


def run_restore(shell: Shell) -> int:
    """`splitdose restore`."""
    file, store = _file(shell), DataFolder(shell.folder)
    source = _source(file)
    difference = source.compare(store)
    for entry in (*difference.new, *difference.changed):
        _value(entry)
    for line in _lines(shell, difference):
        shell.out.line(line)
    for damage in difference.damage:
        where = f"{damage.path}, line {damage.line}" if damage.line else str(damage.path)
        shell.note(f"{where} is damaged and left out: {damage.what}")
    if not difference.new and not difference.changed:
        shell.out.line("nothing to restore")
        return 0
    alters = _alters(store, difference)
    if alters and not shell.options.yes:
        facts = f"restoring would {joined(alters)}"
        if shell.ask(f"{facts[:1].upper()}{facts[1:]}. Do it?") is not True:
            raise Declined(f"nothing was restored: it would {joined(alters)}", "--yes does it")
    _restore(shell, store, source, difference)
    shell.out.line(f"restored: {_count(len(difference.new), 'entry')} added, {len(difference.changed)} changed")
    return 0


def keep_backup(shell: Shell) -> None:
    """Make the day's backup if this command recorded something; what goes wrong is one line beside the answer."""
    if "session" not in shell.__dict__:
        return
    store = shell.reader.store
    if not store.has_written or not shell.settings.backups:
        return
    from splitdose.session.backups import DailyBackup

    keeper = DailyBackup(shell.reader, shell.settings.backups)
    day = keeper.owed()
    if day is not None:
        with contextlib.suppress(BrokenPipeError):
            shell.out.flush()  # the answer first: nobody waits for a backup
        keeper.make(day)
    if keeper.trouble:
        shell.note(f"recorded, but no backup was made today: {keeper.trouble}")


def _file(shell: Shell) -> Path:
    typed: str = shell.options.file
    if not typed:
        raise BadInput("the file has no name", "name a backup, or a JSON export")
    return typed_path(typed)


@dataclass(frozen=True)
class _Source:
    """A backup, or the entries of an export in its place."""

    file: Path
    entries: Sequence[Entry] | None

    def compare(self, store: DataFolder) -> "Difference":
        return store.compare(self.file) if self.entries is None else store.compare_entries(self.entries)

    def restore(self, store: DataFolder, *, replace: bool) -> None:
        if self.entries is None:
            store.restore(self.file, replace=replace)
        else:
            store.restore_entries(self.entries, replace=replace)


def _source(file: Path) -> _Source:
    shown = quote(str(file), limit=200)
    try:
        with files.opened(file) as stream:
            data = stream.read(len(_ZIP))
            if data == _ZIP:
                return _Source(file, None)
            data += stream.read(MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it can't be opened"
        raise BadInput(f"{shown} can't be read: {reason}", "name a backup, or a JSON export") from None
    if len(data) > MOST_BYTES:
        raise BadInput(f"{shown} is larger than {MOST_BYTES} bytes", "name a backup, or a JSON export")
    from splitdose.report.json import read

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{shown} is neither a backup nor a JSON export", "choose another file") from None
    return _Source(file, read(text))


def _restore(shell: Shell, store: DataFolder, source: _Source, shown: "Difference") -> None:
    """Restore what was shown, and nothing else; what is here is copied first where that can be."""
    with store.locked():
        found = source.compare(store)
        if (found.new, found.changed) != (shown.new, shown.changed):
            raise Declined("the record has changed meanwhile; nothing was restored", "try again")
        if store.exists():
            _copy_first(shell, store)
        source.restore(store, replace=True)


def _copy_first(shell: Shell, store: DataFolder) -> None:
    moment = shell.clock().strftime("%Y-%m-%dT%H%M%SZ")
    try:
        place = store.make_backups_folder()
        names = (place / f"before-restore-{moment}{suffix}.zip" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
        file = next(name for name in names if not name.exists())
        store.backup(file)
    except StoreError as problem:
        # A file that can't be read may be why a backup is restored at all.
        shell.note(f"what is here was not copied first: {problem.what}")
    else:
        shell.out.line(f"what is here was copied first: {file}")


def _value(entry: Entry) -> object:
    """The domain's value; what can't be understood is not let in. Raises BadInput."""
    try:
        return understood(entry)
    except CannotRead as problem:
        raise BadInput(f"the file can't be used: {problem.what}", "choose another one") from None


def _lines(shell: Shell, difference: "Difference") -> Iterable[str]:
    """What is new, changed, the same and only here."""
    for sign, word, entries in (("+", "new", difference.new), ("~", "changed", difference.changed)):
        yield f"{word}: {_summary(entries)}"
        for entry in entries[:MOST_SHOWN]:
            yield f"  {sign} {_words(entry, ascii_only=shell.ascii_only)}"
        if len(entries) > MOST_SHOWN:
            yield f"  and {len(entries) - MOST_SHOWN} more"
    yield f"the same: {difference.same}"
    yield f"only here: {difference.only_here}{', which stays' if difference.only_here else ''}"


_NAMES = {
    "versions": "plan version", "rules": "set-up", "intakes": "intake", "checkins": "check-in", "voids": "undo",
    "choices": "plan choice",
}  # fmt: skip


def _summary(entries: Sequence[Entry]) -> str:
    counts = Counter(entry.table for entry in entries)
    words = [_count(number, _NAMES.get(table, f"entry of {table}")) for table, number in sorted(counts.items())]
    return f"{len(entries)}{f' ({joined(words)})' if words else ''}"


def _count(number: int, word: str) -> str:
    if number == 1:
        return f"1 {word}"
    return f"{number} {'entries' if word == 'entry' else f'{word}s'}"


def _words(entry: Entry, *, ascii_only: bool) -> str:
    """One entry in a few words."""
    match _value(entry):
        case Intake() as intake:
            slot = f" {intake.slot}" if intake.slot is not None else ""
            amount = f" {show_dose(intake.pieces, ascii_only=ascii_only)}" if intake.pieces else ""
            return f"{intake.date.isoformat()} {intake.medicine}{slot}{amount} {intake.kind}"
        case Void() as void:
            return f"{_day(void.recorded_at)} record {void.target} undone"
        case KeptVersion() as kept:
            return f"plan of {kept.medicine}, version {kept.made.number}"
        case Choice():
            return "choice between versions of a plan that two devices changed"
        case CheckIn() as checkin:
            return f"{checkin.date.isoformat()} check-in"
        case Rules() as rules:
            return f"time zone {rules.zone}, from {rules.since.isoformat()} on"
    return f"{entry.journal} {entry.table} {entry.id}"


def _day(instant: datetime) -> str:
    return instant.date().isoformat()


def _alters(store: DataFolder, difference: "Difference") -> list[str]:
    """What would read differently here afterwards, beyond what is added."""
    found = []
    if difference.changed:
        found.append(f"change {_count(len(difference.changed), 'entry')}")
    plan = [entry for entry in difference.new if entry.journal == "plan"]
    if plan and _held(store, "plan"):
        found.append(f"add {_count(len(plan), 'entry')} to the plan")
    added = {entry.id for entry in difference.new}
    touched = 0
    for journal in {entry.journal for entry in difference.new} - {"plan"}:
        here = _held(store, journal)
        targets = {_touches(_value(entry)) for entry in difference.new if entry.journal == journal}
        touched += len((targets & here) - added)
    if touched:
        found.append(f"undo or replace {_count(touched, 'record')}")
    return found


def _touches(value: object) -> str | None:
    """The id of the record that another one voids or replaces."""
    match value:
        case Void():
            return value.target
        case Intake() | CheckIn():
            return value.replaces
    return None


def _held(store: DataFolder, journal: str) -> set[str | None]:
    """The ids of what a journal holds; none where it can't be read, which is why it is restored."""
    try:
        return {entry.id for entry in store.entries(journal)}
    except CannotRead:
        return set()
