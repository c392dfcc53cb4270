"""One program against the tests of its problem, whatever their form."""

from outlay.core.problem import FunctionTests, StreamTests
from outlay.verifiers.code.function_tests import MODULES, mark_functions
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark
from outlay.verifiers.code.stream_tests import mark_output


async def marks_of(
    program: str, tests: FunctionTests | StreamTests, limits: CodeLimits, isolation: Isolation, module: str = MODULES[0]
) -> list[Mark]:
    """What each test says of a program.

    Args:
        program: its source.
        tests: what to run.
        limits: of each process.
        isolation: how to shut it in.
        module: a further name by which tests may import the program.

    Raises:
        VerifierError: if the sandbox fails.
    """
    if isinstance(tests, StreamTests):
        return [await mark_output(program, case, limits, isolation) for case in tests.cases]
    return await mark_functions(program, tests, limits, isolation, module)
