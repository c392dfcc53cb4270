"""What was measured: how often each problem is answered right at each budget."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.statistics import pass_at_k

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ScalingCurve:
    """Accuracy against budget, problem by problem.

    Attributes:
        budgets: (m,) rising, in samples, tokens or whatever else is spent.
        values: (problems, m), the probability of a right answer, in [0, 1].
        right: (problems, n), which of each problem's samples are right, if the curve is the coverage of samples.
    """

    budgets: FloatArray
    values: FloatArray
    right: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.budgets.ndim != 1 or self.values.shape[1:] != self.budgets.shape or not len(self.values):
            raise ValueError(
                f"needs budgets (m,) and values (problems, m); got {self.budgets.shape}, {self.values.shape}"
            )
        if not (np.diff(self.budgets) > 0).all() or (self.budgets <= 0).any():
            raise ValueError("budgets must be above zero and rise")
        if not ((self.values >= 0) & (self.values <= 1)).all():
            raise ValueError("values must be between 0 and 1")

    @property
    def mean(self) -> FloatArray:
        """(m,) accuracy over all problems."""
        return np.asarray(self.values.mean(axis=0), np.float64)

    @property
    def error(self) -> FloatArray:
        """(m,) standard error of the mean, no less than half a problem."""
        count = len(self.values)
        least = 0.5 / count
        spread = self.values.std(axis=0, ddof=1) if count > 1 else np.ones(len(self.budgets))
        return np.asarray(np.maximum(spread / np.sqrt(count), least), np.float64)

    def upto(self, budget: float) -> "ScalingCurve":
        """What a pilot with this budget would have shown.

        A curve of samples is made anew from each problem's first so many samples, so that nothing leaks from later
        ones; of another curve the larger budgets are left out.

        Raises:
            InvalidInputError: if nothing is left.
        """
        kept = self.budgets <= budget
        if not kept.any():
            raise InvalidInputError(f"the curve begins at a budget of {self.budgets[0]:g}; got {budget:g}")
        if self.right is None:
            return replace(self, budgets=self.budgets[kept], values=self.values[:, kept])
        return coverage_curve(self.right[:, : int(budget)], self.budgets[kept].astype(np.int64))

    def of(self, problems: IntArray) -> "ScalingCurve":
        """The curve of some problems, which may come more than once."""
        right = None if self.right is None else self.right[problems]
        return replace(self, values=self.values[problems], right=right)


def coverage_curve(right: NDArray[np.bool_], budgets: IntArray | None = None) -> ScalingCurve:
    """The coverage of k samples from (problems, n) samples, by the unbiased estimate.

    Args:
        right: which samples are right.
        budgets: the numbers k, from 1 to n; powers of two and n if left out.

    Raises:
        ValueError: if a number is out of range.
    """
    count = right.shape[1]
    if budgets is None:
        budgets = np.unique([*(2**i for i in range(count.bit_length())), count])
    found = right.sum(axis=1)
    table = {c: [pass_at_k(count, int(c), int(k)) for k in budgets] for c in np.unique(found)}
    return ScalingCurve(np.asarray(budgets, np.float64), np.array([table[c] for c in found], np.float64), right)
