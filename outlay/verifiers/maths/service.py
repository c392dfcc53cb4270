"""The worker inside its own process: loads sympy once, then compares every pair in a confined child of its own.

Loading comes before the first job, and so do ``WARM_UP``'s pairs: a child can open no file, so that whatever it needs
must be there when it is forked.
"""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec

from outlay.verifiers.sandbox.evaluation import ERROR, VALUE
from outlay.verifiers.sandbox.frames import message, write_all
from outlay.verifiers.sandbox.worker import serve

EQUAL, DIFFERENT = b"1", b"0"
"""The texts of the two verdicts."""
WARM_UP = (
    (r"\frac{1}{2}", r"\sqrt{0.25}"),
    (r"x^{2}-1 \cdot y", "(x+1)(x-1) / z"),
    (r"\sin^2 x + \cos x", r"\ln |x| + \log_2 x + e^{x} + \arctan x"),
    (r"\int_0^1 x \, dx", r"\sum_{k=1}^{3} k + \lim_{x \to 0} \frac{\sin x}{x}"),
    (r"x_1 \le 2", r"x_1^2 - 3x_1 + 2 < 0"),
    (r"(-\infty, 1] \cup (2, 3)", "x < 1 or 2 < x < 3"),
    (r"e^{x} > 1", r"\sqrt{x} > 1"),
    ("y = 2x + 1", "2y = 4x + 3"),
    (r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}", r"n! + \gcd(4, 6)"),
    (r"f(x) + \binom{n}{k} + i", r"f(x) + \lfloor x \rfloor + \lceil x \rceil + |x|"),
    (r"\tan x + \cot x + \sec x + \csc x", r"\sinh x + \cosh x + \tanh x + \arcsin x + \arccos x"),
)
"""Pairs whose comparison reaches the modules that sympy and the grammar load only when they need them."""


def main() -> None:
    """Say that the worker is ready, or why not, then answer jobs until the input ends."""
    sys.stdout = sys.stderr  # the protocol has standard output for itself
    logging.disable(logging.CRITICAL)
    try:
        _warm_up()
    except Exception as error:  # noqa: BLE001 (whatever it is, the caller must hear of it)
        write_all(1, message([f"{type(error).__name__}: {error}".encode()]))
        return
    write_all(1, message([b""]))
    serve(compare)


def compare(reference: bytes, answers: Sequence[bytes], closed: bool) -> Iterator[bytes]:  # noqa: ARG001 (a contract)
    """One result for each answer: ``VALUE`` and a verdict, or ``ERROR`` and why there is none.

    Args:
        reference: what is right.
        answers: what to compare with it; untrusted.
        closed: ignored; what may reach a parser is the same everywhere.
    """
    yield from (_compared(reference.decode(), answer.decode()) for answer in answers)


class _Missing:
    """Notes modules that are asked for too late, when their files cannot be opened any more."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Finds nothing."""
        self.names.append(name)
        return None


def _compared(reference: str, answer: str) -> bytes:
    from outlay.verifiers.maths.equality import equal  # noqa: PLC0415 (loads sympy)
    from outlay.verifiers.maths.guard import UnreadableError  # noqa: PLC0415

    missing = _Missing()
    sys.meta_path.insert(0, missing)
    try:
        verdict = equal(reference, answer)
    except UnreadableError as error:
        return ERROR + str(error).encode()
    except (MemoryError, RecursionError):
        return ERROR + b"it took too much memory"
    except Exception as error:  # noqa: BLE001 (a fault of the judge must not count as a wrong answer)
        return ERROR + f"the comparison failed: {type(error).__name__}".encode()
    if missing.names and not verdict:
        return ERROR + f"the comparison needed {missing.names[0]}, which was not loaded".encode()
    return VALUE + (EQUAL if verdict else DIFFERENT)


def _warm_up() -> None:
    from outlay.verifiers.maths.equality import equal  # noqa: PLC0415 (loads sympy)
    from outlay.verifiers.maths.guard import UnreadableError  # noqa: PLC0415

    for reference, answer in WARM_UP:
        with suppress(UnreadableError):
            equal(reference, answer)
