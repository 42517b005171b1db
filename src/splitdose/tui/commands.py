"""Every command of the app, written once: its id, keys, name and help.

Bindings, the bar at the bottom, the palette and the help screen are all made from this list. The ids are public:
`config.toml` remaps keys by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Place = Literal[
    "everywhere", "dose", "today", "week", "plan", "course",
    "change", "versions", "pick", "editor", "choice", "guide", "welcome",
    "question", "prompt", "form", "scroll", "details", "log", "month", "alarm", "reminders", "report",
]  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One thing a person can do.

    Attributes:
        id: public name, for remapping.
        keys: as Textual names them, with commas between.
        action: of the screen or app.
        label: one or two words for the bar.
        help: one sentence.
        place: where it works.
        bar: how early it appears in a narrow bar, 1 first; None never.
    """

    id: str
    keys: str
    action: str
    label: str
    help: str
    place: Place = "everywhere"
    bar: int | None = None

    @property
    def binding(self) -> Binding:
        return Binding(self.keys, self.action, self.label, id=self.id, show=False)

    def shown_key(self, keymap: Mapping[str, str] | None = None) -> str:
        """Its first key as people call it."""
        return self.shown_keys(keymap).split("/")[0]

    def shown_keys(self, keymap: Mapping[str, str] | None = None) -> str:
        """All its keys as people call them: "Space/Enter"."""
        return "/".join(key_name(key.strip()) for key in (keymap or {}).get(self.id, self.keys).split(","))


_KEY_NAMES = {
    "space": "Space", "enter": "Enter", "escape": "Esc", "question_mark": "?", "exclamation_mark": "!",
    "left_square_bracket": "[", "right_square_bracket": "]", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home",
    "end": "End", "tab": "Tab", "up": "↑", "down": "↓", "left": "←", "right": "→", "delete": "Del",
    "greater_than_sign": ">", "less_than_sign": "<", "plus": "+", "minus": "-", "equals_sign": "=",
}  # fmt: skip


def key_name(key: str) -> str:
    """A key as people call it: "Space", "^s" with Ctrl held, "F2"."""
    if key.startswith("ctrl+"):
        return f"^{key_name(key.removeprefix('ctrl+'))}"
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    return _KEY_NAMES.get(key, key)


