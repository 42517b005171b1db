"""Everything, as it is stored: for restoring into an empty folder, and for other programs.

The documents are those of the data folder, unchanged, by journal and table; reminders that were sent are left out, as
a backup leaves them out. Nothing in here can be left out or renamed, because then it could not be restored.
"""

import json
from typing import Any, NoReturn

from splitdose import __version__
from splitdose.core.errors import BadInput
from splitdose.report.data import ReportData
from splitdose.report.progress import Progress, quiet
from splitdose.store import SCHEMA, Entry

KIND = "splitdose-export"
EXPORT_SCHEMA = 1
"""Of this file's own shape; each document carries the schema of its content."""
_EVERY = 500


def write(data: ReportData, progress: Progress = quiet) -> str:
    """The report as JSON: ASCII, one document a line.

    {"kind", "schema", "made_at", "from", "to", "whole", "program", "journals": {journal: {table: [document…]}}}
    """
    journals: dict[str, dict[str, list[str]]] = {}
    for done, entry in enumerate(data.entries):
        if done % _EVERY == 0:
            progress(done, len(data.entries))
        journals.setdefault(entry.journal, {}).setdefault(entry.table, []).append(_compact(entry.document))
    head = {
        "kind": KIND, "schema": EXPORT_SCHEMA, "made_at": data.calendar.local(data.now).isoformat(),
        "from": data.start.isoformat(), "to": data.last.isoformat(), "whole": data.whole,
        "program": f"splitdose {__version__}",
    }  # fmt: skip
    body = ",\n".join(f"{_compact(journal)}: {{{_tables(tables)}}}" for journal, tables in journals.items())
    return f'{_compact(head)[:-1]}, "journals": {{\n{body}\n}}}}\n'


def _tables(tables: dict[str, list[str]]) -> str:
    return ",\n".join(f"{_compact(table)}: [\n" + ",\n".join(rows) + "\n]" for table, rows in tables.items())


_compact = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def read(text: str) -> tuple[Entry, ...]:
    """The entries of an export, as a data folder takes them: the plan's first.

    Putting them journal by journal (`DataFolder.put_all`) into an empty folder gives the same data.

    Args:
        text: the whole file.

    Raises:
        BadInput: it is no export, it is damaged, or a newer Splitdose wrote it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(
            "the file is not JSON, or it ends early", "choose a file that splitdose export json made"
        ) from None
    if not isinstance(found, dict) or found.get("kind") != KIND or not isinstance(found.get("journals"), dict):
        raise BadInput("the file is not an export of Splitdose", "choose a file that splitdose export json made")
    entries = [
        Entry(journal, table, _document(row))
        for journal, tables in found["journals"].items()
        for table, rows in _named(tables).items()
        for row in _listed(rows)
    ]
    if _number(found.get("schema")) > EXPORT_SCHEMA or any(_number(e.document.get("schema")) > SCHEMA for e in entries):
        raise BadInput("the file was written by a newer Splitdose", "update Splitdose")
    return tuple(sorted(entries, key=lambda entry: (entry.journal != "plan", entry.journal)))


def _number(value: Any) -> int:
    """A schema's number; what is none counts as newer than any."""
    return value if isinstance(value, int) else 2**31


def _named(tables: Any) -> dict[str, Any]:
    return tables if isinstance(tables, dict) else _damaged()


def _listed(rows: Any) -> list[Any]:
    return rows if isinstance(rows, list) else _damaged()


def _document(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
        _damaged()
    return row


def _damaged() -> NoReturn:
    raise BadInput("the export is damaged: something in it is no record", "choose another export or a backup")
