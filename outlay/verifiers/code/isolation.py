"""Which ways there are to shut a program in, strongest first, and how each is started."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from outlay.verifiers.code import bubblewrap
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.private_root import python_folders

_HERE = Path(__file__).parent
_SANDBOX = _HERE.parent / "sandbox"
# Empty shells stand for the packages above, so that the child imports these two folders and nothing else.
_LAUNCH = f"""
import sys
from types import ModuleType
paths = {{"outlay": [], "outlay.verifiers": [], "outlay.verifiers.sandbox": [{str(_SANDBOX)!r}],
         "outlay.verifiers.code": [{str(_HERE)!r}]}}
for name, path in paths.items():
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = path
from outlay.verifiers.code.cell import main
main()
"""


class Isolation(StrEnum):
    """How a program is shut in."""

    BUBBLEWRAP = "bubblewrap"
    """By ``bwrap``."""
    NAMESPACES = "namespaces"
    """By namespaces of Outlay's own making."""
    CONFINED = "confined"
    """By limits, a filter of system calls and rules on files alone, whichever of them the system has."""


def launch(
    role: str, isolation: Isolation, limits: CodeLimits, folder: str, grace: float = 0.0, channel: Sequence[int] = ()
) -> list[str]:
    """The command line of a child.

    Args:
        role: ``script``, ``program`` or ``tests``.
        isolation: how to shut it in.
        limits: of the child.
        folder: an empty folder of its own.
        grace: seconds of wall time on top.
        channel: descriptors to write to and to read from, for ``tests``.
    """
    cell = {
        "role": role, "isolation": isolation, "folder": folder, "channel": list(channel),
        "wall_seconds": limits.wall_seconds + grace, "cpu_seconds": limits.cpu_seconds,
        "memory": limits.memory_megabytes << 20, "file_megabytes": limits.file_megabytes,
    }  # fmt: skip
    inner = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _LAUNCH, json.dumps(cell)]
    if isolation is not Isolation.BUBBLEWRAP:
        return inner
    interpreter = Path(sys.executable).resolve()
    visible = {*python_folders(), str(_HERE), str(_SANDBOX), str(interpreter.parent)}
    return bubblewrap.command([str(interpreter), *inner[1:]], sorted(visible), limits.file_megabytes)
