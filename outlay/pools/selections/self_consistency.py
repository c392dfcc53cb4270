"""``self_consistency``: the answer that most of the n samples give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing, SubSample
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ballot import count, first
from outlay.pools.selections.selection import SelectionInfo
from outlay.statistics import plurality_work, plurality_worth

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """Majority vote, as the strategy of this name; of equally frequent answers the one drawn first."""

    info: SelectionInfo = SelectionInfo("self_consistency", "the most frequent answer", answers=True, partly_exact=True)

    def on(self, samples: GradedSamples) -> "PluralityRule":
        """The rule on one problem's samples."""
        return PluralityRule(samples)


class PluralityRule:
    """Every sample with an answer has one vote.

    Args:
        samples: of one problem.
    """

    def __init__(self, samples: GradedSamples) -> None:
        self._samples = samples
        self._sizes = np.bincount(samples.label + 1, minlength=samples.labels + 1)
        sums = np.bincount(samples.label + 1, samples.correct, samples.labels + 1)
        # The winner is represented by its first sample, which is any of them as likely as any other.
        self._worth = np.divide(sums, self._sizes, out=np.zeros_like(sums), where=self._sizes > 0)

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        ballot = count(self._samples.label[drawn], None, self._samples.labels)
        return first(drawn, ballot.winners)

    def expected(self, drawing: Drawing) -> float | None:
        """Exact for sub-samples, unless that takes too much work."""
        silent, sizes = int(self._sizes[0]), self._sizes[1:]
        if not isinstance(drawing, SubSample):
            return None
        if plurality_work(sizes, self._worth[1:], silent, drawing.n) > drawing.work:
            return None
        unanswered = float(drawing.within(self._sizes[:1].astype(np.float64))[0]) * float(self._worth[0])
        return plurality_worth(sizes, self._worth[1:], silent, drawing.n) + unanswered
