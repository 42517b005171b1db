"""What stands around every main screen: the top line, the bars that stay, plain lines, and the command bar."""

from dataclasses import dataclass
from datetime import datetime

from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from splitdose.core.clock import Calendar
from splitdose.core.wording import day_words, wall_words
from splitdose.tui.commands import SCREENS, Command
from splitdose.tui.widgets.fit import MUTED, NARROW, clip


@dataclass(frozen=True)
class HeaderState:
    """What the top line says; `channels` in falling length, of which the first that fits is shown."""

    now: datetime | None = None
    calendar: Calendar | None = None
    channels: tuple[str, ...] = ()
    trouble: bool = False
    demo: bool = False


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
        when = f"{day_words(day)} · {wall_words(local.time())}"
        if local.date() != day:
            # After midnight the logical day is still yesterday's; say both.
            night = f"{day_words(day, year=False)}, night to {day_words(local.date(), year=False)}"
            when = f"{night} · {wall_words(local.time())}"
        if width < NARROW:
            name = "demo" if state.demo else ""
            when = f"{day_words(day, year=False)} · {wall_words(local.time())}"
        left = Content.assemble((name, "bold $text-accent"), "   " if name else "", when)
        style = "$text-warning" if state.trouble else MUTED
        room = width - left.cell_length - 2
        text = next((words for words in state.channels if len(words) <= room), "")
        return Content.assemble(left, " " * max(2, width - left.cell_length - len(text)), (text, style))


class TextLines(Widget):
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
            style = "bold $text-accent" if name == self.here else MUTED
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
