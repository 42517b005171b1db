"""Recording: taken, skipped, unsure, extra, check-ins, and taking them back.

Record first: nothing vetoes a fact. What is unusual is refused once with the facts, and done when the caller allows
that code. Every decision is made on what the files hold, under the lock, so that two windows can't fill a dose twice.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from splitdose.core.amount import quote
from splitdose.core.clock import DAY, Rules
from splitdose.core.day import Dose, planned_of
from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Exactness, Intake, Kind, Log, Made, Record, Void, dose_intake, extra_intake
from splitdose.core.piece import NO_PIECES, Pieces, Product
from splitdose.core.plan import DoseKey, Medicine, days
from splitdose.core.reading import parse_pieces
from splitdose.core.showing import show_dose
from splitdose.core.unusual import Unusual, no_such_dose, of_a_dose, of_an_extra
from splitdose.core.wording import ago_words, clock_words, day_words, planned_words
from splitdose.session.reader import Reader
from splitdose.session.refusal import Refused
from splitdose.store import KeptRules, new_id
from splitdose.store.record import journal_of as journal_of  # asked for here by who corrects

UNDO_ASKS_AFTER = timedelta(hours=12)
MAX_TEXT = 2_000
MAX_ONSET_MIN = 24 * 60
MAX_AWAKENINGS = 100

NONE: frozenset[str] = frozenset()


class Recorder:
    """Writes to the log for one window or shell.

    Every method raises `NotSaved` when the record could not be kept, in which case nothing counts, and a retry with
    the same `record_id` can't record twice.
    """

    def __init__(self, reader: Reader, where: str) -> None:
        """Make one; `where` is this window's name, unlike any other window's."""
        self._reader = reader
        self.where = where

    def fresh_id(self) -> str:
        """An id for one record to be, so that a retry after a failure can't record twice."""
        return new_id(self._reader.now())

    def take(
        self,
        key: DoseKey,
        *,
        at: datetime | None = None,
        exactness: Exactness = "exact",
        pieces: Pieces | None = None,
        note: str = "",
        allow: Collection[str] = NONE,
        record_id: str | None = None,
    ) -> Intake:
        """Record that a scheduled dose was taken.

        Args:
            key: medicine, logical date and slot.
            at: the instant, now unless said; left out with `exactness="unknown"` there is none.
            exactness: how exact that is.
            pieces: what was taken, as planned unless said.
            note: the person's words.
            allow: codes of refusals the person has answered.
            record_id: id of an earlier try that could not be saved.

        Raises:
            Refused: recorded (already), early, after_next, amount, not_planned.
            BadInput: the time is still to come.
        """
        now = self._reader.now()
        if at is None and exactness != "unknown":
            at = now
        if at is not None and at > now:
            raise BadInput("that time is still to come", "give a time that has passed")
        return self._fill("taken", key, now, allow, record_id, at, exactness, pieces, note=note)

    def skip(
        self, key: DoseKey, *, reason: str = "", allow: Collection[str] = NONE, record_id: str | None = None
    ) -> Intake:
        """Record that a dose was skipped, with the person's reason. Raises Refused: recorded, not_planned."""
        return self._fill("skipped", key, self._reader.now(), allow, record_id, reason=reason)

    def unsure(
        self, key: DoseKey, *, note: str = "", allow: Collection[str] = NONE, record_id: str | None = None
    ) -> Intake:
        """Record that the person does not know whether a dose was taken. Raises Refused: recorded, not_planned."""
        return self._fill("unsure", key, self._reader.now(), allow, record_id, note=note)

    def _fill(
        self, kind: Kind, key: DoseKey, now: datetime, allow: Collection[str], record_id: str | None,
        at: datetime | None = None, exactness: Exactness = "unknown", pieces: Pieces | None = None, **words: str,
    ) -> Intake:  # fmt: skip
        """Make the record of a dose, ask about it, and keep it; `words` are the person's own."""
        for text in words.values():
            check_text(text)
        with self._reader.store.locked():
            self._reader.refresh()
            plan = self._reader.plan()
            dose = self._reader.dose(key)
            if dose is None:
                raise _refused(no_such_dose(key))
            if dose.record is not None and dose.record.id == record_id:
                return dose.record
            planned = planned_of(plan, dose, plan.calendar.date_of(now))
            replaces = dose.record.id if dose.record is not None else None
            made = Made(record_id or new_id(now), now, self.where, plan.calendar.rules_on(key.date).zone, replaces)
            intake = dose_intake(kind, key, planned, made, at=at, exactness=exactness, pieces=pieces, **words)
            self._ask(of_a_dose(intake, planned, dose, plan, self._reader.days, allow))
            self._put(intake, intake.date)
            return intake

    def _ask(self, unusual: Iterator[Unusual]) -> None:
        first = next(unusual, None)
        if first is not None:
            raise _refused(first)

    def extra(
        self,
        medicine: str,
        pieces: Pieces,
        *,
        at: datetime | None = None,
        exactness: Exactness = "exact",
        day: date | None = None,
        note: str = "",
        corrects: Intake | None = None,
        allow: Collection[str] = NONE,
        record_id: str | None = None,
    ) -> Intake:
        """Record an intake that fills no slot: an extra one, or medicine taken as needed.

        Args:
            medicine: its name.
            pieces: what was taken.
            at: the instant, now unless said.
            exactness: how exact that is.
            day: the logical date, that of `at` unless said.
            note: the person's words.
            corrects: an extra intake that this one takes the place of.
            allow: codes of refusals the person has answered.
            record_id: id of an earlier try that could not be saved.

        Raises:
            BadInput: nothing was taken, or the time or the day is still to come.
            Refused: nothing: what is to be corrected no longer stands; again: it looks like one that is recorded.
        """
        now = self._reader.now()
        check_text(note)
        if not pieces:
            raise BadInput("an extra intake of nothing", "say how much, such as 1/4 x 20 mg tablet")
        if at is None and exactness != "unknown":
            at = now
        if at is not None and at > now:
            raise BadInput("that time is still to come", "give a time that has passed")
        day = day or self._reader.calendar.date_of(at or now)
        if day > self._reader.today():
            raise BadInput("that day is still to come", "give a day that has begun")
        moves = corrects is not None and journal_of(corrects.date) != journal_of(day)
        with self._reader.store.locked():
            self._reader.refresh()
            self._still_stands(corrects, record_id)
            made = Made(
                record_id or new_id(now), now, self.where, self._reader.calendar.rules_on(day).zone,
                corrects.id if corrects is not None and not moves else None,
            )  # fmt: skip
            intake = extra_intake(medicine, day, pieces, made, at=at, exactness=exactness, note=note)
            if corrects is None and "again" not in allow:
                near = days(day - DAY, day + 2 * DAY)
                log = self._reader.log(near)
                self._ask(
                    of_an_extra(intake, [other for on in near for other in log.extras_on(on)], self._reader.calendar)
                )
            if corrects is not None and moves:
                # Each file must be whole by itself: void there, then record here.
                if corrects.id not in self._reader.log([corrects.date]).voids:
                    self._put(Void(new_id(now), corrects.id, now, self.where), corrects.date)
                self._reader.refresh()
            self._put(intake, day)
            return intake

    def _still_stands(self, corrected: Intake | CheckIn | None, record_id: str | None) -> None:
        """Refuse a correction of what another window has corrected or undone meanwhile."""
        if corrected is None:
            return
        log = self._reader.log([corrected.date])
        tried = record_id in log.intakes or record_id in log.checkins
        void = log.voids.get(corrected.id)
        # A void of this window's may be the first half of a correction into another month that is tried again.
        half_done = void is not None and void.where == self.where and isinstance(corrected, Intake)
        if not tried and not half_done and not log.stands(corrected.id):
            raise Refused("nothing", "that record was corrected or undone meanwhile", "look at the day again")

    def resolve_duplicate(self, record_id: str, *, extra: bool) -> Intake | None:
        """Say what a second record of one dose was: an extra intake, or a duplicate of the first.

        The second record is voided; as an extra it is recorded again outside the slot, with its own time and amount.

        Args:
            record_id: of the second record, as `Dose.duplicates` gives it.
            extra: whether it was taken besides the first.

        Returns:
            The extra intake, or None for a duplicate.

        Raises:
            Refused: nothing: it no longer is a second record (it was settled elsewhere).
            BadInput: no record has that id.
        """
        now = self._reader.now()
        with self._reader.store.locked():
            self._reader.refresh()
            log = self._reader.log_with(record_id)
            found = _by_id(log, record_id)
            if not isinstance(found, Intake) or found.key is None or found not in log.duplicates(found.key):
                raise Refused("nothing", "that record is settled already")
            records: list[Record] = [Void(new_id(now), found.id, now, self.where)]
            again = None
            if extra and found.kind == "taken":
                again = found.as_extra(Made(new_id(now), now, self.where, found.zone))
                records.append(again)
            self._reader.store.add_to_log(found.date, *records)
            return again

    def checkin(
        self,
        *,
        sleep: int | None = None,
        onset_min: int | None = None,
        awakenings: int | None = None,
        symptoms: Mapping[str, int] | None = None,
        note: str = "",
        corrects: CheckIn | None = None,
        record_id: str | None = None,
    ) -> CheckIn:
        """Record how the person is, or was at the check-in that this one takes the place of.

        Raises:
            BadInput: a figure is out of range, or the check-in is empty.
            Refused: nothing: what is to be corrected no longer stands.
        """
        now = self._reader.now()
        check_text(note)
        symptoms = dict(symptoms or {})
        for name, value, high in (
            ("sleep", sleep, 10), ("onset", onset_min, MAX_ONSET_MIN), ("awakenings", awakenings, MAX_AWAKENINGS),
            *((f"symptom {quote(n)}", v, 10) for n, v in symptoms.items()),
        ):  # fmt: skip
            if value is not None and not 0 <= value <= high:
                raise BadInput(f"{name} is {value}", f"give a whole number from 0 to {high}")
        if sleep is None and onset_min is None and awakenings is None and not symptoms and not note:
            raise BadInput("the check-in is empty", "give at least one of sleep, symptoms or a note")
        calendar = self._reader.calendar
        at = now if corrects is None else corrects.at
        day = calendar.date_of(now) if corrects is None else corrects.date
        record = CheckIn(
            id=record_id or new_id(now), at=at, zone=calendar.rules_on(day).zone, date=day, recorded_at=now,
            sleep=sleep, onset_min=onset_min, awakenings=awakenings, symptoms=symptoms, note=note, where=self.where,
            replaces=corrects.id if corrects is not None else None,
        )  # fmt: skip
        with self._reader.store.locked():
            self._reader.refresh()
            self._still_stands(corrects, record_id)
            self._put(record, day)
        return record

    def undo(
        self, record_id: str | None = None, *, everywhere: bool = False, allow: Collection[str] = NONE
    ) -> Intake | CheckIn:
        """Undo a record: one by id, or the newest that is not undone yet, by recording time.

        Args:
            record_id: which; None for the newest.
            everywhere: count every window's records, not only this one's.
            allow: "old" to go back further than 12 hours.

        Returns:
            The record that was voided.

        Raises:
            Refused: nothing (to undo), old.
            BadInput: no record has that id.
        """
        now = self._reader.now()
        with self._reader.store.locked():
            if record_id is not None:
                log = self._reader.log_with(record_id)
                found = _by_id(log, record_id)
                if found.id in log.voids:
                    raise Refused("nothing", f"record {found.id} was undone already")
            else:
                newest = self._reader.newest_unvoided(None if everywhere else self.where)
                if newest is None:
                    raise Refused(
                        "nothing",
                        "there is nothing to undo" if everywhere else "nothing was recorded in this window",
                    )
                found = newest
                age = now - found.recorded_at
                if age > UNDO_ASKS_AFTER and "old" not in allow:
                    raise Refused(
                        "old",
                        f"the newest record, {describe(found, self._reader)}, is from "
                        f"{ago_words(found.recorded_at, now, self._reader.calendar)}",
                        f"splitdose undo {found.id} undoes it",
                    )
            self._put(Void(new_id(now), found.id, now, self.where), found.date)
            return found

    def read_amount(self, text: str, medicine: Medicine, dose: Dose | None, recorded: Pieces = NO_PIECES) -> Pieces:
        """Read an amount typed for a dose; a bare count means its one planned product. Raises BadInput.

        Args:
            text: as typed.
            medicine: of which it is.
            dose: whose amount it is; its products are meant before those of the newest plan.
            recorded: what was recorded of it, whose products are meant before those two. Where the plan of that day was
                corrected since, the corrected products are meant, and a bare count only where it is the same one.
        """
        known = {piece.product.name: piece.product for piece in recorded}
        planned: Product | None = None
        if dose is not None:
            own = {piece.product for piece in dose.pieces}
            planned = next(iter(own)) if len(own) == 1 else None
            known = {**{product.name: product for product in own}, **known}
            now_planned = self._reader.planned_now(dose.key)
            if now_planned is not None and now_planned.pieces != dose.pieces:
                # The plan of that day was corrected since it was recorded, and the corrected one counts.
                corrected = {piece.product for piece in now_planned.pieces}
                known |= {product.name: product for product in corrected}
                same = {product.name for product in own} == {product.name for product in corrected}
                planned = next(iter(corrected)) if same and len(corrected) == 1 else None
        products = tuple({**{product.name: product for product in medicine.latest.products}, **known}.values())
        if dose is None and len(products) == 1:
            planned = products[0]
        pieces = parse_pieces(text, products, planned)
        if not pieces:
            todo = "say how much was taken" if dose is None else "skip it instead, in the shell with splitdose skip"
            raise BadInput("the amount is zero", todo)
        return pieces

    def _put(self, record: Record, day: date) -> None:
        if not self._reader.has_rules:
            # A check-in may come before any plan. The zone is kept from then on; and a log without a plan file would
            # look as if the plan had been lost.
            now = self._reader.now()
            rules = Rules(day, self._reader.machine_zone)
            self._reader.store.add_to_plan(KeptRules(new_id(now), rules, now))
        self._reader.store.add_to_log(day, record)


