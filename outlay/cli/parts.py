"""Where the faces put the parts together: from names on a command line to parts that run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.bench.parts import Parts, problem_of
from outlay.core.model import Capability, LanguageModel
from outlay.core.problem import Problem
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import ListedTask
from outlay.verifiers import VERIFIERS as ALL_VERIFIERS

DEFAULT_VERIFIER = "process_reward"
VERIFIERS = ALL_VERIFIERS.knowing(MODELS)
"""All verifiers; those that ask a model may name one, as in ``generative(model=pocket_dialogue)``."""
PARTS = Parts(MODELS, ALL_STRATEGIES, VERIFIERS, TASKS)
"""All catalogues, for experiments."""


def default_model(strategy: Strategy, verifier: Verifier | None) -> str:
    """The embedded model that can do what a strategy and its verifier need."""
    needed = strategy.info.capabilities | (verifier.info.capabilities if verifier else frozenset())
    return "pocket_dialogue" if Capability.DIALOGUE in needed else "pocket"


def build_verifier(text: str | None, strategy: Strategy) -> Verifier | None:
    """The named verifier, or the default one if the strategy needs any."""
    if text is None and strategy.info.verifier is None:
        return None
    return VERIFIERS.build(text or DEFAULT_VERIFIER)


def chosen_problem(task: str, level: int, seed: int) -> Problem:
    """The test problem of a task that a seed chooses; of a task with a fixed list, counted round."""
    built = TASKS.build(task)
    return problem_of(built, level, seed % len(built) if isinstance(built, ListedTask) else seed)


@asynccontextmanager
async def opened_model(text: str) -> AsyncIterator[LanguageModel]:
    """A model from its specification, whose connections are closed on leaving."""
    model = MODELS.build(text)
    try:
        yield model
    finally:
        close = getattr(model, "aclose", None)
        if close is not None:
            await close()
