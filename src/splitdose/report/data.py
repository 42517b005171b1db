"""What a report speaks of: a range of days with plan and log, read once, then only looked at.

`collect` is the one place where a report touches the session; everything after it is pure. Names are replaced
here, for the whole report at once, so that no writer can let one slip.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from splitdose.core.clock import DAY, Calendar
from splitdose.core.course import Course, StepSpan, course, stated_start, step_spans
from splitdose.core.day import Adherence, Day, adherence, day_of
from splitdose.core.errors import BadInput
from splitdose.core.estimate import Band, HalfLife, estimate, lead, portions_or_reason
from splitdose.core.plan import ON_DATE, Medicine, Plan
from splitdose.report.discreet import Nameless, without_notes
from splitdose.report.formats import Format
from splitdose.report.progress import Progress, quiet
from splitdose.session.reader import Reader
from splitdose.store import Entry

MOST_AHEAD = 366
"""Days a report may reach beyond today: further than that a projection says nothing."""
DAYS_AHEAD_ASKED = 7
"""How many days, today's included, a calendar holds of a plan that the person moves."""

ENDLESS_AHEAD = 92
"""How many days of a plan by date that has no end a calendar holds unasked: calendars slow down over thousands."""


@dataclass(frozen=True)
class Options:
    """What a report leaves out.

    Attributes:
        discreet: medicines become "medicine A", "medicine B"; products are told by strength and form, slots by their
            time, symptoms become "symptom A". Notes and reasons go as well, because they are free text that may
            name anything, unless `notes` asks for them.
        notes: whether the person's own words stay; None is yes, and no in a discreet report.
        titles: whether a calendar names the medicine and the dose in its titles; neutral unless asked for.
    """

    discreet: bool = False
    notes: bool | None = None
    titles: bool = False

    @property
    def keeps_notes(self) -> bool:
        return not self.discreet if self.notes is None else self.notes


@dataclass(frozen=True)
class ReportData:
    """Everything a writer needs.

    Attributes:
        start: first logical date.
        end: the date after the last one.
        now: the instant (UTC) at which all of it was so.
        plan: medicines and calendar.
        days: the dates of [start, end).
        before: the days before them that an estimate needs.
        options: what was left out already.
        entries: the stored documents, for a format that holds them; else empty.
        whole: the range leaves nothing out.
    """

    start: date
    end: date
    now: datetime
    plan: Plan
    days: tuple[Day, ...]
    before: tuple[Day, ...] = ()
    options: Options = Options()
    entries: tuple[Entry, ...] = ()
    whole: bool = True

    @property
    def last(self) -> date:
        """The last logical date."""
        return self.end - DAY

    @property
    def calendar(self) -> Calendar:
        return self.plan.calendar

    @property
    def today(self) -> date:
        """The logical date of now."""
        return self.calendar.date_of(self.now)

    @property
    def zone(self) -> str:
        """IANA name of the zone of the last day."""
        return self.calendar.rules_on(self.last).zone

    @cached_property
    def adherence(self) -> tuple[Adherence, ...]:
        return adherence(self.plan, [day for day in self.days if day.date <= self.today])

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """One for each medicine that has a dose or an intake in the range, in the plan's order."""
        names = dict.fromkeys(medicine.name for medicine in self.plan.medicines)
        names.update(dict.fromkeys(total.medicine for day in self.days for total in day.totals))
        present = {total.medicine for day in self.days for total in day.totals}
        return tuple(course(self.plan, self.days, name) for name in names if name in present)

    def steps(self, medicine: str) -> list[StepSpan]:
        """The steps of its whole course until the last day here, those before the range and before its set-up too."""
        known = self.plan.by_name.get(medicine)
        if known is None:
            return []
        first = min(stated_start(known), self.start)
        return step_spans(known, first, self.end, self.today, self.calendar)

    @property
    def has_checkins(self) -> bool:
        return any(day.checkins for day in self.days)

    def half_life(self, medicine: str) -> HalfLife | None:
        """The person's own figure, hours."""
        known = self.plan.by_name.get(medicine)
        return known.latest.half_life if known is not None else None

    def band(self, medicine: str) -> Band | str:
        """The band of what may remain over the days that have begun, or why there is none."""
        seen = (*self.before, *self.days)
        half_life = self.half_life(medicine)
        given = portions_or_reason(seen, medicine, half_life)
        if half_life is None or isinstance(given, str):
            return str(given)
        begin, end = self.calendar.begin(self.start), min(self.calendar.begin(self.end), self.now)
        return estimate(given, half_life, begin, end)


