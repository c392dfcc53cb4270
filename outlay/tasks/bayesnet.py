"""``bayesnet``: how two variables far apart depend on each other, from a network that only says how neighbours do.

    a 30%; b 80% if a, 30% if not; c 70% if b, 20% if not. how likely are c,b if a?      (prompt)
    b:80                                         (read off)
    c:70-20=50;80%*50=40;20+40=60                (one variable summed out: 20 + 80% of 70 - 20)
    answer:60,80

Each variable is true or false and depends on one other. A step takes the probability of one variable to the next:
p(c) = p(c if not b) + p(b) * (p(c if b) - p(c if not b)). Numbers are drawn so that all probabilities on the way are
whole percentages: nothing is rounded, and enumerating the whole network gives the same. A nearer variable is asked for
beside the far one, so that guessing pays little. Source: Prystawski et al. 2023, "Why think step by step? Reasoning
emerges from the locality of experience".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.tasks.answer_line import ExactLine, answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask

LEAST_EFFECT = 10
"""Percentage points by which a variable's parent changes its probability, at least."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the network.

    Attributes:
        name: a letter.
        parent: the variable it depends on; ``""`` for the first.
        if_true: percent, if its parent is true; the first variable has no other.
        if_false: percent, if its parent is false.
    """

    name: str
    parent: str
    if_true: int
    if_false: int

    @property
    def text(self) -> str:
        """As the prompt says it."""
        if not self.parent:
            return f"{self.name} {self.if_true}%"
        return f"{self.name} {self.if_true}% if {self.parent}, {self.if_false}% if not"


@dataclass(frozen=True, slots=True)
class BayesNetReference:
    """What is right: both probabilities, and the one right line of each variable on the way.

    Attributes:
        answer: the percentages, in the order asked.
        lines: the variables' lines, in the order in which they build on each other.
        network: all variables, parents first.
        given: the observed variable.
        observed: its value.
        asked: the far variable and the nearer one.
    """

    answer: str
    lines: tuple[str, ...]
    network: tuple[Variable, ...] = field(repr=False)
    given: str
    observed: bool
    asked: tuple[str, str]

    def is_correct(self, value: str | None) -> bool:
        """Whether both percentages are right, in the order asked."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if it is the next line of the way; the answer may come as soon as it is known."""
        labels: list[bool] = []
        for i, step in enumerate(steps):
            labels.append(all(labels) and self._is_right(i, step.strip()))
        return labels

    def _is_right(self, position: int, line: str) -> bool:
        value = answer_line(line)
        if value is not None:
            return self.is_correct(value)
        return position < len(self.lines) and line == self.lines[position]


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level asks for.

    Attributes:
        links: from the observed variable to the far one.
        above: variables that the observed one depends on, which do not matter.
        aside: variables that hang from others and do not matter either.
    """

    links: int
    above: int = 0
    aside: int = 0


LEVELS = (Difficulty(2), Difficulty(3), Difficulty(4, 1, 1), Difficulty(5, 1, 3), Difficulty(7, 2, 4))


@dataclass(frozen=True, slots=True)
class BayesNet:
    """The task; levels 1 to 5 take 2, 3, 4, 5 and 7 links, shuffled and among idle variables from level 3 on."""

    info: TaskInfo = TaskInfo("bayesnet", "conditional probability of variables far apart", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random network and question."""
        difficulty = LEVELS[level - 1]
        letters = iter(rng.permutation(list("abcdefghijklmnopqrstuvwxyz")).tolist())
        network = _first([next(letters) for _ in range(difficulty.above + 1)], rng)
        given, observed = network[-1].name, bool(rng.random() < 0.5)
        way, lines, percents = _way(given, [next(letters) for _ in range(difficulty.links)], observed, rng)
        network += way
        for _ in range(difficulty.aside):
            network.append(_any(next(letters), network[int(rng.integers(len(network)))].name, rng))
        nearer = way[int(rng.integers(len(way) - 1))].name
        asked = (way[-1].name, nearer)
        shown = [network[i] for i in rng.permutation(len(network))] if level >= 3 else network
        condition = given if observed else f"not {given}"
        answer = ",".join(str(percents[name]) for name in asked)
        problem = Problem(
            "bayesnet",
            ask(f"{'; '.join(one.text for one in shown)}. how likely are {','.join(asked)} if {condition}?"),
            ExactLine(),
            StepRule(max_steps=len(lines) + 4, max_step_tokens=48, max_tokens=48 * len(lines) + 32),
            BayesNetReference(answer, tuple(lines), tuple(network), given, observed, asked),
            task="bayesnet",
            level=level,
        )
        return Exercise(problem, "\n".join([*lines, f"answer:{answer}"]))


def _first(names: Sequence[str], rng: np.random.Generator) -> list[Variable]:
    """A chain from the first variable of the network to the observed one."""
    first = int(rng.integers(5, 96))
    made = [Variable(names[0], "", first, first)]
    for name in names[1:]:
        made.append(_any(name, made[-1].name, rng))
    return made


def _any(name: str, parent: str, rng: np.random.Generator) -> Variable:
    while True:
        if_true, if_false = (int(percent) for percent in rng.integers(1, 100, size=2))
        if abs(if_true - if_false) >= LEAST_EFFECT:
            return Variable(name, parent, if_true, if_false)


def _way(
    given: str, names: Sequence[str], observed: bool, rng: np.random.Generator
) -> tuple[list[Variable], list[str], dict[str, int]]:
    """Variables from the observed one to the far one, their lines, and their percentages by name."""
    made, lines, percents = [], [], {}
    parent, before = given, 100 if observed else 0
    for position, name in enumerate(names):
        while True:
            drawn = _any(name, parent, rng) if position == 0 else _exact(name, parent, before, rng)
            effect = drawn.if_true - drawn.if_false
            after = drawn.if_false + before * effect // 100
            # What goes on must leave room for effects that give whole percentages.
            if position == len(names) - 1 or gcd(after, 100) >= 4:
                break
        made.append(drawn)
        lines.append(f"{name}:{after}" if position == 0 else _line(drawn, before, after))
        percents[name] = after
        parent, before = name, after
    return made, lines, percents


def _exact(name: str, parent: str, before: int, rng: np.random.Generator) -> Variable:
    """A variable whose effect on what comes after ``before`` percent is a whole percentage."""
    unit = 100 // gcd(before, 100)
    sizes = [size for size in range(unit, 91, unit) if size >= LEAST_EFFECT]
    effect = int(rng.choice(sizes)) * (1 if rng.random() < 0.5 else -1)
    if_false = int(rng.integers(max(1, 1 - effect), min(99, 99 - effect) + 1))
    return Variable(name, parent, if_false + effect, if_false)


def _line(variable: Variable, before: int, after: int) -> str:
    effect = variable.if_true - variable.if_false
    moved = after - variable.if_false
    terms = (
        f"{variable.if_true}-{variable.if_false}={effect}",
        f"{before}%*{effect}={moved}",
        f"{variable.if_false}{moved:+d}={after}",
    )
    return f"{variable.name}:{';'.join(terms)}"
