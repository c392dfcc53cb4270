"""``noisy``: any verifier made wrong at stated rates, to measure what verifier quality is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier, VerifierInfo


@dataclass(frozen=True, slots=True)
class Noisy:
    """Turns another verifier's yes (0.5 or above) or no into an unreliable one.

    The score is the probability of right given the noisy verdict, for a fair prior: 1 - fn against fp for a yes,
    fn against 1 - fp for a no. Verdicts on single steps are flipped independently, and the same text always meets
    the same flips, so asking twice does not help.

    Attributes:
        of: the verifier to spoil.
        false_positive: rate at which wrong is called right, in [0, 1).
        false_negative: rate at which right is called wrong, in [0, 1).
        seed: of the flips.
    """

    of: Verifier
    false_positive: float = 0.1
    false_negative: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("false_positive", "false_negative"):
            if not 0 <= getattr(self, name) < 1:
                raise InvalidSettingError("verifier noisy", name, getattr(self, name), "at least 0 and below 1")

    @property
    def info(self) -> VerifierInfo:
        """That of the verifier it spoils, under its own name."""
        name = f"noisy(of={self.of.info.name}, fp={self.false_positive:g}, fn={self.false_negative:g})"
        return replace(self.of.info, name=name, summary="another verifier, wrong at stated rates")

    def require(self, problem: Problem) -> None:
        """Refuse what the inner verifier refuses."""
        self.of.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        clean = await self.of.judge(problem, trajectories, run)
        return [self._spoil(problem, one, verdict) for one, verdict in zip(trajectories, clean, strict=True)]

    def _spoil(self, problem: Problem, one: Trajectory, verdict: Verdict) -> Verdict:
        if not verdict.judged:
            return verdict
        if verdict.step_scores is None or self.of.info.judges is Judges.OUTCOMES:
            return replace(verdict, score=self._noisy(problem, one.text, verdict.score))
        prefix, scores = "", []
        for step, score in zip(problem.step_rule.split(one.text), verdict.step_scores, strict=False):
            prefix += step
            scores.append(self._noisy(problem, prefix, score))
        return replace(verdict, score=scores[-1] if scores else 0.0, step_scores=tuple(scores))

    def _noisy(self, problem: Problem, text: str, score: float) -> float:
        right = score >= 0.5
        uniform = generator_of(self.seed, problem.id, text).random()
        flipped = bool(uniform < (self.false_negative if right else self.false_positive))
        hit, miss = 1 - self.false_negative, 1 - self.false_positive
        if right != flipped:
            return hit / (hit + self.false_positive)
        return self.false_negative / (self.false_negative + miss)
