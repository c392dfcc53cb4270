"""Which strategy for which question, learned from outcomes (paper 202)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.allocate.linear import chance, fit_chance
from outlay.statistics import Comparison, compare_paired

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SHRINKAGE = 5.0
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """For each strategy the weights of the log-odds that it is right, and what it costs.

    Attributes:
        names: of the strategies.
        rows: (strategies, 1 + features).
        costs: (strategies,) mean cost of a question.
        price: accuracy for a unit of cost.
    """

    names: Sequence[str]
    rows: FloatArray
    costs: FloatArray
    price: float

    def choose(self, features: FloatArray) -> IntArray:
        """(n, features) -> (n,) the strategy of the best chance less its price."""
        chances = np.array([chance(row, features) for row in self.rows])
        return np.asarray((chances - self.price * self.costs[:, None]).argmax(axis=0), np.int64)


@dataclass(frozen=True, slots=True)
class SelectorReport:
    """What a selector's first choice comes to on questions that it was not fitted to.

    Attributes:
        best_single: the strategy that is best on the questions fitted to, most often over the folds.
        comparison: worth (accuracy less price times cost) of the choice less that of the best single strategy.
        accuracy: of the choice.
        oracle: share of questions that any strategy gets right.
    """

    best_single: str
    comparison: Comparison
    accuracy: float
    oracle: float


def fit_selector(
    names: Sequence[str], features: FloatArray, correct: FloatArray, costs: FloatArray, price: float
) -> Selector:
    """A chance for each strategy by logistic regression on the features of a question.

    Args:
        names: of the strategies.
        features: (n, features), known before anything is spent.
        correct: (strategies, n) 1 where a strategy was right.
        costs: (strategies, n).
        price: accuracy for a unit of cost.

    Raises:
        ValueError: if the shapes differ.
    """
    if correct.shape != costs.shape or correct.shape != (len(names), len(features)):
        raise ValueError(f"needs (strategies, n) outcomes and costs; got {correct.shape} and {costs.shape}")
    rows = np.array([fit_chance(features, one, SHRINKAGE) for one in correct])
    return Selector(list(names), rows, costs.mean(axis=1), price)


def judge_selector(
    names: Sequence[str], features: FloatArray, correct: FloatArray, costs: FloatArray, price: float
) -> SelectorReport:
    """Cross-validation against the strategy that is best on the questions fitted to; arguments as ``fit_selector``."""
    count = len(features)
    worth = correct - price * costs
    chosen, single = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for fold in range(FOLDS):
        held = np.arange(count) % FOLDS == fold
        built = fit_selector(names, features[~held], correct[:, ~held], costs[:, ~held], price)
        chosen[held] = built.choose(features[held])
        single[held] = int(worth[:, ~held].mean(axis=1).argmax())
    rows = np.arange(count)
    return SelectorReport(
        names[int(np.bincount(single).argmax())],
        compare_paired(worth[chosen, rows], worth[single, rows]),
        float(correct[chosen, rows].mean()),
        float(correct.max(axis=0).mean()),
    )
