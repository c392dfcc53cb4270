"""Training text: an endless seeded stream of worked exercises, packed to batches of similar length."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outlay.pocket.tokenizer import BOS, EOS, PAD, encode
from outlay.tasks.exercise import MissingTask, Piece, Split, Task, exercise

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much of each task and level the corpus holds.

    Attributes:
        tasks: share of each task by name.
        levels: share of each level by task name, easy to hard; need not sum to one.
        misses: share of attempts that miss, by task name, for tasks that can work them.
        all_levels_by: share of training after which every level is in; harder ones come in one after another.
    """

    tasks: Mapping[str, float]
    levels: Mapping[str, tuple[float, ...]]
    misses: Mapping[str, float] = field(default_factory=dict)
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
    tasks={"chain": 0.28, "countdown": 0.27, "procedure": 0.22, "program": 0.15, "recall": 0.08},
    levels={
        "chain": (0.2, 0.2, 0.25, 0.2, 0.1, 0.05),
        "countdown": (0.2, 0.2, 0.25, 0.2, 0.15),
        "procedure": (0.2, 0.2, 0.25, 0.2, 0.1, 0.05),
        "program": (0.15, 0.2, 0.2, 0.25, 0.2),
        "recall": (0.3, 0.7),
    },
    misses={"countdown": 0.3, "program": 0.3},
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids (batch, time), padded on the right, and where the loss counts: targets are -100 elsewhere.

    Attributes:
        inputs: what is read.
        targets: what is learnt.
        weights: (batch,), what a token of each text counts.
    """

    inputs: IntArray
    targets: IntArray
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """Token ids of a training text, which of them training learns to write, and what each of those counts."""

    ids: tuple[int, ...]
    learnt: tuple[bool, ...]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.ids)


def training_text(prompt: str, pieces: Sequence[Piece], weight: float = 1.0) -> Text:
    """A prompt and what follows, as the models see it; the prompt is not learnt, the end is."""
    ids, learnt = [BOS, *encode(prompt + "\n")], []
    learnt += [False] * len(ids)
    for piece in pieces:
        more = encode(piece.text)
        ids += more
        learnt += [piece.learnt] * len(more)
    return Text((*ids, EOS), (*learnt, True), weight)


def batches(
    tasks: Mapping[str, Task], mixture: Mixture, batch_tokens: int, first_seed: int, rng: np.random.Generator
) -> Generator[Batch, float | None, None]:
    """Endless batches of about ``batch_tokens`` tokens; ``send`` takes the progress in [0, 1]."""
    seed = first_seed
    progress = 0.0
    while True:
        pool: list[Text] = []
        while sum(map(len, pool)) < 8 * batch_tokens:
            name, level = mixture.draw(progress, rng)
            pool.append(_worked(tasks[name], level, seed, mixture.misses.get(name, 0.0), rng))
            seed += 1
        pool.sort(key=len)
        groups = grouped(pool, batch_tokens)
        for index in rng.permutation(len(groups)):
            sent = yield padded(groups[index])
            progress = progress if sent is None else sent


def _worked(task: Task, level: int, seed: int, misses: float, rng: np.random.Generator) -> Text:
    drawn = exercise(task, level, seed, Split.TRAIN)
    pieces: Sequence[Piece] = [Piece(drawn.solution, learnt=True)]
    if rng.random() < misses and isinstance(task, MissingTask):
        pieces = task.miss(drawn.problem, rng)
    return training_text(drawn.problem.messages[-1].content, pieces)


def grouped(pool: Sequence[Text], batch_tokens: int) -> list[list[Text]]:
    """Neighbouring texts in groups that, padded, have no more than ``batch_tokens`` tokens."""
    groups: list[list[Text]] = [[]]
    for text in pool:
        if groups[-1] and (len(groups[-1]) + 1) * len(text) > batch_tokens:
            groups.append([])
        groups[-1].append(text)
    return groups


def padded(group: Sequence[Text]) -> Batch:
    """One batch of texts."""
    time = max(map(len, group)) - 1
    inputs = np.full((len(group), time), PAD)
    targets = np.full((len(group), time), -100)
    for row, text in enumerate(group):
        ids, learnt = np.array(text.ids), np.array(text.learnt)
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, : len(ids) - 1] = np.where(learnt[1:], ids[1:], -100)
    return Batch(inputs, targets, np.array([text.weight for text in group], np.float32))
