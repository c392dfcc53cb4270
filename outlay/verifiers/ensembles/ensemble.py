"""``ensemble``: several verifiers judge each answer, and a rule makes one verdict of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from outlay.core.cost import NOTHING
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier, VerifierInfo
from outlay.verifiers.ensembles.members import check_members


class Combine(StrEnum):
    """How several scores become one."""

    MEAN = "mean"
    """The average, weighted if weights are given. Members that cannot tell are left out."""
    RANK = "rank"
    """The average of the ranks within the batch, for members whose scores have different scales."""
    MIN = "min"
    """The sternest member's; if one cannot tell, none does."""
    PRODUCT = "product"
    """The probability that all are right, if they err independently; if one cannot tell, none does."""
    VETO = "veto"
    """The first member's, unless another's score is under the threshold: then 0."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """One verdict from those of several verifiers, which judge one after the other.

    Averages help where members err differently, ``min`` and ``veto`` where a false pass is worse than a missed right
    answer. A reward model that is gamed by many samples is gamed less easily together with others.
    Source: Coste et al. 2024, Reward Model Ensembles Help Mitigate Overoptimization, section 3.

    Attributes:
        of: the members.
        combine: the rule.
        weights: of the members, for ``mean`` and ``rank``; empty for equal ones.
        threshold: score under which a member vetoes.
    """

    of: tuple[Verifier, ...]
    combine: Combine = Combine.MEAN
    weights: tuple[float, ...] = ()
    threshold: float = 0.5

    def __post_init__(self) -> None:
        check_members("ensemble", self.of, comparing=True)
        if self.weights and (len(self.weights) != len(self.of) or min(self.weights) < 0 or not sum(self.weights)):
            raise InvalidSettingError(
                "verifier ensemble", "weights", self.weights, f"{len(self.of)} numbers of 0 or above, not all 0"
            )
        if not 0 <= self.threshold <= 1:
            raise InvalidSettingError("verifier ensemble", "threshold", self.threshold, "from 0 to 1")

    @property
    def info(self) -> VerifierInfo:
        """What it is: it judges what all of its members judge, and compares if one of them does."""
        infos = [one.info for one in self.of]
        ranks = self.combine is Combine.RANK
        steps = not ranks and all(info.judges is Judges.STEPS for info in infos)
        return VerifierInfo(
            f"ensemble(of=[{', '.join(info.name for info in infos)}], combine={self.combine})",
            "several verifiers, one verdict",
            Judges.STEPS if steps else Judges.OUTCOMES,
            capabilities=frozenset().union(*(info.capabilities for info in infos)),
            comparative=ranks or any(info.comparative for info in infos),
        )

    def require(self, problem: Problem) -> None:
        """Refuse what any member refuses."""
        for one in self.of:
            one.require(problem)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        by_member = [await one.judge(problem, trajectories, run) for one in self.of]
        if self.combine is Combine.RANK:
            by_member = [_ranked(verdicts) for verdicts in by_member]
        return [self._combined(verdicts) for verdicts in zip(*by_member, strict=True)]

    def _combined(self, verdicts: Sequence[Verdict]) -> Verdict:
        cost = sum((verdict.cost for verdict in verdicts), NOTHING)
        evidence = "; ".join(
            f"{one.info.name}: {f'{verdict.score:.2f}' if verdict.judged else verdict.evidence}"
            for one, verdict in zip(self.of, verdicts, strict=True)
        )
        score = self._score([verdict.score if verdict.judged else None for verdict in verdicts])
        if score is None:
            return Verdict.unknown(evidence, cost)
        return Verdict(score, self._step_scores(verdicts), evidence, cost)

    def _step_scores(self, verdicts: Sequence[Verdict]) -> tuple[float, ...] | None:
        steps = [verdict.step_scores for verdict in verdicts if verdict.step_scores is not None]
        if len(steps) < len(verdicts) or len(set(map(len, steps))) != 1:
            return None
        return tuple(self._score(scores) or 0.0 for scores in zip(*steps, strict=True))

    def _score(self, scores: Sequence[float | None]) -> float | None:
        known = [score for score in scores if score is not None]
        if self.combine in {Combine.MEAN, Combine.RANK}:
            weights = self.weights or (1.0,) * len(scores)
            pairs = [(weight, score) for weight, score in zip(weights, scores, strict=True) if score is not None]
            total = sum(weight for weight, _ in pairs)
            return min(1.0, sum(weight * score for weight, score in pairs) / total) if total else None
        if len(known) < len(scores):
            return None
        match self.combine:
            case Combine.PRODUCT:
                return prod(known)
            case Combine.VETO:
                return known[0] if all(score >= self.threshold for score in known[1:]) else 0.0
        return min(known)


def _ranked(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Each score replaced by the share of the batch that it is above, ties counting a half."""
    known = [verdict.score for verdict in verdicts if verdict.judged]
    return [Verdict(_rank(one.score, known), cost=one.cost) if one.judged else one for one in verdicts]


def _rank(score: float, known: Sequence[float]) -> float:
    if len(known) < 2:
        return 0.5
    below, equal = sum(other < score for other in known), sum(other == score for other in known) - 1
    return (below + equal / 2) / (len(known) - 1)
