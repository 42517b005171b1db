"""Recording: `take`, `skip`, `unsure`, `undo` and `checkin`.

Nothing here asks whether a dose should be taken. What is unusual is refused once, with the facts and the words that
settle it; typing those words is the person's answer.
"""

import shlex
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from splitdose.cli import as_json, as_text
from splitdose.cli.parser import Commands, Parser
from splitdose.cli.shell import Declined, Shell
from splitdose.core.amount import MOST_WHOLE, quote, whole_number
from splitdose.core.clock import DAY
from splitdose.core.day import Dose
from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Exactness, Intake
from splitdose.core.piece import Pieces
from splitdose.core.plan import AS_NEEDED, DoseKey, Medicine
from splitdose.core.typed_times import NEAR, names_a_day, parse_taken
from splitdose.core.unusual import JUST_TAKEN, too_early
from splitdose.core.upcoming import missed_dose, newest_past
from splitdose.core.wording import joined, near_day_words, recorded_words, state_words, wall_words
from splitdose.session import Refused

_DATE = "the day it belongs to: 2026-01-31, yesterday (else today)"
_TO_COME = "Without --date it is a dose whose time has come. One that is still to come is named with --date today."
LATELY = timedelta(hours=12)
"""What was recorded within this time is named where nothing is due."""


