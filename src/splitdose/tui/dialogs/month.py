"""A month at a glance: what was taken of what was planned on each day; choosing a day shows its week."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import DAY
from splitdose.core.day import CLOSED, Day, counted_totals
from splitdose.core.sanitize import sanitize
from splitdose.core.showing import show_taken, tight_sums
from splitdose.core.wording import WEEKDAYS, day_words
from splitdose.session import Session
from splitdose.store import StoreError
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.widgets.fit import MUTED, fit
from splitdose.tui.widgets.key_line import key_of, keys_words

BEFORE = "before Splitdose"
SUMS_FROM = 8
"""Cells of a day from which on its sum has room."""


class Month(Dialog[date | None]):
    """Gives the chosen date, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("month")]

    def __init__(
        self, session: Session, chosen: date, medicine: str, failed: Callable[[StoreError], None],
        *, first_weekday: int, ascii_only: bool,
    ) -> None:  # fmt: skip
        """Make one.

        Args:
            session: of the window.
            chosen: where the cursor begins.
            medicine: whose milligrams are shown.
            failed: told what can't be read.
            first_weekday: 0 for Monday.
            ascii_only: no other signs.
        """
        super().__init__()
        self._session = session
        self._failed = failed
        self._chosen = chosen
        self._medicine = medicine
        self._first_weekday = first_weekday
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", markup=False, classes="ask", id="month-title")
            yield Static("", markup=False, id="month-grid")
            yield Static("", markup=False, id="month-day")
            days = " ".join(key_of(self.app, f"month.{way}") for way in ("left", "right", "up", "down"))
            weeks = " ".join(key_of(self.app, f"month.{way}") for way in ("earlier", "later"))
            keys = keys_words(self.app, "month.show", "month.close")
            yield Static(f"{days} move   {weeks} four weeks   {keys}", markup=False, classes="keys")

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        first = self._chosen.replace(day=1)
        start = first - ((first.weekday() - self._first_weekday) % 7) * DAY
        end = start + 42 * DAY
        try:
            days = self._session.reader.days(start, end)
        except StoreError as problem:
            self._failed(problem)
            self.dismiss(None)
            return
        cell = max(4, min(10, (self.app.size.width - 5) // 7))
        unit, sums = self._sums(days)
        names = [WEEKDAYS[(self._first_weekday + n) % 7] for n in range(7)]
        lines = [Content.styled("".join(fit(name, cell) for name in names), MUTED)]
        for row in range(6):
            week = days[row * 7 : row * 7 + 7]
            if all(day.date.month != first.month for day in week):
                continue
            lines.append(
                Content.assemble(*(self._cell(day, cell, first.month, sums.get(day.date, "")) for day in week))
            )
        of = f", {unit}" if unit and cell >= SUMS_FROM else ""
        self.query_one("#month-title", Static).update(Content(f"{first:%B %Y}   {sanitize(self._medicine)}{of}"))
        self.query_one("#month-grid", Static).update(Content("\n").join(lines))
        chosen = next(day for day in days if day.date == self._chosen)
        self.query_one("#month-day", Static).update(Content(sanitize(self._words(chosen), keep_newlines=True)))

    def _sums(self, days: Sequence[Day]) -> tuple[str, dict[date, str]]:
        """What was taken on each day that has begun, as bare numbers, and their unit; none where there isn't one."""
        totals = {d.date: t for d in days for t in d.totals if t.medicine == self._medicine and not d.future}
        unit, sums = tight_sums(
            [(t.taken_pieces, t.planned_pieces) for t in totals.values()], ascii_only=self._ascii
        )  # fmt: skip
        return unit, {day: taken for day, (taken, _) in zip(totals, sums, strict=True)} if unit else {}

    def _cell(self, day: Day, width: int, month: int, taken: str) -> Content:
        text = f"{day.date.day:>2}"
        sign = _sign(day, self._medicine, ascii_only=self._ascii)
        if width >= SUMS_FROM and taken and len(text) + 1 + len(taken) + len(sign) < width:
            text += f" {taken}"
        text = fit(f"{text}{sign}", width - 1)
        if day.date == self._chosen:
            style = "$block-cursor-foreground on $block-cursor-background"
        elif day.date.month != month or day.future:
            style = MUTED
        else:
            style = "$text-warning" if sign in ("?", "~") else ""
        return Content.assemble((text, style), " ")

    def _words(self, day: Day) -> str:
        counts = _counts(day, self._medicine)
        told = ", ".join(f"{n} {state}" for state, n in counts.items())
        if set(counts) == {BEFORE}:
            told = BEFORE
        total = next((t for t in counted_totals(day) if t.medicine == self._medicine), None)
        sums = "" if total is None else f" · {show_taken(total.taken_pieces, total.planned_pieces)}"
        return f"{day_words(day.date)}: {told or 'no doses'}{sums}"

    def action_move(self, days: int) -> None:
        self._chosen += days * DAY
        self._draw()

    def action_choose(self) -> None:
        self.dismiss(self._chosen)

    def action_leave(self) -> None:
        self.dismiss(None)


def _counts(day: Day, medicine: str) -> dict[str, int]:
    """How many of a day's doses are in which state, in words."""
    words = {"unrecorded": "no record"}
    states: Sequence[str] = [
        words.get(dose.state, dose.state) if dose.tracked or dose.record is not None else BEFORE
        for dose in day.doses
        if dose.medicine == medicine
    ]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _sign(day: Day, medicine: str, *, ascii_only: bool) -> str:
    """The state that most needs to be seen: "?" no record, "~" unsure, a dash skipped, a tick all taken."""
    doses = [d for d in day.doses if d.medicine == medicine and (d.tracked or d.record is not None)]
    states = {d.state for d in doses}
    for state, sign in (("unrecorded", "?"), ("unsure", "~"), ("skipped", "-" if ascii_only else "–")):
        if state in states:
            return sign
    if doses and states <= CLOSED:
        return "x" if ascii_only else "✓"
    return ""
