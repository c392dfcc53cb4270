"""Inspect runs real evals with our solver and our models: same answers, same counts, its own limits and cache."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, match, scorer
from inspect_ai.solver import Solver, SolverSpec, TaskState, generate

from outlay.adapters.inspect_solver import by_strategy
from outlay.answering.answerer import Reply
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.tasks.countdown import CountdownReference
from tests_interop.handful import APPLES, BEST_OF_FOUR, COUNT, VOTE_OF_FIVE, Asked, drawn, example

COMMAND_SECONDS = 240


@scorer(metrics=[accuracy()])
def reaches_the_target() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        words = state.input_text.split()
        numbers = tuple(map(int, words[1 : words.index("to")]))
        answer = state.metadata["outlay"]["value"]
        right = CountdownReference(numbers, int(words[-1]), target.text).is_correct(answer)
        return Score(value=CORRECT if right else INCORRECT, answer=answer)

    return score


def ran(tmp_path: Path, asked: list[Asked], solver: Solver | SolverSpec, **settings: Any) -> EvalLog:
    samples = [Sample(input=one.text, target=one.target, id=i) for i, one in enumerate(asked)]
    task = Task(
        dataset=samples, solver=solver if not isinstance(solver, SolverSpec) else None, scorer=reaches_the_target()
    )
    found = {"solver": solver} if isinstance(solver, SolverSpec) else {}
    (log,) = inspect_eval(task, display="none", log_dir=str(tmp_path), **found, **settings)
    return read_eval_log(log.location)


def apples(tmp_path: Path, solver: Solver, **settings: Any) -> EvalLog:
    task = Task(dataset=[Sample(input=APPLES, target="7")], solver=solver, scorer=match())
    (log,) = inspect_eval(task, display="none", log_dir=str(tmp_path), **settings)
    return read_eval_log(log.location)


def check_as_outlay(log: EvalLog, asked: list[Asked], paid: Cost) -> None:
    assert log.status == "success"
    assert log.samples is not None
    assert log.results is not None
    assert len(log.samples) == COUNT
    for sample, one in zip(log.samples, asked, strict=True):
        assert sample.output.completion == one.reply.text
        assert sample.messages[-1].text == one.reply.text
        account = sample.metadata["outlay"] if "outlay" in sample.metadata else sample.output.metadata["outlay"]
        for name in ("strategy", "value", "confidence", "stopped_by"):
            assert account[name] == one.reply.account[name]
        assert drawn(account) == drawn(one.reply.account)
        assert sample.scores["reaches_the_target"].value == (CORRECT if one.right else INCORRECT)
        assert sample.output.usage.total_tokens == one.reply.cost.tokens
    assert log.results.scores[0].metrics["accuracy"].value == sum(one.right for one in asked) / COUNT
    usage = log.stats.model_usage["outlay/pocket"]
    assert usage.input_tokens == paid.prompt_tokens
    assert usage.output_tokens == paid.completion_tokens
    assert usage.total_tokens == paid.tokens == paid.prompt_tokens + paid.completion_tokens + paid.verifier_tokens


def test_the_solver_answers_as_outlay_does(tmp_path: Path, asked: list[Asked], paid: Cost) -> None:
    log = ran(tmp_path, asked, by_strategy(**BEST_OF_FOUR, model="pocket", seed=0), model=None)
    check_as_outlay(log, asked, paid)
    assert log.plan.steps[0].solver == "outlay/by_strategy"
    assert log.plan.steps[0].params["strategy"] == BEST_OF_FOUR["strategy"]


def test_the_model_answers_as_outlay_does_and_its_entry_point_finds_the_solver(
    tmp_path: Path, asked: list[Asked], paid: Cost
) -> None:
    spec = SolverSpec("outlay/by_strategy", *[{**BEST_OF_FOUR, "model": "pocket", "max_step_tokens": 255}] * 2)
    check_as_outlay(ran(tmp_path, asked, spec, model=None), asked, paid)

    @scorer(metrics=[accuracy()])
    def says_the_same() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            return Score(value=state.output.completion == target.text)

        return score

    samples = [Sample(input=one.text, target=one.reply.text) for one in asked]
    task = Task(dataset=samples, solver=generate(), scorer=says_the_same())
    (log,) = inspect_eval(task, model="outlay/pocket", model_args=BEST_OF_FOUR, display="none", log_dir=str(tmp_path))
    assert log.results is not None
    assert log.results.scores[0].metrics["accuracy"].value == 1
    assert log.stats.model_usage["outlay/pocket"].total_tokens == paid.tokens


def test_any_model_of_inspects_answers_and_inspect_counts(tmp_path: Path, asked: list[Asked]) -> None:
    said = iter(["answer:(1+9)+3", "answer:1", "answer:(9+1)+3"] * COUNT)

    def speak(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", next(said))
        output.usage = ModelUsage(input_tokens=8, output_tokens=6, total_tokens=14)
        return output

    model = get_model("mockllm/model", custom_outputs=speak)
    solver = by_strategy("self_consistency(n=3)", answer_rule="expression")
    log = ran(tmp_path, asked, solver, model=model, max_samples=1)
    assert log.status == "success", log.error
    assert log.samples is not None
    tokens = 0
    for sample in log.samples:
        account = sample.metadata["outlay"]
        assert account["value"] in {"(1+9)+3", "(9+1)+3"}
        assert (account["model"], account["cost"]["samples"], account["cost"]["calls"]) == ("mockllm/model", 3, 3)
        assert account["confidence"] == pytest.approx(2 / 3)
        assert sample.model_usage["mockllm/model"].total_tokens == account["cost"]["tokens"]
        tokens += account["cost"]["tokens"]
    assert log.stats.model_usage["mockllm/model"].total_tokens == tokens == COUNT * 3 * 14


def test_inspects_own_provider_asks_a_server(tmp_path: Path, talker: str) -> None:
    model = get_model("openai-api/talking/m", base_url=talker, api_key="none")
    log = apples(tmp_path, by_strategy("self_consistency(n=5)"), model=model)
    assert log.status == "success", log.error
    assert log.samples is not None
    account = log.samples[0].metadata["outlay"]
    assert account["value"] in {"7", "12"}
    assert account["cost"]["tokens"] == 5 * 32 == log.stats.model_usage["openai-api/talking/m"].total_tokens
    assert len(account["candidates"]) == 5


def test_our_model_asks_a_server(tmp_path: Path, talker: str, vote: Reply) -> None:
    log = apples(tmp_path, by_strategy(**VOTE_OF_FIVE, model="m", base_url=talker), model=None)
    assert log.status == "success", log.error
    assert log.samples is not None
    assert log.samples[0].output.completion == vote.text
    assert log.samples[0].metadata["outlay"]["confidence"] == vote.account["confidence"]
    assert log.stats.model_usage["outlay/m"].total_tokens == vote.cost.tokens == 20 + 5 * 12


def test_the_same_samples_come_from_inspects_cache(
    tmp_path: Path, talker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    model = get_model("openai-api/talking/m", base_url=talker, api_key="none")
    first, second = (apples(tmp_path, by_strategy("self_consistency(n=4)"), model=model, cache=True) for _ in range(2))
    accounts = [log.samples[0].metadata["outlay"] for log in (first, second) if log.samples]
    assert drawn(accounts[0]) == drawn(accounts[1])
    assert accounts[0]["cost"]["tokens"] == accounts[1]["cost"]["tokens"]  # as if it had been paid
    assert first.stats.model_usage["openai-api/talking/m"].total_tokens == 4 * 32
    assert not second.stats.model_usage  # what was really paid


def test_inspects_length_and_stops_hold(tmp_path: Path, asked: list[Asked]) -> None:
    settings = {"model": "outlay/pocket", "model_args": {"strategy": "greedy"}}
    whole, short = (
        ran(tmp_path, asked[:1], by_strategy("self_consistency(n=2)"), **settings, **limits)
        for limits in ({}, {"max_tokens": 5, "stop_seqs": ["\n"]})
    )
    for log, most in ((whole, 200), (short, 10)):
        assert log.samples is not None
        assert log.samples[0].metadata["outlay"]["cost"]["completion_tokens"] <= most
    assert whole.samples is not None
    assert short.samples is not None
    assert whole.samples[0].output.completion.startswith(short.samples[0].output.completion)


def test_inspects_limit_leaves_the_best_answer_so_far(tmp_path: Path, talker: str) -> None:
    model = get_model("openai-api/talking/m", base_url=talker, api_key="none")
    log = apples(tmp_path, by_strategy("self_refine(rounds=9)"), model=model, token_limit=100)
    assert log.samples is not None
    (sample,) = log.samples
    assert sample.limit is not None
    assert sample.limit.type == "token"
    assert sample.output.completion.startswith("She has")
    assert sample.metadata["outlay"]["stopped_by"] == "Inspect's token limit"
    assert "match" in sample.scores


TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes


@task
def apples():
    return Task(dataset=[Sample(input={text!r}, target="answer:")], scorer=includes())
"""


