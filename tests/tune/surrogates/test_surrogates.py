"""Surrogates recover functions, doubt what is far, and the infinite network is the limit of wide ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outlay.testing.false_alarms import check_mean
from outlay.tune.surrogates import SURROGATES
from outlay.tune.surrogates.gaussian_process import matern
from outlay.tune.surrogates.infinite_width import arc_cosine
from outlay.tune.surrogates.surrogate import FloatArray

NAMES = list(SURROGATES)


def smooth(points: FloatArray) -> FloatArray:
    values = np.sin(2 * points[:, 0]) + points[:, 1] ** 2 - 0.5 * points[:, 0] * points[:, 1]
    return np.asarray((values - 0.33) / 0.75)


@pytest.mark.parametrize("name", NAMES)
def test_a_smooth_function_is_recovered_far_better_than_by_the_mean(name: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        seen, asked = rng.uniform(-1, 1, (25, 2)), rng.uniform(-1, 1, (60, 2))
        belief = SURROGATES.build(name).predict(seen, smooth(seen), asked, rng)
        truth = smooth(asked)
        assert ((belief.mean - truth) ** 2).mean() < 0.25 * ((smooth(seen).mean() - truth) ** 2).mean()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_far_from_all_that_was_seen_is_doubted_more(name: str) -> None:
    rng = np.random.default_rng(0)
    seen = rng.uniform(-0.5, 0.5, (12, 2))
    belief = SURROGATES.build(name).predict(seen, smooth(seen), np.vstack([seen, 4 * seen]), rng)
    assert belief.deviation[12:].mean() > 3 * belief.deviation[:12].mean()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_and_values_make_the_same_belief_even_of_one_value(name: str) -> None:
    seen, asked = np.zeros((1, 3)), np.eye(3)
    one, other = (SURROGATES.build(name).predict(seen, np.zeros(1), asked, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.deviation, other.deviation)
    assert np.isfinite(one.mean).all()
    assert (one.deviation >= 0).all()


@given(some.integers(0, 10_000), some.sampled_from([1, 2, 3, 5]), some.floats(0.01, 2.0))
@settings(max_examples=40, deadline=None)
def test_kernels_of_points_that_differ_are_positive_definite(seed: int, depth: int, bias: float) -> None:
    points = np.random.default_rng(seed).uniform(-1, 1, (6, 4))
    for kernel in (arc_cosine(depth, bias), matern(bias)):
        square = kernel(points)
        np.testing.assert_allclose(square, square.T)
        np.linalg.cholesky(square + 1e-9 * np.trace(square) * np.eye(6))


def test_one_hidden_layer_has_exactly_the_kernel_as_its_covariance() -> None:
    rng = np.random.default_rng(0)
    points, bias, units = rng.uniform(-1, 1, (2, 3)), 0.3, 40_000
    weights = rng.normal(0, np.sqrt(2 / 3), (3, units))
    out = np.maximum(points @ weights + rng.normal(0, np.sqrt(bias), units), 0)  # units are independent
    kernel = arc_cosine(1, bias)(points)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        check_mean(bias + 2 * out[i] * out[j], float(kernel[i, j]))


def test_wide_networks_of_two_hidden_layers_come_to_the_kernel() -> None:
    rng = np.random.default_rng(1)
    points, bias, width = rng.uniform(-1, 1, (3, 2)), 0.5, 400
    found = []
    for _ in range(60):
        first = np.maximum(points @ rng.normal(0, 1, (2, width)) + rng.normal(0, np.sqrt(bias), width), 0)
        weights = rng.normal(0, np.sqrt(2 / width), (width, width))
        second = np.maximum(first @ weights + rng.normal(0, np.sqrt(bias), width), 0)
        found.append(bias + 2 * second @ second.T / width)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    kernel = arc_cosine(2, bias)(points)
    # Six standard errors, and the part of order 1 / width by which the mean itself differs.
    assert (np.abs(np.mean(found, axis=0) - kernel) < 6 * error + 2 * kernel.max() / width).all()
    assert (6 * error < 0.1 * kernel).all()
