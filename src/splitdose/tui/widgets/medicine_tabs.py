"""The medicines by name, above what is shown of one of them."""

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from splitdose.tui.widgets.fit import MUTED, clip


class MedicineTabs(Widget):
    """The medicines by name, the shown one marked; a click shows another."""

    names: reactive[tuple[str, ...]] = reactive(())
    at: reactive[int] = reactive(0)

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, at: int) -> None:
            self.at = at
            super().__init__()

    def _shown(self) -> list[tuple[int, str]]:
        """The names that fit, the shown one among them."""
        width = max(8, self.content_size.width - 4)
        first = 0
        while True:
            shown: list[tuple[int, str]] = []
            used = 0
            for n in range(first, len(self.names)):
                name = clip(self.names[n], min(24, width))
                used += cell_len(name) + 3
                if used > width + 3 and shown:
                    break
                shown.append((n, name))
            if not shown or shown[-1][0] >= self.at:
                return shown
            first += 1

    def render(self) -> RenderResult:
        shown = self._shown()
        parts = [Content("… ")] if shown and shown[0][0] else []
        for place, (n, name) in enumerate(shown):
            if place:
                parts.append(Content("   "))
            here = n == self.at
            parts.append(Content.styled(name, "bold underline $text-accent" if here else MUTED))
        if shown and shown[-1][0] < len(self.names) - 1:
            parts.append(Content.styled(" …", MUTED))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        shown = self._shown()
        x = offset.x - (2 if shown and shown[0][0] else 0)
        for n, name in shown:
            if 0 <= x < cell_len(name):
                self.post_message(self.Chosen(n))
            x -= cell_len(name) + 3
