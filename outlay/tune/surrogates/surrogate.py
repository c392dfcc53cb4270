"""The contract of a surrogate: from a few values of a function, what the others may be."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Belief(NamedTuple):
    """What the values at some points may be: the mean and the standard deviation of each; (m,)."""

    mean: FloatArray
    deviation: FloatArray


class Surrogate(Protocol):
    """Believes something of a function's values; a frozen dataclass of its settings."""

    def predict(self, seen: FloatArray, values: FloatArray, asked: FloatArray, rng: np.random.Generator) -> Belief:
        """What the function's values at points may be, given those at others.

        Args:
            seen: points, each coordinate from about -1 to 1; (n, d), n at least 1.
            values: there, of mean 0 and variance 1 or so; (n,).
            asked: points; (m, d).
            rng: source of whatever is drawn.
        """
        ...
