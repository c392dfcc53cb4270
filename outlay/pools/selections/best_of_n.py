"""``best_of_n``: the sample that a verifier scores highest."""

from dataclasses import dataclass

from outlay.core.aggregation import Aggregation
from outlay.pools.drawing import ranks
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ranked import Ranked
from outlay.pools.selections.selection import SelectionInfo
from outlay.pools.selections.weighted_vote import verdict_columns


@dataclass(frozen=True, slots=True)
class BestOfN:
    """The verifier's favourite, as the strategy of this name: answers first, then judged ones, then by score.

    Attributes:
        verifier: its name in the pool.
        aggregate: how the scores of steps become one; without it, the answer's own score.
    """

    verifier: str = ""
    aggregate: Aggregation | None = None

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns = verdict_columns(self.verifier, self.aggregate)
        return SelectionInfo("best_of_n", "a verifier's favourite", columns, verifier=self.verifier, exact=True)

    def on(self, samples: GradedSamples) -> Ranked:
        """The rule on one problem's samples."""
        standing = samples.standing(self.verifier, self.aggregate)
        return Ranked(samples, ranks(samples.answered, standing))
