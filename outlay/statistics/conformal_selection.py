"""Handing out answers so that, on average, at most a stated share of those handed out is wrong.

From n labelled answers and the scores of m new ones, each new answer gets a conformal p-value against "it is wrong",
and the Benjamini-Hochberg procedure picks which to hand out (Jin and Candes 2023, Selection by prediction with
conformal p-values). The false-discovery rate, the expected share of wrong answers among those handed out (0 where none
are), is at most the level for every n and m, whatever the scores are. What is needed: each new answer is exchangeable
with the labelled ones, given the other new ones; independent draws from one source are. A source that changes voids it.

``conformal_selection`` takes one score. ``optimised_conformal_selection`` takes several and chooses among them by the
data at hand, with the same guarantee; choosing the score that hands out most and then using the first has none.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Which answers are handed out.

    Attributes:
        chosen: (m,).
        p_values: (m,), by the score that each answer was judged by.
        score: (m,), which score that was.
    """

    chosen: BoolArray
    p_values: FloatArray
    score: IntArray


def conformal_p_values(
    calibration: FloatArray, right: BoolArray, test: FloatArray, rng: np.random.Generator | None = None
) -> FloatArray:
    """For each new answer: (1 + wrong labelled answers that score at least as high) / (1 + n).

    The chance that an answer is wrong and its p-value is at most t is at most t, for every t.

    Args:
        calibration: (n,) scores of labelled answers, higher is better.
        right: (n,) their labels.
        test: (m,) scores of new answers.
        rng: breaks ties between scores at random; without it they count against the new answer, which is
            conservative.

    Raises:
        ValueError: if the shapes do not fit or a score is NaN.
    """
    _check(calibration, right, test)
    counts = _wrong_above(*_without_ties(calibration, test, rng), right)
    return (1.0 + counts) / (1 + len(right))


def benjamini_hochberg(p_values: FloatArray, level: float) -> BoolArray:
    """(m,) -> (m,): the r smallest, for the largest r whose r-th smallest is at most level r / m.

    Raises:
        ValueError: if ``level`` is out of range or ``p_values`` not (m,).
    """
    _check_level(level)
    if p_values.ndim != 1:
        raise ValueError(f"p_values must have shape (m,); got {p_values.shape}")
    m = len(p_values)
    # The margin is for products such as 0.1 * 3 that rounding puts on the wrong side of a p-value that equals them.
    passing = np.flatnonzero(np.sort(p_values) <= level * np.arange(1, m + 1) / m * (1 + 1e-12))
    return p_values <= np.sort(p_values)[passing[-1]] if len(passing) else np.zeros(m, np.bool_)


def conformal_selection(
    calibration: FloatArray, right: BoolArray, test: FloatArray, level: float, rng: np.random.Generator | None = None
) -> Selection:
    """Benjamini-Hochberg on conformal p-values: false-discovery rate at most ``level``.

    Why: let answer j be wrong. Count it among the labelled ones in the p-values of all others, and set its own to 0:
    then R_j are picked. This R_j does not change if j swaps places with a labelled answer, and if j is picked it is the
    number that was picked (the p-values that change belong to lower p-values, which only fall). Given who they are, j
    is equally likely to be any of the n + 1, so its p-value is at most level R_j / m with at most that probability,
    and the expected share of j is at most (level R_j / m) / R_j = level / m.

    Args:
        calibration: (n,) scores of labelled answers, higher is better.
        right: (n,) their labels.
        test: (m,) scores of new answers.
        level: bound of the false-discovery rate, above 0 and below 1.
        rng: breaks ties between scores at random; without it they count against the new answer.

    Raises:
        ValueError: if the shapes do not fit, a score is NaN or ``level`` is out of range.
    """
    p_values = conformal_p_values(calibration, right, test, rng)
    return Selection(benjamini_hochberg(p_values, level), p_values, np.zeros(len(test), np.int64))


