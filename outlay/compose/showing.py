"""How drafts are shown to a model, and whether it can read them."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from outlay.compose.layer import Draft
from outlay.core import phrases
from outlay.core.dialogue import say
from outlay.core.errors import InvalidInputError, MissingCapabilityError
from outlay.core.model import Capability, LanguageModel, SampleRequest
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.strategies.draw import check_temperature

COMBINE = (
    "Above are several answers to this question, some of which may be wrong. Weigh them against each other, keep what "
    "is right, mend what is not, and write one answer that is better than any of them, in the form that the question "
    "asks for."
)


class Shown(StrEnum):
    """How a model sees the drafts that it is to make one of."""

    TURNS = "turns"
    """As turns of a conversation, the best one last, in the words that the embedded dialogue model knows."""
    LIST = "list"
    """In one message, numbered and fenced, the best one first; for models that follow instructions."""


def conversation(problem: Problem, drafts: Sequence[Draft], shown: Shown, ask: str) -> Problem:
    """What is said to a model that is to make one answer of drafts, best first; ``ask`` replaces the last words."""
    return _listed(problem, drafts, ask or COMBINE) if shown is Shown.LIST else _turns(problem, drafts, ask)


def _turns(problem: Problem, drafts: Sequence[Draft], ask: str) -> Problem:
    talk = problem
    for one in reversed(drafts):
        if one.critique:
            talk = say(talk, one.trajectory, phrases.CRITICISE)
            talk = say(talk, one.critique, phrases.IMPROVE)
        else:
            talk = say(talk, one.trajectory, phrases.TRY_AGAIN)
    return replace(talk, messages=(*talk.messages[:-1], Message("user", ask))) if ask else talk


def _listed(problem: Problem, drafts: Sequence[Draft], ask: str) -> Problem:
    parts = [problem.messages[-1].content]
    for number, one in enumerate(drafts, start=1):
        parts.append(_fenced(f"Answer {number}", "answer", one.trajectory.text))
        if one.critique:
            parts.append(_fenced(f"Critique of answer {number}", "critique", one.critique))
    asked = Message(problem.messages[-1].role, "\n\n".join([*parts, ask]))
    return replace(problem, messages=(*problem.messages[:-1], asked))


def _fenced(title: str, tag: str, text: str) -> str:
    # Fenced, so that a draft that gives orders is seen as a quotation.
    return f"{title}:\n<{tag}>\n{text.strip().replace(f'</{tag}>', '')}\n</{tag}>"


def fits(run: Run, talk: Problem) -> bool:
    """Whether the run's model can read a conversation: one that is too long for it is not asked."""
    try:
        run.model.bound(SampleRequest(Trajectory(talk), (0,), talk.step_rule.max_tokens))
    except InvalidInputError:
        return False
    return True


def talking(layer: str, model: LanguageModel | None, temperature: float) -> frozenset[Capability]:
    """What a layer that talks needs of the run's own model: nothing if it has a model of its own.

    Raises:
        MissingCapabilityError: if its own model does not converse.
        InvalidSettingError: if the temperature is negative.
    """
    check_temperature(f"layer {layer}", temperature)
    if model is None:
        return frozenset({Capability.DIALOGUE})
    if Capability.DIALOGUE not in model.info.capabilities:
        raise MissingCapabilityError(
            f"layer {layer}", "a model that converses", f"model {model.info.name!r}", "pocket_dialogue does"
        )
    return frozenset()
