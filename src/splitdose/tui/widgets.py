"""The pieces that screens are made of. Each is given values and draws them; none asks the session anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from splitdose.core.amount import show_count
from splitdose.core.clock import Calendar
from splitdose.core.day import Dose
from splitdose.core.product import show_dose, show_pieces, words_of
from splitdose.core.wording import day_words, length_words, mark, state_words
from splitdose.notify import sanitise
from splitdose.tui.commands import SCREENS, Command
from splitdose.tui.tablet import draw

WIDE, NARROW = 84, 50
"""From so many columns on there is room for everything; below the lower one, only for what a dose can't do without."""

STATE_STYLES = {
    "taken": "$text-success", "skipped": "$text-muted", "unsure": "$text-warning", "unrecorded": "$text-warning",
    "due": "bold $text-warning", "late": "bold $text-warning", "upcoming": "$text-muted",
}  # fmt: skip


def clip(text: str, width: int) -> str:
    """Text cut to a width with an ellipsis, control characters taken out."""
    text = sanitise(text)
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


@dataclass(frozen=True)
class HeaderState:
    """What the top line says."""

    now: datetime | None = None
    calendar: Calendar | None = None
    channels: str = ""
    trouble: bool = False
    demo: bool = False
    title: str = ""


class Header(Widget):
    """One line: the program, the moment, and which reminders work."""

    state: reactive[HeaderState] = reactive(HeaderState())

    def render(self) -> RenderResult:
        state, width = self.state, self.size.width
        if state.now is None or state.calendar is None:
            return Content("splitdose")
        local = state.calendar.local(state.now)
        day = state.calendar.date_of(state.now)
        name = "splitdose demo" if state.demo else "splitdose"
        when = f"{day_words(day)} · {local.strftime('%H:%M')}"
        if local.date() != day:
            # After midnight the logical day is still yesterday's; say both.
            when = f"{day_words(day, year=False)}, night to {day_words(local.date(), year=False)} · {local.strftime('%H:%M')}"
        if width < NARROW:
            name = "demo" if state.demo else ""
            when = f"{day_words(day, year=False)} · {local.strftime('%H:%M')}"
        left = Content.assemble((name, "bold $text-accent"), "   " if name else "", when)
        style = "$text-warning" if state.trouble else "$text-muted"
        room = width - left.cell_length - 2
        text = state.channels if width >= NARROW else ("reminders: see ?" if state.trouble else "")
        if room < 12:
            return left
        text = clip(text, room)
        return Content.assemble(left, " " * max(2, width - left.cell_length - len(text)), (text, style))


@dataclass(frozen=True)
class PanelState:
    """What the panel names: one dose, and what is known around it."""

    dose: Dose | None = None
    now: datetime | None = None
    calendar: Calendar | None = None
    last: str = ""
    gone: Fraction = Fraction(0)
    snoozed: str = ""
    others: int = 0
    ascii_only: bool = False
    empty: str = "No dose is planned."


class NextPanel(Widget):
    """The dose that Space records, large, with the piece to take."""

    state: reactive[PanelState] = reactive(PanelState(), layout=True)

    class Take(Message):
        """The person clicked on the button in the panel."""

    def watch_state(self, state: PanelState) -> None:
        dose = state.dose
        self.set_class(dose is not None and dose.open, "-open")
        self.border_title = "next" if dose is None or dose.record is None else "recorded"
        if dose is not None and dose.open:
            self.border_title = "due"
        elif dose is not None and dose.state == "unrecorded":
            self.border_title = "no record"

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self._button_row is not None and event.get_content_offset(self) is not None:
            offset = event.get_content_offset(self)
            if offset is not None and offset.y == self._button_row:
                self.post_message(self.Take())

    _button_row: int | None = None

    def render(self) -> RenderResult:
        state = self.state
        dose, now, calendar = state.dose, state.now, state.calendar
        width = self.content_size.width
        self._button_row = None
        if dose is None or now is None or calendar is None:
            return Content(state.empty)
        tiny = width < NARROW
        amount = show_dose(dose.pieces, ascii_only=state.ascii_only)
        when = Content.assemble(
            (clip(dose.slot.name, 24), "bold"), f" {dose.slot.time.strftime('%H:%M')}",
            _other_day(dose, now, calendar), "   ",
            (clip(state_words(dose, now, calendar), max(10, width - 20)), STATE_STYLES[dose.state]),
        )  # fmt: skip
        what = Content.assemble((clip(dose.medicine, max(12, width - 30)), "bold"), "  ", (amount, "bold $text-accent"))
        words = words_of(dose.pieces)
        lines = [when, what, Content(clip(words, width))]
        if tiny:
            glyphs = show_pieces(dose.pieces, ascii_only=state.ascii_only)
            short = words if len(words) <= width else f"{glyphs}"
            lines[2] = Content(clip(short, width))
        button = (
            "[ Space: taken now ]"
            if dose.record is None
            else "[ Space: one more ]"
            if dose.state == "taken"
            else "[ Space: correct ]"
        )
        if state.snoozed:
            button += f"   {state.snoozed}"
        if state.others:
            button += f"   a: all {state.others + 1} that are due"
        notes = [state.last] if state.last and not tiny else []
        if dose.record is not None and dose.record.note:
            notes.append(f"note: {dose.record.note}")
        picture = (
            [] if width < 44 or len(dose.pieces) != 1 else draw(dose.pieces[0], state.gone, ascii_only=state.ascii_only)
        )
        picture_width = sum(len(text) for text, _ in picture[0]) if picture else 0
        room = width - picture_width - 2
        lines += [Content(clip(note, room)) for note in notes[:1]]
        self._button_row = len(lines)
        lines.append(Content.styled(clip(button, room), "$text-accent" if dose.open else "$text-muted"))
        if not picture:
            return Content("\n").join(lines)
        rows = []
        for n in range(max(len(lines), len(picture))):
            left = lines[n] if n < len(lines) else Content("")
            left = left.truncate(room, ellipsis=True).pad_right(max(0, room - left.cell_length))
            right = (
                Content.assemble(*((text, _PICTURE_STYLES[part]) for text, part in picture[n]))
                if n < len(picture)
                else Content("")
            )
            rows.append(Content.assemble(left, "  ", right))
        return Content("\n").join(rows)


