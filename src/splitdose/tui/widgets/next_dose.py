"""The panel: the dose that is recorded on one key, large, with the piece to take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.showing import words_of
from splitdose.core.upcoming import far_ahead
from splitdose.core.wording import ago_words, day_words, near_day_words, state_words, wall_words
from splitdose.tui.widgets.fit import MUTED, NARROW, STATE_STYLES, clip, fit_amount
from splitdose.tui.widgets.tablet import draw

NAME_AT_LEAST = 8
"""Cells that a medicine's name has beside its amount."""
PICTURE_FROM = 44
"""Columns from which on there is room for the drawing beside the words."""

_PICTURE_STYLES = {"line": MUTED, "take": "$text-accent", "gone": "$foreground 38%", "left": ""}


@dataclass(frozen=True)
class PanelState:
    """What the panel names: one dose, and what is known around it.

    Attributes:
        last: the intake before, in words.
        gone: how much of the dose's product was taken before it that day.
        snoozed: until when, in words, or "".
        others: how many further doses are due.
        empty: what stands there without a dose.
        take: the key that takes the dose.
        take_all: the key that takes all that are due.
    """

    dose: Dose | None = None
    now: datetime | None = None
    calendar: Calendar | None = None
    last: str = ""
    gone: Fraction = Fraction(0)
    snoozed: str = ""
    others: int = 0
    ascii_only: bool = False
    empty: str = "No dose is planned."
    take: str = "Space"
    take_all: str = "a"


class NextPanel(Widget):
    """Draws one dose; a click on its button takes it."""

    state: reactive[PanelState] = reactive(PanelState(), layout=True)

    class Take(Message):
        """The person clicked on the button."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._button_row: int | None = None

    def watch_state(self, state: PanelState) -> None:
        self.set_class(state.dose is not None and state.dose.open, "-open")
        self.border_title = _title(state.dose)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        offset = event.get_content_offset(self)
        if offset is not None and offset.y == self._button_row:
            self.post_message(self.Take())

    def render(self) -> RenderResult:
        return self._drawn(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as are drawn at a width: Textual would count those of the width before."""
        return len(self._drawn(width).split("\n", allow_blank=True))

    def _drawn(self, width: int) -> Content:
        state = self.state
        self._button_row = None
        dose = state.dose
        if dose is None or state.now is None or state.calendar is None:
            return Content(state.empty)
        picture = []
        if width >= PICTURE_FROM and len(dose.pieces) == 1:
            picture = draw(dose.pieces[0], state.gone, ascii_only=state.ascii_only)
        room = width - (sum(len(text) for text, _ in picture[0]) + 2 if picture else 0)
        # The amount first: a long name gives way to it.
        amount = fit_amount(dose.pieces, max(4, room - NAME_AT_LEAST - 2), ascii_only=state.ascii_only)
        name = clip(dose.medicine, max(4, room - cell_len(amount) - 2))
        lines = [
            self._when(dose, state.now, state.calendar, room),
            Content.assemble((name, "bold"), "  ", (amount, "bold $text-accent")),
            Content(clip(words_of(dose.pieces), room)),
        ]  # fmt: skip
        note = f"note: {dose.record.note}" if dose.record is not None and dose.record.note else state.last
        if note and width >= NARROW:
            lines.append(Content.styled(clip(note, room), MUTED))
        self._button_row = len(lines)
        lines.append(Content.styled(clip(_button(state, dose), room), "$text-accent" if dose.open else MUTED))
        if not picture:
            return Content("\n").join(lines)
        drawn = [Content.assemble(*((text, _PICTURE_STYLES[part]) for text, part in line)) for line in picture]
        height = max(len(lines), len(drawn))
        lines += [Content("")] * (height - len(lines))
        drawn += [Content("")] * (height - len(drawn))
        return Content("\n").join(
            Content.assemble(left.truncate(room, ellipsis=True, pad=True), "  ", right)
            for left, right in zip(lines, drawn, strict=True)
        )

    def _when(self, dose: Dose, now: datetime, calendar: Calendar, room: int) -> Content:
        wall = f" {wall_words(dose.slot.time)}{_other_day(dose, now, calendar)}"
        head = Content.assemble((clip(dose.slot.name, max(1, min(24, room - len(wall)))), "bold"), wall)
        words = state_words(dose, now, calendar, ascii_only=self.state.ascii_only)
        gap = "   " if room >= NARROW else "  "
        if head.cell_length + len(gap) + len(words) > room:
            words = words.removeprefix("in ")
        return Content.assemble(head, gap, (clip(words, room - head.cell_length - len(gap)), STATE_STYLES[dose.state]))


def _title(dose: Dose | None) -> str:
    if dose is None:
        return "next"
    if dose.open:
        return "due"
    if dose.record is not None:
        return "recorded"
    return "no record" if dose.state == "unrecorded" else "next"


def _button(state: PanelState, dose: Dose) -> str:
    if dose.state == "taken":
        text = f"[ {state.take}: one more, as extra ]"
    elif dose.record is not None:
        text = f"[ {state.take}: taken after all ]"
    elif state.now is not None and far_ahead(dose, state.now):
        text = "[ not due yet ]"
    elif dose.state == "upcoming" and state.now is not None and dose.due - state.now > timedelta(hours=1):
        text = f"[ {state.take}: taken early ]"
    else:
        text = f"[ {state.take}: taken now ]"
    if state.snoozed:
        text += f"   {state.snoozed}"
    if state.others:
        text += f"   {state.take_all}: all {state.others + 1} that are due"
    return text


def _other_day(dose: Dose, now: datetime, calendar: Calendar) -> str:
    away = (dose.date - calendar.date_of(now)).days
    names = {0: "", -1: " yesterday", 1: " tomorrow"}
    return names.get(away, f" {near_day_words(dose.date, calendar.date_of(now))}")


def last_words(last: tuple[str, datetime] | None, now: datetime, calendar: Calendar) -> str:
    """The intake before: "last dose 5 mg at 08:04, 5 h 54 min ago"."""
    if last is None:
        return ""
    amount, at = last
    local = calendar.local(at)
    day = "" if calendar.date_of(at) == calendar.date_of(now) else f"{day_words(local.date(), year=False)} "
    return f"last dose {amount} at {day}{wall_words(local.time())}, {ago_words(at, now, calendar)}"
