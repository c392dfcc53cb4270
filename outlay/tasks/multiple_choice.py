"""``multiple_choice``: sums, orders and comparisons with lettered options, one of which is right.

    what is 37+58? a) 85 b) 95 c) 59          (prompt)
    37+58=95                                  (the working)
    95 is b                                   (the option)
    answer:b

Wrong options are what comes of usual slips: a carry forgotten, digits exchanged, neighbours left unsorted. Guessing is
right once in as many times as there are options, so that coverage flatters; print the floor beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from outlay.core.choices import LETTERS, Choices
from outlay.core.problem import Message, Problem, StepRule
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.arithmetic import evaluate, parse
from outlay.tasks.exercise import Exercise, TaskInfo, ask


@dataclass(frozen=True, slots=True)
class ChoiceReference:
    """What is right: a letter, and the lines that lead to it.

    Attributes:
        answer: the letter.
        working: lines before the option is named.
        of_options: whether the working's first lines are about one option each, in their order.
        chosen: what the last line before the answer says is the option.
    """

    answer: str
    working: tuple[str, ...]
    of_options: bool
    chosen: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole solution."""
        return (*self.working, f"{self.chosen} is {self.answer}", f"answer:{self.answer}")

    def is_correct(self, value: str | None) -> bool:
        """Whether a letter is the right one."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right as long as all lines so far are the worked ones."""
        labels: list[bool] = []
        for i, step in enumerate(steps):
            labels.append(all(labels) and i < len(self.lines) and step.strip() == self.lines[i])
        return labels

    def reordered(self, order: Sequence[int]) -> "ChoiceReference":
        """What is right when the options stand in another order."""
        working = self.working
        if self.of_options:
            working = (*(working[i] for i in order), *working[len(order) :])
        return replace(self, answer=LETTERS[list(order).index(LETTERS.index(self.answer))], working=working)


