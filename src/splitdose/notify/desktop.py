"""The desktop channel: a notice from the desktop's own notification service.

Every notice is sent by a process of its own (see ``child.py`` for why), which has no terminal, belongs to
no terminal's session, and is ended with everything it started when it takes too long. Nothing here raises
for a channel that fails, writes to the terminal, or waits without a limit: the caller runs it in a thread,
and shows the reason in the header.

This module must never import plyer, and never do anything at import.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from splitdose.notify.notice import Notice, Outcome
from splitdose.notify.text import clip, clip_utf16, sanitize

LIMIT_SECONDS = 8.0
"""How long a notice may take. A healthy service answers within a fraction of a second."""

_LOOK_SECONDS = 0.1
"""How often whoever sends is asked whether to give up."""
UNTRIED = "not tried yet"

_CHILD = Path(__file__).with_name("child.py")
_SESSION_BUS = "DBUS_SESSION_BUS_ADDRESS"
_NO_SESSION = "no desktop session found"
_NO_SERVICE = "no notification service answers"
_NO_PROGRAM = "notify-send is not installed"
_NO_BUS = "the desktop's message bus does not answer"

# An argument may hold 128 KiB on Linux; nobody reads this much in a notice either.
_TITLE_CHARACTERS = 500
_BODY_CHARACTERS = 8000
# The fields of Windows' NOTIFYICONDATA: 64 and 256 code units with the closing NUL.
_WINDOWS_TITLE_UNITS = 63
_WINDOWS_BODY_UNITS = 255

# What the backends write, and how the header says it. The first that is found counts.
_SAID_PLAINLY = (
    (
        "No usable implementation found",
        _NO_PROGRAM if sys.platform.startswith("linux") else "not supported here",
    ),
    ("No such file or directory: 'notify-send'", _NO_PROGRAM),
    ("No such file or directory: 'gdbus'", "gdbus is not installed"),
    ("No such file or directory: 'osascript'", "osascript is not installed"),
    ("No module named 'plyer", "plyer is not installed"),
    ("not provided by any .service files", _NO_SERVICE),
    ("ServiceUnknown", _NO_SERVICE),
    ("NameHasNoOwner", _NO_SERVICE),
    ("does not exist", _NO_SERVICE),
    ("NoReply", "the notification service gave no reply"),
    ("Timeout was reached", "the notification service gave no reply"),
    ("disconnected from message bus", "the notification service went away"),
    ("connection is closed", "the notification service went away"),
    ("Cannot autolaunch", _NO_SESSION),
    ("Could not connect", _NO_BUS),
    ("Failed to connect to socket", _NO_BUS),
    ("Connection refused", _NO_BUS),
    ("Unable to autolaunch", _NO_SESSION),
    ("ExcessNotificationGeneration", "the notification service has too many notices"),
)


def send_desktop(
    notice: Notice, *, limit: float = LIMIT_SECONDS, environ: Mapping[str, str] | None = None,
    given_up: Callable[[], bool] = lambda: False,
) -> Outcome:  # fmt: skip
    """Send one notice to the desktop, and wait until it was taken or refused.

    Blocks, so the app calls it in a thread. Never raises, never writes to the terminal, never leaves a
    process behind.

    Args:
        notice: What to say; any characters.
        limit: Seconds that it may take.
        environ: The environment to send from; this process's own unless given.
        given_up: Asked again and again while it is under way: whether whoever sends it can't wait any longer.

    Returns:
        Whether the service took it, and if not, why in a few words.
    """
    environ = os.environ if environ is None else environ
    if not sys.executable:
        return _failed("no Python to send it with")
    if _speaks_dbus():
        address = _bus_address(environ)
        if address is None:
            return _failed(_NO_SESSION)
    else:
        address = None
    try:
        return _send(_fitted(notice), limit, _child_environ(environ, address), given_up)
    except OSError as error:
        return _failed(f"could not start: {sanitize(error.strerror or str(error))}")


def probe_desktop(environ: Mapping[str, str]) -> Outcome:
    """Look whether desktop notices can work, without sending one.

    Fast and quiet: looks for the programs, and knocks at the message bus's socket. Whether a service
    listens there is only known once a notice is sent, so what can't be ruled out is ok, "not tried yet".

    Args:
        environ: The environment that notices would be sent from.

    Returns:
        Not ok with the reason where a notice can't possibly be sent.
    """
    if sys.platform == "darwin":
        known = find_spec("pyobjus") is not None or shutil.which("osascript", path=environ.get("PATH")) is not None
        return Outcome("desktop", True, UNTRIED) if known else _failed("osascript is not installed")
    if sys.platform == "win32":
        return Outcome("desktop", True, UNTRIED)
    if not _speaks_dbus():
        return _failed("not supported here")
    if find_spec("dbus") is None and shutil.which("notify-send", path=environ.get("PATH")) is None:
        return _failed(_NO_PROGRAM)
    address = _bus_address(environ)
    if address is None:
        return _failed(_NO_SESSION)
    if not _bus_listens(address):
        return _failed(_NO_BUS)
    return Outcome("desktop", True, UNTRIED)


def _send(notice: Notice, limit: float, environ: dict[str, str], given_up: Callable[[], bool]) -> Outcome:
    """Run the child and judge it by its exit status, its standard error and its time."""
    process = subprocess.Popen(
        # -P: a script's own folder would come before everything else that it imports from.
        [sys.executable, "-P", "-W", "ignore", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        # A session of its own has no terminal to write to, gets no Ctrl-C, and can be ended as a whole.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    with process:
        try:
            complaint = _answer(process, notice, limit, given_up)
            if complaint is None:
                reason = "given up" if given_up() else f"no answer within {limit:g} s"
                _end(process)
                return _failed(reason)
        except BaseException:  # Ctrl-C, in a shell command
            _end(process)
            raise
    said = complaint.decode(errors="replace")
    if process.returncode == 0 and not said.strip():
        return Outcome("desktop", True)
    return _failed(_in_plain_words(said) or f"failed with status {process.returncode}")


def _answer(
    process: subprocess.Popen[bytes], notice: Notice, limit: float, given_up: Callable[[], bool]
) -> bytes | None:
    """Give the child its notice and wait until it ends; None when that takes too long, or is given up.

    Returns:
        What it wrote to its standard error.
    """
    message: bytes | None = json.dumps({"title": notice.title, "body": notice.body}).encode()
    deadline = time.monotonic() + limit
    while (left := deadline - time.monotonic()) > 0 and not given_up():
        try:
            return process.communicate(message, timeout=min(left, _LOOK_SECONDS))[1]
        except subprocess.TimeoutExpired:
            message = None  # it has it, and what it said so far is kept
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child and all it started: a notify-send that waits for a hung service is its grandchild."""
    if sys.platform == "win32":
        process.kill()
        return
    # The group outlives its leader for as long as anyone is in it.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody left; macOS says EPERM of a group of zombies
        return


