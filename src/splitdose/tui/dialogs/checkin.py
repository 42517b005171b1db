"""The check-in's lines, read as they are typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn
from splitdose.core.wording import checkin_parts, joined
from splitdose.session import Session
from splitdose.session.recorder import check_text
from splitdose.tui.editors.reading import read_whole

NO_DIFFERENCE = "no difference"


@dataclass(frozen=True)
class Typed:
    """A check-in as understood so far."""

    sleep: int | None = None
    onset_min: int | None = None
    awakenings: int | None = None
    symptoms: dict[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def words(self) -> str:
        """What was understood, in one line."""
        parts = checkin_parts(self.sleep, self.onset_min, self.awakenings, self.symptoms)
        parts += [f"“{self.note}”"] if self.note else []
        return joined(parts) or "nothing yet"

    def record(self, session: Session, record_id: str, corrects: CheckIn | None = None) -> CheckIn:
        """Keep it, in the place of another one if so. Raises BadInput, Refused and NotSaved."""
        return session.record.checkin(
            sleep=self.sleep, onset_min=self.onset_min, awakenings=self.awakenings, symptoms=self.symptoms,
            note=self.note, corrects=corrects, record_id=record_id,
        )  # fmt: skip


def read_checkin(values: dict[str, str], own: Sequence[str] = (), corrects: CheckIn | None = None) -> Typed:
    """Read the lines of the form; "=" for the sleep is "no difference", beside what else is typed.

    Args:
        values: by name: sleep, onset, awakenings, symptoms, note, and one a symptom of the person's own.
        own: the person's own symptoms.
        corrects: what is corrected; symptoms that were not typed anew stay as they were recorded there.

    Raises:
        BadInput: a line that can't be read, or a note that is too long.
    """
    check_text(values["note"])
    same = values["sleep"].strip() == "="
    symptoms = {}
    for name in own:
        value = _whole(name, values[name], 10)
        if value is not None:
            symptoms[name] = value
    kept = corrects is not None and values["symptoms"] == typed_again(corrects, own)["symptoms"]
    if corrects is not None and kept:
        symptoms.update({name: value for name, value in corrects.symptoms.items() if name not in own})
    for part in () if kept else (part.strip() for part in values["symptoms"].split(",")):
        name, _, figure = part.rpartition(" ")
        if part and not name.strip():
            raise BadInput("symptoms: a name and 0 to 10, with commas between", "type it as fatigue 3, pain 2")
        value = _whole(name or "symptoms", figure, 10)
        if value is not None:
            symptoms[name.strip()] = value
    note = values["note"] or (NO_DIFFERENCE if same else "")
    return Typed(
        None if same else _whole("sleep", values["sleep"], 10), _whole("onset", values["onset"], 1440),
        _whole("awakenings", values["awakenings"], 100), symptoms, note,
    )  # fmt: skip


def typed_again(found: CheckIn | None, own: Sequence[str] = ()) -> dict[str, str]:
    """The lines as they would be typed to say what was recorded; all empty for None."""
    if found is None:
        return dict.fromkeys(("sleep", "onset", "awakenings", "symptoms", "note", *own), "")

    def whole(value: int | None) -> str:
        return "" if value is None else str(value)

    more = ", ".join(f"{name} {value}" for name, value in found.symptoms.items() if name not in own)
    return {
        "sleep": whole(found.sleep), "onset": whole(found.onset_min), "awakenings": whole(found.awakenings),
        "symptoms": more, "note": found.note, **{name: whole(found.symptoms.get(name)) for name in own},
    }  # fmt: skip


def _whole(name: str, typed: str, high: int) -> int | None:
    return read_whole(typed, name, 0, high) if typed.strip() else None
