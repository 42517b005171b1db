"""What is kept on disk, and how it is kept safe: journals, their lock, and ids.

Knows files and documents, never doses. Starts fast: shell commands import it.
"""

from .errors import CannotRead, NotSaved, StoreError
from .folder import DataFolder
from .ids import new_id
from .journal import JournalStorage
from .migrations import SCHEMA, Migration, Migrations
from .replay import Damage

__all__ = [
    "SCHEMA",
    "CannotRead",
    "Damage",
    "DataFolder",
    "JournalStorage",
    "Migration",
    "Migrations",
    "NotSaved",
    "StoreError",
    "new_id",
]
