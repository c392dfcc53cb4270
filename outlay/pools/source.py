"""Where the draws of one problem come from: shuffles of its samples, shared by all selections and sizes."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from outlay.pools.drawing import Drawing, Draws, FloatArray, IntArray, Reweighted, SubSample
from outlay.pools.graded import GradedSamples
from outlay.statistics import chances_within

POSITIONS = 1 << 22
"""Positions drawn for one size, over all problems: so many sub-samples times their size."""
MOST, LEAST = 1 << 15, 1 << 13
"""Of them for one problem."""
SHARE = 16
"""Of one problem's positions at most this part are draws, however small they are."""
FEWEST = 8
"""Draws for one size of one problem."""
CELLS = 1 << 18
"""Draws times different answers, at most, unless that leaves too few draws."""
WORK = 10_000_000
"""Products that closed forms may take for one size, over all problems; see ``outlay.statistics.plurality_work``."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much computing one size of one problem is worth.

    Attributes:
        positions: drawn in simulation.
        work: products that a closed form may take.
    """

    positions: int
    work: int

    @classmethod
    def for_problems(cls, count: int) -> "Effort":
        """The more problems there are, the less each one's error matters to their mean."""
        return cls(int(np.clip(POSITIONS // count, LEAST, MOST)), WORK // count)

    def draws(self, labels: int) -> int:
        """Draws at most, so that counting votes for so many answers stays cheap."""
        return int(np.clip(CELLS // max(labels, 1), FEWEST, self.positions // SHARE))


class Source(Protocol):
    """Draws samples of one problem."""

    def drawing(self, n: int) -> Drawing:
        """A drawing of n, for closed forms."""
        ...

    def draws(self, n: int) -> Draws:
        """Simulated drawings of n."""
        ...


class Shuffles:
    """Sub-samples without replacement, cut from a few shuffles of all N samples.

    A shuffle is cut into as many sub-samples of n as there is room for. Those of one shuffle have no sample in common
    and so differ more than independent ones, which makes their mean the more exact. The halves are of different
    shuffles.

    Args:
        samples: the N samples.
        rng: source of the shuffles.
        tables: for each size n the chances of being within m of N samples, filled as needed and shared by problems.
        effort: how much to draw.
    """

    def __init__(
        self,
        samples: GradedSamples,
        rng: np.random.Generator,
        tables: dict[tuple[int, int], FloatArray],
        effort: Effort,
    ) -> None:
        self._size = len(samples)
        self._rng = rng
        self._most = effort.draws(samples.labels)
        self._tables = tables
        self._effort = effort
        self._shuffles: IntArray | None = None

    def drawing(self, n: int) -> SubSample:
        """A drawing of n different ones."""
        key = (self._size, n)
        if key not in self._tables:
            self._tables[key] = chances_within(*key)
        return SubSample(n, self._tables[key], self._effort.work)

    def draws(self, n: int) -> Draws:
        """Simulated drawings of n different ones."""
        if self._shuffles is None:
            count = int(np.clip(self._effort.positions // self._size, FEWEST, self._most)) // 2 * 2
            rows = np.broadcast_to(np.arange(self._size), (count, self._size))
            self._shuffles = self._rng.permuted(rows, axis=1)
        count = len(self._shuffles)
        parts = max(1, min(self._size // n, self._most // count))
        drawn = self._shuffles[:, : parts * n].reshape(count * parts, n)
        return Draws(drawn, np.arange(count * parts) >= count * parts // 2)


class Weighted:
    """Independent draws with given probabilities.

    Args:
        samples: with masses that sum to one.
        rng: source of the draws.
        effort: how much to draw.
    """

    def __init__(self, samples: GradedSamples, rng: np.random.Generator, effort: Effort) -> None:
        self._probabilities = samples.mass
        self._most = effort.draws(samples.labels)
        self._effort = effort
        self._rng = rng

    def drawing(self, n: int) -> Reweighted:
        """A drawing of n independent ones."""
        return Reweighted(n)

    def draws(self, n: int) -> Draws:
        """Simulated drawings of n independent ones."""
        count = int(np.clip(self._effort.positions // n, FEWEST, self._most))
        drawn = self._rng.choice(len(self._probabilities), (count, n), p=self._probabilities)
        return Draws(drawn.astype(np.int64), np.arange(count) >= count // 2)
