"""What the session answers when the facts stand against doing something unasked.

Nothing is vetoed: each refusal has a code that the caller may allow, once the person has said so.
"""

from typing import Literal

Code = Literal[
    "recorded", "early", "after_next", "again", "amount", "not_planned", "nothing", "ambiguous", "old", "replaces",
    "step_open", "changes_past", "day_sum", "same_name", "plan_missing", "refused_plan",
]  # fmt: skip


class Refused(Exception):
    """Not done, for the person to decide.

    Attributes:
        code: what kind of fact it is; passing it in `allow` does it all the same.
        what: the facts, one line.
        todo: which words settle it in the shell; a screen asks instead.
    """

    def __init__(self, code: Code, what: str, todo: str = "") -> None:
        self.code: Code = code
        self.what = what
        self.todo = todo
        super().__init__(f"{what}; {todo}" if todo else what)
