"""A data folder that is written to disk at the end, one line a file: for a history that is made at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .record import DataFolder

__all__ = ["DeferredFolder"]


class DeferredFolder(DataFolder):
    """Holds in memory what is recorded, until all of it is written.

    A line and an fsync for each record would take seconds on a slow disk. What a recorder decides on, the records of
    the day it writes to, is held until that day is over.
    """

    def __init__(self, path: Path) -> None:
        """Does no I/O; nobody else may use the folder meanwhile."""
        super().__init__(path)
        self._rows: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._over: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self._count = 0

    def file_stamps(self) -> Mapping[str, Hashable]:
        return {"plan": self._count}

    def months(self) -> list[str]:
        return sorted({journal[4:] for journal, _ in self._rows if journal.startswith("log/")})

    def months_with(self, text: str) -> list[str]:
        return self.months()

    def latest(self, name: str) -> dict[str, str]:
        return dict.fromkeys(self.months(), "")

    def views(self, journal: str) -> dict[str, list[Mapping[str, Any]]]:
        return {table: list(rows.values()) for (place, table), rows in self._rows.items() if place == journal}

    @contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def put_all(self, journal: str, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        for table, document in entries:
            self._rows.setdefault((journal, table), {})[document["id"]] = dict(document)
            self._over.setdefault(journal, []).append((table, document))
        self._count += 1

    def forget_days(self) -> None:
        """The day is over: nothing looks at its records again."""
        self._rows = {place: rows for place, rows in self._rows.items() if place[0] == "plan"}
        self._count += 1

    def write(self) -> None:
        """Write everything, the plan first: a log without a plan is a plan that was lost.

        Raises:
            NotSaved: the folder can't be written to.
        """
        with super().locked():
            for journal in sorted(self._over, key=lambda name: (name != "plan", name)):
                super().put_all(journal, self._over[journal])
