"""Runs a shell command or the app on a data folder, and says which journals it opened, and how often.

The question is asked of Python itself: every way to open a file raises the same audit event.

Run: python opened.py FOLDER INSTANT WORD… · python opened.py FOLDER INSTANT app KEY…
Prints {"code", "opened": {name: times}} as JSON on the last line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

OPENED: Counter[str] = Counter()


def watch(folder: Path) -> None:
    """Count from now on what is opened in the data folder."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(str(folder)):
            OPENED[os.path.relpath(arguments[0], folder)] += 1

    sys.addaudithook(hook)


def shell(folder: Path, now: datetime, words: Sequence[str]) -> int:
    """Run one command line."""
    from splitdose.cli import run

    environ = {"SPLITDOSE_DATA": str(folder), "SPLITDOSE_CONFIG": str(folder.parent / "config.toml"),
               "TZ": "Europe/Berlin"}  # fmt: skip
    return run(words, clock=lambda: now, environ=environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)


async def app(folder: Path, now: datetime, keys: Sequence[str]) -> int:
    """Open the app, wait for Today, and press keys."""
    from splitdose.session import Session
    from splitdose.settings import Settings
    from splitdose.store import DataFolder
    from splitdose.tui.app import SplitdoseApp
    from splitdose.tui.widgets.next_dose import NextPanel
    from support.pilot import until

    session = Session(DataFolder(folder), lambda: now, where="window", machine_zone="Europe/Berlin")
    program = SplitdoseApp(session, Settings(desktop=False, backups=0))
    async with program.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: program.screen.query_one(NextPanel).state.dose is not None, "a dose is named")
        program.tick()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
    return 0


def main() -> None:
    folder, now, words = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3:]
    watch(folder)
    code = asyncio.run(app(folder, now, words[1:])) if words[0] == "app" else shell(folder, now, words)
    print(json.dumps({"code": code, "opened": OPENED}))


if __name__ == "__main__":
    main()
