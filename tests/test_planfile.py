"""Plan files: the real ones, and every way a file can be wrong."""

import copy
import os
from datetime import date, time
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.making import answer
from splitdose.core.draft import PlanDraft
from splitdose.core.errors import BadInput
from splitdose.core.plan import DosePoint, Slot
from splitdose.core.typed_times import parse_date, parse_wall
from splitdose.planfile import (
    MAX_BYTES,
    PlanFileError,
    parse_half_life,
    parse_plan,
    parse_total,
    read_plan_file,
)

PLANS = Path(__file__).parent / "plans"
NAMES = ["baclofen.toml", "methylprednisolone-pack.toml", "prednisone-card.toml"]
HEAD = '[slots]\nmorning = "08:00"\nevening = "18:00"\n\n[[medicine]]\nname = "a"\n'
PRODUCT = '\n[[medicine.product]]\nname = "t"\nstrength = "1 mg"\n'
STEP = "\n[[medicine.step]]\nstart = 2024-01-01\n"


def refused(text: str) -> str:
    with pytest.raises(PlanFileError) as caught:
        parse_plan(text, file="p.toml")
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith("p.toml")
    return message


@pytest.mark.parametrize(("name", "medicines", "steps"), zip(NAMES, (2, 1, 1), (12, 7, 13), strict=True))
def test_the_real_plans_are_read(name: str, medicines: int, steps: int) -> None:
    plan = read_plan_file(PLANS / name)
    assert len(plan.medicines) == medicines
    assert len(plan.medicines[0].steps) == steps


