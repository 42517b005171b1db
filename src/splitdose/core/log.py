"""The log: what was taken, skipped or left unsure, check-ins, and voids; and what of it stands.

Records are facts and never change. A correction is a new record that names the one it replaces; a void names
the one it takes back. Voiding a correction restores what it replaced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal, TypeVar

from splitdose.core.clock import utc
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import DoseKey

Kind = Literal["taken", "skipped", "unsure", "extra"]
KINDS: tuple[Kind, ...] = ("taken", "skipped", "unsure", "extra")
Exactness = Literal["exact", "about", "unknown"]
EXACTNESS: tuple[Exactness, ...] = ("exact", "about", "unknown")
Timing = Literal["early", "on_time", "late"]


@dataclass(frozen=True)
class Planned:
    """What the plan of that day asked for, kept with the record.

    Attributes:
        pieces: what was planned.
        due: the instant (UTC) it was due.
        slot_time: the slot's wall-clock time, "08:00".
        version: number of the plan version.
    """

    pieces: Pieces
    due: datetime
    slot_time: str
    version: int

    @property
    def mg(self) -> Fraction | None:
        return self.pieces.mg


@dataclass(frozen=True)
class Made:
    """The making of a record.

    Attributes:
        id: which record it is to be.
        at: the instant (UTC) of recording.
        where: which window or shell records it.
        zone: IANA name of the zone of its logical date.
        replaces: id of the record it corrects.
    """

    id: str
    at: datetime
    where: str
    zone: str
    replaces: str | None = None


@dataclass(frozen=True)
class Intake:
    """What happened to one dose, or an extra one.

    Attributes:
        id: unique and ordered by time of recording.
        kind: taken, skipped, unsure or extra; only extra (and medicine taken as needed) has no slot to fill.
        date: the logical date it belongs to.
        slot: the slot it fills, None for an extra.
        at: the instant (UTC) it was taken, or None where none is known.
        zone: IANA name of the zone it was recorded in.
        exactness: how exact `at` is.
        pieces: what was taken; empty for skipped; as planned for unsure.
        planned: the plan's snapshot, None for an extra.
        recorded_at: the instant (UTC) of recording.
        where: which window or shell recorded it.
        reason: why it was skipped, in the person's words.
        note: the person's words.
        replaces: id of the record it corrects.
    """

    id: str
    kind: Kind
    medicine: str
    date: date
    slot: str | None
    at: datetime | None
    zone: str
    exactness: Exactness
    pieces: Pieces
    planned: Planned | None
    recorded_at: datetime
    where: str = ""
    reason: str = ""
    note: str = ""
    replaces: str | None = None

    @property
    def mg(self) -> Fraction | None:
        """Milligrams that were taken; 0 for skipped and unsure, which count as nothing taken."""
        return self.pieces.mg if self.kind in ("taken", "extra") else Fraction(0)

    @property
    def key(self) -> DoseKey | None:
        """The dose it fills; None for an extra, which never fills a slot."""
        if self.slot is None or self.kind == "extra":
            return None
        return DoseKey(self.medicine, self.date, self.slot)

    def as_extra(self, made: Made) -> "Intake":
        """The same intake recorded again outside its slot, with its own time and amount."""
        return replace(
            self, id=made.id, kind="extra", slot=None, planned=None, recorded_at=made.at, where=made.where,
            replaces=made.replaces,
        )  # fmt: skip

    def timing(self, late_after: timedelta) -> Timing | None:
        """Early, on time (inclusive) or late against the planned instant; None where that can't be said."""
        if self.kind != "taken" or self.at is None or self.planned is None or self.exactness == "unknown":
            return None
        distance = utc(self.at) - utc(self.planned.due)
        if distance < -late_after:
            return "early"
        return "late" if distance > late_after else "on_time"


def dose_intake(
    kind: Kind, key: DoseKey, planned: Planned, made: Made, *, at: datetime | None, exactness: Exactness,
    pieces: Pieces | None, reason: str = "", note: str = "",
) -> Intake:  # fmt: skip
    """The record of a dose; its amount is as planned unless said, and nothing where it was skipped."""
    return Intake(
        id=made.id, kind=kind, medicine=key.medicine, date=key.date, slot=key.slot, at=at, zone=made.zone,
        exactness=exactness, pieces=NO_PIECES if kind == "skipped" else planned.pieces if pieces is None else pieces,
        planned=planned, recorded_at=made.at, where=made.where, reason=reason, note=note, replaces=made.replaces,
    )  # fmt: skip


