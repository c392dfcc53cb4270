"""``chain``: chained arithmetic modulo 100, in symbols or in words.

    h=37; c=h+58; k=c*3? k,c          (prompt)
    h+58=37+58=c=95                   (one step for each definition that is not a plain number)
    c*3=95*3=k=85
    k=85,c=95                         (what was asked for)
    answer:85,95

Two names are asked for, so that there are 10,000 possible answers and guessing pays nothing. Multipliers are 3, 7
and 9 only: they are invertible modulo 100, so wrong work does not fall back onto right answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.tasks.answer_line import ExactLine, answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask

STEPS_BY_LEVEL = (2, 3, 4, 6, 8, 11)
WORDS = {"+": "plus", "-": "minus", "*": "times"}


@dataclass(frozen=True, slots=True)
class Definition:
    """``name = left sign right``; a plain number has no sign and stands in ``left``."""

    name: str
    left: str
    sign: str = ""
    right: str = ""

    @property
    def formula(self) -> str:
        """The right-hand side in symbols."""
        return f"{self.left}{self.sign}{self.right}"


@dataclass(frozen=True, slots=True)
class ChainReference:
    """What is right: the answer, the line that recalls the asked names, and the one right line for each name."""

    answer: str
    recall: str
    lines: dict[str, str]
    needs: dict[str, frozenset[str]] = field(repr=False)

    def is_correct(self, value: str | None) -> bool:
        """Whether both asked values are right, in the order asked."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if it is the one right line of its name, or the recall, and stands after those it uses."""
        done: set[str] = set()
        labels: list[bool] = []
        for step in steps:
            labels.append(all(labels) and self._is_right(step, done))
        return labels

    def _is_right(self, step: str, done: set[str]) -> bool:
        line = step.strip()
        value = answer_line(line)
        if value is not None:
            return value == self.answer
        if "," in line:
            return line == self.recall and len(done) == len(self.lines)
        name = line.rpartition("=")[0].rpartition("=")[2]
        right = self.lines.get(name) == line and self.needs[name] <= done and name not in done
        done.add(name)
        return right


@dataclass(frozen=True, slots=True)
class Chain:
    """The task; levels 1 to 6 take 2, 3, 4, 6, 8 and 11 definitions to work out, shuffled from level 3 on."""

    info: TaskInfo = TaskInfo("chain", "chained arithmetic modulo 100, two values asked", 6, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise: a quarter of them in words."""
        count = STEPS_BY_LEVEL[level - 1]
        letters = list(rng.permutation(list("abcdefghijklmnopqrstuvwxyz"))[: count + 1])
        definitions = _definitions([str(letter) for letter in letters], rng)
        asked = (definitions[-1].name, definitions[int(rng.integers(1, count))].name)
        shown = [definitions[i] for i in rng.permutation(count + 1)] if level >= 3 else definitions
        prompt = _in_words(shown, asked) if rng.random() < 0.25 else _in_symbols(shown, asked)
        lines = _worked(definitions)
        values = {name: line.rpartition("=")[2] for name, line in lines.items()}
        answer = ",".join(values[name] for name in asked)
        inner = {d.name for d in definitions[1:]}
        needs = {d.name: frozenset({d.left, d.right} & inner) for d in definitions[1:]}
        recall = ",".join(f"{name}={values[name]}" for name in asked)
        solution = "\n".join([*(lines[d.name] for d in definitions[1:]), recall, f"answer:{answer}"])
        problem = Problem(
            "chain",
            ask(prompt),
            ExactLine(),
            StepRule(max_steps=count + 6, max_step_tokens=32, max_tokens=24 * count + 48),
            ChainReference(answer, recall, {d.name: lines[d.name] for d in definitions[1:]}, needs),
            task="chain",
            level=level,
        )
        return Exercise(problem, solution)


def _definitions(names: list[str], rng: np.random.Generator) -> list[Definition]:
    made = [Definition(names[0], str(rng.integers(10, 100)))]
    for i, name in enumerate(names[1:], start=1):
        sign = str(rng.choice(["+", "-", "*"]))
        if sign == "*":
            right = str(rng.choice([3, 7, 9]))
        elif i >= 2 and rng.random() < 0.3:
            right = names[int(rng.integers(0, i - 1))]
        else:
            right = str(rng.integers(10, 100))
        made.append(Definition(name, names[i - 1], sign, right))
    return made


def _worked(definitions: Sequence[Definition]) -> dict[str, str]:
    values: dict[str, int] = {}
    lines: dict[str, str] = {}
    for d in definitions:
        if not d.sign:
            values[d.name] = int(d.left)
            continue
        left, right = (values[side] if side in values else int(side) for side in (d.left, d.right))
        result = {"+": left + right, "-": left - right, "*": left * right}[d.sign] % 100
        values[d.name] = result
        lines[d.name] = f"{d.formula}={left}{d.sign}{right}={d.name}={result}"
    return lines


def _in_symbols(definitions: Sequence[Definition], asked: tuple[str, str]) -> str:
    return "; ".join(f"{d.name}={d.formula}" for d in definitions) + f"? {asked[0]},{asked[1]}"


def _in_words(definitions: Sequence[Definition], asked: tuple[str, str]) -> str:
    parts = [f"{d.name} is {d.left}" + (f" {WORDS[d.sign]} {d.right}" if d.sign else "") for d in definitions]
    return "; ".join(parts) + f". what are {asked[0]},{asked[1]}?"
