"""One score of an answer from the scores of its steps."""

from collections.abc import Sequence
from enum import StrEnum
from math import prod


class Aggregation(StrEnum):
    """How the scores of steps become one."""

    LAST = "last"
    """That of the last step."""
    MIN = "min"
    """A chain is as strong as its weakest step."""
    PRODUCT = "product"
    """All steps right, if they were independent."""
    MEAN = "mean"
    """The average step."""
    MAX = "max"
    """The best step."""

    def of(self, step_scores: Sequence[float]) -> float:
        """One score in [0, 1] from those of the steps, at least one."""
        match self:
            case Aggregation.LAST:
                return step_scores[-1]
            case Aggregation.MIN:
                return min(step_scores)
            case Aggregation.PRODUCT:
                return prod(step_scores)
            case Aggregation.MEAN:
                return sum(step_scores) / len(step_scores)
            case Aggregation.MAX:
                return max(step_scores)
