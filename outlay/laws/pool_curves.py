"""Curves from a pool: the coverage of its samples, and what a selection makes of them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import ScalingCurve, coverage_curve
from outlay.pools.evaluation import Exam
from outlay.pools.pool import Pool


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
