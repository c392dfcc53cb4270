"""Training text: an endless seeded stream of worked exercises, packed to batches of similar length."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.pocket.tokenizer import BOS, EOS, PAD, encode
from outlay.tasks.exercise import Split, Task, exercise

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much of each task and level the corpus holds.

    Attributes:
        tasks: share of each task by name.
        levels: share of each level by task name, easy to hard; need not sum to one.
        all_levels_by: share of training after which every level is in; harder ones come in one after another.
    """

    tasks: Mapping[str, float]
    levels: Mapping[str, tuple[float, ...]]
    all_levels_by: float = 0.4

    def draw(self, progress: float, rng: np.random.Generator) -> tuple[str, int]:
        """A task name and a level, for training that has come to ``progress`` in [0, 1]."""
        names = list(self.tasks)
        shares = np.array([self.tasks[name] for name in names])
        name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
        levels = np.array(self.levels[name])
        ramp = min(1.0, progress / self.all_levels_by)
        levels[2 + int(ramp * (len(levels) - 2)) :] = 0.0
        return name, int(rng.choice(len(levels), p=levels / levels.sum())) + 1


DEFAULT_MIXTURE = Mixture(
    tasks={"chain": 0.32, "countdown": 0.28, "procedure": 0.26, "program": 0.14},
    levels={
        "chain": (0.2, 0.2, 0.25, 0.2, 0.1, 0.05),
        "countdown": (0.2, 0.2, 0.25, 0.2, 0.15),
        "procedure": (0.2, 0.2, 0.25, 0.2, 0.1, 0.05),
        "program": (0.15, 0.2, 0.2, 0.25, 0.2),
    },
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids (batch, time), padded on the right, and where the loss counts: targets are -100 elsewhere."""

    inputs: IntArray
    targets: IntArray


def sequence(prompt: str, solution: str) -> tuple[list[int], int]:
    """Token ids of a worked exercise as the models see it, and how many of them are prompt."""
    head = [BOS, *encode(prompt + "\n")]
    return [*head, *encode(solution), EOS], len(head)


def batches(
    tasks: Mapping[str, Task], mixture: Mixture, batch_tokens: int, first_seed: int, rng: np.random.Generator
) -> Generator[Batch, float | None, None]:
    """Endless batches of about ``batch_tokens`` tokens; ``send`` takes the progress in [0, 1]."""
    seed = first_seed
    progress = 0.0
    while True:
        pool: list[tuple[list[int], int]] = []
        while sum(len(ids) for ids, _ in pool) < 8 * batch_tokens:
            name, level = mixture.draw(progress, rng)
            drawn = exercise(tasks[name], level, seed, Split.TRAIN)
            pool.append(sequence(drawn.problem.messages[-1].content, drawn.solution))
            seed += 1
        pool.sort(key=lambda item: len(item[0]))
        groups = _groups(pool, batch_tokens)
        for index in rng.permutation(len(groups)):
            sent = yield _padded(groups[index])
            progress = progress if sent is None else sent


def _groups(pool: list[tuple[list[int], int]], batch_tokens: int) -> list[list[tuple[list[int], int]]]:
    groups: list[list[tuple[list[int], int]]] = [[]]
    for item in pool:
        if groups[-1] and (len(groups[-1]) + 1) * len(item[0]) > batch_tokens:
            groups.append([])
        groups[-1].append(item)
    return groups


def _padded(group: list[tuple[list[int], int]]) -> Batch:
    time = max(len(ids) for ids, _ in group) - 1
    inputs = np.full((len(group), time), PAD)
    targets = np.full((len(group), time), -100)
    for row, (ids, prompt) in enumerate(group):
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, prompt - 1 : len(ids) - 1] = ids[prompt:]
    return Batch(inputs, targets)
