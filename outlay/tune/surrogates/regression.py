"""Gaussian process regression, averaged over some kernels by how well each explains the values."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import softmax

from outlay.tune.surrogates.surrogate import Belief, FloatArray

Kernel = Callable[[FloatArray], FloatArray]
"""Prior covariances of the values at some points, up to a common factor: (n, d) to (n, n)."""

NOISES = (1e-4, 1e-2, 1e-1)
"""Variances of noise that are thought possible, as shares of the kernel's mean variance at the seen points."""
SHAPE = 1.0
"""Shape and rate of the inverse gamma prior of the common factor, which the values then have a say in."""


def averaged(kernels: Iterable[Kernel], seen: FloatArray, values: FloatArray, asked: FloatArray) -> Belief:
    """The belief of a mixture of Gaussian processes, of which each kernel and noise is as likely beforehand.

    The factor of each kernel is integrated out; what is left is weighed by its marginal likelihood. So there is
    nothing to optimise, and few values do not settle on one kernel. The deviation is that of the function, without
    the noise.

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, algorithm 2.1.

    Args:
        kernels: that are thought possible.
        seen: points; (n, d).
        values: there; (n,).
        asked: points; (m, d).
    """
    known = len(seen)
    logs, means, variances = [], [], []
    for kernel in kernels:
        whole = kernel(np.vstack([seen, asked]))
        within, between, alone = whole[:known, :known], whole[:known, known:], np.diag(whole)[known:]
        for noise in NOISES:
            square = within + noise * float(np.diag(within).mean()) * np.eye(known)
            root = cholesky(square, lower=True)
            solved = cho_solve((root, True), values)
            shape, rate = SHAPE + known / 2, SHAPE + float(values @ solved) / 2
            logs.append(-float(np.log(np.diag(root)).sum()) - shape * np.log(rate))
            means.append(between.T @ solved)
            left = alone - (solve_triangular(root, between, lower=True) ** 2).sum(axis=0)
            variances.append(rate / shape * np.maximum(left, 0.0))
    weights = softmax(np.array(logs))
    mean = weights @ np.array(means)
    variance = weights @ (np.array(variances) + (np.array(means) - mean) ** 2)
    return Belief(mean, np.sqrt(variance))
