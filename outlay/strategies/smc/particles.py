"""Particles over steps: what every strategy of this family shares.

A particle is its path: the trajectory after each step with its score. Its weight is the product, over its steps, of
the new score over the old one, so that particles are properly weighted with respect to p(x) r(x): the model's own
distribution times the verifier's score.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.events import Resampled, Weighed
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier
from outlay.montecarlo import Population, ResampleStep, effective_sample_size, normalise_log_weights, reweight
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.vote import Choose, Vote

FloatArray = NDArray[np.float64]
Path = tuple[Moved, ...]
Particles = Population[Path]


def at_root(problem: Problem, n: int) -> Particles:
    """Empty trajectories, n of weight one each; the score of nothing is one."""
    return Population.of_equals([(Moved(Trajectory(problem), 1.0),)] * n)


async def advance(run: Run, particles: Particles, verifier: Verifier, temperature: float) -> Particles:
    """Every unfinished particle one step further, its weight multiplied by its new score over its old one."""
    paths = await extend(run, particles.items, verifier, temperature)
    after = reweight(Population(paths, particles.log_weights), log_ratios(particles.items, paths))
    tell_weights(run, after, 0)
    return after


async def extend(run: Run, paths: Sequence[Path], verifier: Verifier, temperature: float) -> tuple[Path, ...]:
    """Every unfinished path one step further; one for which the budget does not pay stays as it is."""
    rows = await propagate(run, [path[-1] for path in paths], verifier, temperature)
    return tuple(
        path if not row or row[0] is path[-1] else (*path, row[0]) for path, row in zip(paths, rows, strict=True)
    )


def log_ratios(old: Sequence[Path], new: Sequence[Path]) -> FloatArray:
    """Log of each path's new score over its old one, (n,); one that fell to zero stays there."""
    before = log_scores(old)
    alive = np.isfinite(before)
    return np.where(alive, log_scores(new) - np.where(alive, before, 0.0), -np.inf)


def log_scores(paths: Sequence[Path]) -> FloatArray:
    """Log of the newest score of each path, (n,); -inf for a score of zero."""
    with np.errstate(divide="ignore"):
        logs: FloatArray = np.log(np.array([path[-1].score or 0.0 for path in paths], np.float64))
    return logs


def degenerate(log_weights: FloatArray, threshold: float) -> bool:
    """Whether the effective sample size is below a share of n; at threshold 1 always, unless all weights are zero."""
    size = effective_sample_size(log_weights)
    return size > 0 and (size < threshold * len(log_weights) or threshold == 1)


def told(run: Run, step: ResampleStep[Path], chain: int = 0) -> Particles:
    """The population after a resampling step, of which whoever listens is told."""
    if step.info.resampled:
        run.emit(Resampled(tuple(step.info.ancestors.tolist()), step.info.effective_sample_size, chain))
    return step.population


def tell_weights(run: Run, particles: Particles, chain: int) -> None:
    """Tell whoever listens how much the particles weigh after a step."""
    made = max(len(path) for path in particles.items) - 1
    if made:
        trajectories = tuple(path[-1].trajectory for path in particles.items)
        run.emit(Weighed(trajectories, tuple(shares(particles.log_weights).tolist()), made, chain))


def shares(log_weights: FloatArray) -> FloatArray:
    """Weights of sum 1, (n,); all 0 if nothing weighs anything."""
    alive = effective_sample_size(log_weights) > 0
    return normalise_log_weights(log_weights).weights if alive else np.zeros(len(log_weights))


def started(particles: Particles) -> bool:
    """Whether any particle has made a step."""
    return any(len(path) > 1 for path in particles.items)


def finished(particles: Particles) -> bool:
    """Whether no particle can go on."""
    return all(path[-1].trajectory.finished for path in particles.items)


async def answers(
    problem: Problem, run: Run, populations: AsyncIterator[Particles], choose: Choose
) -> AsyncIterator[Answer]:
    """An answer from each population."""
    async with aclosing(populations):  # type: ignore[type-var]
        async for particles in populations:
            yield answer(problem, run, particles, choose)


def answer(problem: Problem, run: Run, particles: Particles, choose: Choose) -> Answer:
    """The best particle, or the answer with the largest weight; only finished particles vote.

    Its confidence is the share of the weight that the largest one has among the votes.
    """
    ends = [path[-1] for path in particles.items]
    candidates = tuple(Candidate(one.trajectory, one.trajectory.value, one.score) for one in ends)
    alive = particles.effective_sample_size > 0
    weights = normalise_log_weights(particles.log_weights).weights if alive else np.full(len(ends), 1 / len(ends))
    vote = Vote(problem)
    for index, (candidate, weight) in enumerate(zip(candidates, weights.tolist(), strict=True)):
        if candidate.trajectory.finished:
            vote.add(index, candidate.value, weight)
    best = max(candidates, key=lambda one: (one.value is not None, one.score or 0.0))
    if choose is Choose.VOTE and vote.winner is not None:
        best = candidates[vote.winner.first]
    return Answer(best.value, best.trajectory, vote.share if vote.winner else None, candidates, run.ledger.spent)


def check_share(owner: str, setting: str, given: float) -> None:
    """Refuse a share outside [0, 1].

    Raises:
        InvalidSettingError: naming the setting.
    """
    if not 0 <= given <= 1:
        raise InvalidSettingError(owner, setting, given, "from 0 to 1")


def check_count(owner: str, setting: str, given: int, least: int = 1) -> None:
    """Refuse a count below the least.

    Raises:
        InvalidSettingError: naming the setting.
    """
    if given < least:
        raise InvalidSettingError(owner, setting, given, f"{least} or above")
