"""Which samples of a problem say the same, by the problem's own rule."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
NO_VOTE = -1
"""Of a sample without a value."""


def votes(values: Sequence[str | None], equal: Callable[[str, str], bool]) -> IntArray:
    """(n,): for each value the index of the first equal one, ``NO_VOTE`` where there is none.

    Args:
        values: the extracted answers of one problem's samples, in order.
        equal: whether two are the same answer, as the problem's answer rule says.
    """
    first: dict[str, int] = {}
    known: dict[str, int] = {}
    found = []
    for index, value in enumerate(values):
        if value is None:
            found.append(NO_VOTE)
            continue
        if value not in known:
            known[value] = next((where for seen, where in first.items() if equal(seen, value)), index)
            first.setdefault(value, index) if known[value] == index else None
        found.append(known[value])
    return np.array(found, np.int64)
