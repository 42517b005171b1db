"""Several windows and shells on one record at once, and how little of it each of them reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cli.helpers import BERLIN, PLANS, CommandLine
from splitdose.session import Session
from splitdose.store import DataFolder, new_id
from splitdose.store.codecs import record_document
from splitdose.store.lines import Put, line_of
from support.waiting import wait_for

WRITER = Path(__file__).with_name("recorder.py")
EACH = int(os.environ.get("SPLITDOSE_TEST_RECORDS", "40"))
"""How many each of four writers records; 500 is the long run."""


def test_four_writers_at_once_and_two_windows_that_watch(line: CommandLine) -> None:
    """All that four processes record is in every open window within two seconds of the last record."""
    windows = [
        Session(DataFolder(line.folder), lambda: datetime.now(UTC), where=f"window {n}", machine_zone=BERLIN)
        for n in range(2)
    ]
    today = windows[0].reader.today()
    seen: list[set[str]] = [set() for _ in windows]
    prints: list[object] = [None for _ in windows]

    def look() -> None:
        for n, window in enumerate(windows):
            if window.reader.fingerprint() != prints[n]:  # as the app's tick does
                prints[n] = window.reader.fingerprint()
                now = {c.id for c in window.reader.log([today - timedelta(days=1), today]).checkins.values()}
                assert seen[n] <= now, "a record has vanished"
                seen[n] = now

    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(WRITER), str(line.folder), f"writer {n}", str(EACH)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )
            )
            for n in range(4)
        ]  # fmt: skip
        for each in writers:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in writers:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        while any(each.poll() is None for each in writers):
            look()
            time.sleep(0.05)
        ended = time.monotonic()
        told = {text.strip() for each in writers for text in each.stdout or []}
        assert [each.returncode for each in writers] == [0] * 4
    assert len(told) == 4 * EACH

    def everywhere() -> bool:
        look()
        return all(ids >= told for ids in seen)

    wait_for(everywhere, within=2, what="all records in every window")
    print(f"{len(told)} records; in every window {time.monotonic() - ended:.2f} s after the last")
    assert list(seen) == [told, told]
    assert DataFolder(line.folder).check().is_sound


# Ten years


@pytest.fixture(scope="module")
def ten_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten years of six doses a day, ending on 2023-11-29, written as they would have been recorded."""
    folder = tmp_path_factory.mktemp("ten") / "data"
    line = CommandLine(folder)
    line.at("2023-11-30 07:00")("plan", "import", str(PLANS / "baclofen.toml")).done()
    line.at("2023-11-29 13:00")
    line("take", "diazepam", "--extra", "--amount", "1", "--at", "12:00").done()
    (pattern,) = line.session().reader.log([date(2023, 11, 29)]).intakes.values()
    table, document = record_document(pattern)
    months: dict[str, list[bytes]] = {}
    for ago in range(3650, 0, -1):
        day = date(2023, 11, 29) - timedelta(days=ago)
        for dose in range(6):
            at = datetime(day.year, day.month, day.day, 7 + 2 * dose, tzinfo=UTC)
            text = at.isoformat()
            row = {**document, "id": new_id(at), "date": day.isoformat(), "at": text, "recorded_at": text}
            months.setdefault(f"{day:%Y-%m}", []).append(line_of([Put(table, row["id"], row)]))
    for month, lines in months.items():
        path = folder / "log" / f"{month}.jsonl"
        path.write_bytes((path.read_bytes() if path.exists() else b"") + b"".join(lines))
    return folder


PROBE = """
import json, os, sys
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith(".jsonl"):
        opened.append(arguments[0])
sys.addaudithook(hook)
"""
SHELL = (
    PROBE
    + """
from splitdose.cli import run
from datetime import datetime
code = run(json.loads(sys.argv[1]), clock=lambda: datetime.fromisoformat("2023-11-30T13:58:00+01:00"),
           environ=os.environ, stdin=sys.stdin, stdout=sys.stderr, stderr=sys.stderr)
print(json.dumps([code, sorted({os.path.basename(name) for name in opened})]))
"""
)
APP = (
    PROBE
    + """
import asyncio
from datetime import datetime
from pathlib import Path
from splitdose.session import Session
from splitdose.settings import Settings
from splitdose.store import DataFolder
from splitdose.tui.app import SplitdoseApp
def clock():
    return datetime.fromisoformat("2023-11-30T13:58:00+01:00")
session = Session(DataFolder(Path(os.environ["SPLITDOSE_DATA"])), clock, where="window", machine_zone="Europe/Berlin")
async def main():
    app = SplitdoseApp(session, Settings(desktop=False))
    async with app.run_test() as pilot:
        await pilot.pause()
        app.tick()
        await pilot.pause()
        return app.screen.__class__.__name__
name = asyncio.run(main())
print(json.dumps([name, sorted({os.path.basename(name) for name in opened})]))
"""
)


def probed(program: str, folder: Path, *words: str) -> tuple[object, list[str]]:
    found = subprocess.run(
        [sys.executable, "-c", program, json.dumps(words)], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "SPLITDOSE_DATA": str(folder), "TZ": BERLIN},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    end, opened = json.loads(found.stdout.splitlines()[-1])
    return end, opened


NEEDED = ["2023-11.jsonl", "plan.jsonl"]


@pytest.mark.parametrize(
    "words",
    [
        ("today",),
        ("status",),
        ("week", "--of", "2023-11-22"),
        ("take", "baclofen", "afternoon"),
        ("checkin", "--sleep", "5"),
    ],
)
def test_a_command_opens_only_what_it_needs(ten_years: Path, words: tuple[str, ...]) -> None:
    code, opened = probed(SHELL, ten_years, *words)
    assert code in (0, 1)
    assert [name for name in opened if name != "state.jsonl"] == NEEDED


def test_undo_finds_the_newest_record(ten_years: Path) -> None:
    line = CommandLine(ten_years).at("2023-11-30 14:30")
    line("take", "diazepam", "--extra", "--amount", "1", "--date", "2016-03-01").done()
    assert "of Tue 1 Mar 2016" in line("undo").done().out, "it was recorded last, though for a day long ago"


def test_today_opens_only_what_it_needs(ten_years: Path) -> None:
    name, opened = probed(APP, ten_years)
    assert name == "TodayScreen"
    assert [name for name in opened if name != "state.jsonl"] == NEEDED


def test_today_says_nothing_of_months_it_does_not_need(ten_years: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "data"
    shutil.copytree(ten_years, folder)
    for path in (folder / "log").glob("*.jsonl"):
        if path.name != "2023-11.jsonl":
            path.write_bytes(b"damaged\n" if path.name < "2020" else b"")
    line = CommandLine(folder)
    for words in (("today",), ("status",), ("week",)):
        line(*words).done()
    line("checkin", "--sleep", "5").done()
    assert "damaged and not used" in line("week", "--of", "2019-05-01").err


def test_undo_of_one_window_and_by_id_reads_little(ten_years: Path) -> None:
    line = CommandLine(ten_years).at("2023-11-30 15:00")
    window, other = line.session("window a"), line.session("window b")
    first = window.record.checkin(sleep=3, note="first")
    other.record.checkin(sleep=4, note="second")
    assert window.record.undo().id == first.id
    with pytest.raises(Exception, match="nothing was recorded in this window"):
        window.record.undo()
    code, opened = probed(SHELL, ten_years, "undo", first.id)
    assert code == 1
    assert "was undone already" in line("undo", first.id).err
    assert len(opened) > 100, "each month is looked through for it"
