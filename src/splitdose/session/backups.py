"""Automatic backups: a dated copy a day, after the first thing that is recorded on it.

A backup is never in the way of a record: it is made after one is saved, what goes wrong with it is kept to be told
quietly, and the next record of the day tries again. Nothing here raises.
"""

from datetime import date

from splitdose.session.reader import Reader
from splitdose.store import StoreError

BACKUPS = 7
"""How many are kept unless the person says otherwise."""


class DailyBackup:
    """Makes the day's backup for one window or shell.

    Attributes:
        trouble: why the newest try failed, or "".
    """

    def __init__(self, reader: Reader, keep: int = BACKUPS) -> None:
        """Make one.

        Args:
            reader: on the data folder.
            keep: how many backups to keep; 0 to make none.
        """
        self._store = reader.store
        self._reader = reader
        self._keep = keep
        self._kept: date | None = None
        self.trouble = ""

    def owed(self) -> date | None:
        """The logical date whose backup is to be made now; None when nothing was recorded, or it is made.

        Asked anew it answers None until something more is recorded: one record, one try.
        """
        if not self._store.has_written or not self._keep:
            return None
        self._store.has_written = False
        try:
            today = self._reader.today()
        except StoreError as problem:
            self.trouble = str(problem)
            return None
        return None if today == self._kept else today

    def make(self, day: date) -> None:
        """Make a date's backup, where there is none; may run in another thread."""
        try:
            self._store.make_dated_backup(day, self._keep)
        except StoreError as problem:
            self.trouble = str(problem)
        else:
            self._kept, self.trouble = day, ""
