"""Ranges of days as they are typed."""

from __future__ import annotations

from datetime import date

import pytest

from splitdose.core.errors import BadInput
from splitdose.core.when import parse_days


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("everything", None, None),
        ("", None, None),
        ("2023-11-01 to 2023-11-30", date(2023, 11, 1), date(2023, 11, 30)),
        ("from 2023-11-01 until yesterday", date(2023, 11, 1), date(2023, 11, 29)),
        ("2023-11-01 - today", date(2023, 11, 1), date(2023, 11, 30)),
        ("2023-11-01..2023-11-02", date(2023, 11, 1), date(2023, 11, 2)),
        (" From  2023-11-01 ", date(2023, 11, 1), None),
        ("until 2023-11-01", None, date(2023, 11, 1)),
        ("yesterday", date(2023, 11, 29), date(2023, 11, 29)),
        ("last 14 days", date(2023, 11, 17), date(2023, 11, 30)),
        ("1 day", date(2023, 11, 30), date(2023, 11, 30)),
    ],
)
def test_a_range_of_days(typed: str, first: date | None, last: date | None) -> None:
    assert parse_days(typed, date(2023, 11, 30)) == (first, last)


@pytest.mark.parametrize(
    "typed",
    ["0 days", "99999 days", "2023-11-30 to 2023-11-01", "2023-11-01-2023-11-30", "a to b", "1 to 2 to 3", "from"],
)
def test_what_is_no_range_of_days(typed: str) -> None:
    with pytest.raises(BadInput):
        parse_days(typed, date(2023, 11, 30))
