"""How documents of older versions are read: named, ordered steps from one schema to the next.

A step changes documents in memory only. The lines on disk stay as they were written; before the first line of
a newer schema is added to a file with older ones, the journal keeps a dated copy of it. A document that is
newer than this program is never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["MIGRATIONS", "SCHEMA", "Migration", "Migrations", "NewerSchema"]


class NewerSchema(ValueError):
    """A document was written by a program that knows a schema which this one doesn't."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a schema to the next.

    Attributes:
        name: what it does, in a few words; a person may read it.
        change: gets the name of the table and a document of the older schema, which is its own to alter, and
            returns the document of the next schema. The schema number is set for it. ValueError, TypeError or
            LookupError says that the document can't be brought over.
    """

    name: str
    change: Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Migrations:
    """All steps in order: the first leads from schema 1 to 2, the second from 2 to 3."""

    steps: tuple[Migration, ...] = ()

    @property
    def schema(self) -> int:
        """The schema that this program writes."""
        return len(self.steps) + 1

    def schema_of(self, document: dict[str, Any]) -> int:
        """Returns the schema of `document`; one without a number is of the first.

        Raises:
            NewerSchema: it is newer than this program.
            ValueError: it is not a schema number.
        """
        schema = document.get("schema", 1)
        if type(schema) is not int or schema < 1:
            raise ValueError("its schema is not a number")
        if schema > self.schema:
            raise NewerSchema(f"schema {schema}, known up to {self.schema}")
        return schema

    def bring_up(self, table: str, document: dict[str, Any]) -> dict[str, Any]:
        """Returns `document` as the newest schema has it; it may have been altered in place.

        Raises:
            NewerSchema: it is newer than this program.
            ValueError: it can't be brought over; the message names the step.
        """
        for number in range(self.schema_of(document), self.schema):
            step = self.steps[number - 1]
            try:
                document = step.change(table, document)
            except (ValueError, TypeError, LookupError):
                raise ValueError(f'an older record that the step "{step.name}" can\'t bring over') from None
            document["schema"] = number + 1
        return document


MIGRATIONS = Migrations()
SCHEMA = MIGRATIONS.schema
