"""Reports: what was recorded, in a form that leaves the program.

`FORMATS` says which there are; a writer is imported when it is asked for, so that listing them costs nothing. Each
writer is a pure function from `ReportData` to text. Nothing here writes a file, prints, or asks; nothing here may
import Textual. A report states what was planned and recorded, and never what to make of it.
"""

from datetime import date
from typing import TYPE_CHECKING

from splitdose.report.formats import FORMATS, Format
from splitdose.report.progress import Cancelled, Progress, collector_at_rest, quiet, stage

if TYPE_CHECKING:
    from splitdose.report.data import Options
    from splitdose.session.reader import Reader

__all__ = ["FORMATS", "Cancelled", "Format", "Progress", "make"]


def make(
    reader: "Reader",
    name: str,
    *,
    first: date | None = None,
    last: date | None = None,
    options: "Options | None" = None,
    progress: Progress = quiet,
) -> str:
    """Read what a report needs and write it.

    Args:
        reader: what is known.
        name: one of `FORMATS`.
        first: first logical date; left out, the first there is (of `ics`, today).
        last: last logical date, inclusive; left out, today (of `ics`, as far ahead as it goes).
        options: what to leave out; nothing unless said.
        progress: told how much is done of how much; what it raises ends the work, `Cancelled` for instance.

    Returns:
        The text, to be encoded as UTF-8 without changing its line ends; `Format.in_file` does that for a file.

    Raises:
        BadInput: no such format, or the range or the options don't fit it.
        CannotRead: from the store.
    """
    from splitdose.core.amount import quote
    from splitdose.core.errors import BadInput
    from splitdose.report.data import Options, collect

    found = FORMATS.get(name)
    if found is None:
        raise BadInput(f"unknown format {quote(name)}", f"the formats are: {', '.join(FORMATS)}")
    write = found.writer()
    with collector_at_rest(), reader.file_snapshot():
        data = collect(
            reader, found, first=first, last=last, options=options or Options(), progress=stage(progress, 0, 2)
        )
        text = write(data, stage(progress, 1, 2))
    progress(1000, 1000)
    return text
