"""Training text for conversations: verdicts, critiques, second attempts, thinking on and off, forced thought.

Every attempt in them is a real sample of the language model, right or wrong; what it got wrong is read, never learnt.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from outlay.core import phrases
from outlay.pocket.tokenizer import ANSWER, decode
from outlay.tasks.exercise import Piece
from outlay.train.corpus import Batch, Text, grouped, padded, training_text
from outlay.train.rollouts import Rollout

Kind = Callable[["Attempt", np.random.Generator], Text | None]
POOL = 8
"""Batches whose texts are drawn together, to be sorted by length."""
WORD_WEIGHT = 8.0
"""What a token of a one-word verdict counts, which would be lost among long answers."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sample of the language model on a training problem.

    Attributes:
        prompt: the question.
        steps: the attempt's steps as text, the last one usually the answer line.
        labels: for each step, whether it and all before it are right.
        correct: whether the answer is right.
        solutions: right answers to the same question, the worked one first.
    """

    prompt: str
    steps: tuple[str, ...]
    labels: tuple[float, ...]
    correct: bool
    solutions: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole attempt."""
        return "".join(self.steps).strip()

    @property
    def first_wrong(self) -> int:
        """Index of the first wrong step; the number of steps if none is."""
        return next((i for i, label in enumerate(self.labels) if label < 1), len(self.steps))

    def better(self) -> str:
        """A right answer that keeps as much of the attempt as any."""
        return max(self.solutions, key=lambda solution: _shared(solution, self.text))


def attempts(rollouts: Sequence[Rollout], worked: Mapping[int, str]) -> list[Attempt]:
    """Attempts from labelled samples; ``worked`` has a right solution for each group."""
    right: dict[int, list[str]] = {group: [solution] for group, solution in worked.items()}
    for one in rollouts:
        if one.correct:
            right[one.group].append(decode(one.ids).strip())
    found = []
    for one in rollouts:
        starts = [0, *(end + 1 for end in one.ends)]
        steps = tuple(decode(one.ids[start : end + 1]) for start, end in zip(starts, one.ends, strict=False))
        solutions = tuple(dict.fromkeys(right[one.group]))
        found.append(Attempt(decode(one.prompt).strip(), steps, one.labels, one.correct, solutions))
    return found


def verdict(attempt: Attempt, _: np.random.Generator) -> Text:
    """Is a whole attempt right?"""
    return _turn([attempt.prompt, attempt.text, phrases.CHECK], _yes(attempt.correct), WORD_WEIGHT)


def foresight(attempt: Attempt, rng: np.random.Generator) -> Text | None:
    """Will the beginning of an attempt come out right?"""
    if len(attempt.steps) < 2:
        return None
    part = "".join(attempt.steps[: rng.integers(1, len(attempt.steps))]).strip()
    return _turn([attempt.prompt, part, phrases.FORESEE], _yes(attempt.correct), WORD_WEIGHT)


def critique(attempt: Attempt, _: np.random.Generator) -> Text:
    """Which step is wrong first?"""
    return _turn([attempt.prompt, attempt.text, phrases.CRITICISE], _fault(attempt))


def refinement(attempt: Attempt, _: np.random.Generator) -> Text:
    """A better answer after a critique."""
    return _turn([attempt.prompt, attempt.text, phrases.CRITICISE, _fault(attempt), phrases.IMPROVE], attempt.better())


def revision(attempt: Attempt, _: np.random.Generator) -> Text:
    """A second attempt."""
    return _turn([attempt.prompt, attempt.text, phrases.TRY_AGAIN], attempt.better())


def thinking(attempt: Attempt, rng: np.random.Generator) -> Text | None:
    """Steps, and from a wrong one on ``wait`` and the steps again; now and then ``wait`` without need."""
    prompt = f"{attempt.prompt}\n{phrases.THINK}"
    steps = [step for step in attempt.steps if ANSWER not in step]
    if not all(step.endswith("\n") for step in steps):
        return None
    wrong = attempt.first_wrong
    if attempt.correct:
        if rng.random() < 0.8:
            return training_text(prompt, [Piece(attempt.text, learnt=True)])
        again = [Piece(phrases.WAIT, learnt=False), Piece(attempt.better(), learnt=True)]
        return training_text(prompt, [Piece("".join(steps), learnt=True), *again])
    if wrong >= len(steps):
        return None
    cut = int(rng.integers(wrong + 1, len(steps) + 1))
    read = [Piece("".join(steps[:wrong]), learnt=True), Piece("".join(steps[wrong:cut]), learnt=False)]
    return training_text(prompt, [*read, Piece(phrases.WAIT + attempt.better(), learnt=True)])


