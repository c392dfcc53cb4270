"""``procedure``: follow a stated procedure on a string, one operation a step.

    bdace: reverse; swap 1 3; drop 2          (prompt)
    reverse>ecadb                             (one step an operation: its name, then the new string)
    swap 1 3>acedb
    drop 2>aedb
    answer:aedb

Steps are scored by how long a prefix of them is right, as in ProcBench (paper: "ProcBench: Benchmark for Multi-Step
Reasoning and Following Procedure").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.exercise import Exercise, TaskInfo, ask

LEVELS = ((2, 5), (3, 6), (4, 7), (6, 8), (8, 9), (10, 10))
"""For each level, the number of operations and the length of the string."""
ALPHABET = "abcdefghij"
MAX_LENGTH = 12
OPERATIONS = ("reverse", "rotate", "swap", "drop", "double", "replace", "sort")


@dataclass(frozen=True, slots=True)
class ProcedureReference:
    """What is right: the worked lines, of which there is only one right sequence."""

    lines: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The final string."""
        return self.lines[-1].removeprefix("answer:")

    def is_correct(self, value: str | None) -> bool:
        """Whether the final string is right."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right as long as all lines so far are the worked ones."""
        labels: list[bool] = []
        for i, step in enumerate(steps):
            labels.append(all(labels) and i < len(self.lines) and step.strip() == self.lines[i])
        return labels

    def prefix_accuracy(self, steps: Sequence[str]) -> float:
        """Share of the worked lines reproduced before the first mistake, in [0, 1] (ProcBench, section 3)."""
        return sum(self.step_labels(steps)) / len(self.lines)


@dataclass(frozen=True, slots=True)
class Procedure:
    """The task; levels 1 to 6 take 2, 3, 4, 6, 8 and 10 operations on strings of 5 to 10 letters."""

    info: TaskInfo = TaskInfo("procedure", "apply stated operations to a string", 6, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise."""
        count, length = LEVELS[level - 1]
        start = text = "".join(rng.choice(list(ALPHABET), size=length))
        operations: list[str] = []
        lines: list[str] = []
        for _ in range(count):
            operation = _draw_operation(text, rng)
            text = apply(operation, text)
            operations.append(operation)
            lines.append(f"{operation}>{text}")
        lines.append(f"answer:{text}")
        problem = Problem(
            "procedure",
            ask(f"{start}: {'; '.join(operations)}"),
            ExactLine(),
            StepRule(max_steps=count + 4, max_step_tokens=32, max_tokens=28 * count + 48),
            ProcedureReference(tuple(lines)),
            task="procedure",
            level=level,
        )
        return Exercise(problem, "\n".join(lines))


def apply(operation: str, text: str) -> str:
    """The string after one operation; positions count from 1.

    ``reverse``; ``sort``; ``rotate k`` (the first k letters go to the end); ``swap i j``; ``drop i``; ``double i``;
    ``replace a b`` (every a becomes b).
    """
    name, *arguments = operation.split()
    if name == "reverse":
        return text[::-1]
    if name == "sort":
        return "".join(sorted(text))
    if name == "replace":
        return text.replace(arguments[0], arguments[1])
    positions = [int(argument) for argument in arguments]
    if name == "rotate":
        return text[positions[0] :] + text[: positions[0]]
    i = positions[0] - 1
    if name == "drop":
        return text[:i] + text[i + 1 :]
    if name == "double":
        return text[: i + 1] + text[i:]
    j = positions[1] - 1
    letters = list(text)
    letters[i], letters[j] = letters[j], letters[i]
    return "".join(letters)


def _draw_operation(text: str, rng: np.random.Generator) -> str:
    while True:
        name = str(rng.choice(OPERATIONS, p=[0.15, 0.15, 0.2, 0.15, 0.15, 0.15, 0.05]))
        if (name == "drop" and len(text) <= 3) or (name == "double" and len(text) >= MAX_LENGTH):
            continue
        if name in {"reverse", "sort"}:
            return name
        if name == "replace":
            new = str(rng.choice(list(ALPHABET)))
            return f"replace {rng.choice(list(text))} {new}"
        if name == "rotate":
            return f"rotate {rng.integers(1, min(len(text), 5))}"
        positions = rng.choice(len(text), size=2 if name == "swap" else 1, replace=False) + 1
        return " ".join([name, *map(str, sorted(positions.tolist()))])
