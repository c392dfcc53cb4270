"""``parallel_tempering``: hot chains and swaps leave the cold chain's target p(x) r(x) as it is."""

from collections import Counter

import numpy as np
import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.solve import solve
from outlay.models import MODELS
from outlay.montecarlo import draw_one
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import Arrival, World, check_frequencies, small_world
from outlay.verifiers import VERIFIERS
from tests.strategies.weighted_output import ALARM, last_particles, target

pytestmark = pytest.mark.anyio


async def test_the_cold_chain_ends_in_its_target() -> None:
    """Drawn after three sweeps; what is left of the first sweep's bias is far below what 100 draws could tell."""
    rng = np.random.default_rng(6)
    exact = target()
    total = sum(exact.values())
    ends: Counter[str] = Counter()
    for seed in range(100):
        particles = await last_particles("parallel_tempering(n=3, iterations=3, chains=2, threshold=1)", seed)
        last = particles.log_weights[6:9]
        alone = type(particles)(particles.items[6:9], last)
        ends[draw_one(alone, rng)[-1].trajectory.text] += 1
        assert np.isneginf(particles.log_weights[9:]).all()
    check_frequencies(ends, {text: weight / total for text, weight in exact.items()}, ALARM)


async def test_one_chain_is_particle_gibbs_but_for_its_name() -> None:
    world = small_world(Arrival.AT_ONCE)
    gibbs, tempering = [
        await solve(world.problem, STRATEGIES.build(name), world.run(None, 3))
        for name in ("particle_gibbs(n=3, iterations=1)", "parallel_tempering(n=3, iterations=1, chains=1)")
    ]
    assert gibbs.answer is not None
    assert tempering.answer is not None
    assert [one.score for one in gibbs.answer.candidates] == [one.score for one in tempering.answer.candidates]


async def test_the_pocket_model_answers() -> None:
    problem = exercise(TASKS.build("countdown"), 1, 1).problem
    world = World(problem, MODELS.build("pocket"), VERIFIERS.build("step_check"))
    outcome = await solve(problem, STRATEGIES.build("parallel_tempering(n=2, iterations=2)"), world.run(None, 0))
    assert outcome.answer is not None
    assert outcome.stopped_by == "strategy"


@pytest.mark.parametrize(
    "settings", ["n=1", "iterations=0", "chains=0", "hottest=0", "hottest=1.5", "threshold=2", "temperature=-1"]
)
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"parallel_tempering({settings})")
