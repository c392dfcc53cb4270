"""``backward``: hides a number of the question and asks the model to find it again from the answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from outlay.core.consult import ask_all
from outlay.core.errors import MissingCapabilityError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import averaged, check_asked, needed

_NUMBER = re.compile(r"(?<![\w.])\d{1,12}(?:\.\d{1,12})?(?![\w]|\.\d)")


@dataclass(frozen=True, slots=True)
class Backward:
    """The share of attempts that recover a hidden number of the question from the answer.

    A right answer leads back to what was asked; a wrong one mostly leads elsewhere. It adds to a vote what forward
    samples cannot see: use it with ``weighted_vote``. It needs a question with numbers in it, and an answer that
    depends on them. Source: "Forward-Backward Reasoning in Large Language Models for Mathematical Verification", FOBAR.

    Attributes:
        masks: numbers of the question that are hidden, one at a time; the first so many.
        samples: attempts for each of them.
        model: who is asked; None for the model that answers.
        temperature: of the attempts.
        max_tokens: of each attempt.
        seed: of the attempts.
    """

    masks: int = 3
    samples: int = 4
    model: LanguageModel | None = None
    temperature: float = 0.7
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("backward", self.model, masks=self.masks, samples=self.samples, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "backward", "recovers a hidden number of the question from the answer",
            needs="a question with numbers, a model that converses", capabilities=needed(self.model),
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse a question without numbers."""
        if not _NUMBER.search(_text(problem)):
            raise MissingCapabilityError(
                "verifier 'backward'", "a question with a number in it", f"problem {problem.id!r}",
                "generative and judge take any question",
            )  # fmt: skip

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer without a value fails, since nothing leads back from it."""
        return [await self._judge(problem, one.value, run) for one in trajectories]

    async def _judge(self, problem: Problem, value: str | None, run: Run) -> Verdict:
        if value is None:
            return Verdict(0.0, evidence="there is no answer to go back from")
        question = _text(problem)
        places = list(_NUMBER.finditer(question))[: self.masks]
        talks = [
            prompts.masked(problem, f"{question[: place.start()]}X{question[place.end() :]}", value) for place in places
        ]
        asked = await ask_all(
            run, talks, model=self.model, n=self.samples, temperature=self.temperature, max_tokens=self.max_tokens,
            seed=self.seed,
        )  # fmt: skip
        recovered = [
            _same(replies.hidden(text), place.group())
            for place, found in zip(places, asked, strict=True)
            for text in found.texts
        ]
        return averaged(recovered, asked, "share that leads back")


def _text(problem: Problem) -> str:
    return "\n\n".join(message.content for message in problem.messages if message.role == "user")


def _same(found: str | None, hidden: str) -> bool | None:
    return None if found is None else Decimal(found) == Decimal(hidden)
