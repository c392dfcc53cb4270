"""What the contenders' processes share: questions come in line by line, what each took goes out."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

Solve = Callable[[str], Awaitable[object]]
"""Answers one question."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a contender is told.

    Attributes:
        strategy: what it is to run, in its own words.
        n: samples, particles, or beams times their continuations.
        url: the server, ending in ``/v1``.
        concurrency: samples that the server writes at a time.
        verdict_seconds: how long the stand-in for a reward model takes for a batch.
    """

    strategy: str
    n: int
    url: str
    concurrency: int
    verdict_seconds: float


def options() -> Options:
    """Read the command line: the options as one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("options", type=json.loads)
    return Options(**parser.parse_args().options)


async def answer(solve: Solve) -> None:
    """Solve each question that comes in on a line, and print what it took as a JSON object."""
    while question := (await asyncio.to_thread(sys.stdin.readline)).rstrip("\n"):
        wall, processor = time.perf_counter(), time.process_time()
        await solve(question)
        taken = {
            "wall_seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - processor,
            "peak_memory_mb": _peak_memory(),
        }
        print(json.dumps(taken), flush=True)


def _peak_memory() -> float:
    # Not getrusage, whose maximum a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
