"""Each resampling scheme, beside what one would write with numpy alone for the same draw.

Every peer is ``np.searchsorted(np.cumsum(weights), points * total)`` with the points of that scheme made by numpy.
Independent points come in two ways. As ``rng.random(n)`` draws them they are unsorted, and the search jumps through
memory; that is numpy's shortest program, and its ancestors come out unsorted. Sorted, as our multinomial scheme
returns them, they cost a sort and save the jumps. The strata's points are sorted as they are made. The residual scheme
has no one-line peer: it stands beside independent sorted points, which it has for its random part.

Weights are exponential, so that some particles have many copies and a third or more have none.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from measuring import Row, asked_quick, ratios, show, side_by_side
from numpy.typing import NDArray

from outlay.montecarlo.resampling import RESAMPLING_SCHEMES, Resample, ResamplingScheme

FloatArray = NDArray[np.float64]
Points = Callable[[int, np.random.Generator], FloatArray]


def independent(n: int, rng: np.random.Generator) -> FloatArray:
    """Uniform points, unsorted."""
    return rng.random(n)


def independent_sorted(n: int, rng: np.random.Generator) -> FloatArray:
    """Uniform points, sorted."""
    return np.sort(rng.random(n))


def one_a_stratum(n: int, rng: np.random.Generator) -> FloatArray:
    """One uniform point in each of n strata, sorted."""
    return (np.arange(n) + rng.random(n)) / n


def evenly_spaced(n: int, rng: np.random.Generator) -> FloatArray:
    """Points at equal distances from a random start, sorted."""
    return (np.arange(n) + rng.random()) / n


PEERS: Mapping[ResamplingScheme, tuple[str, Points]] = {
    ResamplingScheme.MULTINOMIAL: ("sorted points", independent_sorted),
    ResamplingScheme.STRATIFIED: ("one point a stratum", one_a_stratum),
    ResamplingScheme.SYSTEMATIC: ("evenly spaced points", evenly_spaced),
    ResamplingScheme.RESIDUAL: ("sorted points", independent_sorted),
}
"""What each scheme is compared with."""


def seconds_of_scheme(scheme: Resample, weights: FloatArray) -> float:
    """Wall-clock seconds of one call that draws as many as there are weights."""
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    scheme(weights, len(weights), rng)
    return time.perf_counter() - start


def seconds_of_search(points: Points, weights: FloatArray) -> float:
    """Wall-clock seconds of numpy's search for as many points."""
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    cumulative = np.cumsum(weights)
    np.searchsorted(cumulative, points(len(weights), rng) * cumulative[-1])
    return time.perf_counter() - start


def main() -> None:
    quick = asked_quick(__doc__)
    weights = np.random.default_rng(1).exponential(size=10**5 if quick else 10**6)
    rows = []
    for name, scheme in RESAMPLING_SCHEMES.items():
        described, points = PEERS[name]
        ours, like, shortest = side_by_side(
            [
                partial(seconds_of_scheme, scheme, weights),
                partial(seconds_of_search, points, weights),
                partial(seconds_of_search, independent, weights),
            ],
            repeats=5 if quick else 15,
        )
        rows += [
            Row(f"{name}, ms", [1000 * seconds for seconds in ours]),
            Row(f"{name} / numpy with {described}", ratios(ours, like), "at most 2"),
            Row(f"{name} / numpy with unsorted points", ratios(ours, shortest), "at most 2"),
        ]
    show(f"Resampling {len(weights):,} particles", rows)


if __name__ == "__main__":
    main()
