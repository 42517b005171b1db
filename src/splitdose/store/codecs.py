"""Documents and the domain's values, there and back; known to the store alone.

A document is what a journal holds: JSON types only, counts and milligrams as exact strings ("1/4", "20/3"), instants
as ISO 8601 with their offset. A document that can't be understood raises `CannotRead`; nothing is guessed, and what
the domain takes for granted (a date that a plan may name, a form there is) is looked at here, once. The schema number
is not written here: the folder adds it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from splitdose.core.amount import exact_text, parse_exact
from splitdose.core.asked import Asked
from splitdose.core.clock import FIRST_YEAR, LAST_YEAR, Rules, zone_named
from splitdose.core.history import Choice, Made
from splitdose.core.log import EXACTNESS, KINDS, CheckIn, Intake, Planned, Record, Void
from splitdose.core.piece import FORMS, Piece, Pieces, Product
from splitdose.core.plan import ADVANCES, EDITION, DoseKey, DosePoint, Pause, Rhythm, Slot, Step, Version
from splitdose.core.remind import Sent, Snooze
from splitdose.core.strength import Strength, kept_strength
from splitdose.store.errors import RESTORE, CannotRead

Document = dict[str, Any]
T = TypeVar("T")


def decode(read: Callable[[Mapping[str, Any]], T], document: Mapping[str, Any], journal: str) -> T:
    """Run a decoder; whatever a document lacks becomes one `CannotRead` that names its journal and id."""
    try:
        return read(document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError) as error:
        raise CannotRead(
            f"record {document.get('id', '?')} in {journal} can't be understood ({type(error).__name__})",
            f"run splitdose doctor, or {RESTORE}",
        ) from None


def instant_text(instant: datetime, zone: str | None = None) -> str:
    """An instant as ISO 8601 with the offset of a zone (UTC without one)."""
    return instant.astimezone(ZoneInfo(zone) if zone else UTC).isoformat()


def read_instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs an offset")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("no instant that a record may have")
    return found.astimezone(UTC)


def _wall(text: str) -> time:
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("a wall-clock time has no offset")
    return found


def _date(text: str) -> date:
    found = date.fromisoformat(text)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("no date that a plan may name")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


@lru_cache(maxsize=64, typed=True)
def _zone(value: Any) -> str:
    """The name of a zone that there is: without it no day or time of what names it can be told."""
    zone_named(_text(value))
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _whole(value: Any, low: int = 0, high: int = 10**6) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    if not low <= value <= high:
        raise ValueError("out of range")
    return value


def _whole_or_none(value: Any, low: int = 0, high: int = 10**6) -> int | None:
    return None if value is None else _whole(value, low, high)


def _count(text: Any) -> Fraction:
    found = parse_exact(_text(text))
    if found < 0:
        raise ValueError("less than zero")
    return found


def product_document(product: Product) -> Document:
    return {
        "name": product.name, "strength": product.strength.label if product.strength else None, "form": product.form,
        "smallest": exact_text(product.smallest) if product.smallest is not None else None, "scored": product.scored,
        "maker": product.maker, "mg": _mg_text(product.strength),
        **({"unit": product.called} if product.called else {}),
    }  # fmt: skip


def _mg_text(strength: Strength | None) -> str | None:
    return exact_text(strength.mg) if strength is not None and strength.mg is not None else None


def read_product(document: Mapping[str, Any]) -> Product:
    label = document["strength"]
    strength = None
    if label is not None:
        mg = document["mg"]
        strength = kept_strength(_text(label), None if mg is None else _count(mg))
    smallest, scored = document["smallest"], document["scored"]
    return Product(
        _text(document["name"]), strength, _one_of(document["form"], FORMS),
        None if smallest is None else _count(smallest), None if scored is None else _flag(scored),
        _text(document["maker"]), _text(document.get("unit") or ""),
    )  # fmt: skip


def pieces_document(pieces: Pieces) -> list[Document]:
    return [{"count": exact_text_of_count(piece), "product": product_document(piece.product)} for piece in pieces]


def exact_text_of_count(piece: Piece) -> str:
    """A count as files and JSON have it: "1/4", "3"."""
    return (
        f"{piece.count.numerator}/{piece.count.denominator}"
        if piece.count.denominator != 1
        else str(piece.count.numerator)
    )


def read_pieces(documents: list[Document]) -> Pieces:
    """Equal pieces are one object: ten years hold some ten different ones in forty thousand places."""
    return Pieces.same([
        _read_piece(d["count"], d["product"].get("unit"), *map(d["product"].__getitem__, _PRODUCT_KEYS))
        for d in documents
    ])  # fmt: skip


_PRODUCT_KEYS = ("name", "strength", "form", "smallest", "scored", "maker", "mg")


@lru_cache(maxsize=4096, typed=True)
def _read_piece(count: str, unit: str | None, *product: Any) -> Piece:
    return Piece(_count(count), read_product({"unit": unit, **dict(zip(_PRODUCT_KEYS, product, strict=True))}))


def _point_document(point: DosePoint | None) -> Document | None:
    return None if point is None else {"date": point.date.isoformat(), "slot": point.slot}


def _read_point(document: Mapping[str, Any] | None) -> DosePoint | None:
    return None if document is None else DosePoint(_date(document["date"]), _text_or_none(document["slot"]))


def version_document(medicine: str, version: Version, since: date, based_on: str | None = None) -> Document:
    """A plan version.

    Args:
        medicine: its name.
        version: what is kept.
        since: the medicine's first logical date, kept with each version so that any can be first.
        based_on: id of the version it was made on, as `Made` has it.
    """
    by_product = {product: n for n, product in enumerate(version.products)}

    def pieces(found: Pieces) -> list[list[Any]]:
        return [
            [
                exact_text_of_count(p),
                by_product[p.product] if p.product in by_product else product_document(p.product),
            ]
            for p in found
        ]

    return {
        "id": version.id, "medicine": medicine, "number": version.number,
        "since": since.isoformat(), "made_at": instant_text(version.made_at),
        "effect": _point_document(version.in_force_from),
        "slots": [{"name": s.name, "time": s.time.isoformat("minutes")} for s in version.slots],
        "products": [product_document(p) for p in version.products], "advance": version.advance,
        "steps": [
            {
                "doses": {slot: pieces(found) for slot, found in step.doses.items()}, "hold": step.hold,
                "begins": _point_document(step.begins), "every": step.every,
                "written": step.stated_start.isoformat() if step.stated_start else None, "note": step.note,
                "counts_from": step.counts_from.isoformat() if step.counts_from else None, "added": step.added,
            }
            for step in version.steps
        ],
        "half_life": [exact_text(h) for h in version.half_life] if version.half_life else None,
        "pauses": [{"start": _point_document(p.start), "end": _point_document(p.end)} for p in version.pauses],
        "archived": version.archived, "why": version.why, "rhythm": _rhythm_document(version.rhythm),
        "asked_from": _point_document(version.asked_from), "edition": version.edition,
        **({} if based_on is None else {"based_on": based_on}),
    }  # fmt: skip


def _rhythm_document(rhythm: Rhythm | None) -> Document | None:
    return None if rhythm is None else {"last": rhythm.last.isoformat(), "every": rhythm.every}


def _read_rhythm(document: Mapping[str, Any] | None) -> Rhythm | None:
    return None if document is None else Rhythm(_date(document["last"]), _whole(document["every"], 1))


def read_version(document: Mapping[str, Any]) -> Version:
    products = tuple(read_product(p) for p in document["products"])

    def pieces(found: list[list[Any]]) -> Pieces:
        return Pieces(tuple(
            Piece(_count(count), products[_whole(which)] if isinstance(which, int) else read_product(which))
            for count, which in found
        ))  # fmt: skip

    in_force_from = _read_point(document["effect"])
    half_life = document["half_life"]
    pauses = []
    for pause in document["pauses"]:
        start = _read_point(pause["start"])
        if start is None:
            raise ValueError("a pause without a start")
        pauses.append(Pause(start, _read_point(pause["end"])))
    if in_force_from is None:
        raise ValueError("a version without effect")
    return Version(
        number=_whole(document["number"]), id=_text(document["id"]), made_at=read_instant(document["made_at"]),
        in_force_from=in_force_from,
        slots=tuple(Slot(_text(s["name"]), _wall(s["time"])) for s in document["slots"]), products=products,
        advance=_one_of(document["advance"], ADVANCES),
        steps=tuple(
            Step(
                Asked({slot: pieces(found) for slot, found in s["doses"].items()}, _whole(s["every"], 1)),
                hold=_whole_or_none(s["hold"], 1), begins=_read_point(s["begins"]),
                stated_start=_date(s["written"]) if s["written"] else None, note=_text(s["note"]),
                counts_from=_date(s["counts_from"]) if s.get("counts_from") else None, added=_whole(s.get("added", 0)),
            )
            for s in document["steps"]
        ),
        half_life=(_count(half_life[0]), _count(half_life[1])) if half_life else None,
        pauses=tuple(pauses), archived=_flag(document["archived"]), why=_text(document["why"]),
        # Versions from before there was an edition go on as they were read then.
        rhythm=_read_rhythm(document.get("rhythm")), asked_from=_read_point(document.get("asked_from")),
        edition=_whole(document.get("edition", 1), 1, EDITION),
    )  # fmt: skip


def rules_document(rules: Rules, record_id: str, now: datetime) -> Document:
    return {
        "id": record_id, "since": rules.since.isoformat(), "zone": rules.zone,
        "day_start": rules.day_start.isoformat("minutes"),
        "late_after_min": int(rules.late_after.total_seconds() // 60), "made_at": instant_text(now, rules.zone),
    }  # fmt: skip


def read_rules(document: Mapping[str, Any]) -> Rules:
    zone = _zone(document["zone"])
    return Rules(
        _date(document["since"]), zone, _wall(document["day_start"]),
        timedelta(minutes=_whole(document["late_after_min"], 0, 24 * 60)),
    )  # fmt: skip


def record_document(record: Record) -> tuple[str, Document]:
    """The table and the document of a log record."""
    if isinstance(record, Void):
        return "voids", {
            "id": record.id, "target": record.target,
            "recorded_at": instant_text(record.recorded_at), "where": record.where,
        }  # fmt: skip
    if isinstance(record, CheckIn):
        return "checkins", {
            "id": record.id, "at": instant_text(record.at, record.zone), "zone": record.zone,
            "date": record.date.isoformat(), "recorded_at": instant_text(record.recorded_at, record.zone),
            "sleep": record.sleep, "onset_min": record.onset_min, "awakenings": record.awakenings,
            "symptoms": dict(record.symptoms), "note": record.note, "where": record.where, "replaces": record.replaces,
        }  # fmt: skip
    planned = record.planned
    return "intakes", {
        "id": record.id, "kind": record.kind, "medicine": record.medicine,
        "date": record.date.isoformat(), "slot": record.slot,
        "at": instant_text(record.at, record.zone) if record.at is not None else None, "zone": record.zone,
        "exactness": record.exactness, "pieces": pieces_document(record.pieces),
        "planned": None if planned is None else {
            "pieces": pieces_document(planned.pieces), "due": instant_text(planned.due, record.zone),
            "slot_time": planned.slot_time, "version": planned.version,
        },
        "recorded_at": instant_text(record.recorded_at, record.zone), "where": record.where,
        "reason": record.reason, "note": record.note, "replaces": record.replaces,
    }  # fmt: skip


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"unknown word {value!r}")
    return value


def read_intake(document: Mapping[str, Any]) -> Intake:
    planned = document["planned"]
    at = document["at"]
    return Intake(
        id=_text(document["id"]), kind=_one_of(document["kind"], KINDS), medicine=_text(document["medicine"]),
        date=_date(document["date"]), slot=_text_or_none(document["slot"]),
        at=read_instant(at) if at is not None else None, zone=_zone(document["zone"]),
        exactness=_one_of(document["exactness"], EXACTNESS), pieces=read_pieces(document["pieces"]),
        planned=None if planned is None else Planned(
            read_pieces(planned["pieces"]), read_instant(planned["due"]), _text(planned["slot_time"]),
            _whole(planned["version"]),
        ),
        recorded_at=read_instant(document["recorded_at"]), where=_text(document["where"]),
        reason=_text(document["reason"]), note=_text(document["note"]), replaces=_text_or_none(document["replaces"]),
    )  # fmt: skip


def read_checkin(document: Mapping[str, Any]) -> CheckIn:
    return CheckIn(
        id=_text(document["id"]), at=read_instant(document["at"]), zone=_zone(document["zone"]),
        date=_date(document["date"]), recorded_at=read_instant(document["recorded_at"]),
        sleep=_whole_or_none(document["sleep"]), onset_min=_whole_or_none(document["onset_min"]),
        awakenings=_whole_or_none(document["awakenings"]),
        symptoms={name: _whole(value) for name, value in document["symptoms"].items()},
        note=_text(document["note"]), where=_text(document["where"]), replaces=_text_or_none(document["replaces"]),
    )  # fmt: skip


def read_void(document: Mapping[str, Any]) -> Void:
    return Void(
        _text(document["id"]), _text(document["target"]), read_instant(document["recorded_at"]),
        _text(document["where"]),
    )  # fmt: skip


def read_target(document: Mapping[str, Any]) -> str:
    """What a plan's void takes back: the id of a version."""
    return _text(document["target"])


