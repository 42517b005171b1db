"""Each finding, by the smallest plan that gives it and the nearest one that doesn't."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from splitdose.core.check import REFUSED, check, summary
from splitdose.planfile import parse_plan, read_plan_file

PLANS = Path(__file__).parent.parent / "plans"
HEAD = '[slots]\nmorning = "08:00"\nevening = "18:00"\n\n[[medicine]]\nname = "a"\n'
PRODUCT = '[[medicine.product]]\nname = "{0}"\nstrength = "20 mg"\n'
T = PRODUCT.format("t")
LIQUID = T.replace("20 mg", "5 mg/mL") + 'form = "solution"\n'
PEN = LIQUID.replace("5 mg/mL", "100 units/mL")
STEP = "[[medicine.step]]\nstart = 2024-01-01\nhold = 5\n"
NEXT = "[[medicine.step]]\n"

TOLD = frozenset({"too-small", "unscored", "form", "total-mismatch", "hold-mismatch", "rhythm"})


def codes(text: str) -> list[str]:
    found = check(parse_plan(text))
    for finding in found:
        assert finding.message.isprintable()
        assert finding.refuses == (finding.code in REFUSED) == (finding.code not in TOLD)
    return [f.code for f in found]


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("unknown-product", T + STEP + 'morning = "1 x u"', T + STEP + 'morning = "1 x t"'),
        ("unknown-product", T + STEP + 'split = "1 - 1 x u"', T + STEP + 'split = "1 - 1 x t"'),
        ("unknown-product", STEP + 'total = "5 mg"\nmorning = "1 x u"', STEP),
        ("unknown-slot", T + STEP + 'noon = "1 x t"', T + STEP + 'evening = "1 x t"'),
        ("unknown-slot", T + STEP + 'total = "20 mg"\nnoon = "1 x t"', T + STEP),
        ("unknown-slot", T + STEP + "strat = 2024-01-01", T + STEP + 'note = "strat"'),
        ("order", STEP + NEXT + "start = 2024-01-01", STEP + NEXT + "start = 2024-01-06"),
        ("order", STEP + NEXT + "start = 2023-12-31", STEP + NEXT),
        ("order", STEP + NEXT + 'start = 2024-01-01\nfrom_slot = "morning"',
         STEP + NEXT + 'start = 2024-01-01\nfrom_slot = "evening"'),
        ("order", STEP + 'from_slot = "evening"\n' + NEXT + 'start = 2024-01-01\nfrom_slot = "evening"',
         STEP + NEXT + 'start = 2024-01-01\nfrom_slot = "evening"'),
        ("duplicate", T + T + STEP, T + PRODUCT.format("u") + STEP),
        ("duplicate", STEP + '[[medicine]]\nname = "a"\nadvance = "as needed"',
         STEP + '[[medicine]]\nname = "b"\nadvance = "as needed"'),
        ("empty", "", 'advance = "as needed"'),
        ("no-date", NEXT + NEXT, NEXT + "hold = 5\n" + NEXT),
        ("no-date", NEXT + NEXT, NEXT + NEXT + "start = 2024-01-01"),
        ("no-date", "[[medicine.step]]\nstart = 2191-01-01\nhold = 3650\n" + NEXT,
         "[[medicine.step]]\nstart = 2189-01-01\nhold = 3650\n" + NEXT),
        ("too-small", T + 'smallest = "1/2"\n' + STEP + 'morning = "1/4 x t"',
         T + 'smallest = "1/4"\n' + STEP + 'morning = "3/4 x t"'),
        ("too-small", T + 'smallest = "1"\n' + STEP + 'morning = "1 1/2 x t"', T + STEP + 'morning = "1 1/2 x t"'),
        ("too-small", LIQUID + 'smallest = "0.5"\n' + STEP + 'morning = "0.25 mL x t"',
         LIQUID + 'smallest = "0.5"\n' + STEP + 'morning = "0.75 mL x t"'),
        ("too-small", PEN + 'smallest = "1"\n' + STEP + 'morning = "0.5 x t"',
         PEN + 'smallest = "1"\n' + STEP + 'morning = "1 x t"'),
        ("too-small", PEN + 'smallest = "2"\n' + STEP + 'morning = "5 x t"',
         PEN + 'smallest = "2"\n' + STEP + 'morning = "6 x t"'),
        ("unscored", T + "scored = false\n" + STEP + 'morning = "1/2 x t"',
         T + "scored = false\n" + STEP + 'morning = "1 x t"'),
        ("unscored", T + "scored = false\n" + STEP + 'morning = "1/2 x t"',
         T + "scored = true\n" + STEP + 'morning = "1/2 x t"'),
        *[("form", T + f'form = "{form}"\n' + STEP + 'morning = "1/2 x t"',
           T + f'form = "{form}"\n' + STEP + 'morning = "2 x t"')
          for form in ("capsule", "extended-release", "enteric-coated")],
        ("form", T + 'form = "capsule"\n' + STEP + 'morning = "1/2 x t"',
         T + 'form = "patch"\n' + STEP + 'morning = "1/2 x t"'),
        *[("form", dose.replace("solution", form) + STEP + 'morning = "0.1 mL x t"',
           dose.replace("solution", wet) + STEP + 'morning = "0.1 mL x t"')
          for dose in (LIQUID, PEN) for form, wet in (
              ("tablet", "solution"), ("patch", "suspension"), ("film", "drops"), ("lozenge", "injection"),
              ("capsule", "inhaler"), ("extended-release", "other"), ("enteric-coated", "other"),
          )],
        ("total-mismatch", T + STEP + 'total = "20 mg"\nmorning = "1/2 x t"',
         T + STEP + 'total = "20 mg"\nmorning = "1/2 x t"\nevening = "1/2 x t"'),
        ("total-mismatch", '[[medicine.product]]\nname = "t"\n' + STEP + 'total = "5 mg"\nmorning = "1 x t"',
         '[[medicine.product]]\nname = "t"\n' + STEP + 'morning = "1 x t"'),
        ("total-mismatch", STEP + 'total = "5 mg"', STEP + 'total = "0 mg"'),
        ("hold-mismatch", STEP + NEXT + "start = 2024-01-05", STEP + NEXT + "start = 2024-01-06"),
        ("hold-mismatch", STEP + NEXT + "start = 2024-01-07", STEP.replace("hold = 5", "") + NEXT
         + "start = 2024-01-07"),
    ],
)  # fmt: skip
def test_each_code(code: str, wrong: str, right: str) -> None:
    assert codes(HEAD + wrong) == [code]
    assert codes(HEAD + right) == []


def test_shorter_and_held_longer_are_told_apart() -> None:
    for start, how in (("05", "shorter"), ("09", "held longer")):
        (finding,) = check(parse_plan(HEAD + STEP + NEXT + f"start = 2024-01-{start}"))
        assert finding.message.endswith(how)
        assert finding.step == 2


def test_dates_are_compared_only_where_one_before_is_known() -> None:
    assert codes(HEAD + NEXT + "hold = 5\n" + NEXT + "start = 2024-01-01\nhold = 5\n" + NEXT) == []
    assert codes(HEAD + NEXT + "hold = 5\n" + NEXT + "start = 2024-01-09\nhold = 5\n" + NEXT
                 + "start = 2024-01-09") == ["order"]  # fmt: skip


def test_one_finding_a_kind_of_piece() -> None:
    text = T + "scored = false\n" + STEP + 'morning = "1/2 x t"\nevening = "1/2 x t"\n'
    assert codes(HEAD + text) == ["unscored"]
    assert codes(HEAD + text.replace('evening = "1/2', 'evening = "1/4')) == ["unscored", "unscored"]


def test_the_real_plans() -> None:
    found = check(read_plan_file(PLANS / "baclofen.toml"))
    assert [f.code for f in found] == []
    assert check(read_plan_file(PLANS / "methylprednisolone-pack.toml")) == []
    assert check(read_plan_file(PLANS / "prednisone-card.toml")) == []


def test_names_in_findings_stay_on_one_line() -> None:
    text = HEAD.replace('"a"', '"a\\nb"') + PRODUCT.format("t\\u001b") + "scored = false\n" + STEP
    for line in ('"x\\n" = 1', 'morning = "1 x u\\u0007"', 'morning = "1/2 x t\\u001b"', 'total = "1 mg"'):
        assert codes(text + line)


def test_many_steps_are_checked_in_one_pass() -> None:
    undated = (NEXT + "hold = 1\n") * 2500
    dated = "".join(NEXT + f"start = {parse_start(n)}\nhold = 1\n" for n in range(2500))
    assert codes(HEAD + undated + dated) == []


def parse_start(n: int) -> str:
    return (date(2100, 1, 1) + timedelta(days=n)).isoformat()


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('split = "1/4 - 1/2 x t"', "5 + 10 = 15 mg"), ('morning = "1/4 x t"', "5 mg"), ("", "no doses"),
        ('morning = "1/3 x t"\nevening = "1 x t"', "about 6.67 + 20 = about 26.67 mg"),
    ],
)  # fmt: skip
def test_a_step_in_a_few_words(step: str, words: str) -> None:
    assert summary(parse_plan(HEAD + T + STEP + step).medicines[0].steps[0]) == words


def test_a_step_in_micrograms_and_in_counts() -> None:
    mcg = T.replace("20 mg", "50 mcg") + STEP + 'split = "1 - 1 x t"'
    assert summary(parse_plan(HEAD + mcg).medicines[0].steps[0]) == "50 + 50 = 100 mcg"
    plain = '[[medicine.product]]\nname = "t"\n' + STEP + 'split = "1 - 2 x t"'
    assert summary(parse_plan(HEAD + plain).medicines[0].steps[0]) == "1 + 2 = 3 tablets"


def test_a_hold_that_is_no_multiple_of_the_days_between_doses() -> None:
    def rhythm(hold: int, every: int, following: int | None) -> list[str]:
        text = T + f'[[medicine.step]]\nstart = 2024-01-01\nhold = {hold}\nevery = {every}\nmorning = "1 x t"\n'
        text += "" if following is None else f'[[medicine.step]]\nevery = {following}\nmorning = "2 x t"\n'
        found = check(parse_plan(HEAD + text))
        assert not any(f.refuses for f in found)
        return [f.message for f in found if f.code == "rhythm"]

    assert rhythm(28, 7, 7) == rhythm(5, 1, 7) == []
    words = "step 1 has a dose every 7 days and a hold of 30 days, which is no multiple"
    assert rhythm(30, 7, 7) == [f"{words}; the first dose of step 2 comes 5 days after it begins"]
    assert rhythm(30, 7, 1) == rhythm(30, 7, None) == [words]
    assert rhythm(32, 7, 2) == [words.replace("30", "32")]
    assert rhythm(31, 7, 2) == [words.replace("30", "31") + "; the first dose of step 2 comes 1 day after it begins"]
