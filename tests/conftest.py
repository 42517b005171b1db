"""What all tests share: nobody's files, nobody's desktop, and real surroundings on request.

No test may read or write what belongs to the person who runs it, or show them a notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from support.desktop import Desktop
from support.terminal import Terminal

# The same examples on every run, so that a red run can be run again; HYPOTHESIS_PROFILE=long looks further.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("long", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

_KEPT = "SPLITDOSE_REQUIRE_ALL"
# The person's session and terminal: a test that wants one starts its own.
_SURROUNDINGS = (
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "DBUS_STARTER_ADDRESS",
    "TMUX", "TMUX_PANE", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "LC_TERMINAL", "KITTY_WINDOW_ID",
    "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR", "ITERM_SESSION_ID", "WT_SESSION", "VTE_VERSION", "COLORTERM",
    "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANGUAGE",
)  # fmt: skip


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many workers again as cores: real terminals and clocks mostly wait, and must not wait for each other."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


def _isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Point everything that a program takes for a person's own at an empty folder."""
    for name in [name for name in os.environ if name.startswith("SPLITDOSE_") and name != _KEPT]:
        patch.delenv(name)
    for name in _SURROUNDINGS:
        patch.delenv(name, raising=False)
    patch.setenv("LANG", "C.UTF-8")
    for name, folder in {
        "HOME": ".",
        "XDG_DATA_HOME": ".local/share",
        "XDG_CONFIG_HOME": ".config",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": "run",
    }.items():
        path = home / folder
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        patch.setenv(name, str(path))


@pytest.fixture(scope="session", autouse=True)
def _isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Isolate what longer-lived fixtures do."""
    with pytest.MonkeyPatch.context() as patch:
        _isolate(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def home(_isolated_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give every test a home folder of its own."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        _isolate(patch, folder)
        yield folder


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Open terminals: ``terminal(["splitdose"], size=(100, 30), at="2023-11-30 12:59:50")``.

    Takes what ``Terminal`` takes. Every one is closed when the test ends.
    """
    with ExitStack() as stack:

        def opened(*arguments: Any, **options: Any) -> Terminal:
            return stack.enter_context(Terminal(*arguments, **options))

        yield opened


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """A desktop of the test's own, with a notification daemon that runs."""
    with Desktop() as session:
        yield session
