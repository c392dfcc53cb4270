"""The test that may be looked at after every observation keeps its promise, exactly."""

from itertools import product

import numpy as np
import pytest

from outlay.statistics.sequential import evidence_against_better


@pytest.mark.parametrize("error", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("chances", [(0.25, 0.5, 0.25), (0.5, 0.0, 0.5), (0.1, 0.7, 0.2)])
def test_a_mean_of_0_or_above_is_rarely_ruled_out(error: float, chances: tuple[float, float, float]) -> None:
    """By enumeration of all sequences of 8: the probability of ever reaching the threshold is at most the error."""
    wrong = 0.0
    for path in product(range(3), repeat=8):
        probability = float(np.prod([chances[one] for one in path]))
        if probability and evidence_against_better(np.array(path, np.float64) - 1) >= 1 / error:
            wrong += probability
    assert wrong <= error


def test_many_losses_are_seen_and_the_evidence_never_falls() -> None:
    losses = np.array([0.0, -1, 0, -1, -1, 0, -1, -1, -1, 0, -1])
    seen = [evidence_against_better(losses[:n]) for n in range(len(losses) + 1)]
    assert seen[0] == 1
    assert seen == sorted(seen)
    assert seen[-1] > 20
    assert evidence_against_better(-losses) == 1


def test_what_is_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="each in"):
        evidence_against_better(np.array([1.5]))
