"""Small linear predictors with shrunken weights: a chance by logistic regression, a gain by ridge regression.

Signals are put on a common scale for the fit; the weights that come out are those of the signals as they are, with the
intercept first, so that a prediction is ``row[0] + signals @ row[1:]`` and can be checked by hand.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

FloatArray = NDArray[np.float64]
LEAST_SPREAD = 1e-9
MOST_ODDS = 30.0


def fit_chance(signals: FloatArray, right: FloatArray, shrinkage: float) -> FloatArray:
    """Weights of the log-odds that something is right.

    Args:
        signals: (n, signals).
        right: (n,) 1 or 0.
        shrinkage: the penalty on squared weights, in answers.

    Returns:
        (1 + signals,).
    """
    centre, scale = _scale(signals)
    scaled = (signals - centre) / scale
    # Half an answer of each kind keeps the odds finite where all are right or all are wrong.
    target = (right * len(right) + 0.5) / (len(right) + 1)

    def loss(row: FloatArray) -> tuple[float, FloatArray]:
        odds = row[0] + scaled @ row[1:]
        excess = expit(odds) - target
        value = float(np.sum(np.logaddexp(0, odds) - target * odds) + 0.5 * shrinkage * row[1:] @ row[1:])
        slopes = np.concatenate([[excess.sum()], scaled.T @ excess + shrinkage * row[1:]])
        return value / len(right), slopes / len(right)

    best = minimize(loss, np.zeros(signals.shape[1] + 1), jac=True, method="L-BFGS-B")
    return _unscaled(np.asarray(best.x, np.float64), centre, scale)


def fit_mean(signals: FloatArray, values: FloatArray, shrinkage: float) -> FloatArray:
    """Weights of the mean of some values (n,); arguments and result as for ``fit_chance``."""
    centre, scale = _scale(signals)
    scaled = (signals - centre) / scale
    products = scaled.T @ scaled + shrinkage * np.eye(signals.shape[1])
    mean = float(values.mean())
    row = np.linalg.solve(products, scaled.T @ (values - mean))
    return _unscaled(np.concatenate([[mean], row]), centre, scale)


def chance(row: FloatArray, signals: FloatArray) -> FloatArray:
    """(n, signals) -> (n,) in (0, 1)."""
    return np.asarray(expit(np.clip(mean(row, signals), -MOST_ODDS, MOST_ODDS)), np.float64)


def mean(row: FloatArray, signals: FloatArray) -> FloatArray:
    """(n, signals) -> (n,)."""
    return np.asarray(row[0] + signals @ row[1:], np.float64)


def _scale(signals: FloatArray) -> tuple[FloatArray, FloatArray]:
    spread = signals.std(axis=0)
    return signals.mean(axis=0), np.where(spread > LEAST_SPREAD, spread, 1.0)


def _unscaled(row: FloatArray, centre: FloatArray, scale: FloatArray) -> FloatArray:
    weights = row[1:] / scale
    return np.concatenate([[row[0] - centre @ weights], weights])
