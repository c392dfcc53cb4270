"""The worker inside its own process: forks a child for every program and brings back what the child wrote.

It imports nothing but the standard library and its own folder, so that it starts in milliseconds.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence

from outlay.verifiers.sandbox import rlimits, seccomp
from outlay.verifiers.sandbox.evaluation import ERROR, evaluate
from outlay.verifiers.sandbox.frames import message, pack, read_message, unpack, write_all

OUTPUT_LIMIT = 1 << 18
"""Bytes that a child may write."""
Evaluate = Callable[[bytes, Sequence[bytes], bool], Iterator[bytes]]
"""What a child does with a program and its inputs: yields a result for each, ``VALUE`` or ``ERROR`` and text."""


def main() -> None:
    """Run programs until the input ends."""
    serve(evaluate)


def serve(evaluate: Evaluate) -> None:
    """Answer jobs from standard input on standard output until the input ends, each in a child of its own.

    A job has the fields wall seconds, CPU seconds, memory in bytes, program, then the inputs; its answer has one
    result for each input.
    """
    null = os.open(os.devnull, os.O_RDWR)
    while (job := read_message(0)) is not None:
        wall, cpu, memory = float(job[0]), int(job[1]), int(job[2])
        program, inputs = job[3], job[4:]
        read_end, write_end = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _confined(evaluate, parent, null, write_end, (wall, cpu, memory), program, inputs)
        os.close(write_end)
        output, reason = _collect(read_end, wall)
        os.close(read_end)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        results = unpack(output)[: len(inputs)]
        missing = ERROR + (reason or _ending(status)).encode()
        write_all(1, message(results + [missing] * (len(inputs) - len(results))))


def _confined(
    evaluate: Evaluate,
    parent: int,
    null: int,
    results: int,
    limits: tuple[float, int, int],
    program: bytes,
    inputs: list[bytes],
) -> None:
    """The child: gives up what it does not need, then runs the program. Never returns."""
    try:
        wall, cpu, memory = limits
        rlimits.keep_only(results, null)
        rlimits.apply(cpu, memory)
        rlimits.end_with(parent, wall)
        closed = not seccomp.install()
        for result in evaluate(program, inputs, closed):
            write_all(rlimits.RESULTS, pack([result]))
    finally:
        os._exit(0)


def _collect(descriptor: int, wall: float) -> tuple[bytes, str]:
    """What the child writes until it ends, and why it was not heard to the end."""
    deadline = time.monotonic() + wall
    output = b""
    while True:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return output, f"took longer than {wall:g} seconds"
        part = os.read(descriptor, 1 << 16)
        if not part:
            return output, ""
        output += part
        if len(output) > OUTPUT_LIMIT:
            return output, "wrote too much"


def _ending(status: int) -> str:
    """How a child ended that did not write all its results."""
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return "used too much CPU time" if name in {"SIGXCPU", "SIGKILL"} else f"died of {name}"
    return "ended early"
