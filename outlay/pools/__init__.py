"""Pools: many samples of each problem, drawn once and evaluated many times."""

from outlay.pools.manifest import Manifest
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.ragged import Ragged
from outlay.pools.votes import votes
from outlay.pools.writer import PoolWriter

__all__ = ["Manifest", "Pool", "PoolWriter", "ProblemSamples", "Ragged", "votes"]
