"""``particle_gibbs``: particle filters one after another, each around a path that the last one handed on."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from outlay.core.answer import Answer
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Judges
from outlay.montecarlo import draw_one
from outlay.strategies.draw import check_temperature
from outlay.strategies.smc.particles import Choose, Particles, answers, check_count, check_share
from outlay.strategies.smc.sweep import Chain, pool, sweep


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
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 8
    iterations: int = 4
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0

    info: StrategyInfo = StrategyInfo(
        "particle_gibbs",
        "particle filters around a path that survives from one to the next",
        "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs, algorithm 2; Andrieu, Doucet and "
        "Holenstein 2010, section 4.5",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="n steps and n verdicts a round, iterations times",
    )

    def __post_init__(self) -> None:
        check_count("particle_gibbs", "n", self.n, 2)
        check_count("particle_gibbs", "iterations", self.iterations)
        check_share("particle_gibbs", "threshold", self.threshold)
        check_temperature("particle_gibbs", self.temperature)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step of each sweep."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The weighted particles of all sweeps so far, after each step."""
        verifier = run.verifier("particle_gibbs", steps=True)
        chain = Chain()
        done: list[Particles] = []
        for _ in range(self.iterations):
            steps = sweep(problem, run, verifier, [chain], self.n, self.threshold, self.temperature)
            async with aclosing(steps):  # type: ignore[type-var]
                async for (current,) in steps:
                    yield pool([*done, current])
            if run.exhausted:
                return
            done.append(current)
            chain = Chain(reference=draw_one(current, run.rng))
