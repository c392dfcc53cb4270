"""``marker_selection``: the vote of the samples that hedge least."""

from dataclasses import dataclass

import numpy as np

from outlay.core.errors import InvalidSettingError
from outlay.core.markers import DISCOURSE, HEDGES, THOUGHTS, doubt
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.selection import SelectionInfo
from outlay.pools.selections.standings import lowest_first
from outlay.pools.selections.surest_few import SurestFew


@dataclass(frozen=True, slots=True)
class MarkerSelection:
    """The surest samples that have an answer vote, as in the strategy of this name.

    Attributes:
        keep: samples that vote.
        doubts: markers that count against a text, as whole words, in any case.
        discourse: markers that count for it.
    """

    keep: int = 3
    doubts: tuple[str, ...] = HEDGES + THOUGHTS
    discourse: tuple[str, ...] = DISCOURSE

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise InvalidSettingError("marker_selection", "keep", self.keep, "1 or above")
        for name in ("doubts", "discourse"):
            if not all(isinstance(marker, str) and marker.strip() for marker in getattr(self, name)):
                raise InvalidSettingError("marker_selection", name, getattr(self, name), "a list of words")

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns, summary = ("text", "completion_tokens"), "the vote of those that hedge least"
        return SelectionInfo("marker_selection", summary, columns, answers=True, exact=self.keep == 1)

    def on(self, samples: GradedSamples) -> SurestFew:
        """The rule on one problem's samples."""
        doubt_of = doubt(self.doubts, self.discourse)
        tokens = np.ones(len(samples))
        if samples.samples.completion_tokens is not None:
            tokens = np.maximum(1.0, np.nan_to_num(samples.samples.completion_tokens, nan=1.0))
        texts = samples.samples.text or [None] * len(samples)
        doubts = [
            np.nan if text is None else doubt_of(text, int(length)) for text, length in zip(texts, tokens, strict=True)
        ]
        return SurestFew(samples, lowest_first(samples, np.array(doubts), tokens), self.keep)
