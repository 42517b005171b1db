"""A document together with where it belongs: what is copied, compared, restored and exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Entry"]


@dataclass(frozen=True)
class Entry:
    """A document and where it belongs.

    Attributes:
        journal: "plan" or "log/2026-11".
        table: the table's name.
        document: JSON values by name, with its "id".
    """

    journal: str
    table: str
    document: dict[str, Any]

    @property
    def id(self) -> str:
        """What the document is known by."""
        return str(self.document["id"])
