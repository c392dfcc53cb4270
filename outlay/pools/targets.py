"""Other policies than the one that drew a pool: what they would have drawn more often, and what less.

A sample's weight is how many times likelier the other policy is to give it, up to a factor that is the same for all
samples of a problem and drops out when they are made to sum to one.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outlay.core.catalogue import Catalogue
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.pools.manifest import Manifest
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.schema import SCORE

FloatArray = NDArray[np.float64]


class Target(Protocol):
    """A policy given by weights of the pool's samples; a frozen dataclass of its settings."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the weights are made of."""
        ...

    def check(self, manifest: Manifest) -> None:
        """Refuse a pool whose samples were drawn in a way that the weights do not fit.

        Raises:
            InvalidInputError: saying why.
        """
        ...

    def log_weights(self, samples: ProblemSamples) -> FloatArray:
        """(N,) logarithms, up to a constant; NaN where the weight is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Sharpened:
    """The model's own distribution over whole answers, raised to a power: p^alpha.

    It is not sampling at temperature 1 / alpha, which sharpens one token at a time. The pool must have been drawn from
    p, at temperature 1 and without a nucleus.

    Attributes:
        alpha: above 1 for a sharper policy, below for a flatter one.
    """

    alpha: float = 1.5

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < np.inf:
            raise InvalidSettingError("sharpened", "alpha", self.alpha, "0 or above")

    @property
    def columns(self) -> tuple[str, ...]:
        """The log-probability of each whole answer."""
        return ("logprob",)

    def check(self, manifest: Manifest) -> None:
        """Samples must come from the model's own distribution, which is what their log-probabilities are of."""
        for name, value in (("temperature", manifest.temperature), ("top_p", manifest.top_p)):
            if value not in {None, 1}:
                raise InvalidInputError(
                    f"sharpened needs samples drawn at temperature 1 with top_p 1; this pool has {name} {value:g}"
                )

    def log_weights(self, samples: ProblemSamples) -> FloatArray:
        """(alpha - 1) log p."""
        logprob = np.full(len(samples), np.nan) if samples.logprob is None else samples.logprob
        return (self.alpha - 1) * logprob


@dataclass(frozen=True, slots=True)
class Tilted:
    """The pool's policy tilted towards what a verifier likes: p exp(score / tau), the optimum of a KL-bound reward.

    Attributes:
        tau: how far it may go from p; small is far. In units of the score.
        verifier: its name in the pool.
    """

    tau: float = 0.5
    verifier: str = ""

    def __post_init__(self) -> None:
        if not self.tau > 0:
            raise InvalidSettingError("tilted", "tau", self.tau, "above 0")

    @property
    def columns(self) -> tuple[str, ...]:
        """The verifier's scores."""
        return (f"{SCORE}{self.verifier}",)

    def check(self, manifest: Manifest) -> None:
        """Whatever drew the samples is what is tilted."""

    def log_weights(self, samples: ProblemSamples) -> FloatArray:
        """Score / tau."""
        return samples.scores[self.verifier] / self.tau


TARGETS: Catalogue[Target] = Catalogue(
    "target policy",
    {"sharpened": "outlay.pools.targets:Sharpened", "tilted": "outlay.pools.targets:Tilted"},
    Target,
)
"""All target policies that ship."""