def reordered(problem: Problem, order: Sequence[int]) -> Problem:
    """A problem of this task with its options in another order; ``order[i]`` is the old place of the new option i.

    ``problem.choices.original(letter, order)`` takes an answer back.

    Raises:
        ValueError: if it is none of this task, or the order does not name each option once.
    """
    choices, reference = problem.choices, problem.reference
    if choices is None or not isinstance(reference, ChoiceReference):
        raise ValueError(f"problem {problem.id!r} has no lettered options to reorder")
    asked = choices.reordered(order)
    messages = (*problem.messages[:-1], Message("user", asked.text))
    return replace(problem, messages=messages, choices=asked, reference=reference.reordered(order))


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level asks for.

    Attributes:
        options: to choose from.
        largest: number in a sum or a list.
        factor: largest factor of a product; 0 for no products.
        operations: in what is to be computed.
        listed: numbers to put in order.
    """

    options: int
    largest: int
    factor: int
    operations: int
    listed: int


LEVELS = (
    Difficulty(3, 20, 0, 1, 3),
    Difficulty(4, 50, 0, 1, 4),
    Difficulty(4, 99, 9, 1, 5),
    Difficulty(5, 99, 9, 2, 6),
    Difficulty(6, 99, 12, 3, 8),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its right option, wrong ones to draw from, and the working."""

    text: str
    right: str
    wrong: tuple[str, ...]
    working: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """The task; levels 1 to 5 have 3, 4, 4, 5 and 6 options, with products from level 3 on."""

    info: TaskInfo = TaskInfo("multiple_choice", "sums, orders and comparisons with options", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise: sums, orders and comparisons are equally likely."""
        difficulty = LEVELS[level - 1]
        kind = int(rng.integers(3))
        if kind == 2:
            return _exercise(level, *_compare(difficulty, rng))
        question = (_compute, _sort)[kind](difficulty, rng)
        wrong = [question.wrong[i] for i in rng.permutation(len(question.wrong))[: difficulty.options - 1]]
        options = [question.right, *wrong]
        options = [options[i] for i in rng.permutation(len(options))]
        letter = LETTERS[options.index(question.right)]
        reference = ChoiceReference(letter, question.working, False, question.right)
        return _exercise(level, Choices(question.text, tuple(options)), reference)


def _exercise(level: int, choices: Choices, reference: ChoiceReference) -> Exercise:
    problem = Problem(
        "multiple_choice",
        ask(choices.text),
        ExactLine(),
        StepRule(max_steps=len(reference.lines) + 4, max_step_tokens=48, max_tokens=28 * len(reference.lines) + 32),
        reference,
        task="multiple_choice",
        level=level,
        choices=choices,
    )
    return Exercise(problem, "\n".join(reference.lines))


def _compute(difficulty: Difficulty, rng: np.random.Generator) -> Question:
    """A value to compute, operation by operation."""
    while True:
        expression, value, working = _operation(difficulty, rng)
        for _ in range(difficulty.operations - 1):
            sign, number = str(rng.choice(["+", "-"])), int(rng.integers(2, difficulty.largest + 1))
            after = value + number if sign == "+" else value - number
            working.append(f"{value}{sign}{number}={after}")
            expression, value = f"{expression}{sign}{number}", after
        wrong = _slips(value, rng) if value >= 0 else ()
        if len(wrong) >= difficulty.options - 1:
            return Question(f"what is {expression}?", str(value), tuple(map(str, wrong)), tuple(working))


def _operation(difficulty: Difficulty, rng: np.random.Generator) -> tuple[str, int, list[str]]:
    """An operation on two numbers, its value, which is not negative, and its line."""
    signs = ["+", "-", "*"] if difficulty.factor else ["+", "-"]
    sign = str(rng.choice(signs))
    most = difficulty.factor if sign == "*" else difficulty.largest
    first, second = sorted((int(number) for number in rng.integers(2, most + 1, size=2)), reverse=True)
    expression = f"{first}{sign}{second}"
    value = int(evaluate(parse(expression)))
    return expression, value, [f"{expression}={value}"]


def _slips(value: int, rng: np.random.Generator) -> Sequence[int]:
    """Wrong values near a right one, each once, none below zero."""
    swapped = int(str(value)[::-1])
    near = [
        value + 1,
        value - 1,
        value + 10,
        value - 10,
        value + 2,
        value - 2,
        swapped,
        value + int(rng.integers(3, 9)),
    ]
    return sorted({one for one in near if one >= 0 and one != value})


def _sort(difficulty: Difficulty, rng: np.random.Generator) -> Question:
    """Numbers to put in order."""
    given = rng.choice(np.arange(1, difficulty.largest + 1), size=difficulty.listed, replace=False).tolist()
    right = sorted(given)
    wrong = {" ".join(map(str, one)) for one in (*_exchanged(right), right[::-1], sorted(given, key=str), given)}
    text = " ".join(map(str, right))
    wrong.discard(text)
    return Question(f"{' '.join(map(str, given))} in order?", text, tuple(sorted(wrong)), (f"least first:{text}",))


def _exchanged(numbers: Sequence[int]) -> Iterator[list[int]]:
    """The numbers with two of them exchanged, for every two."""
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            changed = list(numbers)
            changed[i], changed[j] = changed[j], changed[i]
            yield changed


def _compare(difficulty: Difficulty, rng: np.random.Generator) -> tuple[Choices, ChoiceReference]:
    """Operations, of which one has the largest or smallest value."""
    values: dict[str, int] = {}
    while len(values) < difficulty.options:
        expression, value, _ = _operation(difficulty, rng)
        if value not in values.values():
            values[expression] = value
    word, pick = [("largest", max), ("smallest", min)][int(rng.integers(2))]
    right = pick(values, key=lambda one: values[one])
    working = (*(f"{one}={value}" for one, value in values.items()), f"{word}:{values[right]}")
    letter = LETTERS[list(values).index(right)]
    return Choices(f"which is {word}?", tuple(values)), ChoiceReference(letter, working, True, right)