def extra_intake(
    medicine: str, day: date, pieces: Pieces, made: Made, *, at: datetime | None, exactness: Exactness, note: str = ""
) -> Intake:
    """The record of an intake that fills no slot."""
    return Intake(
        id=made.id, kind="extra", medicine=medicine, date=day, slot=None, at=at, zone=made.zone, exactness=exactness,
        pieces=pieces, planned=None, recorded_at=made.at, where=made.where, note=note, replaces=made.replaces,
    )  # fmt: skip


@dataclass(frozen=True)
class CheckIn:
    """How the person is.

    Attributes:
        sleep: quality of the night, 0–10.
        onset_min: minutes until asleep.
        awakenings: how many.
        symptoms: 0–10 by the person's own names.
    """

    id: str
    at: datetime
    zone: str
    date: date
    recorded_at: datetime
    sleep: int | None = None
    onset_min: int | None = None
    awakenings: int | None = None
    symptoms: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    where: str = ""
    replaces: str | None = None


@dataclass(frozen=True)
class Void:
    """Takes back one record."""

    id: str
    target: str
    recorded_at: datetime
    where: str = ""


Record = Intake | CheckIn | Void
R = TypeVar("R", Intake, CheckIn)
Branch = tuple[tuple[datetime, str], ...]


class Log:
    """The records read so far, and what of them stands."""

    def __init__(self, records: Iterable[Record]) -> None:
        ordered = sorted(records, key=lambda r: (r.recorded_at, r.id))
        self.intakes: dict[str, Intake] = {r.id: r for r in ordered if isinstance(r, Intake)}
        self.checkins: dict[str, CheckIn] = {r.id: r for r in ordered if isinstance(r, CheckIn)}
        self.voids: dict[str, Void] = {r.target: r for r in ordered if isinstance(r, Void)}
        replaced: dict[str, list[str]] = {}
        records_that_replace: list[Intake | CheckIn] = [*self.intakes.values(), *self.checkins.values()]
        for record in records_that_replace:
            if record.replaces is not None:
                replaced.setdefault(record.replaces, []).append(record.id)
        self._replaced_by = replaced
        self._undone: dict[DoseKey, Void] = {}
        for void in sorted(self.voids.values(), key=lambda v: (v.recorded_at, v.id)):
            undone = self.intakes.get(void.target)
            if undone is not None and undone.key is not None:
                self._undone[undone.key] = void
        self._beaten = self._second_corrections()
        self._fills: dict[DoseKey, list[Intake]] = {}
        self._extras: dict[date, list[Intake]] = {}
        self._filled_on: dict[date, list[DoseKey]] = {}
        self._checkins_on: dict[date, list[CheckIn]] = {}
        standing = [intake for intake in self.intakes.values() if self.stands(intake.id)]
        for intake in standing:
            if intake.key is None:
                self._extras.setdefault(intake.date, []).append(intake)
            else:
                self._fills.setdefault(intake.key, []).append(intake)
        for key, fills in self._fills.items():
            self._filled_on.setdefault(key.date, []).append(key)
            if len(fills) > 1:
                fills.sort(key=self._first_filled)
        for checkin in self.checkins.values():
            if self.stands(checkin.id):
                self._checkins_on.setdefault(checkin.date, []).append(checkin)

    def _first_filled(self, intake: Intake) -> tuple[datetime, str]:
        """When its slot was first filled: a correction keeps the place of what it corrects there."""
        seen = {intake.id}
        first = intake
        while (before := self.intakes.get(first.replaces or "")) is not None:
            if before.id in seen or before.key != intake.key:
                break
            seen.add(before.id)
            first = before
        return first.recorded_at, first.id

    def _second_corrections(self) -> set[str]:
        """Records that two devices have put in the place of one extra intake or check-in: all but the first.

        Of a dose they are doubles, which are asked about; here nothing but the first counts.
        """
        corrections: list[Intake | CheckIn] = [
            # The same as `key is None`, without a key for each of many years.
            *(i for i in self.intakes.values() if i.replaces is not None and (i.kind == "extra" or i.slot is None)),
            *(c for c in self.checkins.values() if c.replaces is not None),
        ]
        branches: dict[str, list[tuple[Branch, str]]] = {}
        for record_id in (correction.id for correction in corrections):
            if record_id not in self.voids and not self._replaced(record_id):
                root, branch = self._branch(record_id)
                branches.setdefault(root, []).append((branch, record_id))
        return {record_id for found in branches.values() for _, record_id in sorted(found)[1:]}

    def _branch(self, record_id: str) -> tuple[str, Branch]:
        """What a record goes back to, and when each record on the way from there was made.

        A correction of what counts keeps its place: branches are compared where they part.
        """
        way: list[tuple[datetime, str]] = []
        at, seen = record_id, {record_id}
        while (record := self.intakes.get(at) or self.checkins.get(at)) is not None:
            way.append((record.recorded_at, record.id))
            if record.replaces is None or record.replaces in seen:
                break
            seen.add(at := record.replaces)
        return at, tuple(reversed(way))

    def stands(self, record_id: str) -> bool:
        """Whether a record is neither voided nor replaced by one that is not voided, nor by an earlier one."""
        return record_id not in self.voids and not self._replaced(record_id) and record_id not in self._beaten

    def _replaced(self, record_id: str) -> bool:
        """Whether a correction of it, or of a voided correction of it, is not voided."""
        waiting = list(self._replaced_by.get(record_id, ()))
        seen: set[str] = set()
        while waiting:
            by = waiting.pop()
            if by in seen:  # a loop can only come from a damaged or hand-made file
                continue
            seen.add(by)
            if by not in self.voids:
                return True
            waiting.extend(self._replaced_by.get(by, ()))
        return False

    def fill(self, key: DoseKey) -> Intake | None:
        """The record that stands for a dose: the first recorded where two devices filled it."""
        fills = self._fills.get(key)
        return fills[0] if fills else None

    def undone(self, key: DoseKey) -> Void | None:
        """The newest void of any record that filled a dose: of one that is open again, what opened it."""
        return self._undone.get(key)

    def duplicates(self, key: DoseKey) -> list[Intake]:
        """Further records that fill the same dose; in no total until the person says extra or duplicate."""
        return self._fills.get(key, [])[1:]

    def fills_on(self, day: date) -> list[Intake]:
        """The standing records that fill a slot of a logical date."""
        return [self._fills[key][0] for key in self._filled_on.get(day, ())]

    def extras_on(self, day: date) -> list[Intake]:
        """Standing extra intakes of a logical date, by time taken."""
        return sorted(self._extras.get(day, ()), key=lambda i: (i.at or i.recorded_at, i.id))

    def checkins_on(self, day: date) -> list[CheckIn]:
        """Standing check-ins of a logical date, by time."""
        return sorted(self._checkins_on.get(day, ()), key=lambda c: (c.at, c.id))

    def history(self, record_id: str) -> list[Intake]:
        """Every record of the chain of corrections an intake belongs to, oldest first, voided ones too."""
        return self._chain(self.intakes, record_id)

    def checkin_history(self, record_id: str) -> list[CheckIn]:
        """The same of a check-in."""
        return self._chain(self.checkins, record_id)

    def _chain(self, records: Mapping[str, R], record_id: str) -> list[R]:
        first, climbed = record_id, {record_id}
        while (record := records.get(first)) is not None and (before := record.replaces) in records:
            if before is None or before in climbed:  # a loop, as above
                break
            climbed.add(first := before)
        chain: dict[str, R] = {}
        waiting = [first]
        while waiting:
            at = waiting.pop()
            if at in records and at not in chain:
                chain[at] = records[at]
                waiting.extend(self._replaced_by.get(at, ()))
        return sorted(chain.values(), key=lambda r: (r.recorded_at, r.id))

    def taken_between(self, medicine: str, start: datetime, end: datetime) -> list[Intake]:
        """Standing intakes of a medicine taken in [start, end), by time; doubles left out."""
        found = [
            i
            for fills in (*[f[:1] for f in self._fills.values()], *self._extras.values())
            for i in fills
            if i.medicine == medicine and i.kind in ("taken", "extra") and i.at is not None and start <= i.at < end
        ]
        return sorted(found, key=lambda i: (i.at or i.recorded_at, i.id))

    def newest_unvoided(self, *, where: str | None = None) -> Intake | CheckIn | None:
        """The newest unvoided intake or check-in by recording time; `where` narrows to one window."""
        everything: list[Intake | CheckIn] = [*self.intakes.values(), *self.checkins.values()]
        open_ones = [r for r in everything if r.id not in self.voids and (where is None or r.where == where)]
        return max(open_ones, key=lambda r: (r.recorded_at, r.id), default=None)
