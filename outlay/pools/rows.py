"""From what was gathered of an exam to the rows of an evaluation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlay.pools.evaluation import Exam, Row
from outlay.pools.selected import Selected
from outlay.pools.tally import Tally
from outlay.statistics import Comparison, Interval, compare_paired, holm, mean_interval

FloatArray = NDArray[np.float64]
ROUNDING = 8
"""Decimals to which closed forms agree with each other; smaller differences are none."""


def exam_rows(exam: Exam, tally: Tally, chosen: Sequence[Selected], baseline: str, effective: float) -> list[Row]:
    """A row for each selection and number of samples that some problem has; one, at n = 1, for a single sample.

    Args:
        exam: which.
        tally: what was gathered of it.
        chosen: the selections, in the order of the tally.
        baseline: the name of the one to compare with.
        effective: least effective sample size for each sample that is drawn, under a target policy.
    """
    found: list[Row] = []
    names = [one.name for one in chosen]
    for place, n in enumerate(tally.sizes):
        there = tally.problems(place)
        if not there.any():
            continue
        values, errors, costs = tally.values(place)[there], tally.errors(place), tally.costs(place)
        against = values[:, names.index(baseline)]
        for i, one in enumerate(chosen):
            taken = 1 if one.selection.info.single else n
            if any((row.selection, row.n) == (one.name, taken) for row in found):
                continue
            tokens, dollars, flops, seconds, one_by_one = (None if np.isnan(x) else float(x) for x in costs[i])
            compared = None if one.name == baseline or taken != n else _compared(values[:, i], against)
            row = Row(
                exam, one.name, taken, len(values), _interval(values[:, i]), float(errors[i]), tokens, dollars, flops,
                seconds, one_by_one, compared,
            )  # fmt: skip
            found.append(_weighed(row, tally.effective, effective))
    return sorted(found, key=lambda row: names.index(row.selection))


def corrected(rows: Sequence[Row], chosen: Sequence[Selected]) -> list[Row]:
    """With p-values corrected over all rows but those of bounds, which nobody could choose."""
    bounds = {one.name for one in chosen if not one.selection.info.attained}
    found = list(rows)
    tested = [
        (i, row.comparison.p_value) for i, row in enumerate(rows) if row.comparison and row.selection not in bounds
    ]
    for (i, _), p_value in zip(tested, holm([p_value for _, p_value in tested]), strict=True):
        found[i] = replace(rows[i], p_value=p_value)
    return found


def _weighed(row: Row, effective: Sequence[float], least: float) -> Row:
    """The row of a target policy with its effective sample size; without an estimate where that is too small."""
    if not effective:
        return row
    few = sum(one < least * row.n for one in effective)
    if not few:
        return replace(row, effective=min(effective))
    why = f"{few} of {len(effective)} problems have an effective sample size below {least * row.n:g}"
    return Row(row.exam, row.selection, row.n, row.problems, None, effective=min(effective), refused=why)


def _compared(values: FloatArray, against: FloatArray) -> Comparison | None:
    found = compare_paired(np.round(values, ROUNDING), np.round(against, ROUNDING))
    return found if np.isfinite(found.detectable) else None


def _interval(values: FloatArray) -> Interval:
    found = mean_interval(values)
    return Interval(*(min(1.0, max(0.0, bound)) for bound in found))
