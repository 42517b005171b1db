"""One attempt to record something, from the first key to the record, whatever is asked or goes wrong on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from splitdose.core.log import CheckIn, Intake

Answer = tuple[str, "Attempt"]

QUESTIONS = {
    "early": "Record it as taken already?",
    "recorded": "Replace that record?",
    "after_next": "Record it as taken just now? (t says when it was)",
    "amount": "Record this amount?",
    "again": "Record one more?",
    "old": "Take it back?",
}
"""What yes will do, for each code of refusal that may be asked about."""


@dataclass(frozen=True)
class Attempt:
    """Something to record.

    Attributes:
        do: records it, given the codes of refusals that the person has answered.
        allowed: those codes.
        answers: for some codes another question, and what yes does instead.
        again: opens the form again with what was typed and why it can't be recorded as it is.
    """

    do: Callable[[frozenset[str]], Intake | CheckIn]
    allowed: frozenset[str] = frozenset()
    answers: Callable[[str], Answer | None] = field(default=lambda code: None)
    again: Callable[[str], None] | None = None

    def run(self) -> Intake | CheckIn:
        """Record it; raises what the session raises."""
        return self.do(self.allowed)

    def asked(self, code: str) -> Answer | None:
        """The question for a refusal and the attempt after a yes; None where it can't be asked about."""
        special = self.answers(code)
        if special is not None:
            return special
        if code in QUESTIONS and code not in self.allowed:
            return QUESTIONS[code], replace(self, allowed=self.allowed | {code})
        return None
