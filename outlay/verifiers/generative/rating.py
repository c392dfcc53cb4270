"""``judge``: a model rates each answer by itself, by a rubric."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.consult import ask
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import averaged, check_asked, needed


@dataclass(frozen=True, slots=True)
class Judge:
    """A model's rating of an answer, from 0 to ``best``, as a share of the best.

    For answers that nothing can check: style, helpfulness, summaries. Ratings crowd at a few values and favour long
    answers; ``outlay verify audit`` measures how much. Source: Zheng et al. 2023, Judging LLM-as-a-Judge with MT-Bench
    and Chatbot Arena, section 3.1 (single answer grading).

    Attributes:
        rubric: what counts; empty for the model's own judgement.
        samples: ratings of each answer, averaged.
        best: the highest rating.
        model: who judges; None for the model that answers.
        temperature: of the ratings.
        max_tokens: of each rating.
        seed: of the ratings.
    """

    rubric: str = ""
    samples: int = 1
    best: int = 10
    model: LanguageModel | None = None
    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("judge", self.model, samples=self.samples, best=self.best, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "judge", "a model rates each answer, by a rubric", needs="a model that converses",
            capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        talk = prompts.rating(problem, one.text, self.rubric, self.best)
        found = await ask(
            run, talk, model=self.model, n=self.samples, temperature=self.temperature, max_tokens=self.max_tokens,
            seed=self.seed,
        )  # fmt: skip
        return averaged((replies.score(text, self.best) for text in found.texts), [found], "mean rating")
