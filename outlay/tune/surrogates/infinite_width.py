"""``infinite_width``: Bayesian neural networks whose layers are infinitely wide."""

from dataclasses import dataclass

import numpy as np

from outlay.tune.surrogates.regression import Kernel, averaged
from outlay.tune.surrogates.surrogate import Belief, FloatArray


@dataclass(frozen=True, slots=True)
class InfiniteWidth:
    """The limit of random networks with rectified units, which is a Gaussian process.

    Its kernel depends on the angle between points, not on their distance, so that what differs in few of many
    coordinates stays alike.

    Source: Li et al. 2024, A Study of Bayesian Neural Network Surrogates for Bayesian Optimization; the kernel from
    Cho and Saul 2009, Kernel Methods for Deep Learning, equation 6, and Lee et al. 2018, Deep Neural Networks as
    Gaussian Processes, section 2.

    Attributes:
        depths: numbers of hidden layers that are thought possible.
        biases: variances of the biases that are thought possible; those of the weights are 2 / width.
    """

    depths: tuple[int, ...] = (1, 3)
    biases: tuple[float, ...] = (0.1, 1.0)

    def predict(self, seen: FloatArray, values: FloatArray, asked: FloatArray, rng: np.random.Generator) -> Belief:
        """The exact posterior; nothing is drawn."""
        kernels = [arc_cosine(depth, bias) for depth in self.depths for bias in self.biases]
        return averaged(kernels, seen, values, asked)


def arc_cosine(depth: int, bias: float) -> Kernel:
    """The covariance of the outputs of random networks in the limit of wide layers.

    Every weight is drawn with variance 2 / width of the layer that it comes from, every bias with a given one, and the
    hidden units are rectified.

    Args:
        depth: hidden layers, at least 1.
        bias: variance of the biases, above 0.
    """

    def kernel(points: FloatArray) -> FloatArray:
        found = bias + 2 * points @ points.T / points.shape[1]  # (n, n)
        for _ in range(depth):
            variances = np.diag(found)
            lengths = np.sqrt(np.outer(variances, variances))
            cosine = np.clip(found / lengths, -1.0, 1.0)
            angle = np.arccos(cosine)
            found = bias + lengths * (np.sin(angle) + (np.pi - angle) * cosine) / np.pi
        return np.asarray(found)

    return kernel
