"""The order of a plan's versions, and whether two devices changed it without knowing of each other.

Each version names the one it was made on. Where two were made on the same one, both stand; the one made last rules. All
of it follows from the versions alone, so that every device with the same ones comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

__all__ = ["FIRST", "Choice", "Made", "beside", "not_under", "ordered"]

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
    """

    id: str
    number: int
    made_at: datetime
    based_on: str | None = None
    stands: bool = True


@dataclass(frozen=True)
class Choice:
    """The person's answer which of some versions is kept.

    Attributes:
        kept: id of the version.
        over: ids of those that there were besides, and that it was not made on.
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
        number = max(found[each].number, result[-1].number + 1 if result else 0)
        result.append(replace(found[each], number=number, based_on=parents[each] or FIRST))
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


def not_under(kept: str, made: Sequence[Made]) -> frozenset[str]:
    """Returns the ids of all versions but one and those that it was made on; `made` as `ordered` gives them."""
    on = {each.id: each.based_on or FIRST for each in made}
    others = set(on)
    while kept in others:
        others.remove(kept)
        kept = on[kept]
    return frozenset(others)


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
