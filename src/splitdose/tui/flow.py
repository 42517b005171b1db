"""A flow: what a key begins and a person answers, dialog after dialog, told as one coroutine.

Here alone is said what stands against it: no flow ends the app for what was typed, refused or not saved.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode
from textual.screen import Screen

from splitdose.core.change import StepOpen
from splitdose.core.errors import BadInput
from splitdose.session import Refused
from splitdose.store import CannotRead, NotSaved, StoreError
from splitdose.tui.window import Window

PROBLEMS = (BadInput, Refused, StepOpen, StoreError)
"""What may stand against doing something, each with its words for a person."""
_GROUP = "flow"


def program_of(node: DOMNode) -> Window:
    """The window that a screen or widget stands in."""
    return cast("Window", node.app)


def problem_words(problem: Exception, again: str = "") -> str:
    """What stands against doing something, in one line.

    Args:
        problem: one of `PROBLEMS`.
        again: the key that tries again what could not be saved; "" where there is none.
    """
    if isinstance(problem, NotSaved):
        what = f"NOT SAVED: {str(problem).removeprefix('not saved: ')}"
        return f"{what}; {again} tries again" if again else what
    return problem.what if isinstance(problem, StepOpen) else str(problem)


async def begin(
    screen: Screen[Any], steps: Coroutine[Any, Any, object], tell: Callable[[Exception], None] | None = None
) -> None:
    """Run a flow that a key of a screen begins. While one runs, another is not begun: a key pressed twice asks once.

    Args:
        screen: whose key it is; the flow ends with it.
        steps: the flow; may raise `PROBLEMS`.
        tell: says what stood against it; a short notice unless said otherwise.
    """
    start(screen, steps, tell)
    # A turn of the loop brings the flow to its first question: the next key, however fast it comes, is its answer.
    await asyncio.sleep(0)


def start(
    screen: Screen[Any], steps: Coroutine[Any, Any, object], tell: Callable[[Exception], None] | None = None
) -> None:
    """The same for what no key begins; the flow begins on the loop's next turn."""
    if any(worker.node is screen and worker.group == _GROUP and worker.is_running for worker in screen.workers):
        steps.close()
        return

    def say(problem: Exception) -> None:
        if isinstance(problem, CannotRead):
            program_of(screen).cannot_read(problem)
        else:
            program_of(screen).say(problem_words(problem))

    async def run() -> None:
        try:
            await steps
        except PROBLEMS as problem:
            (tell or say)(problem)

    screen.run_worker(run(), group=_GROUP)
