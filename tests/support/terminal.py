"""A real terminal for a program under test: tmux, on a server of its own, that nobody else sees.

Works where there is no terminal at all. The program gets keys and mouse clicks as a person's terminal would
send them, and what it draws is read from the screen that tmux keeps.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from support.clock import Clock
from support.processes import children, end, is_running
from support.requirements import require
from support.waiting import wait_for

# Textual's names for keys, where tmux has others.
_TMUX_KEYS = {
    "space": "Space",
    "enter": "Enter",
    "escape": "Escape",
    "tab": "Tab",
    "shift+tab": "BTab",
    "backspace": "BSpace",
    "delete": "DC",
    "insert": "IC",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PPage",
    "pagedown": "NPage",
}

# Everything is said in one file, so that no option is still missing when the program starts.
_CONFIG = """\
set -s escape-time 0
set -g default-shell /bin/sh
set -g default-terminal tmux-256color
set -g status off
set -g remain-on-exit on
set -g remain-on-exit-format ""
set -g history-limit 5000
set -g monitor-bell on
set -g bell-action any
set -g @bells ""
set-hook -g alert-bell 'set -g -a @bells x'
"""

# A sequence with a text inside, which a BEL may end: OSC, and DCS.
_STRINGS = re.compile(rb"\x1b\].*?(?:\x07|\x1b\\)|\x1bP.*?\x1b\\", re.DOTALL)


class Terminal:
    """A window of its own in which a command runs. A context manager; a second window is a second one.

    ``with Terminal(["splitdose"], at="2023-11-30 12:59:50") as window: window.press("space")``
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (100, 30),
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        at: str | None = None,
        tz: str = "Europe/Berlin",
        cwd: Path | None = None,
    ) -> None:
        """Describe the window; it opens on entering the context.

        Args:
            command: The program and its arguments.
            size: Columns and lines.
            environ: Added to this process's environment (which the tests keep apart from the person's).
            clock: The wall clock that the program runs by.
            at: Without a clock, the wall time at which a clock of its own starts.
            tz: The time zone of that clock.
            cwd: The folder to start in; this process's own unless given.
        """
        require("tmux")
        self._command = list(command)
        self._size = size
        self._environ = dict(environ or {})
        self._cwd = cwd
        self.clock = clock
        self._at = at
        self._tz = tz
        self._folder = Path()
        self._pid = 0
        self._server: subprocess.Popen[bytes] | None = None

    # -- opening and closing ---------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        # Short, because a socket's path may have no more than about 100 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="window-"))
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self) -> None:
        if self.clock is None and self._at is not None:
            self.clock = Clock(self._folder, self._at, tz=self._tz)
        (self._folder / "tmux.conf").write_text(_CONFIG, encoding="utf-8")
        # A child of this process rather than a daemon, so that it can't stay behind.
        self._server = subprocess.Popen(
            [*self._client(), "-D"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=_server_environ(), start_new_session=True,
        )  # fmt: skip
        wait_for((self._folder / "tmux").is_socket, what="tmux to start")
        # The program waits at a gate until its output is being recorded: its first bytes count too.
        gate = self._folder / "gate"
        os.mkfifo(gate)
        environ = {**(self.clock.environ if self.clock else {}), **self._environ}
        # Through env, because tmux gives every window the PATH of whoever asked for it.
        command = ["env", *(f"{name}={value}" for name, value in environ.items()), *self._command]
        script = f"read -r _ < {gate}; exec {shlex.join(command)}"
        self._tmux(
            "new-session", "-d", "-s", "test", "-x", str(self._size[0]), "-y", str(self._size[1]),
            "-c", str(self._cwd or Path.cwd()),
            script,
        )  # fmt: skip
        self._pid = int(self._ask("pane_pid"))
        output, recording = self._folder / "output", self._folder / "recording"
        self._tmux("pipe-pane", "-O", "-t", "test", f"> {recording}; exec cat >> {output}")
        wait_for(recording.exists, what="tmux to record the output")
        # Opened for both, so that opening waits for nobody.
        opened = os.open(gate, os.O_RDWR)
        try:
            os.write(opened, b"go\n")
            wait_for(
                lambda: not select.select([opened], [], [], 0)[0],
                what="the shell in the terminal to start the command",
            )
        finally:
            os.close(opened)

    def _close(self) -> None:
        """Close the window. The program is hung up on; one that does not mind, or is stopped, is ended."""
        try:
            if self._pid:
                self._end_program()
        finally:
            if self._server is not None:
                end(self._server)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _end_program(self) -> None:
        if self.is_running():
            # It may end by itself, or of the first signal, before the next one is sent.
            with suppress(ProcessLookupError):
                self.send_signal(signal.SIGHUP)
                self.send_signal(signal.SIGCONT)
            try:
                wait_for(lambda: not self.is_running(), within=5, what="the program to end with its terminal")
            finally:
                with suppress(ProcessLookupError):
                    if self.is_running():
                        self.kill()
        # What tmux started is tmux's to clear away, before it is ended itself: a container may have nobody
        # else.
        assert self._server is not None
        server = self._server.pid
        for pid in children(server):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: self._tmux("run-shell", "true") or not children(server),
            within=5,
            what="tmux to clear away what it started",
        )

    # -- doing -----------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, one after the other.

        After Escape wait for what it does before pressing on: a key right behind it reads as Alt with that
        key, in any terminal.

        Args:
            keys: Single characters, Textual's names ("space", "ctrl+p", "shift+tab") or tmux's ("Space",
            "C-p").
        """
        for key in keys:
            if len(key) == 1:
                self.type(key)
            else:
                self._tmux("send-keys", "-t", "test", _key_for_tmux(key))

    def type(self, text: str) -> None:
        """Type a text as it stands."""
        # An argument that ends in a semicolon would end tmux's command.
        if text.endswith(";"):
            text = text[:-1] + "\\;"
        self._tmux("send-keys", "-t", "test", "-l", "--", text)

    def paste(self, text: str) -> None:
        """Paste a text, bracketed where the program has asked for that."""
        subprocess.run(
            [*self._client(), "load-buffer", "-b", "paste", "-"],
            input=text.encode(), check=True, capture_output=True, env=_server_environ(),
        )  # fmt: skip
        self._tmux("paste-buffer", "-p", "-r", "-d", "-b", "paste", "-t", "test")

    def click(self, column: int, line: int) -> None:
        """Click with the left button.

        Args:
            column: From 0.
            line: From 0.
        """
        for action in "Mm":
            bytes_ = f"\x1b[<0;{column + 1};{line + 1}{action}".encode()
            self._tmux("send-keys", "-t", "test", "-H", *(f"{byte:02x}" for byte in bytes_))

    def click_on(self, text: str) -> None:
        """Click on the middle of a text that is on the screen."""
        column, line = self.find(text)
        self.click(column + len(text) // 2, line)

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-t", "test", "-x", str(columns), "-y", str(lines))

    def send_signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self._pid, number)

    def kill(self) -> None:
        """End the program as a power cut would: it gets to do nothing more."""
        self.send_signal(signal.SIGKILL)
        wait_for(lambda: not self.is_running(), what="the killed program to be gone")

    # -- looking ---------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._pid

    @property
    def device(self) -> str:
        """The terminal's path, "/dev/pts/3"."""
        return self._ask("pane_tty")

    def screen(self) -> str:
        """Read the screen as text, without trailing spaces and empty lines at its end."""
        return self._tmux("capture-pane", "-p", "-t", "test").rstrip("\n")

    def styled(self) -> str:
        """Read the screen with its colours and attributes, as escape sequences."""
        return self._tmux("capture-pane", "-p", "-e", "-t", "test").rstrip("\n")

    def lines(self) -> list[str]:
        """Read the screen as lines."""
        return self.screen().split("\n")

    def find(self, text: str) -> tuple[int, int]:
        """Find where a text stands: column (counting characters) and line, from 0. Fails when it does not."""
        for number, line in enumerate(self.lines()):
            if (column := line.find(text)) >= 0:
                return column, number
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen()}")

    def wait_for_text(self, *texts: str, within: float = 15.0) -> str:
        """Wait until all texts are on the screen at once.

        Returns:
            That screen.
        """

        def shown() -> str:
            screen = self.screen()
            return screen if all(text in screen for text in texts) else ""

        return wait_for(shown, within=within, what=lambda: f"{texts!r} on the screen:\n{self.screen()}")

    def wait_for_no_text(self, text: str, *, within: float = 15.0) -> None:
        """Wait until a text is not on the screen any more."""
        wait_for(
            lambda: text not in self.screen(),
            within=within,
            what=lambda: f"{text!r} gone from the screen:\n{self.screen()}",
        )

    def output(self) -> bytes:
        """Read everything that the program has written to its terminal, byte by byte, since it started."""
        return (self._folder / "output").read_bytes()

    def bells(self) -> int:
        """Count the bells in the output. The BEL that ends an escape sequence is none."""
        return _STRINGS.sub(b"", self.output()).count(b"\a")

    def bell_rang(self) -> bool:
        """Tell whether the terminal has rung its bell: tmux's own word for it."""
        return self._tmux("show-options", "-g", "-v", "@bells").strip() != ""

    def is_running(self) -> bool:
        """Tell whether the program has not ended."""
        return self._ended_with() is None

    def exit_status(self, *, within: float = 15.0) -> int:
        """Wait for the program to end and for its last output to be on the screen.

        Returns:
            Its exit status; minus the signal's number when a signal ended it.
        """
        wait_for(
            lambda: not self.is_running() and self._ask("pane_dead") == "1",
            within=within,
            what=lambda: f"the program to end:\n{self.screen()}",
        )
        status = self._ended_with()
        assert status is not None
        return status

    def _ended_with(self) -> int | None:
        """Tell how the program ended; None while it runs."""
        status = self._status()
        if status is None and not is_running(self._pid):
            # tmux 3.3 can miss that a child has ended. The end of another one makes it look again.
            self._tmux("run-shell", "true")
            status = self._status()
        return status

    def _status(self) -> int | None:
        status, _, signal_number = self._ask("pane_dead_status}/#{pane_dead_signal").partition("/")
        if status:
            return int(status)
        return -int(signal_number) if signal_number else None

    # -- tmux ------------------------------------------------------------------------------------------------

    def _client(self) -> list[str]:
        return ["tmux", "-u", "-S", str(self._folder / "tmux"), "-f", str(self._folder / "tmux.conf")]

    def _ask(self, name: str) -> str:
        return self._tmux("display-message", "-p", "-t", "test", f"#{{{name}}}").strip()

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            [*self._client(), *words], capture_output=True, check=False, env=_server_environ(), timeout=30
        )
        if done.returncode != 0:
            raise AssertionError(f"tmux {words[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()


def _server_environ() -> dict[str, str]:
    """Give tmux a UTF-8 locale, and let it not know of a tmux around it."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("TMUX", "LC_", "FAKETIME", "LD_"))
    }
    return {**environ, "LANG": "C.UTF-8", "TERM": "xterm-256color"}


def _key_for_tmux(key: str) -> str:
    """Translate Textual's name for a key; tmux's own names stay."""
    name = key.lower()
    if name in _TMUX_KEYS:
        return _TMUX_KEYS[name]
    if "+" not in name:
        return key.upper() if re.fullmatch("f[0-9]{1,2}", name) else key
    *modifiers, last = name.split("+")
    prefix = "".join({"ctrl": "C-", "alt": "M-", "shift": "S-"}[modifier] for modifier in modifiers)
    return prefix + _TMUX_KEYS.get(last, last)
