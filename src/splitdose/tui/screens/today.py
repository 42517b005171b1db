"""Today: the next dose large, all doses of the day, and what was just done."""

from datetime import date, timedelta
from fractions import Fraction

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from splitdose.core.amount import show_count
from splitdose.core.clock import DAY
from splitdose.core.course import since_words
from splitdose.core.day import Day, Dose
from splitdose.core.log import Log
from splitdose.core.piece import NO_PIECES
from splitdose.core.plan import AS_NEEDED, DoseKey, Medicine, Plan
from splitdose.core.plan_wording import fork_short_words, fork_words, review_words, where_words
from splitdose.core.showing import show_dose, show_sum, show_taken
from splitdose.core.wording import clock_words, joined, taken_time_words, weekday_words
from splitdose.store import StoreError
from splitdose.tui import recording
from splitdose.tui.commands import bindings
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.terminal import key_times
from splitdose.tui.terminal.key_times import REPEAT_SECONDS, SETTLE_SECONDS
from splitdose.tui.widgets.bars import TextLines
from splitdose.tui.widgets.dose_list import DoseList, DoseRow
from splitdose.tui.widgets.fit import MUTED
from splitdose.tui.widgets.key_line import key_of
from splitdose.tui.widgets.next_dose import NextPanel, PanelState, last_words

LOOK_BACK = 7 * DAY
"""How long ago the last of what is taken as needed may be to be told."""
NOTHING_PLANNED = "No dose is planned. {week} shows the week, {extra} records what was taken."
ALL_ARCHIVED = "Every medicine is archived. {plan} shows them; {extra} records what was taken."
LOW = 14
"""Fewer lines than these have no room for more than one line below the list."""
FOLLOW_AFTER_SECONDS = 120.0
"""So long after the cursor was last moved by hand, the panel goes back to following the next dose."""


