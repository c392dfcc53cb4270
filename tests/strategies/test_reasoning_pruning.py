"""Reasoning pruning leaves out paths of low probability, which may turn the vote of ``perplexity_consistency``."""

from dataclasses import replace

import pytest

from outlay.core.problem import StepRule
from outlay.strategies import STRATEGIES
from outlay.testing import Branch, EnumerableModel, small_world

pytestmark = pytest.mark.anyio

UNLIKELY = [(f"{letter}=8", 0.03 + 0.001 * i) for i, letter in enumerate("abcdefghij")]
"""Ten short texts: a probability of about 0.3 a token each."""
LIKELY = [(f"a long and careful text {letter}=7", 0.2 + 0.01 * i) for i, letter in enumerate("klm")]
"""Three long ones, of about 0.95 a token."""


def model() -> EnumerableModel:
    total = sum(weight for _, weight in UNLIKELY + LIKELY)
    return EnumerableModel({"": [Branch(text, weight / total) for text, weight in UNLIKELY + LIKELY]})


@pytest.mark.parametrize(("prune", "winner"), [("false", "8"), ("true", "7")])
async def test_improbable_paths_do_not_vote(prune: str, winner: str) -> None:
    world = small_world()
    problem = replace(world.problem, step_rule=StepRule(max_tokens=60))
    strategy = STRATEGIES.build(f"perplexity_consistency(n=200, prune={prune})")
    run = replace(world, problem=problem, model=model()).run(None, 1)
    found = [one async for one in strategy.improve(problem, run)][-1]
    assert {one.trajectory.text for one in found.candidates} == {text for text, _ in UNLIKELY + LIKELY}
    assert found.value == winner
