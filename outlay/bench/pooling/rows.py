"""From finished answers to the samples of one problem in a pool."""

import math
from collections.abc import Sequence

import numpy as np

from outlay.core.problem import AnsweredReference, Problem, StepRule
from outlay.core.trajectory import Trajectory
from outlay.pools.formats.grading import votes_by
from outlay.pools.problem_samples import FloatArray, ProblemSamples
from outlay.pools.ragged import Ragged


def samples_of(
    problem: Problem, answers: Sequence[Trajectory], task: str, model: str, prompt_tokens: int | None, logprobs: bool
) -> ProblemSamples:
    """Independent answers to a problem as a pool keeps them.

    Args:
        problem: what was asked.
        answers: one sample each, in the order of their numbers.
        task: the task as it could be typed.
        model: who answered, as it could be typed.
        prompt_tokens: length of the prompt; None if unknown.
        logprobs: whether the log-probability of each token is kept, besides their sum.
    """
    values = [one.value for one in answers]
    told = [one.logprobs for one in answers]
    costs = [one.last.cost if one.last else None for one in answers]
    tokens = [one.completion_tokens for one in answers]
    reference = problem.reference.answer if isinstance(problem.reference, AnsweredReference) else None
    return ProblemSamples(
        problem=problem.id,
        sample=np.arange(len(answers)),
        task=task,
        level=problem.level,
        model=model,
        question=problem.messages[-1].content,
        reference=reference,
        text=[one.text for one in answers],
        value=values,
        vote=votes_by(problem.answer_rule, values),
        correct=_marks(problem, values),
        finish=[None if one.finish is None else str(one.finish) for one in answers],
        prompt_tokens=None if prompt_tokens is None else np.full(len(answers), float(prompt_tokens)),
        completion_tokens=np.array(tokens, np.float64),
        dollars=np.array([cost.dollars if cost else math.nan for cost in costs]),
        flops=np.array([cost.flops if cost else math.nan for cost in costs]),
        seconds=np.array([cost.seconds if cost and cost.seconds else math.nan for cost in costs]),
        logprob=np.array([math.nan if one is None else sum(one) for one in told]),
        token_logprobs=Ragged.of(told) if logprobs else None,
        step_tokens=Ragged.of(
            [step_tokens(problem.step_rule, one.text, n) for one, n in zip(answers, tokens, strict=True)]
        ),
    )


def step_tokens(rule: StepRule, text: str, tokens: int) -> list[int]:
    """The tokens of each step of a text, which add up to all of them.

    A model tells how many tokens it wrote and not which, so they are shared out by the length of the steps in
    characters: exact for a tokenizer with a token a character and one for the end, and an estimate for all others.
    """
    ends = np.cumsum([len(step) for step in rule.split(text)])
    if not len(ends):
        return [tokens] if tokens else []
    ended = 1 if tokens == ends[-1] + 1 else 0
    borders = np.rint(ends * ((tokens - ended) / ends[-1])).astype(np.int64)
    borders[-1] = tokens
    return [int(n) for n in np.diff(borders, prepend=0)]


def _marks(problem: Problem, values: Sequence[str | None]) -> FloatArray | None:
    """1 right, 0 wrong; each different value is asked about once."""
    if problem.reference is None:
        return None
    known = {value: float(problem.reference.is_correct(value)) for value in dict.fromkeys(values)}
    return np.array([known[value] for value in values], np.float64)