def test_what_a_plan_says_is_kept_exactly() -> None:
    baclofen, diazepam = read_plan_file(PLANS / "baclofen.toml").medicines
    assert (baclofen.name, baclofen.advance, baclofen.half_life) == ("baclofen", "ask", (Fraction(2), Fraction(6)))
    assert [s.name for s in baclofen.slots] == ["morning", "afternoon", "evening"]
    tablet, small = baclofen.products
    assert (tablet.smallest, tablet.scored, small.maker) == (Fraction(1, 4), True, "AdvaGen")
    first = baclofen.steps[0]
    assert (first.start, first.hold, first.total) == (date(2023, 10, 26), 5, Fraction(55))
    assert first.doses["afternoon"][0].count == Fraction(3, 4)
    assert baclofen.steps[-1].doses == {}
    assert (diazepam.advance, diazepam.steps[0].note) == ("on date", "held")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "p.toml: the file is empty"), ("\n\n", "the file is empty"), ("# only this\n", "no medicine"),
        ("[slots]\n", "no medicine"), ("medicine = []", "no medicine"),
        ("[medicine]\nname='a'", "line 1: medicine: is a table"), ("medicine = 3", "line 1: medicine: is a whole"),
        ("a = 1", "line 1: a: is not a key"), ("\n\nx = 1\n" + HEAD, "line 3: x: is not a key"),
        ("[slots\nmorning = 1", "line 1: "), ("[slots]\nmorning = ", "line 2: "), ("[[medicine]]\nname", "line 2: "),
        ("a = '''\nx\n", "line 2: "),
        ("a=1\na=2", "line 2: "), ("[a]\n[a]", "line 2: "), ("a = \x00", "line 1"),
        ("\ufeff" + HEAD, "line 1: "), ('a = "\\ud800"', "line 1: "), ("a = 0000-01-01", "line 1: "),
        ("b=1\na = " + "9" * 5000, "line 2: a value is out of range"),
        ("b=1\na = " + "[" * 5000, "line 2: a value is out of range"),
        ("b=1\na" + ".a" * 20 + "=1", "line 2: a key of more than 16 parts"),
        ("[slots]\nhold = '08:00'", "line 2: slots hold: can't be the name of a slot"),
        ("[slots]\n'' = '08:00'", "line 2: slots"), ("[slots]\nm = 8", "line 2: slots m: is a whole number"),
        ("[slots]\nm = '25:00'", "line 2: slots m: \"25:00\" is not a time of day"),
        ("[slots]\nm = '8'", "two ways; type 08:00 or 20:00"), ("slots = 3", "line 1: slots: is a whole number"),
        ("[slots]\n" + "".join(f"m{n} = '08:00'\n" for n in range(60)), "line 50: slots m48: comes after 48"),
        ("[[medicine]]\n", "line 1: medicine 1 name: is missing"), ("[[medicine]]\nname = ''", "line 2: "),
        ("[[medicine]]\nname = 3", "line 2: medicine 1 name: is a whole number, not text"),
        ("[[medicine]]\nname = '" + "a" * 81 + "'", "longer than 80"),
        (HEAD + "advance = 'never'", "line 7: a advance: is \"never\""),
        (HEAD + "dose = 1", "line 7: a dose: is not a"),
        (HEAD + "half_life = '6-2 h'", "line 7: a half_life: "), (HEAD + "half_life = 4", "line 7: a half_life: is a"),
        (HEAD + "[[medicine.product]]\n", "line 7: a product 1 name: is missing"),
        (HEAD + "product = 'x'", "line 7: a product: is text, not a list"),
        (HEAD + PRODUCT + "form = 'pill'", "line 11: a product 1 form: is \"pill\""),
        (HEAD + PRODUCT + "colour = 'red'", "line 11: a product 1 colour: is not a key"),
        (HEAD + PRODUCT + "scored = 1", "line 11: a product 1 scored: is a whole number"),
        (HEAD + PRODUCT + "smallest = 0.25", "line 11: a product 1 smallest: is a number"),
        (HEAD + PRODUCT + "smallest = 0", "line 11: a product 1 smallest: is zero"),
        (HEAD + PRODUCT + "smallest = -1", "line 11: a product 1 smallest: "),
        (HEAD + PRODUCT.replace("1 mg", "-1 mg"), "line 10: a product 1 strength: the strength \"-1 mg\" is less"),
        (HEAD + PRODUCT.replace("1 mg", "0 mg"), "line 10: a product 1 strength: the strength \"0 mg\" is zero"),
        (HEAD + PRODUCT.replace('"1 mg"', "20"), "line 10: a product 1 strength: is a whole number"),
        (HEAD + PRODUCT + "form = 'solution'", "line 10: a product 1 strength: \"1 mg\" of a solution is not per mL"),
        (HEAD + PRODUCT.replace('"t"', '"t + u"'), "line 9: a product 1 name: "),
        (HEAD + PRODUCT * 101, "stands 101 times"),
        (HEAD + STEP + "hold = 0", "line 10: a step 1 hold: is 0; write a whole number from 1 to 3650"),
        (HEAD + STEP + "hold = -1", "line 10: a step 1 hold: is -1"),
        (HEAD + STEP + "hold = 1000000000", "line 10: a step 1 hold: is 1000000000"),
        (HEAD + STEP + "hold = 0x" + "f" * 400, "line 10: a step 1 hold: is far out of range"),
        (HEAD + STEP + "hold = 5.0", "line 10: a step 1 hold: is a number, not a whole"),
        (HEAD + STEP + "hold = true", "line 10: a step 1 hold: is true or false"),
        (HEAD + STEP + "every = 0", "line 10: a step 1 every: is 0"),
        (HEAD + STEP + "total = 'much'", "line 10: a step 1 total: "),
        (HEAD + STEP + "total = 5", "line 10: a step 1 tot"),
        (HEAD + STEP + "note = '" + "a" * 2001 + "'", "line 10: a step 1 note: is longer than 2000"),
        (HEAD + STEP + "from_slot = 'noon'", "line 10: a step 1 from_slot: is \"noon\", which is not a slot"),
        (HEAD + STEP.replace("2024", "9999"), "line 9: a step 1 start: is in the year 9999"),
        (HEAD + STEP.replace("2024", "0001"), "line 9: a step 1 start: is in the year 1;"),
        (HEAD + STEP.replace("2024-01-01", "'soon'"), "line 9: a step 1 start: \"soon\" is not a date"),
        (HEAD + STEP.replace("2024-01-01", "2024-01-01T08:00:00"), "line 9: a step 1 start: is a date with a time"),
        (HEAD + PRODUCT + STEP + "morning = 1", "line 14: a step 1 morning: is a whole number, not text"),
        (HEAD + PRODUCT + STEP + "morning = '1-1/2'", "line 14: a step 1 morning: \"1-1/2\" can be read two ways"),
        (HEAD + PRODUCT + STEP + "morning = '1,000'", "line 14: a step 1 morning: "),
        (HEAD + PRODUCT + STEP + "split = '1-0-1'", "line 14: a step 1 split: 3 amounts for 2 slots"),
        (HEAD + PRODUCT + STEP + "split = '1/4 1/4 1/2'", "line 14: a step 1 split: "),
        (HEAD + PRODUCT + STEP + "split = '1-1'\nmorning = '1'", "line 14: a step 1 split: stands beside"),
        (HEAD + STEP + "morning = '1'", "line 10: a step 1 morning: \"1\" leaves the product open"),
        (HEAD + "[[medicine.pause]]\n", "line 7: a pause 1 start: is missing"),
        (HEAD + "[[medicine.pause]]\nstart = 2024-01-02\nend = 2024-01-01", "line 9: a pause 1 end: is before"),
    ],
    ids=map(str, count()),
)  # fmt: skip
def test_each_fault_is_told_in_one_line_with_its_place(text: str, said: str) -> None:
    message = refused(text)
    assert said in message
    if "line " in said.partition(":")[0] or said.startswith("line"):
        assert message.startswith(f"p.toml, {said.split(':')[0]}:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('# a\n# [[medicine]]\n[slots]\nm = "08:00"\n\n[[medicine]] # one\nname = "a"\n# hold = 1\nwhat = 1', 9),
        ('[slots]\r\nm = "08:00"\r\n[[medicine]]\r\nname = "a"\r\nwhat = 1', 5),
        ('[slots]\n"m [x]" = "08:00"\n"a.b" = 8', 3),
        ('[slots]\n"\\u0061b" = 8', 2),
        ('[[medicine]]\nname = """a"""\n[[medicine.step]]\nnote = """\n[[medicine.step]]\nhold = 3\n"""\nhold = 0', 8),
        ("[[medicine]]\nname = 'a'\n[[medicine.step]]\nnote = '''\n[slots]\n'''\nhold = 0", 7),
        ('[[medicine]]\nname = "a"\n[[medicine.step]]\nnote = "\u2028 \x85 \x0b"\nhold = 0'.replace("\x0b", ""), 5),
        ('medicine = [\n  { name = "a" },\n  { name = 3 },\n]', 3),
        ('medicine = [\n  { name = "a", step = [{ hold = 1 },\n   { hold = 0 }] }]', 3),
        ('slots.m = "08:00"\nslots.n = 8', 2),
        ('[[medicine]]\nname = "a"\nslots.m = "08:00"\nslots.n = "08:99"', 4),
        ('[[medicine]]\nname = "a"\n[medicine.slots]\nm = "08:00"\nn = "x"', 5),
        ('[[medicine]]\nname = "a"\n["medicine".\'slots\'] # [x]\n\n"n" = "x"', 5),
        ('[[medicine]]\nname="a"\n[[medicine.step]]\n[[medicine]]\nname="b"\n[[medicine.step]]\nhold=1\n'
         "[[medicine.step]]\n\nhold=0", 10),
        ('slots = { m = "08:00", n = 8 }', 1),
        ('[[medicine]]\nname = "a"\n[[ medicine . product ]]\nname = "x"\nscored = 3', 5),
        ('[[medicine]]\nname = "a"\nhalf_life = "x"\n[[medicine.step]]\nhold = 1\n', 3),
        ('[[medicine]]\n[[medicine.step]]\nhold = 1\n', 1),
        ('[[medicine]]\nname = "a # b"\nadvance = \'x # "\'', 3),
        ('[[medicine]]\nname = "a\\""\nadvance = "x"', 3),
        ('[slots]\nm = 08:00:00\nn = 2024-01-01 08:00:00', 3),
    ],
)  # fmt: skip
def test_lines_are_those_of_the_file(text: str, line: int) -> None:
    assert refused(text).startswith(f"p.toml, line {line}: ")


