"""The lines of an intake, read as they are typed: when a dose was taken, or what was taken outside the plan.

What is not typed anew stays as it was recorded, to the second and by the products of that time.
"""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from splitdose.core.clock import DAY
from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.log import Exactness, Intake
from splitdose.core.piece import NO_PIECES, Pieces
from splitdose.core.plan import Medicine
from splitdose.core.showing import echo, show_dose, show_pieces
from splitdose.core.typed_times import parse_taken
from splitdose.core.wording import clock_words, day_words, joined, taken_time_words
from splitdose.session import Session
from splitdose.session.recorder import check_text, journal_of
from splitdose.tui.dialogs.prompts import FormDialog
from splitdose.tui.widgets.next_dose import last_words

Values = dict[str, str]
TIMES = "13:05, 1:05 pm, about 13:05, 10m ago, unknown"
SECOND = timedelta(seconds=1)
"""What was recorded at this very moment lies before the end of a range that ends so much later."""


@dataclass(frozen=True)
class Typed:
    """An intake as understood.

    Attributes:
        medicine: of the intake; None where the plan no longer has it.
        pieces: what was taken; None for what is planned.
        at: the instant; None for a time unknown.
        exactness: of it.
    """

    medicine: Medicine | None
    pieces: Pieces | None
    at: datetime | None
    exactness: Exactness


class IntakeForm:
    """Asks for an intake, and reads what is typed.

    Attributes:
        title: what is asked.
        hints: what may be typed, by line.
        shown: what stands in each line at first.
        stood: the record that the answer takes the place of, if any.
    """

    title: str
    hints: Values
    shown: Values
    stood: Intake | None

    def __init__(self, session: Session, day: date, *, ascii_only: bool) -> None:
        self._session = session
        self._day = day
        self._ascii = ascii_only

    @abstractmethod
    def understood(self, values: Values) -> Typed:
        """What the lines say. Raises BadInput."""

    @abstractmethod
    def read(self, values: Values) -> str:
        """What was understood, in words. Raises BadInput."""

    def dialog(self, typed: Values, why: str = "") -> FormDialog:
        """The form, with what was typed before and why that could not be recorded."""
        fields = [(name, typed[name], hint) for name, hint in self.hints.items()]
        return FormDialog(self.title, fields, self.read, why=why)

    def unchanged(self, values: Values) -> bool:
        """Whether the lines say what is recorded already."""
        return self.stood is not None and values == self.shown

    def _time(self, values: Values) -> tuple[datetime | None, Exactness]:
        if self.stood is not None and values["time"] == self.shown["time"]:
            return self.stood.at, self.stood.exactness
        reader = self._session.reader
        named = bool(reader.zone_named(self._day))
        return parse_taken(values["time"], self._day, reader.now(), reader.calendar, name_zone=named)

    def _when(self, typed: Typed) -> str:
        """ "taken about 13:05", "taken at a time unknown"; with the zone where the machine is in another one."""
        reader = self._session.reader
        if typed.at is None:
            return "taken at a time unknown"
        about = "about " if typed.exactness == "about" else ""
        zone = reader.zone_named(reader.calendar.date_of(typed.at))
        words = f"taken {about}{clock_words(typed.at, reader.calendar)}{zone}"
        if reader.calendar.date_of(typed.at) != self._day:
            words += f" on {day_words(reader.calendar.local(typed.at).date(), year=False)}"
        return words


class TakenForm(IntakeForm):
    """When, and how much, of a dose was taken."""

    def __init__(self, session: Session, dose: Dose, *, ascii_only: bool) -> None:
        super().__init__(session, dose.date, ascii_only=ascii_only)
        reader = session.reader
        self._dose = dose
        self._medicine = reader.plan().by_name.get(dose.medicine)
        self.stood = dose.record if dose.record is not None and dose.record.kind == "taken" else None
        asked_for = reader.planned_now(dose.key)
        self._planned = asked_for.pieces if asked_for is not None else dose.pieces
        day = "" if dose.date == reader.today() else f" of {day_words(dose.date, year=False)}"
        self.title = f"{dose.medicine}, {dose.slot.name}{day}: when was it taken?"
        self.hints = {
            "time": TIMES, "amount": f"as planned, {show_dose(self._planned, ascii_only=ascii_only)}", "note": "nothing"
        }  # fmt: skip
        self.shown = {"time": "", "amount": "", "note": ""}
        if self.stood is not None:
            self.shown["time"] = taken_time_words(self.stood, dose.date, reader.calendar)
            self.shown["note"] = self.stood.note
            if self.stood.pieces != self._planned:
                self.shown["amount"] = show_pieces(self.stood.pieces, ascii_only=ascii_only, full=True)
        elif dose.date == reader.today() and dose.due <= reader.now():
            self.shown["time"] = clock_words(reader.now(), reader.calendar)

    def understood(self, values: Values) -> Typed:
        at, exactness = self._time(values)
        text, pieces = values["amount"].strip(), None
        if self.stood is not None and text and values["amount"] == self.shown["amount"]:
            pieces = self.stood.pieces
        elif text and self._medicine is not None:
            known = self.stood.pieces if self.stood is not None else NO_PIECES
            pieces = self._session.record.read_amount(text, self._medicine, self._dose, known)
        check_text(values["note"])
        return Typed(self._medicine, pieces, at, exactness)

    def read(self, values: Values) -> str:
        typed = self.understood(values)
        other = typed.pieces is not None and typed.pieces != self._planned
        beside = f", planned {show_dose(self._planned, ascii_only=self._ascii)}" if other else ""
        return f"{self._when(typed)}: {echo(typed.pieces or self._planned, ascii_only=self._ascii)}{beside}"


