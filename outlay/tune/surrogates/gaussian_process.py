"""``gaussian_process``: a Gaussian process with the Matern kernel."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from outlay.tune.surrogates.regression import Kernel, averaged
from outlay.tune.surrogates.surrogate import Belief, FloatArray


@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """Twice differentiable functions whose values at near points are alike, everywhere to the same degree.

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, equation 4.17.

    Attributes:
        scales: distances within which values are alike, that are thought possible.
    """

    scales: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)

    def predict(self, seen: FloatArray, values: FloatArray, asked: FloatArray, rng: np.random.Generator) -> Belief:
        """The exact posterior; nothing is drawn."""
        return averaged([matern(scale) for scale in self.scales], seen, values, asked)


def matern(scale: float) -> Kernel:
    """The Matern kernel with smoothness 5/2."""

    def kernel(points: FloatArray) -> FloatArray:
        far = np.sqrt(5) * cdist(points, points) / scale  # (n, n)
        return np.asarray((1 + far + far**2 / 3) * np.exp(-far))

    return kernel
