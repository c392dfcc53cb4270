"""A world: a problem with a model and a verifier for it, all that a strategy needs."""

from dataclasses import dataclass

import numpy as np

from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.events import EventSink, ignore
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.verifier import Verifier


@dataclass(frozen=True, slots=True)
class World:
    """What a strategy meets.

    Attributes:
        problem: what is asked.
        model: who answers.
        verifier: who judges; None for strategies that need nobody.
    """

    problem: Problem
    model: LanguageModel
    verifier: Verifier | None = None

    def run(self, budget: Budget | None = None, seed: int = 0, sink: EventSink = ignore) -> Run:
        """A fresh run in this world, with a ledger of its own."""
        return Run(self.model, Ledger(budget), np.random.default_rng(seed), self.verifier, sink)


def unreserved(ledger: Ledger) -> bool:
    """Whether nothing is reserved and nobody waits: all that is not spent could be reserved at once.

    Limits that the budget leaves open cannot be seen.
    """
    limits, spent = ledger.budget, ledger.spent
    return ledger.fits(
        Cost(
            prompt_tokens=limits.tokens - spent.tokens if limits.tokens else 0,
            samples=limits.samples - spent.samples if limits.samples else 0,
            calls=limits.calls - spent.calls if limits.calls else 0,
            dollars=max(0.0, limits.dollars - spent.dollars) if limits.dollars else 0.0,
            flops=max(0.0, limits.flops - spent.flops) if limits.flops else 0.0,
        )
    )