def _fitted(notice: Notice) -> Notice:
    """Make a notice fit to be sent: no control characters, never without a title, no longer than is taken."""
    title = sanitize(notice.title).strip() or "Splitdose"
    body = sanitize(notice.body, keep_newlines=True)
    if sys.platform == "win32":
        return Notice(clip_utf16(title, _WINDOWS_TITLE_UNITS), clip_utf16(body, _WINDOWS_BODY_UNITS))
    return Notice(clip(title, _TITLE_CHARACTERS), clip(body, _BODY_CHARACTERS))


def _child_environ(environ: Mapping[str, str], bus_address: str | None) -> dict[str, str]:
    """Give the child the caller's environment, with a bus that is known and text that is UTF-8.

    Without an address the D-Bus libraries would start a bus of their own under X11, which nobody listens to
    and which stays behind. Messages in English let ``_in_plain_words`` recognise them.
    """
    child = dict(environ)
    # What these ask of Python would be written to standard error, and read as a failure.
    for name in (
        "PYTHONVERBOSE",
        "PYTHONDEVMODE",
        "PYTHONWARNINGS",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONINSPECT",
    ):
        child.pop(name, None)
    child["PYTHONUTF8"] = "1"
    if sys.platform not in ("darwin", "win32"):
        in_force = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
        is_utf8 = in_force.lower().replace("-", "").endswith("utf8")
        child.pop("LC_ALL", None)
        child.pop("LANGUAGE", None)
        child["LC_CTYPE"] = in_force if is_utf8 else "C.UTF-8"
        child["LC_MESSAGES"] = "C"
    if bus_address is not None:
        child[_SESSION_BUS] = bus_address
    return child


def _speaks_dbus() -> bool:
    """Tell whether plyer reaches this platform's notification service over D-Bus."""
    return sys.platform.startswith("linux")


def _bus_address(environ: Mapping[str, str]) -> str | None:
    """Find the session bus: the one the environment names, else the one systemd keeps for the user.

    The second is what a reminder started by cron has to go by.
    """
    if address := environ.get(_SESSION_BUS):
        return address
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    bus = Path(runtime, "bus")
    try:
        return f"unix:path={bus}" if bus.is_socket() else None
    except OSError:
        return None


def _bus_listens(address: str) -> bool:
    """Knock at the bus's socket.

    Args:
        address: A D-Bus address list, ``unix:path=/run/user/1000/bus,guid=…;…``.

    Returns:
        False only when every entry is a local socket and none of them takes a connection.
    """
    for entry in address.split(";"):
        transport, _, rest = entry.partition(":")
        options = dict(option.partition("=")[::2] for option in rest.split(","))
        if transport != "unix":
            return True  # tcp, autolaunch, …: not a local socket to knock at
        name = options["path"] if "path" in options else "\0" + options.get("abstract", "")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
            knock.settimeout(0.2)
            try:
                knock.connect(name)
            except (OSError, ValueError):
                continue
            return True
    return False


def _in_plain_words(complaint: str) -> str:
    """Turn what the backend wrote into a few words for the header.

    Args:
        complaint: The child's standard error: any text, often a traceback.

    Returns:
        Known causes in words of our own; otherwise the last line, without control characters, clipped.
    """
    for mark, words in _SAID_PLAINLY:
        if mark in complaint:
            return words
    lines = [line for line in sanitize(complaint, keep_newlines=True).splitlines() if line.strip()]
    return clip(lines[-1].strip(), 80) if lines else ""


def _failed(reason: str) -> Outcome:
    return Outcome("desktop", False, reason)
