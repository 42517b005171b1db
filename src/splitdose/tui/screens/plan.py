"""Plan: one medicine's steps with their dates and changes, and what a person may decide about them.

Every change is made by the session, shown before it is done, and done on one key. The screen knows no rule of its own;
what its keys begin is told in `plan_moves`, `plan_edits` and `plan_import`.
"""

from collections.abc import Callable, Coroutine
from functools import cached_property, partial
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from splitdose.core.plan import Medicine
from splitdose.store import StoreError
from splitdose.tui import plan_edits, plan_moves
from splitdose.tui.commands import Command, bindings, commands
from splitdose.tui.dialogs.pick import Picker
from splitdose.tui.flow import begin
from splitdose.tui.plan_changes import PlanChanges
from splitdose.tui.plan_import import import_plan
from splitdose.tui.plan_words import StepRow, step_rows
from splitdose.tui.screens.base import MainScreen
from splitdose.tui.screens.guide import GuideScreen
from splitdose.tui.widgets.bars import TextLines
from splitdose.tui.widgets.key_line import key_of
from splitdose.tui.widgets.medicine_tabs import MedicineTabs
from splitdose.tui.widgets.step_details import step_lines, where_lines
from splitdose.tui.widgets.step_list import StepList, table

Flow = Coroutine[Any, Any, object]


