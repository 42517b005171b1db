"""Whether everything is in order: `doctor` looks at files, settings, clock, zone, watcher and channels.

It writes nothing and sends nothing. A fault is what may lose a record or a reminder that the person counts on; a
note is worth knowing and may well be meant.
"""

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from splitdose.cli.parser import Commands
from splitdose.cli.shell import Shell
from splitdose.core.plan_wording import fork_words
from splitdose.core.wording import clock_back_words, day_words
from splitdose.notify import probe_desktop
from splitdose.session import Session
from splitdose.settings import config_file, machine_zone, place_of_silent
from splitdose.store import StoreError
from splitdose.store.errors import RESTORE

SLACK = timedelta(minutes=2)
"""A record this far in the future is no reason to doubt the clock: two devices may differ so much."""
OWN_FILES = (".lock", ".watch")
MOST_DAMAGE = 5

Level = Literal["ok", "note", "fault"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what: "data", "permissions", "integrity", "backups", "config", "clock", "zone", "watcher", "channels".
        level: a fault makes the exit code 1.
        what: what was found.
        todo: what to do about it, or "".
    """

    check: str
    level: Level
    what: str
    todo: str = ""


def add(commands: Commands) -> None:
    """Add this family's commands."""
    commands.add(
        "doctor", run_doctor, "look whether everything is in order",
        about="Looks at the data folder, its permissions and every line in it, at settings, clock, time zone, the\n"
        "watcher and the channels. Writes nothing; 1 when there is a fault.",
        examples="splitdose doctor",
    )  # fmt: skip


def run_doctor(shell: Shell) -> int:
    """`splitdose doctor`."""
    session = shell.open_session(shell.folder, "shell")
    found: list[Finding] = []
    open_before = _open_to_others(shell.folder)
    for check in (_data, _integrity, _backups, _config, _clock, _zone, _watcher, _channels):
        try:
            found += check(shell, session)
        except StoreError as problem:
            found.append(Finding(check.__name__.strip("_"), "fault", problem.what, problem.todo))
    found[1:1] = _permissions(shell.folder, open_before)
    found = list(dict.fromkeys(found))
    faults = sum(finding.level == "fault" for finding in found)
    if shell.json:
        findings = [{"check": f.check, "level": f.level, "what": f.what, "todo": f.todo or None} for f in found]
        shell.out.json({"ok": not faults, "findings": findings})
        return 1 if faults else 0
    width = max(len(finding.check) for finding in found)
    for finding in found:
        sign = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}[finding.level]
        todo = f"; {finding.todo}" if finding.todo else ""
        shell.out.line(f"{sign} {finding.check:<{width}}  {finding.what}{todo}")
    shell.out.line("no faults" if not faults else "1 fault" if faults == 1 else f"{faults} faults")
    return 1 if faults else 0


def _data(shell: Shell, session: Session) -> Iterator[Finding]:
    folder = shell.folder
    if not folder.exists():
        yield Finding("data", "note", f"{folder} is not there yet", "splitdose makes it with the first plan or record")
        return
    if not folder.is_dir():
        yield Finding(
            "data", "fault", f"{folder} is not a folder", "move it away, or choose another folder with --data"
        )
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data", "fault", f"{folder} can't be written to", "check who owns it and its permissions")
        return
    months = len(session.reader.store.months())
    medicines = len(session.reader.plan().medicines)
    words = f"{medicines} medicine{'' if medicines == 1 else 's'}, {months} month{'' if months == 1 else 's'} of log"
    yield Finding("data", "ok", f"{folder}: {words}")
    for medicine in session.reader.plan().medicines:
        if medicine.forked:
            todo = f"splitdose plan settle {shlex.quote(medicine.name)} --keep N keeps one version"
            yield Finding("data", "note", fork_words(medicine, session.reader.calendar), todo)


def _files(folder: Path) -> list[Path]:
    held = (found for pattern in ("*.jsonl", "log/*.jsonl", "backups/*.zip") for found in sorted(folder.glob(pattern)))
    return [folder, folder / "log", folder / "backups", *held]


def _open_to_others(folder: Path) -> dict[Path, int]:
    """The modes of those of a person's files that other people may read or change; none where there are no modes."""
    found = {}
    if os.name == "posix" and folder.is_dir():
        for path in _files(folder):
            with suppress(OSError):
                mode = stat.S_IMODE(path.stat().st_mode)
                if mode & 0o077:
                    found[path] = mode
    return found


def _permissions(folder: Path, before: dict[Path, int]) -> Iterator[Finding]:
    """Who may read the files. Reading one takes others' rights away, so this compares with how they were before."""
    if os.name != "posix" or not folder.is_dir():
        return
    now = _open_to_others(folder)
    for path, mode in before.items():
        was = f"{path} {'is' if path in now else 'was'} open to other people ({mode:03o})"
        if path in now:
            yield Finding("permissions", "fault", was, f"chmod {'700' if path.is_dir() else '600'} {path}")
        else:
            yield Finding("permissions", "note", was, "it is closed to them now")
    foreign = [path for path in _files(folder) if path.exists() and path.stat().st_uid != os.getuid()]
    for path in foreign:
        yield Finding("permissions", "fault", f"{path} belongs to another user", f"chown {os.getuid()} {path}")
    if not now and not foreign:
        yield Finding("permissions", "ok", "only you can read the files")


