"""DSPy's programs run on a strategy: Predict, Evaluate with threads, its cache, its saved state, its usage tracker."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import dspy
import pytest

from outlay.adapters.dspy_language_model import OutlayLM, language_model
from outlay.answering.answerer import Reply
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.tasks.countdown import ExpressionAnswer
from tests_interop.handful import APPLES, BEST_OF_FOUR, COUNT, VOTE_OF_FIVE, Asked, drawn, example

COMMAND_SECONDS = 240


class Plain(dspy.Adapter):
    """Asks the bare question and takes what is said for the answer, as the pocket model knows no other words."""

    def format(self, signature: Any, demos: Any, inputs: dict[str, Any]) -> list[dict[str, str]]:
        return [{"role": "user", "content": inputs["question"]}]

    def parse(self, signature: Any, completion: str) -> dict[str, str]:
        return {"answer": completion}


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path) -> Iterator[None]:
    dspy.configure_cache(disk_cache_dir=str(tmp_path / "cache"))
    yield
    dspy.configure_cache(disk_cache_dir=str(tmp_path / "cache"))


@pytest.fixture
def best_of_four() -> Iterator[OutlayLM]:
    model = language_model(**BEST_OF_FOUR)
    yield model
    model.engine.close()


def test_a_program_is_evaluated_in_threads(best_of_four: OutlayLM, asked: list[Asked], paid: Cost) -> None:
    examples = [dspy.Example(question=one.text, asked=one).with_inputs("question") for one in asked]

    def right(example: dspy.Example, prediction: dspy.Prediction, *_: object) -> bool:
        assert prediction.answer == example.asked.reply.text
        reference = example.asked.problem.reference
        return bool(reference.is_correct(ExpressionAnswer().extract(prediction.answer)))

    with dspy.context(lm=best_of_four, adapter=Plain(), track_usage=True):
        program = dspy.Predict("question -> answer")
        result = dspy.Evaluate(devset=examples, metric=right, num_threads=3, display_progress=False)(program)
    assert result.score == round(100 * sum(one.right for one in asked) / COUNT, 2)
    calls = {entry["messages"][-1]["content"]: entry for entry in best_of_four.history}
    assert len(best_of_four.history) == len(calls) == COUNT
    for one in asked:
        entry, cost = calls[one.text], one.reply.cost
        assert entry["usage"]["prompt_tokens"] == cost.prompt_tokens
        assert entry["usage"]["completion_tokens"] == cost.completion_tokens
        assert entry["usage"]["total_tokens"] == cost.tokens
        assert entry["cost"] == cost.dollars
        account = entry["response"].provider_data["outlay"]
        assert drawn(account) == drawn(one.reply.account)
        assert (account["confidence"], account["strategy"]) == (one.reply.account["confidence"], "best_of_n(n=4)")
    assert sum(entry["usage"]["total_tokens"] for entry in best_of_four.history) == paid.tokens


def test_usage_is_tracked_and_a_cached_answer_is_free(best_of_four: OutlayLM, asked: list[Asked]) -> None:
    with dspy.context(lm=best_of_four, adapter=Plain()):
        with dspy.track_usage() as first:
            said = dspy.Predict("question -> answer")(question=asked[0].text)
        with dspy.track_usage() as second:
            again = dspy.Predict("question -> answer")(question=asked[0].text)
    (usage,) = first.get_total_tokens().values()
    assert usage["total_tokens"] == asked[0].reply.cost.tokens
    assert said.answer == again.answer == asked[0].reply.text
    assert second.get_total_tokens() == {}


def test_methods_do_not_share_cached_answers(best_of_four: OutlayLM, asked: list[Asked]) -> None:
    other = language_model(**{**BEST_OF_FOUR, "strategy": "best_of_n(n=2)"})
    best_of_four(asked[0].text)
    other(asked[0].text)
    assert other.history[-1]["usage"]["total_tokens"] > 0
    assert len(other.history[-1]["response"].provider_data["outlay"]["candidates"]) == 2


def test_several_answers_of_one_call_differ(asked: list[Asked]) -> None:
    model = language_model("self_consistency(n=1)", answer_rule="expression", max_tokens=200)
    found = model(asked[0].text, n=4)
    assert len(found) == 4
    assert len(set(found)) > 1
    entry = model.history[-1]
    assert entry["cost"] == 0.0
    assert entry["usage"]["total_tokens"] == sum(
        one.provider_data["outlay"]["cost"]["tokens"] for one in entry["response"]
    )


def test_asynchronous_programs_get_the_same(best_of_four: OutlayLM, asked: list[Asked]) -> None:
    async def ask() -> list[str]:
        with dspy.context(lm=best_of_four, adapter=Plain()):
            program = dspy.Predict("question -> answer")
            return [(await program.acall(question=one.text)).answer for one in asked[:2]]

    assert asyncio.run(ask()) == [one.reply.text for one in asked[:2]]


def test_a_saved_program_keeps_its_method(best_of_four: OutlayLM, asked: list[Asked], tmp_path: Path) -> None:
    program = dspy.Predict("question -> answer")
    program.set_lm(best_of_four)
    program.save(str(tmp_path / "program.json"))
    loaded = dspy.Predict("question -> answer")
    loaded.load(str(tmp_path / "program.json"), allow_unsafe_lm_state=True)
    assert isinstance(loaded.lm, OutlayLM)
    assert loaded.lm.model == best_of_four.model
    assert loaded.lm.engine.method == best_of_four.engine.method
    with dspy.context(adapter=Plain()):
        assert loaded(question=asked[1].text).answer == asked[1].reply.text


def test_copies_share_the_engine_and_pickles_have_their_own(best_of_four: OutlayLM, asked: list[Asked]) -> None:
    program = dspy.Predict("question -> answer")
    program.set_lm(best_of_four)
    assert program.deepcopy().lm.engine is best_of_four.engine
    assert best_of_four.copy(temperature=0.5).engine is best_of_four.engine
    pickled = cloudpickle.loads(cloudpickle.dumps(best_of_four))
    assert pickled.engine.method == best_of_four.engine.method
    assert pickled(asked[0].text, cache=False) == [asked[0].reply.text]


def test_an_engine_that_nobody_closes_ends_by_itself(asked: list[Asked]) -> None:
    model = language_model("greedy", cache=False)
    model(asked[0].text)
    before = threading.active_count()
    del model
    dspy.clients.base_lm.GLOBAL_HISTORY.clear()
    gc.collect()
    assert threading.active_count() < before


def test_dspys_own_format_on_a_server(talker: str) -> None:
    model = language_model(**VOTE_OF_FIVE, model="m", base_url=talker, answer_rule="field(name=answer)")
    with dspy.context(lm=model):
        said = dspy.Predict("question -> answer")(question=APPLES)
    assert said.answer in {"7", "12"}
    account = model.history[-1]["response"].provider_data["outlay"]
    values = [one["value"] for one in account["candidates"]]
    assert len(values) == 5
    assert set(values) == {"7", "12"}
    assert account["value"] == said.answer == max(values, key=values.count)
    assert account["confidence"] == pytest.approx(values.count(said.answer) / 5)
    assert model.history[-1]["usage"]["total_tokens"] == 20 + 5 * 12


def test_a_vote_on_a_server_is_outlays(talker: str, vote: Reply) -> None:
    model = language_model(**VOTE_OF_FIVE, model="m", base_url=talker)
    assert model(APPLES) == [vote.text]


def test_streams_are_whole_answers(best_of_four: OutlayLM, asked: list[Asked]) -> None:
    request = dspy.lm15.Request(best_of_four.model, (dspy.lm15.Message.user(asked[0].text),))
    events = list(best_of_four.engine.stream(request))
    assert "".join(one.delta.text for one in events if one.type == "delta") == asked[0].reply.text


def test_the_pages_example_runs(tmp_path: Path) -> None:
    # What DSPy remembers of an earlier run has no usage.
    fresh = {**os.environ, "DSPY_CACHEDIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", example("DSPy")],
        check=True, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=fresh,
    )  # fmt: skip
    answer, usage = ended.stdout.splitlines()
    assert "answer:" in answer
    assert "'total_tokens'" in usage


def test_what_cannot_be_is_refused(asked: list[Asked]) -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'best_of_n'"):
        language_model("best_of_nn(n=4)")
    model = language_model("best_of_n(n=4)")
    with pytest.raises(dspy.utils.exceptions.LMInvalidRequestError, match="best_of_n needs a verifier"):
        model(asked[0].text)
    with pytest.raises(dspy.utils.exceptions.LMInvalidRequestError, match="the pocket model cannot read 'H'"):
        language_model("greedy")("Hello")
    lost = language_model("greedy", model="openai(model=m, base_url='http://127.0.0.1:9/v1', max_retries=0)")
    with pytest.raises(dspy.utils.exceptions.LMProviderError, match="failed, after 1 attempts"):
        lost("2+2?")


def test_a_budget_without_an_answer_says_so(asked: list[Asked]) -> None:
    model = language_model("self_consistency(n=4)", budget="tokens=5", cache=False)
    assert model(asked[0].text) in ([""], [None])
    assert model.history[-1]["response"].finish_reason == "length"
