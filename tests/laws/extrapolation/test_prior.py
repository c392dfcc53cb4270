"""Synthetic pilots are measured as real ones are, and what they are measured of is known."""

import numpy as np

from outlay.laws.curve import coverage_curve
from outlay.laws.extrapolation import prior
from outlay.laws.extrapolation.pass_rate_mixtures import draw_mixtures
from outlay.laws.extrapolation.prior import MOST, Pilots, coverage_pilots, draw_pilots, selection_pilots
from outlay.testing.false_alarms import check_mean


def test_the_coverage_of_a_spread_is_that_of_what_it_draws() -> None:
    rng = np.random.default_rng(0)
    spreads = draw_mixtures(rng, 12)
    budgets = np.array([[1.0, 7.0, 300.0]] * 12)
    exact = spreads.coverage(budgets)
    for row in range(12):
        rates = spreads.draw(rng, np.full(4000, row))
        for place, k in enumerate(budgets[row]):
            # The quadrature of normal logits is off by a thousandth or so, far below the noise of 4000 problems.
            check_mean(1 - (1 - rates) ** k, float(exact[row, place]), false_alarm=1e-8)


def test_a_pilot_of_samples_is_measured_as_a_pool_is() -> None:
    right = np.random.default_rng(1).random((30, 12)) < 0.2
    sizes, there = prior._powers_of_two(np.array([12]))
    assert sizes[there].tolist() == [1, 2, 4, 8, 12]
    values = prior._covered(np.full(30, 12), right.sum(axis=1), np.tile(sizes, (30, 1)))
    mean, error = prior._measured(values, np.array([30]))
    curve = coverage_curve(right)
    np.testing.assert_allclose(mean[0, :5], curve.mean, atol=1e-12)
    np.testing.assert_allclose(error[0, :5], curve.error, atol=1e-12)


def test_pilots_are_shares_that_depend_on_the_seed_alone() -> None:
    for draw in (coverage_pilots, selection_pilots):
        pilots = draw(np.random.default_rng(2), 40)
        assert pilots.accuracy.shape == (40, MOST)
        for name in Pilots.__slots__:
            values = getattr(pilots, name)
            assert np.isfinite(values).all()
            assert (values >= 0).all()
            assert (values == getattr(draw(np.random.default_rng(2), 40), name)).all()
        assert max(pilots.accuracy.max(), pilots.truth.max()) <= 1
        assert (pilots.there.sum(axis=1) >= prior.FEWEST).all()
    both = draw_pilots(np.random.default_rng(3), 7)
    assert both.samples.tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_coverage_never_falls_and_some_selections_do() -> None:
    asked = np.sort(np.random.default_rng(4).uniform(0, 12, (40, 6)), axis=1)
    covered = draw_mixtures(np.random.default_rng(4), 40).coverage(2**asked)
    assert (np.diff(covered, axis=1) > -1e-12).all()
    pilots = selection_pilots(np.random.default_rng(4), 200)
    last = np.take_along_axis(pilots.accuracy, pilots.budgets.argmax(axis=1)[:, None], axis=1)
    falls = pilots.truth.min(axis=1) < last[:, 0] - 0.1
    assert 0.05 < falls.mean() < 0.6
