"""A strength that a plan was let in with can be read again, is shown as on the box, and can be written out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cli.helpers import CommandLine, process
from splitdose.core.errors import BadInput
from splitdose.core.strength import kept_strength, parse_strength, typed_strength
from splitdose.store import DataFolder

PLAN = """\
[slots]
morning = "08:00"
[[medicine]]
name = "medicine"
[[medicine.product]]
name = "product"
strength = "{strength}"
form = "{form}"
[[medicine.step]]
morning = "{amount}"
"""

numbers = st.one_of(
    st.from_regex(r"[0-9]{0,5}[.,][0-9]{1,9}", fullmatch=True),
    st.integers(1, 10**8).map(str),
    st.sampled_from(["0.00125", "0,00125", "1.1250", "999.9990", "0.001953125", ".0625", "1000.1250", "0.125"]),
)
units = st.sampled_from(["mg", "MG", "g", "mcg", "µg", "IU", "%", "Einheiten"])
pers = st.one_of(
    st.sampled_from(["", "/mL", "/ ML", "/5 mL", "/tablet", "/h", "/325 mg", "/1.125 mg"]), numbers.map("/{} ml".format)
)


@given(number=numbers, space=st.sampled_from(["", " "]), unit=units, per=pers)
@example("1.1250", " ", "mg", "")
@example("0.00125", " ", "mg", "")
@example("1", " ", "mg", "/1.1250 ml")
def test_what_can_be_typed_can_be_kept_and_typed_again(number: str, space: str, unit: str, per: str) -> None:
    typed = f"{number}{space}{unit}{per}"
    try:
        strength = parse_strength(typed)
    except BadInput:
        assume(False)
    assert "about" not in strength.label
    assert kept_strength(strength.label, strength.mg) == strength
    if len(typed) < 36:  # a label may be a space longer than what was typed
        assert parse_strength(typed_strength(strength.label)) == strength


def test_what_was_kept_as_about_is_exact_still() -> None:
    """Labels of more than four decimals were shortened once."""
    kept = kept_strength("about 0.0013 mg", parse_strength("0.00125 mg").mg)
    assert kept.mg == parse_strength("0.00125 mg").mg
    assert kept_strength("1 mg/about 0.0013 mL", kept.mg).per_ml


@pytest.mark.parametrize("label", ["", "mg", "20", "20 mg tablet", "20\x1b mg", "-1 mg", "1 mg/mL/mL"])
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="not a label"):
        kept_strength(label, None)


@pytest.mark.parametrize(
    ("strength", "form", "amount", "dose", "stated"),
    [
        ("0.00125 mg", "tablet", "1", "0.00125 mg", "0.00125 mg"),
        ("0.00125 mg", "tablet", "1/2", "about 0.00062 mg", "0.00125 mg"),
        ("0.001953125 mg", "tablet", "3", "0.005859375 mg", "0.001953125 mg"),
        ("1.1250 mg", "tablet", "1", "1.125 mg", "1.125 mg"),
        ("1.1250 mcg", "tablet", "2", "2.25 mcg", "1.125 mcg"),
        ("0.00125 mcg", "tablet", "1", "0.00125 mcg", "0.00125 mcg"),
        ("1 mg/1.1250 mL", "solution", "1.5 mL", "about 1.33 mg", "1 mg/1.125 mL"),
        ("1 mg/0.00125 mL", "solution", "1 mL", "800 mg", "1 mg/0.00125 mL"),
        ("5 mg/3 mL", "solution", "3 mL", "5 mg", "5 mg/3 mL"),
    ],
)
def test_through_import_restart_record_and_export(
    tmp_path: Path, strength: str, form: str, amount: str, dose: str, stated: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN.format(strength=strength, form=form, amount=amount), encoding="utf-8")
    line = CommandLine(tmp_path / "data", "2023-11-30 07:00")
    line("plan", "import", str(file)).done()
    assert f" {dose}" in line("today").done().out
    line.at("2023-11-30 08:00")("take").done()
    line("checkin", "--sleep", "5").done()
    restarted = process(["today", "--date", "2023-11-30"], line.folder)
    assert (restarted.returncode, restarted.stderr) == (0, b"")
    assert f" {dose}" in restarted.stdout.decode()
    written = line("plan", "export").done().out
    assert f'strength = "{stated}"' in written
    again = CommandLine(tmp_path / "again", "2023-11-30 08:01")
    (tmp_path / "again.toml").write_text(written, encoding="utf-8")
    again("plan", "import", str(tmp_path / "again.toml")).done()
    assert again("plan", "show", "--json").json == line("plan", "show", "--json").json
    assert DataFolder(line.folder).check().is_sound
