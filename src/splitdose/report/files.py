"""Putting a report on disk: whole or not at all, and readable by its owner only."""

import contextlib
import os
import tempfile
from pathlib import Path

from splitdose.store import NotSaved


def write_report(target: Path, content: bytes) -> None:
    """Write a report, replacing what stands there in one step.

    Args:
        target: the file; its folder must exist.
        content: as `Format.in_file` gives it, kept to the byte.

    Raises:
        NotSaved: the file is as it was.
    """
    name = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent or Path(), prefix=".splitdose-")  # mode 0600
        with open(handle, "wb") as stream:  # noqa: PTH123 (it is open already)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except (OSError, ValueError) as error:
        if name is not None:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        reason = getattr(error, "strerror", None) or "its name can't be used"
        raise NotSaved(f"not written: {target}: {reason}", "check the folder, or name another file") from None
