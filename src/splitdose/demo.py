"""The demo: a sample plan and a believable history, dated so that today is a ¼ ¼ ½ day, or any other of the taper.

Everything goes through the ordinary planner and recorder with a clock that moves, so what the demo shows is
what a person who used the program for so many days would see. It must never touch any folder but the one it is
given, and never read a clock: `now` comes in.
"""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from splitdose import files
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft
from splitdose.core.plan import DoseKey
from splitdose.planfile import parse_plan
from splitdose.session import Session
from splitdose.store.deferred import DeferredFolder

_PREFIX = "splitdose-demo-"
_ENDS = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
SAMPLE_DAY = 36
"""The day of the taper that today is, unless said: the eighth step, after holds of 5, 5, 5, 5, 4, 5 and 5 days, began
yesterday."""
LAST_DAY = 120
"""The latest day of the taper that today can be. Its last dose is on the 44th."""
_HELD_BEFORE = 33  # days that the second medicine had been held when the taper began

_SAMPLE = Path(__file__).with_name("sample.toml")
_MORNING, _AFTERNOON, _EVENING = "morning", "afternoon", "evening"
_SLOTS = {_MORNING: time(8), _AFTERNOON: time(13), _EVENING: time(18)}
_PLANNED_AT = time(7, 10)  # plans are changed before the first dose of the day

# Minutes from a dose's time to its taking, gone through in turn. A prime number of them, so that no week is
# like another; all within the hour that counts as on time.
_SPREAD = (
    2,
    9,
    -3,
    14,
    0,
    21,
    5,
    -8,
    3,
    33,
    1,
    11,
    -2,
    6,
    17,
    4,
    -5,
    27,
    8,
    2,
    12,
    -1,
    39,
    7,
    3,
    19,
    0,
    10,
    5,
)

# What was not like most days, by day of the taper and slot: minutes from the dose's time.
_TIMES: Mapping[tuple[int, str], int] = {
    (36, _MORNING): 4, (35, _MORNING): -2, (34, _MORNING): 11, (33, _MORNING): 2,
    (35, _AFTERNOON): 20, (33, _AFTERNOON): 1,
    (31, _MORNING): 72, (24, _AFTERNOON): 85, (13, _EVENING): 91,  # late
    (27, _EVENING): -70,  # early
    (25, _AFTERNOON): 6, (21, _AFTERNOON): 40,
}  # fmt: skip
_SKIPPED = {(34, _AFTERNOON): "asleep until four"}
_UNSURE = {(30, _EVENING): "pill box was empty, but I don't remember"}
_CORRECTED = {(21, _AFTERNOON): 10}  # taken that many minutes after its time, and recorded half an hour later
_UNDONE = {(25, _AFTERNOON)}  # recorded before it was taken, undone, then recorded when it was
_NO_RECORD = 17

