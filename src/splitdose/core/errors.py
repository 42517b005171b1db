"""The one kind of error the core raises about what a person typed.

It never carries a traceback to a person: `what` says what is wrong, `todo` what to type instead.
"""


class BadInput(ValueError):
    """Something typed can't be used as it stands.

    Attributes:
        what: what is wrong, in one line without a full stop.
        todo: what to do or type instead; may be empty.
    """

    def __init__(self, what: str, todo: str = "") -> None:
        self.what = what
        self.todo = todo
        super().__init__(f"{what}; {todo}" if todo else what)
