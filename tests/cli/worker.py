"""A process that runs command lines as it is told: one JSON list a line in, one JSON answer a line out.

It is ready before it is told, so that two of them act at the same moment.
"""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import UTC, datetime

from splitdose.cli import run


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        code = run(
            json.loads(line), clock=lambda: datetime.now(UTC), environ=os.environ, stdin=io.StringIO(), stdout=out,
            stderr=err,
        )  # fmt: skip
        print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)


if __name__ == "__main__":
    main()
