"""Settings, the model card and the bound."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, UnknownNameError
from outlay.core.model import Capability, SampleRequest
from outlay.core.problem import Message, Problem
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.models.openai import Api, OpenAIModel
from outlay.models.openai.accounting import prompt_bound, prompt_estimate
from outlay.tasks.answer_line import ExactLine
from tests.models.openai.conftest import KEY, MakeRequest


def test_built_by_the_catalogue() -> None:
    assert MODELS.build("openai:org/name-1.5:free") == OpenAIModel("org/name-1.5:free")
    text = (
        'openai(model="m", base_url="http://h:1/v1", api=completions, cached_price=0.5, prompt_price=1, several=False)'
    )
    made = OpenAIModel(
        "m", base_url="http://h:1/v1", api=Api.COMPLETIONS, cached_price=0.5, prompt_price=1.0, several=False
    )
    assert MODELS.build(text) == made
    with pytest.raises(UnknownNameError, match="completions"):
        MODELS.build("openai(model=m, api=completion)")
    with pytest.raises(InvalidInputError, match="model="):
        MODELS.build("openai()")


def test_the_base_url_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OpenAIModel("m").base_url == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    assert OpenAIModel("m").base_url == "http://localhost:8000/v1"


def test_the_key_is_nowhere() -> None:
    model = OpenAIModel("m")
    assert KEY not in repr(model) + str(asdict(model)) + str(vars(model)) + str(model.info)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": ""},
        {"max_concurrency": 0},
        {"max_retries": -1},
        {"timeout_seconds": 0.0},
        {"timeout_seconds": float("nan")},
        {"prompt_price": -1.0},
        {"cached_price": 2.0, "prompt_price": 1.0},
        {"template": "no place for it"},
        {"api": "completions", "continuation": "continue_final_message"},
        {"base_url": "localhost:8000"},
        {"base_url": "ftp://h/v1"},
        {"base_url": "http://"},
        {"api": "chats"},
    ],
)
def test_settings_out_of_range(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match=list(settings)[-1] if "prompt_price" not in settings else "price"):
        OpenAIModel(**{"model": "m", **settings})  # type: ignore[arg-type]


def test_a_password_in_the_url_is_refused_without_showing_it() -> None:
    with pytest.raises(InvalidInputError, match="without a user or password") as told:
        OpenAIModel("m", base_url="https://me:hunter2@h/v1")
    assert "hunter2" not in str(told.value)
    assert not isinstance(told.value, InvalidSettingError)


def test_capabilities_are_what_the_settings_say() -> None:
    assert OpenAIModel("m").info.capabilities == {Capability.SEVERAL, Capability.DIALOGUE}
    every = OpenAIModel("m", logprobs=True, continuation="completions", several=False).info  # type: ignore[arg-type]
    assert every.capabilities == {
        Capability.LOGPROBS,
        Capability.CONTINUATION,
        Capability.SEED,
        Capability.DIALOGUE,
    }
    assert OpenAIModel("m", several=False, seeded=False).info.capabilities == {Capability.DIALOGUE}
    assert Capability.CONTINUATION in OpenAIModel("m", api=Api.COMPLETIONS).info.capabilities


def test_the_bound_of_several_and_of_one_by_one(make_request: MakeRequest) -> None:
    prices = {"prompt_price": 1e6, "completion_price": 2e6, "parameters": 10}
    request = make_request((1, 2, 3), max_tokens=100)
    # 9 and 23 bytes, three framings of 8, and 64 for the template.
    prompt = 9 + 23 + 24 + 64
    together = OpenAIModel("m", **prices).bound(request)  # type: ignore[arg-type]
    assert together == Cost(
        prompt_tokens=prompt, completion_tokens=300, samples=3, calls=1, dollars=prompt + 600.0,
        flops=20.0 * (prompt + 300),
    )  # fmt: skip
    apart = OpenAIModel("m", several=False, **prices).bound(request)  # type: ignore[arg-type]
    assert (apart.prompt_tokens, apart.completion_tokens, apart.calls, apart.samples) == (
        3 * prompt,
        300,
        3,
        3,
    )
    spare = OpenAIModel("m", spare_attempts=1).bound(request)
    assert (spare.tokens, spare.calls, spare.samples) == (2 * together.tokens, 1, 3)


@given(st.text(max_size=50))
def test_the_prompt_bound_counts_bytes(partial: str) -> None:
    root = Trajectory(Problem("p", (Message("user", "hi"),), ExactLine()))
    request = SampleRequest(root.extend(Step(partial), Finish.STEP), (1,), 8)
    model = OpenAIModel("m", continuation="continue_final_message")  # type: ignore[arg-type]
    assert prompt_bound(model, request) >= 2 + len(partial.encode())
    assert prompt_estimate(model, request) <= prompt_bound(model, request)


@pytest.mark.parametrize("word", ["false", "False"])
def test_switches_are_typed_as_messages_write_them(word: str) -> None:
    model = MODELS.build(f"openai(model='m', several={word}, logprobs=true)")
    assert isinstance(model, OpenAIModel)
    assert (model.several, model.logprobs) == (False, True)
