"""Mashes the keyboard: bursts of keys in one write, escape sequences, mouse, pastes and sizes, in a real terminal.

Whatever comes, the app lives, or leaves cleanly because it was told to; a crash never ends with 0, so none may end it
otherwise. Every line of plan and log stays sound.

Run: python tests/end_to_end/mash.py --keys 100000 [--seed N]   or   --bursts 1000
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from splitdose.store import DataFolder
from support.clock import Clock
from support.shell import PROGRAM, run
from support.terminal import Terminal
from support.waiting import wait_for

PLAN = Path(__file__).parents[1] / "plans" / "baclofen.toml"
LETTERS = [bytes([n]) for n in range(0x20, 0x7F) if n not in b"qQ"]
SPECIAL = [
    b"\r", b"\t", b"\x7f", b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F",
    b"\x1b[3~", b"\x1b[Z", b"\x10", b"\x14", b"\x13", b"\x19", b"\x15", b"\x1bOP", b"\x1b[15~", b"\x01", b"\x0b",
]  # fmt: skip
ODD = [
    b"\x1b[57441u", b"\x1b[1114112u", b"\x1b[99999999999;5u", b"\x1b[27;5;9~", b"\x1b[<0;1;1M\x1b[<0;1;1m",
    b"\x1b[200~x\x1b[201~", b"\x1b]11;rgb:ffff/ffff/ffff\x07", b"\x1b[?1;2c", b"\x1b[I", b"\x1b[O", b"\xff\xfe",
    b"\xf0\x9f\x92\x8a", b"\x1b[", b"\x1b[M", b"\x1b[;;;u", b"\x1b[0u", b"\x1b[1;1R",
    b"\x1b[200~" + b"1/2 tab\n" * 20 + b"\x1b[201~",
]  # fmt: skip
PLACES = {
    "Today": [b"1"], "Week": [b"2"], "Plan": [b"3"], "Course": [b"4"], "details": [b"1", b"d"], "help": [b"?"],
    "palette": [b"\x10"], "reminders": [b"R"], "day log": [b"1", b"D"], "report": [b"1", b"E"],
    "check-in": [b"1", b"c"], "extra": [b"1", b"e"], "time": [b"1", b"t"], "skip": [b"1", b"s"], "alarm": [b"!"],
    "month": [b"2", b"m"], "step editor": [b"3", b"e"], "next": [b"3", b">"], "versions": [b"3", b"v"],
    "guide": [b"3", b"+"], "products": [b"3", b"b"], "pause": [b"3", b"p"], "pick": [b"3", b"m"], "undo": [b"u"],
}  # fmt: skip


@dataclass
class Mash:
    """One window after another, on one data folder.

    Attributes:
        counts: what was done.
        wrong: how windows ended that should not have.
    """

    folder: Path
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.folder, "2023-11-30 07:00:00")
        run(self.folder / "data", "plan", "import", str(PLAN), clock=self.clock)
        self.clock.set("2023-11-30 13:58:00")

    def window(self) -> Terminal:
        """A window that is about to open."""
        command = [*PROGRAM, "--data", str(self.folder / "data")]
        return Terminal(command, clock=self.clock, size=(100, 30), environ={"HOME": str(self.folder)})

    def send(self, window: Terminal, keys: Sequence[bytes]) -> None:
        """Send keys in one write."""
        window._tmux("send-keys", "-t", "test", "-H", *(f"{byte:02x}" for byte in b"".join(keys)))
        self.counts["keys"] += len(keys)

    def ended(self, window: Terminal, last: Sequence[bytes]) -> bool:
        """Whether the window has ended; how, if it should not have, is kept."""
        if window.is_running():
            return False
        status = window.exit_status()
        self.counts["ended"] += 1
        # ctrl+q is never sent, q only as an answer of this program's own; the palette can leave, too.
        if status != 0 or "Traceback" in window.screen() or "Error" in window.screen():
            self.wrong.append(f"status {status} after {b''.join(last)!r}\n{window.screen()[-1500:]}")
        return True

    def bursts(self, count: int) -> None:
        """Bursts of two to six keys in one write, on every screen and dialog in turn."""
        done = 0
        names = list(PLACES)
        while done < count:
            with self.window() as window:
                window.wait_for_text("baclofen")
                while done < count:
                    place = PLACES[names[done % len(names)]]
                    keys = [self.chance.choice([*LETTERS, *SPECIAL[:12], b"x", b"y", b"n", b"s", b"t"])]
                    keys = keys * 2 if self.chance.random() < 0.4 else keys
                    keys += [self.chance.choice([*LETTERS, *SPECIAL]) for _ in range(self.chance.randrange(1, 5))]
                    self.send(window, [*place, *keys][:6] if self.chance.random() < 0.5 else place)
                    self.send(window, keys)
                    done += 1
                    self.counts["bursts"] += 1
                    if done % 5 == 0:
                        for _ in range(3):
                            window._tmux("send-keys", "-t", "test", "Escape")
                    if self.ended(window, [*place, *keys]):
                        break
                self.settle(window)

    def keys(self, count: int) -> None:
        """So many keys and other things, mixed."""
        until = self.counts["keys"] + count
        while self.counts["keys"] < until:
            with self.window() as window:
                window.wait_for_text("baclofen")
                while self.counts["keys"] < until:
                    many = self.chance.randrange(1, 40)
                    keys = self.chance.choices([*LETTERS, *SPECIAL, *ODD], k=many)
                    if self.chance.random() < 0.2:
                        x, y = self.chance.randrange(1, 301), self.chance.randrange(1, 101)
                        button = self.chance.choice([0, 1, 2, 32, 64, 65])
                        keys += [f"\x1b[<{button};{x};{y}{end}".encode() for end in "Mm"]
                    if self.chance.random() < 0.1:
                        columns, lines = self.chance.randrange(1, 301), self.chance.randrange(1, 101)
                        window.resize(*self.chance.choice([(columns, lines), (1, 1), (4, 4), (36, 10), (100, 30)]))
                        self.counts["sizes"] += 1
                    self.send(window, keys)
                    if self.chance.random() < 0.3:
                        window._tmux("send-keys", "-t", "test", "Escape")
                    if self.ended(window, keys):
                        break
                self.settle(window)

    def settle(self, window: Terminal) -> None:
        """Let the window leave as a person would, or see that it does when it is hung up on."""
        if window.is_running():
            window.resize(100, 30)
            asked = 0

            def left() -> bool:
                nonlocal asked
                asked += 1
                if asked % 20 == 1:  # a key right behind Escape reads as Alt with that key, in any terminal
                    window._tmux("send-keys", "-t", "test", "C-q" if asked % 40 == 1 else "Escape")
                return not window.is_running()

            # What was typed ahead is worked through first, and a busy machine takes its time.
            wait_for(left, within=240, what=lambda: f"it to leave:\n{window.screen()}")
            if window.exit_status() != 0:
                self.wrong.append(f"status {window.exit_status()} on leaving\n{window.screen()[-1500:]}")
        store = DataFolder(self.folder / "data")
        for month in store.months():
            store.documents(f"log/{month}", "intakes")
        store.documents("plan", "versions")
        if store.damage():
            self.wrong.append(f"damaged: {store.damage()}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=0)
    parser.add_argument("--bursts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mash-") as name:
        mash = Mash(Path(name), random.Random(options.seed))
        mash.bursts(options.bursts)
        mash.keys(options.keys)
    for wrong in mash.wrong:
        print(wrong)
    print(", ".join(f"{what}: {count}" for what, count in mash.counts.items()), f"wrong: {len(mash.wrong)}", sep=", ")
    sys.exit(bool(mash.wrong))


if __name__ == "__main__":
    main()
