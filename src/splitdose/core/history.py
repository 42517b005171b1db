"""The order of a plan's versions, and whether two devices changed it without knowing of each other.

Each version names the one it was made on. Where two were made on the same one, both stand; the one made last rules. All
of it follows from the versions alone, so that every device with the same ones comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

__all__ = ["FIRST", "Choice", "Made", "beside", "ordered", "passed_over", "undone_below"]

FIRST = ""
"""What a medicine's first version was made on."""


@dataclass(frozen=True)
class Made:
    """A version of a plan as far as its place among the others goes.

    Attributes:
        id: of the version.
        number: as it was kept where it was made, or as `ordered` gives it.
        made_at: when it was made (UTC).
        based_on: id of the version it was made on; `FIRST` for a first plan; None where an earlier program didn't say.
        stands: it was not undone.
        derived: what it was made on follows from the numbers, as it doesn't say, or that is not there.
    """

    id: str
    number: int
    made_at: datetime
    based_on: str | None = None
    stands: bool = True
    derived: bool = False


@dataclass(frozen=True)
class Choice:
    """The person's answer which of some versions is kept.

    Attributes:
        kept: id of the version.
        over: ids of all others that there were, but those that stand and that it was made on.
    """

    kept: str
    over: frozenset[str]


def ordered(made: Iterable[Made]) -> list[Made]:
    """Returns the versions of one medicine in the order in which they rule.

    A version comes after the one it was made on, whatever the clocks said; else the one made later comes later. Each
    has a number of its own, which is the one it was kept with unless two devices gave the same; and each says what it
    was made on, as far as that is there.
    """
    found = {each.id: each for each in made}
    parents = _parents(found.values())
    keys: dict[str, tuple[datetime, int, str]] = {}
    for id_ in found:
        way = {id_: None}
        last = id_
        while (above := parents[last]) is not None and above not in keys and above not in way:
            way[above] = None
            last = above
        for each in reversed(way):
            own, before = found[each].made_at, keys.get(parents[each] or FIRST)
            after = (own, 0) if before is None else (max(own, before[0]), before[1] + 1)
            keys[each] = (*after, each)
    result: list[Made] = []
    for each in sorted(found, key=lambda each: keys[each]):
        version, on = found[each], parents[each] or FIRST
        number = max(version.number, result[-1].number + 1 if result else 0)
        derived = version.derived or version.based_on != on
        result.append(replace(version, number=number, based_on=on, derived=derived))
    return result


def beside(made: Sequence[Made], choices: Iterable[Choice] = ()) -> tuple[str, ...]:
    """Returns the ids of the versions that stand beside the one that rules, and between which nobody has chosen.

    Of each device's changes it is the last that stands. There is none where the plan was changed on one device only.

    Args:
        made: the versions of one medicine, as `ordered` gives them.
        choices: what the person has answered. One whose version was undone since counts no more.
    """
    standing = [each.id for each in made if each.stands]
    chosen = {id_ for choice in choices if choice.kept in standing for id_ in choice.over}
    on = {each.id: each.based_on or FIRST for each in made}
    under: set[str] = set()
    for id_ in standing:
        above = on[id_]
        while above != FIRST and above not in under:
            under.add(above)
            above = on[above]
    return tuple(id_ for id_ in standing[:-1] if id_ not in under and id_ not in chosen)


def undone_below(made: Sequence[Made], choices: Iterable[Choice] = ()) -> tuple[str, ...]:
    """Returns the ids of versions that one device undid while another one made a standing version on them.

    What was undone lives on in that version, which the person may not expect. Nobody can undo such a version on one
    device alone, as the newest is undone first.

    Args:
        made, choices: as for `beside`.
    """
    by_id = {each.id: each for each in made}
    chosen = {id_ for choice in choices if choice.kept in by_id and by_id[choice.kept].stands for id_ in choice.over}
    below = {each.based_on for each in made if each.stands and each.based_on and not each.derived}
    return tuple(each.id for each in made if each.id in below and not each.stands and each.id not in chosen)


def passed_over(kept: str, made: Sequence[Made]) -> frozenset[str]:
    """Returns the ids of all versions but the kept one and those that stand below it, as a `Choice` has them.

    Args:
        kept: id of the version.
        made: as `ordered` gives them.
    """
    by_id = {each.id: each for each in made}
    others = {id_ for id_, each in by_id.items() if not each.stands}
    others |= by_id.keys() - {kept, *_above(kept, by_id)}
    return frozenset(others - {kept})


def _above(id_: str, by_id: Mapping[str, Made]) -> set[str]:
    """Returns the ids of all that a version was made on."""
    found: set[str] = set()
    above = by_id[id_].based_on
    while above and above not in found:
        found.add(above)
        above = by_id[above].based_on
    return found


def _parents(made: Iterable[Made]) -> Mapping[str, str | None]:
    """Returns by id what each version was made on, as far as that is there.

    One that doesn't say was made by an earlier program, on the version with the number before its own.
    """
    by_number = sorted(made, key=lambda each: (each.number, each.made_at, each.id))
    known = {each.id for each in by_number}
    found: dict[str, str | None] = {}
    below: list[Made] = []  # those of the number before
    for _, group in groupby(by_number, key=lambda each: each.number):
        same = list(group)
        for each in same:
            if each.based_on == FIRST or (each.based_on in known and each.based_on != each.id):
                found[each.id] = each.based_on or None
            else:
                earlier = [other for other in below if other.made_at <= each.made_at] or below
                found[each.id] = earlier[-1].id if earlier else None
        below = same
    return found
