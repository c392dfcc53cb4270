"""``parallel_tempering``: chains that trust the verifier less and more, and exchange what they find."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from outlay.core.answer import Answer
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.verifier import Judges
from outlay.montecarlo import draw_one, exchange_neighbours
from outlay.strategies.draw import check_temperature
from outlay.strategies.smc.particles import Particles, answers, check_count, check_share, log_scores
from outlay.strategies.smc.sweep import Chain, pool, sweep
from outlay.strategies.vote import Choose


@dataclass(frozen=True, slots=True)
class ParallelTempering:
    """Several particle Gibbs chains side by side with targets p(x) r(x)^b, which exchange paths between sweeps.

    The cold chain has b = 1; the others fall geometrically to ``hottest`` and roam where the verifier would not. After
    each sweep neighbours swap the paths that they hold by the Metropolis rule, so that a good path found by a hot
    chain reaches the cold one, whose target p(x) r(x) stays as it is. All chains advance together. Particles of every
    chain are candidates; only those of the cold one have weight.

    It helps where good answers lie behind steps that score badly. All but one chain spend on targets that nobody asked
    for, so with a small budget one filter with all the particles does better.

    Attributes:
        n: particles of each chain and sweep.
        iterations: sweeps.
        chains: how many, the cold one among them.
        hottest: the least exponent, above 0 and at most 1.
        threshold: share of n below which the effective sample size triggers resampling; 1 means at every step.
        choose: how the answer is taken from the particles.
        temperature: of sampling.
    """

    n: int = 4
    iterations: int = 4
    chains: int = 3
    hottest: float = 0.25
    threshold: float = 0.5
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": [2, 4, 8],
        "iterations": [2, 4, 8],
        "chains": [2, 3, 4],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "parallel_tempering",
        "particle Gibbs chains at several temperatures of the score that swap paths",
        "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs, section on parallel tempering; Geyer "
        "1991, Markov Chain Monte Carlo Maximum Likelihood",
        Judges.STEPS,
        frozenset({Capability.CONTINUATION}),
        cost="chains * n steps and verdicts a round, iterations times",
    )

    def __post_init__(self) -> None:
        check_count("parallel_tempering", "n", self.n, 2)
        check_count("parallel_tempering", "iterations", self.iterations)
        check_count("parallel_tempering", "chains", self.chains)
        if not 0 < self.hottest <= 1:
            raise InvalidSettingError("parallel_tempering", "hottest", self.hottest, "above 0 and at most 1")
        check_share("parallel_tempering", "threshold", self.threshold)
        check_temperature("parallel_tempering", self.temperature)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each step of each sweep."""
        return answers(problem, run, self.particles(problem, run), self.choose)

    async def particles(self, problem: Problem, run: Run) -> AsyncIterator[Particles]:
        """The particles of all sweeps so far after each step, weighted for the cold chain's target."""
        verifier = run.verifier("parallel_tempering", steps=True)
        exponents = np.geomspace(1.0, self.hottest, self.chains)
        chains = [Chain(float(exponent)) for exponent in exponents]
        cold: list[Particles] = []
        hot: list[Particles] = []
        for iteration in range(self.iterations):
            steps = sweep(problem, run, verifier, chains, self.n, self.threshold, self.temperature)
            async with aclosing(steps):  # type: ignore[type-var]
                async for current in steps:
                    yield pool([*cold, current[0]], [*hot, *current[1:]])
            if run.exhausted:
                return
            cold.append(current[0])
            hot.extend(current[1:])
            drawn = [draw_one(one, run.rng) for one in current]
            holders = exchange_neighbours(exponents, log_scores(drawn), run.rng, first=iteration % 2)
            chains = [Chain(chain.exponent, drawn[held]) for chain, held in zip(chains, holders, strict=True)]
