"""How anything is recorded from the app: asked about where it is unusual, kept for a retry where it can't be saved."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from splitdose.core.errors import BadInput
from splitdose.core.log import CheckIn, Intake
from splitdose.session import Refused, describe
from splitdose.session.recorder import NONE
from splitdose.store import CannotRead, StoreError
from splitdose.tui.dialogs.prompts import Confirm
from splitdose.tui.window import Unsaved, Window

R = TypeVar("R", bound=Intake | CheckIn)
Allowed = frozenset[str]
Act = Callable[[Allowed], R]
"""Records something, given the codes of refusals that the person has answered."""
Other = tuple[str, Act[R], Allowed]
"""Another question about a refusal, and what a yes records instead."""

QUESTIONS = {
    "early": "Record it as taken early?",
    "recorded": "Replace that record?",
    "after_next": "Record it as taken just now? ({time} says when it was)",
    "amount": "Record this amount?",
    "again": "Record one more?",
    "old": "Undo it?",
}
"""What yes will do, for each code of refusal that may be asked about."""


async def agreed(
    window: Window,
    act: Act[R],
    allow: Allowed = NONE,
    *,
    other: Callable[[str], Other[R] | None] | None = None,
    keep: Callable[[Act[R], Allowed, StoreError], None] | None = None,
) -> R | None:
    """Do something to the record, and ask about what is unusual until it is done.

    Args:
        window: where.
        act: does it.
        allow: codes that are answered already.
        other: for some codes another question, and what yes does instead.
        keep: given what could not be saved.

    Returns:
        What was done; None where the person said no, or it was kept.

    Raises:
        Refused: what can't be asked about.
        BadInput: what was typed for it no longer holds.
        StoreError: it could not be saved, and there is no `keep`.
    """
    while True:
        try:
            return act(allow)
        except Refused as refused:
            instead = other(refused.code) if other is not None else None
            if instead is not None:
                question, act, allow = instead
                other = None
            elif refused.code in QUESTIONS and refused.code not in allow:
                question = QUESTIONS[refused.code].format(time=window.key("dose.time"))
                allow |= {refused.code}
            else:
                raise
            window.redraw()
            if not await says_yes(window, f"{refused.what}.", question):
                return None
        except StoreError as problem:
            if keep is None:
                raise
            keep(act, allow, problem)
            return None


async def record(
    window: Window,
    act: Act[R],
    allow: Allowed = NONE,
    *,
    other: Callable[[str], Other[R] | None] | None = None,
    again: Callable[[Allowed], Coroutine[Any, Any, object]] | None = None,
) -> str:
    """Record something; ask what must be asked; keep it for a retry where it could not be saved.

    Args:
        window: where.
        act: records it.
        allow: codes of refusals that are answered already.
        other: for some codes another question, and what yes does instead.
        again: tries once more what could not be saved, with the codes answered by then.

    Returns:
        Why it can't be recorded as it is, in words; "" where nothing stands against it.
    """

    def keep(tried: Act[R], allowed: Allowed, problem: StoreError) -> None:
        # What can't be decided because data can't be read isn't saved either.
        retry = partial(again, allowed) if again is not None else partial(record_or_say, window, tried, allowed)
        window.unsaved = Unsaved(retry, problem)
        window.bell()
        if isinstance(problem, CannotRead):
            window.cannot_read(problem)

    try:
        made = await agreed(window, act, allow, other=other, keep=keep)
    except (Refused, BadInput) as problem:
        window.redraw()
        return problem.what if isinstance(problem, Refused) else str(problem)
    if made is not None:
        window.unsaved = None
        _done(window, made)
    window.redraw()
    return ""


def _done(window: Window, made: Intake | CheckIn) -> None:
    try:
        sign = "recorded:" if window.ascii_only else "✓ recorded:"
        window.done = f"{sign} {describe(made, window.session.reader)} · {window.key('undo')} undoes it"
    except StoreError as problem:
        window.cannot_read(problem)
    window.recorded()


async def record_or_say(
    window: Window, act: Act[R], allow: Allowed = NONE, *, other: Callable[[str], Other[R] | None] | None = None
) -> None:
    """Record something, or say why it can't be."""
    why = await record(window, act, allow, other=other)
    if why:
        window.say(why)


async def says_yes(window: Window, facts: str, question: str) -> bool:
    """Ask; whether the answer was yes."""
    return await window.push_screen_wait(Confirm(f"{facts[:1].upper()}{facts[1:]}", question)) == "y"


async def retry(window: Window) -> None:
    """Try again to save what could not be saved."""
    if window.unsaved is None:
        window.say("everything is saved")
    else:
        await window.unsaved.again()