COMMANDS: tuple[Command, ...] = (
    Command(
        "today.take",
        "space,enter",
        "take",
        "take",
        "Record the dose named in the panel as taken now.",
        "today",
        1,
    ),
    Command(
        "today.take-all",
        "a",
        "take_all",
        "all",
        "Record every dose that is due, after naming them.",
        "today",
        8,
    ),
    Command("today.down", "j,down", "cursor(1)", "down", "Move to the next dose; the panel follows.", "today"),
    Command("today.up", "k,up", "cursor(-1)", "up", "Move to the dose before; the panel follows.", "today"),
    Command("week.take", "enter,space", "edit", "edit", "Say what happened to the chosen dose.", "week", 1),
    Command("week.down", "j,down", "move(0, 1)", "down", "Move down.", "week"),
    Command("week.up", "k,up", "move(0, -1)", "up", "Move up.", "week"),
    Command("week.left", "h,left", "move(-1, 0)", "left", "Move to the day before.", "week"),
    Command("week.right", "l,right", "move(1, 0)", "right", "Move to the day after.", "week"),
    Command(
        "week.earlier",
        "left_square_bracket,pageup",
        "week(-1)",
        "earlier",
        "Show the week before.",
        "week",
        2,
    ),
    Command("week.later", "right_square_bracket,pagedown", "week(1)", "later", "Show the week after.", "week", 3),
    Command("week.month", "m", "month", "month", "Show the month, and choose a day of it.", "week", 4),
    Command("week.go", "g", "go_to", "date", "Show the week of a date.", "week"),
    Command("week.now", "home", "this_week", "this week", "Show the week of today.", "week"),
    Command("plan.down", "j,down", "cursor(1)", "down", "Move to the next step.", "plan"),
    Command("plan.up", "k,up", "cursor(-1)", "up", "Move to the step before.", "plan"),
    Command("plan.pagedown", "pagedown", "cursor(10)", "further down", "Move ten steps down.", "plan"),
    Command("plan.pageup", "pageup", "cursor(-10)", "further up", "Move ten steps up.", "plan"),
    Command("plan.current", "home", "current", "now", "Move to the current step.", "plan"),
    Command("plan.hold", "h", "hold", "hold", "Hold the current step some days longer.", "plan", 1),
    Command("plan.next", "greater_than_sign", "next", "next step", "Begin the next step, now or on a day.", "plan", 2),
    Command("plan.back", "less_than_sign", "back", "back", "Go back to an earlier step.", "plan", 5),
    Command(
        "plan.edit", "e,enter", "edit", "edit", "Edit a step; of one that is over, what it should have been.", "plan", 3
    ),
    Command("plan.add", "a", "add", "add", "Add a step after the chosen one.", "plan", 4),
    Command("plan.remove", "d,delete", "remove", "remove", "Remove a step that has not begun.", "plan", 9),
    Command("plan.stop", "0", "stop", "stop", "No doses from a day on.", "plan"),
    Command("plan.pause", "p", "pause", "pause", "Pause the doses, or resume them.", "plan", 7),
    Command("plan.slots", "l", "slots", "slots", "Edit the names and times of the slots.", "plan"),
    Command("plan.products", "b", "products", "products", "Edit or add a product.", "plan"),
    Command("plan.half-life", "f", "half_life", "half-life", "Type your own figure for the half-life.", "plan"),
    Command("plan.advance", "o", "advance", "ask/date", "Let steps begin when you say so, or on their dates.", "plan"),
    Command(
        "plan.versions", "v", "versions", "versions", "Show every version of the plan and what it changed.", "plan", 8
    ),
    Command("plan.undo", "U", "undo_version", "undo plan", "Undo the newest version of the plan.", "plan"),
    Command("plan.import", "i", "import_file", "import", "Import a plan file.", "plan"),
    Command("plan.new", "plus", "guide", "new", "Set up another medicine, page by page.", "plan"),
    Command("plan.rename", "R", "rename", "rename", "Call the medicine something else; its record stays.", "plan"),
    Command("plan.archive", "w", "archive", "archive", "Archive the medicine, or take it out again.", "plan"),
    Command("plan.medicine", "tab,right", "medicine(1)", "medicine", "Show the next medicine.", "plan", 10),
    Command("plan.medicine-back", "shift+tab,left", "medicine(-1)", "before", "Show the medicine before.", "plan"),
    Command("plan.pick", "m", "pick", "medicines", "Choose a medicine by name.", "plan"),
    Command("change.apply", "y", "apply", "apply", "Apply the change that is shown.", "change"),
    Command("change.later", "t", "later", "a day later", "Show the same change from the day after on.", "change"),
    Command("change.cancel", "n,escape", "cancel", "cancel", "Leave the plan as it is.", "change"),
    Command("change.down", "down,j", "scroll(1)", "down", "Scroll down.", "change"),
    Command("change.up", "up,k", "scroll(-1)", "up", "Scroll up.", "change"),
    Command("change.pagedown", "pagedown", "scroll(8)", "further down", "Scroll eight lines down.", "change"),
    Command("change.pageup", "pageup", "scroll(-8)", "further up", "Scroll eight lines up.", "change"),
    Command("versions.undo", "U", "undo", "undo the newest", "Undo the newest version of the plan.", "versions"),
    Command(
        "versions.keep",
        "K",
        "keep",
        "keep what rules",
        "Keep the version that rules, where two devices changed the plan; it is asked no more.",
        "versions",
    ),
    Command("versions.close", "escape,q,v", "close", "close", "Close the list of versions.", "versions"),
    Command("versions.down", "down,j", "scroll(1)", "down", "Scroll down.", "versions"),
    Command("versions.up", "up,k", "scroll(-1)", "up", "Scroll up.", "versions"),
    Command("versions.pagedown", "pagedown,space", "scroll(8)", "further down", "Scroll eight lines down.", "versions"),
    Command("versions.pageup", "pageup", "scroll(-8)", "further up", "Scroll eight lines up.", "versions"),
    Command("pick.choose", "enter", "select", "choose", "Choose what is marked.", "pick"),
    Command("pick.cancel", "escape", "cancel", "cancel", "Choose nothing.", "pick"),
    Command("pick.down", "down", "move('cursor_down')", "down", "Move to the next one.", "pick"),
    Command("pick.up", "up", "move('cursor_up')", "up", "Move to the one before.", "pick"),
    Command("pick.pagedown", "pagedown", "move('page_down')", "further down", "Move a page down.", "pick"),
    Command("pick.pageup", "pageup", "move('page_up')", "further up", "Move a page up.", "pick"),
    Command("pick.first", "home", "move('first')", "first", "Move to the first one.", "pick"),
    Command("pick.last", "end", "move('last')", "last", "Move to the last one.", "pick"),
    Command("editor.next", "enter", "onward", "next", "Go to the next field, and from the last one on.", "editor"),
    Command("editor.save", "ctrl+s", "save", "what changes", "Show what changes.", "editor"),
    Command("editor.cancel", "escape", "cancel", "cancel", "Leave, after a question if something was typed.", "editor"),
    Command("editor.offer", "ctrl+y", "take_offer", "rewrite", "Write it the other way that is offered.", "editor"),
    Command("editor.down", "down,tab", "down", "down", "Move to the next field.", "editor"),
    Command("editor.up", "up,shift+tab", "up", "up", "Move to the field before.", "editor"),
    Command("editor.pagedown", "pagedown", "page(1)", "further down", "Scroll a page down.", "editor"),
    Command("editor.pageup", "pageup", "page(-1)", "further up", "Scroll a page up.", "editor"),
    Command("choice.next", "right,space,l", "turn(1)", "next", "Choose the next word.", "choice"),
    Command("choice.previous", "left,h", "turn(-1)", "before", "Choose the word before.", "choice"),
    Command("guide.test", "t", "test", "test", "Ring the bell and send a notice, to see that they come.", "guide"),
    Command("welcome.guide", "g,enter", "guide", "set up a medicine", "Set up a medicine, page by page.", "welcome"),
    Command("welcome.demo", "d", "demo", "look at a demo", "Look at a sample plan.", "welcome"),
    Command("welcome.import", "i", "import_plan", "import a plan file", "Import a plan file.", "welcome"),
    Command("course.out", "minus,z", "zoom(-1)", "longer", "Show a longer time.", "course", 2),
    Command("course.in", "plus,equals_sign", "zoom(1)", "shorter", "Show a shorter time.", "course", 1),
    Command("course.earlier", "left_square_bracket,pageup", "pan(1)", "earlier", "Show the time before.", "course", 3),
    Command("course.later", "right_square_bracket,pagedown", "pan(-1)", "later", "Show the time after.", "course", 4),
    Command("course.medicine", "m,tab", "medicine", "medicine", "Show the next medicine.", "course", 5),
    Command("course.down", "j,down", "scroll_by(2)", "down", "Scroll down.", "course"),
    Command("course.up", "k,up", "scroll_by(-2)", "up", "Scroll up.", "course"),
    Command("dose.time", "t", "time", "time", "Say when the dose was taken.", "dose", 2),
    Command("dose.skip", "s", "skip", "skip", "Record that the dose was skipped, with a reason.", "dose", 3),
    Command(
        "dose.unsure",
        "x",
        "unsure",
        "unsure",
        "Record that it is unsure whether the dose was taken.",
        "dose",
        9,
    ),
    Command("dose.details", "d", "details", "details", "Show all that was recorded of the dose.", "dose", 6),
    Command(
        "dose.extra", "e", "extra", "extra", "Record what was taken outside the plan: as needed, or more.", "dose", 11
    ),
    Command("dose.day", "D", "day", "the day", "Show everything that was recorded of the day.", "dose", 12),
    Command("dose.snooze", "z", "snooze", "snooze", "Move the next reminder of the dose.", "dose", 5),
    Command("question.yes", "y", "answer('y')", "yes", "Do what is asked about.", "question"),
    Command("question.no", "n,escape", "answer('n')", "no", "Do nothing.", "question"),
    Command("question.time", "t", "answer('t')", "say when", "Say when the dose was taken instead.", "question"),
    Command("question.early", "e", "answer('e')", "early", "Record the coming dose as taken early.", "question"),
    Command("question.same", "d", "answer('d')", "the same dose", "The second record is of the same dose.", "question"),
    Command("prompt.save", "enter", "save", "save", "Give what is typed.", "prompt"),
    Command("prompt.cancel", "escape", "leave", "cancel", "Give nothing.", "prompt"),
    Command("form.next", "enter", "next", "next, save", "Go to the next line; from the last one save.", "form"),
    Command("form.cancel", "escape", "leave", "cancel", "Save nothing.", "form"),
    Command("form.down", "down", "app.focus_next", "down", "Move to the next line.", "form"),
    Command("form.up", "up", "app.focus_previous", "up", "Move to the line before.", "form"),
    Command("scroll.close", "escape,question_mark,q,f1", "leave", "close", "Close the help.", "scroll"),
    Command("scroll.down", "down,j", "scroll(1)", "down", "Scroll down.", "scroll"),
    Command("scroll.up", "up,k", "scroll(-1)", "up", "Scroll up.", "scroll"),
    Command("scroll.pagedown", "pagedown,space", "scroll(8)", "further down", "Scroll eight lines down.", "scroll"),
    Command("scroll.pageup", "pageup", "scroll(-8)", "further up", "Scroll eight lines up.", "scroll"),
    Command("details.time", "t", "choose('t')", "time or amount", "Say when, and how much, was taken.", "details"),
    Command("details.skip", "s", "choose('s')", "skipped", "Record it as skipped.", "details"),
    Command("details.unsure", "x", "choose('x')", "unsure", "Record that it is unsure.", "details"),
    Command("details.undo", "v", "choose('v')", "undo the record", "Undo the record that stands.", "details"),
    Command("details.close", "escape", "leave", "close", "Close the dose.", "details"),
    Command("details.down", "down,j", "scroll(1)", "down", "Scroll down.", "details"),
    Command("details.up", "up,k", "scroll(-1)", "up", "Scroll up.", "details"),
    Command("log.correct", "enter", "correct", "correct", "Correct the chosen record.", "log"),
    Command("log.undo", "v", "undo_record", "undo", "Undo the chosen record.", "log"),
    Command("log.before", "left,h,left_square_bracket", "day(-1)", "the day before", "Show the day before.", "log"),
    Command("log.after", "right,l,right_square_bracket", "day(1)", "the day after", "Show the day after.", "log"),
    Command("log.close", "escape,q,D", "leave", "close", "Close the day.", "log"),
    Command("log.down", "down,j", "cursor(1)", "down", "Move to the next entry.", "log"),
    Command("log.up", "up,k", "cursor(-1)", "up", "Move to the entry before.", "log"),
    Command("month.left", "left,h", "move(-1)", "a day back", "Move to the day before.", "month"),
    Command("month.right", "right,l", "move(1)", "a day on", "Move to the day after.", "month"),
    Command("month.up", "up,k", "move(-7)", "a week back", "Move to the week before.", "month"),
    Command("month.down", "down,j", "move(7)", "a week on", "Move to the week after.", "month"),
    Command("month.earlier", "left_square_bracket,pageup", "move(-28)", "earlier", "Move four weeks back.", "month"),
    Command("month.later", "right_square_bracket,pagedown", "move(28)", "later", "Move four weeks on.", "month"),
    Command("month.show", "enter,space", "choose", "show the week", "Show the week of the chosen day.", "month"),
    Command("month.close", "escape", "leave", "close", "Close the month.", "month"),
    Command("alarm.take", "space,enter", "take", "take", "Record the chosen dose as taken now.", "alarm"),
    Command("alarm.snooze", "z", "snooze", "snooze", "Move its next reminder.", "alarm"),
    Command("alarm.skip", "s", "skip", "skip", "Record that it was skipped, with a reason.", "alarm"),
    Command("alarm.time", "t", "time", "time", "Say when it was taken.", "alarm"),
    Command("alarm.undo", "u", "app.undo", "undo", "Undo the newest record of this window.", "alarm"),
    Command("alarm.close", "escape,q", "leave", "close", "Close the alarm; what is due stays due.", "alarm"),
    Command("alarm.down", "down,j", "move(1)", "down", "Move to the next dose.", "alarm"),
    Command("alarm.up", "up,k", "move(-1)", "up", "Move to the dose before.", "alarm"),
    Command("reminders.save", "enter", "save", "save", "Keep these settings.", "reminders"),
    Command("reminders.test", "ctrl+t", "test", "test", "Send a test through every channel.", "reminders"),
    Command("reminders.tick", "space", "tick", "tick", "Switch the chosen box on or off.", "reminders"),
    Command("reminders.cancel", "escape", "leave", "cancel", "Change nothing.", "reminders"),
    Command("reminders.down", "down", "app.focus_next", "down", "Move to the next line.", "reminders"),
    Command("reminders.up", "up", "app.focus_previous", "up", "Move to the line before.", "reminders"),
    Command("report.format", "f2", "next_format", "another format", "Show the report in another format.", "report"),
    Command("report.names", "f3", "discreet", "names", "Leave the names out, or show them.", "report"),
    Command("report.days", "f4", "days", "other days", "Say which days the report covers.", "report"),
    Command("report.write", "enter", "write", "write it", "Write the report to the file.", "report"),
    Command("report.cancel", "escape", "leave", "cancel", "Write nothing.", "report"),
    Command("report.down", "down", "scroll(3)", "down", "Scroll down.", "report"),
    Command("report.up", "up", "scroll(-3)", "up", "Scroll up.", "report"),
    Command("undo", "u", "undo", "undo", "Undo the newest record of this window; again goes further back.", bar=4),
    Command("check-in", "c", "check_in", "check-in", "Record how you are: sleep and a note.", bar=7),
    Command("note", "n", "note", "note", "Write a note on today.", bar=10),
    Command("retry", "r", "retry", "retry", "Try again to save what could not be saved."),
    Command("screen.today", "1", "show('today')", "Today", "Show today."),
    Command("screen.week", "2", "show('week')", "Week", "Show the week."),
    Command("screen.plan", "3", "show('plan')", "Plan", "Show the plan."),
    Command("screen.course", "4", "show('course')", "Course", "Show the course over time."),
    Command("report", "E", "report", "report", "Write a report: text, page, table, calendar.", bar=12),
    Command("help", "question_mark,f1", "help", "help", "Show the keys of where you are.", bar=6),
    Command("quit", "q", "quit", "quit", "Leave; reminders stop unless something else gives them.", bar=11),
    Command(
        "alarm", "exclamation_mark", "alarm", "answer", "Answer what is due, from any screen: take, snooze or skip it."
    ),
    Command("reminders", "R", "reminders", "reminders", "Show how reminders come, change that, and test them."),
)
BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}
PALETTE_KEY = "ctrl+p"
"""What opens Textual's palette."""


def commands(place: Place) -> list[Command]:
    """The commands of a place."""
    return [command for command in COMMANDS if command.place == place]


def bindings(place: Place) -> list[Binding]:
    """Their bindings."""
    return [command.binding for command in commands(place)]


SCREENS: tuple[tuple[str, str], ...] = tuple(
    (c.id.removeprefix("screen."), c.id) for c in COMMANDS if c.id.startswith("screen.")
)
"""Name of each screen and the id of what shows it, in order."""
