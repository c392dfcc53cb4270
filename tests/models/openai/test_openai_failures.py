"""Bad replies: what is asked again, what is given up, and that nothing is paid twice or past the bound."""

import pytest

from outlay.core.cost import Cost
from outlay.core.errors import EndpointRefusedError, InvalidInputError, MalformedReplyError, ModelUnavailableError
from outlay.wire.connection import FIRST_WAIT
from tests.models.openai.conftest import KEY, Asker, MakeRequest, check_bound
from tests.models.openai.misbehaving_server import (
    MisbehavingServer,
    Reply,
    delta,
    good,
    good_for_n,
    raw,
    stall,
    status,
    stream,
    usage,
)

pytestmark = pytest.mark.anyio

PAGE = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"
CHUNK_CUT_OFF = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nff\r\nda"
CAME_TO_NOTHING: dict[str, Reply] = {
    "429": status(429),
    "408": status(408),
    "409": status(409),
    "500": status(500),
    "503": status(503, {"detail": "starting"}),
    "closed without a word": raw(""),
    "not HTTP": raw("hello\r\n\r\n"),
    "cut off inside a chunk": raw(CHUNK_CUT_OFF),
    "a web page": raw(PAGE),
    "an empty stream": stream(done=False),
    "an empty stream, done": stream(),
    "not JSON": stream("{not json"),
    "not an object": stream([1, 2]),
    "choices of the wrong type": stream({"choices": {"a": 1}}),
    "an error in the stream": stream({"error": {"message": "engine died", "code": 500}}),
    "an error without a code": stream({"error": "engine died"}),
}
MALFORMED = {"a web page", "not JSON", "not an object", "choices of the wrong type"}


@pytest.mark.parametrize("reply", CAME_TO_NOTHING.values(), ids=CAME_TO_NOTHING)
async def test_one_failure_is_mended_at_no_cost(
    reply: Reply, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [reply, good()]
    (sample,) = await asker.ask(asker.model(), make_request())
    assert sample.step.text == "answer:1"
    assert asker.spent == Cost(prompt_tokens=20, completion_tokens=3, samples=1, calls=1)
    assert server.bodies[0] == server.bodies[1]


@pytest.mark.parametrize("name", CAME_TO_NOTHING)
async def test_lasting_failure_is_told_with_its_cause(
    name: str, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = CAME_TO_NOTHING[name]
    error = MalformedReplyError if name in MALFORMED else ModelUnavailableError
    with pytest.raises(error, match=r"openai:tiny at 127\.0\.0\.1:\d+ failed, after 3 attempts; last: \w"):
        await asker.ask(asker.model(max_retries=2), make_request())
    assert len(server.exchanges) == 3
    assert not asker.charges


async def test_no_server_at_all(asker: Asker, make_request: MakeRequest) -> None:
    asker.url = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        await asker.ask(asker.model(max_retries=1), make_request())


async def test_pauses_grow_with_jitter(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [status(500)] * 4 + [good()]
    model = asker.model()
    await asker.ask(model, make_request())
    assert model.retries == 4
    for pause, longest in zip(asker.pauses, (FIRST_WAIT * 2**i for i in range(4)), strict=True):
        assert longest / 2 <= pause <= longest


@pytest.mark.parametrize(("asked", "waited"), [("3", 3.0), ("7.5", 7.5), ("86400", 60.0)])
async def test_retry_after_is_honoured_and_capped(
    asked: str, waited: float, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [status(429, retry_after=asked), good()]
    await asker.ask(asker.model(), make_request())
    assert asker.pauses == [waited]


async def test_a_stall_before_the_answer_is_a_failure_without_cost(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stall(), good()]
    (sample,) = await asker.ask(asker.model(timeout_seconds=0.2), make_request())
    assert sample.step.text == "answer:1"
    assert asker.spent.tokens == 23
    assert server.left == 1


async def test_a_stall_after_the_answer_loses_nothing(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stall(delta(0, "answer:1", "stop"))]
    (sample,) = await asker.ask(asker.model(timeout_seconds=0.2), make_request())
    assert sample.step.text == "answer:1"
    assert len(server.exchanges) == 1
    assert asker.spent.estimated


BREAKS: dict[str, Reply] = {
    "the stream ends": stream(delta(1, "kept", "stop"), delta(0, "lost"), done=False),
    "the stream stalls": stall(delta(1, "kept", "stop"), delta(0, "lost")),
    "an event is malformed": stream(delta(1, "kept", "stop"), delta(0, "lost"), '{"choices": [{"ind'),
    "a choice is out of range": stream(delta(1, "kept", "stop"), delta(0, "lost"), delta(9, "?")),
    "the server aborts a choice": stream(delta(1, "kept", "stop"), delta(0, "lost"), delta(0, "", "abort")),
    "the server reports an error": stream(delta(1, "kept", "stop"), delta(0, "lost"), {"error": "died"}),
}  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
async def test_a_broken_stream_keeps_what_finished_and_asks_for_the_rest(
    broken: Reply, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [broken, good_for_n]
    model = asker.model(timeout_seconds=0.2, spare_attempts=1)
    samples = await asker.ask(model, make_request((31, 32, 33)))
    assert [(sample.index, sample.step.text) for sample in samples] == [
        (1, "kept"), (0, "seed 31 choice 0"), (2, "seed 31 choice 1"),
    ]  # fmt: skip
    assert [body.get("n") for body in server.bodies] == [3, 2]
    assert [body["seed"] for body in server.bodies] == [31, 31]
    # Broken: 17 for the prompt by estimate and one each for "kept" and "lost". Mended: 20 and 10 by count.
    assert asker.spent == Cost(prompt_tokens=37, completion_tokens=12, samples=3, calls=1, estimated=True)


async def test_the_missing_ask_with_their_own_seeds(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "a", "stop"), delta(1, "b", "stop"), done=False), good_for_n]
    samples = await asker.ask(asker.model(spare_attempts=1), make_request((31, 32, 33)))
    assert [sample.step.text for sample in samples] == ["a", "b", "seed 33 choice 0"]


async def test_one_event_may_finish_one_choice_and_break_another(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    both = {"choices": delta(0, "kept", "stop")["choices"] + delta(1, "", "error")["choices"]}
    server.replies = [stream(both), good_for_n]
    samples = await asker.ask(asker.model(spare_attempts=1), make_request((31, 32)))
    assert [sample.step.text for sample in samples] == ["kept", "seed 32 choice 0"]


async def test_a_break_within_what_was_reserved_is_mended_without_spare_attempts(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "short", "stop"), delta(1, "los"), done=False), good_for_n]
    request = make_request((1, 2), max_tokens=200)
    samples = await asker.ask(asker.model(), request)
    assert [sample.step.text for sample in samples] == ["short", "seed 2 choice 0"]


async def test_a_break_that_could_pass_the_bound_is_given_up(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "lost"), done=False)]
    model, request = asker.model(), make_request()
    with pytest.raises(ModelUnavailableError, match=r"could pass what was reserved.*ended before 1 of 1"):
        await asker.ask(model, request)
    check_bound(model, request, asker.spent)
    assert asker.spent == Cost(prompt_tokens=17, completion_tokens=1, samples=1, calls=1, estimated=True)