def add(commands: Commands) -> None:
    """Add this family's commands."""
    take = commands.add(
        "take", run_take, "record that a dose was taken",
        about="Without MEDICINE: the one dose that is due or late. With MEDICINE alone: its one due or late dose.\n"
        "A dose that is already recorded, ambiguous or early is refused; the message says which option to add.\n"
        "Where an earlier dose has no record, that one is named first.\n"
        "TIME is 13:05 or 1:05 pm within the logical day, \"yesterday 18:10\", 2026-01-31T13:05, now, \"10m ago\" or\n"
        "-10m; before it \"about\", or \"unknown\" alone.\n"
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
    take.add_argument("--again", action="store_true", help="record it though the same was recorded minutes ago")
    take.add_argument("--correct", action="store_true", help="replace what is recorded for that dose")
    take.add_argument("--note", metavar="T", help="your own words")

    skip = commands.add(
        "skip", run_skip, "record that a dose was skipped", about=_TO_COME,
        examples='splitdose skip baclofen afternoon --reason "asleep"',
    )  # fmt: skip
    _which(skip)
    skip.add_argument("--reason", metavar="T", help="why, in your own words")

    unsure = commands.add(
        "unsure", run_unsure, "record that you don't know whether a dose was taken", about=_TO_COME,
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
    options, reader = shell.options, shell.reader
    if options.medicine is None:
        for given, name in (
            (options.date, "--date"), (options.extra, "--extra"), (options.correct, "--correct")
        ):  # fmt: skip
            if given:
                raise BadInput(f"{name} needs a medicine", "name it: splitdose take MEDICINE SLOT")
        dose = _the_one(shell, reader.open_doses(), None)
        return _take(shell, reader.find_medicine(dose.medicine), dose.key)
    medicine = reader.find_medicine(options.medicine)
    day = _not_to_come(shell, shell.day(options.date))
    if options.extra or (options.slot is None and medicine.latest.advance == AS_NEEDED):
        return _extra(shell, medicine, day)
    if options.slot is None:
        if day is not None:
            raise BadInput("--date needs a slot", "name it: splitdose take MEDICINE SLOT --date D")
        found = [dose for dose in reader.open_doses() if dose.medicine == medicine.name]
        return _take(shell, medicine, _the_one(shell, found, medicine).key)
    day = day or _day_named_in(shell, options.at)
    if day is None:
        return _take(shell, medicine, _meant(shell, medicine, options.slot))
    return _take(shell, medicine, DoseKey(medicine.name, day, reader.find_slot(medicine, options.slot, day)))


def _not_to_come(shell: Shell, day: date | None) -> date | None:
    """A date that a record may stand on. Tomorrow's first dose may be early; later ones are typing mistakes."""
    if day is not None and day > shell.reader.today() + DAY:
        raise BadInput(f"{day.isoformat()} is still to come", "check the date")
    return day


def _day_named_in(shell: Shell, when: str | None) -> date | None:
    """The logical date of a TIME that names its day, 2026-01-31T13:05 or "yesterday 18:10"."""
    if when is None or not names_a_day(when):
        return None
    return shell.calendar.date_of(_read_time(shell, when, shell.reader.today())[0] or shell.reader.now())


def _meant(shell: Shell, medicine: Medicine, word: str) -> DoseKey:
    """The dose that a slot's name means without a date: today's, once its time has come or nearly so.

    Raises:
        Refused: today's is still to come, or there is none, where that is not what must be meant. What has passed
            without a record is named first, with the words that settle it.
    """
    options, reader = shell.options, shell.reader
    today, now, taking = reader.today(), reader.now(), options.command.endswith(" take")
    over = reader.lately(medicine.name)
    try:
        slot = reader.find_slot(medicine, word, today)
    except BadInput:
        # A plan that has changed today may have left the slot of the dose that was missed.
        older = {d.slot.name for day in over for d in day.doses if d.medicine == medicine.name}
        slot = next((name for name in older if name.casefold() == word.casefold()), "")
        if not slot or missed_dose(over, medicine.name, slot) is None:
            raise
    dose = reader.dose(DoseKey(medicine.name, today, slot))
    if dose is not None:
        near = taking and (options.early or not _early(shell, dose))
        if dose.record is not None or dose.due <= now or near:
            return dose.key
    last = newest_past(over, medicine.name, slot)
    if dose is None:
        facts = f"no dose of {quote(medicine.name)} is planned for {quote(slot)} on {today.isoformat()}"
    else:
        facts = f"{_at_its_time(shell, dose)} is still to come, {state_words(dose, now, shell.calendar)}"
    # With --correct it may be a record that is meant, of the last dose.
    meant = last is not None and (last.tracked if last.record is None else options.correct)
    if last is not None and meant:
        other = "" if dose is None else ", or --date today for the other"
        raise Refused("ambiguous", f"{_standing(shell, last)}; {facts}", f"{_words_for(shell, last)}{other}")
    if dose is None and last is not None and last.record is not None:
        todo = "--extra with --amount records an extra intake" if taking else "check the date and the slot"
        raise Refused("not_planned", f"{_standing(shell, last)}; {facts}", todo)
    if dose is None or taking:
        return DoseKey(medicine.name, today, slot)
    raise Refused("ambiguous", facts, f"{_words_for(shell, dose)} records it all the same")


def _at_its_time(shell: Shell, dose: Dose) -> str:
    """ "mirtazapine bedtime of Wed 10 Jan 23:00"."""
    day = near_day_words(dose.date, shell.reader.today())
    return f"{dose.medicine} {dose.slot.name} of {day} {wall_words(dose.slot.time)}"


def _standing(shell: Shell, dose: Dose) -> str:
    """The same, with what is known of it."""
    if dose.record is None:
        return f"{_at_its_time(shell, dose)} has no record"
    return f"{_at_its_time(shell, dose)}: {recorded_words(dose.record, shell.reader.now(), shell.calendar)}"


def _the_one(shell: Shell, found: Sequence[Dose], medicine: Medicine | None) -> Dose:
    """The only dose of those that wait. Raises Refused with what there is, and the words that name one."""
    if len(found) == 1:
        return found[0]
    if found:
        listed = joined([as_text.named(dose, ascii_only=shell.ascii_only) for dose in found])
        raise Refused("ambiguous", f"{len(found)} doses wait: {listed}", f"say which: {_words_for(shell, found[0])}")
    reader, now = shell.reader, shell.reader.now()
    facts = ["nothing is due" if medicine is None else f"no dose of {quote(medicine.name)} is due"]
    following = reader.next_dose(None if medicine is None else medicine.name)
    if following is not None:
        facts.append(f"next is {as_text.next_words(following, now, shell.calendar, ascii_only=shell.ascii_only)}")
    missed = reader.all_missed() if medicine is None else [d for d in [reader.missed(medicine.name)] if d is not None]
    last = _just_recorded(shell, medicine)
    if missed:
        facts[1:1] = [_standing(shell, dose) for dose in missed]
        if last is not None and last.record is not None and now - last.record.recorded_at < JUST_TAKEN:
            facts.insert(1, _standing(shell, last))
        words = _words_for(shell, missed[0])
        if following is not None and following.date == reader.today() and not _early(shell, following):
            words += f", or {_words_for(shell, following)}"
        raise Refused("nothing", "; ".join(facts), f"say which: {words}" if len(missed) > 1 else words)
    if last is not None and last.record is not None:
        facts.insert(1, _standing(shell, last))
    if following is not None and following.date == reader.today():
        raise Refused("nothing", "; ".join(facts), f"{_words_for(shell, following)} records it all the same")
    # The words that record another day's dose are not handed out: a second `take` means the one that is recorded.
    todo = "" if reader.plan().medicines else "splitdose plan import FILE reads a plan"
    raise Refused("nothing", "; ".join(facts), todo)


def _just_recorded(shell: Shell, medicine: Medicine | None) -> Dose | None:
    """The dose that was recorded last, if that was lately."""
    reader = shell.reader
    over = reader.around() if medicine is None else reader.lately(medicine.name)
    found = [
        (dose.record.recorded_at, dose.record.id, dose)
        for day in over
        for dose in day.doses
        if dose.record is not None and (medicine is None or dose.medicine == medicine.name)
    ]
    if not found:
        return None
    recorded_at, _, dose = max(found, key=lambda each: each[:2])
    return dose if medicine is not None or reader.now() - recorded_at < LATELY else None


def _words_for(shell: Shell, dose: Dose) -> str:
    """The command line that records a dose, with what was said of it already."""
    options, today = shell.options, shell.reader.today()
    words = [*options.command.split(), dose.medicine, dose.slot.name]
    if dose.date != today:
        words += ["--date", _date_word(dose.date, today)]
    elif dose.state == "upcoming" and not options.command.endswith(" take"):
        words += ["--date", "today"]
    elif _early(shell, dose):
        words.append("--early")
    for name in ("at", "amount", "reason", "note"):
        if (given := getattr(options, name, None)) is not None:
            words += [f"--{name}", given]
    words += [f"--{name}" for name in ("about", "correct") if getattr(options, name, False)]
    line = shlex.join(words)
    # Of an earlier day the time is unknown unless it is said.
    untold = options.command.endswith(" take") and dose.date < today and options.at is None and dose.record is None
    return f"{line} records it (--at TIME or --at now says when)" if untold else line


def _early(shell: Shell, dose: Dose) -> bool:
    """Whether to take a dose now would be early."""
    return dose.record is None and too_early(dose.due, dose.date, shell.reader.now(), shell.calendar)


def _date_word(day: date, today: date) -> str:
    return next((word for word, days in NEAR.items() if today + days * DAY == day), day.isoformat())


def _read_time(shell: Shell, typed: str, day: date) -> tuple[datetime | None, Exactness]:
    if not typed.strip():
        raise BadInput(f"{quote(typed)} is not a time", "type it as 13:05, or leave --at out")
    named = bool(shell.reader.zone_named(day))
    return parse_taken(typed, day, shell.reader.now(), shell.calendar, name_zone=named)


def _time(shell: Shell, day: date) -> tuple[datetime | None, Exactness]:
    """When, as far as the person said: an instant, now (None, exact), or unknown for an earlier day."""
    when: str | None = shell.options.at
    about: Exactness = "about" if shell.options.about else "exact"
    if when is not None:
        at, exactness = _read_time(shell, when, day)
        if at is None and shell.options.about:
            raise BadInput("--about needs a time", "--at TIME says when it was taken")
        return at, about if exactness == "exact" else exactness
    if day < shell.reader.today():
        if shell.options.about:
            raise BadInput("--about needs a time", "--at TIME says when it was taken")
        return None, "unknown"
    return None, about


def _take(shell: Shell, medicine: Medicine, key: DoseKey) -> int:
    options, reader, recorder = shell.options, shell.reader, shell.session.record
    at, exactness = _time(shell, key.date)
    dose = reader.dose(key)
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
    options, reader = shell.options, shell.reader
    dose = None
    if options.slot is not None:
        on = day or reader.today()
        dose = reader.dose(DoseKey(medicine.name, on, reader.find_slot(medicine, options.slot, on)))
    today = reader.today()
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

    def record(allow: frozenset[str]) -> Intake:
        return shell.session.record.extra(  # noqa: S610 - nobody's database
            medicine.name, pieces, at=at, exactness=exactness, day=day, note=options.note or "", allow=allow
        )

    try:
        made = record(frozenset({"again"} if options.again else ()))
    except Refused as refused:
        answer = shell.ask(f"{refused.what}. Record one more?") if refused.code == "again" else None
        if answer is None:
            raise
        if not answer:
            raise Declined("nothing was recorded") from None
        made = record(frozenset({"again"}))
    return _tell(shell, made)


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
    options, reader = shell.options, shell.reader
    medicine = reader.find_medicine(options.medicine)
    day = _not_to_come(shell, shell.day(options.date))
    if day is None:
        return _meant(shell, medicine, options.slot)
    return DoseKey(medicine.name, day, reader.find_slot(medicine, options.slot, day))


def _corrects(shell: Shell) -> frozenset[str]:
    return frozenset({"recorded"} if shell.options.correct else ())


def _without_extra(refused: Refused) -> Refused:
    """The same refusal, naming only words that `skip` and `unsure` take."""
    todo = {"recorded": "--correct replaces that record", "not_planned": "check the date and the slot"}
    return Refused(refused.code, refused.what, todo.get(refused.code, refused.todo))


def run_undo(shell: Shell) -> int:
    """`splitdose undo`."""
    recorder, wanted = shell.session.record, shell.options.id
    shell.reader.plan()  # where that can't be read nothing is done, rather than done and not told
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
        shell.out.json({"voided": as_json.record(found)})
    else:
        words = _recorded(shell, found)
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
    found = whole_number(typed, 0, MOST_WHOLE)
    if found is None:
        raise BadInput(f"{name} is {quote(typed)}, not a whole number", "give a whole number from 0")
    return found


def _tell(shell: Shell, record: Intake | CheckIn) -> int:
    if shell.json:
        shell.out.json(as_json.record(record))
        return 0
    shell.out.line(f"recorded: {_recorded(shell, record)}")
    if record.replaces is not None:
        shell.out.line("it replaces the record before it; splitdose undo brings that one back")
    return 0


def _recorded(shell: Shell, record: Intake | CheckIn) -> str:
    zone = shell.reader.zone_named(record.date)
    return as_text.recorded(record, shell.reader.today(), shell.calendar, ascii_only=shell.ascii_only, zone=zone)