def test_names_are_kept_exactly_and_shown_harmlessly() -> None:
    text = (
        '[slots]\n"mor\\nning" = "08:00"\n[[medicine]]\nname = "[bold]a\\u001b[2J"\n'
        '[[medicine.product]]\nname = "b\\tc [i]"\n[[medicine.step]]\n"mor\\nning" = "1/2 x b\\tc [i]"\n'
    )
    medicine = parse_plan(text).medicines[0]
    assert medicine.name == "[bold]a\x1b[2J"
    assert medicine.slots[0].name == "mor\nning"
    assert medicine.products[0].name == "b\tc [i]"
    assert medicine.steps[0].doses["mor\nning"][0].count == Fraction(1, 2)
    for bad in ('"1 x b"', '"x"', "3"):
        refused(text.replace('"1/2 x b\\tc [i]"', bad + "\nhold = 0"))
    refused(text + '"mor\\nming" = 1\nhold = 0')
    refused(text.replace('"1/2 x b\\tc [i]"', "3"))


def test_unknown_words_are_left_to_the_check() -> None:
    draft = parse_plan(HEAD + PRODUCT + STEP + 'morning = "1 x u"\nnoon = 3\n').medicines[0].steps[0]
    assert (draft.unknown_products, draft.unknown_slots, draft.doses) == (("u",), ("noon",), {})


