"""The versions of a plan: when each was made, why, and what it changed."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.clock import Calendar
from splitdose.core.plan import Medicine
from splitdose.core.plan_wording import fork_words, since_point_words
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.wording import day_words
from splitdose.tui.commands import bindings
from splitdose.tui.dialogs.base import Dialog
from splitdose.tui.plan_words import version_changes
from splitdose.tui.widgets.fit import MUTED, clip
from splitdose.tui.widgets.key_line import KeyLine

Wanted = Literal["undo", "keep", ""]


class VersionsScreen(Dialog[Wanted]):
    """Every version of a medicine's plan, the newest first.

    Gives "undo" when the newest is to be undone, and "keep" when it is to rule beside another device's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("versions")]

    def __init__(self, medicine: Medicine, calendar: Calendar, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._medicine = medicine
        self._calendar = calendar
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        keys = ["versions.keep"] if self._medicine.forked else []
        keys += ["versions.undo"] if len(self._medicine.versions) > 1 else []
        with Vertical(classes="dialog tall"):
            yield Static(Content(f"versions of the plan of {clip(self._medicine.name, 60)}"), classes="ask")
            with VerticalScroll(id="versions", can_focus=False):
                yield Static(Content("\n").join(self._lines()), markup=False)
            yield KeyLine(*keys, "versions.close")

    def _lines(self) -> list[Content]:
        versions = self._medicine.versions
        forked = fork_words(self._medicine, self._calendar)
        lines: list[Content] = [Content(self._text(forked)), Content("")] if forked else []
        for n in range(len(versions) - 1, -1, -1):
            version = versions[n]
            local = self._calendar.local(version.made_at)
            since = f"in force {since_point_words(version.in_force_from, year=False)}"
            lines.append(Content.styled(f"version {version.number}  {self._text(version.why)}", "bold"))
            lines.append(Content.styled(f"  made {day_words(local.date())} {local:%H:%M}", MUTED))
            lines.append(Content.styled(f"  {self._text(since)}", MUTED))
            if version.id in self._medicine.beside:
                lines.append(Content.styled("  made beside the one that rules", "$text-warning"))
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
            self.dismiss("undo")

    def action_keep(self) -> None:
        if self._medicine.forked:
            self.dismiss("keep")

    def action_close(self) -> None:
        self.dismiss("")
