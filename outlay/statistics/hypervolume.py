"""How much of a rectangle a set of points dominates: one figure for a front of two objectives."""

import numpy as np
from numpy.typing import NDArray


def hypervolume(losses: NDArray[np.float64], reference: tuple[float, float]) -> float:
    """The area that points dominate, exactly.

    Source: Zitzler and Thiele 1998, Multiobjective Optimization Using Evolutionary Algorithms, section 3.

    Args:
        losses: both objectives of each point, the less the better; (n, 2), n may be 0.
        reference: the corner that is as bad as may be; points beyond it count nothing.

    Raises:
        ValueError: if a loss is not finite or the shape is another.
    """
    if losses.ndim != 2 or losses.shape[1] != 2 or not np.isfinite(losses).all():
        raise ValueError(f"losses must be finite and of shape (n, 2); got shape {losses.shape}")
    area, floor = 0.0, reference[1]
    for first, second in losses[np.lexsort((losses[:, 1], losses[:, 0]))]:
        if first < reference[0] and second < floor:
            area += (reference[0] - float(first)) * (floor - float(second))
            floor = float(second)
    return area