def test_slots_are_in_the_order_of_the_day() -> None:
    text = '[slots]\nnight = "00:30"\nevening = 18:00:00\nmorning = "8:00"\n[[medicine]]\nname = "a"'
    found = parse_plan(text).medicines[0].slots
    assert found == (Slot("morning", time(8)), Slot("evening", time(18)), Slot("night", time(0, 30)))
    assert parse_plan(text, day_start=time(0)).medicines[0].slots[0].name == "night"


def test_a_medicine_may_have_slots_of_its_own() -> None:
    text = HEAD + '[medicine.slots]\nnoon = "12:00"\n[[medicine]]\nname = "b"\n'
    one, other = parse_plan(text).medicines
    assert [s.name for s in one.slots] == ["noon"]
    assert [s.name for s in other.slots] == ["morning", "evening"]


def test_an_amount_without_a_product_means_the_only_one() -> None:
    steps = parse_plan(HEAD + PRODUCT + STEP + 'split = "1-0"').medicines[0].steps
    assert steps[0].doses["morning"][0].count == 1
    assert "evening" not in steps[0].doses


PEN = '\n[[medicine.product]]\nname = "pen"\nstrength = "100 units/mL"\nform = "injection"\nsmallest = "1"\n'


@pytest.mark.parametrize(
    "typed", ["10 x pen", "10 units", "10", "0.1 mL", "0.1 mL x pen", "10 IU", "10xpen", "10 u x pen"]
)
def test_units_per_ml_are_units(typed: str) -> None:
    found = parse_plan(f'{HEAD}{PEN}{STEP}morning = "{typed}"\n').medicines[0]
    assert found.products[0].smallest == Fraction(1, 100)
    (piece,) = found.steps[0].doses["morning"]
    assert piece.count == Fraction(1, 10)  # in mL, as it is kept
    assert piece.product.told(piece.count) == 10


@pytest.mark.parametrize(
    ("product", "typed", "count"),
    [
        ('form = "inhaler"', "2 puffs", "2"), ('form = "film"', "½ film", "1/2"), ('form = "lozenge"', "1", "1"),
        ('form = "injection"', "1 injection", "1"), ('form = "other"\nunit = "bead"', "270 beads", "270"),
        ('form = "solution"\nunit = "drop"\nstrength = "0.5 mg"', "4 drops", "4"), ('form = "tablet"', "2 pills", "2"),
        ('strength = "1.125 mg"', "2.25 mg", "2"), ('strength = "5.9049 mg"', "1", "1"),
        ('strength = "1 mg/mL"\nform = "solution"', "4.975 mg", "199/40"), ('form = "tablet"', "none", None),
    ],
)  # fmt: skip
def test_words_of_what_is_counted(product: str, typed: str, count: str | None) -> None:
    text = f'{HEAD}\n[[medicine.product]]\nname = "t"\n{product}\n{STEP}morning = "{typed}"\n'
    doses = parse_plan(text).medicines[0].steps[0].doses
    assert [p.count for p in doses.get("morning", ())] == ([] if count is None else [Fraction(count)])


