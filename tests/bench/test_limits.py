"""No more calls are under way to a model than its limit says, whoever asks it."""

from collections.abc import AsyncIterator, Callable

import anyio
import pytest

from outlay.bench.experiment import Experiment
from outlay.bench.grid import expand
from outlay.bench.limits import Limits, Permits
from outlay.bench.parts import Parts
from outlay.bench.runner import run
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import SampleRequest
from outlay.core.trajectory import Trajectory
from tests.bench.fakes import WATCHES, Busy, sum_problem
from tests.bench.test_journal import Till, drain, rounded

pytestmark = pytest.mark.anyio
Make = Callable[..., Experiment]


@pytest.fixture(autouse=True)
def fresh() -> AsyncIterator[None] | None:
    WATCHES.clear()
    return None


@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("limit", [1, 3])
async def test_samples_are_the_same_and_never_too_many_at_a_time(several: bool, limit: int) -> None:
    free, busy = Busy(delay=0.0002, several=several), Busy(delay=0.0002, name="held", several=several)
    held = Limits({"held": limit}).of(busy)
    requests = [SampleRequest(Trajectory(sum_problem(a, 4)), (11, 12, 13, 14, 15), 30) for a in range(8)]
    found: dict[int, list[object]] = {}

    async def ask(model: Busy, place: int, request: SampleRequest) -> None:
        till = Till()
        samples = await drain(model, request, till)
        found[place] = [sorted(one[:2] for one in samples), rounded(till.total)]

    async with anyio.create_task_group() as group:
        for place, request in enumerate(requests):
            group.start_soon(ask, free, place, request)
            group.start_soon(ask, held, place + 8, request)
    for place in range(8):
        assert found[place][0] == found[place + 8][0]
        if several or limit == 5:
            assert found[place] == found[place + 8]
    assert WATCHES["busy"].most == (8 if several else 40)
    assert WATCHES["held"].most == limit
    assert WATCHES["held"].now == 0


async def test_leaving_early_gives_permits_back() -> None:
    held = Limits({"held": 1}).of(Busy(name="held"))
    request = SampleRequest(Trajectory(sum_problem(1, 2)), (1, 2, 3), 30)
    for _ in range(2):
        samples = held.sample(request, Till())
        async for _ in samples:
            break
        await samples.aclose()  # type: ignore[attr-defined]
    assert WATCHES["held"].now == 0


async def test_who_gives_up_waiting_takes_no_permit() -> None:
    permits = Permits(2)
    async with permits.held(1):
        with anyio.move_on_after(0.01):
            async with permits.held(2):
                raise AssertionError("there was one permit only")
    with anyio.fail_after(1):
        async with permits.held(2):
            pass


JUDGED = (
    '"draw(n=1)", {strategy = "draw(n=4)", verifier = "oracle"}, "walk(width=2)"',
    "{strategy = 'draw(n=4)', verifier = \"asker(model=busy(base_url='http://one/v1', delay=0.0002))\"}",
)
MODEL = ('models = ["dice"]', "models = [\"busy(name=answers, base_url='http://one/v1/', delay=0.0002)\"]")


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ("busy = 1", {"busy": 1}),
        ("answers = 3, busy = 2", {"answers": 3, "busy": 2}),
        ('"http://one/v1" = 2', {"answers": 2, "busy": 2}),
        ('"http://one/v1/" = 2, busy = 1', {"answers": 2, "busy": 1}),
    ],
)
async def test_limits_hold_for_answers_and_for_judges(
    experiment: Make, parts: Parts, tmp_path, limits: str, most: dict[str, int]
) -> None:
    changed = experiment(("concurrency = 3", f"concurrency = {{questions = 8, {limits}}}"), JUDGED, MODEL)
    assert changed.concurrency == 8
    ended = await run(changed, parts, tmp_path / "out")
    assert ended.done == ended.total
    for name, limit in most.items():
        assert WATCHES[name].most == limit
    if "http" in limits:
        assert WATCHES["answers"].now == WATCHES["busy"].now == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{questions = 8, dise = 2}", "unknown model or server in concurrency: 'dise'; did you mean 'dice'?"),
        ("{dice = 0}", "basic.toml: concurrency: dice must be a whole number, 1 or above"),
        ("{questions = true}", "basic.toml: concurrency: questions must be a whole number"),
        ("0", "basic.toml: concurrency must be a whole number, 1 or above"),
        ('"many"', "basic.toml: concurrency must be a whole number, 1 or above"),
    ],
)
def test_limits_that_make_no_sense_are_refused(experiment: Make, parts: Parts, given: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        expand(experiment(("concurrency = 3", f"concurrency = {given}")), parts)
    assert said in str(caught.value)


def test_a_bound_is_that_of_the_model() -> None:
    request = SampleRequest(Trajectory(sum_problem(1, 2)), (1, 2, 3), 30)
    model = Busy(name="held")
    assert Limits({"held": 2}).of(model).bound(request) == model.bound(request) != Cost()
    assert Limits({"other": 2}).of(model) is model
