"""``particle_cascade`` is properly weighted in any order of arrival, and waits for nobody."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import anyio
import pytest

from outlay.core.cost import Cost
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.solve import solve
from outlay.core.trajectory import Trajectory
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.strategies.smc.particle_cascade import ParticleCascade
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import Arrival, World, check_mean, small_model, small_world
from outlay.verifiers import VERIFIERS
from tests.strategies.weighted_output import ALARM, target

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("ordered", "arrival"), [(True, Arrival.AT_ONCE), (False, Arrival.SHUFFLED)])
async def test_weights_estimate_the_target_without_bias(ordered: bool, arrival: Arrival) -> None:
    exact = {text: weight for text, weight in target().items() if weight > 0.02}
    found: defaultdict[str, list[float]] = defaultdict(list)
    evidence = []
    for seed in range(150):
        world = small_world(arrival, seed, price=0)
        cascade = ParticleCascade(n=4, ordered=ordered)
        arrived = [one async for one in cascade.arrivals(world.problem, world.run(None, seed))]
        finished = [one for one in arrived if one.end.trajectory.finished]
        evidence.append(sum(one.weight for one in finished) / 4)
        for text in exact:
            found[text].append(sum(one.weight for one in finished if one.end.trajectory.text == text) / 4)
    for text, weight in exact.items():
        check_mean(found[text], weight, ALARM / (len(exact) + 1))
    check_mean(evidence, sum(target().values()), ALARM / (len(exact) + 1))


class FirstHeldUp:
    """The small model; the first continuation of a first step waits until it is let go."""

    def __init__(self) -> None:
        self._model = small_model(Arrival.AT_ONCE)
        self._held = False
        self.let_go = anyio.Event()

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    def bound(self, request: SampleRequest) -> Cost:
        return self._model.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        if request.trajectory.last is not None and not self._held:
            self._held = True
            await self.let_go.wait()
        async for sample in self._model.sample(request, meter):
            yield sample

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        return await self._model.score(trajectory, texts, meter)


async def test_all_others_finish_while_one_particle_is_held_up() -> None:
    model = FirstHeldUp()
    plain = small_world(Arrival.AT_ONCE)
    world = World(plain.problem, model, plain.verifier)
    arrivals = ParticleCascade(n=6).arrivals(world.problem, world.run(None, 2))
    ended = 0
    with anyio.fail_after(60):
        async with aclosing(arrivals):  # type: ignore[type-var]
            async for member in arrivals:
                ended += member.end.trajectory.finished
                if ended >= 4:
                    model.let_go.set()
    assert ended >= 5


def test_it_says_whether_the_clock_decides() -> None:
    assert STRATEGIES.build("particle_cascade").info.timed
    assert not STRATEGIES.build("particle_cascade(ordered=true)").info.timed


async def test_the_pocket_model_answers() -> None:
    problem = exercise(TASKS.build("countdown"), 1, 1).problem
    world = World(problem, MODELS.build("pocket"), VERIFIERS.build("step_check"))
    outcome = await solve(problem, STRATEGIES.build("particle_cascade(n=3)"), world.run(None, 0))
    assert outcome.answer is not None
    assert outcome.stopped_by == "strategy"


@pytest.mark.parametrize("settings", ["n=0", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"particle_cascade({settings})")
