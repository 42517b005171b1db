"""The terminal channel: the bell always, and a notice from the terminal itself where it is known to give one.

Terminals that show desktop notices do it for one of three escape sequences, and none can be asked
beforehand. So the terminal is known only by what it leaves in the environment, and an unknown one gets the
bell alone: a sequence that a terminal does not know may be printed into the screen.

This module must never write text that still holds a control character, and must never write to anything but
the stream that it was given.
"""

from __future__ import annotations

import os
import re
import select
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TextIO
from zlib import crc32

from splitdose.notify.notice import Notice, Outcome
from splitdose.notify.text import clip, sanitize

BELL = "\a"
_ESC = "\x1b"
_ST = _ESC + "\\"

# Some terminals drop a sequence longer than 2 KiB, and none shows much more than this. In bytes at most
# four times it.
_TITLE_CHARACTERS = 120
_BODY_CHARACTERS = 320
# The version from which VTE (GNOME Terminal, Ptyxis, Tilix, …) swallows an OSC 777 that it was built without.
_VTE_QUIET = 4600


def terminal_sequence(notice: Notice, environ: Mapping[str, str]) -> str:
    """Say what to write to a terminal so that it calls its person.

    Args:
        notice: What to say; any characters.
        environ: The environment of the process that the terminal shows.

    Returns:
        The bell, after a notice's escape sequence where the terminal is known to take one.
    """
    form = _form_for(environ)
    if form is None:
        return BELL
    sequence = form(_one_line(notice.title, _TITLE_CHARACTERS), _one_line(notice.body, _BODY_CHARACTERS))
    if environ.get("TMUX"):
        sequence = _through_tmux(sequence)
    return sequence + BELL


def ring_terminal(notice: Notice, stream: TextIO | int, environ: Mapping[str, str]) -> Outcome:
    """Ring a terminal from the shell. Not for use while Textual owns the screen.

    Args:
        notice: What to say.
        stream: The terminal: a text stream or a file descriptor.
        environ: The environment of this process.

    Returns:
        Ok when the terminal took the bytes; whether it makes a sound is its own affair.
    """
    try:
        if isinstance(stream, int):
            descriptor = stream
        else:
            stream.flush()  # what was printed before belongs before the bell
            descriptor = stream.fileno()
        if not os.isatty(descriptor):
            return Outcome("terminal", False, "not a terminal")
        # Bytes, because the stream's own encoding may not know the text, and what takes a sequence takes
        # UTF-8.
        rest = terminal_sequence(notice, environ).encode()
        while rest:
            if sys.platform != "win32" and not select.select([], [descriptor], [], 1.0)[1]:
                return Outcome("terminal", False, "the terminal takes no output")
            rest = rest[os.write(descriptor, rest) :]
    except (OSError, ValueError) as error:  # ValueError: a stream that is closed
        return Outcome("terminal", False, clip(sanitize(getattr(error, "strerror", None) or str(error)), 80))
    return Outcome("terminal", True)


def _form_for(environ: Mapping[str, str]) -> Callable[[str, str], str] | None:
    """Choose the sequence for the terminal that the environment speaks of.

    kitty takes OSC 99. foot, Ghostty and WezTerm take OSC 777, Contour and Fedora's VTE too, Windows
    Terminal since 2026; other VTEs and older Windows Terminals swallow it. iTerm2 and Warp take OSC 9.
    Apple's Terminal, Alacritty, xterm, Konsole, VS Code, the Linux console and GNU screen take none of
    them.
    """
    if environ.get("TMUX"):
        return _form_outside_tmux(environ)
    term = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "")
    if term in ("dumb", "linux") or term.startswith(("screen", "tmux")):
        return None
    if environ.get("KITTY_WINDOW_ID") or term == "xterm-kitty":
        return _osc_99
    if term in ("foot", "foot-extra", "xterm-ghostty", "wezterm", "contour") or term.startswith("foot-"):
        return _osc_777
    if program:
        # A program that names itself is believed before traces of another one that it may have been started
        # from.
        return {
            "ghostty": _osc_777,
            "WezTerm": _osc_777,
            "contour": _osc_777,
            "iTerm.app": _osc_9,
            "WarpTerminal": _osc_9,
        }.get(program)
    if environ.get("LC_TERMINAL") == "iTerm2":  # the one trace that survives ssh
        return _osc_9
    version = environ.get("VTE_VERSION", "")
    if environ.get("WT_SESSION") or (re.fullmatch("[0-9]{1,9}", version) and int(version) >= _VTE_QUIET):
        return _osc_777
    return None


def _form_outside_tmux(environ: Mapping[str, str]) -> Callable[[str, str], str] | None:
    """Guess the terminal around tmux, which hides it behind TERM and TERM_PROGRAM of its own.

    What is left are the traces of the terminal that the tmux server was started from. Another one may be
    attached by now, so only the traces of terminals count whose sequences the others swallow; tmux itself
    drops what it is not told to let through.
    """
    if environ.get("KITTY_WINDOW_ID"):
        return _osc_99
    if environ.get("WEZTERM_PANE") or environ.get("GHOSTTY_RESOURCES_DIR"):
        return _osc_777
    if environ.get("ITERM_SESSION_ID") or environ.get("LC_TERMINAL") == "iTerm2":
        return _osc_9
    return None


def _osc_9(title: str, body: str) -> str:
    # ConEmu's progress bars are "9;4;…", and other terminals have learnt them: a number before a semicolon
    # is a command.
    text = f"{title}: {body}" if body else title
    return f"{_ESC}]9;{_without_semicolons(text)}{_ST}"


def _osc_777(title: str, body: str) -> str:
    return f"{_ESC}]777;notify;{_without_semicolons(title)};{_without_semicolons(body)}{_ST}"


def _osc_99(title: str, body: str) -> str:
    """Write kitty's sequence: two parts of one notice, in base 64, which nothing in the text can end.

    A notice replaces one of the same id, so the same words said again stand once, and other words beside
    them.
    """
    name = f"splitdose-{crc32(f'{title}: {body}'.encode()):08x}"
    parts = [("title", title), ("body", body)] if body else [("title", title)]
    written = []
    for number, (part, text) in enumerate(parts, start=1):
        payload = b64encode(text.encode()).decode()
        written.append(f"{_ESC}]99;i={name}:d={int(number == len(parts))}:p={part}:e=1;{payload}{_ST}")
    return "".join(written)


def _through_tmux(sequence: str) -> str:
    """Wrap a sequence so that tmux, if it was told ``allow-passthrough``, hands it on to the outside."""
    return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_ST}"


def _one_line(text: str, limit: int) -> str:
    return clip(sanitize(text).strip(), limit)


def _without_semicolons(text: str) -> str:
    return text.replace(";", ",")