def rename_document(old: str, new: str, record_id: str, now: datetime) -> Document:
    """That a medicine is called something else from now on; what was kept under its old name stays as it is."""
    return {"id": record_id, "medicine": old, "name": new, "made_at": instant_text(now)}


def read_rename(document: Mapping[str, Any]) -> tuple[str, str]:
    """A medicine's old name and its new one."""
    return _text(document["medicine"]), _text(document["name"])


def read_medicine(document: Mapping[str, Any]) -> str:
    """What a medicine was called when one of its versions was made."""
    return _text(document["medicine"])


def read_made(document: Mapping[str, Any]) -> Made:
    """The place of a version among the others, undone or not; earlier programs didn't keep what it was made on."""
    return Made(
        _text(document["id"]), _whole(document["number"]), read_instant(document["made_at"]),
        _text_or_none(document.get("based_on")),
    )  # fmt: skip


def choice_document(choice: Choice, record_id: str, now: datetime) -> Document:
    """Which version of a plan that two devices changed is kept."""
    return {"id": record_id, "kept": choice.kept, "over": sorted(choice.over), "at": instant_text(now)}


def read_choice(document: Mapping[str, Any]) -> Choice:
    return Choice(_text(document["kept"]), frozenset(_text(id_) for id_ in document["over"]))


