"""What n samples of a problem cost, on average over how they are drawn."""

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing, Draws, Ladder, ranks
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.selection import Race

FloatArray = NDArray[np.float64]
COSTS = ("tokens", "dollars", "flops", "seconds", "seconds_one_by_one")
"""In this order; ``seconds`` is for samples drawn side by side: that of the slowest."""


class Prices:
    """What the samples of one problem took.

    Args:
        samples: of the problem.
        share_prompt: whether all of them pay its prompt once.
    """

    def __init__(self, samples: GradedSamples, share_prompt: bool) -> None:
        held, self._mass = samples.samples, samples.mass / samples.mass.sum()
        unknown = np.full(len(samples), np.nan)
        columns = (held.completion_tokens, held.dollars, held.flops, held.seconds)
        self._columns = [unknown if column is None else column for column in columns]
        self._means = [self._mean(column) for column in self._columns]
        self._prompt = 0.0 if held.prompt_tokens is None else float(np.nan_to_num(held.prompt_tokens).max())
        self._share_prompt = share_prompt
        self._verdicts = {name: self._mean(np.nan_to_num(read)) for name, read in held.verifier_tokens.items()}
        seconds = self._columns[3]
        self._slowest = None if np.isnan(seconds).any() else Ladder.of(ranks(seconds), seconds, samples.mass)

    def of_drawing(self, drawing: Drawing, verifier: str) -> FloatArray:
        """(5,) as ``COSTS``: of whole samples, with what a verifier reads of each."""
        n = drawing.n
        completion, dollars, flops, seconds = self._means
        tokens = self._prompts(n) + n * (completion + self._verdicts.get(verifier, 0.0))
        slowest = np.nan if self._slowest is None else self._slowest.expected(drawing)
        return np.array([tokens, n * dollars, n * flops, slowest, n * seconds])

    def of_race(self, race: Race, draws: Draws) -> FloatArray:
        """(5,) as ``COSTS``: of samples that are cancelled when the race is over; one by one there is no race."""
        shares = race.paid(draws.drawn)
        tokens, dollars, flops, seconds = (shares * column[draws.drawn] for column in self._columns)
        paid = [float(one.sum(axis=1).mean()) for one in (tokens, dollars, flops)]
        paid[0] += self._prompts(draws.drawn.shape[1])
        return np.array([*paid, float(seconds.max(axis=1).mean()), np.nan])

    def _mean(self, column: FloatArray) -> float:
        return float(self._mass @ column)

    def _prompts(self, n: int) -> float:
        return self._prompt * (1 if self._share_prompt else n)
