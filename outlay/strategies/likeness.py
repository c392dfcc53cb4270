"""Whether two texts say the same, by the word of a model."""

from outlay.core import phrases
from outlay.core.dialogue import believe
from outlay.core.problem import Problem
from outlay.core.run import Run


async def said_the_same(run: Run, problem: Problem, first: str, second: str) -> float | None:
    """The probability, by the model's word, that two answers say the same; None if it does not say."""
    question = f"{phrases.FIRST_ANSWER} {first.strip()}\n{phrases.SECOND_ANSWER} {second.strip()}\n{phrases.SAME}"
    return await believe(run, problem, None, question)
