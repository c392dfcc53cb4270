"""``calibrated``: another verifier whose scores are turned into the probability of being right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.core.labelled import read_answers
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier, VerifierInfo
from outlay.statistics import IsotonicCalibrator, PlattCalibrator, TemperatureCalibrator

Fitted = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Method(StrEnum):
    """How scores become probabilities."""

    ISOTONIC = "isotonic"
    """Any rising steps; wants some hundred labels."""
    PLATT = "platt"
    """A logistic curve of the score's log-odds: two numbers."""
    TEMPERATURE = "temperature"
    """The log-odds divided by one number: never moves a half."""


_FITTING: Mapping[Method, Callable[[NDArray[np.float64], NDArray[np.bool_]], Fitted]] = MappingProxyType(
    {
        Method.ISOTONIC: IsotonicCalibrator.fit,
        Method.PLATT: PlattCalibrator.fit,
        Method.TEMPERATURE: TemperatureCalibrator.fit,
    }
)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Scores as another verifier does, mapped so that of the answers scored p a share p is right.

    The map is fitted to labelled verdicts, as ``outlay verify audit`` keeps them, and holds for answers like those. It
    never turns an order round, so that selection stays the same but for ties; it helps whatever reads a score as a
    probability: thresholds, cascades, weighted votes, particles.

    Attributes:
        of: the verifier.
        path: labelled verdicts, one JSON object a line.
        method: how scores become probabilities.
        score: which of the file's scores is this verifier's; empty if there is but one, or one of its name.
    """

    of: Verifier
    path: str
    method: Method = Method.ISOTONIC
    score: str = ""
    _fitted: Fitted = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        answers = read_answers(Path(self.path))
        names = sorted({name for one in answers for name in one.scores})
        name = self.score or (names[0] if len(names) == 1 else self.of.info.name)
        told = [(score, one.right) for one in answers if (score := one.scores.get(name)) is not None]
        if len({right for _, right in told}) < 2:
            raise InvalidInputError(
                f"verifier calibrated: {self.path} has no right and wrong answers scored by {name!r}; it has scores by "
                f"{', '.join(names)}; name one, as in score={names[0]!r}"
            )
        scores, right = np.array([s for s, _ in told], np.float64), np.array([r for _, r in told], np.bool_)
        object.__setattr__(self, "_fitted", _FITTING[self.method](scores, right))

    @property
    def info(self) -> VerifierInfo:
        """That of the verifier, calibrated."""
        name = f"calibrated(of={self.of.info.name}, method={self.method})"
        return replace(
            self.of.info, name=name, summary="another verifier, its scores as probabilities", calibrated=True
        )

    def require(self, problem: Problem) -> None:
        """Refuse what the inner verifier refuses."""
        self.of.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        return [self._mapped(verdict) for verdict in await self.of.judge(problem, trajectories, run)]

    def _mapped(self, verdict: Verdict) -> Verdict:
        if not verdict.judged:
            return verdict
        steps = verdict.step_scores
        scores = self._fitted(np.array([verdict.score, *(steps or ())], np.float64)).clip(0.0, 1.0).tolist()
        evidence = f"{verdict.score:.2f} before calibration; {verdict.evidence}".removesuffix("; ")
        return replace(verdict, score=scores[0], step_scores=tuple(scores[1:]) if steps else steps, evidence=evidence)
