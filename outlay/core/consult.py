"""Asking a model about an answer: what a verifier does that is a language model itself."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import anyio

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import ModelError
from outlay.core.ledger import BudgetExhausted
from outlay.core.model import LanguageModel, SampleRequest
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Replies:
    """What a model said, once or several times.

    Attributes:
        said: a trajectory for each sample, in the order of their seeds; fewer if the model failed.
        cost: what all of them cost, as a verifier's.
        failure: how the model failed, which makes no verdict but ends no run; ``""`` if it did not.
    """

    said: tuple[Trajectory, ...]
    cost: Cost
    failure: str = ""

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [one.text for one in self.said]


async def ask(
    run: Run,
    talk: Problem,
    *,
    model: LanguageModel | None = None,
    n: int = 1,
    temperature: float = 0.0,
    max_tokens: int = 256,
    seed: int = 0,
) -> Replies:
    """Ask a model something, n times at once.

    All samples are one reservation, made before anything else is waited for, and are paid as verifier tokens. They
    depend on what is asked and the seed alone, so that a verdict is the same beside any other.

    Args:
        run: what pays.
        talk: the conversation, the last message of which is to be replied to.
        model: who is asked; None for the run's own model.
        n: replies.
        temperature: of sampling.
        max_tokens: of each reply.
        seed: other replies for another seed.

    Raises:
        BudgetExhausted: if the budget cannot pay for all of it.
    """
    asked = run.model if model is None else run.journal.model(model)
    words = [part for message in talk.messages for part in (message.role, message.content)]
    seeds = generator_of(seed, *words).integers(0, 2**31, size=n)
    request = SampleRequest(Trajectory(talk), tuple(map(int, seeds)), max_tokens, temperature)
    said: dict[int, Trajectory] = {}
    costs: list[Cost] = []
    failure = ""

    async with run.ledger.reserve(_as_verdict(asked.bound(request))) as reservation:

        def pay(cost: Cost) -> None:
            costs.append(_as_verdict(cost))
            reservation.charge(costs[-1])

        samples = asked.sample(request, pay)
        try:
            async with aclosing(samples):  # type: ignore[type-var]
                async for sample in samples:
                    said[sample.index] = request.trajectory.extend(sample.step, sample.finish)
        except ModelError as error:
            failure = str(error)
    return Replies(tuple(said[index] for index in sorted(said)), sum(costs, NOTHING), failure)


async def ask_all(run: Run, talks: Sequence[Problem], **settings: Any) -> list[Replies]:
    """Ask a model several things at the same time, each as ``ask`` does.

    Raises:
        BudgetExhausted: if the budget cannot pay for all of them; what was asked before is paid.
    """
    found: dict[int, Replies] = {}
    refusals: list[BudgetExhausted] = []

    async def one(position: int, talk: Problem) -> None:
        try:
            found[position] = await ask(run, talk, **settings)
        except BudgetExhausted as refused:
            refusals.append(refused)

    async with anyio.create_task_group() as group:
        for position, talk in enumerate(talks):
            group.start_soon(one, position, talk)
    if refusals:
        raise refusals[0]
    return [found[position] for position in range(len(talks))]


def _as_verdict(cost: Cost) -> Cost:
    """The same amounts as a verifier's: no sample of an answer, and verifier tokens alone."""
    return replace(cost, prompt_tokens=0, completion_tokens=0, samples=0, verifier_tokens=cost.tokens)
