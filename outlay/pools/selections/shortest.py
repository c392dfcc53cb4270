"""``shortest``: the vote of the few samples that took the fewest tokens."""

from dataclasses import dataclass

from outlay.core.errors import InvalidSettingError
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.selection import SelectionInfo
from outlay.pools.selections.standings import lowest_first
from outlay.pools.selections.surest_few import SurestFew


@dataclass(frozen=True, slots=True)
class Shortest:
    """The shortest samples that have an answer vote, as in the strategy of this name.

    Attributes:
        keep: samples that vote.
    """

    keep: int = 1

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise InvalidSettingError("shortest", "keep", self.keep, "1 or above")

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns = ("completion_tokens",)
        return SelectionInfo("shortest", "the vote of the shortest", columns, answers=True, exact=self.keep == 1)

    def on(self, samples: GradedSamples) -> SurestFew:
        """The rule on one problem's samples."""
        return SurestFew(samples, lowest_first(samples, samples.samples.completion_tokens), self.keep)