class ExtraForm(IntakeForm):
    """What was taken outside the plan: as needed, or one more."""

    def __init__(
        self, session: Session, medicine: str, day: date, stood: Intake | None = None, *, ascii_only: bool
    ) -> None:
        """Make one.

        Args:
            session: of the window.
            medicine: named at first.
            day: the logical date.
            stood: an extra intake that the answer takes the place of.
            ascii_only: no signs beyond ASCII.
        """
        super().__init__(session, day, ascii_only=ascii_only)
        reader = session.reader
        self.stood = stood
        self._now = reader.now()
        self._recent = reader.log([self._now.date() - n * DAY for n in range(-1, 4)])
        self._waiting = reader.open_doses() if stood is None else []
        when = "" if day == reader.today() else f" on {day_words(day, year=False)}"
        self.title = f"What was taken outside the plan{when}?" if stood is None else f"The extra intake{when}:"
        self.hints = {
            "medicine": "its name", "amount": "1/2, 5 mg, 1/4 x 20 mg tablet", "time": TIMES, "note": "nothing"
        }  # fmt: skip
        self.shown = {"medicine": medicine, "amount": "", "time": "now" if day == reader.today() else "", "note": ""}
        if stood is not None:
            self.shown["amount"] = show_pieces(stood.pieces, ascii_only=ascii_only, full=True)
            self.shown["time"] = taken_time_words(stood, day, reader.calendar)
            self.shown["note"] = stood.note

    def understood(self, values: Values) -> Typed:
        found = self._session.reader.find_medicine(values["medicine"].strip())
        if not values["amount"].strip():
            raise BadInput("the amount is missing", f"type it as {_example(found)}")
        stood = self.stood if self.stood is not None and found.name == self.stood.medicine else None
        if stood is not None and values["amount"] == self.shown["amount"]:
            pieces = stood.pieces
        else:
            known = stood.pieces if stood is not None else NO_PIECES
            pieces = self._session.record.read_amount(values["amount"].strip(), found, None, known)
        at, exactness = self._time(values)
        check_text(values["note"])
        return Typed(found, pieces, at, exactness)

    def read(self, values: Values) -> str:
        typed, reader = self.understood(values), self._session.reader
        assert typed.medicine is not None
        assert typed.pieces is not None
        name, calendar = typed.medicine.name, reader.calendar
        when = self._when(typed)
        if typed.at is not None and (kept := calendar.date_of(typed.at)) != self._day:
            when += f", kept under {day_words(kept, year=False)}"
        if (
            self.stood is not None
            and typed.at is not None
            and journal_of(calendar.date_of(typed.at)) != journal_of(self.stood.date)
        ):
            when += " (another month: undo won't bring the old record back)"
        text = f"extra, {when}: {name} {echo(typed.pieces, ascii_only=self._ascii)}"
        before = [
            i for i in self._recent.taken_between(name, self._now - 3 * DAY, self._now + SECOND) if i != self.stood
        ]
        if before and before[-1].at is not None and self._day == reader.today():
            last = show_dose(before[-1].pieces, ascii_only=self._ascii), before[-1].at
            text += f" · {last_words(last, self._now, calendar)}"
        # It fills no slot: who meant the dose that is due is told in time.
        stay = [dose.slot.name for dose in self._waiting if dose.medicine == name]
        return f"{text} · {joined(stay)} {'stays' if len(stay) == 1 else 'stay'} due" if stay else text


def _example(medicine: Medicine) -> str:
    """An amount as it may be typed."""
    products = medicine.latest.products
    return f"1/2 x {products[0].name}" if products else "5 mg"
