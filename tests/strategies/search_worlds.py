"""What tests of search strategies share: running one in a world, and on the pocket model."""

from collections.abc import AsyncIterator

import numpy as np

from outlay.core.answer import Answer
from outlay.core.budget import Budget
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.solve import Outcome, solve
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import Arrival, Branch, EnumerableModel, EnumerableVerifier, World, small_world
from outlay.testing.enumerable import SMALL_PROBLEM
from outlay.verifiers import VERIFIERS

DEEP = World(
    SMALL_PROBLEM,
    EnumerableModel(
        {
            "": (Branch("a\n", 0.6), Branch("b\n", 0.4)),
            "a\n": (Branch("c\n", 0.5), Branch("=1", 0.5)),
            "b\n": (Branch("c\n", 0.5), Branch("d\n", 0.5)),
            "a\nc\n": (Branch("=2", 1.0),),
            "b\nc\n": (Branch("=3", 0.8), Branch("=4", 0.2)),
            "b\nd\n": (Branch("=5", 1.0),),
        }
    ),
    EnumerableVerifier({"b\n": 1.0, "b\nc\n": 1.0, "b\nc\n=4": 1.0}),
)
"""Only one leaf is right, an unlikely one, and the verifier knows the way."""


async def answers(strategy: str, seed: int, world: World | None = None) -> list[Answer]:
    world = world or small_world(Arrival.IN_ORDER)
    found: AsyncIterator[Answer] = STRATEGIES.build(strategy).improve(world.problem, world.run(None, seed))
    return [answer async for answer in found]


async def last(strategy: str, seed: int, world: World | None = None) -> Answer:
    return (await answers(strategy, seed, world))[-1]


async def on_pocket(strategy: str, verifier: str = "step_check", budget: str = "tokens=3000") -> Outcome:
    problem = exercise(TASKS.build("countdown"), 1, 3).problem
    ledger = Ledger(Budget.parse(budget))
    run = Run(MODELS.build("pocket"), ledger, np.random.default_rng(0), VERIFIERS.build(verifier))
    return await solve(problem, STRATEGIES.build(strategy), run)


def ends(answer: Answer) -> dict[str, float | None]:
    return {one.trajectory.text: one.score for one in answer.candidates}
