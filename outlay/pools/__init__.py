"""Pools: many samples of each problem, drawn once and evaluated many times.

``Pool`` reads and ``PoolWriter`` writes one Parquet file of samples (``schema`` has its columns). ``evaluate`` says
what each way of making an answer of n of them comes to, for every n up to the pool's size, with no further call of a
model.
"""

from outlay.pools.evaluate import Settings, evaluate
from outlay.pools.evaluation import Evaluation, Exam, Row
from outlay.pools.manifest import Manifest
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.ragged import Ragged
from outlay.pools.votes import votes
from outlay.pools.writer import PoolWriter

__all__ = [
    "Evaluation",
    "Exam",
    "Manifest",
    "Pool",
    "PoolWriter",
    "ProblemSamples",
    "Ragged",
    "Row",
    "Settings",
    "evaluate",
    "votes",
]