def collect(
    reader: Reader,
    format_: Format,
    *,
    first: date | None = None,
    last: date | None = None,
    options: Options | None = None,
    progress: Progress = quiet,
) -> ReportData:
    """Read what a report of a range needs.

    Args:
        reader: what is known.
        format_: which decides what is read and how far an open range reaches.
        first: first logical date, or None.
        last: last logical date, inclusive, or None.
        options: what to leave out.
        progress: told how much is read.

    Raises:
        BadInput: the range ends before it begins or reaches too far ahead; the format can't be discreet.
        CannotRead: from the store.
    """
    options = options or Options()
    if first is not None and last is not None and last < first:
        raise BadInput(f"the range ends {last.isoformat()}, before it begins {first.isoformat()}", "swap the dates")
    if format_.whole and (options.discreet or options.notes is False):
        raise BadInput(f"a {format_.name} export holds everything, names and notes too", "choose another format")
    plan, now = reader.plan(), reader.now()
    today = plan.calendar.date_of(now)
    if format_.whole:
        return _whole(reader, plan, now, first, last, progress)
    if last is not None and (last - today).days > MOST_AHEAD:
        raise BadInput(f"{last.isoformat()} is more than {MOST_AHEAD} days ahead", "end the range earlier")
    earliest = earliest_day(reader, plan, today)
    if format_.ahead:
        start = max(first or today, today)
        end = (last or _furthest(plan, today)) + DAY
        earliest = today
    else:
        start = max(first, earliest) if first is not None else min(earliest, last or today)
        end = (last or max(today, start)) + DAY
    if end <= start:
        raise BadInput(
            f"nothing is known until {(end - DAY).isoformat()}", f"the first day there is is {start.isoformat()}"
        )
    reach = max((lead(m.latest.half_life) for m in plan.medicines), default=0 * DAY)
    from_day = start if format_.ahead else max(min(earliest, start), start - reach - DAY)
    seen = list(_days(reader, plan, from_day, end, now, progress))
    split = (start - from_day).days
    data = ReportData(start, end, now, plan, tuple(seen[split:]), tuple(seen[:split]), options)
    return _leaving_out(data)


def _days(reader: Reader, plan: Plan, start: date, end: date, now: datetime, progress: Progress) -> Iterator[Day]:
    """The days of [start, end), read month by month."""
    total = (end - start).days
    day = start
    while day < end:
        progress((day - start).days, total)
        log = reader.log([day])
        month = day.month
        while day < end and day.month == month:
            yield day_of(plan, log, day, now)
            day += DAY
    progress(total, total)


def earliest_day(reader: Reader, plan: Plan, today: date) -> date:
    """The first date a record or a set-up speaks of."""
    found = [medicine.since for medicine in plan.medicines]
    for month in reader.store.months():
        log = reader.log([date(int(month[:4]), int(month[5:]), 1)])
        dates = [i.date for i in log.intakes.values() if log.stands(i.id)]
        dates += [c.date for c in log.checkins.values() if log.stands(c.id)]
        if dates:
            found.append(min(dates))
            break
    return min(found, default=today)


def _furthest(plan: Plan, today: date) -> date:
    """How far ahead a calendar goes unasked: a week, or to the end of what is planned by date, a year at most."""
    week = today + (DAYS_AHEAD_ASKED - 1) * DAY
    dated = [end for m in plan.medicines if (end := _end_by_date(m, today)) is not None]
    projected = [begun.begins.date for m in plan.medicines for begun in m.latest.placed_steps(today) if begun.projected]
    return min(max([week, *dated, *projected]), today + MOST_AHEAD * DAY)


def _end_by_date(medicine: Medicine, today: date) -> date | None:
    version = medicine.latest
    if version.advance != ON_DATE or not version.steps:
        return None
    placed = version.placed_steps(today)
    if not placed:
        return None
    final = version.steps[placed[-1].index]
    if version.end is not None:
        return version.end.date if version.end.slot is not None else version.end.date - DAY
    if final.empty:
        return placed[-1].begins.date - DAY
    return today + ENDLESS_AHEAD * DAY if final.hold is None else placed[-1].begins.date + (final.hold - 1) * DAY


def _leaving_out(data: ReportData) -> ReportData:
    """The same report without what its options leave out."""
    options = data.options
    plan, days, before = data.plan, data.days, data.before
    if not options.keeps_notes:
        plan, days = without_notes(plan, days)
    if options.discreet:
        nameless = Nameless(plan, (*before, *days))
        plan, days, before = nameless.plan(), nameless.days(days), nameless.days(before)
    return ReportData(data.start, data.end, data.now, plan, days, before, options)


def _whole(
    reader: Reader, plan: Plan, now: datetime, first: date | None, last: date | None, progress: Progress
) -> ReportData:
    """The stored documents themselves; of the log those whose logical date lies in the range."""
    journals = ["plan", *(f"log/{month}" for month in reader.store.months())]
    entries: list[Entry] = []
    for done, journal in enumerate(journals):
        progress(done, len(journals))
        found = reader.store.entries(journal)
        entries += found if journal == "plan" else _in_range(found, first, last)
    progress(len(journals), len(journals))
    today = plan.calendar.date_of(now)
    dates = sorted(str(e.document["date"]) for e in entries if "date" in e.document)
    start = first or (date.fromisoformat(dates[0]) if dates else today)
    end = (last or max(today, start)) + DAY
    return ReportData(start, end, now, plan, (), (), Options(), tuple(entries), first is None and last is None)


def _in_range(found: Sequence[Entry], first: date | None, last: date | None) -> Iterable[Entry]:
    """Records of the range, and the voids of those: a record must not come back because its void was left out."""
    if first is None and last is None:
        return found
    low, high = (first or date.min).isoformat(), (last or date.max).isoformat()
    kept = [e for e in found if "date" in e.document and low <= str(e.document["date"]) <= high]
    ids = {entry.id for entry in kept}
    # Of a table without dates nothing is left out but what belongs to records that are.
    return [*kept, *(e for e in found if "date" not in e.document and e.document.get("target", None) in {None, *ids})]