def at_once(attempt: Attempt, _: np.random.Generator) -> Text:
    """The answer line alone."""
    return _turn([attempt.prompt, phrases.ANSWER_AT_ONCE], ANSWER + attempt.solutions[0].partition(ANSWER)[2])


def cut_short(attempt: Attempt, rng: np.random.Generator) -> Text | None:
    """The answer line after some right steps, forced before its time."""
    whole = attempt.better()
    steps = whole.partition(ANSWER)[0].splitlines(keepends=True)
    if not steps:
        return None
    kept = "".join(steps[: rng.integers(0, len(steps))])
    prompt = attempt.prompt if rng.random() < 0.5 else f"{attempt.prompt}\n{phrases.THINK}"
    return training_text(prompt, [Piece(kept + ANSWER, learnt=False), Piece(whole.partition(ANSWER)[2], learnt=True)])


def self_checked(attempt: Attempt, _: np.random.Generator) -> Text:
    """An answer with a verdict behind it; a wrong one is followed by a right one."""
    prompt = f"{attempt.prompt}\n{phrases.CHECK_YOURSELF}"
    if attempt.correct:
        return training_text(prompt, [Piece(f"{attempt.text}\n{phrases.ACCEPTED}", learnt=True)])
    read = Piece(attempt.text + "\n", learnt=False)
    rest = f"{phrases.REJECTED}\n{attempt.better()}\n{phrases.ACCEPTED}"
    return training_text(prompt, [read, Piece(rest, learnt=True)])


KINDS: Mapping[Kind, float] = MappingProxyType(
    {
        verdict: 0.22, foresight: 0.16, critique: 0.08, refinement: 0.1, revision: 0.12, thinking: 0.12,
        at_once: 0.04, cut_short: 0.04, self_checked: 0.14,
    }
)  # fmt: skip
"""What conversations are about, and the share of each."""


def conversations(
    given: Sequence[Attempt], batch_tokens: int, longest: int, rng: np.random.Generator
) -> Generator[Batch, None, None]:
    """Endless batches of all kinds. Half the attempts are right ones."""
    right = [one for one in given if one.correct]
    wrong = [one for one in given if not one.correct]
    kinds, shares = list(KINDS), np.array(list(KINDS.values()))
    while True:
        pool: list[Text] = []
        while sum(map(len, pool)) < POOL * batch_tokens:
            kind = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]
            side = right if rng.random() < 0.5 else wrong
            text = kind(side[int(rng.integers(len(side)))], rng)
            if text is not None and len(text) <= longest:
                pool.append(text)
        pool.sort(key=len)
        groups = grouped(pool, batch_tokens)
        for index in rng.permutation(len(groups)):
            yield padded(groups[index])


def mixed(
    plain: Generator[Batch, float | None, None], talk: Generator[Batch, None, None], share: float,
    rng: np.random.Generator,
) -> Generator[Batch, float | None, None]:  # fmt: skip
    """Batches of conversations with probability ``share``, else of worked exercises of every level."""
    next(plain)
    while True:
        yield next(talk) if rng.random() < share else plain.send(1.0)


def _turn(messages: Sequence[str], reply: str, weight: float = 1.0) -> Text:
    return training_text("\n".join(messages), [Piece(reply, learnt=True)], weight)


def _yes(right: bool) -> str:
    return phrases.YES if right else phrases.NO


def _fault(attempt: Attempt) -> str:
    return f"{phrases.NOTHING_WRONG}." if attempt.correct else f"step {min(attempt.first_wrong, 98) + 1}."


def _shared(first: str, second: str) -> int:
    """Steps that two texts begin with alike."""
    count = 0
    for one, other in zip(first.splitlines(), second.splitlines(), strict=False):
        if one != other:
            break
        count += 1
    return count
