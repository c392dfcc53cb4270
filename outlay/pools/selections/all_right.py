"""``all_right``: whether all n samples are right (pass^k), below which no selection falls."""

from dataclasses import dataclass

from outlay.pools.drawing import ranks
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ranked import Ranked
from outlay.pools.selections.selection import SelectionInfo


@dataclass(frozen=True, slots=True)
class AllRight:
    """The choice of an adversary who knows what is right (Yao et al. 2024, tau-bench, section 5.1)."""

    info: SelectionInfo = SelectionInfo("all_right", "all n are right (pass^k)", attained=False, exact=True)

    def on(self, samples: GradedSamples) -> Ranked:
        """What is wrong ranks first."""
        return Ranked(samples, ranks(-samples.correct))
