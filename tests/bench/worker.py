"""Runs an experiment of fakes in a process of its own, which a test may kill: FILE FOLDER."""

import sys
from pathlib import Path

import anyio

from outlay.bench.experiment import load
from outlay.bench.runner import run
from tests.bench.fakes import PARTS


async def main() -> None:
    file, folder = map(Path, sys.argv[1:])
    await run(load(file, PARTS), PARTS, folder)


if __name__ == "__main__":
    anyio.run(main)
