"""A program that limits itself and then becomes another one: ``limited.py CPU_SECONDS MEMORY_BYTES COMMAND...``.

It is started by its path with isolated, bare Python and imports nothing but the standard library.
"""

import os
import resource
import sys

CANNOT_RUN = 126
"""The exit code of a command that cannot be run, as shells have it."""


def main() -> None:
    """Lower the limits on CPU time, address space (where the system keeps it) and core files; then run the command."""
    cpu, memory, *command = sys.argv[1:]
    _lower(resource.RLIMIT_CPU, int(cpu))
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, int(memory))
    try:
        os.execv(command[0], command)  # noqa: S606 (no shell is what is wanted)
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 (the pipe to the caller)
        sys.exit(CANNOT_RUN)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (lowest, lowest))


if __name__ == "__main__":
    main()
