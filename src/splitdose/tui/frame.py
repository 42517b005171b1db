"""What stands around every main screen: the header, what is not saved or can't be read, and what is due."""

from typing import Any

from textual.screen import Screen

from splitdose.core.wording import clock_back_words
from splitdose.store import StoreError
from splitdose.tui.screens.today import TodayScreen
from splitdose.tui.widgets.alarm_bar import alarm_words
from splitdose.tui.widgets.bars import Banner, Header, HeaderState
from splitdose.tui.window import Window


def trouble_words(window: Window, width: int) -> str:
    """What is not saved or can't be read, as far as there is room; how to try again goes before the details."""
    if window.unsaved is None:
        return f"CAN'T READ: {window.unread}"
    problem = window.unsaved.problem
    what = problem.what.removeprefix("not saved: ")
    key = window.key("retry")
    again = f"   {key} tries again"
    variants = (f"{what}; {problem.todo}", f"{problem.short}; {problem.todo}", problem.short)
    found = (f"NOT SAVED: {words}{again}" for words in variants)
    return next((words for words in found if len(words) <= width), f"NOT SAVED: {key} tries again")


def draw(window: Window, screen: Screen[Any]) -> None:
    """Draw header, trouble and alarm of a main screen, and give the terminal its title."""
    reader = window.session.reader
    try:
        now, calendar = reader.now(), reader.calendar
        calling = window.session.reminders.calling()
        damage, ahead = reader.damage(), reader.recorded_ahead()
    except StoreError as problem:
        window.unread = str(problem)
        screen.query_one("#trouble", Banner).text = trouble_words(window, screen.size.width - 2)
        return
    words, trouble = window.channel_words()
    screen.query_one(Header).state = HeaderState(now, calendar, words, trouble, window.demo)
    banner = screen.query_one("#trouble", Banner)
    if window.unsaved is not None or window.unread:
        banner.text = trouble_words(window, screen.size.width - 2)
    elif damage:
        first = damage[0]
        more = f" and {len(damage) - 1} more" if len(damage) > 1 else ""
        banner.text = f"damaged line ignored: {first.path.name}, line {first.line}{more}; the file was not changed"
    elif ahead is not None:
        banner.text = clock_back_words(now, ahead, calendar)
    else:
        banner.text = ""
    alarm = screen.query_one("#alarm", Banner)
    # Today names in its panel what is due, unless the cursor is elsewhere.
    named = screen.named() if isinstance(screen, TodayScreen) else None
    alarm.text = (
        ""
        if named is not None and named.open
        else alarm_words(
            calling, now, calendar, screen.size.width - 2, key=window.key("alarm"), show=window.key("screen.today"),
            discreet=window.session.reminders.policy.discreet, ascii_only=window.ascii_only,
        )
    )  # fmt: skip
    window.reminding.title(calling)
