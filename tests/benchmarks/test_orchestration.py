"""The server of ``benchmarks/orchestration`` and our own contender run; no time is asserted."""

from dataclasses import replace

import pytest

from benchmarks.orchestration import asked
from benchmarks.orchestration.calls import Call, critical_path
from benchmarks.orchestration.latency import Latency
from benchmarks.orchestration.measurement import Settings, measure
from benchmarks.orchestration.methods import METHODS, OUTLAY, Method
from benchmarks.orchestration.table import report
from benchmarks.orchestration.text import STEPS, step, steps_written

FAST = Settings(Latency(token_seconds=0.0002, straggler_share=0.0), concurrency=4, verdict_seconds=0.001, repeats=1)


def ours(name: str) -> Method:
    method = next(method for method in METHODS if method.name == name)
    return replace(method, entries=method.entries[:1])


@pytest.mark.parametrize(("name", "samples"), [("self-consistency", 8), ("particle filter", 8 * STEPS)])
def test_our_strategies_answer_with_as_many_samples_as_stated(name: str, samples: int) -> None:
    (result,) = measure([ours(name)], [8], FAST)
    ((answered,),) = result.answered.values()
    assert answered.samples == samples
    assert answered.taken.wall_seconds > 0
    page = report([result], FAST, "command")
    assert f"| {name}" in page
    assert OUTLAY in page


def test_the_critical_path_waits_for_the_slowest_of_each_depth_and_for_places() -> None:
    call = Call(1, 0, False, 8, 1.0, 0.0, 0.0, 1.0)
    calls = [call, replace(call, latency=3.0), replace(call, depth=1, latency=2.0), replace(call, rating=True)]
    assert critical_path(calls, concurrency=64, verdict_seconds=0.5) == 3.0 + 2.0 + 2 * 0.5
    assert critical_path(calls, concurrency=1, verdict_seconds=0.0) == 4.0 + 2.0


def test_partial_answers_and_ratings_are_told_apart() -> None:
    question, partial = {"role": "user", "content": "q"}, {"role": "assistant", "content": "".join(step(0, "key"))}
    going_on = asked.read({"messages": [question, partial], "stop": "\n\n", "max_completion_tokens": 5})
    assert (going_on.depth, going_on.rating, going_on.one_step, going_on.max_tokens) == (1, False, True, 5)
    rating = asked.read({"messages": [question, partial, {"role": "user", "content": "rate"}], "n": 1})
    assert (rating.depth, rating.rating, rating.question) == (0, True, "q")


def test_latencies_depend_on_the_key_alone() -> None:
    latency = Latency()
    assert latency.token_times("a", 8) == latency.token_times("a", 8) != latency.token_times("b", 8)
    assert steps_written("".join(token for number in range(STEPS) for token in step(number, "key"))) == STEPS - 1
