"""What is measured of each verifier, and of each two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outlay.audit.collection import Collected
from outlay.audit.verdicts import Verdicts, names_of, verdicts_of
from outlay.core.cost import Cost
from outlay.core.labelled import LabelledAnswer
from outlay.statistics import (
    CalibrationCurve,
    ErrorRates,
    Interval,
    PositionBias,
    Resampling,
    area_under_roc_interval,
    brier_score,
    calibration_curve,
    clustered_error_rates,
    cohen_kappa,
    contrast_consistency,
    count_errors,
    error_correlation,
    expected_calibration_error,
    grouped_area_under_roc,
    length_bias,
    position_bias,
    posterior_error_rates,
)

PASS = 0.5
"""Score from which up a verdict is a pass."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What an audit finds of one verifier.

    Attributes:
        verdicts: what it was measured on.
        rates: how often a wrong answer passes and a right one fails; None without answers of both kinds.
        false_positive: the first of them.
        false_negative: the second.
        precision: how often an answer that passes is right, on these answers' share of right ones.
        ranking: probability that a right answer outscores a wrong one, over all.
        within: the same within one problem, which is what selection needs; NaN without such a pair.
        error: expected calibration error.
        brier: mean squared difference of score and label.
        curve: what scores say and what is true.
        length: rank correlation of score and length given the label.
        position: what the place of an answer does; None for verifiers that do not compare pairs.
        contrast: share of pairs of problems of which each ranks its own answer first; None without pairs.
        resampling: what sampling until it passes can reach, problem by problem; None without both kinds.
        cost: what it was paid for all verdicts.
    """

    verdicts: Verdicts
    rates: ErrorRates | None
    false_positive: Interval | None
    false_negative: Interval | None
    precision: Interval | None
    ranking: Interval
    within: float
    error: Interval
    brier: Interval
    curve: CalibrationCurve
    length: Interval
    position: PositionBias | None
    contrast: Interval | None
    resampling: Resampling | None
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two verifiers compare.

    Attributes:
        first: one's name.
        second: the other's.
        kappa: agreement on pass and fail beyond chance.
        errors: rank correlation of their scores given the label; the lower, the more the second one adds.
    """

    first: str
    second: str
    kappa: Interval
    errors: Interval


def measure(collected: Collected, rng: np.random.Generator) -> list[Measures]:
    """All measures of each verifier that judged anything."""
    found = []
    for name in names_of(collected.answers):
        verdicts = verdicts_of(name, collected.answers)
        if len(verdicts.scores):
            contrasts = collected.contrasts.get(name, np.empty((0, 2, 2)))
            found.append(_measures(verdicts, contrasts, _position(collected, name), collected.costs.get(name), rng))
    return found


def agreements(answers: Sequence[LabelledAnswer], rng: np.random.Generator) -> list[Agreement]:
    """Each two verifiers on the answers that both judged."""
    found = []
    for first, second in combinations(names_of(answers), 2):
        both = [
            (one.scores[first], one.scores[second], one.right)
            for one in answers
            if one.scores.get(first) is not None and one.scores.get(second) is not None
        ]
        if both:
            scores, right = np.array([row[:2] for row in both], np.float64), np.array([row[2] for row in both])
            passed = (scores >= PASS).astype(np.int64)
            kappa = cohen_kappa(passed[:, 0], passed[:, 1])
            found.append(Agreement(first, second, kappa, error_correlation(scores[:, 0], scores[:, 1], right, rng)))
    return found


def _measures(
    verdicts: Verdicts,
    contrasts: NDArray[np.float64],
    position: PositionBias | None,
    cost: Cost | None,
    rng: np.random.Generator,
) -> Measures:
    scores, right, problems = verdicts.scores, verdicts.right, verdicts.problems
    both = bool(right.any() and not right.all())
    rates = _rates(verdicts, rng) if both else None
    return Measures(
        verdicts,
        rates,
        rates.interval(_first) if rates else None,
        rates.interval(_second) if rates else None,
        rates.precision(float(right.mean())) if rates else None,
        area_under_roc_interval(scores, right),
        grouped_area_under_roc(scores, right, problems),
        expected_calibration_error(scores, right, rng),
        brier_score(scores, right, problems if len(np.unique(problems)) > 1 else None),
        calibration_curve(scores, right),
        length_bias(scores, verdicts.lengths, right, rng),
        position,
        contrast_consistency(contrasts) if len(contrasts) else None,
        _resampling(verdicts) if both else None,
        cost,
    )


def _position(collected: Collected, name: str) -> PositionBias | None:
    pairs = np.array(collected.preferences.get(name, []), np.bool_)
    return position_bias(pairs[:, 0], pairs[:, 1]) if len(pairs) else None


def _first(positive: NDArray[np.float64], _: NDArray[np.float64]) -> NDArray[np.float64]:
    return positive


def _second(_: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    return negative


def _rates(verdicts: Verdicts, rng: np.random.Generator) -> ErrorRates:
    """Answers to one problem err together: problems are resampled, unless there are no errors to resample."""
    passed = verdicts.scores >= PASS
    counts = count_errors(passed, verdicts.right)
    clustered = len(np.unique(verdicts.problems)) < len(verdicts.problems)
    if clustered and 0 < counts.false_positives < counts.wrong and 0 < counts.false_negatives < counts.right:
        return clustered_error_rates(passed, verdicts.right, verdicts.problems, rng)
    return posterior_error_rates(counts)


def _resampling(verdicts: Verdicts) -> Resampling:
    """Per problem the share of right answers; the error rates of each are pulled towards those over all.

    A problem with few answers of one kind says little of its own rate, so each counts as if it had two more answers
    with the rate over all.
    """
    passed, right = verdicts.scores >= PASS, verdicts.right
    _, index = np.unique(verdicts.problems, return_inverse=True)
    count, good = np.bincount(index), np.bincount(index, right)
    rates = []
    for kind, wrongly in ((~right, passed), (right, ~passed)):
        over_all = float(wrongly[kind].mean())
        rates.append((np.bincount(index, kind & wrongly) + 2 * over_all) / (np.bincount(index, kind) + 2))
    return Resampling(good / count, *rates)
