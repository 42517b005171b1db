"""Reminders without the app: `remind`, once or for as long as it runs, and what keeps it running on each platform.

Each data folder is kept reminded of by a unit of its own: two people on one computer, or a person and whom they care
for, never lose each other's.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from splitdose import files
from splitdose.cli.parser import Commands
from splitdose.cli.shell import Declined, OutputFailed, Shell
from splitdose.core.errors import BadInput
from splitdose.core.sanitize import sanitize
from splitdose.reminding import GivenNotice
from splitdose.settings import CONFIG_VARIABLE, DATA_VARIABLE, config_file, data_folder
from splitdose.watch import Watcher, own_terminal, until_signalled

UNIT = "splitdose-remind.service"
"""The unit of the folder that is used without `--data`; another folder's has a name after it, see `mark_of`."""
AGENT = "splitdose.remind"
TASK = "Splitdose reminders"
UNDO_BY_HAND = "to take it back:"
SYSTEMCTL_LIMIT = 30.0
"""Seconds that systemctl may take."""


def add(commands: Commands) -> None:
    """Add this family's commands."""
    remind = commands.add(
        "remind", run_remind, "remind without the app, until it is ended",
        about="Gives the same notices as the app, and shares them with it: none comes twice because both run.\n"
        "Prints one line for each. --install keeps it running from each login on.",
        examples="splitdose remind\nsplitdose remind --once\nsplitdose remind --install", json=False,
    )  # fmt: skip
    for flag, help in (
        ("--once", "send what is owed now and leave; 1 when no channel took it"),
        ("--install", "have systemd keep it running for this data folder; elsewhere show what to add"),
        ("--uninstall", "take that back, for this data folder"),
        ("--status", "say whether reminders go on without the app, and list what is installed; 1 when they don't"),
    ):
        remind.add_argument(flag, action="store_true", help=help)


def run_remind(shell: Shell) -> int:
    """`splitdose remind`."""
    chosen = [name for name in ("once", "install", "uninstall", "status") if getattr(shell.options, name)]
    if len(chosen) > 1:
        raise BadInput(f"--{chosen[0]} and --{chosen[1]} don't go together", "splitdose remind --help shows them")
    do = {"once": _once, "install": _install, "uninstall": _uninstall, "status": _status}
    return do[chosen[0]](shell) if chosen else _watch(shell)


def _watcher(shell: Shell) -> Watcher:
    session = shell.open_session(shell.folder, "watcher")
    if not session.reader.plan().medicines:  # what can't be read is said in one line, before anything starts
        shell.note("there is no plan yet; reminders begin as soon as there is one")
    terminal = own_terminal(shell.out.stream, shell.err.stream)

    def note(text: str) -> None:
        with suppress(BrokenPipeError, OutputFailed):
            shell.note(text)

    return Watcher(
        session, shell.settings, shell.environ, config=config_file(shell.environ), terminal=terminal, note=note
    )


def _watch(shell: Shell) -> int:
    watcher = _watcher(shell)
    for trouble in watcher.silence_notes():
        shell.note(trouble)

    def given(notice: GivenNotice) -> None:
        try:
            shell.out.line(_line(watcher, notice))
            shell.out.flush()
        except (BrokenPipeError, OutputFailed):
            shell.out.silence()  # whoever reads has read enough; the person still wants to be reminded

    with watcher.folder.watching() as mine, until_signalled() as ended:
        if not mine:
            raise Declined("reminders go on already: another splitdose remind watches this folder")
        watcher.run(given, ended)
    return 0


def _once(shell: Shell) -> int:
    watcher = _watcher(shell)
    notice = watcher.once()
    if notice is None:
        return 0
    if not notice.reached:
        reasons = ", ".join(f"{outcome.channel}: {outcome.reason}" for outcome in notice.outcomes)
        raise Declined(f"no channel took the reminder ({reasons})", "splitdose doctor says more; it stays owed")
    shell.out.line(_line(watcher, notice))
    return 0


def _line(watcher: Watcher, notice: GivenNotice) -> str:
    """One line for a notice: when, what, and what each channel answered."""
    body = " / ".join(part for part in notice.text.body.splitlines() if part)
    channels = ", ".join(o.channel if o.ok else f"not {o.channel}: {o.reason}" for o in notice.outcomes)
    return f"{watcher.wall_time()} {notice.text.title}. {body} [{channels or 'no channel is on'}]"


# What keeps it running


def command(shell: Shell) -> list[str]:
    """The command that reminds of this data folder, with nothing left to the environment it is started in."""
    return [sys.executable, "-m", "splitdose", "--data", str(shell.folder.absolute()), "remind"]


def mark_of(folder: Path) -> str:
    """What names the unit of a folder other than the usual one: "mum-3f2a91c4", from its name and its whole path."""
    from hashlib import sha256

    readable = re.sub(r"[^A-Za-z0-9_]+", "-", folder.name).strip("-")[:30]
    told_apart = sha256(os.fsencode(folder)).hexdigest()[:8]
    return f"{readable}-{told_apart}" if readable else told_apart