async def test_spare_attempts_run_out(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.otherwise = stream(delta(0, "lost"), usage(90, 16), done=False)
    model, request = asker.model(spare_attempts=2), make_request()
    with pytest.raises(ModelUnavailableError, match="spare_attempts"):
        await asker.ask(model, request)
    assert len(server.exchanges) >= 3
    check_bound(model, request, asker.spent)


async def test_a_server_that_counts_fewer_tokens_than_events_is_marked(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    letters = [delta(0, letter) for letter in "letters"]
    server.replies = [stream(*letters, delta(0, "", "stop"), delta(1, "x", "stop"), usage(20, 3))]
    await asker.ask(asker.model(), make_request((1, 2)))
    assert asker.spent == Cost(prompt_tokens=20, completion_tokens=7, samples=2, calls=1, estimated=True)


def test_a_refusal_is_the_callers_mistake() -> None:
    assert issubclass(EndpointRefusedError, InvalidInputError)


REFUSALS = {
    401: "OPENAI_API_KEY",
    403: "OPENAI_API_KEY",
    404: "base_url.*model's name",
    400: "settings.*several",
    422: "settings.*several",
    302: "base_url",
}


@pytest.mark.parametrize(("code", "check"), REFUSALS.items())
async def test_a_refusal_says_what_to_check(
    code: int, check: str, server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [status(code, f"no use for {KEY}\n at  all")]
    with pytest.raises(
        EndpointRefusedError, match=rf"status {code}: no use for \*\*\* at all; check .*{check}"
    ) as told:
        await asker.ask(asker.model(), make_request())
    assert "127.0.0.1" in str(told.value)
    assert KEY not in repr(told.value)
    assert not asker.charges
    assert not asker.pauses


async def test_an_empty_quota_is_not_asked_again(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [status(429, {"error": {"message": "pay", "code": "insufficient_quota"}})]
    with pytest.raises(EndpointRefusedError, match="quota and billing"):
        await asker.ask(asker.model(), make_request())


async def test_a_refusal_inside_a_stream(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [stream({"error": {"message": "too long", "code": 400}})]
    with pytest.raises(EndpointRefusedError, match="too long"):
        await asker.ask(asker.model(), make_request())


async def test_an_endless_refusal_is_cut(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [raw("HTTP/1.1 418 X\r\nconnection: close\r\n\r\n" + "x" * 100_000)]
    with pytest.raises(EndpointRefusedError) as told:
        await asker.ask(asker.model(), make_request())
    assert len(str(told.value)) < 1000


async def test_samples_that_were_paid_come_before_the_error(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "paid", "stop"), delta(1, "lost"), done=False), status(401)]
    found = asker.model(spare_attempts=1).sample(make_request((1, 2)), asker.charges.append)
    assert (await anext(found)).step.text == "paid"
    with pytest.raises(EndpointRefusedError):
        await anext(found)
