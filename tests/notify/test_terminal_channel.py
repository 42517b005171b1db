"""The bell, and the three sequences by which some terminals show a notice."""

from __future__ import annotations

import os
import re
import sys
import termios
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitdose.notify import Notice, ring_terminal, sanitize, terminal_sequence
from support.terminal import Terminal
from support.waiting import wait_for

NOTICE = Notice("baclofen 5 mg; 13:00", "a quarter of one 20 mg tablet")

OSC_9 = "\x1b]9;baclofen 5 mg, 13:00: a quarter of one 20 mg tablet\x1b\\"
OSC_777 = "\x1b]777;notify;baclofen 5 mg, 13:00;a quarter of one 20 mg tablet\x1b\\"

KNOWN: dict[str, Mapping[str, str]] = {
    "kitty": {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"},
    "kitty over ssh": {"TERM": "xterm-kitty"},
    "foot": {"TERM": "foot"},
    "foot-extra": {"TERM": "foot-extra"},
    "Ghostty": {"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"},
    "Ghostty over ssh": {"TERM": "xterm-ghostty"},
    "WezTerm": {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"},
    "Contour": {"TERM": "contour"},
    "Windows Terminal": {"WT_SESSION": "b7c3"},
    "VTE": {"TERM": "xterm-256color", "VTE_VERSION": "7600"},
    "iTerm2": {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"},
    "iTerm2 over ssh": {"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"},
    "Warp": {"TERM": "xterm-256color", "TERM_PROGRAM": "WarpTerminal"},
    "kitty around tmux": {"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0", "KITTY_WINDOW_ID": "1"},
    "WezTerm around tmux": {"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0", "WEZTERM_PANE": "0"},
    "iTerm2 around tmux": {"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0", "ITERM_SESSION_ID": "w0t0p0"},
}
UNKNOWN: dict[str, Mapping[str, str]] = {
    "nothing at all": {},
    "xterm": {"TERM": "xterm-256color"},
    "Linux console": {"TERM": "linux"},
    "dumb": {"TERM": "dumb", "TERM_PROGRAM": "iTerm.app"},
    "Apple's Terminal": {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"},
    "VS Code, started from VTE": {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "VTE_VERSION": "7600"},
    "an old VTE": {"TERM": "xterm-256color", "VTE_VERSION": "4205"},
    "a broken VTE": {"TERM": "xterm-256color", "VTE_VERSION": "new"},
    "GNU screen in VTE": {"TERM": "screen-256color", "STY": "1.x", "VTE_VERSION": "7600"},
    "tmux somewhere": {"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TMUX": "/tmp/tmux,1,0"},
    "tmux in VTE": {"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0", "VTE_VERSION": "7600"},
}
ENVIRONS = st.sampled_from([*KNOWN.values(), *UNKNOWN.values()])


@pytest.mark.parametrize("environ", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_terminal_gets_the_bell_alone(environ: Mapping[str, str]) -> None:
    assert terminal_sequence(NOTICE, environ) == "\a"


@pytest.mark.parametrize("name", ["iTerm2", "iTerm2 over ssh", "Warp"])
def test_osc_9(name: str) -> None:
    assert terminal_sequence(NOTICE, KNOWN[name]) == OSC_9 + "\a"


@pytest.mark.parametrize(
    "name",
    ["foot", "foot-extra", "Ghostty", "Ghostty over ssh", "WezTerm", "Contour", "Windows Terminal", "VTE"],
)
def test_osc_777(name: str) -> None:
    assert terminal_sequence(NOTICE, KNOWN[name]) == OSC_777 + "\a"


@pytest.mark.parametrize("name", ["kitty", "kitty over ssh"])
def test_osc_99(name: str) -> None:
    assert osc_99(terminal_sequence(NOTICE, KNOWN[name])) == (NOTICE.title, NOTICE.body)


def test_osc_99_ends_with_the_title_when_there_is_no_body() -> None:
    sequence = terminal_sequence(Notice("title", ""), KNOWN["kitty"])
    assert re.fullmatch(r"\x1b\]99;i=[\w-]+:d=1:p=title:e=1;dGl0bGU=\x1b\\\a", sequence)


def test_the_same_words_replace_themselves_and_others_stand_beside_them() -> None:
    def name(notice: Notice) -> str:
        found = re.search("i=([^:]+)", terminal_sequence(notice, KNOWN["kitty"]))
        assert found is not None
        return found[1]

    assert name(NOTICE) == name(Notice(NOTICE.title, NOTICE.body))
    assert name(NOTICE) != name(Notice(NOTICE.title, "another"))


def test_tmux_hands_on_what_is_wrapped_for_it() -> None:
    assert terminal_sequence(NOTICE, KNOWN["iTerm2 around tmux"]) == f"\x1bPtmux;\x1b{OSC_9[:-2]}\x1b\x1b\\\x1b\\\a"


@given(st.text(), st.text(), ENVIRONS)
def test_no_text_can_end_a_sequence_or_begin_another(title: str, body: str, environ: Mapping[str, str]) -> None:
    sequence = terminal_sequence(Notice(title, body), environ)
    assert sequence.endswith("\a")
    inner = sequence[:-1]
    if inner.startswith("\x1bPtmux;"):
        assert inner.endswith("\x1b\\")
        inner = inner[len("\x1bPtmux;") : -2]
        assert "\x1b" not in inner.replace("\x1b\x1b", "")  # every ESC inside is doubled
        inner = inner.replace("\x1b\x1b", "\x1b")
    for one in filter(None, inner.split("\x1b\\")):
        assert re.match(r"\x1b\](9;|777;notify;|99;i=)", one)
        assert sanitize(one[1:]) == one[1:]
    if "777;notify;" in inner:
        assert inner.count(";") == 3
    if "]9;" in inner:
        assert inner.count(";") == 1  # "9;4;…" would be a progress bar
    assert len(sequence.encode()) < 4096


@given(st.text(max_size=100), st.text(max_size=300))
def test_kitty_gets_every_word(title: str, body: str) -> None:
    sequence = terminal_sequence(Notice(title, body), KNOWN["kitty"])
    assert osc_99(sequence) == (sanitize(title).strip(), sanitize(body).strip())


def osc_99(sequence: str) -> tuple[str, str]:
    """Read a notice as kitty does: parts of one id, until one says that it is the last."""
    parts = {"title": "", "body": ""}
    written = re.findall(r"\x1b\]99;i=([^:]+):d=([01]):p=(title|body):e=1;([A-Za-z0-9+/=]*)\x1b\\", sequence)
    assert len({name for name, *_ in written}) == 1
    assert [done for _, done, *_ in written] == ["0"] * (len(written) - 1) + ["1"]
    for _, _, part, payload in written:
        parts[part] += b64decode(payload).decode()
    return parts["title"], parts["body"]


# -- a real terminal -------------------------------------------------------------------------------

RING = """
import os, sys
from splitdose.notify import Notice, ring_terminal
print("before", end="")
print(ring_terminal(Notice(sys.argv[1], sys.argv[2]), sys.stdout, os.environ))
"""


@contextmanager
def pty() -> Iterator[tuple[int, int]]:
    """Open both ends of a terminal that nobody looks at."""
    outside, inside = os.openpty()
    try:
        yield outside, inside
    finally:
        os.close(outside)
        os.close(inside)


def test_the_bell_rings_in_a_real_terminal(terminal: Callable[..., Terminal]) -> None:
    window = terminal([sys.executable, "-c", RING, NOTICE.title, NOTICE.body])
    assert window.exit_status() == 0
    assert window.screen() == "beforeOutcome(channel='terminal', ok=True, reason='')"
    assert window.bell_rang()
    wait_for(lambda: window.bells() == 1, what="one bell in the output")


@pytest.mark.parametrize("name", [name for name in KNOWN if "tmux" not in name])
def test_no_sequence_leaves_a_trace_on_a_screen_that_takes_none(
    terminal: Callable[..., Terminal], name: str, tmp_path: Path
) -> None:
    raw = tmp_path / "sequence"
    raw.write_text(terminal_sequence(Notice("5 mg; ¼", "b" * 400), KNOWN[name]), encoding="utf-8")
    window = terminal(["cat", str(raw)])
    assert window.exit_status() == 0
    assert window.screen() == ""
    assert window.bell_rang()


def test_what_is_wrapped_for_tmux_leaves_no_trace_in_tmux(terminal: Callable[..., Terminal]) -> None:
    window = terminal([sys.executable, "-c", RING, NOTICE.title, NOTICE.body], environ={"KITTY_WINDOW_ID": "1"})
    assert window.exit_status() == 0
    assert window.screen() == "beforeOutcome(channel='terminal', ok=True, reason='')"
    wait_for(lambda: b"\x1bPtmux;\x1b\x1b]99;" in window.output(), what="kitty's sequence in the output")
    assert window.bell_rang()


def test_ringing_a_descriptor() -> None:
    with pty() as (outside, inside):
        assert ring_terminal(NOTICE, inside, KNOWN["Warp"]).ok
        assert os.read(outside, 1000).decode() == OSC_9 + "\a"


def test_what_is_no_terminal_gets_nothing(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        outcome = ring_terminal(NOTICE, log, {})
    assert (outcome.channel, outcome.ok, outcome.reason) == ("terminal", False, "not a terminal")
    assert (tmp_path / "log").read_bytes() == b""
    assert not ring_terminal(NOTICE, StringIO(), {}).ok


def test_a_closed_stream_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    closed = (tmp_path / "log").open("w", encoding="utf-8")
    closed.close()
    outcome = ring_terminal(NOTICE, closed, {})
    assert not outcome.ok
    assert outcome.reason


def test_a_terminal_that_is_held_does_not_hold_the_program() -> None:
    with pty() as (_, inside):
        termios.tcflow(inside, termios.TCOOFF)  # Ctrl-S
        outcome = ring_terminal(NOTICE, inside, {})
        termios.tcflow(inside, termios.TCOON)
    assert (outcome.ok, outcome.reason) == (False, "the terminal takes no output")
