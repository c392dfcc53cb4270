"""The outcomes of all candidates, computed beforehand from a pool, so that a search over them asks no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.catalogue import Specification
from outlay.pools import Pool, evaluate
from outlay.statistics.hypervolume import hypervolume
from outlay.tune.space import Space, Suggesting, read_space

JUDGE = "process_reward"
SPACE: Sequence[Mapping[str, object]] = (
    {"name": "single"},
    {"name": "self_consistency"},
    {"name": "first_finish"},
    {"name": "shortest"},
    {"name": "best_of_majority", "verifier": JUDGE},
    {"name": "weighted_vote", "verifier": JUDGE},
    {"name": "best_of_n", "verifier": JUDGE, "aggregate": ["min", "mean", "product", "last"]},
)
"""Selections and their settings; all but the first take n, too."""


@dataclass(frozen=True, slots=True)
class Table:
    """Accuracy and mean tokens of every candidate, over all problems of a pool.

    Attributes:
        space: the candidates.
        outcomes: of each, by its text.
    """

    space: Space
    outcomes: Mapping[str, tuple[float, float]]

    def draw(self, trial: Suggesting) -> tuple[float, float]:
        """Have a candidate chosen; its accuracy and tokens."""
        return self.outcomes[str(self.space.suggest(trial))]

    def share(self, found: Sequence[tuple[float, float]]) -> float:
        """How much of what all candidates dominate is dominated by some, orders of magnitude of tokens alike."""
        return self._area(found) / self._area(list(self.outcomes.values()))

    def _area(self, found: Sequence[tuple[float, float]]) -> float:
        dearest = max(tokens for _, tokens in self.outcomes.values())
        return hypervolume(np.array([(-right, np.log2(tokens)) for right, tokens in found]), (0.0, np.log2(dearest)))


def tabulate(pool: Pool, sizes: Sequence[int]) -> Table:
    """Every candidate by ``outlay.pools.evaluate``; an exam's problems count alike."""
    space = read_space([{**one, "n": list(sizes)} if one["name"] != "single" else one for one in SPACE])
    every = [one for entry in SPACE for one in _each(entry)]
    totals: dict[str, tuple[float, float, int]] = {}
    for row in evaluate(pool, [str(one) for one in every], sizes).rows:
        if row.accuracy is None or row.tokens is None:
            continue
        wanted = next(one for one in every if str(one) == row.selection)
        extra = {} if wanted.name == "single" else {"n": row.n}
        name = str(Specification(wanted.name, {**wanted.settings, **extra}))
        right, tokens, problems = totals.get(name, (0.0, 0.0, 0))
        totals[name] = (
            right + row.problems * row.accuracy.estimate, tokens + row.problems * row.tokens, problems + row.problems
        )  # fmt: skip
    return Table(space, {name: (right / count, tokens / count) for name, (right, tokens, count) in totals.items()})


def _each(entry: Mapping[str, object]) -> list[Specification]:
    found: list[dict[str, object]] = [{}]
    for key, value in entry.items():
        values = value if isinstance(value, list) else [value]
        found = [{**one, key: choice} for one in found for choice in values]
    return [Specification(str(one.pop("name")), one) for one in found]
