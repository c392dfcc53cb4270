"""Judging adds columns and nothing else, pays for no verdict twice, and never takes what is unknown for a failure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from outlay.bench.parts import problem_of
from outlay.bench.pooling import judging
from outlay.bench.pooling.asked import AskedAgain
from outlay.bench.pooling.judging import Judged, Judging
from outlay.bench.pooling.verdict_log import open_verdicts
from outlay.core.errors import InvalidInputError, MissingCapabilityError, StoreError, VerifierError
from outlay.core.model import Capability, LanguageModel
from outlay.core.problem import StepReference
from outlay.core.verifier import Verifier
from outlay.models import MODELS
from outlay.pools import Manifest, Pool, PoolWriter, ProblemSamples
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS
from tests.bench.fakes import Dice
from tests.bench.pooling.parts import PARTS, Signing, calls, verdict


def samples(name: str, texts: Sequence[str | None], **changes: Any) -> ProblemSamples:
    given = {
        "task": "other", "question": f"{name}?", "reference": "1", "text": list(texts),
        "value": [None if text is None else text[-1:] for text in texts],
        "vote": np.arange(len(texts)), "model": "m",
    }  # fmt: skip
    return ProblemSamples(problem=name, sample=np.arange(len(texts)), **(given | changes))


def pool_of(path: Path, *problems: ProblemSamples) -> Pool:
    names = {name for one in problems for name in one.scores}
    with PoolWriter(path, Manifest("a test", temperature=0.5), sorted(names)) as writer:
        for one in problems:
            writer.write(one)
    return Pool.open(path)


def judge(
    pool: Pool, out: Path, verifiers: Mapping[str, Verifier], model: LanguageModel | None = None, at_once: int = 1
) -> Judged:
    with open_verdicts(out.with_suffix(".log")) as log:
        judged = Judging(verifiers, model or Dice(), AskedAgain(PARTS.tasks), log, at_once)
        return anyio.run(judged.judge, pool, out)


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    return tmp_path / "receipt"


def test_a_pool_gets_columns_for_what_is_said_and_keeps_all_else(tmp_path: Path, receipt: Path) -> None:
    scored = samples("p", ["ab1", "abcd7", None], scores={"old": np.array([0.5, 0.25, np.nan])})
    pool = pool_of(tmp_path / "pool", scored, replace(scored, problem="q", text=["x"] * 3))
    told = judge(pool, tmp_path / "pool", {"signing": Signing(str(receipt))})
    assert (told.verdicts, told.unknown, told.refused) == (5, 1, 0)
    found = Pool.open(tmp_path / "pool")
    assert found.verifiers == ("old", "signing")
    assert (found.manifest.source, found.manifest.temperature) == ("a test", 0.5)
    first, second = found.problems()
    np.testing.assert_array_equal(first.scores["old"], [0.5, 0.25, np.nan])
    # What it cannot tell has no score; what has no text was never asked about.
    np.testing.assert_array_equal(first.scores["signing"], [0.3, np.nan, np.nan])
    steps = first.step_scores["signing"]
    assert [None if row is None else np.round(row, 6).tolist() for row in steps] == [[0.5, 0.3], None, None]
    assert first.text == ["ab1", "abcd7", None]
    # Seven tokens were paid for the two: the verdicts do not say how many for which.
    np.testing.assert_array_equal(first.verifier_tokens["signing"], [3, 4, np.nan])
    assert np.nansum([one.verifier_tokens["signing"] for one in (first, second)]) == told.paid == 17


def test_a_verifier_that_is_asked_again_takes_the_place_of_what_it_said(tmp_path: Path, receipt: Path) -> None:
    pool = pool_of(tmp_path / "pool", samples("p", ["ab"], scores={"signing": np.array([0.9])}))
    judge(pool, tmp_path / "pool", {"signing": Signing(str(receipt))})
    (one,) = Pool.open(tmp_path / "pool").problems()
    assert one.scores["signing"].tolist() == [0.2]


@pytest.mark.parametrize("at_once", [1, 3])
def test_after_a_failure_only_what_is_missing_is_asked_for(tmp_path: Path, receipt: Path, at_once: int) -> None:
    problems = [samples(f"p{i}", [f"{i}{'x' * j}" for j in range(150)]) for i in range(4)]
    pool = pool_of(tmp_path / "pool", *problems)
    before = (tmp_path / "pool").read_bytes()
    with pytest.raises(VerifierError, match="broken"):
        judge(pool, tmp_path / "pool", {"signing": Signing(str(receipt), breaks_after=5)}, at_once=at_once)
    assert (tmp_path / "pool").read_bytes() == before
    assert len(calls(receipt)) == 5
    told = judge(pool, tmp_path / "pool", {"signing": Signing(str(receipt))}, at_once=at_once)
    # Three batches of each problem, each asked for once.
    assert len(calls(receipt)) == 12
    texts = [text for call in calls(receipt) for text in call]
    assert len(texts) == len(set(texts)) == told.verdicts == 600
    for one, other in zip(problems, Pool.open(tmp_path / "pool").problems(), strict=True):
        expected = [found.score if (found := verdict(text or "")).judged else np.nan for text in one.text or ()]
        np.testing.assert_array_equal(other.scores["signing"], expected)


def test_verdicts_are_kept_by_what_was_judged(tmp_path: Path, receipt: Path) -> None:
    pool = pool_of(tmp_path / "pool", samples("p", ["a", "b"]))
    log = {"signing": Signing(str(receipt))}
    judge(pool, tmp_path / "out", log)
    judge(pool, tmp_path / "out", log)
    assert len(calls(receipt)) == 1
    for changed in (samples("p", ["a", "c"]), samples("p", ["a", "b"], question="else?"), samples("q", ["a", "b"])):
        judge(pool_of(tmp_path / "pool", changed), tmp_path / "out", log)
    assert len(calls(receipt)) == 4


def test_one_that_compares_sees_all_answers_of_a_problem(
    tmp_path: Path, receipt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 2)
    pool = pool_of(tmp_path / "pool", samples("p", "abcde"), samples("q", "fg"))
    judge(pool, tmp_path / "out", {"signing": Signing(str(receipt), comparative=True)})
    assert calls(receipt) == [list("abcde"), list("fg")]
    judge(pool, tmp_path / "other", {"signing": Signing(str(receipt))})
    assert calls(receipt)[2:] == [list("ab"), list("cd"), list("e"), list("fg")]


def test_problems_without_what_a_verifier_needs_have_no_scores(tmp_path: Path, receipt: Path) -> None:
    pool = pool_of(tmp_path / "pool", samples("p", ["a"]), samples("q", ["b"], reference=None))
    told = judge(pool, tmp_path / "out", {"signing": Signing(str(receipt))})
    assert (told.verdicts, told.refused) == (1, 1)
    assert "needs a reference, which problem 'q' does not offer" in told.reasons["signing"]
    _, second = Pool.open(tmp_path / "out").problems()
    assert np.isnan(second.scores["signing"]).all()


def test_a_pool_that_cannot_be_judged_at_all_is_refused_and_stays(tmp_path: Path, receipt: Path) -> None:
    pool = pool_of(tmp_path / "pool", samples("q", ["b"], reference=None))
    before = (tmp_path / "pool").read_bytes()
    with pytest.raises(InvalidInputError, match=r"no sample of .* can be judged; signing: .* needs a reference"):
        judge(pool, tmp_path / "pool", {"signing": Signing(str(receipt))})
    with pytest.raises(InvalidInputError, match="does not say what was asked"):
        judge(pool_of(tmp_path / "mute", samples("q", ["b"], question=None)), tmp_path / "mute",
              {"signing": Signing(str(receipt))})  # fmt: skip
    needs = Signing(str(receipt), needs=frozenset({Capability.DIALOGUE}))
    with pytest.raises(MissingCapabilityError, match="name another with --model"):
        judge(pool, tmp_path / "pool", {"signing": needs}, MODELS.build("simulated"))
    assert (tmp_path / "pool").read_bytes() == before


def test_a_task_that_is_known_asks_its_own_problem_again(tmp_path: Path) -> None:
    (problem,) = [problem_of(TASKS.build("chain"), 2, 5)]
    question = problem.messages[-1].content
    own = samples("chain/2/5", ["answer:1"], task="chain", level=2, question=question)
    asked = AskedAgain(TASKS)
    assert asked.problem(own) == problem
    assert isinstance(asked.problem(own).reference, StepReference)
    # Once it asks something else, what the pool says counts.
    other = asked.problem(replace(own, question="else?"))
    assert (other.messages[-1].content, isinstance(other.reference, StepReference)) == ("else?", False)
    for name in ("chain/2/x", "chain/3/5", "chain/2", "mine"):
        assert asked.problem(replace(own, problem=name)).messages[-1].content == question
        assert asked.problem(replace(own, problem=name)) != problem


def test_a_file_of_questions_asks_its_own_problem_again(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"prompt": "1+1?", "answer": 2, "id": "a"}\n{"prompt": "2+2?"}\n')
    task = f"jsonl(path='{tmp_path}/mine.jsonl')"
    own = samples("a", ["2"], task=task, question="1+1?")
    asked = AskedAgain(TASKS)
    assert asked.problem(own) == problem_of(TASKS.build(task), 0, 0)
    assert asked.problem(replace(own, task="jsonl(path='nowhere')")).task == "jsonl(path='nowhere')"


@pytest.mark.anyio
async def test_what_a_pool_says_of_its_answers_stands(tmp_path: Path) -> None:
    texts = ["so 1/2", "hence 0.5", "it is 2", "none"]
    one = samples(
        "p", texts, value=["1/2", "0.5", "2", None], vote=np.array([0, 0, 2, -1]), reference="\\frac{1}{2}",
        correct=np.array([1.0, 1.0, 0.0, np.nan]),
    )  # fmt: skip
    problem = AskedAgain(TASKS).problem(one)
    rule = problem.answer_rule
    assert [rule.extract(text) for text in texts] == ["1/2", "0.5", "2", None]
    assert rule.equal("1/2", "0.5")
    assert not rule.equal("1/2", "2")
    assert problem.reference is not None
    # Graded by mathematics, say: the reference reads otherwise.
    assert [problem.reference.is_correct(value) for value in ("1/2", "0.5", "2", None)] == [True, True, False, False]
    pool = pool_of(tmp_path / "pool", one)
    with open_verdicts(tmp_path / "log") as log:
        exact = {"exact": VERIFIERS.build("exact")}
        await Judging(exact, Dice(), AskedAgain(TASKS), log).judge(pool, tmp_path / "pool")
    (found,) = Pool.open(tmp_path / "pool").problems()
    assert found.scores["exact"].tolist() == [1, 1, 0, 0]


def test_verdicts_belong_to_one_process_at_a_time(tmp_path: Path) -> None:
    with open_verdicts(tmp_path / "log"), pytest.raises(StoreError, match="locked"), open_verdicts(tmp_path / "log"):
        pass
    (tmp_path / "odd").write_text("not a database, but long enough to look like one" * 40)
    with pytest.raises(StoreError, match="cannot be read or written"), open_verdicts(tmp_path / "odd"):
        pass
