"""Reading: plan and log from the store, joined into days, always as they stand on disk now.

What was read is kept until its file changes, here or in another window; the plan until any file does.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from splitdose.core.amount import quote
from splitdose.core.clock import DAY, Calendar, Rules
from splitdose.core.course import SinceLast, nothing_since, since_last
from splitdose.core.day import Day, Dose, Week, day_of, dose_of, next_dose, week_of
from splitdose.core.errors import BadInput
from splitdose.core.history import Made, beside, ordered, undone_below
from splitdose.core.log import CheckIn, Intake, Log, Record
from splitdose.core.names import same_name
from splitdose.core.plan import DoseKey, Medicine, Plan, ScheduledDose, Version, days
from splitdose.core.remind import CLOCK_SLACK
from splitdose.core.upcoming import days_back, missed_dose, next_dosing_day
from splitdose.store import Damage, DataFolder, PlanRecord, ReminderRecord, StoreError
from splitdose.store.record import month_of

Clock = Callable[[], datetime]
LATELY = 60 * DAY
"""So long the time since the last dose of a finished plan is still told, unless the medicine is archived before."""


def _newest(logs: Mapping[tuple[str, ...], Log]) -> datetime | None:
    """When the newest record that stands in any of these was made; a review of years is not looked through for it."""
    near = (log.newest_unvoided() for months, log in logs.items() if len(months) <= 3)
    return max((record.recorded_at for record in near if record is not None), default=None)


class Reader:
    """All that can be known at this moment.

    Errors from the store pass through: `CannotRead` means that existing data can't be read.
    """

    def __init__(self, store: DataFolder, clock: Clock, machine_zone: str) -> None:
        self.store = store
        self._clock = clock
        self.machine_zone = machine_zone
        self._marks: Mapping[str, Hashable] | None = None
        self._held = 0
        self._held_at: datetime | None = None
        self._days: dict[date, Day] = {}  # of the snapshot
        self._duplicates: tuple[object, list[Dose]] | None = None
        self._plan_record: PlanRecord | None = None
        self._plan: Plan | None = None
        self._histories: Mapping[str, Sequence[Made]] = {}
        self._reminder_record: ReminderRecord | None = None
        self._months: dict[str, list[Record]] = {}
        self._names: dict[str, str] = {}
        self._newest_before: datetime | None = None  # what was known when the logs were last dropped
        self._logs: dict[tuple[str, ...], Log] = {}
        self._units: dict[str, str] = {}  # in which the logs that were read tell each medicine's mass

    def now(self) -> datetime:
        """The instant (UTC); in a snapshot, that at which it began."""
        return self._held_at or self._clock().astimezone(UTC)

    def refresh(self) -> bool:
        """Forget what was read of files that changed since; says whether any did."""
        file_stamps = self.store.file_stamps()
        before, self._marks = self._marks or {}, file_stamps
        if file_stamps == before:
            return False
        self._days = {}
        same = {journal.removeprefix("log/") for journal, mark in file_stamps.items() if mark == before.get(journal)}
        # A plan that isn't there is missed, or not, by what else there is; a month without a file is read in no time.
        if "plan" not in same or self._plan_record is None or not self._plan_record.rules:
            self._plan_record = self._plan = None
        if "state" not in same:
            self._reminder_record = None
        self._months = {month: records for month, records in self._months.items() if month in same}
        self._newest_before = _newest(self._logs) if self._logs else self._newest_before
        self._logs = {months: log for months, log in self._logs.items() if same.issuperset(months)}
        return True

    @contextmanager
    def file_snapshot(self) -> Iterator[None]:
        """Look now at the clock and whether files have changed, and not again before each answer asked for inside.

        For what asks much at once and writes nothing: at ten years a look is at 120 files, and most of what a screen
        shows asks for the same few days, of which each is made once.
        """
        if not self._held:
            self.refresh()
            self._held_at = self.now()
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if not self._held:
                self._held_at, self._days = None, {}

    def _look(self) -> None:
        if not self._held:
            self.refresh()

    def fingerprint(self) -> Hashable:
        """Another value as soon as any file has changed; cheap enough to ask every second."""
        return tuple(self._marks.items()) if self._held and self._marks is not None else self.store.fingerprint()

    def plan(self) -> Plan:
        """All medicines and the calendar; without any set-up, no medicines in the machine's zone."""
        self._look()
        if self._plan is None:
            self._plan = self._read_plan()
        return self._plan

    def plan_record(self) -> PlanRecord:
        """The plan as it is kept: undone versions, old names and answers about the zone too."""
        self._look()
        if self._plan_record is None:
            self._plan_record = self.store.plan_record()
        return self._plan_record

    def _read_plan(self) -> Plan:
        kept = self.plan_record()
        calendar = Calendar(kept.rules or [Rules(date(2000, 1, 1), self.machine_zone)])
        self._follow_names(kept)
        versions = {found.version.id: found.version for found in kept.versions if found.version is not None}
        since: dict[str, date] = {}
        made: dict[str, list[Made]] = {}
        for found in kept.versions:
            name = self.name_now(found.medicine)
            since[name] = min(found.since, since.get(name, found.since))
            made.setdefault(name, []).append(found.made)
        self._histories = {name: ordered(each) for name, each in made.items()}
        medicines = [
            Medicine(
                name, since[name],
                tuple(_numbered(versions[each.id], each.number) for each in history if each.stands),
                beside(history, kept.choices),
                _numbers(history, undone_below(history, kept.choices)),
            )
            for name, history in self._histories.items() if any(each.stands for each in history)
        ]  # fmt: skip
        return Plan(calendar, tuple(medicines))

    def history(self, medicine: str) -> Sequence[Made]:
        """Every version of a medicine's plan in the order in which they rule, undone ones too."""
        self.plan()
        return self._histories.get(medicine, ())

    def _follow_names(self, kept: PlanRecord) -> None:
        """What medicines are called now; what was read under other names is read anew."""
        names: dict[str, str] = {}
        for old, new in kept.renames:
            names = {name: new if now == old else now for name, now in names.items()}
            names[names.get(old, old)] = names[old] = new
        if names != self._names:
            self._names = names
            self._months, self._logs = {}, {}

    def name_now(self, name: str) -> str:
        """What a medicine is called now that was kept under a name; it may have been renamed since."""
        return self._names.get(name, name)

    def reminder_record(self) -> ReminderRecord:
        """What was sent and snoozed, in this window and elsewhere."""
        self._look()
        found = self._reminder_record or self.store.reminder_record()
        self._reminder_record = None if found.trouble else found  # what can't be read is tried again each time
        return found

    @property
    def has_rules(self) -> bool:
        """Whether zone and day start are kept already."""
        return bool(self.plan_record().rules)

    @property
    def calendar(self) -> Calendar:
        return self.plan().calendar

    def today(self) -> date:
        """The logical date of now."""
        return self.calendar.date_of(self.now())

    def log(self, dates: Iterable[date]) -> Log:
        """The log of the months of some logical dates."""
        self.plan()  # knows what medicines are called now
        wanted = tuple(sorted({month_of(day) for day in dates}))
        if (units := self._medicine_units()) != self._units:
            self._units, self._logs = units, {}
        found = self._logs.get(wanted)
        if found is None:
            found = self._logs[wanted] = Log(
                self._in_its_unit(record) for month in wanted for record in self._records(month)
            )
        return found

    def _medicine_units(self) -> dict[str, str]:
        """The unit of mass in which each medicine is told; none are known where the plan can't be read."""
        try:
            return {m.name: m.unit for m in self.plan().medicines if m.unit is not None}
        except StoreError:
            return {}

    def _in_its_unit(self, record: Record) -> Record:
        """A record with its amounts told as all of its medicine is, whatever the product's label of that day says."""
        unit = self._units.get(record.medicine) if isinstance(record, Intake) else None
        if unit is None or not isinstance(record, Intake):
            return record
        pieces, planned = record.pieces.told_in(unit), record.planned
        if planned is not None and (asked := planned.pieces.told_in(unit)) is not planned.pieces:
            planned = replace(planned, pieces=asked)
        if pieces is record.pieces and planned is record.planned:
            return record
        return replace(record, pieces=pieces, planned=planned)

    def whole_log(self) -> Log:
        """Every month there is."""
        return self.log(date(int(month[:4]), int(month[5:]), 1) for month in self.store.months())

    def newest_unvoided(self, where: str | None = None) -> Intake | CheckIn | None:
        """The newest record that is not undone, by recording time; `where` narrows to one window.

        Reads only the months that may hold it: seldom more than one.
        """
        store = self.store
        wanted = set(store.months() if where is None else store.months_with(where))
        limits = {month: _limit(text) for month, text in store.latest("recorded_at").items() if month in wanted}
        found: Intake | CheckIn | None = None
        for month in sorted(limits, key=lambda month: (limits[month], month), reverse=True):
            if found is not None and found.recorded_at > limits[month]:
                break
            here = self.log([date(int(month[:4]), int(month[5:]), 1)]).newest_unvoided(where=where)
            if here is not None and (found is None or (here.recorded_at, here.id) > (found.recorded_at, found.id)):
                found = here
        return found

    def log_with(self, record_id: str) -> Log:
        """The log of the months in which a record's id stands."""
        return self.log(date(int(month[:4]), int(month[5:]), 1) for month in self.store.months_with(record_id))

    def _records(self, month: str) -> list[Record]:
        found = self._months.get(month)
        if found is None:
            found = [self._named_now(record) for record in self.store.log_records(month)]
            self._months[month] = found
        return found

    def _named_now(self, record: Record) -> Record:
        if isinstance(record, Intake) and record.medicine in self._names:
            return replace(record, medicine=self._names[record.medicine])
        return record

    def day(self, day: date | None = None) -> Day:
        """A logical date, today's unless said otherwise."""
        return self._days_of([day or self.today()])[0]

    def days(self, start: date, end: date) -> list[Day]:
        """The logical dates of [start, end)."""
        return self._days_of(days(start, end))

    def _days_of(self, wanted: Sequence[date]) -> list[Day]:
        if any(day not in self._days for day in wanted):
            plan, log, now = self.plan(), self.log(wanted), self.now()
            found = {day: self._days.get(day) or day_of(plan, log, day, now) for day in wanted}
            if not self._held:
                return list(found.values())
            self._days |= found
        return [self._days[day] for day in wanted]

    def week(self, of: date | None = None, *, first_weekday: int = 0) -> Week:
        """The calendar week that holds a date; `first_weekday` is 0 for Monday."""
        of = of or self.today()
        start = of - ((of.weekday() - first_weekday) % 7) * DAY
        return week_of(self.plan(), self.days(start, start + 7 * DAY))

    def around(self) -> list[Day]:
        """Yesterday, today and tomorrow."""
        today = self.today()
        return self.days(today - DAY, today + 2 * DAY)

    def next_dose(self, medicine: str | None = None) -> Dose | None:
        """The oldest due or late dose, else the first upcoming one, however far ahead; of one medicine, or of any."""
        found = next_dose(self.around(), medicine)
        plan, today = self.plan(), self.today()
        wanted = [m for m in plan.medicines if medicine in (None, m.name)]
        day: date | None = today + DAY
        while found is None and day is not None:
            following = (next_dosing_day(m, day, today, plan.calendar) for m in wanted)
            day = min((found_on for found_on in following if found_on is not None), default=None)
            found = next_dose([self.day(day)], medicine) if day is not None else None
        return found

    def lately(self, medicine: str) -> list[Day]:
        """The days up to today, since yesterday at least, that hold the newest dose of a medicine that has passed."""
        plan, today = self.plan(), self.today()
        known = plan.by_name.get(medicine)
        back = 1 if known is None else days_back(known, today, plan.calendar)
        return self.days(today - back * DAY, today + DAY)

    def missed(self, medicine: str, slot: str | None = None) -> Dose | None:
        """The newest dose of a medicine, or of one slot, where it passed without a record: see `missed_dose`."""
        return missed_dose(self.lately(medicine), medicine, slot)

    def all_missed(self) -> list[Dose]:
        """That dose of each medicine that is in use and has one, the newest first."""
        return sorted(self._missed_of(self.plan().medicines), key=lambda dose: dose.due, reverse=True)

    def _missed_of(self, medicines: Iterable[Medicine]) -> Iterator[Dose]:
        """The missed dose of each of some medicines, archived ones left out."""
        plan, today = self.plan(), self.today()
        back = {m.name: days_back(m, today, plan.calendar) for m in medicines if not m.latest.archived}
        if not back:
            return
        over = self.days(today - max(back.values()) * DAY, today + DAY)
        for name, days_ago in back.items():
            missed = missed_dose(over[-1 - days_ago :], name)
            if missed is not None:
                yield missed

    def open_doses(self) -> list[Dose]:
        """Every due or late dose, oldest first."""
        return sorted((d for day in self.around() for d in day.doses if d.open), key=lambda d: d.due)

    def on_screen(self) -> list[Dose]:
        """What Today lists: today's doses, and what was missed on top.

        Yesterday's doses without a record stay until the first of today is due; the missed one of a medicine that has
        no dose today stays until one of its doses comes, or is recorded.
        """
        today = self.today()
        yesterday, now_day = self.days(today - DAY, today + DAY)
        first = min((dose.due for dose in now_day.doses), default=None)
        older: list[Dose] = []
        if first is None or self.now() < first:
            older = [d for d in yesterday.doses if d.state == "unrecorded" and d.tracked]
        listed = {dose.medicine for dose in (*older, *now_day.doses)}
        older += self._missed_of(m for m in self.plan().medicines if m.name not in listed)
        return [*sorted(older, key=lambda dose: dose.due), *now_day.doses]

    def planned_now(self, key: DoseKey) -> ScheduledDose | None:
        """What the plan as it stands asks for in one slot of one date, whatever a record keeps of it."""
        return self.plan().dose(key, self.today())

    def zone_named(self, day: date) -> str:
        """ " Europe/Berlin time" where the machine is in another zone than the record on a date, else ""."""
        zone = self.calendar.rules_on(day).zone
        return "" if zone == self.machine_zone else f" {zone} time"

    def lately_finished(self) -> list[tuple[Medicine, SinceLast]]:
        """Medicines in use whose plan has asked for nothing for at most `LATELY`, with the time since the last dose.

        One that still has a dose open, or no record of its last days, is not among them.
        """
        plan, today = self.plan(), self.today()
        found = []
        for medicine in plan.medicines:
            ended = nothing_since(medicine, today, plan.calendar)
            if ended is None or medicine.latest.archived or today - ended > LATELY:
                continue
            over = self.days(ended - 7 * DAY, today + DAY)
            waits = any(dose.open for day in over[-2:] for dose in day.doses if dose.medicine == medicine.name)
            since = None if waits else since_last(over, medicine.name, self.now())
            if since is not None:
                found.append((medicine, since))
        return found

    def duplicates(self) -> list[Dose]:
        """Doses of the last seven days with a second record that nobody has settled, as they were when it was seen.

        Cheap to ask every second: it looks for them when plan, log or date have changed.
        """
        today = self.today()
        start, end = today - 6 * DAY, today + DAY
        read = (self.plan(), self.log(days(start, end)), today)
        if self._duplicates is None or self._duplicates[0] != read:
            self._duplicates = read, [d for day in self.days(start, end) for d in day.doses if d.duplicates]
        return self._duplicates[1]

    def dose(self, key: DoseKey) -> Dose | None:
        """One dose by what it is known by."""
        return dose_of(self.plan(), self.log([key.date]), key, self.now())

    def find_medicine(self, name: str) -> Medicine:
        """A medicine by name, in any spelling where that is clear, or by one it had before. Raises BadInput."""
        plan = self.plan()
        found = self.known_as(name)
        if found is not None:
            return plan.by_name[found]
        known = ", ".join(quote(m.name) for m in plan.medicines)
        raise BadInput(
            f"unknown medicine {quote(name)}",
            f"the medicines are: {known}" if known else "import a plan first: splitdose plan import FILE",
        )

    def known_as(self, name: str) -> str | None:
        """The medicine that a name means: in any spelling, or by a name it had before; None where there is none."""
        medicines = self.plan().by_name
        before = {old: now for old, now in self._names.items() if now in medicines and old not in medicines}
        found = same_name(name, medicines) or same_name(name, before)
        return None if found is None else before.get(found, found)

    def find_slot(self, medicine: Medicine, name: str, day: date) -> str:
        """A slot's name as it is kept, in any case where that is clear. Raises BadInput."""
        names = [slot.name for slot, _ in medicine.slots_on(day, self.calendar)]
        names += [d.slot.name for d in self.day(day).doses if d.medicine == medicine.name and d.slot.name not in names]
        if (found := same_name(name, names)) is not None:
            return found
        known = ", ".join(quote(n) for n in names)
        raise BadInput(
            f"unknown slot {quote(name)} of {quote(medicine.name)} on {day.isoformat()}",
            f"the slots are: {known}" if known else "it has no slots that day",
        )

    def recorded_ahead(self) -> datetime | None:
        """When the newest record that stands was made, where that is still to come: the clock is wrong, or was.

        Looks at what was read already, and at months that are still to come, which there are only then.
        """
        this = month_of(self.today())
        last = max(self.store.months(), default=this)
        if last > this:
            self.log([date(int(last[:4]), int(last[5:]), 1)])
        newest = _newest(self._logs) if self._logs else self._newest_before
        return newest if newest is not None and newest > self.now() + CLOCK_SLACK else None

    def zone_differs(self) -> str | None:
        """The machine's zone where it is another one than the record's and the person was not asked yet."""
        kept = self.calendar.latest.zone
        if not self.has_rules or self.machine_zone == kept:
            return None
        return None if self.machine_zone in self.plan_record().kept_zones else self.machine_zone

    def damage(self) -> list[Damage]:
        """Lines of the files read so far that were set aside."""
        return self.store.damage()


def _numbers(history: Sequence[Made], ids: Collection[str]) -> tuple[int, ...]:
    return tuple(made.number for made in history if made.id in ids)


def _numbered(version: Version, number: int) -> Version:
    """A version with the number it has among all that there are; nearly always the one it was kept with."""
    return version if version.number == number else replace(version, number=number)


def _limit(text: str) -> datetime:
    """What no instant of a month lies after, by the greatest of their texts; offsets differ by less than a day."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) + DAY
    except (ValueError, OverflowError):  # none, or a damaged one
        return datetime.max.replace(tzinfo=UTC)
