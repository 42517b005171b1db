"""Say which programs a test cannot do without.

On a person's machine a missing program skips the test. Where everything is meant to be there a skip would
hide that nothing was tested, so SPLITDOSE_REQUIRE_ALL=1 makes it a failure.
"""

from __future__ import annotations

import os
import shutil

import pytest


def require(*programs: str) -> None:
    """Skip the calling test unless all programs are on PATH, or fail it under SPLITDOSE_REQUIRE_ALL=1.

    Args:
        programs: Names of executables.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("SPLITDOSE_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (SPLITDOSE_REQUIRE_ALL=1)", pytrace=False)
    pytest.skip(reason)
