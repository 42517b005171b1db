"""The guide: a medicine set up page by page, from its name to the first dose to check off.

It asks for what the person already takes and says back what it understood; it proposes no dose and no step.
"""

from dataclasses import replace
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import DAY
from splitdose.core.draft import PlanDraft
from splitdose.core.plan import DosePoint
from splitdose.session import Preview
from splitdose.tui.commands import bindings
from splitdose.tui.editors.fields import Editor, Field
from splitdose.tui.flow import PROBLEMS, problem_words, program_of
from splitdose.tui.screens.guide_page import TOMORROW, Page, Setup
from splitdose.tui.screens.guide_pages import PAGES, RemindersPage
from splitdose.tui.widgets.choice import Choice
from splitdose.tui.widgets.key_line import KeyLine, key_of


class GuideScreen(Editor):
    """The pages. Gives True once the plan is kept; `made` then is the medicine's name."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("guide")]

    def __init__(self, *, first_run: bool) -> None:
        """Make one; on a first run the notice comes first."""
        super().__init__("Set up a medicine")
        self.made: str | None = None
        self._setup = Setup()
        self._pages = [page(self, self._setup) for page in (PAGES if first_run else PAGES[1:])]
        self._at = 0
        self._touched = False

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._at]

    @property
    def _last(self) -> bool:
        return self._at == len(self._pages) - 1

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog editor guide"):
            yield Static("", markup=False, classes="ask", id="guide-title")
            with VerticalScroll(can_focus=False, classes="fields"):
                yield Static("", markup=False, id="guide-words")
                yield Vertical(id="guide-fields")
                yield Static("", markup=False, id="guide-picture")
            yield Static("", markup=False, classes="sum", id="sum")
            yield KeyLine()

    async def on_mount(self) -> None:
        await self._show()

    def _fit(self) -> None:
        """The pages always take the whole screen."""

    def on_resize(self) -> None:
        super().on_resize()
        if self.query("#guide-picture"):
            self.page.drawn()

    async def _show(self) -> None:
        """Put the page's fields in place, with what was typed there before."""
        page = self.page
        number = f"{self._at + 1} of {len(self._pages)}"
        self.query_one("#guide-title", Static).update(Content(f"{page.title[:1].upper()}{page.title[1:]}   {number}"))
        words = self.query_one("#guide-words", Static)
        words.update(Content(page.words))
        words.display = bool(page.words)
        box = self.query_one("#guide-fields", Vertical)
        await box.remove_children()
        fields = list(page.fields())
        await box.mount_all(fields)
        for field in fields:
            if field.field_name in page.kept:
                _put(field, page.kept[field.field_name])
        self._first = self.values()
        self.query_one("#guide-picture", Static).display = False
        self._show_keys(fields)
        page.shown()
        self.understood()
        if fields:
            fields[0].control.focus()
        else:
            self.set_focus(None)
        self.query_one(".fields").scroll_home(animate=False)

    def _show_keys(self, fields: list[Field]) -> None:
        keys: list[str | tuple[str, str]] = [
            ("editor.next", "begin" if self._last else "next" if fields else "read it")
        ]
        if isinstance(self.page, RemindersPage):
            keys.append("guide.test")
        if len(fields) > 1:
            keys.append(("editor.save", "page"))
        keys.append(("editor.cancel", "back" if self._at else "cancel"))
        self.query_one(KeyLine).show(*keys)

    # What is typed

    def changed(self, field: Field) -> None:
        self._touched = True
        self.page.changed(field)

    def understood(self) -> bool:
        return self.page.read()

    @property
    def typed(self) -> bool:
        return self._touched

    def action_test(self) -> None:
        """Ring the bell and give a real desktop notice."""
        if isinstance(self.page, RemindersPage):
            self.run_worker(self.page.test(), group="test-notice", exit_on_error=False)

    # Next, back and out

    async def action_onward(self) -> None:
        fields = [field for field in self.fields() if field.display]
        focused = self._field_of(self.focused) if self.focused is not None else None
        following = self.page.after(focused, fields) if focused is not None and focused in fields else None
        if following is not None:
            following.control.focus()
        else:
            await self.action_save()

    async def action_save(self) -> None:
        """Go to the next page, or from the last one keep the plan."""
        if not self.understood():
            wrong = next((field for field in self.fields() if field.problem), None)
            if wrong is not None:
                wrong.control.focus()
            else:
                self.page.missing()
        elif self._last:
            self._finish()
        else:
            await self._turn(1)

    async def action_cancel(self) -> None:
        """Go back a page; from the first one leave, after a question if something was typed."""
        if self._at:
            await self._turn(-1)
        else:
            await super().action_cancel()

    async def _turn(self, by: int) -> None:
        """Go to the next page that is asked, or the one before; what was typed stays with its page."""
        self.page.kept = self.values()
        self._at += by
        while not self.page.asked:
            self._at += by
        await self._show()

    # Keeping

    def _finish(self) -> None:
        session = program_of(self).session
        today = session.reader.today()
        draft = self._setup.draft(today)
        try:
            preview = session.plans.preview(PlanDraft((draft,)))
            if draft.steps and self._setup.first_dose == TOMORROW:
                preview = _from_day(preview, today + DAY)
            session.plans.apply(preview)
        except PROBLEMS as problem:
            self.total(problem_words(problem, key_of(self.app, "editor.next")), problem=True)
            return
        self.made = draft.name
        self.dismiss(True)


def _put(field: Field, value: str) -> None:
    control = field.control
    if not isinstance(control, Choice):
        field.put(value)
    elif value in control.options:
        control.at = control.options.index(value)


def _from_day(preview: Preview, day: date) -> Preview:
    """The first step begun on a later day than today: the person says so now, and needn't say it again then."""
    change = preview.changes[0]
    first, *rest = change.version.steps
    by = (day - first.begins.date).days if first.begins is not None else 0
    moved = [
        replace(step, begins=DosePoint(step.begins.date + by * DAY)) if step.begins is not None else step
        for step in rest
    ]
    version = replace(change.version, steps=(replace(first, begins=DosePoint(day), stated_start=None), *moved))
    return replace(preview, changes=(replace(change, version=version),))
