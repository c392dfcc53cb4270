"""``twisted_particle_filter`` resamples by a lookahead, and stays properly weighted with respect to p(x) r(x)."""

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.solve import solve
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import Arrival, World, small_world
from outlay.verifiers import VERIFIERS
from tests.strategies.weighted_output import check_properly_weighted

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("settings", ["n=4", "n=3, lookahead=2, threshold=1"])
async def test_weights_estimate_the_target_without_bias(settings: str) -> None:
    await check_properly_weighted(f"twisted_particle_filter({settings})")


async def test_a_particle_that_leads_to_a_better_answer_survives_more_often() -> None:
    copies = {"particle_filter": 0.0, "twisted_particle_filter": 0.0}
    for name in copies:
        for seed in range(60):
            world = small_world(Arrival.AT_ONCE)
            found = STRATEGIES.build(f"{name}(n=8, threshold=1)").improve(world.problem, world.run(None, seed))
            texts = [one.trajectory.text for one in [answer async for answer in found][1].candidates]
            copies[name] += sum(text.startswith("a") for text in texts) / 60
    # The greedy step after "a" raises its score from 0.5 to 0.75, that after "bb" lowers 0.75 to 0.625.
    assert copies["twisted_particle_filter"] > copies["particle_filter"] + 0.5


async def test_the_pocket_model_answers() -> None:
    problem = exercise(TASKS.build("countdown"), 1, 1).problem
    world = World(problem, MODELS.build("pocket"), VERIFIERS.build("step_check"))
    outcome = await solve(problem, STRATEGIES.build("twisted_particle_filter(n=3)"), world.run(None, 0))
    assert outcome.answer is not None
    assert outcome.stopped_by == "strategy"


@pytest.mark.parametrize("settings", ["n=0", "lookahead=0", "threshold=-0.1", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"twisted_particle_filter({settings})")
