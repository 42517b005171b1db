"""Does something on a data folder, and prints how it ended and what it asked of network and system.

`watched.py commands JSON` runs command lines, `watched.py app` opens the app, `watched.py both` does what is watched
for. The last line of output is JSON: {"ends": […], "seen": [[event, arguments]…]}.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

NETWORK = ("socket.__new__", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
OTHERS = (
    "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "subprocess.Popen", "os.system", "os.exec",
    "os.posix_spawn", "os.fork", "os.forkpty", "pickle.find_class", "webbrowser.open", "urllib.Request",
    "http.client.connect",
)  # fmt: skip
KEYS = ("2", "3", "4", "1", "question_mark", "escape", "c", "escape", "d", "escape")
seen: list[list[str]] = []


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes what reaches beyond this computer, or starts a program. A socket of this computer's own is neither."""
    family = arguments[1] if event == "socket.__new__" else getattr(arguments[0], "family", None) if arguments else None
    if event in OTHERS or (event in NETWORK and family != socket.AF_UNIX):
        seen.append([event, str(arguments)[:200]])


def now() -> datetime:
    return datetime.fromisoformat("2023-11-30T13:58:00+01:00")


def commands() -> list[int]:
    """Runs each command line that the argument names; returns the exit codes."""
    from splitdose.cli import run

    with Path(os.devnull).open("r+", encoding="utf-8") as nowhere:
        return [
            run(words, clock=now, environ=os.environ, stdin=nowhere, stdout=nowhere, stderr=nowhere)
            for words in json.loads(sys.argv[2])
        ]


def app() -> list[str]:
    """Opens the app, looks at every screen, records and takes back; returns the states of the dose."""
    from splitdose.session import Session
    from splitdose.settings import Settings
    from splitdose.store import DataFolder
    from splitdose.tui.app import SplitdoseApp

    folder = Path(os.environ["SPLITDOSE_DATA"])
    session = Session(DataFolder(folder), now, where="window", machine_zone="Europe/Berlin")

    def state() -> str:
        return session.reader.day().doses[1].state

    async def look() -> list[str]:
        states = [state()]
        async with SplitdoseApp(session, Settings()).run_test(size=(100, 30)) as pilot:
            for key in KEYS:
                await pilot.press(key)
                await pilot.pause()
            for key in ("space", "u"):  # the first does nothing on a panel that has just changed
                before, deadline = state(), time.monotonic() + 20
                while state() == before and time.monotonic() < deadline:
                    await pilot.press(key)
                    await pilot.pause()
                states.append(state())
        return states

    return asyncio.run(look())


def both() -> list[str]:
    """What the hook is for: a socket of the network, and another program."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
    subprocess.run(["true"], check=True)
    return []


if __name__ == "__main__":
    sys.addaudithook(hook)
    ends = {"commands": commands, "app": app, "both": both}[sys.argv[1]]()
    print(json.dumps({"ends": ends, "seen": seen}))
