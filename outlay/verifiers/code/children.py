"""The caller's side: starts children, hears them out within limits, and ends them whatever happens."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import anyio
from anyio.abc import ByteReceiveStream, Process

from outlay.core.errors import VerifierError
from outlay.verifiers.code.cell import ENDED_BY_SIGNAL, NO_ISOLATION, OUT_OF_TIME

GRACE_SECONDS = 5.0
"""What starting and ending a child may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a child.

    Attributes:
        output: its standard output, up to the limit.
        errors: the end of what it wrote to standard error.
        status: its exit status, as ``cell`` gives it.
        too_much: whether it was ended because it wrote too much.
    """

    output: bytes
    errors: bytes
    status: int
    too_much: bool = False

    @property
    def ending(self) -> str:
        """How the child ended, if not well."""
        if self.too_much:
            return "wrote too much"
        if self.status == OUT_OF_TIME:
            return "took too long"
        if self.status > ENDED_BY_SIGNAL:
            name = signal.Signals(self.status - ENDED_BY_SIGNAL).name
            return "used too much CPU time" if name in {"SIGXCPU", "SIGKILL"} else f"died of {name}"
        last = self.errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"ended with exit status {self.status}" + (f": {last}" if last else "") if self.status else ""


@asynccontextmanager
async def child(
    command: Sequence[str], folder: str, *, stdin: int = subprocess.PIPE, stdout: int = subprocess.PIPE,
    stderr: int = subprocess.DEVNULL, descriptors: Sequence[int] = (),
) -> AsyncIterator[Process]:  # fmt: skip
    """A running child with an empty environment and a session of its own, ended on leaving.

    Raises:
        VerifierError: if it cannot be started.
    """
    try:
        process = await anyio.open_process(
            command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=folder, env={}, start_new_session=True,
            pass_fds=descriptors,
        )  # fmt: skip
    except OSError as error:
        raise VerifierError(f"the sandbox cannot be started: {error}") from error
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await process.aclose()


async def hear(process: Process, given: bytes, limit: int, seconds: float) -> Heard:
    """Give a child its input and take what it writes until it ends.

    Raises:
        VerifierError: if the sandbox does not end in time, or does not hold on this system.
    """
    output, errors, too_much = b"", b"", False

    async def drain() -> None:
        nonlocal errors
        assert process.stderr is not None  # noqa: S101
        async for part in process.stderr:
            errors = (errors + part)[-2000:]

    try:
        with anyio.fail_after(seconds + GRACE_SECONDS):
            async with anyio.create_task_group() as group:
                group.start_soon(send, process, given)
                if process.stderr is not None:
                    group.start_soon(drain)
                assert process.stdout is not None  # noqa: S101
                output, too_much = await _upto(process.stdout, limit)
                if too_much:
                    group.cancel_scope.cancel()
            status = 0 if too_much else await process.wait()
    except TimeoutError as error:
        raise VerifierError(f"the sandbox did not end within {seconds:g} seconds") from error
    if status == NO_ISOLATION:
        raise VerifierError("this system refuses the isolation that was asked for; see: outlay verify doctor")
    return Heard(output, errors, status, too_much)


async def send(process: Process, data: bytes) -> None:
    """Give a child all its input; one that has ended needs none."""
    assert process.stdin is not None  # noqa: S101
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await process.stdin.send(data)
        await process.stdin.aclose()


async def _upto(stream: ByteReceiveStream, limit: int) -> tuple[bytes, bool]:
    """What a stream holds, and whether that is more than the limit."""
    parts, size = [], 0
    async for part in stream:
        parts.append(part)
        size += len(part)
        if size > limit:
            return b"".join(parts)[:limit], True
    return b"".join(parts), False
