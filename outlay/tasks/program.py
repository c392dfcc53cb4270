"""``program``: write a function of x from examples, with visible tests and held-back hidden ones.

    f(2)=7 f(5)=16 f(9)=28                    (prompt)
    f=3*x+1                                   (the idea)
    f(2)=3*2+1=7                              (one check a visible example)
    f(5)=3*5+1=16
    f(9)=3*9+1=28
    answer:3*x+1

The visible tests are an imperfect verifier: more than one function can pass them (paper: "Inference Scaling fLaws: The
Limits of LLM Resampling with Imperfect Verifiers"). Right means right on the hidden tests too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from outlay.core.problem import Problem, StepRule, VisibleTest
from outlay.tasks.answer_line import answer_line
from outlay.tasks.arithmetic import NotArithmeticError, evaluate, parse
from outlay.tasks.exercise import Exercise, Piece, TaskInfo, ask

INPUTS = range(1, 10)
"""Where visible tests are drawn from."""
HIDDEN_INPUTS = range(25)
"""Where a right program must agree with the reference."""


@lru_cache(maxsize=10_000)  # votes compare the same few programs again and again
def outputs(program: str) -> tuple[tuple[int, int], ...] | None:
    """What a program gives on every hidden input, as ratios, or None if it is not a function of x on all of them."""
    try:
        tree = parse(program)
        return tuple(evaluate(tree, {"x": x}).as_integer_ratio() for x in HIDDEN_INPUTS)
    except NotArithmeticError:
        return None


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """An answer rule: programs are the same if they behave the same on every hidden input."""

    def extract(self, text: str) -> str | None:
        """The expression behind the last ``answer:`` without spaces, if it is a function of x."""
        value = answer_line(text)
        return None if value is None or outputs(value) is None else value.replace(" ", "")

    def equal(self, first: str, second: str) -> bool:
        """Whether two programs give the same outputs."""
        return first == second or outputs(first) == outputs(second)


@dataclass(frozen=True, slots=True)
class ProgramReference:
    """What is right: the reference program's behaviour on visible and hidden inputs."""

    program: str
    shown: tuple[int, ...]

    @property
    def answer(self) -> str:
        """The program itself."""
        return self.program

    def is_correct(self, value: str | None) -> bool:
        """Whether a program passes all hidden tests."""
        return value is not None and outputs(value) == outputs(self.program)

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if its idea behaves as the reference does and its arithmetic is true."""
        labels: list[bool] = []
        for step in steps:
            labels.append(all(labels) and self._is_right(step.strip()))
        return labels

    def _is_right(self, line: str) -> bool:
        value = answer_line(line)
        if value is not None:
            return self.is_correct(value)
        head, *claims = line.split("=")
        if head == "f":
            return len(claims) == 1 and self.is_correct(claims[0])
        argument = head.removeprefix("f(").removesuffix(")")
        if not argument.isdecimal() or int(argument) not in self.shown or len(claims) != 2:
            return False
        try:
            expected = evaluate(parse(self.program), {"x": int(argument)})
            return all(evaluate(parse(claim)) == expected for claim in claims)
        except NotArithmeticError:
            return False


@dataclass(frozen=True, slots=True)
class Program:
    """The task; levels 1 to 5 go from small linear functions to quadratics and remainders."""

    info: TaskInfo = TaskInfo(
        "program", "write a function of x from examples", 5, checks_steps=True, visible_tests=True
    )

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise with three visible examples, two at level 5."""
        program = _draw_program(level, rng)
        tree = parse(program)
        shown = sorted(rng.choice(list(INPUTS), size=2 if level == 5 else 3, replace=False).tolist())
        results = [int(evaluate(tree, {"x": x})) for x in shown]
        prompt = " ".join(f"f({x})={y}" for x, y in zip(shown, results, strict=True))
        problem = Problem(
            "program",
            ask(prompt),
            ProgramAnswer(),
            StepRule(max_steps=9, max_step_tokens=40, max_tokens=168),
            ProgramReference(program, tuple(shown)),
            tuple(VisibleTest(str(x), str(y)) for x, y in zip(shown, results, strict=True)),
            task="program",
            level=level,
        )
        return Exercise(problem, f"f={program}\n" + _checked(program, shown))

    def miss(self, problem: Problem, rng: np.random.Generator) -> list[Piece]:
        """True checks of another program of the level: they and the answer are learnt, the idea is not."""
        reference = problem.reference
        assert isinstance(reference, ProgramReference)  # noqa: S101
        program = _draw_program(problem.level, rng)
        return [Piece(f"f={program}\n", learnt=False), Piece(_checked(program, reference.shown), learnt=True)]


def _checked(program: str, shown: Sequence[int]) -> str:
    """What follows an idea: its value at each example, and the answer."""
    tree = parse(program)
    checks = [f"f({x})={program.replace('x', str(x))}={evaluate(tree, {'x': x})}\n" for x in shown]
    return "".join(checks) + f"answer:{program}"


def _draw_program(level: int, rng: np.random.Generator) -> str:
    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    sign = str(rng.choice(["+", "-"]))
    match level:
        case 1:
            return f"{number(2, 5)}*x+{number(1, 9)}"
        case 2:
            return f"{number(2, 12)}*x{sign}{number(1, 20)}"
        case 3:
            return f"x*x{sign}{number(1, 9)}" if rng.random() < 0.4 else f"x*x{sign}{number(1, 5)}*x"
        case 4:
            middle = f"{sign}{number(1, 5)}*x"
            return f"x*x{middle}+{number(1, 9)}" if rng.random() < 0.5 else f"(x+{number(1, 6)})*(x+{number(1, 6)})"
        case _:
            inner = f"({number(2, 5)}*x+{number(1, 9)})" if rng.random() < 0.5 else "(x*x)"
            return f"{inner}%{number(5, 11)}"
