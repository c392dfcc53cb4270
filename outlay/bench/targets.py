"""What it costs a method to come close to the baseline's accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from outlay.bench.protocols.anytime import CLOSE, SEED
from outlay.bench.results import AXES, Axis
from outlay.bench.summary import Method, MethodTrials, graded
from outlay.statistics import AnytimeCurve, BudgetToTarget, budget_to_target

RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Target:
    """A target of one exam.

    Attributes:
        accuracy: nine tenths of what the baseline ends with.
        reached: what it costs each method.
    """

    accuracy: float
    reached: Mapping[Method, BudgetToTarget]


def targets(methods: Mapping[Method, MethodTrials], baseline: str, axis: Axis) -> dict[str, Target]:
    """The target of each exam whose baseline is right at least once.

    Args:
        methods: trials by method.
        baseline: the strategy, with its verifier if it has one; of several budgets the first counts.
        axis: which kind of cost.
    """
    found: dict[str, Target] = {}
    known = {method: trials for method, trials in methods.items() if graded(trials.results)}
    for base, trials in known.items():
        accuracy = CLOSE * float(np.mean([bool(result.correct) for result in trials.results.values()]))
        if base.name == baseline and base.exam not in found and accuracy > 0:
            exam = (method for method in known if method.exam == base.exam)
            found[base.exam] = Target(accuracy, {one: _reached(known[one], accuracy, axis) for one in exam})
    return found


def _reached(trials: MethodTrials, accuracy: float, axis: Axis) -> BudgetToTarget:
    column = AXES.index(axis)
    questions = np.array([question for question, _ in trials.results])
    curves = [
        AnytimeCurve(result.spent[:, column], result.held.astype(np.float64)) for result in trials.results.values()
    ]
    return budget_to_target(curves, accuracy, np.random.default_rng(SEED), questions, resamples=RESAMPLES)
