"""``particle_gibbs``: particle filters one after another, each around a path that the last one handed on."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.montecarlo import draw_one
from outlay.strategies.draw import check_temperature
from outlay.strategies.smc.particles import Particles, answers, check_count, check_share
from outlay.strategies.smc.sweep import Chain, pool, sweep
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class ParticleGibbs:
    """Repeats a particle filter: one path drawn from its particles, the reference, survives the next filter.

    Each sweep leaves the target p(x) r(x) as it is, so that the drawn paths approach it with every iteration however
    few the particles are. The reference is weighed by the scores of its own steps as it is replayed, and costs
    nothing. The particles of all sweeps are candidates; each sweep has the same total weight.

    It helps where a budget is large and one filter has settled on too few first steps: later sweeps try others against
    the best so far. Sweeps are sequential, so at the same cost it takes longer than one filter of all the particles,
    and with few iterations it is no better.

    Attributes:
        n: particles of each sweep, the reference among them.
        iterations: sweeps; the first one has no reference.
        ancestor_sampling: whether the reference's past is drawn anew at each resampling, by how likely and how well
            scored its later steps are after the other particles' pasts. It mixes faster with few particles and costs
            a reading and a verdict of the rest of the reference for each particle; it needs temperature 1.
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 8
    iterations: int = 4
    ancestor_sampling: bool = False
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": [4, 8, 16],
        "iterations": [2, 4, 8],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    def __post_init__(self) -> None:
        check_count("particle_gibbs", "n", self.n, 2)
        check_count("particle_gibbs", "iterations", self.iterations)
        check_share("particle_gibbs", "threshold", self.threshold)
        check_temperature("particle_gibbs", self.temperature)
        if self.ancestor_sampling and self.temperature != 1:
            raise InvalidSettingError("particle_gibbs", "temperature", self.temperature, "1 with ancestor_sampling")

    @property
    def info(self) -> StrategyInfo:
        """What it is; ancestor sampling needs a model that scores given text."""
        return StrategyInfo(
            "particle_gibbs",
            "particle filters around a path that survives from one to the next",
            "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs, algorithm 2; Andrieu, Doucet and "
            "Holenstein 2010, section 4.5" + ("; Lindsten, Jordan and Schön 2014" if self.ancestor_sampling else ""),
            Judges.STEPS,
            frozenset({Capability.CONTINUATION, *([Capability.SCORE] if self.ancestor_sampling else [])}),
            cost="n steps and n verdicts a round, iterations times",
        )

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step of each sweep."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The weighted particles of all sweeps so far, after each step."""
        verifier = run.verifier("particle_gibbs", steps=True)
        chain = Chain()
        done: list[Particles] = []
        for _ in range(self.iterations):
            steps = sweep(
                problem, run, verifier, [chain], self.n, self.threshold, self.temperature, self.ancestor_sampling
            )
            async with aclosing(steps):  # type: ignore[type-var]
                async for (current,) in steps:
                    yield pool([*done, current])
            if run.exhausted:
                return
            done.append(current)
            chain = Chain(reference=draw_one(current, run.rng))
