"""The problem behind the samples of a pool: the task's own, else one made of what the pool says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outlay.bench.parts import problem_of
from outlay.core.catalogue import Catalogue, parse
from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem, Reference, StepRule
from outlay.pools.problem_samples import ProblemSamples
from outlay.tasks.exercise import ListedTask, Task, ask
from outlay.tasks.free_answer import FreeAnswer

STEPS = StepRule(separators=("\n\n",))
"""Where steps end in samples of a task that Outlay does not know, as process reward models are trained."""


@dataclass(frozen=True, slots=True)
class RecordedAnswers:
    """An answer rule that knows what a pool says of its texts.

    Attributes:
        values: the answer of each text.
        votes: a number for each answer; equal ones have the same.
    """

    values: Mapping[str, str | None]
    votes: Mapping[str, int]

    def extract(self, text: str) -> str | None:
        """The answer that was found in a text of the pool; None for any other text."""
        return self.values.get(text)

    def equal(self, first: str, second: str) -> bool:
        """Whether two answers had the same vote."""
        return first == second or (first in self.votes and self.votes[first] == self.votes.get(second))


@dataclass(frozen=True, slots=True)
class RecordedReference:
    """What a pool says is right: its reference, and the marks that its answers have already.

    Attributes:
        answer: what is right.
        marks: for answers of the pool whether they are right.
    """

    answer: str
    marks: Mapping[str, bool]

    def is_correct(self, value: str | None) -> bool:
        """As it was marked; any other answer is right if it equals the reference."""
        if value is None:
            return False
        return self.marks[value] if value in self.marks else FreeAnswer().equal(value, self.answer)


@dataclass(slots=True)
class AskedAgain:
    """Finds the problems of a pool.

    Attributes:
        tasks: where their tasks are looked up.
    """

    tasks: Catalogue[Task]
    _built: dict[str, Task | None] = field(default_factory=dict)
    _listed: dict[str, dict[str, int]] = field(default_factory=dict)

    def problem(self, samples: ProblemSamples) -> Problem:
        """The task's own problem, with all that it offers, if it still asks the same; else what the pool says of it.

        Raises:
            InvalidInputError: if the pool does not say what was asked.
        """
        own = self._own(samples)
        if own is not None and samples.question in {None, own.messages[-1].content}:
            return own
        if samples.question is None:
            raise InvalidInputError(f"problem {samples.problem!r}: the pool does not say what was asked")
        texts, values = samples.text or [], samples.value or []
        votes = samples.vote.tolist() if samples.vote is not None else []
        return Problem(
            samples.problem,
            ask(samples.question),
            RecordedAnswers(
                {text: value for text, value in zip(texts, values, strict=False) if text is not None},
                {value: vote for value, vote in zip(values, votes, strict=False) if value is not None},
            ),
            STEPS,
            _reference(samples),
            task=samples.task,
            level=samples.level,
        )

    def _own(self, samples: ProblemSamples) -> Problem | None:
        task = self._task(samples.task)
        if task is None:
            return None
        if isinstance(task, ListedTask):
            places = self._listed.get(samples.task)
            if places is None:
                places = self._listed[samples.task] = {task.problem(i).id: i for i in range(len(task))}
            place = places.get(samples.problem)
            return None if place is None else problem_of(task, 0, place)
        name, _, number = samples.problem.rpartition("/")
        if name != f"{task.info.name}/{samples.level}" or not (number.isascii() and number.isdigit()):
            return None
        return problem_of(task, samples.level, int(number)) if 1 <= samples.level <= task.info.levels else None

    def _task(self, text: str) -> Task | None:
        if text not in self._built:
            try:
                self._built[text] = self.tasks.build(parse(text, self.tasks.kind))
            except InvalidInputError:
                self._built[text] = None
        return self._built[text]


def _reference(samples: ProblemSamples) -> Reference | None:
    if samples.reference is None:
        return None
    marks = samples.correct.tolist() if samples.correct is not None else []
    known = zip(samples.value or [], marks, strict=False)
    return RecordedReference(
        samples.reference, {value: bool(mark) for value, mark in known if value is not None and mark in {0.0, 1.0}}
    )
