"""An audit finds what was put in: known error rates, blind and biased verifiers, ones that cannot tell."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from outlay.audit.collection import Collected, collect
from outlay.audit.measures import agreements, measure
from outlay.audit.page import PAGE, TABLE, audit_markdown, write_audit
from outlay.core.errors import InvalidInputError, MissingCapabilityError
from outlay.core.labelled import LabelledAnswer, read_answers, write_answers
from outlay.core.problem import Message
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import problems
from outlay.testing.scripted import ScriptedModel
from outlay.verifiers import VERIFIERS
from outlay.verifiers.generative.pairwise import Pairwise

PROBLEMS, SAMPLES = 60, 8


def made(rng: np.random.Generator, false_positive: float = 0.2, false_negative: float = 0.1) -> list[LabelledAnswer]:
    """Answers with a verifier of known error rates, one that reads lengths, one that tosses coins, one that is mute."""
    answers = []
    for problem in range(PROBLEMS):
        for _ in range(SAMPLES):
            right = bool(rng.random() < 0.4)
            passed = rng.random() >= false_negative if right else rng.random() < false_positive
            length = int(rng.integers(10, 100))
            scores = {
                "known": float(passed),
                "long": length / 100,
                "coin": float(rng.random()),
                "mute": None,
                "shy": float(passed) if length < 50 else None,
            }
            answers.append(LabelledAnswer(str(problem), right, length, scores))
    return answers


def test_known_error_rates_are_found() -> None:
    rng = np.random.default_rng(1)
    found = {one.verdicts.name: one for one in measure(Collected(made(rng)), rng)}
    assert "mute" not in found
    known = found["known"]
    assert known.false_positive is not None
    assert known.false_negative is not None
    assert known.precision is not None
    # Intervals of 95 %; with these seeds they hold what was put in.
    assert known.false_positive.low < 0.2 < known.false_positive.high < 0.3
    assert known.false_negative.low < 0.1 < known.false_negative.high < 0.2
    assert known.precision.low < 0.36 / (0.36 + 0.12) < known.precision.high
    assert 0.75 < known.within < 0.95
    assert known.resampling is not None
    assert 0.7 < known.resampling.ceiling() < 0.8
    assert found["shy"].verdicts.unknown + len(found["shy"].verdicts.scores) == PROBLEMS * SAMPLES
    assert found["long"].length.low > 0.9
    assert found["coin"].ranking.low < 0.5 < found["coin"].ranking.high
    assert found["coin"].length.low < 0 < found["coin"].length.high


def test_two_verifiers_are_compared_on_what_both_judged() -> None:
    rng = np.random.default_rng(2)
    pairs = {(one.first, one.second): one for one in agreements(made(rng), rng)}
    assert ("known", "mute") not in pairs
    assert pairs["known", "shy"].kappa.estimate == 1.0
    assert abs(pairs["known", "coin"].kappa.estimate) < 0.15


@pytest.mark.parametrize("right", [True, False])
def test_answers_of_one_kind_leave_no_rates_to_find(right: bool, tmp_path: Path) -> None:
    answers = [LabelledAnswer(str(i), right, 5, {"one": 0.7}) for i in range(4)]
    (found,) = measure(Collected(answers), np.random.default_rng(0))
    assert (found.rates, found.resampling) == (None, None)
    assert "none" in audit_markdown("all alike", [found], [])
    write_audit(tmp_path, "all alike", [found], [])


@pytest.mark.anyio
async def test_verdicts_are_collected_with_their_cost_and_contrast() -> None:
    asked = problems(TASKS.build("countdown"), 1, range(6))
    verifiers = {name: VERIFIERS.build(name) for name in ("exact", "process_reward", "tool_check")}
    seen: list[int] = []
    found = await collect(asked, MODELS.build("pocket"), verifiers, 4, report=seen.append)
    again = await collect(asked, MODELS.build("pocket"), verifiers, 4)
    assert found.answers == again.answers
    assert len(found.answers) == 24
    assert seen == [1, 2, 3, 4, 5, 6]
    assert all(one.scores["exact"] == float(one.right) for one in found.answers)
    assert found.costs["process_reward"].verifier_tokens > 0
    assert found.costs["exact"].tokens == 0
    assert found.contrasts["exact"].shape[1:] == (2, 2)
    assert (found.contrasts["exact"][:, 0, 0] == 1).all()


@pytest.mark.anyio
@pytest.mark.parametrize(("says", "stays"), [("better: A", 1.0), ("better: B", 1.0), ("right", 0.0)])
async def test_a_judge_of_pairs_is_caught_favouring_a_place(says: str, stays: float) -> None:
    asked = problems(TASKS.build("countdown"), 1, range(12))
    right = {one.id: one.reference for one in asked}
    assert all(right.values())

    def script(messages: Sequence[Message], rng: np.random.Generator) -> str:
        first, second = re.findall(r"<answer>\n(.*?)\n</answer>", messages[-1].content, re.DOTALL)
        problem = next(one for one in asked if one.messages[-1].content in messages[-1].content)
        assert problem.reference is not None
        good = [problem.reference.is_correct(problem.answer_rule.extract(text)) for text in (first, second)]
        return says if says != "right" else f"better: {'A' if good[0] else 'B'}"

    judge = Pairwise(opponents=1, model=ScriptedModel(script))
    found = await collect(asked, MODELS.build("pocket"), {"judge": judge}, 4)
    (measured,) = measure(found, np.random.default_rng(0))
    assert measured.position is not None
    assert measured.position.stays.estimate == stays
    assert "Position" in audit_markdown("pairs", [measured], [])


@pytest.mark.anyio
async def test_a_judge_that_needs_another_model_is_refused_with_advice() -> None:
    asked = problems(TASKS.build("countdown"), 1, range(2))
    with pytest.raises(MissingCapabilityError, match=r"generative\(model=pocket_dialogue\)"):
        await collect(asked, MODELS.build("pocket"), {"generative": VERIFIERS.build("generative")}, 2)


def test_the_page_holds_everything_and_asks_for_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    answers = made(rng)
    found = measure(Collected(answers, {"known": rng.random((5, 2, 2))}), rng)
    page = write_audit(tmp_path, 'An audit of <b>"things"</b>', found, agreements(answers, rng))
    text = page.read_text()
    assert page == tmp_path / PAGE
    assert "&lt;b&gt;" in text
    assert text.count("<svg") == 3
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert (tmp_path / TABLE).read_text().count("\n|") > 10


def test_verdicts_survive_a_file(tmp_path: Path) -> None:
    answers = made(np.random.default_rng(4))
    write_answers(tmp_path / "v.jsonl", answers)
    assert read_answers(tmp_path / "v.jsonl") == answers


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"problem": "a", "right": 1, "scores": {}}', '{"problem": "a", "right": true}',
     '{"problem": "a", "right": true, "scores": {"v": 2}}', '{"problem": "a", "right": true, "scores": {"v": "x"}}'],
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text(json.dumps({"problem": "a", "right": True, "scores": {"v": 1}}) + "\n" + line)
    with pytest.raises(InvalidInputError, match="line 2"):
        read_answers(path)
