"""Ancestor sampling over steps: the rest of a reference path is grafted onto another particle's past.

The past is drawn by the particle's weight times what the target would gain from there: the model's probability of the
reference's later steps after that past, and the verdict on the whole over the verdict on the past (Lindsten, Jordan and
Schön 2014, Particle Gibbs with Ancestor Sampling, section 4.1).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier
from outlay.montecarlo import Population, draw_one, reweight, temper
from outlay.strategies.propagate import Moved
from outlay.strategies.smc.particles import Particles, Path, log_ratios


async def with_new_past(run: Run, verifier: Verifier, before: Particles, reference: Path, exponent: float) -> Path:
    """The reference with a past drawn from the particles before resampling, the first of which is its own.

    It stays as it is if nothing of it is left to come, or if the budget cannot pay for all that must be scored.
    """
    past = before.items[0]
    following = reference[len(past) :]
    if not following:
        return reference
    futures = [0.0] * len(before)
    whole = [reference, *before.items[1:]]
    for i, (path, log_weight) in enumerate(zip(before.items, before.log_weights, strict=True)):
        possible = log_weight > -np.inf and not path[-1].trajectory.finished
        log_probability = await run.score(path[-1].trajectory, _text(following)) if possible else -np.inf
        if log_probability is None:
            return reference
        futures[i] = log_probability
        if i and log_probability > -np.inf:
            grafted = await _graft(run, verifier, path, following)
            if grafted is None:
                return reference
            whole[i] = grafted
    gains = temper(log_ratios(before.items, whole), exponent)
    choices = reweight(Population(tuple(whole), before.log_weights), np.array(futures) + gains)
    return draw_one(choices, run.rng) if choices.effective_sample_size > 0 else reference


async def _graft(run: Run, verifier: Verifier, path: Path, following: Sequence[Moved]) -> Path | None:
    """The path with the later steps of another, each judged anew; None if a verdict cannot be had."""
    grown: list[Trajectory] = [path[-1].trajectory]
    for later in following:
        step, finish = later.trajectory.last, later.trajectory.finish
        if step is None or finish is None:
            raise ValueError("only steps can be grafted; the path to come holds an empty trajectory")
        moved = replace(step, parent=grown[-1].last, logprobs=None, model_state=None)
        grown.append(grown[-1].extend(moved, finish))
    verdicts = await run.judge(grown[1:], verifier)
    if verdicts is None or not all(verdict.judged for verdict in verdicts):
        return None
    return (*path, *(Moved(one, verdict.score) for one, verdict in zip(grown[1:], verdicts, strict=True)))


def _text(following: Sequence[Moved]) -> str:
    return "".join(later.trajectory.last.text for later in following if later.trajectory.last)
