"""The threshold keeps its promise in simulated worlds, uses what coverage there is, and asks for enough labels."""

import numpy as np
import pytest
from numpy.typing import NDArray

from outlay.statistics import labels_needed, risk_threshold
from outlay.statistics.selective_risk import GRID


def world(n: int, rng: np.random.Generator, harder: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Calibrated scores: right with the probability that they say, less what questions are harder."""
    scores = rng.beta(2, 1, n)
    return scores, rng.random(n) < scores - harder


def true_risk(threshold: float) -> float:
    """Mean of 1 - s over the Beta(2, 1) scores above a threshold: with density 2 s."""
    return 1 - (2 / 3) * (1 - threshold**3) / (1 - threshold**2)


@pytest.mark.parametrize(("n", "risk", "least"), [(50, 0.3, 80), (200, 0.2, 180), (1000, 0.15, 350), (2000, 0.15, 350)])
def test_the_promise_is_kept_as_often_as_it_says(n: int, risk: float, least: int) -> None:
    """Broken in at most a tenth of worlds; 400 worlds have more than 74 broken ones with probability below 1e-6."""
    rng = np.random.default_rng(n)
    broken, answered = 0, 0
    for _ in range(400):
        found = risk_threshold(*world(n, rng), risk=risk)
        if found is not None and found.confidence < 1:
            answered += 1
            broken += true_risk(found.confidence) > risk
    assert broken <= 74
    assert answered > least


def test_more_labels_reach_further_down() -> None:
    rng = np.random.default_rng(0)
    few, many = (risk_threshold(*world(n, rng), risk=0.2) for n in (300, 30_000))
    assert few is not None
    assert many is not None
    # The best threshold on the grid is the lowest whose true risk is within the bound.
    best = next(one for one in GRID if one < 1 and true_risk(one) <= 0.2)
    assert best <= many.confidence <= few.confidence
    assert many.coverage >= few.coverage
    assert many.confidence - best < 0.06


def test_harder_questions_void_the_promise() -> None:
    rng = np.random.default_rng(1)
    found = risk_threshold(*world(20_000, rng), risk=0.15)
    assert found is not None
    scores, right = world(20_000, rng, harder=0.1)
    kept = scores >= found.confidence
    assert float((~right[kept]).mean()) > 0.2


def test_labels_needed_are_just_enough() -> None:
    for risk in (0.05, 0.1, 0.3):
        least = labels_needed(risk)
        assert risk_threshold(np.ones(least), np.ones(least, np.bool_), risk) is not None
        assert risk_threshold(np.ones(least - 1), np.ones(least - 1, np.bool_), risk) is None


def test_none_is_found_where_all_are_wrong_or_there_are_none() -> None:
    assert risk_threshold(np.ones(500), np.zeros(500, np.bool_), 0.3) is None
    assert risk_threshold(np.empty(0), np.empty(0, np.bool_), 0.3) is None


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="needs scores"):
        risk_threshold(np.ones(2), np.ones(3, np.bool_), 0.1)
    for risk, certainty in ((0.0, 0.9), (1.0, 0.9), (0.1, 1.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            risk_threshold(np.ones(2), np.ones(2, np.bool_), risk, certainty)
