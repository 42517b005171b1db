"""What a change of the plan does, shown before it is done: what changed, coming days, past days; then one key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.day_change import DayChange
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint, Medicine
from splitdose.core.plan_wording import day_change_words, day_sum_words
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.wording import day_words
from splitdose.session import Refused
from splitdose.session.planner import ChangedDay
from splitdose.store import NotSaved, StoreError
from splitdose.tui.editors.fields import Keys
from splitdose.tui.plan_words import coming_days, moved_steps, version_changes, where_words
from splitdose.tui.widgets.fit import MUTED, WIDE, clip, fit

LOW = 16
"""Fewer lines than these have no room for empty ones."""
MOST_LINES = 12
"""More lines than these of one kind are counted, not listed."""


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


class ChangeScreen(ModalScreen[bool]):
    """Shows what would change and does it on y. Gives True once it is done, False when it was left.

    What can't be saved stays here, says so, and y tries again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", show=False),
        Binding("n,escape", "no", show=False),
        Binding("t", "later", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(8)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
    ]

    def __init__(
        self,
        title: str,
        turns: Sequence[MedicineChange],
        today: date,
        calendar: Calendar,
        apply: Callable[[], None],
        *,
        later: Callable[[], None] | None = None,
        ascii_only: bool = False,
    ) -> None:
        """Make one.

        Args:
            title: what is to be done, as a question.
            turns: what becomes of each medicine.
            today: the logical date.
            calendar: days and zone.
            apply: does it; may raise what the session raises.
            later: shows the same from the next day's first dose on, offered where the day sums to more than before.
            ascii_only: use no signs beyond ASCII.
        """
        super().__init__()
        self._title = title
        self._turns = turns
        self._today = today
        self._calendar = calendar
        self._apply = apply
        self._later = later if any(turn.day is not None and turn.day.above for turn in turns) else None
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="change"):
            with VerticalScroll(id="change-body", can_focus=False):
                yield Static(markup=False, id="change-words")
            yield Static("", markup=False, classes="problem", id="change-problem")
            later = (("t", "a day later", "later"),) if self._later is not None else ()
            yield Keys((("y", "apply", "yes"), *later, ("n", "cancel", "no")))

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
        for n, turn in enumerate(self._turns):
            if n:
                lines.append(Content(""))
            lines += self._turn(turn, width)
        self.query_one("#change-words", Static).update(Content("\n").join(lines))
        self._fit()

    def _turn(self, turn: MedicineChange, width: int) -> list[Content]:
        after = turn.after.latest
        before = turn.before.latest if turn.before is not None else None
        lines = []
        if turn.day is not None and turn.day.above:
            lines.append(self._line(day_sum_words(turn.day, self._today), "bold $text-warning", width))
        if len(self._turns) > 1 or turn.before is None:
            lines.append(Content.styled(clip(turn.after.name, width), "bold"))
        lines += [self._line(text, "", width) for text in self._limited(version_changes(before, after))]
        stand = [
            where_words(m, self._today, self._calendar) if m is not None else "" for m in (turn.before, turn.after)
        ]
        if stand[0] and stand[0] != stand[1]:
            lines.append(self._line(f"today: {stand[0]} becomes {stand[1]}", "", width))
        lines += [self._line(text, "", width) for text in turn.says]
        if turn.day is not None and (turn.day.changes or turn.day.above):
            lines.append(self._line(day_change_words(turn.day, self._today), "", width))
        lines += [self._line(text, MUTED, width) for text in self._limited(moved_steps(before, after, self._today))]
        if turn.past:
            count = len(turn.past)
            days = f"{count} day{'' if count == 1 else 's'}"
            lines.append(self._line(f"past doses of {days} would read differently:", "$text-warning", width))
            texts = [f"{day_words(day.date, year=False)}: {day.before} becomes {day.after}" for day in turn.past]
            lines += [self._line(f"  {text}", "$text-warning", width) for text in self._limited(texts)]
            lines.append(self._line("  What was recorded stays as it was recorded.", MUTED, width))
        elif turn.before is not None and turn.in_force_from.date < self._today:
            lines.append(self._line("No past dose reads differently: a record keeps the plan of its time.", "", width))
        lines.append(Content(""))
        lines += self._days(turn, width)
        return lines

    def _days(self, turn: MedicineChange, width: int) -> list[Content]:
        spans = coming_days(turn.before, turn.after, self._today, self._calendar)
        texts = [(self._text(s.when), self._text(s.before), self._text(s.after), s.same) for s in spans]
        heads = ("the coming two weeks", "now", "then")
        columns = [
            max(cell_len(head), *map(cell_len, column))
            for head, column in zip(
                heads, ([t[0] for t in texts], [t[1] for t in texts], [t[2] for t in texts]), strict=True
            )
        ]
        if turn.before is None:
            columns[1] = 0
        if sum(columns) + 4 > width or width < WIDE - 30:
            return self._stacked(texts, width, new=turn.before is None)
        lines = []
        head = "  ".join(fit(h, c) for h, c in zip(heads, columns, strict=True) if c)
        lines.append(Content.styled(head.rstrip(), MUTED))
        for when, old, new, same in texts:
            row = f"{fit(when, columns[0])}  " + (f"{fit(old, columns[1])}  " if columns[1] else "")
            lines.append(
                Content.styled(f"{row}as now", MUTED) if same else Content.assemble((row, MUTED), (new, "bold"))
            )
        return lines

    def _stacked(self, texts: list[tuple[str, str, str, bool]], width: int, *, new: bool) -> list[Content]:
        lines = [Content.styled("the coming two weeks", MUTED)]
        for when, old, then, same in texts:
            lines.append(Content.styled(clip(f"{when}{', as now' if same else ''}", width), MUTED))
            if same or new:
                lines.append(Content.styled(clip(f"  {then}", width), MUTED if same else "bold"))
            else:
                lines.append(Content.styled(clip(f"  now  {old}", width), MUTED))
                lines.append(Content.styled(clip(f"  then {then}", width), "bold"))
        return lines

    def _limited(self, texts: Sequence[str]) -> list[str]:
        if len(texts) <= MOST_LINES:
            return list(texts)
        return [*texts[: MOST_LINES - 1], f"and {len(texts) - MOST_LINES + 1} more"]

    def _text(self, text: str) -> str:
        text = sanitize(text)
        return in_ascii(text) if self._ascii else text

    def _line(self, text: str, style: str, width: int) -> Content:
        return Content.styled(self._text(text), style)

    def action_scroll(self, by: int) -> None:
        self.query_one("#change-body", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_no(self) -> None:
        self.dismiss(False)

    def action_later(self) -> None:
        if self._later is not None:
            self.dismiss(False)
            self._later()

    def action_yes(self) -> None:
        problem = attempt(self._apply)
        if problem is None:
            self.dismiss(True)
            return
        line = self.query_one("#change-problem", Static)
        line.update(Content(self._text(problem)))
        line.display = True
        self._fit()


def attempt(apply: Callable[[], None]) -> str | None:
    """Do it; what stood against it in words, None when nothing did."""
    try:
        apply()
    except NotSaved as problem:
        return f"NOT SAVED: {problem}; y tries again"
    except (BadInput, Refused, StoreError) as problem:
        return str(problem)
    return None
