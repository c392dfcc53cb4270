"""``particle_filter``: partial answers as particles, weighted by a process verifier and resampled."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges, Verifier
from outlay.montecarlo import Population, ResamplingScheme, metropolis, resample_by
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import propagate
from outlay.strategies.smc.particles import (
    Particles,
    advance,
    answers,
    at_root,
    check_count,
    check_share,
    degenerate,
    finished,
    log_scores,
    started,
    told,
)
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class ParticleFilter:
    """Sequential Monte Carlo with target p(x) r(x): the model's distribution times the verifier's score.

    After each step a particle's weight is multiplied by the ratio of its new score to its old one, so that whatever
    the resampling times, finished particles are properly weighted with respect to p(x) r(x). Particles wait for each
    other only to be resampled, which happens when the effective sample size falls below ``threshold * n``. With
    ``moves`` the copies that resampling left are told apart again: each proposes another newest step, which replaces
    its own by the Metropolis rule and leaves the target as it is.

    It helps where steps can be judged, but not for certain: particles go on in proportion to their scores, so that a
    start that the verifier underrates is not lost. With few steps there is little to resample, and best-of-N does as
    well.

    Attributes:
        n: particles.
        resampling: the scheme.
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
        moves: Metropolis moves of every particle's newest step after each resampling.
    """

    n: int = 16
    resampling: ResamplingScheme = ResamplingScheme.SYSTEMATIC
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    moves: int = 0
    space: ClassVar[OwnSpace] = {
        "n": COUNTS,
        "threshold": [0.25, 0.5, 1.0],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
        "moves": [0, 1],
    }

    info: StrategyInfo = StrategyInfo(
        "particle_filter",
        "particles weighted by a process verifier and resampled",
        "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs, algorithm 1",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="n steps and n verdicts a round, and as many for each move",
    )

    def __post_init__(self) -> None:
        check_count("particle_filter", "n", self.n)
        check_share("particle_filter", "threshold", self.threshold)
        check_temperature("particle_filter", self.temperature)
        check_count("particle_filter", "moves", self.moves, 0)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The weighted particles after each step."""
        verifier = run.verifier("particle_filter", steps=True)
        particles = at_root(problem, self.n)
        for depth in range(1, problem.step_rule.max_steps + 1):
            particles = await advance(run, particles, verifier, self.temperature)
            if started(particles):
                yield particles
            if run.exhausted or finished(particles):
                return
            if degenerate(particles.log_weights, self.threshold):
                particles = told(run, resample_by(particles, particles.log_weights, run.rng, self.resampling))
                for _ in range(self.moves):
                    particles = await self._move(run, particles, depth, verifier)

    async def _move(self, run: Run, particles: Particles, depth: int, verifier: Verifier) -> Particles:
        """Another newest step for whoever has just made one, where the Metropolis rule accepts it."""
        able = [i for i, path in enumerate(particles.items) if len(path) == depth + 1]
        pasts = [particles.items[i][:-1] for i in able]
        rows = await propagate(run, [past[-1] for past in pasts], verifier, self.temperature)
        if run.exhausted:
            return particles
        proposals = tuple((*past, row[0]) for past, row in zip(pasts, rows, strict=True))
        current = tuple(particles.items[i] for i in able)
        accepted = metropolis(log_scores(current), log_scores(proposals), run.rng)
        chosen = {i: new for i, new, yes in zip(able, proposals, accepted, strict=True) if yes}
        return Population(tuple(chosen.get(i, path) for i, path in enumerate(particles.items)), particles.log_weights)
