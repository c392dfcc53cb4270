"""Runs a command to its end or to its limit, in a session of its own, and ends whatever it started."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio
from anyio.abc import Process


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code, negative for the signal that ended it; None if it was stopped.
        output: what it wrote to standard output, up to the limit.
    """

    code: int | None
    output: bytes


async def run_command(
    command: Sequence[str],
    given: bytes = b"",
    *,
    seconds: float,
    folder: str | None = None,
    environment: Mapping[str, str] | None = None,
    most: int = 1 << 20,
    errors_too: bool = False,
) -> Ended:
    """Run a command without a shell.

    Args:
        command: the program and its arguments.
        given: what it reads from standard input.
        seconds: wall time after which it is stopped.
        folder: where it runs; this process's own if left out.
        environment: its whole environment; empty if left out.
        most: bytes of output after which it is stopped.
        errors_too: whether standard error counts as output; else it is dropped.

    Raises:
        OSError: if it cannot be started.
    """
    process = await anyio.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors_too else subprocess.DEVNULL,
        cwd=folder, env=dict(environment or {}), start_new_session=True,
    )  # fmt: skip
    output = bytearray()
    code: int | None = None
    try:
        with anyio.move_on_after(seconds):
            await _converse(process, given, output, most)
            if len(output) <= most:
                code = await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await process.aclose()
    return Ended(code, bytes(output[:most]))


async def _converse(process: Process, given: bytes, output: bytearray, most: int) -> None:
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    async with anyio.create_task_group() as group:
        group.start_soon(_send, process, given)
        async for part in process.stdout:
            output += part
            if len(output) > most:
                group.cancel_scope.cancel()


async def _send(process: Process, given: bytes) -> None:
    assert process.stdin is not None  # noqa: S101
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await process.stdin.send(given)
        await process.stdin.aclose()
