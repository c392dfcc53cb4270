"""``asked``: a model reads the failed answer and names the decisive step."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from outlay.audit.attribution.judgement import Attribution
from outlay.audit.attribution.trace import FailedTrace
from outlay.core import phrases
from outlay.core.consult import Replies, ask
from outlay.core.dialogue import say
from outlay.core.errors import MissingCapabilityError
from outlay.core.ledger import BudgetExhausted
from outlay.core.model import LanguageModel
from outlay.core.problem import AnsweredReference, Problem
from outlay.core.run import Run
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import check_asked, needed, why_unread


class Form(StrEnum):
    """How the model is asked."""

    PREDICT = "predict"
    """For the mistake behind a step, its smallest correction, and what would then have come of the answer."""
    CRITICISE = "criticise"
    """What is wrong with it, in the conversation itself. The embedded dialogue model knows it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The step that most of several replies name.

    It costs a reading of the answer for all replies, far less than rollouts, and knows only what the model can see in
    the text. Replies that are off the form do not count; if none is on it, nothing is known. Of steps with as many
    votes the earliest is taken. Source: "Abduct, Act, Predict", whose three questions are asked in one reply.

    Attributes:
        model: who is asked; None for the run's own model.
        samples: replies.
        form: how the model is asked.
        reference: whether it is told the right answer.
        temperature: of the replies.
        max_tokens: of each reply.
        seed: of the replies.
    """

    model: LanguageModel | None = None
    samples: int = 5
    form: Form = Form.PREDICT
    reference: bool = False
    temperature: float = 0.7
    max_tokens: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("asked", self.model, samples=self.samples, max_tokens=self.max_tokens)

    def require(self, trace: FailedTrace, run: Run) -> None:
        """Refuse a model that does not converse, and to tell a reference that knows no answer."""
        if needed(self.model) - run.model.info.capabilities:
            raise MissingCapabilityError(
                "judge 'asked'", "a model that converses", f"model {run.model.info.name!r}",
                "name another for it alone, as in asked(model=pocket_dialogue, form=criticise)",
            )  # fmt: skip
        if self.reference and not isinstance(trace.problem.reference, AnsweredReference):
            raise MissingCapabilityError(
                "judge 'asked' with reference=true", "a reference answer", f"problem {trace.problem.id!r}",
                "generated tasks have one",
            )  # fmt: skip

    async def attribute(self, trace: FailedTrace, run: Run) -> Attribution:
        """The step with most votes."""
        self.require(trace, run)
        try:
            found = await ask(
                run, self._talk(trace), model=self.model, n=self.samples, temperature=self.temperature,
                max_tokens=self.max_tokens, seed=self.seed,
            )  # fmt: skip
        except BudgetExhausted as refused:
            return Attribution.unknown(str(refused))
        return _counted(found, len(trace.prefixes), self._read)

    def _talk(self, trace: FailedTrace) -> Problem:
        if self.form is Form.CRITICISE:
            return say(trace.problem, trace.answer, phrases.CRITICISE)
        known = trace.problem.reference
        right = known.answer if self.reference and isinstance(known, AnsweredReference) else None
        return prompts.attribution(trace.problem, trace.texts, right)

    def _read(self, text: str, steps: int) -> int | None:
        return (replies.fault if self.form is Form.CRITICISE else replies.decisive)(text, steps)


def _counted(found: Replies, steps: int, read: Callable[[str, int], int | None]) -> Attribution:
    """The step that most replies name; 0 stands for those that name none."""
    named = [number for text in found.texts if (number := read(text, steps)) is not None]
    if not named:
        return Attribution.unknown(why_unread([found]))
    votes = Counter(named)
    chosen = min(votes, key=lambda number: (-votes[number], number == 0, number))
    said = f"name step {chosen}" if chosen else "name no step"
    weights = tuple(votes[step] / len(named) for step in range(1, steps + 1))
    return Attribution(chosen or None, weights, f"{votes[chosen]} of {len(found.said)} replies {said}")
