"""``translate``: sentences of plain English into a made-up language, to be learnt from examples.

    translate the small dog follows two birds             (prompt)
    the small dog=ro zoto pomo                            (one part of the sentence a step)
    follows=mivu
    two birds=nison bel
    answer:ro zoto pomo nison bel mivu

The language is the same in all problems and stands in ``outlay/tasks/language.py``; the prompt does not explain it, so
that only a model trained on it can answer. An answer is right if it is the one translation, and how good a wrong one
is, is its chrF score: post-editing can improve what it does not yet get right. Source of the question: "Test-Time
Scaling of Reasoning Models for Machine Translation".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.likeness import chrf
from outlay.core.problem import Problem, StepRule
from outlay.tasks.answer_line import answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.language import (
    ADJECTIVES,
    NEAR,
    NUMBERS,
    PEOPLE,
    PLACES,
    VERBS,
    NounPhrase,
    Place,
    Sentence,
    VerbPhrase,
)


@dataclass(frozen=True, slots=True)
class WordsLine:
    """An answer rule: the words of the answer line, compared letter by letter."""

    def extract(self, text: str) -> str | None:
        """The words behind the last ``answer:``, with one space between them."""
        value = answer_line(text)
        return None if value is None else " ".join(value.split())

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same text."""
        return first == second


@dataclass(frozen=True, slots=True)
class TranslateReference:
    """What is right: the translation, and the worked lines, of which there is only one right sequence."""

    answer: str
    lines: tuple[str, ...]

    def is_correct(self, value: str | None) -> bool:
        """Whether a value is the translation."""
        return value == self.answer

    def quality(self, value: str | None) -> float:
        """The chrF score of a value, in [0, 1]; 0 for a missing one."""
        return 0.0 if value is None else chrf(value, self.answer)

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right as long as all lines so far are the worked ones."""
        labels: list[bool] = []
        for i, step in enumerate(steps):
            labels.append(all(labels) and i < len(self.lines) and step.strip() == self.lines[i])
        return labels


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What the sentences of a level may have.

    Attributes:
        adjectives: how likely a noun has one.
        plurals: whether there are several of something.
        past: whether it may be past or denied.
        place: whether it says where.
    """

    adjectives: float = 0.0
    plurals: bool = False
    past: bool = False
    place: bool = False


LEVELS = (
    Difficulty(),
    Difficulty(0.6),
    Difficulty(0.5, plurals=True),
    Difficulty(0.5, plurals=True, past=True),
    Difficulty(0.7, plurals=True, past=True, place=True),
)


@dataclass(frozen=True, slots=True)
class Translate:
    """The task; levels 1 to 5 add adjectives, plurals, past and denial, and places."""

    info: TaskInfo = TaskInfo("translate", "sentences into a made-up language", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random sentence."""
        sentence = _draw(LEVELS[level - 1], rng)
        lines = [f"{part.english}={part.translated}" for part in sentence.parts]
        lines.append(f"answer:{sentence.translated}")
        problem = Problem(
            "translate",
            ask(f"translate {sentence.english}"),
            WordsLine(),
            StepRule(max_steps=len(lines) + 4, max_step_tokens=96, max_tokens=256),
            TranslateReference(sentence.translated, tuple(lines)),
            task="translate",
            level=level,
        )
        return Exercise(problem, "\n".join(lines))


def _draw(difficulty: Difficulty, rng: np.random.Generator) -> Sentence:
    subject = _noun_phrase(PEOPLE, difficulty, rng)
    whom = _noun_phrase({noun: PEOPLE[noun] for noun in PEOPLE if noun != subject.noun}, difficulty, rng)
    past, denied = (difficulty.past and bool(rng.random() < share) for share in (0.5, 0.4))
    verb = VerbPhrase(_one_of(VERBS, rng), subject.plural, past, denied)
    place = Place(_one_of(NEAR, rng), _noun_phrase(PLACES, difficulty, rng)) if difficulty.place else None
    return Sentence(subject, verb, whom, place)


def _noun_phrase(nouns: Mapping[str, str], difficulty: Difficulty, rng: np.random.Generator) -> NounPhrase:
    noun = _one_of(nouns, rng)
    adjective = _one_of(ADJECTIVES, rng) if rng.random() < difficulty.adjectives else ""
    if difficulty.plurals and rng.random() < 0.5:
        return NounPhrase(_one_of(["the", *NUMBERS], rng), adjective, noun, plural=True)
    article = _one_of(["the", "a"], rng)
    if article == "a" and (adjective or noun)[0] in "aeiou":
        article = "an"
    return NounPhrase(article, adjective, noun)


def _one_of(words: Mapping[str, str] | Sequence[str], rng: np.random.Generator) -> str:
    return list(words)[int(rng.integers(len(words)))]
