"""How n samples come out of a problem's N: at random without replacement, or as another policy would have drawn them.

``Drawing`` has what closed forms need, ``Draws`` has what simulation needs. Both describe the same thing. Each sample
has a mass: 1 where samples are drawn without replacement, its probability where another policy draws them.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Drawing(Protocol):
    """n samples drawn from N."""

    @property
    def n(self) -> int:
        """How many are drawn."""
        ...

    @property
    def work(self) -> int:
        """Products that a closed form may take; see ``outlay.statistics.plurality_work``."""
        ...

    def within(self, mass: FloatArray) -> FloatArray:
        """The chance that all n are among samples that have such a mass together, elementwise."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SubSample:
    """n different ones, each set of n as likely as any other; the mass of some samples is their number.

    Attributes:
        n: how many.
        chances: (N + 1,) of being within m samples, by m.
        work: see ``Drawing``.
    """

    n: int
    chances: FloatArray
    work: int

    def within(self, mass: FloatArray) -> FloatArray:
        """See ``Drawing``."""
        return self.chances[mass.astype(np.int64)]


@dataclass(frozen=True, slots=True, eq=False)
class Reweighted:
    """n independent ones, each with its own probability; the mass of some samples is that of meeting one of them.

    Attributes:
        n: how many.
        work: none: no closed form that needs work knows of weights.
    """

    n: int
    work: int = 0

    def within(self, mass: FloatArray) -> FloatArray:
        """See ``Drawing``."""
        return np.asarray(np.clip(mass, 0.0, 1.0) ** self.n, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Simulated drawings.

    Attributes:
        drawn: (draws, n) positions of samples, in the order drawn.
        halves: (draws,) False and True for two halves that are independent of each other.
    """

    drawn: IntArray
    halves: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Samples by rank, for the expectation of what the highest-ranked one drawn is worth; equal ranks share evenly.

    Attributes:
        upto: (ranks,) mass of all samples up to each rank.
        means: (ranks,) what a sample of each rank is worth on average.
    """

    upto: FloatArray
    means: FloatArray

    @classmethod
    def of(cls, rank: IntArray, values: FloatArray, mass: FloatArray) -> "Ladder":
        """From ranks (N,), whole numbers from 0 without gaps, with the values (N,) and masses (N,) of the samples."""
        sums = np.bincount(rank, mass)
        worth = np.bincount(rank, mass * values)
        return cls(np.cumsum(sums), np.divide(worth, sums, out=np.zeros_like(worth), where=sums > 0))

    def expected(self, drawing: Drawing) -> float:
        """The expectation for one way of drawing."""
        chances = drawing.within(self.upto)
        chances[1:] -= chances[:-1].copy()
        return float(chances @ self.means)


def ranks(*keys: FloatArray | BoolArray) -> IntArray:
    """(N,) positions in rising order, from 0, equal ones alike; the first key decides, then the next."""
    order = np.lexsort(keys[::-1])
    changes = np.zeros(len(order), np.int64)
    for key in keys:
        ordered = key[order]
        changes[1:] |= ordered[1:] != ordered[:-1]
    found = np.empty(len(order), np.int64)
    found[order] = np.cumsum(changes)
    return found
