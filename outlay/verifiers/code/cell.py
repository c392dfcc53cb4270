"""The child process's own side of the sandbox: it shuts itself in, then plays its role. It never returns.

    supervisor     started by the caller; ends everything when time is up or the role has ended
    └── first      only with namespaces: the first process of its own process namespace; builds the private root
        └── role   has given up everything it does not need; the only one that runs foreign code

It imports nothing but the standard library, its own folder and ``sandbox``.
"""

import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, NoReturn

from outlay.verifiers.code.landlock import read_only_beneath
from outlay.verifiers.code.private_root import build, drop_capabilities, leave_system, python_folders
from outlay.verifiers.code.system_calls import filter_calls
from outlay.verifiers.sandbox.rlimits import NOBODY, become_nobody, end_with, lower

NO_ISOLATION = 77
"""The exit status of a supervisor whose system refuses the isolation that was asked for."""
OUT_OF_TIME = 124
BROKEN = 70
"""The exit status of a process here that could not do its part."""
ENDED_BY_SIGNAL = 128
"""The exit status of a supervisor whose role was ended by a signal, with the signal's number on top."""
_HIGHEST = 63
"""The highest exit status of a program that is passed on as it is: those above have a meaning here."""
_LINUX = sys.platform == "linux"
_ROLES = {"script": "script", "program": "answering", "tests": "trial"}
_DIE_WITH_PARENT, _DUMPABLE, _SUBREAPER = 1, 4, 36
_OPEN_FILES = 64
_TASKS, _TASKS_UNFILTERED = 1024, 32
"""Threads and processes of this user, those outside included: to start threads alone, and to start anything at all."""


class Cell(NamedTuple):
    """What a child is told on its command line, as JSON.

    Attributes:
        role: ``script``, ``program`` or ``tests``.
        isolation: ``namespaces``, ``bubblewrap`` or ``confined``.
        folder: an empty folder of its own.
        channel: descriptors to write to and to read from, for ``tests``.
        wall_seconds: until all is ended.
        cpu_seconds: CPU time.
        memory: bytes of address space.
        file_megabytes: what the private folder may hold.
    """

    role: str
    isolation: str
    folder: str
    channel: Sequence[int]
    wall_seconds: float
    cpu_seconds: int
    memory: int
    file_megabytes: int


def main() -> NoReturn:
    """Do what the command line says and leave with the role's exit status, or with one of those above."""
    os.environ.clear()
    status = BROKEN
    try:
        status = _supervise(Cell(**json.loads(sys.argv[1])))
    finally:
        os._exit(status)


def _supervise(cell: Cell) -> int:
    # What a role needs of this folder is read now: from inside it cannot be seen.
    play: Callable[[], int] = import_module(f"outlay.verifiers.code.{_ROLES[cell.role]}").run
    namespaces = cell.isolation == "namespaces"
    if namespaces and not (_LINUX and leave_system()):
        return NO_ISOLATION
    if _LINUX:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    alive, held = os.pipe()

    def inner() -> int:
        os.close(held)
        return _first(cell, play, alive) if namespaces else _shut_in(cell, play)

    started = _fork(inner)
    signal.signal(signal.SIGALRM, _raise_time_out)
    signal.setitimer(signal.ITIMER_REAL, cell.wall_seconds)
    try:
        status = os.waitpid(started, 0)[1]
        # The first process of a namespace has told already what it passes on.
        return os.WEXITSTATUS(status) if namespaces and os.WIFEXITED(status) else _passed_on(status)
    except TimeoutError:
        return OUT_OF_TIME
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _end(started)


def _first(cell: Cell, play: Callable[[], int], alive: int) -> int:
    """The first process of the new process namespace: when it ends, the kernel ends all others in there."""
    try:
        build(cell.folder, cell.file_megabytes)
    except (OSError, KeyError):
        return NO_ISOLATION
    become_nobody()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if select.select([alive], [], [], 0)[0]:
        return BROKEN
    role = _fork(lambda: _shut_in(cell, play))
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == role:
            return _passed_on(status)


def _shut_in(cell: Cell, play: Callable[[], int]) -> int:
    """Give up everything that the role does not need, then play it."""
    parent = os.getppid()
    descriptors = {"script": (), "program": (0, 1), "tests": (0, 1, *cell.channel)}[cell.role]
    os.setsid()
    _keep_only(descriptors)
    if cell.isolation == "confined" and os.geteuid() == 0 and _python_for_all():
        become_nobody()
    end_with(parent, cell.wall_seconds)
    private = cell.isolation != "confined"
    if _LINUX:
        drop_capabilities()
        ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
    for limit, most in (
        (resource.RLIMIT_FSIZE, cell.file_megabytes << 20),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        lower(limit, most, most)
    lower(resource.RLIMIT_CPU, cell.cpu_seconds, cell.cpu_seconds + 1)
    if _LINUX:
        lower(resource.RLIMIT_AS, cell.memory, cell.memory)
    if not private:
        read_only_beneath(python_folders())
    tasks = _TASKS if filter_calls(writes=private) else _TASKS_UNFILTERED
    lower(resource.RLIMIT_NPROC, tasks, tasks)
    return play()


def _fork(inner: Callable[[], int]) -> int:
    """A child that does one thing and leaves with its result, whatever happens."""
    child = os.fork()
    if child == 0:
        status = BROKEN
        try:
            status = inner()
        finally:
            os._exit(status)
    return child


def _keep_only(descriptors: Sequence[int]) -> None:
    """Move descriptors to 3 and up, in order, with the null device for the standard ones; close all others.

    Without any the standard ones stay as they are.
    """
    # First out of the way of the places that are about to be filled.
    high = [fcntl.fcntl(one, fcntl.F_DUPFD, 16) for one in descriptors]
    for place, one in enumerate(high, start=3):
        os.dup2(one, place)
    if descriptors:
        null = os.open(os.devnull, os.O_RDWR)
        for place in range(3):
            os.dup2(null, place)
    os.closerange(3 + len(descriptors), 1 << 16)


def _python_for_all() -> bool:
    """Whether a user without rights can read Python's own modules."""
    os.seteuid(NOBODY)
    try:
        return bool(os.listdir(os.path.dirname(os.__file__)))  # noqa: PTH120, PTH208
    except PermissionError:
        return False
    finally:
        os.seteuid(0)


def _raise_time_out(*_: object) -> NoReturn:
    raise TimeoutError


def _end(started: int) -> None:
    """End everything that still runs below this process, daemons that left their parents included."""
    with suppress(OSError):
        os.killpg(started, signal.SIGKILL)
    with suppress(OSError):
        while True:
            for child in _children():
                os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    me = os.getpid()
    return [int(one) for one in Path(f"/proc/{me}/task/{me}/children").read_text(encoding="ascii").split()]


def _passed_on(status: int) -> int:
    """What is told of how a role ended."""
    if os.WIFSIGNALED(status):
        return ENDED_BY_SIGNAL + os.WTERMSIG(status)
    return min(os.WEXITSTATUS(status), _HIGHEST)
