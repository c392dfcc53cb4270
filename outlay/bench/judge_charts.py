"""Charts of the laws that are about judges, votes and choices."""

from collections.abc import Sequence

import numpy as np

from outlay.bench.charts import Chart
from outlay.bench.line_chart import Point, line_chart
from outlay.laws.consistency import ConfidenceErrors
from outlay.laws.curve import FloatArray
from outlay.laws.judge_model import JudgeModel
from outlay.laws.multiple_choice import Choices, fit_margins
from outlay.laws.regret import Regret
from outlay.laws.solve_or_verify import Grid
from outlay.laws.verifier_gap import Gap
from outlay.statistics import mean_interval


def judge_chart(models: dict[str, JudgeModel], k: Sequence[int], temperatures: Sequence[float], seed: int) -> Chart:
    """Error against k, best-of-k exactly and the sampler by simulation, a panel for each judge."""
    panels = {}
    for title, model in models.items():
        points = [Point.exact("best of k", one, model.best_of_k(one)) for one in k]
        found = model.simulated(np.array(k), np.array(temperatures), np.random.default_rng(seed))
        for column, temperature in enumerate(temperatures):
            name = f"temperature {temperature:g}"
            points += [Point.exact(name, one, found[row, column]) for row, one in enumerate(k)]
        panels[title] = points
    return line_chart(panels, "samples k", "squared error", "log")


def frontier_chart(grid: Grid) -> Chart:
    """Accuracy against cost, a line for each number of verifications."""
    points = []
    for column, checks in enumerate(grid.verifications):
        name = "vote" if checks == 0 else f"verifications of each solution: {checks}"
        for row, cost in enumerate(grid.costs[:, column]):
            share = mean_interval(grid.values[:, row, column])
            points.append(Point.of(name, float(cost), share))
    return line_chart({"solve or verify": points}, "cost in solutions", "accuracy")


def confidence_chart(errors: ConfidenceErrors) -> Chart:
    """Estimation errors against samples, and the model errors that they do not fall below."""
    points = []
    for name, estimated, kept in (
        ("self-consistency", errors.counted, errors.counted_model),
        ("perplexity consistency", errors.summed, errors.summed_model),
    ):
        points += [Point.exact(f"{name}, estimation", x, y) for x, y in zip(errors.samples, estimated, strict=True)]
        points += [Point.exact(f"{name}, model", x, kept) for x in errors.samples]
    return line_chart({"errors of a confidence": points}, "samples", "squared error", "log")


def regret_chart(regrets: Sequence[Regret]) -> Chart:
    """Regret against samples, a line for each way of choosing."""
    points = [
        Point.of(one.method, n, share) for one in regrets for n, share in zip(one.samples, one.regret, strict=True)
    ]
    return line_chart({"regret": points}, "samples", "regret")


def gap_chart(gaps: dict[str, Gap]) -> Chart:
    """What a verifier adds against the budget, a line for each case."""
    points = [
        Point.of(name, x, share) for name, one in gaps.items() for x, share in zip(one.budgets, one.gaps, strict=True)
    ]
    return line_chart({"with a verifier less without": points}, "budget", "gain in accuracy")


def choices_chart(choices: Choices, budgets: FloatArray) -> Chart:
    """Accuracy as measured, and as margins up to the last of ``budgets`` foretell it."""
    seen = choices.budgets <= budgets[-1]
    form = fit_margins(choices.budgets[seen], choices.margins[:, seen])
    pairs = (("measured", choices.accuracy), (f"margins, fitted up to {budgets[-1]:g}", form.at(choices.budgets)))
    points = [Point.exact(name, x, y) for name, values in pairs for x, y in zip(choices.budgets, values, strict=True)]
    return line_chart({"multiple choice": points}, "budget", "accuracy")
