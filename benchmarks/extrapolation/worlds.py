"""Held-out curves that are made up, by other rules than those that the network was trained on.

Coverage: problems with Student-distributed difficulty and a chance of guessing; problems of a few kinds; pass rates
with a power-law tail. Selections: majority votes among several wrong answers, counted and not approximated; the best of
n by a score whose errors have a heavy tail, which rises and then falls.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from outlay.laws.curve import FloatArray, ScalingCurve, coverage_curve

Choose = Callable[[int], FloatArray]
"""From k to how often the choice from k samples is right, for each problem."""
Draw = Callable[[int, int], Choose]
"""From numbers of problems and samples to choices among what was drawn."""
AHEAD = 8
"""How many times the pilot's budget is predicted."""
MANY = 4000
"""Problems that stand for all."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One extrapolation to be made.

    Attributes:
        kind: of curve; cases of a kind are told together.
        name: tells it from others of its kind.
        cluster: cases of a cluster share their data.
        pilot: what is seen.
        budget: what is asked.
        truth: accuracy there.
    """

    kind: str
    name: str
    cluster: int
    pilot: ScalingCurve
    budget: float
    truth: float


def coverage_cases(count: int, seed: int) -> Iterator[Case]:
    """Pilots of 40 to 400 problems and 8 to 128 samples each."""
    worlds = (_responses, _kinds, _tail)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        rates = worlds[number % len(worlds)](rng, MANY)
        n, problems = 2 ** int(rng.integers(3, 8)), int(np.exp(rng.uniform(np.log(40), np.log(400))))
        right = rng.random((problems, n)) < rng.choice(rates, problems)[:, None]
        truth = float(np.mean(-np.expm1(AHEAD * n * np.log1p(-np.minimum(rates, 1 - 1e-12)))))
        yield Case("made up: coverage", f"{seed} {number}", number, coverage_curve(right), float(AHEAD * n), truth)


def selection_cases(count: int, seed: int) -> Iterator[Case]:
    """Pilots of 40 to 400 problems and 8 to 32 samples each; sub-samples do not overlap."""
    for number in range(count):
        rng = np.random.default_rng([seed, 1, number])
        n, problems = 2 ** int(rng.integers(3, 6)), int(np.exp(rng.uniform(np.log(40), np.log(400))))
        draw = (_votes if number % 2 else _best)(rng)
        budgets = 2 ** np.arange(n.bit_length())
        right = draw(problems, n)
        values = np.stack([right(int(k)) for k in budgets], axis=1)
        truth = float(draw(MANY // 2, AHEAD * n)(AHEAD * n).mean())
        pilot = ScalingCurve(budgets.astype(np.float64), values)
        yield Case("made up: selections", f"{seed} {number}", number, pilot, AHEAD * n, truth)


def _responses(rng: np.random.Generator, count: int) -> FloatArray:
    ability, spread = rng.uniform(-4, 2), rng.uniform(0.5, 2.5)
    guess = rng.choice([0.0, 0.02, 0.1])
    return np.asarray(guess + (1 - guess) * expit(ability - spread * rng.standard_t(4, count)), np.float64)


def _kinds(rng: np.random.Generator, count: int) -> FloatArray:
    kinds = np.exp(rng.uniform(np.log(5e-4), 0, 5))
    return np.asarray(rng.choice(kinds, count, p=rng.dirichlet(np.ones(5))), np.float64)


def _tail(rng: np.random.Generator, count: int) -> FloatArray:
    return np.asarray(rng.uniform(0.2, 1.0) * rng.random(count) ** (1 / rng.uniform(0.15, 1.2)), np.float64)


def _votes(rng: np.random.Generator) -> Draw:
    """Majority votes: the right answer against six wrong ones, ties broken by chance."""
    mean, size, likeness = rng.uniform(0.1, 0.8), np.exp(rng.uniform(-1, 2)), np.exp(rng.uniform(-2, 1))

    def draw(problems: int, n: int) -> Choose:
        rates = rng.beta(mean * size, (1 - mean) * size, problems)
        wrong = rng.dirichlet(np.full(6, likeness), problems) * (1 - rates)[:, None]
        edges = np.cumsum(np.concatenate([rates[:, None], wrong], axis=1), axis=1)
        labels = (rng.random((problems, n, 1)) > edges[:, None, :6]).sum(axis=2)

        def choose(k: int) -> FloatArray:
            groups = labels[:, : n // k * k].reshape(problems, n // k, k)
            votes = np.stack([(groups == label).sum(axis=2) for label in range(7)], axis=2)
            chosen = (votes + 0.5 * rng.random(votes.shape)).argmax(axis=2)
            return np.asarray((chosen == 0).mean(axis=1), np.float64)

        return choose

    return draw


def _best(rng: np.random.Generator) -> Draw:
    """The best of n by scores that are higher for right answers, but for errors with a heavy tail."""
    mean, size = rng.uniform(0.1, 0.7), np.exp(rng.uniform(-1, 2))
    gap, freedom = rng.uniform(0.3, 2.0), rng.uniform(2, 8)

    def draw(problems: int, n: int) -> Choose:
        rates = rng.beta(mean * size, (1 - mean) * size, problems)
        right = rng.random((problems, n)) < rates[:, None]
        scores = np.where(right, gap + rng.standard_normal(right.shape), rng.standard_t(freedom, right.shape))

        def choose(k: int) -> FloatArray:
            shape = (problems, n // k, k)
            best = scores[:, : n // k * k].reshape(shape).argmax(axis=2)[:, :, None]
            chosen = np.take_along_axis(right[:, : n // k * k].reshape(shape), best, axis=2)
            return np.asarray(chosen[:, :, 0].mean(axis=1), np.float64)

        return choose

    return draw
