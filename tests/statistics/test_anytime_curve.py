"""The area under a step function over the logarithm of its budget: exact, and with intervals that cover."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outlay.statistics import AnytimeCurve, clustered_interval, compare_paired, log_budget_area
from outlay.testing.false_alarms import FALSE_ALARM, check_frequencies

invariant = settings(deadline=None, max_examples=60)

curves = st.lists(st.tuples(st.floats(0, 1000), st.sampled_from([0.0, 1.0])), max_size=8).map(
    lambda steps: curve(*sorted(steps, key=lambda step: step[0]))
)


def curve(*steps: tuple[float, float]) -> AnytimeCurve:
    return AnytimeCurve(np.array([budget for budget, _ in steps]), np.array([value for _, value in steps]))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (curve(), 0.0),
        (curve((1, 1)), 1.0),
        (curve((0, 1)), 1.0),
        (curve((16, 1)), 0.0),
        (curve((4, 1)), 0.5),
        (curve((2, 1), (4, 0)), 0.25),
        (curve((0.1, 0), (0.2, 1), (8, 0), (100, 1)), 0.75),
        (curve((2, 0), (2, 1)), 0.75),
    ],
)
def test_worked_by_hand_from_one_to_sixteen(found: AnytimeCurve, expected: float) -> None:
    assert log_budget_area(found, 1, 16) == pytest.approx(expected, abs=1e-12)


@given(curves, st.floats(0.01, 100), st.floats(1.01, 100), st.floats(1.01, 100))
@invariant
def test_it_is_the_weighted_mean_of_its_parts_and_within_one(
    found: AnytimeCurve, low: float, first: float, second: float
) -> None:
    middle, high = low * first, low * first * second
    whole = log_budget_area(found, low, high)
    parts = [log_budget_area(found, low, middle), log_budget_area(found, middle, high)]
    assert whole == pytest.approx(np.average(parts, weights=[math.log(first), math.log(second)]), abs=1e-9)
    assert -1e-9 <= whole <= 1 + 1e-9


@given(curves, st.floats(0.01, 100), st.floats(1.5, 100), st.floats(0.01, 100))
@invariant
def test_the_unit_of_the_budget_does_not_matter(found: AnytimeCurve, low: float, ratio: float, unit: float) -> None:
    scaled = AnytimeCurve(found.budgets * unit, found.values)
    expected = log_budget_area(found, low, low * ratio)
    assert log_budget_area(scaled, low * unit, low * ratio * unit) == pytest.approx(expected, abs=1e-6)


def areas_of(rng: np.random.Generator, problems: int, seeds: int, faster: float) -> tuple[np.ndarray, np.ndarray]:
    """Areas from 1 to 16 where a problem is right from a budget on that is log-uniform but for its difficulty."""
    shared = rng.uniform(0, 3, problems)
    starts = 2 ** (shared[:, None] + rng.uniform(0, 1, (problems, seeds)) - faster)
    areas = [log_budget_area(curve((start, 1)), 1, 16) for start in starts.ravel()]
    return np.array(areas), np.repeat(np.arange(problems), seeds)


def test_the_interval_by_problem_covers_the_true_area() -> None:
    """Log-uniform starts from 1 to 16 have a mean area of a half; Student's interval covers it in 95% of runs."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        _, low, high = clustered_interval(*areas_of(rng, 20, 3, 0.0))
        covered += low <= 0.5 <= high
    assert stats.binom.cdf(covered, 400, 0.94) >= FALSE_ALARM
    assert stats.binom.sf(covered - 1, 400, 0.96) >= FALSE_ALARM


def test_a_paired_difference_of_areas_is_a_false_alarm_as_often_as_stated() -> None:
    rng = np.random.default_rng(4)
    found = []
    for _ in range(400):
        first, clusters = areas_of(rng, 15, 2, 0.0)
        second, _ = areas_of(rng, 15, 2, 0.0)
        found.append(compare_paired(first, second, clusters).p_value)
    check_frequencies(Counter(math.floor(2 * p) for p in found), dict.fromkeys(range(2), 0.5))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 2), (3, 2), (1, math.inf), (math.nan, 2)])
def test_budgets_out_of_order_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="0 < low < high"):
        log_budget_area(curve((1, 1)), low, high)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (AnytimeCurve(np.ones(2), np.ones(3)), "one shape"),
        (AnytimeCurve(np.ones((2, 2)), np.ones((2, 2))), "one shape"),
        (curve((2, 1), (1, 0)), "must not fall"),
        (curve((-1, 1)), "0 or above"),
        (curve((math.nan, 1)), "finite"),
        (curve((1, math.inf)), "finite"),
    ],
)
def test_what_is_no_step_function_is_refused(wrong: AnytimeCurve, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        log_budget_area(wrong, 1, 2)
