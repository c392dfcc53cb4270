"""The maths judge: one reference, one answer, one judgement."""

import math
import time
from dataclasses import dataclass, field

from outlay.core.errors import InvalidSettingError
from outlay.verifiers.judgement import Judgement
from outlay.verifiers.maths.plain import plainly_equal
from outlay.verifiers.maths.process import Worker, require_extra

LONGEST_ANSWER = 2000
"""Characters that an answer may have; longer ones are not judged."""


@dataclass(frozen=True, slots=True)
class MathsJudge:
    """Decides whether answers equal references; what needs no algebra it decides itself, the rest its worker does.

    Attributes:
        seconds: wall time that one comparison may take.
        memory: megabytes of address space that one comparison may take.

    Raises:
        InvalidSettingError: if a limit is out of range.
        MissingExtraError: if sympy or math-verify are missing.
    """

    seconds: float = 5.0
    memory: int = 512
    worker: Worker = field(default_factory=Worker, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and 0.05 <= self.seconds <= 600):
            raise InvalidSettingError("maths", "seconds", self.seconds, "between 0.05 and 600")
        if self.memory < 256:
            raise InvalidSettingError("maths", "memory", self.memory, "256 megabytes or more")
        require_extra()

    async def judge(self, reference: str, answer: str) -> Judgement:
        """Whether an answer equals a reference.

        Raises:
            VerifierError: if the worker cannot be started.
        """
        start = time.monotonic()
        if max(len(reference), len(answer)) > LONGEST_ANSWER:
            why = f"one of the two is longer than {LONGEST_ANSWER} characters"
            return Judgement.unknown(why, time.monotonic() - start)
        equal, reason = plainly_equal(reference, answer), ""
        if equal is None:
            compared = await self.worker.compare(reference, answer, self.seconds, self.memory)
            equal, reason = compared.equal, compared.reason
        seconds = time.monotonic() - start
        if equal is None:
            return Judgement.unknown(reason, seconds)
        return Judgement(float(equal), equal, _said(reference, answer, equal), seconds)


def _said(reference: str, answer: str, equal: bool) -> str:
    return f"{_short(answer)} {'equals' if equal else 'does not equal'} {_short(reference)}"


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."
