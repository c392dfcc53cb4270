"""Curves from a pool: the coverage of its samples, and what a selection makes of them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import ScalingCurve, coverage_curve
from outlay.pools.evaluate import tallies
from outlay.pools.evaluation import Exam
from outlay.pools.pool import Pool
from outlay.pools.selected import select


def coverage_curves(pool: Pool) -> Mapping[Exam, ScalingCurve]:
    """The coverage curve of each task, level and model of a pool.

    Problems of one exam are cut to the fewest graded samples that one of them has.

    Raises:
        InvalidInputError: if no sample is graded.
        StoreError: if the pool cannot be read.
    """
    found: dict[Exam, list[NDArray[np.bool_]]] = {}
    for problem in pool.problems(["correct"]):
        if problem.correct is None:
            continue
        graded = problem.correct[~np.isnan(problem.correct)] > 0
        if len(graded):
            found.setdefault(Exam(problem.task, problem.level, problem.model), []).append(graded)
    if not found:
        raise InvalidInputError(f"{pool.path} has no graded samples; grade them, as in  outlay pool judge")
    curves = {}
    for exam, rows in found.items():
        fewest = min(map(len, rows))
        curves[exam] = coverage_curve(np.array([row[:fewest] for row in rows]))
    return curves


def selection_curves(pool: Pool, selections: Sequence[str], seed: int = 0) -> Mapping[tuple[Exam, str], ScalingCurve]:
    """What selections make of 1, 2, 4 ... samples, for each exam; ``coverage`` is left to ``coverage_curves``.

    Raises:
        InvalidInputError: if no sample is graded, or a selection is unknown or lacks a column.
        StoreError: if the pool cannot be read.
    """
    chosen = select(pool, selections)
    curves = {}
    for exam, tally in tallies(pool, chosen, seed).items():
        budgets = np.array(tally.sizes, np.float64)
        values = np.clip([tally.values(place) for place in range(len(budgets))], 0.0, 1.0)
        for position, one in enumerate(chosen):
            curves[exam, one.name] = ScalingCurve(budgets, np.asarray(values[:, :, position].T, np.float64))
    return curves