_PICTURE_STYLES = {"line": "$text-muted", "take": "$text-accent", "gone": "$text-disabled", "left": ""}


def _other_day(dose: Dose, now: datetime, calendar: Calendar) -> str:
    today = calendar.date_of(now)
    if dose.date == today:
        return ""
    if dose.date == today - timedelta(days=1):
        return " yesterday"
    return " tomorrow" if dose.date == today + timedelta(days=1) else f" {day_words(dose.date, year=False)}"


@dataclass(frozen=True)
class Row:
    """One dose in the list."""

    dose: Dose
    yesterday: bool = False
    held: str = ""


class DoseList(OptionList, inherit_bindings=False):
    """All doses of the day. The cursor says which one the panel names; choosing is moving, never recording."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def action_select(self) -> None:
        """A click only moves the cursor."""

    def show(self, rows: Sequence[Row], now: datetime, calendar: Calendar, *, ascii_only: bool) -> None:
        """Draw these doses, keeping the cursor where it is."""
        prompts = _rows(rows, now, calendar, max(20, self.size.width - 2), ascii_only)
        if len(prompts) != self.option_count:
            at = self.highlighted
            with self.prevent(OptionList.OptionHighlighted):
                self.clear_options()
                self.add_options([Option(prompt) for prompt in prompts])
                if prompts:
                    self.highlighted = min(at or 0, len(prompts) - 1)
            return
        for n, prompt in enumerate(prompts):
            if self.get_option_at_index(n).prompt != prompt:
                self.replace_option_prompt_at_index(n, prompt)


def _rows(rows: Sequence[Row], now: datetime, calendar: Calendar, width: int, ascii_only: bool) -> list[Content]:
    if not rows:
        return []
    slot_width = min(
        14, max(len(sanitise(r.dose.slot.name)) for r in rows) + (2 if any(r.yesterday for r in rows) else 0)
    )
    name_width = min(
        18 if width >= WIDE else 12 if width >= NARROW else 9,
        max(len(sanitise(r.dose.medicine)) for r in rows),
    )
    amounts = [show_dose(r.dose.pieces, ascii_only=ascii_only) for r in rows]
    amount_width = min(14, max(len(a) for a in amounts))
    pieces = [_piece_words(r.dose, width, ascii_only) for r in rows]
    piece_width = min(24, max(len(p) for p in pieces))
    prompts = []
    previous: tuple[str, bool] | None = None
    for row, amount, piece in zip(rows, amounts, pieces, strict=True):
        dose = row.dose
        style = STATE_STYLES[dose.state]
        here = (dose.slot.name, row.yesterday)
        name = clip(dose.slot.name, slot_width)
        if row.yesterday:
            name = clip(f"y. {dose.slot.name}" if width < WIDE else f"yest. {dose.slot.name}", max(slot_width, 12))
        wall = dose.slot.time.strftime("%H:%M")
        state = state_words(dose, now, calendar)
        if row.held:
            state += f" · {row.held}"
        sign = mark(dose.state, ascii_only=ascii_only)
        if width >= NARROW:
            shown = "" if here == previous else name
            text = f"{shown:<{slot_width}} {wall}   {clip(dose.medicine, name_width):<{name_width}}  {clip(amount, amount_width):>{amount_width}}"
            if piece_width:
                text += f"  {piece:<{piece_width}}"
            text += "  "
        else:
            text = f"{wall} {clip(dose.medicine, name_width):<{name_width}} {clip(amount, 8):>{min(8, amount_width)}} "
            state = _short_state(dose, now, calendar)
        room = max(4, width - len(text) - 3)
        muted = dose.state in ("taken", "skipped") or (dose.state == "upcoming" and not dose.open)
        prompts.append(
            Content.assemble(
                (f"{sign} ", style), (text, "" if not muted else "$text-muted"), (clip(state, room), style)
            )
        )
        previous = here
    return prompts


def _short_state(dose: Dose, now: datetime, calendar: Calendar) -> str:
    words = state_words(dose, now, calendar)
    return words.replace("taken ", "").removesuffix(" ago") if dose.state in ("taken", "due", "late") else words


def _piece_words(dose: Dose, width: int, ascii_only: bool) -> str:
    if dose.mg is None:
        return ""
    if width >= WIDE - 2:
        return show_pieces(dose.pieces, ascii_only=ascii_only)
    return (
        " ".join(show_count(p.count, ascii_only=ascii_only) for p in dose.pieces)
        if not dose.pieces[0].product.poured
        else ""
    )


class Lines(Widget):
    """A few plain lines, cut to the width."""

    lines: reactive[tuple[tuple[str, str], ...]] = reactive(())

    def watch_lines(self, lines: tuple[tuple[str, str], ...]) -> None:
        self.display = bool(lines)
        self.styles.height = len(lines)

    def render(self) -> RenderResult:
        width = self.content_size.width
        return Content("\n").join(Content.styled(clip(text, width), style) for text, style in self.lines)


class CommandBar(Widget):
    """The bottom line: screens and the keys that matter here, as many as fit."""

    here: reactive[str] = reactive("today")
    shown: reactive[tuple[Command, ...]] = reactive(())
    keymap: dict[str, str]

    def __init__(self, here: str, shown: tuple[Command, ...], keymap: dict[str, str]) -> None:
        super().__init__()
        self.keymap = keymap
        self.set_reactive(CommandBar.here, here)
        self.set_reactive(CommandBar.shown, shown)

    def render(self) -> RenderResult:
        width = self.size.width
        parts: list[Content] = []
        for key, name, title in SCREENS:
            style = "bold $text-accent" if name == self.here else "$text-muted"
            parts.append(Content.styled(f"{key} {title}" if width >= NARROW else key, style))
        left = Content(" ") + Content("  " if width >= NARROW else " ").join(parts)
        room = width - left.cell_length - 3
        chosen: list[Command] = []
        for command in sorted((c for c in self.shown if c.bar is not None), key=lambda c: c.bar or 0):
            length = len(command.shown_key(self.keymap)) + 1 + len(command.label) + 2
            if room < length:
                break
            room -= length
            chosen.append(command)
        order = list(self.shown)
        chosen.sort(key=order.index)
        keys = Content("  ").join(Content.assemble((c.shown_key(self.keymap), "bold"), f" {c.label}") for c in chosen)
        gap = max(2, width - left.cell_length - keys.cell_length - 1)
        return Content.assemble(left, " " * gap, keys)


class Banner(Widget):
    """A bar that stays until what it says is over: an alarm, or something not saved."""

    text: reactive[str] = reactive("")

    class Clicked(Message):
        """The person clicked on the bar."""

        def __init__(self, banner: "Banner") -> None:
            self.banner = banner
            super().__init__()

    def on_click(self) -> None:
        self.post_message(self.Clicked(self))

    def watch_text(self, text: str) -> None:
        self.display = bool(text)

    def render(self) -> RenderResult:
        return Content(clip(self.text, self.content_size.width))


def open_words(doses: Sequence[Dose], now: datetime, calendar: Calendar, *, discreet: bool, ascii_only: bool) -> str:
    """What the alarm bar says of the open doses."""
    if not doses:
        return ""
    if discreet:
        return "A reminder is waiting: 1 shows it"
    first = doses[0]
    words = f"{first.slot.name}: {first.medicine} {show_dose(first.pieces, ascii_only=ascii_only)}, {state_words(first, now, calendar)}"
    if len(doses) > 1:
        words += f", and {len(doses) - 1} more"
    return f"{words}   1 shows it"


def last_words(last: tuple[str, datetime] | None, now: datetime, calendar: Calendar) -> str:
    """The intake before: "last dose 5 mg at 08:04, 5 h 54 min ago"."""
    if last is None:
        return ""
    amount, at = last
    local = calendar.local(at)
    day = "" if calendar.date_of(at) == calendar.date_of(now) else f"{day_words(local.date(), year=False)} "
    return f"last dose {amount} at {day}{local.strftime('%H:%M')}, {length_words(now - at)} ago"