def own_mark(shell: Shell) -> str:
    """`mark_of` the folder at hand, "" for the one that is used without `--data`."""
    folder = _true(shell.folder)
    return "" if folder == _true(data_folder(None, shell.environ)) else mark_of(folder)


def _true(folder: Path) -> Path:
    """A folder by the path that all the ways to it share; it need not exist."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return folder.absolute()


@dataclass(frozen=True)
class Unit:
    """An installed systemd unit that reminds.

    Attributes:
        file: where it lies.
        folder: of which data folder it reminds; None where that can't be told.
    """

    file: Path
    folder: Path | None


def units_folder(shell: Shell) -> Path:
    """Where the systemd units of this person lie."""
    base = shell.environ.get("XDG_CONFIG_HOME") or str(Path(shell.environ.get("HOME", "~")).expanduser() / ".config")
    return Path(base) / "systemd" / "user"


def units(shell: Shell) -> list[Unit]:
    """Every unit of ours that is installed, by name, whatever version of Splitdose wrote it."""
    found = []
    for file in sorted(units_folder(shell).glob(f"{Path(UNIT).stem}*.service")):
        try:
            text = files.read(file, 100_000).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        found.append(Unit(file, _folder_of(text)))
    return found


def _folder_of(text: str) -> Path | None:
    """The data folder that a unit's text names, by its command line or its environment; else the usual one."""
    command = environment = None
    for line in text.splitlines():
        name, _, value = line.partition("=")
        try:
            words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(value)]
        except ValueError:
            continue
        if name.strip() == "ExecStart":
            command = words
        elif name.strip() == "Environment":
            environment = next((w.partition("=")[2] for w in words if w.startswith(f"{DATA_VARIABLE}=")), environment)
    if command is None:
        return None
    for word, following in zip(command, [*command[1:], ""], strict=True):
        if word == "--data" and following:
            return Path(following)
        if word.startswith("--data="):
            return Path(word.removeprefix("--data="))
    return data_folder(environment, {})


def own_unit(shell: Shell) -> Unit | None:
    """The installed unit that reminds of the folder at hand."""
    folder = _true(shell.folder)
    return next((unit for unit in units(shell) if unit.folder is not None and _true(unit.folder) == folder), None)


def unit_file(shell: Shell) -> Path:
    """Where the unit of the folder at hand lies, or would: never where another folder's is."""
    own = own_unit(shell)
    if own is not None:
        return own.file
    usual = units_folder(shell) / UNIT
    mark = own_mark(shell)
    if not mark and not usual.exists():
        return usual
    return usual.with_name(f"{usual.stem}-{mark or mark_of(_true(shell.folder))}{usual.suffix}")


