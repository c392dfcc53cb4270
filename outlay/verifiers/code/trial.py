"""The role of the tests: runs them here, with stand-ins for the program, which is in another process.

A part of the tests passes if it runs to its end, its ``unittest`` cases and ``test`` functions included, while the
program answers. The tests' own faults, as a name or module that nobody provides, are no failure of the program.
"""

import ast
import builtins
import inspect
import json
import signal
import symtable
import sys
import traceback
import unittest
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any, NoReturn

from outlay.verifiers.code.channel import Channel, Stop
from outlay.verifiers.code.remote import ProgramModule, connect
from outlay.verifiers.sandbox.frames import message, read_message, write_all

JOB, REPORT, QUESTIONS, ANSWERS = 3, 4, 5, 6
PASSED, FAILED, UNKNOWN, LOST = "passed", "failed", "unknown", "lost"
"""What a part comes to; ``LOST`` is failed by a program that is gone, so that the parts after it were not run."""
_REASON_LENGTH = 300


class _BrokenTestsError(Exception):
    """The tests themselves are at fault."""


class _FailedCaseError(Exception):
    """A ``unittest`` case failed."""


def run() -> int:
    """Run the tests that the job names and report on each part as it ends."""
    fields = read_message(JOB)
    if fields is None:
        return 1
    job = json.loads(fields[0])
    channel = Channel(QUESTIONS, ANSWERS)
    connect(channel)
    _set_alarm(channel, job["seconds"])
    for status, reason in _results(channel, job):
        write_all(REPORT, message([status.encode(), reason[:_REASON_LENGTH].encode("utf-8", "replace")]))
        if status == LOST:
            break
    return 0


def _set_alarm(channel: Channel, seconds: float) -> None:
    def out_of_time(*_: object) -> NoReturn:
        why = f"took longer than {seconds:g} seconds"
        raise channel.end(f"the program {why}") if channel.asking else channel.refuse(f"the tests {why}")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _results(channel: Channel, job: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What each part comes to. The parts start from the same names and do not see each other's."""
    parts: list[str] = job["parts"]
    names: dict[str, Any] = {"__name__": "tests", "__builtins__": builtins}
    status, reason = _outcome(channel, lambda: _begin(channel, job, names), job)
    if status != PASSED:
        yield from [(FAILED if status == LOST else status, reason)] * len(parts)
        return
    for part in parts:
        channel.refused = ""
        yield _outcome(channel, partial(_run_part, part, dict(names)), job, part)


def _begin(channel: Channel, job: dict[str, Any], names: dict[str, Any]) -> None:
    """Load the program, run what the parts share, and provide what they take from the program."""
    channel.await_start()
    modules: list[str] = job["modules"]
    defined: list[str] = channel.ask("load", job["program"], *modules)
    channel.asked = 0
    free = set().union(*(free_names(job["setup"], part) for part in job["parts"]))
    missing_modules = (free & sys.stdlib_module_names) - _called([job["setup"], *job["parts"]])
    wanted: list[str] = job["names"] or sorted(one for one in free - missing_modules if one in defined)
    # A program may define any name, ``abs`` or ``all`` too: it provides those alone that the tests lack.
    sys.meta_path.insert(0, _ProgramFinder([ProgramModule(one, channel, wanted) for one in modules]))
    sys.modules["tests"] = ModuleType("tests")
    for name in wanted:
        if name not in defined:
            raise AssertionError(f"the program defines no {name}")
        names[name] = channel.ask("get", name)
    if not job["names"]:
        names |= {one: __import__(one) for one in missing_modules}
    given = {name: names[name] for name in wanted}
    exec(_compiled(job["setup"]), names)  # noqa: S102 (the sandbox is for this)
    # A stub of the same name, as the question may have one, gives way.
    names |= given


def _run_part(part: str, names: dict[str, Any]) -> None:
    before = set(names)
    exec(_compiled(part), names)  # noqa: S102 (the sandbox is for this)
    made = [one for name, one in names.items() if name not in before]
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(one)
        for one in made
        if isinstance(one, type) and issubclass(one, unittest.TestCase)
    )
    found = unittest.TestResult()
    suite.run(found)
    for _, told in (*found.errors, *found.failures):
        raise _FailedCaseError(told.strip().rpartition("\n")[2])
    if found.unexpectedSuccesses:
        raise _FailedCaseError("a test that is expected to fail passed")
    for name, one in list(names.items()):
        if name not in before and name.startswith("test") and inspect.isfunction(one):
            if any(needed.default is needed.empty for needed in inspect.signature(one).parameters.values()):
                raise _BrokenTestsError(f"{name} takes arguments that nobody provides")
            one()


def _outcome(channel: Channel, action: Callable[[], None], job: dict[str, Any], part: str = "") -> tuple[str, str]:
    """What an action comes to; what the channel has noted counts, whatever the tests have caught."""
    status, reason = PASSED, ""
    try:
        action()
        if part and not channel.asked:
            status, reason = UNKNOWN, "the tests ask nothing of the program"
    except Stop:
        status, reason = UNKNOWN, "the tests were stopped"
    except BaseException as error:  # noqa: BLE001 (whatever tests and programs raise)
        ours = error is not channel.raised and _is_fault_of_tests(error, job)
        # What they replace here is not replaced where the program is.
        ours = ours or "unittest.mock" in sys.modules
        status, reason = UNKNOWN if ours else FAILED, _told(error, part)
    if channel.ended:
        return LOST, channel.ended
    return (UNKNOWN, channel.refused) if channel.refused else (status, reason)


def _is_fault_of_tests(error: BaseException, job: dict[str, Any]) -> bool:
    """Whether the tests raised what no wrong answer of a program can make them raise."""
    # Without a list of names, one that is missing is one that the program should have defined.
    of_tests = _BrokenTestsError | SystemExit | ModuleNotFoundError
    return isinstance(error, of_tests) or (isinstance(error, NameError) and bool(job["names"]))


def _told(error: BaseException, source: str) -> str:
    """An error in a line, with the line of the tests that it came from."""
    if isinstance(error, _BrokenTestsError | _FailedCaseError):
        return str(error)
    text = "".join(traceback.format_exception_only(error)).strip().rpartition("\n")[2]
    lines = source.splitlines()
    at = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    return f"{lines[at[0] - 1].strip()}: {text}" if at and at[0] and at[0] <= len(lines) else text


_FILE = "<tests>"


def _compiled(source: str) -> CodeType:
    try:
        return compile(source, _FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _BrokenTestsError(f"the tests are not Python: {error}") from error


def free_names(*sources: str) -> set[str]:
    """The names that some code uses and neither it nor Python defines.

    Raises:
        _BrokenTestsError: if it is not Python.
    """
    used: set[str] = set()
    defined = set(dir(builtins))
    for source in sources:
        _compiled(source)
        tables = [symtable.symtable(source, _FILE, "exec")]
        defined |= {one.get_name() for one in tables[0].get_symbols() if _is_defined(one)}
        while tables:
            table = tables.pop()
            tables += table.get_children()
            top = table.get_type() == "module"
            used |= {one.get_name() for one in table.get_symbols() if one.is_referenced() and (top or one.is_global())}
    return used - defined


def _called(sources: Sequence[str]) -> set[str]:
    """The names that some code calls, which are not meant as modules even if Python has one of that name."""
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _is_defined(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


class _ProgramFinder(MetaPathFinder, Loader):
    """Lets tests import the program by any of its names."""

    def __init__(self, provided: Sequence[ProgramModule]) -> None:
        self._provided = {one.__name__: one for one in provided}

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in self._provided else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._provided[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to be done."""
