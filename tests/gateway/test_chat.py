"""An application that uses OpenAI's own client changes its base_url and names a strategy; nothing else."""

from typing import Any

import httpx
import openai
import pytest

from tests.gateway.conftest import MakeGateway
from tests.gateway.serving import Served
from tests.gateway.upstream import Upstream, says

QUESTION = [{"role": "user", "content": "use 1 9 3 to make 11"}]


def account(completion: Any) -> dict[str, Any]:
    return completion.model_extra["outlay"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("model", "extra", "headers"),
    [
        ("pocket@best_of_n(n=4)", {}, {}),
        ("pocket@careful", {}, {}),
        ("pocket", {"outlay": {"strategy": "best_of_n(n=4)"}}, {}),
        ("pocket", {"outlay": {"policy": "careful"}}, {}),
        ("pocket", {}, {"x-outlay-strategy": "best_of_n(n=4)", "x-outlay-answer-rule": "expression"}),
        ("pocket@greedy", {"outlay": {"policy": "careful"}}, {"x-outlay-policy": "nobody"}),
    ],
)
def test_a_strategy_is_named(embedded: Served, model: str, extra: dict[str, Any], headers: dict[str, str]) -> None:
    client = embedded.client()
    found = client.chat.completions.create(
        model=model, messages=QUESTION, seed=3, extra_body=extra, extra_headers=headers
    )
    told = account(found)
    assert (told["strategy"], told["verifier"]) == ("best_of_n(n=4)", "process_reward")
    assert told["cost"]["samples"] == 4
    assert told["cost"]["verifier_tokens"] > 0
    assert found.usage.total_tokens == told["cost"]["tokens"] + told["cost"]["cached_tokens"]
    assert found.usage.completion_tokens == told["cost"]["completion_tokens"]
    assert 0 <= told["confidence"] <= 1
    assert (found.object, found.model, found.choices[0].finish_reason) == ("chat.completion", model, "stop")
    assert "answer:" in found.choices[0].message.content
    assert found._request_id == told["trace"]
    assert "candidates" not in told


def test_the_same_seed_gives_the_same_answers(embedded: Served) -> None:
    client = embedded.client()

    def ask(seed: int | None) -> list[str]:
        found = client.chat.completions.create(
            model="pocket@self_consistency(n=3)", messages=QUESTION, seed=seed,
            extra_body={"outlay": {"candidates": True}},
        )  # fmt: skip
        return [one["text"] for one in account(found)["candidates"]]

    first, *others = (ask(seed) for seed in (7, 7, 8, None))
    assert len(first) == 3
    assert first == others[0]
    assert first not in others[1:]


def test_several_answers_are_several_runs(embedded: Served) -> None:
    found = embedded.client().chat.completions.create(model="pocket@greedy", messages=QUESTION, n=3)
    assert [choice.index for choice in found.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in found.choices}) == 1
    assert account(found)["cost"]["samples"] == 3
    assert len(account(found)["answers"]) == 3


def test_stop_and_length_are_kept(embedded: Served) -> None:
    client = embedded.client()
    whole = client.chat.completions.create(model="pocket@greedy", messages=QUESTION).choices[0]
    cut = client.chat.completions.create(model="pocket@greedy", messages=QUESTION, stop="answer:").choices[0]
    assert cut.message.content == whole.message.content.split("answer:")[0]
    short = client.chat.completions.create(model="pocket@greedy", messages=QUESTION, max_tokens=2).choices[0]
    assert (short.finish_reason, whole.message.content.startswith(short.message.content)) == ("length", True)


def test_a_request_without_a_strategy_goes_on_as_it_is(gateway: MakeGateway, server: Upstream) -> None:
    server.answer = says("hello there")
    found = gateway(big={"forward": ["top_k"]}).client().chat.completions.create(
        model="big", messages=QUESTION, temperature=0.3, top_p=0.9, seed=5, n=2, logprobs=True, top_logprobs=2,
        presence_penalty=0.5, stop=["x"], max_completion_tokens=9, user="me", extra_body={"top_k": 4, "top_z": 1},
    )  # fmt: skip
    assert server.bodies == [
        {
            "model": "m", "messages": QUESTION, "temperature": 0.3, "top_p": 0.9, "seed": 5, "n": 2, "logprobs": True,
            "top_logprobs": 2, "presence_penalty": 0.5, "stop": ["x"], "max_tokens": 9, "top_k": 4,
        }
    ]  # fmt: skip
    assert server.heads[0]["authorization"] == "Bearer sk-of-the-upstream"
    assert [choice.message.content for choice in found.choices] == ["hello there", "hello there"]
    assert (found.model, found.usage.prompt_tokens, found.usage.completion_tokens) == ("big", 10, 4)
    told = account(found)
    assert told["cost"]["dollars"] == pytest.approx((10 + 2 * 4) / 1e6)
    assert told["ignored"] == ["user"]