def _refused(found: Unusual) -> Refused:
    return Refused(found.code, found.what, found.todo)


def check_text(text: str) -> None:
    """Raises BadInput for words longer than a record keeps."""
    if len(text) > MAX_TEXT:
        raise BadInput(f"the text is longer than {MAX_TEXT} characters", "shorten it")


def _by_id(log: Log, record_id: str) -> Intake | CheckIn:
    found = log.intakes.get(record_id) or log.checkins.get(record_id)
    if found is None:
        raise BadInput(f"no record has the id {quote(record_id)}", "splitdose today --json shows the ids")
    return found


def describe(record: Intake | CheckIn, reader: Reader) -> str:
    """A record in a few words: "baclofen 5 mg taken 08:04"."""
    day = "" if record.date == reader.today() else f" of {day_words(record.date, year=False)}"
    if isinstance(record, CheckIn):
        return f"check-in at {clock_words(record.at, reader.calendar)}{day}"
    slot = f" {record.slot}" if record.slot is not None else ""
    if record.kind in ("skipped", "unsure"):
        return f"{record.medicine}{slot}{day} {record.kind}"
    taken = "at a time unknown"
    if record.at is not None:
        taken = f"{clock_words(record.at, reader.calendar)}{reader.zone_named(record.date)}"
    word = "taken" if record.kind == "taken" else "taken as extra"
    return f"{record.medicine} {show_dose(record.pieces)}{slot}{day} {word} {taken}{planned_words(record)}"
