"""``countdown``: reach a target from given numbers, each used once: search-heavy, perfectly verifiable.

use 3 7 8 25 to make 84           (prompt)
25+3=28;7 8 28                    (one operation a step, then the numbers that are left)
8+28=36;7 36
...
answer:(8+(25+3))...
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.tasks.answer_line import answer_line
from outlay.tasks.arithmetic import NotArithmeticError, canonical, evaluate, numbers, parse
from outlay.tasks.calculator import calculator
from outlay.tasks.exercise import Exercise, Piece, TaskInfo, ask

LEVELS = ((3, 9), (3, 20), (4, 9), (4, 20), (5, 12))
"""For each level, how many numbers are given and how large they may be."""
MAX_RESULT = 99


@dataclass(frozen=True, slots=True)
class ExpressionAnswer:
    """An answer rule: an expression, the same up to the order of sums and products."""

    def extract(self, text: str) -> str | None:
        """The expression behind the last ``answer:`` without spaces, if it is one."""
        value = answer_line(text)
        if value is None:
            return None
        try:
            parse(value)
        except NotArithmeticError:
            return None
        return value.replace(" ", "")

    def equal(self, first: str, second: str) -> bool:
        """Whether two expressions are the same up to commutativity and associativity."""
        return first == second or self.key(first) == self.key(second)

    def key(self, value: str) -> str:
        """The expression with sums and products in one order."""
        return _key(value)


@lru_cache(maxsize=10_000)  # votes compare the same few expressions again and again
def _key(value: str) -> str:
    return canonical(parse(value))


@dataclass(frozen=True, slots=True)
class CountdownReference:
    """What is right: any expression that uses each number once and has the target's value."""

    numbers: tuple[int, ...]
    target: int
    answer: str

    def is_correct(self, value: str | None) -> bool:
        """Whether an expression uses each number exactly once and reaches the target."""
        if value is None:
            return False
        try:
            tree = parse(value)
            return numbers(tree) == sorted(self.numbers) and evaluate(tree) == self.target
        except NotArithmeticError:
            return False

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if it is a true operation on numbers that are left and the target stays in reach."""
        left: tuple[int, ...] | None = tuple(sorted(self.numbers))
        labels: list[bool] = []
        for step in steps:
            value = answer_line(step)
            if value is not None:
                left = left if self.is_correct(value) else None
                labels.append(left is not None)
                continue
            left = None if left is None else _after(step.strip(), left)
            if left is not None and not _reachable(left, self.target):
                left = None
            labels.append(left is not None)
        return labels


@dataclass(frozen=True, slots=True)
class Countdown:
    """The task; levels 1 to 5 give three, three, four, four and five numbers."""

    info: TaskInfo = TaskInfo("countdown", "reach a target using each number once", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise, made by combining the numbers at random and taking what comes out as the target."""
        count, largest = LEVELS[level - 1]
        given = [int(number) for number in rng.integers(1, largest + 1, size=count)]
        pool = [(number, str(number)) for number in given]
        lines: list[str] = []
        while len(pool) > 1:
            pool, line = _combine(pool, rng)
            lines.append(line)
        target, expression = pool[0]
        solution = "".join(line + "\n" for line in lines) + f"answer:{expression}"
        prompt = f"use {' '.join(map(str, given))} to make {target}"
        problem = Problem(
            "countdown",
            ask(prompt),
            ExpressionAnswer(),
            StepRule(max_steps=count + 3, max_step_tokens=40, max_tokens=40 * count + 40),
            CountdownReference(tuple(given), target, expression),
            task="countdown",
            level=level,
            tools=calculator(tuple(given), MAX_RESULT),
        )
        return Exercise(problem, solution)

    def miss(self, problem: Problem, rng: np.random.Generator) -> list[Piece]:
        """True operations drawn at random, whatever they come to: their results are learnt, their choice is not."""
        reference = problem.reference
        assert isinstance(reference, CountdownReference)  # noqa: S101
        pool = [(number, str(number)) for number in reference.numbers]
        pieces: list[Piece] = []
        while len(pool) > 1:
            pool, line = _combine(pool, rng)
            operation, _, outcome = line.partition("=")
            pieces += [Piece(f"{operation}=", learnt=False), Piece(outcome + "\n", learnt=True)]
        return [*pieces, Piece(f"answer:{pool[0][1]}", learnt=True)]


def _combine(pool: list[tuple[int, str]], rng: np.random.Generator) -> tuple[list[tuple[int, str]], str]:
    while True:
        i, j = (int(index) for index in rng.choice(len(pool), size=2, replace=False))
        (a, left), (b, right) = pool[i], pool[j]
        sign = str(rng.choice(["+", "-", "*", "/"], p=[0.3, 0.3, 0.3, 0.1]))
        if sign == "/" and (b == 0 or a % b):
            continue
        result = {"+": a + b, "-": a - b, "*": a * b, "/": a // b if b else -1}[sign]
        if not 1 <= result <= MAX_RESULT:
            continue
        whole = f"{_grouped(left)}{sign}{_grouped(right)}"
        rest = [item for k, item in enumerate(pool) if k not in {i, j}] + [(result, whole)]
        return rest, f"{a}{sign}{b}={result};{' '.join(str(value) for value, _ in rest)}"


def _grouped(expression: str) -> str:
    return expression if expression.isdigit() else f"({expression})"


def _after(line: str, left: tuple[int, ...]) -> tuple[int, ...] | None:
    """The sorted numbers that remain after a step, or None if the step is not a true one."""
    claim, semicolon, rest = line.partition(";")
    operation, equals, result = claim.partition("=")
    if not (semicolon and equals):
        return None
    try:
        tree = parse(operation)
        used = numbers(tree)
        if len(used) != 2 or evaluate(tree) != int(result):
            return None
        remaining = Counter(left)
        remaining.subtract(used)
        if min(remaining.values()) < 0:
            return None
        remaining[int(result)] += 1
        after = tuple(sorted(remaining.elements()))
        return after if tuple(sorted(int(number) for number in rest.split())) == after else None
    except (NotArithmeticError, ValueError):
        return None


def _reachable(left: tuple[int, ...], target: int) -> bool:
    """Whether some order of operations within 0..99 takes the numbers left to the target (whole quotients only)."""
    if len(left) == 1:
        return left[0] == target
    seen: set[tuple[int, ...]] = set()
    for i, a in enumerate(left):
        for j, b in enumerate(left):
            if i == j:
                continue
            rest = [left[k] for k in range(len(left)) if k not in {i, j}]
            results = {a + b, a - b, a * b} | ({a // b} if b and a % b == 0 else set())
            for result in results:
                after = tuple(sorted([*rest, result]))
                if 0 <= result <= MAX_RESULT and after not in seen:
                    seen.add(after)
                    if _reachable(after, target):
                        return True
    return False