# How the mornings were, by day of the taper: sleep, minutes until asleep, awakenings, symptoms, note.
_CHECKINS: Mapping[int, tuple[int, int | None, int | None, Mapping[str, int], str]] = {
    1: (7, 20, 1, {}, "first day with a quarter less"),
    2: (7, 15, 1, {"fatigue": 3}, ""),
    3: (6, 25, 1, {"fatigue": 3}, ""),
    5: (7, 20, 0, {}, ""),
    6: (6, 30, 2, {"fatigue": 4}, "a quarter off the morning too"),
    7: (5, 35, 2, {"fatigue": 4, "spasms": 2}, ""),
    8: (6, 25, 1, {"fatigue": 4}, ""),
    9: (6, 20, 1, {}, ""),
    10: (7, 15, 1, {"fatigue": 3}, ""),
    11: (6, 30, 2, {"fatigue": 3}, ""),
    12: (5, 40, 2, {"fatigue": 5, "spasms": 3}, "legs restless before sleep"),
    14: (6, 25, 1, {"fatigue": 4}, ""),
    15: (6, 20, 1, {}, ""),
    16: (6, 30, 2, {"fatigue": 4}, ""),
    18: (5, 45, 3, {"fatigue": 5, "spasms": 3}, "away yesterday, nothing written down"),
    19: (6, 30, 2, {"fatigue": 4}, ""),
    20: (6, 25, 1, {"fatigue": 3}, ""),
    22: (5, 40, 2, {"fatigue": 5}, ""),
    23: (6, 30, 1, {"fatigue": 4}, ""),
    24: (6, 25, 1, {}, "walked an hour"),
    26: (5, 45, 3, {"fatigue": 5, "spasms": 2}, ""),
    27: (6, 30, 2, {"fatigue": 4}, ""),
    28: (6, 25, 1, {"fatigue": 4}, ""),
    29: (7, 20, 1, {"fatigue": 3}, ""),
    30: (5, 50, 3, {"fatigue": 5}, "half less in the morning; tired but calm"),
    31: (4, 60, 4, {"fatigue": 6, "spasms": 3}, "awake from two to four, slept in"),
    32: (5, 40, 2, {"fatigue": 5}, ""),
    33: (6, 30, 1, {"fatigue": 4}, ""),
    34: (5, 35, 3, {"fatigue": 5}, "woke at 3, then light sleep"),
    35: (7, 20, 1, {"fatigue": 3}, "one tablet a day from today"),
    36: (6, 25, 1, {"fatigue": 3}, ""),
    37: (6, 30, 2, {"fatigue": 4}, ""),
    39: (5, 40, 2, {"fatigue": 4}, "other tablets from today, none to cut"),
    40: (6, 30, 1, {"fatigue": 3, "spasms": 1}, ""),
    42: (6, 25, 1, {"fatigue": 4}, ""),
    43: (5, 45, 3, {"fatigue": 4, "spasms": 2}, ""),
    45: (4, 60, 3, {"fatigue": 5}, "none from today"),
    46: (5, 40, 2, {"fatigue": 4}, ""),
    47: (6, 30, 1, {"fatigue": 4}, ""),
}


class _Moments:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class _Moment:
    """Something the person does at an instant."""

    at: datetime
    do: Callable[[], object]


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A temporary folder for the demo, gone afterwards, and when its terminal is closed; what kills left goes, too."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True) as name:
        before: dict[int, object] = {}

        def end(number: int, _: object) -> None:
            shutil.rmtree(name, ignore_errors=True)
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

        if threading.current_thread() is threading.main_thread():
            for number in _ENDS:
                before[number] = signal.signal(number, end)
        try:
            yield Path(name)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]


