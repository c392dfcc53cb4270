"""The sandbox against real programs in real processes: honest ones get through, hostile ones get nowhere."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
from anyio.abc import Process
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.errors import VerifierError
from outlay.verifiers.sandbox import process
from outlay.verifiers.sandbox.evaluation import evaluate
from outlay.verifiers.sandbox.frames import message, pack, unpack
from outlay.verifiers.sandbox.language import refusal
from outlay.verifiers.sandbox.process import Output, SandboxLimits, run_programs
from outlay.verifiers.sandbox.seccomp import instructions

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="the sandbox needs fork")]

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
filtered = pytest.mark.skipif(
    sys.platform != "linux" or instructions(os.uname().machine) is None, reason="this kernel filters no system calls"
)

LIMITS = SandboxLimits(wall_seconds=5, cpu_seconds=1, memory_megabytes=128)
HONEST = "x*x+1"
INPUTS = ("2", "3")
RIGHT = [Output("5", False), Output("10", False)]

REACH = """
os = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__
sys = os['sys']
make = ().__class__.__class__
"""
"""From a tuple to the modules ``os`` and ``sys`` and to ``type``: all that a program has for a start."""

HELD = "CPU time|took longer"
"""What ends an endless program: on a busy machine the clock is first."""


class Hostile(NamedTuple):
    """A program and what must come of it: the text of an error, or that of a value."""

    program: str
    error: str = ""
    value: str = ""


def reached(body: str) -> str:
    """A program that goes for the system first; ``MADE`` in it is a file that must not come to be."""
    return REACH + body


def each_time(expression: str) -> str:
    return reached(f"def f(x):\n    return {expression}")


DENIED = "PermissionError|Operation not permitted"

ANYWHERE = {
    "endless loop": Hostile("while True:\n    pass", HELD),
    "endless loop in f": Hostile("def f(x):\n    while True:\n        pass", HELD),
    "endless loop that catches everything": Hostile(
        "def f(x):\n    while True:\n        try:\n            x = x + 1\n        except Exception:\n            pass",
        HELD,
    ),
    "memory at once": Hostile("[0] * 10**10", "MemoryError"),
    "memory by and by": Hostile("def f(x):\n    a = [0]\n    while True:\n        a += a", "MemoryError"),
    "huge output": Hostile("'a' * 10**7", "too long"),
    "number too long to show": Hostile("10 ** 6000", "ValueError"),
    "number that takes for ever": Hostile("9 ** 9 ** 9", "CPU time|MemoryError|took longer"),
    "deep recursion": Hostile("def f(x):\n    return f(x)", "RecursionError"),
    "value too deep to show": Hostile(
        "def f(x):\n    a = []\n    for _ in range(10**5):\n        a = [a]\n    return a",
        "RecursionError|died of SIGSEGV",
    ),
    "source too deep to parse": Hostile("(" * 10_000, "."),
    "source of many signs": Hostile("-" * 100_000 + "1", "."),
    "source of many terms": Hostile("+".join(["x"] * 300_000), "."),
    "imports a module": Hostile("import os\ndef f(x):\n    return os.getpid()", "ImportError|does not allow"),
    "names the import function": Hostile("__import__('os').getpid()", "NameError|does not allow"),
    "opens by name": Hostile("open('/etc/passwd').read()", "NameError|does not allow"),
    "evaluates text": Hostile("eval('1')", "NameError"),
    "lone surrogate in the source": Hostile("'\ud800'", "Error"),
    "null byte in the source": Hostile("x\0+1", "Error"),
    "no program": Hostile("", "."),
    "not Python": Hostile("what is it?", "SyntaxError"),
    "no function": Hostile("g = 1", "defines no function f"),
    "f is no function": Hostile("f = 1", "defines no function f"),
    "f takes too much": Hostile("def f(x, y):\n    return x", "TypeError"),
    "error with a long text": Hostile("def f(x):\n    raise ValueError('a' * 10**6)", "^ValueError: a{1,200}$"),
}
"""What any system contains."""

IF_REACHED = {
    "sleeps": Hostile(each_time("sys.modules['time'].sleep(600)"), DENIED),
    "fork bomb": Hostile(reached("while True:\n    os['fork']()"), DENIED),
    "fork by number": Hostile(each_time("sys.modules['ctypes'].CDLL(None).fork()"), value="-1"),
    "thread": Hostile(each_time("sys.modules['_thread'].start_new_thread(len, ())"), "thread"),
    "starts a program": Hostile(each_time("os['execv']('/bin/sh', ['sh', '-c', 'touch MADE'])"), DENIED),
    "asks the shell": Hostile(each_time("os['system']('touch MADE') != 0"), value="True"),
    "reads a file": Hostile(each_time("os['open']('/etc/passwd', 0)"), DENIED),
    "reads a file by way of io": Hostile(each_time("sys.modules['io'].open('/etc/passwd').read()"), DENIED),
    "reads a folder": Hostile(each_time("os['listdir']('/')"), DENIED),
    "reads what it inherited": Hostile(each_time("[os['read'](n, 99) for n in range(9)]"), DENIED),
    "reads the environment": Hostile(each_time("[v for v in os['environ'].values() if 'secret' in v]"), value="[]"),
    "reads the environment's file": Hostile(each_time("os['open']('/proc/self/environ', 0)"), DENIED),
    "writes a file": Hostile(each_time("os['open']('MADE', 65)"), DENIED),
    "writes a file by way of io": Hostile(each_time("sys.modules['io'].open('MADE', 'w')"), DENIED),
    "makes a folder": Hostile(each_time("os['mkdir']('MADE')"), DENIED),
    "removes a file": Hostile(each_time("os['remove']('KEPT')"), DENIED),
    "opens a socket": Hostile(each_time("sys.modules['ctypes'].CDLL(None).socket(2, 1, 0)"), value="-1"),
    "imports with the real import": Hostile(
        each_time("os['__builtins__']['__import__']('socket').socket()"), f"{DENIED}|ModuleNotFoundError"
    ),
    "exits at once": Hostile(reached("os['_exit'](0)"), "ended early"),
    "exits as if all were well": Hostile(each_time("os['_exit'](0)"), "ended early"),
    "leaves politely": Hostile(each_time("sys.exit(0)"), "SystemExit"),
    "aborts": Hostile(each_time("os['abort']()"), "died of|ended early"),
    "crashes": Hostile(each_time("sys.modules['ctypes'].string_at(1)"), "died of SIGSEGV"),
    "kills its parent": Hostile(each_time("os['kill'](os['getppid'](), 9)"), f"{DENIED}|Error"),
    "kills its group": Hostile(each_time("os['killpg'](0, 9)"), DENIED),
    "kills everything": Hostile(each_time("os['kill'](-1, 9)"), DENIED),
    "leaves the group": Hostile(each_time("os['setsid']()"), DENIED),
    "handles signals": Hostile(
        reached("sys.modules['signal'].signal(24, lambda *a: None)\nwhile True:\n    pass"), f"{DENIED}|OSError"
    ),
    "raises its limits": Hostile(each_time("sys.modules['resource'].setrlimit(7, (99, 99))"), f"{DENIED}|Error"),
    "traces its parent": Hostile(each_time("sys.modules['ctypes'].CDLL(None).ptrace(16, 1, 0, 0)"), value="-1"),
    "writes to standard output": Hostile(each_time("os['write'](1, b'forged')"), value="6"),
    "forges a result and exits": Hostile(
        reached(r"os['write'](3, b'\0\0\0\x02v7' * 2)" + "\nos['_exit'](0)"), value="7"
    ),
    "forges more results than were asked": Hostile(
        reached(r"os['write'](3, b'\0\0\0\x02v7' * 1000)" + "\nos['_exit'](0)"), value="7"
    ),
    "forges garbage": Hostile(reached(r"os['write'](3, b'\xff' * 100)" + "\nos['_exit'](0)"), "ended early"),
    "forges an empty result": Hostile(reached(r"os['write'](3, b'\0' * 8)" + "\nos['_exit'](0)"), "^$"),
    "floods the results": Hostile(reached("while True:\n    os['write'](3, b'\\xff' * 65536)"), "wrote too much"),
    "closes the results and goes on": Hostile(reached("os['close'](3)\nwhile True:\n    pass"), "."),
    "closes everything": Hostile(each_time("[os['closerange'](0, 99), 1]"), "ended early|CPU time"),
    "a value equal to all": Hostile(
        each_time("make('All', (), {'__eq__': lambda a, b: True, '__repr__': lambda a: 'all'})()"), value="all"
    ),
    "a value that breaks when shown": Hostile(
        each_time("make('Bad', (), {'__repr__': lambda a: 1 / 0})()"), "ZeroDivisionError"
    ),
    "a value that is never shown": Hostile(
        reached(
            "def show(a):\n    while True:\n        pass\ndef f(x):\n    return make('Slow', (), {'__repr__': show})()"
        ),
        HELD,
    ),
    "a text that lies about its length": Hostile(
        reached(
            "Text = make('Text', (str,), {'__len__': lambda a: 1, 'encode': lambda a, *b: b'v' * 10**6})\n"
            "def f(x):\n    return make('Liar', (), {'__repr__': lambda a: Text()})()"
        ),
        "wrote too much",
    ),
    "an error that cannot be told": Hostile(
        reached("Bad = make('Bad', (Exception,), {'__str__': lambda a: 1 / 0})\ndef f(x):\n    raise Bad()"),
        "cannot be told",
    ),
    "patches how values are shown": Hostile(
        reached("sys.modules['builtins'].repr = lambda value: 'patched'\ndef f(x):\n    return 0"), value="patched"
    ),
    "patches the sandbox": Hostile(
        reached("sys.modules['outlay.verifiers.sandbox.evaluation'].ERROR = b'v'\ndef f(x):\n    return 1 / 0"),
        value="ZeroDivisionError: division by zero",
    ),
    "a surrogate as value": Hostile("'\\ud800'", value="'\\ud800'"),
}
"""What gets past the language, where the kernel must stop it."""


class Watch:
    """Knows every worker that was started."""

    def __init__(self) -> None:
        self.sessions: list[int] = []

    async def check_nothing_is_left(self) -> None:
        """Nothing of the workers' sessions runs on; what was killed may take a moment to be gone."""
        if sys.platform == "linux":
            with anyio.fail_after(20):
                while self.left_running():  # noqa: ASYNC110 (the system sends no event)
                    await anyio.sleep(0.01)

    def left_running(self) -> list[str]:
        """Processes of the workers' sessions that still run; init buries the dead."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) in self.sessions and fields[0] not in {"Z", "X"}:
                found.append(entry.parent.name)
        return found


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    seen = Watch()
    start = anyio.open_process

    async def watched(*arguments: Any, **settings: Any) -> Process:
        worker = await start(*arguments, **settings)
        seen.sessions.append(worker.pid)
        return worker

    monkeypatch.setattr(anyio, "open_process", watched)
    return seen


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that anyone may write to, where the sandbox puts what it needs."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        Path(name, "kept").touch(0o666)
        monkeypatch.setattr(tempfile, "tempdir", name)
        monkeypatch.setenv("SECRET", "a secret")
        yield Path(name)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def value_of(program: str, given: str, limits: SandboxLimits = LIMITS) -> Output:
    return (await run_programs([program], [given], limits))[0][0]


async def check_contained(hostile: Hostile, watch: Watch, folder: Path) -> None:
    program = hostile.program.replace("MADE", str(folder / "made")).replace("KEPT", str(folder / "kept"))
    first, outputs, last = await run_programs([HONEST, program, HONEST], INPUTS, LIMITS)
    assert first == last == RIGHT
    assert len(outputs) == len(INPUTS)
    for output in outputs:
        if hostile.value:
            assert output == Output(hostile.value, False)
        else:
            assert output.failed
            assert re.search(hostile.error, output.text), output
    assert len(watch.sessions) == 1
    await watch.check_nothing_is_left()
    assert names(folder) == ["kept"]


@pytest.mark.parametrize("name", ANYWHERE)
async def test_a_hostile_program_is_contained(name: str, watch: Watch, folder: Path) -> None:
    await check_contained(ANYWHERE[name], watch, folder)


@filtered
@pytest.mark.parametrize("name", IF_REACHED)
async def test_a_program_that_reaches_the_system_is_contained(name: str, watch: Watch, folder: Path) -> None:
    await check_contained(IF_REACHED[name], watch, folder)


async def test_a_file_can_be_written_where_the_tests_say_it_cannot(folder: Path) -> None:
    """So that the check for files can fail."""
    command = ["/bin/sh", "-c", f"touch {folder / 'made'}"]
    await anyio.run_process(command)
    assert names(folder) == ["kept", "made"]


@linux
async def test_a_process_left_running_would_be_seen(watch: Watch) -> None:
    worker = await anyio.open_process(["sleep", "60"], start_new_session=True)
    assert watch.left_running() == [str(worker.pid)]
    worker.kill()
    await worker.wait()
    await worker.aclose()
    assert watch.left_running() == []


@pytest.mark.parametrize(
    ("program", "given", "value"),
    [
        ("x", "7", "7"),
        ("  3*x+1  ", "7", "22"),
        ("x/2", "7", "3.5"),
        ("[y*y for y in range(x) if y % 2]", "6", "[1, 9, 25]"),
        ("sorted(set(x), reverse=True)", "[3, 1, 3]", "[3, 1]"),
        ("def f(x):\n    return x + 1", "1", "2"),
        ("def f(x):\n    return 1 if x < 2 else x * f(x - 1)", "10", "3628800"),
        (("def g(x):\n    return x\n\ndef f(x):\n    total = 0\n    while x:\n        total += g(x)\n"
         "        x -= 1\n    return total"), "4", "10"),
        ("f = lambda x: x * 2", "'ab'", "'abab'"),
        ("x + 'é'", "'ü'", "'üé'"),
        ("max(x) - min(x)", "(4, 9)", "5"),
        ("x and None", "True", "None"),
        ("x #" + "a" * 3_000_000, "1", "1"),
        ("x if x is 7 else 0  # warns", "7", "7"),
        ("10 ** 400", "0", "1" + "0" * 400),
    ],
)  # fmt: skip
async def test_an_honest_program_gives_its_value(program: str, given: str, value: str) -> None:
    assert await value_of(program, given) == Output(value, False)


@pytest.mark.parametrize(
    ("program", "given", "error"),
    [
        ("1 / x", "0", "ZeroDivisionError: division by zero"),
        ("y", "1", "NameError: name 'y' is not defined"),
        ("x[5]", "[1]", "IndexError: list index out of range"),
        ("def f(x):\n    raise ValueError(x)", "'no'", "ValueError: no"),
        ("x", "f(", "SyntaxError"),
        ("x", "open('a')", "ValueError: malformed"),
    ],
)
async def test_an_error_is_told(program: str, given: str, error: str) -> None:
    output = await value_of(program, given)
    assert output.failed
    assert output.text.startswith(error)


async def test_an_error_on_one_input_leaves_the_others() -> None:
    assert await run_programs(["6 // x"], ["0", "2", "4"]) == [
        [Output("ZeroDivisionError: integer division or modulo by zero", True), Output("3", False), Output("1", False)]
    ]


async def test_what_came_before_a_hang_is_kept() -> None:
    program = "def f(x):\n    while x == 2:\n        pass\n    return x"
    (outputs,) = await run_programs([program], ["1", "2", "3"], LIMITS)
    assert [output.failed for output in outputs] == [False, True, True]


async def test_time_is_limited_by_the_clock_too() -> None:
    limits = SandboxLimits(wall_seconds=0.2, cpu_seconds=60)
    output = await value_of("def f(x):\n    while True:\n        pass", "1", limits)
    assert output == Output("took longer than 0.2 seconds", True)
    assert await value_of("x", "1", LIMITS) == Output("1", False)


@linux
async def test_memory_is_limited_as_asked() -> None:
    program = "sum([1] * (x * 1024 * 1024 // 8))"
    few, many = SandboxLimits(memory_megabytes=96), SandboxLimits(memory_megabytes=400)
    assert (await value_of(program, "128", few)).text.startswith("MemoryError")
    assert await value_of(program, "128", many) == Output(str(128 * 1024 * 1024 // 8), False)


async def test_no_programs_and_no_inputs() -> None:
    assert await run_programs([], ["1"]) == []
    assert await run_programs(["x", "y"], []) == [[], []]


async def test_programs_do_not_see_each_other(folder: Path) -> None:
    outputs = await run_programs(["def f(x):\n    return x", "f(x)", "def g(x):\n    return f(x)"], ["1"], LIMITS)
    assert [one.failed for (one,) in outputs] == [False, True, True]


async def test_many_programs_come_back_in_order() -> None:
    programs = [f"x+{i}" for i in range(60)]
    assert await run_programs(programs, INPUTS) == [[Output(f"{2 + i}", False), Output(f"{3 + i}", False)]
                                                    for i in range(60)]  # fmt: skip


@linux
async def test_a_cancelled_batch_leaves_nothing(watch: Watch, folder: Path) -> None:
    with anyio.move_on_after(0.3) as scope:
        await run_programs(["def f(x):\n    while True:\n        pass"], ["1"], SandboxLimits(60, 60, 128))
    assert scope.cancelled_caught
    assert len(watch.sessions) == 1
    await watch.check_nothing_is_left()
    assert names(folder) == ["kept"]


def children(parent: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


@linux
async def test_a_program_dies_with_its_worker() -> None:
    """At once: its own limits would end it only after a minute."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-I", "-S", "-B", "-c", process._LAUNCH, str(Path(process.__file__).parent)]
        worker = await anyio.open_process(command, cwd=name, env={}, start_new_session=True)
        assert worker.stdin is not None
        endless = b"def f(x):\n    while True:\n        pass"
        await worker.stdin.send(message([b"60", b"60", b"268435456", endless, b"1"]))
        with anyio.fail_after(20):
            while not (born := children(worker.pid)):  # noqa: ASYNC110
                await anyio.sleep(0.01)
            await anyio.sleep(0.3)
        assert alive(born[0])
        worker.kill()
        await worker.wait()
        await worker.aclose()
        try:
            with anyio.fail_after(20):
                while alive(born[0]):  # noqa: ASYNC110
                    await anyio.sleep(0.01)
        finally:
            if alive(born[0]):
                os.kill(born[0], signal.SIGKILL)


