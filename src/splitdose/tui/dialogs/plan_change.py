"""What a change of the plan does, shown before it is done: what changed, coming days, past days; then one key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day_change import DayChange
from splitdose.core.plan import DosePoint, Medicine
from splitdose.core.plan_wording import day_change_words, day_sum_words, where_words
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.wording import day_words
from splitdose.session.planner import ChangedDay
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.flow import PROBLEMS, problem_words
from splitdose.tui.plan_words import coming_days, moved_steps, version_changes
from splitdose.tui.widgets.fit import MUTED, WIDE, clip, fit
from splitdose.tui.widgets.key_line import KeyLine, key_of

Answer = Literal["applied", "cancelled", "later"]
"""Whether the change was applied, or is to be shown as it would be from the day after on."""
LOW = 16
"""Fewer lines than these have no room for empty ones."""
MOST_LINES = 12
"""More lines than these of one kind are counted, not listed."""
AHEAD, CURRENT, NEW, UNCHANGED = "next two weeks", "current", "new", "unchanged"


@dataclass(frozen=True)
class MedicineChange:
    """One medicine before and after a change; `before` is None for a new one.

    Attributes:
        in_force_from: from which dose on.
        past: past days whose planned doses become others.
        says: further facts, such as findings.
        day: the day it begins on.
    """

    before: Medicine | None
    after: Medicine
    in_force_from: DosePoint
    past: tuple[ChangedDay, ...] = ()
    says: tuple[str, ...] = ()
    day: DayChange | None = None


class ChangeScreen(Dialog[Answer]):
    """Shows what would change, and does it on a yes. What can't be saved stays here, says so, and is tried again."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("change")]

    def __init__(
        self,
        title: str,
        changes: Sequence[MedicineChange],
        today: date,
        calendar: Calendar,
        apply: Callable[[], object],
        *,
        later: bool = False,
        ascii_only: bool = False,
    ) -> None:
        """Make one.

        Args:
            title: what is to be done, as a question.
            changes: what becomes of each medicine.
            today: the logical date.
            calendar: days and zone.
            apply: does it; may raise `PROBLEMS`.
            later: whether the same from the next day on may be asked for where a day sums to more than before.
            ascii_only: use no signs beyond ASCII.
        """
        super().__init__()
        self._title = title
        self._changes = changes
        self._today = today
        self._calendar = calendar
        self._apply = apply
        self._later = later and any(change.day is not None and change.day.above for change in changes)
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="change"):
            with VerticalScroll(id="change-body", can_focus=False):
                yield Static(markup=False, id="change-words")
            yield Static("", markup=False, classes="problem", id="change-problem")
            yield KeyLine("change.apply", *(("change.later",) if self._later else ()), "change.cancel")

    def on_mount(self) -> None:
        self.query_one("#change-problem").display = False
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _fit(self) -> None:
        """Leave room for the keys, and for a problem, however low the terminal is."""
        problem = 3 if self.query_one("#change-problem").display else 0
        self.query_one("#change-body").styles.max_height = max(2, self.app.size.height - 3 - problem)

    def _draw(self) -> None:
        width = max(20, self.app.size.width - 6)
        lines: list[Content] = [Content.styled(self._text(self._title), "bold")]
        if self.app.size.height >= LOW:
            lines.append(Content(""))
        for n, change in enumerate(self._changes):
            if n:
                lines.append(Content(""))
            lines += self._lines_of(change, width)
        self.query_one("#change-words", Static).update(Content("\n").join(lines))
        self._fit()

    def _lines_of(self, change: MedicineChange, width: int) -> list[Content]:
        after = change.after.latest
        before = change.before.latest if change.before is not None else None
        lines = []
        if change.day is not None and change.day.above:
            lines.append(self._line(day_sum_words(change.day, self._today), "bold $text-warning"))
        if len(self._changes) > 1 or change.before is None:
            lines.append(Content.styled(clip(change.after.name, width), "bold"))
        lines += [self._line(text) for text in _limited(version_changes(before, after))]
        stands = [
            where_words(m, self._today, self._calendar) if m is not None else "" for m in (change.before, change.after)
        ]
        if stands[0] and stands[0] != stands[1]:
            lines.append(self._line(f"today: {stands[0]} becomes {stands[1]}"))
        lines += [self._line(text) for text in change.says]
        if change.day is not None and (change.day.changes or change.day.above):
            lines.append(self._line(day_change_words(change.day, self._today)))
        lines += [self._line(text, MUTED) for text in _limited(moved_steps(before, after, self._today))]
        lines += self._past(change)
        lines.append(Content(""))
        lines += self._days(change, width)
        return lines

    def _past(self, change: MedicineChange) -> list[Content]:
        """Past days that change, or that none does though the change begins before today."""
        if not change.past:
            begins_before = change.before is not None and change.in_force_from.date < self._today
            return [self._line("No past day changes.")] if begins_before else []
        count = len(change.past)
        days = f"{count} past day{'' if count == 1 else 's'}"
        texts = [f"{day_words(day.date, year=False)}: {day.before} becomes {day.after}" for day in change.past]
        return [
            self._line(f"the plan of {days} would change:", "$text-warning"),
            *(self._line(f"  {text}", "$text-warning") for text in _limited(texts)),
            self._line("  What was recorded stays as it was recorded.", MUTED),
        ]

    def _days(self, change: MedicineChange, width: int) -> list[Content]:
        spans = coming_days(change.before, change.after, self._today, self._calendar)
        texts = [(self._text(s.when), self._text(s.before), self._text(s.after), s.same) for s in spans]
        heads = (AHEAD, CURRENT, NEW)
        columns = [
            max(cell_len(head), *map(cell_len, column))
            for head, column in zip(
                heads, ([t[0] for t in texts], [t[1] for t in texts], [t[2] for t in texts]), strict=True
            )
        ]
        if change.before is None:
            columns[1] = 0
        if sum(columns) + 4 > width or width < WIDE - 30:
            return self._stacked(texts, width, new=change.before is None)
        lines = []
        head = "  ".join(fit(h, c) for h, c in zip(heads, columns, strict=True) if c)
        lines.append(Content.styled(head.rstrip(), MUTED))
        for when, old, new, same in texts:
            row = f"{fit(when, columns[0])}  " + (f"{fit(old, columns[1])}  " if columns[1] else "")
            lines.append(
                Content.styled(f"{row}{UNCHANGED}", MUTED) if same else Content.assemble((row, MUTED), (new, "bold"))
            )
        return lines

    def _stacked(self, texts: list[tuple[str, str, str, bool]], width: int, *, new: bool) -> list[Content]:
        lines = [Content.styled(AHEAD, MUTED)]
        for when, old, then, same in texts:
            lines.append(Content.styled(clip(f"{when}{f', {UNCHANGED}' if same else ''}", width), MUTED))
            if same or new:
                lines.append(Content.styled(clip(f"  {then}", width), MUTED if same else "bold"))
            else:
                lines.append(Content.styled(clip(f"  {CURRENT:<7} {old}", width), MUTED))
                lines.append(Content.styled(clip(f"  {NEW:<7} {then}", width), "bold"))
        return lines

    def _text(self, text: str) -> str:
        text = sanitize(text)
        return in_ascii(text) if self._ascii else text

    def _line(self, text: str, style: str = "") -> Content:
        return Content.styled(self._text(text), style)

    def action_scroll(self, by: int) -> None:
        self.query_one("#change-body", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_cancel(self) -> None:
        self.dismiss("cancelled")

    def action_later(self) -> None:
        if self._later:
            self.dismiss("later")

    def action_apply(self) -> None:
        try:
            self._apply()
        except PROBLEMS as problem:
            line = self.query_one("#change-problem", Static)
            line.update(Content(self._text(problem_words(problem, key_of(self.app, "change.apply")))))
            line.display = True
            self._fit()
        else:
            self.dismiss("applied")


def _limited(texts: Sequence[str]) -> list[str]:
    if len(texts) <= MOST_LINES:
        return list(texts)
    return [*texts[: MOST_LINES - 1], f"and {len(texts) - MOST_LINES + 1} more"]
