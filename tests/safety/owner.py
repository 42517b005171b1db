"""The program as another user runs it, by a clock that a test sets: `owner.py OFFSET_FILE WORDS…`.

The program is given its clock; here that is the machine's plus the seconds that stand in a file. A preloaded library
can't be had across the change of user.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from splitdose.__main__ import _open_app
from splitdose.cli import run


def main() -> int:
    file = Path(sys.argv[1])

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text(encoding="ascii")))

    return run(
        sys.argv[2:], clock=now, environ=os.environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr,
        open_app=_open_app,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
