"""Recording: `take`, `skip`, `unsure`, `undo` and `checkin`.

Nothing here asks whether a dose should be taken. What is unusual is refused once, with the facts and the words that
settle it; typing those words is the person's answer.
"""

import re
import shlex
from collections.abc import Sequence
from datetime import date, datetime

from splitdose.cli import shapes, text
from splitdose.cli.parser import Commands, Parser
from splitdose.cli.shell import Declined, Shell
from splitdose.core.amount import quote
from splitdose.core.clock import DAY
from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Exactness, Intake
from splitdose.core.plan import AS_NEEDED, DoseKey, Medicine
from splitdose.core.product import Pieces
from splitdose.core.when import parse_when
from splitdose.core.wording import joined
from splitdose.session import Refused

_DATE = "the day it belongs to: 2026-01-31, yesterday (else today)"


def add(commands: Commands) -> None:
    """Add this family's commands."""
    take = commands.add(
        "take", run_take, "record that a dose was taken",
        about="Without MEDICINE: the one dose that is due or late. With MEDICINE alone: its one due or late dose.\n"
        "What is recorded already, ambiguous or early is refused, with the words that settle it.\n"
        "TIME is 13:05 within the logical day, 2026-01-31T13:05, now, or \"10m ago\".\n"
        'AMOUNT is "1/4", "1 1/2", "0.25", "5 mg" or "1/4 x 20 mg tablet".',
        examples="splitdose take\nsplitdose take baclofen afternoon --at 13:05\n"
        "splitdose take baclofen evening --date yesterday --at 18:10 --about\n"
        'splitdose take baclofen --extra --amount "1/4 x 20 mg tablet"',
    )  # fmt: skip
    take.add_argument("medicine", metavar="MEDICINE", nargs="?", help="which medicine")
    take.add_argument("slot", metavar="SLOT", nargs="?", help="which of its doses: morning")
    take.add_argument("--date", metavar="D", help=_DATE)
    take.add_argument("--at", metavar="TIME", help="when it was taken; for an earlier day left out: unknown")
    take.add_argument("--about", action="store_true", help="the time is not exact")
    take.add_argument("--amount", metavar="A", help="how much, where it was not as planned")
    take.add_argument("--early", action="store_true", help="record it though it is not due for over an hour")
    take.add_argument("--extra", action="store_true", help="record one more, which fills no slot")
    take.add_argument("--correct", action="store_true", help="replace what is recorded for that dose")
    take.add_argument("--note", metavar="T", help="your own words")

    skip = commands.add(
        "skip", run_skip, "record that a dose was skipped",
        examples='splitdose skip baclofen afternoon --reason "asleep"',
    )  # fmt: skip
    _which(skip)
    skip.add_argument("--reason", metavar="T", help="why, in your own words")

    unsure = commands.add(
        "unsure", run_unsure, "record that you don't know whether a dose was taken",
        examples="splitdose unsure baclofen evening --date yesterday",
    )  # fmt: skip
    _which(unsure)
    unsure.add_argument("--note", metavar="T", help="your own words")

    undo = commands.add(
        "undo", run_undo, "take back the newest record, or one by its id",
        about="Says what it took back; again goes further back. Older than 12 hours it asks, or wants the ID.\n"
        "Nothing is erased. The ids are in splitdose today --json.",
        examples="splitdose undo",
    )  # fmt: skip
    undo.add_argument("id", metavar="ID", nargs="?", help="which record")

    checkin = commands.add(
        "checkin", run_checkin, "record how you are: sleep, symptoms, a note",
        examples='splitdose checkin --sleep 6 --awakenings 2 --symptom fatigue=4 --note "woke at 3"',
    )  # fmt: skip
    checkin.add_argument("--sleep", metavar="0-10", help="how the night was")
    checkin.add_argument("--onset", metavar="MIN", help="minutes until asleep")
    checkin.add_argument("--awakenings", metavar="N", help="how often awake in the night")
    checkin.add_argument(
        "--symptom", metavar="NAME=0-10", action="append", default=[],
        help="a symptom by your own name; may be repeated",
    )  # fmt: skip
    checkin.add_argument("--note", metavar="T", help="your own words")


def _which(parser: Parser) -> None:
    parser.add_argument("medicine", metavar="MEDICINE", help="which medicine")
    parser.add_argument("slot", metavar="SLOT", help="which of its doses: morning")
    parser.add_argument("--date", metavar="D", help=_DATE)
    parser.add_argument("--correct", action="store_true", help="replace what is recorded for that dose")


