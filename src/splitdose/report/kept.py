"""Words for the same pieces, made once: ten years hold a dozen different amounts in forty thousand doses.

Kept by identity, because telling whether two amounts are equal takes longer than most of what is asked about them.
"""

from collections.abc import Callable

from splitdose.core.piece import Pieces

_MOST = 4096


def by_pieces(make: Callable[[Pieces, Pieces], str]) -> Callable[[Pieces, Pieces], str]:
    """The same function, which remembers its answer for the same pieces, whatever tuples they come in."""
    kept: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[Pieces, Pieces, str]] = {}

    def found(pieces: Pieces, among: Pieces) -> str:
        key = tuple(map(id, pieces)), tuple(map(id, among))
        entry = kept.get(key)
        if entry is None:
            if len(kept) >= _MOST:
                kept.clear()
            # What is kept is held, so that no id can come to mean something else meanwhile.
            entry = kept[key] = (pieces, among, make(pieces, among))
        return entry[2]

    return found


def by_identity(make: Callable[[Pieces], str]) -> Callable[[Pieces], str]:
    """The same function, which remembers its answer for each object it was asked about."""
    kept: dict[int, tuple[Pieces, str]] = {}

    def found(pieces: Pieces) -> str:
        entry = kept.get(id(pieces))
        # What is kept is held, so that its id can't come to mean something else meanwhile.
        if entry is None or entry[0] is not pieces:
            if len(kept) >= _MOST:
                kept.clear()
            entry = kept[id(pieces)] = (pieces, make(pieces))
        return entry[1]

    return found
