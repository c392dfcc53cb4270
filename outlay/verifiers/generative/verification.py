"""``generative``: chains of thought that verify an answer, several of them, averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outlay.core import phrases
from outlay.core.consult import ask
from outlay.core.dialogue import say
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import averaged, check_asked, needed


class Form(StrEnum):
    """How the model is asked."""

    VERIFY = "verify"
    """To check step by step and to end with a verdict."""
    CRITICISE = "criticise"
    """What is wrong with it, in the conversation itself; "nothing" is a pass. The embedded dialogue model knows it."""


@dataclass(frozen=True, slots=True)
class Generative:
    """The share of several verifications by a model that end with a yes.

    Each is a chain of thought of its own about the answer; the more there are, the surer the score. It pays where
    checking is easier than solving and the budget is large: at small ones, more answers buy more. Replies that say
    neither yes nor no do not count, and if none does, nothing is judged.
    Source: "When To Solve, When To Verify", GenRM-CoT.

    Attributes:
        samples: verifications of each answer.
        form: how the model is asked.
        model: who verifies; None for the model that answers.
        temperature: of the verifications.
        max_tokens: of each verification.
        seed: of the verifications.
    """

    samples: int = 4
    form: Form = Form.VERIFY
    model: LanguageModel | None = None
    temperature: float = 0.7
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("generative", self.model, samples=self.samples, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "generative", "chains of thought that verify an answer, averaged", needs="a model that converses",
            capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        critical = self.form is Form.CRITICISE
        talk = say(problem, one, phrases.CRITICISE) if critical else prompts.verification(problem, one.text)
        found = await ask(
            run, talk, model=self.model, n=self.samples, temperature=self.temperature, max_tokens=self.max_tokens,
            seed=self.seed,
        )  # fmt: skip
        read = _faultless if critical else replies.verdict
        return averaged(map(read, found.texts), [found], "share that finds it right")


def _faultless(text: str) -> bool | None:
    words = text.strip().lower()
    return words.startswith(phrases.NOTHING_WRONG) if words else None
