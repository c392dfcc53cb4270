"""By rollouts: the decisive step is the one at which the probability of success falls most."""

from dataclasses import dataclass

import anyio
import numpy as np

from outlay.audit.attribution.allocation import evenly, where_unsure
from outlay.audit.attribution.continuing import Start, continued
from outlay.audit.attribution.posterior import FallPosterior, IntArray, fall_posterior
from outlay.audit.attribution.trace import FailedTrace, is_right
from outlay.core.budget import Limit
from outlay.core.errors import InvalidSettingError
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.statistics.error_rates import JEFFREYS, BetaPrior

MORE_LIKELY_THAN_NOT = 0.5


@dataclass(frozen=True, slots=True)
class RolloutAttribution:
    """Where rollouts say that success was lost.

    Attributes:
        posterior: of the rates of success and their falls.
        right: for each number of steps kept, how many rollouts came out right.
        tried: how many there were.
        stopped_by: the limit that ended the rollouts early; None if none did.
    """

    posterior: FallPosterior
    right: tuple[int, ...]
    tried: tuple[int, ...]
    stopped_by: Limit | None

    @property
    def likeliest(self) -> int:
        """The step, counted from 1, that is decisive with the greatest probability, however small."""
        return int(np.argmax(self.posterior.probabilities)) + 1

    @property
    def decisive(self) -> int | None:
        """The step, counted from 1, that is more likely decisive than not; None if no step is.

        A prefix without any rollout leaves it open: its rate would be the prior's.
        """
        sure = self.posterior.probabilities[self.likeliest - 1] > MORE_LIKELY_THAN_NOT
        return self.likeliest if sure and all(self.tried) else None


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Draws continuations of each prefix of a failed answer and counts how many come out right.

    If the model goes on from before a step and often succeeds, and from after it hardly ever, that step lost the
    answer: a counterfactual, asked of the model itself instead of guessed from the text. A share of the rollouts is
    spread evenly; the rest goes, round by round, where the likeliest two steps are told apart best, until one of them
    is sure. Source: the question is that of "Abduct, Act, Predict", the rollouts those of Math-Shepherd (Wang et al.
    2023, section 3.3).

    Attributes:
        total: rollouts at most.
        first: the share of them that is spread evenly; 1 for all.
        batch: rollouts of each further round.
        sure: the probability at which it is enough.
        least: a fall below this decides nothing.
        temperature: of the rollouts; 1 asks what the model would have done.
        prior: of each rate of success.
        confidence: of the credible intervals.
    """

    total: int = 64
    first: float = 0.5
    batch: int = 16
    sure: float = 0.95
    least: float = 0.1
    temperature: float = 1.0
    prior: BetaPrior = JEFFREYS
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, holds, allowed in (
            ("total", self.total >= 1, "1 or above"),
            ("first", 0 < self.first <= 1, "above 0 and at most 1"),
            ("batch", self.batch >= 1, "1 or above"),
            ("sure", 0 < self.sure <= 1, "above 0 and at most 1"),
            ("least", 0 <= self.least < 1, "at least 0 and below 1"),
            ("temperature", self.temperature >= 0, "0 or above"),
            ("prior", min(self.prior) > 0, "two numbers above 0"),
            ("confidence", 0 < self.confidence < 1, "between 0 and 1"),
        ):
            if not holds:
                raise InvalidSettingError("rollouts", name, getattr(self, name), allowed)

    async def attribute(self, trace: FailedTrace, run: Run) -> RolloutAttribution:
        """Roll out and tell; with what there is once the budget is out.

        Raises:
            InvalidSettingError: if there are fewer rollouts than steps.
            ModelError: if the model failed.
        """
        steps = len(trace.prefixes)
        if self.total < steps:
            raise InvalidSettingError("rollouts", "total", self.total, f"{steps} or above, one for each step")
        right, tried = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
        more = evenly(max(steps, round(self.first * self.total)), steps)
        left = self.total
        with anyio.move_on_after(run.ledger.seconds_left) as deadline:
            while True:
                await self._round(trace, run, more, right, tried)
                left -= int(more.sum())
                found = self._posterior(right, tried, run)
                if run.exhausted or not left or max(*found.probabilities, found.none) >= self.sure:
                    break
                more = where_unsure(min(self.batch, left), right, tried, found, self.prior)
        if deadline.cancelled_caught:
            found = self._posterior(right, tried, run)
        limit = Limit.SECONDS if deadline.cancelled_caught else run.exhausted
        return RolloutAttribution(found, tuple(right.tolist()), tuple(tried.tolist()), limit)

    async def _round(self, trace: FailedTrace, run: Run, more: IntArray, right: IntArray, tried: IntArray) -> None:
        """Draw so many more rollouts from each prefix and count them."""
        kept = np.flatnonzero(more)

        def count(place: int, answer: Trajectory) -> None:
            tried[kept[place]] += 1
            right[kept[place]] += is_right(answer)

        await continued(run, [Start(trace.prefixes[k], int(more[k])) for k in kept], self.temperature, count)

    def _posterior(self, right: IntArray, tried: IntArray, run: Run) -> FallPosterior:
        return fall_posterior(right, tried, run.rng, self.least, self.prior, self.confidence)
