"""Names as people mean them: what differs in capitals, spaces or Unicode forms only is one name."""

import unicodedata
from collections.abc import Iterable


def folded(name: str) -> str:
    """What all spellings of one name have in common; to compare, never to show."""
    plain = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    return unicodedata.normalize("NFKC", plain)


def same_name(name: str, known: Iterable[str]) -> str | None:
    """The one known name that is meant: the very same, else the only one that differs in its spelling; else None."""
    names = list(known)
    if name in names:
        return name
    wanted = folded(name)
    found = [other for other in names if folded(other) == wanted]
    return found[0] if len(found) == 1 else None
