"""A real desktop for the notices under test: an X server without a screen, a message bus, and dunst.

All three are private: nothing of the machine's own session is asked, read or shown to. The bus knows no
services that it could start by itself, so a notification daemon that is stopped stays stopped.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from support.processes import end
from support.requirements import require
from support.waiting import wait_for

_BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

# Every notice is kept: none times out, none is folded into one like it, none waits for room on the screen.
_DUNST_CONFIG = """\
[global]
    history_length = 100000
    notification_limit = 0
    stack_duplicates = false
    idle_threshold = 0
    markup = full
    icon_position = off
[urgency_low]
    timeout = 0
[urgency_normal]
    timeout = 0
[urgency_critical]
    timeout = 0
"""

_SERVICE = "org.freedesktop.Notifications"
_OBJECT = "/org/freedesktop/Notifications"


@dataclass(frozen=True)
class Received:
    """A notice as the daemon has it.

    Attributes:
        title: The title, which is plain text.
        body: What a person reads: the markup's tags gone, its entities resolved.
        app: The name of the program that sent it.
        markup: The body as it was sent.
    """

    title: str
    body: str
    app: str
    markup: str


class Desktop:
    """A desktop session with a notification daemon. A context manager.

    Give ``environ`` to the programs that shall notify. Where ``Terminal`` or ``subprocess`` starts them,
    the rest of their environment stays theirs.
    """

    def __init__(self) -> None:
        require("Xvfb", "dbus-daemon", "dunst", "gdbus")
        self._folder = Path()
        self._display = ""
        self._screen: subprocess.Popen[bytes] | None = None
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._hung = False
        self._earlier: list[Received] = []

    # -- opening and closing ---------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="desktop-"))
        try:
            (self._folder / "bus.conf").write_text(_BUS_CONFIG.format(socket=self._socket), encoding="utf-8")
            (self._folder / "dunstrc").write_text(_DUNST_CONFIG, encoding="utf-8")
            self._start_screen()
            self.start_bus()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        for process in (self._daemon, self._bus, self._screen):
            if process is not None:
                end(process)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to find this desktop."""
        return {"DISPLAY": self._display, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._socket}"}

    # -- what a desktop goes through -------------------------------------------------------------------------

    def start_bus(self, *, daemon: bool = True) -> None:
        """Start the message bus, at the same address as ever, and the notification daemon on it."""
        assert self._bus is None, "the bus runs"
        self._socket.unlink(missing_ok=True)
        self._bus = self._start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={self._folder / 'bus.conf'}")
        wait_for(
            lambda: self._call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId") is not None,
            what=lambda: f"the message bus to answer\n{self._log('dbus-daemon')}",
        )
        if daemon:
            self.start_daemon()

    def stop_bus(self) -> None:
        """End the message bus, and the daemon, which could not go on without it."""
        assert self._bus is not None, "the bus does not run"
        if self._daemon is not None:
            self.stop_daemon()
        end(self._bus)
        self._bus = None

    def start_daemon(self) -> None:
        """Start the notification daemon and wait until it answers."""
        assert self._daemon is None, "the daemon runs"
        self._daemon = self._start("dunst", "-config", str(self._folder / "dunstrc"))
        wait_for(
            lambda: self._call(_SERVICE, _OBJECT, f"{_SERVICE}.GetServerInformation") is not None,
            what=lambda: f"the notification daemon to answer\n{self._log('dunst')}",
        )

    def stop_daemon(self) -> None:
        """End the notification daemon at once. What it had received still counts, unless it was hung."""
        assert self._daemon is not None, "the daemon does not run"
        if not self._hung:
            self._earlier = self.received()
        end(self._daemon)
        self._daemon = None
        self._hung = False

    def hang(self) -> None:
        """Let the daemon hang: it stays on the bus and answers nothing."""
        assert self._daemon is not None, "the daemon does not run"
        self._daemon.send_signal(signal.SIGSTOP)
        self._hung = True

    def resume(self) -> None:
        """Let the daemon go on."""
        assert self._daemon is not None, "the daemon does not run"
        self._daemon.send_signal(signal.SIGCONT)
        self._hung = False

    # -- what has arrived ------------------------------------------------------------------------------------

    def received(self) -> list[Received]:
        """List every notice since the desktop started, the oldest first. Closes those on display.

        A program that has been told that its notice was taken finds it here; no waiting is needed. Of the
        notices of a daemon that is gone, those count that had arrived when it was stopped.
        """
        assert not self._hung, "a hung daemon can't be asked"
        if self._daemon is None:
            return list(self._earlier)
        # What is closed goes into the history, and so does what still waits to be shown.
        self._dunst("NotificationCloseAll")
        history = self._dunst("NotificationListHistory")
        notices = [
            Received(
                title=notice["summary"],
                body=_as_read(notice["body"]),
                app=notice["appname"],
                markup=notice["body"],
            )
            for notice in sorted(_notices(history), key=lambda notice: int(notice["id"]))
        ]
        return self._earlier + notices

    # -- processes -------------------------------------------------------------------------------------------

    @property
    def _socket(self) -> Path:
        return self._folder / "bus"

    def _start_screen(self) -> None:
        """Start an X server on a display that it finds free itself."""
        read, write = os.pipe()
        try:
            self._screen = self._start(
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                "800x600x24",
                "-nolisten",
                "tcp",
                passing=(write,),
            )
            os.set_blocking(read, False)
            said = b""

            def display() -> bool:
                nonlocal said
                try:
                    said += os.read(read, 16)
                except BlockingIOError:
                    return False
                return said.endswith(b"\n")

            wait_for(display, within=20, what=lambda: f"the X server to start\n{self._log('Xvfb')}")
            self._display = f":{said.decode().strip()}"
        finally:
            os.close(read)
            os.close(write)

    def _start(self, program: str, *arguments: str, passing: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a program of this desktop, which reads no person's configuration and writes to a log."""
        environ = {
            **os.environ,
            **self.environ,
            "LANG": "C.UTF-8",
            "HOME": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "TZ": "UTC",
        }
        with (self._folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                pass_fds=passing,
                start_new_session=True,
            )

    def _log(self, program: str) -> str:
        return (self._folder / f"{program}.log").read_text(encoding="utf-8", errors="replace")

    def _dunst(self, command: str) -> str:
        """Give the notification daemon a command of its own."""
        answer = self._call(_SERVICE, _OBJECT, f"org.dunstproject.cmd0.{command}")
        assert answer is not None, f"the notification daemon does not answer\n{self._log('dunst')}"
        return answer

    def _call(self, service: str, path: str, method: str) -> str | None:
        """Call a method without arguments on the private bus; None when nobody answers."""
        done = subprocess.run(
            ["gdbus", "call", "--session", "--timeout", "10", "--dest", service, "--object-path", path,
             "--method", method],
            capture_output=True, check=False, env={**os.environ, **self.environ, "LANG": "C.UTF-8"},
        )  # fmt: skip
        return done.stdout.decode() if done.returncode == 0 else None


# A text in GVariant's notation, a name before it: 'body': <'…'> or 'body': <"…">. Its escapes are Python's.
_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_FIELD = re.compile(rf"'(summary|body|appname|id)': <(?:uint32 )?({_TEXT}|-?[0-9]+)>")


def _notices(history: str) -> list[dict[str, str]]:
    """Read the texts out of the daemon's history.

    Texts are matched as wholes wherever they stand, so that nothing inside one is taken for a field.
    """
    notices: list[dict[str, str]] = []
    position = 0
    token = re.compile(rf"{_FIELD.pattern}|{_TEXT}|\{{(?=')", re.DOTALL)
    while match := token.search(history, position):
        position = match.end()
        if match[0] == "{":
            notices.append({})
        elif match[1]:
            notices[-1][match[1]] = str(ast.literal_eval(match[2]))
    return notices


def _as_read(markup: str) -> str:
    """Read a body as a service that knows markup shows it; one that is no markup is shown as it stands."""
    try:
        return "".join(ET.fromstring(f"<body>{markup}</body>").itertext())
    except ET.ParseError:
        return markup
