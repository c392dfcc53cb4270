"""``entropic_particle_filter``: a particle filter that resamples gently at first, lest it commit too soon."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.montecarlo import ResamplingScheme, entropic_exponent, resample_by, temper
from outlay.strategies.draw import check_temperature
from outlay.strategies.smc.particles import (
    Particles,
    advance,
    answers,
    at_root,
    check_count,
    check_share,
    degenerate,
    finished,
    started,
    told,
)
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class EntropicParticleFilter:
    """A particle filter whose resampling is tempered while the entropy of its weights is low and the answer is young.

    When the effective sample size triggers resampling, ancestors are drawn by w^b instead of w, with the largest b at
    which their entropy is at least ``entropy`` of its maximum, but no less than the share of ``annealing`` steps gone
    by, so that b rises to 1. What b < 1 leaves out stays in the weights, w^(1 - b): the target is p(x) r(x) throughout.

    It helps where the verifier is sure of itself too early, when one lucky first step would fill the population with
    its copies. It keeps weak particles alive, and pays for their steps: where early scores can be trusted, a plain
    particle filter makes more of the same budget.

    Attributes:
        n: particles.
        entropy: share of its maximum, the log of n, that the entropy of the resampling weights is held at.
        annealing: steps after which resampling is no longer tempered.
        resampling: the scheme.
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 16
    entropy: float = 0.9
    annealing: int = 8
    resampling: ResamplingScheme = ResamplingScheme.SYSTEMATIC
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": COUNTS,
        "entropy": [0.5, 0.7, 0.9],
        "annealing": [4, 8, 16],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "entropic_particle_filter",
        "particles that are resampled gently at first, so that variety lasts",
        "Giannone et al. 2025, Mitigating Premature Exploitation in Particle-based Monte Carlo for Inference-Time "
        "Scaling (entropic annealing)",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="n steps and n verdicts a round",
    )

    def __post_init__(self) -> None:
        check_count("entropic_particle_filter", "n", self.n)
        check_share("entropic_particle_filter", "entropy", self.entropy)
        check_count("entropic_particle_filter", "annealing", self.annealing)
        check_share("entropic_particle_filter", "threshold", self.threshold)
        check_temperature("entropic_particle_filter", self.temperature)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The weighted particles after each step."""
        verifier = run.verifier("entropic_particle_filter", steps=True)
        particles = at_root(problem, self.n)
        for step in range(1, problem.step_rule.max_steps + 1):
            particles = await advance(run, particles, verifier, self.temperature)
            if started(particles):
                yield particles
            if run.exhausted or finished(particles):
                return
            if degenerate(particles.log_weights, self.threshold):
                exponent = self._exponent(particles, step)
                gentle = temper(particles.log_weights, exponent)
                particles = told(run, resample_by(particles, gentle, run.rng, self.resampling))

    def _exponent(self, particles: Particles, step: int) -> float:
        annealed = min(1.0, step / self.annealing)
        return max(annealed, entropic_exponent(particles.log_weights, self.entropy))
