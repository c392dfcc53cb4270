"""The limits of a child that every POSIX system has: resources, user, lifetime."""

import ctypes
import os
import resource
import sys

RESULTS = 3
"""The descriptor that a child's results go to; 0 to 2 are the null device and there is no other."""
NOBODY = 65534
_DIE_WITH_PARENT = 1
_KILL = 9


def apply(cpu_seconds: int, memory_bytes: int) -> None:
    """Limit this process for good. A limit that is lower already stays as it is.

    Args:
        cpu_seconds: CPU time, after which the system kills it.
        memory_bytes: address space; its interpreter takes some 30 MB of it.

    Raises:
        OSError: if the system refuses one of the limits.
    """
    become_nobody()
    for limit, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, RESULTS + 1, RESULTS + 1),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        lower(limit, soft, hard)
    if sys.platform == "linux":
        lower(resource.RLIMIT_AS, memory_bytes, memory_bytes)


def lower(limit: int, soft: int, hard: int) -> None:
    """Set a limit, but none above the hard one that this process was given, which only root may raise."""
    given = resource.getrlimit(limit)[1]
    if given != resource.RLIM_INFINITY:
        soft, hard = min(soft, given), min(hard, given)
    resource.setrlimit(limit, (soft, hard))


def end_with(parent: int, wall_seconds: float) -> None:
    """End this process when its parent ends: at once on Linux, by an alarm elsewhere.

    Call it after ``apply``: Linux forgets about the parent when a process becomes another user.
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.alarm(int(wall_seconds) + 2)
    if sys.platform == "linux":
        library.prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def keep_only(results: int, null: int) -> None:
    """Close every descriptor but ``results``, which becomes ``RESULTS``; standard ones become the null device."""
    for standard in range(RESULTS):
        os.dup2(null, standard)
    os.dup2(results, RESULTS)  # last, as ``null`` may be this very number
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(RESULTS + 1, highest if 0 < highest < 1 << 20 else 1 << 20)


def become_nobody() -> None:
    """As root, limits on processes do not hold and files can be read: be someone else, where the system lets us."""
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except PermissionError:
        pass
