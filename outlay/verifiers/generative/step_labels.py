"""``step_labels``: a model labels every step of an answer in one pass, beside the reference."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from outlay.core.consult import Replies, ask
from outlay.core.errors import MissingCapabilityError
from outlay.core.model import LanguageModel
from outlay.core.problem import AnsweredReference, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.verifiers.generative import prompts
from outlay.verifiers.generative.asker import check_asked, needed, why_unread

_LABEL = re.compile(r"step\s?(\d{1,3})\W{1,8}(?:is\s)?(right|wrong)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StepLabels:
    """Each step's score is the share of passes that find it and all steps before it right.

    The model sees the question, the reference answer and all steps, and labels them in one reply, so that a label
    costs a few tokens instead of rollouts. It has the reference: it is for labelling traces, for training a process
    reward model and for finding where an answer went wrong, not for choosing answers to new questions. A pass that
    leaves a step out does not count. Source: "SPARE: Single-Pass Annotation with Reference-Guided Evaluation".

    Attributes:
        samples: passes over each answer, averaged.
        model: who labels; None for the model that answers.
        temperature: of the passes.
        max_tokens: of each pass.
        seed: of the passes.
    """

    samples: int = 1
    model: LanguageModel | None = None
    temperature: float = 0.0
    max_tokens: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("step_labels", self.model, samples=self.samples, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "step_labels", "a model labels all steps in one pass, beside the reference", Judges.STEPS,
            needs="a reference answer, a model that converses", capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse a problem without a reference answer."""
        if not isinstance(problem.reference, AnsweredReference):
            raise MissingCapabilityError(
                "verifier 'step_labels'", "a reference answer", f"problem {problem.id!r}", "generated tasks have one"
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; its score is that of the last step."""
        self.require(problem)
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        steps = problem.step_rule.split(one.text)
        if not steps:
            return Verdict(0.0, evidence="there is no step")
        assert isinstance(problem.reference, AnsweredReference)  # noqa: S101 (just required)
        found = await ask(
            run, prompts.labelling(problem, problem.reference.answer, steps), model=self.model, n=self.samples,
            temperature=self.temperature, max_tokens=self.max_tokens, seed=self.seed,
        )  # fmt: skip
        return _averaged(found, len(steps))


def _averaged(found: Replies, steps: int) -> Verdict:
    read = [labels for text in found.texts if (labels := _labels(text, steps)) is not None]
    if not read:
        return Verdict.unknown(why_unread([found]), found.cost)
    scores = tuple(sum(column) / len(read) for column in zip(*read, strict=True))
    first = next((number for number, score in enumerate(scores, start=1) if score < 0.5), None)
    evidence = "no step is wrong" if first is None else f"step {first} is the first wrong one"
    return Verdict(scores[-1], scores, evidence, found.cost)


def _labels(text: str, steps: int) -> list[bool] | None:
    """For each step, whether it and all before it are right; None unless every step has a label."""
    said = {int(number): word.lower() == "right" for number, word in _LABEL.findall(text)}
    if any(number not in said for number in range(1, steps + 1)):
        return None
    return list(accumulate((said[number] for number in range(1, steps + 1)), min))
