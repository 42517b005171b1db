"""A change of the plan, from its making to what is said of it: shown first, and done on a yes.

Every move, edit, undo and import goes this way. No rule about plans lives here: the session makes the change.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from textual.screen import Screen

from splitdose.core.change import StepOpen
from splitdose.core.clock import DAY
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint, Medicine
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.session import Change, Refused, Session
from splitdose.session.when import read_point
from splitdose.tui.dialogs.plan_change import Answer, ChangeScreen, MedicineChange
from splitdose.tui.dialogs.prompts import FormDialog
from splitdose.tui.plan_words import StepRow, step_rows
from splitdose.tui.widgets.key_line import key_of
from splitdose.tui.window import Window

T = TypeVar("T")
AGREED = frozenset({"replaces", "changes_past", "day_sum", "same_name"})
"""What a yes to a preview allows: all of it was shown."""


class PlanChanges:
    """Asks about changes of the plan, shows and applies them, in one window.

    Attributes:
        done: what was done last; it stays on screen with how to undo it.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.done = ""

    @property
    def session(self) -> Session:
        return self._window.session

    @property
    def ascii_only(self) -> bool:
        return self._window.ascii_only

    def text(self, text: str) -> str:
        """Text safe to show here."""
        text = sanitize(text)
        return in_ascii(text) if self.ascii_only else text

    def say(self, text: str) -> None:
        """A short notice that goes away by itself."""
        self._window.say(text)

    def key(self, command: str) -> str:
        """The key of a command, as the person has it."""
        return key_of(self._window, command)

    def rows(self, medicine: Medicine) -> list[StepRow]:
        """A medicine's steps, with where they stand today."""
        reader = self.session.reader
        return step_rows(medicine.latest, reader.today(), reader.calendar)

    # From when

    def read_from(self, typed: str, medicine: Medicine) -> DosePoint | None:
        """From which dose on; None for now. Raises BadInput."""
        reader = self.session.reader
        return read_point(typed, medicine, reader.today(), reader.find_slot, today_is_now=True)

    def usual_start(self, medicine: Medicine) -> DosePoint:
        """What "now" means for a medicine: its next dose that is still open."""
        plans, reader = self.session.plans, self.session.reader
        return plans.usual_start(reader.plan(), medicine, medicine.latest.slots, reader.now())

    # Asking

    async def ask(self, dialog: Screen[T]) -> T:
        """Show a dialog, and wait for what it gives."""
        return await self._window.push_screen_wait(dialog)

    async def form(
        self, title: str, fields: list[tuple[str, str, str]], read: Callable[[dict[str, str]], str]
    ) -> dict[str, str] | None:
        """Ask for a few lines at once, and say back as one types what was understood, or what stands against it.

        Args:
            title: what is asked.
            fields: name, value at first, and hint of each line.
            read: gives back what was understood; may raise `PROBLEMS`.
        """

        def echo(values: dict[str, str]) -> str:
            try:
                return self.text(read(values))
            except StepOpen as problem:
                raise BadInput(problem.what) from None
            except Refused as refused:
                raise BadInput(refused.what, refused.todo) from None

        return await self.ask(FormDialog(self.text(title), fields, echo))

    # Showing and doing

    async def propose(
        self, title: str, make: Callable[[], Change], *, at: Callable[[DosePoint], Change] | None = None
    ) -> bool:
        """Show what a change does, and do it on a yes.

        Args:
            title: what it does, as a question.
            make: gives the change.
            at: gives the same change from another dose on, where that may be offered.

        Returns:
            Whether it was done.

        Raises:
            BadInput, Refused, StepOpen, StoreError: there is no such change.
        """
        change = make()
        while True:
            answer = await self.show(
                title,
                [self.medicine_change(change)],
                partial(self.session.plans.apply, change, allow=AGREED),
                f"done: {change.version.why} · {self.key('plan.undo')} undoes it",
                later=at is not None and change.day is not None,
            )
            if answer != "later" or at is None or change.day is None:
                return answer == "applied"
            change = at(DosePoint(change.day.date + DAY))

    async def show(
        self,
        title: str,
        changes: Sequence[MedicineChange],
        apply: Callable[[], object],
        done: str,
        *,
        later: bool = False,
    ) -> Answer:
        """Show what becomes of medicines, and do it on a yes; once it is done that is said.

        Args:
            title: what is to be done, as a question.
            changes: what becomes of each medicine.
            apply: does it; may raise `PROBLEMS`.
            done: what was done then, in words.
            later: whether the same may be offered from the next day on.
        """
        reader = self.session.reader
        answer = await self.ask(
            ChangeScreen(
                self.text(title), changes, reader.today(), reader.calendar, apply, later=later,
                ascii_only=self.ascii_only,
            )
        )  # fmt: skip
        if answer == "applied":
            self.done = done
        return answer

    def medicine_change(self, change: Change) -> MedicineChange:
        """What a change makes of its medicine, with what there is to say of it."""
        before = self.session.reader.plan().by_name.get(change.medicine)
        after = (
            Medicine(change.medicine, change.since, (change.version,))
            if before is None
            else replace(before, versions=(*before.versions, change.version))
        )
        says = (*change.warnings, *change.notes)
        return MedicineChange(before, after, change.version.in_force_from, change.past, says, change.day)
