"""The filter of system calls that the Linux kernel applies to a child: a short list, and an error for all others.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst. The filter is a program for the kernel's packet filter.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

_X86_64 = 0xC000003E
_AARCH64 = 0xC00000B7
Numbers = Mapping[str, tuple[int | None, int | None]]
"""System calls by name, with their numbers on x86_64 and on aarch64; None where a machine lacks the call."""
ONLY_WRITES: Numbers = MappingProxyType({
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
})  # fmt: skip
"""Memory, clock, exit, and writes to what is open."""
_MACHINES = {"x86_64": (_X86_64, 0), "aarch64": (_AARCH64, 1)}

_LOAD, _AND, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class Check(NamedTuple):
    """What an argument of an allowed call must be.

    Attributes:
        argument: its position, from 0.
        mask: the bits to look at.
        values: what they may be.
        high: whether to look at the upper 32 bits; the lower ones if not.
    """

    argument: int
    mask: int
    values: tuple[int, ...]
    high: bool = False


Checks = Mapping[str, tuple[Check, ...]]
_UNCHECKED: Checks = MappingProxyType({})
_NONE: Numbers = MappingProxyType({})
_Instruction = tuple[int, int, int, int]


def instructions(
    machine: str, allowed: Numbers = ONLY_WRITES, checks: Checks = _UNCHECKED, absent: Numbers = _NONE
) -> bytes | None:
    """The filter for a machine as ``os.uname`` names it, or None if there is none.

    A call of another architecture kills the process; any call that is not allowed gives ``EPERM``.

    Args:
        machine: whose numbers to use.
        allowed: the calls that pass.
        checks: conditions on their arguments, all of which must hold.
        absent: calls that look as if the kernel did not have them.
    """
    if machine not in _MACHINES:
        return None
    architecture, column = _MACHINES[machine]
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for name, numbers in allowed.items():
        code += _case(numbers[column], [*_checked(checks.get(name, ())), (_RETURN, 0, 0, _ALLOW)])
    for numbers in absent.values():
        code += _case(numbers[column], [(_RETURN, 0, 0, _ERROR | errno.ENOSYS)])
    code.append((_RETURN, 0, 0, _ERROR | errno.EPERM))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _case(number: int | None, then: Sequence[_Instruction]) -> list[_Instruction]:
    return [] if number is None else [(_JUMP_IF_EQUAL, 0, len(then), number), *then]


def _checked(checks: Sequence[Check]) -> Iterator[_Instruction]:
    """Go on behind the last instruction if all checks hold, and leave with ``EPERM`` if not."""
    for one in checks:
        yield (_LOAD, 0, 0, _ARGUMENTS + 8 * one.argument + 4 * one.high)
        yield (_AND, 0, 0, one.mask)
        for left, value in zip(range(len(one.values), 0, -1), one.values, strict=True):
            yield (_JUMP_IF_EQUAL, left, 0, value)
        yield (_RETURN, 0, 0, _ERROR | errno.EPERM)


def install(allowed: Numbers = ONLY_WRITES, checks: Checks = _UNCHECKED, absent: Numbers = _NONE) -> bool:
    """Filter this process's system calls from now on; False where the system has no such filter."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return False
    code = instructions(os.uname().machine, allowed, checks, absent)
    if code is None:
        return False
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    control = ctypes.CDLL(None, use_errno=True).prctl
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(control(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)
