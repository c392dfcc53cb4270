"""lm-eval runs a task of its own format, from files, with the model ``outlay``."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lm_eval
import pytest
from lm_eval.api.instance import Instance
from lm_eval.tasks import TaskManager

from outlay.adapters.lm_eval_model import OutlayLM
from outlay.answering.answerer import Reply
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, MissingCapabilityError
from tests_interop.handful import APPLES, BEST_OF_FOUR, COUNT, VOTE_OF_FIVE, Asked, drawn

COMMAND_SECONDS = 290  # it reads all tasks that come with lm-eval
JUDGE = """
from outlay.tasks.countdown import CountdownReference, ExpressionAnswer


def judge(doc, results):
    words = doc["question"].split()
    reference = CountdownReference(tuple(map(int, words[1 : words.index("to")])), int(words[-1]), doc["answer"])
    return {"right": float(reference.is_correct(ExpressionAnswer().extract(results[0])))}
"""
COMMON = """
dataset_path: json
dataset_kwargs:
  data_files:
    test: {folder}/{data}.jsonl
test_split: test
doc_to_text: "{{{{question}}}}"
"""
GENERATE = """
task: countdown_handful
output_type: generate_until
doc_to_target: "{{answer}}"
process_results: !function judge.judge
generation_kwargs: {until: ["\\n\\n"], max_gen_toks: 1024, do_sample: false}
metric_list: [{metric: right, aggregation: mean, higher_is_better: true}]
"""
CHOICES = """
task: which_is_right
output_type: multiple_choice
doc_to_choice: "{{choices}}"
doc_to_target: "{{label}}"
target_delimiter: ""
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
"""
WORDS = """
task: apples
output_type: generate_until
doc_to_target: "7"
generation_kwargs: {until: ["</s>"]}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, asked: list[Asked]) -> Path:
    """Three tasks as lm-eval's users write them."""
    made = tmp_path_factory.mktemp("tasks")
    documents = [{"question": one.text, "answer": one.target} for one in asked]
    pairs = [[f"answer:{one.target}", "answer:1+1"] for one in asked]
    choices = [{"question": one.text, "choices": two, "label": 0} for one, two in zip(asked, pairs, strict=True)]
    for data, lines in (("countdown", documents), ("choices", choices), ("apples", [{"question": APPLES}])):
        (made / f"{data}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for data, text in (("countdown", GENERATE), ("choices", CHOICES), ("apples", WORDS)):
        (made / f"{data}.yaml").write_text(COMMON.format(folder=made, data=data) + text)
    (made / "judge.py").write_text(JUDGE)
    return made


def evaluated(folder: Path, task: str, arguments: str | Mapping[str, object], **settings: object) -> dict[str, Any]:
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    found: dict[str, Any] = lm_eval.simple_evaluate(
        model="outlay", model_args=arguments, tasks=[task], task_manager=manager, bootstrap_iters=0, **settings
    )
    return found


def texts(found: Mapping[str, Any], task: str) -> list[str]:
    return [sample["resps"][0][0] for sample in found["samples"][task]]


def test_a_task_is_answered_as_outlay_does(folder: Path, tmp_path: Path, asked: list[Asked], paid: Cost) -> None:
    record = tmp_path / "answers.jsonl"
    arguments = ",".join(f"{name}={value}" for name, value in {**BEST_OF_FOUR, "record": record}.items())
    found = evaluated(folder, "countdown_handful", arguments)
    assert texts(found, "countdown_handful") == [one.reply.text for one in asked]
    assert found["results"]["countdown_handful"]["right,none"] == sum(one.right for one in asked) / COUNT
    told = found["config"]["outlay"]
    assert (told["strategy"], told["answers"], told["stopped_by_a_limit"]) == (BEST_OF_FOUR["strategy"], COUNT, 0)
    for kind in ("prompt_tokens", "completion_tokens", "verifier_tokens", "samples", "calls", "tokens"):
        assert told["cost"][kind] == paid.as_dict()[kind]
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    for line, one in zip(lines, asked, strict=True):
        assert line["messages"] == [["user", one.text]]
        assert drawn(line) == drawn(one.reply.account)
        assert line["confidence"] == one.reply.account["confidence"]


def test_a_chat_template_and_repeats(folder: Path, asked: list[Asked]) -> None:
    found = evaluated(folder, "countdown_handful", BEST_OF_FOUR, apply_chat_template=True, system_instruction="hello")
    assert texts(found, "countdown_handful") != [one.reply.text for one in asked]  # another conversation
    (first, *_) = found["samples"]["countdown_handful"]
    assert json.loads(first["arguments"][0][0].removeprefix("outlay-chat:")) == [
        ["system", "hello"], ["user", asked[0].text],
    ]  # fmt: skip
    again = evaluated(folder, "countdown_handful", BEST_OF_FOUR, apply_chat_template=True, limit=2)
    assert texts(again, "countdown_handful") == [one.reply.text for one in asked[:2]]


def test_choices_are_scored_by_the_model_itself(folder: Path) -> None:
    found = evaluated(folder, "which_is_right", {"strategy": "greedy"})
    for sample in found["samples"]["which_is_right"]:
        (right, _), (wrong, greedy) = (resps[0] for resps in sample["resps"])
        assert right < 0 > wrong
        assert not greedy
    assert 0 <= found["results"]["which_is_right"]["acc,none"] <= 1
    assert found["config"]["outlay"]["cost"]["tokens"] > 0


def test_likelihoods_are_those_of_the_model(asked: list[Asked]) -> None:
    model = OutlayLM(strategy="greedy")
    (said,) = model.generate_until([Instance("generate_until", {}, (asked[0].text, {"until": []}), 0)])
    pairs = [(asked[0].text, said), (asked[0].text, said[:8]), (asked[0].text, "answer:0")]
    whole, head, other = model.loglikelihood([Instance("loglikelihood", {}, pair, 0) for pair in pairs])
    assert (whole[1], head[1], other[1]) == (True, True, False)
    assert whole[0] < head[0] < 0
    assert other[0] < head[0]


def test_a_server_answers(folder: Path, talker: str, vote: Reply) -> None:
    found = evaluated(folder, "apples", {**VOTE_OF_FIVE, "model": "m", "base_url": talker})
    assert texts(found, "apples") == [vote.text]
    assert found["config"]["outlay"]["cost"]["tokens"] == vote.cost.tokens == 20 + 5 * 12
    with pytest.raises(MissingCapabilityError, match="loglikelihood needs log-probabilities of given text"):
        evaluated(folder, "which_is_right", {"strategy": "greedy", "model": "m", "base_url": talker})


def test_mistakes_are_told(folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'best_of_n'"):
        evaluated(folder, "countdown_handful", "strategy=best_of_nn(n=4)")
    with pytest.raises(InvalidInputError, match="did you mean 'strategy'"):
        evaluated(folder, "countdown_handful", "stratgy=greedy")
    with pytest.raises(InvalidInputError, match="the pocket model cannot read 'A'"):
        evaluated(folder, "apples", "strategy=greedy")


def test_the_command_knows_the_model(folder: Path, tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "outlay-lm-eval"
    ended = subprocess.run(
        [command, "run", "--model", "outlay", "--tasks", folder / "countdown.yaml", "--limit", "2",
         "--output_path", tmp_path, "--model_args", "strategy=self_consistency(n=2)", "answer_rule=expression",
         "budget=tokens=2000"],
        check=False, capture_output=True, text=True, timeout=COMMAND_SECONDS,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "right" in ended.stdout
    (written,) = tmp_path.rglob("results_*.json")
    told = json.loads(written.read_text())["config"]["outlay"]
    assert (told["strategy"], told["budget"], told["answers"]) == ("self_consistency(n=2)", "tokens=2000", 2)
    assert told["cost"]["samples"] == 4
