"""When a trial is stopped early: a rival that costs no more is proven better on the problems seen so far."""

from collections.abc import Sequence

import numpy as np

from outlay.statistics.sequential import evidence_against_better
from outlay.tune.measured import Measured


def beaten_by(trial: Measured, rivals: Sequence[Measured], error: float) -> int | None:
    """The position of a rival that is shown to be better and has cost no more on the same problems; None if none is.

    Each rival is tested with its part of the error, so that a trial which is at least as accurate as every rival is
    ever stopped with a probability of at most ``error``, however often it is looked at. This holds for rivals that
    were chosen without these problems. Those of a search were chosen by them, so they look better there than they
    are, and trials are stopped rather more eagerly than that.

    Args:
        trial: on its first n problems.
        rivals: each on the same problems and maybe more.
        error: the allowed probability, above 0.
    """
    for position, rival in enumerate(rivals):
        seen = min(len(trial.right), len(rival.right))
        pairs = ~np.isnan(trial.right[:seen]) & ~np.isnan(rival.right[:seen])
        if not pairs.any() or trial.tokens[:seen][pairs].mean() < rival.tokens[:seen][pairs].mean():
            continue
        differences = trial.right[:seen][pairs] - rival.right[:seen][pairs]
        if evidence_against_better(differences) >= len(rivals) / error:
            return position
    return None
