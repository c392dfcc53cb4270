"""``first_finish``: all n start together; the first to finish win and the rest are cancelled."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidSettingError
from outlay.pools.drawing import Drawing
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.selection import SelectionInfo
from outlay.pools.selections.standings import lowest_first
from outlay.pools.selections.surest_few import SurestFew

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Clock(StrEnum):
    """What is finished first."""

    SECONDS = "seconds"
    """By each sample's own wall time."""
    TOKENS = "tokens"
    """By its length, as if all were written at one speed."""


@dataclass(frozen=True, slots=True)
class FirstFinish:
    """The first ``m`` samples to finish with an answer vote, as in the strategy of this name.

    A sample that is cancelled is paid for the share of it that it had written, at an even speed.

    Attributes:
        m: samples that vote.
        by: the clock.
    """

    m: int = 1
    by: Clock = Clock.SECONDS

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InvalidSettingError("first_finish", "m", self.m, "1 or above")

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        column = "seconds" if self.by is Clock.SECONDS else "completion_tokens"
        return SelectionInfo("first_finish", "the first to finish wins", (column,), answers=True, exact=self.m == 1)

    def on(self, samples: GradedSamples) -> "RaceRule":
        """The rule on one problem's samples."""
        column = samples.samples.seconds if self.by is Clock.SECONDS else samples.samples.completion_tokens
        times = np.full(len(samples), np.inf) if column is None else np.nan_to_num(column, nan=np.inf)
        return RaceRule(samples, times, SurestFew(samples, lowest_first(samples, times), self.m))


@dataclass(frozen=True, slots=True, eq=False)
class RaceRule:
    """The rule on one problem.

    Attributes:
        samples: of the problem.
        times: (N,) when each finishes; infinite where that is not known.
        few: the vote of the first.
    """

    samples: GradedSamples
    times: FloatArray
    few: SurestFew

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        return self.few.choose(drawn)

    def expected(self, drawing: Drawing) -> float | None:
        """Exact where one votes."""
        return self.few.expected(drawing)

    def paid(self, drawn: IntArray) -> FloatArray:
        """The race is over with the last voter, or goes on to the end where too few have an answer."""
        voters = self.few.voters(drawn)
        enough = self.samples.answered[voters].all(axis=1) & (voters.shape[1] == self.few.keep)
        over = np.where(enough, self.times[voters].max(axis=1), np.inf)
        times = self.times[drawn]
        shares = np.divide(over[:, None], times, out=np.ones_like(times), where=np.isfinite(times) & (times > 0))
        return np.minimum(shares, 1.0)
