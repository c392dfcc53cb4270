"""Natural language to first-order logic: the model translates, and mends what cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outlay.core.consult import ask, ask_all
from outlay.core.cost import NOTHING, Cost
from outlay.core.dialogue import say
from outlay.core.model import LanguageModel
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
MEND = "That cannot be read: {fault}. Write the whole translation again, only formulas and the conclusion line."
CUT = "your reply was too long and was cut"


@dataclass(frozen=True, slots=True)
class Translation:
    """The latest reply of one conversation.

    Attributes:
        talk: the conversation before it.
        reply: what the model wrote.
        argument: the problem in logic; None if the reply cannot be read.
        fault: what is wrong with the reply, if there is no argument.
    """

    talk: Problem
    reply: str
    argument: Argument | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Translator:
    """How a model is asked to translate.

    Attributes:
        model: who translates; None for the run's own.
        translations: conversations.
        repairs: times that a translation may be mended.
        temperature: of sampling.
        max_tokens: of one reply.
        seed: of all replies.
    """

    model: LanguageModel | None
    translations: int
    repairs: int
    temperature: float
    max_tokens: int
    seed: int

    async def translate(self, problem: Problem, run: Run) -> tuple[list[Translation], Cost]:
        """Some translations of a problem, and what they cost; fewer if the model failed.

        Raises:
            BudgetExhausted: if the budget cannot pay for one of the rounds.
        """
        question = "\n".join(message.content for message in problem.messages)
        first = replace(problem, messages=(Message("user", TRANSLATE + question),))
        asked = await ask(
            run, first, n=self.translations, model=self.model, temperature=self.temperature,
            max_tokens=self.max_tokens, seed=self.seed,
        )  # fmt: skip
        made, cost = [_read(first, reply) for reply in asked.said], asked.cost
        for _ in range(self.repairs):
            good = [one for one in made if one.argument is not None]
            mended, paid = await self._mended([one for one in made if one.argument is None], run)
            made, cost = good + mended, cost + paid
        return made, cost

    async def _mended(self, broken: Sequence[Translation], run: Run) -> tuple[list[Translation], Cost]:
        """What comes of telling the model what is wrong; where it fails, the translation stays as it is."""
        talks = [say(one.talk, one.reply, MEND.format(fault=one.fault)) for one in broken]
        asked = await ask_all(
            run, talks, model=self.model, temperature=self.temperature, max_tokens=self.max_tokens, seed=self.seed
        )
        made = [
            _read(talk, replies.said[0]) if replies.said else before
            for before, talk, replies in zip(broken, talks, asked, strict=True)
        ]
        return made, sum((replies.cost for replies in asked), NOTHING)


def _read(talk: Problem, reply: Trajectory) -> Translation:
    if reply.finish is Finish.LENGTH:
        return Translation(talk, reply.text, None, CUT)
    try:
        return Translation(talk, reply.text, parse_argument(_bare(reply.text)))
    except FormulaError as error:
        return Translation(talk, reply.text, None, str(error))


def _bare(reply: str) -> str:
    """A reply with the lines of its code fences emptied, so that all lines keep their numbers."""
    return "\n".join("" if line.lstrip().startswith("```") else line for line in reply.split("\n"))
