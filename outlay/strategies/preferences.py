"""Preference pairs from a search tree: what led to the answer against what was tried beside it and failed.

Trajectories share the steps that they have in common, so the candidates of any search are its tree.
"""

from dataclasses import dataclass

from outlay.core.answer import Answer
from outlay.core.problem import Message
from outlay.core.trajectory import Step


@dataclass(frozen=True, slots=True)
class Preference:
    """One pair for direct preference optimisation.

    Attributes:
        messages: the question.
        before: the answer's text up to the fork.
        chosen: the step that led to the answer.
        rejected: a step in its place that led nowhere.
    """

    messages: tuple[Message, ...]
    before: str
    chosen: str
    rejected: str


def preferences(answer: Answer) -> list[Preference]:
    """For every fork along the path to an answer, the step taken against each that was tried in vain.

    Empty if there is no answer. Branches that came to the same answer are not counted as failures.

    Source: Chen et al. 2024, Advancing Tool-Augmented Large Language Models: Integrating Insights from Errors in
    Inference Trees.
    """
    if answer.value is None:
        return []
    problem = answer.trajectory.problem
    taken = {step.parent: step for step in answer.trajectory.steps}
    pairs: dict[Preference, None] = {}
    for candidate in answer.candidates:
        if candidate.value is not None and problem.answer_rule.equal(candidate.value, answer.value):
            continue
        steps = candidate.trajectory.steps
        fork = next((step for step in steps if taken.get(step.parent) not in {None, step}), None)
        if fork is None:
            continue
        chosen = taken[fork.parent]
        before = "".join(step.text for step in answer.trajectory.steps[: _depth(fork)])
        if chosen.text != fork.text:
            pairs[Preference(problem.messages, before, chosen.text, fork.text)] = None
    return list(pairs)


def _depth(step: Step) -> int:
    """How many steps are before it."""
    count = 0
    while step.parent is not None:
        count, step = count + 1, step.parent
    return count
