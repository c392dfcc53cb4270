"""``twisted_particle_filter``: particles are resampled by where they lead, not only by how good they look."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges, Verifier
from outlay.montecarlo import ResamplingScheme, resample_by
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.smc.particles import (
    FloatArray,
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

FLOOR = 0.01
"""Least value of a twist: a bad lookahead makes a particle unlikely to survive, never impossible."""


@dataclass(frozen=True, slots=True)
class TwistedParticleFilter:
    """A particle filter that looks ahead before it resamples.

    From each particle the model goes on greedily for ``lookahead`` steps, and the verdict on where that leads is the
    particle's twist: ancestors are drawn by w times the twist over the particle's own score. Their copies carry the
    inverse of that factor in their weights, so that lookahead changes who survives but not the target p(x) r(x).

    It helps where a step is judged well only by its consequences. Each round costs ``lookahead`` more steps for each
    different particle, so it does not pay where the verifier's verdict on a step already says as much.

    Attributes:
        n: particles.
        lookahead: greedy steps from each particle before resampling.
        resampling: the scheme.
        threshold: share of n below which the effective sample size of the twisted weights triggers resampling; 1 means
            at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 16
    lookahead: int = 1
    resampling: ResamplingScheme = ResamplingScheme.SYSTEMATIC
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": COUNTS,
        "lookahead": [1, 2],
        "threshold": [0.25, 0.5, 1.0],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "twisted_particle_filter",
        "particles resampled by the verdict on a greedy lookahead",
        "Zhao et al. 2024, Probabilistic Inference in Language Models via Twisted Sequential Monte Carlo, section 3",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="n * (1 + lookahead) steps and verdicts a round",
    )

    def __post_init__(self) -> None:
        check_count("twisted_particle_filter", "n", self.n)
        check_count("twisted_particle_filter", "lookahead", self.lookahead)
        check_share("twisted_particle_filter", "threshold", self.threshold)
        check_temperature("twisted_particle_filter", self.temperature)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The weighted particles after each step."""
        verifier = run.verifier("twisted_particle_filter", steps=True)
        particles = at_root(problem, self.n)
        for _ in range(problem.step_rule.max_steps):
            particles = await advance(run, particles, verifier, self.temperature)
            if started(particles):
                yield particles
            if run.exhausted or finished(particles):
                return
            twisted = particles.log_weights + await self._log_twists(run, particles, verifier)
            if degenerate(twisted, self.threshold):
                particles = told(run, resample_by(particles, twisted, run.rng, self.resampling))

    async def _log_twists(self, run: Run, particles: Particles, verifier: Verifier) -> FloatArray:
        """Log of the score after the lookahead over the score now, (n,); 0 for a particle of weight zero."""
        ends = [path[-1] for path in particles.items]
        ahead = {end.trajectory.text: end for end in ends if end.score}
        for _ in range(self.lookahead):
            rows = await propagate(run, list(ahead.values()), verifier, temperature=0.0)
            ahead = {text: row[0] if row else old for (text, old), row in zip(ahead.items(), rows, strict=True)}
        return np.array([_log_twist(end, ahead[end.trajectory.text]) if end.score else 0.0 for end in ends])


def _log_twist(now: Moved, later: Moved) -> float:
    return float(np.log(max(later.score or 0.0, FLOOR)) - np.log(max(now.score or 0.0, FLOOR)))
