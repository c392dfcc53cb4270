"""Natural language to first-order logic: the model translates, and mends what cannot be read."""

from dataclasses import dataclass, replace

from outlay.core.dialogue import say
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Trajectory
from outlay.logic.argument import Argument, parse_argument
from outlay.logic.errors import FormulaError

TRANSLATE = """\
Translate the problem below into first-order logic. Do not solve it.
Write one premise a line, for every sentence that is given, and last the statement that is asked about, as
conclusion: FORMULA
Predicates look like cat(x) or likes(x, y), constants like tom. Signs are - (not), & (and), | (or), -> (implies), \
<-> (if and only if), = and !=; quantifiers are "all x. (...)" and "exists x. (...)". There are no functions, numbers \
or comments. Use each predicate with the same number of arguments everywhere. For example:
all x. (cat(x) -> likes(x, milk))
cat(tom) & -big(tom)
conclusion: exists x. likes(x, milk)

Problem:
"""
MEND = "That cannot be read: {error}. Write the whole translation again, only formulas and the conclusion line."
CUT = "your reply was too long and was cut"


@dataclass(frozen=True, slots=True)
class Translation:
    """What came of one conversation.

    Attributes:
        argument: the problem in logic; None if it could not be read, or could not be paid for.
        fault: what was wrong with the last attempt, if there is no argument.
    """

    argument: Argument | None
    fault: str = ""


async def translate(
    problem: Problem, run: Run, *, repairs: int = 2, temperature: float = 1.0, max_tokens: int = 1024
) -> Translation:
    """Ask the run's model to translate a problem, and to mend its translation as often as ``repairs`` says."""
    question = "\n".join(message.content for message in problem.messages)
    talk = replace(problem, messages=(Message("user", TRANSLATE + question),))
    fault = ""
    for _ in range(repairs + 1):
        reply = await run.sample_one(Trajectory(talk), temperature=temperature, max_tokens=max_tokens)
        if reply is None:
            return Translation(None, f"the budget of {run.exhausted} is out")
        try:
            if reply.finish is not Finish.LENGTH:
                return Translation(parse_argument(_bare(reply.text)))
            fault = CUT
        except FormulaError as error:
            fault = str(error)
        talk = say(talk, reply, MEND.format(error=fault))
    return Translation(None, fault)


def _bare(reply: str) -> str:
    """A reply with the lines of its code fences emptied, so that all lines keep their numbers."""
    return "\n".join("" if line.lstrip().startswith("```") else line for line in reply.split("\n"))
