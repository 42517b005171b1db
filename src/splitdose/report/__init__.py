"""Reports: what was recorded, in a form that leaves the program.

`FORMATS` says which there are; a writer is imported when it is asked for, so that listing them costs nothing. Each
writer is a pure function from `ReportData` to text. Nothing here writes a file, prints, or asks; nothing here may
import Textual. A report states what was planned and recorded, and never what to make of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, cast

from splitdose.report.progress import Cancelled, Progress, collector_at_rest, quiet, stage

if TYPE_CHECKING:
    from splitdose.report.data import Options, ReportData
    from splitdose.session.reader import Reader

__all__ = ["FORMATS", "Cancelled", "Format", "Progress", "make"]


@dataclass(frozen=True)
class Format:
    """One kind of report.

    Attributes:
        name: the word that is typed.
        suffix: of its file, with the dot.
        description: what it is for, in one line.
        ahead: it speaks of what is to come: a range left out begins today instead of ending there.
        whole: it holds the documents as they are stored, so nothing can be left out of it.
        marked: its file begins with a byte-order mark.
    """

    name: str
    suffix: str
    description: str
    ahead: bool = False
    whole: bool = False
    marked: bool = False

    def writer(self) -> "Callable[[ReportData, Progress], str]":
        """The function that writes it."""
        return cast("Callable[[ReportData, Progress], str]", import_module(f"{__name__}.{self.name}").write)

    def in_file(self, text: str) -> bytes:
        """What its file holds: the text as UTF-8, no line end changed."""
        return ("\ufeff" if self.marked else "").encode() + text.encode("utf-8", "backslashreplace")


FORMATS: Mapping[str, Format] = {
    found.name: found
    for found in (
        Format("markdown", ".md", "text to paste into a message or a forum"),
        Format("html", ".html", "one page with charts, to read, print or hand over"),
        # Without the mark Excel takes a file for the local code page and garbles every accent. LibreOffice, Numbers and
        # Sheets take it as what it is; other programs know it as "utf-8-sig". What is piped has none: it would stick to
        # the name of the first column.
        Format("csv", ".csv", "a table for a spreadsheet, one row for each record", marked=True),
        Format("ics", ".ics", "a calendar of coming doses with alarms", ahead=True),
        Format("json", ".json", "everything, to restore from or to work with", whole=True),
    )
}


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
