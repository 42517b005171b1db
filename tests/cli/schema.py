"""The public shapes, written out once more by hand: a key renamed or lost in the program fails here."""

from __future__ import annotations

from typing import Any

PIECE = {"count": str, "unit": str, "product": str, "strength": (str, None)}
DOSE: dict[str, Any] = {
    "medicine": str, "date": str, "slot": str, "due": str, "pieces": [PIECE], "mg": (str, None), "unit": (str, None),
    "state": str,
    "timing": (str, None), "tracked": bool, "id": (str, None), "taken_at": (str, None), "taken_mg": (str, None),
    "reason": (str, None), "note": (str, None), "plan_version": (int, None), "projected": bool,
}  # fmt: skip
INTAKE: dict[str, Any] = {
    "id": str, "kind": str, "medicine": str, "date": str, "slot": (str, None), "at": (str, None), "mg": (str, None),
    "unit": (str, None), "pieces": [PIECE], "reason": (str, None), "note": (str, None), "recorded_at": str,
    "replaces": (str, None),
}  # fmt: skip
CHECKIN: dict[str, Any] = {
    "id": str, "at": str, "date": str, "sleep": (int, None), "onset_min": (int, None), "awakenings": (int, None),
    "symptoms": {str: int}, "note": (str, None),
}  # fmt: skip
TOTAL = {"medicine": str, "planned_mg": (str, None), "taken_mg": (str, None), "unit": (str, None)}
MADE = {"version": int, "id": str, "why": str, "made_at": str}
FORK: dict[str, Any] = {"medicine": str, "rules": MADE, "beside": [MADE], "undone_below": [int]}
TODAY: dict[str, Any] = {
    "date": str, "now": str, "doses": [DOSE], "next": (DOSE, None), "extras": [INTAKE], "totals": [TOTAL],
    "forks": [FORK],
}  # fmt: skip
WEEK: dict[str, Any] = {
    "from": str, "to": str,
    "days": [{"date": str, "doses": [DOSE], "extras": [INTAKE], "totals": [TOTAL], "checkins": [CHECKIN]}],
    "adherence": [
        {
            "medicine": str, "scheduled": int, "taken": int, "on_time": int, "skipped": int, "unsure": int,
            "unrecorded": int, "planned_mg": (str, None), "taken_mg": (str, None), "unit": (str, None),
        }
    ],
}  # fmt: skip
PLAN: dict[str, Any] = {
    "medicines": [
        {
            "name": str, "unit": (str, None), "advance": str, "version": int, "step": (int, None),
            "day_of_step": (int, None), "review_due": (bool, None),
            "totals": {"days": (int, None), "mg": (str, None), "products": {str: str}},
            "steps": [
                {
                    "number": int, "start": (str, None), "projected": bool, "hold": (int, None),
                    "doses": {str: {"pieces": [PIECE], "mg": (str, None)}}, "mg_per_day": (str, None),
                    "period": int, "period_mg": (str, None), "first_dosing_day": (str, None), "unit": (str, None),
                }
            ],
            "ends": (str, None),
        }
    ],
    "forks": [FORK],
}  # fmt: skip
FINDINGS: dict[str, Any] = {
    "findings": [{"code": str, "medicine": str, "step": (int, None), "message": str}]
}  # fmt: skip


def fits(value: Any, shape: Any, where: str = "") -> None:
    """Insist that a value has a shape, no key more and none less.

    Args:
        value: as read from JSON.
        shape: a type; a dict of shapes by key, or of one shape under `str` for any keys; a list with the shape of
            its items; a tuple of a shape and None for what may be null.
        where: the way to it, for the failure.
    """
    match shape:
        case (inner, None):
            if value is not None:
                fits(value, inner, where)
        case [inner]:
            assert isinstance(value, list), where
            for n, item in enumerate(value):
                fits(item, inner, f"{where}[{n}]")
        case dict() if list(shape) == [str]:
            assert isinstance(value, dict), where
            for key, item in value.items():
                fits(item, shape[str], f"{where}.{key}")
        case dict():
            assert isinstance(value, dict), where
            assert list(value) == list(shape), where
            for key, inner in shape.items():
                fits(value[key], inner, f"{where}.{key}")
        case _:
            assert type(value) is shape, f"{where}: {value!r}"
