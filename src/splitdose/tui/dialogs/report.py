"""Writing a report from the app: choose, look at it, and say where it goes. Long work shows how far it is."""

from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, ProgressBar, Static
from textual.worker import get_current_worker

from splitdose.core.errors import BadInput
from splitdose.core.sanitize import sanitize
from splitdose.core.typed_times import parse_days
from splitdose.core.wording import day_words, range_words
from splitdose.report import FORMATS, Cancelled, make
from splitdose.report.data import Options
from splitdose.report.files import write_report
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.dialogs.prompts import TextPrompt
from splitdose.tui.flow import begin
from splitdose.tui.widgets.key_line import key_of, keys_words

MOST_SHOWN = 20_000
"""Characters of a report that the preview shows."""


DAYS_HINT = "2026-01-01 to 2026-01-31, last 14 days, from 2026-01-01, everything"


def report_words(first: date | None, last: date | None) -> str:
    """The days of a report, both ends in it: "Mon 27 Nov – Sun 3 Dec 2023", "everything until today"."""
    if first is None:
        return f"until {day_words(last)}" if last is not None else "everything until today"
    return range_words(first, last) if last is not None else f"from {day_words(first)} on"


class ReportDialog(Dialog[str | None]):
    """Gives the path that was written, or None.

    Keys choose the format; the preview is what will be in the file.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("report")]

    def __init__(self, session: Session, first: date | None, last: date | None) -> None:
        """Make one.

        Args:
            session: of the window; the report is read through a twin of it.
            first: first logical date, None for the beginning.
            last: last logical date, None for today.
        """
        super().__init__()
        self._session = session
        self._first = first
        self._last = last
        self._format = next(iter(FORMATS))
        self._discreet = False
        self._text: str | None = None
        self._sure: Path | None = None
        self._number = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall"):
            yield Static("", markup=False, classes="ask", id="report-title")
            yield ProgressBar(total=1000, show_eta=False, id="report-progress")
            with VerticalScroll(id="report-preview", can_focus=False):
                yield Static("", markup=False, id="report-text")
            yield Input(id="report-path", compact=True)
            yield Static("", markup=False, classes="keys", id="report-keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._begin()

    def on_unmount(self) -> None:
        self._number += 1  # whatever is still at work stops at its next step

    def _begin(self) -> None:
        found = FORMATS[self._format]
        self._number += 1
        self._text, self._sure = None, None
        names = "with names" if found.whole or not self._discreet else "names left out"
        first, last = (None, None) if found.whole else (self._first, None if found.ahead else self._last)
        words = "everything" if found.whole else report_words(first, last)
        self.query_one("#report-title", Static).update(f"Report: {found.name}, {found.description} ({words})")
        scroll = " ".join(key_of(self.app, command) for command in ("report.up", "report.down"))
        keys = keys_words(self.app, "report.format", ("report.names", names), "report.days", "report.write")
        keys += f"   {scroll} scroll   {keys_words(self.app, 'report.cancel')}"
        self.query_one("#report-keys", Static).update(keys)
        self.query_one("#report-text", Static).update("")
        bar = self.query_one(ProgressBar)
        bar.display = True
        bar.update(progress=0)
        path = self.query_one(Input)
        suffixes = tuple(each.suffix for each in FORMATS.values())
        typed = path.value or "splitdose-report"
        if typed.endswith(suffixes):
            typed = typed[: -len(next(each for each in suffixes if typed.endswith(each)))]
        path.value = f"{typed}{found.suffix}"
        self._make(self._number, self._format, self._discreet)

    @work(thread=True, exit_on_error=False)
    def _make(self, number: int, name: str, discreet: bool) -> None:
        worker = get_current_worker()

        def progress(done: int, total: int) -> None:
            if number != self._number or worker.is_cancelled:
                raise Cancelled
            self.app.call_from_thread(self._progress, number, done, total)

        whole = FORMATS[name].whole
        try:
            text = make(
                self._session.for_thread().reader, name, first=None if whole else self._first,
                last=None if whole or FORMATS[name].ahead else self._last,
                options=Options(discreet=discreet and not whole), progress=progress,
            )  # fmt: skip
        except Cancelled:
            return
        except (BadInput, StoreError) as problem:
            self.app.call_from_thread(self._failed, number, str(problem))
            return
        self.app.call_from_thread(self._made, number, text)

    def _progress(self, number: int, done: int, total: int) -> None:
        if number == self._number and self.is_mounted:
            self.query_one(ProgressBar).update(progress=done * 1000 / max(1, total))

    def _failed(self, number: int, problem: str) -> None:
        if number == self._number and self.is_mounted:
            self.query_one(ProgressBar).display = False
            self.query_one("#report-text", Static).update(Content.styled(problem, "$text-warning"))

    def _made(self, number: int, text: str) -> None:
        if number != self._number or not self.is_mounted:
            return
        self._text = text
        self.query_one(ProgressBar).display = False
        shown = sanitize(text[:MOST_SHOWN], keep_newlines=True)
        if len(text) > MOST_SHOWN:
            shown += f"\n… and {len(text) - MOST_SHOWN} more characters"
        self.query_one("#report-text", Static).update(Content(shown))

    def on_input_submitted(self) -> None:
        self.action_write()

    def action_write(self) -> None:
        """Write the report where the path says; over a file that is there only on a second key."""
        typed = self.query_one(Input).value.strip()
        if self._text is None or not typed:
            return
        try:
            target = Path(typed).expanduser()
            there = target.exists()
        except (OSError, RuntimeError) as problem:  # a name too long, a folder that is closed, no such home
            words = f"no file can have that name: {getattr(problem, 'strerror', None) or problem}"
            self.query_one("#report-keys", Static).update(Content.styled(sanitize(words), "$text-warning"))
            return
        if there and self._sure != target:
            self._sure = target
            again = f"{key_of(self.app, 'report.write')} again replaces it"
            words = f"{sanitize(str(target))} exists. {again}   {keys_words(self.app, 'report.cancel')}"
            self.query_one("#report-keys", Static).update(Content.styled(words, "$text-warning"))
            return
        try:
            write_report(target, FORMATS[self._format].in_file(self._text))
        except StoreError as problem:
            self.query_one("#report-keys", Static).update(Content.styled(str(problem), "$text-warning"))
            return
        self.dismiss(str(target))

    def action_next_format(self) -> None:
        names = list(FORMATS)
        self._format = names[(names.index(self._format) + 1) % len(names)]
        self._begin()

    def action_discreet(self) -> None:
        self._discreet = not self._discreet
        self._begin()

    async def action_days(self) -> None:
        await begin(self, self._ask_days())

    async def _ask_days(self) -> None:
        """Ask for other days."""
        today = self._session.reader.today()

        def read(text: str) -> str:
            return report_words(*parse_days(text, today))

        prompt = TextPrompt("Which days?", DAYS_HINT, save="show them", read=read)
        text = await self.app.push_screen_wait(prompt)
        if text is not None:
            self._first, self._last = parse_days(text, today)
            self._begin()

    def action_scroll(self, lines: int) -> None:
        self.query_one("#report-preview", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)
