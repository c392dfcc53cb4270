"""``outlay solve`` against ``transformers serve``, a server that we did not write, with the exported shipped model.

The tests also say what that server lacks. One that fails because a later version can do more is good news for
``docs/openai-servers.md``.
"""

import pytest

from tests_interop.conftest import Server


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_greedy_answers_are_those_of_the_pocket_engine(server: Server, seed: str) -> None:
    theirs = server.solve("greedy", "--seed", seed).json
    ours = server.solve("greedy", "--seed", seed, "--model", "pocket").json
    for kind in ("value", "text", "tokens"):
        assert theirs["candidates"][0][kind] == ours["candidates"][0][kind]
    assert theirs["answer"] == ours["answer"] is not None
    for kind in ("prompt_tokens", "cached_tokens", "completion_tokens", "samples", "calls"):
        assert theirs["cost"][kind] == ours["cost"][kind]


def test_samples_are_counted_and_paid(server: Server) -> None:
    found = server.solve("self_consistency(n=4)", several=False).json
    one = server.solve("greedy").json
    cost = found["cost"]
    assert found["answer"] is not None
    assert found["stopped_by"] == "strategy"
    assert (cost["samples"], cost["calls"], len(found["candidates"])) == (4, 4, 4)
    assert cost["prompt_tokens"] == 4 * one["cost"]["prompt_tokens"]
    assert cost["completion_tokens"] == sum(candidate["tokens"] for candidate in found["candidates"])
    assert cost["tokens"] == cost["prompt_tokens"] + cost["completion_tokens"] <= 9000


def test_one_request_at_a_time_repeats_its_samples(server: Server) -> None:
    first, again = (server.solve("self_consistency(n=3)", several=False, max_concurrency=1).json for _ in range(2))
    assert first["candidates"] == again["candidates"]


def test_a_budget_holds(server: Server) -> None:
    found = server.solve("self_consistency(n=16)", "--budget", "tokens=400", several=False).json
    assert found["stopped_by"] == "tokens"
    assert 0 < found["cost"]["tokens"] <= 400


def test_steps_go_through_the_completions_endpoint(server: Server) -> None:
    found = server.solve(
        "particle_filter(n=2)", "--verifier", "step_check",
        several=False, continuation="completions", template="{prompt}\n",
    ).json  # fmt: skip
    assert found["cost"]["samples"] == 2
    assert found["cost"]["calls"] > 2
    for candidate in found["candidates"]:
        lines = candidate["text"].split("\n")
        assert [line.count("=") for line in lines[:-1]] == [3] * (len(lines) - 2) + [2]
        assert lines[-1].startswith("answer:")


def test_several_samples_of_one_request_are_lacking(server: Server) -> None:
    ended = server.solve("self_consistency(n=4)")
    assert (ended.code, ended.out) == (2, "")
    assert "answered n=4 with one choice; set several=false" in ended.err


def test_logprobs_are_lacking(server: Server) -> None:
    ended = server.solve("greedy", logprobs=True)
    assert (ended.code, ended.out) == (2, "")
    assert "gave no log-probabilities when asked; set logprobs=false" in ended.err


def test_continued_chat_messages_are_lacking(server: Server) -> None:
    ended = server.solve(
        "particle_filter(n=2)", "--verifier", "step_check", several=False, continuation="continue_final_message"
    )
    assert (ended.code, ended.out) == (2, "")
    assert "status 422" in ended.err
    assert "continue_final_message" in ended.err


def test_text_that_the_model_cannot_read_is_an_error(server: Server) -> None:
    ended = server.solve("greedy", question=("What is 1+1?",), max_retries=0)
    assert (ended.code, ended.out) == (1, "")
    assert "status 500" in ended.err
    assert "the pocket model cannot read W" in server.log.read_text()
