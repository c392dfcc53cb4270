"""A cascade asks the next model only where it is not sure, pays for all from one budget, and obeys the laws."""

from dataclasses import replace

import pytest

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.allocate.model_cascade import ModelCascade
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability
from outlay.core.solve import solve
from outlay.strategies import STRATEGIES
from outlay.testing import Arrival, World, check_anytime, check_determinism, many_budgets, small_world
from outlay.testing.watched import require_within

pytestmark = pytest.mark.anyio


def cascade(world: World, above: float, of: str = "self_consistency(n=3)") -> ModelCascade:
    """The world's model, and then again the same one."""
    return ModelCascade((world.model,), STRATEGIES.build(of), above)


@pytest.mark.parametrize(("above", "samples"), [(0.0, 3), (1.0, 6)])
async def test_the_next_model_is_asked_where_the_first_is_not_sure(above: float, samples: int) -> None:
    world = small_world()
    unsure = [seed for seed in range(40) if await confidence(world, seed) < 1]
    assert unsure
    for seed in unsure[:5]:
        outcome = await solve(world.problem, cascade(world, above), world.run(None, seed))
        assert outcome.cost.samples == samples
        assert outcome.answer is not None
        assert len(outcome.answer.candidates) == samples


async def confidence(world: World, seed: int) -> float:
    outcome = await solve(world.problem, STRATEGIES.build("self_consistency(n=3)"), world.run(None, seed))
    assert outcome.answer is not None
    return outcome.answer.confidence or 0.0


async def test_its_first_answer_is_that_of_the_strategy_alone() -> None:
    world = small_world()
    for seed in range(10):
        alone = await solve(world.problem, STRATEGIES.build("self_consistency(n=3)"), world.run(None, seed))
        asked = await solve(world.problem, cascade(world, 0.0), world.run(None, seed))
        assert alone.answer is not None
        assert asked.answer is not None
        assert (asked.value, asked.answer.confidence) == (alone.value, alone.answer.confidence)


async def test_no_limit_is_ever_passed() -> None:
    world = small_world(Arrival.SHUFFLED, price=1)
    for budget in many_budgets(world):
        for seed in range(2):
            run = world.run(budget, seed)
            await solve(world.problem, cascade(world, 1.0), run)
            require_within(run, budget, f"cascade with {budget} and seed {seed}")


async def test_timing_changes_nothing() -> None:
    worlds = [small_world(), small_world(Arrival.AT_ONCE), small_world(Arrival.SHUFFLED, 1)]
    built = cascade(worlds[0], 1.0)
    await check_determinism(built, worlds, [None, *many_budgets(worlds[0])], seeds=range(2))


async def test_every_answer_is_well_formed() -> None:
    world = small_world(Arrival.SHUFFLED)
    await check_anytime(cascade(world, 0.8), replace(world), seeds=range(2))


def test_it_is_built_by_name_with_models_of_the_catalogue() -> None:
    built = ALL_STRATEGIES.build("cascade(models=[pocket, 'openai:large'], above=0.5)")
    assert isinstance(built, ModelCascade)
    assert [model.info.name for model in built.models] == ["pocket", "openai:large"]


def test_mistakes_are_told() -> None:
    with pytest.raises(InvalidInputError, match="at least one more model"):
        ALL_STRATEGIES.build("cascade(models=[])")
    with pytest.raises(InvalidSettingError, match="from 0 to 1"):
        ALL_STRATEGIES.build("cascade(models=[pocket], above=2)")
    with pytest.raises(MissingCapabilityError, match="cascade: self_refine needs"):
        ALL_STRATEGIES.build("cascade(models=[pocket], of=self_refine)")
    assert Capability.DIALOGUE in STRATEGIES.build("self_refine").info.capabilities
