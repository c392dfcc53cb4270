"""Runs an experiment of fakes on a Ray cluster of this machine, in a process that a test may kill: FILE FOLDER."""

import sys
from pathlib import Path

import anyio

from outlay.bench.experiment import load
from outlay.bench.ray_executor import RayExecutor
from outlay.bench.runner import run
from tests.bench.fakes import PARTS


async def main() -> None:
    file, folder = map(Path, sys.argv[1:])
    await run(load(file, PARTS), PARTS, folder, executor=RayExecutor(workers=2))


if __name__ == "__main__":
    anyio.run(main)
