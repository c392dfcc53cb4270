"""Conformal selection: exact false-discovery rates over all splits of a pool, and by simulation."""

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import (
    benjamini_hochberg,
    conformal_p_values,
    conformal_selection,
    optimised_conformal_selection,
)

invariant = settings(deadline=None, max_examples=40)
levels = st.sampled_from([0.1, 0.3, 0.5, 0.8])
small_scores = st.integers(0, 4)
Select = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From labelled scores (n, k), labels (n,) and new scores (m, k) to what is chosen (m,)."""


def pools(scores: int) -> st.SearchStrategy[list[tuple[tuple[int, ...], bool]]]:
    return st.lists(st.tuples(st.tuples(*[small_scores] * scores), st.booleans()), min_size=7, max_size=7)


def share_wrong(chosen: np.ndarray, right: np.ndarray) -> float:
    return float((chosen & ~right).sum() / max(1, chosen.sum()))


def rate_over_splits(pool: list[tuple[tuple[int, ...], bool]], m: int, select: Select) -> float:
    """The exact false-discovery rate where the pool is shuffled and its last m are the new ones."""
    scores = np.array([row for row, _ in pool], np.float64)
    right = np.array([flag for _, flag in pool])
    found = []
    for new in combinations(range(len(pool)), m):
        is_new = np.isin(np.arange(len(pool)), new)
        chosen = select(scores[~is_new], right[~is_new], scores[is_new])
        found.append(share_wrong(chosen, right[is_new]))
    return float(np.mean(found))


@given(pools(1), st.integers(1, 4), levels)
@invariant
def test_the_rate_over_all_splits_is_at_most_the_level(
    pool: list[tuple[tuple[int, ...], bool]], m: int, level: float
) -> None:
    rate = rate_over_splits(pool, m, lambda c, r, t: conformal_selection(c[:, 0], r, t[:, 0], level).chosen)
    assert rate <= level + 1e-12


@given(pools(3), st.integers(1, 4), levels)
@invariant
def test_so_it_is_after_choosing_among_scores(pool: list[tuple[tuple[int, ...], bool]], m: int, level: float) -> None:
    rate = rate_over_splits(pool, m, lambda c, r, t: optimised_conformal_selection(c, r, t, level).chosen)
    assert rate <= level + 1e-12


def hands_out_most(c: np.ndarray, r: np.ndarray, t: np.ndarray, level: float) -> np.ndarray:
    """What has no guarantee: the score that hands out most, used as if it had been given."""
    found = [conformal_selection(c[:, k], r, t[:, k], level).chosen for k in range(c.shape[1])]
    return max(found, key=lambda chosen: int(chosen.sum()))


def test_the_splits_tell_the_choice_without_guarantee() -> None:
    pool = [((k == 0, k == 1, k == 2, k == 3), False) for k in range(8)]
    level = 0.2
    careless = rate_over_splits(pool, 1, lambda c, r, t: hands_out_most(c, r, t, level))
    careful = rate_over_splits(pool, 1, lambda c, r, t: optimised_conformal_selection(c, r, t, level).chosen)
    assert careless == 0.5
    assert careful <= level


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), levels)
@invariant
def test_benjamini_hochberg_agrees_with_scipy(p_values: list[float], level: float) -> None:
    adjusted = stats.false_discovery_control(p_values)
    for chosen, value in zip(benjamini_hochberg(np.array(p_values), level), adjusted, strict=True):
        if abs(value - level) > 1e-9:
            assert chosen == (value <= level)


def test_benjamini_hochberg_worked_by_hand() -> None:
    # 0.03 alone is above 0.1 / 4, but the third is at most 0.075.
    assert benjamini_hochberg(np.array([0.9, 0.03, 0.07, 0.06]), 0.1).tolist() == [False, True, True, True]
    # 0.1 * 3 / 3 rounds up past 0.1, and 0.3 / 3 down: equality counts.
    assert benjamini_hochberg(np.array([0.1, 0.1, 0.1]), 0.1).all()
    assert not benjamini_hochberg(np.array([0.5]), 0.1).any()


def test_p_values_worked_by_hand() -> None:
    calibration, right = np.array([0.9, 0.8, 0.5, 0.2]), np.array([True, False, False, True])
    found = conformal_p_values(calibration, right, np.array([0.95, 0.8, 0.6, 0.1]))
    assert found == pytest.approx(np.array([1, 2, 2, 3]) / 5)


@given(st.lists(st.tuples(small_scores, st.booleans()), min_size=1, max_size=8), st.integers(0, 1000))
@invariant
def test_ties_broken_at_random_never_raise_a_p_value(rows: list[tuple[int, bool]], seed: int) -> None:
    scores, right = (np.array(column) for column in zip(*rows, strict=True))
    test = np.arange(5.0)
    strict = conformal_p_values(scores.astype(float), right, test)
    broken = conformal_p_values(scores.astype(float), right, test, np.random.default_rng(seed))
    assert (broken <= strict + 1e-12).all()


def test_p_values_of_wrong_answers_with_one_score_are_uniform_once_ties_are_broken() -> None:
    """False-alarm rate 1e-6: chi-square over the n + 1 possible values."""
    rng = np.random.default_rng(3)
    draws = [
        conformal_p_values(np.zeros(4), np.zeros(4, np.bool_), np.zeros(1), np.random.default_rng(rng.integers(2**63)))
        for _ in range(1500)
    ]
    counts = np.bincount(np.round(np.array(draws).ravel() * 5).astype(int), minlength=6)[1:]
    assert stats.chisquare(counts).pvalue > 1e-6


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40), st.integers(1, 12), levels)
@invariant
def test_with_one_score_the_choice_costs_nothing(rows: list[tuple[float, bool]], m: int, level: float) -> None:
    scores, right = (np.array(column) for column in zip(*rows, strict=True))
    test = np.linspace(0.1, 1.1, m)
    plain = conformal_selection(scores, right, test, level)
    chosen = optimised_conformal_selection(scores[:, None], right, test[:, None], level)
    assert chosen.p_values == pytest.approx(plain.p_values)
    assert (chosen.chosen >= plain.chosen).all()


def number_in_place(c: np.ndarray, right: np.ndarray, t: np.ndarray, j: int, level: float) -> int:
    """R_j as the docstring defines it, by Benjamini-Hochberg itself."""
    wrong = [*c[~right], t[j]]
    p_values = np.array([sum(w >= score for w in wrong) / (len(c) + 1) for score in t])
    p_values[j] = 0.0
    return int(benjamini_hochberg(p_values, level).sum())


@given(
    st.lists(st.tuples(small_scores, small_scores, st.booleans()), min_size=1, max_size=12),
    st.lists(st.tuples(small_scores, small_scores), min_size=1, max_size=6),
    levels,
)
@invariant
def test_the_choice_is_that_of_the_definition(
    rows: list[tuple[int, int, bool]], new: list[tuple[int, int]], level: float
) -> None:
    table = np.array(rows, np.float64)
    calibration, right, test = table[:, :2], table[:, 2] > 0, np.array(new, np.float64)
    m = len(test)
    found = optimised_conformal_selection(calibration, right, test, level)
    sizes = [[number_in_place(calibration[:, k], right, test[:, k], j, level) for j in range(m)] for k in (0, 1)]
    score = np.argmax(sizes, axis=0)
    assert (found.score == score).all()
    e_inverse = []
    for j in range(m):
        size = sizes[score[j]][j]
        passes = found.p_values[j] <= level * size / m * (1 + 1e-12)
        e_inverse.append(level * size / m if passes else 2.0)
    assert (found.chosen == benjamini_hochberg(np.array(e_inverse), level)).all()


def world(
    rng: np.random.Generator, n: int, m: int, rate: float, gaps: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Normal scores; a right answer's are higher by ``gaps``. Labelled scores and labels, new scores and labels."""
    right = rng.random(n + m) < rate
    scores = rng.normal(size=(n + m, len(gaps))) + right[:, None] * np.array(gaps)
    return scores[:n], right[:n], scores[n:], right[n:]


