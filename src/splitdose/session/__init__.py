"""The use cases: what a person can do, in their words, on a store and a clock that are given.

Screens and shell commands call these and nothing below. Nothing here prints, asks, or knows a screen.
"""

from splitdose.core.remind import Policy
from splitdose.session.planner import Change, Planner, Preview
from splitdose.session.reader import Clock, Reader
from splitdose.session.recorder import Recorder, describe
from splitdose.session.refusal import Refused
from splitdose.session.reminders import Claim, Reminders
from splitdose.store import DataFolder

__all__ = [
    "Change",
    "Claim",
    "Planner",
    "Preview",
    "Reader",
    "Recorder",
    "Refused",
    "Reminders",
    "Session",
    "describe",
]  # fmt: skip


class Session:
    """One window's or shell's work on one data folder.

    Attributes:
        reader: reading: days, weeks, the next dose.
        record: recording and undoing.
        plans: plan versions.
        reminders: what is owed to be said.
    """

    def __init__(
        self, store: DataFolder, clock: Clock, *, where: str, machine_zone: str, policy: Policy | None = None
    ) -> None:
        """Make one.

        Args:
            store: the data folder.
            clock: gives the instant, with an offset.
            where: this window's name, unlike any other's.
            machine_zone: IANA name of the zone the machine is in.
            policy: how to remind.
        """
        self._given = (clock, where, machine_zone, policy or Policy())
        self.reader = Reader(store, clock, machine_zone)
        self.record = Recorder(self.reader, where)
        self.plans = Planner(self.reader, where)
        self.reminders = Reminders(self.reader, where, policy or Policy())

    def for_thread(self) -> "Session":
        """The same window's work on the same folder with nothing shared in memory, for use in another thread."""
        clock, where, machine_zone, policy = self._given
        return Session(self.reader.store.for_thread(), clock, where=where, machine_zone=machine_zone, policy=policy)