def unit_text(words: list[str], config: str | None) -> str:
    """The systemd unit that runs a command from each login on, and again when it is killed.

    Args:
        words: the command.
        config: the settings' file, where it is not the usual one.
    """
    environment = f"Environment={_unit_word(f'{CONFIG_VARIABLE}={config}')}\n" if config else ""
    return (
        "[Unit]\n"
        "Description=Splitdose reminders\n"
        "# Never give up: a watcher that may not start now may start later.\n"
        "StartLimitIntervalSec=0\n"
        "\n"
        "[Service]\n"
        f"ExecStart={' '.join(_unit_word(word) for word in words)}\n"
        f"{environment}"
        "Restart=on-failure\n"
        "RestartSec=15\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def _unit_word(word: str) -> str:
    """One word of a unit's command line: quoted, with % and $ standing for themselves."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"'


def agent_text(words: list[str], label: str = AGENT) -> str:
    """The launchd agent for macOS."""
    from xml.sax.saxutils import escape  # which brings half of urllib with it

    arguments = "\n".join(f"    <string>{escape(word)}</string>" for word in words)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0">\n'
        "<dict>\n"
        f"  <key>Label</key>\n  <string>{label}</string>\n"
        f"  <key>ProgramArguments</key>\n  <array>\n{arguments}\n  </array>\n"
        "  <key>RunAtLoad</key>\n  <true/>\n"
        "  <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n"
        "</dict>\n"
        "</plist>"
    )


def task_command(words: list[str], task: str = TASK) -> str:
    """The command that has Windows' Task Scheduler start it at each login."""
    quoted = subprocess.list2cmdline([words[0].replace("python.exe", "pythonw.exe"), *words[1:]])
    inner = quoted.replace('"', '\\"')
    return f'schtasks /Create /F /SC ONLOGON /TN "{task}" /TR "{inner}"'


def what_to_add(platform: str, words: list[str], mark: str = "") -> list[str] | None:
    """What a person adds by hand on a platform without systemd; None where systemd may be there.

    Args:
        platform: as `sys.platform` has it.
        words: the command.
        mark: what tells this folder's from others', as `own_mark` has it.
    """
    if platform == "darwin":
        label = f"{AGENT}.{mark}" if mark else AGENT
        place = f"~/Library/LaunchAgents/{label}.plist"
        return [
            f"save this as {place}:", "", *agent_text(words, label).splitlines(), "", "then run:",
            f"  launchctl bootstrap gui/$(id -u) {place}", UNDO_BY_HAND,
            f"  launchctl bootout gui/$(id -u)/{label} && rm {place}",
        ]  # fmt: skip
    if platform == "win32":
        task = f"{TASK} {mark}" if mark else TASK
        return [
            "run this once in a command prompt:", f"  {task_command(words, task)}", UNDO_BY_HAND,
            f'  schtasks /Delete /F /TN "{task}"',
        ]  # fmt: skip
    return None


def _install(shell: Shell, platform: str = sys.platform) -> int:
    words = command(shell)
    by_hand = what_to_add(platform, words, own_mark(shell))
    if by_hand is not None:
        for line in by_hand:
            shell.out.line(line)
        return 0
    if any(not letter.isprintable() for word in words for letter in word):
        raise Declined("the path of the data folder can't stand in a unit file", "choose another folder with --data")
    config = shell.environ.get(CONFIG_VARIABLE)
    text = unit_text(words, str(Path(config).absolute()) if config else None)
    file = unit_file(shell)
    if file.exists() and own_unit(shell) is None:
        raise Declined(f"{file} is there already, and is not this folder's", "move it away, then try again")
    _write(file, text)
    shell.out.line(f"wrote {file}:")
    for line in text.splitlines():
        shell.out.line(f"  {line}")
    return _with_systemctl(
        shell, [["daemon-reload"], ["enable", file.name], ["restart", file.name]],
        "reminders go on when the app is closed; they go on after you log out only with: loginctl enable-linger",
    )  # fmt: skip


def _uninstall(shell: Shell, platform: str = sys.platform) -> int:
    by_hand = what_to_add(platform, command(shell), own_mark(shell))
    if by_hand is not None:
        for line in by_hand[by_hand.index(UNDO_BY_HAND) :]:
            shell.out.line(line)
        return 0
    own = own_unit(shell)
    if own is None:
        raise Declined(f"nothing is installed for {shell.folder}", "splitdose remind --status lists what is")
    file = own.file
    code = _with_systemctl(shell, [["disable", "--now", file.name]], "the watcher has ended")
    try:
        file.unlink()
    except OSError as error:
        raise Declined(f"{file} can't be removed: {error.strerror}", "remove it by hand") from None
    shell.out.line(f"removed {file}")
    return code


def _status(shell: Shell) -> int:
    watched = shell.open_session(shell.folder, "shell").reader.store.is_watched()
    if watched:
        shell.out.line("reminders go on when the app is closed: a watcher runs")
    else:
        shell.out.line("no watcher runs: reminders stop when the app is closed")
    if what_to_add(sys.platform, []) is None:
        own = own_unit(shell)
        if own is None:
            shell.out.line(f"nothing is installed for {shell.folder}; splitdose remind --install does it")
        for unit in sorted(units(shell), key=lambda unit: unit != own):
            shell.out.line(f"{'installed' if unit == own else 'also installed'}: {unit.file}")
            shell.out.line(f"reminds of: {unit.folder or 'unknown, for its file has no command that can be read'}")
            for what, asked in (("at login", "is-enabled"), ("now", "is-active")):
                answer = _systemctl(shell, [asked, unit.file.name])
                shell.out.line(f"{what}: {'systemctl is not here' if answer is None else answer[1] or 'unknown'}")
    return 0 if watched else 1


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(file, text.encode(), mode=0o666)
    except OSError as error:
        raise Declined(f"{file} can't be written: {error.strerror}", "check the folder and its permissions") from None


def _with_systemctl(shell: Shell, calls: list[list[str]], done: str) -> int:
    """Run systemctl, telling each command; where that can't be done, tell the person what to run."""
    for number, words in enumerate(calls):
        answer = _systemctl(shell, words)
        left = [f"systemctl --user {shlex.join(each)}" for each in calls[number:]]
        if answer is None:
            shell.out.line("systemctl is not here; where it is, run:")
            for line in left:
                shell.out.line(f"  {line}")
            shell.out.line("elsewhere cron does it: * * * * * " + shlex.join([*command(shell), "--once"]))
            return 0
        shell.out.line(f"ran systemctl --user {shlex.join(words)}")
        if answer[0] != 0:
            raise Declined(
                f"systemctl could not do it: {answer[1] or 'it gave no reason'}", f"later: {'; '.join(left)}"
            )
    shell.out.line(done)
    return 0


def _systemctl(shell: Shell, words: list[str]) -> tuple[int, str] | None:
    """Ask systemctl: its exit status and last line; None where there is none."""
    program = shutil.which("systemctl", path=shell.environ.get("PATH", os.defpath))
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--user", *words], capture_output=True, text=True, timeout=SYSTEMCTL_LIMIT, check=False,
            env=dict(shell.environ), stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return 1, "it does not answer"
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return done.returncode, sanitize(said[-1])[:200] if said else ""