def test_products_are_named_by_their_strength_where_only_one_has_it() -> None:
    small = PRODUCT.replace('"t"', '"s"').replace('"1 mg"', '"5 mg"')
    text = f'{HEAD}{PRODUCT}{small}{STEP}morning = "2 × 5 mg + 2x1 mg"\nevening = "1 x 2 mg"\n'
    step = parse_plan(text).medicines[0].steps[0]
    assert [(p.count, p.product.name) for p in step.doses["morning"]] == [(Fraction(2), "s"), (Fraction(2), "t")]
    assert step.unknown_products == ("2 mg",)
    both = small.replace("5 mg", "1 mg")
    assert "is the strength of several products" in refused(f'{HEAD}{PRODUCT}{both}{STEP}morning = "1 x 1 mg"\n')


@pytest.mark.parametrize(
    ("product", "said"),
    [
        ('unit = "mg"', "is a measure"), ('unit = "2"', "is not a word"), ("unit = 2", "not text"),
        ('strength = "5 mg/mL"\nunit = "drop"', "is not what a strength of 5 mg/mL counts"),
        ('strength = "5 mg"\nform = "solution"', "not per mL"), ('strength = "20.000 IU"', "type 20000 for"),
    ],
)  # fmt: skip
def test_what_a_product_can_not_say(product: str, said: str) -> None:
    assert said in refused(f'{HEAD}\n[[medicine.product]]\nname = "t"\n{product}\n')


def test_pauses_and_slots_of_starts() -> None:
    text = HEAD + STEP + 'from_slot = "evening"\n[[medicine.pause]]\nstart = 2024-01-05\nto_slot = "evening"\n'
    medicine = parse_plan(text + "end = 2024-01-07").medicines[0]
    assert medicine.steps[0].from_slot == "evening"
    assert medicine.pauses[0].end == DosePoint(date(2024, 1, 7), "evening")
    assert parse_plan(text.replace('to_slot = "evening"', "")).medicines[0].pauses[0].end is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"), (b"\x89PNG\r\n\x1a\n\0\0", "line 1: not UTF-8"), (b"a\n\xff", "line 2: not UTF-8"),
        (b"\xef\xbb\xbfa=1\n\xff", "line 2: not UTF-8"), ("a".encode("utf-16"), "line 1: not UTF-8"),
        (b"# " + b"x" * MAX_BYTES, "larger than 1000000 bytes"), (b"x" * 10_000_000, "larger than"),
        (b"[[medicine]]\nname = \"a\"\n[[medicine.step]]\nhold =", "line 4"), (b"a\xed\xa0\x80", "line 1: not UTF-8"),
    ],
    ids=["empty", "png", "latin", "bom", "utf16", "comment", "10MB", "cut", "surrogate"],
)  # fmt: skip
def test_unreadable_files(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a, b.toml"
    path.write_bytes(content)
    with pytest.raises(PlanFileError) as caught:
        read_plan_file(path)
    assert str(caught.value).startswith("a, b.toml")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    plain = (PLANS / NAMES[0]).read_bytes()
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    assert read_plan_file(path) == read_plan_file(PLANS / NAMES[0])


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "no\nne.toml", "there is no file"), (tmp_path, "is a folder"),
        (Path("a\0b"), "can't be read"), (tmp_path / ("x" * 300), "can't be read"),
        (Path(os.fsdecode(b"\xff.toml")), "there is no file"),
    ):  # fmt: skip
        with pytest.raises(PlanFileError) as caught:
            read_plan_file(path)
        assert said in str(caught.value)
        assert str(caught.value).isprintable()


def understood_or_refused(text: str) -> None:
    found, said = answer(lambda: parse_plan(text, file="p.toml"))
    assert isinstance(found, PlanDraft) or said.startswith("p.toml")
    assert said.isprintable()


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    understood_or_refused(content.decode("utf-8", "replace"))


@given(st.text(st.sampled_from("[]{}=.,\"'\\#\n abm012-:_") | st.characters(), max_size=120))
def test_any_text(text: str) -> None:
    understood_or_refused(text)


