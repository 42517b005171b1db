"""Kills backup, restore, import and export at random moments, and looks at what they leave behind.

After each kill nothing that they made may be readable by anybody else, every file that was there is whole, and after
the next command that writes in the same places nothing of theirs is left: no hidden file, nothing in the temporary
folder.

Run: python tests/safety/kill_copies.py --kills 500 [--seed N]
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from safety.corruption import demo_files
from safety.fuzzing import NOW, PLANS, ZONE
from splitdose.cli import run

COMMANDS = (
    ("backup", "{target}/copy.zip", "--yes"),
    ("restore", "{target}/whole.zip", "--yes"),
    ("restore", "{target}/whole.json", "--yes"),
    ("plan", "import", "{plan}", "--yes"),
    ("export", "json", "-o", "{target}/out.json", "--yes"),
    ("plan", "export", "-o", "{target}/plan.toml", "--yes"),
)


class Wrong(AssertionError):
    """Something was left behind, open to others, or broken."""


def type_in(folder: Path, *words: str) -> int:
    environ = {"SPLITDOSE_DATA": str(folder), "SPLITDOSE_CONFIG": str(folder.parent / "config.toml"), "TZ": ZONE}
    return run(
        words, clock=lambda: NOW, environ=environ, stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO()
    )


def killed(chance: random.Random, folder: Path, words: tuple[str, ...], most: float) -> bool:
    """Run a command in a process of its own and kill it; whether it was still at work."""
    child = os.fork()
    if not child:
        sync = os.fsync

        def slow(descriptor: Any) -> None:
            time.sleep(chance.uniform(0, 0.01))
            sync(descriptor)

        os.fsync = slow  # type: ignore[assignment]
        os._exit(type_in(folder, *words))
    time.sleep(chance.uniform(0, most))
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def look(home: Path) -> None:
    """What must hold right after a kill. Raises Wrong."""
    for path in home.rglob("*"):
        mode = path.lstat().st_mode
        if not path.is_symlink() and stat.S_IMODE(mode) & 0o077:
            raise Wrong(f"{path} is open to others ({stat.S_IMODE(mode):03o})")


def left(home: Path) -> list[Path]:
    """What is nobody's any more."""
    hidden = [path for path in home.rglob(".*") if path.name not in (".lock", ".watch")]
    return hidden + list((home / "tmp").iterdir())


def storm(kills: int, seed: int) -> Counter[str]:
    """So many kills. Raises Wrong."""
    chance, counts = random.Random(seed), Counter[str]()
    while counts["kills"] < kills:
        home = Path(tempfile.mkdtemp(prefix="copies-"))
        try:
            folder, target = home / "data", home / "target"
            for made in (folder, folder / "log", target, home / "tmp"):
                made.mkdir(mode=0o700)
            for name, content in demo_files().items():
                (folder / name).write_bytes(content)
                (folder / name).chmod(0o600)
            os.environ["TMPDIR"] = tempfile.tempdir = str(home / "tmp")
            assert type_in(folder, "backup", f"{target}/whole.zip") == 0
            assert type_in(folder, "export", "json", "-o", f"{target}/whole.json") == 0
            for words in chance.sample(COMMANDS, len(COMMANDS)):
                given = tuple(word.format(target=target, plan=PLANS / "baclofen.toml") for word in words)
                if words[0] == "restore":  # there has to be something to restore
                    shutil.rmtree(folder / "log")
                counts["kills"] += 1
                counts["at work"] += killed(chance, folder, given, 0.15)
                look(home)
                counts["left by a kill"] += len(left(home))
                if type_in(folder, *given) not in (0, 1):
                    raise Wrong(f"{given} does not work afterwards")
                if type_in(folder, "checkin", "--sleep", "5") != 0 or type_in(folder, "doctor") not in (0, 1):
                    raise Wrong(f"after {given} nothing can be recorded")
                if words[0] != "export" and (found := left(home)):
                    raise Wrong(f"{words[0]} left {', '.join(map(str, found))}")
        finally:
            tempfile.tempdir = None
            shutil.rmtree(home, ignore_errors=True)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(", ".join(f"{what}: {count}" for what, count in storm(options.kills, options.seed).items()))


if __name__ == "__main__":
    main()
