"""Which reports there are: a row for each, and a file of its name beside this one that writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from splitdose.report.progress import Progress


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

    def writer(self) -> Callable[[Any, Progress], str]:
        """The function that writes it from `ReportData`."""
        return cast("Callable[[Any, Progress], str]", import_module(f"{__package__}.{self.name}").write)

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
