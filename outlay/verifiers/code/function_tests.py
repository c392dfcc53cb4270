"""Tests that call a program's functions: they run in one process, the program in another, and plain data passes."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from outlay.core.problem import FunctionTests
from outlay.verifiers.code.children import child, hear
from outlay.verifiers.code.isolation import Isolation, launch
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark, printable
from outlay.verifiers.code.trial import LOST, PASSED, UNKNOWN
from outlay.verifiers.sandbox.frames import message, unpack

MODULES = ("solution", "program", "prog", "answer", "candidate", "submission", "main")
"""Names by which tests may import the program."""


async def mark_functions(
    program: str, tests: FunctionTests, limits: CodeLimits, isolation: Isolation, module: str = MODULES[0]
) -> list[Mark]:
    """What each part of some tests says of a program. A part that breaks the program does not spoil those after it.

    Args:
        program: its source.
        tests: what to run.
        limits: of each process; the wall time is that of all parts together.
        isolation: how to shut both in.
        module: a further name by which the tests import the program.

    Raises:
        VerifierError: if the sandbox fails.
    """
    deadline = time.monotonic() + limits.wall_seconds
    marks: list[Mark] = []
    while len(marks) < len(tests.parts):
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return marks + [Mark(False, "the program took too long before")] * (len(tests.parts) - len(marks))
        parts = tests.parts[len(marks) :]
        job = {
            "program": program, "setup": tests.setup, "parts": parts, "names": tests.names,
            "modules": sorted({*MODULES, module}), "seconds": seconds,
        }  # fmt: skip
        found = (await _trial(json.dumps(job).encode(), limits, isolation))[: len(parts)]
        marks += [Mark({PASSED: True, UNKNOWN: None}.get(status, False), reason) for status, reason in found]
        if not found or (len(found) < len(parts) and found[-1][0] != LOST):
            return marks + [Mark(None, "the tests ended early")] * (len(tests.parts) - len(marks))
    return marks


async def _trial(job: bytes, limits: CodeLimits, isolation: Isolation) -> list[tuple[str, str]]:
    """What the tests report of one program: a status and a reason for each part that was run."""
    with (
        tempfile.TemporaryDirectory(prefix="outlay-code-", ignore_cleanup_errors=True) as folder,
        _pipe() as (asked, ask), _pipe() as (answered, answer),
    ):  # fmt: skip
        program = launch("program", isolation, limits, folder, grace=0.5)
        tests = launch("tests", isolation, limits, folder, grace=1.0, channel=(ask[0], answered[0]))
        async with (
            child(program, folder, stdin=asked[0], stdout=answer[0]),
            child(tests, folder, descriptors=(ask[0], answered[0])) as process,
        ):
            for end in (asked, ask, answered, answer):
                _close(end)
            heard = await hear(process, message([job]), limits.output_bytes, limits.wall_seconds)
    # Tests are not trusted with their own report: it may be anything.
    reports = [unpack(one) for one in unpack(heard.output)]
    return [(_text(one[0]), _text(one[1])) for one in reports if len(one) == 2]


def _text(field: bytes) -> str:
    return printable(field.decode("utf-8", "replace"))


_End = list[int]


@contextmanager
def _pipe() -> Iterator[tuple[_End, _End]]:
    """A pipe's reading and writing end, each closed on leaving unless it was before."""
    reading, writing = ([end] for end in os.pipe())
    try:
        yield reading, writing
    finally:
        _close(reading)
        _close(writing)


def _close(end: _End) -> None:
    while end:
        os.close(end.pop())
