"""Steps and continuation: stop strings that servers cut off, and how a partial answer is sent."""

import pytest

from outlay.core.errors import MissingCapabilityError
from outlay.core.model import Capability
from outlay.core.trajectory import Finish
from tests.models.openai.conftest import Asker, MakeRequest
from tests.models.openai.misbehaving_server import MisbehavingServer, delta, good, piece, stream, usage

pytestmark = pytest.mark.anyio

STEP, END, LENGTH = Finish.STEP, Finish.END, Finish.LENGTH
SILENT: dict[str, object] = {}


@pytest.mark.parametrize(
    ("partial", "text", "reason", "says", "expected"),
    [
        ("", "one", "stop", {"stop_reason": ";"}, ("one;", STEP)),
        ("", "one", "stop", {"matched_stop": "\n"}, ("one\n", STEP)),
        ("", "one", "stop", {"stop_reason": None}, ("one", END)),
        ("", "one", "stop", {"matched_stop": 151645}, ("one", END)),
        ("", "one", "stop", {"stop_reason": "</s>"}, ("one", END)),
        ("", "", "stop", {"stop_reason": "\n"}, ("\n", STEP)),
        ("", "one;", "stop", {"stop_reason": ";"}, ("one;", STEP)),
        ("", "answer:2", "stop", {"stop_reason": "\n"}, ("answer:2\n", STEP)),
        ("", "one", "stop", SILENT, ("one\n", STEP)),
        ("", "answer:2", "stop", SILENT, ("answer:2", END)),
        ("answer:", "2", "stop", SILENT, ("2", END)),
        ("one\n", "", "stop", SILENT, ("", END)),
        ("", "one", "length", SILENT, ("one", LENGTH)),
        ("", "one", "content_filter", SILENT, ("one\n", STEP)),
    ],
)
async def test_endings_with_stop_strings(
    partial: str, text: str, reason: str, says: dict[str, object], expected: tuple[str, Finish],
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest,
) -> None:  # fmt: skip
    server.replies = [stream(piece(0, text), piece(0, "", reason, **says))]
    request = make_request(partial=partial, stop=("\n", ";"))
    (sample,) = await asker.ask(asker.model(api="completions"), request)
    assert (sample.step.text, sample.finish) == expected
    assert request.trajectory.extend(sample.step, sample.finish).text == partial + expected[0]


async def test_without_stop_strings_the_model_has_ended(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.replies = [stream(delta(0, "one", "stop", stop_reason=None))]
    (sample,) = await asker.ask(asker.model(), make_request())
    assert (sample.step.text, sample.finish) == ("one", END)


async def test_text_cut_inside_a_character(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    halves = (
        r'{"choices": [{"index": 0, "delta": {"content": "\ud83d"}}]}',
        r'{"choices": [{"index": 0, "delta": {"content": "\ude00 \ud83d"}, "finish_reason": "stop"}]}',
    )
    server.replies = [stream(*halves)]
    (sample,) = await asker.ask(asker.model(), make_request())
    assert sample.step.text == "\U0001f600 \ufffd"


async def test_continuation_by_the_final_message(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = good()
    model = asker.model(continuation="continue_final_message")
    assert Capability.CONTINUATION in model.info.capabilities
    await asker.ask(model, make_request(partial="step one\n"))
    await asker.ask(model, make_request())
    first, second = server.bodies
    assert first["messages"][-1] == {"role": "assistant", "content": "step one\n"}
    assert (first["continue_final_message"], first["add_generation_prompt"]) == (True, False)
    assert second["messages"][-1]["role"] == "user"
    assert "continue_final_message" not in second


async def test_continuation_by_the_completions_endpoint(
    server: MisbehavingServer, asker: Asker, make_request: MakeRequest
) -> None:
    server.otherwise = good()
    model = asker.model(continuation="completions", template="Q: {prompt}\nA: ")
    await asker.ask(model, make_request(partial="step one\n"))
    await asker.ask(model, make_request())
    assert [exchange.path for exchange in server.exchanges] == ["/v1/completions", "/v1/chat/completions"]
    assert server.bodies[0]["prompt"] == "Q: Be brief.\n\nWhat is 1 + 1 {really}?\nA: step one\n"


async def test_going_on_is_not_a_new_sample(server: MisbehavingServer, asker: Asker, make_request: MakeRequest) -> None:
    server.replies = [stream(delta(0, "one", "stop"), delta(1, "two", "stop"), usage(30, 2))]
    model, request = asker.model(continuation="continue_final_message"), make_request((1, 2), partial="step one\n")
    found = await asker.ask(model, request)
    assert [sample.step.cost.samples for sample in found] == [0, 0]
    assert (asker.spent.samples, asker.spent.calls, model.bound(request).samples) == (0, 1, 0)


async def test_continuation_that_is_not_offered(asker: Asker, make_request: MakeRequest) -> None:
    model = asker.model()
    assert Capability.CONTINUATION not in model.info.capabilities
    with pytest.raises(MissingCapabilityError, match="continuation=continue_final_message"):
        await asker.ask(model, make_request(partial="step one\n"))


async def test_scoring_is_not_offered(asker: Asker, make_request: MakeRequest) -> None:
    with pytest.raises(MissingCapabilityError, match="outlay models list"):
        await asker.model().score(make_request().trajectory, ["x"], asker.charges.append)
