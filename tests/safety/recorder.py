"""A process that records check-ins through a session and prints the id of each: `recorder.py FOLDER NAME COUNT`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from splitdose.session import Session
from splitdose.store import DataFolder


def main() -> None:
    folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    store = DataFolder(folder, lock_timeout=60)
    session = Session(store, lambda: datetime.now(UTC), where=name, machine_zone="Europe/Berlin")
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        print(session.record.checkin(sleep=number % 11, note=name).id, flush=True)


if __name__ == "__main__":
    main()
