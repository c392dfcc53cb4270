"""Proposals by a language model: it is told the space and what was measured, and names what to try next, as text.

Its reply is read with the parser of the catalogues, never evaluated, and counts only if it lies in the space.
Source: Liu et al. 2024, Large Language Models to Enhance Bayesian Optimization.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.budget import Budget
from outlay.core.catalogue import parse
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, ModelError
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem, StepRule
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.tune.space import Params, Space

SHOWN = 20
"""Trials that the model is told of."""
LONGEST = 1_000
"""Characters of a line that is read."""
MARK = "next:"


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that was measured: what, how accurate, how dear."""

    strategy: str
    accuracy: float
    tokens: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a model proposed.

    Attributes:
        params: its choices; None if the proposal was refused.
        why: why it was refused; empty if it was not.
        cost: of asking.
    """

    params: Params | None
    why: str
    cost: Cost


async def propose(
    model: LanguageModel, space: Space, tried: Sequence[Tried], known: Sequence[Params], budget: Budget, seed: int
) -> Proposal:
    """Ask a model for the next trial.

    Args:
        model: who is asked.
        space: what it may name.
        tried: what was measured so far.
        known: the choices of all trials, which are not made again.
        budget: what asking may cost.
        seed: of its reply.
    """
    run = Run(model, Ledger(budget), np.random.default_rng(seed))
    problem = Problem("next trial", ask(question(space, tried)), FreeAnswer(), StepRule(max_tokens=512))
    try:
        said = await run.sample_one(Trajectory(problem))
    except (ModelError, InvalidInputError) as error:
        return Proposal(None, f"the model failed: {error}", run.ledger.spent)
    if said is None:
        return Proposal(None, "the budget cannot pay for asking", run.ledger.spent)
    try:
        params = read(said.text, space)
    except InvalidInputError as error:
        return Proposal(None, str(error), run.ledger.spent)
    if any(params.items() <= one.items() for one in known):
        return Proposal(None, "it was tried before", run.ledger.spent)
    return Proposal(params, "", run.ledger.spent)


def question(space: Space, tried: Sequence[Tried]) -> str:
    """What the model is asked."""
    best = sorted(tried, key=lambda one: (-one.accuracy, one.tokens))[:SHOWN]
    measured = "\n".join(f"{one.strategy}: accuracy {one.accuracy:.3f}, {one.tokens:.0f} tokens" for one in best)
    return (
        "A search looks for a strategy that answers questions with high accuracy and few tokens.\n\n"
        f"The strategies that may be tried, with what each setting may be:\n{space!s}\n\n"
        f"Measured so far:\n{measured or 'nothing'}\n\n"
        "Name one strategy that was not measured yet and is likely to be more accurate, or as accurate for fewer "
        "tokens. Give every setting a single value, and leave optional parts in or out. End with one line of the form\n"
        f"{MARK} NAME(setting=value, ...)"
    )


def read(text: str, space: Space) -> Params:
    """The choices that the last line with the mark names.

    Raises:
        InvalidInputError: if there is none, or it is not in the space.
    """
    lines = [line.strip().strip("`*").strip() for line in text.splitlines()]
    marked = [line[len(MARK) :].strip().strip("`*").strip() for line in lines if line.lower().startswith(MARK)]
    if not marked:
        raise InvalidInputError(f"no line of the reply begins with {MARK}")
    if len(marked[-1]) > LONGEST:
        raise InvalidInputError(f"the proposal is longer than {LONGEST} characters")
    return space.match(parse(marked[-1], "strategy"))
