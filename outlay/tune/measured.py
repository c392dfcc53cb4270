"""What a candidate came to on the problems of a search, as a trial's attributes keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outlay.bench.parts import Parts
from outlay.bench.progress import Progress
from outlay.bench.runner import run
from outlay.bench.store import read_store
from outlay.tune.plan import Candidate, Search

RESULTS = "tuning"
"""The folder of the bench's results on the problems of the search."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of one candidate, problem by problem in the order asked.

    Attributes:
        right: 1 for right, 0 for wrong, NaN where the problem failed; (n,).
        tokens: what each cost; NaN where it failed; (n,).
    """

    right: NDArray[np.float64]
    tokens: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        """Share of right answers; NaN if all failed."""
        return _mean(self.right)

    @property
    def mean_tokens(self) -> float:
        """Mean tokens of a problem; NaN if all failed."""
        return _mean(self.tokens)

    def as_attributes(self) -> dict[str, object]:
        """Plain values for a study."""
        return {
            "right": "".join("-" if np.isnan(one) else str(int(one)) for one in self.right),
            "question_tokens": [None if np.isnan(one) else int(one) for one in self.tokens],
            "tokens": int(np.nansum(self.tokens)),
            "problems": len(self.right),
        }

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> "Measured":
        """What ``as_attributes`` was made from."""
        right = [np.nan if one == "-" else float(one) for one in str(attributes["right"])]
        tokens = attributes["question_tokens"]
        assert isinstance(tokens, list)  # noqa: S101
        return cls(np.array(right), np.array([np.nan if one is None else float(one) for one in tokens]))


async def measure(
    search: Search, candidate: Candidate, questions: int, parts: Parts, folder: Path
) -> tuple[Measured, Progress]:
    """A candidate's results on the first so many problems, of which those that are known are not asked again.

    The bench keeps every sample on disk, so that a kill loses nothing; whatever the folder was ever charged counts
    towards the search's total.

    Raises:
        InvalidInputError: if the candidate cannot be run.
        StoreError: if the folder is in use or cannot be written.
    """
    ended = await run(search.experiment([candidate], questions), parts, folder / RESULTS)
    with read_store(folder / RESULTS) as store:
        records = [stored.record for stored in store.trials()]
    right = [np.nan if one is None or one.correct is None else float(one.correct) for one in records]
    tokens = [np.nan if one is None else float(one.cost.tokens) for one in records]
    return Measured(np.array(right), np.array(tokens)), ended


def blocks(questions: int, first: int = 8) -> Sequence[int]:
    """After how many problems a trial is looked at: each time twice as many, and at the end."""
    found = []
    while first < questions:
        found.append(first)
        first *= 2
    return [*found, questions]


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
