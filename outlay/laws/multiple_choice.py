"""Why multiple choice is harder to predict, and a law that looks at the wrong choices too (paper 141).

What a model is scored by comes about in steps: the log-probability of the right choice among all texts, its share among
the choices, and whether it is the largest. The first moves smoothly with scale; each step after it depends more on how
probability moves between a few wrong choices, and is less well foretold. ``transformations`` measures how much is lost.

``ChoiceMargins`` predicts accuracy from the margin between the right choice and the best wrong one: each problem's
margin moves with the logarithm of the budget at a rate of its own that is drawn towards the common one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, spearmanr

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Log-probabilities of every choice at every budget or scale.

    Attributes:
        budgets: (m,) rising.
        logprobs: (problems, m, choices) in nats.
        right: (problems,) which choice is right.
    """

    budgets: FloatArray
    logprobs: FloatArray
    right: IntArray

    def __post_init__(self) -> None:
        if self.logprobs.ndim != 3 or self.logprobs.shape[:2] != (len(self.right), len(self.budgets)):
            raise ValueError(
                "needs logprobs (problems, m, choices), budgets (m,) and right (problems,); "
                f"got {self.logprobs.shape}, {self.budgets.shape}, {self.right.shape}"
            )

    @property
    def of_right(self) -> FloatArray:
        """(problems, m) log-probability of the right choice."""
        return np.asarray(np.take_along_axis(self.logprobs, self.right[:, None, None], axis=2)[:, :, 0], np.float64)

    @property
    def margins(self) -> FloatArray:
        """(problems, m): the right choice less the best wrong one."""
        wrong = self.logprobs.copy()
        np.put_along_axis(wrong, self.right[:, None, None], -np.inf, axis=2)
        return np.asarray(self.of_right - wrong.max(axis=2), np.float64)

    @property
    def shares(self) -> FloatArray:
        """(problems, m): of the right choice among all choices."""
        weights = np.exp(self.logprobs - self.logprobs.max(axis=2, keepdims=True))
        picked = np.take_along_axis(weights, self.right[:, None, None], axis=2)[:, :, 0]
        return np.asarray(picked / weights.sum(axis=2), np.float64)

    @property
    def accuracy(self) -> FloatArray:
        """(m,)."""
        return np.asarray((self.margins > 0).mean(axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class Transformations:
    """Rank correlation with the logarithm of the budget, as means over problems on which the quantity moves.

    Attributes:
        logprob: of the right choice among all texts.
        share: of the right choice among the choices.
        accuracy: whether the right choice is the largest.
    """

    logprob: float
    share: float
    accuracy: float


def transformations(choices: Choices) -> Transformations:
    """How well each quantity follows the budget."""
    return Transformations(
        _following(choices.of_right, choices.budgets),
        _following(choices.shares, choices.budgets),
        _following((choices.margins > 0).astype(np.float64), choices.budgets),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ChoiceMargins:
    """Margins that move with the logarithm of the budget.

    Attributes:
        starts: (problems,) margin at budget 1.
        slopes: (problems,) change of the margin for a budget e times as large.
        spread: standard deviation of a margin around its line.
    """

    starts: FloatArray
    slopes: FloatArray
    spread: float

    def at(self, budgets: FloatArray) -> FloatArray:
        """(k,) -> (k,) expected accuracy."""
        lines = self.starts[:, None] + self.slopes[:, None] * np.log(budgets)[None, :]
        return np.asarray(norm.cdf(lines / max(self.spread, 1e-9)).mean(axis=0), np.float64)


def fit_margins(budgets: FloatArray, margins: FloatArray) -> ChoiceMargins:
    """A line for each problem, its slope drawn towards the mean slope by empirical Bayes.

    Args:
        budgets: (m,) rising, at least three.
        margins: (problems, m); for comparison, any other quantity whose sign decides.

    Raises:
        InvalidInputError: if there are fewer than three budgets.
    """
    if len(budgets) < 3:
        raise InvalidInputError(f"multiple choice: needs at least three budgets; got {len(budgets)}")
    x = np.log(budgets)
    centred = x - x.mean()
    weight = float(centred @ centred)
    slopes = margins @ centred / weight
    residuals = margins - margins.mean(axis=1, keepdims=True) - slopes[:, None] * centred[None, :]
    noise = float((residuals**2).sum() / (len(margins) * (len(x) - 2)))
    between = max(0.0, float(slopes.var()) - noise / weight)
    kept = between / (between + noise / weight) if between + noise > 0 else 0.0
    drawn = slopes.mean() + kept * (slopes - slopes.mean())
    return ChoiceMargins(margins.mean(axis=1) - drawn * x.mean(), drawn, float(np.sqrt(noise)))


def _following(values: FloatArray, budgets: FloatArray) -> float:
    moving = [row for row in values if np.ptp(row) > 0]
    if not moving:
        return 0.0
    return float(np.mean([spearmanr(row, budgets).statistic for row in moving]))
