"""What sampling again until a verifier passes can reach, where the verifier errs (paper 3).

Each try is right with probability p. A wrong one passes with the false-positive rate a, a right one fails with the
false-negative rate b. The first that passes is handed out; if none of k does, there is no answer. A try passes with
s = p (1 - b) + (1 - p) a and is right and passes with g = p (1 - b), so k tries hand out a right answer with
probability (g / s) (1 - (1 - s)^k). The share g / s of right answers among those handed out does not depend on k:
more tries make more answers, never better ones.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class BestTries(NamedTuple):
    """The number of tries with the highest expected utility.

    Attributes:
        tries: the smallest such number; None where going on for ever is better than every number that was looked at.
        utility: what is then expected.
    """

    tries: int | None
    utility: float


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """Problems, each with the chance that a try is right and the verifier's error rates; all figures are means of them.

    Attributes:
        right: (problems,), probability that a try is right.
        false_positive: (problems,), probability that a wrong try passes.
        false_negative: (problems,), probability that a right try fails.
    """

    right: FloatArray
    false_positive: FloatArray
    false_negative: FloatArray

    def __post_init__(self) -> None:
        values = (self.right, self.false_positive, self.false_negative)
        shapes = [value.shape for value in values]
        if self.right.ndim != 1 or not len(self.right) or len(set(shapes)) != 1:
            raise ValueError(f"needs three arrays of the same shape (problems,); got {shapes}")
        if not all(((value >= 0) & (value <= 1)).all() for value in values):
            raise ValueError("needs probabilities between 0 and 1")

    def accuracy(self, tries: IntArray | int) -> FloatArray:
        """Probability of a right answer within each number of tries (k,) -> (k,); no answer counts as none right."""
        return self._within(tries, self._share_right())

    def wrong(self, tries: IntArray | int) -> FloatArray:
        """Probability that a wrong answer is handed out within each number of tries (k,) -> (k,)."""
        return self._within(tries, 1 - self._share_right())

    def utility(self, tries: IntArray | int, wrong_cost: float) -> FloatArray:
        """Expected utility (k,) -> (k,): 1 for a right answer, -wrong_cost for a wrong one, 0 for none."""
        return self.accuracy(tries) - wrong_cost * self.wrong(tries)

    def ceiling(self) -> float:
        """Accuracy with tries without end, which no number of tries surpasses."""
        return float(self._share_right()[self._passing() > 0].sum() / len(self.right))

    def utility_limit(self, wrong_cost: float) -> float:
        """Expected utility with tries without end."""
        share = self._share_right()[self._passing() > 0]
        return float((share - wrong_cost * (1 - share)).sum() / len(self.right))

    def best_tries(self, wrong_cost: float, limit: int = 1000) -> BestTries:
        """The best of 0 to ``limit`` tries, or None if tries without end are better than all of these; up to rounding.

        On one problem it is 0 or without end, by the sign of g - wrong_cost (1 - p) a. Only over problems that differ
        can it lie between: the easy ones pass soon, and what passes late is mostly wrong.

        Raises:
            ValueError: if ``limit`` is negative.
        """
        if limit < 0:
            raise ValueError(f"limit must be 0 or above; got {limit}")
        utilities = self.utility(np.arange(limit + 1), wrong_cost)
        best = int(np.argmax(utilities))
        endless = self.utility_limit(wrong_cost)
        if endless > utilities[best]:
            return BestTries(None, endless)
        return BestTries(best, float(utilities[best]))

    def _passing(self) -> FloatArray:
        return self.right * (1 - self.false_negative) + (1 - self.right) * self.false_positive

    def _share_right(self) -> FloatArray:
        """(problems,) of what passes; 0 where nothing ever does."""
        passing = self._passing()
        return np.divide(self.right * (1 - self.false_negative), passing, np.zeros_like(passing), where=passing > 0)

    def _within(self, tries: IntArray | int, worth: FloatArray) -> FloatArray:
        """(k,) -> (k,): mean worth (problems,) of what has passed within so many tries."""
        counts = np.atleast_1d(np.asarray(tries))
        if (counts < 0).any():
            raise ValueError(f"tries must be 0 or above; got {tries}")
        failing = 1 - self._passing()
        return np.array([(1 - failing**count) @ worth for count in counts], np.float64) / len(worth)
