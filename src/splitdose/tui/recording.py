"""What keys do to the record: take, skip, correct, take back, check in. Asked about, told, and retried in one way.

Each act is an `Attempt`: it runs, or raises a question, or stays to be tried again. No rule about doses lives here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import App

from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Exactness, Intake
from splitdose.core.product import Pieces, echo, show_dose
from splitdose.core.when import parse_when
from splitdose.core.wording import clock_words, day_words, joined, taken_time_words
from splitdose.session import Refused, Session, describe
from splitdose.store import CannotRead, NotSaved, StoreError
from splitdose.tui.attempt import Answer, Attempt
from splitdose.tui.base import MainScreen
from splitdose.tui.checkin import read_checkin
from splitdose.tui.details import Details
from splitdose.tui.dialogs import Form, Line, Question

if TYPE_CHECKING:
    from splitdose.settings import Settings


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
                self.say(refused.what)
            else:
                self._ask(refused.what, asked)
        except BadInput as problem:
            self.say(str(problem))
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

    def _ask(self, facts: str, asked: Answer) -> None:
        question, then = asked

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.attempt(then)

        self.push_screen(Question(f"{facts[:1].upper()}{facts[1:]}.", question), answered)

    def _words_of_done(self, record: Intake | CheckIn) -> str:
        sign = "recorded:" if self.ascii_only else "✓ recorded:"
        return f"{sign} {describe(record, self.session.book)} · u takes it back"

    def take(
        self,
        dose: Dose,
        *,
        at: datetime | None = None,
        exactness: Exactness = "exact",
        pieces: Pieces | None = None,
        note: str = "",
    ) -> None:
        """Record a dose as taken, now unless said otherwise."""
        record = self.session.record
        new, other = record.fresh_id(), record.fresh_id()

        def do(allowed: frozenset[str]) -> Intake:
            return record.take(
                dose.key, at=at, exactness=exactness, pieces=pieces, note=note, allow=allowed, record_id=new
            )

        attempt = Attempt(do)

        def answers(code: str) -> Answer | None:
            standing = self.session.book.dose(dose.key)
            if code != "recorded" or at is not None or standing is None or standing.record is None:
                return None
            if standing.record.kind != "taken":
                return "Replace that record with taken now?", Attempt(do, frozenset({"recorded", "after_next"}))

            def extra(_: frozenset[str]) -> Intake:
                return record.extra(dose.medicine, dose.pieces, note=note, record_id=other)  # noqa: S610

            return f"Record one more {show_dose(dose.pieces)} as an extra?", Attempt(extra)

        self.attempt(Attempt(attempt.do, answers=answers))

    def take_all(self, doses: Sequence[Dose]) -> None:
        """Record several doses as taken now, after naming them."""
        names = joined([f"{d.medicine} {show_dose(d.pieces)} ({d.slot.name})" for d in doses])

        def answered(answer: str | None) -> None:
            if answer == "y":
                for dose in doses:
                    self.take(dose)

        self.push_screen(
            Question(f"{len(doses)} doses are due: {names}.", "Record all of them as taken now?"), answered
        )

    def ask_time(self, dose: Dose) -> None:
        """Ask when, and how much, was taken."""
        book = self.session.book
        now, calendar = book.now(), book.calendar
        medicine = book.plan().by_name.get(dose.medicine)
        value = ""
        if dose.record is not None and dose.record.at is not None:
            value = taken_time_words(dose.record, dose.date, calendar)
        elif dose.date == book.today() and dose.due <= now:
            value = clock_words(now, calendar)

        def understood(values: dict[str, str]) -> tuple[datetime | None, Exactness, Pieces | None]:
            at, exactness = _read_time(values["time"], dose, book.now(), self.session)
            typed = values["amount"].strip()
            pieces = self.session.record.read_amount(typed, medicine, dose) if typed and medicine is not None else None
            return at, exactness, pieces

        def read(values: dict[str, str]) -> str:
            at, exactness, pieces = understood(values)
            when = (
                "at a time unknown"
                if at is None
                else f"{'about ' if exactness == 'about' else ''}{clock_words(at, calendar)}"
            )
            if at is not None and calendar.date_of(at) != dose.date:
                when += f" on {day_words(calendar.local(at).date(), year=False)}"
            return f"taken {when}: {echo(pieces or dose.pieces, ascii_only=self.ascii_only)}"

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            try:
                at, exactness, pieces = understood(values)
            except BadInput as problem:
                self.say(str(problem))
                return
            self.take(dose, at=at, exactness=exactness, pieces=pieces, note=values["note"])

        day = "" if dose.date == book.today() else f" of {day_words(dose.date, year=False)}"
        self.push_screen(
            Form(
                f"{dose.medicine}, {dose.slot.name}{day}: when was it taken?",
                [
                    ("time", value, "13:05, about 13:05, 10m ago, unknown"),
                    ("amount", "", f"as planned, {show_dose(dose.pieces, ascii_only=self.ascii_only)}"),
                    ("note", "", "nothing"),
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

        self.push_screen(
            Line(
                f"Skip {dose.medicine} {dose.slot.name}? Why, if you like:",
                "Enter records it as skipped   Esc: leave",
                may_be_empty=True,
            ),
            given,
        )

    def unsure(self, dose: Dose) -> None:
        """Record that it is unsure whether a dose was taken."""
        record = self.session.record
        new = record.fresh_id()
        self.attempt(Attempt(lambda allowed: record.unsure(dose.key, allow=allowed, record_id=new)))

    def show_details(self, dose: Dose) -> None:
        """A dose's whole history, and what can be done about it."""
        book = self.session.book

        def chosen(key: str | None) -> None:
            if key == "t":
                self.ask_time(dose)
            elif key == "s":
                self.ask_skip(dose)
            elif key == "x":
                self.unsure(dose)
            elif key == "v" and dose.record is not None:
                self.take_back(dose.record.id)

        self.push_screen(Details(dose, book.log([dose.date]), book.calendar, ascii_only=self.ascii_only), chosen)

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
        when = clock_words(snooze.until, self.session.book.calendar)
        self._done = f"{dose.medicine} {dose.slot.name}: next reminder at {when}; it stays due"
        self.redraw()

    def action_undo(self) -> None:
        self.take_back(None)

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
                        Question(f"{refused.what[:1].upper()}{refused.what[1:]}.", asked[0]),
                        lambda answer: undo(asked[1]) if answer == "y" else None,
                    )
            except NotSaved as problem:
                self.say(f"NOT SAVED: {problem}")
            except CannotRead as problem:
                self.cannot_read(problem)
            else:
                self._done = f"taken back: {describe(voided, self.session.book)} · u goes further back"
                self.redraw()

        undo(Attempt(done))

    def action_check_in(self) -> None:
        new = self.session.record.fresh_id()
        own = self.settings.symptoms

        def read(values: dict[str, str]) -> str:
            return f"check-in: {read_checkin(values, own).words}"

        def given(values: dict[str, str] | None) -> None:
            if values is not None:
                found = read_checkin(values, own)
                self.attempt(Attempt(lambda _: found.record(self.session, new)))

        fields = [
            ("sleep", "", "0 to 10, or = for no difference"),
            ("onset", "", "minutes until asleep"),
            ("awakenings", "", "how often"),
            *((name, "", "0 to 10") for name in own),
            ("symptoms", "", "more of them: fatigue 3, pain 2" if own else "fatigue 3, pain 2"),
            ("note", "", "nothing"),
        ]
        self.push_screen(Form("How are you?", fields, read), given)

    def action_note(self) -> None:
        new = self.session.record.fresh_id()

        def given(text: str | None) -> None:
            if text is not None and text.strip():
                self.attempt(Attempt(lambda _: self.session.record.checkin(note=text, record_id=new)))

        self.push_screen(Line("A note on today:", "Enter saves it   Esc: leave"), given)

    def action_retry(self) -> None:
        if self._unsaved is None:
            self.say("everything is saved")
        else:
            self.attempt(self._unsaved[0])


def _read_time(text: str, dose: Dose, now: datetime, session: Session) -> tuple[datetime | None, Exactness]:
    typed = text.strip()
    if typed in ("unknown", "?", "at a time unknown", ""):
        return None, "unknown"
    about = typed.startswith(("about ", "~"))
    if about:
        typed = typed.removeprefix("about ").removeprefix("~").strip()
    if typed == "now":
        return now, "exact"
    return parse_when(typed, dose.date, now, session.book.calendar), "about" if about else "exact"
