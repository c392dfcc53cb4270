"""Tests of a whole program by its input and output. The output is compared here, out of the program's reach."""

import subprocess
import tempfile

from outlay.core.problem import VisibleTest
from outlay.verifiers.code.children import Heard, child, hear
from outlay.verifiers.code.isolation import Isolation, launch
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark, printable
from outlay.verifiers.sandbox.frames import message


async def run_script(program: str, given: bytes, limits: CodeLimits, isolation: Isolation) -> Heard:
    """Run a program on some standard input.

    Raises:
        VerifierError: if the sandbox fails.
    """
    source = message([program.encode("utf-8", "surrogatepass")])
    with tempfile.TemporaryDirectory(prefix="outlay-code-", ignore_cleanup_errors=True) as folder:
        command = launch("script", isolation, limits, folder)
        async with child(command, folder, stderr=subprocess.PIPE) as process:
            return await hear(process, source + given, limits.output_bytes, limits.wall_seconds)


async def mark_output(program: str, test: VisibleTest, limits: CodeLimits, isolation: Isolation) -> Mark:
    """Whether a program ends well and writes what a test expects; white space at the end of lines does not count.

    Raises:
        VerifierError: if the sandbox fails.
    """
    heard = await run_script(program, test.input.encode(), limits, isolation)
    if heard.ending:
        return Mark(False, f"the program {printable(heard.ending)}")
    wrote = _lines(heard.output.decode("utf-8", "replace"))
    expected = _lines(test.output)
    if wrote == expected:
        return Mark(True)
    at = next((i for i, (one, other) in enumerate(zip(wrote, expected, strict=False)) if one != other), len(wrote))
    found = wrote[at] if at < len(wrote) else "the end"
    wanted = expected[at] if at < len(expected) else "the end"
    return Mark(False, f"line {at + 1} of the output: expected {wanted[:100]!r}, got {found[:100]!r}")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
