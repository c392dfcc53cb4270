"""Anytime figures: the area under accuracy over the logarithm of tokens, and the tokens that a target takes."""

import math
from collections.abc import Sequence

import numpy as np

from outlay.bench.figures import share
from outlay.bench.protocols.page import Contrast, Findings, ProtocolTable, compared
from outlay.bench.protocols.questions import FinishedRun, Values, compare, interval, means
from outlay.bench.records import TrialRecord
from outlay.bench.store import StoredTrial
from outlay.bench.summary import Method, results_of
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.statistics import AnytimeCurve, Interval, budget_to_target, log_budget_area

AREA = ("strategy", "n", "area [95%]")
AREA_NOTE = (
    "Area: mean accuracy of the answer held while a question may cost {low:,.0f} to {high:,.0f} tokens, where every "
    "doubling weighs the same; before its first answer a question counts as wrong. Difference: less that of {baseline}."
)
TARGET = ("strategy", "n", "tokens to target [95%]", "not reached")
TARGET_NOTE = (
    "The fewest tokens a question at which mean accuracy reaches {target:.1%}. The interval is a bootstrap over "
    "questions, each with all its seeds; not reached: share of the resamples in which no number of tokens suffices."
)
CLOSE = 0.9
"""Share of the baseline's accuracy that is the target if none is given; its very own is missed by chance."""
SEED = 0


def anytime(run: FinishedRun, target: float | None, low: float | None, high: float | None) -> Findings:
    """Areas and tokens to a target for every exam.

    Args:
        run: what was run.
        target: accuracy in (0, 1]; without it, nine tenths of what the baseline of each exam ends with.
        low: fewest tokens; without it, what the first answer of the quickest method takes.
        high: most tokens; without it, what the dearest question took.

    Raises:
        InvalidSettingError: if the target or the tokens are out of range.
        InvalidInputError: if no method was graded.
    """
    if target is not None and not 0 < target <= 1:
        raise InvalidSettingError("anytime", "target", target, "above 0 and at most 1")
    tables: list[ProtocolTable] = []
    for exam, methods in run.exams().items():
        found = {method: run.methods[method] for method in methods if _graded(run.methods[method])}
        if not found:
            continue
        fewest, most = _range(list(found.values()), low, high)
        areas = {method: _areas(trials, fewest, most) for method, trials in found.items()}
        baseline = next((method for method in found if method.name == run.manifest.baseline), next(iter(found)))
        note = AREA_NOTE.format(low=fewest, high=most, baseline=baseline.name)
        lines = [_area_line(method, values, areas[baseline]) for method, values in areas.items()]
        tables.append(compared(f"Area under accuracy over log tokens: {exam}", AREA, lines, note))
        aim = target or CLOSE * float(np.mean([bool(record.correct) for record in _records(found[baseline])]))
        if aim > 0:
            rows = [_target_row(method, trials, aim) for method, trials in found.items()]
            tables.append(ProtocolTable(f"Tokens to a target: {exam}", TARGET, rows, TARGET_NOTE.format(target=aim)))
    if not tables:
        raise InvalidInputError("anytime: no answer of this run was graded; its tasks have no reference")
    return Findings("anytime", f"{run.manifest.name}: what a budget holds", tables)


def curve_of(record: TrialRecord) -> AnytimeCurve:
    """Right or wrong by tokens spent, of one trial."""
    points = [(point.cost.tokens, bool(point.correct)) for point in record.curve]
    return AnytimeCurve(
        np.array([cost for cost, _ in points], np.float64), np.array([r for _, r in points], np.float64)
    )


def _records(trials: Sequence[StoredTrial]) -> list[TrialRecord]:
    return [*results_of(trials).values()]


def _graded(trials: Sequence[StoredTrial]) -> bool:
    return all(record.correct is not None for record in _records(trials))


def _range(methods: Sequence[Sequence[StoredTrial]], low: float | None, high: float | None) -> tuple[float, float]:
    records = [record for trials in methods for record in _records(trials)]
    most = float(max(record.cost.tokens for record in records)) if high is None else high
    starts = [record.curve[0].cost.tokens for record in records if record.curve]
    fewest = float(max(1, min(starts, default=1))) if low is None else low
    if low is None and high is None:
        most = max(most, fewest + 1)
    if not 0 < fewest < most < math.inf:
        raise InvalidSettingError("anytime", "low", fewest, f"above 0 and below high, which is {most:g}")
    return fewest, most


def _areas(trials: Sequence[StoredTrial], low: float, high: float) -> Values:
    return means(trials, lambda record: log_budget_area(curve_of(record), low, high))


def _area_line(method: Method, values: Values, baseline: Values) -> Contrast:
    cells = [method.name, str(len(values)), share(interval(values), 1)]
    return Contrast(cells, None if values is baseline else compare(values, baseline))


def _target_row(method: Method, trials: Sequence[StoredTrial], target: float) -> list[str]:
    results = results_of(trials)
    questions = np.array([question for question, _ in results])
    curves = [curve_of(record) for record in results.values()]
    found = budget_to_target(curves, target, np.random.default_rng(SEED), questions)
    missed = f"{100 * found.not_reached:.0f}%" if found.not_reached in {0, 1} else f"{100 * found.not_reached:.1f}%"
    return [method.name, str(found.problems), _tokens(found.budget), missed]


def _tokens(found: Interval) -> str:
    estimate, low, high = ("never" if math.isinf(tokens) else f"{tokens:,.0f}" for tokens in found)
    return f"{estimate} [{low}, {high}]"
