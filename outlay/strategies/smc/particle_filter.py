"""``particle_filter``: partial answers as particles, weighted by a process verifier and resampled."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.events import Resampled
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges
from outlay.montecarlo import (
    RESAMPLING_SCHEMES,
    ResamplingScheme,
    effective_sample_size,
    normalise_log_weights,
)
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.vote import Choose, tally


@dataclass(frozen=True, slots=True)
class ParticleFilter:
    """Sequential Monte Carlo with target p(x) r(x): the model's distribution times the verifier's score.

    After each step a particle's weight is multiplied by the ratio of its new score to its old one, so that whatever
    the resampling times, finished particles are properly weighted with respect to p(x) r(x). Particles wait for each
    other only to be resampled, which happens when the effective sample size falls below ``threshold * n``.

    Attributes:
        n: particles.
        resampling: the scheme.
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 16
    resampling: ResamplingScheme = ResamplingScheme.SYSTEMATIC
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0

    info: StrategyInfo = StrategyInfo(
        "particle_filter",
        "particles weighted by a process verifier and resampled",
        "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs, algorithm 1",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="n steps and n verdicts a round",
    )

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InvalidSettingError("particle_filter", "n", self.n, "1 or above")
        if not 0 <= self.threshold <= 1:
            raise InvalidSettingError("particle_filter", "threshold", self.threshold, "from 0 to 1")
        check_temperature("particle_filter", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step."""
        verifier = run.verifier("particle_filter", steps=True)
        particles = [Moved(Trajectory(problem), 1.0)] * self.n
        log_weights = np.zeros(self.n)
        for _ in range(problem.step_rule.max_steps):
            rows = await propagate(run, particles, verifier, self.temperature)
            moved = [row[0] if row else old for row, old in zip(rows, particles, strict=True)]
            log_weights = log_weights + _log_ratio(particles, moved)
            particles = moved
            if any(particle.trajectory.last is not None for particle in particles):
                yield self._answer(problem, particles, log_weights, run)
            if run.exhausted or all(particle.trajectory.finished for particle in particles):
                return
            particles, log_weights = self._resample(particles, log_weights, run)

    def _resample(
        self, particles: list[Moved], log_weights: NDArray[np.float64], run: Run
    ) -> tuple[list[Moved], NDArray[np.float64]]:
        size = effective_sample_size(log_weights)
        if size == 0 or (size >= self.threshold * self.n and self.threshold < 1):
            return particles, log_weights
        weights = normalise_log_weights(log_weights).weights
        ancestors = RESAMPLING_SCHEMES[self.resampling](weights, self.n, run.rng)
        run.emit(Resampled(tuple(ancestors.tolist()), size))
        return [particles[ancestor] for ancestor in ancestors], np.zeros(self.n)

    def _answer(
        self, problem: Problem, particles: Sequence[Moved], log_weights: NDArray[np.float64], run: Run
    ) -> Answer:
        candidates = tuple(Candidate(one.trajectory, one.trajectory.value, one.score) for one in particles)
        alive = effective_sample_size(log_weights) > 0
        weights = normalise_log_weights(log_weights).weights if alive else np.full(self.n, 1 / self.n)
        vote = tally(problem, candidates, weights.tolist())
        best = max(candidates, key=lambda one: (one.value is not None, one.score or 0.0))
        if self.choose is Choose.VOTE and vote.winner is not None:
            best = candidates[vote.winner.first]
        return Answer(best.value, best.trajectory, vote.share if vote.winner else None, candidates, run.ledger.spent)


def _log_ratio(old: Sequence[Moved], new: Sequence[Moved]) -> NDArray[np.float64]:
    """Log of each particle's new score over its old one; a particle that fell to zero stays there."""
    before, after = (np.array([one.score or 0.0 for one in particles]) for particles in (old, new))
    with np.errstate(divide="ignore"):
        return np.where(before > 0, np.log(after) - np.log(np.where(before > 0, before, 1.0)), -np.inf)
