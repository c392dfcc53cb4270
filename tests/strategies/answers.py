"""Runs of strategies on the small world, for tests of what they choose."""

from dataclasses import replace

from outlay.core import phrases
from outlay.core.answer import Answer
from outlay.core.model import LanguageModel
from outlay.strategies import STRATEGIES
from outlay.testing import SMALL_REPLIES, Branch, EnumerableModel, small_world


async def answers(strategy: str, seed: int, model: LanguageModel | None = None) -> list[Answer]:
    """All answers of one run without limits."""
    world = small_world()
    world = replace(world, model=model or world.model)
    return [one async for one in STRATEGIES.build(strategy).improve(world.problem, world.run(None, seed))]


async def last(strategy: str, seed: int, model: LanguageModel | None = None) -> Answer:
    """The last of them."""
    return (await answers(strategy, seed, model))[-1]


def replying(**replies: str) -> EnumerableModel:
    """The small model with certain replies to some questions, given by the names of ``outlay.core.phrases``."""
    model = small_world().model
    assert isinstance(model, EnumerableModel)
    said = {getattr(phrases, name): [Branch(text, 1.0)] for name, text in replies.items()}
    return replace(model, replies={**SMALL_REPLIES, **said})
