"""Putting a report on disk: whole or not at all, and readable by its owner only."""

from pathlib import Path

from splitdose import files
from splitdose.store import NotSaved


def write_report(target: Path, content: bytes) -> None:
    """Write a report, replacing what stands there in one step.

    Args:
        target: the file; its folder must exist.
        content: as `Format.in_file` gives it, kept to the byte.

    Raises:
        NotSaved: the file is as it was.
    """
    try:
        files.replace(target, content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name can't be used"
        raise NotSaved(f"not written: {target}: {reason}", "check the folder, or name another file") from None
