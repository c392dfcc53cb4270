"""What an anytime method holds as its budget grows, and the area under it over the logarithm of the budget."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class AnytimeCurve(NamedTuple):
    """One trial as a step function of its budget: 0 at first, ``values[i]`` from ``budgets[i]`` on.

    Attributes:
        budgets: (m,), 0 or above and not falling; of equal ones the last counts. It may be empty.
        values: (m,), what the answer held is worth: 1 or 0 for right or wrong.
    """

    budgets: FloatArray
    values: FloatArray


def log_budget_area(curve: AnytimeCurve, low: float, high: float) -> float:
    """The mean height of a curve where every doubling of the budget from ``low`` to ``high`` weighs the same.

    It is the integral over the budget's logarithm, divided by log(high / low), and exact: curves are step functions.
    Of right and wrong answers it is in [0, 1]. What it is for a problem is one number, so that ``clustered_interval``
    gives the interval of its mean over problems and ``compare_paired`` that of the difference of two methods.

    Raises:
        ValueError: if the curve is no step function, or unless 0 < low < high, both finite.
    """
    check_curve(curve)
    if not 0 < low < high < math.inf:
        raise ValueError(f"needs finite budgets with 0 < low < high; got {low} and {high}")
    edges = np.log(np.append(np.clip(curve.budgets, low, high), high))
    return float(np.diff(edges) @ curve.values / math.log(high / low))


def check_curve(curve: AnytimeCurve) -> None:
    """Refuse what is no step function of a budget.

    Raises:
        ValueError: saying why.
    """
    budgets, values = curve
    if budgets.ndim != 1 or budgets.shape != values.shape:
        raise ValueError(f"budgets and values need one shape (m,); got {budgets.shape} and {values.shape}")
    if not (np.isfinite(budgets).all() and np.isfinite(values).all()):
        raise ValueError("budgets and values must be finite")
    if len(budgets) and (budgets[0] < 0 or (np.diff(budgets) < 0).any()):
        raise ValueError("budgets must be 0 or above and must not fall")