def run_take(shell: Shell) -> int:
    """`splitdose take`."""
    options, book = shell.options, shell.book
    if options.medicine is None:
        for given, name in (
            (options.date, "--date"), (options.extra, "--extra"), (options.correct, "--correct")
        ):  # fmt: skip
            if given:
                raise BadInput(f"{name} needs a medicine", "name it: splitdose take MEDICINE SLOT")
        dose = _the_one(shell, book.open_doses(), None)
        return _take(shell, book.find_medicine(dose.medicine), dose.key)
    medicine = book.find_medicine(options.medicine)
    day = _not_to_come(shell, shell.day(options.date))
    if options.extra or (options.slot is None and medicine.latest.advance == AS_NEEDED):
        return _extra(shell, medicine, day)
    if options.slot is None:
        if day is not None:
            raise BadInput("--date needs a slot", "name it: splitdose take MEDICINE SLOT --date D")
        found = [dose for dose in book.open_doses() if dose.medicine == medicine.name]
        return _take(shell, medicine, _the_one(shell, found, medicine).key)
    day = day or _day_named_in(shell, options.at) or book.today()
    return _take(shell, medicine, DoseKey(medicine.name, day, book.find_slot(medicine, options.slot, day)))


def _not_to_come(shell: Shell, day: date | None) -> date | None:
    """A date that a record may stand on. Tomorrow's first dose may be early; later ones are typing mistakes."""
    if day is not None and day > shell.book.today() + DAY:
        raise BadInput(f"{day.isoformat()} is still to come", "check the date")
    return day


def _day_named_in(shell: Shell, when: str | None) -> date | None:
    """The logical date of a TIME that names its date, 2026-01-31T13:05."""
    if when is None or not re.match(r"\s*[0-9]{4}-", when):
        return None
    return shell.calendar.date_of(parse_when(when, shell.book.today(), shell.book.now(), shell.calendar))


def _the_one(shell: Shell, found: Sequence[Dose], medicine: Medicine | None) -> Dose:
    """The only dose of those that wait. Raises Refused with what there is, and the words that name one."""
    if len(found) == 1:
        return found[0]
    if found:
        listed = joined([text.named(dose, ascii_only=shell.ascii_only) for dose in found])
        raise Refused("ambiguous", f"{len(found)} doses wait: {listed}", f"say which: {_words_for(found[0])}")
    waiting = "nothing is due" if medicine is None else f"no dose of {quote(medicine.name)} is due"
    now = shell.book.now()
    coming = sorted(
        (
            dose
            for day in shell.book.around()
            for dose in day.doses
            if dose.state == "upcoming" and (medicine is None or dose.medicine == medicine.name)
        ),
        key=lambda dose: dose.due,
    )
    if coming:
        dose = coming[0]
        early = dose.due - now > shell.calendar.rules_on(dose.date).late_after
        following = text.next_words(dose, now, shell.calendar, ascii_only=shell.ascii_only)
        words = _words_for(dose) + (" --early" if early else "")
        if dose.date != shell.book.today():
            words += f" --date {dose.date.isoformat()}"
        raise Refused("nothing", f"{waiting}; next is {following}", f"{words} records it all the same")
    todo = "" if shell.book.plan().medicines else "splitdose plan import FILE reads a plan"
    raise Refused("nothing", waiting, todo)


def _words_for(dose: Dose) -> str:
    return f"splitdose take {shlex.quote(dose.medicine)} {shlex.quote(dose.slot.name)}"


def _time(shell: Shell, day: date) -> tuple[datetime | None, Exactness]:
    """When, as far as the person said: an instant, now (None, exact), or unknown for an earlier day."""
    when: str | None = shell.options.at
    about: Exactness = "about" if shell.options.about else "exact"
    if when is not None:
        return parse_when(when, day, shell.book.now(), shell.calendar), about
    if day < shell.book.today():
        if shell.options.about:
            raise BadInput("--about needs a time", "--at TIME says when it was taken")
        return None, "unknown"
    return None, about


def _take(shell: Shell, medicine: Medicine, key: DoseKey) -> int:
    options, book, recorder = shell.options, shell.book, shell.session.record
    at, exactness = _time(shell, key.date)
    dose = book.dose(key)
    pieces = recorder.read_amount(options.amount, medicine, dose) if options.amount is not None else None
    note: str | None = options.note
    allow = {
        code
        for code, given in (
            ("early", options.early), ("recorded", options.correct), ("amount", pieces is not None),
            # Whoever says when it was taken has answered whether it was the dose before the last.
            ("after_next", options.at is not None),
        )
        if given
    }  # fmt: skip
    before = dose.record if dose is not None and options.correct else None
    if before is not None and before.kind == "taken":
        # A correction says only what was wrong; the rest of the record it replaces stays.
        if options.at is None:
            at = before.at
            exactness = "about" if options.about and at is not None else before.exactness
            allow.add("early")
        pieces = before.pieces if pieces is None else pieces
        note = before.note if note is None else note
        allow.add("amount")
    record = recorder.take(key, at=at, exactness=exactness, pieces=pieces, note=note or "", allow=allow)
    return _tell(shell, record)


