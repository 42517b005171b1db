"""The command line's entry: one real clock, the process's own streams, and nothing else.

Textual is imported only when the app opens; every other command starts without it.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from splitdose.cli import run

if TYPE_CHECKING:
    from splitdose.session import Session
    from splitdose.settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


def _open_app(session: "Session", settings: "Settings", *, demo: bool = False) -> int:
    from splitdose.tui.app import run_app

    return run_app(session, settings, demo=demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    # A stream that the caller closed is None: what is written to it is lost, as it would be anywhere.
    with Path(os.devnull).open("r+", encoding="utf-8") as nowhere:
        return run(
            sys.argv[1:] if argv is None else argv,
            clock=_now,
            environ=os.environ,
            stdin=sys.stdin or nowhere,
            stdout=sys.stdout or nowhere,
            stderr=sys.stderr or nowhere,
            open_app=_open_app,
        )


if __name__ == "__main__":
    sys.exit(main())
