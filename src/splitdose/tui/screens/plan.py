"""Plan: one medicine's steps with their dates and changes, and what a person may decide about them.

Every change is made by the session, shown before it is done, and done on one key. The screen knows no rule of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList, Static

from splitdose.core.change import StepOpen
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import AS_NEEDED, ASK, MAX_HOLD, ON_DATE, DosePoint, Medicine, Step
from splitdose.core.plan_wording import endless_words, waiting_words
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.showing import echo
from splitdose.core.wording import day_words
from splitdose.planfile import read_plan_file
from splitdose.session import Change, Refused
from splitdose.store import StoreError
from splitdose.tui.commands import Command, bindings, commands
from splitdose.tui.dialogs.plan_change import ChangeScreen, MedicineChange
from splitdose.tui.dialogs.prompts import Confirm, FormDialog, TextPrompt
from splitdose.tui.dialogs.versions import WHEN_HINT, Picker, VersionsScreen, point_words, read_from
from splitdose.tui.editors.past import PastEditor, PastStep
from splitdose.tui.editors.plan import ProductEditor, SlotsEditor, StepEditor, StepPlace
from splitdose.tui.editors.reading import (
    HALF_LIFE_HINT,
    draft_of,
    half_life_text,
    half_life_words,
    read_half_life,
    read_whole,
    read_yes,
    with_advance,
    with_product,
    without_step,
)
from splitdose.tui.plan_words import (
    StepRow,
    advance_words,
    begins_words,
    dosing_now,
    pause_on,
    split_words,
    step_rows,
    step_words,
    totals_words,
    where_words,
)
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.widgets.bars import TextLines
from splitdose.tui.widgets.fit import MUTED, clip
from splitdose.tui.widgets.step_list import StepList, table

AGREED = frozenset({"replaces", "changes_past", "day_sum", "same_name"})
"""What a yes to a preview allows: all of it was shown."""
LOW = 14
"""Fewer lines than these show the table and where the person stands, nothing else."""


class MedicineTabs(Widget):
    """The medicines by name, the shown one marked; a click shows another."""

    names: reactive[tuple[str, ...]] = reactive(())
    at: reactive[int] = reactive(0)

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, at: int) -> None:
            self.at = at
            super().__init__()

    def _shown(self) -> list[tuple[int, str]]:
        """The names that fit, the shown one among them."""
        width = max(8, self.content_size.width - 4)
        first = 0
        while True:
            shown: list[tuple[int, str]] = []
            used = 0
            for n in range(first, len(self.names)):
                name = clip(self.names[n], min(24, width))
                used += cell_len(name) + 3
                if used > width + 3 and shown:
                    break
                shown.append((n, name))
            if not shown or shown[-1][0] >= self.at:
                return shown
            first += 1

    def render(self) -> RenderResult:
        shown = self._shown()
        parts = [Content("… ")] if shown and shown[0][0] else []
        for place, (n, name) in enumerate(shown):
            if place:
                parts.append(Content("   "))
            here = n == self.at
            parts.append(Content.styled(name, "bold underline $text-accent" if here else MUTED))
        if shown and shown[-1][0] < len(self.names) - 1:
            parts.append(Content.styled(" …", MUTED))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        shown = self._shown()
        x = offset.x - (2 if shown and shown[0][0] else 0)
        for n, name in shown:
            if 0 <= x < cell_len(name):
                self.post_message(self.Chosen(n))
            x -= cell_len(name) + 3


class PlanScreen(MainScreen):
    """One medicine's plan at a time."""

    NAME = "plan"
    names_doses = False
    BINDINGS = [  # noqa: RUF012 (as the other screens have it)
        *bindings("plan"),
        # No dose is named here: what records one elsewhere does nothing.
        Binding("t,s,x,z", "nothing", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._medicine: str | None = None
        self._rows: list[StepRow] = []
        self._at: dict[str, int] = {}
        self._done = ""
        self._centred = ""

    def compose_body(self) -> ComposeResult:
        yield MedicineTabs(id="plan-names")
        yield TextLines(id="plan-where")
        yield Static(id="plan-head", markup=False)
        with Vertical(id="plan-steps"):
            yield StepList(id="steps")
        yield TextLines(id="plan-step")
        yield TextLines(id="plan-done")

    def bar_commands(self) -> tuple[Command, ...]:
        return tuple(commands("plan") + [c for c in commands("everywhere") if c.id in ("help", "quit")])

    def on_mount(self) -> None:
        self.query_one(StepList).focus()

    def on_resize(self) -> None:
        self._centred = ""
        self.call_after_refresh(self.draw)

    # What is shown

    def _medicines(self) -> list[Medicine]:
        """Those in use first, in the plan's order, then the archived."""
        return sorted(self.session.reader.plan().medicines, key=lambda m: m.latest.archived)

    def shown(self) -> Medicine | None:
        """The medicine on screen."""
        medicines = self._medicines()
        return next((m for m in medicines if m.name == self._medicine), medicines[0] if medicines else None)

    def row(self) -> StepRow | None:
        """The step under the cursor."""
        at = self.query_one(StepList).highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def draw_body(self) -> None:
        reader = self.session.reader
        today, calendar = reader.today(), reader.calendar
        medicines, medicine = self._medicines(), self.shown()
        strip = self.query_one(MedicineTabs)
        strip.names = tuple(f"{m.name} (archived)" if m.latest.archived else m.name for m in medicines)
        if medicine is None:
            self._rows = []
            self.query_one(StepList).show([])
            return
        self._medicine = medicine.name
        strip.at = next(n for n, m in enumerate(medicines) if m.name == medicine.name)
        version = medicine.latest
        self._rows = step_rows(version, today, calendar)
        steps = self.query_one(StepList)
        width = max(20, self.size.width - 5)
        head, lines = table(self._rows, version.ordered_slots(calendar, today), width, ascii_only=self.ascii_only)
        self.query_one("#plan-head", Static).update(head)
        steps.show(lines)
        current = next((n for n, row in enumerate(self._rows) if row.state == "current"), 0)
        at = min(self._at.get(medicine.name, current), len(lines) - 1) if lines else None
        if steps.highlighted != at:
            with self.prevent(OptionList.OptionHighlighted):
                steps.highlighted = at
        if self._centred != medicine.name and at is not None:
            # What comes next is looked for first: the current step stands in the middle, not at the edge.
            self._centred = medicine.name
            self.call_after_refresh(lambda: steps.scroll_to(y=max(0, at - steps.size.height // 2), animate=False))
        self.query_one("#plan-where", TextLines).lines = self._where(medicine)
        self.query_one("#plan-step", TextLines).lines = self._step_lines()
        done = self._done and self.text(self._done)
        self.query_one("#plan-done", TextLines).lines = ((done, "$text-success"),) if done else ()

    def text(self, text: str) -> str:
        """Text safe to show here."""
        text = sanitize(text)
        return in_ascii(text) if self.ascii_only else text

    def _where(self, medicine: Medicine) -> tuple[tuple[str, str], ...]:
        reader = self.session.reader
        today, version = reader.today(), medicine.latest
        where = where_words(medicine, today, reader.calendar)
        style = "bold $text-warning" if "review" in where or "paused" in where else "bold"
        lines = [(self.text(where), style)]
        if self.size.height >= LOW:
            sums = totals_words(medicine, today, reader.calendar, ascii_only=self.ascii_only)
            facts = [sums, advance_words(version.advance), endless_words(version), waiting_words(medicine, today)]
            lines.append((self.text(" · ".join(fact for fact in facts if fact)), MUTED))
        return tuple(lines)

    def _step_lines(self) -> tuple[tuple[str, str], ...]:
        """The step under the cursor in full words."""
        medicine, row = self.shown(), self.row()
        if self.size.height < LOW or medicine is None:
            return ()
        if row is None:
            words = "no steps: it is taken as needed" if medicine.latest.advance == AS_NEEDED else "no steps yet"
            return (("", ""), (words, MUTED))
        reader = self.session.reader
        step = row.step
        title = f"step {row.number}   {begins_words(row)}"
        if step.every > 1:
            dosing = dosing_now(row, reader.today())
            title += f"   every {step.every} days{f', {dosing}' if dosing else ''}"
        change = row.change.words(ascii_only=self.ascii_only)
        if change and row.number > 1:
            title += f"   {change} from step {row.number - 1}"
        lines = [("", ""), (self.text(title), "bold")]
        doses = [
            (slot, pieces)
            for slot in medicine.latest.ordered_slots(reader.calendar, reader.today())
            if (pieces := step.asked.on(slot.name))
        ]
        if not doses:
            lines.append(("no doses: the plan stops here", ""))
        elif self.size.height >= 24:
            width = max(len(sanitize(slot.name)) for slot, _ in doses)
            lines += [
                (self.text(f"{slot.name:<{width}}  {slot.time:%H:%M}  {echo(pieces, ascii_only=self.ascii_only)}"), "")
                for slot, pieces in doses
            ]
        else:
            lines.append((self.text(step_words(step)), ""))
            slots = medicine.latest.ordered_slots(reader.calendar, reader.today())
            lines.append((self.text(split_words(step, slots, ascii_only=self.ascii_only)), MUTED))
        if step.note:
            lines.append((self.text(f"“{step.note}”"), MUTED))
        return tuple(lines)

    # Moving about

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._keep(event.option_index)

    def _keep(self, at: int) -> None:
        if self._medicine is not None:
            self._at[self._medicine] = at
        self.query_one("#plan-step", TextLines).lines = self._step_lines()

    def action_cursor(self, by: int) -> None:
        steps = self.query_one(StepList)
        if self._rows:
            steps.highlighted = max(0, min(len(self._rows) - 1, (steps.highlighted or 0) + by))

    def action_current(self) -> None:
        at = next((n for n, row in enumerate(self._rows) if row.state == "current"), None)
        if at is not None:
            self.query_one(StepList).highlighted = at

    def action_medicine(self, by: int) -> None:
        medicines = self._medicines()
        if len(medicines) > 1:
            at = next((n for n, m in enumerate(medicines) if m.name == self._medicine), 0)
            self.show_medicine(medicines[(at + by) % len(medicines)].name)

    def action_pick(self) -> None:
        names = [medicine.name for medicine in self._medicines()]

        def picked(at: int | None) -> None:
            if at is not None:
                self.show_medicine(names[at])

        here = names.index(self._medicine) if self._medicine in names else 0
        self.program.push_screen(Picker("Which medicine?", names, here), picked)

    def show_medicine(self, name: str) -> None:
        """Show another medicine's plan."""
        self._medicine = name
        self._done = ""
        self.draw()

    def on_medicine_tabs_chosen(self, event: MedicineTabs.Chosen) -> None:
        medicines = self._medicines()
        if event.at < len(medicines):
            self.show_medicine(medicines[event.at].name)

    # Changing the plan

    def propose(
        self,
        title: str,
        make: Callable[[], Change],
        then: Callable[[], None] | None = None,
        *,
        at: Callable[[DosePoint], Change] | None = None,
    ) -> str | None:
        """Show what a change does, and do it on a yes.

        Args:
            title: what it does, as a question.
            make: gives the change; may raise.
            then: what to do once it is done.
            at: gives the same change from another dose on, where that may be offered.

        Returns:
            Why there is no such change, None when it is shown.
        """
        try:
            change = make()
        except (BadInput, Refused, StoreError) as problem:
            return str(problem)
        except StepOpen as problem:
            return problem.what
        before = self.session.reader.plan().by_name[change.medicine]
        after = replace(before, versions=(*before.versions, change.version))

        def done() -> None:
            self._done = f"done: {change.version.why} · U takes it back"
            if then is not None:
                then()

        def later() -> None:
            if at is not None and change.day is not None:
                following = DosePoint(change.day.date + DAY)
                self._try(title, lambda: at(following), at)

        self._show(
            title, [MedicineChange(before, after, change.version.in_force_from, change.past, change.notes, change.day)],
            lambda: self.session.plans.apply(change, allow=AGREED), done, later if at is not None else None,
        )  # fmt: skip
        return None

    def _show(
        self, title: str, turns: Sequence[MedicineChange], apply: Callable[[], None], done: Callable[[], None],
        later: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        def answered(yes: bool | None) -> None:
            if yes:
                self._follow_current()
                done()
            self.program.redraw()

        reader = self.session.reader
        self.program.push_screen(
            ChangeScreen(title, turns, reader.today(), reader.calendar, apply, later=later, ascii_only=self.ascii_only),
            answered,
        )

    def _follow_current(self) -> None:
        """Where another step has become the current one, go to it."""
        medicine, reader = self.shown(), self.session.reader
        if medicine is None:
            return
        before = next((row.number for row in self._rows if row.state == "current"), None)
        now = medicine.latest.current(reader.today(), reader.calendar)
        if before != (now.index + 1 if now is not None else None):
            self._at.pop(medicine.name, None)
            self._centred = ""

    def _try(self, title: str, make: Callable[[], Change], at: Callable[[DosePoint], Change] | None = None) -> None:
        problem = self.propose(title, make, at=at)
        if problem is not None:
            self.program.say(problem)

    def _ask_when(self, title: str, medicine: Medicine, ask: str, make: Callable[[DosePoint | None], Change]) -> None:
        """Ask from when, saying back what was understood, then show the change."""
        plans, reader = self.session.plans, self.session.reader
        usual = plans.usual_start(reader.plan(), medicine, medicine.latest.slots, reader.now())

        def read(values: dict[str, str]) -> str:
            point = read_from(values["from"], medicine, self.session)
            try:
                make(point)
            except StepOpen as problem:
                raise BadInput(problem.what) from None
            except Refused as refused:
                raise BadInput(refused.what, refused.todo) from None
            return self.text(f"{point_words(point, usual)}; Enter shows what changes")

        def given(values: dict[str, str] | None) -> None:
            if values is not None:
                self._try(ask, lambda: make(read_from(values["from"], medicine, self.session)), make)

        self.program.push_screen(FormDialog(title, [("from", "now", WHEN_HINT)], read), given)

    def action_hold(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        name = medicine.name

        def read(values: dict[str, str]) -> str:
            change = self.session.plans.hold(name, read_whole(values["days"], "days", 1, MAX_HOLD))
            reader = self.session.reader
            after = replace(medicine, versions=(*medicine.versions, change.version))
            return f"{where_words(after, reader.today(), reader.calendar)}; Enter shows what changes"

        def given(values: dict[str, str] | None) -> None:
            if values is not None:
                days = read_whole(values["days"], "days", 1, MAX_HOLD)
                self._try("Hold the current step longer?", lambda: self.session.plans.hold(name, days))

        title = f"{sanitize(name)}: hold for how many more days?"
        self.program.push_screen(FormDialog(title, [("days", "1", "a number of days")], read), given)

    def action_next(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        current = next((row for row in self._rows if row.state == "current"), None)
        number = current.number + 1 if current is not None else 1
        if number > len(self._rows):
            self.program.say("there is no step after the current one; a adds one")
            return
        what = f"step {number} ({step_words(self._rows[number - 1].step, hold=False)})"
        name = medicine.name
        self._ask_when(
            self.text(f"Begin {what}: from when?"), medicine, self.text(f"Begin {what}?"),
            lambda at: self.session.plans.next(name, at),
        )  # fmt: skip

    def action_back(self) -> None:
        medicine = self.shown()
        current = next((row for row in self._rows if row.state == "current"), None)
        if medicine is None or current is None or current.number == 1:
            self.program.say("there is no step before the current one")
            return
        chosen, name = self.row(), medicine.name
        number = chosen.number if chosen is not None and chosen.number < current.number else current.number - 1
        plans, reader = self.session.plans, self.session.reader
        usual = plans.usual_start(reader.plan(), medicine, medicine.latest.slots, reader.now())

        def understood(values: dict[str, str]) -> tuple[int, DosePoint | None]:
            to = read_whole(values["step"], "step", 1, max(1, current.number - 1))
            return to, read_from(values["from"], medicine, self.session)

        def read(values: dict[str, str]) -> str:
            to, at = understood(values)
            plans.back(name, to, at)
            words = step_words(self._rows[to - 1].step, hold=False)
            return self.text(f"step {to} ({words}) again {point_words(at, usual)}, then the steps that followed it")

        def given(values: dict[str, str] | None) -> None:
            if values is not None:
                to, at = understood(values)
                title = f"Go back to step {to}?"
                self._try(title, lambda: plans.back(name, to, at), lambda point: plans.back(name, to, point))

        fields = [("step", str(number), f"1 to {current.number - 1}"), ("from", "now", WHEN_HINT)]
        self.program.push_screen(FormDialog("Back to which step, from when?", fields, read), given)

    def action_pause(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        reader, plans, name = self.session.reader, self.session.plans, medicine.name
        shown = sanitize(name)
        if pause_on(medicine.latest, reader.today(), reader.calendar) is not None:
            self._ask_when(
                f"Resume {shown}: from when?", medicine, f"Resume {shown}?", lambda at: plans.resume(name, at)
            )
            return
        usual = plans.usual_start(reader.plan(), medicine, medicine.latest.slots, reader.now())

        def understood(values: dict[str, str]) -> tuple[DosePoint | None, DosePoint | None, bool]:
            at = read_from(values["from"], medicine, self.session)
            typed = values["until"].strip()
            push = read_yes(values["push"], "push")
            until = read_from(typed, medicine, self.session) if typed else None
            if typed and (until is None or until.date < (at or usual).date):
                raise BadInput("until: not after the beginning of the pause", "type a later day, or nothing")
            return at, until, push

        def read(values: dict[str, str]) -> str:
            at, until, push = understood(values)
            plans.pause(name, at, until, push=push)
            end = f", again {point_words(until, until)}" if until is not None else " until you resume it"
            return self.text(f"no doses {point_words(at, usual)}{end}")

        def given(values: dict[str, str] | None) -> None:
            if values is not None:
                at, until, push = understood(values)
                self._try(f"Pause {shown}?", lambda: plans.pause(name, at, until, push=push))

        fields = [
            ("from", "now", WHEN_HINT), ("until", "", "you resume it"),
            ("push", "no", "yes: the rest of the plan moves by those days"),
        ]  # fmt: skip
        self.program.push_screen(FormDialog(f"Pause {shown}: no doses", fields, read), given)

    def action_stop(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        name = medicine.name
        self._ask_when(
            f"{sanitize(name)}: no doses from when?", medicine, "Stop: no doses, and no steps after?",
            lambda at: self.session.plans.stop(name, at),
        )  # fmt: skip

    def action_archive(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        archived, name = not medicine.latest.archived, medicine.name
        ask = "Archive it? Its record stays." if archived else "Take it out of the archive?"
        self._try(ask, lambda: self.session.plans.archive(name, archived=archived))

    def action_rename(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        name = medicine.name

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            try:
                _, self._medicine = self.session.plans.rename(name, values["name"])
            except (BadInput, Refused, StoreError) as problem:
                self.program.say(str(problem))
                return
            self._done = f"done: {name} is called {self._medicine} from now on"
            self.program.redraw()

        def read(values: dict[str, str]) -> str:
            return self.text(f"{name} is called {self.session.plans.new_name(name, values['name'])}; its record stays")

        title = f"What is {sanitize(name)} to be called?"
        self.program.push_screen(FormDialog(title, [("name", name, "any name")], read), given)

    def action_advance(self) -> None:
        found = self._draft()
        if found is None:
            return
        medicine, draft, first = found
        if medicine.latest.advance == AS_NEEDED or not draft.steps:
            self.program.say("it is taken as needed; it has no steps that follow each other")
            return
        other = ON_DATE if medicine.latest.advance == ASK else ASK
        changed = with_advance(draft, medicine.latest, first, other, self.session.reader.today())
        self._try(f"Change it so that {advance_words(other)}?", lambda: self.session.plans.edit(changed))

    # Editing

    def _draft(self) -> tuple[Medicine, MedicineDraft, int] | None:
        medicine = self.shown()
        if medicine is None:
            return None
        reader = self.session.reader
        draft, first = draft_of(medicine, reader.today(), reader.calendar)
        return medicine, draft, first

    def _keep_draft(self, ask: str, draft: MedicineDraft, since: str, then: Callable[[], None]) -> str | None:
        """Show what an edited draft changes; the editor closes once it is done."""

        def make() -> Change:
            medicine = self.session.reader.find_medicine(draft.name)
            return self.session.plans.edit(draft, read_from(since, medicine, self.session))

        return self.propose(ask, make, then)

    def action_edit(self) -> None:
        found, row = self._draft(), self.row()
        if found is None or row is None:
            self.program.say("no step here; a adds one")
            return
        medicine, draft, first = found
        if row.number - 1 < first:
            self._edit_past(medicine, row)
            return
        at = row.number - 1 - first
        self._edit_step(medicine, draft, first, StepPlace(at, first, insert=False, current=row.state == "current"))

    def _edit_past(self, medicine: Medicine, row: StepRow) -> None:
        """A step that is over: say what it should have been, and on which days."""
        following = self._rows[row.number].start
        if row.start is None or following is None:
            return
        name, plans = medicine.name, self.session.plans
        over = PastStep(row.number, row.step, DosePoint(row.start, row.slot), max(row.start, following - DAY))

        def keep(first: DosePoint, last: date, step: Step, then: Callable[[], None]) -> str | None:
            ask = f"Change what the plan was, {day_words(first.date, year=False)} to {day_words(last, year=False)}?"
            return self.propose(ask, lambda: plans.rewrite(name, first, last, step), then)

        self.program.push_screen(PastEditor(medicine, over, self.session, keep, ascii_only=self.ascii_only))

    def action_half_life(self) -> None:
        found = self._draft()
        if found is None:
            return
        medicine, draft, _ = found
        stated = half_life_text(medicine.latest.half_life)

        def understood(values: dict[str, str]) -> MedicineDraft:
            return replace(draft, half_life=read_half_life(values["half-life"]))

        def read(values: dict[str, str]) -> str:
            return half_life_words(understood(values).half_life)

        def given(values: dict[str, str] | None) -> None:
            if values is None:
                return
            changed = understood(values)
            if changed == draft:
                self.program.say("nothing has changed")
                return
            self._try("Change the half-life?", lambda: self.session.plans.edit(changed))

        title = f"{sanitize(medicine.name)}: your own figure for its half-life"
        self.program.push_screen(FormDialog(title, [("half-life", stated, HALF_LIFE_HINT)], read), given)

    def action_add(self) -> None:
        found, row = self._draft(), self.row()
        if found is None:
            return
        medicine, draft, first = found
        if medicine.latest.advance == AS_NEEDED:
            self.program.say("it is taken as needed; it has no steps")
            return
        if not draft.products:
            self.program.say("it has no product yet; b adds one")
            return
        at = len(draft.steps) if row is None or row.number - 1 < first else row.number - first
        self._edit_step(medicine, draft, first, StepPlace(at, first, insert=True, current=False))

    def _edit_step(self, medicine: Medicine, draft: MedicineDraft, first: int, place: StepPlace) -> None:
        steps = medicine.latest.steps
        before = steps[first + place.at - 1] if first + place.at > 0 and steps else None
        plans, reader = self.session.plans, self.session.reader
        usual = plans.usual_start(reader.plan(), medicine, medicine.latest.slots, reader.now())
        ask = f"Add step {place.number}?" if place.insert else f"Change step {place.number}?"
        self.program.push_screen(
            StepEditor(
                draft,
                place,
                before,
                lambda new, since, then: self._keep_draft(ask, new, since, then),
                when=lambda typed: point_words(read_from(typed, medicine, self.session), usual),
                ascii_only=self.ascii_only,
            )
        )

    def action_remove(self) -> None:
        found, row = self._draft(), self.row()
        if found is None or row is None:
            return
        _, draft, first = found
        if row.state != "ahead":
            self.program.say("only a step that has not begun can be removed")
            return
        changed = without_step(draft, row.number - 1 - first)
        self._try(
            self.text(f"Remove step {row.number}, {step_words(row.step)}?"), lambda: self.session.plans.edit(changed)
        )

    def action_slots(self) -> None:
        found = self._draft()
        if found is not None:
            _, draft, _ = found
            self.program.push_screen(
                SlotsEditor(
                    draft,
                    self.session.reader.calendar.latest.day_start,
                    lambda new, since, then: self._keep_draft("Change the slots?", new, since, then),
                    ascii_only=self.ascii_only,
                )
            )

    def action_products(self) -> None:
        found = self._draft()
        if found is None:
            return
        _, draft, _ = found
        names = [product.name for product in draft.products]

        def picked(at: int | None) -> None:
            if at is None:
                return
            old = draft.products[at] if at < len(names) else None
            ask = "Change the product?" if old is not None else "Add the product?"
            self.program.push_screen(
                ProductEditor(
                    draft.products, old,
                    lambda new, then: self._keep_draft(ask, with_product(draft, old, new), "now", then),
                    ascii_only=self.ascii_only,
                )
            )  # fmt: skip

        self.program.push_screen(Picker("Which product?", [*names, "add a product"]), picked)

    # Versions, files, further medicines

    def action_versions(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return

        def answered(undo: bool | None) -> None:
            if undo:
                self.action_undo_version()

        self.program.push_screen(
            VersionsScreen(medicine, self.session.reader.calendar, ascii_only=self.ascii_only), answered
        )

    def action_undo_version(self) -> None:
        medicine = self.shown()
        if medicine is None:
            return
        plans = self.session.plans
        try:
            seen = plans.undoing(medicine.name)
        except (BadInput, Refused, StoreError) as problem:
            self.program.say(str(problem))
            return
        after = replace(medicine, versions=medicine.versions[:-1])

        def undo() -> None:
            plans.undo(medicine.name, seen)

        def done() -> None:
            self._done = f"taken back: {seen.version.why}"

        self._show(
            self.text(
                f"Take back version {seen.version.number}, {seen.version.why}? Version {seen.back_to.number} is in "
                "force again."
            ),
            [MedicineChange(medicine, after, seen.version.in_force_from, seen.past)], undo, done,
        )  # fmt: skip

    def action_guide(self) -> None:
        guide = GuideScreen(first_run=False)

        def ended(done: bool | None) -> None:
            if done and guide.made is not None:
                self._medicine = guide.made
                self.program.switch_mode("today")

        self.program.push_screen(guide, ended)

    def action_import_file(self) -> None:
        def given(path: str | None) -> None:
            if path is not None:
                self._import(Path(path.strip()).expanduser(), None)

        self.program.push_screen(
            TextPrompt("Import which plan file?", "a path, such as ~/plan.toml   Esc: leave"), given
        )

    def _import(self, path: Path, step: int | None) -> None:
        reader, plans = self.session.reader, self.session.plans
        try:
            draft = read_plan_file(path, day_start=reader.calendar.latest.day_start)
            preview = plans.preview(draft, step=step)
        except Refused as refused:
            if refused.code == "step_open":
                self._ask_step(path, refused)
            else:
                self.program.say(str(refused))
            return
        except (BadInput, StoreError) as problem:
            self.program.push_screen(
                Confirm(f"{problem}.", "Choose another file?"),
                lambda answer: self.action_import_file() if answer == "y" else None,
            )
            return
        known = reader.plan().by_name
        turns = []
        for change in preview.changes:
            before = known.get(change.medicine)
            after = (
                Medicine(change.medicine, change.since, (change.version,))
                if before is None
                else replace(before, versions=(*before.versions, change.version))
            )
            says = tuple(f"found: {f.message}" for f in preview.findings if f.medicine == change.medicine)
            names = tuple(n.words() for n in preview.names if change.medicine in (n.known, n.slot_of))
            turns.append(
                MedicineChange(
                    before, after, change.version.in_force_from, change.past,
                    (*names, *change.warnings, *change.notes, *says), change.day,
                )
            )  # fmt: skip

        def done() -> None:
            self._medicine = preview.changes[0].medicine
            self._done = f"imported: {path.name}"

        self._show(
            self.text(f"Import {path.name}?"), turns,
            lambda: plans.apply(preview, allow=AGREED), done,
        )  # fmt: skip

    def _ask_step(self, path: Path, refused: Refused) -> None:
        def read(typed: str) -> str:
            return f"step {read_whole(typed, 'step', 1, 9999)} of the file is the current one"

        def given(typed: str | None) -> None:
            if typed is not None:
                self._import(path, read_whole(typed, "step", 1, 9999))

        title = f"{refused.what[:1].upper()}{refused.what[1:]}. Which step of the file is the current one?"
        self.program.push_screen(TextPrompt(title, "its number, from 1   Esc: leave", read=read), given)

    def action_nothing(self) -> None:
        """Say why a key that records elsewhere does nothing."""
        self.program.say("doses are recorded on Today (1) and in the week (2)")
