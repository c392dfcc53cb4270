"""A problem is what is asked, how an answer is read from text, and, for benchmarks, what is right."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from outlay.core.choices import Choices
from outlay.core.tool import Toolbox

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Role
    content: str


@runtime_checkable
class AnswerRule(Protocol):
    """How a value is extracted from a completion and when two values are the same.

    Voting needs the second as much as grading does.
    """

    def extract(self, text: str) -> str | None:
        """The answer's value in a completion, or None where it has none."""
        ...

    def equal(self, first: str, second: str) -> bool:
        """Whether two extracted values are the same answer."""
        ...


@runtime_checkable
class KeyedAnswerRule(AnswerRule, Protocol):
    """An answer rule whose equality is that of keys, so that thousands of values are sorted into votes in one pass."""

    def key(self, value: str) -> Hashable:
        """What two extracted values have in common if, and only if, they are the same answer."""
        ...


@dataclass(frozen=True, slots=True)
class StepRule:
    """Where a reasoning step ends.

    Attributes:
        separators: strings that end a step; they belong to the step they end.
        max_steps: no method goes on past this many steps.
        max_step_tokens: the worst-case length of one step, in tokens.
        max_tokens: the worst-case length of a whole completion, in tokens.
    """

    separators: tuple[str, ...] = ("\n",)
    max_steps: int = 24
    max_step_tokens: int = 64
    max_tokens: int = 256

    def split(self, text: str) -> list[str]:
        """The steps of a text, each with the separator that ends it."""
        ends = "|".join(map(re.escape, self.separators)) or r"\Z"
        return re.findall(rf".+?(?:{ends}|\Z)", text, flags=re.DOTALL)


@runtime_checkable
class Reference(Protocol):
    """What is right. Only benchmarks, training and the ``exact`` verifier may look at it."""

    def is_correct(self, value: str | None) -> bool:
        """Whether an extracted answer is right; a missing answer is not."""
        ...


@runtime_checkable
class StepReference(Reference, Protocol):
    """A reference that can also say which steps are right."""

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """For each step, whether it and all steps before it are right, so that labels never rise again."""
        ...


@runtime_checkable
class GradedReference(Reference, Protocol):
    """A reference that can also say how good a wrong answer is."""

    def quality(self, value: str | None) -> float:
        """How good a value is, in [0, 1]: 1 for a right one, 0 for a missing one."""
        ...


@runtime_checkable
class AnsweredReference(Reference, Protocol):
    """A reference that knows one right answer."""

    @property
    def answer(self) -> str:
        """A value that ``is_correct`` accepts."""
        ...


@dataclass(frozen=True, slots=True)
class VisibleTest:
    """One example that a program may be run against: an input and the expected output."""

    input: str
    output: str


@dataclass(frozen=True, slots=True)
class Sequent:
    """Formulas that are given and one that is asked about, in the language of ``outlay.logic``."""

    premises: tuple[str, ...]
    conclusion: str


@dataclass(frozen=True, slots=True)
class FunctionTests:
    """Python code that calls the functions of a program and asserts what they give.

    Attributes:
        parts: each judged on its own, in a namespace of its own.
        names: what the parts take from the program; empty for whatever they use and do not define.
        setup: code that runs before, once; its names are there for all parts.
    """

    parts: tuple[str, ...]
    names: tuple[str, ...] = ()
    setup: str = ""


@dataclass(frozen=True, slots=True)
class StreamTests:
    """What a program is to write to standard output for what it reads from standard input."""

    cases: tuple[VisibleTest, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is asked.

    Attributes:
        id: stable name, unique within a task.
        messages: the chat so far; the last one is usually the user's.
        answer_rule: how an answer is read and compared.
        step_rule: where a step ends.
        reference: what is right, for benchmarks only.
        visible_tests: examples that the asker gave away, for the ``tests`` verifier.
        task: name of the task that made it, or ``""``.
        level: difficulty from 1 (easy) upwards, 0 if not graded.
        tools: what the answer's text may call; only strategies that run tools look at them.
        sequent: the problem in formal logic, for the verifiers ``logic`` and ``proof``.
        code_tests: tests of a whole program, for the ``code`` verifier.
        choices: the lettered options to choose from, which can be asked in another order.
    """

    id: str
    messages: tuple[Message, ...]
    answer_rule: AnswerRule
    step_rule: StepRule = field(default_factory=StepRule)
    reference: Reference | None = None
    visible_tests: tuple[VisibleTest, ...] = ()
    task: str = ""
    level: int = 0
    tools: Toolbox = field(default_factory=Toolbox)
    sequent: Sequent | None = None
    code_tests: FunctionTests | StreamTests | None = None
    choices: Choices | None = None