def _extra(shell: Shell, medicine: Medicine, day: date | None) -> int:
    options, book = shell.options, shell.book
    dose = None
    if options.slot is not None:
        on = day or book.today()
        dose = book.dose(DoseKey(medicine.name, on, book.find_slot(medicine, options.slot, on)))
    today = book.today()
    if day is not None and day > today:
        raise BadInput(f"{day.isoformat()} is still to come", "leave --date out for what was taken now")
    at, exactness = _time(shell, day or today)
    pieces: Pieces
    if options.amount is not None:
        pieces = shell.session.record.read_amount(options.amount, medicine, dose)
    elif dose is not None and dose.pieces:
        pieces = dose.pieces
    else:
        raise BadInput(f"how much of {quote(medicine.name)} is not said", 'say it: --amount "1/4 x 20 mg tablet"')
    record = shell.session.record.extra(  # noqa: S610 - nobody's database
        medicine.name, pieces, at=at, exactness=exactness, day=day, note=options.note or ""
    )
    return _tell(shell, record)


def run_skip(shell: Shell) -> int:
    """`splitdose skip`."""
    options = shell.options
    try:
        record = shell.session.record.skip(_key(shell), reason=options.reason or "", allow=_corrects(shell))
    except Refused as refused:
        raise _without_extra(refused) from None
    return _tell(shell, record)


def run_unsure(shell: Shell) -> int:
    """`splitdose unsure`."""
    options = shell.options
    try:
        record = shell.session.record.unsure(_key(shell), note=options.note or "", allow=_corrects(shell))
    except Refused as refused:
        raise _without_extra(refused) from None
    return _tell(shell, record)


def _key(shell: Shell) -> DoseKey:
    options, book = shell.options, shell.book
    medicine = book.find_medicine(options.medicine)
    day = _not_to_come(shell, shell.day(options.date)) or book.today()
    return DoseKey(medicine.name, day, book.find_slot(medicine, options.slot, day))


def _corrects(shell: Shell) -> frozenset[str]:
    return frozenset({"recorded"} if shell.options.correct else ())


def _without_extra(refused: Refused) -> Refused:
    """The same refusal, naming only words that `skip` and `unsure` take."""
    todo = {"recorded": "--correct replaces that record", "not_planned": "check the date and the slot"}
    return Refused(refused.code, refused.what, todo.get(refused.code, refused.todo))


def run_undo(shell: Shell) -> int:
    """`splitdose undo`."""
    recorder, wanted = shell.session.record, shell.options.id
    shell.book.plan()  # where that can't be read nothing is done, rather than done and not told
    try:
        found = recorder.undo(wanted, everywhere=True)
    except Refused as refused:
        if refused.code != "old":
            raise
        answer = shell.ask(f"{refused.what}. Take it back?")
        if answer is None:
            raise
        if not answer:
            raise Declined("nothing was undone") from None
        found = recorder.undo(everywhere=True, allow={"old"})
    if shell.json:
        shell.out.json({"voided": shapes.record(found)})
    else:
        words = text.recorded(found, shell.book.today(), shell.calendar, ascii_only=shell.ascii_only)
        shell.out.line(f"undone: {words}")
    return 0


def run_checkin(shell: Shell) -> int:
    """`splitdose checkin`."""
    options = shell.options
    symptoms: dict[str, int] = {}
    for typed in options.symptom:
        name, equals, value = typed.rpartition("=")
        if not equals or not name.strip():
            raise BadInput(f"{quote(typed)} is no symptom", "type it as --symptom fatigue=4")
        if name in symptoms:
            raise BadInput(f"symptom {quote(name)} is given twice", "give each once")
        symptoms[name] = _whole(value, f"symptom {quote(name)}")
    record = shell.session.record.checkin(
        sleep=_whole_or_none(options.sleep, "--sleep"), onset_min=_whole_or_none(options.onset, "--onset"),
        awakenings=_whole_or_none(options.awakenings, "--awakenings"), symptoms=symptoms, note=options.note or "",
    )  # fmt: skip
    return _tell(shell, record)


def _whole_or_none(typed: str | None, name: str) -> int | None:
    return None if typed is None else _whole(typed, name)


def _whole(typed: str, name: str) -> int:
    if not re.fullmatch(r" *[0-9]{1,6} *", typed):
        raise BadInput(f"{name} is {quote(typed)}, not a whole number", "give a whole number from 0")
    return int(typed)


def _tell(shell: Shell, record: Intake | CheckIn) -> int:
    if shell.json:
        shell.out.json(shapes.record(record))
        return 0
    words = text.recorded(record, shell.book.today(), shell.calendar, ascii_only=shell.ascii_only)
    shell.out.line(f"recorded: {words}")
    if record.replaces is not None:
        shell.out.line("it replaces the record before it; splitdose undo brings that one back")
    return 0
