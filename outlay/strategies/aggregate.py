"""One score of an answer from the scores of its steps."""

from enum import StrEnum
from math import prod

from outlay.core.verifier import Judges, Verdict


class Aggregation(StrEnum):
    """How the scores of steps become one."""

    VERDICT = "verdict"
    """The verifier's own score of the whole answer."""
    LAST = "last"
    """That of the last step."""
    MINIMUM = "minimum"
    """A chain is as strong as its weakest step."""
    PRODUCT = "product"
    """All steps right, if they were independent."""
    MEAN = "mean"
    """The average step."""
    MAXIMUM = "maximum"
    """The best step."""

    @property
    def judges(self) -> Judges:
        """What verdicts it needs."""
        return Judges.OUTCOMES if self is Aggregation.VERDICT else Judges.STEPS

    def of(self, verdict: Verdict) -> float:
        """The score of an answer in [0, 1]; the verdict's own where it has no steps."""
        steps = verdict.step_scores
        if self is Aggregation.VERDICT or not steps:
            return verdict.score
        match self:
            case Aggregation.LAST:
                return steps[-1]
            case Aggregation.MINIMUM:
                return min(steps)
            case Aggregation.PRODUCT:
                return prod(steps)
            case Aggregation.MEAN:
                return sum(steps) / len(steps)
            case _:
                return max(steps)
