"""What keys do to the record: take, skip, correct, undo, check in. Each act is one coroutine, told from key to record.

No rule about doses lives here.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from splitdose.core.day import Dose
from splitdose.core.log import CheckIn, Exactness, Intake
from splitdose.core.piece import Pieces
from splitdose.core.showing import show_dose
from splitdose.core.upcoming import far_ahead
from splitdose.core.wording import ago_words, clock_words, joined, near_day_words, state_words, wall_words
from splitdose.session import Refused, describe
from splitdose.session.recorder import NONE, UNDO_ASKS_AFTER
from splitdose.store import NotSaved, StoreError
from splitdose.tui.dialogs.checkin import CheckinForm
from splitdose.tui.dialogs.day_log import DayLog
from splitdose.tui.dialogs.dose_details import Details
from splitdose.tui.dialogs.intake import ExtraForm, IntakeForm, TakenForm, Typed, Values
from splitdose.tui.dialogs.prompts import Confirm, TextPrompt
from splitdose.tui.flow import problem_words
from splitdose.tui.record import QUESTIONS, Allowed, Other, R, agreed, record, record_or_say, says_yes
from splitdose.tui.window import Window

# Taking


async def take(
    window: Window, dose: Dose, allow: Allowed = NONE, *, typed: Typed | None = None, note: str = ""
) -> None:
    """Record a dose as taken, now and as planned unless typed otherwise."""
    session = window.session
    new, another = session.record.fresh_id(), session.record.fresh_id()
    at: datetime | None = typed.at if typed is not None else None
    exactness: Exactness = typed.exactness if typed is not None else "exact"
    pieces: Pieces | None = typed.pieces if typed is not None else None

    def do(allowed: Allowed) -> Intake:
        return session.record.take(
            dose.key, at=at, exactness=exactness, pieces=pieces, note=note, allow=allowed, record_id=new
        )

    def extra(allowed: Allowed) -> Intake:
        return session.record.extra(dose.medicine, dose.pieces, note=note, allow=allowed, record_id=another)  # noqa: S610

    def other(code: str) -> Other[Intake] | None:
        standing = session.reader.dose(dose.key)
        given = at is not None or exactness == "unknown"
        if code != "recorded" or given or standing is None or standing.record is None:
            return None
        if standing.record.kind != "taken":
            return "Replace that record with taken now?", do, frozenset({"recorded", "after_next"})
        return f"Record one more {show_dose(dose.pieces)} as an extra?", extra, NONE

    await record_or_say(window, do, allow, other=other)


async def take_now(window: Window, dose: Dose) -> None:
    """Record the dose that a key names as taken now, unless an earlier one is rather meant, or none."""
    try:
        instead = _instead_of(window, dose)
    except StoreError:
        instead = None  # told as not saved, and kept to be tried again
    if instead is None:
        await take(window, dose)
        return
    missed, facts = instead
    if missed is None:
        window.say(facts)
        return
    others = [("question.time", "say when")]
    if not far_ahead(dose, window.session.reader.now()):
        others.append(("question.early", f"that of {_day(window, dose)}, early"))
    question = f"Record that of {_day(window, missed)} as taken just now?"
    answer = await window.push_screen_wait(Confirm(facts, question, others=others))
    if answer == "y":
        await take(window, missed, frozenset({"after_next"}))
    elif answer == "t":
        await ask_time(window, missed)
    elif answer == "e":
        await take(window, dose, frozenset({"early"}))


async def time_of(window: Window, dose: Dose) -> None:
    """Ask when the dose that a key names was taken, unless an earlier one is rather meant, or none."""
    try:
        instead = _instead_of(window, dose) if far_ahead(dose, window.session.reader.now()) else None
    except StoreError:
        instead = None
    if instead is None:
        await ask_time(window, dose)
        return
    missed, facts = instead
    if missed is None:
        window.say(facts)
    elif await says_yes(window, facts, f"Say when that of {_day(window, missed)} was taken?"):
        await ask_time(window, missed)


def _instead_of(window: Window, dose: Dose) -> tuple[Dose | None, str] | None:
    """What is meant rather than a dose that is named but not due for long; None where it is meant itself.

    Returns:
        The dose that was missed, if any, and the facts in words.
    """
    reader = window.session.reader
    now, calendar = reader.now(), reader.calendar
    early = dose.record is None and dose.due - now > calendar.rules_on(dose.date).late_after
    missed = reader.missed(dose.medicine) if early else None
    far = far_ahead(dose, now)
    if not early or not (far or (missed is not None and now - missed.due < dose.due - now)):
        return None
    coming = f"is still to come, {state_words(dose, now, calendar, ascii_only=window.ascii_only)}."
    slot = f"{dose.slot.name} of {_day(window, dose)}, {wall_words(dose.slot.time)},"
    if missed is None:
        return None, f"No dose of {dose.medicine} is due; {slot} {coming}"
    named = f"that of {_day(window, dose)}" if missed.slot == dose.slot else slot
    facts = f"{_at_its_time(window, missed)}, has no record; {named} {coming}"
    return missed, f"{facts[:1].upper()}{facts[1:]}"


def _at_its_time(window: Window, dose: Dose) -> str:
    return f"{dose.medicine} {dose.slot.name} of {_day(window, dose)}, {wall_words(dose.slot.time)}"


def _day(window: Window, dose: Dose) -> str:
    today = window.session.reader.today()
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    return near.get((dose.date - today).days) or near_day_words(dose.date, today)


def _to_come(window: Window, dose: Dose) -> bool:
    """Whether a dose without a record is not due yet, so that its date must be named before it is filled."""
    return dose.record is None and dose.due > window.session.reader.now()


async def take_all(window: Window, doses: Sequence[Dose]) -> None:
    """Record several doses as taken now, after naming them."""
    names = joined([f"{d.medicine} {show_dose(d.pieces)} ({d.slot.name})" for d in doses])
    if await says_yes(window, f"{len(doses)} doses are due: {names}.", "Record all of them as taken now?"):
        for dose in doses:
            await take(window, dose)


# Asking


async def ask_time(window: Window, dose: Dose) -> None:
    """Ask when, and how much, was taken."""
    form = TakenForm(window.session, dose, ascii_only=window.ascii_only)
    values = await _typed(window, form)
    if values is not None:
        await take(window, dose, typed=form.understood(values), note=values["note"])


async def _typed(
    window: Window, form: IntakeForm | CheckinForm, typed: Values | None = None, why: str = ""
) -> Values | None:
    """What is typed in a form; None where nothing was given, or nothing changed."""
    values = await window.push_screen_wait(form.dialog(typed or form.shown, why))
    if values is not None and form.unchanged(values):
        window.say("nothing was changed")
        return None
    return values


async def _record_typed(
    window: Window,
    form: IntakeForm | CheckinForm,
    act: Callable[[Values, Allowed], R],
    typed: Values | None = None,
    allow: Allowed = NONE,
) -> None:
    """Ask with a form until what is typed can be recorded, or the person leaves.

    Args:
        window: where.
        form: asks.
        act: records what was typed, given the codes of refusals that are answered.
        typed: what was typed already, to be recorded before anything is asked.
        allow: the codes that were answered by then.
    """
    values = typed if typed is not None else await _typed(window, form)
    while values is not None:
        again = partial(_record_typed, window, form, act, values)
        why = await record(window, partial(act, values), allow, again=again)
        if not why:
            return
        values, allow = await _typed(window, form, values, why), NONE


async def ask_extra(window: Window, medicine: str, day: date, corrects: Intake | None = None) -> None:
    """Ask what was taken outside the plan: as needed, or one more; or what should have been said of it.

    Args:
        window: where.
        medicine: named at first.
        day: the logical date.
        corrects: an extra intake that the answer takes the place of.
    """
    record_id = window.session.record.fresh_id()
    form = ExtraForm(window.session, medicine, day, corrects, ascii_only=window.ascii_only)

    def extra(values: Values, allowed: Allowed) -> Intake:
        typed = form.understood(values)
        assert typed.medicine is not None
        assert typed.pieces is not None
        return window.session.record.extra(  # noqa: S610
            typed.medicine.name, typed.pieces, at=typed.at, exactness=typed.exactness,
            day=None if typed.at else day, note=values["note"], corrects=corrects, allow=allowed, record_id=record_id,
        )  # fmt: skip

    await _record_typed(window, form, extra)


async def ask_checkin(window: Window, corrects: CheckIn | None = None) -> None:
    """Ask how the person is, or what should have been said of it then."""
    record_id = window.session.record.fresh_id()
    form = CheckinForm(window.session, window.settings.symptoms, corrects)

    def checkin(values: Values, _: Allowed) -> CheckIn:
        return form.understood(values).record(window.session, record_id, corrects)

    await _record_typed(window, form, checkin)


async def ask_note(window: Window) -> None:
    """Ask for a note on today."""
    record_id = window.session.record.fresh_id()
    text = await window.push_screen_wait(TextPrompt("A note on today:", save="save it"))
    if text is not None and text.strip():
        await record_or_say(window, lambda _: window.session.record.checkin(note=text, record_id=record_id))


async def ask_skip(window: Window, dose: Dose) -> None:
    """Ask why, and record a dose as skipped."""
    new = window.session.record.fresh_id()
    named = f"{dose.medicine} {dose.slot.name}"
    if _to_come(window, dose):
        named = f"{_at_its_time(window, dose)}, which is still to come"
    elif dose.date != window.session.reader.today():
        named += f" of {_day(window, dose)}"
    prompt = TextPrompt(f"Skip {named}? Why, if you like:", save="record it as skipped", may_be_empty=True)
    reason = await window.push_screen_wait(prompt)
    if reason is not None:
        skip = window.session.record.skip
        await record_or_say(window, lambda allowed: skip(dose.key, reason=reason, allow=allowed, record_id=new))


async def unsure(window: Window, dose: Dose) -> None:
    """Record that it is unsure whether a dose was taken; of one that is still to come after a question."""
    recorder = window.session.record
    new = recorder.fresh_id()
    facts = f"{_at_its_time(window, dose)}, is still to come."
    if not _to_come(window, dose) or await says_yes(window, facts, "Record it as unsure all the same?"):
        await record_or_say(window, lambda allowed: recorder.unsure(dose.key, allow=allowed, record_id=new))


def snooze(window: Window, dose: Dose) -> None:
    """Move the next reminder of a dose that is open."""
    if not dose.open:
        window.say("only a dose that is due can be snoozed")
        return
    try:
        made = window.session.reminders.snooze(dose)
    except NotSaved as problem:
        window.say(problem_words(problem))
        return
    when = clock_words(made.until, window.session.reader.calendar)
    window.done = f"{dose.medicine} {dose.slot.name}: next reminder at {when}; it stays due"
    window.redraw()


# Looking back


async def show_details(window: Window, dose: Dose) -> None:
    """Show a dose's whole history, and do what is chosen about it."""
    reader = window.session.reader
    details = Details(dose, reader.log([dose.date]), reader.calendar, ascii_only=window.ascii_only)
    chosen = await window.push_screen_wait(details)
    if chosen == "t":
        await ask_time(window, dose)
    elif chosen == "s":
        await ask_skip(window, dose)
    elif chosen == "x":
        await unsure(window, dose)
    elif chosen == "v" and dose.record is not None:
        await undo_asking(window, dose.record)


