"""A process that writes records to a data folder and tells what it did: what the tests kill, stop and starve.

Run as `python writer.py FOLDER NAME COUNT [LOCK_TIMEOUT]`. Before each record it prints "try ID", after it
"done ID"; an error of the store is printed as "failed TEXT" and the same record is tried again with the next
line from standard input. COUNT 0 goes on until killed. It imports nothing of the tests, so that it can run as
another user.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from splitdose.store import DataFolder, StoreError, new_id


def tell(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    timeout = float(sys.argv[4]) if len(sys.argv) > 4 else 30.0
    data = DataFolder(folder, lock_timeout=timeout)
    tell("ready")
    sys.stdin.readline()
    number = 0
    while not count or number < count:
        document = {"id": new_id(datetime.now(UTC)), "by": name, "n": number}
        tell(f"try {document['id']}")
        while True:
            try:
                data.put("log/2023-11", "intakes", document)
            except StoreError as error:
                tell(f"failed {error}")
                if not sys.stdin.readline():
                    return
            else:
                break
        tell(f"done {document['id']}")
        number += 1


if __name__ == "__main__":
    main()
