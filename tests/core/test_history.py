"""The order of versions, and which stand beside the one that rules."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from splitdose.core.history import FIRST, Choice, Made, beside, ordered, passed_over, undone_below

NINE = datetime(2023, 11, 30, 9, tzinfo=UTC)


def made(id_: str, number: int, minute: int, on: str | None = None, *, stands: bool = True) -> Made:
    return Made(id_, number, NINE + timedelta(minutes=minute), on, stands)


def ids(found: list[Made]) -> str:
    return " ".join(f"{each.number}{each.id}" for each in found)


FORK = [made("a", 1, 0, FIRST), made("held", 2, 5, "a"), made("begun", 2, 9, "a")]


def test_on_one_device_order_and_numbers_are_as_kept() -> None:
    found = ordered([made("c", 4, 9, "a"), made("b", 2, 5, "a", stands=False), made("a", 1, 0, FIRST)])
    assert ids(found) == "1a 2b 4c"
    assert beside(found) == ()


def test_of_two_made_on_the_same_one_the_one_made_last_rules_and_both_have_a_number() -> None:
    for each in permutations(FORK):
        found = ordered(each)
        assert ids(found) == "1a 2held 3begun"
        assert beside(found) == ("held",)


def test_a_version_comes_after_the_one_it_was_made_on_whatever_the_clocks_say() -> None:
    found = ordered([made("a", 1, 0, FIRST), made("b", 2, 90, "a"), made("c", 3, 5, "b")])
    assert ids(found) == "1a 2b 3c"
    assert beside(found) == ()


def test_of_several_changes_on_one_device_only_the_last_stands_beside() -> None:
    found = ordered([*FORK, made("held more", 3, 6, "held"), made("noted", 4, 7, "held more")])
    assert ids(found) == "1a 2held 3held more 4noted 5begun"
    assert beside(found) == ("noted",)


def test_an_undone_version_stands_beside_nothing() -> None:
    assert beside(ordered([FORK[0], made("held", 2, 5, "a", stands=False), FORK[2]])) == ()
    assert beside(ordered([FORK[0], FORK[1], made("begun", 2, 9, "a", stands=False)])) == ()


def test_a_change_made_on_what_rules_leaves_the_question() -> None:
    found = ordered([*FORK, made("d", 4, 20, "begun")])
    assert beside(found) == ("held",)


def test_two_first_plans_stand_beside_each_other() -> None:
    assert beside(ordered([made("a", 1, 0, FIRST), made("b", 1, 5, FIRST)])) == ("a",)


def test_a_choice_settles_it_until_the_other_device_goes_on_unaware_of_it() -> None:
    found = ordered(FORK)
    choice = Choice("begun", passed_over("begun", found))
    assert choice.over == {"held"}
    assert beside(found, [choice]) == ()
    assert beside(ordered([*FORK, made("d", 4, 20, "begun")]), [choice]) == ()
    later = ordered([*FORK, made("held more", 3, 30, "held")])
    assert ids(later) == "1a 2held 3begun 4held more"
    assert beside(later, [choice]) == ("begun",)


def test_a_choice_whose_version_was_undone_counts_no_more() -> None:
    third = made("third", 2, 3, "a")
    found = ordered([*FORK, third])
    choice = Choice("begun", passed_over("begun", found))
    assert beside(found, [choice]) == ()
    undone = ordered([*FORK[:2], made("begun", 2, 9, "a", stands=False), third])
    assert beside(undone, [choice]) == ("third",)


def test_a_version_made_on_one_that_another_device_undid_is_told() -> None:
    found = ordered([FORK[0], made("held", 2, 5, "a", stands=False), made("more", 3, 9, "held")])
    assert (beside(found), undone_below(found)) == ((), ("held",))
    assert undone_below(found, [Choice("more", passed_over("more", found))]) == ()
    assert undone_below(ordered([FORK[0], made("held", 2, 5, "a", stands=False), made("more", 3, 9, "a")])) == ()


def test_a_version_of_an_earlier_program_was_made_on_nothing_that_was_undone_since() -> None:
    assert undone_below(ordered([made("a", 1, 0), made("b", 2, 5, stands=False), made("c", 3, 9)])) == ()


def test_versions_of_an_earlier_program_follow_each_other_by_number() -> None:
    found = ordered([made("c", 3, -60), made("a", 1, 0), made("b", 2, 5, stands=False)])
    assert ids(found) == "1a 2b 3c"
    assert beside(found) == ()


def test_two_of_an_earlier_program_with_one_number_were_made_on_the_same_one() -> None:
    found = ordered([made("a", 1, 0), made("x", 2, 5), made("y", 2, 9)])
    assert ids(found) == "1a 2x 3y"
    assert beside(found) == ("x",)
    assert beside(ordered([made("a", 1, 0), made("x", 2, 5, "a"), made("y", 2, 9)])) == ("x",)


def test_a_version_whose_base_is_lost_follows_the_number_before() -> None:
    found = ordered([made("a", 1, 0, FIRST), made("c", 3, 9, "lost")])
    assert ids(found) == "1a 3c"
    assert beside(found) == ()


def test_versions_that_name_each_other_in_a_circle_are_ordered_all_the_same() -> None:
    found = ordered([made("a", 1, 0, "b"), made("b", 2, 5, "a"), made("c", 3, 5, "c")])
    assert {each.id for each in found} == {"a", "b", "c"}
    assert len(passed_over("a", found)) <= 2
    beside(found)


@st.composite
def histories(draw: st.DrawFn) -> list[Made]:
    """Versions of which each was made on some earlier one, or by a program that didn't say on which."""
    found: list[Made] = []
    for n in range(draw(st.integers(1, 9))):
        on = draw(st.sampled_from([None, FIRST, *(each.id for each in found)]))
        base = next((each for each in found if each.id == on), None)
        number = base.number + 1 if base is not None else draw(st.integers(1, n + 1))
        found.append(made(f"v{n}", number, draw(st.integers(0, 60)), on, stands=draw(st.booleans())))
    return found


@given(histories(), st.randoms())
def test_the_order_doesnt_depend_on_how_the_versions_came_together(found: list[Made], mixer: object) -> None:
    other = list(found)
    mixer.shuffle(other)  # type: ignore[attr-defined]
    first, second = ordered(found), ordered(other)
    assert first == second
    assert (beside(first), undone_below(first)) == (beside(second), undone_below(second))
    numbers = [each.number for each in first]
    assert numbers == sorted(set(numbers))
    places = {each.id: n for n, each in enumerate(first)}
    assert all(places[each.based_on] < places[each.id] for each in first if each.based_on)
    assert ordered(first) == first


@given(histories())
def test_after_a_choice_nothing_stands_beside(found: list[Made]) -> None:
    history = ordered(found)
    standing = [each.id for each in history if each.stands]
    if standing:
        choice = Choice(standing[-1], passed_over(standing[-1], history))
        assert (beside(history, [choice]), undone_below(history, [choice])) == ((), ())