@linux
async def test_a_worker_that_dies_is_no_verdict(watch: Watch) -> None:
    async def kill() -> None:
        while not watch.sessions or not children(watch.sessions[0]):  # noqa: ASYNC110
            await anyio.sleep(0.01)
        os.kill(watch.sessions[0], signal.SIGKILL)

    async with anyio.create_task_group() as group:
        group.start_soon(kill)
        with pytest.raises(VerifierError, match="ended after 0 of 1"):
            await run_programs(["def f(x):\n    while True:\n        pass"], ["1"], SandboxLimits(60, 60, 128))
    await watch.check_nothing_is_left()


async def test_a_sandbox_that_cannot_start_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(VerifierError, match="cannot be started"):
        await run_programs(["x"], ["1"])


async def test_a_sandbox_that_breaks_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LAUNCH", "raise SystemExit(1)")
    with pytest.raises(VerifierError, match="ended after 0 of 2 programs"):
        await run_programs(["x", "x"], ["1"])


async def test_a_sandbox_that_hangs_is_no_verdict(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    monkeypatch.setattr(process, "_LAUNCH", "import time\ntime.sleep(600)")
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
    with pytest.raises(VerifierError, match="did not answer within"):
        await run_programs(["x"], ["1"], SandboxLimits(0.1))
    await watch.check_nothing_is_left()


async def test_a_system_without_fork_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    with pytest.raises(VerifierError, match="needs Linux or macOS"):
        await run_programs(["x"], ["1"])


@linux
@pytest.mark.parametrize("lower", ["-t 30", "-n 64", "-u 4096", "-c 0"])
def test_a_system_with_lower_limits_of_its_own_still_runs_programs(lower: str) -> None:
    """Where it could not, every right program would look wrong."""
    script = (
        "import anyio\n"
        "from outlay.verifiers.sandbox.process import SandboxLimits, run_programs\n"
        "print(anyio.run(run_programs, ['x+1'], ['1'], SandboxLimits(60, 60, 256))[0][0])"
    )
    command = ["/bin/bash", "-c", f'ulimit {lower} && exec {sys.executable} -c "$0"', script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(Output("2", False))


HONEST_PROGRAMS = [
    "3*x+1",
    "[y for y in x if y not in (1, 2)][::-1]",
    "{str(k): v for k, v in x}",
    "f'{x:>5}'",
    "lambda x: x",
    "sum(y if y else -y for y in range(x))",
    "def f(x, y=1, *more, **named):\n    z: int = x\n    z += y\n    del y\n    return z",
    (
        "def f(x):\n    for y in range(x):\n        if y > 2:\n            break\n        else:\n            continue\n"
        "    while x:\n        x -= 1\n    return x"
    ),
    (
        "def f(x):\n    try:\n        assert x, 'no'\n        raise ValueError\n    except ValueError as error:\n"
        "        return (n := 3)\n    finally:\n        pass"
    ),
]
REFUSED = {
    "attribute": ("x.real", "Attribute"),
    "attribute in a format": ("f'{x.real}'", "Attribute"),
    "attribute walk": ("().__class__.__base__.__subclasses__()", "Attribute"),
    "attribute as target": ("x.y = 1", "Attribute"),
    "import": ("import os", "Import"),
    "import from": ("from os import system", "ImportFrom"),
    "import in a function": ("def f(x):\n    import os", "Import"),
    "class": ("class A:\n    pass", "ClassDef"),
    "private name": ("__import__('os')", "__import__"),
    "private target": ("__builtins__ = 1", "__builtins__"),
    "private argument": ("def f(_x):\n    return 1", "_x"),
    "private function": ("def _f(x):\n    return 1", "_f"),
    "private keyword": ("f(__x=1)", "__x"),
    "private error name": ("try:\n    x\nexcept Exception as _e:\n    pass", "_e"),
    "private lambda argument": ("lambda _: 1", "_"),
    "async": ("async def f(x):\n    return 1", "AsyncFunctionDef"),
    "await": ("async def f(x):\n    await x", "AsyncFunctionDef"),
    "yield": ("def f(x):\n    yield 1", "Yield"),
    "global": ("def f(x):\n    global y", "Global"),
    "with": ("with x:\n    pass", "With"),
    "match": ("match x:\n    case 1:\n        pass", "Match"),
    "attribute by pattern": ("match x:\n    case str(real=1):\n        pass", "Match"),
    "matrix product": ("x @ x", "MatMult"),
    "attribute in a default": ("def f(x=().__class__):\n    return 1", "Attribute"),
    "attribute in a decorator": ("@x.y\ndef f(x):\n    return 1", "Attribute"),
    "attribute in an annotation": ("def f(x: int.real):\n    return 1", "Attribute"),
    "attribute deep inside": ("[[{1: (lambda: [x.y for x in x])}]]", "Attribute"),
}


@pytest.mark.parametrize("program", HONEST_PROGRAMS)
def test_the_closed_language_has_what_honest_programs_need(program: str) -> None:
    assert refusal(program, "exec") == ""


@pytest.mark.parametrize("name", REFUSED)
def test_the_closed_language_refuses(name: str) -> None:
    program, told = REFUSED[name]
    assert refusal(program, "exec").endswith(f" {told}")


@given(st.sampled_from(sorted(REFUSED)), st.integers(0, 3))
def test_no_nesting_hides_what_is_refused(name: str, depth: int) -> None:
    program = REFUSED[name][0]
    for _ in range(depth):
        program = "def f(x):\n" + "".join(f"    {line}\n" for line in program.splitlines())
    assert refusal(program, "exec")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_does_not_run(name: str) -> None:
    (result,) = evaluate(f"{REFUSED[name][0]}\ndef f(x):\n    return 1".encode(), [b"1"], closed=True)
    assert result.startswith(b"e")
    assert b"does not allow" in result


@pytest.mark.parametrize("name", IF_REACHED)
def test_the_closed_language_has_no_way_to_the_system(name: str) -> None:
    program = IF_REACHED[name].program
    if REACH in program:
        assert "does not allow" in refusal(program, "exec")


def test_honest_programs_run_in_the_closed_language() -> None:
    assert list(evaluate(b"x*x+1", [b"2"], closed=True)) == [b"v5"]
    assert list(evaluate(b"def f(x):\n    return x + 1", [b"2"], closed=True)) == [b"v3"]


@given(st.lists(st.binary(max_size=300)), st.integers(0, 400))
def test_frames_bring_back_every_field_and_drop_one_cut_off(fields: list[bytes], cut: int) -> None:
    packed = pack(fields)
    assert unpack(packed) == fields
    kept = unpack(packed[: max(0, len(packed) - cut)])
    assert kept == fields[: len(kept)]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_frames(garbage: bytes) -> None:
    assert sum(4 + len(field) for field in unpack(garbage)) <= len(garbage)


def test_a_machine_without_a_known_filter_gets_none() -> None:
    assert instructions("riscv64") is None
    for machine in ("x86_64", "aarch64"):
        code = instructions(machine)
        assert code is not None
        assert len(code) % 8 == 0
