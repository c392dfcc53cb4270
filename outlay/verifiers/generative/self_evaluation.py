"""``self_evaluation``: the probability that the model itself gives to one word, yes or no."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core import phrases
from outlay.core.consult import ask
from outlay.core.dialogue import VERDICT_TOKENS, belief, say
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.verifiers.generative.asker import check_asked, needed


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """Asks whether an answer is right, or whether a partial one will come out right, and reads the next token.

    The cheapest judge there is: one token of output. Where the server gives log-probabilities the score is the
    probability of a yes, else it is 1 or 0. Source: Manvi et al. 2024, Adaptive Inference-Time Compute, section 3.

    Attributes:
        model: who is asked; None for the model that answers.
    """

    model: LanguageModel | None = None

    def __post_init__(self) -> None:
        check_asked("self_evaluation", self.model)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "self_evaluation", "the probability of a yes, by the model's own word", Judges.STEPS,
            needs="a model that converses", capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, on the whole of it."""
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        question = phrases.CHECK if one.finished else phrases.FORESEE
        found = await ask(run, say(problem, one, question), model=self.model, max_tokens=VERDICT_TOKENS)
        believed = belief(found.said[0]) if found.said else None
        if believed is None:
            return Verdict.unknown(found.failure or "the reply was neither yes nor no", found.cost)
        return Verdict(believed, evidence=f"a yes has probability {believed:.2f}", cost=found.cost)
