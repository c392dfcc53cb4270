"""``sampled`` sets temperature and top-p of what samples, and leaves all else as it is."""

from dataclasses import replace

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.model import SampleRequest
from outlay.core.trajectory import Trajectory
from outlay.models import MODELS
from outlay.models.sampled import Sampled
from outlay.testing import SMALL_PROBLEM, small_model

pytestmark = pytest.mark.anyio

REQUEST = SampleRequest(Trajectory(SMALL_PROBLEM), tuple(range(40)), 12)


async def texts(model: object, request: SampleRequest) -> list[str]:
    return [one.step.text async for one in model.sample(request, lambda _: None)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("settings", [{"temperature": 0.25}, {"top_p": 0.5}, {"temperature": 2.0, "top_p": 0.8}])
async def test_samples_are_those_of_the_model_at_these_settings(settings: dict[str, float]) -> None:
    model = small_model()
    asked_so = await texts(model, replace(REQUEST, **settings))  # type: ignore[arg-type]
    assert await texts(Sampled(model, **settings), REQUEST) == asked_so
    assert asked_so != await texts(model, REQUEST)


async def test_greedy_requests_stay_greedy() -> None:
    greedy = replace(REQUEST, temperature=0.0)
    assert await texts(Sampled(small_model(), 2.0, 0.5), greedy) == await texts(small_model(), greedy)


def test_it_costs_what_the_model_costs_and_has_its_card() -> None:
    model = small_model()
    assert Sampled(model, 0.5).bound(REQUEST) == model.bound(REQUEST)
    assert Sampled(model, 0.5).info == model.info


def test_it_is_built_from_text() -> None:
    built = MODELS.build("sampled(of=simulated(pass_rate=0.7), temperature=0.5)")
    assert isinstance(built, Sampled)
    assert (built.temperature, built.top_p) == (0.5, None)


@pytest.mark.parametrize("wrong", ["temperature=0", "temperature=-1", "top_p=0", "top_p=1.5"])
def test_settings_out_of_range_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidSettingError, match=wrong.split("=", maxsplit=1)[0]):
        MODELS.build(f"sampled(of=simulated, {wrong})")
