"""Look at processes, and end those that a test has started."""

from __future__ import annotations

import subprocess


def is_running(pid: int) -> bool:
    """Tell whether a process exists and has not ended; a zombie has."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def running_with(mark: str) -> list[int]:
    """Find the processes that have a text in their command line.

    Args:
        mark: A text that only a process of this test has, such as the title of its notice.

    Returns:
        Their ids, without the zombies and without this look itself.
    """
    listing = subprocess.run(["ps", "-e", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = (line.split(None, 2) for line in listing.stdout.splitlines())
    return [int(row[0]) for row in rows if len(row) == 3 and not row[1].startswith("Z") and mark in row[2]]


def children(pid: int) -> list[int]:
    """List the processes that a process has started and not yet cleared away, zombies too."""
    with subprocess.Popen(["ps", "-e", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True) as look:
        listing, _ = look.communicate()
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return [child for child, parent in rows if parent == pid and child != look.pid]


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process at once, stopped or not, and wait until it is gone."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=10)
