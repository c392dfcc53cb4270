"""Conversations about an answer: what was said becomes a new problem, and what comes of it an answer to the old one."""

from dataclasses import replace
from math import exp

from outlay.core import phrases
from outlay.core.cost import NOTHING
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory

VERDICT_TOKENS = 4
"""Enough for a yes or a no."""


def say(problem: Problem, answer: Trajectory | str | None, words: str) -> Problem:
    """The conversation after an answer, if there is one, and the next thing said to the model, if there is one."""
    text = answer.text if isinstance(answer, Trajectory) else answer
    spoken = [] if text is None else [Message("assistant", text.strip())]
    asked = [Message("user", words)] if words else []
    return replace(problem, messages=(*problem.messages, *spoken, *asked))


def restated(problem: Problem, answer: Trajectory, text: str | None = None, finish: Finish | None = None) -> Trajectory:
    """An answer from within a conversation, or part of it, as an answer to the bare problem, at the whole's cost."""
    cost = sum((step.cost for step in answer.steps), NOTHING)
    step = Step(answer.text if text is None else text, cost=cost, restates=answer.last)
    return Trajectory(problem).extend(step, finish or answer.finish or Finish.END)


async def believe(run: Run, problem: Problem, answer: Trajectory | str | None, question: str) -> float | None:
    """The probability, by the model's own word, that a question about its answer is to be answered with yes.

    It is read from the log-probability of one greedy reply where the model gives that, and is 1 or 0 where not; None
    if the reply is neither yes nor no, or if the budget cannot pay for it.
    """
    talk = Trajectory(say(problem, answer, question))
    said = await run.sample_one(talk, temperature=0.0, max_tokens=VERDICT_TOKENS)
    return None if said is None else belief(said)


def belief(said: Trajectory) -> float | None:
    """The probability of a yes by a reply of one word, read from its log-probability where there is one."""
    word = said.text.strip().lower()
    if not word.startswith((phrases.YES, phrases.NO)):
        return None
    sure = 1.0 if said.logprobs is None else min(1.0, exp(sum(said.logprobs)))
    return sure if word.startswith(phrases.YES) else 1.0 - sure
