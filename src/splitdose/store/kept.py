"""What the plan and the reminders keep beside the domain's own values: who was called what, and what was undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from splitdose.core.clock import Rules
from splitdose.core.history import Choice, Made
from splitdose.core.log import Void
from splitdose.core.plan import Version
from splitdose.core.remind import Sent, Snooze

__all__ = [
    "KeptChoice", "KeptRules", "KeptVersion", "KeptZone", "PlanEntry", "PlanRecord", "ReminderRecord", "Rename",
    "SentEntry",
]  # fmt: skip


@dataclass(frozen=True)
class KeptRules:
    """Rules of the calendar, as the plan keeps them.

    Attributes:
        id: of this entry.
        made_at: when they were kept.
    """

    id: str
    rules: Rules
    made_at: datetime


@dataclass(frozen=True)
class KeptVersion:
    """One version of a medicine's plan, as it is kept.

    Attributes:
        medicine: what the medicine was called then.
        since: the medicine's first logical date.
        made: its place among the others, with the number it was kept with.
        version: None where it was undone.
    """

    medicine: str
    since: date
    made: Made
    version: Version | None


@dataclass(frozen=True)
class Rename:
    """That a medicine is called something else from an instant on; what was kept before stays as it is."""

    id: str
    old: str
    new: str
    made_at: datetime


@dataclass(frozen=True)
class KeptZone:
    """The person's answer that the record stays in its zone while the machine is in this one."""

    id: str
    zone: str
    at: datetime


@dataclass(frozen=True)
class KeptChoice:
    """The person's answer which version of a plan that two devices changed is kept."""

    id: str
    choice: Choice
    at: datetime


PlanEntry = KeptRules | KeptVersion | Rename | KeptZone | KeptChoice | Void


@dataclass(frozen=True)
class PlanRecord:
    """All that the plan's journal holds, each in the order in which it was made.

    Attributes:
        rules: of the calendar.
        versions: of every medicine, undone ones too.
        renames: medicines' old names with their new ones.
        kept_zones: zones of the machine in which the record stayed in its own.
        choices: which versions were kept where two devices had changed a plan.
    """

    rules: tuple[Rules, ...]
    versions: tuple[KeptVersion, ...]
    renames: tuple[tuple[str, str], ...]
    kept_zones: frozenset[str]
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class ReminderRecord:
    """What was sent and snoozed, as far as it can be read.

    Attributes:
        sent: notices given or claimed.
        snoozes: all of them, newer ones of a dose after older ones.
        trouble: why some of it can't be read, or "".
    """

    sent: tuple[Sent, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    trouble: str = ""


SentEntry = tuple[str, Sent]
"""A notice with the id that its claim and its result share."""
