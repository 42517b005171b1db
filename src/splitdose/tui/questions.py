"""What the app asks by itself: whose time zone counts, and what a dose that was recorded twice was. Each once."""

from collections.abc import Coroutine
from typing import Any

from textual.screen import Screen

from splitdose.core.day import Dose
from splitdose.core.showing import show_dose
from splitdose.core.wording import day_words, taken_time_words
from splitdose.session import Refused
from splitdose.store import NotSaved, StoreError
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.flow import problem_words, start
from splitdose.tui.record import says_yes
from splitdose.tui.window import Window


class Questions:
    """What was asked in one window already, and what is still to be asked."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._zone: str | None = None
        self._records: set[str] = set()

    def ask(self, screen: Screen[Any]) -> None:
        """Ask, over a screen, what there is to ask. Raises StoreError."""
        question = self._next()
        if question is not None:
            start(screen, question)

    def _next(self) -> Coroutine[Any, Any, None] | None:
        reader = self._window.session.reader
        zone = reader.zone_differs()
        if zone is not None and zone != self._zone:
            return self._ask_about_zone(zone)
        for dose in reader.duplicates():
            if dose.record is not None and dose.duplicates[0].id not in self._records:
                return self._ask_about_duplicate(dose)
        return None

    async def _ask_about_zone(self, zone: str) -> None:
        window = self._window
        self._zone = zone
        kept = window.session.reader.calendar.latest.zone
        facts = f"This machine's clock is in {zone}. Your times are kept in {kept}."
        follow = await says_yes(window, facts, f"Follow {zone} from today on? No keeps {kept}.")
        try:
            window.session.plans.answer_zone(follow=follow)
        except NotSaved as problem:
            window.say(problem_words(problem))
        window.redraw()

    async def _ask_about_duplicate(self, dose: Dose) -> None:
        """Two devices filled one dose: ask what the second record was. Escape leaves it open until the next start."""
        window, first, second = self._window, dose.record, dose.duplicates[0]
        assert first is not None
        self._records.add(second.id)
        calendar = window.session.reader.calendar
        times = [taken_time_words(each, dose.date, calendar) for each in (first, second)]
        facts = (
            f"{dose.medicine} {dose.slot.name} of {day_words(dose.date)} is recorded twice: "
            f"{first.kind} {times[0]} ({show_dose(first.pieces)}), and "
            f"{second.kind} {times[1]} ({show_dose(second.pieces)})."
        )
        ask = f"Was the second one taken as well? {window.key('question.yes')}: as an extra."
        answer = await window.push_screen_wait(Confirm(facts, ask, others=[("question.same", "the same dose")]))
        if answer not in ("y", "d"):
            return
        try:
            window.session.record.resolve_duplicate(second.id, extra=answer == "y")
        except Refused as refused:
            window.say(refused.what)
        except StoreError as problem:
            self._records.discard(second.id)
            window.say(problem_words(problem))
        window.redraw()