class PlanScreen(MainScreen):
    """One medicine's plan at a time."""

    NAME = "plan"
    names_doses = False
    BINDINGS = bindings("plan")

    def __init__(self) -> None:
        super().__init__()
        self._medicine: str | None = None
        self._rows: list[StepRow] = []
        self._at: dict[str, int] = {}
        self._centred = ""

    @cached_property
    def changes(self) -> PlanChanges:
        """Asks about changes, shows and applies them in this window."""
        return PlanChanges(self.program)

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
        tabs, steps = self.query_one(MedicineTabs), self.query_one(StepList)
        tabs.names = tuple(f"{m.name} (archived)" if m.latest.archived else m.name for m in medicines)
        if medicine is None:
            self._rows = []
            steps.show([])
            return
        self._medicine = medicine.name
        tabs.at = next(n for n, m in enumerate(medicines) if m.name == medicine.name)
        self._rows = step_rows(medicine.latest, today, calendar)
        width, slots = max(20, self.size.width - 5), medicine.latest.ordered_slots(calendar, today)
        head, lines = table(self._rows, slots, width, ascii_only=self.ascii_only)
        self.query_one("#plan-head", Static).update(head)
        steps.show(lines)
        self._place_cursor(medicine, steps)
        self.query_one("#plan-where", TextLines).lines = where_lines(
            medicine, today, calendar, self.size.height, ascii_only=self.ascii_only
        )
        self._draw_step(medicine)
        done = self.changes.text(self.changes.done)
        self.query_one("#plan-done", TextLines).lines = ((done, "$text-success"),) if done else ()

    def _place_cursor(self, medicine: Medicine, steps: StepList) -> None:
        """On the step where it was last, at first on the current one."""
        current = next((n for n, row in enumerate(self._rows) if row.state == "current"), 0)
        at = min(self._at.get(medicine.name, current), len(self._rows) - 1) if self._rows else None
        if steps.highlighted != at:
            with self.prevent(OptionList.OptionHighlighted):
                steps.highlighted = at
        if self._centred != medicine.name and at is not None:
            # What comes next is looked for first: the current step stands in the middle, not at the edge.
            self._centred = medicine.name
            self.call_after_refresh(lambda: steps.scroll_to(y=max(0, at - steps.size.height // 2), animate=False))

    def _draw_step(self, medicine: Medicine | None) -> None:
        reader = self.session.reader
        self.query_one("#plan-step", TextLines).lines = (
            step_lines(
                medicine, self.row(), reader.today(), reader.calendar, self.size.height, ascii_only=self.ascii_only
            )
            if medicine is not None
            else ()
        )

    # Moving about

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if self._medicine is not None:
            self._at[self._medicine] = event.option_index
        try:
            self._draw_step(self.shown())
        except StoreError as problem:
            self.program.cannot_read(problem)

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

    async def action_pick(self) -> None:
        await begin(self, self._pick())

    async def _pick(self) -> None:
        names = [medicine.name for medicine in self._medicines()]
        here = names.index(self._medicine) if self._medicine in names else 0
        at = await self.changes.ask(Picker("Which medicine?", names, here))
        if at is not None:
            self.show_medicine(names[at])

    def show_medicine(self, name: str) -> None:
        """Show another medicine's plan."""
        self._medicine = name
        self.changes.done = ""
        self.draw()

    async def on_medicine_tabs_chosen(self, event: MedicineTabs.Chosen) -> None:
        await self.run_action(f"medicine_at({event.at})")

    def action_medicine_at(self, at: int) -> None:
        """Show a medicine by its place among the names."""
        medicines = self._medicines()
        if at < len(medicines):
            self.show_medicine(medicines[at].name)

    # Changing the plan

    async def _change(self, change: Callable[[PlanChanges, Medicine], Flow]) -> None:
        """Begin a flow that changes the plan of the medicine that is shown."""
        medicine = self.shown()
        if medicine is not None:
            await begin(self, self._followed(medicine, change))

    async def _followed(self, medicine: Medicine, change: Callable[[PlanChanges, Medicine], Flow]) -> None:
        """Run it, then go to the step that is current where it has become another one."""
        before = self._current_index(medicine)
        await change(self.changes, medicine)
        now = self.session.reader.plan().by_name.get(medicine.name)
        if now is not None and self._current_index(now) != before:
            self._at.pop(medicine.name, None)
            self._centred = ""
        self.program.redraw()

    def _current_index(self, medicine: Medicine) -> int | None:
        reader = self.session.reader
        current = medicine.latest.current(reader.today(), reader.calendar)
        return current.index if current is not None else None

    async def action_hold(self) -> None:
        await self._change(plan_moves.hold)

    async def action_next(self) -> None:
        await self._change(plan_moves.next_step)

    async def action_back(self) -> None:
        await self._change(partial(plan_moves.back, chosen=self.row()))

    async def action_pause(self) -> None:
        await self._change(plan_moves.pause)

    async def action_stop(self) -> None:
        await self._change(plan_moves.stop)

    async def action_archive(self) -> None:
        await self._change(plan_moves.archive)

    async def action_versions(self) -> None:
        await self._change(plan_moves.versions)

    async def action_undo_version(self) -> None:
        await self._change(plan_moves.undo_version)

    async def action_edit(self) -> None:
        await self._change(partial(plan_edits.edit_step, row=self.row()))

    async def action_add(self) -> None:
        await self._change(partial(plan_edits.add_step, row=self.row()))

    async def action_remove(self) -> None:
        await self._change(partial(plan_edits.remove_step, row=self.row()))

    async def action_advance(self) -> None:
        await self._change(plan_edits.advance)

    async def action_half_life(self) -> None:
        await self._change(plan_edits.half_life)

    async def action_slots(self) -> None:
        await self._change(plan_edits.slots)

    async def action_products(self) -> None:
        await self._change(plan_edits.products)

    async def action_rename(self) -> None:
        await self._change(self._rename)

    async def _rename(self, changes: PlanChanges, medicine: Medicine) -> None:
        self._medicine = await plan_moves.rename(changes, medicine) or self._medicine

    async def action_import_file(self) -> None:
        await begin(self, self._import())

    async def _import(self) -> None:
        imported = await import_plan(self.changes)
        if imported is not None:
            self._medicine = imported
            self._at.pop(imported, None)
            self._centred = ""
        self.program.redraw()

    async def action_guide(self) -> None:
        await begin(self, self._guide())

    async def _guide(self) -> None:
        guide = GuideScreen(first_run=False)
        if await self.changes.ask(guide) and guide.made is not None:
            self._medicine = guide.made
            self.program.switch_mode("today")

    # No dose is named here: what records one elsewhere says where.

    async def action_nothing(self) -> None:
        """Say why a key that records elsewhere does nothing."""
        today, week = (key_of(self.app, f"screen.{name}") for name in ("today", "week"))
        self.program.say(f"doses are recorded on Today ({today}) and in the week ({week})")

    action_time = action_skip = action_unsure = action_snooze = action_nothing
