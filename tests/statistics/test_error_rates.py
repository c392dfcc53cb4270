"""Error rates: the posterior against closed forms and integrals, the bootstrap by its coverage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import (
    BetaPrior,
    ErrorCounts,
    ErrorRates,
    clustered_error_rates,
    count_errors,
    posterior_error_rates,
)

invariant = settings(deadline=None, max_examples=40)
counts_strategy = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).map(
    lambda c: ErrorCounts(c[0], c[0] + c[1], c[2], c[2] + c[3])
)


def test_verdicts_are_counted_by_kind() -> None:
    passed = np.array([True, True, False, False, True])
    right = np.array([True, False, False, True, False])
    assert count_errors(passed, right) == ErrorCounts(2, 3, 1, 2)


@given(counts_strategy, st.sampled_from([(0.5, 0.5), (1.0, 1.0), (2.0, 5.0)]), st.sampled_from([0.5, 0.9, 0.95]))
@invariant
def test_the_interval_of_one_rate_is_its_beta_quantiles(
    counts: ErrorCounts, prior: tuple[float, float], confidence: float
) -> None:
    rates = posterior_error_rates(counts, BetaPrior(*prior), points=200)
    for function, errors, answers in (
        (lambda a, b: a, counts.false_positives, counts.wrong),
        (lambda a, b: b, counts.false_negatives, counts.right),
    ):
        exact = stats.beta(prior[0] + errors, prior[1] + answers - errors)
        found = rates.interval(function, confidence)
        tail = (1 - confidence) / 2
        # The grid is exact up to one part in 200 of the mass.
        for value, mass in zip((found.low, found.estimate, found.high), (tail, 0.5, 1 - tail), strict=True):
            assert abs(exact.cdf(value) - mass) <= 1 / 200


@pytest.mark.parametrize("counts", [ErrorCounts(3, 40, 8, 60), ErrorCounts(0, 12, 1, 9), ErrorCounts(20, 25, 4, 100)])
@pytest.mark.parametrize("base_rate", [0.1, 0.7])
def test_the_interval_of_precision_against_the_integral_over_both_rates(counts: ErrorCounts, base_rate: float) -> None:
    """P(precision <= x) = E[P(a >= (1 - b) base (1 - x) / ((1 - base) x))], one integral over b."""
    rates = posterior_error_rates(counts)
    positive = stats.beta(0.5 + counts.false_positives, 0.5 + counts.wrong - counts.false_positives)
    negative = stats.beta(0.5 + counts.false_negatives, 0.5 + counts.right - counts.false_negatives)

    passes = 1 - negative.ppf((np.arange(20_000) + 0.5) / 20_000)

    def mass_below(x: float) -> float:
        return float(positive.sf(passes * base_rate * (1 - x) / ((1 - base_rate) * x)).mean())

    found = rates.precision(base_rate, 0.9)
    assert mass_below(found.low) == pytest.approx(0.05, abs=0.003)
    assert mass_below(found.estimate) == pytest.approx(0.5, abs=0.003)
    assert mass_below(found.high) == pytest.approx(0.95, abs=0.003)


def test_the_likelihood_ratio_of_known_rates() -> None:
    rates = ErrorRates(np.array([0.1]), np.array([0.2]))
    assert rates.likelihood_ratio() == pytest.approx((8.0, 8.0, 8.0))
    assert rates.precision(0.5) == pytest.approx((8 / 9,) * 3)
    assert ErrorRates(np.array([0.0]), np.array([0.2])).likelihood_ratio().high == math.inf


def test_the_posterior_covers_rates_drawn_from_the_prior() -> None:
    """Calibrated by construction: a 90% interval of precision covers in 90% of worlds; false-alarm rate 1e-6."""
    rng = np.random.default_rng(1)
    worlds, covered = 1500, 0
    for _ in range(worlds):
        positive, negative = rng.beta(0.5, 0.5, size=2)
        counts = ErrorCounts(rng.binomial(20, positive), 20, rng.binomial(30, negative), 30)
        truth = 1 / (1 + positive / (1 - negative))
        found = posterior_error_rates(counts, points=60).precision(0.5, 0.9)
        covered += found.low <= truth <= found.high
    # The grid of 60 blurs each tail by at most 1/60 of mass on each rate; allow 0.87 to 0.93.
    assert stats.binom.cdf(covered, worlds, 0.87) > 5e-7
    assert stats.binom.sf(covered - 1, worlds, 0.93) > 5e-7


def simulate(rng: np.random.Generator, problems: int, each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Verdicts whose false-positive rate is 0.1 on half of the problems and 0.5 on the others; fails 0.2 of right."""
    names = np.repeat(np.arange(problems), each)
    right = rng.random(len(names)) < 0.5
    rate = np.where(rng.random(problems) < 0.5, 0.1, 0.5)[names]
    passed = np.where(right, rng.random(len(names)) < 0.8, rng.random(len(names)) < rate)
    return passed, right, names


def test_the_clustered_interval_covers_where_the_posterior_of_independent_verdicts_does_not() -> None:
    rng = np.random.default_rng(2)
    worlds, clustered, independent = 300, 0, 0
    for _ in range(worlds):
        passed, right, problems = simulate(rng, problems=60, each=20)
        by_problem = clustered_error_rates(passed, right, problems, rng, 400).interval(lambda a, b: a, 0.9)
        alone = posterior_error_rates(count_errors(passed, right), points=100).interval(lambda a, b: a, 0.9)
        clustered += by_problem.low <= 0.3 <= by_problem.high
        independent += alone.low <= 0.3 <= alone.high
    # Were the coverage at least 0.85, so few would be covered with probability below 1e-6.
    assert stats.binom.cdf(clustered, worlds, 0.85) > 1e-6
    assert stats.binom.sf(independent, worlds, 0.75) > 1e-6
    assert independent < clustered


def test_every_resample_holds_whole_problems() -> None:
    """Two problems: the only rates that can come up are those of one of them or of both."""
    passed = np.array([True, False, True, False, False, True])
    right = np.array([False, False, True, False, True, True])
    problems = np.array([7, 7, 7, 3, 3, 3])
    rates = clustered_error_rates(passed, right, problems, np.random.default_rng(0), 200)
    assert set(zip(rates.false_positive, rates.false_negative, strict=True)) == {(0.5, 0.0), (0.0, 0.5), (1 / 3, 1 / 3)}


def test_what_cannot_be_counted_is_refused() -> None:
    rng = np.random.default_rng(0)
    some = np.array([True, False])
    with pytest.raises(ValueError, match="needs verdicts"):
        count_errors(some, np.array([True]))
    with pytest.raises(ValueError, match="needs verdicts"):
        count_errors(np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    with pytest.raises(ValueError, match="0 <= errors <= answers"):
        posterior_error_rates(ErrorCounts(3, 2, 0, 1))
    with pytest.raises(ValueError, match="prior above 0"):
        posterior_error_rates(ErrorCounts(1, 2, 0, 1), BetaPrior(0, 1))
    with pytest.raises(ValueError, match="1 resample or more"):
        clustered_error_rates(some, some, np.zeros(3, np.int64), rng)
    with pytest.raises(ValueError, match="both kinds"):
        clustered_error_rates(some, np.array([True, True]), np.array([1, 2]), rng)
    rates = ErrorRates(np.array([0.1]), np.array([0.2]))
    with pytest.raises(ValueError, match="base_rate"):
        rates.precision(1.0)
    with pytest.raises(ValueError, match="confidence"):
        rates.likelihood_ratio(1.0)
