"""Resampling one particle at a time, as each arrives, without waiting for the rest of its population.

A particle is compared with the average weight of those that came to the same step before it (Paige et al. 2014,
Asynchronous Anytime Sequential Monte Carlo, algorithm 1): a light one survives by chance, with the average weight; a
heavy one leaves several copies that share its weight. The expected total weight of its copies is its own weight,
whatever came before, so that sums over all particles of a step stay unbiased in any order of arrival.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Branches(NamedTuple):
    """What becomes of one particle.

    Attributes:
        copies: how many it leaves, 0 or more.
        weight: of each copy, linear; 0 if there are none.
    """

    copies: int
    weight: float


@dataclass(slots=True)
class Branching:
    """The particles that arrived at one step so far.

    Attributes:
        target: how many copies are aimed at in all, at least 1.
        arrived: particles so far.
        total: sum of their weights, linear.
        copies: left by them so far.
    """

    target: int
    arrived: int = 0
    total: float = 0.0
    copies: int = 0

    def decide(self, weight: float, rng: np.random.Generator) -> Branches:
        """What becomes of the next particle, which has this weight; it counts in the average.

        Raises:
            ValueError: if the weight is negative or not finite.
        """
        if not 0 <= weight < math.inf:
            raise ValueError(f"a weight must be finite and at least 0; got {weight}")
        crowded = self.copies > min(self.target, self.arrived)
        self.arrived += 1
        self.total += weight
        average = self.total / self.arrived
        if weight < average:
            branches = Branches(1, average) if rng.random() * average < weight else Branches(0, 0.0)
        elif weight == 0:
            branches = Branches(0, 0.0)
        else:
            # Rounding must not turn a ratio of 1 + 1e-16 into two copies.
            ratio = weight / average
            count = math.floor(ratio + 1e-9) if crowded else math.ceil(ratio - 1e-9)
            branches = Branches(count, weight / count)
        self.copies += branches.copies
        return branches
