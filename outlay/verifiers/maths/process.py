"""The caller's side of the worker: starts it when first needed, hands it pairs, and starts it again if it dies."""

import importlib.util
import json
import math
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from outlay.core.errors import MissingExtraError, VerifierError
from outlay.verifiers.sandbox.evaluation import VALUE
from outlay.verifiers.sandbox.frames import message, unpack

START_SECONDS = 60.0
"""What loading sympy may take on a busy machine."""
GRACE_SECONDS = 5.0
"""What a worker may take to hand on a result, on top of the comparison itself."""
_HERE = Path(__file__).parent
# Empty shells stand for the packages above, so that the worker imports this folder, the sandbox and nothing else.
_LAUNCH = """
import json, sys
from types import ModuleType
path, folders = json.loads(sys.argv[1])
sys.path[:] = path
for name in ("outlay", "outlay.verifiers", "outlay.verifiers.maths", "outlay.verifiers.sandbox"):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [folders[name]] if name in folders else []
from outlay.verifiers.maths.service import main
main()
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the worker says of one pair.

    Attributes:
        equal: whether the answer equals the reference; None if it could not tell.
        reason: why it could not.
    """

    equal: bool | None
    reason: str = ""


def require_extra() -> None:
    """Refuse to go on where the packages of the extra ``maths`` are missing; loads neither.

    Raises:
        MissingExtraError: naming the command that adds them.
    """
    if any(importlib.util.find_spec(name) is None for name in ("sympy", "math_verify")):
        raise MissingExtraError("the maths judge", "maths")


class Worker:
    """A process that compares answers as mathematics, one pair after the other, each in a confined child.

    It gets an empty environment and a session of its own. It is started once and kept; it ends with this object, with
    this process, or when a comparison is cancelled half way.
    """

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = lambda: None

    @property
    def process_id(self) -> int | None:
        """The process, if one is running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def compare(self, reference: str, answer: str, seconds: float, memory: int) -> Compared:
        """Compare one pair.

        Args:
            reference: what is right.
            answer: untrusted text.
            seconds: wall time that the comparison may take.
            memory: megabytes of address space that it may take.

        Raises:
            VerifierError: if the worker cannot be started.
        """
        limits = (f"{seconds}", f"{math.ceil(seconds)}", f"{memory << 20}")
        fields = [text.encode("utf-8", "replace") for text in (*limits, reference, answer)]
        async with self._lock:
            for _ in range(2):
                found = await self._ask(message(fields), seconds)
                if found is not None:
                    return found
        return Compared(None, "the worker died twice")

    def close(self) -> None:
        """End the process, if one is running."""
        self._end()
        self._process = None

    async def _ask(self, job: bytes, seconds: float) -> Compared | None:
        """The worker's answer to a job; None if it died."""
        process = await self._started()
        try:
            with anyio.fail_after(seconds + GRACE_SECONDS):
                _send(process, job)
                answer = await _received(process)
        except TimeoutError:
            self.close()
            return Compared(None, f"took longer than {seconds:g} seconds")
        except BaseException:
            self.close()
            raise
        if answer is None:
            self.close()
            return None
        (result,) = answer
        text = result[1:].decode("utf-8", "replace")
        return Compared(text == "1") if result[:1] == VALUE else Compared(None, text)

    async def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._process = process = _launch()
        self._end = weakref.finalize(self, _kill, process)
        try:
            with anyio.fail_after(START_SECONDS):
                answer = await _received(process)
        except BaseException as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise VerifierError(f"the maths judge did not start within {START_SECONDS:g} seconds") from error
            raise
        if answer != [b""]:
            self.close()
            raise VerifierError(
                f"the maths judge did not start: {answer[0].decode() if answer else 'its process died'}"
            )
        return process


def _launch() -> subprocess.Popen[bytes]:
    if os.name != "posix":
        raise VerifierError(
            "the maths judge compares formulae in a sandbox, which needs Linux or macOS; run Outlay there"
        )
    folders = {"outlay.verifiers.maths": str(_HERE), "outlay.verifiers.sandbox": str(_HERE.parent / "sandbox")}
    path = [entry for entry in sys.path if Path(entry).is_absolute()]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", "-B", "-c", _LAUNCH, json.dumps([path, folders])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            # Sets of names must have one order, so that the same pair always takes the same way.
            cwd=Path(sys.executable).anchor, env={"PYTHONHASHSEED": "0"}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise VerifierError(f"the maths judge cannot be started: {error}") from error


def _send(process: subprocess.Popen[bytes], job: bytes) -> None:
    """Write a job, which is shorter than what a pipe holds, to a worker that may be dead."""
    assert process.stdin is not None  # noqa: S101
    with suppress(BrokenPipeError):
        process.stdin.write(job)


async def _received(process: subprocess.Popen[bytes]) -> list[bytes] | None:
    """The fields of the worker's next message, or None if it died."""
    assert process.stdout is not None  # noqa: S101
    received = b""
    while not (found := unpack(received)):
        await anyio.wait_readable(process.stdout.fileno())
        part = os.read(process.stdout.fileno(), 1 << 16)
        if not part:
            return None
        received += part
    return unpack(found[0])


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker and its children, and leave nothing open."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None  # noqa: S101
        pipe.close()
