"""A drill in looking values up, for the training corpus alone.

    h=37; c=95; k=12? c,k,h           (prompt)
    c=95,k=12,h=37

A small model learns late to find the value that goes with a name: a worked chain asks it once or twice in fifty tokens.
The drill asks it all the time.
"""

from dataclasses import dataclass

import numpy as np

from outlay.core.problem import Problem
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.exercise import Exercise, TaskInfo, ask

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
PAIRS = ((3, 5), (6, 10))
"""For each level, how few and how many names are given."""


@dataclass(frozen=True, slots=True)
class Recall:
    """The drill; levels 1 and 2 give 3 to 5 and 6 to 10 names."""

    info: TaskInfo = TaskInfo("recall", "repeat given values in another order", len(PAIRS))

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise."""
        low, high = PAIRS[level - 1]
        names = [str(name) for name in rng.permutation(LETTERS)[: rng.integers(low, high + 1)]]
        given = {name: f"{name}={rng.integers(0, 100)}" for name in names}
        asked = [str(name) for name in rng.permutation(names)]
        problem = Problem("recall", ask("; ".join(given.values()) + "? " + ",".join(asked)), ExactLine())
        return Exercise(problem, ",".join(given[name] for name in asked))
