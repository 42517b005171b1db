"""What it costs to look back: the week, the course and each export over ten years of six doses a day.

Each is compared with the least that any program must do: reading the lines of the same files and parsing them with
`json`. All are measured in turns in one run, so that a busy machine is busy for all of them; the ratios are what
means something elsewhere. Limits are held against processor time, which on an idle machine is the time it takes.
"Cold" is a fresh session that has read nothing; "warm" is a window that stays open. A screen is measured in an app that
has just started, from the key until nothing is left to draw: its processor time inside the app, and on the wall what
a person waits, from the key's byte into a real terminal until the last byte of the new screen has come out of it.
Prints a Markdown table.

Run: python benchmarks/review.py [--years 10] [--rounds 3] [--only NAME] [--profile NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import os
import platform
import pstats
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from fractions import Fraction
from pathlib import Path
from random import Random

from splitdose import report
from splitdose.core.asked import Asked
from splitdose.core.clock import Calendar, Rules
from splitdose.core.course import course
from splitdose.core.estimate import estimate, lead, portions
from splitdose.core.log import CheckIn, Intake, Planned
from splitdose.core.piece import NO_PIECES, Piece, Pieces, Product
from splitdose.core.plan import ASK, DosePoint, Medicine, Slot, Step, Version
from splitdose.core.strength import parse_strength
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import DataFolder, new_id
from splitdose.store.codecs import record_document, rules_document, version_document
from splitdose.store.lines import Put, line_of
from splitdose.tui.app import SplitdoseApp

ZONE = "Europe/Berlin"
NAME = "baclofen"
LAST = date(2033, 10, 27)
NOW = datetime(2033, 10, 27, 20, 30, tzinfo=UTC)
SLOTS = tuple(Slot(f"dose {n + 1}", wall_time(7 + 2 * n)) for n in range(6))
TABLET = Product("20 mg tablet", parse_strength("20 mg"), "tablet", Fraction(1, 4), scored=True)
DAYS_A_STEP = 91
HALF_LIFE = (Fraction(2), Fraction(6))
SCREENS: dict[str, tuple[tuple[str, ...], float | None]] = {
    "Today, from the start of the app": ((), None),
    "Week, after its key": (("2",), 100),
    "Course, after its key": (("4",), 500),
    "Course of everything, after its key": (("minus", "minus"), None),
    "Week again, after its key": (("2",), 100),
}
"""The keys that show a screen, each pressed where the one before has led, and the milliseconds it may take."""
SIZE = (40, 120)  # lines and columns
QUIET = 0.4  # seconds without a byte: the screen is drawn,
READING = 4  # also where it first says that it reads
TYPED = {"minus": "-"}


def write_history(folder: Path, days: int) -> date:
    """Write so many days up to `LAST` as the session would have, and return the first.

    Nine doses of ten are taken about their time; some are late, skipped or unsure, some have no record.
    """
    random = Random(1)
    first = LAST - timedelta(days=days - 1)
    calendar = Calendar([Rules(first, ZONE)])
    steps = tuple(
        Step(
            Asked({slot.name: Pieces((Piece(Fraction(1 + (n + k) % 4, 4), TABLET),)) for k, slot in enumerate(SLOTS)}),
            hold=DAYS_A_STEP,
            begins=DosePoint(first + timedelta(days=DAYS_A_STEP * n)),
        )
        for n in range(-(-days // DAYS_A_STEP))
    )
    made = calendar.begin(first)
    version = Version(1, new_id(made), made, DosePoint(first), SLOTS, (TABLET,), ASK, steps, half_life=HALF_LIFE)
    medicine = Medicine(NAME, first, (version,))
    (folder / "log").mkdir(parents=True)
    rules = Put("rules", new_id(made), rules_document(Rules(first, ZONE), new_id(made), made))
    plan = Put("versions", version.id, version_document(NAME, version, first))
    (folder / "plan.jsonl").write_bytes(line_of([rules]) + line_of([plan]))
    months: dict[str, list[bytes]] = {}
    for n in range(days):
        day = first + timedelta(days=n)
        lines = months.setdefault(f"{day:%Y-%m}", [])
        for dose in medicine.doses_on(day, LAST, calendar):
            kind = random.choices(("taken", "skipped", "unsure", None), (94, 2, 2, 2))[0]
            if kind is None:
                continue
            at = dose.due + timedelta(minutes=random.randint(-15, 70))
            planned = Planned(dose.pieces, dose.due, dose.slot.time.strftime("%H:%M"), 1)
            intake = Intake(
                new_id(at), kind, NAME, day, dose.slot.name, at if kind == "taken" else None, ZONE,  # type: ignore[arg-type]
                "exact" if kind == "taken" else "unknown", NO_PIECES if kind == "skipped" else dose.pieces, planned, at,
                "shell 01hh",
            )  # fmt: skip
            lines.append(line_of([Put("intakes", intake.id, record_document(intake)[1])]))
        at = calendar.instant(day, wall_time(9))
        checkin = CheckIn(new_id(at), at, ZONE, day, at, sleep=n % 10, symptoms={"fatigue": n % 7}, where="shell 01hh")
        lines.append(line_of([Put("checkins", checkin.id, record_document(checkin)[1])]))
    for month, written in months.items():
        (folder / "log" / f"{month}.jsonl").write_bytes(b"".join(written))
    return first


def bare(folder: Path) -> int:
    """Read every line of the log and the plan with json, and do nothing with it."""
    files = [folder / "plan.jsonl", *sorted((folder / "log").iterdir())]
    return sum(len(json.loads(line)["ops"]) for file in files for line in file.read_bytes().splitlines())


def a_session(folder: Path) -> Session:
    return Session(DataFolder(folder), lambda: NOW, where="benchmark", machine_zone=ZONE)


def look_at_course(session: Session, first: date, last: date) -> None:
    """What the Course screen shows of a range: both sums a day, and the band."""
    reader = session.reader
    days = reader.days(max(first, last - lead(HALF_LIFE)), first) + reader.days(first, last + timedelta(days=1))
    course(reader.plan(), days, NAME)
    found = portions(days, NAME)
    assert found is not None
    estimate(found, HALF_LIFE, reader.calendar.begin(first), reader.now())


async def look_at_screens(folder: Path) -> dict[str, float]:
    """How much each screen makes the processor work in an app of its own, in milliseconds."""
    found = {}
    app = SplitdoseApp(a_session(folder), Settings(desktop=False, backups=0))
    worked = time.process_time()
    async with app.run_test(size=SIZE[::-1]) as pilot:
        for name, (keys, _) in SCREENS.items():
            if keys:
                worked = time.process_time()
            for key in keys:
                app.simulate_key(key)
                await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
            found[name] = (time.process_time() - worked) * 1000
    return found


def wait_for_screens(folder: Path) -> dict[str, float]:
    """How long a person waits for each screen in a terminal, in milliseconds."""
    terminal, its_end = pty.openpty()
    termios.tcsetwinsize(terminal, SIZE)
    started = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, __file__, "--show", str(folder)],
        stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
    )  # fmt: skip
    os.close(its_end)
    found = {}
    try:
        for name, (keys, limit) in SCREENS.items():
            drawn = started if keys else _last_byte(terminal, started, QUIET)
            for key in keys:
                started = time.perf_counter()
                os.write(terminal, TYPED.get(key, key).encode())
                drawn = _last_byte(terminal, started, READING if limit is None else QUIET)
            found[name] = (drawn - started) * 1000
    finally:
        app.terminate()
        app.wait()
        os.close(terminal)
    return found


def _last_byte(terminal: int, started: float, quiet: float) -> float:
    """When the last byte came that was followed by so many seconds without one."""
    last = started
    while select.select([terminal], [], [], quiet if last > started else 10)[0]:
        os.read(terminal, 1 << 16)
        last = time.perf_counter()
    if last == started:
        raise SystemExit("nothing was drawn")
    return last


Work = Callable[[], object]


def work(folder: Path, first: date) -> dict[str, tuple[Work, float | None]]:
    """What is measured, by name: how to do it, and the milliseconds it may take."""
    warm = a_session(folder)
    warm.reader.week()
    look_at_course(warm, first, LAST)
    year = LAST - timedelta(days=364)
    found: dict[str, tuple[Work, float | None]] = {
        "bare json.loads of every line": (lambda: bare(folder), None),
        "week, cold": (lambda: a_session(folder).reader.week(), 100),
        "week five years back, cold": (lambda: a_session(folder).reader.week(LAST - timedelta(days=1800)), 100),
        "week, warm": (lambda: warm.reader.week(), 100),
        "course of a year, cold": (lambda: look_at_course(a_session(folder), year, LAST), 500),
        "course of everything, cold": (lambda: look_at_course(a_session(folder), first, LAST), None),
        "course of everything, warm": (lambda: look_at_course(warm, first, LAST), None),
    }
    for name in report.FORMATS:
        found[f"export {name}, cold"] = (lambda name=name: report.make(a_session(folder).reader, name), 3000)  # type: ignore[misc]
    return found


def main() -> int:
    """Measure, and print a table; returns 1 where something took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    parser.add_argument("--profile", default="", help="show where the time goes in what has this in its name")
    parser.add_argument("--show", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.show:
        SplitdoseApp(a_session(Path(options.show)), Settings(desktop=False, backups=0)).run()
        return 0
    with tempfile.TemporaryDirectory(prefix="splitdose-review-") as place:
        folder = Path(place) / "data"
        days = round(options.years * 365)
        first = write_history(folder, days)
        found = work(folder, first)
        if options.profile:
            for name, (do, _) in found.items():
                if options.profile in name:
                    show_profile(name, do)
            return 0
        base = next(iter(found))
        chosen = {name: each for name, each in found.items() if name == base or options.only in name}
        screens = {name: (keys, limit) for name, (keys, limit) in SCREENS.items() if options.only in name}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in (*chosen, *screens)}
        for _ in range(options.rounds):
            for name, (do, _limit) in chosen.items():
                gc.collect()  # what the one before left behind is not this one's work
                wall, worked = time.perf_counter(), time.process_time()
                do()
                times[name].append(((time.process_time() - worked) * 1000, (time.perf_counter() - wall) * 1000))
            gc.collect()
            gc.freeze()  # what the sessions above hold is no part of an app
            if screens:
                worked_for, waited = asyncio.run(look_at_screens(folder)), wait_for_screens(folder)
                for name in screens:
                    times[name].append((worked_for[name], waited[name]))
            gc.unfreeze()
    print(f"{days} days, {days * len(SLOTS)} doses; Python {platform.python_version()}, {platform.machine()}; ", end="")
    print(f"median of {options.rounds} rounds\n")
    print("| what | CPU ms | × bare json | may take, ms | on the wall, ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    over = False
    medians = {name: statistics.median(worked for worked, _ in each) for name, each in times.items()}
    limits = {name: limit for name, (_, limit) in (*chosen.items(), *screens.items())}
    for name, limit in limits.items():
        median = medians[name]
        over |= limit is not None and median > limit
        sign = "" if limit is None else f"{limit:.0f}" + (" (over)" if median > limit else "")
        wall = statistics.median(wall for _, wall in times[name])
        print(f"| {name} | {median:.0f} | {median / medians[base]:.2f} | {sign} | {wall:.0f} |")
    return int(over)


def show_profile(name: str, do: Work) -> None:
    """Print where the time of one thing goes."""
    profile = cProfile.Profile()
    profile.runcall(do)
    print(f"\n{name}")
    pstats.Stats(profile).sort_stats("tottime").print_stats(22)


if __name__ == "__main__":
    sys.exit(main())
