"""``entropic_particle_filter`` keeps more variety early, and stays properly weighted with respect to p(x) r(x)."""

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.events import Event, Resampled
from outlay.core.solve import solve
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import Arrival, World, small_world
from outlay.verifiers import VERIFIERS
from tests.strategies.weighted_output import check_properly_weighted

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("settings", ["n=4, threshold=1, annealing=3", "n=3, entropy=1, threshold=1, annealing=9"])
async def test_weights_estimate_the_target_without_bias(settings: str) -> None:
    await check_properly_weighted(f"entropic_particle_filter({settings})")


async def survivors(strategy: str) -> float:
    """Mean number of different ancestors in the first resampling."""
    found = []
    for seed in range(40):
        events: list[Event] = []
        world = small_world(Arrival.AT_ONCE)
        await solve(world.problem, STRATEGIES.build(strategy), world.run(None, seed, events.append))
        found += [len(set(event.ancestors)) for event in events if isinstance(event, Resampled)][:1]
    return sum(found) / len(found)


async def test_more_particles_survive_the_first_resampling_than_in_a_plain_filter() -> None:
    plain = await survivors("particle_filter(n=8, threshold=1)")
    gentle = await survivors("entropic_particle_filter(n=8, threshold=1, entropy=1, annealing=1000)")
    assert gentle > plain + 0.1


async def test_annealed_at_once_it_is_a_particle_filter() -> None:
    world = small_world(Arrival.AT_ONCE)
    for seed in range(20):
        plain, annealed = [
            await solve(world.problem, STRATEGIES.build(name), world.run(None, seed))
            for name in ("particle_filter(n=5)", "entropic_particle_filter(n=5, annealing=1)")
        ]
        assert plain.answer is not None
        assert annealed.answer is not None
        assert [one.score for one in plain.answer.candidates] == [one.score for one in annealed.answer.candidates]


async def test_the_pocket_model_answers() -> None:
    problem = exercise(TASKS.build("countdown"), 1, 1).problem
    world = World(problem, MODELS.build("pocket"), VERIFIERS.build("step_check"))
    outcome = await solve(problem, STRATEGIES.build("entropic_particle_filter(n=3)"), world.run(None, 0))
    assert outcome.answer is not None
    assert outcome.stopped_by == "strategy"


@pytest.mark.parametrize("settings", ["n=0", "entropy=2", "annealing=0", "threshold=-0.1", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"entropic_particle_filter({settings})")