async def show_day(window: Window, day: date) -> None:
    """Show everything that was recorded of a day, and do what is chosen about one of it."""
    answer = await window.push_screen_wait(
        DayLog(window.session, day, window.cannot_read, ascii_only=window.ascii_only)
    )
    if answer is None:
        return
    verb, entry = answer
    if verb == "undo" and entry.standing is not None:
        await undo_asking(window, entry.standing)
    elif isinstance(entry.thing, CheckIn):
        await ask_checkin(window, entry.thing)
    elif isinstance(entry.thing, Intake):
        await ask_extra(window, entry.thing.medicine, entry.thing.date, entry.thing)
    else:
        await show_details(window, entry.thing)


async def undo_asking(window: Window, found: Intake | CheckIn) -> None:
    """Undo one record, after a question where it was made long ago: what was undone has to be typed anew."""
    reader = window.session.reader
    now = reader.now()
    facts = f"{describe(found, reader)}, was recorded {ago_words(found.recorded_at, now, reader.calendar)}."
    if now - found.recorded_at <= UNDO_ASKS_AFTER or await says_yes(window, facts, QUESTIONS["old"]):
        await undo(window, found.id)


async def undo(window: Window, record_id: str | None = None) -> None:
    """Undo one record, or the newest of this window."""
    try:
        undone = await agreed(window, lambda allowed: window.session.record.undo(record_id, allow=allowed))
    except Refused as refused:
        window.say(refused.what)
        return
    if undone is not None:
        key = window.key("undo")
        window.done = f"undone: {describe(undone, window.session.reader)} · {key} goes further back"
        window.redraw()
