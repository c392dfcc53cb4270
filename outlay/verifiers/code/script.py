"""The role of a script: reads standard input, writes standard output, and its output is all that counts."""

import atexit
import builtins
import os
import sys
import threading
import traceback
from types import ModuleType

from outlay.verifiers.sandbox.frames import read_message


def run() -> int:
    """Run the program that comes first on standard input on the rest of it; its exit status."""
    job = read_message(0)
    if job is None:
        return 1
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.argv = ["program.py"]
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    try:
        code = compile(job[0], "program.py", "exec", dont_inherit=True)
        exec(code, main.__dict__)  # noqa: S102 (the sandbox is for this)
        status = 0
    except SystemExit as left:
        status = _exit_status(left.code)
    except BaseException:  # noqa: BLE001 (whatever a hostile program raises)
        traceback.print_exc()
        status = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 (some programs print at their end; the interpreter itself never ends here)
    sys.stdout.flush()
    return status


def _exit_status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    os.write(2, str(code).encode("utf-8", "replace"))
    return 1
