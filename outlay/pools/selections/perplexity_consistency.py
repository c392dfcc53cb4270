"""``perplexity_consistency``: each path votes with its own probability, improbable paths left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.pools.drawing import Drawing
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.ballot import count, first
from outlay.pools.selections.selection import SelectionInfo
from outlay.statistics import probable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PerplexityConsistency:
    """Every different text votes once, with the geometric mean of its tokens' probabilities.

    It is the strategy of this name. A sample whose log-probability is not known weighs nothing. Pruning fits a mixture
    to every draw, which is slow, so that few draws are simulated.

    Attributes:
        prune: whether to leave out improbable paths.
    """

    prune: bool = True

    @property
    def info(self) -> SelectionInfo:
        """What it is and needs."""
        columns, summary = ("logprob", "completion_tokens"), "a vote weighted by the paths' own probability"
        return SelectionInfo("perplexity_consistency", summary, columns, ("text",), answers=True, slow=self.prune)

    def on(self, samples: GradedSamples) -> "PathVoteRule":
        """The rule on one problem's samples."""
        logprob, tokens = samples.samples.logprob, samples.samples.completion_tokens
        if logprob is None or tokens is None:
            weights = np.zeros(len(samples))
        else:
            known = ~np.isnan(logprob) & (tokens > 0)
            weights = np.where(known, np.exp(logprob / np.where(known, tokens, 1.0)), 0.0)
        return PathVoteRule(samples, weights, _paths(samples), self.prune)


@dataclass(frozen=True, slots=True, eq=False)
class PathVoteRule:
    """The rule on one problem.

    Attributes:
        samples: of the problem.
        weights: (N,) the geometric mean of the tokens' probabilities.
        path: (N,) a number for each different text; None where all differ.
        prune: whether to leave out improbable paths.
    """

    samples: GradedSamples
    weights: FloatArray
    path: IntArray | None
    prune: bool

    def choose(self, drawn: IntArray) -> IntArray:
        """(draws, n) -> (draws, 1)."""
        label, weights = self.samples.label[drawn], self.weights[drawn]
        if self.path is not None:
            label = np.where(_first_of_each(self.path[drawn]), label, -1)
        if self.prune:
            for row, answered in zip(label, weights, strict=True):
                paths = np.flatnonzero(row >= 0)
                row[paths[~probable(answered[paths])]] = -1
        return first(drawn, count(label, weights, self.samples.labels).winners)

    def expected(self, drawing: Drawing) -> float | None:
        """There is no closed form."""
        return None


def _paths(samples: GradedSamples) -> IntArray | None:
    texts = samples.samples.text
    if texts is None:
        return None
    numbers: dict[object, int] = {}
    # A text that was not kept is like no other.
    path = [numbers.setdefault(i if text is None else text, len(numbers)) for i, text in enumerate(texts)]
    return None if len(numbers) == len(path) else np.array(path, np.int64)


def _first_of_each(path: IntArray) -> NDArray[np.bool_]:
    """(draws, n) -> (draws, n): whether no sample before it in its draw has the same path."""
    keys = path + np.arange(len(path))[:, None] * (int(path.max(initial=0)) + 1)
    _, places = np.unique(keys, return_index=True)
    found = np.zeros(path.size, np.bool_)
    found[places] = True
    return found.reshape(path.shape)
