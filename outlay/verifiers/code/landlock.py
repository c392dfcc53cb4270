"""What a process may read where it has no root of its own: Python's library and the system's shared libraries.

Source: Linux, Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import sys
from collections.abc import Sequence

_CREATE, _ADD, _ENTER = 444, 445, 446
_WHICH_VERSION = 1
_BENEATH = 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many kinds of access each version of the interface knows."""
_NEWEST = 16
_NO_NEW_PRIVILEGES = 38


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def read_only_beneath(folders: Sequence[str]) -> bool:
    """Let this process read in some folders and open nothing elsewhere; False where the kernel cannot hold that."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    version = int(library.syscall(_CREATE, None, ctypes.c_size_t(0), _WHICH_VERSION))
    if version < 1:
        return False
    handled = ctypes.c_uint64((1 << _RIGHTS.get(version, _NEWEST)) - 1)
    rules = int(library.syscall(_CREATE, ctypes.byref(handled), ctypes.c_size_t(8), 0))
    if rules < 0:
        return False
    try:
        for one in folders:
            opened = os.open(one, os.O_PATH | os.O_CLOEXEC)
            rule = _Rule(_READ_FILE | _READ_FOLDER, opened)
            added = library.syscall(_ADD, rules, _BENEATH, ctypes.byref(rule), 0)
            os.close(opened)
            if added != 0:
                return False
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        return bool(library.syscall(_ENTER, rules, 0) == 0)
    finally:
        os.close(rules)