def _integrity(shell: Shell, session: Session) -> Iterator[Finding]:
    if not shell.folder.is_dir():
        return
    report = session.reader.store.check()
    if report.plan_is_missing:
        yield Finding("integrity", "fault", "there is a log and no plan", f"{RESTORE}, or import the plan again")
    lines = sum(file.lines for file in report.files)
    for file in report.files:
        if file.error is not None:
            yield Finding("integrity", "fault", file.error.what, file.error.todo)
        for damage in file.damage[:MOST_DAMAGE]:
            where = f"{damage.path}, line {damage.line}" if damage.line else str(damage.path)
            what = f"{where} is damaged and not used: {damage.what}"
            yield Finding("integrity", "fault", what, "it is left as it is; a backup may have what it said")
        if file.torn:
            lines_words = "1 line was" if len(file.torn) == 1 else f"{len(file.torn)} lines were"
            what = f"{file.path}: {lines_words} cut short while being written (line {file.torn[0].line})"
            yield Finding("integrity", "note", what, "what is missing was not reported as saved")
        if len(file.damage) > MOST_DAMAGE:
            yield Finding("integrity", "fault", f"{file.path}: {len(file.damage) - MOST_DAMAGE} more damaged lines")
    others = [path for path in report.others if path.name not in OWN_FILES]
    if others:
        names = ", ".join(sorted(path.name for path in others)[:MOST_DAMAGE])
        yield Finding("integrity", "note", f"{len(others)} files that Splitdose doesn't use: {names}")
    _everything(session)
    if report.is_sound:
        yield Finding("integrity", "ok", f"all {lines} lines can be read")


def _everything(session: Session) -> None:
    """Understand every document, not only every line. Raises CannotRead."""
    session.reader.plan()
    session.reader.whole_log()


def _backups(shell: Shell, session: Session) -> Iterator[Finding]:
    store = session.reader.store
    missing = store.missing_here()
    if missing is not None:
        backup, count = missing
        entries = "1 entry is" if count == 1 else f"{count} entries are"
        what = f"{entries} in the backup {backup} and not here"
        yield Finding("backups", "fault", what, f"splitdose restore {shlex.quote(str(backup))} brings them back")
    elif not shell.settings.backups:
        yield Finding("backups", "note", "automatic backups are off in the settings")
    elif found := store.dated_backups():
        yield Finding("backups", "ok", f"{len(found)} kept, the newest is {found[0]}")


def _config(shell: Shell, session: Session) -> Iterator[Finding]:
    file = config_file(shell.environ)
    if not shell.settings.warnings:
        yield Finding("config", "ok", f"{file}" if file.exists() else f"no {file.name}: every default holds")
    for warning in shell.settings.warnings:
        yield Finding("config", "fault", warning, "correct that line")
    with suppress(StoreError):  # a plan that can't be read is told by what looks at the plan
        for name, what, todo in session.reminders.silence_troubles():
            yield Finding("config", "note", f"{place_of_silent(file, name)}: {what}", todo)


def _clock(shell: Shell, session: Session) -> Iterator[Finding]:
    now = session.reader.now()
    store = session.reader.store
    # The newest months tell whether the clock went back.
    newest = max(store.recorded_instants(store.months()[-3:]), default=None)
    local = session.reader.calendar.local(now)
    words = f"{day_words(local.date())} {local.strftime('%H:%M')}"
    if newest is not None and newest > now + SLACK:
        what = clock_back_words(now, newest, session.reader.calendar)
        yield Finding("clock", "fault", what, "set this computer's clock, or find the record made under a wrong one")
    else:
        yield Finding("clock", "ok", words)


def _zone(shell: Shell, session: Session) -> Iterator[Finding]:
    name, warning = machine_zone(shell.environ)
    if warning is not None:
        yield Finding("zone", "fault", warning)
        return
    reader = session.reader
    kept = reader.calendar.latest.zone
    if not reader.has_rules or kept == name:
        yield Finding("zone", "ok", name)
    elif reader.zone_differs() is not None:
        what = f"this computer is in {name}, the record is kept in {kept}, which is used until you choose in the app"
        yield Finding("zone", "note", what, "the app asks which one to follow")
    else:
        yield Finding("zone", "ok", f"{kept}, kept while this computer is in {name}")


def _watcher(shell: Shell, session: Session) -> Iterator[Finding]:
    if session.reader.store.is_watched():
        yield Finding("watcher", "ok", "a watcher runs: reminders continue when the app is closed")
    else:
        what = "no watcher runs: reminders stop when the app is closed"
        yield Finding("watcher", "note", what, "splitdose remind --install keeps them going")
    session.reminders.due_notice()
    if session.reminders.trouble:
        what = f"what was sent can't be read: {session.reminders.trouble}"
        yield Finding("watcher", "fault", what, "until then reminders may come twice")


_NO_DESKTOP = "run it on the desktop that should show them, or set desktop = false under [reminders]"


def _channels(shell: Shell, session: Session) -> Iterator[Finding]:
    settings = shell.settings
    if not settings.desktop:
        yield Finding("channels", "note", "desktop notices are off in the settings")
    else:
        probe = probe_desktop(shell.environ)
        if probe.ok:
            todo = "splitdose notify --test sends one"
            yield Finding("channels", "ok", "the desktop's message bus answers", todo)
        elif settings.bell:
            what = f"no desktop notices: {probe.reason}; the terminal's bell and the app's alarm remind"
            yield Finding("channels", "note", what, _NO_DESKTOP)
        else:
            what = f"no desktop notices: {probe.reason}; only an open app shows what is due"
            yield Finding("channels", "fault", what, _NO_DESKTOP)
    if not settings.bell:
        yield Finding("channels", "note", "the terminal's bell is off in the settings")
    if not settings.desktop and not settings.bell:
        yield Finding("channels", "fault", "every channel is off", "only an open app shows what is due")
    silent = sorted(session.reminders.silence().medicines)
    if silent:
        yield Finding("channels", "note", f"without reminders: {', '.join(silent)}")
