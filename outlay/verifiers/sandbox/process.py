"""The caller's side of the sandbox: starts a worker, hands it programs, and ends it whatever happens."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

from outlay.core.errors import VerifierError
from outlay.verifiers.sandbox.evaluation import VALUE
from outlay.verifiers.sandbox.frames import message, unpack

GRACE_SECONDS = 5.0
"""What starting and ending a worker may take on a busy machine."""
_HERE = Path(__file__).parent
# Empty shells stand for the packages above, so that the worker imports its own folder and nothing else.
_LAUNCH = """
import sys
from types import ModuleType
for name in ("outlay", "outlay.verifiers", "outlay.verifiers.sandbox"):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [sys.argv[1]] if name.endswith("sandbox") else []
from outlay.verifiers.sandbox.worker import main
main()
"""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one program may use.

    Attributes:
        wall_seconds: from its start to its last result.
        cpu_seconds: CPU time.
        memory_megabytes: address space, the interpreter's own 30 MB included.
    """

    wall_seconds: float = 4.0
    cpu_seconds: int = 2
    memory_megabytes: int = 256


@dataclass(frozen=True, slots=True)
class Output:
    """What came of one input: the text of the value, or of the error."""

    text: str
    failed: bool


async def run_programs(
    programs: Sequence[str], inputs: Sequence[str], limits: SandboxLimits | None = None
) -> list[list[Output]]:
    """Run every program on every input, each program in a confined process of its own.

    Args:
        programs: expressions in ``x``, or statements that define ``f``; untrusted.
        inputs: Python literals.
        limits: of each program.

    Returns:
        For each program the outputs in the order of the inputs.

    Raises:
        VerifierError: if the sandbox cannot be started or breaks.
    """
    limits = limits or SandboxLimits()
    if os.name != "posix":
        raise VerifierError("programs run only in a sandbox, which needs Linux or macOS; run Outlay there")
    head = [f"{limits.wall_seconds}", f"{limits.cpu_seconds}", f"{limits.memory_megabytes << 20}"]
    tail = [one.encode() for one in inputs]
    jobs = [
        message([*(field.encode() for field in head), program.encode("utf-8", "surrogatepass"), *tail])
        for program in programs
    ]
    with tempfile.TemporaryDirectory(prefix="outlay-sandbox-", ignore_cleanup_errors=True) as folder:
        answers = await _converse(jobs, folder, GRACE_SECONDS + limits.wall_seconds * len(jobs))
    if len(answers) != len(jobs):
        raise VerifierError(f"the sandbox ended after {len(answers)} of {len(jobs)} programs")
    return [[_output(result) for result in unpack(answer)] for answer in answers]


async def _converse(jobs: Sequence[bytes], folder: str, seconds: float) -> list[bytes]:
    """The worker's answers to the jobs."""
    try:
        process = await anyio.open_process(
            [sys.executable, "-I", "-S", "-B", "-c", _LAUNCH, str(_HERE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=folder, env={}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise VerifierError(f"the sandbox cannot be started: {error}") from error
    try:
        with anyio.fail_after(seconds):
            return await _exchange(process, jobs)
    except TimeoutError as error:
        raise VerifierError(f"the sandbox did not answer within {seconds:g} seconds") from error
    finally:
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await process.aclose()


async def _exchange(process: Process, jobs: Sequence[bytes]) -> list[bytes]:
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    received = b""
    async with anyio.create_task_group() as group:
        group.start_soon(_send, process, b"".join(jobs))
        async for part in process.stdout:
            received += part
            if len(unpack(received)) == len(jobs):
                break
    return unpack(received)


async def _send(process: Process, data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await process.stdin.send(data)
        await process.stdin.aclose()


def _output(result: bytes) -> Output:
    return Output(result[1:].decode("utf-8", "replace"), result[:1] != VALUE)
