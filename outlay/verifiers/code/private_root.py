"""A view of the system for one process tree: no network, no other processes, nothing but Python's own files to read.

Linux namespaces (``man 7 namespaces``): as root they are simply entered, and as any other user by way of a user
namespace, where the system allows one. The new root is a small file system in memory; in it are Python's library and
the system's shared libraries, read-only, and an empty ``/tmp``. Nothing of ``/proc``, ``/etc`` or ``/home`` is there.
"""

import ctypes
import os
import sys
from pathlib import Path

from outlay.verifiers.sandbox.rlimits import NOBODY

_USER, _MOUNT, _PROCESSES, _NETWORK, _MESSAGES, _NAMES = (
    0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000, 0x04000000,
)  # fmt: skip
_ALL_BUT_MOUNTS = _PROCESSES | _NETWORK | _MESSAGES | _NAMES
_NO_SET_USER, _NO_DEVICES, _NO_PROGRAMS, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SET_ATTRIBUTES = 442
_HERE, _WHOLE_TREE = -100, 0x8000
_DEVICES = ("/dev/null", "/dev/urandom")
_TEMPORARY = "/tmp"  # noqa: S108 (private to the sandbox)
_FILES = 4096
"""How many files and folders ``/tmp`` may hold."""
_READ_ONLY, _SET_USER_OFF, _DEVICES_OFF = 1, 2, 4


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("spread", ctypes.c_uint64), ("users", ctypes.c_uint64),
    )  # fmt: skip


def leave_system() -> bool:
    """Enter namespaces of this process's own; its next child is the first process in them. False if that is refused."""
    library = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if user == 0 and library.unshare(_ALL_BUT_MOUNTS) == 0:
        return True
    if library.unshare(_ALL_BUT_MOUNTS | _USER) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1", encoding="ascii")
    except OSError:
        return False
    return True


def build(folder: str, megabytes: int) -> None:
    """Make ``folder`` the root of a new view of the system, for this process and its children, and go to its ``/tmp``.

    Args:
        folder: an empty folder.
        megabytes: what ``/tmp`` may hold.

    Raises:
        OSError: if the system refuses any of it.
    """
    _require(ctypes.CDLL(None, use_errno=True).unshare(_MOUNT), "unshare")
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", folder, "tmpfs", _NO_SET_USER | _NO_DEVICES, "size=1m,mode=755")
    for one in python_folders():
        _show(one, folder, devices=False)
    for one in _DEVICES:
        _show(one, folder, devices=True)
    temporary = folder + _TEMPORARY
    os.makedirs(temporary, exist_ok=True)  # noqa: PTH103 (this runs before pathlib's files may be seen again)
    flags = _NO_SET_USER | _NO_DEVICES | _NO_PROGRAMS
    _mount("tmpfs", temporary, "tmpfs", flags, f"size={megabytes}m,nr_inodes={_FILES},mode=1777")
    _restrict(folder, _READ_ONLY)
    os.chdir(folder)
    _require(_call(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    _require(ctypes.CDLL(None, use_errno=True).umount2(b".", _DETACH), "umount")
    os.chdir(_TEMPORARY)


def python_folders() -> list[str]:
    """Where Python's own modules and the shared libraries they need are; none lies within another."""
    wanted = [os.path.dirname(os.__file__), f"{sys.base_prefix}/lib", f"{sys.base_exec_prefix}/lib"]  # noqa: PTH120
    wanted += ["/lib", "/lib64", "/usr/lib", "/usr/lib64"]
    kept: list[str] = []
    for one in sorted({os.path.abspath(path) for path in wanted if os.path.isdir(path)}):  # noqa: PTH100, PTH112
        if not any(one.startswith(f"{other}/") for other in kept):
            kept.append(one)
    return kept


def drop_capabilities() -> None:
    """Give up what root may do, whoever this process is."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    _require(ctypes.CDLL(None, use_errno=True).capset(header, none), "capset")


def _show(path: str, folder: str, devices: bool) -> None:
    """Let a path of the system be read at the same place in the new root."""
    place = folder + path
    if os.path.isdir(path):  # noqa: PTH112
        os.makedirs(place, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(path, place, None, _BIND | _RECURSIVE)
    _restrict(place, _SET_USER_OFF if devices else _READ_ONLY | _SET_USER_OFF | _DEVICES_OFF, _WHOLE_TREE)


def _restrict(path: str, attributes: int, reach: int = 0) -> None:
    given = _Attributes(attributes, 0, 0, 0)
    size = ctypes.sizeof(given)
    _require(_call(_MOUNT_SET_ATTRIBUTES, _HERE, path.encode(), reach, ctypes.byref(given), size), "mount_setattr")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    mount = ctypes.CDLL(None, use_errno=True).mount
    type_name = None if kind is None else kind.encode()
    _require(mount(source.encode(), target.encode(), type_name, ctypes.c_ulong(flags), options.encode()), "mount")


def _call(number: int, *arguments: object) -> int:
    widened = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *widened))


def _require(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
