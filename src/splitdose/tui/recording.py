"""What keys do to the record: take, skip, correct, take back, check in. Asked about, told, and retried in one way.

Each act is an `Attempt`: it runs, or raises a question, or stays to be tried again. No rule about doses lives here.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from textual.app import App

from splitdose.core.clock import DAY
from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Exactness, Intake
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import Medicine
from splitdose.core.showing import echo, show_dose, show_pieces
from splitdose.core.typed_times import parse_taken
from splitdose.core.upcoming import far_ahead
from splitdose.core.wording import (
    ago_words,
    clock_words,
    day_words,
    joined,
    near_day_words,
    state_words,
    taken_time_words,
    wall_words,
)
from splitdose.session import Reader, Refused, Session, describe
from splitdose.session.recorder import NONE, UNDO_ASKS_AFTER, check_text, journal_of
from splitdose.store import CannotRead, NotSaved, StoreError
from splitdose.tui.attempt import QUESTIONS, Answer, Attempt
from splitdose.tui.dialogs.checkin import read_checkin, typed_again
from splitdose.tui.dialogs.day_log import DayLog, Entry, Verb
from splitdose.tui.dialogs.dose_details import Details
from splitdose.tui.dialogs.prompts import Confirm, FormDialog, TextPrompt
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.widgets.next_dose import last_words

if TYPE_CHECKING:
    from splitdose.settings import Settings


_TIMES = "13:05, 1:05 pm, about 13:05, 10m ago, unknown"
SECOND = timedelta(seconds=1)
"""What was recorded at this very moment lies before the end of a range that ends so much later."""


class Recording(App[str]):
    """The half of the app that records.

    Attributes:
        session: of this window.
        settings: the person's.
        ascii_only: no signs beyond ASCII.
    """

    session: Session
    settings: "Settings"
    ascii_only: bool
    _unsaved: tuple[Attempt, StoreError] | None = None
    _done: str = ""

    def redraw(self) -> None:
        """Draw what is shown anew."""
        raise NotImplementedError

    def cannot_read(self, problem: StoreError) -> None:
        """Keep saying that data can't be read, until it can."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """A short notice that goes away by itself."""
        self.notify(text, markup=False, timeout=6)

    def done_words(self) -> str:
        """What was done last, which stays on screen with how to take it back."""
        return self._done

    def attempt(self, attempt: Attempt) -> None:
        """Record something; ask what must be asked; keep it for a retry where it could not be saved."""
        try:
            record = attempt.run()
        except Refused as refused:
            asked = attempt.asked(refused.code)
            if asked is None:
                self._not_so(attempt, refused.what)
            else:
                self._ask(refused.what, asked)
        except BadInput as problem:
            self._not_so(attempt, str(problem))
        except StoreError as problem:
            # What can't be decided because data can't be read isn't saved either.
            self._unsaved = (attempt, problem)
            self.bell()
            if isinstance(problem, CannotRead):
                self.cannot_read(problem)
        else:
            self._unsaved = None
            try:
                self._done = self._words_of_done(record)
            except StoreError as problem:
                self.cannot_read(problem)
            if isinstance(self.screen, MainScreen):
                self.screen.follow()
        self.redraw()

    def _not_so(self, attempt: Attempt, why: str) -> None:
        """Say why it can't be recorded as it is; what was typed for it comes back."""
        if attempt.again is not None:
            attempt.again(why)
        else:
            self.say(why)

    def _ask(self, facts: str, asked: Answer) -> None:
        question, then = asked

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.attempt(then)

        self.push_screen(Confirm(f"{facts[:1].upper()}{facts[1:]}.", question), answered)

    def _words_of_done(self, record: Intake | CheckIn) -> str:
        sign = "recorded:" if self.ascii_only else "✓ recorded:"
        return f"{sign} {describe(record, self.session.reader)} · u takes it back"

    def take(
        self,
        dose: Dose,
        *,
        at: datetime | None = None,
        exactness: Exactness = "exact",
        pieces: Pieces | None = None,
        note: str = "",
        allow: frozenset[str] = NONE,
    ) -> None:
        """Record a dose as taken, now unless said otherwise."""
        record = self.session.record
        new, other = record.fresh_id(), record.fresh_id()

        def do(allowed: frozenset[str]) -> Intake:
            return record.take(
                dose.key, at=at, exactness=exactness, pieces=pieces, note=note, allow=allowed, record_id=new
            )

        def answers(code: str) -> Answer | None:
            standing = self.session.reader.dose(dose.key)
            given = at is not None or exactness == "unknown"
            if code != "recorded" or given or standing is None or standing.record is None:
                return None
            if standing.record.kind != "taken":
                return "Replace that record with taken now?", Attempt(do, frozenset({"recorded", "after_next"}))

            def extra(allowed: frozenset[str]) -> Intake:
                return record.extra(dose.medicine, dose.pieces, note=note, allow=allowed, record_id=other)  # noqa: S610

            return f"Record one more {show_dose(dose.pieces)} as an extra?", Attempt(extra)

        self.attempt(Attempt(do, allow, answers=answers))

    def take_now(self, dose: Dose) -> None:
        """Record the dose that a key names as taken now, unless an earlier one is rather meant, or none."""
        try:
            other = self._instead_of(dose)
        except StoreError:
            other = None  # told as not saved, and kept to be tried again
        if other is None:
            self.take(dose)
            return
        missed, facts = other
        if missed is None:
            self.say(facts)
            return
        far = far_ahead(dose, self.session.reader.now())
        others = [("t", "say when")] if far else [("t", "say when"), ("e", f"that of {self._day(dose)}, early")]

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.take(missed, allow=frozenset({"after_next"}))
            elif answer == "t":
                self.ask_time(missed)
            elif answer == "e":
                self.take(dose, allow=frozenset({"early"}))

        question = f"Record that of {self._day(missed)} as taken just now?"
        self.push_screen(Confirm(facts, question, others=others), answered)

    def time_of(self, dose: Dose) -> None:
        """Ask when the dose that a key names was taken, unless an earlier one is rather meant, or none."""
        try:
            other = self._instead_of(dose) if far_ahead(dose, self.session.reader.now()) else None
        except StoreError:
            other = None
        if other is None:
            self.ask_time(dose)
            return
        missed, facts = other
        if missed is None:
            self.say(facts)
            return

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.ask_time(missed)

        self.push_screen(Confirm(facts, f"Say when that of {self._day(missed)} was taken?"), answered)

    def _instead_of(self, dose: Dose) -> tuple[Dose | None, str] | None:
        """What is meant rather than a dose that is named but not due for long; None where it is meant itself.

        Returns:
            The dose that was missed, if any, and the facts in words.
        """
        reader = self.session.reader
        now, calendar = reader.now(), reader.calendar
        early = dose.record is None and dose.due - now > calendar.rules_on(dose.date).late_after
        missed = reader.missed(dose.medicine) if early else None
        far = far_ahead(dose, now)
        if not early or not (far or (missed is not None and now - missed.due < dose.due - now)):
            return None
        coming = f"is still to come, {state_words(dose, now, calendar, ascii_only=self.ascii_only)}."
        slot = f"{dose.slot.name} of {self._day(dose)}, {wall_words(dose.slot.time)},"
        if missed is None:
            return None, f"No dose of {dose.medicine} is due; {slot} {coming}"
        named = f"that of {self._day(dose)}" if missed.slot == dose.slot else slot
        facts = f"{self._at_its_time(missed)}, has no record; {named} {coming}"
        return missed, f"{facts[:1].upper()}{facts[1:]}"

    def _at_its_time(self, dose: Dose) -> str:
        return f"{dose.medicine} {dose.slot.name} of {self._day(dose)}, {wall_words(dose.slot.time)}"

    def _day(self, dose: Dose) -> str:
        away = (dose.date - self.session.reader.today()).days
        near = {0: "today", -1: "yesterday", 1: "tomorrow"}
        return near.get(away) or near_day_words(dose.date, self.session.reader.today())

    def take_all(self, doses: Sequence[Dose]) -> None:
        """Record several doses as taken now, after naming them."""
        names = joined([f"{d.medicine} {show_dose(d.pieces)} ({d.slot.name})" for d in doses])

        def answered(answer: str | None) -> None:
            if answer == "y":
                for dose in doses:
                    self.take(dose)

        self.push_screen(Confirm(f"{len(doses)} doses are due: {names}.", "Record all of them as taken now?"), answered)

    def ask_time(self, dose: Dose) -> None:
        """Ask when, and how much, was taken."""
        reader = self.session.reader
        now, calendar = reader.now(), reader.calendar
        medicine = reader.plan().by_name.get(dose.medicine)
        shown = {"time": "", "amount": "", "note": ""}
        stood = dose.record if dose.record is not None and dose.record.kind == "taken" else None
        asked_for = reader.planned_now(dose.key)
        planned = asked_for.pieces if asked_for is not None else dose.pieces
        if stood is not None:
            shown["note"] = stood.note
            if stood.pieces != planned:
                shown["amount"] = show_pieces(stood.pieces, ascii_only=self.ascii_only, full=True)
            shown["time"] = taken_time_words(stood, dose.date, calendar)
        elif dose.date == reader.today() and dose.due <= now:
            shown["time"] = clock_words(now, calendar)

        def understood(values: dict[str, str]) -> tuple[datetime | None, Exactness, Pieces | None]:
            # What is not typed anew stays as it was recorded, to the second and by the products of that time.
            at: datetime | None
            if stood is not None and values["time"] == shown["time"]:
                at, exactness = stood.at, stood.exactness
            else:
                at, exactness = _read_time(values["time"], dose.date, reader.now(), self.session)
            text, pieces = values["amount"].strip(), None
            if stood is not None and text and values["amount"] == shown["amount"]:
                pieces = stood.pieces
            elif text and medicine is not None:
                known = stood.pieces if stood is not None else NO_PIECES
                pieces = self.session.record.read_amount(text, medicine, dose, known)
            check_text(values["note"])
            return at, exactness, pieces

        def read(values: dict[str, str]) -> str:
            at, exactness, pieces = understood(values)
            when = _when_words(at, exactness, reader)
            if at is not None and calendar.date_of(at) != dose.date:
                when += f" on {day_words(calendar.local(at).date(), year=False)}"
            other = pieces is not None and pieces != planned
            beside = f", planned {show_dose(planned, ascii_only=self.ascii_only)}" if other else ""
            return f"{when}: {echo(pieces or planned, ascii_only=self.ascii_only)}{beside}"

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            if stood is not None and values == shown:
                self.say("nothing was changed")
                return
            try:
                at, exactness, pieces = understood(values)
            except BadInput as problem:
                self.say(str(problem))
                return
            self.take(dose, at=at, exactness=exactness, pieces=pieces, note=values["note"])

        day = "" if dose.date == reader.today() else f" of {day_words(dose.date, year=False)}"
        self.push_screen(
            FormDialog(
                f"{dose.medicine}, {dose.slot.name}{day}: when was it taken?",
                [
                    ("time", shown["time"], _TIMES),
                    ("amount", shown["amount"], f"as planned, {show_dose(planned, ascii_only=self.ascii_only)}"),
                    ("note", shown["note"], "nothing"),
                ],
                read,
            ),
            given,
        )

    def ask_skip(self, dose: Dose) -> None:
        """Ask why, and record a dose as skipped."""
        record = self.session.record
        new = record.fresh_id()

        def given(reason: str | None) -> None:
            if reason is not None:
                self.attempt(
                    Attempt(lambda allowed: record.skip(dose.key, reason=reason, allow=allowed, record_id=new))
                )

        named = f"{dose.medicine} {dose.slot.name}"
        if self._to_come(dose):
            named = f"{self._at_its_time(dose)}, which is still to come"
        elif dose.date != self.session.reader.today():
            named += f" of {self._day(dose)}"
        self.push_screen(
            TextPrompt(
                f"Skip {named}? Why, if you like:",
                "Enter records it as skipped   Esc: leave",
                may_be_empty=True,
            ),
            given,
        )

    def unsure(self, dose: Dose) -> None:
        """Record that it is unsure whether a dose was taken; of one that is still to come after a question."""
        record = self.session.record
        new = record.fresh_id()
        attempt = Attempt(lambda allowed: record.unsure(dose.key, allow=allowed, record_id=new))
        if self._to_come(dose):
            self._ask(f"{self._at_its_time(dose)}, is still to come", ("Record it as unsure all the same?", attempt))
        else:
            self.attempt(attempt)

    def _to_come(self, dose: Dose) -> bool:
        """Whether a dose without a record is not due yet, so that its date must be named before it is filled."""
        return dose.record is None and dose.due > self.session.reader.now()

    def show_details(self, dose: Dose) -> None:
        """A dose's whole history, and what can be done about it."""
        reader = self.session.reader

        def chosen(key: str | None) -> None:
            if key == "t":
                self.ask_time(dose)
            elif key == "s":
                self.ask_skip(dose)
            elif key == "x":
                self.unsure(dose)
            elif key == "v" and dose.record is not None:
                self.take_back_asking(dose.record)

        self.push_screen(Details(dose, reader.log([dose.date]), reader.calendar, ascii_only=self.ascii_only), chosen)

    def show_day(self, day: date) -> None:
        """Everything that was recorded of a day, and what can be done about each of it."""

        def chosen(answer: tuple[Verb, Entry] | None) -> None:
            if answer is None:
                return
            verb, entry = answer
            if verb == "take back" and entry.standing is not None:
                self.take_back_asking(entry.standing)
            elif isinstance(entry.thing, CheckIn):
                self.ask_checkin(entry.thing)
            elif isinstance(entry.thing, Intake):
                self.ask_extra(entry.thing.medicine, entry.thing.date, entry.thing)
            else:
                self.show_details(entry.thing)

        self.push_screen(DayLog(self.session, day, self.cannot_read, ascii_only=self.ascii_only), chosen)

    def ask_extra(
        self,
        medicine: str,
        day: date,
        corrects: Intake | None = None,
        typed: dict[str, str] | None = None,
        why: str = "",
    ) -> None:
        """Ask what was taken outside the plan: as needed, or one more; or what should have been said of it.

        Args:
            medicine: named at first.
            day: the logical date.
            corrects: an extra intake that the answer takes the place of.
            typed: what was typed before, where it could not be recorded.
            why: why it could not.
        """
        reader, record = self.session.reader, self.session.record
        new, calendar, now = record.fresh_id(), reader.calendar, reader.now()
        recent = reader.log([now.date() - n * DAY for n in range(-1, 4)])
        waiting = reader.open_doses() if corrects is None else []
        shown = {"medicine": medicine, "amount": "", "time": "now" if day == reader.today() else "", "note": ""}
        if corrects is not None:
            shown["amount"] = show_pieces(corrects.pieces, ascii_only=self.ascii_only, full=True)
            shown["time"] = taken_time_words(corrects, day, calendar)
            shown["note"] = corrects.note

        def understood(values: dict[str, str]) -> tuple[Medicine, Pieces, datetime | None, Exactness]:
            # What is not typed anew stays as it was recorded, to the second and by the products of that time.
            found = reader.find_medicine(values["medicine"].strip())
            same = corrects is not None and found.name == corrects.medicine
            if not values["amount"].strip():
                raise BadInput("the amount is missing", f"type it as {_example(found)}")
            if corrects is not None and same and values["amount"] == shown["amount"]:
                pieces = corrects.pieces
            else:
                known = corrects.pieces if corrects is not None and same else NO_PIECES
                pieces = record.read_amount(values["amount"].strip(), found, None, known)
            if corrects is not None and values["time"] == shown["time"]:
                at, exactness = corrects.at, corrects.exactness
            else:
                at, exactness = _read_time(values["time"], day, reader.now(), self.session)
            check_text(values["note"])
            return found, pieces, at, exactness

        def read(values: dict[str, str]) -> str:
            found, pieces, at, exactness = understood(values)
            when = _when_words(at, exactness, reader)
            if at is not None and calendar.date_of(at) != day:
                local = day_words(calendar.local(at).date(), year=False)
                when += f" on {local}, kept under {day_words(calendar.date_of(at), year=False)}"
            if (
                corrects is not None
                and at is not None
                and journal_of(calendar.date_of(at)) != journal_of(corrects.date)
            ):
                when += " (another month: u won't bring the old record back)"
            text = f"extra, {when}: {found.name} {echo(pieces, ascii_only=self.ascii_only)}"
            before = [i for i in recent.taken_between(found.name, now - 3 * DAY, now + SECOND) if i != corrects]
            if before and before[-1].at is not None and day == reader.today():
                last = show_dose(before[-1].pieces, ascii_only=self.ascii_only), before[-1].at
                text += f" · {last_words(last, now, calendar)}"
            # It fills no slot: who meant the dose that is due is told in time.
            stay = [dose.slot.name for dose in waiting if dose.medicine == found.name]
            return f"{text} · {joined(stay)} {'stays' if len(stay) == 1 else 'stay'} due" if stay else text

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            if corrects is not None and values == shown:
                self.say("nothing was changed")
                return

            def do(allowed: frozenset[str]) -> Intake:
                found, pieces, at, exactness = understood(values)
                return record.extra(  # noqa: S610
                    found.name, pieces, at=at, exactness=exactness, day=None if at else day, note=values["note"],
                    corrects=corrects, allow=allowed, record_id=new,
                )  # fmt: skip

            self.attempt(Attempt(do, again=lambda why: self.ask_extra(medicine, day, corrects, typed=values, why=why)))

        when = "" if day == reader.today() else f" on {day_words(day, year=False)}"
        title = f"What was taken outside the plan{when}?" if corrects is None else f"The extra intake{when}:"
        hints = {
            "medicine": "its name", "amount": "1/2, 5 mg, 1/4 x 20 mg tablet",
            "time": _TIMES, "note": "nothing",
        }  # fmt: skip
        fields = [(name, (typed or shown)[name], hint) for name, hint in hints.items()]
        self.push_screen(FormDialog(title, fields, read, why=why), given)

    def snooze(self, dose: Dose) -> None:
        """Move the next reminder of a dose that is open."""
        if not dose.open:
            self.say("only a dose that is due can be snoozed")
            return
        try:
            snooze = self.session.reminders.snooze(dose)
        except NotSaved as problem:
            self.say(f"NOT SAVED: {problem}")
            return
        when = clock_words(snooze.until, self.session.reader.calendar)
        self._done = f"{dose.medicine} {dose.slot.name}: next reminder at {when}; it stays due"
        self.redraw()

    def action_undo(self) -> None:
        self.take_back(None)

    def take_back_asking(self, found: Intake | CheckIn) -> None:
        """Void one record, after a question where it was made long ago: what was voided has to be typed anew."""
        reader = self.session.reader
        now = reader.now()
        if now - found.recorded_at <= UNDO_ASKS_AFTER:
            self.take_back(found.id)
            return

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.take_back(found.id)

        facts = f"{describe(found, reader)}, was recorded {ago_words(found.recorded_at, now, reader.calendar)}."
        self.push_screen(Confirm(facts[:1].upper() + facts[1:], QUESTIONS["old"]), answered)

    def take_back(self, record_id: str | None) -> None:
        """Void one record, or the newest of this window."""
        record = self.session.record

        def done(allowed: frozenset[str]) -> Intake | CheckIn:
            return record.undo(record_id, allow=allowed)

        def undo(attempt: Attempt) -> None:
            try:
                voided = attempt.run()
            except Refused as refused:
                asked = attempt.asked(refused.code)
                if asked is None:
                    self.say(refused.what)
                else:
                    self.push_screen(
                        Confirm(f"{refused.what[:1].upper()}{refused.what[1:]}.", asked[0]),
                        lambda answer: undo(asked[1]) if answer == "y" else None,
                    )
            except NotSaved as problem:
                self.say(f"NOT SAVED: {problem}")
            except CannotRead as problem:
                self.cannot_read(problem)
            else:
                self._done = f"taken back: {describe(voided, self.session.reader)} · u goes further back"
                self.redraw()

        undo(Attempt(done))

    def action_check_in(self) -> None:
        self.ask_checkin()

    def ask_checkin(self, corrects: CheckIn | None = None, typed: dict[str, str] | None = None, why: str = "") -> None:
        """Ask how the person is, or what should have been said of it then.

        Args:
            corrects: a check-in that the answer takes the place of.
            typed: what was typed before, where it could not be recorded.
            why: why it could not.
        """
        new = self.session.record.fresh_id()
        own = self.settings.symptoms

        def read(values: dict[str, str]) -> str:
            return f"check-in: {read_checkin(values, own, corrects).words}"

        known = typed_again(corrects, own)

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            if corrects is not None and values == known:
                self.say("nothing was changed")
                return
            found = read_checkin(values, own, corrects)
            self.attempt(
                Attempt(
                    lambda _: found.record(self.session, new, corrects),
                    again=lambda why: self.ask_checkin(corrects, typed=values, why=why),
                )
            )

        shown = typed or known
        fields = [
            ("sleep", shown["sleep"], "0 to 10, = no change"),
            ("onset", shown["onset"], "minutes until asleep"),
            ("awakenings", shown["awakenings"], "how often"),
            *((name, shown[name], "0 to 10") for name in own),
            ("symptoms", shown["symptoms"], "more of them: fatigue 3, pain 2" if own else "fatigue 3, pain 2"),
            ("note", shown["note"], "nothing"),
        ]
        title = "How are you?"
        if corrects is not None:
            calendar = self.session.reader.calendar
            title = f"How were you {day_words(corrects.date, year=False)} at {clock_words(corrects.at, calendar)}?"
        self.push_screen(FormDialog(title, fields, read, why=why), given)

    def action_note(self) -> None:
        new = self.session.record.fresh_id()

        def given(text: str | None) -> None:
            if text is not None and text.strip():
                self.attempt(Attempt(lambda _: self.session.record.checkin(note=text, record_id=new)))

        self.push_screen(TextPrompt("A note on today:", "Enter saves it   Esc: leave"), given)

    def action_retry(self) -> None:
        if self._unsaved is None:
            self.say("everything is saved")
        else:
            self.attempt(self._unsaved[0])


def _example(medicine: Medicine) -> str:
    """An amount as it may be typed."""
    products = medicine.latest.products
    return f"1/2 x {products[0].name}" if products else "5 mg"


def _when_words(at: datetime | None, exactness: Exactness, reader: Reader) -> str:
    """ "taken about 13:05", "taken at a time unknown"; with the zone where the machine is in another one."""
    if at is None:
        return "taken at a time unknown"
    zone = reader.zone_named(reader.calendar.date_of(at))
    return f"taken {'about ' if exactness == 'about' else ''}{clock_words(at, reader.calendar)}{zone}"


def _read_time(text: str, day: date, now: datetime, session: Session) -> tuple[datetime | None, Exactness]:
    reader = session.reader
    return parse_taken(text, day, now, reader.calendar, name_zone=bool(reader.zone_named(day)))
