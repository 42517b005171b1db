"""What is kept on disk, and how it is kept safe: journals, their lock, and ids.

Files and documents stay in here: what goes in and out of a `DataFolder` are the domain's own values. Starts fast: shell
commands import it.
"""

from .entry import Entry
from .errors import CannotRead, NotSaved, StoreError
from .ids import new_id
from .journal import JournalStorage
from .journal_reader import Damage
from .kept import KeptChoice, KeptRules, KeptVersion, KeptZone, PlanRecord, ReminderRecord, Rename
from .migrations import SCHEMA, Migration, Migrations
from .record import DataFolder, understood

__all__ = [
    "SCHEMA",
    "CannotRead",
    "Damage",
    "DataFolder",
    "Entry",
    "JournalStorage",
    "KeptChoice",
    "KeptRules",
    "KeptVersion",
    "KeptZone",
    "Migration",
    "Migrations",
    "NotSaved",
    "PlanRecord",
    "ReminderRecord",
    "Rename",
    "StoreError",
    "new_id",
    "understood",
]
