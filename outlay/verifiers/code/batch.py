"""Many programs against the same tests, as many at a time as there are processors."""

import os
from collections.abc import Sequence

import anyio

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import FunctionTests, StreamTests
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.layers import strongest
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marking import marks_of
from outlay.verifiers.code.marks import Mark


async def mark_all(
    programs: Sequence[str], tests: FunctionTests | StreamTests, limits: CodeLimits, isolation: Isolation
) -> dict[str, list[Mark]]:
    """The marks of each program. Each has processes and limits of its own, so none depends on the others.

    Raises:
        VerifierError: if the sandbox fails.
    """
    marks: dict[str, list[Mark]] = {}
    room = anyio.CapacityLimiter(os.cpu_count() or 1)

    async def mark(program: str) -> None:
        async with room:
            marks[program] = await marks_of(program, tests, limits, isolation)

    try:
        async with anyio.create_task_group() as group:
            for program in dict.fromkeys(programs):
                group.start_soon(mark, program)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return marks


async def sandbox_for(owner: str, required: bool) -> Isolation:
    """The strongest isolation of this machine.

    Raises:
        MissingCapabilityError: if walls without holes are required, and this machine has none.
        VerifierError: if no program can be run at all.
    """
    sandbox = await strongest()
    if required and sandbox.holes:
        raise MissingCapabilityError(owner, "a full sandbox", "this machine", "see: outlay verify doctor")
    return sandbox.isolation
