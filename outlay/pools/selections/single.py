"""``single``: one sample, whatever n is; what everything else is to be better than."""

from dataclasses import dataclass

import numpy as np

from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ranked import Ranked
from outlay.pools.selections.selection import SelectionInfo


@dataclass(frozen=True, slots=True)
class Single:
    """The first sample."""

    info: SelectionInfo = SelectionInfo("single", "one sample", single=True, exact=True)

    def on(self, samples: GradedSamples) -> Ranked:
        """All rank alike, so that the first is taken."""
        return Ranked(samples, np.zeros(len(samples), np.int64))
