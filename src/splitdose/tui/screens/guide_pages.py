"""The pages of the guide: what each asks, how it is read, and what it says back, in one place.

A page writes what it understood into the `Setup` that all of them share. It proposes no dose and no step.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import time
from functools import partial

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from splitdose.core.amount import quote
from splitdose.core.asked import Asked
from splitdose.core.draft import StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import Pieces
from splitdose.core.plan import AS_NEEDED, ASK, MAX_HOLD, ON_DATE, Slot, Step
from splitdose.core.plan_wording import advance_words
from splitdose.core.reading import parse_split
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.wording import DISCLAIMER, NoticeText
from splitdose.notify import Notice, send_desktop
from splitdose.planfile import MAX_NAME
from splitdose.tui.editors.fields import Editor, Field
from splitdose.tui.editors.plan import Amounts, product_fields, product_understood, slot_fields, slots_understood
from splitdose.tui.editors.reading import HALF_LIFE_HINT, half_life_effect, misread_split, read_half_life, read_hold
from splitdose.tui.flow import program_of
from splitdose.tui.plan_words import day_total, difference, step_words
from splitdose.tui.screens.guide_page import TOMORROW, Page, Setup
from splitdose.tui.widgets.day_picture import day_picture
from splitdose.tui.widgets.fit import MUTED
from splitdose.tui.widgets.key_line import key_of

DEFAULT_SLOTS = (Slot("morning", time(8)), Slot("afternoon", time(13)), Slot("evening", time(18)))
AT_TIMES = "at set times"
ADVANCES = {"when I say so": ASK, "on their dates": ON_DATE}
MOST_LATER = 60
PICTURES_FROM = 20
"""Lines from which on there is room for the drawing."""
_TEST = NoticeText("Splitdose: a test", "This is how a reminder reaches you.")


class NoticePage(Page):
    """What the program is not."""

    name, title, words = "notice", "before you begin", DISCLAIMER


class MedicinePage(Page):
    """The name, the label, and if one likes the half-life."""

    name, title, words = "medicine", "the medicine", "What do you take, and what does the label say?"

    def fields(self) -> Iterable[Field]:
        yield Field("medicine", "", hint="as on the label", wide=True)
        yield from product_fields(None, named=False)
        yield Field("half-life", "", hint=HALF_LIFE_HINT, wide=True)

    def read(self) -> bool:
        guide, setup = self._guide, self._setup
        guide.total("")
        product = setup.product = product_understood(guide, [], None)
        right = self._read_half_life() and product is not None
        name_field = guide.field("medicine")
        name = setup.name = " ".join(name_field.value.split())
        if not name:
            # Nothing typed yet is no mistake yet.
            name_field.say()
            return False
        if len(name) > MAX_NAME:
            name_field.say(wrong=f"longer than {MAX_NAME} characters; shorten it")
            return False
        known = self._session.reader.known_as(name)
        if known is not None:
            key = key_of(guide.app, "screen.plan")
            name_field.say(wrong=f"{quote(known)} has a plan already; the plan screen ({key}) changes it")
            return False
        name_field.say()
        if right and product is not None:
            guide.total(f"{name}: {product.name}")
        return right

    def _read_half_life(self) -> bool:
        self._setup.half_life = self._guide.read_field("half-life", read_half_life)
        typed = self._guide.field("half-life")
        if typed.problem:
            return False
        typed.say(half_life_effect(self._setup.half_life) if typed.value.strip() else "")
        return True

    def missing(self) -> None:
        self._guide.field("medicine").say(wrong="the medicine needs a name")
        self._guide.field("medicine").control.focus()


class TimesPage(Page):
    """The slots, or that it is taken as needed."""

    name, title, words = "times", "times of day", "When do you take it? Edit, add or clear lines."

    def fields(self) -> Iterable[Field]:
        yield Field("taken", AT_TIMES, options=(AT_TIMES, AS_NEEDED))
        yield from slot_fields(self._known_slots())

    def _known_slots(self) -> Sequence[Slot]:
        """The slots another medicine has already, else the usual three."""
        reader = self._session.reader
        for medicine in reader.plan().medicines:
            if medicine.latest.slots and not medicine.latest.archived:
                return medicine.latest.ordered_slots(reader.calendar, reader.today())
        return DEFAULT_SLOTS

    def read(self) -> bool:
        guide = self._guide
        needed = guide.field("taken").value == AS_NEEDED
        for line in guide.fields()[1:]:
            line.display = not needed
        if needed:
            self._setup.slots = []
            guide.total("no times, no reminders: recorded when you take it")
            return True
        found = slots_understood(guide, self._known_slots(), self._session.reader.calendar.latest.day_start)
        if found is None:
            guide.total("")
            return False
        self._setup.slots = [slot for _, slot in found]
        guide.total("" if found else "at least one time, such as morning 08:00", problem=not found)
        return bool(found)


class DosePage(Page):
    """What is taken on a day now, and from which dose on it is tracked."""

    name, title = "dose", "what you take today"
    words = "One amount for each time, as one line or one by one."

    def __init__(self, guide: Editor, setup: Setup) -> None:
        super().__init__(guide, setup)
        self._amounts: Amounts | None = None

    @property
    def asked(self) -> bool:
        return bool(self._setup.slots)

    def fields(self) -> Iterable[Field]:
        setup = self._setup
        assert setup.product is not None
        self._amounts = Amounts(self._guide, setup.slots, [setup.product], setup.product, {})
        yield from self._amounts.fields("", {})
        options = (*(f"today, {slot.name}" for slot in setup.slots), TOMORROW)
        yield Field("from", self._usual_first(options), options=options, label="first dose", width=12)

    def _usual_first(self, options: Sequence[str]) -> str:
        """The dose that is open or next to come today; tomorrow when there is none."""
        reader = self._session.reader
        now, today, calendar = reader.now(), reader.today(), reader.calendar
        late = calendar.rules_on(today).late_after
        for slot, option in zip(self._setup.slots, options, strict=False):
            if calendar.instant(today, slot.time) + late >= now:
                return option
        return TOMORROW

    def shown(self) -> None:
        if self._amounts is not None:
            self._amounts.read()

    def changed(self, field: Field) -> None:
        if self._amounts is not None:
            self._amounts.changed(field)

    def read(self) -> bool:
        amounts, guide = self._amounts, self._guide
        if amounts is None or not guide.query("#field-split"):
            return False
        amounts.say(ascii_only=self._ascii)
        doses = self._setup.doses = amounts.doses
        self._setup.first_dose = guide.field("from").value
        self.drawn()
        if amounts.wrong or not doses:
            guide.total("")
            return False
        guide.total(f"day total {day_total(StepDraft(Asked(doses)), ascii_only=self._ascii)}")
        return True

    def drawn(self) -> None:
        """Draw the tablets of the day, each with the piece to take."""
        size, picture = self._guide.app.size, self._guide.query_one("#guide-picture", Static)
        tall = size.height >= PICTURES_FROM
        doses = self._setup.doses
        drawing = day_picture(self._setup.slots, doses, size.width - 4, ascii_only=self._ascii) if tall else None
        picture.update(drawing or Content(""))
        picture.display = drawing is not None

    def missing(self) -> None:
        self._guide.total("no amount yet: type one for at least one time", problem=True)
        self._guide.field("split").control.focus()


class LaterPage(Page):
    """The steps that follow, as many as are typed."""

    name, title = "later", "later steps, if any"
    words = "Later steps you have agreed on. Leave empty to continue as today."

    @property
    def asked(self) -> bool:
        return bool(self._setup.slots)

    def fields(self) -> Iterable[Field]:
        yield Field("hold", "", hint="days at least", label="hold today's", width=14)
        count = max([1, *(int(key[4:]) - 1 for key in self.kept if key.startswith("step"))])
        for number in range(2, count + 2):
            yield from self._step_fields(number)
        yield Field("advance", next(iter(ADVANCES)), options=tuple(ADVANCES), label="steps begin", width=14)

    def _step_fields(self, number: int) -> list[Field]:
        return [
            Field(f"step{number}", "", hint="nothing, or a split", label=f"step {number}", width=14, wide=True),
            Field(f"hold{number}", "", hint="days at least", label="  hold", width=14),
        ]

    def changed(self, field: Field) -> None:
        """One more step is offered once the last one is typed."""
        if field.field_name.startswith("step") and field.value.strip():
            number = int(field.field_name[4:]) + 1
            if not self._guide.query(f"#field-step{number}") and number <= MOST_LATER + 1:
                box = self._guide.query_one("#guide-fields", Vertical)
                box.mount_all(self._step_fields(number), before="#field-advance")

    def after(self, field: Field, shown: Sequence[Field]) -> Field | None:
        if field.field_name.startswith("step") and not field.value.strip():
            advance = self._guide.field("advance")
            return advance if advance.display else None
        return super().after(field, shown)

    def read(self) -> bool:
        guide, setup = self._guide, self._setup
        right = True
        before = StepDraft(Asked(setup.doses))
        steps: list[StepDraft] = []
        numbers = [int(f.field_name[4:]) for f in guide.fields() if f.field_name.startswith("step")]
        typed = [n for n in numbers if guide.field(f"step{n}").value.strip()]
        last = max(typed, default=1)
        for number in numbers:
            split, hold = guide.field(f"step{number}"), guide.field(f"hold{number}")
            hold.display = number in typed
            if number not in typed:
                split.say(wrong="a later step is filled in; fill in this one too" if number < last else None)
                hold.say()
                right = right and number > last
                continue
            doses, (days, readable) = self._read_split(split), self._read_days(hold, needed=number < last)
            if doses is None or not readable:
                right = False
                continue
            step = StepDraft(Asked(doses), hold=days)
            change = difference(before, step).words(ascii_only=self._ascii)
            total = "a stop" if not any(doses.values()) else day_total(step, ascii_only=self._ascii)
            split.say(f"{total} · {change}" if change else total)
            steps.append(step)
            before = step
        days, readable = self._read_days(guide.field("hold"), needed=bool(typed))
        guide.field("advance").display = bool(typed)
        if not readable:
            return False
        setup.hold, setup.later, setup.advance = days, steps, ADVANCES[guide.field("advance").value]
        count = len(steps)
        guide.total(f"{count} later step{'' if count == 1 else 's'}" if right and count else "")
        return right

    def _read_split(self, field: Field) -> dict[str, Pieces] | None:
        slots, product = self._setup.slots, self._setup.product
        assert product is not None
        try:
            parts = parse_split(field.value, len(slots), [product], product)
        except BadInput as problem:
            field.say(wrong=misread_split(problem, field.value, len(slots), [product], product))
            return None
        return {slot.name: pieces for slot, pieces in zip(slots, parts, strict=True) if pieces}

    def _read_days(self, field: Field, *, needed: bool) -> tuple[int | None, bool]:
        """Days to hold, None where there is no end; and whether they can be read."""
        try:
            days = read_hold(field.value)
            if days is None and needed:
                raise BadInput("a step follows", f"type days at least, 1 to {MAX_HOLD}")
        except BadInput as problem:
            field.say(wrong=str(problem))
            return None, False
        field.say("until you say so" if days is None else f"{days} day{'' if days == 1 else 's'} at least")
        return days, True


class RemindersPage(Page):
    """How reminders come, a test of them, and what will be kept."""

    name, title = "reminders", "reminders"

    def __init__(self, guide: Editor, setup: Setup) -> None:
        super().__init__(guide, setup)
        self._result: list[tuple[str, str]] = []
        self._testing = False

    def read(self) -> bool:
        words, _ = program_of(self._guide).channel_words()
        lines = [(words[0], ""), ("", ""), *self._result, *([("", "")] if self._result else []), *self._summary()]
        page = self._guide.query_one("#guide-words", Static)
        page.update(Content("\n").join(Content.styled(self._text(text), style) for text, style in lines))
        page.display = True
        self._guide.total("")
        return True

    def _text(self, text: str) -> str:
        text = sanitize(text)
        return in_ascii(text) if self._ascii else text

    def _summary(self) -> list[tuple[str, str]]:
        """What will be kept."""
        draft = self._setup.draft(self._session.reader.today())
        lines = [(draft.name, "bold")]
        if draft.advance == AS_NEEDED:
            return [*lines, ("taken as needed, no times", "")]
        lines.append((", ".join(f"{slot.name} {slot.time:%H:%M}" for slot in draft.slots), MUTED))
        first, *later = draft.steps
        lines.append((f"from {self._setup.first_dose}: {_step_words(first)}", ""))
        lines += [(f"step {n}: {_step_words(step)}", "") for n, step in enumerate(later, start=2)]
        return [*lines, (advance_words(draft.advance), MUTED)] if later else lines

    async def test(self) -> None:
        """Ring the bell and send a real desktop notice, and say what came of it."""
        if self._testing:
            return
        window = program_of(self._guide)
        bell = ("terminal: the bell is off in the settings", MUTED)
        if window.settings.bell:
            window.ring(_TEST)
            bell = ("terminal: the bell was rung", "")
        if not window.settings.desktop:
            self._say(bell, ("desktop: off in the settings", MUTED))
            return
        self._say(bell, ("desktop: asking the notification service …", MUTED))
        self._testing = True
        # In a thread: a notification service may take its time, or never answer.
        notice = Notice(_TEST.title, _TEST.body)
        outcome = await asyncio.to_thread(partial(send_desktop, notice, given_up=window.reminding.leaving.is_set))
        self._testing = False
        answered = (
            ("desktop: the notice arrived at the notification service", "$text-success")
            if outcome.ok
            else (f"desktop: no notice, {outcome.reason}", "$text-warning")
        )
        self._say(bell, answered)

    def _say(self, *result: tuple[str, str]) -> None:
        self._result = list(result)
        if self._guide.is_attached and not self._guide.fields():
            self._guide.understood()


def _step_words(step: StepDraft) -> str:
    """A step of a draft in a few words."""
    return step_words(Step(step.asked, hold=step.hold))


PAGES: tuple[type[Page], ...] = (NoticePage, MedicinePage, TimesPage, DosePage, LaterPage, RemindersPage)
