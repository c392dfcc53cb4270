"""How long the server takes for each token: the same for every contender that asks the same question."""

import random
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Latency:
    """Log-normal seconds for each token, and a share of samples that are slow throughout.

    Attributes:
        token_seconds: median time of a token.
        spread: standard deviation of the logarithm of a token's time.
        straggler_share: share of samples that are slow.
        straggler_factor: how many times slower these are.
    """

    token_seconds: float = 0.01
    spread: float = 0.5
    straggler_share: float = 0.05
    straggler_factor: float = 10.0

    def token_times(self, key: str, tokens: int) -> list[float]:
        """Seconds from a sample's start until each of its tokens is there; they depend on the key alone."""
        rng = random.Random(key)  # noqa: S311 (a delay, no secret)
        straggler = rng.random() < self.straggler_share
        median = self.token_seconds * (self.straggler_factor if straggler else 1.0)
        return list(accumulate(median * rng.lognormvariate(0.0, self.spread) for _ in range(tokens)))
