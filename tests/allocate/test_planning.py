"""Predictions for fresh problems hold at the stated rate, and choosing the luckiest way does not spoil them."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from outlay.allocate.pilot import dollars_per_token, measure, pilot_tokens
from outlay.allocate.planning import Measured, best_within, cheapest, honest, options, predict_accuracy
from outlay.allocate.replay import read_problems
from outlay.core.errors import InvalidInputError
from outlay.pools import Pool
from tests.allocate.made_up import made_up


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2.0, 2.0), (0.3, 2.0), (8.0, 0.5)])
@pytest.mark.parametrize(("pilot", "fresh"), [(30, 50), (50, 400)])
def test_predictions_cover_fresh_sets(a: float, b: float, pilot: int, fresh: int) -> None:
    """At a true rate of 0.95, fewer than 0.90 of 400 are covered once in 10,000 runs; the seed is fixed."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        interval = predict_accuracy(rng.beta(a, b, pilot), fresh)
        covered += interval.low <= (rng.random(fresh) < rng.beta(a, b, fresh)).mean() <= interval.high
    assert stats.binom.cdf(covered, 400, 0.95) > 1e-4


def test_a_pilot_that_is_all_right_is_not_believed_blindly() -> None:
    interval = predict_accuracy(np.ones(30), 1000)
    assert interval.estimate == interval.high == 1
    assert 0.8 < interval.low < 0.95
    with pytest.raises(ValueError, match="two problems"):
        predict_accuracy(np.ones(1), 5)


def test_the_luckiest_of_equal_ways_is_promised_no_more_than_the_others() -> None:
    """Twelve ways that are right half of the time: the mean promise over 80 pilots is within 4 standard errors."""
    rng = np.random.default_rng(0)
    promised, lucky = [], []
    for _ in range(80):
        ways = [
            Measured(f"way{i}", (1,), rng.integers(0, 2, (30, 1)).astype(np.float64), np.array([1.0]))
            for i in range(12)
        ]
        pick = partial(best_within, cost=1.0)
        chosen = pick(options(ways, 100, rng))
        lucky.append(chosen.accuracy.estimate)
        promised.append(honest(ways, pick, chosen, 100).accuracy.estimate)
    error = float(np.std(promised)) / np.sqrt(len(promised))
    assert abs(np.mean(promised) - 0.5) < 4 * error
    assert np.mean(lucky) > 0.6


def test_plans_from_a_pool(tmp_path: Path) -> None:
    problems = read_problems([Pool.open(made_up(tmp_path / "pool.parquet"))], "judge")
    found = options(measure(problems, "judge", orders=4), 200, np.random.default_rng(0))
    plain = {one.strategy: one for one in found}
    assert plain["best_of_n(n=4)"].cost == 10 + 4 * 100
    assert plain["self_consistency(n=4)"].cost == 10 + 4 * 50
    assert cheapest(found, 0.5).accuracy.estimate >= 0.5
    assert best_within(found, 211).cost <= 211
    assert pilot_tokens(problems) == 40 * (10 + 16 * 100)
    with pytest.raises(InvalidInputError, match="the most is"):
        cheapest(found, 0.9999)
    with pytest.raises(InvalidInputError, match="the cheapest"):
        best_within(found, 1)
    with pytest.raises(InvalidInputError, match="dollars"):
        dollars_per_token(problems)


def test_beyond_the_pilot_a_law_speaks_as_far_as_it_may_be_believed() -> None:
    sizes = (1, 2, 4, 8, 16, 32)
    curve = np.array([0.8 - 0.5 * n**-0.7 for n in sizes])
    rng = np.random.default_rng(0)
    values = np.clip(curve + 0.05 * rng.standard_normal((60, 1)), 0, 1)
    one = Measured("vote", sizes, values, 10.0 * np.array(sizes))
    found = {option.n: option for option in options([one], 100, rng, ahead=(64, 10_000))}
    assert found[64].extrapolated
    assert found[64].cost == pytest.approx(640)
    assert found[64].accuracy.low < 0.8 - 0.5 * 64**-0.7 < found[64].accuracy.high
    assert 10_000 not in found
