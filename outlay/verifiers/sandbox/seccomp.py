"""The filter of system calls that the Linux kernel applies to a child: a short list, and an error for all others.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst. The filter is a program for the kernel's packet filter.
"""

import ctypes
import errno
import os
import struct
import sys

_X86_64 = 0xC000003E
_AARCH64 = 0xC00000B7
_ALLOWED = {
    "write": (1, 64),
    "close": (3, 57),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
"""Numbers of the allowed calls on x86_64 and on aarch64."""
_MACHINES = {"x86_64": (_X86_64, 0), "aarch64": (_AARCH64, 1)}

_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def instructions(machine: str) -> bytes | None:
    """The filter for a machine as ``os.uname`` names it, or None if there is none.

    A call of another architecture kills the process; any call that is not allowed gives ``EPERM``.
    """
    if machine not in _MACHINES:
        return None
    architecture, column = _MACHINES[machine]
    numbers = [both[column] for both in _ALLOWED.values()]
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for left, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
        code.append((_JUMP_IF_EQUAL, left, 0, number))
    code += [(_RETURN, 0, 0, _ERROR | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def install() -> bool:
    """Filter this process's system calls from now on; False where the system has no such filter."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return False
    code = instructions(os.uname().machine)
    if code is None:
        return False
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    control = ctypes.CDLL(None, use_errno=True).prctl
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(control(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)
