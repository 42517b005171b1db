"""Plans, records and instants in few words, for the tests of the core."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import count
from typing import TypeVar
from zoneinfo import ZoneInfo

from splitdose.core.asked import Asked
from splitdose.core.clock import Calendar, Rules
from splitdose.core.draft import StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.log import Exactness, Intake, Kind, Planned
from splitdose.core.piece import NO_PIECES, Piece, Pieces, Product
from splitdose.core.plan import ON_DATE, DosePoint, Medicine, Plan, Slot, Step, Version
from splitdose.core.reading import parse_pieces
from splitdose.core.strength import parse_strength

TABLET_20 = Product("20 mg tablet", parse_strength("20 mg"), "tablet", Fraction(1, 4), scored=True)
TABLET_5 = Product("5 mg tablet", parse_strength("5 mg"), "tablet", Fraction(1), scored=False)
SYRUP = Product("syrup", parse_strength("25 mg/5 mL"), "solution")
PLAIN = Product("tablet")
SLOTS = (Slot("morning", time(8)), Slot("afternoon", time(13)), Slot("evening", time(18)))
DAY0 = date(2023, 11, 30)
ZONE = "Europe/Berlin"

_numbers = count(1)
S = TypeVar("S", Step, StepDraft)


def calendar(zone: str = ZONE, day_start: time = time(4), since: date = date(2000, 1, 1)) -> Calendar:
    return Calendar([Rules(since, zone, day_start)])


def pieces(text: str, *products: Product) -> Pieces:
    return parse_pieces(text, products or (TABLET_20, TABLET_5, SYRUP, PLAIN))


def doses(**slots: str) -> dict[str, Pieces]:
    return {slot: pieces(text) for slot, text in slots.items()}


SPLIT_DAY = doses(morning="1/4 x 20 mg tablet", afternoon="1/4 x 20 mg tablet", evening="1/2 x 20 mg tablet")


def version(
    *steps: Step,
    number: int = 1,
    in_force_from: DosePoint | None = None,
    slots: tuple[Slot, ...] = SLOTS,
    advance: str = ON_DATE,
) -> Version:
    return Version(
        number=number, id=f"v{number}", made_at=datetime(2023, 1, 1, tzinfo=UTC),
        in_force_from=in_force_from or DosePoint(date(2000, 1, 1)), slots=slots,
        products=(TABLET_20, TABLET_5, SYRUP, PLAIN),
        advance=advance, steps=steps,
    )  # fmt: skip


def step(given: Mapping[str, Pieces], begins: date | DosePoint | None = None, hold: int | None = None) -> Step:
    return Step(Asked(given), hold=hold, begins=DosePoint(begins) if isinstance(begins, date) else begins)


def medicine(*versions: Version, name: str = "baclofen", since: date = date(2000, 1, 1)) -> Medicine:
    return Medicine(name, since, versions)


def plan(*medicines: Medicine, on: Calendar | None = None) -> Plan:
    return Plan(on or calendar(), medicines)


def split_day_plan(since: date = date(2000, 1, 1)) -> Plan:
    """¼, ¼ and ½ of a 20 mg tablet each day from a week before `DAY0`."""
    return plan(medicine(version(step(SPLIT_DAY, DAY0 - timedelta(days=7))), since=since))


def at(text: str, zone: str = ZONE) -> datetime:
    """The instant (UTC) of "2023-11-30 08:04" on the wall clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def intake(
    kind: Kind = "taken",
    slot: str | None = "morning",
    taken_at: datetime | None = None,
    *,
    day: date = DAY0,
    amount: Pieces | None = None,
    planned: Pieces | None = SPLIT_DAY["morning"],
    due: datetime | None = None,
    recorded_at: datetime | None = None,
    replaces: str | None = None,
    name: str = "baclofen",
    record_id: str | None = None,
    exactness: Exactness = "exact",
) -> Intake:
    """A record; by default ¼ × 20 mg as planned for 08:00."""
    due = due or at(f"{day} 08:00")
    given = NO_PIECES if kind == "skipped" else SPLIT_DAY["morning"]
    return Intake(
        id=record_id or f"r{next(_numbers):06}", kind=kind, medicine=name, date=day, slot=slot, at=taken_at,
        zone=ZONE, exactness=exactness, pieces=given if amount is None else amount,
        planned=None if slot is None or planned is None else Planned(planned, due, "08:00", 1),
        recorded_at=recorded_at or taken_at or due, replaces=replaces,
    )  # fmt: skip


def spaced(number: int, given: S) -> S:
    """A step, or a draft of one, with a dose every so many days."""
    return replace(given, asked=replace(given.asked, every=number))


def of(amount: str, product: Product) -> Piece:
    return Piece(Fraction(amount), product)


def some(*parts: Piece) -> Pieces:
    return Pieces(parts)


def numbered(given: Version, number: int, in_force_from: DosePoint) -> Version:
    return replace(given, number=number, id=f"v{number}", in_force_from=in_force_from)


T = TypeVar("T")


def answer(ask: Callable[[], T]) -> tuple[T | None, str]:
    """What is answered and "", or None and what the refusal says; anything else that is raised gets through."""
    try:
        return ask(), ""
    except BadInput as error:
        return None, str(error)
