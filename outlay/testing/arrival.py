"""When concurrent work arrives: an order and delays that a seed decides, for tests of what timing must not change."""

from collections.abc import Sequence
from enum import StrEnum

import anyio.lowlevel
import numpy as np

LONGEST_DELAY = 12
"""Turns of the event loop."""


class Arrival(StrEnum):
    """When what was asked for arrives."""

    AT_ONCE = "at once"
    """Without giving way to any other task."""
    IN_ORDER = "in order"
    """One after another, giving way to other tasks once before each."""
    SHUFFLED = "shuffled"
    """In an order and after delays that a seed decides."""


def arrival_order(arrival: Arrival, seed: int, asked: Sequence[int]) -> list[int]:
    """The indices of what was asked for in the order of arrival."""
    if arrival is Arrival.SHUFFLED:
        return list(map(int, np.random.default_rng([seed, *asked]).permutation(len(asked))))
    return list(range(len(asked)))


async def give_way(arrival: Arrival, seed: int, asked: int) -> None:
    """Let other tasks go on for as long as the thing asked for takes."""
    if arrival is Arrival.AT_ONCE:
        return
    turns = 1 if arrival is Arrival.IN_ORDER else int(np.random.default_rng([seed, asked]).integers(LONGEST_DELAY))
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
