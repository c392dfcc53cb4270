"""Runs experiments of fakes, each in a process of its own that a test may kill; reads ``FILE FOLDER`` by the line.

The imports are made once: each experiment runs in a fork, whose number is told at its start and whose end at its end.
"""

import os
import sys
from pathlib import Path

import anyio

from outlay.bench.experiment import load
from outlay.bench.runner import run
from tests.bench.fakes import PARTS


async def experiment(file: Path, folder: Path) -> None:
    await run(load(file, PARTS), PARTS, folder)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            anyio.run(experiment, *map(Path, line.split()))
            os._exit(0)
        _tell(child)
        _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
