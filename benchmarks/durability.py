"""What it costs to make one record durable, after a day, a year and ten years of six doses a day.

Compares the data folder with SQLite, TinyDB's own JSONStorage, and the least that any can do: appending the
same bytes to an open file and syncing it. All are measured in turns in one run, so that a busy machine is
busy for all of them; only the ratios mean something elsewhere. Prints a Markdown table.

Run: python benchmarks/durability.py [--records 200] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from splitdose.store import SCHEMA, DataFolder, new_id
from splitdose.store.lines import Put, line_of

DOSES_A_DAY = 6
LAST_DAY = datetime(2033, 10, 30, 7, 0, tzinfo=UTC)  # late in its month, which is when a month's file is longest
HISTORIES = {"1 day": 1, "1 year": 365, "10 years": 3650}
BARE = "bare append + fsync"
STOCK = "TinyDB JSONStorage"
WARM_UP = 10
Document = dict[str, Any]


def intake(at: datetime) -> Document:
    """Returns a record as the session layer would make it, in shape and size."""
    pieces = [{"count": "1/4", "unit": "tablet", "product": "20 mg tablet", "strength": "20 mg"}]
    return {
        "id": new_id(at),
        "schema": SCHEMA,
        "kind": "taken",
        "medicine": "baclofen",
        "date": at.date().isoformat(),
        "slot": "afternoon",
        "planned": {"pieces": pieces, "mg": "5", "due": at.isoformat(), "version": 3},
        "taken": {"pieces": pieces, "mg": "5"},
        "at": at.isoformat(),
        "zone": "Europe/Lisbon",
        "exactness": "exact",
        "recorded_at": at.isoformat(),
        "where": "terminal",
        "note": "",
    }


def history(days: int) -> Iterator[Document]:
    """Yields all records of so many days up to the last day, the last included."""
    for day in range(days - 1, -1, -1):
        for dose in range(DOSES_A_DAY):
            yield intake(LAST_DAY - timedelta(days=day) + timedelta(hours=2 * dose))


@dataclass
class Contender:
    """Something that can make a record durable.

    Attributes:
        name: what the table calls it.
        save: makes one document durable before it returns.
        undo: takes it out again, untimed, so that the history stays as long as it was.
        times: what each took, in milliseconds.
    """

    name: str
    save: Callable[[Document], object]
    undo: Callable[[], object] = lambda: None
    times: list[float] = field(default_factory=list)

    def measure(self, document: Document) -> None:
        start = time.perf_counter()
        self.save(document)
        self.times.append((time.perf_counter() - start) * 1000)
        self.undo()


def month_of(document: Document) -> str:
    return f"log/{document['date'][:7]}"


def bare(folder: Path, documents: list[Document]) -> Contender:
    file = (folder / "bare").open("ab", buffering=0)
    for document in documents:
        file.write(line_of([Put("intakes", document["id"], document)]))
    os.fsync(file.fileno())

    def save(document: Document) -> None:
        file.write(line_of([Put("intakes", document["id"], document)]))
        os.fsync(file.fileno())

    return Contender(BARE, save)


def ours(folder: Path, documents: list[Document], *, cold: bool) -> Contender:
    data = DataFolder(folder / ("cold" if cold else "open"))
    data.put("plan", "medicines", {"id": "baclofen"})
    (data.path / "log").mkdir(mode=0o700)
    for document in documents:
        with (data.path / f"{month_of(document)}.jsonl").open("ab") as file:
            file.write(line_of([Put("intakes", document["id"], document)]))
    month = month_of(documents[-1])
    path = data.path / f"{month}.jsonl"
    size = path.stat().st_size

    def undo() -> None:
        os.truncate(path, size)
        data.documents(month, "intakes")  # what was taken out is noticed, as by a screen between two records

    undo()
    if cold:
        return Contender(
            "splitdose, month read first",
            lambda document: DataFolder(data.path).put(month, "intakes", document),
            undo,
        )
    return Contender("splitdose, window open", lambda document: data.put(month, "intakes", document), undo)


def sqlite(folder: Path, documents: list[Document], mode: str) -> Contender:
    database = sqlite3.connect(folder / f"{mode}.sqlite", isolation_level=None)
    database.execute(f"PRAGMA journal_mode={mode}")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE intakes (id TEXT PRIMARY KEY, date TEXT, document TEXT)")
    insert = "INSERT INTO intakes VALUES (?, ?, ?)"
    database.execute("BEGIN")
    database.executemany(insert, [(each["id"], each["date"], json.dumps(each)) for each in documents])
    database.execute("COMMIT")
    rows = len(documents)
    return Contender(
        f"sqlite3, {mode}/FULL",
        lambda document: database.execute(insert, (document["id"], document["date"], json.dumps(document))),
        lambda: database.execute("DELETE FROM intakes WHERE rowid > ?", (rows,)),
    )


def stock(folder: Path, documents: list[Document]) -> Contender:
    database = TinyDB(folder / "stock.json")
    database.insert_multiple(documents)
    return Contender(STOCK, database.insert)


def set_up(folder: Path, days: int) -> list[Contender]:
    """Returns everything that is compared, each with a history of so many days."""
    documents = list(history(days))
    return [
        bare(folder, documents),
        ours(folder, documents, cold=False),
        ours(folder, documents, cold=True),
        sqlite(folder, documents, "DELETE"),
        sqlite(folder, documents, "WAL"),
        stock(folder, documents),
    ]


def measure(histories: dict[str, list[Contender]], records: int) -> None:
    """Lets every contender of every history save so many records, in turns and in changing order."""
    everyone = [contender for contenders in histories.values() for contender in contenders]
    for number in range(records + WARM_UP):
        document = intake(LAST_DAY + timedelta(hours=14, seconds=number))
        for contender in random.sample(everyone, len(everyone)):
            # TinyDB's own storage takes most of a second at ten years; a few records tell as much.
            if contender.name != STOCK or number % 20 == 0:
                contender.measure(document)
    for contender in everyone:
        del contender.times[: WARM_UP if contender.name != STOCK else 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=200, help="how many records each contender saves")
    parser.add_argument("--folder", type=Path, default=None, help="where: a folder on the disk in question")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        histories: dict[str, list[Contender]] = {}
        for name, days in HISTORIES.items():
            (Path(folder) / name).mkdir()
            histories[name] = set_up(Path(folder) / name, days)
        measure(histories, options.records)
    medians = {
        history: {contender.name: statistics.median(contender.times) for contender in contenders}
        for history, contenders in histories.items()
    }
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{platform.platform()}, {versions}; medians of {options.records}\n")
    print(f"| one record | {' | '.join(f'{name}: ms | × bare' for name in medians)} | 10 years ÷ 1 day |")
    print("|---" * (2 * len(medians) + 2) + "|")
    for contender in medians["1 day"]:
        cells = []
        for times in medians.values():
            cells += [f"{times[contender]:.2f}", f"{times[contender] / times[BARE]:.1f}"]
        growth = medians["10 years"][contender] / medians["1 day"][contender]
        print(f"| {contender} | {' | '.join(cells)} | {growth:.2f} |")


if __name__ == "__main__":
    main()
