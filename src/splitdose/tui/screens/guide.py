"""The guide: a medicine set up page by page, from its name to the first dose to check off.

It asks for what the person already takes and says back what it understood; it proposes no dose and no step.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from splitdose.core.amount import quote
from splitdose.core.asked import Asked
from splitdose.core.clock import DAY
from splitdose.core.draft import MedicineDraft, PlanDraft, StepDraft
from splitdose.core.errors import BadInput
from splitdose.core.piece import NO_PIECES, Pieces, Product
from splitdose.core.plan import AS_NEEDED, ASK, MAX_HOLD, ON_DATE, DosePoint, Slot, Step
from splitdose.core.reading import parse_split
from splitdose.core.sanitize import in_ascii, sanitize
from splitdose.core.wording import DISCLAIMER, NoticeText
from splitdose.notify import Notice, Outcome, send_desktop
from splitdose.planfile import MAX_NAME
from splitdose.session import Preview, Refused
from splitdose.store import NotSaved, StoreError
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.editors.fields import Choice, Editor, Field, Keys
from splitdose.tui.editors.plan import Amounts, product_fields, product_understood, slot_fields, slots_understood
from splitdose.tui.editors.reading import HALF_LIFE_HINT, half_life_words, misread_split, read_half_life, read_hold
from splitdose.tui.plan_words import advance_words, day_total, difference, step_words
from splitdose.tui.widgets.fit import MUTED, fit
from splitdose.tui.widgets.tablet import TextPrompt, draw

if TYPE_CHECKING:
    from splitdose.tui.app import SplitdoseApp

DEFAULT_SLOTS = (Slot("morning", time(8)), Slot("afternoon", time(13)), Slot("evening", time(18)))
AT_TIMES = "at set times"
ADVANCES = {"when I say so": ASK, "on their dates": ON_DATE}
TOMORROW = "tomorrow"
MOST_LATER = 60
PICTURES_FROM = 20
"""Lines from which on there is room for the drawing."""
_PICTURE_STYLES = {"line": MUTED, "take": "$text-accent", "gone": "$foreground 38%", "left": ""}
_TEST = NoticeText("Splitdose: a test", "This is how a reminder reaches you.")


@dataclass(frozen=True)
class Page:
    """One page of the guide: its name, its title, and what it asks in a sentence."""

    name: str
    title: str
    words: str


PAGES = (
    Page("notice", "before you begin", DISCLAIMER),
    Page("medicine", "the medicine", "What do you take, and what does the label say?"),
    Page("times", "times of day", "When do you take it? Change, add or empty lines."),
    Page("dose", "what you take today", "One amount for each time, as one line or one by one."),
    Page("later", "later steps, if any", "What is agreed on for later; leave it empty if today's goes on."),
    Page("reminders", "reminders", ""),
)  # fmt: skip


class GuideScreen(Editor):
    """The pages. Gives True once the plan is kept; `made` then is the medicine's name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("t", "test", show=False)]

    def __init__(self, *, first_run: bool) -> None:
        """Make one; on a first run the notice comes first."""
        super().__init__("Set up a medicine")
        self.made: str | None = None
        self._pages = PAGES if first_run else PAGES[1:]
        self._at = 0
        self._kept: dict[str, dict[str, str]] = {}
        self._product: Product | None = None
        self._slots: list[Slot] = []
        self._amounts: Amounts | None = None
        self._doses: dict[str, Pieces] = {}
        self._later: list[StepDraft] = []
        self._hold: int | None = None
        self._half_life: tuple[Fraction, Fraction] | None = None
        self._result: list[tuple[str, str]] = []
        self._testing = False
        self._touched = False

    @property
    def program(self) -> "SplitdoseApp":
        return cast("SplitdoseApp", self.app)

    @property
    def _ascii(self) -> bool:
        return self.program.ascii_only

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._at]

    def _text(self, text: str) -> str:
        text = sanitize(text)
        return in_ascii(text) if self._ascii else text

    # The pages

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog editor guide"):
            yield Static("", markup=False, classes="ask", id="guide-title")
            with VerticalScroll(can_focus=False, classes="fields"):
                yield Static("", markup=False, id="guide-words")
                yield Vertical(id="guide-fields")
                yield Static("", markup=False, id="guide-picture")
            yield Static("", markup=False, classes="sum", id="sum")
            yield Keys(())

    async def on_mount(self) -> None:
        await self._show()

    def _fit(self) -> None:
        """The pages always take the whole screen."""

    def on_resize(self) -> None:
        super().on_resize()
        if self.query("#guide-picture"):
            self._draw_picture()

    async def _show(self) -> None:
        """Put the page's fields in place, with what was typed there before."""
        page = self.page
        number = f"{self._at + 1} of {len(self._pages)}"
        self.query_one("#guide-title", Static).update(Content(f"{page.title[:1].upper()}{page.title[1:]}   {number}"))
        self.query_one("#guide-words", Static).update(Content(page.words))
        self.query_one("#guide-words", Static).display = bool(page.words)
        box = self.query_one("#guide-fields", Vertical)
        await box.remove_children()
        fields = list(self._fields_of(page.name))
        await box.mount_all(fields)
        kept = self._kept.get(page.name, {})
        for field in fields:
            if field.field_name in kept:
                self._put(field, kept[field.field_name])
        self._first = self.values()
        self.query_one("#guide-picture", Static).display = False
        last = self._at == len(self._pages) - 1
        keys = [("Enter", "begin" if last else "next" if fields else "read it", "onward")]
        if page.name == "reminders":
            keys.append(("t", "test one", "test"))
        if fields and len(fields) > 1:
            keys.append(("^s", "page", "save"))
        keys.append(("Esc", "back" if self._at else "leave", "leave"))
        self.query_one(Keys).show(keys)
        if page.name == "dose" and self._amounts is not None:
            self._amounts.read()
        self.understood()
        if fields:
            fields[0].control.focus()
        else:
            self.set_focus(None)
        self.query_one(".fields").scroll_home(animate=False)

    def _put(self, field: Field, value: str) -> None:
        control = field.control
        if isinstance(control, Choice):
            if value in control.options:
                control.at = control.options.index(value)
        else:
            field.put(value)

    def _fields_of(self, name: str) -> Iterable[Field]:
        if name == "medicine":
            yield Field("medicine", "", hint="its name, as on the label", wide=True)
            yield from product_fields(None, named=False)
            yield Field("half-life", "", hint=HALF_LIFE_HINT, wide=True)
        elif name == "times":
            yield Field("taken", AT_TIMES, options=(AT_TIMES, AS_NEEDED))
            yield from slot_fields(self._known_slots())
        elif name == "dose":
            assert self._product is not None
            self._amounts = Amounts(self, self._slots, [self._product], self._product, {})
            yield from self._amounts.fields("", {})
            options = self._first_doses()
            yield Field("from", self._usual_first(options), options=options, label="first dose", width=12)
        elif name == "later":
            yield Field("hold", "", hint="days at least", label="hold today's", width=14)
            count = max([1, *(int(key[4:]) - 1 for key in self._kept.get(name, {}) if key.startswith("step"))])
            for number in range(2, count + 2):
                yield from self._later_fields(number)
            yield Field("advance", next(iter(ADVANCES)), options=tuple(ADVANCES), label="steps begin", width=14)

    def _later_fields(self, number: int) -> list[Field]:
        return [
            Field(f"step{number}", "", hint="nothing, or a split", label=f"step {number}", width=14, wide=True),
            Field(f"hold{number}", "", hint="days at least", label="  hold", width=14),
        ]

    def _known_slots(self) -> Sequence[Slot]:
        """The slots another medicine has already, else the usual three."""
        reader = self.program.session.reader
        for medicine in reader.plan().medicines:
            if medicine.latest.slots and not medicine.latest.archived:
                return medicine.latest.ordered_slots(reader.calendar, reader.today())
        return DEFAULT_SLOTS

    def _first_doses(self) -> tuple[str, ...]:
        return (*(f"today, {slot.name}" for slot in self._slots), TOMORROW)

    def _usual_first(self, options: Sequence[str]) -> str:
        """The dose that is open or next to come today; tomorrow when there is none."""
        reader = self.program.session.reader
        now, today, calendar = reader.now(), reader.today(), reader.calendar
        late = calendar.rules_on(today).late_after
        for slot, option in zip(self._slots, options, strict=False):
            if calendar.instant(today, slot.time) + late >= now:
                return option
        return TOMORROW

    # Understanding

    def changed(self, field: Field) -> None:
        self._touched = True
        if self.page.name == "dose" and self._amounts is not None:
            self._amounts.changed(field)
        elif self.page.name == "later" and field.field_name.startswith("step") and field.value.strip():
            number = int(field.field_name[4:]) + 1
            if not self.query(f"#field-step{number}") and number <= MOST_LATER + 1:
                self.query_one("#guide-fields", Vertical).mount_all(self._later_fields(number), before="#field-advance")

    def understood(self) -> bool:
        read: Callable[[], bool] | None = {
            "medicine": self._read_medicine, "times": self._read_times, "dose": self._read_dose,
            "later": self._read_later, "reminders": self._say_reminders,
        }.get(self.page.name)  # fmt: skip
        if read is None:
            self.total("")
            return True
        return read()

    def _read_medicine(self) -> bool:
        self.total("")
        field = self.field("medicine")
        product = product_understood(self, [], None)
        self._product = product
        half_life = self.read_field("half-life", read_half_life)
        if self.field("half-life").problem:
            product = None
        elif self.field("half-life").value.strip():
            self.field("half-life").say(half_life_words(half_life))
        else:
            self.field("half-life").say()
        self._half_life = half_life
        name = " ".join(field.value.split())
        if not name:
            # Nothing typed yet is no mistake yet.
            field.say()
            return False
        if len(name) > MAX_NAME:
            field.say(wrong=f"longer than {MAX_NAME} characters; shorten it")
            return False
        known = self.program.session.reader.known_as(name)
        if known is not None:
            field.say(wrong=f"{quote(known)} has a plan already; the plan screen (3) changes it")
            return False
        field.say()
        if product is not None:
            self.total(f"{name}: {product.name}")
        return product is not None

    def _read_times(self) -> bool:
        needed = self.field("taken").value == AS_NEEDED
        for field in self.fields()[1:]:
            field.display = not needed
        if needed:
            self._slots = []
            self.total("no times, no reminders: recorded when you take it")
            return True
        known = self._known_slots()
        found = slots_understood(self, known, self.program.session.reader.calendar.latest.day_start)
        if found is None:
            self.total("")
            return False
        self._slots = [slot for _, slot in found]
        self.total("" if found else "at least one time, such as morning 08:00", problem=not found)
        return bool(found)

    def _read_dose(self) -> bool:
        amounts = self._amounts
        if amounts is None or not self.query("#field-split"):
            return False
        amounts.say(ascii_only=self._ascii)
        self._doses = amounts.doses
        self._draw_picture()
        if amounts.wrong:
            self.total("")
            return False
        step = StepDraft(Asked(self._doses))
        if not self._doses:
            self.total("")
            return False
        self.total(f"day total {day_total(step, ascii_only=self._ascii)}")
        return True

    def _draw_picture(self) -> None:
        """The tablets of the day, each with the piece to take."""
        picture = self.query_one("#guide-picture", Static)
        drawn: list[tuple[str, list[TextPrompt]]] = []
        gone = Fraction(0)
        if self.page.name == "dose" and self.app.size.height >= PICTURES_FROM:
            for slot in self._slots:
                pieces = self._doses.get(slot.name, NO_PIECES)
                if len(pieces) == 1:
                    lines = draw(pieces[0], gone % 1, ascii_only=self._ascii)
                    gone += pieces[0].count
                    if lines:
                        drawn.append((slot.name, lines))
        rows: list[Content] = []
        height = max((len(lines) for _, lines in drawn), default=0)
        for row in range(-1, height):
            parts: list[Content] = []
            used = 0
            for name, lines in drawn:
                width = max(9, sum(len(text) for text, _ in lines[0]))
                used += width + 3
                if used > self.app.size.width - 4:
                    break
                if row < 0:
                    parts.append(Content.styled(fit(name, width), MUTED))
                elif row < len(lines):
                    line = Content.assemble(*((text, _PICTURE_STYLES[part]) for text, part in lines[row]))
                    parts.append(line.pad_right(width - line.cell_length))
                else:
                    parts.append(Content(" " * width))
                parts.append(Content("   "))
            rows.append(Content.assemble(*parts))
        picture.update(Content("\n").join([Content(""), *rows]))
        picture.display = bool(drawn)

    def _read_later(self) -> bool:
        assert self._product is not None
        right = True
        before = StepDraft(Asked(self._doses))
        steps: list[StepDraft] = []
        numbers = [int(f.field_name[4:]) for f in self.fields() if f.field_name.startswith("step")]
        typed = [n for n in numbers if self.field(f"step{n}").value.strip()]
        last = max(typed, default=1)
        for number in numbers:
            split, hold = self.field(f"step{number}"), self.field(f"hold{number}")
            hold.display = number in typed
            if number not in typed:
                split.say(wrong="a later step is typed; type this one too" if number < last else None)
                hold.say()
                right = right and number > last
                continue
            doses = self._read_split(split)
            days = self._read_days(hold, needed=number < last)
            if doses is None or days is False:
                right = False
                continue
            step = StepDraft(Asked(doses), hold=days or None)
            change = difference(before, step).words(ascii_only=self._ascii)
            total = "a stop" if not any(doses.values()) else day_total(step, ascii_only=self._ascii)
            split.say(f"{total} · {change}" if change else total)
            steps.append(step)
            before = step
        days = self._read_days(self.field("hold"), needed=bool(typed))
        self.field("advance").display = bool(typed)
        if days is False:
            return False
        self._hold, self._later = days or None, steps
        count = len(steps)
        self.total(f"{count} later step{'' if count == 1 else 's'}" if right and count else "")
        return right

    def _read_split(self, field: Field) -> dict[str, Pieces] | None:
        assert self._product is not None
        products = [self._product]
        try:
            parts = parse_split(field.value, len(self._slots), products, self._product)
        except BadInput as problem:
            field.say(wrong=misread_split(problem, field.value, len(self._slots), products, self._product))
            return None
        return {slot.name: pieces for slot, pieces in zip(self._slots, parts, strict=True) if pieces}

    def _read_days(self, field: Field, *, needed: bool) -> int | None:
        """Days to hold, None where there are none to be; 0 when they can't be read."""
        try:
            days = read_hold(field.value)
            if days is None and needed:
                raise BadInput("a step follows", f"type days at least, 1 to {MAX_HOLD}")
        except BadInput as problem:
            field.say(wrong=str(problem))
            return False
        field.say("until you say so" if days is None else f"{days} day{'' if days == 1 else 's'} at least")
        return days

    # Reminders

    def _say_reminders(self) -> bool:
        words, _ = self.program.channel_words()
        lines = [Content(self._text(words[0])), Content("")]
        lines += [Content.styled(self._text(text), style) for text, style in self._result]
        if self._result:
            lines.append(Content(""))
        lines += [Content.styled(self._text(text), style) for text, style in self._summary()]
        page = self.query_one("#guide-words", Static)
        page.update(Content("\n").join(lines))
        page.display = True
        self.total("")
        return True

    def _summary(self) -> list[tuple[str, str]]:
        """What will be kept."""
        draft = self._draft()
        lines = [(draft.name, "bold")]
        if draft.advance == AS_NEEDED:
            return [*lines, ("taken as needed, no times", "")]
        first = draft.steps[0]
        doses = "-".join(f"{slot.name} {slot.time:%H:%M}" for slot in draft.slots).replace("-", ", ")
        lines.append((doses, MUTED))
        lines.append((f"{self._kept['dose']['from']} on: {step_words_of(first)}", ""))
        lines += [(f"step {n}: {step_words_of(step)}", "") for n, step in enumerate(draft.steps[1:], start=2)]
        if len(draft.steps) > 1:
            lines.append((advance_words(draft.advance), MUTED))
        return lines

    def action_test(self) -> None:
        """Ring the bell and give a real desktop notice."""
        if self.page.name != "reminders" or self._testing:
            return
        settings = self.program.settings
        self._result = []
        if settings.bell:
            self.program.ring(_TEST)
            self._result.append(("terminal: the bell was rung", ""))
        else:
            self._result.append(("terminal: the bell is off in the settings", MUTED))
        if settings.desktop:
            self._testing = True
            self._result.append(("desktop: asking the notification service …", MUTED))
            self._send()
        else:
            self._result.append(("desktop: off in the settings", MUTED))
        self.understood()

    @work(thread=True, group="test-notice", exit_on_error=False)
    def _send(self) -> None:
        """In a thread: a notification service may take its time, or never answer."""
        outcome = send_desktop(Notice(_TEST.title, _TEST.body), given_up=self.program.chime.leaving.is_set)
        self.app.call_from_thread(self._sent, outcome)

    def _sent(self, outcome: Outcome) -> None:
        self._testing = False
        words = (
            ("desktop: the notice arrived at the notification service", "$text-success")
            if outcome.ok
            else (f"desktop: no notice, {outcome.reason}", "$text-warning")
        )
        self._result = [*self._result[:-1], words]
        if self.page.name == "reminders":
            self.understood()

    # Going on, back and out

    async def action_onward(self) -> None:
        fields = [field for field in self.fields() if field.display]
        focused = self._field_of(self.focused) if self.focused is not None else None
        if fields and focused is not None and focused is not fields[-1]:
            empty_step = (
                self.page.name == "later" and focused.field_name.startswith("step") and not focused.value.strip()
            )
            if empty_step and not self.field("advance").display:
                await self.action_save()
            elif empty_step:
                self.field("advance").control.focus()
            else:
                fields[fields.index(focused) + 1].control.focus()
        else:
            await self.action_save()

    async def action_save(self) -> None:
        """Go to the next page, or from the last one keep the plan."""
        if not self.understood():
            self._point_out()
            return
        self._keep_page()
        if self._at == len(self._pages) - 1:
            self._finish()
            return
        self._at += 1
        while self.page.name in ("dose", "later") and not self._slots:
            self._at += 1
        await self._show()

    def _point_out(self) -> None:
        """Go to the field that is wrong; say which one is missing."""
        wrong = next((field for field in self.fields() if field.problem), None)
        if wrong is not None:
            wrong.control.focus()
        elif self.page.name == "medicine":
            self.field("medicine").say(wrong="the medicine needs a name")
            self.field("medicine").control.focus()
        elif self.page.name == "dose":
            self.total("no amount yet: type one for at least one time", problem=True)
            self.field("split").control.focus()

    def _keep_page(self) -> None:
        self._kept[self.page.name] = self.values()

    @property
    def typed(self) -> bool:
        return self._touched

    async def action_leave(self) -> None:
        if self._at > 0:
            self._keep_page()
            self._at -= 1
            while self.page.name in ("dose", "later") and not self._slots:
                self._at -= 1
            await self._show()
            return
        if not self.typed:
            self.dismiss(False)
            return

        def answered(answer: str | None) -> None:
            if answer == "y":
                self.dismiss(False)

        self.app.push_screen(Confirm("What you typed is not kept yet.", "Leave, and lose it?"), answered)

    # Keeping

    def _draft(self) -> MedicineDraft:
        assert self._product is not None
        name = " ".join(self._kept["medicine"]["medicine"].split())
        if not self._slots:
            return MedicineDraft(name, (), (self._product,), (), AS_NEEDED, self._half_life)
        today = self.program.session.reader.today()
        chosen = self._kept["dose"]["from"]
        names = [slot.name for slot in self._slots]
        slot = chosen.removeprefix("today, ") if chosen != TOMORROW else None
        from_slot = slot if slot in names[1:] else None
        first = StepDraft(Asked(self._doses), start=today, hold=self._hold, from_slot=from_slot)
        advance = ADVANCES[self._kept["later"]["advance"]]
        steps = (first, *self._later)
        return MedicineDraft(name, tuple(self._slots), (self._product,), steps, advance, self._half_life)

    def _finish(self) -> None:
        plans = self.program.session.plans
        draft = self._draft()
        try:
            preview = plans.preview(PlanDraft((draft,)))
            if draft.steps and self._kept["dose"]["from"] == TOMORROW:
                preview = _from_day(preview, self.program.session.reader.today() + DAY)
            plans.apply(preview)
        except NotSaved as problem:
            self.total(f"NOT SAVED: {problem}; Enter tries again", problem=True)
            return
        except (BadInput, Refused, StoreError) as problem:
            self.total(str(problem), problem=True)
            return
        self.made = draft.name
        self.dismiss(True)


def step_words_of(step: StepDraft) -> str:
    """A step of a draft in a few words."""
    return step_words(Step(step.asked, hold=step.hold))


def _from_day(preview: Preview, day: date) -> Preview:
    """The first step begun on a later day than today: the person says so now, and needn't say it again then."""
    change = preview.changes[0]
    first, *rest = change.version.steps
    by = (day - first.begins.date).days if first.begins is not None else 0
    moved = [
        replace(step, begins=DosePoint(step.begins.date + by * DAY)) if step.begins is not None else step
        for step in rest
    ]
    version = replace(change.version, steps=(replace(first, begins=DosePoint(day), stated_start=None), *moved))
    return replace(preview, changes=(replace(change, version=version),))
