"""Resampling with a verifier that errs, against the enumeration of everything that can happen."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.statistics import Resampling

invariant = settings(deadline=None, max_examples=60)
chances = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
problems_lists = st.lists(st.tuples(chances, chances, chances), min_size=1, max_size=4)


def resampling(rows: list[tuple[float, float, float]]) -> Resampling:
    return Resampling(*(np.array(column) for column in zip(*rows, strict=True)))


def enumerated(p: float, a: float, b: float, k: int) -> tuple[float, float]:
    """Probability to hand out a right and a wrong answer, over all sequences of k tries and their verdicts."""
    chance = {(True, True): p * (1 - b), (True, False): p * b, (False, True): (1 - p) * a}
    chance[False, False] = (1 - p) * (1 - a)
    handed = {True: 0.0, False: 0.0}
    for tries in product(chance, repeat=k):
        probability = float(np.prod([chance[t] for t in tries]))
        first = next((right for right, passed in tries if passed), None)
        if first is not None:
            handed[first] += probability
    return handed[True], handed[False]


@given(problems_lists, st.integers(0, 4), st.floats(0, 5))
@invariant
def test_every_figure_is_that_of_the_enumeration(rows: list[tuple[float, float, float]], k: int, cost: float) -> None:
    right, wrong = np.mean([enumerated(*row, k) for row in rows], axis=0)
    model = resampling(rows)
    assert model.accuracy(k)[0] == pytest.approx(right, abs=1e-12)
    assert model.wrong(k)[0] == pytest.approx(wrong, abs=1e-12)
    assert model.utility(k, cost)[0] == pytest.approx(right - cost * wrong, abs=1e-12)


@given(problems_lists)
@invariant
def test_accuracy_rises_to_its_ceiling_and_never_above(rows: list[tuple[float, float, float]]) -> None:
    model = resampling(rows)
    curve = model.accuracy(np.array([0, 1, 2, 5, 50, 10**6]))
    assert curve[0] == 0
    assert (np.diff(curve) >= -1e-12).all()
    assert curve[-1] <= model.ceiling() + 1e-9


def test_the_ceiling_is_reached_and_worked_by_hand() -> None:
    # g = 0.2 * 0.9 = 0.18, s = 0.18 + 0.8 * 0.1 = 0.26.
    model = resampling([(0.2, 0.1, 0.1)])
    assert model.ceiling() == pytest.approx(0.18 / 0.26)
    assert model.accuracy(1000)[0] == pytest.approx(0.18 / 0.26)
    assert model.utility_limit(2.0) == pytest.approx((0.18 - 2 * 0.08) / 0.26)


def test_only_a_verifier_without_false_positives_lets_accuracy_reach_one() -> None:
    assert resampling([(0.01, 0.0, 0.5)]).ceiling() == 1
    assert resampling([(0.01, 1e-3, 0.5)]).ceiling() < 0.85


def test_a_weak_model_with_a_bad_verifier_never_reaches_a_strong_one() -> None:
    """Paper 3's main point: one try of the strong model is above the weak one's ceiling."""
    weak = resampling([(0.3, 0.4, 0.0)])
    assert weak.ceiling() == pytest.approx(0.3 / 0.58)
    assert weak.ceiling() < 0.6


@given(chances, chances, chances, st.floats(0, 5))
@invariant
def test_on_one_problem_the_best_is_none_or_without_end(p: float, a: float, b: float, cost: float) -> None:
    gain = p * (1 - b) - cost * (1 - p) * a
    passing = p * (1 - b) + (1 - p) * a
    if abs(gain) < 1e-6 or 0 < passing < 0.2 or passing > 0.8:
        return
    best = resampling([(p, a, b)]).best_tries(cost, limit=20)
    assert best.tries == (0 if gain < 0 else None)


@given(problems_lists, st.floats(0, 5))
@invariant
def test_no_number_of_tries_beats_the_best(rows: list[tuple[float, float, float]], cost: float) -> None:
    model = resampling(rows)
    best = model.best_tries(cost, limit=30)
    assert best.utility >= model.utility(np.arange(31), cost).max() - 1e-12
    assert best.utility >= model.utility_limit(cost) - 1e-12
    if best.tries is not None:
        assert model.utility(best.tries, cost)[0] == best.utility


def test_over_easy_and_hopeless_problems_the_best_lies_between() -> None:
    # Easy: u(k) = 1 - 0.1^k. Hopeless: -2 (1 - 0.9^k). The sum peaks at k = 2: 0.99 - 0.38 against 0.7 and 0.457.
    model = resampling([(0.9, 0.0, 0.0), (0.0, 0.1, 0.0)])
    best = model.best_tries(2.0)
    assert best.tries == 1 + int(np.argmax([0.9 - 0.2, 0.99 - 0.38, 0.999 - 0.542]))
    assert best.utility == pytest.approx(0.35)
    assert model.best_tries(0.5).tries == 2
    assert model.best_tries(0.0).tries is not None


def test_bad_settings_are_refused() -> None:
    one = np.array([0.5])
    with pytest.raises(ValueError, match="same shape"):
        Resampling(one, one, np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="same shape"):
        Resampling(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Resampling(one, one, np.array([np.nan]))
    model = Resampling(one, one, one)
    with pytest.raises(ValueError, match="tries must be"):
        model.accuracy(-1)
    with pytest.raises(ValueError, match="limit must be"):
        model.best_tries(1.0, limit=-1)
