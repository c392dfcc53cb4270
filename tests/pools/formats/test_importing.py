"""Files as people have them become pools: the right fields, answers, votes and marks, and nothing guessed."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools.formats import yaml_records
from outlay.pools.formats.grading import votes_by
from outlay.pools.formats.importing import Format
from outlay.pools.formats.rules import RULES
from outlay.pools.votes import votes
from outlay.verifiers.maths.judge import MathsJudge
from tests.pools.formats.reading import imported

GSM8K = {
    "prompt": "Question: Ann has 2 hens.\nAnswer: 2\n\nQuestion: Janet’s ducks lay 16 eggs a day. She eats 7.\nAnswer:",
    "question": "Janet’s ducks lay 16 eggs a day. She eats 7.",
    "samples": [
        " She sells 16 - 7 = 9 eggs, for $18.\n#### 18\n\nQuestion: next\nAnswer: so\n#### 7",
        " It is $18.\n#### $18.00",
        " The answer is 18",
        "#### 1,800",
    ],
    "gt_answer": "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18",
}
MATH = {
    "question": "What is $x$?",
    "prompt": "Problem:\nWhat is $x$?\n\nSolution:",
    "samples": ["So $x = \\boxed{\\frac{1}{2}}$.", "Final Answer: The final answer is $0.5$. I hope it is correct."],
    "gt_answer": "We get $2x = 1$, so $x = \\boxed{\\frac{1}{2}}$.",
}
SEARCHED = {
    "problem": "Convert the point $(0,3)$ to polar coordinates.",
    "solution": "We have $r = 3$, so it is $\\boxed{\\left( 3, \\frac{\\pi}{2} \\right)}$.",
    "answer": "\\left( 3, \\frac{\\pi}{2} \\right)",
    "subject": "Precalculus",
    "level": 2,
    "unique_id": "test/precalculus/807.json",
    "completions": [
        "## Step 1\nr = 3\n\nThe final answer is: $\\boxed{(3,\\frac{\\pi}{2})}$",
        "\\boxed{4}",
        "who knows",
    ],
    "scores": [[0.9, 0.95], [0.25], []],
    "pred": "...",
    "completion_tokens": [40, 7, 3],
    "agg_scores": [0.95, 0.25, None],
    "pred_maj@1": "\\boxed{4}",
}


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_yaml_files_of_large_language_monkeys(tmp_path: Path) -> None:
    folder = tmp_path / "gsm8k_llama"
    folder.mkdir()
    for name, held in (("12", GSM8K), ("7", MATH)):
        (folder / f"{name}.yaml").write_text(yaml.dump(held, sort_keys=True))
    (maths, gsm8k), told, _ = imported(folder, model="Llama-3")
    assert (told.problems, told.samples, told.graded, told.bad_count) == (2, 6, 6, 0)
    assert gsm8k.key == ("12", "", 0, "Llama-3")
    assert (gsm8k.question, gsm8k.reference) == (GSM8K["question"], "18")
    # As the grader of GSM8K does: the first mark counts, and a text without one has no answer.
    assert gsm8k.value == ["18", "18.00", None, "1,800"]
    assert gsm8k.vote.tolist() == [0, 0, -1, 3]  # type: ignore[union-attr]
    assert gsm8k.correct.tolist() == [1, 1, 0, 0]  # type: ignore[union-attr]
    assert maths.reference == "\\frac{1}{2}"
    assert maths.correct.tolist() == [1, 0]  # type: ignore[union-attr]


def test_the_data_set_monkey_business(tmp_path: Path) -> None:
    path = tmp_path / "GSM8K_Llama-3-8B-Instruct.json"
    marks = [False, True, True, None]
    row = {**GSM8K, "is_corrects": marks, "orig_dset_split": "test", "orig_dset_idx": 106}
    path.write_text(json.dumps([row, {**row, "orig_dset_idx": 107, "is_corrects": None}]))
    (first, second), _, pool = imported(path)
    assert first.key == ("test/106", "GSM8K", 0, "Llama-3-8B-Instruct")
    # What the file says of a sample stays; the one it says nothing of is graded.
    assert first.correct.tolist() == [0, 1, 1, 0]  # type: ignore[union-attr]
    assert second.correct.tolist() == [1, 1, 0, 0]  # type: ignore[union-attr]
    assert pool.manifest.source == str(path)


def test_programs_and_proofs_have_no_right_answer_and_are_not_marked_wrong(tmp_path: Path) -> None:
    contest = {"question": "Add.", "samples": ["```python\nprint(1)\n```", "```python\nprint(1)  \n\n```", "I cannot"]}
    proof = {"question": "theorem x", "theorem_name": "mathd_1", "samples": ["norm_num\n", "norm_num", "  "]}
    path = tmp_path / "all.jsonl"
    lines(path, {**contest, "test_cases": {"input": ["1"], "output": ["2"]}}, {**proof, "is_corrects": [True] * 3})
    (program, proved), _, _ = imported(path)
    assert program.vote.tolist() == [0, 0, -1]  # type: ignore[union-attr]
    assert np.isnan(program.correct).all()  # type: ignore[arg-type]
    assert proved.problem == "mathd_1"
    assert proved.vote.tolist() == [0, 0, -1]  # type: ignore[union-attr]
    assert proved.correct.tolist() == [1, 1, 1]  # type: ignore[union-attr]


def test_lines_of_search_and_learn(tmp_path: Path) -> None:
    path = lines(tmp_path / "best_of_n_completions.jsonl", SEARCHED)
    (one,), told, pool = imported(path, model="Llama-3.2-1B", task="MATH-500", scored_by="Llama3.1-8B-PRM")
    assert one.key == ("test/precalculus/807.json", "MATH-500", 2, "Llama-3.2-1B")
    assert pool.verifiers == ("Llama3.1-8B-PRM",)
    np.testing.assert_array_equal(one.scores["Llama3.1-8B-PRM"], [0.95, 0.25, math.nan])
    steps = one.step_scores["Llama3.1-8B-PRM"]
    assert [None if row is None else np.round(row, 6).tolist() for row in steps] == [[0.9, 0.95], [0.25], []]
    assert one.completion_tokens.tolist() == [40, 7, 3]  # type: ignore[union-attr]
    assert one.value == ["(3,\\frac{\\pi}{2})", "4", "who knows"]
    # By its text alone the first is not the reference, by mathematics it is.
    assert one.correct.tolist() == [0, 0, 0]  # type: ignore[union-attr]
    (graded,), _, _ = imported(path, judge=MathsJudge())
    assert graded.correct.tolist()[:2] == [1, 0]  # type: ignore[union-attr]
    assert told.bad_count == 0


def test_without_agg_scores_the_last_step_counts_and_without_an_answer_the_solution(tmp_path: Path) -> None:
    bare = {key: value for key, value in SEARCHED.items() if key not in {"agg_scores", "answer", "unique_id", "level"}}
    (one,), _, pool = imported(lines(tmp_path / "a.jsonl", {**bare, "completion_tokens": -1}))
    np.testing.assert_array_equal(one.scores[pool.verifiers[0]], [0.95, 0.25, math.nan])
    assert (one.problem, one.reference) == ("search_and_learn/0", SEARCHED["answer"])
    assert np.isnan(one.completion_tokens).all()  # type: ignore[arg-type]


def test_samples_of_a_problem_may_stand_anywhere_among_the_lines(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"problem": "p", "question": "1+1?", "reference": 2, "text": "answer: 2", "scores": {"a": 0.5}},
        {"problem": "q", "model": "m", "text": "5"},
        {"problem": "p", "text": ["2.0", "3"], "correct": [None, True], "verifier_tokens": {"b": [7, None]}},
        {"problem": "q", "text": "6"},
        {"id": "p", "completion": "2", "finish": "length", "colour": "red"},
    )
    (first, second, third), _, pool = imported(path)
    assert [first.problem, second.key, third.key] == ["p", ("q", "", 0, "m"), ("q", "", 0, "")]
    assert first.text == ["answer: 2", "2.0", "3", "2"]
    # The length limit may have cut the last: it has no answer, and is wrong as any unfinished one.
    assert first.value == ["2", "2.0", "3", None]
    assert first.vote.tolist() == [0, 0, 2, -1]  # type: ignore[union-attr]
    assert first.correct.tolist() == [1, 1, 1, 0]  # type: ignore[union-attr]
    np.testing.assert_array_equal(first.scores["a"], [0.5, *[math.nan] * 3])
    np.testing.assert_array_equal(first.verifier_tokens["b"], [math.nan, 7, math.nan, math.nan])
    assert set(pool.verifiers) == {"a", "b"}
    assert np.isnan(second.correct).all()  # type: ignore[arg-type]


def test_a_pool_may_have_marks_or_scores_alone(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"problem": "p", "correct": [True, False], "reference": "2"},
        {"problem": "q", "scores": {"a": [0.5, 1]}, "reference": "2"},
    )
    (first, second), told, _ = imported(path)
    assert first.correct.tolist() == [1, 0]  # type: ignore[union-attr]
    assert np.isnan(second.correct).all()  # type: ignore[arg-type]
    assert told.graded == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x"}, 'it has no "problem"'),
        ({"problem": ["p"], "text": "x"}, '"problem" must be a text'),
        ({"problem": "p"}, 'it has none of "text"'),
        ({"problem": "p", "text": {"a": 1}}, '"text" must be a text'),
        ({"problem": "p", "text": True}, '"text" must be a text'),
        ({"problem": "p", "text": "x", "correct": "yes"}, '"correct" must be true, false or null'),
        ({"problem": "p", "text": "x", "correct": 1}, '"correct" must be true'),
        ({"problem": "p", "text": ["x", "y"], "correct": [True]}, '"correct" must be a list of 2'),
        ({"problem": "p", "text": ["x", "y"], "correct": True}, '"correct" must be a list of 2'),
        ({"problem": "p", "text": "x", "completion_tokens": -1}, '"completion_tokens" must be a whole number'),
        ({"problem": "p", "text": "x", "completion_tokens": 1.5}, "must be a whole number"),
        ({"problem": "p", "text": "x", "completion_tokens": 2**40}, "must be a whole number"),
        ({"problem": "p", "text": "x", "seconds": "1"}, '"seconds" must be a number'),
        ({"problem": "p", "text": "x", "seconds": 10**400}, '"seconds" must be a number'),
        ({"problem": "p", "text": "x", "logprob": -math.inf}, '"logprob" must be a number'),
        ({"problem": "p", "text": "x", "scores": {"a": 1.5}}, '"scores" must be from 0 to 1; it holds 1.5'),
        ({"problem": "p", "text": "x", "scores": 0.5}, '"scores" must be an object with a name for each verifier'),
        ({"problem": "p", "text": "x", "scores": {"": 0.5}}, "a name for each verifier"),
        ({"problem": "p", "text": "x", "step_scores": {"a": [0.5, None]}}, '"step_scores" must not hold null'),
        ({"problem": "p", "text": "x", "step_tokens": 3}, '"step_tokens" must be a list'),
        ({"problem": "p", "text": "x", "finish": "stop"}, '"finish" must be "end", "length" or "step"'),
        ({"problem": "p", "text": "x", "level": "hard"}, '"level" must be a whole number'),
        ({"problem": "p", "text": "x", "question": ["a"]}, '"question" must be a text'),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_imported(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    path = lines(tmp_path / "a.jsonl", {"problem": "p", "text": "good"}, row, {"problem": "p", "text": "good"})
    (one,), told, _ = imported(path, Format.JSONL)
    assert one.text == ["good", "good"]
    assert (told.samples, told.bad_count) == (2, 1)
    assert told.bad[0].where == "line 2"
    assert said in told.bad[0].reason


@pytest.mark.parametrize(
    ("known", "good", "change", "said"),
    [
        (Format.MONKEYS, GSM8K, {"samples": "x"}, '"samples" must be a list'),
        (Format.MONKEYS, GSM8K, {"samples": []}, '"samples" is empty'),
        (Format.MONKEYS, GSM8K, {"samples": [{"a": 1}]}, '"samples" must be a text'),
        (Format.MONKEYS, GSM8K, {"is_corrects": [True]}, '"is_corrects" has 1 items and "samples" has 4'),
        (Format.MONKEYS, GSM8K, {"is_corrects": ["yes"] * 4}, '"is_corrects" must be true, false or null'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"problem": None}, 'it has no "problem"'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"completions": None}, '"completions" must be a list'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"completions": []}, '"completions" is empty'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"scores": [[0.5]]}, '"scores" has 1 items and "completions" has 3'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"scores": [0.5, 0.5, 0.5]}, '"scores" must be a list'),
        (Format.SEARCH_AND_LEARN, SEARCHED, {"agg_scores": [-2.5, 0, 0]}, "must be from 0 to 1; it holds -2.5"),
    ],
)
def test_a_bad_problem_is_named_and_the_rest_is_imported(
    tmp_path: Path, known: Format, good: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    path = lines(tmp_path / "a.jsonl", good, {**good, **change}, {**good, "id": "other", "unique_id": "other"})
    found, told, _ = imported(path, known)
    assert [one.where for one in told.bad] == ["line 2"]
    assert said in told.bad[0].reason
    assert len(found) == 2


def test_a_problem_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    found, told, _ = imported(lines(tmp_path / "a.jsonl", SEARCHED, {**SEARCHED, "completions": ["x"], "scores": None}))
    assert [len(one) for one in found] == [3]
    assert told.bad_count == 1


def test_half_a_surrogate_pair_does_not_end_an_import(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"problem": "p", "text": "a \\ud83d b"}\n')
    (one,), _, _ = imported(path)
    assert one.text == ["a ? b"]


def test_nothing_is_written_if_nothing_is_good(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "x"})
    with pytest.raises(InvalidInputError, match=r"no sample could be read; line 1: it has no .problem."):
        imported(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "", "holds nothing that could be read"),
        ("a.jsonl", "{", "holds nothing that could be read"),
        ("a.yaml", "colour: red", 'neither "samples" nor "completions"; its keys are colour'),
        ("b.yaml", None, "there is no file"),
    ],
)
def test_what_is_no_file_of_samples_is_refused(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInputError, match=said):
        imported(tmp_path / name)


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'free_answer'"):
        imported(lines(tmp_path / "a.jsonl", {"problem": "p", "text": "x"}), rule="free_anser")


def test_yaml_without_its_extra_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    (tmp_path / "a.yaml").write_text("samples: [x]")
    with pytest.raises(InvalidInputError, match=r"pip install 'outlay\[yaml\]'"):
        list(yaml_records.read_yaml([tmp_path / "a.yaml"]))


@pytest.mark.parametrize("name", RULES)
def test_votes_by_keys_are_votes_by_equality(name: str) -> None:
    rng = np.random.default_rng(0)
    pool = [
        "1",
        "1.0",
        "2/2",
        "A b",
        "ab",
        "a  B",
        "1,0",
        "10",
        "x",
        "x \n",
        "def f():\n  1",
        "def f():\n  1 \n\n",
        "#### 1",
    ]
    values = [pool[i] if i else None for i in rng.integers(0, len(pool), size=300)]
    assert votes_by(RULES[name], values).tolist() == votes(values, RULES[name].equal).tolist()
