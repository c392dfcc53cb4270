"""Conversations teach what they say: wrong attempts are read, right ones learnt, and verdicts are true."""

from collections import Counter

import numpy as np
import pytest

from outlay.core import phrases
from outlay.pocket.tokenizer import decode
from outlay.train.corpus import Text
from outlay.train.dialogue import (
    KINDS,
    WORD_WEIGHT,
    Attempt,
    conversations,
    critique,
    foresight,
    refinement,
    self_checked,
    thinking,
    verdict,
)

RIGHT = Attempt("one?", ("1+1=2\n", "answer:2"), (1.0, 1.0), correct=True, solutions=("1+1=2\nanswer:2",))
WRONG = Attempt(
    "1+1+1?", ("1+1=2\n", "2+1=4\n", "answer:4"), (1.0, 0.0, 0.0), correct=False,
    solutions=("1+1+1=3\nanswer:3", "1+1=2\n2+1=3\nanswer:3"),
)  # fmt: skip


def parts(text: Text) -> tuple[str, str]:
    """What is read and what is learnt, without the end."""
    learnt = [one for one, counts in zip(text.ids, text.learnt, strict=True) if counts]
    read = [one for one, counts in zip(text.ids, text.learnt, strict=True) if not counts]
    return decode(read), decode(learnt)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(("attempt", "word"), [(RIGHT, "yes"), (WRONG, "no")])
def test_verdicts_are_true_and_weigh_more(attempt: Attempt, word: str, rng: np.random.Generator) -> None:
    for kind, question in ((verdict, phrases.CHECK), (foresight, phrases.FORESEE)):
        text = kind(attempt, rng)
        assert text is not None
        read, learnt = parts(text)
        assert learnt == word
        assert read.startswith(attempt.prompt)
        assert read.endswith(question + "\n")
        assert text.weight == WORD_WEIGHT


def test_a_critique_names_the_first_wrong_step(rng: np.random.Generator) -> None:
    assert parts(critique(WRONG, rng))[1] == "step 2."
    assert parts(critique(RIGHT, rng))[1].startswith(phrases.NOTHING_WRONG)


def test_an_improvement_keeps_what_was_right(rng: np.random.Generator) -> None:
    assert parts(refinement(WRONG, rng))[1] == "1+1=2\n2+1=3\nanswer:3"


def test_wrong_steps_are_read_and_never_learnt(rng: np.random.Generator) -> None:
    for kind in (thinking, self_checked):
        for _ in range(20):
            text = kind(WRONG, rng)
            assert text is not None
            read, learnt = parts(text)
            assert "2+1=4" in read
            assert "=4" not in learnt
    assert parts(self_checked(WRONG, rng))[1].startswith(phrases.REJECTED)
    assert parts(self_checked(RIGHT, rng))[1].endswith(phrases.ACCEPTED)


def test_batches_hold_all_kinds_and_as_many_right_attempts_as_wrong_ones(rng: np.random.Generator) -> None:
    stream = conversations([RIGHT, WRONG], 2000, 640, rng)
    seen: Counter[str] = Counter()
    for _ in range(40):
        batch = next(stream)
        assert set(batch.weights.tolist()) <= {1.0, WORD_WEIGHT}
        seen.update("right" if "one?" in decode(row) else "wrong" for row in batch.inputs)
    assert 0.4 < seen["right"] / seen.total() < 0.6
    assert sum(KINDS.values()) == pytest.approx(1.0, abs=0.05)
