"""Tries to break out, and prints as JSON what it managed. It runs inside the sandbox, as a program like any other."""

import ctypes
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path


def _network(told: dict[str, str]) -> str:
    with socket.create_connection(("127.0.0.1", int(told["port"])), timeout=1):
        return "connected to a port of this machine"


def _environment(told: dict[str, str]) -> str:
    if os.environ:
        return f"sees {min(os.environ)}"
    return f"reads {len(Path('/proc', told['process'], 'environ').read_bytes())} bytes of another process's environment"


def _reading(told: dict[str, str]) -> str:
    return f"read {told['secret']}: {len(Path(told['secret']).read_text(encoding='utf-8'))} characters"


def _writing(told: dict[str, str]) -> str:
    Path(told["folder"], "made").write_text("made", encoding="utf-8")
    return f"wrote in {told['folder']}"


def _other_processes(told: dict[str, str]) -> str:
    os.kill(int(told["process"]), 0)
    return "may signal the process that called it"


def _seen_processes(told: dict[str, str]) -> str:
    if told["process"] in os.listdir("/proc"):  # noqa: PTH208
        return "sees the process that called it"
    raise OSError


def _new_processes(_: dict[str, str]) -> str:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "started a process"


def _privileges(told: dict[str, str]) -> str:
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(0x10000000) == 0:
        return "entered a user namespace"
    if library.ptrace(0x4206, int(told["process"]), 0, 0) == 0:
        return "traces the process that called it"
    raise OSError


def _memory(told: dict[str, str]) -> str:
    size = int(told["memory"])
    return f"took {len(bytes(size)) >> 20} megabytes"


def _file_size(told: dict[str, str]) -> str:
    with Path("large").open("wb") as file:
        size = file.write(bytes(int(told["file"])))
        file.flush()
    return f"wrote {size >> 20} megabytes"


_ATTEMPTS: dict[str, Callable[[dict[str, str]], str]] = {
    "no network": _network,
    "no environment": _environment,
    "no reading outside": _reading,
    "no writing outside": _writing,
    "no signals to other processes": _other_processes,
    "no sight of other processes": _seen_processes,
    "no new processes": _new_processes,
    "no privileges": _privileges,
    "limit on memory": _memory,
    "limit on file size": _file_size,
}


def attempt(told: dict[str, str]) -> dict[str, str]:
    """What each attempt managed; empty for what was refused."""
    managed = {}
    for name, action in _ATTEMPTS.items():
        try:
            managed[name] = action(told)
        except (OSError, MemoryError):
            managed[name] = ""
    return managed


if __name__ == "__main__":
    signal.alarm(20)
    print(json.dumps(attempt(json.loads(input()))))  # noqa: T201 (this is how it answers)
