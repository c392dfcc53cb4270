"""Draws and judges a pool of fakes in a process of its own, which a test may kill: FOLDER DICE JUDGE, two receipts."""

import sys
from pathlib import Path

import anyio

from outlay.bench.pooling.asked import AskedAgain
from outlay.bench.pooling.independent_samples import IndependentSamples
from outlay.bench.pooling.judging import Judging
from outlay.bench.pooling.sampling import Sampling, collect, sampling_parts
from outlay.bench.pooling.verdict_log import open_verdicts
from outlay.bench.runner import run
from outlay.pools import Pool, PoolWriter
from tests.bench.fakes import Dice
from tests.bench.pooling.parts import PARTS, Signing


async def main() -> None:
    folder, dice, judge = map(Path, sys.argv[1:])
    drawing = IndependentSamples(6, batch=4)
    sampling = Sampling("sums", 2, f"dice(delay=0.002, receipt='{dice}')", drawing, 8, concurrency=3)
    await run(sampling.experiment(PARTS), sampling_parts(PARTS), folder)
    with PoolWriter(folder / "drawn.parquet", sampling.manifest) as writer:
        async for problem in collect(sampling, PARTS, folder, keep_logprobs=True):
            writer.write(problem)
    with open_verdicts(folder / "verdicts.sqlite") as log:
        judging = Judging({"signing": Signing(str(judge))}, Dice(), AskedAgain(PARTS.tasks), log, 2)
        await judging.judge(Pool.open(folder / "drawn.parquet"), folder / "pool.parquet")


if __name__ == "__main__":
    anyio.run(main)