scalars = (
    st.integers() | st.booleans() | st.floats() | st.dates() | st.times() | st.datetimes()
    | st.text(max_size=12) | st.sampled_from(["1", "1/2 x t", "1-0", "5 mg", "08:00", "2-6 h", "ask", "1 mg/mL", "t"])
)  # fmt: skip
keys = st.sampled_from(
    ["name", "slots", "medicine", "product", "step", "pause", "strength", "form", "smallest", "scored", "maker",
     "start", "end", "hold", "morning", "split", "every", "total", "note", "from_slot", "to_slot", "half_life",
     "advance", "x", "a b", ""]
) | st.text(max_size=4)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
)
documents = st.dictionaries(keys, values, max_size=4) | st.fixed_dictionaries(
    {"medicine": st.lists(st.dictionaries(keys, values, max_size=6), max_size=3)},
    optional={"slots": st.dictionaries(keys, scalars, max_size=4)},
)


def quoted(text: str) -> str:
    plain = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{plain}"'


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (int, float)):
        return repr(value)
    return value.isoformat()  # type: ignore[attr-defined, no-any-return]


@given(documents)
def test_any_document(document: dict[str, object]) -> None:
    understood_or_refused("\n".join(f"{quoted(k)} = {toml(v)}" for k, v in document.items()))


ORIGINALS = [(PLANS / name).read_text("utf-8").splitlines() for name in NAMES]


@given(st.sampled_from(ORIGINALS), st.data())
def test_mutations_of_the_real_plans(original: list[str], data: st.DataObject) -> None:
    lines = copy.copy(original)
    for _ in range(data.draw(st.integers(1, 4))):
        n = data.draw(st.integers(0, len(lines) - 1))
        line = lines[n]
        cut = data.draw(st.integers(0, len(line)))
        lines[n] = data.draw(
            st.sampled_from([
                "", line + "\n" + line, line[:cut], line[cut:], line.replace('"', ""), line.replace("=", "= -"),
                line[:cut] + data.draw(st.characters()) + line[cut:],
                line.partition("=")[0] + "= " + toml(data.draw(values)), lines[data.draw(st.integers(0, n))],
            ])
        )  # fmt: skip
    understood_or_refused("\n".join(lines))


@pytest.mark.parametrize("text", ["", "2024-1-1", "2024-02-30", "0000-01-01", "9999-01-01", "20240101", "2024-W01-1"])
def test_refused_dates(text: str) -> None:
    with pytest.raises(BadInput):
        parse_date(text)


def test_dates_and_times() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)
    assert parse_wall(" 8:05 ") == time(8, 5)
    for text in ("24:00", "08:60", "8", "08:00:00", "", "٠٨:٠٠"):
        with pytest.raises(BadInput):
            parse_wall(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("2-6 h", ("2", "6")), ("4 h", ("4", "4")), ("1.5 – 2 hours", ("3/2", "2")), ("1-2 days", ("24", "48"))],
)
def test_half_lives(text: str, hours: tuple[str, str]) -> None:
    assert parse_half_life(text) == (Fraction(hours[0]), Fraction(hours[1]))


@pytest.mark.parametrize("text", ["", "h", "0 h", "6-2 h", "2 6 h", "2-6", "-2 h", "0-3 h", "1,000 h"])
def test_refused_half_lives(text: str) -> None:
    with pytest.raises(BadInput):
        parse_half_life(text)


def test_totals() -> None:
    assert [parse_total(t) for t in ("55 mg", "0.5 g", "50 mcg", "15000 mcg", "0 mg")] == [
        55, 500, Fraction(1, 20), 15, 0,
    ]  # fmt: skip
    for text in ("55", "55 mL", "mg", "-5 mg", "1,000 mg"):
        with pytest.raises(BadInput):
            parse_total(text)


def test_ten_years_of_daily_steps_are_read() -> None:
    steps = "".join(f'[[medicine.step]]\nhold = 1\nmorning = "{n % 9 + 1}"\n' for n in range(3653))
    assert len(parse_plan(HEAD + PRODUCT + steps).medicines[0].steps) == 3653
