"""What happens in a child: a program is compiled and applied to its inputs, and each value becomes text."""

import builtins
from types import FunctionType

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


class _RefusedError(Exception):
    """A program outside the closed language."""


class _Program:
    """A compiled program: an expression in ``x``, or statements that define ``f``."""

    def __init__(self, source: str, closed: bool) -> None:
        try:
            self._expression = _compiled(source.strip(), "eval", closed)
            self._function = None
        except SyntaxError:
            names: dict[str, object] = {"__builtins__": OFFERED}
            exec(_compiled(source, "exec", closed), names)  # noqa: S102 (the sandbox is for this)
            self._function = names.get("f")
            if not isinstance(self._function, FunctionType):
                raise NameError("the program does not define a function f") from None

    def __call__(self, x: object) -> object:
        """The program's value at x."""
        if self._function is not None:
            return self._function(x)
        return eval(self._expression, {"__builtins__": OFFERED, "x": x})  # noqa: S307 (the sandbox is for this)


def evaluate(program: bytes, inputs: list[bytes], closed: bool) -> "list[bytes]":
    """One result for each input: ``VALUE`` or ``ERROR``, then text in UTF-8."""
    try:
        compiled = _Program(program.decode("utf-8", "surrogatepass"), closed)
    except BaseException as error:  # noqa: BLE001 (whatever a hostile program raises)
        return [_failure(error)] * len(inputs)
    return [_result(compiled, one) for one in inputs]
