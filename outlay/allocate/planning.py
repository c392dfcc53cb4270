"""What a budget will buy, from a pilot: predictions for fresh problems, with intervals that hold for so many of them.

A pilot of P problems gives each problem's chance v of a right answer. On M fresh problems, answered once each, the
share of right answers has mean E v and variance E v (1 - E v) / M, whatever the spread of v; the pilot's mean itself is
off by var v / P. Both go into the interval, which is Student's, with E v drawn a little towards one half as Agresti and
Coull (1998) do, so that it does not collapse where all or none are right.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import ScalingCurve
from outlay.laws.fitting import Fit, fit_law
from outlay.laws.forms import SHIFTED_POWER
from outlay.statistics import Interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Option:
    """One way of answering every question.

    Attributes:
        strategy: as it could be typed.
        n: samples of each question.
        accuracy: predicted for a fresh set of problems, with its interval.
        cost: mean of a question.
        extrapolated: whether a law says so beyond the pilot's samples.
    """

    strategy: str
    n: int
    accuracy: Interval
    cost: float
    extrapolated: bool = False


Pick = Callable[[Sequence[Option]], Option]
"""Chooses among ways."""
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A way of choosing on the pilot's problems, for rising numbers of samples.

    Attributes:
        strategy: its name, without the number.
        sizes: (m,) numbers of samples.
        values: (problems, m) chances of a right answer.
        costs: (m,) mean cost of a question.
        setting: how the number of samples is written.
    """

    strategy: str
    sizes: Sequence[int]
    values: FloatArray
    costs: FloatArray

    def named(self, n: int) -> str:
        """As it could be typed."""
        return f"{self.strategy}(n={n})"


def predict_accuracy(values: FloatArray, fresh: int, confidence: float = 0.95) -> Interval:
    """The share of right answers on fresh problems, each answered once.

    Args:
        values: (problems,) the pilot's chances of a right answer, in [0, 1].
        fresh: how many problems there will be.
        confidence: of the interval, which holds for one fresh set.

    Raises:
        ValueError: if there are fewer than two problems or none fresh.
    """
    count = len(values)
    if count < 2 or fresh < 1:
        raise ValueError(f"needs a pilot of two problems or more, and one fresh problem; got {count} and {fresh}")
    quantile = float(stats.t.ppf((1 + confidence) / 2, count - 1))
    share = float(values.mean())
    # The part of the variance that lies between problems; all of it where nothing varies.
    between = min(1.0, float(values.var(ddof=1)) / (share * (1 - share))) if 0 < share < 1 else 1.0
    # A pilot whose problems are much alike knows as much as one with so many more, answered once each.
    known = count / max(between, 1e-3)
    centre = (share * known + quantile**2 / 2) / (known + quantile**2)
    half = quantile * math.sqrt(centre * (1 - centre) * (1 / known + 1 / fresh))
    return Interval(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)))


def options(
    measured: Sequence[Measured],
    fresh: int,
    rng: np.random.Generator,
    ahead: Sequence[int] = (),
    confidence: float = 0.95,
) -> list[Option]:
    """Every way at every number of samples, beyond the pilot's as far as a law may be believed.

    Args:
        measured: on the pilot.
        fresh: problems of the set that is planned for.
        rng: of the law's resamples.
        ahead: numbers of samples beyond the pilot's.
        confidence: of the intervals.
    """
    found = []
    for one in measured:
        for place, n in enumerate(one.sizes):
            accuracy = predict_accuracy(one.values[:, place], fresh, confidence)
            found.append(Option(one.named(n), n, accuracy, float(one.costs[place])))
        found += _beyond(one, fresh, rng, ahead, confidence)
    return found


def cheapest(found: Sequence[Option], target: float) -> Option:
    """The cheapest way whose predicted accuracy reaches a target.

    Raises:
        InvalidInputError: if none does; it names the most accurate one.
    """
    met = [one for one in found if one.accuracy.estimate >= target - 1e-9]
    if not met:
        best = max(found, key=lambda one: one.accuracy.estimate)
        raise InvalidInputError(
            f"nothing in reach of this pilot gets to an accuracy of {target:g}; the most is {best.strategy} with "
            f"{best.accuracy.estimate:.3f}. A pilot of more samples sees further"
        )
    return min(met, key=lambda one: (one.cost, -one.accuracy.estimate))


