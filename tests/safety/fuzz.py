"""Fuzzes the command line for as many cases as asked for, and says what it found.

One case is one input, put through up to ten command lines. Everything happens in folders of its own.

Run: python tests/safety/fuzz.py --cases 50000 [--seed N] [--only plans,lines]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from safety.fuzzing import KINDS, Slowest

MOST_SHOWN = 30


def look(kind: str, cases: int, number: int) -> tuple[int, Counter[str], list[str]]:
    """Tries one kind of input; returns how many cases, and what failed."""
    failures: Counter[str] = Counter()
    shown: list[str] = []
    done = 0

    @seed(number)
    @settings(
        max_examples=cases, deadline=None, database=None, phases=[Phase.generate], derandomize=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def looks(data: Any) -> None:
        nonlocal done
        found = data.draw(KINDS[kind].inputs)
        done += 1
        try:
            KINDS[kind].trial(found)
        except Exception as problem:  # noqa: BLE001 - the point is to count whatever goes wrong
            what = f"{type(problem).__name__}: {problem}"[:160]
            failures[what] += 1
            if failures[what] == 1 and len(shown) < MOST_SHOWN:
                shown.append(f"{what}\n    of {found!r}"[:6000])

    looks()
    return done, failures, shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=20231130)
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, with commas between")
    options = parser.parse_args()
    kinds = options.only.split(",")
    failed = total = 0
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)
        os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
        for n, kind in enumerate(kinds):
            start = time.monotonic()
            share = -(-options.cases * KINDS[kind].share // sum(KINDS[each].share for each in kinds))
            Slowest.seconds = Slowest.wall = 0.0
            done, failures, shown = look(kind, share, options.seed + n)
            total += done
            failed += failures.total()
            print(f"{kind}: {done} cases, {failures.total()} failures of {len(failures)} kinds, "
                  f"slowest command {Slowest.seconds:.3f} s of computing, {Slowest.wall:.3f} s by the clock, "
                  f"{time.monotonic() - start:.0f} s in all", flush=True)  # fmt: skip
            for each in shown:
                print(f"  {each}", flush=True)
    print(f"{total} cases, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
