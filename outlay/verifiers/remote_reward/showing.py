"""What of an answer is sent, and the verdicts that need no server."""

from dataclasses import dataclass

from outlay.core.problem import Problem
from outlay.core.trajectory import Finish, Trajectory
from outlay.core.verifier import Verdict
from outlay.verifiers.marked_steps import MarkedSteps, holds_separator, mark_steps
from outlay.verifiers.remote_reward.body import question
from outlay.verifiers.remote_reward.settings import Api, RemoteRewardSettings


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it is sent.

    Attributes:
        answer: its text, with separators if its steps are to be scored.
        size: bytes of all that the model reads for it.
        steps: where its steps end; None if the whole is scored.
    """

    answer: str
    size: int
    steps: MarkedSteps | None


def show(settings: RemoteRewardSettings, problem: Problem, one: Trajectory) -> Shown | Verdict:
    """What is sent of an answer; a verdict if nothing is to be asked.

    An answer that the length limit cut off scores 0.
    """
    if one.finish is Finish.LENGTH:
        return Verdict(0.0, evidence="the length limit cut it off")
    text = one.text
    if not text.strip():
        return Verdict.unknown("there is no text to judge")
    steps = None
    if settings.api is Api.POOLING:
        if holds_separator(problem, one, settings.separator):
            return Verdict.unknown(f"question or answer hold the separator {settings.separator!r} themselves")
        steps = mark_steps(one, settings.separator, settings.join)
        text = steps.text
    around = "" if settings.chat else settings.template
    return Shown(text, sum(map(_bytes, (question(problem), text, around))), steps)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