def optimised_conformal_selection(
    calibration: FloatArray, right: BoolArray, test: FloatArray, level: float, rng: np.random.Generator | None = None
) -> Selection:
    """The same guarantee after choosing among several scores by the data at hand (paper 176, pre-trained candidates).

    For each new answer j and each score, R_j is the number picked where j is counted among the wrong labelled answers
    and its own p-value is 0, as above. The score with the largest R_j is the one that j is judged by. As the choice and
    R_j do not change if j swaps places with a labelled answer, the p-value by that score keeps its meaning, and
    e_j = m / (level R_j) where it is at most level R_j / m, else 0, has an expectation of at most 1 over wrong j.
    The e-values are divided by one uniform number u and given to the Benjamini-Hochberg procedure for e-values: the
    largest r such that r of the e_j / u are at least m / (level r). With u = 1 the bound follows from the expectations.
    With u drawn: r can only fall as u rises, so among the u for which j is picked 1 / r is largest at the largest,
    c <= r(c) / R_j, and the expectation of 1 / r over them is at most c / r(c) <= 1 / R_j, as before.

    The construction is the paper's, as its public code shows it; the argument is written here to stand by itself. The
    factor u is shared by all answers (the paper's homogeneous pruning).

    With one score this picks all that ``conformal_selection`` does, and seldom more.

    Args:
        calibration: (n, scores) of labelled answers, higher is better.
        right: (n,) their labels.
        test: (m, scores) of new answers.
        level: bound of the false-discovery rate, above 0 and below 1.
        rng: breaks ties and draws u; without it ties count against the new answer and u is 1, which picks fewer.

    Raises:
        ValueError: if the shapes do not fit, a score is NaN or ``level`` is out of range.
    """
    _check_level(level)
    if calibration.ndim != 2 or test.ndim != 2 or calibration.shape[1] != test.shape[1] or not test.shape[1]:
        raise ValueError(f"needs (n, scores) and (m, scores); got {calibration.shape} and {test.shape}")
    for old, new in zip(calibration.T, test.T, strict=True):
        _check(old, right, new)
    n, m = len(right), len(test)
    limits = np.array([math.floor(level * r * (n + 1) / m * (1 + 1e-12)) for r in range(1, m + 1)], np.int64)
    pairs = [_without_ties(old, new, rng) for old, new in zip(calibration.T, test.T, strict=True)]
    counts = np.stack([_wrong_above(old, new, right) for old, new in pairs])
    sizes = np.stack([_sizes_in_its_place(new, above, limits) for (_, new), above in zip(pairs, counts, strict=True)])
    score = sizes.argmax(axis=0)
    size, above = (table[score, np.arange(m)] for table in (sizes, counts))
    shrink = 1.0 if rng is None else rng.random()
    needed = np.where(1 + above <= limits[size - 1], shrink * size, np.inf)
    passing = np.flatnonzero(np.sort(needed) <= np.arange(1, m + 1))
    chosen = needed <= (passing[-1] + 1 if len(passing) else 0)
    return Selection(chosen, (1.0 + above) / (n + 1), score)


def _sizes_in_its_place(test: FloatArray, above: IntArray, limits: IntArray) -> IntArray:
    """(m,): for each j how many are picked where j counts as a wrong labelled answer and its own p-value is 0.

    For the others that score at most what j does, one more wrong answer is at least as high as they are.

    Args:
        test: (m,) scores.
        above: (m,) wrong labelled answers at or above each.
        limits: (m,) the most that may be at or above the worst of 1 to m picked ones.
    """
    ordered = np.sort(above)
    within, short = np.searchsorted(ordered, limits, "right"), np.searchsorted(ordered, limits - 1, "right")
    higher = len(test) - np.searchsorted(np.sort(test), test, "right")
    wanted = np.arange(1, len(test) + 1)
    sizes = []
    for count, top in zip(above, higher, strict=True):
        picked = np.minimum(within, top) + np.maximum(short - top, 0) - (count < limits) + 1
        sizes.append(np.flatnonzero(picked >= wanted)[-1] + 1)
    return np.array(sizes, np.int64)


def _wrong_above(calibration: FloatArray, test: FloatArray, right: BoolArray) -> IntArray:
    wrong = np.sort(calibration[~right])
    return np.asarray(len(wrong) - np.searchsorted(wrong, test, "left"), np.int64)


def _without_ties(
    calibration: FloatArray, test: FloatArray, rng: np.random.Generator | None
) -> tuple[FloatArray, FloatArray]:
    """Scores as they are, or their ranks with ties in random order."""
    if rng is None:
        return calibration, test
    pooled = np.concatenate([calibration, test])
    ranks = np.empty(len(pooled))
    ranks[np.lexsort((rng.random(len(pooled)), pooled))] = np.arange(len(pooled))
    return ranks[: len(calibration)], ranks[len(calibration) :]


def _check(calibration: FloatArray, right: BoolArray, test: FloatArray) -> None:
    if calibration.ndim != 1 or calibration.shape != right.shape or test.ndim != 1 or not len(test):
        shapes = f"{calibration.shape}, {right.shape} and {test.shape}"
        raise ValueError(f"needs scores (n,), labels (n,) and new scores (m,) with m above 0; got {shapes}")
    if np.isnan(calibration).any() or np.isnan(test).any():
        raise ValueError("a score is NaN")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1; got {level}")