def read_since(document: Mapping[str, Any]) -> date:
    """The logical date of a medicine's first set-up, as one of its versions has it."""
    return _date(document["since"])


def key_document(key: DoseKey) -> list[str]:
    return [key.medicine, key.date.isoformat(), key.slot]


def _read_key(value: list[str]) -> DoseKey:
    medicine, day, slot = value
    return DoseKey(_text(medicine), _date(day), _text(slot))


def _instant_text_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _instant_or_none(value: Any) -> datetime | None:
    return None if value is None else read_instant(value)


def sent_document(sent: Sent, record_id: str) -> Document:
    return {
        "id": record_id, "dose": key_document(sent.key), "number": sent.number,
        "at": instant_text(sent.at), "done": sent.done, "by": sent.by,
        "due": _instant_text_or_none(sent.due), "undo": sent.undo,
    }  # fmt: skip


def read_sent(document: Mapping[str, Any]) -> Sent:
    return Sent(
        _read_key(document["dose"]),
        _whole(document["number"]),
        read_instant(document["at"]),
        None if document["done"] is None else _flag(document["done"]),
        _text(document["by"]),
        _instant_or_none(document.get("due")),
        _text_or_none(document.get("undo")),
    )


def snooze_document(snooze: Snooze, record_id: str) -> Document:
    return {
        "id": record_id, "dose": key_document(snooze.key), "until": instant_text(snooze.until),
        "at": instant_text(snooze.at), "due": _instant_text_or_none(snooze.due),
    }  # fmt: skip


def read_snooze(document: Mapping[str, Any]) -> Snooze:
    until, at = read_instant(document["until"]), read_instant(document["at"])
    return Snooze(_read_key(document["dose"]), until, at, _instant_or_none(document.get("due")))