def check_at_most(values: list[float], bound: float) -> None:
    """One-sided z-test of the mean with the sample variance; false-alarm rate 1e-6 in the normal limit."""
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert np.mean(values) <= bound + stats.norm.isf(1e-6) * error


@pytest.mark.parametrize(("n", "repeats"), [(50, 150), (200, 60), (1000, 15), (2000, 8)])
@pytest.mark.parametrize("seeded", [False, True])
def test_the_rate_is_at_most_the_level_and_something_is_handed_out(n: int, repeats: int, seeded: bool) -> None:
    rng = np.random.default_rng(n)
    one, several, found = [], [], []
    for _ in range(repeats):
        c, r, t, truth = world(rng, n, min(n, 200), 0.5, (1.5, 0.5, 0.0))
        ties = rng if seeded else None
        one.append(share_wrong(conformal_selection(c[:, 0], r, t[:, 0], 0.2, ties).chosen, truth))
        chosen = optimised_conformal_selection(c, r, t, 0.2, ties).chosen
        several.append(share_wrong(chosen, truth))
        found.append((chosen & truth).sum() / truth.sum())
    check_at_most(one, 0.2)
    check_at_most(several, 0.2)
    assert np.mean(found) > 0.4


def test_choosing_carelessly_among_noise_breaks_the_level_and_optimising_keeps_it() -> None:
    rng = np.random.default_rng(11)
    careless, careful = [], []
    for _ in range(100):
        c, r, t, truth = world(rng, 50, 30, 0.2, (0.0,) * 20)
        careless.append(share_wrong(hands_out_most(c, r, t, 0.2), truth))
        careful.append(share_wrong(optimised_conformal_selection(c, r, t, 0.2, rng).chosen, truth))
    check_at_most(careful, 0.2)
    assert np.mean(careless) > 0.4


def test_bad_input_is_refused() -> None:
    scores, right = np.zeros(3), np.zeros(3, np.bool_)
    with pytest.raises(ValueError, match="new scores"):
        conformal_p_values(scores, right, np.zeros(0))
    with pytest.raises(ValueError, match="new scores"):
        conformal_p_values(scores, right[:2], scores)
    with pytest.raises(ValueError, match="NaN"):
        conformal_p_values(scores, right, np.array([np.nan]))
    with pytest.raises(ValueError, match="level"):
        conformal_selection(scores, right, scores, 1.0)
    with pytest.raises(ValueError, match="p_values must"):
        benjamini_hochberg(np.zeros((2, 2)), 0.1)
    with pytest.raises(ValueError, match="scores\\)"):
        optimised_conformal_selection(scores, right, scores, 0.1)
    with pytest.raises(ValueError, match="level"):
        optimised_conformal_selection(scores[:, None], right, scores[:, None], 0.0)
