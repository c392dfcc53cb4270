"""Bayesian optimisation: of many points the one that a surrogate expects to improve most on what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats
from threadpoolctl import threadpool_limits

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.tune.space import Choice, Range
from outlay.tune.surrogates.points import Draw, Point, encode
from outlay.tune.surrogates.surrogate import Belief, FloatArray, Surrogate

try:
    import optuna
except ImportError:
    raise MissingExtraError("outlay tune", "tune") from None

FRESH, NEAR = 160, 80
"""Points that are drawn anew, and points near those that were best."""
KEPT = 0.75
"""Probability with which a point near another keeps each of its choices."""
BEST = 5
"""How many count as best."""


class SurrogateSampler(optuna.samplers.BaseSampler):
    """Suggests a whole point at a time, with all choices that depend on each other.

    Several objectives become one by weights that are drawn anew for each trial, so that in time all of the front is
    looked for. A trial that was stopped counts as the worst of those measured; what was tried is not suggested again.
    The suggestion depends on the seed, the trials that are finished, and the choices that are already made.

    Source: Knowles 2006, ParEGO: A Hybrid Algorithm With On-Line Landscape Approximation for Expensive Multiobjective
    Optimization Problems, sections III and IV.

    Args:
        surrogate: what is believed of points that were not tried.
        draw: asks a trial for a point's choices.
        seed: of all that is drawn.
        first: trials that are drawn at random before the surrogate has a say.
    """

    def __init__(self, surrogate: Surrogate, draw: Draw, seed: int, first: int) -> None:
        self._surrogate = surrogate
        self._draw = draw
        self._seed = seed
        self._first = first
        self._suggested: dict[int, Point] = {}
        self._independent = optuna.samplers.RandomSampler(seed=seed)

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """What the suggested point chooses from; empty if no point could be drawn that was not tried."""
        point = self._suggest(study, {**trial.system_attrs.get("fixed_params", {}), **trial.params})
        if point is None:
            return {}
        self._suggested[trial.number] = point
        return {name: _distribution(one) for name, one in point.open.items()}

    def sample_relative(self, study: Any, trial: Any, search_space: Mapping[str, Any]) -> dict[str, Any]:
        """The suggested point."""
        return dict(self._suggested.pop(trial.number).params) if search_space else {}

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        """A choice that the suggested point does not have, at random."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def _suggest(self, study: Any, given: Mapping[str, object]) -> Point | None:
        states = optuna.trial.TrialState
        trials = study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED))
        rng = np.random.default_rng([self._seed, len(trials)])
        measured = np.array([one.values or np.full(len(study.directions), np.nan) for one in trials], np.float64)
        signs = [-1.0 if one.name == "MAXIMIZE" else 1.0 for one in study.directions]
        if len(trials) < self._first or np.isfinite(measured).all(axis=1).sum() < 2:
            return next(iter(self._points(trials, [], given, rng)), None)
        losses = scalarised(measured * signs, rng)
        best = [trials[place] for place in np.argsort(losses, kind="stable")[:BEST]]
        points = self._points(trials, best, given, rng)
        if not points:
            return None
        choices = {name: one for point in points for name, one in point.open.items()}
        coordinates = encode([*(one.params for one in trials), *(one.params for one in points)], choices)
        seen, asked = coordinates[: len(trials)], coordinates[len(trials) :]
        values = (losses - losses.mean()) / (losses.std() or 1.0)
        with threadpool_limits(1):  # threads gain nothing on matrices this small, and lose much on a busy machine
            belief = self._surrogate.predict(seen, values, asked, rng)
        return points[int(np.argmax(expected_improvement(belief, float(values.min()))))]

    def _points(
        self, trials: Sequence[Any], best: Sequence[Any], given: Mapping[str, object], rng: np.random.Generator
    ) -> list[Point]:
        """Points that were not tried: drawn anew, and near the best."""
        starts: list[Mapping[str, object]] = [{} for _ in range(FRESH)]
        for _ in range(NEAR if best else 0):
            whole = best[int(rng.integers(len(best)))].params
            starts.append({name: one for name, one in whole.items() if rng.random() < KEPT})
        known = {frozenset(one.params.items()) for one in trials}
        found = []
        for start in starts:
            point = Point(rng, {**start, **given})
            try:
                self._draw(point)
            except InvalidInputError:
                continue
            if (key := frozenset(point.params.items())) not in known:
                known.add(key)
                found.append(point)
        return found


def scalarised(losses: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Several objectives as one, the less the better: the augmented Chebyshev norm with random weights.

    Args:
        losses: (n, k); a row with a NaN was not measured and counts as the worst of the others.
        rng: source of the weights.
    """
    known = np.isfinite(losses).all(axis=1)
    low, high = losses[known].min(axis=0), losses[known].max(axis=0)
    weights = rng.dirichlet(np.ones(losses.shape[1]))
    shares = weights * (losses - low) / np.where(high > low, high - low, 1.0)
    found = shares.max(axis=1) + 0.05 * shares.sum(axis=1)
    return np.asarray(np.where(known, found, found[known].max()))


def expected_improvement(belief: Belief, best: float) -> FloatArray:
    """By how much values are expected to fall below the best so far; (m,)."""
    deviation = np.maximum(belief.deviation, 1e-9)
    far = (best - belief.mean) / deviation
    return np.asarray(deviation * (far * stats.norm.cdf(far) + stats.norm.pdf(far)))


def _distribution(choice: Choice | Range) -> Any:
    if isinstance(choice, Choice):
        return optuna.distributions.CategoricalDistribution(choice.values)
    if isinstance(choice.low, int) and isinstance(choice.high, int):
        return optuna.distributions.IntDistribution(choice.low, choice.high, log=choice.log)
    return optuna.distributions.FloatDistribution(choice.low, choice.high, log=choice.log)
