"""Arms, batches, cascades and selectors: simulated, with false-alarm rates stated where chance is at work."""

import math

import numpy as np
import pytest

from outlay.allocate.best_arm import BestArm, sequential_halving, successive_rejects
from outlay.allocate.engine_settings import EngineRun, NearestRuns
from outlay.allocate.online import regret_report, spend_by_rates, spend_online, spend_uniformly
from outlay.allocate.routing import Price, fit_cascade, route, small_or_large
from outlay.allocate.selector import fit_selector, judge_selector
from outlay.core.errors import InvalidInputError

RATES = np.array([0.3, 0.35, 0.7, 0.4, 0.2])


def found(rng: np.random.Generator, way: str) -> BestArm:
    def pull(arm: int, count: int) -> np.ndarray:
        return (rng.random(count) < RATES[arm]).astype(np.float64)

    if way == "rejects":
        return successive_rejects(pull, len(RATES), 200)
    return sequential_halving(pull, len(RATES), 200, rng, 1.0 if way == "private" else math.inf)


@pytest.mark.parametrize("way", ["rejects", "halving", "private"])
def test_the_best_arm_is_found_within_the_budget(way: str) -> None:
    """The gap of 0.3 is 3 standard errors of a first round of 13 pulls or more; 70 of 100 is far below what is due."""
    rng = np.random.default_rng(1)
    results = [found(rng, way) for _ in range(100)]
    assert all(one.pulls.sum() <= 200 for one in results)
    assert all(sorted(one.order) == list(range(5)) and one.order[0] == one.arm for one in results)
    assert sum(one.arm == 2 for one in results) >= 70


def test_less_privacy_budget_means_more_mistakes() -> None:
    """With epsilon at 0.01 the noise drowns every difference: at most 45 of 100 by chance less than once in 10,000."""
    rng = np.random.default_rng(2)

    def pull(arm: int, count: int) -> np.ndarray:
        return np.full(count, RATES[arm])

    noisy = sum(sequential_halving(pull, 5, 200, rng, 0.01).arm == 2 for _ in range(100))
    assert noisy <= 45
    assert all(sequential_halving(pull, 5, 200).arm == 2 for _ in range(3))


def test_the_noise_has_the_scale_that_privacy_needs() -> None:
    """2,000 Laplace draws of scale 1 / (epsilon pulls): the mean absolute value is within 5 standard errors."""
    rng, epsilon = np.random.default_rng(5), 0.5
    noise = [sequential_halving(lambda _, count: np.zeros(count), 2, 20, rng, epsilon).means for _ in range(1000)]
    scale = 1 / (epsilon * 10)
    assert np.abs(noise).mean() == pytest.approx(scale, abs=5 * scale / math.sqrt(2000))


def test_arms_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="two arms"):
        successive_rejects(lambda _, count: np.zeros(count), 1, 10)
    with pytest.raises(ValueError, match="generator"):
        sequential_halving(lambda _, count: np.zeros(count), 3, 30, None, 1.0)


def test_a_batch_goes_to_fresh_questions_first_and_keeps_to_its_budget() -> None:
    right = np.array([[False, True, True], [True, True, True], [False, False, False]])
    tokens = np.ones(3)
    done = spend_online(right, tokens, (1.0, 1.0), 5)
    assert done.tokens <= 5
    assert done.solved.tolist() == [True, True, False]
    assert spend_uniformly(right, tokens, 2).samples.tolist() == [1, 1, 0]
    assert spend_by_rates(right, tokens, np.array([0.6, 1.0, 0.0]), 3).samples.tolist() == [2, 1, 0]
    with pytest.raises(ValueError, match="prior"):
        spend_online(right, tokens, (0.0, 1.0), 5)


def test_the_oracle_is_not_beaten_and_regret_is_its_lead() -> None:
    """200 replays; the lead of the oracle over uniform spending is many standard errors at these rates."""
    rng = np.random.default_rng(0)
    rates = np.repeat([0.02, 0.3, 0.9], 10)
    right = [rng.random(40) < rate for rate in rates]
    report = regret_report(right, rng.choice([20.0, 100.0], 30), (0.5, 1.0), 2000, rng, replays=60)
    assert report.regret.estimate == pytest.approx(report.oracle.estimate - report.online.estimate)
    assert report.regret.high > 0
    assert report.regret_uniform.low > 0


def test_a_cascade_asks_the_large_model_where_the_small_one_is_unsure() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(400)
    correct = np.stack([sure > 0.4, np.ones(400)]).astype(np.float64)
    confidence = np.stack([sure, np.ones(400)])
    cheap = fit_cascade(correct, confidence, [1.0, 10.0], 0.05)
    assert cheap.accuracy == pytest.approx(1, abs=0.1)
    assert cheap.cost < 7
    assert fit_cascade(correct, confidence, [1.0, 10.0], 10.0).cost == 1
    assert fit_cascade(correct, confidence, [1.0, 10.0], 0.0).accuracy == 1
    stops = cheap.stops(confidence)
    assert (stops == 0).sum() > 0
    assert np.array_equal(stops == 0, sure >= cheap.thresholds[0])


def test_routing_keeps_to_the_limits_of_one_answer() -> None:
    prices = [Price(0.001, 1, 5), Price(0.01, 4, 50)]
    chances = np.array([[0.5, 0.9], [0.95, 0.92]])
    free = Price(math.inf, math.inf, math.inf)
    assert route(chances, prices, Price(dollars=10), free).tolist() == [1, 0]
    assert route(chances, prices, Price(), Price(math.inf, 2, math.inf)).tolist() == [0, 0]
    with pytest.raises(ValueError, match="limits"):
        route(chances, prices, Price(), Price(0, 0, 0))


def test_a_small_model_many_times_is_matched_at_equal_cost() -> None:
    small = np.array([[0.2, 0.4], [0.5, 0.6], [0.9, 0.9]])
    found = small_or_large(small, (1, 4, 16), 1.0, np.array([0.4, 0.4]), 5.0)
    assert found.samples == 4
    assert found.comparison.difference.estimate == pytest.approx(0.15)
    with pytest.raises(ValueError, match="pays for no"):
        small_or_large(small, (1, 4, 16), 10.0, np.array([0.4, 0.4]), 5.0)


def test_a_selector_learns_which_strategy_suits_which_question() -> None:
    """600 questions of two kinds: the choice gains 0.3 over the best single one, some 15 standard errors."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 600)
    correct = np.stack([rng.random(600) < np.where(kind == which, 0.9, 0.3) for which in (0, 1)]).astype(np.float64)
    costs = np.ones((2, 600))
    features = np.stack([kind, rng.standard_normal(600)], axis=1).astype(np.float64)
    report = judge_selector(["one", "other"], features, correct, costs, 0.01)
    assert report.comparison.difference.low > 0.15
    assert report.accuracy <= report.oracle
    built = fit_selector(["one", "other"], features, correct, costs, 0.01)
    assert built.choose(np.array([[0.0, 0.0], [1.0, 0.0]])).tolist() == [0, 1]


def test_engine_settings_follow_the_runs_of_the_nearest_load() -> None:
    small, large = {"batch": 8}, {"batch": 64}
    history = [
        EngineRun(settings, {"prompt": load}, throughput)
        for settings, load, throughput in [(small, 10, 100), (large, 10, 60), (small, 1000, 20), (large, 1000, 50)]
    ]
    assert NearestRuns().advise(history, {"prompt": 12}) == small
    assert NearestRuns().advise(history, {"prompt": 900}) == large
    with pytest.raises(InvalidInputError, match="history"):
        NearestRuns().advise(history, {"images": 1})
