"""``calibrated``: scores become probabilities, in the same order; what cannot be fitted is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError
from outlay.core.labelled import LabelledAnswer, write_answers
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.testing import small_model
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers.calibrated import Calibrated, Method

pytestmark = pytest.mark.anyio
PROBLEM = Problem("p", ask("Which?"), FreeAnswer())


@dataclass(frozen=True)
class Timid:
    """Says of an answer "0.62" that its score is 0.62; nothing of others."""

    info: VerifierInfo = VerifierInfo("timid", judges=Judges.STEPS)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        return [self._judge(one.text) for one in trajectories]

    def _judge(self, text: str) -> Verdict:
        try:
            return Verdict(float(text), (float(text),))
        except ValueError:
            return Verdict.unknown("not a number")


def labels(path: Path, n: int = 4000) -> Path:
    """Scores from 0.4 to 0.6 that are right with probability 0.1 to 0.9."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.4, 0.6, n)
    right = rng.random(n) < 0.1 + 4 * (scores - 0.4)
    rows = zip(scores.tolist(), right.tolist(), strict=True)
    write_answers(
        path, [LabelledAnswer(str(i), bool(r), 1, {"timid": s, "other": 0.5}) for i, (s, r) in enumerate(rows)]
    )
    return path


@pytest.mark.parametrize("method", list(Method))
async def test_scores_become_probabilities_in_the_same_order(tmp_path: Path, method: Method) -> None:
    verifier = Calibrated(Timid(), str(labels(tmp_path / "v.jsonl")), method)
    texts = [f"{score:.3f}" for score in np.linspace(0.42, 0.58, 9)] + ["no number"]
    answers = [Trajectory(PROBLEM).extend(Step(text), Finish.END) for text in texts]
    verdicts = await check_verifier(verifier, small_model(), answers)
    assert not verdicts[-1].judged
    scores = [verdict.score for verdict in verdicts[:-1]]
    assert scores == sorted(scores)
    for text, verdict in zip(texts[:-1], verdicts, strict=False):
        assert verdict.score == pytest.approx(0.1 + 4 * (float(text) - 0.4), abs=0.08)
        assert verdict.step_scores == (verdict.score,)
    assert verifier.info.calibrated
    assert verifier.info.judges is Judges.STEPS


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    path = labels(tmp_path / "v.jsonl", 50)
    with pytest.raises(InvalidInputError, match="scores by other, timid"):
        Calibrated(Timid(), str(path), score="tmid")
    write_answers(path, [LabelledAnswer("a", True, 1, {"timid": 0.5})])
    with pytest.raises(InvalidInputError, match="right and wrong"):
        Calibrated(Timid(), str(path))
