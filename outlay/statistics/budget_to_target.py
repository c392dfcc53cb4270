"""The smallest budget at which a method's mean accuracy reaches a target, with a bootstrap interval over problems."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlay.statistics.anytime_curve import AnytimeCurve, check_curve
from outlay.statistics.intervals import Interval

FloatArray = NDArray[np.float64]
_SLACK = 1e-9
"""For sums of floats that come to the target exactly."""


class BudgetToTarget(NamedTuple):
    """What a target costs.

    Attributes:
        budget: with its interval; infinite, as either bound may be, where the target is not reached.
        not_reached: share of the resamples in which it is not reached at any budget; ``budget`` speaks for the others
            too, so its upper bound is infinite as soon as this share is above the interval's upper tail.
        problems: how many were resampled.
    """

    budget: Interval
    not_reached: float
    problems: int


def budget_to_target(
    curves: Sequence[AnytimeCurve],
    target: float,
    rng: np.random.Generator,
    clusters: NDArray[np.int64] | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> BudgetToTarget:
    """The first budget at which the mean of the curves is at least the target.

    Problems are resampled with all of their seeds (percentile bootstrap, Efron 1979). A mean that reaches the target
    and falls again has reached it.

    Args:
        curves: one for each trial.
        target: above 0.
        rng: source of the resamples.
        clusters: (trials,), names the problem of each trial where problems were asked repeatedly.
        confidence: of the interval.
        resamples: how many, at least 1.

    Raises:
        ValueError: if there are no curves, one is no step function, or a setting is out of range.
    """
    if not curves or not 0 < target < math.inf or not 0 < confidence < 1 or resamples < 1:
        raise ValueError(
            f"needs curves, a finite target above 0, a confidence between 0 and 1 and resamples; got {len(curves)} "
            f"curves, target {target}, confidence {confidence} and {resamples} resamples"
        )
    for curve in curves:
        check_curve(curve)
    groups = np.arange(len(curves)) if clusters is None else clusters
    if groups.shape != (len(curves),):
        raise ValueError(f"clusters must have shape ({len(curves)},); got {groups.shape}")
    names, index = np.unique(groups, return_inverse=True)
    steps = _Steps.of(curves, index, len(names))
    (estimate,) = steps.first_at(target, np.ones((1, len(names)), np.int64))
    block = max(1, 2_000_000 // (len(steps.budgets) + len(names)))
    sizes = [min(block, resamples - start) for start in range(0, resamples, block)]
    shares = np.full(len(names), 1 / len(names))
    found = np.sort(
        np.concatenate([steps.first_at(target, rng.multinomial(len(names), shares, size)) for size in sizes])
    )
    # Order statistics, since what lies between two of them may be infinite.
    tail = (1 - confidence) / 2 * (resamples - 1)
    low, high = found[math.floor(tail)], found[math.ceil(resamples - 1 - tail)]
    return BudgetToTarget(Interval(float(estimate), float(low), float(high)), float(np.isinf(found).mean()), len(names))


class _Steps(NamedTuple):
    """All changes of all curves by rising budget.

    Attributes:
        budgets: (steps,) where the changes are.
        changes: (steps,) by how much a curve rises or falls.
        clusters: (steps,) whose curve it is.
        trials: (clusters,) curves of each cluster.
    """

    budgets: FloatArray
    changes: FloatArray
    clusters: NDArray[np.int64]
    trials: NDArray[np.int64]

    @classmethod
    def of(cls, curves: Sequence[AnytimeCurve], index: NDArray[np.int64], clusters: int) -> "_Steps":
        budgets = np.concatenate([curve.budgets for curve in curves])
        changes = np.concatenate([np.diff(curve.values, prepend=0.0) for curve in curves])
        owners = np.repeat(index, [len(curve.budgets) for curve in curves])
        order = np.argsort(budgets, kind="stable")
        return cls(budgets[order], changes[order], owners[order], np.bincount(index, minlength=clusters))

    def first_at(self, target: float, counts: NDArray[np.int64]) -> FloatArray:
        """(resamples, clusters) how often each cluster is in -> (resamples,) the first budget, or infinity."""
        heights = np.cumsum(counts[:, self.clusters] * self.changes, axis=1)
        reached = heights >= target * (counts @ self.trials)[:, None] - _SLACK * len(self.trials)
        # Of changes at one budget the last has the height that is held there.
        reached &= np.append(self.budgets[1:] > self.budgets[:-1], True)[: len(self.budgets)]
        budgets = np.append(self.budgets, math.inf)
        first = np.where(reached.any(axis=1), reached.argmax(axis=1) if reached.size else 0, len(self.budgets))
        return np.asarray(budgets[first], np.float64)