def best_within(found: Sequence[Option], cost: float) -> Option:
    """The most accurate way whose mean cost of a question keeps to a limit; of equals the cheaper.

    Raises:
        InvalidInputError: if none does; it names the cheapest one.
    """
    within = [one for one in found if one.cost <= cost * (1 + 1e-9)]
    if not within:
        least = min(found, key=lambda one: one.cost)
        raise InvalidInputError(
            f"{cost:g} a question pays for nothing; the cheapest is {least.strategy} for {least.cost:g}"
        )
    return max(within, key=lambda one: (one.accuracy.estimate, -one.cost))


def honest(measured: Sequence[Measured], pick: Pick, chosen: Option, fresh: int, confidence: float = 0.95) -> Option:
    """The chosen way with a prediction that allows for its having been chosen.

    What looks best on a pilot is partly luck. So the way is chosen anew on four fifths of the problems, and what it
    comes to on the other fifth counts, five times. Beyond the pilot's samples a law's prediction stays as it is.

    Args:
        measured: what was chosen from.
        pick: how it was chosen; a choice that some fifths do not allow is made as on the whole.
        chosen: on the whole pilot.
        fresh: problems of the set that is planned for.
        confidence: of the interval.
    """
    problems = len(measured[0].values)
    if chosen.extrapolated or problems < 2 * FOLDS:
        return chosen
    held_out = np.zeros(problems)
    for fold in range(FOLDS):
        held = np.arange(problems) % FOLDS == fold
        ways = [
            (
                one,
                place,
                Option(one.named(n), n, _mean_alone(one.values[~held, place]), float(one.costs[place])),
            )
            for one in measured
            for place, n in enumerate(one.sizes)
        ]
        try:
            name = pick([option for _, _, option in ways]).strategy
        except InvalidInputError:
            name = chosen.strategy
        one, place = next((one, place) for one, place, option in ways if option.strategy == name)
        held_out[held] = one.values[held, place]
    return replace(chosen, accuracy=predict_accuracy(held_out, fresh, confidence))


def _mean_alone(values: FloatArray) -> Interval:
    mean = float(values.mean())
    return Interval(mean, mean, mean)


def _beyond(
    one: Measured, fresh: int, rng: np.random.Generator, ahead: Sequence[int], confidence: float
) -> list[Option]:
    """What a shifted power law says of more samples, with the spread of fresh problems added to its own interval."""
    wanted = [n for n in ahead if n > one.sizes[-1]]
    if not wanted or len(one.sizes) < SHIFTED_POWER.info.least_budgets:
        return []
    fit = fit_law(SHIFTED_POWER, ScalingCurve(np.asarray(one.sizes, np.float64), np.clip(one.values, 0, 1)), rng, 60)
    of_sample = (one.costs[-1] - one.costs[0]) / (one.sizes[-1] - one.sizes[0])
    found = []
    for n in wanted:
        if n > fit.reach * (1 + 1e-9):
            break
        cost = float(one.costs[-1] + of_sample * (n - one.sizes[-1]))
        found.append(Option(one.named(n), n, _widened(fit, n, fresh, confidence), cost, extrapolated=True))
    return found


def _widened(fit: Fit, n: int, fresh: int, confidence: float) -> Interval:
    said = fit.predict(n)
    quantile = float(stats.norm.ppf((1 + confidence) / 2))
    # The law's own interval is one of 95%; what it missed on held-out budgets it may miss again.
    misses = [one.measured - one.predicted.estimate for one in fit.held_out]
    law = max((said.high - said.low) / (2 * 1.96), float(np.sqrt(np.mean(np.square(misses)))))
    centre = min(max(said.estimate, 1 / (fresh + 2)), 1 - 1 / (fresh + 2))
    half = quantile * math.sqrt(law**2 + centre * (1 - centre) / fresh)
    return Interval(said.estimate, max(0.0, said.estimate - half), min(1.0, said.estimate + half))