def test_the_clients_sampling_goes_to_the_strategy_or_is_named(gateway: MakeGateway, server: Upstream) -> None:
    client = gateway().client()
    found = client.chat.completions.create(
        model="big@self_consistency(n=2)", messages=QUESTION, temperature=0.3, top_p=0.9, frequency_penalty=0.1
    )
    assert {(body["temperature"], body["top_p"], body["frequency_penalty"]) for body in server.bodies} == {
        (0.3, 1, 0.1)
    }
    assert account(found)["ignored"] == ["top_p"]


def test_unknown_fields_are_named_in_a_header(embedded: Served) -> None:
    raw = embedded.client().chat.completions.with_raw_response.create(
        model="pocket@greedy", messages=QUESTION, extra_body={"temprature": 1, "zeal": 2}
    )
    assert raw.headers["x-outlay-warning"] == "unknown fields: temprature, zeal"
    odd = embedded.client().chat.completions.with_raw_response.create(
        model="pocket@greedy", messages=QUESTION, extra_body={"a\r\nset-cookie: b": 1, "é": 2}
    )
    assert odd.headers["x-outlay-warning"] == r"unknown fields: aset-cookie: b, \xe9"


@pytest.mark.parametrize(
    ("body", "status", "param", "why"),
    [
        ({"model": "none"}, 404, "model", "no model 'none'"),
        ({"model": "pocket@careless"}, 400, None, "unknown strategy 'careless'"),
        ({"model": "pocket@best_of_n(n=5000)"}, 400, None, "numbers up to 1024"),
        ({"model": "pocket@abstain(path='/etc/passwd')"}, 400, None, "no file"),
        ({"model": "pocket@abstain:/etc/passwd"}, 400, None, "no file"),
        ({"model": "pocket@abstain(of='abstain(path=x)')"}, 400, None, "no file"),
        ({"messages": []}, 400, "messages", "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, 400,
         "messages.0.content", "type text"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, 400, "messages.0", "must be the user's"),
        ({"messages": [{"role": "king", "content": "a"}]}, 400, "messages.0", "role 'king'"),
        ({"n": 17}, 400, "n", "16 at most"),
        ({"temperature": "hot"}, 400, "temperature", "number"),
        ({"logprobs": True}, 400, "logprobs", "cannot be honoured"),
        ({"audio": {"voice": "a"}}, 400, "audio", "cannot be honoured"),
        ({"tools": [{"type": "function"}]}, 400, "tools", "does not know it"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format", "does not know it"),
        ({"outlay": {"budget": "tokens=10"}}, 402, None, "first call may need"),
        ({"outlay": {"budget": "gold=10"}}, 400, None, "unknown budget limit 'gold'"),
        ({"outlay": {"stratgy": "greedy"}}, 400, "outlay.stratgy", "not permitted"),
        ({"outlay": {"policy": "lax"}}, 400, "outlay.policy", "no policy 'lax'"),
        ({"outlay": {"verifier": "command"}}, 400, "outlay.verifier", "no verifier 'command'"),
        ({"messages": [{"role": "user", "content": "Δ"}]}, 400, None, "cannot read"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused(
    embedded: Served, body: dict[str, Any], status: int, param: str | None, why: str
) -> None:
    client = embedded.client()
    with pytest.raises(openai.APIStatusError) as refused:
        client.post("/chat/completions", body={"model": "pocket", "messages": QUESTION, **body}, cast_to=object)
    error = refused.value.body
    assert isinstance(error, dict)
    assert (refused.value.status_code, error["param"]) == (status, param)
    assert why in error["message"]
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("strategy", ["none", "self_consistency(n=2)"])
@pytest.mark.parametrize(("status", "told"), [(400, 400), (401, 502), (404, 502)])
def test_what_the_models_server_refuses_is_told(
    gateway: MakeGateway, server: Upstream, strategy: str, status: int, told: int
) -> None:
    server.status = status
    with pytest.raises(openai.APIStatusError) as refused:
        gateway().client().chat.completions.create(model=f"big@{strategy}", messages=QUESTION)
    assert refused.value.status_code == told
    assert refused.value.code == "upstream_refused"
    assert ("no such thing" in refused.value.message) == (told == 400)
    assert "127.0.0.1" not in refused.value.message


def test_models_are_listed_with_their_policies(embedded: Served) -> None:
    client = embedded.client()
    assert [model.id for model in client.models.list()] == ["pocket", "pocket@careful"]
    assert client.models.retrieve("pocket@careful").id == "pocket@careful"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")


def test_what_is_no_json_or_too_long_is_refused(gateway: MakeGateway) -> None:
    served = gateway(limits={"body_bytes": 200})
    for data, status in ((b"{", 400), (b"[]", 400), (b" " * 201, 413)):
        reply = httpx.post(f"{served.url}/chat/completions", content=data)
        assert (reply.status_code, set(reply.json())) == (status, {"error"})
