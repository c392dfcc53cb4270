"""``perplexity_consistency``: n answers, each path voting with its own probability, improbable paths left out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import ClassVar

import numpy as np

from outlay.core.answer import Answer, Candidate
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.statistics import probable
from outlay.strategies.decide import Choice, decide, vote_of
from outlay.strategies.draw import check_draw, draw, require_end
from outlay.strategies.judge import unjudged


@dataclass(frozen=True, slots=True)
class PerplexityConsistency:
    """Draw n answers; every different path votes once, with the geometric mean of its tokens' probabilities.

    ``prune`` first leaves out paths of low probability: a mixture of two Weibull distributions is fitted to the paths'
    probabilities, and a path goes if it more likely belongs to the lower one and lies below the mean (reasoning
    pruning; with both it is RPC). It helps where few samples can be paid for: the probability of a path is known
    exactly, while a vote only estimates it by counting. It needs log-probabilities.

    Attributes:
        n: answers to draw; without it, as many as the budget pays for.
        prune: whether to leave out improbable paths.
        temperature: of sampling.
    """

    n: int | None = None
    prune: bool = True
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"n": COUNTS, "prune": [True, False], "temperature": TEMPERATURES}

    info: StrategyInfo = StrategyInfo(
        "perplexity_consistency",
        "n answers, a vote weighted by their own probability",
        "Zhou et al. 2025, Bridging Internal Probability and Self-Consistency for Effective and Efficient LLM "
        "Reasoning, section 3",
        capabilities=frozenset({Capability.LOGPROBS}),
        cost="n samples",
        only_draws=True,
    )

    def __post_init__(self) -> None:
        check_draw("perplexity_consistency", self.n, self.temperature)

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample."""
        require_end("perplexity_consistency", self.n, run)
        pruned: dict[tuple[float, ...], list[int]] = {}  # a path seen before changes nothing

        def rule(candidates: Sequence[Candidate]) -> Choice:
            paths = list({one.trajectory.text: i for i, one in reversed(list(enumerate(candidates)))}.values())
            paths = sorted(i for i in paths if candidates[i].value is not None)
            weights = [_probability(candidates[i]) for i in paths]
            kept = list(range(len(paths)))
            if self.prune:
                key = tuple(weights)
                kept = pruned[key] = pruned.get(key) or np.flatnonzero(probable(np.array(weights))).tolist()
            return vote_of(problem, candidates, [paths[i] for i in kept], [weights[i] for i in kept])

        return decide(run, unjudged(draw(problem, run, self.n, self.temperature)), rule)


def _probability(candidate: Candidate) -> float:
    """The geometric mean of the tokens' probabilities, which is one over the perplexity."""
    logprobs = candidate.trajectory.logprobs
    return exp(sum(logprobs) / len(logprobs)) if logprobs else 0.0
