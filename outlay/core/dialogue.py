"""Conversations about an answer: what was said becomes a new problem, and what comes of it an answer to the old one."""

from contextlib import aclosing
from dataclasses import replace
from math import exp

from outlay.core import phrases
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory


def say(problem: Problem, answer: Trajectory | None, words: str) -> Problem:
    """The conversation after an answer, if there is one, and the next thing said to the model."""
    spoken = () if answer is None else (Message("assistant", answer.text.strip()),)
    return replace(problem, messages=(*problem.messages, *spoken, Message("user", words)))


def restated(problem: Problem, answer: Trajectory, text: str | None = None) -> Trajectory:
    """An answer from within a conversation, or another text, as an answer to the bare problem."""
    last = answer.last
    kept = answer.text if text is None else text
    step = Step(kept, None, cost=last.cost if last else Step("").cost)
    return Trajectory(problem).extend(step, answer.finish or Finish.END)


async def believe(run: Run, problem: Problem, answer: Trajectory, question: str) -> float | None:
    """The probability, by the model's own word, that a question about its answer is to be answered with yes.

    It is read from the log-probability of one greedy reply where the model gives that, and is 1 or 0 where not; None
    if the reply is neither yes nor no, or if the budget cannot pay for it.
    """
    return await _yes(run, say(problem, answer, question))


async def believe_reply(run: Run, problem: Problem, question: str) -> float | None:
    """The same of a question after the bare problem."""
    return await _yes(run, say(problem, None, question))


async def _yes(run: Run, talk: Problem) -> float | None:
    replies = run.sample(Trajectory(talk), temperature=0.0, max_tokens=4)
    async with aclosing(replies):  # type: ignore[type-var]
        async for _, reply in replies:
            word = reply.text.strip().lower()
            yes = word.startswith(phrases.YES)
            if not yes and not word.startswith(phrases.NO):
                return None
            sure = 1.0 if reply.logprobs is None else min(1.0, exp(sum(reply.logprobs)))
            return sure if yes else 1.0 - sure
    return None
