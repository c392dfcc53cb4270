"""``outlay verify code``: a program against a file of tests."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import anyio
import typer

from outlay.cli.files import read_text
from outlay.cli.verify.told import AsJson, tell
from outlay.core.errors import InvalidInputError, VerifierError
from outlay.core.problem import FunctionTests, StreamTests, VisibleTest
from outlay.verifiers.code.layers import prove, strongest
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marking import marks_of
from outlay.verifiers.code.marks import share, summary, verdict
from outlay.verifiers.judgement import Judgement


def code(
    answer: Annotated[Path, typer.Option(help="The program, a file of Python.")],
    tests: Annotated[
        Path, typer.Option(help='Python with asserts or unittest, or lines {"input": ..., "output": ...} in .jsonl.')
    ],
    entry: Annotated[str, typer.Option(help="Call check(ENTRY) of the tests with this function of the program.")] = "",
    seconds: Annotated[float, typer.Option(help="Wall and CPU time.")] = 10.0,
    memory: Annotated[int, typer.Option(help="Megabytes.")] = 512,
    require_sandbox: Annotated[bool, typer.Option(help="Run nothing unless every layer holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a program against tests, in a sandbox; see also: outlay verify doctor."""
    limits = CodeLimits.of("verify code", seconds, memory)
    program, given = read_text(answer), _tests(tests, entry)
    if answer.stem in sys.stdlib_module_names:
        raise InvalidInputError(f"{answer} has the name of a module of Python's own; tests cannot import it: rename it")
    tell(anyio.run(_judge, program, given, limits, require_sandbox, answer.stem), as_json)


async def _judge(
    program: str, tests: FunctionTests | StreamTests, limits: CodeLimits, require_sandbox: bool, module: str
) -> Judgement:
    started = time.monotonic()
    try:
        sandbox = await strongest()
        holes: Sequence[str] = sandbox.holes
        if require_sandbox:
            holes = [one.name for one in await prove(sandbox.isolation) if not one.holds]
        told = f"the sandbox of this machine does not hold ({', '.join(holes)})"
        if holes and require_sandbox:
            raise InvalidInputError(f"{told}; nothing was run")
        if holes:
            typer.echo(f"outlay: {told}; see: outlay verify doctor", err=True)
        marks = await marks_of(program, tests, limits, sandbox.isolation, module)
    except VerifierError as error:
        return Judgement.unknown(str(error), time.monotonic() - started)
    passed = verdict(marks)
    score = 0.0 if passed is None else share(marks) or 0.0
    return Judgement(score, passed, summary(marks), time.monotonic() - started)


def _tests(path: Path, entry: str) -> FunctionTests | StreamTests:
    text = read_text(path)
    if path.suffix == ".jsonl":
        lines = enumerate(text.splitlines(), start=1)
        cases = tuple(_case(path, number, line) for number, line in lines if line.strip())
        if not cases:
            raise InvalidInputError(f"{path} has no tests")
        return StreamTests(cases)
    if not text.strip():
        raise InvalidInputError(f"{path} has no tests")
    return FunctionTests((f"{text}\ncheck({entry})" if entry else text,), (entry,) if entry else ())


def _case(path: Path, number: int, line: str) -> VisibleTest:
    try:
        found = json.loads(line)
        given, output = found["input"], found["output"]
    except (ValueError, TypeError, KeyError, RecursionError):
        given = output = None
    if not isinstance(given, str) or not isinstance(output, str):
        raise InvalidInputError(f'{path}, line {number}: a test reads {{"input": TEXT, "output": TEXT}}')
    return VisibleTest(given, output)