class TodayScreen(MainScreen):
    """The screen that stays open all day."""

    NAME = "today"
    BINDINGS = bindings("today")

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[DoseRow] = []
        self._named: DoseKey | None = None
        self._changed_at = 0.0
        self._pressed_at = float("-inf")
        self._moved_at = float("-inf")

    def compose_body(self) -> ComposeResult:
        yield NextPanel(id="panel")
        with Vertical(id="doses"):
            yield DoseList(id="list")
        yield TextLines(id="facts")
        yield TextLines(id="done")

    def on_mount(self) -> None:
        self.query_one(DoseList).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    # Drawing

    def draw_body(self) -> None:
        reader = self.session.reader
        now, plan = reader.now(), reader.plan()
        calendar = plan.calendar
        today = calendar.date_of(now)
        doses = reader.on_screen()
        self._rows = [
            DoseRow(d, older=_older_words(d.date, today), held=self._held(plan.by_name.get(d.medicine), d))
            for d in doses
        ]
        chosen = self._choose(doses)
        panel = self.query_one(NextPanel)
        if chosen is None or chosen.key != self._named:
            self._changed_at = key_times.moment()
        self._named = chosen.key if chosen is not None else None
        dose_list = self.query_one(DoseList)
        dose_list.show(self._rows, now, calendar, ascii_only=self.ascii_only)
        index = next((n for n, row in enumerate(self._rows) if row.dose.key == self._named), None)
        if dose_list.highlighted != index:
            with self.prevent(OptionList.OptionHighlighted):
                dose_list.highlighted = index
        panel.state = self._panel(chosen, doses)
        done = self.program.done
        # In a very low terminal what was done last, with its undo, stands in the place of the day's sums.
        asked = self._evening_question()
        facts = [] if done and self.size.height < LOW else self._facts(chosen)
        self.query_one("#facts", TextLines).lines = (
            *((line, "$text-warning") for line in self._fork_lines(plan)),
            *((line, MUTED) for line in facts),
            *([(asked, "$text-accent")] if asked else []),
        )
        self.query_one("#done", TextLines).lines = ((done, "$text-success"),) if done else ()

    def _choose(self, doses: list[Dose]) -> Dose | None:
        """The dose the panel names: the one under a cursor moved lately, else the next."""
        by_hand = key_times.moment() - self._moved_at < FOLLOW_AFTER_SECONDS
        if by_hand and self._named is not None:
            found = next((d for d in doses if d.key == self._named), None)
            if found is not None:
                return found
        return self.session.reader.next_dose()

    def _panel(self, dose: Dose | None, doses: list[Dose]) -> PanelState:
        reader = self.session.reader
        now, calendar = reader.now(), reader.calendar
        if dose is None:
            return PanelState(now=None, empty=self._nothing_words(reader.plan()))
        log = reader.log([dose.date - timedelta(days=1), dose.date, reader.today()])
        taken = log.taken_between(dose.medicine, now - timedelta(days=7), now + timedelta(seconds=1))
        last = taken[-1] if taken and taken[-1].at is not None else None
        until = self.session.reminders.snoozed_until(dose)
        snoozed = f"snoozed until {clock_words(until, calendar)}" if until is not None else ""
        others = sum(d.open for d in doses) - 1 if dose.open else 0
        return PanelState(
            dose=dose, now=now, calendar=calendar,
            last=last_words((show_dose(last.pieces, ascii_only=self.ascii_only), last.at), now, calendar)
            if last is not None and last.at is not None else "",
            gone=self._gone(dose, log, without=dose.key), snoozed=snoozed, others=max(0, others),
            ascii_only=self.ascii_only, take=self.program.key("today.take"),
            take_all=self.program.key("today.take-all"),
        )  # fmt: skip

    def _nothing_words(self, plan: Plan) -> str:
        """What stands in the panel where no dose is to come."""
        archived = bool(plan.medicines) and all(medicine.latest.archived for medicine in plan.medicines)
        key = self.program.key
        return (ALL_ARCHIVED if archived else NOTHING_PLANNED).format(
            week=key("screen.week"), plan=key("screen.plan"), extra=key("dose.extra")
        )

    def _gone(self, dose: Dose, log: Log, *, without: DoseKey | None) -> Fraction:
        """How much of a dose's product was taken on its day, one dose left out."""
        if len(dose.pieces) != 1:
            return Fraction(0)
        product = dose.pieces[0].product.name
        gone = Fraction(0)
        intakes = [*log.fills_on(dose.date), *log.extras_on(dose.date)]
        for intake in intakes:
            if (
                intake.medicine == dose.medicine
                and intake.kind in ("taken", "extra")
                and (without is None or intake.key != without)
            ):
                gone += sum((p.count for p in intake.pieces if p.product.name == product), Fraction(0))
        return gone

    def _held(self, medicine: Medicine | None, dose: Dose) -> str:
        """ "held 68 days" for a medicine whose last step just goes on."""
        if medicine is None:
            return ""
        version, today = medicine.latest, self.session.reader.today()
        current = version.current(today, self.session.reader.calendar)
        if current is None or version.steps[current.index].hold is not None or current.index != len(version.steps) - 1:
            return ""
        days = (dose.date - current.begins.date).days
        return f"held {days} days" if days > 0 else ""

    def _facts(self, dose: Dose | None) -> list[str]:
        reader = self.session.reader
        plan, today = reader.plan(), reader.today()
        day = reader.day(today)
        facts = [] if dose is None else [self._sum_words(dose, day, plan)]
        reviews = [(m, review_words(m, today, reader.calendar)) for m in plan.medicines]
        key = key_of(self.app, "screen.plan")
        facts += [f"{m.name}: {words} · {key} shows the plan" for m, words in reviews if words]
        facts += [f"{m.name}: {since_words(since)}" for m, since in reader.lately_finished()]
        facts += self._extra_words(day, plan)
        duplicates = [d for d in day.doses if d.duplicates]
        if duplicates:
            facts.append(
                f"recorded twice: {joined([f'{d.medicine} {d.slot.name}' for d in duplicates])}; the first counts"
            )
        return facts

    def _fork_lines(self, plan: Plan) -> list[str]:
        """A line for each plan that two devices changed, as long as there is room for, until the person has chosen."""
        keys = f"{key_of(self.app, 'screen.plan')} then {key_of(self.app, 'plan.versions')}"
        lines = []
        for medicine in (m for m in plan.medicines if m.forked):
            full, short = fork_words(medicine, plan.calendar), fork_short_words(medicine)
            words = [f"{each} · {keys} to choose" for each in (full, short, short.partition(":")[0])]
            words.append(f"{keys}: {short}")
            lines.append(next((each for each in words if len(each) <= self.size.width - 4), words[-1]))
        return lines

    def _extra_words(self, day: Day, plan: Plan) -> list[str]:
        """ "extra: baclofen 5 mg 15:30"; of what is taken as needed, how much today and when last."""
        reader, calendar = self.session.reader, plan.calendar
        needed = [m for m in plan.medicines if m.latest.advance == AS_NEEDED and not m.latest.archived]
        names = {m.name for m in needed}
        taken = [
            f"{e.medicine} {show_dose(e.pieces, ascii_only=self.ascii_only)} {taken_time_words(e, day.date, calendar)}"
            for e in day.extras
            if e.medicine not in names
        ]
        facts = [f"extra: {', '.join(taken)}"] if taken else []
        log = reader.log([day.date - n * DAY for n in range(LOOK_BACK.days + 1)] if needed else [])
        for medicine in needed:
            found = log.taken_between(medicine.name, day.now - LOOK_BACK, day.now + timedelta(seconds=1))
            if found and found[-1].at is not None:
                amount = show_dose(found[-1].pieces, ascii_only=self.ascii_only)
                had = next((t.taken_pieces for t in day.totals if t.medicine == medicine.name), NO_PIECES)
                today = f"{show_sum(had, ascii_only=self.ascii_only)} today, " if had else ""
                facts.append(f"{medicine.name}: {today}{last_words((amount, found[-1].at), day.now, calendar)}")
        return facts

    def _sum_words(self, dose: Dose, day: Day, plan: Plan) -> str:
        """ "baclofen 5 of 20 mg today · step 8 of 12, day 2 of 4 · today's tablet: ¼ taken, ¾ left"."""
        medicine = plan.by_name.get(dose.medicine)
        parts = []
        total = next((t for t in day.totals if t.medicine == dose.medicine), None)
        if total is not None:
            sums = show_taken(total.taken_pieces, total.planned_pieces, ascii_only=self.ascii_only)
            parts.append(f"{dose.medicine} {sums} today")
        else:
            parts.append(dose.medicine)
        if medicine is not None:
            parts.append(where_words(medicine, day.date, plan.calendar))
        parts.append(self._tablet_words(dose))
        return " · ".join(part for part in parts if part)

    def _tablet_words(self, dose: Dose) -> str:
        if len(dose.pieces) != 1 or dose.pieces[0].product.unit != "tablet" or dose.pieces[0].count.denominator == 1:
            return ""
        gone = self._gone(dose, self.session.reader.log([dose.date]), without=None) % 1
        if not gone:
            return ""
        shown = (
            show_count(gone, ascii_only=self.ascii_only),
            show_count(1 - gone, ascii_only=self.ascii_only),
        )
        return f"today's tablet: {shown[0]} taken, {shown[1]} left"

    def _evening_question(self) -> str:
        """The optional question of the evening, until there is a check-in after its time."""
        reader, wanted = self.session.reader, self.program.settings.evening_question
        if wanted is None:
            return ""
        due = reader.calendar.instant(reader.today(), wanted)
        if reader.now() < due or any(checkin.at >= due for checkin in reader.day().checkins):
            return ""
        return f"How was your day? {self.program.key('check-in')} checks in (= no change)"

    # Acting

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._rows):
            self._move_to(event.option_index)

    def _move_to(self, index: int) -> None:
        key = self._rows[index].dose.key
        self._moved_at = key_times.moment()
        if key != self._named:
            self._named = key
            self._changed_at = key_times.moment()
            self.draw()

    def action_cursor(self, by: int) -> None:
        if self._rows:
            at = next((n for n, row in enumerate(self._rows) if row.dose.key == self._named), None)
            self._move_to(max(0, min(len(self._rows) - 1, at + by)) if at is not None else 0)

    def named(self) -> Dose | None:
        """The dose the panel names, as it stands now."""
        if self._named is None:
            return None
        try:
            return self.session.reader.dose(self._named)
        except StoreError:
            # As it stood when it was drawn: what is to be recorded is then told as not saved, and kept to be retried.
            return next((row.dose for row in self._rows if row.dose.key == self._named), None)

    def follow(self) -> None:
        """Let the panel follow the next dose again."""
        self._moved_at = float("-inf")

    async def on_next_panel_take(self) -> None:
        await self._take(key_times.moment())

    async def action_take(self) -> None:
        # Also of a key that went to a dialog before: its last Enter, held or pressed twice, is not meant for the dose.
        await self._take(self.program.pressed_at(), again=self.program.pressed_again_within(REPEAT_SECONDS))

    async def _take(self, now: float, *, again: bool = False) -> None:
        """Record the named dose on a press that came in at `now`, if it was meant."""
        held = again or now - self._pressed_at < REPEAT_SECONDS
        self._pressed_at = max(now, self._pressed_at)
        if held or now - self._changed_at < SETTLE_SECONDS:
            return
        dose = self.named()
        if dose is not None:
            await self.begin(recording.take_now(self.program, dose))

    async def action_time(self) -> None:
        if (dose := self.named()) is not None:
            await self.begin(recording.time_of(self.program, dose))

    async def action_take_all(self) -> None:
        doses = [row.dose for row in self._rows if row.dose.open]
        if len(doses) == 1:
            await self.begin(recording.take(self.program, doses[0]))
        elif doses:
            await self.begin(recording.take_all(self.program, doses))
        else:
            self.program.say("no dose is due")


def _older_words(day: date, today: date) -> str:
    """Which day before today: "yest.", "Thu 4"; "" for today."""
    return "" if day == today else "yest." if day == today - DAY else weekday_words(day)
