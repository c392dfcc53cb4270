"""Orders of samples by what they took."""

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import ranks
from outlay.pools.graded import GradedSamples

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def lowest_first(samples: GradedSamples, *keys: FloatArray | None) -> IntArray:
    """(N,) ranks, highest for the least (N,) key; what is not known comes after what is, what has no answer last."""
    known = [np.nan_to_num(key, nan=np.inf) for key in keys if key is not None]
    return ranks(samples.answered, *[np.where(samples.answered, -key, 0.0) for key in known])
