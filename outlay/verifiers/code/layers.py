"""Which layers of the sandbox hold on this machine, each proved by trying to break it."""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from outlay.core.errors import VerifierError
from outlay.verifiers.code.children import Heard
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.stream_tests import run_script

_PROBE = Path(__file__).parent / "probe.py"
_LIMITS = CodeLimits(wall_seconds=10, cpu_seconds=5, memory_megabytes=256, file_megabytes=1)
_SPIN = "while True:\n    pass"
_SLEEP = "import time\ntime.sleep(600)"
_FLOOD = "while True:\n    print('flood' * 1000)"
_DAEMON = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os._exit(0)
"""
"""Its daemon holds standard output open for as long as it lives."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that the sandbox is to hold.

    Attributes:
        name: what it is.
        holds: whether the attempt to break it failed.
        detail: what the attempt managed.
    """

    name: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How programs are shut in on this machine.

    Attributes:
        isolation: the strongest that can be had.
        holes: the walls of it that do not hold.
    """

    isolation: Isolation
    holes: tuple[str, ...] = ()


async def strongest() -> Sandbox:
    """The first isolation whose walls all hold here, or else the one with the fewest holes.

    Raises:
        VerifierError: if no program can be run at all.
    """
    best: Sandbox | None = None
    for isolation in _possible():
        try:
            holes = tuple(one.name for one in await walls(isolation) if not one.holds)
        except VerifierError:
            continue
        if best is None or len(holes) < len(best.holes):
            best = Sandbox(isolation, holes)
        if not holes:
            break
    if best is None:
        raise VerifierError("programs run only in a sandbox, which needs Linux or macOS; none can be started here")
    return best


async def prove(isolation: Isolation) -> list[Layer]:
    """Every layer, tried.

    Raises:
        VerifierError: if no program can be run under this isolation.
    """
    found: dict[int, list[Layer]] = {}

    async def keep(place: int, name: str, program: str, limits: CodeLimits, ending: str) -> None:
        try:
            heard = await run_script(program, b"", limits, isolation)
            found[place] = [Layer(name, ending in heard.ending, "" if ending in heard.ending else _shown(heard))]
        except VerifierError as error:
            found[place] = [Layer(name, False, str(error))]

    async with anyio.create_task_group() as group:
        hurried = replace(_LIMITS, wall_seconds=1)
        group.start_soon(keep, 1, "limit on CPU time", _SPIN, replace(_LIMITS, cpu_seconds=1), "CPU time")
        group.start_soon(keep, 2, "limit on wall time", _SLEEP, hurried, "too long")
        group.start_soon(keep, 3, "limit on output", _FLOOD, _LIMITS, "too much")
        group.start_soon(keep, 4, "no daemons", _DAEMON, hurried, "")
    return [*await walls(isolation), *(one for place in sorted(found) for one in found[place])]


async def walls(isolation: Isolation) -> list[Layer]:
    """The layers that keep a program from what is outside, all tried by one program.

    Raises:
        VerifierError: if no program can be run under this isolation.
    """
    with _targets() as told:
        heard = await run_script(_PROBE.read_text(encoding="utf-8"), json.dumps(told).encode(), _LIMITS, isolation)
        untouched = not os.listdir(told["folder"])  # noqa: PTH208 (of text)
    try:
        managed: dict[str, str] = json.loads(heard.output)
    except ValueError as error:
        raise VerifierError(f"the sandbox runs no program: {_shown(heard)}") from error
    if not untouched:
        managed["no writing outside"] = "wrote in a folder of this machine"
    return [Layer(name, not detail, detail) for name, detail in managed.items()]


def _possible() -> Iterator[Isolation]:
    if os.name != "posix":
        return
    if sys.platform == "linux":
        if shutil.which("bwrap"):
            yield Isolation.BUBBLEWRAP
        yield Isolation.NAMESPACES
    yield Isolation.CONFINED


@contextmanager
def _targets() -> Iterator[Mapping[str, str]]:
    """What a program is to go for: a secret to read, a folder to write in, a port to connect to, this process."""
    with tempfile.TemporaryDirectory(prefix="outlay-probe-") as name, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        folder, secret = Path(name, "open"), Path(name, "secret")
        Path(name).chmod(0o755)
        folder.mkdir()
        folder.chmod(0o777)
        secret.write_text("secret", encoding="utf-8")
        yield {
            "port": str(listening.getsockname()[1]), "secret": str(secret), "folder": str(folder),
            "process": str(os.getpid()), "memory": str(_LIMITS.memory_megabytes << 20),
            "file": str(2 * _LIMITS.file_megabytes << 20),
        }  # fmt: skip


def _shown(heard: Heard) -> str:
    return heard.ending or f"wrote {heard.output[:80]!r} and ended well"
