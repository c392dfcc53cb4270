"""``coverage``: whether any of the n samples is right (pass@k), which no selection surpasses."""

from dataclasses import dataclass

from outlay.pools.drawing import ranks
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ranked import Ranked
from outlay.pools.selections.selection import SelectionInfo


@dataclass(frozen=True, slots=True)
class Coverage:
    """The choice of someone who knows what is right (Chen et al. 2021, equation 1)."""

    info: SelectionInfo = SelectionInfo("coverage", "any of n is right (pass@k)", attained=False, exact=True)

    def on(self, samples: GradedSamples) -> Ranked:
        """What is right ranks first."""
        return Ranked(samples, ranks(samples.correct))
