"""The machine that hostile programs are let loose on, and what must be found of it afterwards."""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from outlay.core.problem import FunctionTests, StreamTests
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.layers import strongest
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marking import marks_of
from outlay.verifiers.code.marks import Mark

Tests = FunctionTests | StreamTests
Name = TypeVar("Name")
LIMITS = CodeLimits(wall_seconds=1.5, cpu_seconds=1, memory_megabytes=256, file_megabytes=4)


@dataclass
class Machine:
    """A folder that anyone may write to, a file worth keeping, a secret, and a port that listens."""

    folder: Path
    listening: socket.socket

    def aim(self, program: str) -> str:
        """A program that goes for this machine."""
        targets = {
            "MADE": str(self.folder / "made"),
            "KEPT": str(self.folder / "kept"),
            "SECRET": str(self.folder / "secret"),
            "PORT": str(self.listening.getsockname()[1]),
            "CALLER": str(os.getpid()),
        }
        for name, target in targets.items():
            program = program.replace(name, target)
        return program

    def check_untouched(self) -> None:
        """Nothing was made, changed, visited or left running; what was killed may take a moment to be gone."""
        kept = self.folder / "kept"
        assert sorted(one.name for one in self.folder.iterdir()) == ["kept", "secret"]
        assert kept.read_text() == "kept"
        assert kept.stat().st_mode & 0o777 == 0o666
        assert kept.stat().st_mtime > 1_000_000
        assert kept.stat().st_nlink == 1
        with pytest.raises(BlockingIOError):
            self.listening.accept()
        for _ in range(2000):
            if not self.left_running():
                break
            time.sleep(0.01)
        assert self.left_running() == []

    def left_running(self) -> list[str]:
        """Processes whose command line names this machine's folder: all children do, and all of theirs."""
        if sys.platform != "linux":
            return []
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line, state = (entry / "cmdline").read_bytes(), (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if str(self.folder).encode() in line and state[0] not in {"Z", "X"}:
                found.append(entry.name)
        return found


@contextmanager
def open_machine() -> Iterator[Machine]:
    """A machine in whose folder the sandbox puts what it needs, for as long as programs run."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as listening, pytest.MonkeyPatch.context() as patch:
        folder = Path(name).resolve()
        folder.chmod(0o777)
        (folder / "kept").write_text("kept")
        (folder / "kept").chmod(0o666)
        (folder / "secret").write_text("a secret")
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("SECRET_NAME", "a secret")
        yield Machine(folder, listening)


def marks_of_all(
    programs: Mapping[str, str], tests: Tests, isolation: Isolation | None = None, limits: CodeLimits = LIMITS
) -> dict[str, list[Mark]]:
    """The marks of named programs by the same tests."""
    return marks_of_each({name: (program, tests) for name, program in programs.items()}, isolation, limits)


def marks_of_each(
    jobs: Mapping[Name, tuple[str, Tests]], isolation: Isolation | None = None, limits: CodeLimits = LIMITS
) -> dict[Name, list[Mark]]:
    """The marks of programs by their tests, several at a time, under the strongest isolation if none is named."""
    marks: dict[Name, list[Mark]] = {}

    async def run() -> None:
        room = anyio.CapacityLimiter(4)
        chosen = isolation or (await strongest()).isolation

        async def mark(name: Name, program: str, tests: Tests) -> None:
            async with room:
                marks[name] = await marks_of(program, tests, limits, chosen, "prog")

        async with anyio.create_task_group() as group:
            for name, (program, tests) in jobs.items():
                group.start_soon(mark, name, program, tests)

    anyio.run(run)
    return marks
