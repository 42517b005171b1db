"""What the Plan screen asks and lists besides the table: from when, which medicine, and the versions there were."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from splitdose.core.amount import quote
from splitdose.core.clock import Calendar
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint, Medicine
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.typed_times import NEAR, parse_day
from splitdose.core.wording import day_words
from splitdose.session import Session
from splitdose.tui.editors.fields import Keys
from splitdose.tui.plan_words import version_changes
from splitdose.tui.widgets.fit import MUTED, clip

WHEN_HINT = "now, tomorrow, in 3 days, 2026-01-31, tomorrow evening"


def read_from(text: str, medicine: Medicine, session: Session) -> DosePoint | None:
    """From which dose on: a day, and if you like a slot of it.

    Args:
        text: "now", "today", "tomorrow evening", "in 3 days", "2026-01-31 morning".
        medicine: whose slots they are.
        session: knows today.

    Returns:
        The (date, slot); None for "now" and a bare "today": from the next dose that is still open.

    Raises:
        BadInput: no such day or slot.
    """
    typed = " ".join(text.split())
    reader = session.reader
    today = reader.today()
    lower = typed.lower()
    if lower in ("", "now", "today"):
        return None
    if (found := re.fullmatch(r"in ([0-9]{1,4}) days?(?: (.+))?", typed, re.IGNORECASE)) is not None:
        day, slot = today + timedelta(days=int(found[1])), found[2] or ""
    else:
        first, _, slot = typed.partition(" ")
        if not first[:1].isdigit() and first.lower() not in NEAR:
            raise BadInput(f"{quote(typed)} is not a day", f"type {WHEN_HINT}")
        day = parse_day(first, today)
    if not slot.strip():
        return DosePoint(day)
    return DosePoint(day, reader.find_slot(medicine, slot.strip(), day))


def point_words(point: DosePoint | None, usual: DosePoint) -> str:
    """From when, in words: "from Fri 1 Dec, evening on"; without a point the usual one."""
    at = point or usual
    slot = f", {at.slot}" if at.slot is not None else ""
    return f"from {day_words(at.date, year=False)}{slot} on"


class Picker(ModalScreen[int | None]):
    """Asks for one of a few things by name; Enter or a click chooses, Escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, title: str, names: Sequence[str], at: int = 0) -> None:
        super().__init__()
        self._title = title
        self._names = names
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="ask")
            yield OptionList(*(Option(Content(sanitize(name))) for name in self._names), id="picks")
            yield Static("Enter chooses   Esc: leave", markup=False, classes="keys")

    def on_mount(self) -> None:
        picks = self.query_one(OptionList)
        picks.highlighted = self._at
        picks.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_leave(self) -> None:
        self.dismiss(None)


class VersionsScreen(ModalScreen[bool]):
    """Every version of a medicine's plan, the newest first: when it was made, why, and what it changed.

    Gives True when the newest is to be taken back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "leave", show=False),
        Binding("U", "undo", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(8)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
    ]

    def __init__(self, medicine: Medicine, calendar: Calendar, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._medicine = medicine
        self._calendar = calendar
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        versions = self._medicine.versions
        keys = [("U", "takes back the newest", "undo")] if len(versions) > 1 else []
        with Vertical(classes="dialog tall"):
            yield Static(Content(f"versions of the plan of {clip(self._medicine.name, 60)}"), classes="ask")
            with VerticalScroll(id="versions", can_focus=False):
                yield Static(Content("\n").join(self._lines()), markup=False)
            yield Keys([*keys, ("Esc", "closes", "leave")])

    def _lines(self) -> list[Content]:
        versions = self._medicine.versions
        lines: list[Content] = []
        for n in range(len(versions) - 1, -1, -1):
            version = versions[n]
            local = self._calendar.local(version.made_at)
            in_force_from = version.in_force_from
            since = f"in force {point_words(in_force_from, in_force_from)}"
            title = f"version {version.number}  {self._text(version.why)}"
            lines.append(Content.styled(title, "bold"))
            lines.append(Content.styled(f"  made {day_words(local.date())} {local:%H:%M}", MUTED))
            lines.append(Content.styled(f"  {self._text(since)}", MUTED))
            before = versions[n - 1] if n else None
            lines += [Content(f"  {self._text(text)}") for text in version_changes(before, version)]
            lines.append(Content(""))
        return lines[:-1]

    def _text(self, text: str) -> str:
        text = sanitize(text)
        return in_ascii(text) if self._ascii else text

    def action_scroll(self, by: int) -> None:
        self.query_one("#versions", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_undo(self) -> None:
        if len(self._medicine.versions) > 1:
            self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)
