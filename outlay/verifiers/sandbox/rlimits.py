"""The limits of a child that every POSIX system has: resources, user, lifetime."""

import ctypes
import os
import resource
import sys

RESULTS = 3
"""The descriptor that a child's results go to; 0 to 2 are the null device and there is no other."""
_NOBODY = 65534
_DIE_WITH_PARENT = 1
_KILL = 9


def apply(cpu_seconds: int, memory_bytes: int) -> None:
    """Limit this process for good.

    Args:
        cpu_seconds: CPU time, after which the system kills it.
        memory_bytes: address space; its interpreter takes some 30 MB of it.

    Raises:
        OSError: if the system refuses one of the limits.
        ValueError: if a limit is above what this process was given.
    """
    _become_nobody()
    for limit, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, RESULTS + 1, RESULTS + 1),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(limit, (soft, hard))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def end_with(parent: int, wall_seconds: float) -> None:
    """End this process when its parent ends: at once on Linux, by an alarm elsewhere."""
    library = ctypes.CDLL(None, use_errno=True)
    library.alarm(int(wall_seconds) + 2)
    if sys.platform == "linux":
        library.prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def keep_only(results: int, null: int) -> None:
    """Close every descriptor but ``results``, which becomes ``RESULTS``; standard ones become the null device."""
    os.dup2(results, RESULTS)
    for standard in range(RESULTS):
        os.dup2(null, standard)
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(RESULTS + 1, highest if 0 < highest < 1 << 20 else 1 << 20)


def _become_nobody() -> None:
    """As root, limits on processes do not hold and files can be read: be someone else, where the system lets us."""
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    except PermissionError:
        pass
