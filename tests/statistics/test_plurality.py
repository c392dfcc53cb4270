"""The exact vote, against every subset."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.statistics import chances_within, pass_at_k, pass_power_k, plurality_work, plurality_worth
from outlay.testing.false_alarms import check_mean


def over_subsets(sizes: list[int], worth: list[float], silent: int, k: int) -> float:
    votes = [answer for answer, size in enumerate(sizes) for _ in range(size)] + [-1] * silent
    found = []
    for subset in combinations(votes, k):
        counts = np.bincount([vote for vote in subset if vote >= 0], minlength=len(sizes))
        leaders = [answer for answer, count in enumerate(counts) if count == counts.max() > 0]
        found.append(sum(worth[answer] for answer in leaders) / len(leaders) if leaders else 0.0)
    return sum(found) / len(found)


votes = st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0.0, 1.0, 0.25])), min_size=1, max_size=4)


@given(votes, st.integers(0, 2), st.data())
@settings(deadline=None, max_examples=60)
def test_it_is_the_mean_over_all_subsets(cast: list[tuple[int, float]], silent: int, data: st.DataObject) -> None:
    sizes, worth = [size for size, _ in cast], [value for _, value in cast]
    k = data.draw(st.integers(1, sum(sizes) + silent))
    found = plurality_worth(np.array(sizes), np.array(worth), silent, k)
    assert found == pytest.approx(over_subsets(sizes, worth, silent, k), abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(300, 3), (300, 40), (5000, 7), (5000, 60)])
def test_transforms_that_are_cut_short_agree_with_draws(n: int, k: int) -> None:
    rng = np.random.default_rng(n + k)
    sizes = rng.multinomial(n, rng.dirichlet(np.full(12, 0.5)))
    sizes = sizes[sizes > 0]
    worth = np.where(np.argsort(np.argsort(-sizes)) == 1, 1.0, 0.0)
    drawn = rng.multivariate_hypergeometric(sizes, k, size=20_000)
    leads = drawn == drawn.max(axis=1, keepdims=True)
    check_mean(leads @ worth / leads.sum(axis=1), plurality_worth(sizes, worth, 0, k))


@given(st.integers(1, 400), st.data())
@settings(deadline=None, max_examples=60)
def test_two_answers_and_an_odd_number_of_votes_are_a_binomial_sum(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n).filter(lambda k: k % 2 == 1))
    sizes = np.array([size for size in (right, n - right) if size])
    first = plurality_worth(sizes, np.eye(len(sizes))[0], 0, k)
    others = plurality_worth(sizes, 1 - np.eye(len(sizes))[0], 0, k)
    assert first + others == pytest.approx(1.0, abs=1e-9)


def test_all_worths_are_one() -> None:
    assert plurality_worth(np.array([5, 4, 9, 1]), np.ones(4), 0, 6) == pytest.approx(1.0)
    assert plurality_worth(np.array([5, 4]), np.zeros(2), 3, 6) == 0.0


def test_work_grows_with_what_is_drawn() -> None:
    sizes, worth = np.array([30, 20, 10]), np.array([0.0, 1.0, 0.0])
    assert plurality_work(sizes, worth, 0, 5) < plurality_work(sizes, worth, 0, 20)
    assert plurality_work(sizes, np.zeros(3), 0, 5) == 0


@pytest.mark.parametrize(("sizes", "worth", "k"), [([1, 2], [1.0], 1), ([0, 2], [1.0, 0.0], 1), ([2], [1.0], 3)])
def test_what_cannot_be_is_refused(sizes: list[int], worth: list[float], k: int) -> None:
    with pytest.raises(ValueError, match="needs sizes"):
        plurality_worth(np.array(sizes), np.array(worth), 0, k)


@given(st.integers(1, 60), st.data())
@settings(deadline=None, max_examples=60)
def test_chances_within_are_those_of_pass_at_k(n: int, data: st.DataObject) -> None:
    k, right = data.draw(st.integers(1, n)), data.draw(st.integers(0, n))
    chances = chances_within(n, k)
    assert len(chances) == n + 1
    assert chances[right] == pytest.approx(pass_power_k(n, right, k))
    assert 1 - chances[n - right] == pytest.approx(pass_at_k(n, right, k))


def test_thousands_are_no_trouble() -> None:
    assert chances_within(10_000, 5_000)[9_999] == pytest.approx(0.5)
    assert chances_within(100_000, 1)[25_000] == pytest.approx(0.25)


@pytest.mark.parametrize(("n", "k"), [(3, 0), (3, 4), (0, 0)])
def test_k_out_of_range_is_refused(n: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs 1 <= k <= n"):
        chances_within(n, k)