def test_inspects_command_finds_solver_and_model(tmp_path: Path, asked: list[Asked]) -> None:
    (tmp_path / "mine.py").write_text(TASK.format(text=asked[0].text))
    settings = (
        "strategy=self_consistency(n=3, temperature=0.9)",
        "budget=tokens=3000,samples=3",
        "answer_rule=expression",
    )
    ways = (
        ("--model", "outlay/pocket", *(word for one in settings for word in ("-M", one))),
        ("--model", "none", "--solver", "outlay/by_strategy", "-S", "model=pocket",
         *(word for one in settings for word in ("-S", one))),
    )  # fmt: skip
    for number, way in enumerate(ways):
        command = [Path(sys.executable).parent / "inspect", "eval", "mine.py", "--display", "none", "--log-dir"]
        subprocess.run([*command, f"logs{number}", *way], cwd=tmp_path, check=True, timeout=COMMAND_SECONDS)
        (info,) = list_eval_logs(str(tmp_path / f"logs{number}"))
        log = read_eval_log(info)
        assert log.status == "success", log.error
        assert log.samples is not None
        account = log.samples[0].output.metadata["outlay"]
        assert account["strategy"].replace(" ", "") == "self_consistency(n=3,temperature=0.9)"
        assert account["budget"] == "tokens=3000,samples=3"
        assert account["cost"]["samples"] == 3


def test_the_pages_example_runs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", example("Inspect AI")], cwd=tmp_path, check=True, timeout=COMMAND_SECONDS)
    (info,) = list_eval_logs(str(tmp_path / "logs"))
    log = read_eval_log(info)
    assert log.status == "success", log.error
    assert log.stats.model_usage["outlay/pocket"].total_tokens > 0


def test_what_cannot_be_is_refused(tmp_path: Path, talker: str) -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'best_of_n'"):
        by_strategy("best_of_nn(n=4)")
    with pytest.raises(InvalidInputError, match="limit it with cost_limit"):
        by_strategy("greedy", budget="dollars=1")
    model = get_model("openai-api/talking/m", base_url=talker, api_key="none")
    log = apples(tmp_path, by_strategy("particle_filter(n=2)", verifier="process_reward"), model=model)
    assert log.status == "error"
    assert log.error is not None
    assert "particle_filter needs continuation" in log.error.message
