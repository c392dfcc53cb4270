"""What k of n samples would have given, against every subset of size k."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.statistics import expected_best_of_k, majority_at_k, pass_at_k, pass_power_k
from outlay.testing.false_alarms import check_frequencies, check_mean

invariant = settings(deadline=None, max_examples=60)

triples = st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))
"""(n, correct, k)."""

RIGHT = "A"


def mean_over_subsets(items: Sequence[object], k: int, worth: Callable[[tuple[object, ...]], float]) -> float:
    found = [worth(subset) for subset in combinations(items, k)]
    return math.fsum(found) / len(found)


def vote(subset: tuple[object, ...]) -> float:
    """What the most frequent answer of a subset is worth if A alone is right; leaders share evenly."""
    counts = Counter(answer for answer in subset if answer is not None)
    most = max(counts.values(), default=0)
    leaders = [answer for answer, count in counts.items() if count == most]
    return leaders.count(RIGHT) / len(leaders) if leaders else 0.0


def best(subset: tuple[tuple[float, float], ...]) -> float:
    top = max(score for score, _ in subset)
    leaders = [value for score, value in subset if score == top]
    return sum(leaders) / len(leaders)


def majority(answers: Sequence[str | None], k: int, resamples: int = 1000, seed: int = 0) -> float:
    flags = [answer == RIGHT for answer in answers]
    return majority_at_k(answers, flags, k, np.random.default_rng(seed), resamples)


@given(triples)
@invariant
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(triple: tuple[int, int, int]) -> None:
    n, correct, k = triple
    flags = [True] * correct + [False] * (n - correct)
    assert pass_at_k(n, correct, k) == pytest.approx(mean_over_subsets(flags, k, lambda subset: float(any(subset))))


@given(triples)
@invariant
def test_pass_power_k_is_the_share_of_subsets_without_a_wrong_sample(triple: tuple[int, int, int]) -> None:
    n, correct, k = triple
    flags = [True] * correct + [False] * (n - correct)
    assert pass_power_k(n, correct, k) == pytest.approx(mean_over_subsets(flags, k, lambda subset: float(all(subset))))


@pytest.mark.parametrize("k", [1, 3, 8])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 1.0])
def test_pass_estimates_are_unbiased_for_fresh_samples(k: int, share: float) -> None:
    n = 12
    chances = [math.comb(n, c) * share**c * (1 - share) ** (n - c) for c in range(n + 1)]
    assert sum(p * pass_at_k(n, c, k) for c, p in enumerate(chances)) == pytest.approx(1 - (1 - share) ** k)
    assert sum(p * pass_power_k(n, c, k) for c, p in enumerate(chances)) == pytest.approx(share**k)


def test_thousands_of_samples_are_no_trouble() -> None:
    assert pass_at_k(10_000, 1, 5_000) == pytest.approx(0.5)
    assert pass_power_k(10_000, 9_999, 5_000) == pytest.approx(0.5)


@pytest.mark.parametrize(("n", "correct", "k"), [(5, 6, 1), (5, -1, 1), (5, 2, 0), (5, 2, 6), (0, 0, 1), (0, 0, 0)])
def test_counts_out_of_range_are_refused(n: int, correct: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs 0 <= correct <= n and 1 <= k <= n"):
        pass_at_k(n, correct, k)
    with pytest.raises(ValueError, match="needs 0 <= correct <= n and 1 <= k <= n"):
        pass_power_k(n, correct, k)


scored = st.lists(
    st.tuples(st.sampled_from([-1.5, 0.0, 0.25, 3.0]), st.sampled_from([0.0, 1.0, 0.5])), min_size=1, max_size=8
)


@given(scored.flatmap(lambda items: st.tuples(st.just(items), st.integers(1, len(items)))))
@invariant
def test_best_of_k_is_the_mean_over_subsets_of_the_best_scored(case: tuple[list[tuple[float, float]], int]) -> None:
    items, k = case
    scores, values = np.array(items).T
    assert expected_best_of_k(scores, values, k) == pytest.approx(mean_over_subsets(items, k, best))


def test_a_score_that_tells_right_from_wrong_makes_best_of_k_pass_at_k() -> None:
    right = np.array([0, 0, 1, 0, 1, 0.0])
    for k in range(1, 7):
        assert expected_best_of_k(right, right, k) == pytest.approx(pass_at_k(6, 2, k))
        assert expected_best_of_k(-right, right, k) == pytest.approx(pass_power_k(6, 2, k))
        assert expected_best_of_k(np.zeros(6), right, k) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("scores", "values", "k"),
    [
        (np.zeros(3), np.zeros(2), 1),
        (np.zeros((2, 2)), np.zeros((2, 2)), 1),
        (np.zeros(3), np.zeros(3), 0),
        (np.zeros(3), np.zeros(3), 4),
        (np.zeros(0), np.zeros(0), 1),
    ],
)
def test_best_of_k_refuses_other_shapes_and_k_out_of_range(scores: np.ndarray, values: np.ndarray, k: int) -> None:
    with pytest.raises(ValueError, match=r"needs scores and values \(n,\) and 1 <= k <= n"):
        expected_best_of_k(scores, values, k)


answer_lists = st.lists(st.sampled_from(["A", "B", "C", None]), min_size=1, max_size=9)


@given(answer_lists.flatmap(lambda answers: st.tuples(st.just(answers), st.integers(1, len(answers)))))
@invariant
def test_majority_at_k_is_the_mean_over_subsets_of_the_vote(case: tuple[list[str | None], int]) -> None:
    answers, k = case
    assert majority(answers, k) == pytest.approx(mean_over_subsets(answers, k, vote))


def test_majorities_worked_by_hand() -> None:
    assert majority(["A", "A", "B"], 2) == pytest.approx(1 / 3 + 2 / 3 * 0.5)
    assert majority(["A", None], 1) == pytest.approx(0.5)
    assert majority(["A", None, None], 3) == 1
    assert majority(["B", None], 2) == 0
    assert majority([None, None], 1) == 0


def test_several_answers_may_be_right() -> None:
    found = majority_at_k(["A", "B", "C", "C"], [True, True, False, False], 1, np.random.default_rng(0))
    assert found == pytest.approx(0.5)


def test_a_flag_on_a_missing_answer_makes_it_no_right_one() -> None:
    assert majority_at_k([None, "B"], [True, False], 1, np.random.default_rng(0)) == 0


def test_a_majority_of_more_sub_multisets_than_resamples_is_estimated_without_bias() -> None:
    # Up to five votes for A and four for B are 6 * 5 pairs, more than 20 resamples.
    answers = [*"AAAAABBBB", None, None]
    due = mean_over_subsets(answers, 5, vote)
    estimates = [majority(answers, 5, resamples=20, seed=seed) for seed in range(1500)]
    check_mean(estimates, due)
    assert len(set(estimates)) > 1
    assert majority(answers, 5, resamples=30) == pytest.approx(due, abs=1e-12)


def test_draws_without_ties_have_binomial_frequencies() -> None:
    answers = [*"AAAABBB"]
    due = mean_over_subsets(answers, 3, vote)  # three votes on two answers never tie
    resamples = 15
    right = sum(round(resamples * majority(answers, 3, resamples, seed)) for seed in range(200))
    check_frequencies({True: right, False: 200 * resamples - right}, {True: due, False: 1 - due})
    assert majority(answers, 3, resamples=16) == pytest.approx(due, abs=1e-12)


def test_missing_answers_take_their_share_of_estimated_draws() -> None:
    right = sum(majority([RIGHT, RIGHT, None], 1, resamples=1, seed=seed) for seed in range(1000))
    check_frequencies({True: int(right), False: 1000 - int(right)}, {True: 2 / 3, False: 1 / 3})


def test_the_same_seed_gives_the_same_estimate() -> None:
    answers = [*"ABCDEFGHIJKLM", "A", "A", "B"]
    assert majority(answers, 5, seed=3) == majority(answers, 5, seed=3)


def test_thousands_of_different_answers_are_no_trouble() -> None:
    answers = [RIGHT] * 1000 + [str(number) for number in range(1200)]
    assert majority(answers, 100, resamples=20) == 1


@pytest.mark.parametrize(("n", "flags", "k"), [(3, 2, 1), (3, 3, 0), (3, 3, 4), (0, 0, 1)])
def test_majority_refuses_other_lengths_and_k_out_of_range(n: int, flags: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs as many flags as values and 1 <= k <= n"):
        majority_at_k(["A"] * n, [True] * flags, k, np.random.default_rng(0))


@pytest.mark.parametrize("resamples", [0, -1])
def test_no_resamples_are_refused(resamples: int) -> None:
    with pytest.raises(ValueError, match="resamples must be 1 or above"):
        majority_at_k(["a", "b"], [True, False], 1, np.random.default_rng(0), resamples=resamples)
