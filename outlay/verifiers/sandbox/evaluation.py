"""What happens in a child: a program is compiled and applied to its inputs, and each value becomes text."""

import builtins
from ast import literal_eval
from collections.abc import Callable, Iterator, Sequence
from types import CodeType

from outlay.verifiers.sandbox.language import refusal

_NAMES = (
    "abs all any bool dict divmod enumerate filter float int isinstance len list map max min pow range reversed round "
    "set sorted str sum tuple zip ArithmeticError AssertionError Exception IndexError KeyError TypeError ValueError "
    "ZeroDivisionError"
)
OFFERED = {name: getattr(builtins, name) for name in _NAMES.split()}
"""The builtins a program sees. They keep honest programs simple; they do not keep hostile ones in."""
VALUE, ERROR = b"v", b"e"
"""The first byte of a result: the text of a value follows, or that of an error."""
_ERROR_LENGTH = 200


_LONGEST_TEXT = 10_000


class _RefusedError(Exception):
    """A program outside the closed language."""


class _NoFunctionError(Exception):
    """Statements that define no ``f``."""


def evaluate(program: bytes, inputs: Sequence[bytes], closed: bool) -> Iterator[bytes]:
    """One result for each input, as it comes: ``VALUE`` or ``ERROR``, then text in UTF-8.

    Args:
        program: an expression in ``x``, or statements that define ``f``.
        inputs: Python literals.
        closed: whether to refuse what is outside the closed language.
    """
    try:
        function = _compile(program.decode("utf-8", "surrogatepass"), closed)
    except BaseException as error:  # noqa: BLE001 (whatever a hostile program raises)
        yield from [_failure(error)] * len(inputs)
        return
    for one in inputs:
        yield _result(function, one)


def _compile(source: str, closed: bool) -> Callable[[object], object]:
    try:
        code = _checked(source.strip(), "eval", closed)
    except SyntaxError:
        names: dict[str, object] = {"__builtins__": OFFERED}
        exec(_checked(source, "exec", closed), names)  # noqa: S102 (the sandbox is for this)
        function = names.get("f")
        if not callable(function):
            raise _NoFunctionError("the program defines no function f") from None
        return function
    return lambda x: eval(code, {"__builtins__": OFFERED, "x": x})  # noqa: S307 (the sandbox is for this)


def _checked(source: str, mode: str, closed: bool) -> CodeType:
    """The compiled source.

    Raises:
        SyntaxError: if it is not Python.
        _RefusedError: if it is outside the closed language and that is asked for.
    """
    reason = refusal(source, mode) if closed else ""
    if reason:
        raise _RefusedError(reason)
    return compile(source, "<program>", mode, dont_inherit=True)


def _result(function: Callable[[object], object], given: bytes) -> bytes:
    try:
        value = function(literal_eval(given.decode()))
        text = repr(value)
        if len(text) > _LONGEST_TEXT:
            return ERROR + b"the value is too long"
        return VALUE + text.encode("utf-8", "backslashreplace")
    except BaseException as error:  # noqa: BLE001 (whatever a hostile program raises)
        return _failure(error)


def _failure(error: BaseException) -> bytes:
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 (an error's text may be hostile too)
        text = "an error that cannot be told"
    return ERROR + text[:_ERROR_LENGTH].encode("utf-8", "backslashreplace")