def _sweep() -> None:
    """Remove the folders of demos that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = left.name.removeprefix(_PREFIX).partition("-")[0]
        with suppress(OSError):
            if process.isdecimal() and not files.is_running(int(process)):
                shutil.rmtree(left, ignore_errors=True)


def sample_plan(today: date, day: int = SAMPLE_DAY) -> PlanDraft:
    """The sample plan with its steps dated so that `today` is that day of the taper, counted from 1."""
    draft = parse_plan(_SAMPLE.read_text(encoding="utf-8"), file=_SAMPLE.name)
    tapered, held = draft.medicines
    first = today - (day - 1) * DAY
    return PlanDraft((_starting(tapered, first), _starting(held, first - _HELD_BEFORE * DAY)))


def _starting(medicine: MedicineDraft, start: date) -> MedicineDraft:
    first, *rest = medicine.steps
    return replace(medicine, steps=(replace(first, start=start), *rest))


def make_demo(folder: Path, now: datetime, zone: str, *, day: int = SAMPLE_DAY) -> None:
    """Fill an empty data folder with the sample plan and a history up to now.

    Args:
        folder: the data folder, empty or not there yet.
        now: the instant, with an offset; today is its logical date.
        zone: IANA name of the zone to live in.
        day: the day of the taper that today is, counted from 1; after the 44th it is over.

    Raises:
        ValueError: the folder holds data.
        NotSaved: it can't be written to.
    """
    pages = DeferredFolder(folder)
    if pages.exists():
        raise ValueError(f"{folder} holds data already")
    clock = _Moments(now)
    session = Session(pages, clock, where="sample", machine_zone=zone)
    today = session.reader.today()
    draft = sample_plan(today, day)
    for number in range(1, day + 1):
        when = today - (day - number) * DAY
        clock.at = min(session.reader.calendar.instant(when, _PLANNED_AT), now)
        _plan(session, draft, when)
        moments = _moments(session, when, number, full=number < day)
        for moment in sorted(moments, key=lambda moment: moment.at):
            if moment.at <= now:
                clock.at = moment.at
                moment.do()
        pages.forget_days()
    pages.write()


def _plan(session: Session, draft: PlanDraft, day: date) -> None:
    """Import the plan on the first day, and begin the step that begins on this one."""
    tapered = draft.medicines[0]
    begins = tapered.steps[0].start
    for number, step in enumerate(tapered.steps, start=1):
        if begins == day:
            if number == 1:
                preview = session.plans.preview(draft)
            else:
                found = session.plans.preview(PlanDraft((tapered,)), from_day=day)
                changes = [
                    replace(change, version=replace(change.version, why=f"step {number} begins"))
                    for change in found.changes
                ]
                preview = replace(found, changes=tuple(changes))
            session.plans.apply(preview, allow={"replaces"})
        if begins is not None and step.hold is not None:
            begins += step.hold * DAY


def _moments(session: Session, day: date, number: int, *, full: bool) -> Iterator[_Moment]:
    """What the person does on a day of the taper; unless it is a full one, no more than taking the morning's dose."""
    if number == _NO_RECORD:
        return
    turn = SAMPLE_DAY - number
    doses = [dose.key for dose in session.reader.day(day).doses if full or dose.slot.name == _MORNING]
    for key in doses:
        n = list(_SLOTS).index(key.slot)
        due = session.reader.calendar.instant(day, _SLOTS[key.slot])
        minutes = _TIMES.get((number, key.slot), _SPREAD[(turn * 3 + n) % len(_SPREAD)])
        at = due + timedelta(minutes=minutes, seconds=(turn * 17 + n * 23) % 60)
        if key.medicine == "baclofen":
            yield from _dose(session, key, number, due, at)
        else:  # together with the other one, except where that was early
            later = max(at, due - timedelta(minutes=5)) + timedelta(seconds=25)
            yield _Moment(later, partial(session.record.take, key))
    if full and number in _CHECKINS:
        sleep, onset, awakenings, symptoms, note = _CHECKINS[number]
        at = session.reader.calendar.instant(day, time(8, 40)) + timedelta(minutes=(turn * 7) % 30)
        yield _Moment(
            at,
            lambda: session.record.checkin(
                sleep=sleep, onset_min=onset, awakenings=awakenings, symptoms=symptoms, note=note
            ),
        )


def _dose(session: Session, key: DoseKey, number: int, due: datetime, at: datetime) -> Iterator[_Moment]:
    record, place = session.record, (number, key.slot)
    if place in _SKIPPED:
        yield _Moment(at + timedelta(hours=3), lambda: record.skip(key, reason=_SKIPPED[place]))
        return
    if place in _UNSURE:
        yield _Moment(at + timedelta(hours=4), lambda: record.unsure(key, note=_UNSURE[place]))
        return
    if place in _UNDONE:
        yield _Moment(at - timedelta(minutes=9), lambda: record.take(key))
        yield _Moment(at - timedelta(minutes=8, seconds=40), lambda: record.undo())
    yield _Moment(at, lambda: record.take(key, allow={"early"}))
    if place in _CORRECTED:
        taken = due + timedelta(minutes=_CORRECTED[place])
        yield _Moment(
            at + timedelta(minutes=2),
            lambda: record.take(key, at=taken, exactness="about", allow={"recorded"}),
        )
